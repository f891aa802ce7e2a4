use std::time::Duration;

use futures_util::future::try_join_all;
use onepurse_postgres::{Address, Client, Error, connect};
use tokio::{runtime, time::timeout};
use tokio_postgres::{
    Row,
    error::SqlState,
    types::{ToSql, Type},
};

use super::super::tables::Fault;

pub(super) type Param<'a> = (&'a (dyn ToSql + Sync), Type);

/// What a call waits for, in all: the bot waits with it.
const WAITS: Duration = Duration::from_secs(3);
/// A transaction of ours that is left alone ends by itself. `SET LOCAL`: behind a pooler, a connection is ours for a
/// transaction only.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL lock_timeout = '2s'; \
     SET LOCAL idle_in_transaction_session_timeout = '500ms'; SET LOCAL synchronous_commit = on";

/// The number of a transaction, by which the server knows what became of it.
pub(super) type Number = String;

/// What became of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Committed,
    RolledBack,
    UnderWay,
}

/// A connection, made anew when it is lost, on a runtime of its own.
#[derive(Debug)]
pub(super) struct Link {
    address: Address,
    runtime: runtime::Runtime,
    client: Option<Client>,
    /// The last call waited in vain: it would wait once more.
    is_hanging: bool,
}

/// A statement and its parameters: the types are said, so that it needs no preparing, which a pooler would lose.
pub(super) struct Statement {
    pub(super) sql: String,
    pub(super) params: Vec<(Box<dyn ToSql + Sync + Send>, Type)>,
}

impl Statement {
    fn params(&self) -> Vec<Param<'_>> {
        self.params.iter().map(|(value, kind)| (&**value as &(dyn ToSql + Sync), kind.clone())).collect()
    }
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        if error.code() == Some(&SqlState::NUMERIC_VALUE_OUT_OF_RANGE) {
            return Self::Overflow;
        }
        Self::Away(Error::from(error).into())
    }
}

impl Link {
    pub(super) fn new(address: &Address) -> Result<Self, Fault> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Fault::Away(error.into()))?;
        Ok(Self { address: address.clone(), runtime, client: None, is_hanging: false })
    }

    /// A connection that was idle for long may be gone without anybody having heard: what only reads is asked once more.
    pub(super) fn query(&mut self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, Fault> {
        let was_open = self.client.is_some();
        match self.ask(async |client| client.query_typed(sql, params).await) {
            Err(_) if was_open && !self.is_hanging => {
                self.ask(async |client| client.query_typed(sql, params).await)
            }
            done => done,
        }
    }

    pub(super) fn one(&mut self, sql: &str, params: &[Param<'_>]) -> Result<Row, Fault> {
        let found = self.query(sql, params)?.into_iter().next();
        found.ok_or_else(|| Fault::Away("a row of the sidecar is missing".into()))
    }

    /// Statements without parameters, in one transaction.
    pub(super) fn run(&mut self, sql: &str) -> Result<(), Fault> {
        self.ask(async |client| client.batch_execute(sql).await)
    }

    /// All of these in one transaction, or none, in two round trips. The number of the transaction comes with the fault where
    /// nobody knows which of the two it is.
    pub(super) fn commit(&mut self, statements: &[Statement]) -> Result<(), (Option<Number>, Fault)> {
        let was_open = self.client.is_some();
        let number = match self.begin(statements) {
            Err(_) if was_open && !self.is_hanging => self.begin(statements),
            begun => begun,
        };
        let number = number.map_err(|fault| (None, fault))?;
        let ended = self.ask(async |client| client.batch_execute("COMMIT").await);
        ended.map_err(|fault| (Some(number), fault))
    }

    fn begin(&mut self, statements: &[Statement]) -> Result<Number, Fault> {
        let params: Vec<_> = statements.iter().map(Statement::params).collect();
        self.ask(async |client| {
            let each =
                statements.iter().zip(&params).map(|(one, params)| client.execute_typed(&one.sql, params));
            // They leave in this order, and are not waited for one by one.
            let ((), _, number) = tokio::try_join!(
                biased;
                client.batch_execute(BEGIN),
                try_join_all(each),
                client.query_typed("SELECT pg_current_xact_id()::text", &[])
            )?;
            number.first().map_or(Ok(String::new()), |row| row.try_get(0))
        })
    }

    /// What became of a transaction; one that the server has forgotten had no end that it heard of.
    pub(super) fn outcome(&mut self, number: &Number) -> Result<Outcome, Fault> {
        let row = self.one("SELECT pg_xact_status($1::text::xid8)", &[(number, Type::TEXT)])?;
        let state: Option<&str> = row.try_get(0)?;
        Ok(match state {
            Some("committed") => Outcome::Committed,
            Some("in progress") => Outcome::UnderWay,
            _ => Outcome::RolledBack,
        })
    }

    /// Does something over the connection. After trouble of any kind the next call makes another: nothing is left behind in it.
    fn ask<T>(
        &mut self,
        asked: impl AsyncFnOnce(&Client) -> Result<T, tokio_postgres::Error>,
    ) -> Result<T, Fault> {
        let open = self.client.take().filter(|client| !client.is_closed());
        let address = &self.address;
        let work = async {
            let client = match open {
                Some(client) => client,
                None => connect(address).await.map_err(|error| Fault::Away(error.into()))?,
            };
            let done = asked(&client).await?;
            Ok::<_, Fault>((done, client))
        };
        let late = |_| Fault::Away(Error::TimedOut(WAITS).into());
        let done = self.runtime.block_on(async { timeout(WAITS, work).await });
        self.is_hanging = done.is_err();
        let (done, client) = done.map_err(late)??;
        self.client = Some(client);
        Ok(done)
    }
}
