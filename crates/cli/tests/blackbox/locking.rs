//! Hazard 22: the bot's locks come first. No error and no visible wait at the driver's default time-out.

use serde_json::json;

use crate::harness::{
    BANK, Crowd, ECONOMY, FOUNDING, Pair,
    answers::exit,
    bot::Load,
    let_run_ms,
    pair::{D, T},
    wait_until,
};

/// How long the bots play.
const LOAD_MS: u64 = 4_000;

/// What ten people's play beside a `run` was like for the bots, with a time-out of their own.
fn play(journal_mode: &str, timeout_s: &serde_json::Value) -> Load {
    let crowd = Crowd::of(10, journal_mode);
    let run = crowd.world().run();
    crowd.pair.telegram.restart_with_timeout(timeout_s);
    crowd.pair.discord.restart_with_timeout(timeout_s);
    crowd.start(20);
    let_run_ms(LOAD_MS);
    let load = crowd.stop();
    drop(run);
    crowd.agrees_on(&load);
    load
}

#[test]
fn hazard_22_under_load_a_bot_sees_no_error_at_the_default_timeout() {
    for journal_mode in ["delete", "wal"] {
        let Load { writes, errors, slowest_ms, .. } = play(journal_mode, &json!(null));
        assert!(errors.is_empty(), "{journal_mode}: {errors:?}");
        assert!(slowest_ms < 2_500.0, "{journal_mode}: a call took {slowest_ms} ms");
        assert!(writes > 100, "{journal_mode}: {writes} writes are no load");
    }
}

#[test]
fn hazard_22_with_no_timeout_at_all_errors_are_few_and_nothing_is_wrong() {
    let Load { writes, errors, .. } = play("delete", &json!(0));
    assert!(errors.iter().all(|error| error.contains("database is locked")), "{errors:?}");
    // Each inbound change is a commit that takes its time; without any timeout the bot meets it.
    assert!((errors.len() as u64) < writes, "{} errors in {writes} writes", errors.len());
}

#[test]
fn hazard_22_a_long_write_transaction_of_the_bot_is_waited_out() {
    for journal_mode in ["delete", "wal"] {
        let pair = Pair::with(ECONOMY, journal_mode, |_| ());
        let run = pair.world.run();
        pair.telegram.open("long");
        pair.telegram.execute("long", "UPDATE economy SET money = money + 40", &json!([]));
        pair.discord.earn(D, 5);
        wait_until("the ledger has discord's coins", || pair.coins() == "5");
        pair.telegram.execute("long", "UPDATE economy SET money = money + 2", &json!([]));
        pair.telegram.end("long", "commit");
        pair.comes_to(47);
        drop(run);
        pair.world.verify();
    }
}

#[test]
fn hazard_22_sync_that_the_bot_keeps_waiting_says_so() {
    let pair = Pair::of(ECONOMY);
    pair.discord.earn(D, 5);
    pair.telegram.open("long");
    pair.telegram.execute("long", "UPDATE economy SET money = money + 40", &json!([]));
    let said = pair.world.try_sync();
    assert!(
        [Some(exit::NO), Some(exit::UNREACHABLE)].contains(&said.code),
        "{:?}: {}",
        said.code,
        said.all()
    );
    assert!(said.all().contains("telegram"), "it names who is waited for: {}", said.all());
    assert_eq!(pair.world.coins("discord:123"), "5", "discord's part is done");
    pair.telegram.end("long", "commit");
    pair.syncs_to(45);
}

#[test]
fn hazard_22_behind_a_long_read_of_the_bot_its_other_reads_are_not_shut_out() {
    let pair = Pair::of(BANK);
    (1..=50).for_each(|user| pair.telegram.register(user, 1));
    pair.world.sync();
    let run = pair.world.run();
    let reader = pair.telegram.another();
    reader.open("cursor");
    reader.ask(&json!({ "do": "begin_reading", "name": "cursor", "sql": "SELECT * FROM bank" }));

    // An inbound change now wants to be written behind the read that stays open.
    pair.discord.earn(D, 5);
    wait_until("the ledger has discord's coins", || pair.coins() == "5");
    let mut slowest_ms: f64 = 0.0;
    for _ in 0..300 {
        let select =
            json!({ "do": "run", "path": pair.telegram.path, "steps": [["SELECT * FROM bank", []]] });
        let reply = pair.telegram.try_ask(&select);
        assert!(reply.result.is_ok(), "{:?}", reply.result);
        slowest_ms = slowest_ms.max(reply.took_ms);
    }
    assert!(slowest_ms < 1_000.0, "a read waited {slowest_ms} ms");
    assert_eq!(pair.telegram.stored(T), "0", "not through yet: the read is still open");

    reader.ask(&json!({ "do": "end_reading" }));
    reader.end("cursor", "close");
    pair.comes_to(5);
    drop(run);
    pair.world.verify();
}

#[test]
fn hazard_22_a_wal_transaction_that_reads_and_then_writes_ends_well_when_tried_again() {
    let pair = Pair::with(FOUNDING, "wal", |_| ());
    let run = pair.world.run();
    pair.telegram.open("upgrade");
    let script = ["BEGIN", "SELECT coins FROM users", "UPDATE users SET coins = coins + 1", "COMMIT"];
    for _ in 0..20 {
        // In the database, so that what comes in meanwhile is not overwritten.
        pair.discord.call("add_coins", &json!([D, 1]));
        // What a bot does that tries again a moment after "database is locked": while another writes, SQLite refuses
        // such a transaction at once, without any time-out.
        wait_until("the bot's transaction goes through", || {
            let done = script.iter().all(|sql| {
                let step = json!({ "do": "execute", "name": "upgrade", "sql": sql });
                pair.telegram.try_ask(&step).result.is_ok()
            });
            if !done {
                pair.telegram.end("upgrade", "rollback");
            }
            done
        });
    }
    pair.telegram.end("upgrade", "close");
    pair.comes_to(40);
    drop(run);
    pair.world.verify();
}
