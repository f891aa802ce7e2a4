//! The server goes, is away, comes again; it and the program are killed. Nothing is lost, nothing counts twice, and who
//! needs nothing of it goes on.

use onepurse_servers::Postgres;

use super::{Home, LedgerIn, own};
use crate::harness::{
    ECONOMY, FOUNDING, ServerBot, World,
    answers::{exit, state},
    let_run_ms,
    pair::{D, T},
    wait_until,
};

/// Both bots write while the server goes, is away, and comes again; a bot with a file does so all the time.
fn a_server_goes_and_comes(ledger: LedgerIn) {
    let (cluster, database) = own();
    let home = Home::on(database, ledger);
    let mut run = home.world.run();
    home.link();
    home.telegram.earn(T, 100);
    home.comes_to(100);

    home.discord.add_coins(D, 1);
    cluster.stop_immediate();
    home.telegram.earn(T, 7);
    assert_eq!(home.world.status().of("discord").state, state::UNREACHABLE);
    wait_until("the log says so", || run.process.output().contains("Connection refused"));
    if ledger == LedgerIn::File {
        wait_until("the ledger has telegram's", || {
            let has = home.world.coins("telegram:456");
            has == "107" || has == "108"
        });
    } else {
        assert!(home.world.status().ledger.reason.is_some());
        assert!(home.world.status().of("telegram").pending >= Some(1));
        home.world.expect(exit::UNREACHABLE, &["history", "telegram:456", "--json"]);
    }
    assert!(run.process.is_running());

    cluster.start_again();
    home.comes_to(108);
    home.discord.earn(D, 50);
    home.comes_to(158);
    drop(run);
    let mut deltas = home.world.deltas("telegram:456");
    deltas.sort();
    assert_eq!(deltas, ["1", "100", "50", "7"]);
    home.world.verify();
}

#[test]
fn the_server_with_the_ledger_is_started_again() {
    a_server_goes_and_comes(LedgerIn::Database);
}

#[test]
fn the_server_beside_the_ledger_is_started_again() {
    a_server_goes_and_comes(LedgerIn::File);
}

#[test]
fn the_server_is_not_there_at_the_start() {
    let (cluster, database) = own();
    let home = Home::on(database, LedgerIn::Database);
    cluster.stop_immediate();
    let mut run = home.world.start(&["run"]);
    home.telegram.earn(T, 100);
    wait_until("the log says why nothing happens", || {
        let output = run.output();
        output.contains("the ledger postgres://") && output.contains("Connection refused")
    });
    assert!(run.is_running() && !run.output().contains("ready: "), "{}", run.output());
    assert_eq!(home.world.status().of("discord").state, state::UNREACHABLE);
    cluster.start_again();
    run.wait_for_line("ready: http://127.0.0.1:");
    home.link();
    home.comes_to(100);
    home.discord.earn(D, 50);
    home.comes_to(150);
    drop(run);
    assert_eq!(home.world.coins("telegram:456"), "150");
    home.world.verify();
}

/// All three start in any order: here the program, and then the bot, which makes its table.
#[test]
fn the_bot_makes_its_table_while_the_program_waits_for_it() {
    let database = Postgres::shared().database();
    let url = database.url();
    let mut world = World::new();
    world.environment.push(("DATABASE_URL", url.clone()));
    let telegram = world.bot("telegram", ECONOMY);
    telegram.register(T, 0);
    world.add(&telegram);
    world.add_at("discord", &url, &FOUNDING.mapping());
    let mut run = world.start(&["run"]);
    wait_until("the log says what is missing", || run.output().contains("`users`"));
    telegram.earn(T, 100);
    wait_until("telegram is in step", || world.coins("telegram:456") == "100");

    let discord = ServerBot::start("discord", &url);
    discord.register(D, 0);
    run.wait_for_line("ready: http://127.0.0.1:");
    let home = Home { world, telegram, discord, database };
    home.link();
    home.comes_to(100);
    drop(run);
    home.has_only(&["100"]);
}

/// The program killed at any moment, every other time with the server, while both bots write.
#[test]
fn whatever_is_killed_nothing_is_lost_and_nothing_counts_twice() {
    let (cluster, database) = own();
    let home = Home::on(database, LedgerIn::Database);
    home.world.sync();
    home.link();
    for round in 1..=8 {
        let mut run = home.world.start(&["run"]);
        for _ in 0..5 {
            let_run_ms(round * 10);
            home.telegram.earn(T, 3);
            home.discord.add_coins(D, 5);
        }
        if round % 2 == 0 {
            cluster.stop_immediate();
            cluster.start_again();
        }
        run.kill();
    }
    home.world.sync();
    home.comes_to(320);
    let mut deltas = home.world.deltas("telegram:456");
    deltas.sort();
    assert_eq!(deltas, [vec!["3"; 40], vec!["5"; 40]].concat());
    home.world.verify();
}
