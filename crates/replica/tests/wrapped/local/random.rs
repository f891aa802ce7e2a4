//! Anything that may happen to a wrapped store, killed where it hurts.

use std::panic::{AssertUnwindSafe, catch_unwind};

use onepurse_replica::wrap::Wrapped;
use proptest::prelude::*;

use super::{
    Bank, Beside,
    bank::{Balances, Killed},
    sync, until, world, wrap,
};
use crate::support::world::World;

const PEOPLE: [u64; 3] = [456, 7, 8];
const STEPS_MAX: usize = 25;
/// More than all together can take.
const OPENING: i64 = 1_000_000_000_000_000;

#[derive(Debug, Clone, Copy)]
enum Step {
    /// The bot gives to somebody, or takes; looked at is only who it is, or everybody.
    Does(usize, bool, bool),
    /// Somebody else does.
    ComesIn(usize, bool),
    Syncs,
    /// What came in is waited for.
    Arrives,
    Saves,
    /// Killed between two calls, or inside one, of which its file has the result or not.
    Dies,
    DiesUnseen(usize, bool),
    /// Killed while something that came in is shown or saved, or while the bot saves.
    DiesAs(Killed, bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let who = 0..PEOPLE.len();
    let killed = prop_oneof![Just(Killed::Showing), Just(Killed::BeforeSaving), Just(Killed::AfterSaving)];
    let step = prop_oneof![
        6 => (who.clone(), any::<bool>(), any::<bool>()).prop_map(|(who, gives, all)| Step::Does(who, gives, all)),
        3 => (who.clone(), any::<bool>()).prop_map(|(who, gives)| Step::ComesIn(who, gives)),
        3 => Just(Step::Syncs),
        1 => Just(Step::Arrives),
        2 => Just(Step::Saves),
        1 => Just(Step::Dies),
        1 => (who, any::<bool>()).prop_map(|(who, is_saved)| Step::DiesUnseen(who, is_saved)),
        2 => (killed, any::<bool>()).prop_map(|(killed, by_bot)| Step::DiesAs(killed, by_bot)),
    ];
    prop::collection::vec(step, 1..STEPS_MAX)
}

struct Play {
    world: World<Beside>,
    /// There but between two processes.
    bank: Option<Wrapped<Bank>>,
    came_in: Balances,
    /// No two sums of these are the same, so a value is never taken for another.
    next: i64,
}

impl Play {
    fn bank(&self) -> &Wrapped<Bank> {
        self.bank.as_ref().unwrap()
    }

    fn amount(&mut self, gives: bool) -> i64 {
        self.next *= 3;
        if gives { self.next } else { -self.next }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Does(who, gives, looks_at_all) => {
                let (id, amount) = (PEOPLE[who], self.amount(gives));
                let mut bank = if looks_at_all { self.bank().lock() } else { self.bank().lock_for([id]) };
                bank.gives(id, amount);
            }
            Step::ComesIn(who, gives) => self.comes_in(who, gives),
            Step::Syncs => sync(&mut self.world),
            Step::Arrives => self.arrives(),
            Step::Saves => self.bank().lock().save().unwrap(),
            Step::Dies => {
                self.bank().read().fate().kill();
                self.restarts();
            }
            Step::DiesUnseen(who, is_saved) => {
                let amount = self.amount(true);
                let mut bank = self.bank().lock();
                bank.gives(PEOPLE[who], amount);
                if is_saved {
                    bank.write();
                }
                bank.fate().kill();
                drop(bank);
                self.restarts();
            }
            Step::DiesAs(killed, by_bot) => self.dies_as(killed, by_bot && killed != Killed::Showing),
        }
    }

    fn comes_in(&mut self, who: usize, gives: bool) {
        let amount = self.amount(gives);
        self.world.ledger.earn(&PEOPLE[who].to_string(), amount);
        *self.came_in.entry(PEOPLE[who]).or_default() += amount;
    }

    fn dies_as(&mut self, killed: Killed, by_bot: bool) {
        let fate = self.bank().read().fate();
        fate.kill_when(killed);
        if by_bot {
            catch_unwind(AssertUnwindSafe(|| self.bank().lock().save())).unwrap_err();
        } else {
            self.comes_in(0, true);
            sync(&mut self.world);
        }
        until("killed", || fate.is_dead());
        self.restarts();
    }

    /// Another process begins with what is in the file.
    fn restarts(&mut self) {
        let file = self.bank().read().reopened();
        self.bank = None;
        self.bank = Some(wrap(&self.world, &file));
    }

    fn arrives(&mut self) {
        sync(&mut self.world);
        let (bank, came_in) = (self.bank(), &self.came_in);
        let should = |id: u64, own: &Balances| {
            let of = |sums: &Balances| sums.get(&id).copied().unwrap_or_default();
            OPENING + of(own) + of(came_in)
        };
        until("as it should be", || {
            let bank = bank.read();
            PEOPLE.iter().all(|id| bank.live.coins[id] == should(*id, &bank.live.own))
        });
    }
}

fn play(steps: &[Step]) {
    let world = world();
    let bank = wrap(&world, &Bank::of(&PEOPLE.map(|id| (id, OPENING))));
    let mut play = Play { world, bank: Some(bank), came_in: Balances::new(), next: 1 };
    sync(&mut play.world);
    for step in steps {
        play.take(*step);
    }
    play.arrives();
    sync(&mut play.world);
    for id in PEOPLE {
        assert_eq!(play.world.ledger.coins_of(&id.to_string()), play.bank().read().live.coins[&id], "{id}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn wherever_it_is_killed_a_wrapped_store_and_the_ledger_agree(steps in steps()) {
        play(&steps);
    }
}
