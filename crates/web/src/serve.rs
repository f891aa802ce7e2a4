use std::{io, time::Duration};

use axum::{Extension, Router};
use tokio::{net::TcpListener, sync::watch};

/// How long, after the word to stop, an answer that is under way may take.
const FAREWELL: Duration = Duration::from_millis(500);

/// Becomes true when the website is told to stop; what would go on for ever ends then.
#[derive(Debug, Clone)]
pub(crate) struct Stopping(watch::Receiver<bool>);

impl Stopping {
    /// Returns when the website is told to stop, or when nobody is left to tell it.
    pub(crate) async fn wait(&mut self) {
        // An error means that the sender is gone, and with it the server.
        self.0.wait_for(|stopping| *stopping).await.ok();
    }
}

/// Answers on `listener` until `stop` is there, then ends live streams at once and everything else within half a
/// second.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let (tell, told) = watch::channel(false);
    let mut graceful = Stopping(told.clone());
    let server = axum::serve(listener, router.layer(Extension(Stopping(told))))
        .with_graceful_shutdown(async move { graceful.wait().await });
    let stopped = async {
        stop.await;
        tell.send_replace(true);
        tokio::time::sleep(FAREWELL).await;
    };
    tokio::select! {
        result = server => result,
        () = stopped => Ok(()),
    }
}
