//! What operators do to the files of SQLite databases, and what files are at a moment.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// The path with something behind its name: `bot.db-wal`.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    PathBuf::from(format!("{}{suffix}", path.display()))
}

/// Moves a database with what stands beside it.
pub(crate) fn move_away(from: &Path, to: &Path) {
    for suffix in ["-wal", "-shm", "-journal", ""] {
        if beside(from, suffix).exists() {
            fs::rename(beside(from, suffix), beside(to, suffix)).unwrap();
        }
    }
}

/// `mv`s a database file over another one, whose WAL goes first.
pub(crate) fn move_over(from: &Path, to: &Path) {
    for suffix in ["-wal", "-shm"] {
        let _ = fs::remove_file(beside(to, suffix));
    }
    fs::rename(from, to).unwrap();
}

/// What a file is at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Print {
    bytes: Vec<u8>,
    changed: SystemTime,
}

/// All files under a folder, with bytes and time of change. SQLite's shared memory is left out: it is no data.
pub(crate) fn prints(folder: &Path) -> BTreeMap<PathBuf, Print> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(prints(&path));
        } else if !path.to_string_lossy().ends_with("-shm") {
            // A journal may go between the listing and the look.
            if let (Ok(bytes), Ok(about)) = (fs::read(&path), fs::metadata(&path)) {
                found.insert(path, Print { bytes, changed: about.modified().unwrap() });
            }
        }
    }
    found
}

/// The names of the files in the folder of a file, but for journals.
pub(crate) fn names_around(file: &Path) -> Vec<String> {
    let entries = fs::read_dir(file.parent().unwrap()).unwrap().map(Result::unwrap);
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    // Any connection in the usual journal mode removes the empty journal that one in the mode `persist` leaves.
    names.retain(|name| !name.ends_with("-journal"));
    names.sort();
    names
}
