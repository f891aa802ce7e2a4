//! The scenarios that there are: the files in `sim/scenarios`.

use std::{collections::BTreeMap, fs, io, path::Path};

/// Their texts, by their names without the ending.
pub fn files() -> io::Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios"))? {
        let path = file?.path();
        if let (Some(name), Some("sim")) = (
            path.file_stem().and_then(|name| name.to_str()),
            path.extension().and_then(|ending| ending.to_str()),
        ) {
            files.insert(name.to_owned(), fs::read_to_string(&path)?);
        }
    }
    Ok(files)
}
