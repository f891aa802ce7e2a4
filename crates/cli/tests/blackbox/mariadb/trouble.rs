//! A server that has no connection left, or only reads.

use onepurse_servers::{MariaDb, OwnMariaDb};

use super::Home;
use crate::harness::{
    Driver, Session,
    answers::exit,
    pair::{D, T},
    wait_until,
};

const END_OURS: &str = "SELECT GROUP_CONCAT(CONCAT('KILL CONNECTION ', ID) SEPARATOR ';')
    FROM information_schema.PROCESSLIST WHERE USER = 'ours'";

/// Ours comes as a user of its own there, who may do everything with the bot's database and nothing to the server.
fn guarded() -> (OwnMariaDb, Home) {
    let server = MariaDb::start();
    let database = server.database();
    let (_, name) =
        database.url().rsplit_once('/').map(|(place, name)| (place.to_owned(), name.to_owned())).unwrap();
    database.sql(&format!("CREATE USER ours; GRANT ALL ON {name}.* TO ours"));
    let mut home = Home::on(database);
    let ours = home.database.url().replace("root@", "ours@");
    home.world.configure(|config| config.platform("discord").database.clone_from(&ours));
    (server, home)
}

/// Beside a `run`: telegram earns while the server does not do what is needed; why is told, and all is caught up when it
/// does again.
fn is_survived(told: &str, breaks: &str, looks: impl FnOnce(&Home), mends: &str) {
    let (_server, home) = guarded();
    let mut run = home.world.run();
    home.world.link("telegram:456", "discord:123");
    home.telegram.earn(T, 100);
    home.comes_to(100);
    home.database.sql(breaks);
    let kills = home.database.sql(END_OURS);
    if kills.contains("KILL") {
        home.database.sql(kills.trim());
    }
    home.telegram.earn(T, 7);
    wait_until(&format!("the log says `{told}`"), || run.process.output().contains(told));
    wait_until("telegram is in step", || home.world.coins("telegram:456") == "107");
    looks(&home);
    assert!(run.process.is_running());
    home.database.sql(mends);
    home.comes_to(107);
    home.discord.add_coins(D, 3);
    home.comes_to(110);
    drop(run);
    home.world.sync();
    home.world.verify();
}

#[test]
fn a_user_who_may_have_no_more_connections() {
    is_survived(
        "max_user_connections",
        "ALTER USER ours WITH MAX_USER_CONNECTIONS -1",
        |home| {
            let said = home.world.expect(exit::UNREACHABLE, &["attach", "discord"]).stderr;
            assert!(said.contains("raise the user's own limit"), "{said}");
        },
        "ALTER USER ours WITH MAX_USER_CONNECTIONS 2",
    );
}

#[test]
fn a_server_that_only_reads() {
    is_survived("--read-only", "SET GLOBAL read_only = 1", |_| (), "SET GLOBAL read_only = 0");
}

/// A default is the bot's own affair: we say what we need.
#[test]
fn transactions_that_only_read_by_default() {
    let (_server, home) = guarded();
    home.database.sql("SET GLOBAL tx_read_only = 1");
    let run = home.world.run();
    home.world.link("telegram:456", "discord:123");
    home.telegram.earn(T, 100);
    home.comes_to(100);
    home.database.sql("SET GLOBAL tx_read_only = 0");
    home.discord.add_coins(D, 50);
    home.comes_to(150);
    drop(run);
    home.world.verify();
}

#[test]
fn a_server_that_has_no_connection_left() {
    let (_server, home) = guarded();
    home.database.sql("SET GLOBAL max_connections = 10");
    let open = |_| Session::open(Driver::PyMySql, &home.database.url().replace("root@", "ours@"));
    let others: Vec<_> = (0..10).map(open).collect();
    let mut run = home.world.start(&["run"]);
    home.telegram.earn(T, 100);
    wait_until("the log says so", || run.output().contains("Too many connections"));
    wait_until("telegram is in step", || run.output().contains("Balance sync is on (Telegram)"));
    let said = home.world.expect(exit::UNREACHABLE, &["attach", "discord"]).stderr;
    assert!(said.contains("raise the server's max_connections"), "{said}");
    drop(others);
    run.wait_for_line("ready: ");
    home.world.link("telegram:456", "discord:123");
    home.comes_to(100);
    home.discord.add_coins(D, 50);
    home.comes_to(150);
    let count = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = 'ours'";
    // The one that watches is tried again at its own pace.
    wait_until("two connections, as the documentation says", || home.database.sql(count).trim() == "2");
}
