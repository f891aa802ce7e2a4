//! Platforms, their engines and a ledger, each in a database of its own.

use std::{
    sync::{Arc, LazyLock, Mutex},
    time::SystemTime,
};

use onepurse_core::{Asset, AssetName, Clock, EventKey, LinkCode, Order, OverdraftPolicy, Random, Scale};
use onepurse_ledger::{
    AuditScope, Forgetting, Ledger, LedgerError, Link, Links, Open, Orders, PostgresLedger, Records, Redeem,
    Unlink,
};
use onepurse_postgres::Client;
use onepurse_replica::{Decision, PostgresReplica};
use onepurse_servers::Proxy;
use onepurse_sync::{Engine, Happening, Observer, Options, Parts, verify};
use rand::{Rng, SeedableRng, rngs::StdRng};
use sim::shape::Shape;
use tokio::runtime::{Builder, Runtime};

use crate::databases::Place;

/// Included events are kept for longer than any test takes.
const KEEP_MS: i64 = 86_400_000;

/// Runs a future to its end.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    static RUNTIME: LazyLock<Runtime> =
        LazyLock::new(|| Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap());
    RUNTIME.block_on(future)
}

/// The machine's clock, as the server has it.
struct Wall;

impl Clock for Wall {
    #[expect(clippy::disallowed_methods, reason = "the server's clock is the machine's")]
    fn now_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        i64::try_from(since.as_millis()).unwrap()
    }
}

struct Bytes(Mutex<StdRng>);

impl Random for Bytes {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap().fill_bytes(bytes);
    }
}

struct Silent;

impl Observer for Silent {
    fn see(&self, _: &onepurse_core::Platform, _: Happening) {}
}

/// One platform.
pub(crate) struct Home {
    pub(crate) name: String,
    pub(crate) shape: Shape,
    pub(crate) place: Place,
    /// What is between its engine and the ledger.
    pub(crate) way: Proxy,
    /// The ledger as its engine comes to it. A program that starts while there is none asks for it later.
    ledger: Arc<PostgresLedger>,
    /// The engine, while it is attached and the program runs.
    pub(crate) engine: Option<Engine>,
    /// An operator wants it in step.
    pub(crate) wanted: bool,
    /// The bot's connection.
    bot: Option<Client>,
}

pub(crate) struct House {
    pub(crate) ledger_place: Place,
    /// The ledger as people come to it.
    pub(crate) ledger: PostgresLedger,
    pub(crate) homes: Vec<Home>,
    random: Arc<Bytes>,
}

impl House {
    pub(crate) async fn new(platforms: &[(String, Shape)]) -> Self {
        let random = Arc::new(Bytes(Mutex::new(StdRng::seed_from_u64(1))));
        let ledger_place = Place::new();
        let ledger =
            PostgresLedger::open(ledger_place.address(), Open::Create, Arc::new(Wall), random.clone());
        let ledger = ledger.await.unwrap();
        ledger.declare(vec![Asset::new(AssetName::default(), Scale::WHOLE)]).await.unwrap();
        let mut house = Self { ledger_place, ledger, homes: Vec::new(), random };
        for (name, shape) in platforms {
            let way = Proxy::before(house.ledger_place.port());
            let at = house.ledger_place.on(way.port());
            let ledger = PostgresLedger::open(at, Open::Existing, Arc::new(Wall), house.random.clone());
            let ledger = Arc::new(ledger.await.unwrap());
            let (name, shape, place) = (name.clone(), *shape, Place::new());
            house.homes.push(Home { name, shape, place, way, ledger, engine: None, wanted: true, bot: None });
            let at = house.homes.len() - 1;
            house.say(at, shape.create).await.unwrap();
            house.start(at, None);
        }
        house
    }

    /// An engine that remembers nothing.
    pub(crate) fn start(&mut self, at: usize, decision: Option<Decision>) {
        let parts = Parts {
            replica: Box::new(self.replica(&self.homes[at])),
            ledger: self.homes[at].ledger.clone(),
            clock: Arc::new(Wall),
            random: self.random.clone(),
            observer: Arc::new(Silent),
        };
        self.homes[at].engine = Some(Engine::new(parts, Options { keep_ms: KEEP_MS, decision }));
    }

    fn replica(&self, home: &Home) -> PostgresReplica {
        let mappings = home.shape.mappings(Scale::WHOLE);
        PostgresReplica::new(home.name.parse().unwrap(), home.place.address(), mappings, self.random.clone())
    }

    /// What a bot does; what its database says where it refuses.
    pub(crate) async fn say(&mut self, at: usize, sql: &str) -> Result<(), String> {
        let bot = self.bot(at).await;
        bot.batch_execute(sql).await.map_err(|error| onepurse_postgres::Error::from(error).to_string())
    }

    /// What the bot's row shows, if there is one.
    pub(crate) async fn shown(&mut self, at: usize, id: &str) -> Option<i64> {
        let bot = self.bot(at).await;
        let row = bot.query_opt("SELECT coins FROM users WHERE id = $1", &[&id]).await.unwrap();
        row.map(|row| row.get::<_, i32>(0).into())
    }

    async fn bot(&mut self, at: usize) -> &Client {
        let Home { place, bot, .. } = &mut self.homes[at];
        if bot.as_ref().is_none_or(Client::is_closed) {
            *bot = Some(place.connect().await);
        }
        bot.as_ref().unwrap()
    }

    pub(crate) async fn purse(&self, identity: &str) -> Option<i64> {
        let purse = patient(async || self.ledger.purse_of(identity.parse().unwrap()).await).await.unwrap();
        purse.map(|purse| purse.balances.get(&AssetName::default()).map_or(0, |amount| amount.units()))
    }

    /// From now on what a bot spends below zero is undone.
    pub(crate) async fn undo_overdrafts(&self) {
        let coins = Asset::new(AssetName::default(), Scale::WHOLE);
        let asset = Asset { overdraft: OverdraftPolicy::Reverse, ..coins };
        self.ledger.declare(vec![asset]).await.unwrap();
    }

    /// What the ledger says where it refuses.
    pub(crate) async fn link(&self, stays: &str, joins: &str) -> Result<(), String> {
        let (key, stays, joins) = (self.new_key(), stays.parse().unwrap(), joins.parse().unwrap());
        let link = Link { key, stays, joins, actor: None, reason: None };
        let done = patient(async || self.ledger.link(link.clone()).await).await;
        done.map(drop).map_err(|error| error.to_string())
    }

    pub(crate) fn new_key(&self) -> EventKey {
        let mut key = [0; 16];
        self.random.fill(&mut key);
        EventKey(key)
    }

    /// What the ledger says where it refuses.
    pub(crate) async fn unlink(&self, who: &str) -> Result<(), String> {
        let unlink =
            Unlink { key: self.new_key(), identity: who.parse().unwrap(), actor: None, reason: None };
        let done = patient(async || self.ledger.unlink(unlink.clone()).await).await;
        done.map(drop).map_err(|error| error.to_string())
    }

    /// They leave their purse, with nothing; or what the ledger says where it refuses.
    pub(crate) async fn part(&self, who: &str) -> Result<(), String> {
        let unlink =
            Unlink { key: self.new_key(), identity: who.parse().unwrap(), actor: None, reason: None };
        let done = patient(async || self.ledger.part(unlink.clone()).await).await;
        done.map(drop).map_err(|error| error.to_string())
    }

    /// Their name goes; or what the ledger says where it refuses.
    pub(crate) async fn erase(&self, who: &str) -> Result<(), String> {
        let done = patient(async || self.ledger.erase(who.parse().unwrap()).await).await;
        done.map_err(|error| error.to_string())
    }

    pub(crate) async fn code(&self, who: &str) -> LinkCode {
        patient(async || self.ledger.issue_code(who.parse().unwrap()).await).await.unwrap()
    }

    /// What the ledger says where it refuses.
    pub(crate) async fn redeem(&self, by: &str, code: &LinkCode) -> Result<(), String> {
        let redeem = Redeem { key: self.new_key(), code: code.clone(), by: by.parse().unwrap() };
        let done = patient(async || self.ledger.redeem(redeem.clone()).await).await;
        done.map(drop).map_err(|error| error.to_string())
    }

    /// The order's first entry, or what the ledger says where it refuses.
    pub(crate) async fn order(&self, order: Order) -> Result<i64, String> {
        let filled = patient(async || self.ledger.order(vec![order.clone()]).await).await;
        let filled = filled.map_err(|error| error.to_string())?.remove(0);
        filled.map(|receipt| *receipt.entries.start()).map_err(|refused| refused.to_string())
    }

    /// Every invariant, over everything that is attached.
    pub(crate) async fn verify(&self) -> Result<(), String> {
        let mut verified =
            verify::ledger(&self.ledger, AuditScope::default()).await.map_err(|error| error.to_string())?;
        for home in self.homes.iter().filter(|home| home.wanted) {
            let (ledger, mut replica) = (&self.ledger, self.replica(home));
            let checked = verify::replica(&mut replica, ledger, &mut verified).await;
            checked.map_err(|error| error.to_string())?;
        }
        if verified.ok { Ok(()) } else { Err(format!("{verified:#?}")) }
    }
}

/// Asks until there is an answer: whoever was connected to a ledger that was put back has lost that connection.
async fn patient<T, F: AsyncFnMut() -> Result<T, LedgerError>>(mut ask: F) -> Result<T, LedgerError> {
    for _ in 0..20 {
        match ask().await {
            Err(error) if error.is_retryable() => {}
            done => return done,
        }
    }
    ask().await
}
