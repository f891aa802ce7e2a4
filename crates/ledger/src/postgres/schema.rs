use onepurse_core::LedgerId;
use onepurse_postgres::{Client, types::Type};

use super::{
    fault::Fault,
    row,
    server::{Server, begin_write},
};
use crate::Open;

/// Every step of the schema, oldest first; the schema's number is how many of them were taken.
///
/// A step only adds, so that older programs which are running go on. One that they could not live with also sets
/// `ledger.writable` to the schema from which on programs may write: the others then stop at their next transaction.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001.sql"),
    include_str!("migrations/0002.sql"),
    include_str!("migrations/0003.sql"),
    include_str!("migrations/0004.sql"),
    include_str!("migrations/0005.sql"),
    include_str!("migrations/0006.sql"),
    include_str!("migrations/0007.sql"),
    include_str!("migrations/0008.sql"),
    include_str!("migrations/0009.sql"),
];

/// The newest schema that this program knows.
#[expect(clippy::cast_possible_wrap, reason = "a handful of files")]
pub(super) const KNOWN: i64 = MIGRATIONS.len() as i64;

/// What stands in the way when another program has just made the same: a unique key, a schema, a table, an object.
const MADE_MEANWHILE: [&str; 4] = ["23505", "42P06", "42P07", "42710"];

/// Makes the ledger there, or brings it up to date. Other programs may be about to do the same: whoever comes second
/// finds it done.
pub(super) async fn prepare(server: &Server, open: Open) -> Result<(), Fault> {
    server
        .write(|| async move {
            match prepare_once(server, open).await {
                Err(fault) if is_made_meanwhile(&fault) => prepare_once(server, open).await,
                done => done,
            }
        })
        .await
}

pub(super) fn is_made_meanwhile(fault: &Fault) -> bool {
    let Fault::Postgres(error) = fault else { return false };
    error.state().is_some_and(|state| MADE_MEANWHILE.contains(&state.code()))
}

async fn prepare_once(server: &Server, open: Open) -> Result<(), Fault> {
    let session = server.session().await?;
    let client = &session.client;
    client.batch_execute(&begin_write()).await?;
    match taken(client).await? {
        Some(taken) if taken >= KNOWN => {}
        Some(_) => {
            lock(client).await?;
            let taken = taken(client).await?.unwrap_or(KNOWN);
            migrate(client, taken).await?;
            let raise = "UPDATE onepurse.ledger SET schema = $1 WHERE schema < $1";
            client.execute_typed(raise, &[(&KNOWN, Type::INT8)]).await?;
        }
        None if open == Open::Existing => return Err(Fault::Missing),
        None => create(server, client).await?,
    }
    session.commit().await
}

/// How many steps were taken; `None` where there is no ledger.
async fn taken(client: &Client) -> Result<Option<i64>, Fault> {
    let there = client
        .query_typed_one(
            "SELECT to_regclass('onepurse.ledger') IS NOT NULL AS ledger,
                    to_regclass('onepurse.entry') IS NOT NULL AS entry",
            &[],
        )
        .await?;
    match (there.try_get("ledger")?, there.try_get("entry")?) {
        (false, false) => return Ok(None),
        (true, true) => {}
        _ => return Err(Fault::NotALedger),
    }
    let rows = client.query_typed("SELECT schema, writable FROM onepurse.ledger", &[]).await?;
    let row = rows.first().ok_or(Fault::NotALedger)?;
    check_writable(row::number(row, "writable")?)?;
    Ok(Some(row::number(row, "schema")?))
}

pub(super) const fn check_writable(writable: i64) -> Result<(), Fault> {
    if writable > KNOWN { Err(Fault::NewerSchema(writable)) } else { Ok(()) }
}

/// Locks the head row: whoever else changes the ledger waits.
pub(super) async fn lock(client: &Client) -> Result<(), Fault> {
    let rows = client.query_typed("SELECT writable FROM onepurse.ledger FOR UPDATE", &[]).await?;
    check_writable(row::number(rows.first().ok_or(Fault::NotALedger)?, "writable")?)
}

/// A step that goes through the whole log takes as long as it takes.
async fn migrate(client: &Client, taken: i64) -> Result<(), Fault> {
    client.batch_execute("SET LOCAL statement_timeout = 0").await?;
    for migration in MIGRATIONS.iter().skip(usize::try_from(taken).unwrap_or(0)) {
        client.batch_execute(migration).await?;
    }
    Ok(())
}

/// Somebody with more rights may have made the schema before.
async fn create(server: &Server, client: &Client) -> Result<(), Fault> {
    let there = client
        .query_typed_one(
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'onepurse')",
            &[],
        )
        .await?;
    if !there.try_get::<_, bool>(0)? {
        client.batch_execute("CREATE SCHEMA onepurse").await?;
    }
    migrate(client, 0).await?;
    let id = LedgerId::random(&*server.random).0;
    client
        .execute_typed(
            "INSERT INTO onepurse.ledger (one, id, schema, writable, created_ms, head_seq, head_hash)
             VALUES (1, $1, $2, $2, $3, 0, $4)",
            &[
                (&id.as_slice(), Type::BYTEA),
                (&KNOWN, Type::INT8),
                (&server.clock.now_ms(), Type::INT8),
                (&[0_u8; 32].as_slice(), Type::BYTEA),
            ],
        )
        .await?;
    Ok(())
}
