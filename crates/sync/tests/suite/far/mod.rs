//! A world in which telegram's database is on a server, and the way there behaves badly.

mod remote;

use std::{cell::Cell, time::Duration};

use onepurse_ledger::AuditScope;
use onepurse_replica::{Decision, Replica};
use onepurse_servers::{Proxy, Way};
use onepurse_sync::{Progress, SyncError, operate, verify};

pub(crate) use remote::{InMariaDb, InPostgres, Remote};

use crate::world::World;

/// Telegram is on a server behind a proxy, discord in a file, the ledger in another. The person 456 of the one is 123 of
/// the other.
pub(crate) struct Far<R> {
    pub(crate) world: World,
    pub(crate) remote: R,
    pub(crate) proxy: Proxy,
    /// Looks from beside the proxy.
    witness: Box<dyn Replica>,
    /// What the person has who is on both sides.
    pub(crate) shared: i64,
    /// What those have who are on telegram alone.
    pub(crate) alone: i64,
}

impl<R: Remote> Far<R> {
    /// Bots that have written something, and nothing that knows of it yet.
    pub(crate) async fn unattached() -> Self {
        let world = World::new(&["discord"]).await;
        let mut remote = R::new().await;
        let proxy = Proxy::before(remote.port());
        remote.run("CREATE TABLE users (id VARCHAR(40) PRIMARY KEY, coins BIGINT NOT NULL DEFAULT 0)").await;
        remote.run("INSERT INTO users VALUES ('456', 100), ('alone', 7)").await;
        world.bot("discord", "INSERT INTO users VALUES ('123', 50)");
        let witness = remote.replica(None, world.random.clone());
        let mut far = Self { world, remote, proxy, witness, shared: 150, alone: 7 };
        far.restart(None);
        far
    }

    /// Everything is in step.
    pub(crate) async fn new() -> Self {
        let mut far = Self::unattached().await;
        far.join().await;
        far
    }

    /// Attaches, and links the person whom both sides know.
    pub(crate) async fn join(&mut self) {
        self.come_to_rest().await;
        self.world.link("telegram:456", "discord:123").await;
        self.settle().await;
    }

    /// A new engine for telegram.
    pub(crate) fn restart(&mut self, decision: Option<Decision>) {
        let replica = self.remote.replica(Some(&self.proxy), self.world.random.clone());
        let engine = self.world.engine(replica, decision);
        self.world.engines.insert("telegram".to_owned(), engine);
    }

    /// What a program does that keeps telegram in step: whatever the server says, it tries again.
    pub(crate) async fn keep_in_step(&mut self) {
        for _ in 0..1_000 {
            match self.world.cycle("telegram").await {
                Ok(Progress::InStep) => return,
                Ok(Progress::Again) => {}
                Ok(Progress::Lingering) => rest().await,
                Ok(Progress::Paused(question)) => panic!("{question}"),
                Err(error) => rest_after(&error).await,
            }
        }
        panic!("telegram does not come in step");
    }

    /// Works until the way falls silent and nothing but time can end the waiting, and then for as long as that takes; time
    /// passes in no time. False if it is in step before: it has less to say this time than it had when that was counted.
    pub(crate) async fn work_until_it_gives_up(&mut self) -> bool {
        let Self { world, proxy, .. } = self;
        let work = async {
            loop {
                match world.cycle("telegram").await {
                    Ok(Progress::InStep) => return None,
                    Ok(_) => {}
                    Err(error) => return Some(error),
                }
            }
        };
        let is_paused = Cell::new(false);
        let hurry = async {
            while proxy.is_trouble_due() {
                rest().await;
            }
            tokio::time::pause();
            is_paused.set(true);
            std::future::pending::<()>().await;
        };
        let error = tokio::select! { error = work => error, () = hurry => unreachable!() };
        if is_paused.get() {
            tokio::time::resume();
        }
        let Some(error) = error else { return false };
        assert!(matches!(&error, SyncError::Replica(error) if error.is_retryable()), "{error}");
        true
    }

    /// The bot on the server gives the person on both sides some, and somebody comes who is there alone.
    pub(crate) async fn telegram_writes(&mut self) {
        self.alone += 1;
        self.shared += 3;
        let new = self.alone;
        self.remote.run(&format!(
            "INSERT INTO users VALUES ('new{new}', 1); UPDATE users SET coins = coins + 3 WHERE id = '456'"
        )).await;
    }

    /// What an operator does who takes capture out.
    pub(crate) async fn detach(&mut self) {
        for _ in 0..1_000 {
            match operate::detach(self.world.engines.get_mut("telegram").unwrap(), false).await {
                Ok(is_done) => {
                    assert!(is_done, "something is pending");
                    assert_eq!(self.remote.number(R::OURS).await, 0, "nothing is left");
                    return;
                }
                Err(error) => rest_after(&error).await,
            }
        }
        panic!("telegram cannot be detached");
    }

    /// Brings all sides in step over a way that is well again.
    async fn come_to_rest(&mut self) {
        self.proxy.mend();
        for _ in 0..2 {
            self.keep_in_step().await;
            while self.world.cycle("discord").await.unwrap() != Progress::InStep {}
        }
    }

    /// The same, and checks that every coin is there, once.
    pub(crate) async fn settle(&mut self) {
        self.come_to_rest().await;
        let ours = self.remote.number("SELECT coins FROM users WHERE id = '456'").await;
        let others = self.remote.number("SELECT SUM(coins) FROM users WHERE id <> '456'").await;
        assert_eq!(
            [ours, self.world.coins("discord", "123"), self.world.purse("telegram:456").await],
            [self.shared; 3],
            "the person on both sides: telegram, discord, the ledger"
        );
        assert_eq!(others, self.alone, "those on telegram alone");
        self.verify().await;
    }

    async fn verify(&mut self) {
        let mut verified = verify::ledger(&*self.world.ledger, AuditScope::default()).await.unwrap();
        let mut discord = self.world.replica(&self.world.path("discord"), "discord");
        for replica in [&mut *self.witness, &mut discord as &mut dyn Replica] {
            verify::replica(replica, &*self.world.ledger, &mut verified).await.unwrap();
        }
        assert!(verified.ok && verified.waived == 0, "{verified:#?}");
    }

    /// Does `step` over and over, each time after `prepare`: undisturbed at first, to see in how many pieces it speaks with
    /// the server, and then cut in the middle of some of them: before the server has heard it, or before we have heard its
    /// answer. All that is checked each time.
    pub(crate) async fn cut_everywhere(
        &mut self,
        places: usize,
        prepare: impl AsyncFn(&mut Self),
        step: impl AsyncFn(&mut Self),
    ) {
        for way in [Way::There, Way::Back] {
            prepare(self).await;
            let before = self.proxy.pieces(way);
            step(self).await;
            let pieces = self.proxy.pieces(way) - before;
            self.settle().await;
            let (mut hits, mut cuts) = (0, 0);
            for piece in some_of(pieces, places) {
                prepare(self).await;
                self.proxy.cut_in(way, piece);
                step(self).await;
                hits += usize::from(!self.proxy.is_trouble_due());
                cuts += 1;
                self.settle().await;
            }
            assert!(hits * 10 >= cuts * 8, "{hits} of {cuts} cuts hit the step, which takes {pieces} pieces");
        }
    }
}

/// About so many places among these pieces: others in each run, and all of them where `ONEPURSE_CUTS` is `every`.
pub(crate) fn some_of(pieces: usize, places: usize) -> impl Iterator<Item = usize> {
    let nth = if std::env::var("ONEPURSE_CUTS").is_ok_and(|cuts| cuts == "every") {
        1
    } else {
        pieces.div_ceil(places)
    };
    let first = usize::try_from(std::process::id()).unwrap() % nth;
    (first..pieces).step_by(nth).inspect(move |piece| eprintln!("piece {piece} of {pieces}"))
}

async fn rest_after(error: &SyncError) {
    match error {
        SyncError::Replica(error) if error.is_retryable() => rest().await,
        error => panic!("{error}"),
    }
}

async fn rest() {
    tokio::time::sleep(Duration::from_millis(5)).await;
}
