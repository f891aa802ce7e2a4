use onepurse_postgres::quote;
use tokio_postgres::types::Type;

use super::{
    super::{
        note::{Batch, Note},
        place::{SCHEMAS, table_of},
        tables::Told,
    },
    link::Statement,
};

/// The statements of one sidecar. Names are quoted and in its schema.
#[derive(Debug)]
pub(super) struct Sql {
    /// Without quotes.
    name: String,
    schema: String,
}

/// The schemas that may be sidecars.
pub(super) const SIDECARS: &str = "SELECT nspname::text FROM pg_catalog.pg_namespace
    WHERE nspname LIKE 'onepurse\\_sidecar\\_%' AND pg_catalog.has_schema_privilege(oid, 'USAGE')
    AND pg_catalog.to_regclass(pg_catalog.quote_ident(nspname) || '.sidecar') IS NOT NULL ORDER BY 1";

impl Sql {
    pub(super) fn of_schema(name: &str) -> Self {
        debug_assert!(name.starts_with(SCHEMAS), "{name}");
        Self { name: name.to_owned(), schema: quote(name) }
    }

    fn table(&self, asset: &str) -> String {
        format!("{}.{}", self.schema, quote(&table_of(asset)))
    }

    /// Whether a schema of this name is a sidecar; no row where there is no such schema.
    pub(super) fn forms(&self) -> String {
        let (name, schema) = (&self.name, &self.schema);
        format!(
            "SELECT pg_catalog.to_regclass('{schema}.sidecar') IS NOT NULL FROM pg_catalog.pg_namespace
             WHERE nspname = '{name}'"
        )
    }

    pub(super) fn told(&self) -> String {
        format!("SELECT platform, assets, form, asks FROM {}.sidecar", self.schema)
    }

    pub(super) fn ask(&self) -> String {
        format!("UPDATE {}.sidecar SET asks = $1", self.schema)
    }

    /// Everything that is not there yet.
    pub(super) fn make(&self, told: &Told, form: i64) -> String {
        let schema = &self.schema;
        let mut sql = format!(
            "BEGIN; CREATE SCHEMA IF NOT EXISTS {schema};
             -- Whose store this stands beside, what is counted, and what somebody is asked about.
             CREATE TABLE IF NOT EXISTS {schema}.sidecar (
                 one boolean PRIMARY KEY DEFAULT true CHECK (one),
                 form bigint NOT NULL, platform text NOT NULL, assets text NOT NULL, asks text
             );
             -- What the store was made to show since it was last known to be durable, by the bot or by us, in that order.
             CREATE TABLE IF NOT EXISTS {schema}.journal (
                 n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                 id text NOT NULL,
                 asset text NOT NULL,
                 before bigint NOT NULL,
                 after bigint NOT NULL,
                 inbound boolean NOT NULL
             );"
        );
        for asset in &told.assets {
            let (table, due) = (self.table(asset), quote(&format!("due_{asset}")));
            sql.push_str(&format!(
                "CREATE TABLE IF NOT EXISTS {table} (
                     id text COLLATE \"C\" PRIMARY KEY,
                     value bigint NOT NULL,
                     shown bigint    -- nothing of whom the store has no more
                 );
                 CREATE INDEX IF NOT EXISTS {due} ON {table} (id) WHERE value <> shown;"
            ));
        }
        // Names of platforms and assets are words: nothing in them has to be escaped.
        let (platform, assets) = (&told.platform, told.assets_text());
        sql.push_str(&format!(
            "INSERT INTO {schema}.sidecar (form, platform, assets) VALUES ({form}, '{platform}', '{assets}')
             ON CONFLICT (one) DO UPDATE SET assets = excluded.assets; COMMIT;"
        ));
        sql
    }

    pub(super) fn shown(&self, asset: &str) -> String {
        format!("SELECT shown FROM {} WHERE id = $1 AND shown IS NOT NULL", self.table(asset))
    }

    pub(super) fn everybody(&self, asset: &str) -> String {
        format!("SELECT id, shown FROM {} WHERE shown IS NOT NULL", self.table(asset))
    }

    pub(super) fn journal(&self) -> String {
        format!("SELECT asset, id, before, after, inbound FROM {}.journal ORDER BY n", self.schema)
    }

    pub(super) fn due(&self, asset: &str) -> String {
        format!("SELECT id, shown, value FROM {} WHERE value <> shown LIMIT $1", self.table(asset))
    }

    pub(super) fn mark(&self) -> String {
        format!("SELECT coalesce(max(n), 0) FROM {}.journal", self.schema)
    }

    pub(super) fn durable(&self) -> String {
        format!("DELETE FROM {}.journal WHERE n <= $1", self.schema)
    }

    /// The latest transaction that has made something due.
    pub(super) fn version(&self, assets: &[String]) -> String {
        let one = |asset: &String| format!("SELECT xmin FROM {} WHERE value <> shown", self.table(asset));
        let all: Vec<_> = assets.iter().map(one).collect();
        format!(
            "SELECT coalesce(max(xmin::text::bigint), 0) FROM (SELECT xmin FROM ({}) AS due LIMIT 1000) AS latest",
            if all.is_empty() { "SELECT NULL::xid AS xmin".to_owned() } else { all.join(" UNION ALL ") }
        )
    }

    /// What one batch writes: a statement or two for each asset in it.
    pub(super) fn note(&self, batch: &Batch<'_>, assets: &[String]) -> Vec<Statement> {
        let mut statements = vec![];
        for asset in assets {
            let notes: Vec<_> = batch.notes.iter().filter(|note| note.asset == asset).collect();
            if !notes.is_empty() {
                statements.push(self.write_down(asset, &notes));
            }
        }
        let lines: Vec<_> = batch.notes.iter().filter(|note| note.line.is_some()).collect();
        if batch.is_durable {
            let sql = format!("DELETE FROM {}.journal", self.schema);
            statements.push(Statement { sql, params: vec![] });
        } else if !lines.is_empty() {
            statements.push(self.write_lines(&lines));
        }
        if !batch.gone.is_empty() {
            let gone = |sql| Statement { sql, params: vec![texts(batch.gone.iter().copied())] };
            for asset in assets {
                statements
                    .push(gone(format!("UPDATE {} SET shown = NULL WHERE id = ANY ($1)", self.table(asset))));
            }
            statements.push(gone(format!("DELETE FROM {}.journal WHERE id = ANY ($1)", self.schema)));
        }
        statements
    }

    /// Somebody may be there more than once: what they moved adds up, and what was shown last is shown.
    fn write_down(&self, asset: &str, notes: &[&Note<'_>]) -> Statement {
        let table = self.table(asset);
        let sql = format!(
            "WITH noted AS (
                 SELECT id, sum(moves)::bigint AS moves, (array_agg(shows ORDER BY nth DESC))[1] AS shows
                 FROM unnest($1::text[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS n (id, moves, shows, nth)
                 GROUP BY id
             ), known AS (
                 UPDATE {table} AS b SET value = b.value + CASE WHEN b.shown IS NULL THEN 0 ELSE n.moves END, shown = n.shows
                 FROM noted AS n WHERE b.id = n.id RETURNING b.id
             )
             INSERT INTO {table} (id, value, shown)
             SELECT id, shows, shows FROM noted AS n WHERE NOT EXISTS (SELECT FROM known AS k WHERE k.id = n.id)"
        );
        let params = vec![
            texts(notes.iter().map(|note| note.id)),
            numbers(notes.iter().map(|note| note.moves)),
            numbers(notes.iter().map(|note| note.shows)),
        ];
        Statement { sql, params }
    }

    fn write_lines(&self, notes: &[&Note<'_>]) -> Statement {
        let lines = || notes.iter().filter_map(|note| note.line);
        let sql = format!(
            "INSERT INTO {}.journal (id, asset, before, after, inbound)
             SELECT id, asset, before, after, inbound
             FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::boolean[]) WITH ORDINALITY
                 AS n (id, asset, before, after, inbound, nth)
             ORDER BY nth",
            self.schema
        );
        let inbound: Vec<bool> = lines().map(|line| line.is_inbound).collect();
        let params = vec![
            texts(notes.iter().map(|note| note.id)),
            texts(notes.iter().map(|note| note.asset)),
            numbers(lines().map(|line| line.before)),
            numbers(lines().map(|line| line.after)),
            (Box::new(inbound) as _, Type::BOOL_ARRAY),
        ];
        Statement { sql, params }
    }
}

type Value = (Box<dyn tokio_postgres::types::ToSql + Sync + Send>, Type);

fn texts<'a>(texts: impl Iterator<Item = &'a str>) -> Value {
    (Box::new(texts.map(ToOwned::to_owned).collect::<Vec<_>>()), Type::TEXT_ARRAY)
}

fn numbers(numbers: impl Iterator<Item = i64>) -> Value {
    (Box::new(numbers.collect::<Vec<_>>()), Type::INT8_ARRAY)
}
