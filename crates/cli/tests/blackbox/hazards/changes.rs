//! Hazards 1 to 4, 8 to 11, 14, 19 and 20: whatever statement a bot uses, the change that it made counts, once.

use super::{Home, USERS, hazards};
use crate::harness::{Driver, Session, pair::T};

hazards![
    hazard_01_a_row_saved_by_an_upsert_counts_once,
    hazard_02_a_row_saved_unchanged_is_no_event,
    hazard_03_a_clamp_counts_what_was_applied,
    hazard_03_what_the_bots_own_trigger_makes_of_it_counts,
    hazard_04_one_statement_changes_everyone_and_is_one_event_a_row,
    hazard_08_whoever_else_writes_is_captured,
    hazard_09_other_columns_cost_nothing,
    hazard_10_what_is_rolled_back_is_no_event,
    hazard_11_a_transfer_in_two_commits_killed_between_them_is_half_done_everywhere,
    hazard_14_the_first_write_counts_from_zero,
    hazard_19_a_connection_that_was_there_before_is_captured,
    hazard_20_a_set_balance_that_adds_and_swallows_errors_counts_as_what_it_did,
];

fn hazard_01_a_row_saved_by_an_upsert_counts_once(driver: Driver) {
    let home = Home::of(driver);
    let save = |coins| driver.save(coins);
    home.bot.run(&[&save(30), &save(50), &save(50)]);
    home.syncs_to(50);
    assert_eq!(home.deltas(), ["30", "20"]);
    // Whole categories are written anew in one transaction.
    driver.renew(45).iter().for_each(|sql| drop(home.bot.execute(sql)));
    home.bot.end("commit");
    home.syncs_to(45);
    assert_eq!(home.deltas(), ["30", "20", "-5"]);
    home.world.verify();
}

fn hazard_02_a_row_saved_unchanged_is_no_event(driver: Driver) {
    let home = Home::of(driver);
    home.bot.run(&["UPDATE users SET coins = 10"]);
    home.syncs_to(10);
    let head = home.world.head();
    home.bot.run(&[
        "UPDATE users SET id = id, coins = coins, note = note",
        "UPDATE users SET coins = 10 WHERE id = '123'",
        &driver.save(10),
    ]);
    home.syncs_to(10);
    assert_eq!(home.world.head(), head, "the log has not grown");
}

fn hazard_03_a_clamp_counts_what_was_applied(driver: Driver) {
    let home = Home::of(driver);
    home.bot.run(&[
        "UPDATE users SET coins = GREATEST(0, coins + 30)",
        "UPDATE users SET coins = GREATEST(0, coins - 100)",
        "UPDATE users SET coins = GREATEST(0, coins - 100)",
        "UPDATE users SET coins = GREATEST(0, coins + 5)",
    ]);
    home.syncs_to(5);
    assert_eq!(home.deltas(), ["30", "-30", "5"]);
}

fn hazard_03_what_the_bots_own_trigger_makes_of_it_counts(driver: Driver) {
    let home = Home::of(driver);
    home.bot.run(&driver.cap());
    home.bot.run(&["UPDATE users SET coins = coins + 900", "UPDATE users SET coins = coins + 900"]);
    home.syncs_to(1000);
    assert_eq!(home.deltas(), ["900", "100"]);
    // What comes in and is more than that is held, and comes when there is room.
    home.telegram.earn(T, 70);
    home.world.sync();
    assert_eq!((home.coins("123"), home.world.coins("discord:123")), ("1000".to_owned(), "1070".to_owned()));
    home.bot.run(&["UPDATE users SET coins = coins - 100"]);
    home.syncs_to(970);
    home.world.verify();
}

fn hazard_04_one_statement_changes_everyone_and_is_one_event_a_row(driver: Driver) {
    let home = Home::of(driver);
    home.bot.run(&[driver.crowd(), "UPDATE users SET coins = 0"]);
    home.world.sync();
    for user in [1, 17, 40] {
        let identity = format!("discord:{user}");
        assert_eq!(home.world.deltas(&identity), [user.to_string(), format!("-{user}")]);
        let reset = home.world.history(&identity).pop().unwrap();
        assert!(reset.is_bulk(), "{reset:?}");
    }
    home.world.verify();
}

fn hazard_08_whoever_else_writes_is_captured(driver: Driver) {
    let home = Home::of(driver);
    // An administrator's panel with a role that may write this one table, and knows nothing of what we have there.
    let (at, name) = (home.url.find('@').unwrap(), home.url.rsplit('/').next().unwrap());
    let panel = format!("panel_{name}");
    driver.panel(&panel).iter().for_each(|sql| home.bot.run(&[sql]));
    let scheme = home.url.split("://").next().unwrap();
    let other = Session::open(driver, &format!("{scheme}://{panel}{}", &home.url[at..]));
    other.run(&["UPDATE users SET coins = coins + 25 WHERE id = '123'"]);
    home.bot.run(&["UPDATE users SET coins = coins + 5 WHERE id = '123'"]);
    home.syncs_to(30);
    assert_eq!(home.deltas(), ["25", "5"]);
}

fn hazard_09_other_columns_cost_nothing(driver: Driver) {
    let home = Home::of(driver);
    home.bot.run(&["UPDATE users SET coins = 3"]);
    home.syncs_to(3);
    let head = home.world.head();
    for n in 0..30 {
        home.bot.run(&[&format!("UPDATE users SET note = 'seen {n} times'")]);
    }
    assert_eq!(home.world.status().of("discord").pending, Some(0));
    home.syncs_to(3);
    assert_eq!(home.world.head(), head, "the log has not grown");
}

fn hazard_10_what_is_rolled_back_is_no_event(driver: Driver) {
    let home = Home::of(driver);
    home.bot.execute("UPDATE users SET coins = coins + 1000");
    home.bot.execute("INSERT INTO users (id, coins) VALUES ('9', 7)");
    home.bot.end("rollback");
    home.bot.execute("UPDATE users SET coins = coins + 1");
    home.bot.execute("SAVEPOINT earlier");
    home.bot.execute("UPDATE users SET coins = coins + 500");
    home.bot.execute("ROLLBACK TO SAVEPOINT earlier");
    home.bot.end("commit");
    home.syncs_to(1);
    assert_eq!(home.deltas(), ["1"]);
    assert_eq!(home.world.coins("discord:9"), "unknown");
}

fn hazard_11_a_transfer_in_two_commits_killed_between_them_is_half_done_everywhere(driver: Driver) {
    let home = Home::of(driver);
    home.bot.run(&["UPDATE users SET coins = 100", "INSERT INTO users (id, coins) VALUES ('9', 10)"]);
    home.syncs_to(100);
    let other = home.another();
    other.run(&["UPDATE users SET coins = coins - 40 WHERE id = '123'"]);
    other.execute("UPDATE users SET coins = coins + 40 WHERE id = '9'");
    other.kill();
    home.syncs_to(60);
    assert_eq!((home.coins("9"), home.world.coins("discord:9")), ("10".to_owned(), "10".to_owned()));
    home.world.verify();
}

fn hazard_14_the_first_write_counts_from_zero(driver: Driver) {
    let home = Home::of(driver);
    home.bot.run(&[
        "INSERT INTO users (id, coins) VALUES ('9', 5000)",
        "UPDATE users SET coins = coins + 1 WHERE id = '9'",
    ]);
    home.world.sync();
    assert_eq!(home.world.deltas("discord:9"), ["5000", "1"]);
    assert_eq!(home.world.coins("discord:9"), "5001");
}

/// Whoever took the connection early, an ORM or a thread of its own, goes on with the statements that it has prepared.
fn hazard_19_a_connection_that_was_there_before_is_captured(driver: Driver) {
    let home =
        Home::apart(driver, &[USERS, "INSERT INTO users (id, coins) VALUES ('123', 0)"], super::MAPPING);
    let (early, earn) = (home.another(), "UPDATE users SET coins = coins + 7 WHERE id = '123'");
    early.run(&[earn, earn, earn]);
    home.join();
    early.run(&[earn]);
    home.syncs_to(28);
    home.telegram.earn(T, 2);
    home.syncs_to(30);
    early.run(&[earn]);
    home.syncs_to(37);
    assert_eq!(home.deltas(), ["21", "7", "2", "7"]);
    home.world.verify();
}

fn hazard_20_a_set_balance_that_adds_and_swallows_errors_counts_as_what_it_did(driver: Driver) {
    let home = Home::of(driver);
    driver.liar().iter().for_each(|sql| home.bot.run(&[sql]));
    home.bot.run(&[&driver.call_liar(30)]);
    home.syncs_to(30);
    home.bot.run(&[&driver.call_liar(5), &driver.call_liar(0), &driver.call_liar(-10)]);
    home.syncs_to(25);
    assert_eq!(home.deltas(), ["30", "5", "-10"]);
    // The bot pays no heed to errors, and commits: what was kept of it is the database's own affair.
    home.bot.execute("UPDATE users SET coins = coins + 40 WHERE id = '123'");
    home.bot.try_execute("INSERT INTO users (id, coins) VALUES ('123', 1000)").unwrap_err();
    home.bot.end("commit");
    let kept = home.coins("123");
    assert!(["25", "65"].contains(&kept.as_str()), "{kept}");
    home.syncs_to(kept.parse().unwrap());
    home.world.verify();
}
