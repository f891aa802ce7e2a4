//! Two bots in files whose people are linked one to one, and the real program between them.

use std::{path::Path, time::Duration};

use onepurse_core::EventKey;
use onepurse_ledger::{Ledger, Link};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::{
    bots::Bot,
    edge::{OsRandom, now, sleep},
    error::BenchError,
    program::{Running, configure},
};

/// How a bot that writes often keeps its file.
const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL";
const PATIENCE: Duration = Duration::from_mins(10);

/// The folder with both, and the program at work there.
pub(crate) struct Linked {
    pub(crate) folder: TempDir,
    pub(crate) running: Running,
    pub(crate) telegram: Bot,
    /// The other bot's file, to look into.
    pub(crate) discord: Connection,
}

impl Linked {
    /// Both bots with so many users; user 1 of one is user 1 of the other.
    pub(crate) async fn new(
        folder: TempDir,
        url: &str,
        ledger: impl AsyncFnOnce(&Path) -> Result<std::sync::Arc<dyn Ledger>, BenchError>,
        users: u32,
    ) -> Result<Self, BenchError> {
        let telegram = Bot::in_file(&folder.path().join("telegram.db"), PRAGMAS, users)?;
        Bot::in_file(&folder.path().join("discord.db"), PRAGMAS, users)?;
        configure(folder.path(), url, &["telegram", "discord"])?;
        let running = Running::in_step(folder.path())?;
        let ledger = ledger(folder.path()).await?;
        for user in 1..=users {
            ledger.link(link(user)?).await?;
        }
        let discord = Connection::open(folder.path().join("discord.db"))?;
        let linked = Self { folder, running, telegram, discord };
        // Each had 100 coins, and has what both had.
        linked.wait_for_sum(i64::from(users) * 200)?;
        Ok(linked)
    }

    /// Waits until the other bot's people have so much together.
    pub(crate) fn wait_for_sum(&self, sum: i64) -> Result<(), BenchError> {
        let begun = now();
        while begun.elapsed() < PATIENCE {
            if self.discord.query_one("SELECT sum(coins) FROM users", [], |row| row.get::<_, i64>(0))? == sum
            {
                return Ok(());
            }
            sleep(Duration::from_millis(20));
        }
        Err(BenchError::TooLate { what: "the other bot showing everything", seconds: PATIENCE.as_secs() })
    }
}

fn link(user: u32) -> Result<Link, BenchError> {
    use onepurse_core::Random as _;
    let mut key = [0; 16];
    OsRandom.fill(&mut key);
    let identity = |platform: &str| {
        let text = format!("{platform}:{user}");
        text.parse().map_err(|_| BenchError::Mistake(text))
    };
    let (stays, joins) = (identity("telegram")?, identity("discord")?);
    Ok(Link { key: EventKey(key), stays, joins, actor: None, reason: None })
}
