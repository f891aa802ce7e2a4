//! Anything that may happen to a store that is kept in memory and written out now and then.

use std::collections::BTreeMap;

use onepurse_core::Amount;
use onepurse_replica::wrap::{Begun, Did, Sidecar};
use proptest::prelude::*;

use super::{Beside, Wrapped, shows, start};
use crate::support::{postgres::Postgres, world::World};

const PEOPLE: [&str; 3] = ["456", "7", "8"];
const STEPS_MAX: usize = 30;
/// More than all together can take.
const OPENING: i64 = 1_000_000_000_000_000;

/// Where the bot's process is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Killed {
    Between,
    /// It has done something that was not noted, and its file has it or not.
    Unseen {
        is_saved: bool,
    },
    /// Something that came in was noted, and not shown.
    Intending,
    /// Its file was written, and that was not noted.
    Saving,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    /// The bot gives to somebody, or takes.
    Does(usize, bool),
    /// Somebody else does.
    ComesIn(usize, bool),
    /// The engine works.
    Syncs,
    /// The store is made to show what came in.
    Shows,
    Saves,
    Dies(Killed, usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let who = 0..PEOPLE.len();
    let killed = prop_oneof![
        Just(Killed::Between),
        any::<bool>().prop_map(|is_saved| Killed::Unseen { is_saved }),
        Just(Killed::Intending),
        Just(Killed::Saving),
    ];
    let step = prop_oneof![
        5 => (who.clone(), any::<bool>()).prop_map(|(who, gives)| Step::Does(who, gives)),
        3 => (who.clone(), any::<bool>()).prop_map(|(who, gives)| Step::ComesIn(who, gives)),
        3 => Just(Step::Syncs),
        3 => Just(Step::Shows),
        2 => Just(Step::Saves),
        3 => (killed, who).prop_map(|(killed, who)| Step::Dies(killed, who)),
    ];
    prop::collection::vec(step, 1..STEPS_MAX)
}

type Balances = BTreeMap<&'static str, i64>;

/// A bot with a live dict and a file.
struct Bot {
    live: Balances,
    file: Balances,
    /// What it did, as far as its memory and its file know.
    own: [Balances; 2],
}

struct Play<W> {
    world: World<W>,
    sidecar: Sidecar,
    bot: Bot,
    came_in: Balances,
    /// No two sums of these are the same, so a value is never taken for another.
    next: i64,
}

impl<W: Wrapped> Play<W> {
    fn amount(&mut self, gives: bool) -> i64 {
        self.next *= 3;
        if gives { self.next } else { -self.next }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Does(who, gives) => {
                let (now, delta) = self.does(who, gives);
                self.sidecar
                    .capture(&[Did { now: shows(PEOPLE[who], now), delta: Amount::new(delta) }])
                    .unwrap();
            }
            Step::ComesIn(who, gives) => {
                let amount = self.amount(gives);
                self.world.ledger.earn(PEOPLE[who], amount);
                *self.came_in.entry(PEOPLE[who]).or_default() += amount;
            }
            Step::Syncs => self.world.sync(),
            Step::Shows => self.shows(),
            Step::Saves => {
                let mark = self.sidecar.mark().unwrap();
                self.save();
                self.sidecar.durable(mark).unwrap();
            }
            Step::Dies(killed, who) => self.dies(killed, who),
        }
    }

    fn does(&mut self, who: usize, gives: bool) -> (i64, i64) {
        let delta = self.amount(gives);
        let now = self.bot.live.get_mut(PEOPLE[who]).unwrap();
        *now += delta;
        let now = *now;
        *self.bot.own[0].entry(PEOPLE[who]).or_default() += delta;
        (now, delta)
    }

    fn shows(&mut self) {
        let due = self.sidecar.due(10).unwrap();
        self.sidecar.intend(&due).unwrap();
        for one in due {
            let who = PEOPLE.into_iter().find(|who| *who == one.external.as_str()).unwrap();
            assert_eq!(self.bot.live[who], one.from.units(), "{who}");
            self.bot.live.insert(who, one.to.units());
        }
    }

    fn save(&mut self) {
        self.bot.file = self.bot.live.clone();
        self.bot.own[1] = self.bot.own[0].clone();
    }

    fn dies(&mut self, killed: Killed, who: usize) {
        match killed {
            Killed::Between => {}
            Killed::Unseen { is_saved } => {
                self.does(who, true);
                if is_saved {
                    self.save();
                }
            }
            Killed::Intending => {
                let due = self.sidecar.due(10).unwrap();
                self.sidecar.intend(&due).unwrap();
            }
            Killed::Saving => self.save(),
        }
        self.bot.live = self.bot.file.clone();
        self.bot.own[0] = self.bot.own[1].clone();
        self.sidecar = self.world.bot.open();
        let store: Vec<_> = self.bot.live.iter().map(|(id, units)| shows(id, *units)).collect();
        assert!(matches!(self.sidecar.begin(&store, None).unwrap(), Begun::Done { new: 0, .. }));
    }
}

fn play<W: Wrapped>(steps: &[Step]) {
    let (world, sidecar) = start::<W>(&PEOPLE.map(|id| shows(id, OPENING)));
    let live: Balances = PEOPLE.into_iter().map(|id| (id, OPENING)).collect();
    let bot = Bot { file: live.clone(), live, own: [Balances::new(), Balances::new()] };
    let mut play = Play { world, sidecar, bot, came_in: Balances::new(), next: 1 };
    for step in steps {
        play.take(*step);
    }
    play.world.sync();
    play.shows();
    play.world.sync();
    for id in PEOPLE {
        let of = |sums: &Balances| sums.get(id).copied().unwrap_or_default();
        let should = OPENING + of(&play.bot.own[0]) + of(&play.came_in);
        assert_eq!((play.world.ledger.coins_of(id), play.bot.live[id]), (should, should), "{id}");
    }
}

/// In a file often, on a server as often as time allows.
fn whatever_happens_a_store_and_the_ledger_agree<W: Wrapped>(cases: u32) {
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(steps in steps())| play::<W>(&steps));
}

#[test]
fn whatever_happens_with_a_file() {
    whatever_happens_a_store_and_the_ledger_agree::<Beside>(50);
}

#[test]
fn whatever_happens_with_a_schema() {
    whatever_happens_a_store_and_the_ledger_agree::<Postgres>(8);
}
