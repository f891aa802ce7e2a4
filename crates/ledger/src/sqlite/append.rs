use std::collections::HashMap;

use onepurse_core::{AssetName, EntryKind, Event, EventKind, Identity, Random, Rejection, rules};
use rusqlite::{OptionalExtension, Transaction};

use super::{
    asset,
    fault::Fault,
    identity::{self, Known},
    quarantine,
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
        if let Some(known) = self.identities.get(identity) {
            return Ok(known.clone());
        }
        let known = match identity::find(self.transaction, identity)? {
            Some(known) => known,
            None => identity::create(self.transaction, identity, self.writing.now_ms, self.random)?,
        };
        self.identities.insert(identity.clone(), known.clone());
        Ok(known)
    }

    /// What the log says of the event's key; or, of an opening, of the one opening that there is.
    fn in_log(&self, event: &Event) -> Result<Option<Outcome>, Fault> {
        let by_key = self
            .transaction
            .prepare_cached(
                "SELECT entry.seq,
                        identity.platform = ?2 AND identity.external = ?3 AND asset.name = ?4
                        AND entry.kind = ?5 AND (entry.delta = ?6 OR entry.kind = 'opening')
                 FROM entry
                 JOIN identity ON identity.id = entry.identity
                 JOIN asset ON asset.id = entry.asset
                 WHERE entry.key = ?1",
            )?
            .query_one(
                (
                    event.key.0,
                    event.identity.platform.as_str(),
                    event.identity.external.as_str(),
                    event.asset.as_str(),
                    EntryKind::from(event.kind).as_str(),
                    event.delta.units(),
                ),
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        Ok(match by_key {
            Some((seq, true)) => Some(Outcome::Known { seq }),
            Some((_, false)) => Some(Outcome::Quarantined(Rejection::SameKeyDifferentContent)),
            None if event.kind == EventKind::Opening => {
                self.opening(event)?.map(|seq| Outcome::Known { seq })
            }
            None => None,
        })
    }

    fn opening(&self, event: &Event) -> Result<Option<i64>, Fault> {
        Ok(self
            .transaction
            .prepare_cached(
                "SELECT entry.seq FROM entry
                 JOIN identity ON identity.id = entry.identity
                 JOIN asset ON asset.id = entry.asset
                 WHERE identity.platform = ?1 AND identity.external = ?2 AND asset.name = ?3
                   AND entry.kind = 'opening'",
            )?
            .query_one(
                (event.identity.platform.as_str(), event.identity.external.as_str(), event.asset.as_str()),
                |row| row.get(0),
            )
            .optional()?)
    }
}
