//! The kept inputs: a folder a target, a file an input.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use thiserror::Error;

/// A corpus that cannot be read or written.
#[derive(Debug, Error)]
#[error("the corpus at {}: {source}", path.display())]
pub struct CorpusError {
    path: PathBuf,
    source: io::Error,
}

/// Where inputs are kept.
#[derive(Debug, Clone)]
pub struct Corpus {
    from: PathBuf,
    into: PathBuf,
}

impl Corpus {
    /// The corpus that is kept beside this program's source.
    #[must_use]
    pub fn kept() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
        Self { from: folder.clone(), into: folder }
    }

    /// The same, but what is found goes into another folder.
    #[must_use]
    pub fn finding_into(self, folder: &Path) -> Self {
        Self { into: folder.to_owned(), ..self }
    }

    /// The inputs kept for a target with their files, in the order of the names; none where there is no folder.
    pub fn of(&self, target: &str) -> Result<Vec<(PathBuf, Vec<u8>)>, CorpusError> {
        let folder = self.from.join(target);
        let failed = |source| CorpusError { path: folder.clone(), source };
        if !folder.exists() {
            return Ok(Vec::new());
        }
        let entries = fs::read_dir(&folder).map_err(failed)?;
        let mut paths =
            entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>().map_err(failed)?;
        paths.sort();
        paths.into_iter().map(|path| Ok((path.clone(), fs::read(path).map_err(failed)?))).collect()
    }

    /// Keeps an input that found something; returns its file.
    pub fn keep(&self, target: &str, input: &[u8]) -> Result<PathBuf, CorpusError> {
        let folder = self.into.join(target);
        let path = folder.join(format!("found-{}", &blake3::hash(input).to_hex()[..12]));
        let failed = |source| CorpusError { path: path.clone(), source };
        fs::create_dir_all(&folder).and_then(|()| fs::write(&path, input)).map_err(failed)?;
        Ok(path)
    }
}

/// The input as it can be printed on one line, whatever is in it.
#[must_use]
pub fn escaped(input: &[u8]) -> String {
    input.escape_ascii().to_string()
}
