//! Rows 10 and 12: a community of a million.

use async_trait::async_trait;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::{
    bots::Bot,
    edge::now,
    error::BenchError,
    goal::Goal,
    line::{Line, Round, Unit},
    program::{Running, configure},
    row::{Bench, Row, Scale},
};

fn users(scale: Scale) -> u32 {
    scale.pick(1_000_000, 20_000)
}

/// A bot with so many users, attached, in step, and stopped.
fn in_step(bench: &Bench) -> Result<TempDir, BenchError> {
    let folder = bench.new_folder()?;
    let path = folder.path().join("telegram.db");
    Bot::in_file(&path, "PRAGMA journal_mode = WAL", users(bench.scale))?;
    configure(folder.path(), "sqlite://ledger.db", &["telegram"])?;
    Running::in_step(folder.path())?.stop()?;
    Ok(folder)
}

/// Row 10.
pub(super) struct Memory;

#[async_trait(?Send)]
impl Row for Memory {
    fn number(&self) -> &'static str {
        "10"
    }

    fn what(&self) -> &'static str {
        "the most memory that `onepurse run` has resident while it catches up with an event of everybody"
    }

    fn yardstick(&self) -> &'static str {
        "nothing"
    }

    fn sizes(&self, scale: Scale) -> String {
        let users = users(scale);
        format!("one replica in SQLite with {users} identities, {users} events behind, ledger in SQLite")
    }

    async fn measure(&self, bench: &Bench) -> Result<Vec<Line>, BenchError> {
        let folder = in_step(bench)?;
        Connection::open(folder.path().join("telegram.db"))?
            .execute("UPDATE users SET coins = coins + 1", [])?;
        let running = Running::in_step(folder.path())?;
        let rounds = vec![Round { ours: running.resident_max_mib()?, yardstick: None }];
        running.stop()?;
        Ok(vec![Line::new("10", Unit::Mebibytes, Goal::Under(64.0), rounds)])
    }
}

/// Row 12.
pub(super) struct Start;

#[async_trait(?Send)]
impl Row for Start {
    fn number(&self) -> &'static str {
        "12"
    }

    fn what(&self) -> &'static str {
        "from the start of `onepurse run` to its line `ready`, where everything is in step"
    }

    fn yardstick(&self) -> &'static str {
        "nothing"
    }

    fn sizes(&self, scale: Scale) -> String {
        format!("{} starts with one replica of {} identities, all in SQLite", scale.rounds(), users(scale))
    }

    async fn measure(&self, bench: &Bench) -> Result<Vec<Line>, BenchError> {
        let folder = in_step(bench)?;
        let mut rounds = Vec::new();
        for _ in 0..bench.scale.rounds() {
            let begun = now();
            let running = Running::in_step(folder.path())?;
            rounds.push(Round { ours: begun.elapsed().as_secs_f64(), yardstick: None });
            running.stop()?;
        }
        Ok(vec![Line::new("12", Unit::Seconds, Goal::Under(1.0), rounds)])
    }
}
