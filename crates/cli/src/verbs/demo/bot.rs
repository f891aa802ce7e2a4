//! A bot, as far as its database sees one: another process that opens the file with default settings (a rollback
//! journal, every commit durable) and runs one statement.

use std::{
    io::{self, BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use rusqlite::Connection;

use crate::{error::Failure, output};

/// What the process prints once its statement is committed, before the number of rows that it changed.
const COMMITTED: &str = "committed";

/// Is the bot: runs `sql` in `database`, and says so the moment it is committed.
pub(crate) fn be(database: &Path, sql: &str) -> Result<(), Failure> {
    let changed = Connection::open(database)?.execute(sql, [])?;
    output::line(&format!("{COMMITTED} {changed}"))
}

/// Has a process of its own be the bot; returns as soon as its statement is committed.
pub(crate) fn play(database: &Path, sql: &str) -> Result<(), Failure> {
    let mut bot = Command::new(std::env::current_exe().map_err(cannot_start)?)
        .arg("demo-bot")
        .args([database.as_os_str(), sql.as_ref()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(cannot_start)?;
    let mut said = String::new();
    if let Some(out) = bot.stdout.take() {
        BufReader::new(out).read_line(&mut said).map_err(cannot_start)?;
    }
    let ended = bot.wait().map_err(cannot_start)?;
    if ended.success() && said.starts_with(COMMITTED) {
        Ok(())
    } else {
        Err(cannot_start(io::Error::other(format!("it ended with {ended}"))))
    }
}

const fn cannot_start(source: io::Error) -> Failure {
    Failure::System { doing: "running the demo's bot", source }
}
