use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use thiserror::Error;
use tokio::sync::watch;

/// A folder cannot be watched.
#[derive(Debug, Error)]
#[error("{folder} cannot be watched: {source}")]
pub struct WatchError {
    folder: String,
    #[source]
    source: Box<dyn std::error::Error + Send + Sync>,
}

/// Hints that an SQLite database was written, by anyone: the file, its journal or its WAL changed, or was replaced.
pub struct FileWatch {
    hints: watch::Receiver<u64>,
    _watcher: RecommendedWatcher,
}

impl FileWatch {
    /// Watches the database at `path`, which need not be there yet; its folder must be.
    pub fn new(path: &Path) -> Result<Self, WatchError> {
        let (sender, hints) = watch::channel(0);
        Self::hinting(path, Arc::new(sender), hints)
    }

    fn hinting(
        path: &Path,
        sender: Arc<watch::Sender<u64>>,
        hints: watch::Receiver<u64>,
    ) -> Result<Self, WatchError> {
        let (folder, name) = place(path);
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| WatchError {
            folder: folder.display().to_string(),
            source,
        };
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if event.map_or(true, |event| is_about(&event, &name)) {
                sender.send_modify(|n| *n = n.wrapping_add(1));
            }
        })
        .map_err(|error| failed(error.into()))?;
        watcher.watch(&folder, RecursiveMode::NonRecursive).map_err(|error| failed(error.into()))?;
        Ok(Self { hints, _watcher: watcher })
    }

    /// Changes at every hint.
    #[must_use]
    pub fn hints(&self) -> watch::Receiver<u64> {
        self.hints.clone()
    }
}

fn place(path: &Path) -> (PathBuf, String) {
    let path = std::path::absolute(path).unwrap_or_else(|_: io::Error| path.to_owned());
    let folder = path.parent().map_or_else(|| PathBuf::from("."), Path::to_owned);
    (folder, path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default())
}

/// Reading a file is no news; our own lock file beside the database is none either.
fn is_about(event: &notify::Event, name: &str) -> bool {
    !matches!(event.kind, EventKind::Access(_))
        && event.paths.iter().any(|path| {
            let file = path.file_name().map(|file| file.to_string_lossy()).unwrap_or_default();
            file.strip_prefix(name).is_some_and(|rest| matches!(rest, "" | "-wal" | "-journal"))
        })
}

/// Whether a database is still at a location, as [`crate::Replica::location`] tells it. A file that is not there is
/// gone. A server that does not answer may come back, and one that does lets nobody look without a password.
pub(crate) fn is_there(location: &str) -> bool {
    location.strip_prefix("sqlite://").is_none_or(|path| Path::new(path).exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_file_can_be_seen_to_be_gone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bot.db");
        let location = format!("sqlite://{}", file.display());
        assert!(!is_there(&location));
        std::fs::write(&file, "").unwrap();
        assert!(is_there(&location));
        assert!(is_there("postgres://db.example:5432/bot"));
    }
}
