//! Own events that the ledger has: out of the outbox, into what is kept; and judged for stale writes.

use std::collections::{HashMap, HashSet};

use onepurse_core::{
    Amount, Changes, EventKey,
    local::{self, Inbound, Overwrite},
};
use rusqlite::{OptionalExtension, params};

use super::{Work, connect::Fault, outbox, work::Numbers};
use crate::{Stale, Writes, named::REPAIR};

/// A row of the outbox, as far as including it goes.
struct Waiting {
    n: i64,
    mapping: i64,
    id: String,
    is_opening: bool,
    key: EventKey,
    before: Option<i64>,
    after: Option<i64>,
    at_ms: i64,
    delta: Amount,
}

/// What an answer says is in the ledger.
struct Named {
    keys: HashSet<EventKey>,
    openings: HashSet<(i64, String)>,
}

/// What came of an answer's own events.
pub(super) struct Included {
    pub(super) stale: Vec<Stale>,
    /// Own events that this database does not remember: it was put back from an older copy since it captured them.
    pub(super) forgotten: usize,
    /// What was included, by mapping and identity; `None` for a sum that is no amount.
    pub(super) sums: HashMap<(i64, String), Option<Amount>>,
}

/// Moves the answer's own events from the outbox to what is kept.
pub(super) fn include(
    work: &Work<'_>,
    changes: &Changes,
    numbers: &Numbers<'_>,
    now_ms: i64,
) -> Result<Included, Fault> {
    let openings = changes.openings.iter().filter_map(|opening| {
        Some((numbers.get(opening.asset.as_str())?.0, opening.external.as_str().to_owned()))
    });
    let mut named = Named { keys: changes.own.iter().copied().collect(), openings: openings.collect() };
    let (mut stale, mut sums) = (Vec::new(), HashMap::new());
    for waiting in find(work, &mut named)? {
        keep(work, waiting.n, now_ms)?;
        let sum = sums.entry((waiting.mapping, waiting.id.clone())).or_insert(Some(Amount::ZERO));
        *sum = sum.and_then(|sum: Amount| sum.checked_add(waiting.delta));
        if let Some(inbound) = put_back(work, &waiting)? {
            stale.extend(repair(work, &waiting, inbound, &named, numbers, now_ms)?);
        }
    }
    Ok(Included { stale, forgotten: named.keys.len(), sums })
}

/// The rows of the outbox that are named. Own events come back in the order they were sent, so the scan from the front
/// ends as soon as all are found.
fn find(work: &Work<'_>, named: &mut Named) -> Result<Vec<Waiting>, Fault> {
    let mut found = Vec::new();
    let mut statement = work.db.prepare_cached(
        "SELECT n, mapping, id, kind = 'opening', at_ms, nonce, before, after, delta FROM onepurse_outbox ORDER BY n",
    )?;
    let mut rows = statement.query([])?;
    while !(named.keys.is_empty() && named.openings.is_empty()) {
        let Some(row) = rows.next()? else { break };
        let at_ms = row.get(4)?;
        let waiting = Waiting {
            n: row.get(0)?,
            mapping: row.get(1)?,
            id: row.get(2)?,
            is_opening: row.get(3)?,
            key: EventKey::captured(at_ms, row.get(5)?),
            before: row.get(6)?,
            after: row.get(7)?,
            at_ms,
            delta: Amount::new(row.get(8)?),
        };
        let is_named = if waiting.is_opening {
            named.openings.remove(&(waiting.mapping, waiting.id.clone()))
        } else {
            named.keys.remove(&waiting.key)
        };
        if is_named {
            found.push(waiting);
        }
    }
    Ok(found)
}

fn keep(work: &Work<'_>, n: i64, now_ms: i64) -> Result<(), Fault> {
    const COLUMNS: &str = "mapping, id, kind, delta, before, after, at_ms, nonce, reason";
    work.db
        .prepare_cached(&format!(
            "INSERT INTO onepurse_kept ({COLUMNS}, included_ms) SELECT {COLUMNS}, ?2 FROM onepurse_outbox WHERE n = ?1"
        ))?
        .execute([n, now_ms])?;
    work.db.prepare_cached("DELETE FROM onepurse_outbox WHERE n = ?1")?.execute([n])?;
    Ok(())
}

/// Counts a write that looks stale; tells what it overwrote where it put back exactly the value from before.
fn put_back(work: &Work<'_>, waiting: &Waiting) -> Result<Option<Amount>, Fault> {
    let (Some(from), Some(to), false) = (waiting.before, waiting.after, waiting.is_opening) else {
        return Ok(None);
    };
    let (from, to) = (Amount::new(from), Amount::new(to));
    let inbound = work
        .db
        .prepare_cached(
            "SELECT inbound_before, inbound_after, inbound_ms FROM onepurse_identity \
             WHERE mapping = ?1 AND id = ?2 AND inbound_ms IS NOT NULL",
        )?
        .query_row(params![waiting.mapping, waiting.id], |row| {
            Ok(Inbound {
                before: Amount::new(row.get(0)?),
                after: Amount::new(row.get(1)?),
                at_ms: row.get(2)?,
            })
        })
        .optional()?;
    let overwrite = local::overwrite(inbound, from, to, waiting.at_ms);
    if overwrite == Overwrite::None {
        return Ok(None);
    }
    let is_put_back = overwrite == Overwrite::PutBack;
    work.db
        .prepare_cached(
            "UPDATE onepurse_replica SET soon_overwrites = soon_overwrites + 1, put_backs = put_backs + ?1",
        )?
        .execute([is_put_back])?;
    if !is_put_back {
        return Ok(None);
    }
    let lost = from.checked_sub(to).ok_or_else(|| outbox::damaged("a captured change is no amount"))?;
    Ok(Some(lost))
}

/// Gives back what a stale write overwrote, where the mapping says that its bot writes so. The key follows from that of
/// the write: however often the write is judged, also in a database put back from a backup, it is repaired once.
fn repair(
    work: &Work<'_>,
    waiting: &Waiting,
    lost: Amount,
    named: &Named,
    numbers: &Numbers<'_>,
    now_ms: i64,
) -> Result<Option<Stale>, Fault> {
    let Some((_, mapping)) = numbers.values().find(|(number, _)| *number == waiting.mapping) else {
        return Ok(None);
    };
    let mut nonce = [0; 8];
    nonce.copy_from_slice(&waiting.key.derived(0).0[8..]);
    let repaired = mapping.writes == Writes::Absolute;
    if repaired {
        work.db
            .prepare_cached(
                "INSERT INTO onepurse_outbox (mapping, id, kind, delta, at_ms, nonce, reason) \
                 VALUES (?1, ?2, 'repair', ?3, ?4, ?5, ?6)",
            )?
            .execute(params![waiting.mapping, waiting.id, lost.units(), waiting.at_ms, nonce, REPAIR])?;
        if named.keys.contains(&EventKey::captured(waiting.at_ms, nonce)) {
            keep(work, work.db.last_insert_rowid(), now_ms)?;
        }
        work.db
            .prepare_cached(
                "UPDATE onepurse_identity SET todo = 1, inbound_ms = NULL WHERE mapping = ?1 AND id = ?2",
            )?
            .execute(params![waiting.mapping, waiting.id])?;
    }
    let external = waiting.id.clone().try_into().map_err(outbox::damaged)?;
    Ok(Some(Stale { asset: mapping.asset.clone(), external, lost, repaired }))
}
