//! The founding system's home: one PostgreSQL database that holds the Discord bot's table and the ledger, and a Telegram
//! bot with a file of its own beside it. The bots write through programs of their own: Python, and `psql`.

use onepurse_servers::{Database, Postgres};

use crate::harness::{Bot, ECONOMY, FOUNDING, World, config::Platform, pair::T, wait_until};

const USERS: &str =
    "CREATE TABLE users(id TEXT PRIMARY KEY, username TEXT, coins INTEGER DEFAULT 0, xp INTEGER DEFAULT 0);
    INSERT INTO users(id, coins) VALUES ('123', 0)";

/// Discord's bot in PostgreSQL, Telegram's in SQLite; the ledger where `ledger` says.
fn world(ledger: impl FnOnce(&Database) -> Option<String>) -> (World, Bot, Database) {
    let database = Postgres::shared().database();
    database.psql(USERS);
    let mut world = World::new();
    let telegram = world.bot("telegram", ECONOMY);
    telegram.register(T, 0);
    world.add(&telegram);
    world.configure(|config| {
        config.platforms.push(Platform {
            name: "discord".to_owned(),
            database: database.url(),
            balances: vec![FOUNDING.mapping()],
        });
        if let Some(url) = ledger(&database) {
            config.ledger = url;
        }
    });
    (world, telegram, database)
}

fn walk(world: &World, telegram: &Bot, database: &Database) {
    let run = world.run();
    world.link("telegram:456", "discord:123");
    let discord = || database.psql("SELECT coins FROM users WHERE id = '123'").trim().to_owned();
    telegram.earn(T, 100);
    wait_until("discord sees the 100", || discord() == "100");
    database.psql("UPDATE users SET coins = coins + 50 WHERE id = '123'");
    wait_until("telegram sees the 150", || telegram.stored(T) == "150");
    wait_until("the ledger has them", || world.coins("discord:123") == "150");
    drop(run);
    world.sync();
    world.verify();
    world.ok(&["detach"]);
    assert_eq!(database.psql("SELECT nspname FROM pg_namespace WHERE nspname = 'onepurse_discord'"), "");
}

#[test]
fn the_ledger_and_a_bot_share_a_database() {
    let (world, telegram, database) = world(|database| Some(database.url()));
    walk(&world, &telegram, &database);
    let founding = "SELECT coins FROM unified_users WHERE telegram_id = '456' OR discord_id = '123'";
    assert_eq!(database.psql(founding).trim(), "150");
}

#[test]
fn the_ledger_is_a_file_beside_a_bot_on_a_server() {
    let (world, telegram, database) = world(|_| None);
    walk(&world, &telegram, &database);
}
