//! The program, the bot's server, the way there and the bot itself, each ended at random under load: what the bot has
//! committed is what everyone has.

use onepurse_servers::{
    Cluster, Database, MariaDb, MariaDbDatabase, OwnMariaDb, Postgres, Proxy, Settings, Way,
};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::SliceRandom};

use crate::harness::{
    Bot, Driver, ECONOMY, FOUNDING, GIVEN, Giver, ServerBot, World, let_run_ms,
    pair::{D, T},
    process::Process,
    wait_until,
};

/// A server that can be killed, with the bot's database.
trait Server {
    const DRIVER: Driver;
    const GIVE: &str;

    fn url(&self) -> String;
    fn url_through(&self, proxy: &Proxy) -> String;
    fn port(&self) -> u16;
    fn mapping(&self) -> String;
    fn ask(&self, sql: &str) -> String;
    fn kill(&self);
    fn start_again(&self);
}

impl Server for (Cluster, Database) {
    const DRIVER: Driver = Driver::Psycopg2;
    const GIVE: &str = "UPDATE users SET coins = coins + 1 WHERE id = '123'";

    fn url(&self) -> String {
        self.1.url()
    }

    fn url_through(&self, proxy: &Proxy) -> String {
        self.1.through(proxy).url()
    }

    fn port(&self) -> u16 {
        self.1.port()
    }

    fn mapping(&self) -> String {
        FOUNDING.mapping()
    }

    fn ask(&self, sql: &str) -> String {
        self.1.psql(sql)
    }

    fn kill(&self) {
        self.0.stop_immediate();
    }

    fn start_again(&self) {
        self.0.start_again();
    }
}

impl Server for (OwnMariaDb, MariaDbDatabase) {
    const DRIVER: Driver = Driver::PyMySql;
    const GIVE: &str = "UPDATE user_balances SET wallet = wallet + 1 WHERE user_id = '123'";

    fn url(&self) -> String {
        self.1.url()
    }

    fn url_through(&self, proxy: &Proxy) -> String {
        self.1.through(proxy).url()
    }

    fn port(&self) -> u16 {
        self.1.port()
    }

    fn mapping(&self) -> String {
        "table = \"user_balances\"\nid = \"user_id\"\ncolumn = \"wallet\"\n".to_owned()
    }

    fn ask(&self, sql: &str) -> String {
        self.1.sql(sql)
    }

    fn kill(&self) {
        self.0.kill();
    }

    fn start_again(&self) {
        self.0.start_again();
    }
}

#[derive(Debug, Clone, Copy)]
enum Step {
    KillProgram,
    KillServer,
    CutWay,
    /// Half there for a while, and cut then.
    SilenceWay(Way),
    KillBot,
}

const DECK: [Step; 12] = [
    Step::KillProgram,
    Step::KillProgram,
    Step::KillProgram,
    Step::KillServer,
    Step::KillServer,
    Step::CutWay,
    Step::CutWay,
    Step::CutWay,
    Step::SilenceWay(Way::There),
    Step::SilenceWay(Way::Back),
    Step::KillBot,
    Step::KillBot,
];

struct Ordeal<S> {
    dice: StdRng,
    world: World,
    telegram: Bot,
    discord: ServerBot,
    server: S,
    proxy: Proxy,
    run: Process,
    giver: Option<Giver>,
    earned: i64,
}

impl<S: Server> Ordeal<S> {
    fn begin(server: S) -> Self {
        let seed =
            std::env::var("ONEPURSE_KILL_SEED").map_or_else(|_| rand::random(), |seed| seed.parse().unwrap());
        eprintln!("ONEPURSE_KILL_SEED={seed} repeats these choices");
        let mut world = World::new();
        let telegram = world.bot("telegram", ECONOMY);
        telegram.register(T, 0);
        world.add(&telegram);
        let discord = ServerBot::start("discord", &server.url());
        discord.register(D, 0);
        server.ask(GIVEN);
        let proxy = Proxy::before(server.port());
        world.add_at("discord", &server.url_through(&proxy), &server.mapping());
        world.sync();
        world.link("telegram:456", "discord:123");
        let (run, giver) = (world.start(&["run"]), Some(Self::giver(&server)));
        let dice = StdRng::seed_from_u64(seed);
        Self { dice, world, telegram, discord, server, proxy, run, giver, earned: 0 }
    }

    fn giver(server: &S) -> Giver {
        Giver::start(S::DRIVER, &server.url(), S::GIVE)
    }

    fn given(&self) -> i64 {
        self.server.ask("SELECT count(*) FROM given").trim().parse().unwrap()
    }

    fn wait_up_to_ms(&mut self, ms: u64) {
        let_run_ms(self.dice.random_range(0..ms));
    }

    fn step(&mut self, step: Step) {
        eprintln!("{step:?}");
        self.wait_up_to_ms(200);
        self.telegram.earn(T, 1_000);
        self.earned += 1_000;
        match step {
            Step::KillProgram => {
                self.run.kill();
                self.wait_up_to_ms(100);
                self.run = self.world.start(&["run"]);
            }
            Step::KillServer => {
                self.server.kill();
                self.wait_up_to_ms(300);
                self.server.start_again();
            }
            Step::CutWay => self.proxy.cut(),
            Step::SilenceWay(way) => {
                self.proxy.silence(way);
                self.wait_up_to_ms(1_000);
                self.proxy.cut();
                self.proxy.mend();
            }
            Step::KillBot => {
                if let Some(killed) = self.giver.replace(Self::giver(&self.server)) {
                    killed.kill();
                }
            }
        }
        assert!(self.run.is_running(), "the program has ended by itself");
    }

    fn end(mut self) {
        let before = self.given();
        wait_until("the bot goes on", || self.given() >= before + 5);
        if let Some(giver) = self.giver.take() {
            giver.stop().is_all_in(&self.server.ask("SELECT n FROM given"));
        }
        let expected = self.given() + self.earned;
        wait_until(&format!("telegram has {expected}"), || self.telegram.stored(T) == expected.to_string());
        wait_until(&format!("discord has {expected}"), || self.discord.balance(D) == expected);
        assert_eq!(self.world.coins("discord:123"), expected.to_string());
        self.run.kill();
        self.world.sync();
        assert_eq!((self.telegram.stored(T), self.discord.balance(D)), (expected.to_string(), expected));
        self.world.verify();
    }
}

fn ordeal(server: impl Server) {
    let mut ordeal = Ordeal::begin(server);
    let mut deck = DECK;
    deck.shuffle(&mut ordeal.dice);
    for step in deck {
        ordeal.step(step);
    }
    ordeal.end();
}

#[test]
fn of_a_bot_in_postgres() {
    let cluster = Postgres::start(Settings::default());
    let database = cluster.database();
    ordeal((cluster, database));
}

#[test]
fn of_a_bot_in_mariadb() {
    let server = MariaDb::start();
    let database = server.database();
    ordeal((server, database));
}
