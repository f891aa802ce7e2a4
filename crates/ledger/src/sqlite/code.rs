//! Link codes, as hashes.

use onepurse_core::{
    Cursor, Identity, LinkCode, Random, Rejection,
    code::{self, CODE_LASTS_MS, CODE_REMEMBERED_MS, Issued, TRIES_WITHIN_MS},
};
use rusqlite::{OptionalExtension, Row, Transaction};

use super::{facts, fault::Fault, row, store};
use crate::{Link, Redeem, plan};

/// Notes a new code, and that older ones of the same identity are used up.
pub(super) fn issue(
    transaction: &Transaction,
    identity: &Identity,
    code: &LinkCode,
    now_ms: i64,
) -> Result<(), Fault> {
    forget_old(transaction, now_ms)?;
    let (platform, external) = (identity.platform.as_str(), identity.external.as_str());
    transaction
        .prepare_cached(
            "UPDATE code SET used_ms = ?3 WHERE platform = ?1 AND external = ?2 AND used_ms IS NULL",
        )?
        .execute((platform, external, now_ms))?;
    let hash = code.hash(row::ledger_id(transaction)?);
    transaction
        .prepare_cached("INSERT INTO code (hash, platform, external, expires_ms) VALUES (?1, ?2, ?3, ?4)")?
        .execute((hash, platform, external, now_ms.saturating_add(CODE_LASTS_MS)))?;
    Ok(())
}

/// Uses a code. A wrong one is noted, which is written: so what comes of it is no fault.
pub(super) fn redeem(
    transaction: &Transaction,
    redeem: &Redeem,
    now_ms: i64,
    random: &dyn Random,
) -> Result<Result<Cursor, Rejection>, Fault> {
    forget_old(transaction, now_ms)?;
    let mut facts = facts::of_request(transaction, redeem.key, &[&redeem.by])?;
    if facts.logged.values().any(|logged| logged.is_link_of(&redeem.by)) {
        return Ok(Ok(facts.head));
    }
    if facts.is_used(redeem.key) {
        return Ok(Err(Rejection::SameKeyDifferentContent));
    }
    let hash = redeem.code.hash(row::ledger_id(transaction)?);
    let tries = tries(transaction, &redeem.by)?;
    let maker = match code::redeem(issued(transaction, hash)?, &redeem.by, tries, now_ms) {
        Ok(maker) => maker,
        Err(rejection) => {
            if code::is_wrong(&rejection) {
                note_try(transaction, &redeem.by, now_ms)?;
            }
            return Ok(Err(rejection));
        }
    };
    let link = Link { key: redeem.key, stays: maker, joins: redeem.by.clone(), actor: None, reason: None };
    facts::add_purse_of(transaction, &mut facts, &link.stays)?;
    let plan = plan::prove(facts, &link, now_ms, random)?;
    store::store(transaction, &plan)?;
    transaction.prepare_cached("UPDATE code SET used_ms = ?2 WHERE hash = ?1")?.execute((hash, now_ms))?;
    Ok(Ok(plan.head))
}

fn forget_old(transaction: &Transaction, now_ms: i64) -> Result<(), Fault> {
    let codes = now_ms.saturating_sub(CODE_REMEMBERED_MS);
    transaction.prepare_cached("DELETE FROM code WHERE expires_ms < ?1")?.execute([codes])?;
    let tries = now_ms.saturating_sub(TRIES_WITHIN_MS);
    transaction.prepare_cached("DELETE FROM code_try WHERE at_ms <= ?1")?.execute([tries])?;
    Ok(())
}

fn issued(transaction: &Transaction, hash: [u8; 32]) -> Result<Option<Issued>, Fault> {
    let read = |row: &Row| -> Result<Issued, Fault> {
        Ok(Issued {
            identity: row::identity(row)?,
            expires_ms: row.get("expires_ms")?,
            is_used: row.get("is_used")?,
        })
    };
    transaction
        .prepare_cached(
            "SELECT platform, external, expires_ms, used_ms IS NOT NULL AS is_used FROM code WHERE hash = ?1",
        )?
        .query_one([hash], |row| Ok(read(row)))
        .optional()?
        .transpose()
}

fn tries(transaction: &Transaction, by: &Identity) -> Result<u64, Fault> {
    Ok(transaction
        .prepare_cached("SELECT count(*) FROM code_try WHERE platform = ?1 AND external = ?2")?
        .query_one((by.platform.as_str(), by.external.as_str()), |row| row.get(0))?)
}

fn note_try(transaction: &Transaction, by: &Identity, now_ms: i64) -> Result<(), Fault> {
    transaction
        .prepare_cached("INSERT INTO code_try (platform, external, at_ms) VALUES (?1, ?2, ?3)")?
        .execute((by.platform.as_str(), by.external.as_str(), now_ms))?;
    Ok(())
}
