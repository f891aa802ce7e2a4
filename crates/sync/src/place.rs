//! Where a database stands with the ledger, with a look at where the ledger knows it to be.

use onepurse_ledger::Registration;
use onepurse_replica::{Replica, ReplicaError, View};

use crate::plan::{self, Here, Place};

/// Where a replica's database is.
pub(crate) async fn here(replica: &mut dyn Replica) -> Result<Here, ReplicaError> {
    Ok(Here { location: replica.location(), fingerprint: replica.fingerprint().await? })
}

/// Decides it as [`plan::place`] does. Only where that matters is looked whether the database is still elsewhere, since
/// that may mean to ask a server.
pub(crate) async fn place(
    replica: &mut dyn Replica,
    view: &View,
    registration: Option<&Registration>,
) -> Result<Place, ReplicaError> {
    let here = here(replica).await?;
    let is_there = match plan::elsewhere(view, registration, &here) {
        Some(other) => replica.is_still_at(other).await,
        None => false,
    };
    Ok(plan::place(view, registration, &here, is_there))
}
