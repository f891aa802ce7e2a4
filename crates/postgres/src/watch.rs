use std::{convert::Infallible, future::poll_fn, time::Duration};

use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};
use tokio_postgres::{AsyncMessage, Client};

use crate::{
    Address, Error,
    connect::{Driver, connect, dial},
    quote,
};

/// How often is looked where pings come through: a ping is a hint.
const SLOW: Duration = Duration::from_secs(2);
/// How often is looked where they do not, as behind a pooler in transaction mode.
const FAST: Duration = Duration::from_millis(200);
/// How long the ping by which that is found out may take.
const PING: Duration = Duration::from_secs(2);
/// How long after a lost connection another is tried.
const AGAIN: Duration = Duration::from_secs(1);
/// How long one look may take.
const LOOK: Duration = Duration::from_secs(10);

/// What is watched in a database.
#[derive(Debug, Clone)]
pub struct Watched {
    /// Where.
    pub address: Address,
    /// The channel on which those who change something send pings.
    pub channel: String,
    /// A query of one row and one column of text, which differs when something has changed. Names need their schema.
    pub look: String,
}

/// The statements that tell whoever watches `channel` to look, to be sent as one message after the commit of what there
/// is to see. A ping takes a lock of the whole cluster until it is committed, so it waits for no disk.
#[must_use]
pub fn ping(channel: &str) -> String {
    format!("BEGIN; SET LOCAL synchronous_commit = off; NOTIFY {}; COMMIT", quote(channel))
}

/// Calls `tell` with what is seen whenever that differs, as long as it is polled. Connections that are lost are made again.
pub async fn watch(watched: &Watched, tell: impl Fn(&str)) -> Infallible {
    let mut last = None;
    loop {
        let Err(error) = watch_once(watched, &mut last, &tell).await;
        tracing::debug!(address = %watched.address, %error, "watching is interrupted");
        sleep(AGAIN).await;
    }
}

async fn watch_once(
    watched: &Watched,
    last: &mut Option<String>,
    tell: &impl Fn(&str),
) -> Result<Infallible, Error> {
    let (client, driver) = dial(&watched.address).await?;
    let (heard, mut pings) = mpsc::unbounded_channel();
    // Dropped, and thereby ended, with this function.
    let mut driving = tokio::task::JoinSet::new();
    driving.spawn(drive(driver, heard));
    client.batch_execute(&format!("LISTEN {}", quote(&watched.channel))).await?;
    let pause = if comes_through(watched, &mut pings).await? {
        SLOW
    } else {
        client.batch_execute("UNLISTEN *").await?;
        FAST
    };
    loop {
        let now = look(&client, &watched.look).await?;
        if last.as_ref() != Some(&now) {
            tell(&now);
            *last = Some(now);
        }
        if let Ok(None) = timeout(pause, pings.recv()).await {
            // The driver has ended: the next look says why.
            sleep(FAST).await;
        }
        while pings.try_recv().is_ok() {}
    }
}

async fn look(client: &Client, query: &str) -> Result<String, Error> {
    let row =
        timeout(LOOK, client.query_typed_one(query, &[])).await.map_err(|_| Error::TimedOut(LOOK))??;
    Ok(row.try_get::<_, Option<String>>(0)?.unwrap_or_default())
}

/// Whether a ping that another connection sends arrives here: nothing else tells a pooler from a server.
async fn comes_through(watched: &Watched, pings: &mut mpsc::UnboundedReceiver<()>) -> Result<bool, Error> {
    let other = connect(&watched.address).await?;
    other.batch_execute(&ping(&watched.channel)).await?;
    Ok(matches!(timeout(PING, pings.recv()).await, Ok(Some(()))))
}

/// Reads until the connection ends; every notification is one ping.
async fn drive(mut driver: Driver, heard: mpsc::UnboundedSender<()>) {
    while let Some(Ok(message)) = poll_fn(|context| driver.poll_message(context)).await {
        if matches!(message, AsyncMessage::Notification(_)) && heard.send(()).is_err() {
            return;
        }
    }
}
