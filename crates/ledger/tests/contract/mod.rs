//! The contract, a file a promise. Each is written over a [`Fixture`]; [`contract!`] runs it for every ledger.

mod append;
mod audit;
mod forget;
mod intake;
mod link;
mod links;
mod order;
mod past;
mod pull;
mod quarantine;
mod rebuild;
mod records;
mod restore;
mod sequence;
mod together;
mod truth;

use std::{fs, path::PathBuf, sync::Arc};

use onepurse_ledger::{
    Bookmarks, Forgetting, GroupCommit, Intake, Ledger, Links, Open, Orders, PostgresLedger, Quarantine,
    Rebuilding, SqliteLedger,
};
use onepurse_servers::Database;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::support::{self, Books, whole};

/// A kind of ledger: how tests get one.
pub(crate) trait Fixture: Sized {
    type Ledger: Books + Bookmarks + Intake + Links + Forgetting + Rebuilding + Orders + Quarantine + 'static;

    /// A place for one ledger, which is made there and counts whole coins.
    fn new() -> Self;

    /// The ledger there. Every test has one place and may open it as often as it likes.
    fn open(&self) -> Arc<Self::Ledger>;

    /// The same, by a clock that is so many milliseconds ahead.
    fn open_later(&self, by_ms: i64) -> Arc<Self::Ledger>;

    /// Keeps a copy of the ledger as it is now.
    fn back_up(&self);

    /// Puts the copy in the ledger's place, whoever uses it.
    fn put_back(&self);

    /// A new ledger.
    fn start() -> (Self, Arc<Self::Ledger>) {
        let fixture = Self::new();
        let ledger = fixture.open();
        support::wait(ledger.declare(vec![whole("coins")])).unwrap();
        (fixture, ledger)
    }
}

/// The ledger in an SQLite file.
pub(crate) struct Sqlite {
    folder: TempDir,
}

impl Sqlite {
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("ledger.db")
    }

    /// The file as somebody with the `sqlite3` program sees it.
    pub(crate) fn by_hand(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    fn ledger(&self, later_ms: i64) -> SqliteLedger {
        let (clock, random) = (support::clock_later(later_ms), support::random(1 + later_ms.unsigned_abs()));
        SqliteLedger::open(&self.path(), Open::Create, clock, random).unwrap()
    }
}

impl Fixture for Sqlite {
    type Ledger = SqliteLedger;

    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn open(&self) -> Arc<SqliteLedger> {
        self.open_later(0)
    }

    fn open_later(&self, by_ms: i64) -> Arc<SqliteLedger> {
        Arc::new(self.ledger(by_ms))
    }

    fn back_up(&self) {
        let copy = self.folder.path().join("backup.db");
        self.by_hand().execute("VACUUM INTO ?1", [copy.to_str()]).unwrap();
    }

    fn put_back(&self) {
        let (copy, fresh) = (self.folder.path().join("backup.db"), self.folder.path().join("fresh.db"));
        fs::copy(copy, &fresh).unwrap();
        fs::rename(fresh, self.path()).unwrap();
    }
}

/// The same behind a group commit.
pub(crate) struct Grouped(Sqlite);

impl Fixture for Grouped {
    type Ledger = GroupCommit<SqliteLedger>;

    fn new() -> Self {
        Self(Sqlite::new())
    }

    fn open(&self) -> Arc<Self::Ledger> {
        self.open_later(0)
    }

    fn open_later(&self, by_ms: i64) -> Arc<Self::Ledger> {
        Arc::new(GroupCommit::new(Arc::new(self.0.ledger(by_ms))).unwrap())
    }

    fn back_up(&self) {
        self.0.back_up();
    }

    fn put_back(&self) {
        self.0.put_back();
    }
}

/// The ledger in a PostgreSQL database.
pub(crate) struct Postgres {
    pub(crate) database: Database,
}

/// What a backup holds, in the order in which it is put back.
const TABLES: [&str; 11] = [
    "ledger",
    "asset",
    "purse",
    "identity",
    "balance",
    "entry",
    "quarantine",
    "request",
    "code",
    "code_try",
    "bookmark",
];

impl Postgres {
    pub(crate) fn ledger(&self) -> PostgresLedger {
        self.later(0)
    }

    fn later(&self, by_ms: i64) -> PostgresLedger {
        let address = self.database.url().parse().unwrap();
        let (clock, random) = (support::clock_later(by_ms), support::random(1 + by_ms.unsigned_abs()));
        support::wait(PostgresLedger::open(address, Open::Create, clock, random)).unwrap()
    }

    /// Does to every table what `statements` say of it, all in one transaction.
    fn each(&self, statements: impl Fn(&str) -> String) {
        let all: Vec<_> = TABLES.into_iter().map(statements).collect();
        self.database.psql(&format!("BEGIN; {} COMMIT", all.concat()));
    }
}

impl Fixture for Postgres {
    type Ledger = PostgresLedger;

    fn new() -> Self {
        Self { database: onepurse_servers::Postgres::shared().database() }
    }

    fn open(&self) -> Arc<PostgresLedger> {
        self.open_later(0)
    }

    fn open_later(&self, by_ms: i64) -> Arc<PostgresLedger> {
        Arc::new(self.later(by_ms))
    }

    fn back_up(&self) {
        self.each(|table| format!("CREATE TABLE public.{table}_kept AS TABLE onepurse.{table};"));
    }

    fn put_back(&self) {
        self.each(|table| {
            format!("TRUNCATE onepurse.{table}; INSERT INTO onepurse.{table} TABLE public.{table}_kept;")
        });
    }
}

/// The same behind a group commit.
pub(crate) struct PostgresGrouped(Postgres);

impl Fixture for PostgresGrouped {
    type Ledger = GroupCommit<PostgresLedger>;

    fn new() -> Self {
        Self(Postgres::new())
    }

    fn open(&self) -> Arc<Self::Ledger> {
        self.open_later(0)
    }

    fn open_later(&self, by_ms: i64) -> Arc<Self::Ledger> {
        Arc::new(GroupCommit::new(Arc::new(self.0.later(by_ms))).unwrap())
    }

    fn back_up(&self) {
        self.0.back_up();
    }

    fn put_back(&self) {
        self.0.put_back();
    }
}

/// Runs each of these functions of a [`Fixture`] as a test for every ledger.
macro_rules! contract {
    ($($case:ident),* $(,)?) => {
        mod sqlite {
            $(#[test] fn $case() { super::$case::<crate::contract::Sqlite>(); })*
        }
        mod grouped {
            $(#[test] fn $case() { super::$case::<crate::contract::Grouped>(); })*
        }
        mod postgres {
            $(#[test] fn $case() { super::$case::<crate::contract::Postgres>(); })*
        }
        mod postgres_grouped {
            $(#[test] fn $case() { super::$case::<crate::contract::PostgresGrouped>(); })*
        }
    };
}
pub(crate) use contract;
