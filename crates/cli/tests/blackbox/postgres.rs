//! The founding system's home: one PostgreSQL database that holds the Discord bot's `users` and the ledger, and a Telegram
//! bot with a file of its own beside it.

use std::{fs, process::Command};

use onepurse_servers::{Cluster, Database, Postgres, Settings};

use crate::harness::{
    Bot, ECONOMY, ServerBot, World,
    answers::{exit, kind, reason, state},
    let_run_ms,
    pair::{D, T},
    wait_until,
};

/// Where the ledger is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LedgerIn {
    /// In the bot's database: `DATABASE_URL` says so.
    Database,
    /// In a file beside the configuration.
    File,
}

/// Discord's bot on a server, Telegram's with a file, and one person who is at zero in both.
struct Home {
    world: World,
    telegram: Bot,
    discord: ServerBot,
    database: Database,
}

impl Home {
    fn on(database: Database, ledger: LedgerIn) -> Self {
        let url = database.url();
        Self::reached_as(database, &url, &url, ledger)
    }

    /// The bot comes as `bot`, onepurse as `ours`.
    fn reached_as(database: Database, bot: &str, ours: &str, ledger: LedgerIn) -> Self {
        let mut world = World::new();
        let telegram = world.bot("telegram", ECONOMY);
        telegram.register(T, 0);
        world.add(&telegram);
        let mut discord = ServerBot::start("discord", bot);
        discord.register(D, 0);
        ours.clone_into(&mut discord.url);
        world.add_on_server(&discord);
        if ledger == LedgerIn::Database {
            world.environment.push(("DATABASE_URL", ours.to_owned()));
        }
        Self { world, telegram, discord, database }
    }

    fn link(&self) {
        self.world.link("telegram:456", "discord:123");
    }

    /// Waits, beside a `run`, until this balance is on all three sides.
    fn comes_to(&self, balance: i64) {
        wait_until(&format!("telegram has {balance}"), || self.telegram.stored(T) == balance.to_string());
        wait_until(&format!("discord has {balance}"), || self.discord.balance(D) == balance);
        wait_until("the ledger too", || self.world.coins("discord:123") == balance.to_string());
    }

    /// Everything holds, and this is all that ever happened to the person's coins.
    fn has_only(&self, deltas: &[&str]) {
        self.world.sync();
        self.world.verify();
        assert!(self.world.status().all_in_step(), "{:?}", self.world.status());
        let entries = self.world.history("telegram:456").into_iter();
        let changes: Vec<_> = entries.filter(|entry| entry.delta != "0").collect();
        assert!(changes.iter().all(|entry| entry.kind == kind::CHANGE), "{changes:?}");
        assert_eq!(changes.iter().map(|entry| &entry.delta).collect::<Vec<_>>(), deltas);
    }
}

fn schemas_of_ours(database: &Database) -> String {
    database.psql(
        "SELECT string_agg(nspname, ' ' ORDER BY nspname) FROM pg_namespace WHERE nspname LIKE 'onepurse%'",
    )
}

fn walk(ledger: LedgerIn) -> Home {
    let home = Home::on(Postgres::shared().database(), ledger);
    let run = home.world.run();
    home.link();
    home.telegram.earn(T, 100);
    home.comes_to(100);
    home.discord.earn(D, 50);
    home.comes_to(150);
    drop(run);
    home.has_only(&["100", "50"]);
    home
}

#[test]
fn the_ledger_and_a_bot_share_a_database() {
    let home = walk(LedgerIn::Database);
    assert_eq!(schemas_of_ours(&home.database).trim(), "onepurse onepurse_discord");
    assert!(!home.world.ledger().exists(), "no ledger was made in a file");
    let founding = "SELECT coins FROM unified_users WHERE telegram_id = '456' OR discord_id = '123'";
    assert_eq!(home.database.psql(founding).trim(), "150");
    home.world.ok(&["detach"]);
    assert_eq!(schemas_of_ours(&home.database).trim(), "onepurse");
    assert_eq!(
        home.database.psql("SELECT count(*) FROM pg_trigger WHERE tgrelid = 'users'::regclass").trim(),
        "0"
    );
}

#[test]
fn the_ledger_is_a_file_beside_a_bot_on_a_server() {
    let home = walk(LedgerIn::File);
    assert_eq!(schemas_of_ours(&home.database).trim(), "onepurse_discord");
}

#[test]
fn two_bots_and_the_ledger_share_a_database() {
    let database = Postgres::shared().database();
    let mut home = Home::on(database, LedgerIn::Database);
    home.database.psql("CREATE TABLE website (email text PRIMARY KEY, coins bigint NOT NULL); INSERT INTO website VALUES ('a@b', 7)");
    let url = home.database.url();
    home.world.add_at("website", &url, "table = \"website\"\nid = \"email\"\ncolumn = \"coins\"\n");
    let _run = home.world.run();
    home.link();
    home.world.link("telegram:456", "website:a@b");
    home.comes_to(7);
    home.database.psql("UPDATE website SET coins = coins + 5");
    home.comes_to(12);
    home.discord.earn(D, 3);
    home.comes_to(15);
    let on_website = || home.database.psql("SELECT coins FROM website");
    wait_until("the website has 15", || on_website().trim() == "15");
    home.world.verify();
}

#[test]
fn as_a_host_runs_it() {
    let mut home = Home::on(Postgres::shared().database(), LedgerIn::Database);
    home.world.environment.push(("PORT", "0".to_owned()));
    home.world.configure(|config| {
        config.listen = None;
        "$DATABASE_URL".clone_into(&mut config.platform("discord").database);
    });
    let mut run = home.world.start(&["run"]);
    run.wait_for_line("ready: http://0.0.0.0:");
    home.link();
    home.telegram.earn(T, 100);
    home.comes_to(100);
    let begun = run.output();
    run.signal("TERM");
    let said = run.finish();
    assert_eq!(said.code, Some(exit::DONE), "{begun}{}", said.all());
    home.has_only(&["100"]);
}

/// A server of one's own, with a database.
fn own() -> (Cluster, Database) {
    let cluster = Postgres::start(Settings::default());
    let database = cluster.database();
    (cluster, database)
}

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

#[test]
fn a_second_run_says_who_is_there_and_stops() {
    let home = Home::on(Postgres::shared().database(), LedgerIn::Database);
    let mut first = home.world.run();
    let second = home.world.expect(exit::UNREACHABLE, &["run"]);
    assert!(second.stderr.contains(&first.process.pid().to_string()), "{}", second.all());
    first.process.kill();
    home.world.run();
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

/// As the documentation says a ledger in PostgreSQL is backed up and put back: its schema alone.
#[test]
fn a_ledger_that_is_gone_is_not_made_anew_and_is_caught_up_when_it_is_put_back_from_a_dump() {
    let home = Home::on(Postgres::shared().database(), LedgerIn::Database);
    home.world.sync();
    home.link();
    home.telegram.earn(T, 100);
    home.world.sync();
    let dump = home.world.path("ledger.sql");
    let url = home.database.url();
    let done = |command: &mut Command| assert!(command.status().unwrap().success());
    done(Command::new("pg_dump").args([&url, "--schema=onepurse", "--file"]).arg(&dump));
    home.discord.earn(D, 20);
    home.world.sync();

    let mut run = home.world.run();
    home.database.psql("SET client_min_messages = error; DROP SCHEMA onepurse CASCADE");
    home.telegram.earn(T, 7);
    home.discord.add_coins(D, 3);
    let is_told = |text: &str| reason::MISSING.iter().any(|word| text.contains(word));
    wait_until("status says that it is gone", || is_told(&home.world.status().reasons()));
    wait_until("the log does", || is_told(&run.process.output()));
    assert_eq!(schemas_of_ours(&home.database).trim(), "onepurse_discord");
    assert!(run.process.is_running());

    done(Command::new("psql").args([&url, "--quiet", "--single-transaction", "--file"]).arg(&dump));
    home.comes_to(130);
    drop(run);
    let mut deltas = home.world.deltas("telegram:456");
    deltas.sort();
    assert_eq!(deltas, ["100", "20", "3", "7"]);
    home.world.verify();
    let founding = "SELECT coins FROM unified_users WHERE telegram_id = '456' OR discord_id = '123'";
    assert_eq!(home.database.psql(founding).trim(), "130");
}

/// The backup that a host makes: the whole database, with the ledger and the bot's table.
#[test]
fn the_whole_database_is_put_back_from_a_dump() {
    let home = Home::on(Postgres::shared().database(), LedgerIn::Database);
    home.world.sync();
    home.link();
    home.telegram.earn(T, 100);
    home.world.sync();
    let dump = home.world.path("all.sql");
    let url = home.database.url();
    let done = |command: &mut Command| assert!(command.status().unwrap().success());
    done(Command::new("pg_dump").args([&url, "--clean", "--if-exists", "--file"]).arg(&dump));
    home.discord.earn(D, 20);
    home.telegram.earn(T, 7);
    home.world.sync();
    home.comes_to(127);

    done(Command::new("psql").args([&url, "--quiet", "--single-transaction", "--file"]).arg(&dump));
    assert_eq!(home.discord.balance(D), 100);
    home.world.sync();
    // Telegram keeps its 7 and sends them again. Of the 20 nothing is left but a balance that came from them.
    home.comes_to(107);
    home.has_only(&["100", "7"]);
}

/// The password, as it is and as it stands in a URL.
const PASSWORD: [&str; 2] = ["hunter/2", "hunter%2F2"];

/// A server that asks for passwords, with a bot's role that owns its table, and ours with the rights that the
/// documentation names.
fn guarded() -> (Cluster, Database, String, String) {
    let (cluster, database) = own();
    let name = database.url().rsplit_once('/').unwrap().1.to_owned();
    database.psql(&format!(
        "CREATE ROLE bot LOGIN PASSWORD 'bot'; CREATE ROLE ours LOGIN PASSWORD '{}';
         GRANT CREATE ON SCHEMA public TO bot;
         GRANT CREATE ON DATABASE {name} TO ours;
         DO $$ BEGIN EXECUTE format(
            'COPY (VALUES (''host all postgres all trust''), (''host all all all scram-sha-256'')) TO %L',
            current_setting('hba_file')
         ); END $$;
         SELECT pg_reload_conf()",
        PASSWORD[0]
    ));
    let url = |role: &str| database.url().replacen("postgres@", &format!("{role}@"), 1);
    let (bot, ours) = (url("bot:bot"), url(&format!("ours:{}", PASSWORD[1])));
    (cluster, database, bot, ours)
}

#[test]
fn a_role_of_its_own_suffices_and_its_password_is_never_told() {
    let (_cluster, database, bot, ours) = guarded();
    let mut home = Home::reached_as(database, &bot, &ours, LedgerIn::Database);
    let mut told = home.world.expect(exit::WAITS, &["sync", "--until-idle", "--timeout", "5s"]).all();
    assert!(told.contains("lacks the right"), "{told}");
    home.database.psql("GRANT SELECT, TRIGGER ON users TO ours; GRANT UPDATE (coins) ON users TO ours");
    let run = home.world.run_with(&["--log-level", "trace"]);
    home.link();
    home.telegram.earn(T, 100);
    home.comes_to(100);
    home.discord.earn(D, 50);
    home.comes_to(150);
    let view = "SELECT schemaname, coins FROM pg_views, onepurse.unified_users WHERE viewname = 'unified_users' AND discord_id = '123'";
    assert_eq!(home.database.psql(view).trim(), "onepurse|150", "it may make nothing in `public`");
    told += &run.get("/readyz").1;
    told += &home.world.verb(&["run"]).all();
    told += &run.process.output();
    drop(run);
    for verb in [
        "status",
        "status --json",
        "verify",
        "history telegram:456 --json",
        "show telegram:456",
        "sync --until-idle",
    ] {
        told += &home.world.ok(&verb.split(' ').collect::<Vec<_>>()).all();
    }

    // What is wrong with a password is told, and not which it is.
    let wrong = ours.replacen(PASSWORD[1], "hunter%2F2wrong", 1);
    home.world.environment = vec![("DATABASE_URL", wrong.clone())];
    home.world.configure(|config| config.platform("discord").database = wrong);
    let refused =
        home.world.expect(exit::UNREACHABLE, &["show", "telegram:456", "--log-level", "trace"]).all();
    assert!(
        refused.contains("password authentication failed") && refused.contains("hint: check the password"),
        "{refused}"
    );
    told += &refused;
    told += &home.world.verb(&["status"]).all();
    told += &home.world.verb(&["attach"]).all();
    for file in fs::read_dir(home.world.path("")).unwrap().map(|file| file.unwrap().path()) {
        if file.is_file() && !file.ends_with("onepurse.toml") {
            told += &String::from_utf8_lossy(&fs::read(file).unwrap());
        }
    }
    for secret in PASSWORD {
        assert!(!told.contains(secret), "{told}");
    }
}
