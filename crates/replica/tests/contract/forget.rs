//! Somebody whom the ledger forgets.

use super::contract;
use crate::support::{
    fixture::Fixture,
    wait, who,
    world::{World, users},
};

const USERS: &str = "CREATE TABLE users (user_id INTEGER PRIMARY KEY, coins INTEGER);
    INSERT INTO users VALUES (456, 100), (7, 5);";

contract! {
    nothing_is_kept_of_who_has_no_row,
    who_has_a_row_is_kept_whatever_it_shows,
    what_is_not_included_yet_keeps_them,
    a_database_put_back_from_before_shows_them_nothing,
    what_was_sent_of_them_before_it_was_heard_of_is_shown_no_more,
    who_was_forgotten_begins_with_what_the_bot_gives_them,
}

fn world<F: Fixture>() -> World<F> {
    World::new(USERS, users())
}

/// How many rows of ours have the id.
fn traces<F: Fixture>(world: &World<F>, id: &str) -> i64 {
    let of = |table: &&str| world.bot.ours(table, &format!("SELECT count(*) FROM {{}} WHERE id = '{id}'"));
    ["identity", "outbox", "kept", "reversal"].iter().map(of).sum()
}

/// They leave their purse, their bot deletes them, and the ledger forgets them.
fn forget<F: Fixture>(world: &mut World<F>, id: &str) {
    world.ledger.part(id);
    world.sync();
    assert_eq!(world.local(id).unwrap(), "0");
    world.run(&format!("DELETE FROM users WHERE user_id = {id}"));
    world.sync();
    assert!(wait(world.replica.forget(&who(id))).unwrap());
    world.ledger.erase(id);
    world.sync();
}

fn nothing_is_kept_of_who_has_no_row<F: Fixture>() {
    let mut world = world::<F>();
    world.run("UPDATE users SET coins = 130 WHERE user_id = 456");
    world.sync();
    let others = traces(&world, "7");
    assert!(traces(&world, "456") > 0 && others > 0);
    forget(&mut world, "456");
    assert_eq!((traces(&world, "456"), traces(&world, "7")), (0, others));
    assert_eq!((world.local("456"), world.local("7").unwrap().as_str()), (None, "5"));
}

fn who_has_a_row_is_kept_whatever_it_shows<F: Fixture>() {
    let mut world = world::<F>();
    world.sync();
    for shows in ["100", "NULL"] {
        world.run(&format!("UPDATE users SET coins = {shows} WHERE user_id = 456"));
        world.sync();
        let before = traces(&world, "456");
        assert!(!wait(world.replica.forget(&who("456"))).unwrap(), "{shows}");
        assert_eq!(traces(&world, "456"), before.max(1));
    }
}

fn what_is_not_included_yet_keeps_them<F: Fixture>() {
    let mut world = world::<F>();
    world.run("UPDATE users SET coins = 130 WHERE user_id = 456");
    let before = traces(&world, "456");
    assert!(!wait(world.replica.forget(&who("456"))).unwrap());
    assert_eq!(traces(&world, "456"), before.max(1));
    world.sync();
    assert_eq!(world.ledger.coins_of("456"), 130);
}

fn a_database_put_back_from_before_shows_them_nothing<F: Fixture>() {
    let mut world = world::<F>();
    world.run("UPDATE users SET coins = 130 WHERE user_id = 456");
    world.sync();
    world.bot.back_up("old");
    world.run("UPDATE users SET coins = 6 WHERE user_id = 7");
    forget(&mut world, "456");
    let (entries, seven) = (world.ledger.head().seq, world.ledger.coins_of("7"));
    world.bot.restore("old");
    world.replica = world.bot.replica(world.mappings.clone());
    assert!(world.changes().names_everyone);
    world.sync();
    assert_eq!((world.local("456").unwrap().as_str(), world.local("7").unwrap().as_str()), ("0", "6"));
    // Nothing that was taken is sent again, and nobody has become anybody.
    assert_eq!((world.ledger.head().seq, world.ledger.coins_of("7")), (entries, seven));
    assert!(!world.ledger.knows("456"));
}

fn what_was_sent_of_them_before_it_was_heard_of_is_shown_no_more<F: Fixture>() {
    let mut world = World::<F>::new(
        "CREATE TABLE users (user_id INTEGER PRIMARY KEY, coins INTEGER);
        INSERT INTO users VALUES (456, 0), (7, 5);",
        users(),
    );
    world.sync();
    world.run("UPDATE users SET coins = 30 WHERE user_id = 456");
    world.push();
    world.ledger.part("456");
    world.ledger.erase("456");
    world.sync();
    assert_eq!((world.local("456").unwrap().as_str(), world.local("7").unwrap().as_str()), ("0", "5"));
}

fn who_was_forgotten_begins_with_what_the_bot_gives_them<F: Fixture>() {
    let mut world = world::<F>();
    forget(&mut world, "456");
    world.run("INSERT INTO users VALUES (456, 30)");
    world.run("UPDATE users SET coins = 35 WHERE user_id = 456");
    world.sync();
    assert_eq!((world.local("456").unwrap().as_str(), world.ledger.coins_of("456")), ("35", 35));
}
