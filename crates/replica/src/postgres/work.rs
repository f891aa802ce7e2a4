//! One transaction of a replica.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use onepurse_core::{Platform, Random};
use onepurse_postgres::quote;
use tokio::time::timeout;
use tokio_postgres::{
    Client, Error, Row,
    types::{ToSql, Type},
};

use super::{fault::Fault, shape::Shape, terms::Bound};
use crate::{Mapping, ReplicaError, named::Numbers};

/// A parameter and its type: the type is said, so that a statement needs no preparing, which a pooler would lose.
pub(super) type Param<'a> = (&'a (dyn ToSql + Sync), Type);

/// How a transaction sees what others commit meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    /// All of it reads one moment: what the bot's rows show, and the facts that made them so.
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
    /// The name of our schema, and as SQL names it.
    pub(super) schema: &'a str,
    pub(super) place: &'a str,
    client: &'a Client,
    in_transaction: &'a AtomicBool,
}

/// What a transaction is begun over.
pub(super) struct Ground<'a> {
    pub(super) mappings: &'a [Mapping],
    pub(super) platform: &'a Platform,
    pub(super) random: &'a dyn Random,
    pub(super) schema: &'a str,
    pub(super) place: &'a str,
    pub(super) client: &'a Client,
    pub(super) in_transaction: &'a AtomicBool,
}

/// A lock of the bot is waited for only where none of its own is held by us, and no longer than this; a transaction of
/// ours that is left alone ends by itself. `SET LOCAL`: behind a pooler, a connection is ours for a transaction only.
const LIMITS: &str = "SET LOCAL lock_timeout = '100ms'; SET LOCAL idle_in_transaction_session_timeout = '500ms'; \
     SET LOCAL synchronous_commit = on";

/// What was sent may stay without an answer for so long: the server, or what stands before it, may be there and dead. No
/// statement of ours waits for long, but one may read a table of millions.
const PATIENCE: Duration = Duration::from_mins(5);
/// To begin is no work. But a pooler whose server is away keeps us waiting for it, and somebody has to be told.
const PATIENCE_TO_BEGIN: Duration = Duration::from_secs(5);

async fn patiently<T>(asked: impl Future<Output = Result<T, Error>>) -> Result<T, Fault> {
    within(PATIENCE, asked).await
}

async fn within<T>(patience: Duration, asked: impl Future<Output = Result<T, Error>>) -> Result<T, Fault> {
    let late = |_| Fault::Away(onepurse_postgres::Error::TimedOut(patience));
    Ok(timeout(patience, asked).await.map_err(late)??)
}

impl<'a> Work<'a> {
    pub(super) async fn begin(ground: Ground<'a>, sight: Sight) -> Result<Self, ReplicaError> {
        let Ground { mappings, platform, random, schema, place, client, in_transaction } = ground;
        let level = match sight {
            Sight::Snapshot => "REPEATABLE READ",
            Sight::Latest => "READ COMMITTED",
        };
        in_transaction.store(true, Ordering::Relaxed);
        let begin = format!("BEGIN ISOLATION LEVEL {level} READ WRITE; {LIMITS}");
        within(PATIENCE_TO_BEGIN, client.batch_execute(&begin)).await.map_err(|fault| fault.at(place))?;
        Ok(Self { mappings, platform, random, schema, place, client, in_transaction })
    }

    /// Commits what was done; after a fault, nothing was.
    pub(super) async fn end<T>(self, done: Result<T, Fault>) -> Result<T, ReplicaError> {
        let ended = match &done {
            Ok(_) => patiently(self.client.batch_execute("COMMIT")).await,
            // Nothing more is asked of a connection that has fallen silent.
            Err(Fault::Away(_)) => Ok(()),
            Err(_) => patiently(self.client.batch_execute("ROLLBACK")).await,
        };
        if ended.is_ok() && !matches!(done, Err(Fault::Away(_))) {
            self.in_transaction.store(false, Ordering::Relaxed);
        }
        let done = done.and_then(|done| ended.map(|()| done));
        done.map_err(|fault| fault.at(self.place))
    }

    pub(super) async fn query(&self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, Fault> {
        patiently(self.client.query_typed(&self.named(sql), params)).await
    }

    /// The one row that a query finds.
    pub(super) async fn one(&self, sql: &str, params: &[Param<'_>]) -> Result<Row, Fault> {
        let found = self.query(sql, params).await?.into_iter().next();
        found.ok_or_else(|| Fault::damaged("a row of ours is missing"))
    }

    /// How many rows a statement has touched.
    pub(super) async fn execute(&self, sql: &str, params: &[Param<'_>]) -> Result<u64, Fault> {
        patiently(self.client.execute_typed(&self.named(sql), params)).await
    }

    /// Statements without parameters.
    pub(super) async fn run(&self, sql: &str) -> Result<(), Fault> {
        patiently(self.client.batch_execute(&self.named(sql))).await
    }

    /// Statements as they are, which may hold words of the user's.
    pub(super) async fn run_plain(&self, sql: &str) -> Result<(), Fault> {
        patiently(self.client.batch_execute(sql)).await
    }

    /// `@.table` is a table of ours. A name of the bot's that holds the same is quoted, and stands behind a `"`.
    fn named(&self, sql: &str) -> String {
        let schema = self.sql_schema();
        OURS.iter().fold(sql.to_owned(), |sql, name| {
            sql.replace(&format!(" @.{name}"), &format!(" {schema}.{name}"))
                .replace(&format!("(@.{name}"), &format!("({schema}.{name}"))
        })
    }

    /// Our schema, as SQL names it.
    pub(super) fn sql_schema(&self) -> String {
        quote(self.schema)
    }

    /// The mappings that are attached and whose table is there.
    pub(super) async fn bound(&self) -> Result<Vec<Bound>, Fault> {
        let (mut bound, numbers) = (Vec::new(), self.numbers().await?);
        for mapping in self.mappings {
            let Some(&(number, _)) = numbers.get(mapping.asset.as_str()) else { continue };
            if let Some(shape) = Shape::read(self, mapping).await?
                && shape.fits(mapping)
            {
                bound.push(Bound::new(number, mapping, shape, self.schema));
            }
        }
        Ok(bound)
    }

    /// The mappings by asset, with the number that our tables know each by.
    pub(super) async fn numbers(&self) -> Result<Numbers<'a>, Fault> {
        let mut numbers = Numbers::new();
        for row in self.query("SELECT asset, mapping FROM @.mapping", &[]).await? {
            let (asset, number): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
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

/// Our tables.
const OURS: [&str; 7] = ["replica", "mapping", "captured", "identity", "outbox", "kept", "reversal"];
