//! What the ledger has undone, in a table for the bot.

use onepurse_core::Event;

use super::contract;
use crate::support::{
    fixture::Fixture,
    wait,
    world::{World, users},
};

const USERS: &str = "CREATE TABLE users (user_id INTEGER PRIMARY KEY, coins INTEGER);
    INSERT INTO users VALUES (456, 100), (7, 5);";

contract! {
    what_was_undone_is_there_to_read,
    it_is_there_once_however_often_it_is_told,
    it_is_there_once_where_a_ledger_that_was_put_back_undoes_it_again,
    of_what_is_not_counted_here_nothing_is_told,
    it_goes_with_what_is_kept,
    what_may_be_told_again_stays,
}

/// A bot has spent what was spent elsewhere, and the ledger has undone that; the replica is not told yet.
fn undone<F: Fixture>() -> (World<F>, Event) {
    let mut world = World::<F>::new(USERS, users());
    world.run("UPDATE users SET coins = 30 WHERE user_id = 456");
    let spent = world.events().remove(0);
    world.ledger.push(&spent);
    world.ledger.undo(&spent);
    (world, spent)
}

fn rows<F: Fixture>(world: &World<F>, filter: &str) -> i64 {
    world.bot.ours("reversal", &format!("SELECT count(*) FROM {{}} WHERE {filter}"))
}

fn what_was_undone_is_there_to_read<F: Fixture>() {
    let (mut world, spent) = undone::<F>();
    let (seq, now_ms) = (world.ledger.head().seq, world.now_ms);
    assert_eq!(rows(&world, "1 = 1"), 0);
    world.sync();
    assert_eq!(world.local("456").unwrap(), "100");
    let at_ms = spent.captured_ms;
    for told in [
        "length(\"key\") = 16".to_owned(),
        format!("seq = {seq}"),
        "id = '456' AND asset = 'coins' AND delta = 70".to_owned(),
        format!("captured_ms = {at_ms} AND at_ms = {at_ms} + 1 AND told_ms = {now_ms}"),
        "actor IS NULL AND reason LIKE 'it''s \"too much\"%'".to_owned(),
    ] {
        assert_eq!(rows(&world, &told), 1, "{told}");
    }
    assert_eq!(rows(&world, "1 = 1"), 1);
}

fn it_is_there_once_however_often_it_is_told<F: Fixture>() {
    let (mut world, _) = undone::<F>();
    world.sync();
    let from = world.view().cursor;
    wait(world.replica.rewind(from)).unwrap();
    world.now_ms += 10;
    let changes = world.changes();
    assert_eq!(changes.reversals.len(), 1, "from zero it is told again");
    world.sync();
    assert_eq!((rows(&world, "1 = 1"), rows(&world, "told_ms = 1000")), (1, 1));
}

fn it_is_there_once_where_a_ledger_that_was_put_back_undoes_it_again<F: Fixture>() {
    let mut world = World::<F>::new(USERS, users());
    let backup = world.ledger.clone();
    world.run("UPDATE users SET coins = 30 WHERE user_id = 456");
    let spent = world.events().remove(0);
    world.ledger.push(&spent);
    world.ledger.undo(&spent);
    world.sync();
    world.ledger.restore(&backup);
    world.ledger.earn("7", 1);
    world.ledger.push(&spent);
    world.ledger.undo(&spent);
    world.sync();
    assert_eq!((world.local("456").unwrap().as_str(), rows(&world, "1 = 1")), ("100", 1));
}

fn of_what_is_not_counted_here_nothing_is_told<F: Fixture>() {
    let (mut world, spent) = undone::<F>();
    world.ledger.undo(&Event { asset: "gems".parse().unwrap(), key: spent.key.derived(1), ..spent });
    assert_eq!(world.changes().reversals.len(), 2);
    world.sync();
    assert_eq!((rows(&world, "1 = 1"), rows(&world, "asset = 'coins'")), (1, 1));
}

fn it_goes_with_what_is_kept<F: Fixture>() {
    let (mut world, _) = undone::<F>();
    world.sync();
    let accepted = world.view().cursor;
    wait(world.replica.tidy(accepted, 1_000, 2_000)).unwrap();
    assert_eq!(rows(&world, "1 = 1"), 1, "it is not older than that");
    wait(world.replica.tidy(accepted, 1_001, 2_000)).unwrap();
    assert_eq!((rows(&world, "1 = 1"), world.testimony().kept.len()), (0, 0));
}

/// While something as old as it is kept, an answer from zero names it.
fn what_may_be_told_again_stays<F: Fixture>() {
    let (mut world, spent) = undone::<F>();
    world.sync();
    let accepted = world.view().cursor;
    let late = world.testimony().kept.iter().all(|row| row.at_ms <= spent.captured_ms);
    assert!(late, "it was captured last");
    world.run("UPDATE users SET coins = 6 WHERE user_id = 7");
    world.outbox();
    let earlier = format!("UPDATE {{}} SET at_ms = {}", spent.captured_ms);
    world.bot.run(&earlier.replace("{}", &world.bot.our("outbox"))).unwrap();
    wait(world.replica.tidy(accepted, 1_001, 2_000)).unwrap();
    assert_eq!((rows(&world, "1 = 1"), world.testimony().kept.len()), (1, 0));
    world.sync();
    let accepted = world.view().cursor;
    wait(world.replica.tidy(accepted, 1_001, 2_000)).unwrap();
    assert_eq!(rows(&world, "1 = 1"), 0);
}
