use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
};

use thiserror::Error;

/// Why this process cannot be the one that works on a replica.
#[derive(Debug, Error)]
pub enum PresenceError {
    /// Another process is there.
    #[error("process {who} is working on {place} already")]
    Taken {
        /// The database.
        place: String,
        /// Its process id, as it wrote it down.
        who: String,
    },
    /// The lock file cannot be made or locked.
    #[error("the lock file {path} cannot be used: {source}")]
    LockFile {
        /// The lock file.
        path: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

/// This process is working on a replica. Held by an operating-system lock on a file beside the database, so it ends
/// with the process, however that ends.
#[derive(Debug)]
pub struct Presence {
    file: File,
    path: PathBuf,
}

impl Presence {
    /// Where the lock file of a database is: `bot.db-onepurse` beside `bot.db`.
    #[must_use]
    pub fn path_of(database: &Path) -> PathBuf {
        let mut name = database.as_os_str().to_owned();
        name.push("-onepurse");
        name.into()
    }

    /// Takes the place, or says who has it.
    pub fn take(database: &Path) -> Result<Self, PresenceError> {
        let path = Self::path_of(database);
        let failed = |source| PresenceError::LockFile { path: path.display().to_string(), source };
        loop {
            let mut file = OpenOptions::new()
                .create(true)
                .read(true)
                .write(true)
                .truncate(false)
                .open(&path)
                .map_err(failed)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let mut who = String::new();
                    file.read_to_string(&mut who).map_err(failed)?;
                    return Err(PresenceError::Taken {
                        place: database.display().to_string(),
                        who: who.trim().to_owned(),
                    });
                }
                Err(TryLockError::Error(source)) => return Err(failed(source)),
            }
            // Whoever had it before may have removed the file on leaving, between our opening and locking it.
            if !is_at(&file, &path).map_err(failed)? {
                continue;
            }
            file.set_len(0).and_then(|()| file.rewind()).map_err(failed)?;
            writeln!(file, "{}", std::process::id()).map_err(failed)?;
            return Ok(Self { file, path });
        }
    }

    /// Gives the place up and removes the lock file.
    pub fn leave(self) -> Result<(), PresenceError> {
        let failed = |source| PresenceError::LockFile { path: self.path.display().to_string(), source };
        std::fs::remove_file(&self.path).map_err(failed)?;
        self.file.unlock().map_err(failed)
    }
}

/// Whether the file that is open is still the one at the path.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let open = file.metadata()?;
    match path.metadata() {
        Ok(there) => Ok((there.dev(), there.ino()) == (open.dev(), open.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_nothing_left() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("bot.db");
        let first = Presence::take(&database).unwrap();
        match Presence::take(&database) {
            Err(PresenceError::Taken { who, .. }) => assert_eq!(who, std::process::id().to_string()),
            other => panic!("{other:?}"),
        }
        first.leave().unwrap();
        assert!(!Presence::path_of(&database).exists());
        drop(Presence::take(&database).unwrap());
        Presence::take(&database).unwrap();
    }
}
