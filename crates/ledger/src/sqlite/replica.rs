use onepurse_core::{ChainHash, Platform, ReplicaId};
use rusqlite::{OptionalExtension, Transaction};

use super::{fault::Fault, row};
use crate::Registration;

/// Which database is the platform's replica, if one ever was.
pub(super) fn find(snapshot: &Transaction, platform: &Platform) -> Result<Option<Registration>, Fault> {
    let found = snapshot
        .prepare_cached(
            "SELECT replica, location, fingerprint, revision, left_at, hash
             FROM platform LEFT JOIN entry ON entry.seq = left_at WHERE name = ?1",
        )?
        .query_one([platform.as_str()], |row| {
            Ok(Registration {
                platform: platform.clone(),
                replica: ReplicaId(row.get("replica")?),
                location: row.get("location")?,
                fingerprint: row.get("fingerprint")?,
                left_at: Registration::left(
                    row.get("left_at")?,
                    row.get::<_, Option<_>>("hash")?.map(ChainHash),
                ),
                revision: row.get("revision")?,
            })
        })
        .optional()?;
    Ok(found)
}

/// Makes this database the platform's replica, if it was decided on what is known now. Said twice, it is written once.
pub(super) fn store(transaction: &Transaction, registration: Registration) -> Result<(), Fault> {
    let known = find(transaction, &registration.platform)?;
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
            "INSERT INTO platform (name, replica, location, fingerprint, left_at, revision)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (name) DO UPDATE
             SET replica = excluded.replica, location = excluded.location, fingerprint = excluded.fingerprint,
                 left_at = excluded.left_at, revision = excluded.revision",
        )?
        .execute((
            registration.platform.as_str(),
            registration.replica.0,
            &registration.location,
            &registration.fingerprint,
            registration.left_at.map(|at| at.seq),
            registration.revision,
        ))?;
    Ok(())
}
