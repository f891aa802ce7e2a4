use onepurse_core::{Amount, AssetName, Event, EventKey, Platform, Rejection};
use rusqlite::{OptionalExtension, Row, Transaction};

use super::{fault::Fault, row};
use crate::Quarantined;

/// Why the event of this key waits, if it does.
pub(super) fn find(transaction: &Transaction, key: EventKey) -> Result<Option<Rejection>, Fault> {
    transaction
        .prepare_cached("SELECT asset, delta, rejection, balance FROM quarantine WHERE key = ?1")?
        .query_one([key.0], |row| Ok(rejection(row)))
        .optional()?
        .transpose()
}

/// Whether any event waits: hardly ever one does.
pub(super) fn has_any(transaction: &Transaction) -> Result<bool, Fault> {
    Ok(transaction.prepare_cached("SELECT 1 FROM quarantine LIMIT 1")?.exists([])?)
}

/// The rejection as it was made: the event waits for the same reason, however often it is sent.
fn rejection(row: &Row) -> Result<Rejection, Fault> {
    let (name, asset): (String, AssetName) = (row.get("rejection")?, row::asset(row, "asset")?);
    let balance: Option<i64> = row.get("balance")?;
    match (name.as_str(), balance) {
        ("UnknownAsset", _) => Ok(Rejection::UnknownAsset(asset)),
        ("WouldOverflow", Some(balance)) => Ok(Rejection::WouldOverflow {
            asset,
            balance: Amount::new(balance),
            delta: row::amount(row, "delta")?,
        }),
        _ => Err(Fault::Damaged(format!("nothing is quarantined for `{name}`"))),
    }
}

/// Keeps a rejected event until someone decides.
pub(super) fn store(
    transaction: &Transaction,
    event: &Event,
    rejection: &Rejection,
    now_ms: i64,
) -> Result<(), Fault> {
    let balance = match rejection {
        Rejection::WouldOverflow { balance, .. } => Some(balance.units()),
        _ => None,
    };
    transaction
        .prepare_cached(
            "INSERT INTO quarantine (key, platform, external, asset, delta, kind, captured_ms, reason,
                                     rejection, message, balance, at_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute((
            event.key.0,
            event.identity.platform.as_str(),
            event.identity.external.as_str(),
            event.asset.as_str(),
            event.delta.units(),
            event.kind.as_str(),
            event.captured_ms,
            &event.reason,
            rejection.name(),
            rejection.to_string(),
            balance,
            now_ms,
        ))?;
    Ok(())
}

/// The event of this key that waits.
pub(super) fn waiting(transaction: &Transaction, key: EventKey) -> Result<Event, Fault> {
    let found = transaction
        .prepare_cached(
            "SELECT key, platform, external, asset, delta, kind, captured_ms, reason FROM quarantine WHERE key = ?1",
        )?
        .query_one([key.0], |row| Ok(event(row)))
        .optional()?;
    found.ok_or(Rejection::NotInQuarantine(key))?
}

/// What waits, oldest first.
pub(super) fn list(
    transaction: &Transaction,
    platform: Option<&Platform>,
) -> Result<Vec<Quarantined>, Fault> {
    transaction
        .prepare_cached(
            "SELECT key, platform, external, asset, delta, kind, captured_ms, reason, rejection, message, at_ms
             FROM quarantine WHERE ?1 IS NULL OR platform = ?1 ORDER BY id",
        )?
        .query_and_then([platform.map(Platform::as_str)], quarantined)?
        .collect()
}

fn quarantined(row: &Row) -> Result<Quarantined, Fault> {
    Ok(Quarantined {
        event: event(row)?,
        rejection: row.get("rejection")?,
        message: row.get("message")?,
        at_ms: row.get("at_ms")?,
    })
}

fn event(row: &Row) -> Result<Event, Fault> {
    Ok(Event {
        key: row::key(row, "key")?,
        identity: row::identity(row)?,
        asset: row::asset(row, "asset")?,
        delta: row::amount(row, "delta")?,
        kind: row::event_kind(row)?,
        captured_ms: row.get("captured_ms")?,
        reason: row.get("reason")?,
    })
}
