//! A server as a process.

use std::{
    fs::{self, File, Permissions},
    io::{self, ErrorKind},
    net::{Ipv4Addr, TcpListener},
    os::unix::{fs::PermissionsExt as _, net::UnixDatagram, process::CommandExt as _},
    process::{Child, Command, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{ServerError, home::Home};

/// Between asking for a free port and using it, somebody else may take it.
const STARTS_MAX: usize = 5;
/// How often it is looked whether a server that is starting is still there, and how many times at most.
const LOOK_EVERY: Duration = Duration::from_millis(100);
const LOOKS_MAX: usize = 900;

/// Starts it in `home`, where its log and its id are then found, and waits until it says that it is ready: all of
/// Debian's servers tell systemd, or whoever else they are told to tell.
pub(crate) fn start(home: &Home, command: &Command) -> Result<Child, ServerError> {
    let program = format!("{command:?}");
    let not_run = |source| ServerError::NotRun { program: program.clone(), source };
    let ready = home.join("ready");
    let _ = fs::remove_file(&ready);
    let told = UnixDatagram::bind(&ready).map_err(not_run)?;
    told.set_read_timeout(Some(LOOK_EVERY)).map_err(not_run)?;
    fs::set_permissions(&ready, Permissions::from_mode(0o666)).map_err(not_run)?;
    let log = File::create(home.join("log")).map_err(not_run)?;
    let mut server = Command::new("sh")
        .args(["-c", r#"echo $$ >"$0" && exec "$@""#])
        .arg(home.join("pid"))
        .arg(command.get_program())
        .args(command.get_args())
        .current_dir("/")
        .env("NOTIFY_SOCKET", &ready)
        .stdin(Stdio::null())
        .stdout(log.try_clone().map_err(not_run)?)
        .stderr(log)
        // It outlives the test that happened to start it, and what ends that test.
        .process_group(0)
        .spawn()
        .map_err(not_run)?;
    let Err(why) = wait_for(&told, &mut server) else { return Ok(server) };
    let _ = server.kill();
    let _ = server.wait();
    let log = fs::read_to_string(home.join("log")).unwrap_or_default();
    Err(ServerError::Failed { program, said: format!("{why}\n{log}") })
}

/// Starts it on a port that nobody else has; the command is made for the port.
pub(crate) fn start_on_free_port(
    home: &Home,
    command: impl Fn(u16) -> Command,
) -> Result<(u16, Child), ServerError> {
    let mut starts = 1;
    loop {
        let port = free_port().map_err(|source| ServerError::NoPort { source })?;
        match start(home, &command(port)) {
            Ok(server) => return Ok((port, server)),
            Err(ServerError::Failed { .. }) if starts < STARTS_MAX => starts += 1,
            Err(error) => return Err(error),
        }
    }
}

/// Has it end by this signal, and waits for that.
pub(crate) fn end(mut server: Child, signal: Signal) -> io::Result<()> {
    // Nobody but this waits for it, so the id is still its own.
    if let Some(pid) = i32::try_from(server.id()).ok().and_then(Pid::from_raw) {
        kill_process(pid, signal)?;
    }
    server.wait().map(drop)
}

fn wait_for(told: &UnixDatagram, server: &mut Child) -> io::Result<()> {
    let mut message = [0; 4096];
    for _ in 0..LOOKS_MAX {
        match told.recv(&mut message) {
            Ok(length) if message[..length].split(|&byte| byte == b'\n').any(|line| line == b"READY=1") => {
                return Ok(());
            }
            Ok(_) => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => return Err(error),
        }
        if let Some(status) = server.try_wait()? {
            return Err(io::Error::other(format!("it ended: {status}")));
        }
    }
    Err(io::Error::other("it was not ready in time"))
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
