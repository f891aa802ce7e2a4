//! Reading what triggers have written down, and storing what it amounts to.

use std::collections::{HashMap, HashSet};

use onepurse_core::Amount;
use tokio_postgres::{Row, types::Type};

use super::{Work, fault::Fault, terms::Bound};
use crate::{
    digest::{self, Captured, Fact, Gone, People, Person, Todo, What},
    moved,
    named::Numbers,
};

/// Facts read at once.
const FACTS_MAX: usize = 5_000;

/// Locks our one row: whoever has it is alone in all our tables but the one that triggers write. False where there is
/// none, since nothing is attached.
pub(super) async fn lock(work: &Work<'_>) -> Result<bool, Fault> {
    let attached =
        work.one("SELECT to_regclass($1) IS NOT NULL", &[(&replica_table(work), Type::TEXT)]).await?;
    if !attached.try_get::<_, bool>(0)? {
        return Ok(false);
    }
    Ok(!work.query("SELECT 1 FROM @.replica FOR UPDATE", &[]).await?.is_empty())
}

pub(super) fn replica_table(work: &Work<'_>) -> String {
    format!("{}.replica", work.sql_schema())
}

/// Locks our one row, which must be there, and digests every fact that this transaction sees.
pub(super) async fn alone(work: &Work<'_>) -> Result<(), Fault> {
    if lock(work).await? { all(work).await } else { Err(Fault::damaged("it is not attached")) }
}

/// Digests every fact that there is when it begins. What bots write meanwhile is for the next time: they may never stop.
pub(super) async fn all(work: &Work<'_>) -> Result<(), Fault> {
    let any = work.one("SELECT EXISTS (SELECT FROM @.captured WHERE what <> 'blind')", &[]).await?;
    if !any.try_get::<_, bool>(0)? {
        return Ok(());
    }
    let (numbers, bound) = (work.numbers().await?, work.bound().await?);
    while some(work, &numbers, &bound).await? {}
    Ok(())
}

/// Digests the next facts; false where those were all that there were when they were read.
async fn some(work: &Work<'_>, numbers: &Numbers<'_>, bound: &[Bound]) -> Result<bool, Fault> {
    let (places, mut facts) = read(work, bound).await?;
    let is_partitioned =
        |number| bound.iter().any(|bound| bound.number == number && bound.shape.is_partitioned());
    moved::tell_moves(&mut facts, is_partitioned);
    let done = match facts.iter().position(|fact| fact.what == What::Emptied) {
        Some(0) => {
            emptied(work, &facts[0], numbers).await?;
            1
        }
        first => {
            facts.truncate(first.unwrap_or(facts.len()));
            // What belongs to a deletion at the very end may be read next time only.
            let is_open = |fact: &Fact| fact.what == What::Went && is_partitioned(fact.mapping);
            if places.len() == FACTS_MAX && facts.len() > 1 && facts.last().is_some_and(is_open) {
                facts.pop();
            }
            settle_on(work, &facts, numbers).await?;
            facts.len()
        }
    };
    work.execute(
        "DELETE FROM @.captured WHERE n = ANY ($1) AND what <> 'blind'",
        &[(&&places[..done], Type::INT8_ARRAY)],
    )
    .await?;
    Ok(done < places.len() || places.len() == FACTS_MAX)
}

/// The next facts and their places; with each, how many rows its identity has now, where it may have several. All of it
/// in one statement, so that the rows are those that the facts have led to.
async fn read(work: &Work<'_>, bound: &[Bound]) -> Result<(Vec<i64>, Vec<Fact>), Fault> {
    let counted: Vec<_> = bound
        .iter()
        .filter(|bound| !bound.is_unique)
        .map(|bound| {
            format!(
                "SELECT {}::bigint AS mapping, r.id, count(*) AS rows FROM ({}) AS r \
                 WHERE r.id IN (SELECT id FROM f WHERE mapping = {0}) GROUP BY r.id",
                bound.number,
                bound.rows()
            )
        })
        .collect();
    let loose: Vec<i64> = bound.iter().filter(|bound| !bound.is_unique).map(|bound| bound.number).collect();
    let counted = if counted.is_empty() {
        "SELECT 0::bigint AS mapping, NULL::text AS id, 0::bigint AS rows WHERE false".to_owned()
    } else {
        counted.join(" UNION ALL ")
    };
    let sql = format!(
        "WITH f AS MATERIALIZED (SELECT * FROM @.captured WHERE what <> 'blind' ORDER BY n LIMIT {FACTS_MAX}), c AS ({counted}) \
         SELECT f.n, f.mapping, f.id, f.what, f.was, f.shows, f.at_ms, f.nonce, f.transaction, f.statement, \
         CASE WHEN f.mapping = ANY ($1) THEN coalesce(c.rows, 0) END \
         FROM f LEFT JOIN c ON c.mapping = f.mapping AND c.id = f.id ORDER BY f.n"
    );
    let rows = work.query(&sql, &[(&loose, Type::INT8_ARRAY)]).await?;
    let facts = rows.iter().map(fact).collect::<Result<Vec<_>, _>>()?;
    let places = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<_>, _>>()?;
    Ok((places, facts))
}

fn fact(row: &Row) -> Result<Fact, Fault> {
    let what: &str = row.try_get(3)?;
    Ok(Fact {
        mapping: row.try_get(1)?,
        id: row.try_get(2)?,
        what: What::from_word(what).ok_or_else(|| Fault::damaged(format!("a fact of kind {what}")))?,
        was: row.try_get(4)?,
        shows: row.try_get(5)?,
        at_ms: row.try_get(6)?,
        nonce: nonce(row, 7)?,
        transaction: row.try_get(8)?,
        statement: row.try_get(9)?,
        rows: row.try_get(10)?,
    })
}

pub(super) fn nonce(row: &Row, at: usize) -> Result<[u8; 8], Fault> {
    row.try_get::<_, &[u8]>(at)?.try_into().map_err(Fault::damaged)
}

async fn settle_on(work: &Work<'_>, facts: &[Fact], numbers: &Numbers<'_>) -> Result<(), Fault> {
    let mut people = people(work, facts).await?;
    let before = people.clone();
    let by_number: HashMap<_, _> = numbers.values().copied().collect();
    let events = digest::digest(facts, &mut people, |number| by_number.get(&number).copied());
    people.retain(|key, person| before.get(key) != Some(person));
    enter(work, &events).await?;
    store(work, &people).await
}

/// What is known of everyone that the facts speak of.
async fn people(work: &Work<'_>, facts: &[Fact]) -> Result<People, Fault> {
    let keys: HashSet<_> = facts.iter().map(|fact| (fact.mapping, fact.id.as_str())).collect();
    let (mappings, ids): (Vec<i64>, Vec<&str>) = keys.into_iter().unzip();
    let sql = format!(
        "SELECT i.mapping, i.id, i.stored, i.held, i.opened, i.todo, i.paused, i.gone_ms, i.gone_value, i.gone_in, i.gone_accepted, {OWN} \
         FROM unnest($1::bigint[], $2::text[]) AS w(mapping, id) \
         JOIN @.identity AS i ON i.mapping = w.mapping AND i.id = w.id"
    );
    let rows = work.query(&sql, &[(&mappings, Type::INT8_ARRAY), (&ids, Type::TEXT_ARRAY)]).await?;
    rows.iter().map(|row| Ok(((row.try_get(0)?, row.try_get(1)?), person(row)?))).collect()
}

/// Whether something was written that could not be read.
pub(super) const BLIND: &str = "EXISTS (SELECT FROM @.captured WHERE what = 'blind')";

/// The sum of the events of `i` that are not included; NULL where that is no amount.
pub(super) const OWN: &str = "(SELECT CASE WHEN coalesce(sum(o.delta), 0) BETWEEN -9223372036854775808 AND 9223372036854775807 \
     THEN coalesce(sum(o.delta), 0)::bigint END FROM @.outbox AS o WHERE o.mapping = i.mapping AND o.id = i.id)";

fn person(row: &Row) -> Result<Person, Fault> {
    let gone_ms: Option<i64> = row.try_get(7)?;
    let gone = match gone_ms {
        Some(at_ms) => Some(Gone {
            value: row.try_get(8)?,
            at_ms,
            accepted: row.try_get(10)?,
            transaction: row.try_get(9)?,
        }),
        None => None,
    };
    Ok(Person {
        stored: Amount::new(row.try_get(2)?),
        held: Amount::new(row.try_get(3)?),
        own: row.try_get::<_, Option<i64>>(11)?.map(Amount::new),
        opened: row.try_get(4)?,
        todo: Todo::from_number(row.try_get(5)?),
        paused: row.try_get(6)?,
        gone,
        is_noted: true,
    })
}

async fn enter(work: &Work<'_>, events: &[Captured]) -> Result<(), Fault> {
    if events.is_empty() {
        return Ok(());
    }
    let mappings: Vec<_> = events.iter().map(|event| event.mapping).collect();
    let ids: Vec<_> = events.iter().map(|event| event.id.as_str()).collect();
    let kinds: Vec<_> = events.iter().map(|event| event.kind.as_str()).collect();
    let deltas: Vec<_> = events.iter().map(|event| event.delta.units()).collect();
    let befores: Vec<_> = events.iter().map(|event| event.before).collect();
    let afters: Vec<_> = events.iter().map(|event| event.after).collect();
    let times: Vec<_> = events.iter().map(|event| event.at_ms).collect();
    let nonces: Vec<_> = events.iter().map(|event| event.nonce.as_slice()).collect();
    work.execute(
        "INSERT INTO @.outbox (mapping, id, kind, delta, before, after, at_ms, nonce) \
         SELECT mapping, id, kind, delta, before, after, at_ms, nonce \
         FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bytea[]) \
         WITH ORDINALITY AS w(mapping, id, kind, delta, before, after, at_ms, nonce, nth) ORDER BY nth",
        &[
            (&mappings, Type::INT8_ARRAY),
            (&ids, Type::TEXT_ARRAY),
            (&kinds, Type::TEXT_ARRAY),
            (&deltas, Type::INT8_ARRAY),
            (&befores, Type::INT8_ARRAY),
            (&afters, Type::INT8_ARRAY),
            (&times, Type::INT8_ARRAY),
            (&nonces, Type::BYTEA_ARRAY),
        ],
    )
    .await?;
    Ok(())
}

async fn store(work: &Work<'_>, people: &People) -> Result<(), Fault> {
    let (mut mappings, mut ids, mut opened, mut todos, mut paused) = (vec![], vec![], vec![], vec![], vec![]);
    let (mut gone_ms, mut gone_value, mut gone_in, mut accepted) = (vec![], vec![], vec![], vec![]);
    for ((mapping, id), person) in people {
        mappings.push(*mapping);
        ids.push(id.as_str());
        opened.push(person.opened);
        todos.push(person.todo.number());
        paused.push(person.paused.as_deref());
        gone_ms.push(person.gone.map(|gone| gone.at_ms));
        gone_value.push(person.gone.and_then(|gone| gone.value));
        gone_in.push(person.gone.and_then(|gone| gone.transaction));
        accepted.push(person.gone.is_some_and(|gone| gone.accepted));
    }
    work.execute(
        "INSERT INTO @.identity (mapping, id, opened, todo, paused, gone_ms, gone_value, gone_in, gone_accepted) \
         SELECT * FROM unnest($1::bigint[], $2::text[], $3::boolean[], $4::smallint[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[], $9::boolean[]) \
         ON CONFLICT (mapping, id) DO UPDATE SET (opened, todo, paused, gone_ms, gone_value, gone_in, gone_accepted) = \
         (excluded.opened, excluded.todo, excluded.paused, excluded.gone_ms, excluded.gone_value, excluded.gone_in, excluded.gone_accepted)",
        &[
            (&mappings, Type::INT8_ARRAY),
            (&ids, Type::TEXT_ARRAY),
            (&opened, Type::BOOL_ARRAY),
            (&todos, Type::INT2_ARRAY),
            (&paused, Type::TEXT_ARRAY),
            (&gone_ms, Type::INT8_ARRAY),
            (&gone_value, Type::INT8_ARRAY),
            (&gone_in, Type::INT8_ARRAY),
            (&accepted, Type::BOOL_ARRAY),
        ],
    )
    .await?;
    Ok(())
}

/// Everyone's row went at once, by a TRUNCATE; nobody saw what they showed, but it follows from our own tables.
async fn emptied(work: &Work<'_>, fact: &Fact, numbers: &Numbers<'_>) -> Result<(), Fault> {
    let expected = format!("(i.stored::numeric + coalesce({OWN}, 0) - i.held)");
    let here = "i.mapping = $1 AND i.opened AND i.gone_ms IS NULL";
    let mapping = numbers.values().find(|(number, _)| *number == fact.mapping).map(|(_, mapping)| *mapping);
    let number = [(&fact.mapping as _, Type::INT8), (&fact.at_ms as _, Type::INT8)];
    if let Some(missing) = mapping.and_then(|mapping| mapping.missing) {
        let missing = missing.units();
        let change = format!(
            "INSERT INTO @.outbox (mapping, id, kind, delta, before, after, at_ms, nonce) \
             SELECT i.mapping, i.id, 'change', $3 - {expected}, {expected}, $3, $2, substring(uuid_send(gen_random_uuid()) FROM 9 FOR 8) \
             FROM @.identity AS i WHERE {here} AND {expected} <> $3 AND i.paused IS NULL"
        );
        let params: Vec<_> = number.iter().cloned().chain([(&missing as _, Type::INT8)]).collect();
        work.execute(&change, &params).await?;
    }
    let gone = format!(
        "UPDATE @.identity AS i SET gone_ms = $2, gone_value = {expected}, gone_in = $3, gone_accepted = false WHERE {here}"
    );
    let params: Vec<_> = number.iter().cloned().chain([(&fact.transaction as _, Type::INT8)]).collect();
    work.execute(&gone, &params).await?;
    Ok(())
}
