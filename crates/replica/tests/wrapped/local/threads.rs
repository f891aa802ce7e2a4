//! Many tasks of a bot at once, and what comes in beside them.

use std::thread::{self, ScopedJoinHandle};

use super::{Bank, sync, until, world, wrap};

const THREADS: u64 = 6;
const CALLS: u64 = 60;
const PEOPLE: u64 = 5;

#[test]
fn however_many_write_at_once_every_coin_is_there() {
    let mut world = world();
    let bank = wrap(&world, &Bank::of(&(0..PEOPLE).map(|id| (id, 1_000)).collect::<Vec<_>>()));
    let mut came_in = 0;
    thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS)
            .map(|thread| {
                let bank = bank.clone();
                scope.spawn(move || {
                    for call in 0..CALLS {
                        let (from, to) = ((thread + call) % PEOPLE, (thread * call + 1) % PEOPLE);
                        let mut bank = if call % 2 == 0 { bank.lock() } else { bank.lock_for([from, to]) };
                        bank.gives(from, -1);
                        bank.gives(to, 1);
                        bank.gives(to, 1);
                        if call % 10 == 0 {
                            bank.save().unwrap();
                        }
                    }
                })
            })
            .collect();
        let mut id = 0;
        while !workers.iter().all(ScopedJoinHandle::is_finished) {
            world.ledger.earn(&id.to_string(), 10_000);
            came_in += 10_000;
            id = (id + 1) % PEOPLE;
            sync(&mut world);
        }
    });
    sync(&mut world);
    let ids: Vec<_> = (0..PEOPLE).collect();
    until("in step", || {
        sync(&mut world);
        ids.iter().all(|id| bank.read().live.coins[id] == world.ledger.coins_of(&id.to_string()))
    });
    let all: i64 = ids.iter().map(|id| world.ledger.coins_of(&id.to_string())).sum();
    let given = i64::try_from(THREADS * CALLS).unwrap();
    assert_eq!(all, 1_000 * i64::try_from(PEOPLE).unwrap() + given + came_in);
    assert!(came_in > 0);
}
