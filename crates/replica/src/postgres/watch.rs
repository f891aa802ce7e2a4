use std::time::Duration;

use onepurse_core::Platform;
use onepurse_postgres::{Address, Error, connect, quote, types::Type};
use tokio::{sync::watch, task::JoinHandle, time::sleep};

use super::{schema_of, settle::DUE};

/// How often is looked.
const EVERY: Duration = Duration::from_millis(150);
/// How long after a lost connection another is tried.
const AGAIN: Duration = Duration::from_secs(1);

/// Hints that there is work in a bot's PostgreSQL database: something was captured, or a row that the bot held can be
/// tried again.
///
/// It looks, seven times a second, by one statement that finds nothing in an empty table. A trigger could tell instead,
/// but NOTIFY takes a lock of the whole cluster at the commit of the bot's own transaction and holds it until that is on
/// the disk: all who write balances would wait in one line for a hint.
pub struct PostgresWatch {
    hints: watch::Receiver<u64>,
    looking: JoinHandle<()>,
}

impl PostgresWatch {
    /// Watches the database at `address`, which need not be there yet, from a task of the current tokio runtime.
    #[must_use]
    pub fn new(address: Address, platform: &Platform) -> Self {
        let (sender, hints) = watch::channel(0);
        let schema = schema_of(platform);
        let looking = tokio::spawn(async move {
            let mut last = String::new();
            loop {
                if let Err(error) = look(&address, &schema, &mut last, &sender).await {
                    tracing::debug!(%address, %error, "watching is interrupted");
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

impl Drop for PostgresWatch {
    fn drop(&mut self) {
        self.looking.abort();
    }
}

/// Looks as long as it can. What waits is told by its count and its last number: a transaction that took its number
/// early and committed late changes the count.
async fn look(
    address: &Address,
    schema: &str,
    last: &mut String,
    sender: &watch::Sender<u64>,
) -> Result<(), Error> {
    let client = connect(address).await?;
    let ours = quote(schema);
    let attached = "SELECT to_regclass($1) IS NOT NULL";
    let waiting = format!(
        "SELECT count(*) || ' ' || coalesce(max(n), 0) || ' ' || \
         EXISTS (SELECT FROM {ours}.identity WHERE todo <> 0 AND paused IS NULL AND {DUE}) \
         FROM (SELECT n FROM {ours}.captured ORDER BY n DESC LIMIT 1000) AS c"
    );
    let table = format!("{ours}.captured");
    loop {
        let row = client.query_typed(attached, &[(&table, Type::TEXT)]).await?;
        let mut now = String::new();
        if row.first().is_some_and(|row| row.get(0)) {
            let found = client.query_typed(&waiting, &[]).await?;
            now = found.first().map(|row| row.get(0)).unwrap_or_default();
        }
        if *last != now {
            sender.send_modify(|n| *n = n.wrapping_add(1));
            *last = now;
        }
        sleep(EVERY).await;
    }
}
