//! The real program, as an operator would have it: a configuration in a folder, a process of its own.

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

use crate::error::BenchError;

/// How long anything may take that has an end: a million identities are brought in step meanwhile.
const PATIENCE: Duration = Duration::from_mins(10);
/// Ticks of the kernel's clock in a second, as it tells of processes.
const TICKS: f64 = 100.0;

/// The program, built beside the suite.
fn binary() -> Result<PathBuf, BenchError> {
    let path = env::current_exe()?.with_file_name("onepurse");
    if path.exists() { Ok(path) } else { Err(BenchError::NotBuilt { path }) }
}

/// Writes `onepurse.toml`: platforms in files of their own beside it, by name.
pub(crate) fn configure(folder: &Path, ledger: &str, platforms: &[&str]) -> Result<(), BenchError> {
    let mut text = format!("[ledger]\nurl = \"{ledger}\"\n\n[website]\nlisten = \"127.0.0.1:0\"\n");
    for name in platforms {
        text += &format!(
            "\n[[platform]]\nname = \"{name}\"\ndatabase = \"sqlite://{name}.db\"\n\
             [[platform.balance]]\ntable = \"users\"\nid = \"user_id\"\ncolumn = \"coins\"\n"
        );
    }
    Ok(fs::write(folder.join("onepurse.toml"), text)?)
}

/// `onepurse run`, until it is stopped or dropped.
pub(crate) struct Running {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Running {
    /// Starts it in this folder.
    pub(crate) fn start(folder: &Path) -> Result<Self, BenchError> {
        let mut command = Command::new(binary()?);
        command.arg("run").current_dir(folder).env_remove("DATABASE_URL").env_remove("PORT");
        let log = fs::File::create(folder.join("run.log"))?;
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn()?;
        let (send, lines) = mpsc::channel();
        if let Some(stdout) = child.stdout.take() {
            // Read to the end, whoever still listens: the program must never wait for that.
            thread::spawn(move || {
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    let _ = send.send(line);
                }
            });
        }
        Ok(Self { child, lines })
    }

    /// Starts it, and waits until everything is in step.
    pub(crate) fn in_step(folder: &Path) -> Result<Self, BenchError> {
        let running = Self::start(folder)?;
        running.wait_until_ready()?;
        Ok(running)
    }

    /// Waits for the line which tells that everything is in step for the first time.
    pub(crate) fn wait_until_ready(&self) -> Result<(), BenchError> {
        let mut said = String::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if line.starts_with("ready: ") => return Ok(()),
                Ok(line) => said += &(line + "\n"),
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    return Err(BenchError::TooLate { what: "being in step", seconds: PATIENCE.as_secs() });
                }
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    return Err(BenchError::Program { args: "run".to_owned(), said });
                }
            }
        }
    }

    /// The most memory that it ever had resident, in MiB.
    pub(crate) fn resident_max_mib(&self) -> Result<f64, BenchError> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().split(' ').next()?.parse::<f64>().ok());
        kib.map(|kib| kib / 1_024.0).ok_or_else(|| BenchError::Mistake(status.clone()))
    }

    /// What it has had of a core so far, in seconds.
    pub(crate) fn core_seconds(&self) -> Result<f64, BenchError> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // Behind the name, which may hold anything: the 12th and 13th field are its time in user and system mode.
        let fields = stat.rsplit(") ").next().unwrap_or_default().split(' ');
        let ticks: f64 = fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
        Ok(ticks / TICKS)
    }

    /// Has it end in its own time.
    pub(crate) fn stop(mut self) -> Result<(), BenchError> {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            kill_process(pid, Signal::TERM).map_err(std::io::Error::from)?;
        }
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Where it has ended these do nothing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
