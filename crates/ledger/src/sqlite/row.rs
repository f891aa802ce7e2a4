//! How the core's words read back from columns. What does not read back was written by other hands.

use std::str::FromStr;

use onepurse_core::{
    Amount, AssetName, ChainHash, Cursor, Entry, EntryKind, EventKey, EventKind, ExternalId, Identity,
    IdentityTag, LedgerId, LoggedIdentity, MergePolicy, OverdraftPolicy, Platform, PurseId, Scale,
};
use rusqlite::{Connection, OptionalExtension, Row, types::ValueRef};

use super::fault::Fault;

pub(super) fn amount(row: &Row, column: &str) -> Result<Amount, Fault> {
    Ok(Amount::new(row.get(column)?))
}

pub(super) fn purse(row: &Row, column: &str) -> Result<PurseId, Fault> {
    Ok(PurseId(row.get(column)?))
}

pub(super) fn key(row: &Row, column: &str) -> Result<EventKey, Fault> {
    Ok(EventKey(row.get(column)?))
}

pub(super) fn hash(row: &Row, column: &str) -> Result<ChainHash, Fault> {
    Ok(ChainHash(row.get(column)?))
}

pub(super) fn asset(row: &Row, column: &str) -> Result<AssetName, Fault> {
    word(row, column)
}

pub(super) fn scale(row: &Row, column: &str) -> Result<Scale, Fault> {
    let decimals: u8 = row.get(column)?;
    Scale::new(decimals).map_err(|error| Fault::Damaged(error.to_string()))
}

pub(super) fn external(row: &Row, column: &str) -> Result<ExternalId, Fault> {
    word(row, column)
}

/// An identity from the columns `platform` and `external`.
pub(super) fn identity(row: &Row) -> Result<Identity, Fault> {
    let platform: Platform = word(row, "platform")?;
    Ok(Identity::new(platform, external(row, "external")?))
}

/// An identity from the same columns, as the log has it.
pub(super) fn logged_identity(row: &Row) -> Result<LoggedIdentity, Fault> {
    match row.get_ref("external")? {
        ValueRef::Null => Ok(LoggedIdentity::Forgotten(word(row, "platform")?)),
        _ => identity(row).map(LoggedIdentity::Known),
    }
}

fn word<T: FromStr<Err: std::fmt::Display>>(row: &Row, column: &str) -> Result<T, Fault> {
    row.get_ref(column)?
        .as_str()
        .map_err(rusqlite::Error::from)?
        .parse()
        .map_err(|error: T::Err| Fault::Damaged(error.to_string()))
}

/// The columns that [`entry`] reads, of `entry` joined with `identity` and `asset`.
pub(super) const ENTRY: &str = "entry.seq, entry.key, entry.kind, entry.purse, identity.platform,
    identity.external, identity.tag, asset.name AS asset, entry.delta, entry.balance, entry.at_ms,
    entry.captured_ms, entry.actor, entry.reason, entry.hash";

pub(super) fn entry(row: &Row) -> Result<Entry, Fault> {
    Ok(Entry {
        seq: row.get("seq")?,
        key: key(row, "key")?,
        kind: entry_kind(row)?,
        purse: purse(row, "purse")?,
        identity: logged_identity(row)?,
        tag: IdentityTag(row.get("tag")?),
        asset: asset(row, "asset")?,
        delta: amount(row, "delta")?,
        balance: amount(row, "balance")?,
        at_ms: row.get("at_ms")?,
        captured_ms: row.get("captured_ms")?,
        actor: row.get("actor")?,
        reason: row.get("reason")?,
        hash: hash(row, "hash")?,
    })
}

/// A policy, from the column `merge`.
pub(super) fn merge(row: &Row) -> Result<MergePolicy, Fault> {
    let word: String = row.get("merge")?;
    MergePolicy::from_word(&word).ok_or_else(|| Fault::Damaged(format!("no asset is merged by `{word}`")))
}

/// A policy, from the column `overdraft`.
pub(super) fn overdraft(row: &Row) -> Result<OverdraftPolicy, Fault> {
    let word: String = row.get("overdraft")?;
    OverdraftPolicy::from_word(&word)
        .ok_or_else(|| Fault::Damaged(format!("no asset has the overdraft `{word}`")))
}

/// The kind of an entry, from the column `kind`.
pub(super) fn entry_kind(row: &Row) -> Result<EntryKind, Fault> {
    let text: String = row.get("kind")?;
    EntryKind::from_word(&text).ok_or_else(|| Fault::Damaged(format!("no entry is of the kind `{text}`")))
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
pub(super) fn head(connection: &Connection) -> Result<Cursor, Fault> {
    let mut statement = connection.prepare_cached("SELECT head_seq, head_hash FROM ledger")?;
    statement.query_one([], |row| Ok(head_of(row))).map_err(Fault::from).flatten()
}

/// Something changes that a program may remember, and that leaves no entry.
pub(super) fn move_revision(connection: &Connection) -> Result<(), Fault> {
    connection.prepare_cached("UPDATE ledger SET revision = revision + 1")?.execute([])?;
    Ok(())
}

fn head_of(row: &Row) -> Result<Cursor, Fault> {
    Ok(Cursor { seq: row.get("head_seq")?, hash: hash(row, "head_hash")? })
}

/// Which ledger this is.
pub(super) fn ledger_id(connection: &Connection) -> Result<LedgerId, Fault> {
    Ok(LedgerId(connection.prepare_cached("SELECT id FROM ledger")?.query_one([], |row| row.get(0))?))
}

/// The hash of an entry, if there is one of this number.
pub(super) fn hash_of(connection: &Connection, seq: i64) -> Result<Option<ChainHash>, Fault> {
    let mut statement = connection.prepare_cached("SELECT hash FROM entry WHERE seq = ?1")?;
    statement.query_one([seq], |row| Ok(hash(row, "hash"))).optional()?.transpose()
}

/// True where the log has an entry of this number and hash, or the cursor is before the first.
pub(super) fn is_history(connection: &Connection, at: Cursor) -> Result<bool, Fault> {
    if at.seq == 0 {
        return Ok(at == Cursor::ZERO);
    }
    let mut statement =
        connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM entry WHERE seq = ?1 AND hash = ?2)")?;
    Ok(statement.query_one((at.seq, at.hash.0), |row| row.get(0))?)
}
