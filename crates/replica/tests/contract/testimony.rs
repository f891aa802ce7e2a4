//! What a replica can say of a ledger that was lost.

use onepurse_core::PurseId;
use onepurse_replica::OutboxRow;

use super::contract;
use crate::support::{
    coins,
    fixture::Fixture,
    wait, who,
    world::{World, users},
};

const USERS: &str = "CREATE TABLE users (user_id INTEGER PRIMARY KEY, coins INTEGER);
    INSERT INTO users VALUES (456, 100), (7, 5);";

contract! {
    it_says_who_has_what_and_who_is_whom,
    whom_an_answer_from_zero_does_not_name_has_no_purse,
    it_says_what_was_in_the_ledger_and_what_was_not,
    after_a_history_mismatch_it_still_says_who_was_whom,
}

/// Everyone with what is stored for them, their purse, and whether they were opened.
fn people<F: Fixture>(world: &mut World<F>) -> Vec<(String, i64, Option<i64>, bool)> {
    let mut people: Vec<_> = world
        .testimony()
        .people
        .into_iter()
        .map(|one| {
            assert_eq!(one.asset, coins());
            (one.external.to_string(), one.stored.units(), one.purse.map(|purse| purse.0), one.opened)
        })
        .collect();
    people.sort();
    people
}

fn told(rows: &[OutboxRow]) -> Vec<String> {
    rows.iter().map(|row| format!("{} {} {}", row.external, row.kind.as_str(), row.delta)).collect()
}

fn it_says_who_has_what_and_who_is_whom<F: Fixture>() {
    let mut world = World::<F>::new(USERS, users());
    let own = |world: &World<F>, id| Some(world.ledger.purse_of(&who(id)).0);
    let (of_456, of_7) = (own(&world, "456"), own(&world, "7"));
    assert_eq!(people(&mut world), [("456".into(), 100, of_456, true), ("7".into(), 5, of_7, true)]);
    // Someone who has no row here has become one with someone who has.
    world.ledger.link("456", PurseId(90));
    world.ledger.earn("8", 30);
    world.ledger.link("8", PurseId(91));
    world.sync();
    assert_eq!(
        people(&mut world),
        [("456".into(), 100, Some(90), true), ("7".into(), 5, of_7, true), ("8".into(), 30, Some(91), false)]
    );
}

fn whom_an_answer_from_zero_does_not_name_has_no_purse<F: Fixture>() {
    let mut world = World::<F>::new(USERS, users());
    world.run("INSERT INTO users VALUES (9, 0)");
    world.sync();
    let from = world.view().cursor;
    wait(world.replica.rewind(from)).unwrap();
    let mut changes = world.changes();
    changes.balances.retain(|standing| standing.external == who("456"));
    wait(world.replica.apply(&changes, world.now_ms)).unwrap();
    let of_456 = Some(world.ledger.purse_of(&who("456")).0);
    let named = [("456".into(), 100, of_456, true), ("7".into(), 0, None, true), ("9".into(), 0, None, true)];
    assert_eq!(people(&mut world), named);
}

fn it_says_what_was_in_the_ledger_and_what_was_not<F: Fixture>() {
    let mut world = World::<F>::new(USERS, users());
    world.run("UPDATE users SET coins = 110 WHERE user_id = 456");
    world.run("UPDATE users SET coins = 6 WHERE user_id = 7");
    let events = world.events();
    // The later one gets there first.
    world.ledger.push(&events[1]);
    let changes = world.changes();
    world.apply(&changes);
    world.sync();
    world.run("UPDATE users SET coins = 120 WHERE user_id = 456");
    let testimony = world.testimony();
    let mut kept = told(&testimony.kept);
    let later = kept.split_off(2);
    kept.sort();
    assert_eq!(kept, ["456 opening 100", "7 opening 5"]);
    assert_eq!(later, ["7 change 1", "456 change 10"]);
    assert_eq!(told(&testimony.pending), ["456 change 10"]);
    assert_eq!(testimony.pending, world.outbox());
    let (platform, ledger) = (world.replica.platform().clone(), world.ledger.id);
    let kept: Vec<_> =
        testimony.kept.into_iter().skip(2).map(|row| row.into_event(&platform, ledger)).collect();
    assert_eq!(kept, [events[1].clone(), events[0].clone()], "the same events under the same keys");
}

fn after_a_history_mismatch_it_still_says_who_was_whom<F: Fixture>() {
    let mut world = World::<F>::new(USERS, users());
    world.ledger.link("456", PurseId(90));
    world.sync();
    let from = world.view().cursor;
    wait(world.replica.rewind(from)).unwrap();
    let testimony = world.testimony();
    let people: Vec<_> = testimony.people.iter().map(|one| (one.stored.units(), one.purse)).collect();
    assert!(people.contains(&(0, Some(PurseId(90)))), "{people:?}");
    assert_eq!((testimony.kept.len(), testimony.pending.len()), (0, 2));
}
