//! Row 6: what capture costs a bot's own write.

use async_trait::async_trait;
use tokio::sync::Mutex;

use crate::{
    bots::{Bot, attach_file, attach_mariadb, attach_postgres},
    edge::now,
    error::BenchError,
    goal::Goal,
    line::{Line, Spent, Unit, alternate},
    row::{Bench, Row, Scale},
};

const USERS: u32 = 1_000;

/// One way to keep a bot's database in SQLite.
struct Journal {
    name: &'static str,
    pragmas: &'static str,
    goal: f64,
    /// Writes of a slice: more where none waits for the disk.
    writes: u32,
}

const JOURNALS: [Journal; 3] = [
    Journal {
        name: "6 sqlite rollback full",
        pragmas: "PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL",
        goal: 0.95,
        writes: 5,
    },
    Journal {
        name: "6 sqlite wal full",
        pragmas: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL",
        goal: 0.95,
        writes: 5,
    },
    Journal {
        name: "6 sqlite wal normal",
        pragmas: "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL",
        goal: 0.6,
        writes: 250,
    },
];

/// Writes of a slice to a server.
const WRITES: u32 = 5;

/// Slices of a round.
fn slices(scale: Scale) -> usize {
    scale.pick(80, 4)
}

/// Row 6.
pub(super) struct Capture;

#[async_trait(?Send)]
impl Row for Capture {
    fn number(&self) -> &'static str {
        "6"
    }

    fn what(&self) -> &'static str {
        "a bot's own writes with capture in its database"
    }

    fn yardstick(&self) -> &'static str {
        "the same writes to the same table without it"
    }

    fn sizes(&self, scale: Scale) -> String {
        let (rounds, slices, most) = (scale.rounds(), slices(scale), JOURNALS[2].writes);
        format!("{rounds} rounds of {slices} times {WRITES} writes, or {most} with NORMAL, {USERS} users")
    }

    async fn measure(&self, bench: &Bench) -> Result<Vec<Line>, BenchError> {
        let mut lines = Vec::new();
        for journal in &JOURNALS {
            let folder = bench.new_folder()?;
            let (path, other) = (folder.path().join("bot.db"), folder.path().join("bare.db"));
            let (ours, bare) =
                (Bot::in_file(&path, journal.pragmas, USERS)?, Bot::in_file(&other, journal.pragmas, USERS)?);
            attach_file(&path).await?;
            lines.push(beside(journal.name, journal.goal, ours, bare, journal.writes, bench.scale).await?);
        }
        let (database, other) = (bench.postgres(), bench.postgres());
        let (ours, bare) =
            (Bot::on_postgres(&database, USERS).await?, Bot::on_postgres(&other, USERS).await?);
        attach_postgres(&database).await?;
        lines.push(beside("6 postgres", 0.8, ours, bare, WRITES, bench.scale).await?);
        let (database, other) = (bench.mariadb(), bench.mariadb());
        let (ours, bare) = (Bot::on_mariadb(&database, USERS).await?, Bot::on_mariadb(&other, USERS).await?);
        attach_mariadb(&database).await?;
        lines.push(beside("6 mariadb", 0.8, ours, bare, WRITES, bench.scale).await?);
        Ok(lines)
    }
}

async fn beside(
    name: &str,
    goal: f64,
    ours: Bot,
    bare: Bot,
    writes: u32,
    scale: Scale,
) -> Result<Line, BenchError> {
    let (ours, bare) = (Mutex::new(ours), Mutex::new(bare));
    let play = async |bot: &Mutex<Bot>| {
        let mut bot = bot.lock().await;
        let begun = now();
        for write in 0..writes {
            bot.write(1 + write * 7 % USERS).await?;
        }
        Ok(Spent { times: writes, took: begun.elapsed() })
    };
    let rounds =
        alternate(scale.rounds(), slices(scale), async || play(&ours).await, async || play(&bare).await)
            .await?;
    Ok(Line::new(name, Unit::PerSecond, Goal::AtLeast(goal), rounds))
}
