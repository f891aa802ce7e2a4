//! What is in the database now: for the engine, for people, for an audit.

use onepurse_core::{Amount, AssetName, ChainHash, Cursor, LedgerId, ReplicaId};
use tokio_postgres::types::Type;

use super::{
    Work,
    compare::count,
    digest::{self, BLIND},
    fault::Fault,
    renew::SCHEMA,
    settle::{DUE, WAITS},
    shape::Shape,
    terms::Bound,
    trigger,
};
use crate::{
    Attachment, Audited, AuditedIdentity, Capture, Decision, Mass, PausedIdentity, ReplicaError, Summary,
    View,
};

pub(super) async fn is_attached(work: &Work<'_>) -> Result<bool, Fault> {
    let table = digest::replica_table(work);
    Ok(work.one("SELECT to_regclass($1) IS NOT NULL", &[(&table, Type::TEXT)]).await?.try_get(0)?)
}

pub(super) async fn cursor(work: &Work<'_>) -> Result<Cursor, Fault> {
    let row = work.one("SELECT cursor_seq, cursor_hash FROM @.replica", &[]).await?;
    Ok(Cursor { seq: row.try_get(0)?, hash: ChainHash(bytes(row.try_get(1)?)?) })
}

fn bytes<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Fault> {
    bytes.try_into().map_err(Fault::damaged)
}

/// Which schema our tables have.
pub(super) async fn schema(work: &Work<'_>) -> Result<i64, Fault> {
    Ok(work.one("SELECT schema FROM @.replica", &[]).await?.try_get(0)?)
}

/// What is there; and whether facts wait to be digested, of which this does not tell yet.
pub(super) async fn view(work: &Work<'_>) -> Result<(View, bool), Fault> {
    if !is_attached(work).await? {
        return Ok((View::Detached, false));
    }
    let found = schema(work).await?;
    if found > SCHEMA {
        let place = work.place.to_owned();
        return Err(ReplicaError::NewerSchema { place, found, known: SCHEMA }.into());
    }
    let row = work
        .one(
            &format!(
                "SELECT replica, ledger, platform, cursor_seq, cursor_hash, resync, compare = 2, question, decision, \
                 EXISTS (SELECT FROM @.outbox), \
                 EXISTS (SELECT FROM @.identity WHERE {WAITS} AND {DUE}), \
                 EXISTS (SELECT FROM @.identity WHERE todo <> 0 AND paused IS NULL AND NOT {DUE}), \
                 EXISTS (SELECT FROM @.captured WHERE what <> 'blind'), {BLIND} FROM @.replica"
            ),
            &[],
        )
        .await?;
    let (question, decision): (Option<&str>, Option<&str>) = (row.try_get(7)?, row.try_get(8)?);
    let (waits, blind): (bool, bool) = (row.try_get(12)?, row.try_get(13)?);
    let attachment = Attachment {
        replica: ReplicaId(bytes(row.try_get(0)?)?),
        ledger: LedgerId(bytes(row.try_get(1)?)?),
        platform: row.try_get::<_, &str>(2)?.parse().map_err(Fault::damaged)?,
        older: found < SCHEMA,
        cursor: Cursor { seq: row.try_get(3)?, hash: ChainHash(bytes(row.try_get(4)?)?) },
        resync: row.try_get(5)?,
        compare: row.try_get(6)?,
        question: question.map(serde_json::from_str).transpose().map_err(Fault::damaged)?,
        decision: decision.and_then(Decision::from_word),
        capture: capture(work, blind).await?,
        pending: row.try_get::<_, bool>(9)? || waits,
        unsettled: row.try_get(10)?,
        locked: row.try_get(11)?,
        lately: lately(work).await?,
    };
    Ok((View::Attached(Box::new(attachment)), waits))
}

/// Whether every mapping has its triggers, on its table, and nothing was written that they could not read.
async fn capture(work: &Work<'_>, blind: bool) -> Result<Capture, Fault> {
    let noted = work.query("SELECT asset, mapping, definition, stamp FROM @.mapping", &[]).await?;
    let (mut gone, mut lost, mut new, mut changed) = (vec![], vec![], vec![], vec![]);
    for mapping in work.mappings {
        let Some(row) = noted.iter().find(|row| row.get::<_, &str>(0) == mapping.asset.as_str()) else {
            new.push(mapping.asset.clone());
            continue;
        };
        if row.try_get::<_, &str>(2)? != mapping.definition() {
            changed.push(mapping.asset.clone());
            continue;
        }
        let Some(shape) = Shape::read(work, mapping).await?.filter(|shape| shape.fits(mapping)) else {
            gone.push(mapping.table.clone());
            continue;
        };
        // Another stamp: the configuration, the table's keys or this program ask for other triggers now.
        let bound = Bound::new(row.try_get(1)?, mapping, shape, work.schema);
        if blind
            || !trigger::is_there(&bound)
            || trigger::capture(&bound).stamp != row.try_get::<_, &str>(3)?
        {
            lost.push(mapping.table.clone());
        }
    }
    for row in &noted {
        let asset: AssetName = row.try_get::<_, &str>(0)?.parse().map_err(Fault::damaged)?;
        if !work.mappings.iter().any(|mapping| mapping.asset == asset) {
            changed.push(asset);
        }
    }
    Ok(Capture::of(changed, gone, lost, new))
}

/// Rows that went, or went and came back, since that was last taken for granted. Everyone is only counted where that
/// can matter.
async fn lately(work: &Work<'_>) -> Result<Mass, Fault> {
    let row = work
        .one(
            "SELECT count(*), (SELECT count(*) FROM @.identity WHERE todo <> 0 AND todo = 2) \
             FROM @.identity WHERE gone_ms IS NOT NULL AND NOT gone_accepted",
            &[],
        )
        .await?;
    let (gone, changed) = (count(&row)?, u64::try_from(row.try_get::<_, i64>(1)?).map_err(Fault::damaged)?);
    let of = if gone + changed < 10 { 0 } else { identities(work).await? };
    Ok(Mass { changed, gone, of })
}

async fn identities(work: &Work<'_>) -> Result<u64, Fault> {
    count(&work.one("SELECT count(*) FROM @.identity WHERE opened", &[]).await?)
}

pub(super) async fn summary(work: &Work<'_>) -> Result<Summary, Fault> {
    digest::alone(work).await?;
    let row = work
        .one(
            "SELECT (SELECT count(*) FROM @.outbox), (SELECT min(at_ms) FROM @.outbox), \
             (SELECT count(*) FROM @.identity WHERE held <> 0), \
             (SELECT count(*) FROM @.identity WHERE todo <> 0 AND paused IS NULL), put_backs, soon_overwrites FROM @.replica",
            &[],
        )
        .await?;
    let number = |at| u64::try_from(row.try_get::<_, i64>(at)?).map_err(Fault::damaged);
    let mut summary = Summary {
        pending: number(0)?,
        oldest_pending_ms: row.try_get(1)?,
        identities: identities(work).await?,
        held: number(2)?,
        unsettled: number(3)?,
        paused: Vec::new(),
        put_backs: number(4)?,
        soon_overwrites: number(5)?,
    };
    let paused = work
        .query(
            "SELECT m.asset, i.id, i.paused FROM @.identity AS i JOIN @.mapping AS m ON m.mapping = i.mapping \
             WHERE i.paused IS NOT NULL LIMIT 100",
            &[],
        )
        .await?;
    for row in paused {
        summary.paused.push(PausedIdentity {
            asset: row.try_get::<_, &str>(0)?.parse().map_err(Fault::damaged)?,
            external: row.try_get::<_, &str>(1)?.parse().map_err(Fault::damaged)?,
            reason: row.try_get(2)?,
        });
    }
    Ok(summary)
}

pub(super) async fn audit(work: &Work<'_>) -> Result<Audited, Fault> {
    digest::alone(work).await?;
    let row = work.one(&format!("SELECT resync, compare <> 0 OR {BLIND} FROM @.replica"), &[]).await?;
    let compare: bool = row.try_get(1)?;
    let mut audited =
        Audited { cursor: cursor(work).await?, resync: row.try_get(0)?, identities: Vec::new() };
    for bound in work.bound().await? {
        let sql = format!(
            "SELECT DISTINCT ON (i.id) i.id, i.stored, i.held, i.todo <> 0 OR i.paused IS NOT NULL OR NOT i.opened, {}, \
             r.id IS NOT NULL, r.shows FROM @.identity AS i LEFT JOIN ({}) AS r ON r.id = i.id WHERE i.mapping = $1",
            digest::OWN,
            bound.rows()
        );
        for row in work.query(&sql, &[(&bound.number, Type::INT8)]).await? {
            let (own, local): (Option<i64>, Option<i64>) = (row.try_get(4)?, row.try_get(6)?);
            let is_odd = row.try_get::<_, bool>(5)? && local.is_none();
            audited.identities.push(AuditedIdentity {
                asset: bound.mapping.asset.clone(),
                external: row.try_get::<_, &str>(0)?.parse().map_err(Fault::damaged)?,
                stored: Amount::new(row.try_get(1)?),
                own: own.map(Amount::new).unwrap_or_default(),
                held: Amount::new(row.try_get(2)?),
                local: local.map(Amount::new),
                waived: compare || row.try_get(3)? || own.is_none() || is_odd,
            });
        }
    }
    Ok(audited)
}
