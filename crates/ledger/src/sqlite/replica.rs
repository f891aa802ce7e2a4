use onepurse_core::{ChainHash, Platform, ReplicaId};
use rusqlite::{OptionalExtension, Transaction};

use super::{fault::Fault, row};
use crate::Registration;

/// Which database is the platform's replica, if one ever was.
pub(super) fn find(snapshot: &Transaction, platform: &Platform) -> Result<Option<Registration>, Fault> {
    let found = snapshot
        .prepare_cached(
            "SELECT replica, location, fingerprint, revision, left_at, left_held, hash
             FROM platform LEFT JOIN entry ON entry.seq = left_at WHERE name = ?1",
        )?
        .query_one([platform.as_str()], |row| {
            let held = Registration::held_from(row.get::<_, Option<String>>("left_held")?.as_deref());
            let hash = row.get::<_, Option<_>>("hash")?.map(ChainHash);
            let left_at = Registration::left(row.get("left_at")?, hash);
            let (replica, location, fingerprint) =
                (ReplicaId(row.get("replica")?), row.get("location")?, row.get("fingerprint")?);
            let (platform, revision) = (platform.clone(), row.get("revision")?);
            Ok(held.map(|held| Registration {
                platform,
                replica,
                location,
                fingerprint,
                left_at,
                held,
                revision,
            }))
        })
        .optional()?;
    found.map(|found| found.ok_or_else(odd)).transpose()
}

/// The platforms that ever had one.
pub(super) fn platforms(snapshot: &Transaction) -> Result<Vec<Platform>, Fault> {
    let mut statement = snapshot.prepare_cached("SELECT name FROM platform ORDER BY name")?;
    let names = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    let odd = |_| Fault::Damaged("a platform's name cannot be read".to_owned());
    names.into_iter().map(|name| name.parse().map_err(odd)).collect()
}

fn odd() -> Fault {
    Fault::Damaged("what was held when a database was detached cannot be read".to_owned())
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
            "INSERT INTO platform (name, replica, location, fingerprint, left_at, left_held, revision)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (name) DO UPDATE
             SET replica = excluded.replica, location = excluded.location, fingerprint = excluded.fingerprint,
                 left_at = excluded.left_at, left_held = excluded.left_held, revision = excluded.revision",
        )?
        .execute((
            registration.platform.as_str(),
            registration.replica.0,
            &registration.location,
            &registration.fingerprint,
            registration.left_at.map(|at| at.seq),
            registration.held_text(),
            registration.revision,
        ))?;
    Ok(())
}
