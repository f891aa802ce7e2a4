//! A ledger in a file of its own, and a website before it on a port that the system picked.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use onepurse_core::{Amount, Asset, Clock, Event, EventKey, EventKind, Identity, Random, Scale};
use onepurse_ledger::{Ledger, Link, Open, Outcome, SqliteLedger};
use onepurse_web::{Health, Language, Website, router, serve};
use tempfile::TempDir;
use tokio::{
    net::TcpListener,
    sync::{oneshot, watch},
    task::JoinHandle,
};

/// 2026-11-14T12:03:05Z.
pub(crate) const NOON_MS: i64 = 1_794_657_785_000;

struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now_ms(&self) -> i64 {
        self.0.fetch_add(1_000, Ordering::Relaxed)
    }
}

struct Counting(AtomicU64);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let next = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
            chunk.copy_from_slice(&next[..chunk.len()]);
        }
    }
}

pub(crate) struct World {
    pub(crate) ledger: Arc<SqliteLedger>,
    pub(crate) folder: TempDir,
    pub(crate) address: SocketAddr,
    pub(crate) health: watch::Sender<Health>,
    pub(crate) server: JoinHandle<io::Result<()>>,
    stop: Option<oneshot::Sender<()>>,
    client: Client<HttpConnector, Body>,
    keys: AtomicU64,
}

/// What came back.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: header::HeaderName) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Language::En, true).await
    }

    pub(crate) async fn with(language: Language, address_is_loopback: bool) -> Self {
        let world = Self::before_assets(language, address_is_loopback).await;
        let asset = |name: &str, scale| Asset::new(name.parse().unwrap(), Scale::new(scale).unwrap());
        world.ledger.declare(vec![asset("coins", 0), asset("gems", 2)]).await.unwrap();
        world
    }

    /// A world whose ledger counts nothing yet.
    pub(crate) async fn before_assets(language: Language, address_is_loopback: bool) -> Self {
        let folder = TempDir::new().unwrap();
        let clock = Arc::new(Ticking(NOON_MS.into()));
        let random = Arc::new(Counting(1.into()));
        let path = folder.path().join("ledger.db");
        let ledger = Arc::new(SqliteLedger::open(&path, Open::Create, clock, random).unwrap());
        let health = watch::Sender::new(Health { ready: true, ..Health::default() });
        let website = Website {
            records: ledger.clone(),
            hints: ledger.hints(),
            health: health.subscribe(),
            language,
            address_is_loopback,
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let server = tokio::spawn(serve(listener, router(website), async {
            stopped.await.ok();
        }));
        let client = Client::builder(TokioExecutor::new()).build(HttpConnector::new());
        let keys = AtomicU64::new(1);
        Self { ledger, folder, address, health, server, stop: Some(stop), client, keys }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.ask(Request::get(self.url(path))).await
    }

    pub(crate) async fn ask(&self, request: axum::http::request::Builder) -> Reply {
        let response = self.client.request(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(Body::new(body), usize::MAX).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        Reply { status: parts.status, headers: parts.headers, body }
    }

    /// Opens a stream of events.
    pub(crate) async fn open(&self, path: &str) -> Body {
        let request = Request::get(self.url(path)).body(Body::empty()).unwrap();
        let response = self.client.request(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        Body::new(response.into_body())
    }

    /// A change of coins that a replica captured at [`NOON_MS`] and as many milliseconds as there were changes before.
    pub(crate) fn change(&self, identity: &str, delta: i64) -> Event {
        let number = self.keys.fetch_add(1, Ordering::Relaxed);
        let captured_ms = NOON_MS + i64::try_from(number).unwrap();
        Event {
            key: EventKey::captured(captured_ms, number.to_be_bytes()),
            identity: identity.parse().unwrap(),
            asset: "coins".parse().unwrap(),
            delta: Amount::new(delta),
            kind: EventKind::Change,
            captured_ms,
            reason: None,
        }
    }

    pub(crate) async fn append(&self, events: Vec<Event>) {
        let outcomes = self.ledger.append(events).await.unwrap();
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Entered { .. })), "{outcomes:?}");
    }

    pub(crate) async fn earn(&self, identity: &str, delta: i64) {
        self.append(vec![self.change(identity, delta)]).await;
    }

    pub(crate) async fn link(&self, stays: &str, joins: &str) {
        let key = self.change(stays, 0).key;
        let (stays, joins): (Identity, Identity) = (stays.parse().unwrap(), joins.parse().unwrap());
        let (actor, reason) = (Some("admin".to_owned()), None);
        self.ledger.link(Link { key, stays, joins, actor, reason }).await.unwrap();
    }
}
