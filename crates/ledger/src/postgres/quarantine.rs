use onepurse_core::{Amount, AssetName, Event, EventKey, Platform, Rejection};
use onepurse_postgres::{Client, Row, types::Type};

use super::{fault::Fault, row};
use crate::Quarantined;

/// The rejection as it was made: the event waits for the same reason, however often it is sent.
pub(super) fn rejection(row: &Row) -> Result<Rejection, Fault> {
    let (name, asset): (&str, AssetName) = (row.try_get("rejection")?, row::asset(row, "asset")?);
    let balance: Option<i64> = row.try_get("balance")?;
    match (name, balance) {
        ("UnknownAsset", _) => Ok(Rejection::UnknownAsset(asset)),
        ("WouldOverflow", Some(balance)) => Ok(Rejection::WouldOverflow {
            asset,
            balance: Amount::new(balance),
            delta: row::amount(row, "delta")?,
        }),
        _ => Err(Fault::Damaged(format!("nothing is quarantined for `{name}`"))),
    }
}

/// The event of this key that waits.
pub(super) async fn waiting(client: &Client, key: EventKey) -> Result<Event, Fault> {
    let found = client
        .query_typed_opt(
            "SELECT key, platform, external, asset, delta, kind, captured_ms, reason FROM onepurse.quarantine
             WHERE key = $1",
            &[(&key.0.as_slice(), Type::BYTEA)],
        )
        .await?;
    event(&found.ok_or(Rejection::NotInQuarantine(key))?)
}

/// What waits, oldest first.
pub(super) async fn list(client: &Client, platform: Option<&Platform>) -> Result<Vec<Quarantined>, Fault> {
    let platform = platform.map(Platform::as_str);
    let rows = client
        .query_typed(
            "SELECT key, platform, external, asset, delta, kind, captured_ms, reason, rejection, message, at_ms
             FROM onepurse.quarantine WHERE $1 IS NULL OR platform = $1 ORDER BY id",
            &[(&platform, Type::TEXT)],
        )
        .await?;
    rows.iter().map(quarantined).collect()
}

fn quarantined(row: &Row) -> Result<Quarantined, Fault> {
    Ok(Quarantined {
        event: event(row)?,
        rejection: row.try_get("rejection")?,
        message: row.try_get("message")?,
        at_ms: row::number(row, "at_ms")?,
    })
}

fn event(row: &Row) -> Result<Event, Fault> {
    Ok(Event {
        key: row::key(row, "key")?,
        identity: row::identity(row)?,
        asset: row::asset(row, "asset")?,
        delta: row::amount(row, "delta")?,
        kind: row::event_kind(row)?,
        captured_ms: row::number(row, "captured_ms")?,
        reason: row::text(row, "reason")?,
    })
}
