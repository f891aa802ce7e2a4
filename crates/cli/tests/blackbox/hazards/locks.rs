//! Hazards 22 and 23: the bot's locks come first, and its isolation is its own.

use super::{Home, hazards};
use crate::harness::{
    Driver,
    bot::Load,
    let_run_ms,
    pair::{D, T},
    wait_until,
};

hazards![
    hazard_22_bots_that_lock_people_in_any_order_see_no_error_and_no_wait,
    hazard_22_a_row_that_a_bot_holds_is_waited_for_and_nothing_behind_it,
    hazard_23_a_bot_at_repeatable_read_gets_what_came_in_when_its_rows_are_quiet,
];

/// How long the bots play.
const LOAD_MS: u64 = 3_000;
const PEOPLE: [u32; 3] = [D, 7, 8];

/// Telegram's person and two more of Discord's, with something to lose.
fn crowd(driver: Driver) -> Home {
    let home = Home::of(driver);
    home.bot.run(&[
        "INSERT INTO users (id, coins) VALUES ('7', 0), ('8', 0)",
        "UPDATE users SET coins = coins + 1000",
    ]);
    home.syncs_to(1000);
    home
}

/// One bot moves coins between three people in whatever order, while coins come in for one of them.
fn play(home: &Home) -> Load {
    let run = home.world.run();
    home.bot.contend(&PEOPLE, 1);
    for _ in 0..20 {
        home.telegram.earn(T, 1);
        let_run_ms(LOAD_MS / 20);
    }
    let load = home.bot.stop();
    let moved = |person| load.durable.iter().find(|(one, _)| *one == person).unwrap().1;
    home.comes_to(1020 + moved(D));
    drop(run);
    home.world.sync();
    for person in &PEOPLE[1..] {
        let expected = (1000 + moved(*person)).to_string();
        let id = person.to_string();
        assert_eq!([home.world.coins(&format!("discord:{id}")), home.coins(&id)], [expected.as_str(); 2]);
    }
    home.world.verify();
    load
}

fn hazard_22_bots_that_lock_people_in_any_order_see_no_error_and_no_wait(driver: Driver) {
    let Load { writes, errors, slowest_ms, .. } = play(&crowd(driver));
    assert!(errors.is_empty(), "{errors:?}");
    assert!(slowest_ms < 1_000.0, "a transaction took {slowest_ms} ms");
    assert!(writes > 50, "{writes} writes are no load");
}

fn hazard_22_a_row_that_a_bot_holds_is_waited_for_and_nothing_behind_it(driver: Driver) {
    let home = crowd(driver);
    home.telegram.register(457, 0);
    home.world.sync();
    home.world.link("telegram:457", "discord:7");
    home.world.sync();
    let run = home.world.run();
    home.bot.execute("UPDATE users SET note = 'held' WHERE id = '123'");
    let other = home.another();
    home.telegram.earn(T, 5);
    home.telegram.earn(457, 6);
    let seven = || other.read("SELECT coins FROM users WHERE id = '7'");
    wait_until("who is not held has theirs", || seven() == "1006");
    assert_eq!(other.read("SELECT coins FROM users WHERE id = '123'"), "1000", "still held");
    home.bot.execute("UPDATE users SET coins = coins + 2 WHERE id = '123'");
    home.bot.end("commit");
    home.comes_to(1007);
    drop(run);
    home.world.verify();
}

fn hazard_23_a_bot_at_repeatable_read_gets_what_came_in_when_its_rows_are_quiet(driver: Driver) {
    let home = crowd(driver);
    home.bot.run(&[driver.repeatable_read()]);
    let Load { writes, errors, .. } = play(&home);
    let is_of_isolation = |error: &String| error.contains("could not serialize access");
    assert!(errors.iter().all(is_of_isolation), "{errors:?}");
    assert!(writes > 50 && (errors.len() as u64) < writes / 10, "{} errors in {writes} writes", errors.len());
    wait_until("it is in step", || home.world.status().all_in_step());
}
