//! What is in the database now: for the engine, for people, for an audit.

use mysql_async::Row;
use onepurse_core::{Amount, AssetName, ChainHash, Cursor, LedgerId, ReplicaId};

use super::{
    Work,
    digest::{self, BLIND},
    fault::Fault,
    renew::SCHEMA,
    rows,
    settle::{DUE, WAITS},
    shape::Shape,
    terms::Bound,
    trigger,
    work::{get, is_missing},
};
use crate::{
    Attachment, Audited, AuditedIdentity, Capture, Decision, Mass, PausedIdentity, ReplicaError, Summary,
    View,
};

pub(super) async fn cursor(work: &mut Work<'_>) -> Result<Cursor, Fault> {
    let row = work.one("SELECT cursor_seq, cursor_hash FROM @.replica", vec![]).await?;
    Ok(Cursor { seq: get(&row, 0)?, hash: ChainHash(bytes(&row, 1)?) })
}

/// Which schema our tables have.
pub(super) async fn schema(work: &mut Work<'_>) -> Result<i64, Fault> {
    get(&work.one("SELECT version FROM @.replica", vec![]).await?, 0)
}

/// Which replica this is.
pub(super) async fn replica(work: &mut Work<'_>) -> Result<ReplicaId, Fault> {
    Ok(ReplicaId(bytes(&work.one("SELECT replica FROM @.replica", vec![]).await?, 0)?))
}

pub(super) fn bytes<const N: usize>(row: &Row, at: usize) -> Result<[u8; N], Fault> {
    get::<Vec<u8>>(row, at)?.try_into().map_err(|_| Fault::damaged("bytes of another length"))
}

/// What is there; and whether facts wait to be digested, of which this does not tell yet.
pub(super) async fn view(work: &mut Work<'_>) -> Result<(View, bool), Fault> {
    let version = work.query("SELECT version FROM @.replica", vec![]).await;
    if is_missing(&version) {
        return Ok((View::Detached, false));
    }
    let Some(version) = version?.into_iter().next() else { return Ok((View::Detached, false)) };
    let found: i64 = get(&version, 0)?;
    if found > SCHEMA {
        let place = work.place.to_owned();
        return Err(ReplicaError::NewerSchema { place, found, known: SCHEMA }.into());
    }
    let row = work
        .one(
            &format!(
                "SELECT replica, ledger, platform, cursor_seq, cursor_hash, resync, compare = 2, question, decision, \
                 EXISTS (SELECT 1 FROM @.outbox), \
                 EXISTS (SELECT 1 FROM @.identity WHERE {WAITS} AND {DUE}), \
                 EXISTS (SELECT 1 FROM @.identity WHERE todo <> 0 AND paused IS NULL AND NOT {DUE}), \
                 EXISTS (SELECT 1 FROM @.fact WHERE what <> 'blind'), {BLIND} FROM @.replica"
            ),
            vec![],
        )
        .await?;
    let (question, decision): (Option<String>, Option<String>) = (get(&row, 7)?, get(&row, 8)?);
    let (waits, blind): (bool, bool) = (get(&row, 12)?, get(&row, 13)?);
    let attachment = Attachment {
        replica: ReplicaId(bytes(&row, 0)?),
        ledger: LedgerId(bytes(&row, 1)?),
        platform: get::<String>(&row, 2)?.parse().map_err(Fault::damaged)?,
        older: found < SCHEMA,
        cursor: Cursor { seq: get(&row, 3)?, hash: ChainHash(bytes(&row, 4)?) },
        resync: get(&row, 5)?,
        compare: get(&row, 6)?,
        question: question.as_deref().map(serde_json::from_str).transpose().map_err(Fault::damaged)?,
        decision: decision.as_deref().and_then(Decision::from_word),
        capture: capture(work, blind).await?,
        pending: get::<bool>(&row, 9)? || waits,
        unsettled: get(&row, 10)?,
        locked: get(&row, 11)?,
        lately: lately(work).await?,
    };
    Ok((View::Attached(Box::new(attachment)), waits))
}

/// Whether every mapping has its triggers, on its table, and nothing was written that they could not read.
async fn capture(work: &mut Work<'_>, blind: bool) -> Result<Capture, Fault> {
    let noted =
        work.query("SELECT asset, mapping, definition, stamp, inhabited FROM @.mapping", vec![]).await?;
    let noted: Vec<(String, i64, String, String, bool)> = noted
        .iter()
        .map(|row| Ok((get(row, 0)?, get(row, 1)?, get(row, 2)?, get(row, 3)?, get(row, 4)?)))
        .collect::<Result<_, Fault>>()?;
    let (mut gone, mut lost, mut new, mut changed) = (vec![], vec![], vec![], vec![]);
    for mapping in work.mappings {
        let Some((_, number, definition, stamp, was_inhabited)) =
            noted.iter().find(|row| row.0 == mapping.asset.as_str())
        else {
            new.push(mapping.asset.clone());
            continue;
        };
        if *definition != mapping.definition() {
            changed.push(mapping.asset.clone());
            continue;
        }
        let Some(shape) = Shape::read(work, mapping).await?.filter(|shape| shape.fits(mapping)) else {
            gone.push(mapping.table.clone());
            continue;
        };
        // Triggers of another user fail every write of the bot where that user is gone, which nobody but an administrator
        // can see. Another stamp: the configuration, the table's keys or this program ask for other triggers now, or they were
        // not all put in.
        let bound = Bound::new(*number, mapping, shape, work.prefix);
        let ours = trigger::capture(&bound);
        let is_emptied = *was_inhabited && is_emptied(work, &bound).await?;
        if blind || !trigger::is_there(&bound) || is_emptied || ours.stamp != *stamp {
            lost.push(mapping.table.clone());
        }
    }
    for (asset, ..) in &noted {
        let asset: AssetName = asset.parse().map_err(Fault::damaged)?;
        if !work.mappings.iter().any(|mapping| mapping.asset == asset) {
            changed.push(asset);
        }
    }
    Ok(Capture::of(changed, gone, lost, new))
}

/// No trigger sees a TRUNCATE; that no row is there any more, and of someone no deletion is noted, can be seen.
async fn is_emptied(work: &mut Work<'_>, bound: &Bound) -> Result<bool, Fault> {
    if !work.query(&format!("SELECT 1 FROM {} LIMIT 1", bound.table()), vec![]).await?.is_empty() {
        return Ok(false);
    }
    let unseen = "SELECT EXISTS (SELECT 1 FROM @.identity WHERE mapping = ? AND opened AND gone_ms IS NULL)";
    get(&work.one(unseen, vec![bound.number.into()]).await?, 0)
}

/// Rows that went, or went and came back, since that was last taken for granted. Everyone is only counted where that
/// can matter.
async fn lately(work: &mut Work<'_>) -> Result<Mass, Fault> {
    let row = work
        .one(
            "SELECT COUNT(*), (SELECT COUNT(*) FROM @.identity WHERE todo = 2) \
             FROM @.identity WHERE gone_ms IS NOT NULL AND NOT gone_accepted",
            vec![],
        )
        .await?;
    let (gone, changed): (u64, u64) = (get(&row, 0)?, get(&row, 1)?);
    let of = if gone + changed < 10 { 0 } else { identities(work).await? };
    Ok(Mass { changed, gone, of })
}

async fn identities(work: &mut Work<'_>) -> Result<u64, Fault> {
    get(&work.one("SELECT COUNT(*) FROM @.identity WHERE opened", vec![]).await?, 0)
}

pub(super) async fn summary(work: &mut Work<'_>) -> Result<Summary, Fault> {
    digest::alone(work).await?;
    let row = work
        .one(
            "SELECT (SELECT COUNT(*) FROM @.outbox), (SELECT MIN(at_ms) FROM @.outbox), \
             (SELECT COUNT(*) FROM @.identity WHERE held <> 0), \
             (SELECT COUNT(*) FROM @.identity WHERE todo <> 0 AND paused IS NULL), put_backs, soon_overwrites FROM @.replica",
            vec![],
        )
        .await?;
    let mut summary = Summary {
        pending: get(&row, 0)?,
        oldest_pending_ms: get(&row, 1)?,
        identities: identities(work).await?,
        held: get(&row, 2)?,
        unsettled: get(&row, 3)?,
        paused: Vec::new(),
        put_backs: get(&row, 4)?,
        soon_overwrites: get(&row, 5)?,
    };
    let paused = work
        .query(
            "SELECT m.asset, i.id, i.paused FROM @.identity AS i JOIN @.mapping AS m ON m.mapping = i.mapping \
             WHERE i.paused IS NOT NULL LIMIT 100",
            vec![],
        )
        .await?;
    for row in &paused {
        summary.paused.push(PausedIdentity {
            asset: get::<String>(row, 0)?.parse().map_err(Fault::damaged)?,
            external: get::<String>(row, 1)?.parse().map_err(Fault::damaged)?,
            reason: get(row, 2)?,
        });
    }
    Ok(summary)
}

pub(super) async fn audit(work: &mut Work<'_>) -> Result<Audited, Fault> {
    digest::alone(work).await?;
    let row = work.one(&format!("SELECT resync, compare <> 0 OR {BLIND} FROM @.replica"), vec![]).await?;
    let compare: bool = get(&row, 1)?;
    let mut audited = Audited { cursor: cursor(work).await?, resync: get(&row, 0)?, identities: Vec::new() };
    let sql = format!(
        "SELECT i.id, i.stored, i.held, i.todo <> 0 OR i.paused IS NOT NULL OR NOT i.opened, {} \
         FROM @.identity AS i WHERE i.mapping = ?",
        digest::OWN
    );
    for bound in work.bound().await? {
        let rows = rows::all(work, &bound).await?;
        for row in work.query(&sql, vec![bound.number.into()]).await? {
            let id: String = get(&row, 0)?;
            let own: Option<i64> = get(&row, 4)?;
            let shown = rows.get(&id).and_then(|values| values.first());
            audited.identities.push(AuditedIdentity {
                asset: bound.mapping.asset.clone(),
                external: id.parse().map_err(Fault::damaged)?,
                stored: Amount::new(get(&row, 1)?),
                own: own.map(Amount::new).unwrap_or_default(),
                held: Amount::new(get(&row, 2)?),
                local: shown.copied().flatten().map(Amount::new),
                waived: compare || get(&row, 3)? || own.is_none() || shown == Some(&None),
            });
        }
    }
    Ok(audited)
}
