//! There is no connection to be had: which limit it is that is reached, and how many the program needs.

use onepurse_servers::{Database, Postgres, Settings};

use super::{Home, LedgerIn, advice, is_survived, own, with_role};
use crate::harness::{
    Driver, Session,
    answers::state,
    pair::{D, T},
    wait_until,
};

const END_OURS: &str =
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'onepurse'";

#[test]
fn a_server_that_has_no_connection_left_at_the_start() {
    let max_connections = 6;
    let cluster = Postgres::start(Settings { max_connections, ..Settings::default() });
    let home = Home::on(cluster.database(), LedgerIn::File);
    let open = |_| Session::open(Driver::Psycopg2, &home.database.url());
    let others: Vec<_> = (0..max_connections).map(open).collect();
    let mut run = home.world.start(&["run"]);
    home.telegram.earn(T, 100);
    wait_until("the log says so", || run.output().contains("too many clients already"));
    wait_until("telegram is in step", || run.output().contains("Balance sync is on (Telegram)"));
    assert_eq!(home.world.status().of("discord").state, state::UNREACHABLE);
    let advice = advice(&home);
    assert!(advice.contains("raise the server's max_connections"), "{advice}");
    drop(others);
    run.wait_for_line("ready: ");
    home.link();
    home.comes_to(100);
    home.discord.earn(D, 50);
    home.comes_to(150);
    drop(run);
    home.world.verify();
}

/// Ends the program's connections where no new one is let in.
fn end_ours_after(database: &Database, limit: &str) {
    database.psql(limit);
    database.psql(END_OURS);
}

#[test]
fn a_role_that_may_have_no_more_connections() {
    let (_cluster, database) = own();
    let (bot, ours) = (database.url(), with_role(&database));
    let home = Home::reached_as(database, &bot, &ours, LedgerIn::File);
    is_survived(
        &home,
        "too many connections for role \"ours\"",
        |_| end_ours_after(&home.database, "ALTER ROLE ours CONNECTION LIMIT 0"),
        || {
            let advice = advice(&home);
            assert!(advice.contains("ALTER ROLE ours CONNECTION LIMIT"), "{advice}");
            home.database.psql("ALTER ROLE ours CONNECTION LIMIT 2");
        },
    );
}

#[test]
fn a_database_that_may_have_no_more_connections() {
    let (_cluster, database) = own();
    let (bot, ours) = (database.url(), with_role(&database));
    let name = bot.rsplit('/').next().unwrap();
    let home = Home::reached_as(database, &bot, &ours, LedgerIn::File);
    is_survived(
        &home,
        &format!("too many connections for database \"{name}\""),
        |_| end_ours_after(&home.database, &format!("ALTER DATABASE {name} CONNECTION LIMIT 0")),
        || {
            let advice = advice(&home);
            assert!(advice.contains("ALTER DATABASE … CONNECTION LIMIT"), "{advice}");
            home.database.psql(&format!("ALTER DATABASE {name} CONNECTION LIMIT -1"));
        },
    );
}

/// As the documentation says.
#[test]
fn a_program_keeps_few_connections() {
    for (ledger, most) in [(LedgerIn::File, 2), (LedgerIn::Database, 8)] {
        let home = Home::on(Postgres::shared().database(), ledger);
        let _run = home.world.run();
        home.link();
        let open = || {
            let count = "SELECT count(*) FROM pg_stat_activity
                WHERE application_name = 'onepurse' AND datname = current_database()";
            home.database.psql(count).trim().parse::<u32>().unwrap()
        };
        let mut seen = 0;
        for n in 1..=10 {
            home.telegram.earn(T, 1);
            home.comes_to(n);
            seen = seen.max(open());
        }
        assert!((2..=most).contains(&seen), "{seen} connections are open");
    }
}
