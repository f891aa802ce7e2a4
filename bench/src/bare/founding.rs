use onepurse_core::Event;
use onepurse_postgres::connect;
use onepurse_servers::Database;
use tokio_postgres::{Client, Statement};

use crate::{error::BenchError, ledgers::address};

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS founding_users (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, telegram_id TEXT UNIQUE, discord_id TEXT UNIQUE,
    coins BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS founding_events (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id BIGINT NOT NULL, platform TEXT NOT NULL,
    event_type TEXT NOT NULL, delta BIGINT NOT NULL, created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);";
const PEOPLE: &str = "
INSERT INTO founding_users (telegram_id, coins)
SELECT (700000000 + rank)::text, 0 FROM generate_series(0, $1::bigint - 1) AS rank";

/// The founding way: for each event somebody is looked up, updated, and the event inserted, each with a commit of its own.
pub(crate) struct Founding {
    client: Client,
    select: Statement,
    update: Statement,
    insert: Statement,
}

impl Founding {
    /// Makes the tables, with so many people in them.
    pub(crate) async fn fill(database: &Database, people: u32) -> Result<(), BenchError> {
        let client = connect(&address(database)?).await?;
        client.batch_execute(TABLES).await?;
        client.execute(PEOPLE, &[&i64::from(people)]).await?;
        client.batch_execute("ANALYZE founding_users").await?;
        Ok(())
    }

    pub(crate) async fn connect(database: &Database) -> Result<Self, BenchError> {
        let client = connect(&address(database)?).await?;
        let select = client.prepare("SELECT id FROM founding_users WHERE telegram_id = $1").await?;
        let update = client.prepare("UPDATE founding_users SET coins = coins + $2 WHERE id = $1").await?;
        let insert =
            "INSERT INTO founding_events (user_id, platform, event_type, delta) VALUES ($1, $2, $3, $4)";
        let insert = client.prepare(insert).await?;
        Ok(Self { client, select, update, insert })
    }

    pub(crate) async fn store(&self, event: &Event) -> Result<(), BenchError> {
        let user = self.client.query_one(&self.select, &[&event.identity.external.as_str()]).await?;
        let (id, delta): (i64, _) = (user.try_get(0)?, event.delta.units());
        self.client.execute(&self.update, &[&id, &delta]).await?;
        let platform = event.identity.platform.as_str();
        self.client.execute(&self.insert, &[&id, &platform, &"balance_changed", &delta]).await?;
        Ok(())
    }
}
