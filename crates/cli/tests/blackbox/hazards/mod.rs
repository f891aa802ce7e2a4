//! The hazards of a bot on a server, with each driver that such bots use: `../shared/hazards.md` numbers them.
//!
//! Discord's bot keeps its people in a database on a server; Telegram's bot has a file beside it, and one person is both.

mod changes;
mod dialect;
mod locks;
mod rows;
mod shapes;
mod tables;

use crate::harness::{
    Bot, Driver, ECONOMY, Session, World,
    pair::{D, T},
    wait_until,
};

/// Runs each of these functions of a [`Driver`] as a test with every driver.
macro_rules! hazards {
    ($($case:ident),* $(,)?) => {
        super::hazards_in_postgres![$($case),*];
        mod pymysql {
            $(#[test] fn $case() { super::$case(crate::harness::Driver::PyMySql); })*
        }
    };
}
use hazards;

/// The same with the drivers for PostgreSQL.
macro_rules! hazards_in_postgres {
    ($($case:ident),* $(,)?) => {
        mod psycopg2 {
            $(#[test] fn $case() { super::$case(crate::harness::Driver::Psycopg2); })*
        }
        mod asyncpg {
            $(#[test] fn $case() { super::$case(crate::harness::Driver::Asyncpg); })*
        }
    };
}
use hazards_in_postgres;

/// The founding table.
const USERS: &str =
    "CREATE TABLE users (id VARCHAR(32) PRIMARY KEY, coins INTEGER NOT NULL DEFAULT 0, note TEXT)";
const MAPPING: &str = "table = \"users\"\nid = \"id\"\ncolumn = \"coins\"\n";

/// Discord's bot on a server, Telegram's with a file, and the program between them.
struct Home {
    world: World,
    telegram: Bot,
    /// Discord's bot.
    bot: Session,
    driver: Driver,
    url: String,
}

impl Home {
    /// Nothing is attached yet.
    fn apart(driver: Driver, tables: &[&str], mapping: &str) -> Self {
        let mut world = World::new();
        let telegram = world.bot("telegram", ECONOMY);
        telegram.register(T, 0);
        world.add(&telegram);
        let url = driver.database();
        let bot = Session::open(driver, &url);
        bot.run(tables);
        world.add_at("discord", &url, mapping);
        Self { world, telegram, bot, driver, url }
    }

    /// Discord's 123 and Telegram's 456 are one person, who has nothing.
    fn of(driver: Driver) -> Self {
        Self::with(driver, USERS)
    }

    /// The same with another table of users.
    fn with(driver: Driver, users: &str) -> Self {
        let home = Self::apart(driver, &[users, "INSERT INTO users (id, coins) VALUES ('123', 0)"], MAPPING);
        home.join();
        home
    }

    fn join(&self) {
        self.world.sync();
        self.world.link(&format!("telegram:{T}"), &format!("discord:{D}"));
        self.world.sync();
    }

    /// What stands in the bot's row.
    fn coins(&self, id: &str) -> String {
        self.bot.read(&format!("SELECT coins FROM users WHERE id = '{id}'"))
    }

    /// Synchronises, and finds this balance on all three sides.
    fn syncs_to(&self, balance: i64) {
        self.world.sync();
        let balance = balance.to_string();
        let seen = [self.world.coins("discord:123"), self.telegram.stored(T), self.coins("123")];
        assert_eq!(seen, [balance.as_str(); 3], "ledger, telegram, discord");
    }

    /// Waits, beside a `run`, until this balance is on all three sides.
    fn comes_to(&self, balance: i64) {
        let balance = balance.to_string();
        wait_until(&format!("telegram has {balance}"), || self.telegram.stored(T) == balance);
        wait_until(&format!("discord has {balance}"), || self.coins("123") == balance);
        wait_until("the ledger too", || self.world.coins("discord:123") == balance);
    }

    fn deltas(&self) -> Vec<String> {
        self.world.deltas("discord:123")
    }

    /// A second connection of a bot.
    fn another(&self) -> Session {
        Session::open(self.driver, &self.url)
    }
}
