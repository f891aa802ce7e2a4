//! What wakes an engine up is only a hint, and may come before there is anything to see.

use std::time::Duration;

use onepurse_sync::{Pace, Standing, Wakes, run};
use tokio::{sync::watch, time::Instant};

use crate::world::World;

const NEVER: Duration = Duration::from_hours(1);

/// A bot's commit in WAL mode writes to the log, which is what wakes the engine, then waits for its disk, and only then can be
/// seen.
#[tokio::test(start_paused = true)]
async fn what_a_hint_was_about_may_be_seen_a_little_later() {
    let mut world = World::new(&["telegram"]).await;
    world.bot("telegram", "INSERT INTO users VALUES ('456', 100)");
    let engine = world.engines.remove("telegram").unwrap();
    let (hint, hints) = watch::channel(0);
    let (stop, stopping) = watch::channel(false);
    let (told, mut standing) = watch::channel(Standing::default());
    let wakes = Wakes { hints: vec![hints], stop: stopping };
    let pace = Pace { poll: NEVER, ..Pace::default() };
    let works = run(engine, wakes, pace, world.random.clone(), told);
    let plays = async {
        standing.wait_for(|now| matches!(now, Standing::InStep)).await.unwrap();
        let hinted_at = Instant::now();
        hint.send_replace(1);
        standing.changed().await.unwrap();
        world.bot("telegram", "UPDATE users SET coins = coins + 1");
        while world.purse("telegram:456").await != 101 {
            standing.changed().await.unwrap();
        }
        assert!(hinted_at.elapsed() < Duration::from_secs(1), "{:?}", hinted_at.elapsed());
        stop.send_replace(true);
    };
    tokio::join!(works, plays);
}
