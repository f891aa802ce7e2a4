//! Programs of a server, run as the user that the server runs as.

use std::{
    fs::DirBuilder,
    io,
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
    let mut said = tempfile::NamedTempFile::new().map_err(not_run)?;
    // One handle for both, which share a place in the file: else each would write over what the other has said.
    let both = said.reopen().map_err(not_run)?;
    let out = both.try_clone().map_err(not_run)?;
    let status = command.stdin(Stdio::null()).stdout(out).stderr(both).status().map_err(not_run)?;
    let mut text = String::new();
    io::Read::read_to_string(said.as_file_mut(), &mut text).map_err(not_run)?;
    if status.success() { Ok(text) } else { Err(ServerError::Failed { program, said: text }) }
}
