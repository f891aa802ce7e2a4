//! One transaction of a replica.

use std::time::Duration;

use mysql_async::{
    Conn, FromValueError, Params, Row, Value,
    prelude::{FromValue, Queryable},
};
use onepurse_core::{Platform, Random};
use serde::Serialize;
use tokio::time::{sleep, timeout};

use super::{
    fault::{Fault, code},
    names::{OURS, quote},
    shape::Shape,
    terms::Bound,
};
use crate::{Mapping, ReplicaError, named::Numbers};

/// How a transaction sees what others commit meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    /// All of it reads one moment, that of its first plain read: what the bot's rows show, and the facts that made them
    /// so.
    Snapshot,
    /// Each statement sees what was committed before it: a row is locked first, and read then.
    Latest,
}

/// One transaction, and what every part of this module needs in it. Dropped without [`Work::end`], it is rolled back,
/// with the connection.
pub(super) struct Work<'a> {
    pub(super) mappings: &'a [Mapping],
    pub(super) platform: &'a Platform,
    pub(super) random: &'a dyn Random,
    /// What the names of everything that is ours begin with: `onepurse_telegram`.
    pub(super) prefix: &'a str,
    /// The name of the bot's database.
    pub(super) database: &'a str,
    pub(super) place: &'a str,
    conn: &'a mut Conn,
    in_transaction: &'a mut bool,
}

/// What a transaction is begun over.
pub(super) struct Ground<'a> {
    pub(super) mappings: &'a [Mapping],
    pub(super) platform: &'a Platform,
    pub(super) random: &'a dyn Random,
    pub(super) prefix: &'a str,
    pub(super) database: &'a str,
    pub(super) place: &'a str,
    pub(super) conn: &'a mut Conn,
    pub(super) in_transaction: &'a mut bool,
}

/// What was sent may stay without an answer for so long. No statement of ours waits for a lock.
const PATIENCE: Duration = Duration::from_mins(1);
/// So many rows are handed over at once.
const ROWS_MAX: usize = 5_000;
/// How often a change of a table's definition is tried, where the bot's own transactions are at the table.
const TRIES: u32 = 24;
/// Every so many tries it is waited for a second; whoever comes to the table meanwhile waits behind us.
const WAITING_TRY: u32 = 8;

impl<'a> Work<'a> {
    pub(super) async fn begin(ground: Ground<'a>, sight: Sight) -> Result<Self, ReplicaError> {
        let Ground { mappings, platform, random, prefix, database, place, conn, in_transaction } = ground;
        let mut work = Self { mappings, platform, random, prefix, database, place, conn, in_transaction };
        *work.in_transaction = true;
        work.start(sight).await.map_err(|fault| fault.at(place))?;
        Ok(work)
    }

    /// The database is named each time: one that was dropped and made again is not the session's any more.
    async fn start(&mut self, sight: Sight) -> Result<(), Fault> {
        let level = match sight {
            Sight::Snapshot => "REPEATABLE READ",
            Sight::Latest => "READ COMMITTED",
        };
        let database = quote(self.database);
        self.run_plain(&format!("USE {database}; SET TRANSACTION ISOLATION LEVEL {level}; START TRANSACTION"))
            .await
    }

    /// Commits, and begins the next transaction.
    pub(super) async fn commit(&mut self, sight: Sight) -> Result<(), Fault> {
        self.run_plain("COMMIT").await?;
        self.start(sight).await
    }

    /// Commits what was done; after a fault, nothing was.
    pub(super) async fn end<T>(mut self, done: Result<T, Fault>) -> Result<T, ReplicaError> {
        let ended = match &done {
            Ok(_) => self.run_plain("COMMIT").await,
            Err(fault) if fault.is_of_connection() => Ok(()),
            Err(_) => self.run_plain("ROLLBACK").await,
        };
        let is_sound = ended.is_ok() && !done.as_ref().is_err_and(Fault::is_of_connection);
        *self.in_transaction = !is_sound;
        let done = done.and_then(|done| ended.map(|()| done));
        done.map_err(|fault| fault.at(self.place))
    }

    pub(super) async fn query(&mut self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>, Fault> {
        let sql = self.named(sql);
        patiently(self.conn.exec(sql, positional(params))).await
    }

    /// The one row that a query finds.
    pub(super) async fn one(&mut self, sql: &str, params: Vec<Value>) -> Result<Row, Fault> {
        let found = self.query(sql, params).await?.into_iter().next();
        found.ok_or_else(|| Fault::damaged("a row of ours is missing"))
    }

    pub(super) async fn execute(&mut self, sql: &str, params: Vec<Value>) -> Result<(), Fault> {
        let sql = self.named(sql);
        patiently(self.conn.exec_drop(sql, positional(params))).await
    }

    /// A statement over rows that are handed to it, as [`given`] names them; in several parts where they are many. The
    /// other parameters stand behind them.
    pub(super) async fn execute_over<T: Serialize>(
        &mut self,
        sql: &str,
        rows: &[T],
        params: &[Value],
    ) -> Result<(), Fault> {
        for rows in rows.chunks(ROWS_MAX) {
            let params = std::iter::once(json(rows)?).chain(params.iter().cloned()).collect();
            self.execute(sql, params).await?;
        }
        Ok(())
    }

    /// What a query over rows that are handed to it finds.
    pub(super) async fn query_over<T: Serialize>(
        &mut self,
        sql: &str,
        rows: &[T],
        params: &[Value],
    ) -> Result<Vec<Row>, Fault> {
        let mut found = Vec::new();
        for rows in rows.chunks(ROWS_MAX) {
            let params = std::iter::once(json(rows)?).chain(params.iter().cloned()).collect();
            found.extend(self.query(sql, params).await?);
        }
        Ok(found)
    }

    /// A statement without parameters.
    pub(super) async fn run(&mut self, sql: &str) -> Result<(), Fault> {
        self.execute(sql, vec![]).await
    }

    /// Statements as they are, which may hold words of the user's.
    pub(super) async fn run_plain(&mut self, sql: &str) -> Result<(), Fault> {
        patiently(self.conn.query_drop(sql)).await
    }

    /// A change of a table's definition. It commits whatever was begun, and is its own transaction. It needs a moment
    /// in which no transaction has the table open; it does not wait for one in line, since everyone would wait behind
    /// it, but looks again and again.
    pub(super) async fn define(&mut self, sql: &str) -> Result<(), Fault> {
        for attempt in 1..=TRIES {
            let wait_s = u32::from(attempt % WAITING_TRY == 0);
            self.run_plain(&format!("SET SESSION lock_wait_timeout = {wait_s}")).await?;
            let done = self.run_plain(sql).await;
            self.run_plain("SET SESSION lock_wait_timeout = 1").await?;
            match done {
                Err(fault) if fault.is_busy() && !fault.is_of_connection() => {}
                done => return done,
            }
            let mut byte = [0];
            self.random.fill(&mut byte);
            sleep(Duration::from_millis(20 + u64::from(byte[0]) / 2)).await;
        }
        Err(Fault::Busy)
    }

    /// False after a statement that took the whole transaction away with it.
    pub(super) async fn is_alive(&mut self) -> Result<bool, Fault> {
        get(&self.one("SELECT @@in_transaction", vec![]).await?, 0)
    }

    /// Milliseconds since 1970, by the server's clock.
    pub(super) async fn clock_ms(&mut self) -> Result<i64, Fault> {
        get(&self.one(&format!("SELECT {}", super::names::NOW_MS), vec![]).await?, 0)
    }

    /// `@.table` is a table of ours. A name of the bot's that holds the same is quoted, and stands behind a backtick.
    fn named(&self, sql: &str) -> String {
        OURS.iter().fold(sql.to_owned(), |sql, name| {
            let ours = self.ours(name);
            sql.replace(&format!(" @.{name}"), &format!(" {ours}"))
                .replace(&format!("(@.{name}"), &format!("({ours}"))
        })
    }

    /// A table of ours, as SQL names it.
    pub(super) fn ours(&self, name: &str) -> String {
        quote(&format!("{}_{name}", self.prefix))
    }

    /// The mappings that are attached and whose table is there.
    pub(super) async fn bound(&mut self) -> Result<Vec<Bound>, Fault> {
        let (mut bound, numbers) = (Vec::new(), self.numbers().await?);
        for mapping in self.mappings {
            let Some(&(number, _)) = numbers.get(mapping.asset.as_str()) else { continue };
            if let Some(shape) = Shape::read(self, mapping).await?
                && shape.fits(mapping)
            {
                bound.push(Bound::new(number, mapping, shape, self.prefix));
            }
        }
        Ok(bound)
    }

    /// The mappings by asset, with the number that our tables know each by.
    pub(super) async fn numbers(&mut self) -> Result<Numbers<'a>, Fault> {
        let mut numbers = Numbers::new();
        for row in self.query("SELECT asset, mapping FROM @.mapping", vec![]).await? {
            let (asset, number): (String, i64) = (get(&row, 0)?, get(&row, 1)?);
            if let Some(mapping) = self.mappings.iter().find(|mapping| mapping.asset.as_str() == asset) {
                numbers.insert(mapping.asset.as_str(), (number, mapping));
            }
        }
        Ok(numbers)
    }

    pub(super) fn nonce(&self) -> [u8; 8] {
        let mut nonce = [0; 8];
        self.random.fill(&mut nonce);
        nonce
    }
}

fn positional(params: Vec<Value>) -> Params {
    if params.is_empty() { Params::Empty } else { Params::Positional(params) }
}

async fn patiently<T>(asked: impl Future<Output = mysql_async::Result<T>>) -> Result<T, Fault> {
    Ok(timeout(PATIENCE, asked).await.map_err(|_| Fault::TimedOut(PATIENCE))??)
}

/// Whether there is no such table.
pub(super) fn is_missing<T>(done: &Result<T, Fault>) -> bool {
    done.as_ref().is_err_and(|fault| fault.code() == Some(code::NO_TABLE))
}

/// The value in a column of a row.
pub(super) fn get<T: FromValue>(row: &Row, at: usize) -> Result<T, Fault> {
    let value: Option<Result<T, FromValueError>> = row.get_opt(at);
    Ok(value.ok_or_else(|| Fault::damaged("a column is missing"))??)
}

/// Rows as one parameter: each is an array, or a single value.
fn json<T: Serialize>(rows: &[T]) -> Result<Value, Fault> {
    Ok(serde_json::to_string(rows).map_err(Fault::damaged)?.into())
}

/// Rows of one parameter as a table `w`, with these columns and types; `nth` counts them.
pub(super) fn given(columns: &[(&str, &str)]) -> String {
    let columns: Vec<_> = columns
        .iter()
        .enumerate()
        .map(|(at, (name, kind))| format!("{name} {kind} PATH '$[{at}]'"))
        .collect();
    format!("JSON_TABLE(?, '$[*]' COLUMNS (nth FOR ORDINALITY, {})) AS w", columns.join(", "))
}

/// A number of our own tables.
pub(super) const INT: &str = "BIGINT";
/// Any text.
pub(super) const TEXT: &str = "LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin";
