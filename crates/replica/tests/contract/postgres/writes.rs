//! What reaches the bot's rows, past the bot's own constraints and triggers.

use onepurse_core::Amount;
use onepurse_replica::Mapping;

use super::Pg;
use crate::support::{
    wait,
    world::{World, users},
};

fn table(extra: &str) -> String {
    format!(
        "CREATE TABLE users (user_id bigint PRIMARY KEY, coins integer {extra});
         INSERT INTO users VALUES (456, 100), (7, 15);"
    )
}

/// A trigger of the bot's own on the row of 456.
fn trigger(when: &str, body: &str) -> String {
    format!(
        "{} CREATE FUNCTION own() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN {body} END';
         CREATE TRIGGER own {when} UPDATE OF coins ON users FOR EACH ROW WHEN (NEW.user_id = 456) EXECUTE FUNCTION own()",
        table("")
    )
}

#[test]
fn the_row_stops_at_what_is_allowed_and_the_rest_is_held() {
    let floor = |floor| Mapping { floor: Some(Amount::new(floor)), ..users() };
    let deferred = format!(
        "{} CREATE FUNCTION own() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.coins > 120 THEN RAISE EXCEPTION ''no''; END IF; RETURN NEW; END';
         CREATE CONSTRAINT TRIGGER own AFTER UPDATE ON users DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION own()",
        table("")
    );
    for (shape, mapping, earned, local, rest) in [
        (table(""), users(), 50, "150", 0),
        (table(""), users(), -130, "0", -30),
        (table(""), floor(-10), -130, "-10", -20),
        (table("CHECK (coins >= 0)"), floor(-1000), -130, "0", -30),
        (table("CHECK (coins BETWEEN 10 AND 120)"), users(), 500, "120", 480),
        (table(", CHECK (coins <> 150)"), users(), 50, "149", 1),
        (table("").replace("integer", "smallint"), users(), 40_000, "32767", 7_333),
        (trigger("BEFORE", "RETURN NULL;"), users(), 50, "100", 50),
        (trigger("BEFORE", "NEW.coins := least(NEW.coins, 120); RETURN NEW;"), users(), 50, "120", 30),
        (trigger("BEFORE", "RAISE EXCEPTION ''no'';"), users(), 50, "100", 50),
        (
            trigger(
                "AFTER",
                "UPDATE users SET coins = least(coins, 120) WHERE user_id = 456 AND coins > 120; RETURN NULL;",
            ),
            users(),
            50,
            "120",
            30,
        ),
        (deferred, users(), 50, "120", 30),
    ] {
        let mut world: Pg = World::new(&shape, mapping);
        world.ledger.earn("456", earned);
        world.ledger.earn("7", 10);
        world.sync();
        let audited = wait(world.replica.audit()).unwrap();
        let held: i64 = audited.identities.iter().map(|one| one.held.units()).sum();
        assert_eq!((world.local("456").unwrap().as_str(), held), (local, rest), "{shape}");
        assert_eq!(world.local("7").unwrap(), "25", "{shape}");
    }
}

#[test]
fn a_trigger_that_changes_another_row_is_counted() {
    let tax = trigger("AFTER", "UPDATE users SET coins = coins + 1 WHERE user_id = 7; RETURN NULL;");
    let mut world: Pg = World::new(&tax, users());
    world.ledger.earn("456", 50);
    world.ledger.earn("7", 10);
    world.sync();
    assert_eq!(world.local("7").unwrap(), "26");
    assert_eq!(world.ledger.coins_of("7"), 26);
}

#[test]
fn a_trigger_that_removes_the_row_is_told() {
    let mut world: Pg =
        World::new(&trigger("AFTER", "DELETE FROM users WHERE user_id = 456; RETURN NULL;"), users());
    world.ledger.earn("456", 50);
    world.sync();
    assert_eq!(world.ledger.coins_of("456"), 150);
    assert_eq!(world.local("456"), None);
}
