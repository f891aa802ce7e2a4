//! What is done in a platform's database about somebody whom the ledger forgets.

use onepurse_core::ExternalId;
use onepurse_replica::View;
use serde::Serialize;

use crate::{Engine, SyncError};

/// What a platform's database keeps of somebody who has left their purse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Traces {
    /// Nothing of ours is in the database.
    Detached,
    /// Nothing was there.
    None,
    /// Nothing any more: the bot has no row for them, and what was kept beside it is removed.
    Removed,
    /// The bot's own row, and what is kept beside it. It shows nothing.
    Row,
    /// Something that has not come to rest: the bot goes on with them.
    Moving,
}

/// Removes what is kept of somebody in the database of an engine that is in step, as far as their bot has no row for them.
pub async fn forget(engine: &mut Engine, external: &ExternalId) -> Result<Traces, SyncError> {
    let replica = &mut engine.parts.replica;
    let View::Attached(_) = replica.view().await? else { return Ok(Traces::Detached) };
    let audited = replica.audit().await?.identities;
    let theirs = || audited.iter().filter(|one| one.external == *external);
    if theirs().next().is_none() {
        return Ok(Traces::None);
    }
    if theirs().any(|one| !one.stored.is_zero() || !one.own.is_zero()) {
        return Ok(Traces::Moving);
    }
    if theirs().any(|one| one.local.is_some()) {
        return Ok(Traces::Row);
    }
    if replica.forget(external).await? {
        return Ok(Traces::Removed);
    }
    // Their bot has made a row meanwhile, or has one that shows no number; or it goes on with them.
    let audited = replica.audit().await?.identities;
    let is_moving = audited.iter().any(|one| one.external == *external && !one.own.is_zero());
    Ok(if is_moving { Traces::Moving } else { Traces::Row })
}
