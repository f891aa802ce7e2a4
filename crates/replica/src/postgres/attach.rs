//! Putting capture in, putting it back, and taking it out.

use onepurse_core::Cursor;
use onepurse_postgres::quote;
use tokio_postgres::types::Type;

use super::{
    Work, apply, base, compare, digest,
    fault::Fault,
    problems,
    renew::{SCHEMA, STEPS},
    shape::Shape,
    terms::Bound,
    trigger,
};
use crate::{
    Attach, Decision, Detached, Mapping, Problem, ReplicaError,
    alone::{DUPLICATE, NOT_A_NUMBER},
};

/// Puts capture in: our tables where they are not there yet, and every mapping that is new.
///
/// To put a trigger on a table shuts its writers out until the commit, so that comes as late as can be; and it waits for
/// writers that are there no longer than our time-out for locks, since others queue up behind it.
pub(super) async fn attach(work: &Work<'_>, attach: &Attach) -> Result<(), Fault> {
    refuse(problems::problems(work).await?, work.place)?;
    let is_new = !digest::lock(work).await?;
    if is_new {
        make_tables(work, attach).await?;
    }
    let numbers = work.numbers().await?;
    let new: Vec<_> =
        work.mappings.iter().filter(|mapping| !numbers.contains_key(mapping.asset.as_str())).collect();
    let mut bound = Vec::new();
    for mapping in &new {
        bound.push(take_note(work, mapping).await?);
    }
    for bound in &bound {
        put_in(work, bound).await?;
    }
    for bound in &bound {
        take_openings(work, bound).await?;
    }
    share(work).await?;
    if is_new {
        base::note(work, &attach.base).await?;
    } else if !new.is_empty() {
        // The ledger may know balances of a new mapping's identities from before the cursor. Without a cursor nobody
        // could tell that the ledger was put back meanwhile, so what is kept is sent again.
        digest::all(work).await?;
        apply::begin_anew(work).await?;
        work.run("UPDATE @.replica SET compare = 1").await?;
    }
    Ok(())
}

fn refuse(problems: Vec<Problem>, place: &str) -> Result<(), Fault> {
    if problems.is_empty() {
        return Ok(());
    }
    Err(ReplicaError::Refused { place: place.to_owned(), problems }.into())
}

async fn make_tables(work: &Work<'_>, attach: &Attach) -> Result<(), Fault> {
    let schema = work.sql_schema();
    work.run_plain(&format!("CREATE SCHEMA {schema}")).await?;
    for step in STEPS {
        work.run_plain(&step.replace("@.", &format!("{schema}."))).await?;
    }
    let (replica, ledger) = (attach.replica.0.as_slice(), attach.ledger.0.as_slice());
    work.execute(
        "INSERT INTO @.replica (one, schema, replica, ledger, platform, cursor_seq, cursor_hash, resync, compare, decision) \
         VALUES (true, $1, $2, $3, $4, 0, decode(repeat('00', 32), 'hex'), true, 1, $5)",
        &[
            (&SCHEMA, Type::INT8),
            (&replica, Type::BYTEA),
            (&ledger, Type::BYTEA),
            (&work.platform.as_str(), Type::TEXT),
            (&attach.decision.map(Decision::as_str), Type::TEXT),
        ],
    )
    .await?;
    Ok(())
}

async fn take_note(work: &Work<'_>, mapping: &Mapping) -> Result<Bound, Fault> {
    let shape = Shape::read(work, mapping)
        .await?
        .ok_or_else(|| Fault::damaged(format!("the table {} went away", mapping.table)))?;
    let noted = work
        .one(
            "INSERT INTO @.mapping (asset, definition, stamp, negatives) VALUES ($1, $2, '', false) RETURNING mapping",
            &[(&mapping.asset.as_str(), Type::TEXT), (&mapping.definition(), Type::TEXT)],
        )
        .await?;
    Ok(Bound::new(noted.try_get(0)?, mapping, shape, work.schema))
}

/// Puts functions and triggers in, in place of those that may be there, on whatever table they are by now.
async fn put_in(work: &Work<'_>, bound: &Bound) -> Result<(), Fault> {
    let capture = trigger::capture(bound);
    for what in trigger::FUNCTIONS.iter().rev() {
        // By its name alone: its parameters follow from a table that may have been another.
        let name = bound.name(what);
        let found = work
            .query(
                "SELECT f.oid::regprocedure::text FROM pg_proc f JOIN pg_namespace s ON s.oid = f.pronamespace \
                 WHERE s.nspname = $1 AND f.proname = $2",
                &[(&work.schema, Type::TEXT), (&name, Type::TEXT)],
            )
            .await?;
        for row in found {
            work.run_plain(&format!("DROP FUNCTION {} CASCADE", row.try_get::<_, &str>(0)?)).await?;
        }
    }
    for sql in capture.functions.iter().chain(&capture.triggers) {
        work.run_plain(sql).await?;
    }
    work.execute(
        "UPDATE @.mapping SET stamp = $2 WHERE mapping = $1",
        &[(&bound.number, Type::INT8), (&capture.stamp, Type::TEXT)],
    )
    .await?;
    Ok(())
}

/// Takes the openings of every row whose identity is not known yet. No writer is at the table by now.
async fn take_openings(work: &Work<'_>, bound: &Bound) -> Result<(), Fault> {
    let rows = bound.rows();
    let number = bound.number;
    let fresh = format!(
        "SELECT r.id, min(r.shows) AS shows FROM ({rows}) AS r WHERE NOT EXISTS \
         (SELECT FROM @.identity AS i WHERE i.mapping = {number} AND i.id = r.id AND i.opened) GROUP BY r.id"
    );
    work.run(&format!(
        "INSERT INTO @.outbox (mapping, id, kind, delta, before, after, at_ms, nonce) \
             SELECT {number}, id, 'opening', coalesce(shows, 0), 0, shows, \
             floor(extract(epoch FROM statement_timestamp()) * 1000)::bigint, \
             substring(uuid_send(gen_random_uuid()) FROM 9 FOR 8) FROM ({fresh}) AS fresh ORDER BY id"
    ))
    .await?;
    work.run(&format!(
        "INSERT INTO @.identity (mapping, id, opened) SELECT {number}, id, true FROM ({fresh}) AS fresh \
         ON CONFLICT (mapping, id) DO UPDATE SET opened = true, todo = greatest(identity.todo, 1)"
    ))
    .await?;
    work.run(&format!(
        "UPDATE @.mapping SET negatives = EXISTS (SELECT FROM ({rows}) AS r WHERE r.shows < 0) OR negatives \
         WHERE mapping = {number}"
    ))
    .await
}

/// Whoever may see the bot's table may read ours: `pg_dump` by the bot's own role reads all there is, or fails.
pub(super) async fn share(work: &Work<'_>) -> Result<(), Fault> {
    let schema = work.sql_schema();
    for bound in work.bound().await? {
        let roles = work
            .query(
                "SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END \
                 FROM pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) AS a WHERE c.oid = $1",
                &[(&bound.shape.oid, Type::OID)],
            )
            .await?;
        for row in roles {
            let role: &str = row.try_get(0)?;
            work.run_plain(&format!(
                "GRANT USAGE ON SCHEMA {schema} TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}; \
                 GRANT SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}"
            ))
            .await?;
        }
    }
    Ok(())
}

/// Puts triggers back where a table has lost them. What was written meanwhile has to be compared.
pub(super) async fn mend(work: &Work<'_>, now_ms: i64) -> Result<(), Fault> {
    if !digest::lock(work).await? {
        return Ok(());
    }
    for mapping in work.mappings {
        if Shape::read(work, mapping).await?.is_some() {
            refuse(problems::of_table(work, mapping).await?, work.place)?;
        }
    }
    let all = work.bound().await?;
    // Where every trigger was there all the time, what they could not read is the bot's, and nobody else's. A row that
    // came or went then is noted as one that nobody saw.
    let was_watched = all.iter().all(trigger::is_there);
    for bound in &all {
        put_in(work, bound).await?;
    }
    digest::all(work).await?;
    let blind = work.query("DELETE FROM @.captured WHERE what = 'blind' RETURNING id", &[]).await?;
    let are_updates = blind.iter().all(|row| row.get::<_, &str>(0) == "UPDATE");
    if was_watched && are_updates && !blind.is_empty() {
        compare::count_unread(work, &all, now_ms).await?;
    }
    for bound in &all {
        take_openings(work, bound).await?;
        set_aside(work, bound).await?;
        compare::forget_returned(work, bound).await?;
        let absent = compare::note_absent(work, bound, now_ms).await?;
        tracing::debug!(table = bound.mapping.table, absent, "capture put back");
    }
    share(work).await?;
    work.run("UPDATE @.replica SET compare = 2").await
}

/// Identities that came to have several rows, or no number, while nobody looked are left alone.
async fn set_aside(work: &Work<'_>, bound: &Bound) -> Result<(), Fault> {
    let rows = bound.rows();
    let odd = [
        (DUPLICATE, format!("SELECT r.id FROM ({rows}) AS r GROUP BY r.id HAVING count(*) > 1")),
        (NOT_A_NUMBER, format!("SELECT r.id FROM ({rows}) AS r WHERE r.shows IS NULL")),
    ];
    for (why, ids) in odd {
        work.execute(
            &format!(
                "UPDATE @.identity SET paused = $2 WHERE mapping = $1 AND paused IS NULL AND id IN ({ids})"
            ),
            &[(&bound.number, Type::INT8), (&why, Type::TEXT)],
        )
        .await?;
    }
    Ok(())
}

/// Takes out everything that is ours: the triggers go with their functions, whoever owns the table that they are on.
pub(super) async fn detach(work: &Work<'_>, at: Cursor, pending_max: u64) -> Result<Detached, Fault> {
    if !digest::lock(work).await? {
        return Ok(Detached::Done);
    }
    if super::read::cursor(work).await? != at {
        return Ok(Detached::Moved);
    }
    digest::all(work).await?;
    let pending: i64 = work.one("SELECT count(*) FROM @.outbox", &[]).await?.try_get(0)?;
    if u64::try_from(pending).unwrap_or_default() > pending_max {
        return Ok(Detached::Pending);
    }
    let functions = work
        .query(
            "SELECT f.oid::regprocedure::text FROM pg_proc f JOIN pg_namespace s ON s.oid = f.pronamespace \
             WHERE s.nspname = $1",
            &[(&work.schema, Type::TEXT)],
        )
        .await?;
    for row in functions {
        work.run_plain(&format!("DROP FUNCTION {} CASCADE", row.try_get::<_, &str>(0)?)).await?;
    }
    // Now that no writer is at the tables, nothing comes any more: what was committed meanwhile counts too.
    digest::all(work).await?;
    let pending: i64 = work.one("SELECT count(*) FROM @.outbox", &[]).await?.try_get(0)?;
    if u64::try_from(pending).unwrap_or_default() > pending_max {
        return Err(ReplicaError::Busy { place: work.place.to_owned() }.into());
    }
    work.run_plain(&format!("DROP SCHEMA {} CASCADE", quote(work.schema))).await?;
    Ok(Detached::Done)
}
