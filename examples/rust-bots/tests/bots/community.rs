//! A folder with two bots' files and a ledger, and the two services that the bots talk to.

use std::{
    fs,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use onepurse_core::{Clock, EventKey, Random};
use onepurse_ledger::{Ledger, Link, Open, SqliteLedger};
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use serde_json::Value;
use tempfile::TempDir;

use crate::{discord::Discord, process::Process, telegram::Telegram, wait_for};

/// Some time, and bytes that nobody has used before.
struct Counting(AtomicU64);

impl Clock for Counting {
    fn now_ms(&self) -> i64 {
        1_700_000_000_000
    }
}

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let next = self.0.fetch_add(1, Ordering::Relaxed).to_le_bytes();
        bytes.iter_mut().zip(next).for_each(|(byte, next)| *byte = next);
    }
}

pub(crate) struct Community {
    folder: TempDir,
    pub(crate) telegram: Telegram,
    pub(crate) discord: Discord,
}

impl Community {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), telegram: Telegram::start(), discord: Discord::start() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn ledger_url(&self) -> String {
        format!("sqlite://{}", self.path("ledger.db").display())
    }

    pub(crate) fn start_telegram(&self) -> Process {
        let environment = [
            ("TELOXIDE_TOKEN", "42:TEST"),
            ("TELEGRAM_API_URL", &self.telegram.url),
            ("BANK", "telegram.json"),
            ("DATABASE_URL", &self.ledger_url()),
        ];
        Process::start(env!("CARGO_BIN_EXE_telegram"), self.folder.path(), &environment)
    }

    pub(crate) fn start_discord(&self) -> Process {
        let environment = [
            ("DISCORD_TOKEN", "token"),
            ("DISCORD_API_URL", &self.discord.url),
            ("BANK", "discord.json"),
            ("DATABASE_URL", &self.ledger_url()),
        ];
        Process::start(env!("CARGO_BIN_EXE_discord"), self.folder.path(), &environment)
    }

    /// What the bot has in its file.
    pub(crate) fn in_file(&self, bot: &str, id: &str) -> Option<i64> {
        let text = fs::read(self.path(&format!("{bot}.json"))).ok()?;
        let bank: Value = serde_json::from_slice(&text).unwrap();
        bank["users"][id]["coins"].as_i64()
    }

    /// What somebody has in the ledger, as anybody can read it.
    fn in_ledger(&self, platform: &str, id: &str) -> Option<i64> {
        let ledger =
            Connection::open_with_flags(self.path("ledger.db"), OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
        let sql = format!("SELECT coins FROM unified_users WHERE {platform}_id = ?1");
        ledger.query_row(&sql, [id], |row| row.get(0)).optional().ok()?
    }

    pub(crate) fn ledger_comes_to(&self, platform: &str, id: &str, coins: i64) {
        let what = format!("{coins} coins of {platform}:{id} in the ledger");
        wait_for(&what, || (self.in_ledger(platform, id) == Some(coins)).then_some(()));
    }

    pub(crate) fn file_comes_to(&self, bot: &str, id: &str, coins: i64) {
        let what = format!("{coins} coins of {id} in the file of {bot}");
        wait_for(&what, || (self.in_file(bot, id) == Some(coins)).then_some(()));
    }

    /// An administrator's word.
    pub(crate) fn link(&self, stays: &str, joins: &str) {
        let counting = Arc::new(Counting(1.into()));
        let ledger =
            SqliteLedger::open(&self.path("ledger.db"), Open::Existing, counting.clone(), counting.clone())
                .unwrap();
        let key = EventKey::captured(counting.now_ms(), *b"the link");
        let link = Link {
            key,
            stays: stays.parse().unwrap(),
            joins: joins.parse().unwrap(),
            actor: None,
            reason: None,
        };
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(ledger.link(link)).unwrap();
    }
}

impl Drop for Community {
    fn drop(&mut self) {
        for bot in ["telegram", "discord"].iter().filter(|_| std::thread::panicking()) {
            eprintln!("{bot}:\n{}", fs::read_to_string(self.path(&format!("{bot}.log"))).unwrap_or_default());
        }
    }
}
