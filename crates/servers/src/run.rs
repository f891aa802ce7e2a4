//! The test run that servers belong to.

use std::{
    env,
    fs::{self, File},
    os::unix::process::{CommandExt as _, parent_id},
    path::{Path, PathBuf},
    process::{Command, Stdio, id},
};

use crate::{ServerError, command::in_shell};

/// One run of the tests. Its processes share a folder, and whoever comes first starts what all of them need.
pub(crate) struct Run {
    /// The process that lives as long as the run.
    owner: u32,
    folder: PathBuf,
}

impl Run {
    /// The run that this process is part of: nextest gives each test a process of its own, and each run a name; without
    /// it, this process is the run.
    pub(crate) fn current() -> Self {
        let (owner, name) = match env::var("NEXTEST_RUN_ID") {
            Ok(name) => (parent_id(), name),
            Err(_) => (id(), id().to_string()),
        };
        Self { owner, folder: env::temp_dir().join(format!("onepurse-servers-{name}")) }
    }

    /// Does `start` in a folder of this name once for the whole run, and answers for everyone what it answered.
    pub(crate) fn once(
        &self,
        name: &str,
        start: impl FnOnce(&Path) -> Result<String, ServerError>,
    ) -> Result<String, ServerError> {
        let folder = self.folder.join(name);
        let failed = |source| ServerError::Folder { folder: folder.display().to_string(), source };
        fs::create_dir_all(&folder).map_err(failed)?;
        let lock = File::create(self.folder.join(format!("{name}.lock"))).map_err(failed)?;
        lock.lock().map_err(failed)?;
        let answer = self.folder.join(format!("{name}.answer"));
        if let Ok(known) = fs::read_to_string(&answer) {
            return Ok(known);
        }
        let made = start(&folder)?;
        fs::write(&answer, &made).map_err(failed)?;
        Ok(made)
    }

    /// Has `stop` done when the run is over, and its folder removed: also where the run is killed.
    pub(crate) fn at_end(&self, stop: &Command) -> Result<(), ServerError> {
        let (owner, mut remove) = (self.owner, Command::new("rm"));
        remove.arg("-rf").arg(&self.folder);
        let script = format!("tail --pid={owner} -f /dev/null; {}; {}", in_shell(stop), in_shell(&remove));
        Command::new("sh")
            .args(["-c", &script])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A signal to the run's own processes is none to this one.
            .process_group(0)
            .spawn()
            .map(drop)
            .map_err(|source| ServerError::NotRun { program: "sh".to_owned(), source })
    }
}
