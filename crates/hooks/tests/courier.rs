//! A courier between a ledger and a receiver that listens on a port of its own.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicU16, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use onepurse_core::{Amount, Asset, AssetName, Clock, EventKey, Movement, Order, Quantity, Random, Scale};
use onepurse_hooks::{Courier, Secret, Topic, Webhook, carry};
use onepurse_ledger::{Bookmarks, Ledger, Open, Orders, SqliteLedger};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle, time::sleep};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

struct Steps(AtomicI64);

impl Clock for Steps {
    fn now_ms(&self) -> i64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

impl Random for Steps {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

fn steps() -> Arc<Steps> {
    Arc::new(Steps(AtomicI64::new(1_700_000_000_000)))
}

/// What a receiver has heard, and what it answers.
#[derive(Clone, Default)]
struct Receiver {
    heard: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    answers: Arc<AtomicU16>,
}

impl Receiver {
    async fn listen(&self) -> (String, JoinHandle<()>) {
        let hear = |State(receiver): State<Self>, headers: HeaderMap, body: String| async move {
            receiver.heard.lock().unwrap().push((headers, body));
            StatusCode::from_u16(receiver.answers.load(Ordering::Relaxed)).unwrap()
        };
        self.answers.store(204, Ordering::Relaxed);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let router = Router::new().route("/hook", post(hear)).with_state(self.clone());
        (url, tokio::spawn(async move { axum::serve(listener, router).await.unwrap() }))
    }

    fn messages(&self) -> usize {
        self.heard.lock().unwrap().len()
    }

    /// Everything that it was told, in order.
    fn items(&self) -> Vec<Value> {
        let heard = self.heard.lock().unwrap();
        let told = heard.iter().map(|(_, body)| serde_json::from_str::<Value>(body).unwrap());
        told.flat_map(|message| message["items"].as_array().unwrap().clone()).collect()
    }

    fn seqs(&self) -> Vec<i64> {
        self.items().iter().map(|item| item["seq"].as_i64().unwrap()).collect()
    }
}

struct House {
    _folder: TempDir,
    ledger: Arc<SqliteLedger>,
}

impl House {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let ledger = SqliteLedger::open(&path, Open::Create, steps(), steps()).unwrap();
        ledger.declare(vec![Asset::new(AssetName::default(), Scale::WHOLE)]).await.unwrap();
        Self { _folder: folder, ledger: Arc::new(ledger) }
    }

    async fn earn(&self, n: u64) {
        let (to, asset) = ("telegram:456".parse().unwrap(), AssetName::default());
        let quantity = Quantity::new(Amount::new(1)).unwrap();
        let key = EventKey::captured(1, n.to_be_bytes());
        let order =
            Order { key, movement: Movement::Earn { to, asset, quantity }, actor: None, reason: None };
        self.ledger.order(vec![order]).await.unwrap().remove(0).unwrap();
    }

    fn carry(&self, url: &str, topics: &[Topic]) -> JoinHandle<()> {
        let (url, topics) = (url.to_owned(), topics.to_vec());
        let webhook = Webhook { name: "shop".to_owned(), url, secret: SECRET.parse().unwrap(), topics };
        let courier = Courier::new(webhook, Arc::clone(&self.ledger), steps(), steps());
        tokio::spawn(carry(courier, self.ledger.hints()))
    }

    async fn bookmark(&self) -> Option<i64> {
        self.ledger.bookmark("shop".to_owned()).await.unwrap()
    }

    /// Until the courier has found out where it begins.
    async fn begun(&self) {
        until("the courier has begun", async || self.bookmark().await.is_some()).await;
    }
}

async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    for _ in 0..1_000 {
        if is_so().await {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("in ten seconds it was not so that {what}");
}

#[tokio::test]
async fn what_happens_from_now_on_is_told_signed_and_once() {
    let (house, receiver) = (House::new().await, Receiver::default());
    let (url, _listening) = receiver.listen().await;
    house.earn(1).await;
    let carrying = house.carry(&url, &[Topic::Entry]);
    house.begun().await;
    for n in 2..=4 {
        house.earn(n).await;
    }
    until("three are told", async || receiver.seqs().len() >= 3 && house.bookmark().await == Some(4)).await;
    assert_eq!(receiver.seqs(), [2, 3, 4], "what was before is not told");
    let secret: Secret = SECRET.parse().unwrap();
    for (headers, body) in &*receiver.heard.lock().unwrap() {
        let header = |name: &str| headers[name].to_str().unwrap();
        let at_s = header("webhook-timestamp").parse().unwrap();
        assert_eq!(header("webhook-signature"), secret.sign(header("webhook-id"), at_s, body));
    }
    // Another courier goes on where this one was.
    carrying.abort();
    house.earn(5).await;
    let _carrying = house.carry(&url, &[Topic::Entry]);
    until("the fifth is told", async || receiver.seqs().contains(&5)).await;
    assert_eq!(receiver.seqs(), [2, 3, 4, 5]);
}

#[tokio::test]
async fn a_receiver_that_is_away_hears_everything_later() {
    let (house, receiver) = (House::new().await, Receiver::default());
    let (url, _listening) = receiver.listen().await;
    let _carrying = house.carry(&url, &[Topic::Entry]);
    house.begun().await;
    receiver.answers.store(503, Ordering::Relaxed);
    house.earn(1).await;
    until("it was tried twice", async || receiver.messages() >= 2).await;
    assert_eq!(house.bookmark().await, Some(0), "nothing counts as told");
    receiver.answers.store(200, Ordering::Relaxed);
    house.earn(2).await;
    until("both are told", async || house.bookmark().await == Some(2)).await;
    let mut ids: Vec<_> = receiver.items().iter().map(|item| item["id"].to_string()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 2, "a repeat has the same id");
}

#[tokio::test]
async fn who_wants_nothing_of_it_is_not_asked() {
    let (house, receiver) = (House::new().await, Receiver::default());
    let (url, _listening) = receiver.listen().await;
    let _carrying = house.carry(&url, &[Topic::Debt]);
    house.begun().await;
    house.earn(1).await;
    let (key, actor) = (EventKey([9; 16]), Some("ada".to_owned()));
    let movement = Movement::Adjust {
        identity: "telegram:456".parse().unwrap(),
        asset: AssetName::default(),
        delta: Amount::new(-5),
    };
    house.ledger.order(vec![Order { key, movement, reason: actor.clone(), actor }]).await.unwrap();
    until("the debt is told", async || receiver.messages() > 0).await;
    let items = receiver.items();
    assert_eq!((items.len(), &items[0]["type"], &items[0]["balance"]), (1, &"debt".into(), &(-4).into()));
}
