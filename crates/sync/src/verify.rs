//! Checking the invariants over the ledger and the replicas, as they are.

use std::collections::HashMap;

use onepurse_core::{Amount, AssetName, Balance, ExternalId, Platform};
use onepurse_ledger::{AuditScope, Ledger, LedgerError, Records};
use onepurse_replica::{Audited, AuditedIdentity, Replica, ReplicaError, View};
use serde::Serialize;

use thiserror::Error;

use crate::plan;

/// What kind of thing does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Breach {
    /// A key is in the log more than once, or an identity was opened more than once.
    Twice,
    /// A balance is not the sum of its entries.
    NotConserved,
    /// A bot's database does not show what it should.
    NotTrueBelow,
    /// The numbering or the hash chain breaks, or an identity is not the one that its tag was made of.
    ChainBroken,
    /// A head that was kept elsewhere is not in the ledger's history.
    HistoryRewritten,
}

impl Breach {
    /// The invariant that it breaks; the numbers are those of the design.
    #[must_use]
    pub const fn invariant(self) -> u8 {
        match self {
            Self::Twice => 2,
            Self::NotConserved => 3,
            Self::NotTrueBelow => 4,
            Self::ChainBroken | Self::HistoryRewritten => 7,
        }
    }
}

/// An invariant that does not hold somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// 2 nothing twice, 3 conservation, 4 truth below, 7 history.
    pub invariant: u8,
    /// The name for programs.
    pub name: Breach,
    /// What does not hold, and where.
    pub what: String,
}

impl Problem {
    const fn of(name: Breach, what: String) -> Self {
        Self { invariant: name.invariant(), name, what }
    }
}

/// What was checked, and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Verified {
    /// True where everything holds.
    pub ok: bool,
    /// The log's end, as it was checked: `981:6f1e…`. Kept elsewhere, it proves later that the past is still the same.
    pub head: String,
    /// Entries of the log read.
    pub entries: u64,
    /// Purses added up.
    pub purses: u64,
    /// Identities compared, over all platforms.
    pub identities: u64,
    /// Identities not compared, since something is on its way to them or they are left alone.
    pub waived: u64,
    /// What does not hold.
    pub problems: Vec<Problem>,
}

/// Why it could not be checked.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// The ledger could not be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A replica could not be read.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
}

/// Checks invariants 2, 3 and 7 over the ledger, or over the part of it that `scope` says.
pub async fn ledger<L: Records + ?Sized>(ledger: &L, scope: AuditScope) -> Result<Verified, VerifyError> {
    let audit = ledger.audit(scope).await?;
    let kinds = [
        (Breach::Twice, audit.twice),
        (Breach::NotConserved, audit.not_conserved),
        (Breach::ChainBroken, audit.broken),
        (Breach::HistoryRewritten, audit.rewritten.into_iter().collect()),
    ];
    let problems: Vec<_> = kinds
        .into_iter()
        .flat_map(|(name, found)| found.into_iter().map(move |what| Problem::of(name, what)))
        .collect();
    Ok(Verified {
        ok: problems.is_empty(),
        head: audit.head.to_string(),
        entries: audit.entries,
        purses: audit.purses,
        problems,
        ..Verified::default()
    })
}

/// Checks invariant 4 over one replica, and adds what was found.
pub async fn replica<L: Ledger + Records + ?Sized>(
    replica: &mut dyn Replica,
    ledger: &L,
    verified: &mut Verified,
) -> Result<(), VerifyError> {
    let View::Attached(attached) = replica.view().await? else { return Ok(()) };
    let platform = replica.platform().clone();
    let found = if let Err(refusal) = plan::refuse(&attached, &platform, None) {
        vec![refusal.to_string()]
    } else if attached.ledger == ledger.id().await? {
        let audited = replica.audit().await?;
        match ledger.balances_at(platform.clone(), audited.cursor).await? {
            Some(balances) => truth(&platform, &audited, balances, verified),
            None => vec![format!(
                "{platform} has applied entry {}, which is not in this ledger's history",
                audited.cursor.seq
            )],
        }
    } else {
        vec![format!("{platform} belongs to the ledger {}", attached.ledger)]
    };
    verified.problems.extend(found.into_iter().map(|what| Problem::of(Breach::NotTrueBelow, what)));
    verified.ok = verified.problems.is_empty();
    Ok(())
}

/// What is not as it should be with a platform's identities.
fn truth(
    platform: &Platform,
    audited: &Audited,
    balances: Vec<Balance>,
    verified: &mut Verified,
) -> Vec<String> {
    let balances: HashMap<_, _> =
        balances.into_iter().map(|one| ((one.asset, one.external), one.amount)).collect();
    let (waived, checked): (Vec<_>, Vec<_>) =
        audited.identities.iter().partition(|one| one.waived || audited.resync);
    verified.identities += checked.len() as u64;
    verified.waived += waived.len() as u64;
    checked.into_iter().filter_map(|one| untrue(platform, one, &balances)).collect()
}

/// What is not as it should be with one identity: local = ledger balance at the cursor + own rows not included − held.
fn untrue(
    platform: &Platform,
    one: &AuditedIdentity,
    balances: &HashMap<(AssetName, ExternalId), Amount>,
) -> Option<String> {
    let who = format!("{} of {platform}:{}", one.asset, one.external);
    if let Some(&balance) = balances.get(&(one.asset.clone(), one.external.clone()))
        && balance != one.stored
    {
        return Some(format!("{who}: {} is stored, the ledger has {balance}", one.stored));
    }
    let should = one.stored.checked_add(one.own).and_then(|sum| sum.checked_sub(one.held));
    match (one.local, should) {
        (Some(local), Some(should)) if local != should => Some(format!(
            "{who}: the row shows {local}, and should show {should} (stored {}, own {}, held {})",
            one.stored, one.own, one.held
        )),
        (Some(local), None) => {
            Some(format!("{who}: the row shows {local}, and what it should show is no amount"))
        }
        _ => None,
    }
}
