//! A bot in MariaDB beside one with a file: shape 9, through `PyMySQL`, in another process.

mod crashes;
mod trouble;

use std::process::Command;

use onepurse_servers::{MariaDb, MariaDbDatabase, Postgres};

use crate::harness::{
    Bot, ECONOMY, ServerBot, World,
    answers::{exit, kind},
    pair::{D, T},
    wait_until,
};

const WALLET: &str = "table = \"user_balances\"\nid = \"user_id\"\ncolumn = \"wallet\"\n";

/// Telegram's bot with a file, Discord's on a MariaDB server, and one person who is at zero in both.
struct Home {
    world: World,
    telegram: Bot,
    discord: ServerBot,
    database: MariaDbDatabase,
}

impl Home {
    fn new() -> Self {
        Self::on(MariaDb::shared().database())
    }

    fn on(database: MariaDbDatabase) -> Self {
        let mut world = World::new();
        let telegram = world.bot("telegram", ECONOMY);
        telegram.register(T, 0);
        world.add(&telegram);
        let discord = ServerBot::start("discord", &database.url());
        discord.register(D, 0);
        world.add_at("discord", &discord.url, WALLET);
        Self { world, telegram, discord, database }
    }

    /// Waits, beside a `run`, until this balance is on all three sides.
    fn comes_to(&self, balance: i64) {
        wait_until(&format!("telegram has {balance}"), || self.telegram.stored(T) == balance.to_string());
        wait_until(&format!("discord has {balance}"), || self.discord.balance(D) == balance);
        wait_until("the ledger too", || self.world.coins("discord:123") == balance.to_string());
    }
}

#[test]
fn a_coin_walks_between_a_file_and_mariadb() {
    let home = Home::new();
    let before = home.database.sql("SHOW TABLES; SHOW TRIGGERS");
    let run = home.world.run();
    home.world.link("telegram:456", "discord:123");
    home.telegram.earn(T, 100);
    home.comes_to(100);
    home.discord.earn(D, 50);
    home.comes_to(150);
    home.discord.add_coins(D, -30);
    home.comes_to(120);
    home.discord.replace(D, 7);
    home.comes_to(7);
    drop(run);
    home.world.sync();
    home.world.verify();
    assert!(home.world.status().all_in_step(), "{:?}", home.world.status());
    let entries = home.world.history("telegram:456").into_iter();
    let changes: Vec<_> = entries.filter(|entry| entry.delta != "0").collect();
    assert!(changes.iter().all(|entry| entry.kind == kind::CHANGE), "{changes:?}");
    assert_eq!(changes.iter().map(|entry| &entry.delta).collect::<Vec<_>>(), ["100", "50", "-30", "-113"]);
    home.world.ok(&["detach"]);
    assert_eq!(home.database.sql("SHOW TABLES; SHOW TRIGGERS"), before);
}

/// The ledger and the website in PostgreSQL, Discord's bot in MariaDB, Telegram's with a file.
#[test]
fn a_coin_walks_through_every_kind_of_database() {
    let mut home = Home::new();
    let server = Postgres::shared().database();
    server.psql("CREATE TABLE website (email text PRIMARY KEY, coins bigint NOT NULL)");
    server.psql("INSERT INTO website VALUES ('a@b', 7)");
    home.world.environment.push(("DATABASE_URL", server.url()));
    home.world.add_at("website", &server.url(), "table = \"website\"\nid = \"email\"\ncolumn = \"coins\"\n");
    let on_website = || server.psql("SELECT coins FROM website").trim().to_owned();
    let run = home.world.run();
    home.world.link("telegram:456", "discord:123");
    home.world.link("telegram:456", "website:a@b");
    home.comes_to(7);
    home.discord.add_coins(D, 50);
    home.comes_to(57);
    home.telegram.earn(T, 3);
    home.comes_to(60);
    server.psql("UPDATE website SET coins = coins - 20");
    home.comes_to(40);
    wait_until("the website has 40", || on_website() == "40");
    drop(run);
    assert!(!home.world.ledger().exists(), "no ledger was made in a file");
    home.world.sync();
    home.world.verify();
    assert!(home.world.status().all_in_step(), "{:?}", home.world.status());
}

/// Shape 9's CHECK and our floor: a debt is held, and paid by what comes next.
#[test]
fn a_debt_is_held_and_paid() {
    let home = Home::new();
    let run = home.world.run();
    home.world.link("telegram:456", "discord:123");
    home.discord.add_coins(D, 20);
    home.comes_to(20);
    drop(run);
    // Both spend the same coins while apart.
    home.discord.add_coins(D, -20);
    home.telegram.call("spend", &serde_json::json!([T, 20]));
    home.world.sync();
    assert_eq!((home.world.coins("discord:123").as_str(), home.discord.balance(D)), ("-20", 0));
    home.discord.add_coins(D, 50);
    home.world.sync();
    assert_eq!((home.world.coins("discord:123").as_str(), home.discord.balance(D)), ("30", 30));
    home.world.verify();
}

/// Whatever moment the program is killed at, while both bots write.
#[test]
fn whatever_is_killed_nothing_is_lost_and_nothing_counts_twice() {
    let home = Home::new();
    home.world.sync();
    home.world.link("telegram:456", "discord:123");
    for round in 1..=6 {
        let mut run = home.world.start(&["run"]);
        for _ in 0..5 {
            crate::harness::let_run_ms(round * 12);
            home.telegram.earn(T, 3);
            home.discord.add_coins(D, 5);
        }
        run.kill();
    }
    home.world.sync();
    home.comes_to(240);
    let mut deltas = home.world.deltas("telegram:456");
    deltas.sort();
    assert_eq!(deltas, [vec!["3"; 30], vec!["5"; 30]].concat());
    home.world.verify();
}

#[test]
fn a_password_is_never_shown_and_what_is_wrong_has_a_remedy() {
    let mut home = Home::new();
    let wrong = home.database.url().replace("root@", "root:hunter2@");
    home.world.configure(|config| config.platform("discord").database.clone_from(&wrong));
    let said = home.world.expect(exit::UNREACHABLE, &["attach"]);
    assert!(said.stderr.contains("check user and password"), "{}", said.all());
    assert!(!said.all().contains("hunter2"), "{}", said.all());
    home.world.configure(|config| config.ledger.clone_from(&wrong));
    let said = home.world.expect(exit::USAGE, &["status"]);
    assert!(said.stderr.contains("no ledger can be in MariaDB"), "{}", said.all());
    assert!(!said.all().contains("hunter2"), "{}", said.all());
}

/// The bot's own backup, read back while the program is away, follows the ledger.
#[test]
fn a_dump_that_is_put_back_follows_the_ledger() {
    let home = Home::new();
    home.world.sync();
    home.world.link("telegram:456", "discord:123");
    home.discord.add_coins(D, 100);
    let program = |name: &str| {
        let mut program = Command::new(name);
        program.args(["--no-defaults", "--protocol=tcp", "--host=127.0.0.1", "--user=root"]);
        program.arg(format!("--port={}", home.database.port()));
        program.arg(home.database.url().rsplit('/').next().unwrap());
        program
    };
    let dump = program("mariadb-dump").output().unwrap();
    assert!(dump.status.success());
    home.world.sync();
    home.discord.add_coins(D, 11);
    home.world.sync();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bot.sql");
    std::fs::write(&file, dump.stdout).unwrap();
    let read = program("mariadb").stdin(std::fs::File::open(file).unwrap()).status().unwrap();
    assert!(read.success());
    assert_eq!(home.discord.balance(D), 100);
    home.world.sync();
    assert_eq!((home.world.coins("discord:123").as_str(), home.discord.balance(D)), ("111", 111));
    home.world.verify();
}
