//! How the core's words read back from columns. What does not read back was written by other hands.

use std::{borrow::Cow, str::FromStr};

use onepurse_core::{
    Amount, AssetName, ChainHash, Cursor, Entry, EntryKind, EventKey, EventKind, ExternalId, Identity,
    IdentityTag, LedgerId, LoggedIdentity, MergePolicy, OverdraftPolicy, Platform, PurseId, Scale,
};
use onepurse_postgres::{Client, Row, types::Type};

use super::fault::Fault;

/// Stands before what PostgreSQL's texts cannot hold, and before itself. A character for private use.
const ESCAPE: char = '\u{10fffd}';

/// A text as it is stored: one with a zero character in it is written in another way, and read back by [`text`].
pub(super) fn stored(text: &str) -> Cow<'_, str> {
    if text.contains(['\0', ESCAPE]) {
        let escaped = text.replace(ESCAPE, "\u{10fffd}e").replace('\0', "\u{10fffd}0");
        Cow::Owned(escaped)
    } else {
        Cow::Borrowed(text)
    }
}

fn read_back(stored: &str) -> String {
    stored.replace("\u{10fffd}0", "\0").replace("\u{10fffd}e", "\u{10fffd}")
}

/// A text that [`stored`] wrote.
pub(super) fn text(row: &Row, column: &str) -> Result<Option<String>, Fault> {
    Ok(row.try_get::<_, Option<&str>>(column)?.map(read_back))
}

pub(super) fn number(row: &Row, column: &str) -> Result<i64, Fault> {
    Ok(row.try_get(column)?)
}

fn bytes<const N: usize>(row: &Row, column: &str) -> Result<[u8; N], Fault> {
    let found: &[u8] = row.try_get(column)?;
    found.try_into().map_err(|_| Fault::Damaged(format!("`{column}` has {} bytes", found.len())))
}

pub(super) fn amount(row: &Row, column: &str) -> Result<Amount, Fault> {
    Ok(Amount::new(number(row, column)?))
}

pub(super) fn purse(row: &Row, column: &str) -> Result<PurseId, Fault> {
    Ok(PurseId(number(row, column)?))
}

pub(super) fn key(row: &Row, column: &str) -> Result<EventKey, Fault> {
    Ok(EventKey(bytes(row, column)?))
}

pub(super) fn hash(row: &Row, column: &str) -> Result<ChainHash, Fault> {
    Ok(ChainHash(bytes(row, column)?))
}

pub(super) fn tag(row: &Row, column: &str) -> Result<IdentityTag, Fault> {
    Ok(IdentityTag(bytes(row, column)?))
}

pub(super) fn digest(row: &Row, column: &str) -> Result<[u8; 32], Fault> {
    bytes(row, column)
}

/// An id, or a salt: 16 bytes.
pub(super) fn id(row: &Row, column: &str) -> Result<[u8; 16], Fault> {
    bytes(row, column)
}

pub(super) fn asset(row: &Row, column: &str) -> Result<AssetName, Fault> {
    word(row, column)
}

pub(super) fn scale(row: &Row, column: &str) -> Result<Scale, Fault> {
    let decimals = u8::try_from(number(row, column)?).unwrap_or(u8::MAX);
    Scale::new(decimals).map_err(|error| Fault::Damaged(error.to_string()))
}

pub(super) fn external(row: &Row, column: &str) -> Result<ExternalId, Fault> {
    let stored: &str = row.try_get(column)?;
    read_back(stored).parse().map_err(|error: onepurse_core::IdentityError| Fault::Damaged(error.to_string()))
}

/// An identity from the columns `platform` and `external`.
pub(super) fn identity(row: &Row) -> Result<Identity, Fault> {
    let platform: Platform = word(row, "platform")?;
    Ok(Identity::new(platform, external(row, "external")?))
}

/// An identity from the same columns, as the log has it.
pub(super) fn logged_identity(row: &Row) -> Result<LoggedIdentity, Fault> {
    match row.try_get::<_, Option<&str>>("external")? {
        None => Ok(LoggedIdentity::Forgotten(word(row, "platform")?)),
        Some(_) => identity(row).map(LoggedIdentity::Known),
    }
}

fn word<T: FromStr<Err: std::fmt::Display>>(row: &Row, column: &str) -> Result<T, Fault> {
    let word: &str = row.try_get(column)?;
    word.parse().map_err(|error: T::Err| Fault::Damaged(error.to_string()))
}

/// Something changes that a program may remember, and that leaves no entry.
pub(super) const MOVE_REVISION: &str = "UPDATE onepurse.ledger SET revision = revision + 1";

/// The columns that [`entry`] reads, and where they are read from.
pub(super) const ENTRY: &str = "entry.seq, entry.key, entry.kind, entry.purse, identity.platform,
    identity.external, identity.tag, asset.name AS asset, entry.delta, entry.balance, entry.at_ms,
    entry.captured_ms, entry.actor, entry.reason, entry.hash, entry.previous
    FROM onepurse.entry JOIN onepurse.identity ON identity.id = entry.identity
    JOIN onepurse.asset ON asset.id = entry.asset";

pub(super) fn entry(row: &Row) -> Result<Entry, Fault> {
    Ok(Entry {
        seq: number(row, "seq")?,
        key: key(row, "key")?,
        kind: entry_kind(row)?,
        purse: purse(row, "purse")?,
        identity: logged_identity(row)?,
        tag: tag(row, "tag")?,
        asset: asset(row, "asset")?,
        delta: amount(row, "delta")?,
        balance: amount(row, "balance")?,
        at_ms: number(row, "at_ms")?,
        captured_ms: number(row, "captured_ms")?,
        actor: text(row, "actor")?,
        reason: text(row, "reason")?,
        hash: hash(row, "hash")?,
    })
}

/// A policy, from the column `merge`.
pub(super) fn merge(row: &Row) -> Result<MergePolicy, Fault> {
    let word: &str = row.try_get("merge")?;
    MergePolicy::from_word(word).ok_or_else(|| Fault::Damaged(format!("no asset is merged by `{word}`")))
}

/// A policy, from the column `overdraft`.
pub(super) fn overdraft(row: &Row) -> Result<OverdraftPolicy, Fault> {
    let word: &str = row.try_get("overdraft")?;
    OverdraftPolicy::from_word(word)
        .ok_or_else(|| Fault::Damaged(format!("no asset has the overdraft `{word}`")))
}

/// The kind of an entry, from the column `kind`.
pub(super) fn entry_kind(row: &Row) -> Result<EntryKind, Fault> {
    let text: &str = row.try_get("kind")?;
    EntryKind::from_word(text).ok_or_else(|| Fault::Damaged(format!("no entry is of the kind `{text}`")))
}

/// The kind of an event, from the column `kind`.
pub(super) fn event_kind(row: &Row) -> Result<EventKind, Fault> {
    match entry_kind(row)? {
        EntryKind::Opening => Ok(EventKind::Opening),
        EntryKind::Change => Ok(EventKind::Change),
        EntryKind::Repair => Ok(EventKind::Repair),
        other => Err(Fault::Damaged(format!("no event is of the kind `{}`", other.as_str()))),
    }
}

/// The log's end, as the head row has it.
pub(super) async fn head(client: &Client) -> Result<Cursor, Fault> {
    let rows = client.query_typed("SELECT head_seq, head_hash FROM onepurse.ledger", &[]).await?;
    head_of(rows.first().ok_or(Fault::NotALedger)?)
}

pub(super) fn head_of(row: &Row) -> Result<Cursor, Fault> {
    Ok(Cursor { seq: number(row, "head_seq")?, hash: hash(row, "head_hash")? })
}

/// Which ledger this is.
pub(super) async fn ledger_id(client: &Client) -> Result<LedgerId, Fault> {
    let rows = client.query_typed("SELECT id FROM onepurse.ledger", &[]).await?;
    Ok(LedgerId(id(rows.first().ok_or(Fault::NotALedger)?, "id")?))
}

/// The hash of an entry, if there is one of this number.
pub(super) async fn hash_of(client: &Client, seq: i64) -> Result<Option<ChainHash>, Fault> {
    let query = "SELECT hash FROM onepurse.entry WHERE seq = $1";
    let found = client.query_typed_opt(query, &[(&seq, Type::INT8)]).await?;
    found.map(|row| hash(&row, "hash")).transpose()
}

/// True where the log has an entry of this number and hash, or the cursor is before the first.
pub(super) async fn is_history(client: &Client, at: Cursor) -> Result<bool, Fault> {
    if at.seq == 0 {
        return Ok(at == Cursor::ZERO);
    }
    let hash: &[u8] = &at.hash.0;
    let found = client
        .query_typed_one(
            "SELECT EXISTS (SELECT FROM onepurse.entry WHERE seq = $1 AND hash = $2)",
            &[(&at.seq, Type::INT8), (&hash, Type::BYTEA)],
        )
        .await?;
    Ok(found.try_get(0)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_reads_back_and_none_looks_like_another() {
        let texts =
            ["", "456", "a\0b", "\0", "\u{10fffd}", "\u{10fffd}0", "\u{10fffd}e", "\u{10fffd}\0e", "e\0"];
        for text in texts {
            let stored = stored(text);
            assert!(!stored.contains('\0'));
            assert_eq!(read_back(&stored), text);
        }
    }
}
