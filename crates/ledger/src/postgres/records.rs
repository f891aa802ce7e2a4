//! What people and programs read of it.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use onepurse_core::{Asset, AssetName, Balance, Cursor, Entry, Identity, Platform, PurseId};

use super::{
    PostgresLedger, asset, audit, bookmark, past, place, pull, quarantine, read, replica, server::Server,
};
use crate::{
    Audit, AuditScope, Bookmarks, EntryFilter, LedgerError, Past, Purse, Quarantined, Rank, Records,
};

impl PostgresLedger {
    /// Nobody who appends waits for it. Where it cannot be, the places are those of a moment ago.
    async fn bring_places_up_to_date(&self) {
        let brought = self.run(|server| async move {
            let session = server.read().await?;
            let are_behind = place::are_behind(&session.client).await?;
            session.commit().await?;
            if are_behind { place::bring_up_to_date(&server).await } else { Ok(()) }
        });
        if let Err(error) = brought.await {
            tracing::warn!(%error, "the leaderboard is as it was");
        }
    }
}

#[async_trait]
impl Bookmarks for PostgresLedger {
    async fn bookmark(&self, name: String) -> Result<Option<i64>, LedgerError> {
        read!(self, bookmark::find(&name))
    }

    async fn set_bookmark(&self, name: String, seq: i64) -> Result<(), LedgerError> {
        self.run(|server| async move { server.write(|| bookmark::store(&server, &name, seq)).await }).await
    }
}

#[async_trait]
impl Records for PostgresLedger {
    async fn purse_of(&self, identity: Identity) -> Result<Option<Purse>, LedgerError> {
        read!(self, read::purse_of(&identity))
    }

    async fn purse(&self, id: PurseId) -> Result<Option<Purse>, LedgerError> {
        read!(self, read::purse(id))
    }

    async fn entries(&self, filter: EntryFilter) -> Result<Vec<Entry>, LedgerError> {
        read!(self, read::entries(&filter))
    }

    async fn captured_with(&self, platform: Platform, captured_ms: i64) -> Result<u64, LedgerError> {
        read!(self, read::captured_with(&platform, captured_ms))
    }

    async fn entry_after(&self, seq: i64) -> Result<Option<Entry>, LedgerError> {
        read!(self, read::entry_after(seq))
    }

    async fn leaderboard(&self, asset: AssetName, offset: u32, limit: u32) -> Result<Vec<Rank>, LedgerError> {
        self.bring_places_up_to_date().await;
        read!(self, place::leaderboard(&asset, offset, limit))
    }

    async fn debts(&self, asset: AssetName, limit: u32) -> Result<Vec<Rank>, LedgerError> {
        self.bring_places_up_to_date().await;
        read!(self, place::debts(&asset, limit))
    }

    async fn captured_in(
        &self,
        platform: Platform,
        captured_ms: i64,
        after_seq: i64,
        limit: u32,
    ) -> Result<Vec<Entry>, LedgerError> {
        read!(self, read::captured_in(&platform, captured_ms, after_seq, limit))
    }

    async fn log(&self, after_seq: i64, limit: u32) -> Result<Vec<Entry>, LedgerError> {
        read!(self, read::log(after_seq, limit))
    }

    async fn past_of(&self, identity: Identity, at_ms: i64) -> Result<Option<Past>, LedgerError> {
        read!(self, past::past_of(&identity, at_ms))
    }

    async fn assets(&self) -> Result<Vec<Asset>, LedgerError> {
        read!(self, asset::list())
    }

    async fn platforms(&self) -> Result<Vec<Platform>, LedgerError> {
        read!(self, replica::platforms())
    }

    async fn quarantined(&self, platform: Option<Platform>) -> Result<Vec<Quarantined>, LedgerError> {
        read!(self, quarantine::list(platform.as_ref()))
    }

    async fn audit(&self, scope: AuditScope) -> Result<Audit, LedgerError> {
        let work = |server: Arc<Server>| async move {
            let session = server.read_all().await?;
            let audit = audit::audit(&session.client, scope).await?;
            session.commit().await?;
            Ok(audit)
        };
        self.within(Duration::MAX, work).await
    }

    async fn balances_at(&self, platform: Platform, at: Cursor) -> Result<Option<Vec<Balance>>, LedgerError> {
        read!(self, pull::balances_at(&platform, at))
    }
}
