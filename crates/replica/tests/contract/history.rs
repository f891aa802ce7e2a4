//! Cursors, backups, lost triggers, questions: what happens to a replica over its life.

use onepurse_core::{Amount, Answer, Balance, Cursor};
use onepurse_replica::{Applied, Capture, Decision, Detached, Mapping, Mass, ReplicaError, View};

use super::contract;
use crate::support::{
    coins,
    fixture::{Fixture, Sqlite},
    wait, who,
    world::{World, users},
};

const USERS: &str = "CREATE TABLE users (user_id INTEGER PRIMARY KEY, coins INTEGER);
    INSERT INTO users VALUES (456, 100), (7, 5);";

fn world<F: Fixture>() -> World<F> {
    World::new(USERS, users())
}

contract! {
    an_answer_counts_only_from_where_the_replica_is,
    own_events_and_openings_are_included_exactly,
    from_zero_what_is_not_named_has_nothing,
    a_ledger_put_back_gets_everything_again,
    a_database_put_back_follows_the_ledger,
    a_table_made_again_is_captured_again,
    a_renamed_balance_column_breaks_nobody,
    what_the_bot_wrote_while_its_column_had_another_name_counts,
    what_came_in_before_a_column_was_renamed_is_not_lost,
    the_definition_and_new_mappings_are_told,
    the_operator_decides_between_rows_and_ledger,
    what_the_bot_did_while_detached_is_counted_apart_from_what_others_did,
    what_is_captured_before_the_answer_is_counted_once,
    a_row_at_its_floor_is_counted_from_the_floor,
    only_old_rows_are_tidied,
    nothing_is_tidied_that_the_ledger_has_not_accepted,
    rows_are_settled_in_chunks,
    a_database_that_has_moved_on_is_not_detached,
}

fn an_answer_counts_only_from_where_the_replica_is<F: Fixture>() {
    let mut world = world::<F>();
    world.ledger.earn("456", 50);
    let changes = world.changes();
    assert!(matches!(world.apply(&changes), Applied::Done { .. }));
    assert_eq!(world.apply(&changes), Applied::Outdated);
    assert_eq!(world.local("456").unwrap(), "150");
}

fn own_events_and_openings_are_included_exactly<F: Fixture>() {
    let mut world = world::<F>();
    for sql in [
        "UPDATE users SET coins = 110 WHERE user_id = 456",
        "INSERT INTO users VALUES (8, 30)",
        "UPDATE users SET coins = 120 WHERE user_id = 456",
    ] {
        world.run(sql);
    }
    let events = world.events();
    world.ledger.push(&events[2]);
    world.ledger.push(&events[1]);
    let changes = world.changes();
    assert_eq!((changes.own.len(), changes.openings.len()), (1, 1));
    world.apply(&changes);
    assert_eq!(world.captured(), ["456 change 10"]);
    assert_eq!((world.local("456").unwrap().as_str(), world.local("8").unwrap().as_str()), ("120", "30"));
    world.sync();
    assert_eq!(world.ledger.changes_of("456"), [10, 10]);
}

fn from_zero_what_is_not_named_has_nothing<F: Fixture>() {
    let mut world = world::<F>();
    let from = world.view().cursor;
    wait(world.replica.rewind(from)).unwrap();
    world.check();
    let Answer::Changes(mut changes) = world.pull() else { panic!("zero is in every history") };
    let mut bound = changes.clone();
    bound.oldest_ms += 1;
    assert_eq!(world.apply(&bound), Applied::Outdated);
    // Another ledger's answer would name fewer; what it does not name is zero there.
    changes.balances.retain(|balance| balance.external != who("7"));
    wait(world.replica.apply(&changes, world.now_ms)).unwrap();
    let audited = wait(world.replica.audit()).unwrap();
    let seven = audited.identities.iter().find(|one| one.external == who("7")).unwrap();
    assert_eq!((seven.stored, seven.own), (Amount::ZERO, Amount::ZERO));
}

fn a_ledger_put_back_gets_everything_again<F: Fixture>() {
    let mut world = world::<F>();
    let backup = world.ledger.clone();
    world.run("UPDATE users SET coins = 130 WHERE user_id = 456");
    world.sync();
    world.ledger.earn("456", 1_000);
    world.sync();
    world.ledger.restore(&backup);
    assert_eq!(world.pull(), Answer::HistoryMismatch);
    let from = world.view().cursor;
    wait(world.replica.rewind(Cursor { seq: 1, ..from })).unwrap();
    assert_eq!(world.view().cursor, from);
    wait(world.replica.rewind(from)).unwrap();
    world.check();
    assert_eq!((world.local("456").unwrap().as_str(), world.view().resync), ("1130", true));
    world.sync();
    assert_eq!((world.local("456").unwrap().as_str(), world.ledger.coins_of("456")), ("130", 130));
}

fn a_database_put_back_follows_the_ledger<F: Fixture>() {
    let mut world = world::<F>();
    world.bot.back_up("old");
    world.run("UPDATE users SET coins = 130 WHERE user_id = 456; INSERT INTO users VALUES (8, 9)");
    world.sync();
    world.bot.restore("old");
    world.sync();
    assert_eq!(world.local("456").unwrap(), "130");
    world.run("INSERT INTO users VALUES (8, 2)");
    world.sync();
    assert_eq!((world.local("8").unwrap().as_str(), world.ledger.coins_of("8")), ("9", 9));
}

#[test]
fn a_missing_file_is_missing_until_it_is_back() {
    let mut world = World::<Sqlite>::new(USERS, users());
    world.bot.back_up("copy");
    std::fs::remove_file(world.bot.path()).unwrap();
    assert!(matches!(wait(world.replica.view()), Err(ReplicaError::Missing { .. })));
    assert!(!world.bot.path().exists());
    world.bot.restore("copy");
    world.check();
}

fn rows_are_settled_in_chunks<F: Fixture>() {
    let many = "CREATE TABLE users (user_id INTEGER PRIMARY KEY, coins INTEGER);
        INSERT INTO users WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) SELECT i, i FROM n;";
    let mut world = World::<F>::new(many, users());
    for id in 1..=300 {
        world.ledger.earn(&id.to_string(), 1);
    }
    let changes = world.changes();
    assert_eq!(world.apply(&changes), Applied::Done { inward: vec![], stale: vec![], forgotten: 0 });
    let sizes: Vec<_> = std::iter::repeat_with(|| world.settle(128).len()).take(4).collect();
    assert_eq!(sizes, [128, 128, 44, 0]);
    assert_eq!(world.local("300").unwrap(), "301");
}

fn a_table_made_again_is_captured_again<F: Fixture>() {
    let mut world = world::<F>();
    for (sql, local) in [
        (
            "DROP TABLE users; CREATE TABLE users (user_id INTEGER PRIMARY KEY, coins INTEGER); INSERT INTO users VALUES (456, 1), (9, 3)",
            "100",
        ),
        (
            "ALTER TABLE users RENAME TO gone; CREATE TABLE users (user_id BIGINT, coins REAL); INSERT INTO users SELECT * FROM gone; DROP TABLE gone",
            "100",
        ),
        (
            "CREATE TABLE next (user_id INTEGER PRIMARY KEY, coins INTEGER); INSERT INTO next SELECT * FROM users; DROP TABLE users; ALTER TABLE next RENAME TO users",
            "100",
        ),
    ] {
        world.bot.run(sql).unwrap();
        assert_eq!(world.view().capture, Capture::Lost(vec!["users".to_owned()]), "{sql}");
        world.sync();
        assert_eq!(world.local("456").unwrap().trim_end_matches(".0"), local, "{sql}");
        assert_eq!((world.ledger.coins_of("456"), world.ledger.coins_of("9")), (100, 3), "{sql}");
    }
    world.run("UPDATE users SET coins = coins + 1 WHERE user_id = 456");
    assert_eq!(world.captured(), ["456 change 1"]);
    world.bot.run("DROP TABLE users").unwrap();
    assert_eq!(world.view().capture, Capture::Gone(vec!["users".to_owned()]));
    world.ledger.earn("456", 5);
    let changes = world.changes();
    wait(world.replica.apply(&changes, 0)).unwrap();
    assert!(world.view().unsettled, "what is stored waits for the table");
    let again =
        "CREATE TABLE users (user_id INTEGER PRIMARY KEY, coins INTEGER); INSERT INTO users VALUES (456, 0);";
    world.bot.run(again).unwrap();
    world.sync();
    assert_eq!((world.local("456").unwrap(), world.ledger.coins_of("456")), ("106".to_owned(), 106));
}

/// Whoever was left alone, and is as others are by the time that capture is back.
#[test]
fn who_became_well_while_nobody_looked_is_not_left_alone() {
    for (odd, well) in [
        ("UPDATE users SET coins = 'abc' WHERE user_id = 456", "UPDATE users SET coins = 30"),
        ("INSERT INTO users VALUES (456, 1)", "DELETE FROM users WHERE rowid > 1"),
    ] {
        let shape =
            "CREATE TABLE users (user_id BIGINT, coins INTEGER); INSERT INTO users VALUES (456, 100);";
        let mut world = World::<Sqlite>::new(shape, users());
        world.run(odd);
        world.sync();
        assert_eq!(wait(world.replica.summary()).unwrap().paused.len(), 1, "{odd}");
        let table =
            "CREATE TABLE next AS SELECT * FROM users; DROP TABLE users; ALTER TABLE next RENAME TO users";
        world.bot.run(&format!("{table}; {well}")).unwrap();
        world.sync();
        assert!(wait(world.replica.summary()).unwrap().paused.is_empty(), "{odd}");
        assert_eq!(world.local("456").unwrap(), world.ledger.coins_of("456").to_string(), "{odd}");
    }
}

fn a_renamed_balance_column_breaks_nobody<F: Fixture>() {
    let mut world = world::<F>();
    world.bot.run("ALTER TABLE users RENAME COLUMN coins TO gold; UPDATE users SET gold = 3").unwrap();
    world.ledger.earn("456", 5);
    let changes = world.changes();
    wait(world.replica.apply(&changes, 0)).unwrap();
    world.bot.run("ALTER TABLE users RENAME COLUMN gold TO coins").unwrap();
    world.sync();
}

/// As it wrote it: nothing is taken back, and none of its later writes looks like one that puts an old balance back.
fn what_the_bot_wrote_while_its_column_had_another_name_counts<F: Fixture>() {
    let mut world = world::<F>();
    world.bot.run("ALTER TABLE users RENAME COLUMN coins TO gold").unwrap();
    world.bot.run("UPDATE users SET gold = gold + 1 WHERE user_id = 456").unwrap();
    world.bot.run("ALTER TABLE users RENAME COLUMN gold TO coins").unwrap();
    world.run("UPDATE users SET coins = coins + 10 WHERE user_id = 456");
    world.sync();
    assert_eq!((world.local("456").unwrap().as_str(), world.ledger.coins_of("456")), ("111", 111));
    world.run("UPDATE users SET coins = coins + 100 WHERE user_id = 456");
    world.sync();
    assert_eq!((world.local("456").unwrap().as_str(), world.ledger.coins_of("456")), ("211", 211));
    assert_eq!(wait(world.replica.summary()).unwrap().put_backs, 0);
}

/// What the row was last shown is not known then, so what the bot wrote meanwhile is what does not count.
fn what_came_in_before_a_column_was_renamed_is_not_lost<F: Fixture>() {
    let mut world = world::<F>();
    world.ledger.earn("456", 50);
    world.bot.run("ALTER TABLE users RENAME COLUMN coins TO gold").unwrap();
    let changes = world.changes();
    wait(world.replica.apply(&changes, 0)).unwrap();
    world.bot.run("UPDATE users SET gold = gold WHERE user_id = 456").unwrap();
    world.bot.run("ALTER TABLE users RENAME COLUMN gold TO coins").unwrap();
    world.sync();
    assert_eq!((world.local("456").unwrap().as_str(), world.ledger.coins_of("456")), ("150", 150));
}

fn the_definition_and_new_mappings_are_told<F: Fixture>() {
    let mut world = world::<F>();
    let changed = Mapping { table: "others".to_owned(), ..users() };
    let mut other = world.bot.replica(vec![changed]);
    let capture = |view: View| match view {
        View::Attached(attachment) => attachment.capture,
        View::Detached => panic!("detached"),
    };
    assert_eq!(capture(wait(other.view()).unwrap()), Capture::Changed(vec![coins()]));
    let xp = Mapping { asset: "xp".parse().unwrap(), ..users() };
    world.mappings.push(xp.clone());
    world.replica = world.bot.replica(world.mappings.clone());
    assert_eq!(world.view().capture, Capture::New(vec![xp.asset]));
    world.attach();
    assert_eq!(world.view().capture, Capture::Whole);
    world.sync();
}

fn the_operator_decides_between_rows_and_ledger<F: Fixture>() {
    for (decision, local, ledger) in [(Decision::Ledger, "100", 100), (Decision::Count, "1", 1)] {
        let mut world = world::<F>();
        world.bot.lose_capture();
        let unseen = "UPDATE users SET coins = 1 WHERE user_id = 456; DELETE FROM users WHERE user_id = 7";
        world.bot.run(unseen).unwrap();
        world.now_ms += 1;
        wait(world.replica.mend(world.now_ms)).unwrap();
        let found = wait(world.replica.compare()).unwrap();
        assert_eq!((found.changed, found.gone, found.of), (1, 1, 2));
        let shown = |local: Option<i64>| local.map(Amount::new);
        let listed: Vec<_> = found
            .differences
            .iter()
            .map(|one| (one.external.as_str(), one.local, one.expected.units()))
            .collect();
        assert_eq!(listed, [("456", shown(Some(1)), 100), ("7", None, 5)]);
        let mass = Mass { changed: found.changed, gone: found.gone, of: found.of };
        wait(world.replica.ask(mass)).unwrap();
        wait(world.replica.decide(decision)).unwrap();
        let view = world.view();
        assert_eq!((view.question, view.decision, view.compare), (Some(mass), Some(decision), true));
        wait(world.replica.resolve(decision, world.now_ms)).unwrap();
        let view = world.view();
        assert_eq!((view.question, view.decision, view.compare), (None, None, false));
        world.sync();
        assert_eq!((world.local("456").unwrap().as_str(), world.ledger.coins_of("456")), (local, ledger));
        assert_eq!(world.ledger.coins_of("7"), if decision == Decision::Count { 0 } else { 5 });
    }
}

fn a_database_that_has_moved_on_is_not_detached<F: Fixture>() {
    let mut world = World::<F>::new(USERS, users());
    world.sync();
    let seen = world.view().cursor;
    world.ledger.earn("456", 5);
    world.sync();
    assert_eq!(wait(world.replica.detach(seen, u64::MAX)).unwrap(), Detached::Moved);
    world.run("UPDATE users SET coins = coins + 1 WHERE user_id = 456");
    let now = world.view().cursor;
    assert_eq!(wait(world.replica.detach(now, 0)).unwrap(), Detached::Pending);
    world.check();
    assert_eq!(wait(world.replica.detach(now, 1)).unwrap(), Detached::Done);
    assert_eq!(wait(world.replica.detach(now, 0)).unwrap(), Detached::Done, "nothing is there any more");
}

/// Detached where the ledger had `base`; since then the bot went on with `bot`, and the others with `others`.
fn left(world: &mut World<impl Fixture>, bot: &str, others: i64) -> Vec<Balance> {
    let base: Vec<_> = world
        .ledger
        .balances(world.ledger.head().seq)
        .into_iter()
        .map(|((asset, external), amount)| Balance { asset, external, amount: Amount::new(amount) })
        .collect();
    world.detach();
    world.bot.run(bot).unwrap();
    world.ledger.earn("456", others);
    base
}

/// The ledger's answer, and the operator's.
fn decided(world: &mut World<impl Fixture>, decision: Decision) {
    let changes = world.changes();
    world.apply(&changes);
    wait(world.replica.resolve(decision, world.now_ms)).unwrap();
    world.check();
}

fn what_the_bot_did_while_detached_is_counted_apart_from_what_others_did<F: Fixture>() {
    let set = |coins: i64| format!("UPDATE users SET coins = {coins} WHERE user_id = 456");
    let gone = "DELETE FROM users WHERE user_id = 456".to_owned();
    for (bot, others, decision, counted) in [
        (set(107), 50, Decision::Count, vec![7]),
        (set(107), 50, Decision::Ledger, vec![]),
        (set(100), 50, Decision::Count, vec![]),
        (set(130), -30, Decision::Count, vec![30]),
        // What the row shows is what the ledger has, by chance.
        (set(150), 50, Decision::Count, vec![50]),
        (gone.clone(), 50, Decision::Count, vec![-100]),
        (gone, 50, Decision::Ledger, vec![]),
    ] {
        let mut world = world::<F>();
        let base = left(&mut world, &bot, others);
        world.attach_from(base);
        decided(&mut world, decision);
        world.sync();
        assert_eq!(world.ledger.changes_of("456"), counted, "{bot} {others} {decision:?}");
        let coins = 100 + others + counted.iter().sum::<i64>();
        assert_eq!(world.ledger.coins_of("456"), coins);
        assert!(world.local("456").is_none_or(|local| local == coins.to_string()), "{bot} {decision:?}");
        assert_eq!(world.bot.ours("identity", "SELECT count(*) FROM {} WHERE base IS NOT NULL"), 0);
        assert_eq!(world.stale, []);
    }
}

fn what_is_captured_before_the_answer_is_counted_once<F: Fixture>() {
    let mut world = world::<F>();
    let base = left(&mut world, "UPDATE users SET coins = 107 WHERE user_id = 456", 50);
    world.attach_from(base);
    // One is included by the time of the answer, the other is not.
    world.bot.run("UPDATE users SET coins = coins + 2 WHERE user_id = 456").unwrap();
    world.push();
    let changes = world.changes();
    world.apply(&changes);
    world.bot.run("UPDATE users SET coins = coins + 3 WHERE user_id = 456").unwrap();
    wait(world.replica.resolve(Decision::Count, world.now_ms)).unwrap();
    world.sync();
    assert_eq!(world.ledger.changes_of("456"), [2, 3, 7]);
    assert_eq!((world.local("456").unwrap().as_str(), world.ledger.coins_of("456")), ("162", 162));
}

fn a_row_at_its_floor_is_counted_from_the_floor<F: Fixture>() {
    for (floor, shown) in [(None, 0), (Some(-10), -10)] {
        let mapping = Mapping { floor: floor.map(Amount::new), ..users() };
        let mut world = World::<F>::new(USERS, mapping);
        world.ledger.earn("456", -130);
        world.sync();
        assert_eq!(world.local("456").unwrap(), shown.to_string());
        let base = left(&mut world, "UPDATE users SET coins = coins + 7 WHERE user_id = 456", 50);
        world.attach_from(base);
        decided(&mut world, Decision::Count);
        world.sync();
        assert_eq!(world.ledger.changes_of("456"), [7]);
        assert_eq!((world.local("456").unwrap().as_str(), world.ledger.coins_of("456")), ("27", 27));
    }
}

fn only_old_rows_are_tidied<F: Fixture>() {
    let mut world = world::<F>();
    let kept = |world: &World<F>| world.bot.ours("kept", "SELECT count(*) FROM {}");
    let tidy = |world: &mut World<F>, before_ms| {
        let accepted = world.view().cursor;
        wait(world.replica.tidy(accepted, before_ms, before_ms)).unwrap();
    };
    let now_ms = world.now_ms;
    tidy(&mut world, now_ms);
    assert_eq!(kept(&world), 2);
    world.now_ms += 1;
    world.run("UPDATE users SET coins = 130 WHERE user_id = 456");
    world.sync();
    tidy(&mut world, now_ms + 1);
    assert_eq!(kept(&world), 1);
    world.run("UPDATE users SET coins = 131 WHERE user_id = 456");
    tidy(&mut world, i64::MAX);
    assert_eq!(world.captured(), ["456 change 1"]);
}

fn nothing_is_tidied_that_the_ledger_has_not_accepted<F: Fixture>() {
    let mut world = world::<F>();
    let earlier = world.view().cursor;
    world.run("UPDATE users SET coins = 130 WHERE user_id = 456");
    world.sync();
    let kept = |world: &World<F>| world.bot.ours("kept", "SELECT count(*) FROM {}");
    wait(world.replica.tidy(earlier, i64::MAX, world.now_ms)).unwrap();
    assert_eq!(kept(&world), 3);
}
