//! The test run that servers belong to.

use std::{
    env,
    fs::{self, File},
    hash::{BuildHasher as _, Hasher as _, RandomState},
    os::unix::process::parent_id,
    process::id,
    sync::OnceLock,
};

use crate::{
    ServerError,
    command::unusable,
    home::{Home, place},
};

/// A word that no other process of this run has: the numbers of processes come again in a long one.
pub(crate) fn word() -> &'static str {
    static WORD: OnceLock<String> = OnceLock::new();
    WORD.get_or_init(|| format!("{:012x}", RandomState::new().build_hasher().finish() >> 16))
}

/// One run of the tests. Its processes share servers, and whoever comes first starts what all of them need.
pub(crate) struct Run {
    /// The process that lives as long as the run.
    owner: u32,
    name: String,
}

impl Run {
    /// The run that this process is part of: nextest gives each test a process of its own, and each run a name; without
    /// it, this process is the run.
    pub(crate) fn current() -> Self {
        let (owner, name) = match env::var("NEXTEST_RUN_ID") {
            Ok(name) => (parent_id(), name),
            Err(_) => (id(), id().to_string()),
        };
        Self { owner, name }
    }

    /// Does `start` in the home of this name once for the whole run, and answers for everyone the port that it answered.
    pub(crate) fn once(
        &self,
        name: &str,
        start: impl FnOnce(&Home) -> Result<u16, ServerError>,
    ) -> Result<u16, ServerError> {
        let folder = place(&format!("onepurse-servers-{}-{name}", self.name));
        let failed = |source| unusable(&folder, source);
        fs::create_dir_all(&folder).map_err(failed)?;
        let lock = File::create(folder.join("lock")).map_err(failed)?;
        lock.lock().map_err(failed)?;
        let answer = folder.join("port");
        if let Some(known) = fs::read_to_string(&answer).ok().and_then(|known| known.parse().ok()) {
            return Ok(known);
        }
        let port = start(&Home::kept_for(self.owner, folder.clone())?)?;
        fs::write(&answer, port.to_string()).map_err(failed)?;
        Ok(port)
    }
}
