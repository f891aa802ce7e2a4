//! Row 8: what it takes to attach to a large bot that goes on working.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use async_trait::async_trait;
use rusqlite::Connection;

use crate::{
    bots::{Bot, attach_file},
    edge::{ms, now, sleep},
    error::BenchError,
    goal::Goal,
    line::{Line, Round, Unit},
    row::{Bench, Row, Scale},
};

/// The bot writes once in so long.
const PAUSE: Duration = Duration::from_millis(5);

fn users(scale: Scale) -> u32 {
    scale.pick(1_000_000, 20_000)
}

/// Rounds: each has a database of its own.
fn rounds(scale: Scale) -> usize {
    scale.pick(5, 2)
}

/// Row 8.
pub(super) struct Attaching;

#[async_trait(?Send)]
impl Row for Attaching {
    fn number(&self) -> &'static str {
        "8"
    }

    fn what(&self) -> &'static str {
        "attaching to a bot's SQLite database while the bot writes, and the longest that one of its writes took then"
    }

    fn yardstick(&self) -> &'static str {
        "copying the table with SQL"
    }

    fn sizes(&self, scale: Scale) -> String {
        format!("{} rounds with {} users", rounds(scale), users(scale))
    }

    async fn measure(&self, bench: &Bench) -> Result<Vec<Line>, BenchError> {
        let (mut times, mut waits) = (Vec::new(), Vec::new());
        for _ in 0..rounds(bench.scale) {
            let folder = bench.new_folder()?;
            let path = folder.path().join("bot.db");
            Bot::in_file(&path, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", users(bench.scale))?;
            let yardstick = copied_ms(&path)?;
            let over = Arc::new(AtomicBool::new(false));
            let (file, end) = (path.clone(), Arc::clone(&over));
            let bot = thread::spawn(move || longest_write_ms(file, &end));
            let begun = now();
            let attached = attach_file(&path).await;
            let ours = ms(begun.elapsed());
            over.store(true, Ordering::Relaxed);
            let longest = bot.join().map_err(|_| BenchError::Mistake("the bot has panicked".to_owned()))?;
            attached?;
            times.push(Round { ours, yardstick: Some(yardstick) });
            waits.push(Round { ours: longest?, yardstick: None });
        }
        let goal = Goal::AtMost { times: 10.0, plus: 0.0 };
        Ok(vec![
            Line::new("8 attach", Unit::Milliseconds, goal, times),
            Line::new("8 the bot's longest wait", Unit::Milliseconds, Goal::Under(50.0), waits),
        ])
    }
}

/// What the same takes to be copied beside itself, durably.
fn copied_ms(path: &Path) -> Result<f64, BenchError> {
    let connection = Connection::open(path)?;
    connection.execute_batch("PRAGMA synchronous = FULL")?;
    let begun = now();
    connection.execute_batch("CREATE TABLE copied AS SELECT * FROM users")?;
    let took = ms(begun.elapsed());
    connection.execute_batch("DROP TABLE copied")?;
    Ok(took)
}

/// Writes until it is over.
fn longest_write_ms(path: PathBuf, over: &AtomicBool) -> Result<f64, BenchError> {
    let bot = Connection::open(path)?;
    bot.busy_timeout(Duration::from_mins(1))?;
    let mut longest = 0.0_f64;
    while !over.load(Ordering::Relaxed) {
        let begun = now();
        bot.prepare_cached("UPDATE users SET coins = coins + 1 WHERE user_id = 7")?.execute([])?;
        longest = longest.max(ms(begun.elapsed()));
        sleep(PAUSE);
    }
    Ok(longest)
}
