//! The folder that a server lives in, and what becomes of it at the end.

use std::{
    env,
    fs::{self, Permissions},
    os::unix::{fs::PermissionsExt as _, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Command, Stdio, id},
};

use crate::{ServerError, command::unusable};

/// Servers live in memory where there is this much room.
const ROOM_MIN: u64 = 8 << 30;

/// Waits for a process to be gone, ends the server of a folder by its id, and removes the folder. A server that was
/// ended before leaves an id that may belong to a stranger by now: who does not speak of the folder is left alone. A
/// program that was at work there when the process went may make another file or two, hence the second and third time.
const KEEPER: &str = r#"
owner=$1 folder=$2
tail --sleep-interval=0.5 --pid="$owner" -f /dev/null
for try in 1 2 3; do
    pid=$(cat "$folder/pid") &&
        tr '\0' ' ' <"/proc/$pid/cmdline" | grep --quiet --fixed-strings "$folder/" &&
        kill -s QUIT "$pid" &&
        { timeout 30 tail --sleep-interval=0.1 --pid="$pid" -f /dev/null || kill -s KILL "$pid"; }
    rm -rf "$folder" && break
    sleep 1
done
"#;

/// A folder for one server.
#[derive(Debug)]
pub(crate) struct Home {
    path: PathBuf,
}

impl Home {
    /// Has the server that will be in `path` ended and the folder removed when the process `owner` is gone, also where
    /// that is killed.
    pub(crate) fn kept_for(owner: u32, path: PathBuf) -> Result<Self, ServerError> {
        Command::new("sh")
            .args(["-c", KEEPER, "keeper", &owner.to_string()])
            .arg(&path)
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A signal to the run's own processes is none to this one.
            .process_group(0)
            .spawn()
            .map_err(|source| ServerError::NotRun { program: "sh".to_owned(), source })?;
        Ok(Self { path })
    }

    /// A home of this process's own.
    pub(crate) fn own() -> Result<Self, ServerError> {
        Self::own_in(&base())
    }

    /// One on a disk, for a server that is to keep what it has acknowledged.
    pub(crate) fn own_on_disk() -> Result<Self, ServerError> {
        Self::own_in(&env::temp_dir())
    }

    fn own_in(base: &Path) -> Result<Self, ServerError> {
        let mut folder = tempfile::Builder::new();
        // The server's user comes through here to what is its own.
        folder.prefix("onepurse-servers-").permissions(Permissions::from_mode(0o755));
        let folder = folder.tempdir_in(base).map_err(|source| unusable(base, source))?;
        Self::kept_for(id(), folder.keep())
    }

    pub(crate) fn remove(&self) {
        let _ = fs::remove_dir_all(&self.path);
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

/// Where folders of this name are: in memory where there is room for it. All processes of a run have to give the same
/// answer, so a folder that is there already is the answer.
pub(crate) fn place(name: &str) -> PathBuf {
    let in_memory = Path::new("/dev/shm").join(name);
    if in_memory.exists() { in_memory } else { base().join(name) }
}

fn base() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let room = rustix::fs::statvfs(memory).map_or(0, |disk| disk.f_bavail.saturating_mul(disk.f_frsize));
    if room >= ROOM_MIN { memory.to_owned() } else { env::temp_dir() }
}
