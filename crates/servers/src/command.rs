//! Programs of a server, run as the user that the server runs as.

use std::{
    fs::DirBuilder,
    io::{self, Read as _, Seek as _},
    os::unix::fs::DirBuilderExt as _,
    path::Path,
    process::{Command, Stdio},
};

use crate::ServerError;

/// A command as the user `user` where this process is root: servers refuse to run as root. Anyone else runs them as
/// themselves.
pub(crate) fn as_user(user: &str, program: &Path) -> Command {
    let mut command = if rustix::process::getuid().is_root() {
        let mut command = Command::new("setpriv");
        command
            .arg(format!("--reuid={user}"))
            .arg(format!("--regid={user}"))
            .arg("--init-groups")
            .arg(program);
        command
    } else {
        Command::new(program)
    };
    // That user may not see the folder of the tests.
    command.current_dir("/");
    command
}

/// Makes a folder that is seen by nobody else than `user`, where this process is root, or whoever this process is.
pub(crate) fn folder_of(user: &str, folder: &Path) -> Result<(), ServerError> {
    DirBuilder::new().mode(0o700).create(folder).map_err(|source| unusable(folder, source))?;
    if rustix::process::getuid().is_root() {
        run(Command::new("chown").arg(format!("{user}:")).arg(folder))?;
    }
    Ok(())
}

pub(crate) fn unusable(folder: &Path, source: io::Error) -> ServerError {
    ServerError::Folder { folder: folder.display().to_string(), source }
}

/// Runs it to its end; what it said where it fails. It is given files rather than pipes to speak into: a server that it
/// leaves behind would hold a pipe open.
pub(crate) fn run(command: &mut Command) -> Result<String, ServerError> {
    let program = format!("{command:?}");
    let not_run = |source| ServerError::NotRun { program: program.clone(), source };
    let mut said = tempfile::tempfile().map_err(not_run)?;
    // Handles of one file, which share a place in it: else each would write over what the other has said.
    let sink = || said.try_clone().map(Stdio::from).map_err(not_run);
    let status = command.stdin(Stdio::null()).stdout(sink()?).stderr(sink()?).status().map_err(not_run)?;
    let mut text = String::new();
    said.rewind().and_then(|()| said.read_to_string(&mut text)).map_err(not_run)?;
    if status.success() { Ok(text) } else { Err(ServerError::Failed { program, said: text }) }
}
