use onepurse_core::{ChainHash, Platform, ReplicaId};
use rusqlite::{OptionalExtension, Transaction};

use super::{fault::Fault, row};
use crate::Registration;

/// Which database is the platform's replica, if one ever was.
pub(super) fn find(snapshot: &Transaction, platform: Platform) -> Result<Option<Registration>, Fault> {
    let found = snapshot
        .prepare_cached(
            "SELECT replica, location, revision, left_at, hash
             FROM platform LEFT JOIN entry ON entry.seq = left_at WHERE name = ?1",
        )?
        .query_one([platform.as_str()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get::<_, Option<_>>(4)?))
        })
        .optional()?;
    Ok(found.map(|(replica, location, revision, left_at, hash)| Registration {
        platform,
        replica: ReplicaId(replica),
        location,
        left_at: Registration::left(left_at, hash.map(ChainHash)),
        revision,
    }))
}

/// Makes this database the platform's replica, if it was decided on what is known now. Said twice, it is written once.
pub(super) fn store(transaction: &Transaction, registration: Registration) -> Result<(), Fault> {
    let known = find(transaction, registration.platform.clone())?;
    if known.as_ref() == Some(&registration) {
        return Ok(());
    }
    if known.map_or(0, |known| known.revision) != registration.revision - 1 {
        return Err(Fault::RegistrationChanged(registration.platform));
    }
    if let Some(at) = registration.left_at
        && !row::is_history(transaction, at)?
    {
        return Err(Fault::NotInHistory(at.seq));
    }
    transaction
        .prepare_cached(
            "INSERT INTO platform (name, replica, location, left_at, revision) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (name) DO UPDATE
             SET replica = excluded.replica, location = excluded.location, left_at = excluded.left_at,
                 revision = excluded.revision",
        )?
        .execute((
            registration.platform.as_str(),
            registration.replica.0,
            &registration.location,
            registration.left_at.map(|at| at.seq),
            registration.revision,
        ))?;
    Ok(())
}
