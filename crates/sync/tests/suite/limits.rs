//! What an engine does in parts is the same as if it were done at once.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use onepurse_core::Platform;
use onepurse_sync::{Engine, Happening, Limits, Observer, Options, Parts, Progress};

use crate::world::World;

/// A bot that writes at the very moment at which so many events have become entries.
struct Meddler {
    bot: PathBuf,
    entered: AtomicUsize,
    at: usize,
}

impl Observer for Meddler {
    fn see(&self, _: &Platform, happening: Happening) {
        let is_entry = matches!(happening, Happening::Entered { .. });
        if is_entry && self.entered.fetch_add(1, Ordering::Relaxed) + 1 == self.at {
            let bot = rusqlite::Connection::open(&self.bot).unwrap();
            bot.execute("UPDATE users SET coins = coins + 1", []).unwrap();
        }
    }
}

#[tokio::test]
async fn an_event_behind_many_that_were_sent_is_seen_before_the_platform_is_in_step() {
    let mut world = World::new(&["telegram"]).await;
    world.bot("telegram", "INSERT INTO users VALUES ('456', 100)");
    world.rest().await;
    world.engines.clear();
    let bot = world.path("telegram");
    let parts = Parts {
        replica: Box::new(world.replica(&bot, "telegram")),
        ledger: world.ledger.clone(),
        clock: world.clock.clone(),
        random: world.random.clone(),
        observer: Arc::new(Meddler { bot, entered: AtomicUsize::new(0), at: 4 }),
    };
    let limits = Limits { events: 2, ..Limits::default() };
    // It lingers over its own events: all that were sent stay in the outbox for a while.
    let mut engine =
        Engine::new(parts, Options { keep_ms: 0, decision: None }).lingering(60_000).limited(limits);
    let earn = "UPDATE users SET coins = coins + 1;";
    world.bot("telegram", earn);
    assert_eq!(engine.cycle().await.unwrap(), Progress::InStep);
    world.bot("telegram", &earn.repeat(3));
    assert_eq!(engine.cycle().await.unwrap(), Progress::Again, "the fifth was captured meanwhile");
    assert_eq!(engine.cycle().await.unwrap(), Progress::Lingering);
    assert_eq!((world.coins("telegram", "456"), world.purse("telegram:456").await), (105, 105));
}
