use tokio::time::timeout;
use tokio_postgres::{Client, Connection, Socket, tls::MakeTlsConnect};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{Address, Error};

/// The side of a connection that does its reading and writing.
pub(crate) type Driver = Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

/// A connection to the server. What it reads and writes is done by a task of the current runtime, which ends when the
/// client is dropped.
pub async fn connect(address: &Address) -> Result<Client, Error> {
    let (client, driver) = dial(address).await?;
    tokio::spawn(async move {
        // Whoever waits for an answer is told of it.
        if let Err(error) = driver.await {
            tracing::debug!(error = %Error::from(error), "a connection to PostgreSQL ended");
        }
    });
    Ok(client)
}

/// The two halves of a connection.
pub(crate) async fn dial(address: &Address) -> Result<(Client, Driver), Error> {
    let tls = address.trust.connector()?;
    let patience = address.patience();
    let dialled = timeout(patience, address.config.connect(tls)).await;
    Ok(dialled.map_err(|_| Error::TimedOut(patience))??)
}
