//! Anything in any order: at rest everything agrees, and the balance is what the bot durably did.

use onepurse_core::{Answer, Changes};
use onepurse_replica::Reinsert;
use proptest::prelude::*;

use crate::support::{
    fixture::{Fixture, Sqlite},
    ledger::ModelLedger,
    wait,
    world::{World, users},
};

const KEYED: &str = "CREATE TABLE users (user_id INTEGER PRIMARY KEY, coins INTEGER NOT NULL DEFAULT 0);
    INSERT INTO users VALUES (1, 100), (2, 0);";
const LOOSE: &str =
    "CREATE TABLE users (user_id BIGINT, coins INTEGER); INSERT INTO users VALUES (1, 100), (2, 0);";
const NO_ROWID: &str = "CREATE TABLE users (user_id TEXT PRIMARY KEY, coins REAL) WITHOUT ROWID;
    INSERT INTO users VALUES ('1', 100), ('2', 0);";
const DOUBLES: &str = "CREATE TABLE users (user_id TEXT UNIQUE, coins INTEGER);
    INSERT INTO users VALUES ('1', 100), ('2', 0);
    CREATE TRIGGER tax AFTER UPDATE OF coins ON users WHEN NEW.user_id = '1' AND NEW.coins > OLD.coins + 90
    BEGIN UPDATE users SET coins = coins + 1 WHERE user_id = '2'; END;";

#[derive(Debug, Clone)]
enum Step {
    Add(u8, i64),
    Set(u8, i64),
    Replace(u8, i64),
    Ignore(u8, i64),
    Save(u8),
    Delete(u8),
    PushSome(u8),
    Hold,
    ApplyHeld,
    Settle(usize),
    Elsewhere(u8, i64),
    BackUpBot,
    RestoreBot,
    BackUpLedger,
    RestoreLedger,
    Rest,
}

fn step() -> impl Strategy<Value = Step> {
    let (id, amount) = (1..5_u8, -120..200_i64);
    prop_oneof![
        3 => (id.clone(), amount.clone()).prop_map(|(id, amount)| Step::Add(id, amount)),
        2 => (id.clone(), 0..300_i64).prop_map(|(id, amount)| Step::Set(id, amount)),
        2 => (id.clone(), 0..300_i64).prop_map(|(id, amount)| Step::Replace(id, amount)),
        1 => (id.clone(), 0..300_i64).prop_map(|(id, amount)| Step::Ignore(id, amount)),
        1 => id.clone().prop_map(Step::Save),
        1 => id.clone().prop_map(Step::Delete),
        3 => any::<u8>().prop_map(Step::PushSome),
        2 => Just(Step::Hold),
        3 => Just(Step::ApplyHeld),
        2 => (1..3_usize).prop_map(Step::Settle),
        2 => (id, amount).prop_map(|(id, amount)| Step::Elsewhere(id, amount)),
        1 => Just(Step::BackUpBot),
        1 => Just(Step::RestoreBot),
        1 => Just(Step::BackUpLedger),
        1 => Just(Step::RestoreLedger),
        1 => Just(Step::Rest),
    ]
}

/// A world, and what lies about in it: answers not applied yet, backups.
struct Run {
    world: World<Sqlite>,
    held: Vec<Changes>,
    bot_backup: bool,
    ledger_backup: Option<ModelLedger>,
}

impl Run {
    fn take(&mut self, step: &Step) {
        let world = &mut self.world;
        match *step {
            Step::Add(id, amount) => {
                world.run(&format!(
                    "UPDATE users SET coins = MAX(0, coins + {amount}) WHERE user_id = '{id}'"
                ));
            }
            Step::Set(id, amount) => {
                world.run(&format!("UPDATE users SET coins = {amount} WHERE user_id = '{id}'"));
            }
            Step::Replace(id, amount) => world.run(&format!(
                "INSERT OR REPLACE INTO users SELECT '{id}', {amount}
                 WHERE EXISTS (SELECT 1 FROM sqlite_master WHERE sql LIKE '%KEY%' OR sql LIKE '%UNIQUE%')"
            )),
            Step::Ignore(id, amount) => world.run(&format!(
                "INSERT OR IGNORE INTO users SELECT '{id}', {amount}
                 WHERE NOT EXISTS (SELECT 1 FROM users WHERE user_id = '{id}' AND {amount} > 150)"
            )),
            Step::Save(id) => world
                .run(&format!("UPDATE users SET user_id = user_id, coins = coins WHERE user_id = '{id}'")),
            Step::Delete(id) => world.run(&format!("DELETE FROM users WHERE user_id = '{id}'")),
            Step::PushSome(mask) => {
                for (at, event) in world.events().iter().enumerate() {
                    if mask >> (at % 8) & 1 == 1 {
                        world.ledger.push(event);
                    }
                }
            }
            Step::Hold => match world.pull() {
                Answer::Changes(changes) => self.held.push(changes),
                Answer::HistoryMismatch => {
                    let from = world.view().cursor;
                    wait(world.replica.rewind(from)).unwrap();
                    world.check();
                }
            },
            Step::ApplyHeld => {
                if let Some(changes) = self.held.first().cloned() {
                    world.apply(&changes);
                    // Half of them come twice.
                    if changes.to.seq % 2 == 0 {
                        self.held.remove(0);
                    } else {
                        self.held.rotate_left(1);
                        self.held.truncate(4);
                    }
                }
            }
            Step::Settle(limit) => {
                if !world.view().compare {
                    world.settle(limit);
                }
            }
            Step::Elsewhere(id, amount) => {
                let id = id.to_string();
                if world.ledger.knows(&id) {
                    world.ledger.earn(&id, amount);
                }
            }
            Step::BackUpBot => {
                world.bot.back_up("backup.db");
                self.bot_backup = true;
            }
            Step::RestoreBot if self.bot_backup => world.bot.restore("backup.db"),
            Step::BackUpLedger => self.ledger_backup = Some(world.ledger.clone()),
            Step::RestoreLedger => {
                if let Some(backup) = &self.ledger_backup {
                    world.ledger.restore(backup);
                }
            }
            Step::Rest => world.sync(),
            Step::RestoreBot => {}
        }
    }
}

fn explore(shape: &str, reinsert: Reinsert, steps: &[Step]) {
    let world = World::<Sqlite>::new(shape, onepurse_replica::Mapping { reinsert, ..users() });
    let mut run = Run { world, held: Vec::new(), bot_backup: false, ledger_backup: None };
    for step in steps {
        run.take(step);
    }
    let mut world = run.world;
    world.run(
        "DELETE FROM users WHERE rowid NOT IN (SELECT min(rowid) FROM users GROUP BY user_id)"
            .replace("rowid", if shape.contains("WITHOUT") { "user_id" } else { "rowid" })
            .as_str(),
    );
    world.sync();
    for id in ["1", "2", "3", "4"] {
        let balance = world.ledger.coins_of(id);
        if let Some(local) = world.local(id) {
            // Debts are held above zero, unless the bot itself went below it.
            let local: i64 = local.trim_end_matches(".0").parse().unwrap();
            assert!(local == balance || local == balance.max(0), "{id}: {local} and {balance}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn everything_converges(
        shape in prop::sample::select(vec![KEYED, LOOSE, NO_ROWID, DOUBLES]),
        reinsert in prop::sample::select(vec![Reinsert::Restore, Reinsert::Take]),
        steps in prop::collection::vec(step(), 1..40),
    ) {
        explore(shape, reinsert, &steps);
    }

    /// Without deletions, restores or other platforms, the ledger has what the bot did, to the coin.
    #[test]
    fn the_balance_is_what_the_bot_did(
        steps in prop::collection::vec((1..4_u8, -50..100_i64, any::<u8>(), 0..6_u8), 1..40),
    ) {
        let mut world = World::<Sqlite>::new(KEYED, users());
        let mut expected = [0_i64, 100, 0, 0, 0];
        for (id, amount, mask, what) in steps {
            let at = usize::from(id);
            match what {
                0 => {
                    world.run(&format!("INSERT OR IGNORE INTO users VALUES ({id}, 0)"));
                    let there = world.bot.read(&format!("SELECT coins FROM users WHERE user_id = {id}")).unwrap();
                    let after = there.parse::<i64>().unwrap() + amount;
                    world.run(&format!("REPLACE INTO users VALUES ({id}, {after})"));
                    expected[at] += amount;
                }
                1 | 2 => {
                    if world.local(&id.to_string()).is_some() {
                        expected[at] += amount;
                    }
                    world.run(&format!("UPDATE users SET coins = coins + {amount} WHERE user_id = {id}"));
                }
                3 => {
                    world.run(&format!("BEGIN; UPDATE users SET coins = coins + {amount}; ROLLBACK"));
                    for event in world.events().iter().skip(usize::from(mask) % 4) {
                        world.ledger.push(event);
                    }
                }
                4 => {
                    let changes = world.changes();
                    world.apply(&changes);
                }
                _ => world.sync(),
            }
        }
        world.sync();
        for (id, expected) in expected.into_iter().enumerate().skip(1) {
            prop_assert_eq!(world.ledger.coins_of(&id.to_string()), expected);
        }
    }
}
