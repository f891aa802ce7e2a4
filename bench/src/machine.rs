//! The machine that figures are from: they mean nothing without it.

use std::{
    fs::{self, File},
    io::{Seek as _, Write as _},
    path::Path,
    process::Command,
    thread,
};

use serde::Serialize;

use crate::{
    edge::{ms, now},
    error::BenchError,
    line::{median, percentile},
};

/// Commits of the disk that are measured.
const COMMITS: u32 = 100;

/// What stands at the head of a table.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Machine {
    cores: usize,
    load_before: String,
    load_after: String,
    disk_commit_ms_median: f64,
    disk_commit_ms_p99: f64,
    postgres: String,
    mariadb: String,
    sqlite: &'static str,
}

impl Machine {
    /// As it is before anything is measured.
    pub(crate) fn before(folder: &Path) -> Result<Self, BenchError> {
        let commits = disk_commits_ms(folder, COMMITS)?;
        Ok(Self {
            cores: thread::available_parallelism()?.get(),
            load_before: load()?,
            load_after: String::new(),
            disk_commit_ms_median: median(commits.iter().copied()).unwrap_or_default(),
            disk_commit_ms_p99: percentile(&commits, 99).unwrap_or_default(),
            postgres: version("psql"),
            mariadb: version("/usr/sbin/mariadbd"),
            sqlite: rusqlite::version(),
        })
    }

    /// Notes how it was afterwards.
    pub(crate) fn end(&mut self) -> Result<(), BenchError> {
        self.load_after = load()?;
        Ok(())
    }

    pub(crate) fn told(&self) -> String {
        format!(
            "{} cores, load {} before and {} after; a durable write of 4 KiB takes this disk {:.1} ms \
             (of a hundred, one takes {:.1} ms); {}; {}; SQLite {}",
            self.cores,
            self.load_before,
            self.load_after,
            self.disk_commit_ms_median,
            self.disk_commit_ms_p99,
            self.postgres,
            self.mariadb,
            self.sqlite,
        )
    }
}

/// What durable writes of 4 KiB take, one after the other, each behind the last.
pub(crate) fn disk_commits_ms(folder: &Path, count: u32) -> Result<Vec<f64>, BenchError> {
    let mut file = tempfile::tempfile_in(folder)?;
    let commit = |file: &mut File| {
        let begun = now();
        file.write_all(&[7; 4_096])?;
        file.sync_data()?;
        Ok(ms(begun.elapsed()))
    };
    let commits = (0..count).map(|_| commit(&mut file)).collect();
    file.rewind()?;
    commits
}

/// The means over a minute, five and fifteen, as the kernel has them.
fn load() -> Result<String, BenchError> {
    let text = fs::read_to_string("/proc/loadavg")?;
    Ok(text.split(' ').take(3).collect::<Vec<_>>().join(", "))
}

fn version(program: &str) -> String {
    let said = Command::new(program).arg("--version").output();
    let said = said.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    said.unwrap_or_else(|_| format!("{program} is not there"))
}
