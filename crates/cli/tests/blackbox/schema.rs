//! Hazards 6 and 21: a bot's schema is its own. Capture adds nothing to its tables, bears what the bot does to them,
//! uses only what old versions of SQLite know, and leaves without a trace.

use std::path::Path;

use serde_json::json;

use crate::harness::{
    ACCOUNT, BANK, CACHED, ECONOMY, FOUNDING, Pair, STORAGE, Shape,
    database::{self, has_trigger_on, objects, rows, settings},
    files::names_around,
    pair::{D, T},
    wait_until,
};

const SHAPES: [Shape; 6] = [ECONOMY, BANK, ACCOUNT, STORAGE, CACHED, FOUNDING];

fn scaled(shape: Shape) -> Vec<(&'static str, u8)> {
    if shape == STORAGE { vec![("coins", 2)] } else { Vec::new() }
}

/// What a program of the first schema has left, brought up to date by the next that works there.
#[test]
fn a_database_that_an_older_program_attached_works_on() {
    let pair = Pair::of(ECONOMY);
    pair.telegram.earn(T, 10);
    pair.syncs_to(10);
    let path = &pair.telegram.path;
    let schema = || rows(path, "SELECT schema FROM onepurse_replica").remove(0).remove(0);
    let now = schema();
    database::make(
        path,
        "DROP TABLE onepurse_reversal; ALTER TABLE onepurse_identity DROP COLUMN purse;
         UPDATE onepurse_replica SET schema = 1",
    );
    pair.telegram.earn(T, 5);
    pair.world.ok(&["status"]);
    pair.world.verify();
    assert_eq!(schema(), "1", "who only looks changes nothing");
    pair.syncs_to(15);
    assert_eq!(schema(), now);
    let of = |path: &Path| rows(path, "SELECT purse FROM onepurse_identity").concat();
    assert_eq!(of(path), of(&pair.discord.path), "it knows who is who");
    pair.world.verify();
    pair.world.ok(&["detach"]);
    assert!(objects(path).keys().all(|name| !name.starts_with("onepurse")), "{:?}", objects(path));
}

fn columns(path: &Path, table: &str) -> Vec<Vec<String>> {
    rows(path, &format!("PRAGMA table_info({table})"))
}

#[test]
fn hazard_06_attaching_changes_nothing_of_the_bots_and_detaching_leaves_nothing_of_ours() {
    for (shape, journal_mode) in
        SHAPES.into_iter().zip(["delete", "wal", "delete", "wal", "persist", "delete"])
    {
        let mut pair = Pair::apart(shape, journal_mode);
        pair.world.configure(|config| config.assets.extend(scaled(shape)));
        let path = &pair.telegram.path;
        let of_the_bot = (objects(path), settings(path), columns(path, shape.table), names_around(path));
        let contents = database::contents(path, &[]);

        pair.world.ok(&["attach"]);
        let attached = objects(path);
        assert!(attached.len() > of_the_bot.0.len(), "{}: nothing was put in", shape.bot);
        assert!(
            of_the_bot.0.iter().all(|(name, row)| attached.get(name) == Some(row)),
            "{}: {:?} became {attached:?}",
            shape.bot,
            of_the_bot.0
        );
        let added = attached.iter().filter(|(name, _)| !of_the_bot.0.contains_key(*name));
        let indexes = added.filter(|(_, row)| row[0] == "index" && row[1] == shape.table);
        assert_eq!(indexes.count(), 0, "{}: an index on the bot's table", shape.bot);
        assert_eq!(settings(path), of_the_bot.1, "{}", shape.bot);
        assert_eq!(columns(path, shape.table), of_the_bot.2, "{}", shape.bot);
        pair.telegram.restart();

        pair.world.ok(&["detach"]);
        let after = (objects(path), settings(path), columns(path, shape.table), names_around(path));
        assert_eq!(after, of_the_bot, "{}: something stayed behind", shape.bot);
        assert_eq!(database::contents(path, &[]), contents, "{}", shape.bot);
        assert_eq!(rows(path, "PRAGMA integrity_check"), [["ok"]]);
    }
}

#[test]
fn hazard_06_the_bots_own_migrations_work_under_capture() {
    let pair = Pair::of(FOUNDING);
    for migration in [
        "ALTER TABLE users ADD COLUMN streak INTEGER DEFAULT 0",
        "ALTER TABLE users RENAME COLUMN last_daily TO last_seen",
        "ALTER TABLE users DROP COLUMN streak",
        "CREATE INDEX by_xp ON users(xp)",
        "DROP INDEX by_xp",
        "CREATE TABLE shop(item TEXT, price INTEGER)",
        "CREATE VIEW rich AS SELECT id FROM users WHERE coins > 100",
        "ANALYZE",
        "REINDEX",
    ] {
        pair.discord.sql(migration, &json!([]));
        pair.discord.sql("UPDATE users SET coins = coins + 1", &json!([]));
    }
    pair.discord.open_with("auto", &json!({ "isolation_level": null }), &[]);
    pair.discord.execute("auto", "VACUUM", &json!([]));
    pair.discord.end("auto", "close");
    pair.syncs_to(9);
    pair.telegram.earn(T, 10);
    pair.syncs_to(19);
    pair.world.verify();
}

/// How Django, Alembic and SQLite's own manual change a table: copy, drop, rename.
#[test]
fn hazard_06_a_migration_by_copy_drop_and_rename_works_and_capture_comes_back() {
    let pair = Pair::of(FOUNDING);
    pair.discord.earn(D, 70);
    pair.syncs_to(70);
    let run = pair.world.run();
    pair.discord.steps(&[
        (
            "CREATE TABLE new_users(id TEXT PRIMARY KEY, username TEXT, coins BIGINT, xp INTEGER,
            rank_id INTEGER, last_daily TEXT)",
            json!([]),
        ),
        ("INSERT INTO new_users SELECT * FROM users", json!([])),
        ("DROP TABLE users", json!([])),
        ("ALTER TABLE new_users RENAME TO users", json!([])),
    ]);
    wait_until("capture is back on the new table", || has_trigger_on(&pair.discord.path, "users"));
    pair.comes_to(70);
    pair.discord.earn(D, 5);
    pair.comes_to(75);
    assert_eq!(pair.deltas(), ["70", "5"]);
    drop(run);
    pair.world.sync();
    pair.world.verify();
}

#[test]
fn hazard_06_columns_and_tables_with_awkward_names() {
    let mut pair = Pair::apart(FOUNDING, "delete");
    pair.discord.steps(&[
        (r#"CREATE TABLE "order's ""книга"""("user" TEXT, "select" INTEGER, "group by" TEXT)"#, json!([])),
        (r#"INSERT INTO "order's ""книга""" VALUES ('O''Brien; DROP TABLE users', 5, 'a')"#, json!([])),
    ]);
    pair.world.configure(|config| {
        config.assets.push(("tokens", 0));
        let mapping = r#"asset = "tokens"
table = "order's \"книга\""
id = "user"
column = "select"
"#;
        config.platform("discord").balances.push(mapping.to_owned());
    });
    pair.join();
    pair.discord.sql(r#"UPDATE "order's ""книга""" SET "select" = "select" + 4"#, &json!([]));
    pair.world.sync();
    assert_eq!(pair.world.balance("discord:O'Brien; DROP TABLE users", "tokens"), "9");
    pair.world.verify();
    pair.world.ok(&["detach"]);
}

#[test]
fn hazard_21_capture_uses_only_what_old_versions_of_sqlite_know() {
    // Each with the version that brought it: the oldest that a bot may run on is 3.24.
    const TOO_NEW: [(&str, &str); 16] = [
        ("returning", "3.35"),
        ("on conflict", "3.24, and in triggers an outer REPLACE overrides it"),
        ("unixepoch", "3.38"),
        ("subsec", "3.42"),
        ("iif(", "3.32"),
        ("->", "3.38"),
        (") strict", "3.37"),
        ("generated always", "3.31"),
        (" over (", "3.25"),
        ("filter (", "3.30"),
        ("nulls first", "3.30"),
        ("nulls last", "3.30"),
        ("materialized", "3.35"),
        ("is distinct from", "3.39"),
        ("format(", "3.38"),
        ("json_", "3.38 without a build option"),
    ];
    for shape in SHAPES {
        let pair = Pair::with(shape, "delete", |config| config.assets.extend(scaled(shape)));
        let ours = objects(&pair.telegram.path)
            .into_iter()
            .filter(|(_, row)| row[0] == "trigger" || row[1] != shape.table);
        let ours: Vec<_> = ours.filter(|(name, _)| !name.starts_with("sqlite_")).collect();
        assert!(ours.iter().any(|(_, row)| row[0] == "trigger"), "{}: no trigger", shape.bot);
        for (name, row) in &ours {
            let sql = row[2].to_lowercase();
            for (word, since) in TOO_NEW {
                let allowed = word == "on conflict" && row[0] != "trigger";
                assert!(allowed || !sql.contains(word), "{name} uses `{word}` ({since}): {sql}");
            }
        }
    }
}
