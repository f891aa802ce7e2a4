use std::collections::HashMap;

use onepurse_core::{
    Amount, AssetName, EntryKind, Event, EventKey, EventKind, Identity, Random, Rejection, rules,
};
use rusqlite::{OptionalExtension, Row, Transaction};

use super::{
    asset,
    fault::Fault,
    identity::{self, Known},
    quarantine, row,
    writing::{AssetId, Draft, Writing},
};
use crate::Outcome;

/// Takes the events in, in their order. What one of them changes, the next one sees.
pub(super) fn append(
    transaction: &Transaction,
    events: &[Event],
    now_ms: i64,
    random: &dyn Random,
) -> Result<Vec<Outcome>, Fault> {
    let mut batch = Batch {
        transaction,
        writing: Writing::begin(transaction, now_ms)?,
        assets: asset::ids(transaction)?,
        identities: HashMap::new(),
        random,
    };
    let outcomes = events.iter().map(|event| batch.take(event)).collect::<Result<_, _>>()?;
    batch.writing.finish()?;
    Ok(outcomes)
}

struct Batch<'t> {
    transaction: &'t Transaction<'t>,
    writing: Writing<'t>,
    assets: HashMap<AssetName, AssetId>,
    identities: HashMap<Identity, Known>,
    random: &'t dyn Random,
}

impl Batch<'_> {
    fn take(&mut self, event: &Event) -> Result<Outcome, Fault> {
        if let Some(outcome) = self.in_log(event)? {
            return Ok(outcome);
        }
        if let Some(rejection) = quarantine::find(self.transaction, event.key)? {
            return Ok(Outcome::Quarantined(rejection));
        }
        match self.enter(event) {
            Err(Fault::Rejected(rejection)) => {
                quarantine::store(self.transaction, event, &rejection, self.writing.now_ms)?;
                Ok(Outcome::Quarantined(rejection))
            }
            Err(fault) => Err(fault),
            Ok(seq) => Ok(Outcome::Entered { seq }),
        }
    }

    /// Nothing is written before the rules have said yes.
    fn enter(&mut self, event: &Event) -> Result<i64, Fault> {
        let asset =
            *self.assets.get(&event.asset).ok_or_else(|| Rejection::UnknownAsset(event.asset.clone()))?;
        let identity = self.identity(&event.identity)?;
        let before = self.writing.balance(identity.purse, asset)?;
        let balance = rules::enter(&event.asset, before, event.delta)?;
        self.writing.enter(Draft {
            key: event.key,
            kind: event.kind.into(),
            purse: identity.purse,
            identity: &identity,
            asset: (asset, &event.asset),
            delta: event.delta,
            balance,
            captured_ms: event.captured_ms,
            actor: None,
            reason: event.reason.clone(),
        })
    }

    /// A new identity's purse is empty, so that the rules never reject its first event.
    fn identity(&mut self, identity: &Identity) -> Result<Known, Fault> {
        if let Some(known) = self.known(identity)? {
            return Ok(known);
        }
        let known = identity::create(self.transaction, identity, self.writing.now_ms, self.random)?;
        self.identities.insert(identity.clone(), known.clone());
        Ok(known)
    }

    fn known(&mut self, identity: &Identity) -> Result<Option<Known>, Fault> {
        if let Some(known) = self.identities.get(identity) {
            return Ok(Some(known.clone()));
        }
        let known = identity::find(self.transaction, identity)?;
        if let Some(known) = &known {
            self.identities.insert(identity.clone(), known.clone());
        }
        Ok(known)
    }

    /// What the log says of the event's key; or, of an opening, of the one opening that there is.
    fn in_log(&mut self, event: &Event) -> Result<Option<Outcome>, Fault> {
        if let Some(logged) = Logged::find(self.transaction, event.key)? {
            let same = logged.is(event).then_some(Outcome::Known { seq: logged.seq });
            return Ok(same.or(Some(Outcome::Quarantined(Rejection::SameKeyDifferentContent))));
        }
        match event.kind {
            EventKind::Opening => Ok(self.opening(event)?.map(|seq| Outcome::Known { seq })),
            EventKind::Change | EventKind::Repair => Ok(None),
        }
    }

    fn opening(&mut self, event: &Event) -> Result<Option<i64>, Fault> {
        let Some(&asset) = self.assets.get(&event.asset) else { return Ok(None) };
        let Some(identity) = self.known(&event.identity)? else { return Ok(None) };
        Ok(self
            .transaction
            .prepare_cached(
                "SELECT seq FROM entry INDEXED BY entry_opening
                 WHERE identity = ?1 AND asset = ?2 AND kind = 'opening'",
            )?
            .query_one((identity.id, asset), |row| row.get(0))
            .optional()?)
    }
}

/// What an entry that has an event's key says.
struct Logged {
    seq: i64,
    kind: EntryKind,
    identity: Identity,
    asset: AssetName,
    delta: Amount,
}

impl Logged {
    fn find(transaction: &Transaction, key: EventKey) -> Result<Option<Self>, Fault> {
        transaction
            .prepare_cached(
                "SELECT entry.seq, entry.kind, identity.platform, identity.external, asset.name AS asset,
                        entry.delta
                 FROM entry
                 JOIN identity ON identity.id = entry.identity
                 JOIN asset ON asset.id = entry.asset
                 WHERE entry.key = ?1",
            )?
            .query_one([key.0], |row| Ok(Self::read(row)))
            .optional()?
            .transpose()
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            seq: row.get("seq")?,
            kind: row::entry_kind(row)?,
            identity: row::identity(row)?,
            asset: row::asset(row, "asset")?,
            delta: row::amount(row, "delta")?,
        })
    }

    /// An opening is the same whatever its amount: the first one counts.
    fn is(&self, event: &Event) -> bool {
        self.kind == event.kind.into()
            && self.identity == event.identity
            && self.asset == event.asset
            && (self.delta == event.delta || self.kind == EntryKind::Opening)
    }
}
