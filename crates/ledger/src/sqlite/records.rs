//! What people and programs read of it.

use async_trait::async_trait;
use onepurse_core::{Asset, AssetName, Balance, Cursor, Entry, Identity, Platform, PurseId};

use super::{SqliteLedger, asset, audit, bookmark, past, place, pull, quarantine, read, replica};
use crate::{
    Audit, AuditScope, Bookmarks, EntryFilter, LedgerError, Past, Purse, Quarantined, Rank, Records,
};

impl SqliteLedger {
    /// Where that cannot be, as on a full disk, the places are those of a moment ago.
    fn bring_places_up_to_date(&self) {
        let brought = self.file.read(place::are_behind).and_then(|are_behind| {
            if are_behind { self.file.write(place::bring_up_to_date) } else { Ok(()) }
        });
        if let Err(error) = brought {
            tracing::warn!(%error, "the leaderboard is as it was");
        }
    }
}

#[async_trait]
impl Bookmarks for SqliteLedger {
    async fn bookmark(&self, name: String) -> Result<Option<i64>, LedgerError> {
        self.file.read(|snapshot| bookmark::find(snapshot, &name))
    }

    async fn set_bookmark(&self, name: String, seq: i64) -> Result<(), LedgerError> {
        self.file.write(|transaction| bookmark::store(transaction, &name, seq))
    }
}

#[async_trait]
impl Records for SqliteLedger {
    async fn purse_of(&self, identity: Identity) -> Result<Option<Purse>, LedgerError> {
        self.file.read(|snapshot| read::purse_of(snapshot, &identity))
    }

    async fn purse(&self, id: PurseId) -> Result<Option<Purse>, LedgerError> {
        self.file.read(|snapshot| read::purse(snapshot, id))
    }

    async fn entries(&self, filter: EntryFilter) -> Result<Vec<Entry>, LedgerError> {
        self.file.read(|snapshot| read::entries(snapshot, &filter))
    }

    async fn captured_with(&self, platform: Platform, captured_ms: i64) -> Result<u64, LedgerError> {
        self.file.read(|snapshot| read::captured_with(snapshot, &platform, captured_ms))
    }

    async fn entry_after(&self, seq: i64) -> Result<Option<Entry>, LedgerError> {
        self.file.read(|snapshot| read::entry_after(snapshot, seq))
    }

    async fn leaderboard(&self, asset: AssetName, offset: u32, limit: u32) -> Result<Vec<Rank>, LedgerError> {
        self.bring_places_up_to_date();
        self.file.read(|snapshot| place::leaderboard(snapshot, &asset, offset, limit))
    }

    async fn debts(&self, asset: AssetName, limit: u32) -> Result<Vec<Rank>, LedgerError> {
        self.bring_places_up_to_date();
        self.file.read(|snapshot| place::debts(snapshot, &asset, limit))
    }

    async fn captured_in(
        &self,
        platform: Platform,
        captured_ms: i64,
        after_seq: i64,
        limit: u32,
    ) -> Result<Vec<Entry>, LedgerError> {
        self.file.read(|snapshot| read::captured_in(snapshot, &platform, captured_ms, after_seq, limit))
    }

    async fn log(&self, after_seq: i64, limit: u32) -> Result<Vec<Entry>, LedgerError> {
        self.file.read(|snapshot| read::log(snapshot, after_seq, limit))
    }

    async fn past_of(&self, identity: Identity, at_ms: i64) -> Result<Option<Past>, LedgerError> {
        self.file.read(|snapshot| past::past_of(snapshot, &identity, at_ms))
    }

    async fn assets(&self) -> Result<Vec<Asset>, LedgerError> {
        self.file.read(asset::list)
    }

    async fn platforms(&self) -> Result<Vec<Platform>, LedgerError> {
        self.file.read(replica::platforms)
    }

    async fn quarantined(&self, platform: Option<Platform>) -> Result<Vec<Quarantined>, LedgerError> {
        self.file.read(|snapshot| quarantine::list(snapshot, platform.as_ref()))
    }

    async fn audit(&self, scope: AuditScope) -> Result<Audit, LedgerError> {
        self.file.read(|snapshot| audit::audit(snapshot, scope))
    }

    async fn balances_at(&self, platform: Platform, at: Cursor) -> Result<Option<Vec<Balance>>, LedgerError> {
        self.file.read(|snapshot| pull::balances_at(snapshot, &platform, at))
    }
}
