//! Forgetting somebody for good.

use onepurse_core::{Identity, Rejection};
use rusqlite::{OptionalExtension, Transaction};

use super::{facts, fault::Fault, replica, row};
use crate::plan;

/// Erases what the file has of the name. What is freed is overwritten, as far as SQLite can tell.
pub(super) fn erase(transaction: &Transaction, identity: &Identity) -> Result<(), Fault> {
    let mut facts = facts::at_end(transaction)?;
    facts::add_purse_of(transaction, &mut facts, identity)?;
    let last = last_in_purse_of(transaction, identity)?;
    let known = plan::erase(&facts, identity, last)?;
    if is_waiting(transaction, identity)? {
        return Err(Rejection::InQuarantine(identity.clone()).into());
    }
    transaction.pragma_update(None, "secure_delete", true)?;
    transaction.execute(
        "UPDATE identity SET external = NULL, purse = NULL, salt = NULL WHERE id = ?1",
        [known.id],
    )?;
    row::move_revision(transaction)?;
    let name = (identity.platform.as_str(), identity.external.as_str());
    transaction.execute("DELETE FROM code WHERE platform = ?1 AND external = ?2", name)?;
    transaction.execute("DELETE FROM code_try WHERE platform = ?1 AND external = ?2", name)?;
    if let Some(mut registration) = replica::find(transaction, &identity.platform)? {
        registration.held.retain(|held| held.external != identity.external);
        let held = (identity.platform.as_str(), registration.held_text());
        transaction
            .execute("UPDATE platform SET left_held = ?2 WHERE name = ?1 AND left_held IS NOT ?2", held)?;
    }
    transaction.pragma_update(None, "secure_delete", false)?;
    Ok(())
}

/// Whose the last entry in somebody's purse is.
fn last_in_purse_of(transaction: &Transaction, identity: &Identity) -> Result<Option<i64>, Fault> {
    let last = "SELECT entry.identity FROM entry WHERE entry.seq = (
        SELECT max(balance.last_seq) FROM balance
        WHERE balance.purse = (SELECT purse FROM identity WHERE platform = ?1 AND external = ?2))";
    let name = (identity.platform.as_str(), identity.external.as_str());
    Ok(transaction.query_row(last, name, |row| row.get(0)).optional()?)
}

fn is_waiting(transaction: &Transaction, identity: &Identity) -> Result<bool, Fault> {
    let waiting = "SELECT EXISTS (SELECT 1 FROM quarantine WHERE platform = ?1 AND external = ?2)";
    let name = (identity.platform.as_str(), identity.external.as_str());
    Ok(transaction.query_row(waiting, name, |row| row.get(0))?)
}
