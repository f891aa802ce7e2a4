use onepurse_core::{Platform, ReplicaId};
use onepurse_postgres::{Client, types::Type};

use super::{
    fault::Fault,
    row, schema,
    server::{Server, begin_write},
};
use crate::Registration;

/// Which database is the platform's replica, if one ever was.
pub(super) async fn find(client: &Client, platform: Platform) -> Result<Option<Registration>, Fault> {
    let found = client
        .query_typed_opt(
            "SELECT replica, location, fingerprint, revision, left_at, left_held, hash
             FROM onepurse.platform LEFT JOIN onepurse.entry ON entry.seq = left_at WHERE name = $1",
            &[(&platform.as_str(), Type::TEXT)],
        )
        .await?;
    let Some(row) = found else { return Ok(None) };
    let location = row::text(&row, "location")?.unwrap_or_default();
    let fingerprint = row::text(&row, "fingerprint")?;
    let odd = || Fault::Damaged("what was held when a database was detached cannot be read".to_owned());
    let held = Registration::held_from(row::text(&row, "left_held")?.as_deref()).ok_or_else(odd)?;
    let replica = ReplicaId(row::id(&row, "replica")?);
    let hash = row.try_get::<_, Option<&[u8]>>("hash")?.map(|_| row::hash(&row, "hash")).transpose()?;
    let left_at = Registration::left(row.try_get("left_at")?, hash);
    let revision = row::number(&row, "revision")?;
    Ok(Some(Registration { platform, replica, location, fingerprint, left_at, held, revision }))
}

/// The platforms that ever had one.
pub(super) async fn platforms(client: &Client) -> Result<Vec<Platform>, Fault> {
    let rows =
        client.query_typed("SELECT name FROM onepurse.platform ORDER BY name COLLATE \"C\"", &[]).await?;
    let odd = |_| Fault::Damaged("a platform's name cannot be read".to_owned());
    rows.iter().map(|row| row.try_get::<_, &str>("name")?.parse().map_err(odd)).collect()
}

/// Makes this database the platform's replica, if it was decided on what is known now. Said twice, it is written once.
pub(super) async fn store(server: &Server, registration: &Registration) -> Result<(), Fault> {
    let session = server.session().await?;
    let client = &session.client;
    client.batch_execute(&begin_write()).await?;
    schema::lock(client).await?;
    let known = find(client, registration.platform.clone()).await?;
    if known.as_ref() != Some(registration) {
        if known.map_or(0, |known| known.revision) != registration.revision - 1 {
            return Err(Fault::RegistrationChanged(registration.platform.clone()));
        }
        if let Some(at) = registration.left_at
            && !row::is_history(client, at).await?
        {
            return Err(Fault::NotInHistory(at.seq));
        }
        write(client, registration).await?;
    }
    session.commit().await
}

async fn write(client: &Client, registration: &Registration) -> Result<(), Fault> {
    let replica = registration.replica.0.as_slice();
    let fingerprint = registration.fingerprint.as_deref().map(row::stored);
    let held = registration.held_text();
    client
        .execute_typed(
            "INSERT INTO onepurse.platform (name, replica, location, fingerprint, left_at, left_held, revision)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (name) DO UPDATE
             SET replica = excluded.replica, location = excluded.location, fingerprint = excluded.fingerprint,
                 left_at = excluded.left_at, left_held = excluded.left_held, revision = excluded.revision",
            &[
                (&registration.platform.as_str(), Type::TEXT),
                (&replica, Type::BYTEA),
                (&row::stored(&registration.location), Type::TEXT),
                (&fingerprint, Type::TEXT),
                (&registration.left_at.map(|at| at.seq), Type::INT8),
                (&held.as_deref().map(row::stored), Type::TEXT),
                (&registration.revision, Type::INT8),
            ],
        )
        .await?;
    Ok(())
}
