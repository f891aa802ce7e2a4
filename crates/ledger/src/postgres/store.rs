use std::borrow::Cow;

use onepurse_core::{Cursor, EntryKind, Rejection};
use onepurse_postgres::types::{ToSql, Type};

use super::{
    fault::Fault,
    row::stored,
    schema,
    server::{BEGIN_AT_ONCE, Session, write_limits_ms},
};
use crate::plan::{Plan, Tally};

/// Everything that a transaction writes, in one statement, whatever it is: columns of rows come as arrays, and what there
/// is nothing of as empty ones.
const STORE: &str = "
WITH purses AS (
    INSERT INTO onepurse.purse (id, created_ms) SELECT id, $1 FROM unnest($38::bigint[]) AS came (id)
), identities AS (
    INSERT INTO onepurse.identity (id, purse, platform, external, salt, tag)
    SELECT * FROM unnest($3::bigint[], $2::bigint[], $4::text[], $5::text[], $6::bytea[], $7::bytea[])
), joined AS (
    UPDATE onepurse.identity SET purse = $9 WHERE purse = $8
), entries AS (
    INSERT INTO onepurse.entry (seq, key, kind, purse, identity, asset, delta, balance, captured_ms, actor,
                                reason, hash, previous, at_ms)
    SELECT *, $1 FROM unnest($10::bigint[], $11::bytea[], $12::text[], $13::bigint[], $14::bigint[],
                             $15::bigint[], $16::bigint[], $17::bigint[], $18::bigint[], $19::text[],
                             $20::text[], $21::bytea[], $46::bigint[])
), balances AS (
    INSERT INTO onepurse.balance (purse, asset, amount, last_seq)
    SELECT * FROM unnest($22::bigint[], $23::bigint[], $24::bigint[], $47::bigint[])
    ON CONFLICT (purse, asset) DO UPDATE SET amount = excluded.amount, last_seq = excluded.last_seq
), waiting AS (
    INSERT INTO onepurse.quarantine (key, platform, external, asset, delta, kind, captured_ms, reason,
                                     rejection, message, balance, id, at_ms)
    SELECT key, platform, external, asset, delta, kind, captured_ms, reason, rejection, message, balance,
           (SELECT coalesce(max(id), 0) FROM onepurse.quarantine) + place, $1
    FROM unnest($25::bytea[], $26::text[], $27::text[], $28::text[], $29::bigint[], $30::text[],
                $31::bigint[], $32::text[], $33::text[], $34::text[], $35::bigint[])
         WITH ORDINALITY AS came (key, platform, external, asset, delta, kind, captured_ms, reason, rejection,
                                  message, balance, place)
), decided AS (
    DELETE FROM onepurse.quarantine WHERE key = ANY ($45)
), parted AS (
    UPDATE onepurse.identity SET purse = $44 WHERE id = $43
), requests AS (
    INSERT INTO onepurse.request (key, digest, first_seq, last_seq)
    SELECT * FROM unnest($39::bytea[], $40::bytea[], $41::bigint[], $42::bigint[])
)
UPDATE onepurse.ledger SET head_seq = $36, head_hash = $37 WHERE head_seq <> $36";

/// Writes what was planned and commits it, in one round trip. Where nothing was planned, nothing is written.
pub(super) async fn store(session: Session<'_>, plan: &Plan) -> Result<(), Fault> {
    if plan.is_empty() {
        return session.commit().await;
    }
    let columns = Columns::of(plan);
    let (joins, stays) = (plan.joined.map(|(from, _)| from.0), plan.joined.map(|(_, into)| into.0));
    let hash = plan.head.hash.0.as_slice();
    let mut parameters: Vec<Parameter> = vec![(&plan.now_ms, Type::INT8)];
    parameters.extend(columns.newcomers());
    parameters.extend([(&joins as _, Type::INT8), (&stays as _, Type::INT8)]);
    parameters.extend(columns.entries());
    parameters.extend(columns.balances());
    parameters.extend(columns.waiting());
    parameters.extend([(&plan.head.seq as _, Type::INT8), (&hash as _, Type::BYTEA)]);
    parameters.push((&columns.purse, Type::INT8_ARRAY));
    parameters.extend(columns.requests());
    let (who, own) = (plan.parted.map(|(who, _)| who), plan.parted.map(|(_, own)| own.0));
    parameters.extend([(&who as _, Type::INT8), (&own as _, Type::INT8)]);
    let decided: Bytes = plan.decided.iter().map(|key| key.0.as_slice()).collect();
    parameters.push((&decided, Type::BYTEA_ARRAY));
    parameters.extend([
        (&columns.entry.previous as _, Type::INT8_ARRAY),
        (&columns.balance[3] as _, Type::INT8_ARRAY),
    ]);
    // Where the statement fails the commit that follows it commits nothing, and the statement's error is told.
    tokio::try_join!(
        biased;
        session.client.execute_typed(STORE, &parameters),
        session.client.batch_execute("COMMIT"),
    )?;
    session.keep();
    Ok(())
}

/// The function, and its 23 parameters.
const ENTER: &str =
    "SELECT onepurse.enter($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
    $19, $20, $21, $22, $23)";

/// Writes entries and balances that were planned `from` this end and revision, and commits them, in one round trip that also
/// begins the transaction. False where the log ends elsewhere by now, or one of the keys waits in quarantine: then nothing is
/// written.
pub(super) async fn store_at_once(
    session: Session<'_>,
    plan: &Plan,
    from: (Cursor, i64),
) -> Result<bool, Fault> {
    if plan.is_empty() {
        session.keep();
        return Ok(false);
    }
    let mut columns = Columns::of(plan);
    columns.entry.leave_out_what_is_usual();
    let (end, revision) = from;
    let end_hash = end.hash.0.as_slice();
    let [lock_ms, idle_ms] = write_limits_ms();
    let mut parameters: Vec<Parameter> = vec![
        (&end.seq, Type::INT8),
        (&end_hash, Type::BYTEA),
        (&revision, Type::INT8),
        (&schema::KNOWN, Type::INT8),
        (&lock_ms, Type::INT8),
        (&idle_ms, Type::INT8),
        (&plan.now_ms, Type::INT8),
    ];
    // The numbers follow from the end.
    parameters.extend(columns.entries().into_iter().skip(1));
    parameters.push((&columns.entry.previous, Type::INT8_ARRAY));
    parameters.extend(columns.balance.each_ref().map(|column| (column as _, Type::INT8_ARRAY)));
    let (_begun, entered, _committed) = tokio::try_join!(
        biased;
        session.client.batch_execute(BEGIN_AT_ONCE),
        session.client.query_typed_one(ENTER, &parameters),
        session.client.batch_execute("COMMIT"),
    )?;
    session.keep();
    Ok(entered.try_get(0)?)
}

type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);
type Numbers = Vec<i64>;
type Bytes<'a> = Vec<&'a [u8]>;
type Texts<'a> = Vec<Cow<'a, str>>;
type Words<'a> = Vec<&'a str>;
type SomeTexts<'a> = Vec<Option<Cow<'a, str>>>;

/// The rows of a plan, column by column.
#[derive(Default)]
struct Columns<'a> {
    purse: Numbers,
    new: New<'a>,
    entry: Entries<'a>,
    balance: [Numbers; 4],
    wait: Waiting<'a>,
    request: Requests<'a>,
}

#[derive(Default)]
struct New<'a> {
    purse: Numbers,
    id: Numbers,
    platform: Words<'a>,
    external: Texts<'a>,
    salt: Bytes<'a>,
    tag: Bytes<'a>,
}

#[derive(Default)]
struct Entries<'a> {
    seq: Numbers,
    key: Bytes<'a>,
    kind: Words<'a>,
    purse: Numbers,
    identity: Numbers,
    asset: Numbers,
    delta: Numbers,
    balance: Numbers,
    captured_ms: Numbers,
    actor: SomeTexts<'a>,
    reason: SomeTexts<'a>,
    hash: Bytes<'a>,
    previous: Numbers,
}

impl Entries<'_> {
    /// What nobody says, or everybody, need not be sent.
    fn leave_out_what_is_usual(&mut self) {
        for words in [&mut self.actor, &mut self.reason] {
            if words.iter().all(Option::is_none) {
                words.clear();
            }
        }
        if self.kind.iter().all(|kind| *kind == EntryKind::Change.as_str()) {
            self.kind.clear();
        }
    }
}

#[derive(Default)]
struct Requests<'a> {
    key: Bytes<'a>,
    digest: Bytes<'a>,
    first: Numbers,
    last: Numbers,
}

#[derive(Default)]
struct Waiting<'a> {
    key: Bytes<'a>,
    platform: Words<'a>,
    external: Texts<'a>,
    asset: Words<'a>,
    delta: Numbers,
    kind: Words<'a>,
    captured_ms: Numbers,
    reason: SomeTexts<'a>,
    rejection: Words<'a>,
    message: Vec<String>,
    balance: Vec<Option<i64>>,
}

impl<'a> Columns<'a> {
    fn of(plan: &'a Plan) -> Self {
        let purse = plan.purses.iter().map(|purse| purse.0).collect();
        let mut columns = Self { purse, ..Self::default() };
        columns.add_newcomers(plan);
        columns.add_entries(plan);
        for &(purse, asset, Tally { amount, last_seq }) in &plan.balances {
            for (column, number) in columns.balance.iter_mut().zip([purse.0, asset, amount.units(), last_seq])
            {
                column.push(number);
            }
        }
        columns.add_waiting(plan);
        for (key, request) in &plan.requests {
            let column = &mut columns.request;
            column.key.push(&key.0);
            column.digest.push(&request.digest);
            column.first.push(request.first);
            column.last.push(request.last);
        }
        columns
    }

    fn add_newcomers(&mut self, plan: &'a Plan) {
        for newcomer in &plan.newcomers {
            let (known, new) = (&newcomer.known, &mut self.new);
            new.purse.push(known.purse.0);
            new.id.push(known.id);
            new.platform.push(known.identity.platform.as_str());
            new.external.push(stored(known.identity.external.as_str()));
            new.salt.push(&newcomer.salt);
            new.tag.push(&known.tag.0);
        }
    }

    fn add_entries(&mut self, plan: &'a Plan) {
        for row in &plan.entries {
            let (entry, column) = (&row.entry, &mut self.entry);
            column.seq.push(entry.seq);
            column.key.push(&entry.key.0);
            column.kind.push(entry.kind.as_str());
            column.purse.push(entry.purse.0);
            column.identity.push(row.identity);
            column.asset.push(row.asset);
            column.delta.push(entry.delta.units());
            column.balance.push(entry.balance.units());
            column.captured_ms.push(entry.captured_ms);
            column.actor.push(entry.actor.as_deref().map(stored));
            column.reason.push(entry.reason.as_deref().map(stored));
            column.hash.push(&entry.hash.0);
            column.previous.push(row.previous);
        }
    }

    fn add_waiting(&mut self, plan: &'a Plan) {
        for (event, rejection) in &plan.quarantined {
            let column = &mut self.wait;
            column.key.push(&event.key.0);
            column.platform.push(event.identity.platform.as_str());
            column.external.push(stored(event.identity.external.as_str()));
            column.asset.push(event.asset.as_str());
            column.delta.push(event.delta.units());
            column.kind.push(event.kind.as_str());
            column.captured_ms.push(event.captured_ms);
            column.reason.push(event.reason.as_deref().map(stored));
            column.rejection.push(rejection.name());
            column.message.push(rejection.to_string());
            column.balance.push(match rejection {
                Rejection::WouldOverflow { balance, .. } => Some(balance.units()),
                _ => None,
            });
        }
    }

    fn newcomers(&self) -> [Parameter<'_>; 6] {
        let New { purse, id, platform, external, salt, tag } = &self.new;
        [
            (purse, Type::INT8_ARRAY),
            (id, Type::INT8_ARRAY),
            (platform, Type::TEXT_ARRAY),
            (external, Type::TEXT_ARRAY),
            (salt, Type::BYTEA_ARRAY),
            (tag, Type::BYTEA_ARRAY),
        ]
    }

    fn entries(&self) -> [Parameter<'_>; 12] {
        let column = &self.entry;
        [
            (&column.seq, Type::INT8_ARRAY),
            (&column.key, Type::BYTEA_ARRAY),
            (&column.kind, Type::TEXT_ARRAY),
            (&column.purse, Type::INT8_ARRAY),
            (&column.identity, Type::INT8_ARRAY),
            (&column.asset, Type::INT8_ARRAY),
            (&column.delta, Type::INT8_ARRAY),
            (&column.balance, Type::INT8_ARRAY),
            (&column.captured_ms, Type::INT8_ARRAY),
            (&column.actor, Type::TEXT_ARRAY),
            (&column.reason, Type::TEXT_ARRAY),
            (&column.hash, Type::BYTEA_ARRAY),
        ]
    }

    fn balances(&self) -> [Parameter<'_>; 3] {
        let [purse, asset, amount, _] = &self.balance;
        [purse, asset, amount].map(|column| (column as _, Type::INT8_ARRAY))
    }

    fn requests(&self) -> [Parameter<'_>; 4] {
        let Requests { key, digest, first, last } = &self.request;
        [
            (key, Type::BYTEA_ARRAY),
            (digest, Type::BYTEA_ARRAY),
            (first, Type::INT8_ARRAY),
            (last, Type::INT8_ARRAY),
        ]
    }

    fn waiting(&self) -> [Parameter<'_>; 11] {
        let column = &self.wait;
        [
            (&column.key, Type::BYTEA_ARRAY),
            (&column.platform, Type::TEXT_ARRAY),
            (&column.external, Type::TEXT_ARRAY),
            (&column.asset, Type::TEXT_ARRAY),
            (&column.delta, Type::INT8_ARRAY),
            (&column.kind, Type::TEXT_ARRAY),
            (&column.captured_ms, Type::INT8_ARRAY),
            (&column.reason, Type::TEXT_ARRAY),
            (&column.rejection, Type::TEXT_ARRAY),
            (&column.message, Type::TEXT_ARRAY),
            (&column.balance, Type::INT8_ARRAY),
        ]
    }
}
