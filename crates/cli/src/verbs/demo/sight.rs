//! What each side of the demo sees of one balance, looked up where that side itself would.

use std::{path::PathBuf, sync::Arc, time::Duration};

use onepurse_core::{AssetName, Clock, Identity};
use onepurse_ledger::Records;
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use crate::{error::Failure, texts::Language};

/// How long a side has to come into step.
const PATIENCE_MS: i64 = 30_000;

/// How often it is looked at meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// One place where a balance can be seen.
#[derive(Clone)]
pub(crate) enum Sight {
    /// A bot's own database: a query for one number.
    Database {
        /// The name of the side among the texts.
        name: &'static str,
        /// The file.
        path: PathBuf,
        /// The query.
        sql: &'static str,
    },
    /// The ledger.
    Ledger {
        /// The ledger.
        records: Arc<dyn Records>,
        /// Whose purse.
        identity: Identity,
    },
    /// The website, over HTTP.
    Website {
        /// The address of a purse as JSON.
        url: String,
    },
}

impl Sight {
    /// What people call it.
    pub(crate) fn name(&self, language: Language) -> String {
        language.text(match self {
            Self::Database { name, .. } => name,
            Self::Ledger { .. } => "demo-ledger",
            Self::Website { .. } => "demo-website",
        })
    }

    /// The balance as it is seen now; `None` where there is none.
    async fn look(&self) -> Result<Option<i64>, String> {
        match self.clone() {
            Self::Ledger { records, identity } => {
                let purse = records.purse_of(identity).await.map_err(|error| error.to_string())?;
                Ok(purse.and_then(|p| p.balances.get(&AssetName::default()).map(|amount| amount.units())))
            }
            Self::Database { path, sql, .. } => {
                blocking(move || {
                    let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
                    database.query_row(sql, [], |row| row.get(0)).optional()
                })
                .await
            }
            Self::Website { url } => {
                let body: serde_json::Value =
                    blocking(move || ureq::get(&url).call()?.body_mut().read_json()).await?;
                Ok(body["balances"][AssetName::default().as_str()].as_i64())
            }
        }
    }

    /// Waits until `expected` is seen; how many milliseconds after `since_ms` that was.
    pub(crate) async fn shows(
        &self,
        expected: i64,
        since_ms: i64,
        clock: &dyn Clock,
        language: Language,
    ) -> Result<i64, Failure> {
        let mut turns = tokio::time::interval(LOOK_EVERY);
        loop {
            turns.tick().await;
            let seen = self.look().await;
            let elapsed_ms = clock.now_ms() - since_ms;
            if seen == Ok(Some(expected)) {
                return Ok(elapsed_ms);
            }
            if elapsed_ms > PATIENCE_MS {
                let shown = seen.map_or_else(Some, |seen| seen.map(|number| number.to_string()));
                return Err(Failure::DemoOutOfStep { who: self.name(language), expected, shown });
            }
        }
    }
}

async fn blocking<T: Send + 'static, E: ToString + Send + 'static>(
    look: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, String> {
    let looked = tokio::task::spawn_blocking(look).await.map_err(|error| error.to_string())?;
    looked.map_err(|error| error.to_string())
}
