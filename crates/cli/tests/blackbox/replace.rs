//! Hazard 1: INSERT OR REPLACE, UPSERT, INSERT OR IGNORE. The true change is captured, once.

use std::path::PathBuf;

use serde_json::json;

use crate::harness::{
    ECONOMY, FOUNDING, Pair,
    database::Watcher,
    files::prints,
    pair::{D, T},
};

const REPLACE: &str = "INSERT OR REPLACE INTO users(id, username, coins) VALUES (?, 'someone', ?)";

#[test]
fn hazard_01_replace_counts_the_true_change() {
    for recursive in ["recursive_triggers = OFF", "recursive_triggers = ON"] {
        let pair = Pair::of(FOUNDING);
        let replace = |coins: i64| pair.discord.steps_with(&[recursive], &[(REPLACE, json!(["123", coins]))]);
        replace(150);
        pair.syncs_to(150);
        replace(170);
        replace(170);
        pair.syncs_to(170);
        replace(20);
        replace(35);
        pair.syncs_to(35);
        assert_eq!(pair.deltas(), ["150", "20", "-150", "15"], "{recursive}");
        pair.world.verify();
    }
}

#[test]
fn hazard_01_replace_of_someone_new_is_their_first_sight() {
    for recursive in ["recursive_triggers = OFF", "recursive_triggers = ON"] {
        let pair = Pair::of(FOUNDING);
        pair.discord.steps_with(&[recursive], &[(REPLACE, json!(["9", 70])), (REPLACE, json!(["9", 75]))]);
        pair.world.sync();
        assert_eq!(pair.world.coins("discord:9"), "75", "{recursive}");
        pair.world.verify();
    }
}

#[test]
fn hazard_01_replace_by_another_unique_column_takes_nothing_from_who_it_removes() {
    for recursive in ["recursive_triggers = OFF", "recursive_triggers = ON"] {
        let pair = Pair::apart(FOUNDING, "delete");
        pair.discord.sql("CREATE UNIQUE INDEX names ON users(username)", &json!([]));
        pair.discord.sql("UPDATE users SET username = 'ann', coins = 40", &json!([]));
        pair.join();
        let replace = "INSERT OR REPLACE INTO users(id, username, coins) VALUES ('9', 'ann', 5)";
        pair.discord.steps_with(&[recursive], &[(replace, json!([]))]);
        pair.world.sync();
        assert_eq!(pair.discord.stored(D), "absent");
        assert_eq!(pair.coins(), "40", "{recursive}: a row that vanishes is no spending");
        assert_eq!(pair.world.coins("discord:9"), "5", "{recursive}");
        pair.world.verify();
    }
}

#[test]
fn hazard_01_upsert_and_update_or_replace_count_once() {
    let pair = Pair::of(FOUNDING);
    let upsert = "INSERT INTO users(id, username, coins) VALUES (?, 'someone', ?)
        ON CONFLICT(id) DO UPDATE SET coins = users.coins + excluded.coins";
    pair.discord.sql(upsert, &json!(["123", 60]));
    pair.syncs_to(60);
    let nothing = "INSERT INTO users(id, coins) VALUES (?, 1) ON CONFLICT(id) DO NOTHING";
    pair.discord.sql(nothing, &json!(["123"]));
    pair.discord.sql("UPDATE OR REPLACE users SET coins = coins + 7 WHERE id = ?", &json!(["123"]));
    pair.syncs_to(67);
    pair.discord.sql(upsert, &json!(["9", 11]));
    pair.world.sync();
    assert_eq!(pair.world.coins("discord:9"), "11");
    assert_eq!(pair.deltas(), ["60", "7"]);
    pair.world.verify();
}

#[test]
fn hazard_01_an_ignored_insert_is_no_event_and_writes_nothing() {
    for journal_mode in ["delete", "wal"] {
        let pair = Pair::with(ECONOMY, journal_mode, |_| ());
        pair.telegram.earn(T, 30);
        pair.syncs_to(30);
        // One after the other: reading a file's bytes takes a connection's locks away from it in the same process.
        let folder = pair.telegram.path.parent().unwrap();
        let files = prints(folder);
        (0..50).for_each(|_| pair.telegram.register(T, 0));
        let now = prints(folder);
        let written =
            now.iter().filter(|(name, print)| files.get(*name) != Some(print)).map(|(name, _)| name);
        assert_eq!(written.collect::<Vec<_>>(), Vec::<&PathBuf>::new(), "{journal_mode}: were written");

        let watcher = Watcher::of(&pair.telegram.path);
        let version = watcher.version();
        (0..50).for_each(|_| pair.telegram.register(T, 0));
        assert_eq!(watcher.version(), version, "{journal_mode}: somebody committed");
        pair.syncs_to(30);

        pair.telegram.earn(T, 1);
        assert_ne!(watcher.version(), version, "a real write is seen");
        pair.syncs_to(31);
    }
}
