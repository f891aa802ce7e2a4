//! The table in a database on a PostgreSQL server, which may be the ledger's.

use std::time::Duration;

use onepurse_ledger::OUR_VIEW;
use onepurse_postgres::{Address, Begin, Client, Error, Limits, connect, quote, types::Type};

use super::{AMOUNTS, IDS, ImportError, Row};

const LIMITS: Limits = Limits {
    lock: Duration::from_millis(500),
    idle: Duration::from_secs(30),
    statement: Duration::from_mins(5),
};

/// A table or view of this name that is not the ledger's own; of several, the one that a bot would find first.
const FIND: &str = "SELECT c.oid, quote_ident(n.nspname) || '.' || quote_ident(c.relname)
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relname = $1 AND ($2::text IS NULL OR n.nspname = $2) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND n.nspname <> 'onepurse' AND pg_catalog.obj_description(c.oid, 'pg_class') IS DISTINCT FROM $3
    ORDER BY array_position($4, n.nspname::text) NULLS LAST, n.nspname LIMIT 1";
const COLUMNS: &str = "SELECT attname FROM pg_catalog.pg_attribute
    WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped ORDER BY attnum";

/// Reads all rows in one snapshot.
pub(super) async fn read(address: &Address, table: &str) -> Result<Vec<Row>, ImportError> {
    let unreadable = |error: Error| ImportError::unreadable(address, error);
    let client = connect(address).await.map_err(unreadable)?;
    // Asked before the transaction, in which names without a schema are the system's own.
    let path = search_path(&client).await.map_err(unreadable)?;
    client.batch_execute(&Begin::Read.statements(&LIMITS)).await.map_err(|error| unreadable(error.into()))?;
    let Some((oid, name)) = find(&client, table, &path).await.map_err(unreadable)? else {
        return Err(ImportError::NoTable { place: address.to_string(), table: table.to_owned() });
    };
    let known = columns(&client, oid).await.map_err(unreadable)?;
    let wanted = IDS.iter().map(|(column, _)| *column).chain(AMOUNTS);
    if let Some(column) = wanted.clone().find(|column| known.iter().all(|name| name != column)) {
        return Err(ImportError::NoColumn { place: address.to_string(), table: name, column, known });
    }
    let terms: Vec<_> = wanted.map(|column| format!("{}::text", quote(column))).collect();
    let rows = all(&client, &format!("SELECT {} FROM {name}", terms.join(", "))).await.map_err(unreadable)?;
    client.batch_execute("COMMIT").await.map_err(|error| unreadable(error.into()))?;
    Ok(rows)
}

async fn search_path(client: &Client) -> Result<Vec<String>, Error> {
    let row = client.query_typed("SELECT pg_catalog.current_schemas(false)::text[]", &[]).await?;
    Ok(row.first().map(|row| row.try_get(0)).transpose()?.unwrap_or_default())
}

async fn find(client: &Client, table: &str, path: &[String]) -> Result<Option<(u32, String)>, Error> {
    let (schema, name) = table.split_once('.').map_or((None, table), |(schema, name)| (Some(schema), name));
    let parameters: [(&(dyn onepurse_postgres::types::ToSql + Sync), Type); 4] =
        [(&name, Type::TEXT), (&schema, Type::TEXT), (&OUR_VIEW, Type::TEXT), (&path, Type::TEXT_ARRAY)];
    let found = client.query_typed(FIND, &parameters).await?;
    let Some(row) = found.first() else { return Ok(None) };
    Ok(Some((row.try_get(0)?, row.try_get(1)?)))
}

async fn columns(client: &Client, oid: u32) -> Result<Vec<String>, Error> {
    let found = client.query_typed(COLUMNS, &[(&oid, Type::OID)]).await?;
    Ok(found.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
}

async fn all(client: &Client, sql: &str) -> Result<Vec<Row>, Error> {
    let rows = client.query_typed(sql, &[]).await?;
    let read = |row: &onepurse_postgres::Row| {
        Ok(Row {
            ids: [row.try_get(0)?, row.try_get(1)?, row.try_get(2)?],
            amounts: [row.try_get(3)?, row.try_get(4)?],
        })
    };
    rows.iter().map(read).collect()
}
