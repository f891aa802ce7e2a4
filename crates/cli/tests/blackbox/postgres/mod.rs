//! The founding system's home: one PostgreSQL database that holds the Discord bot's `users` and the ledger, and a Telegram
//! bot with a file of its own beside it.

mod backups;
mod connections;
mod crashes;
mod documents;
mod full;
mod pooler;
mod reading;
mod secrets;
mod server;
mod warnings;

use onepurse_servers::{Cluster, Database, Postgres, Settings};

use crate::harness::{
    Bot, ECONOMY, Running, ServerBot, World,
    answers::{exit, kind},
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

/// Beside a `run`: telegram earns while the server does not do what is needed; why is told, telegram's coins are in the
/// ledger all the same, and all is caught up when it does again.
fn is_survived(home: &Home, told: &str, breaks: impl FnOnce(&mut Running), mends: impl FnOnce()) {
    let mut run = home.world.run();
    home.link();
    home.telegram.earn(T, 100);
    home.comes_to(100);
    breaks(&mut run);
    home.telegram.earn(T, 7);
    wait_until(&format!("the log says `{told}`"), || run.process.output().contains(told));
    wait_until(&format!("status says `{told}`"), || {
        home.world.status().of("discord").reason.as_ref().is_some_and(|reason| reason.contains(told))
    });
    wait_until("telegram is in step", || home.world.coins("telegram:456") == "107");
    assert!(run.process.is_running());
    mends();
    home.comes_to(107);
    home.discord.add_coins(D, 3);
    home.comes_to(110);
    drop(run);
    home.world.sync();
    home.world.verify();
}

/// What to do about it, as `attach` says.
fn advice(home: &Home) -> String {
    home.world.expect(exit::UNREACHABLE, &["attach", "discord"]).stderr
}

/// Gives ours a role of its own, with the rights that the documentation names, and no limits yet; its URL.
fn with_role(database: &Database) -> String {
    let name = database.url().rsplit_once('/').unwrap().1.to_owned();
    database.psql(&format!("CREATE ROLE ours LOGIN; GRANT CREATE ON DATABASE {name} TO ours"));
    database.psql("ALTER DEFAULT PRIVILEGES GRANT SELECT, TRIGGER, UPDATE ON TABLES TO ours");
    database.url().replacen("postgres@", "ours@", 1)
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
    let said = home.world.ok(&["detach"]);
    assert_eq!(schemas_of_ours(&home.database).trim(), "onepurse");
    let (telegram, discord) = said.stdout.split_once("discord: ").unwrap();
    assert!(
        telegram.contains("nothing of onepurse is left") && !discord.contains("nothing"),
        "{}",
        said.all()
    );
    assert!(discord.contains("DROP SCHEMA onepurse CASCADE"), "{}", said.all());
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

#[test]
fn a_second_run_says_who_is_there_and_stops() {
    let home = Home::on(Postgres::shared().database(), LedgerIn::Database);
    let mut first = home.world.run();
    let second = home.world.expect(exit::UNREACHABLE, &["run"]);
    assert!(second.stderr.contains(&first.process.pid().to_string()), "{}", second.all());
    first.process.kill();
    home.world.run();
}

/// A server of one's own, with a database.
fn own() -> (Cluster, Database) {
    let cluster = Postgres::start(Settings::default());
    let database = cluster.database();
    (cluster, database)
}
