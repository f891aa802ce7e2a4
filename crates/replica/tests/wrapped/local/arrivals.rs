//! What a bot does while something is on its way to it. The sidecar is held up between the moment at which it is to be told of what
//! came in, and the one at which the store shows it.

use std::thread;

use onepurse_replica::wrap::Wrapped;
use rusqlite::Connection;

use super::{Bank, Beside, arrives, bank::Killed, ledger, pause, sync, until, world, wrap};
use crate::support::world::World;

/// For an arrival to be under way. Where it is not yet, these tests say nothing, and pass.
fn a_while() {
    (0..20).for_each(|_| pause());
}

/// Something is on its way, until the transaction in what is returned is over.
fn under_way(world: &mut World<Beside>, bank: &Wrapped<Bank>) -> Connection {
    let guard = bank.lock();
    world.ledger.earn("1", 100);
    sync(world);
    let other = Connection::open(world.bot.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    drop(guard);
    a_while();
    other
}

#[test]
fn what_a_call_does_is_not_overwritten() {
    for is_gone in [false, true] {
        let mut world = world();
        let file = Bank::of(&[(1, 10), (2, 20)]);
        let bank = wrap(&world, &file);
        sync(&mut world);
        let other = under_way(&mut world, &bank);
        if is_gone {
            bank.lock().live.coins.remove(&1);
        } else {
            bank.lock().gives(1, -3);
        }
        bank.lock().save().unwrap();
        other.execute_batch("COMMIT").unwrap();
        if is_gone {
            sync(&mut world);
            bank.lock().live.coins.insert(1, 0);
        }
        let coins = if is_gone { 110 } else { 107 };
        arrives(&mut world, &bank, 1, coins);
        drop(bank);
        let bank = wrap(&world, &file);
        arrives(&mut world, &bank, 1, coins);
        assert_eq!(ledger(&mut world, ["1", "2"]), [coins, 20]);
    }
}

#[test]
fn a_file_that_was_written_before_it_arrived_does_not_count_as_having_it() {
    let mut world = world();
    let file = Bank::of(&[(1, 10), (2, 20)]);
    let bank = wrap(&world, &file);
    sync(&mut world);
    let other = under_way(&mut world, &bank);
    let fate = bank.read().fate();
    fate.kill_when(Killed::Showing);
    thread::scope(|scope| {
        let mut bank = bank.lock();
        scope.spawn(move || {
            a_while();
            other.execute_batch("COMMIT").unwrap();
        });
        bank.gives(2, 1);
        bank.save().unwrap();
    });
    until("killed", || fate.is_dead());
    drop(bank);
    assert_eq!(file.on_disk().coins[&1], 10);
    let bank = wrap(&world, &file);
    arrives(&mut world, &bank, 1, 110);
    assert_eq!(ledger(&mut world, ["1", "2"]), [110, 21]);
}
