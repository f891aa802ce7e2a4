//! Reading what triggers have written down, and storing what it amounts to.

use std::collections::{HashMap, HashSet};

use mysql_async::Row;
use onepurse_core::{Amount, ReplicaId};

use super::{
    Work,
    fault::Fault,
    names::ID,
    terms::Bound,
    work::{INT, TEXT, get, given, is_missing},
};
use crate::{
    digest::{self, Captured, Fact, Gone, People, Person, Todo, What},
    named::Numbers,
};

/// Facts read at once.
const FACTS_MAX: usize = 5_000;

/// Locks our one row: whoever has it is alone in all our tables but the one that triggers write. False where there is
/// none, since nothing is attached. Another engine is waited for, for a second: nothing of the bot's is locked yet.
pub(super) async fn lock(work: &mut Work<'_>) -> Result<bool, Fault> {
    let locked = work.query("SELECT 1 FROM @.replica FOR UPDATE WAIT 1", vec![]).await;
    if is_missing(&locked) { Ok(false) } else { Ok(!locked?.is_empty()) }
}

/// Locks our one row, which must be there, and digests every fact that this transaction sees.
pub(super) async fn alone(work: &mut Work<'_>) -> Result<(), Fault> {
    if lock(work).await? { all(work).await } else { Err(Fault::damaged("it is not attached")) }
}

/// Digests every fact that there is when it begins. What bots write meanwhile is for the next time: they may never stop.
pub(super) async fn all(work: &mut Work<'_>) -> Result<(), Fault> {
    let any = work.one("SELECT EXISTS (SELECT 1 FROM @.fact WHERE what <> 'blind')", vec![]).await?;
    if !get::<bool>(&any, 0)? {
        return Ok(());
    }
    let (numbers, bound) = (work.numbers().await?, work.bound().await?);
    let replica = super::read::replica(work).await?;
    while some(work, replica, &numbers, &bound).await? {}
    Ok(())
}

/// Digests the next facts; false where those were all that there were when they were read.
async fn some(
    work: &mut Work<'_>,
    replica: ReplicaId,
    numbers: &Numbers<'_>,
    bound: &[Bound],
) -> Result<bool, Fault> {
    let (places, facts) = read(work, replica, bound).await?;
    if places.is_empty() {
        return Ok(false);
    }
    settle_on(work, &facts, numbers).await?;
    remove(work, &places).await?;
    Ok(places.len() == FACTS_MAX)
}

/// Removes facts, each found by its number alone: to look at any other would be to wait for a bot that has not committed.
pub(super) async fn remove(work: &mut Work<'_>, places: &[i64]) -> Result<(), Fault> {
    let rows: Vec<_> = places.iter().map(|n| (n,)).collect();
    let sql = format!(
        "DELETE f FROM {} STRAIGHT_JOIN @.fact AS f FORCE INDEX (PRIMARY) ON f.n = w.n",
        given(&[("n", INT)])
    );
    work.execute_over(&sql, &rows, &[]).await
}

/// The next facts and their places; with each, how many rows its identity has now, where it may have several. All of it
/// in one statement, so that the rows are those that the facts have led to.
async fn read(
    work: &mut Work<'_>,
    replica: ReplicaId,
    bound: &[Bound],
) -> Result<(Vec<i64>, Vec<Fact>), Fault> {
    let loose: Vec<_> = bound.iter().filter(|bound| !bound.is_unique).collect();
    let facts = format!("SELECT * FROM @.fact WHERE what <> 'blind' ORDER BY n LIMIT {FACTS_MAX}");
    let counted: Vec<_> = loose
        .iter()
        .map(|bound| {
            format!(
                "SELECT {} AS mapping, r.id, COUNT(*) AS many FROM ({}) AS r \
                 WHERE r.id IN (SELECT s.id FROM f AS s WHERE s.mapping = {0}) GROUP BY r.id",
                bound.number,
                bound.rows()
            )
        })
        .collect();
    let numbers: Vec<_> = loose.iter().map(|bound| bound.number.to_string()).collect();
    let (counts, many) = if loose.is_empty() {
        (String::new(), "NULL".to_owned())
    } else {
        let join = format!(
            "LEFT JOIN ({}) AS c ON c.mapping = f.mapping AND c.id = f.id",
            counted.join(" UNION ALL ")
        );
        (join, format!("CASE WHEN f.mapping IN ({}) THEN COALESCE(c.many, 0) END", numbers.join(", ")))
    };
    let sql = format!(
        "WITH f AS ({facts}) \
         SELECT f.n, f.mapping, f.id, f.what, f.was, f.shows, f.at_us, f.connection, {many} FROM f {counts} ORDER BY f.n"
    );
    let rows = work.query(&sql, vec![]).await?;
    let facts = rows.iter().map(|row| fact(row, replica)).collect::<Result<Vec<_>, _>>()?;
    let places = rows.iter().map(|row| get(row, 0)).collect::<Result<Vec<_>, _>>()?;
    Ok((places, facts))
}

/// MariaDB tells a trigger its statement, by the moment at which that began, and its connection; what transaction it is
/// in, it does not tell. So what is said of a transaction here holds for a statement, which is enough for a REPLACE.
fn fact(row: &Row, replica: ReplicaId) -> Result<Fact, Fault> {
    let what: String = get(row, 3)?;
    let (at_us, connection): (i64, i64) = (get(row, 6)?, get(row, 7)?);
    let statement = at_us ^ connection.rotate_right(13);
    let mut fact = Fact {
        mapping: get(row, 1)?,
        id: get(row, 2)?,
        what: What::from_word(&what).ok_or_else(|| Fault::damaged(format!("a fact of kind {what}")))?,
        was: get(row, 4)?,
        shows: get(row, 5)?,
        at_ms: at_us.div_euclid(1_000),
        nonce: [0; 8],
        transaction: statement,
        statement,
        rows: get(row, 8)?,
    };
    fact.nonce = nonce(replica, get(row, 0)?, at_us, connection, &fact);
    Ok(fact)
}

/// The random part of an event's key follows from its fact, so a fact that is digested again, in a database put back from
/// a backup, is the same event; and another fact with the same number there is another.
fn nonce(replica: ReplicaId, n: i64, at_us: i64, connection: i64, fact: &Fact) -> [u8; 8] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&replica.0);
    for number in [n, at_us, connection, fact.mapping] {
        hasher.update(&number.to_be_bytes());
    }
    for value in [fact.was, fact.shows] {
        hasher.update(format!("{value:?} ").as_bytes());
    }
    hasher.update(fact.id.as_bytes());
    let mut nonce = [0; 8];
    nonce.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    nonce
}

async fn settle_on(work: &mut Work<'_>, facts: &[Fact], numbers: &Numbers<'_>) -> Result<(), Fault> {
    let mut people = people(work, facts).await?;
    let before = people.clone();
    let by_number: HashMap<_, _> = numbers.values().copied().collect();
    note_inhabited(work, facts).await?;
    let events = digest::digest(facts, &mut people, |number| by_number.get(&number).copied());
    people.retain(|key, person| before.get(key) != Some(person));
    enter(work, &events).await?;
    store(work, &people).await
}

/// A table that was empty has rows now.
async fn note_inhabited(work: &mut Work<'_>, facts: &[Fact]) -> Result<(), Fault> {
    let came: HashSet<_> =
        facts.iter().filter(|fact| fact.shows.is_some()).map(|fact| (fact.mapping,)).collect();
    let came: Vec<_> = came.into_iter().collect();
    let sql = format!(
        "UPDATE {} STRAIGHT_JOIN @.mapping AS m ON m.mapping = w.mapping SET m.inhabited = TRUE WHERE NOT m.inhabited",
        given(&[("mapping", INT)])
    );
    work.execute_over(&sql, &came, &[]).await
}

/// What is known of everyone that the facts speak of.
async fn people(work: &mut Work<'_>, facts: &[Fact]) -> Result<People, Fault> {
    let keys: HashSet<_> = facts.iter().map(|fact| (fact.mapping, fact.id.as_str())).collect();
    let keys: Vec<_> = keys.into_iter().collect();
    let sql = format!(
        "SELECT i.mapping, i.id, i.stored, i.held, i.opened, i.todo, i.paused, i.gone_ms, i.gone_value, i.gone_in, i.gone_accepted, {OWN} \
         FROM {} STRAIGHT_JOIN @.identity AS i ON i.mapping = w.mapping AND i.id = w.id",
        given(&[("mapping", INT), ("id", ID)])
    );
    let rows = work.query_over(&sql, &keys, &[]).await?;
    rows.iter().map(|row| Ok(((get(row, 0)?, get(row, 1)?), person(row)?))).collect()
}

/// Whether something was written that could not be read.
pub(super) const BLIND: &str = "EXISTS (SELECT 1 FROM @.fact WHERE what = 'blind')";

/// The sum of the events of `i` that are not included; NULL where that is no amount.
pub(super) const OWN: &str = "(SELECT CASE WHEN COALESCE(SUM(o.delta), 0) BETWEEN -9223372036854775807 AND 9223372036854775807 \
     THEN CAST(COALESCE(SUM(o.delta), 0) AS SIGNED) END FROM @.outbox AS o WHERE o.mapping = i.mapping AND o.id = i.id)";

fn person(row: &Row) -> Result<Person, Fault> {
    let gone_ms: Option<i64> = get(row, 7)?;
    let gone = match gone_ms {
        Some(at_ms) => {
            Some(Gone { value: get(row, 8)?, at_ms, accepted: get(row, 10)?, transaction: get(row, 9)? })
        }
        None => None,
    };
    Ok(Person {
        stored: Amount::new(get(row, 2)?),
        held: Amount::new(get(row, 3)?),
        own: get::<Option<i64>>(row, 11)?.map(Amount::new),
        opened: get(row, 4)?,
        todo: Todo::from_number(get(row, 5)?),
        paused: get(row, 6)?,
        gone,
        is_noted: true,
    })
}

/// Puts events into the outbox, in their order.
async fn enter(work: &mut Work<'_>, events: &[Captured]) -> Result<(), Fault> {
    let rows: Vec<_> = events
        .iter()
        .map(|event| {
            let nonce = hex(&event.nonce);
            let kind = event.kind.as_str();
            (
                event.mapping,
                &event.id,
                kind,
                event.delta.units(),
                event.before,
                event.after,
                event.at_ms,
                nonce,
            )
        })
        .collect();
    let sql = format!(
        "INSERT INTO @.outbox (mapping, id, kind, delta, was, shows, at_ms, nonce) \
         SELECT w.mapping, w.id, w.kind, w.delta, w.was, w.shows, w.at_ms, UNHEX(w.nonce) FROM {} ORDER BY w.nth",
        given(&[
            ("mapping", INT),
            ("id", ID),
            ("kind", TEXT),
            ("delta", INT),
            ("was", INT),
            ("shows", INT),
            ("at_ms", INT),
            ("nonce", TEXT)
        ])
    );
    work.execute_over(&sql, &rows, &[]).await
}

/// Bytes, as a row that is handed over holds them.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn store(work: &mut Work<'_>, people: &People) -> Result<(), Fault> {
    let rows: Vec<_> = people
        .iter()
        .map(|((mapping, id), person)| {
            let gone = person.gone;
            (
                mapping,
                id,
                i64::from(person.opened),
                person.todo.number(),
                &person.paused,
                gone.map(|gone| gone.at_ms),
                gone.and_then(|gone| gone.value),
                gone.and_then(|gone| gone.transaction),
                i64::from(gone.is_some_and(|gone| gone.accepted)),
            )
        })
        .collect();
    let names = ["opened", "todo", "paused", "gone_ms", "gone_value", "gone_in", "gone_accepted"];
    let columns: Vec<_> = [("mapping", INT), ("id", ID)]
        .into_iter()
        .chain(names.map(|name| (name, if name == "paused" { TEXT } else { INT })))
        .collect();
    let sql = format!(
        "INSERT INTO @.identity (mapping, id, {}) SELECT w.mapping, w.id, {} FROM {} ON DUPLICATE KEY UPDATE {}",
        names.join(", "),
        names.map(|name| format!("w.{name}")).join(", "),
        given(&columns),
        names.map(|name| format!("{name} = VALUES({name})")).join(", "),
    );
    work.execute_over(&sql, &rows, &[]).await
}
