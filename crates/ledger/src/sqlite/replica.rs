use onepurse_core::{Platform, ReplicaId};
use rusqlite::{OptionalExtension, Transaction};

use super::fault::Fault;
use crate::Registration;

/// Which database is the platform's replica, if one ever was.
pub(super) fn find(snapshot: &Transaction, platform: Platform) -> Result<Option<Registration>, Fault> {
    let found = snapshot
        .prepare_cached("SELECT replica, location, left_at FROM platform WHERE name = ?1")?
        .query_one([platform.as_str()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    Ok(found.map(|(replica, location, left_at)| Registration {
        platform,
        replica: ReplicaId(replica),
        location,
        left_at,
    }))
}

/// Makes this database the platform's replica. Said twice, it is written once.
pub(super) fn store(transaction: &Transaction, registration: &Registration) -> Result<(), Fault> {
    transaction
        .prepare_cached(
            "INSERT INTO platform (name, replica, location, left_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (name) DO UPDATE
             SET replica = excluded.replica, location = excluded.location, left_at = excluded.left_at
             WHERE replica <> excluded.replica OR location <> excluded.location
                OR left_at IS NOT excluded.left_at",
        )?
        .execute((
            registration.platform.as_str(),
            registration.replica.0,
            &registration.location,
            registration.left_at,
        ))?;
    Ok(())
}
