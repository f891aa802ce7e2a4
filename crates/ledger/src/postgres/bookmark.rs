use onepurse_postgres::{Client, types::Type};

use super::{
    fault::Fault,
    row, schema,
    server::{Server, begin_write},
};

/// How far this reader has got.
pub(super) async fn find(client: &Client, name: &str) -> Result<Option<i64>, Fault> {
    let found = client
        .query_typed_opt(
            "SELECT seq FROM onepurse.bookmark WHERE name = $1",
            &[(&row::stored(name), Type::TEXT)],
        )
        .await?;
    found.map(|row| row::number(&row, "seq")).transpose()
}

pub(super) async fn store(server: &Server, name: &str, seq: i64) -> Result<(), Fault> {
    let session = server.session().await?;
    session.client.batch_execute(&begin_write()).await?;
    schema::lock(&session.client).await?;
    session
        .client
        .execute_typed(
            "INSERT INTO onepurse.bookmark (name, seq) VALUES ($1, $2)
             ON CONFLICT (name) DO UPDATE SET seq = excluded.seq",
            &[(&row::stored(name), Type::TEXT), (&seq, Type::INT8)],
        )
        .await?;
    session.commit().await
}
