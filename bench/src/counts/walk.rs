//! What an engine does with a bot's file: it reads the outbox, and applies what the ledger answers. There is no ledger here:
//! what it would answer follows from the events.

use std::{path::Path, sync::Arc};

use onepurse_core::{
    Amount, AssetName, ChainHash, Changes, Cursor, EventKey, EventKind, ExternalId, LedgerId, Opening,
    PurseId, ReplicaId, Standing,
};
use onepurse_replica::{Applied, Attach, Replica as _, SqliteReplica};
use rusqlite::Connection;
use tempfile::TempDir;

use super::{
    path::{USERS, WAL},
    seeded::SeededRandom,
};
use crate::{
    bots::{Bot, mappings, telegram},
    error::BenchError,
};

/// What everybody has before anything happens, as [`Bot::in_file`] gives it.
const FIRST: i64 = 100;
const SEED: u64 = 1;

/// A bot's file with events that wait.
pub(super) struct Walk {
    replica: SqliteReplica,
    cursor: Cursor,
    /// What the ledger says that everybody has.
    amount: i64,
    now_ms: i64,
    _folder: TempDir,
}

impl Walk {
    /// Everybody's opening is included, and everybody has done something so often.
    pub(super) async fn prepared(times: u32) -> Result<Self, BenchError> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("bot.db");
        drop(Bot::in_file(&path, WAL, USERS)?);
        let random = SeededRandom::of(SEED);
        let (own, ledger) = (ReplicaId::random(&random), LedgerId::random(&random));
        let mut replica = SqliteReplica::new(telegram()?, &path, mappings(), Arc::new(random));
        replica.attach(Attach { replica: own, ledger, decision: None, base: vec![] }).await?;
        let mut walk = Self { replica, cursor: Cursor::ZERO, amount: FIRST, now_ms: 0, _folder: folder };
        walk.include(FIRST).await?;
        everybody_plays(&path, times)?;
        Ok(walk)
    }

    /// Reads everybody's next event and applies the answer: it is included, and another platform has given everybody a
    /// coin.
    pub(super) async fn step(&mut self) -> Result<(), BenchError> {
        self.include(self.amount + 2).await
    }

    async fn include(&mut self, amount: i64) -> Result<(), BenchError> {
        let changes = self.answer(amount).await?;
        self.now_ms += 1_000;
        match self.replica.apply(&changes, self.now_ms).await? {
            Applied::Done { forgotten: 0, .. } => {}
            other => return Err(BenchError::Mistake(format!("an answer that was {other:?}"))),
        }
        while !self.replica.settle(USERS as usize, self.now_ms).await?.is_empty() {}
        (self.cursor, self.amount) = (changes.to, amount);
        Ok(())
    }

    /// What the ledger would answer to the next of everybody's events.
    async fn answer(&mut self, amount: i64) -> Result<Changes, BenchError> {
        let rows = self.replica.outbox(0, USERS as usize).await?.rows;
        if rows.len() != USERS as usize {
            return Err(BenchError::Mistake(format!("an outbox of {}", rows.len())));
        }
        let seq = self.cursor.seq + i64::from(USERS);
        let from_zero = self.cursor == Cursor::ZERO;
        let mut changes = Changes {
            from: self.cursor,
            to: Cursor { seq, hash: ChainHash([1; 32]) },
            oldest_ms: 0,
            own: vec![],
            openings: vec![],
            balances: vec![],
            names_everyone: from_zero,
            reversals: vec![],
        };
        for (row, purse) in rows.into_iter().zip(1..) {
            match row.kind {
                EventKind::Opening => changes
                    .openings
                    .push(Opening { asset: row.asset.clone(), external: row.external.clone() }),
                EventKind::Change | EventKind::Repair => {
                    changes.own.push(EventKey::captured(row.at_ms, row.nonce));
                }
            }
            changes.balances.push(standing(row.asset, row.external, amount, purse));
        }
        Ok(changes)
    }
}

fn standing(asset: AssetName, external: ExternalId, amount: i64, purse: i64) -> Standing {
    Standing { asset, external, amount: Amount::new(amount), purse: PurseId(purse) }
}

/// Everybody earns a coin so often, each time in one statement.
fn everybody_plays(path: &Path, times: u32) -> Result<(), BenchError> {
    let bot = Connection::open(path)?;
    for _ in 0..times {
        bot.execute("UPDATE users SET coins = coins + 1", [])?;
    }
    Ok(())
}
