//! `onepurse run`: everything in step, and the website, until it is told to stop.

use std::{future::pending, net::SocketAddr, sync::Arc};

use onepurse_core::Clock;
use onepurse_hooks::Courier;
use onepurse_ledger::Ledger;
use onepurse_sync::Observer;
use onepurse_web::{Health, Website};
use serde_json::json;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::{oneshot, watch},
    task::JoinSet,
};

use crate::{
    args::log::LogForm,
    clock::SystemClock,
    crew::Crew,
    error::Failure,
    hints::Hints,
    house::House,
    narrator::Narrator,
    output::line,
    overseer::{self, Overseer},
    random::OsRandom,
    seat::Seat,
    shown::Time,
    texts::{Blank, Language},
};

/// A website that listens, engines that work.
pub(crate) struct Running {
    crew: Crew,
    listener: TcpListener,
    address: SocketAddr,
    health: watch::Sender<Health>,
}

impl Running {
    /// Begins; `shared` beside whoever else works on the same platforms.
    pub(crate) async fn begin(house: &House, shared: bool) -> Result<Self, Failure> {
        let seats = Seat::take_all(&house.config.platforms, shared)?;
        let listen = house.config.listen;
        let cannot = |source| Failure::Listen { address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        let blanks = [("address", Blank::text(&address))];
        let text = house.config.language.fill("log-listening", blanks);
        tracing::info!(url = %format_args!("http://{address}"), happening = "listening", "{text}");
        if house.config.platforms.is_empty() {
            tracing::warn!(happening = "no platform", "{}", house.config.language.text("log-no-platform"));
        }
        house.check_scales().await?;
        if !address.ip().is_loopback() {
            let blanks = [("address", Blank::text(&address))];
            let text = house.config.language.fill("log-no-access-control", blanks);
            tracing::warn!(%address, happening = "no access control", "{text}");
        }
        let narrator: Arc<dyn Observer> =
            Arc::new(Narrator::new(house.config.language, &house.config.assets));
        let crew = Crew::start(house, &narrator, seats)?;
        Ok(Self { crew, listener, address, health: watch::Sender::default() })
    }

    /// Where the website listens.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Goes on until `stop`; tells `ready` when every platform is in step for the first time.
    pub(crate) async fn serve(
        self,
        house: &House,
        ready: oneshot::Sender<()>,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<(), Failure> {
        let Self { crew, listener, address, health } = self;
        let file = Hints::of_ledger(&house.config);
        let website = Website {
            records: Arc::clone(&house.ledger) as _,
            hints: file.receiver().unwrap_or_else(|| house.ledger.hints()),
            health: health.subscribe(),
            language: match house.config.language {
                Language::En => onepurse_web::Language::En,
                Language::Ru => onepurse_web::Language::Ru,
            },
            address_is_loopback: address.ip().is_loopback(),
        };
        let mut ready = Some(ready);
        let tell = |overseer: &Overseer| {
            health.send_replace(overseer.health());
            if overseer.all_in_step()
                && let Some(ready) = ready.take()
            {
                // Whoever wanted to know may be gone.
                let _ = ready.send(());
            }
        };
        let mut couriers = couriers(house);
        let served = tokio::select! {
            served = onepurse_web::serve(listener, onepurse_web::router(website), stop) => served,
            () = overseer::oversee(house, &crew, tell) => Ok(()),
        };
        couriers.abort_all();
        crew.disband().await;
        served.map_err(|source| Failure::Listen { address, source })
    }
}

/// One for each webhook, at work until they are dropped.
fn couriers(house: &House) -> JoinSet<()> {
    let each = house.config.webhooks.iter().cloned();
    each.map(|webhook| {
        let (ledger, clock, random) = (Arc::clone(&house.ledger), Arc::new(SystemClock), Arc::new(OsRandom));
        onepurse_hooks::carry(Courier::new(webhook, ledger, clock, random), house.ledger.hints())
    })
    .collect()
}

/// Runs until SIGINT or SIGTERM. One line tells when every platform is in step for the first time, in the log's `form`.
pub(crate) async fn run(house: &House, shared: bool, form: LogForm) -> Result<(), Failure> {
    let stop = stop_signal()?;
    let running = Running::begin(house, shared).await?;
    let (ready, is_ready) = oneshot::channel();
    let address = running.address();
    let announce = async {
        if is_ready.await.is_ok() {
            line(&ready_line(address, form, &SystemClock))?;
        }
        pending::<Result<(), Failure>>().await
    };
    let language = house.config.language;
    let stopping = async move {
        stop.await;
        tracing::info!(happening = "stopping", "{}", language.text("log-stopping"));
    };
    tokio::select! {
        served = running.serve(house, ready, stopping) => served,
        cannot_print = announce => cannot_print,
    }
}

/// It is printed whatever is logged, and stands between the log's lines: where those are JSON, so is this.
fn ready_line(address: SocketAddr, form: LogForm, clock: &dyn Clock) -> String {
    let (url, timestamp) = (format!("http://{address}"), Time::from_ms(clock.now_ms()));
    let message = format!("ready: {url}");
    match form {
        LogForm::Human => message,
        LogForm::Json => json!({
            "timestamp": timestamp, "level": "INFO", "message": message, "happening": "ready", "url": url
        })
        .to_string(),
    }
}

/// Is there when the program is asked to stop.
pub(crate) fn stop_signal() -> Result<impl Future<Output = ()> + Send + 'static, Failure> {
    let on = |kind| signal(kind).map_err(|source| Failure::System { doing: "listening for signals", source });
    let (mut interrupt, mut terminate) = (on(SignalKind::interrupt())?, on(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
