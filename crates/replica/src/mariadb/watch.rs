use std::time::Duration;

use mysql_async::{Conn, prelude::Queryable};
use onepurse_core::Platform;
use tokio::{sync::watch, task::JoinHandle, time::sleep};

use super::{
    address::MariaDbAddress,
    connect::connect,
    fault::{Fault, code},
    names::quote,
    prefix_of,
    settle::DUE,
};

/// How often is looked.
const EVERY: Duration = Duration::from_millis(150);
/// How long after a lost connection another is tried.
const AGAIN: Duration = Duration::from_secs(1);

/// Hints that there is work in a bot's MariaDB database: something was captured, or a row that the bot held can be tried
/// again. It looks, seven times a second, by one statement that finds nothing in an empty table.
pub struct MariaDbWatch {
    hints: watch::Receiver<u64>,
    looking: JoinHandle<()>,
}

impl MariaDbWatch {
    /// Watches the database at `address`, which need not be there yet, from a task of the current tokio runtime.
    #[must_use]
    pub fn new(address: MariaDbAddress, platform: &Platform) -> Self {
        let (sender, hints) = watch::channel(0);
        let prefix = prefix_of(platform);
        let looking = tokio::spawn(async move {
            let mut last = String::new();
            loop {
                if let Err(fault) = look(&address, &prefix, &mut last, &sender).await {
                    tracing::debug!(%address, error = fault.said(), "watching is interrupted");
                }
                sleep(AGAIN).await;
            }
        });
        Self { hints, looking }
    }

    /// Changes at every hint.
    #[must_use]
    pub fn hints(&self) -> watch::Receiver<u64> {
        self.hints.clone()
    }
}

impl Drop for MariaDbWatch {
    fn drop(&mut self) {
        self.looking.abort();
    }
}

/// Looks as long as it can. What waits is told by its count and its last number: a transaction that took its number
/// early and committed late changes the count.
async fn look(
    address: &MariaDbAddress,
    prefix: &str,
    last: &mut String,
    sender: &watch::Sender<u64>,
) -> Result<(), Fault> {
    let mut conn = connect(address).await?;
    let ours = |name: &str| quote(&format!("{prefix}_{name}"));
    let waiting = format!(
        "SELECT CONCAT(COUNT(*), ' ', COALESCE(MAX(n), 0), ' ', \
         EXISTS (SELECT 1 FROM {} WHERE todo <> 0 AND paused IS NULL AND {DUE})) \
         FROM (SELECT n FROM {} ORDER BY n DESC LIMIT 1000) AS f",
        ours("identity"),
        ours("fact"),
    );
    loop {
        let now = found(&mut conn, &waiting).await?;
        if *last != now {
            sender.send_modify(|n| *n = n.wrapping_add(1));
            *last = now;
        }
        sleep(EVERY).await;
    }
}

/// Nothing waits where nothing is attached.
async fn found(conn: &mut Conn, waiting: &str) -> Result<String, Fault> {
    match conn.query_first(waiting).await.map_err(Fault::Sql) {
        Ok(found) => Ok(found.unwrap_or_default()),
        Err(fault) if fault.code() == Some(code::NO_TABLE) => Ok(String::new()),
        Err(fault) => Err(fault),
    }
}
