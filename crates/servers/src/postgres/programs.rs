//! PostgreSQL's programs.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{Settings, USER};
use crate::{
    ServerError,
    command::{as_user, folder_of, run},
};

/// Tests are superusers: none has a place of its own.
const SETTINGS: [&str; 3] =
    ["listen_addresses=127.0.0.1", "unix_socket_directories=", "superuser_reserved_connections=0"];
/// No test takes the power away, so nothing waits for the disk.
const HASTY: &str = "fsync=off";

/// A folder that a server keeps its data in, and the programs that work on it.
#[derive(Debug)]
pub(super) struct Data {
    path: PathBuf,
    programs: PathBuf,
}

impl Data {
    /// An empty folder for a server to be made in.
    pub(super) fn empty(path: PathBuf) -> Result<Self, ServerError> {
        let programs = programs()?;
        // Of a start that failed.
        let _ = fs::remove_dir_all(&path);
        folder_of(USER, &path)?;
        Ok(Self { path, programs })
    }

    /// A new cluster.
    pub(super) fn create(&self) -> Result<(), ServerError> {
        let mut initdb = self.command("initdb");
        initdb.args(["--username", USER, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]);
        run(&mut initdb).map(drop)
    }

    /// A copy of what the server on this port has, which goes on following it.
    pub(super) fn copy(&self, port: u16) -> Result<(), ServerError> {
        let mut copy = self.command("pg_basebackup");
        copy.args(["--host=127.0.0.1", &format!("--port={port}"), "--username", USER, "--no-password"]);
        copy.args(["--checkpoint=fast", "--wal-method=stream", "--write-recovery-conf", "--no-sync"]);
        run(&mut copy).map(drop)
    }

    pub(super) fn promote(&self) -> Result<(), ServerError> {
        run(self.command("pg_ctl").args(["--wait", "promote"])).map(drop)
    }

    pub(super) fn server(&self, port: u16, settings: Settings) -> Command {
        let mut server = self.command("postgres");
        server.args([
            "-p",
            &port.to_string(),
            "-c",
            &format!("max_connections={}", settings.max_connections),
        ]);
        let hasty = (!settings.durable).then_some(HASTY);
        server.args(SETTINGS.into_iter().chain(hasty).flat_map(|setting| ["-c", setting]));
        server
    }

    fn command(&self, program: &str) -> Command {
        let mut command = as_user(USER, &self.programs.join(program));
        command.arg("-D").arg(&self.path);
        command
    }
}

/// `psql` itself: the one on the path is a script in Perl that looks for it, and takes several times as long as this.
pub(super) fn psql() -> Command {
    let psql = programs().map(|programs| programs.join("psql")).ok().filter(|psql| psql.exists());
    Command::new(psql.unwrap_or_else(|| PathBuf::from("psql")))
}

/// Where Debian keeps the programs of the newest version: they are not on the path. A version's folder may hold its
/// clients alone.
fn programs() -> Result<PathBuf, ServerError> {
    let missing = ServerError::NotInstalled { program: "PostgreSQL", package: "postgresql" };
    let Ok(versions) = fs::read_dir(Path::new("/usr/lib/postgresql")) else { return Err(missing) };
    let number = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let versions = versions.filter_map(|entry| Some(entry.ok()?.path()));
    let newest = versions.filter(|version| version.join("bin/initdb").exists()).max_by_key(number);
    newest.map(|version| version.join("bin")).ok_or(missing)
}
