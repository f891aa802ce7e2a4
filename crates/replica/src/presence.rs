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
                        who: who.lines().next().unwrap_or_default().to_owned(),
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

    /// Writes down what keeps this process from its work, for whoever asks; nothing where nothing does.
    pub fn say(&self, trouble: Option<&str>) -> Result<(), PresenceError> {
        let said = format!("{}\n{}", std::process::id(), trouble.unwrap_or_default());
        let mut file = &self.file;
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(said.as_bytes()))
            .map_err(|source| PresenceError::LockFile { path: self.path.display().to_string(), source })
    }

    /// What keeps the process that works on this database from its work, if one is there and has said so.
    #[must_use]
    pub fn trouble_at(database: &Path) -> Option<String> {
        let mut file = File::open(Self::path_of(database)).ok()?;
        let mut said = String::new();
        file.read_to_string(&mut said).ok()?;
        let (_, trouble) = said.split_once('\n')?;
        // What a process said that is gone counts no more. Looking takes the lock for a moment, and only here.
        let is_there =
            !trouble.trim().is_empty() && matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
        is_there.then(|| trouble.trim().to_owned())
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
        assert_eq!(Presence::trouble_at(&database), None);
        first.say(Some("the disk is full")).unwrap();
        assert_eq!(Presence::trouble_at(&database).as_deref(), Some("the disk is full"));
        let Err(PresenceError::Taken { who, .. }) = Presence::take(&database) else { panic!("it is taken") };
        assert_eq!(who, std::process::id().to_string());
        first.say(None).unwrap();
        assert_eq!(Presence::trouble_at(&database), None);
        first.say(Some("the disk is full")).unwrap();
        drop(first);
        assert_eq!(Presence::trouble_at(&database), None, "nobody is there to say so");
        let first = Presence::take(&database).unwrap();
        first.leave().unwrap();
        assert!(!Presence::path_of(&database).exists());
        drop(Presence::take(&database).unwrap());
        Presence::take(&database).unwrap();
    }
}
