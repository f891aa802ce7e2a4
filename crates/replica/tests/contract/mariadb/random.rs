//! Anything in any order: at rest everything agrees.

use onepurse_core::{Answer, Changes};
use onepurse_replica::{Mapping, Reinsert};
use proptest::prelude::*;

use super::Maria;
use crate::support::{
    fixture::Fixture,
    ledger::ModelLedger,
    wait,
    world::{World, users},
};

const KEYED: &str = "CREATE TABLE users (user_id BIGINT PRIMARY KEY, coins INT NOT NULL DEFAULT 0);
    INSERT INTO users VALUES (1, 100), (2, 0);";
const CHECKED: &str =
    "CREATE TABLE users (user_id VARCHAR(20) PRIMARY KEY, coins DECIMAL(20,2), CHECK (coins >= 0));
    INSERT INTO users VALUES ('1', 100), ('2', 0);
    CREATE TRIGGER cap BEFORE UPDATE ON users FOR EACH ROW SET NEW.coins = LEAST(NEW.coins, 400);";
const LOOSE: &str = "CREATE TABLE users (user_id VARCHAR(20), coins DOUBLE, KEY (user_id)); INSERT INTO users VALUES ('1', 100), ('2', 0);";

#[derive(Debug, Clone)]
enum Step {
    Add(u8, i64),
    Set(u8, i64),
    Replace(u8, i64),
    Upsert(u8, i64),
    Delete(u8),
    Rename(u8, u8),
    RollBack,
    PushSome(u8),
    Hold,
    ApplyHeld,
    Settle(usize),
    Elsewhere(u8, i64),
    BackUpLedger,
    RestoreLedger,
    LoseCapture,
    Rest,
}

fn step() -> impl Strategy<Value = Step> {
    let (id, amount) = (1..5_u8, -120..200_i64);
    prop_oneof![
        3 => (id.clone(), amount.clone()).prop_map(|(id, amount)| Step::Add(id, amount)),
        2 => (id.clone(), 0..300_i64).prop_map(|(id, amount)| Step::Set(id, amount)),
        2 => (id.clone(), 0..300_i64).prop_map(|(id, amount)| Step::Replace(id, amount)),
        2 => (id.clone(), 0..300_i64).prop_map(|(id, amount)| Step::Upsert(id, amount)),
        1 => id.clone().prop_map(Step::Delete),
        1 => (id.clone(), id.clone()).prop_map(|(from, to)| Step::Rename(from, to)),
        1 => Just(Step::RollBack),
        3 => any::<u8>().prop_map(Step::PushSome),
        2 => Just(Step::Hold),
        3 => Just(Step::ApplyHeld),
        2 => (1..3_usize).prop_map(Step::Settle),
        2 => (id, amount).prop_map(|(id, amount)| Step::Elsewhere(id, amount)),
        1 => Just(Step::BackUpLedger),
        1 => Just(Step::RestoreLedger),
        1 => Just(Step::LoseCapture),
        1 => Just(Step::Rest),
    ]
}

/// A world, and what lies about in it: answers not applied yet, a backup.
struct Run {
    world: Maria,
    held: Vec<Changes>,
    ledger_backup: Option<ModelLedger>,
}

impl Run {
    fn take(&mut self, step: &Step) {
        let world = &mut self.world;
        match *step {
            Step::Add(id, amount) => world.run(&format!(
                "UPDATE users SET coins = GREATEST(0, coins + {amount}) WHERE user_id = '{id}'"
            )),
            Step::Set(id, amount) => {
                world.run(&format!("UPDATE users SET coins = {amount} WHERE user_id = '{id}'"));
            }
            Step::Replace(id, amount) => world.run(&format!("REPLACE INTO users VALUES ('{id}', {amount})")),
            Step::Upsert(id, amount) => world.run(&format!(
                "INSERT INTO users VALUES ('{id}', {amount}) ON DUPLICATE KEY UPDATE coins = coins + {amount}"
            )),
            Step::Delete(id) => world.run(&format!("DELETE FROM users WHERE user_id = '{id}'")),
            Step::Rename(from, to) => {
                world.run(&format!(
                    "SET @taken = EXISTS (SELECT 1 FROM users WHERE user_id = '{to}');
                     UPDATE users SET user_id = '{to}' WHERE user_id = '{from}' AND NOT @taken"
                ));
            }
            Step::RollBack => {
                world.run("BEGIN; UPDATE users SET coins = coins + 7; DELETE FROM users; ROLLBACK");
            }
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
            Step::BackUpLedger => self.ledger_backup = Some(world.ledger.clone()),
            Step::RestoreLedger => {
                if let Some(backup) = &self.ledger_backup {
                    world.ledger.restore(backup);
                }
            }
            Step::LoseCapture => {
                world.bot.run("DROP TRIGGER IF EXISTS onepurse_telegram_1_update; UPDATE users SET coins = 3 WHERE user_id = '1'").unwrap();
                wait(world.replica.mend(1)).unwrap();
                world.check();
            }
            Step::Rest => world.sync(),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn everything_converges(
        shape in prop::sample::select(vec![KEYED, CHECKED, LOOSE]),
        reinsert in prop::sample::select(vec![Reinsert::Restore, Reinsert::Take]),
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let world: Maria = World::new(shape, Mapping { reinsert, ..users() });
        let mut run = Run { world, held: Vec::new(), ledger_backup: None };
        for step in &steps {
            run.take(step);
        }
        let mut world = run.world;
        if shape == LOOSE {
            for id in 1..5 {
                let many = format!("SELECT COUNT(*) FROM users WHERE user_id = '{id}'");
                while world.bot.read(&many).unwrap().parse::<u32>().unwrap() > 1 {
                    world.run(&format!("DELETE FROM users WHERE user_id = '{id}' LIMIT 1"));
                }
            }
        }
        world.sync();
        for id in ["1", "2", "3", "4"] {
            let balance = world.ledger.coins_of(id);
            if let Some(local) = world.local(id) {
                // Debts are held above zero, and what is above the bot's own cap.
                let local: f64 = local.parse().unwrap();
                let shown = if shape == CHECKED { balance.clamp(0, 400) } else { balance };
                let shown = [balance, balance.max(0), shown].map(|one| format!("{one}"));
                prop_assert!(shown.contains(&format!("{local}")), "{}: {} and {}", id, local, balance);
            }
        }
    }
}
