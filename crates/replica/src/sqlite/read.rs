//! What is in the database now: for the engine, for people, for an audit.

use std::collections::HashMap;

use onepurse_core::{Amount, AssetName, ChainHash, Cursor, LedgerId, ReplicaId};
use rusqlite::OptionalExtension;

use super::{
    Work, connect::Fault, names::eq_name, outbox, renew::SCHEMA, shape::Shape, terms::Bound, trigger,
};
use crate::{
    Attachment, Audited, AuditedIdentity, Capture, Decision, Mass, PausedIdentity, ReplicaError, Summary,
    View,
};

/// Our tables are there, and the one row that says so: it comes last where attaching takes several transactions.
pub(super) fn is_attached(work: &Work<'_>) -> Result<bool, Fault> {
    Ok(has_tables(work)? && is(work, "SELECT EXISTS (SELECT 1 FROM onepurse_replica)")?)
}

/// Our tables are there, whether the database is attached or not yet.
pub(super) fn has_tables(work: &Work<'_>) -> Result<bool, Fault> {
    is(work, "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'onepurse_replica')")
}

fn is(work: &Work<'_>, sql: &str) -> Result<bool, Fault> {
    Ok(work.db.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

pub(super) fn cursor(work: &Work<'_>) -> Result<Cursor, Fault> {
    Ok(work
        .db
        .prepare_cached("SELECT cursor_seq, cursor_hash FROM onepurse_replica")?
        .query_row([], |row| Ok(Cursor { seq: row.get(0)?, hash: ChainHash(row.get(1)?) }))?)
}

/// Which schema our tables have.
pub(super) fn schema(work: &Work<'_>) -> Result<i64, Fault> {
    Ok(work.db.prepare_cached("SELECT schema FROM onepurse_replica")?.query_row([], |row| row.get(0))?)
}

pub(super) fn view(work: &Work<'_>) -> Result<View, Fault> {
    if !is_attached(work)? {
        return Ok(View::Detached);
    }
    let schema = schema(work)?;
    if schema > SCHEMA {
        let place = work.db.path().unwrap_or_default().to_owned();
        return Err(ReplicaError::NewerSchema { place, found: schema, known: SCHEMA }.into());
    }
    let (platform, question, decision): (String, Option<String>, Option<String>) = work
        .db
        .prepare_cached("SELECT platform, question, decision FROM onepurse_replica")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let mut attachment = work
        .db
        .prepare_cached(
            "SELECT replica, ledger, resync, compare = 2, EXISTS (SELECT 1 FROM onepurse_outbox), \
             EXISTS (SELECT 1 FROM onepurse_identity INDEXED BY onepurse_identity_todo WHERE todo <> 0 AND paused IS NULL) FROM onepurse_replica",
        )?
        .query_row([], |row| {
            Ok(Attachment {
                replica: ReplicaId(row.get(0)?),
                ledger: LedgerId(row.get(1)?),
                platform: work.platform.clone(),
                older: schema < SCHEMA,
                cursor: Cursor::ZERO,
                resync: row.get(2)?,
                compare: row.get(3)?,
                question: None,
                decision: None,
                capture: Capture::Whole,
                pending: row.get(4)?,
                unsettled: row.get(5)?,
                locked: false,
                lately: Mass { changed: 0, gone: 0, of: 0 },
            })
        })?;
    attachment.platform = platform.parse().map_err(outbox::damaged)?;
    attachment.cursor = cursor(work)?;
    attachment.question =
        question.map(|text| serde_json::from_str(&text)).transpose().map_err(outbox::damaged)?;
    attachment.decision = decision.as_deref().and_then(Decision::from_word);
    attachment.capture = capture(work)?;
    attachment.lately = lately(work)?;
    Ok(View::Attached(Box::new(attachment)))
}

/// What the schema looked like, and what that meant for capture.
pub(super) type SeenCapture = (Schema, Capture);

/// Tells one schema of a file from another: SQLite counts every change of it. The triggers are counted besides, for a
/// file that was written over by another in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Schema {
    version: i64,
    triggers: i64,
    length: i64,
}

/// Whether every mapping has its triggers, on its table. To put them together for comparing takes longer than all the
/// rest of a look, so that is done anew only where the schema is another than it was.
fn capture(work: &Work<'_>) -> Result<Capture, Fault> {
    let schema = work
        .db
        .prepare_cached(
            "SELECT (SELECT schema_version FROM pragma_schema_version), count(*), ifnull(sum(length(sql)), 0) \
             FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'onepurse!_%' ESCAPE '!'",
        )?
        .query_row([], |row| Ok(Schema { version: row.get(0)?, triggers: row.get(1)?, length: row.get(2)? }))?;
    if let Some((seen, capture)) = &*work.seen.borrow()
        && *seen == schema
    {
        return Ok(capture.clone());
    }
    let capture = look_at_capture(work)?;
    *work.seen.borrow_mut() = Some((schema, capture.clone()));
    Ok(capture)
}

fn look_at_capture(work: &Work<'_>) -> Result<Capture, Fault> {
    let found = {
        let mut statement = work.db.prepare_cached("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'onepurse!_%' ESCAPE '!'")?;
        let rows = statement.query_map([], |row| {
            Ok((row.get::<_, String>(0)?, (row.get::<_, String>(1)?, row.get::<_, String>(2)?)))
        })?;
        rows.collect::<Result<HashMap<_, _>, _>>()?
    };
    let (mut gone, mut lost, mut new, mut changed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut mappings =
        work.db.prepare_cached("SELECT mapping, definition, stamp FROM onepurse_mapping WHERE asset = ?1")?;
    for mapping in work.mappings {
        let noted = mappings
            .query_row([mapping.asset.as_str()], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
            })
            .optional()?;
        let Some((number, definition, stamp)) = noted else {
            new.push(mapping.asset.clone());
            continue;
        };
        if definition != mapping.definition() {
            changed.push(mapping.asset.clone());
            continue;
        }
        let is_there = |name: &String| {
            found.get(name).is_some_and(|(table, sql)| eq_name(table, &mapping.table) && sql.contains(&stamp))
        };
        let Some(shape) = Shape::read(work.db, mapping)?.filter(|shape| shape.fits(mapping)) else {
            gone.push(mapping.table.clone());
            continue;
        };
        // Another stamp: the configuration, the table's keys or this program ask for other triggers now.
        let wanted = trigger::triggers(&Bound { number, mapping: mapping.clone(), shape }).1;
        if wanted != stamp || !trigger::names(mapping.asset.as_str()).iter().all(is_there) {
            lost.push(mapping.table.clone());
        }
    }
    let mut noted = work.db.prepare_cached("SELECT asset FROM onepurse_mapping")?;
    for asset in noted.query_map([], |row| row.get::<_, String>(0))? {
        let asset: AssetName = asset?.parse().map_err(outbox::damaged)?;
        if !work.mappings.iter().any(|mapping| mapping.asset == asset) {
            changed.push(asset);
        }
    }
    Ok(Capture::of(changed, gone, lost, new))
}

/// Rows that went, or went and came back, since that was last taken for granted. Everyone is only counted where that
/// can matter.
fn lately(work: &Work<'_>) -> Result<Mass, Fault> {
    let (gone, changed): (u64, u64) = work
        .db
        .prepare_cached(
            "SELECT (SELECT count(*) FROM onepurse_gone INDEXED BY onepurse_gone_lately WHERE accepted = 0), \
             (SELECT count(*) FROM onepurse_identity INDEXED BY onepurse_identity_todo WHERE todo <> 0 AND todo = 2)",
        )?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let of = if gone + changed < 10 { 0 } else { identities(work)? };
    Ok(Mass { changed, gone, of })
}

fn identities(work: &Work<'_>) -> Result<u64, Fault> {
    Ok(work
        .db
        .prepare_cached("SELECT count(*) FROM onepurse_identity WHERE opened = 1")?
        .query_row([], |row| row.get(0))?)
}

pub(super) fn summary(work: &Work<'_>) -> Result<Summary, Fault> {
    let mut summary = work.db.query_row(
        "SELECT (SELECT count(*) FROM onepurse_outbox), (SELECT min(at_ms) FROM onepurse_outbox), \
         (SELECT count(*) FROM onepurse_identity WHERE held <> 0), \
         (SELECT count(*) FROM onepurse_identity WHERE todo <> 0 AND paused IS NULL), put_backs, soon_overwrites FROM onepurse_replica",
        [],
        |row| {
            Ok(Summary {
                pending: row.get(0)?,
                oldest_pending_ms: row.get(1)?,
                identities: 0,
                held: row.get(2)?,
                unsettled: row.get(3)?,
                paused: Vec::new(),
                put_backs: row.get(4)?,
                soon_overwrites: row.get(5)?,
            })
        },
    )?;
    summary.identities = identities(work)?;
    let mut statement = work.db.prepare(
        "SELECT m.asset, i.id, i.paused FROM onepurse_identity AS i JOIN onepurse_mapping AS m ON m.mapping = i.mapping WHERE i.paused IS NOT NULL LIMIT 100",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (asset, external): (String, String) = (row.get(0)?, row.get(1)?);
        summary.paused.push(PausedIdentity {
            asset: asset.parse().map_err(outbox::damaged)?,
            external: external.try_into().map_err(outbox::damaged)?,
            reason: row.get(2)?,
        });
    }
    Ok(summary)
}

pub(super) fn audit(work: &Work<'_>) -> Result<Audited, Fault> {
    let own = outbox::OwnSums::read(work)?;
    let (resync, compare): (bool, bool) =
        work.db.query_row("SELECT resync, compare <> 0 FROM onepurse_replica", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let mut audited = Audited { cursor: cursor(work)?, resync, identities: Vec::new() };
    for bound in work.bound()? {
        let mut shown: HashMap<String, Option<i64>> = HashMap::new();
        let mut statement = work.db.prepare(&bound.rows())?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            shown.insert(row.get(0)?, row.get(1)?);
        }
        let mut identities = work.db.prepare("SELECT id, stored, held, todo <> 0 OR paused IS NOT NULL OR opened = 0 FROM onepurse_identity WHERE mapping = ?1")?;
        let mut rows = identities.query([bound.number])?;
        while let Some(row) = rows.next()? {
            let id: String = row.get(0)?;
            let own = own.of(bound.number, &id);
            let local = shown.get(&id).copied();
            audited.identities.push(AuditedIdentity {
                asset: AssetName::clone(&bound.mapping.asset),
                stored: Amount::new(row.get(1)?),
                held: Amount::new(row.get(2)?),
                waived: compare || row.get(3)? || own.is_none() || local == Some(None),
                own: own.unwrap_or_default(),
                local: local.flatten().map(Amount::new),
                external: id.try_into().map_err(outbox::damaged)?,
            });
        }
    }
    Ok(audited)
}
