//! Where a database stands with the ledger, with a look at where the ledger knows it to be.

use onepurse_ledger::Registration;
use onepurse_replica::{Replica, View};

use crate::plan::{self, Place};

/// Decides it as [`plan::place`] does. Only where that matters is looked whether the database is still elsewhere, since
/// that may mean to ask a server.
pub(crate) async fn place(
    replica: &mut dyn Replica,
    view: &View,
    registration: Option<&Registration>,
) -> Place {
    let location = replica.location();
    let is_there = match plan::elsewhere(view, registration, &location) {
        Some(other) => replica.is_still_at(other).await,
        None => false,
    };
    plan::place(view, registration, &location, is_there)
}
