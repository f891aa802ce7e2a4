//! What reaches the bot's rows, past the bot's own constraints and triggers.

use onepurse_core::{Amount, AssetName};
use onepurse_replica::Mapping;

use super::Maria;
use crate::support::{
    fixture::Fixture,
    mariadb::MariaDb,
    wait,
    world::{World, users},
};

fn table(extra: &str) -> String {
    format!(
        "CREATE TABLE users (user_id BIGINT PRIMARY KEY, coins INT {extra});
         INSERT INTO users VALUES (456, 100), (7, 15);"
    )
}

/// A trigger of the bot's own on the row of 456.
fn trigger(when: &str, body: &str) -> String {
    format!(
        "{} CREATE TRIGGER own {when} UPDATE ON users FOR EACH ROW BEGIN IF NEW.user_id = 456 THEN {body} END IF; END",
        table("")
    )
}

#[test]
fn the_row_stops_at_what_is_allowed_and_the_rest_is_held() {
    let floor = |floor| Mapping { floor: Some(Amount::new(floor)), ..users() };
    let refuse = "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no';";
    for (shape, mapping, earned, local, rest) in [
        (table(""), users(), 50, "150", 0),
        (table(""), users(), -130, "0", -30),
        (table(""), floor(-10), -130, "-10", -20),
        (table("CHECK (coins >= 0)"), floor(-1000), -130, "0", -30),
        (table("CHECK (coins BETWEEN 10 AND 120)"), users(), 500, "120", 480),
        (table(", CHECK (coins <> 150)"), users(), 50, "149", 1),
        (table("").replace("coins INT", "coins SMALLINT"), users(), 40_000, "32767", 7_333),
        (table("").replace("coins INT", "coins INT UNSIGNED"), floor(-1000), -130, "0", -30),
        (trigger("BEFORE", "SET NEW.coins = LEAST(NEW.coins, 120);"), users(), 50, "120", 30),
        (trigger("BEFORE", "SET NEW.coins = OLD.coins;"), users(), 50, "100", 50),
        (trigger("BEFORE", refuse), users(), 50, "100", 50),
        (trigger("AFTER", &format!("IF NEW.coins > 120 THEN {refuse} END IF;")), users(), 50, "120", 30),
    ] {
        let mut world: Maria = World::new(&shape, mapping);
        world.ledger.earn("456", earned);
        world.ledger.earn("7", 10);
        world.sync();
        let audited = wait(world.replica.audit()).unwrap();
        let held: i64 = audited.identities.iter().map(|one| one.held.units()).sum();
        assert_eq!((world.local("456").unwrap().as_str(), held), (local, rest), "{shape}");
        assert_eq!(world.local("7").unwrap(), "25", "{shape}");
        // Capture is on again.
        world.run("UPDATE users SET coins = coins + 1 WHERE user_id = 7");
        assert_eq!(world.captured(), ["7 change 1"], "{shape}");
    }
}

#[test]
fn a_row_that_cannot_be_written_is_left_alone_and_told() {
    let shape = trigger("AFTER", "INSERT INTO nowhere VALUES (1);");
    let mut world: Maria = World::new(&shape, users());
    world.ledger.earn("456", 50);
    world.ledger.earn("7", 10);
    for _ in 0..3 {
        let changes = world.changes();
        world.apply(&changes);
        world.settle(10);
    }
    assert_eq!((world.local("456").unwrap().as_str(), world.local("7").unwrap().as_str()), ("100", "25"));
    let paused = wait(world.replica.summary()).unwrap().paused;
    assert!(paused[0].reason.contains("nowhere"), "{paused:?}");
    world.bot.run("CREATE TABLE nowhere (n INT)").unwrap();
    world.sync();
    assert_eq!(world.local("456").unwrap(), "150");
}

/// What the bot's triggers do to other rows is the bot's doing: of another table, and of another asset in the same row.
#[test]
fn what_a_trigger_changes_besides_is_counted() {
    let bank: AssetName = "bank".parse().unwrap();
    let shape = format!(
        "{} CREATE TABLE bank (user_id BIGINT PRIMARY KEY, coins INT); INSERT INTO bank VALUES (456, 0), (7, 0);
         CREATE TRIGGER own AFTER UPDATE ON users FOR EACH ROW
         UPDATE bank SET coins = coins + NEW.coins - OLD.coins WHERE user_id = NEW.user_id",
        table("")
    );
    let mappings = vec![users(), Mapping::new(bank.clone(), "bank", &["user_id"], "coins")];
    let mut world: Maria = World::with(MariaDb::new(&shape), mappings);
    world.ledger.earn("456", 50);
    world.sync();
    assert_eq!(world.bot.read("SELECT coins FROM bank WHERE user_id = 456").unwrap(), "50");
    let balances = world.ledger.balances(world.ledger.head().seq);
    assert_eq!(balances[&(bank, "456".parse().unwrap())], 50);

    let xp: AssetName = "xp".parse().unwrap();
    let shape = "CREATE TABLE users (user_id BIGINT PRIMARY KEY, coins INT, xp INT); INSERT INTO users VALUES (456, 100, 1);
        CREATE TRIGGER own BEFORE UPDATE ON users FOR EACH ROW SET NEW.xp = NEW.xp + 1";
    let mappings = vec![users(), Mapping::new(xp.clone(), "users", &["user_id"], "xp")];
    let mut world: Maria = World::with(MariaDb::new(shape), mappings);
    world.ledger.earn("456", 50);
    let changes = world.changes();
    world.apply(&changes);
    assert_eq!(world.captured(), ["456 change 1"]);
    assert_eq!(world.outbox()[0].asset, xp);
}
