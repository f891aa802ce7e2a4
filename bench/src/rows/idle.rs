//! Row 11: what the program does while nobody does anything.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use async_trait::async_trait;

use crate::{
    bots::Bot,
    edge::sleep,
    error::BenchError,
    goal::Goal,
    line::{Line, Round, Unit},
    program::{Running, configure},
    row::{Bench, Row, Scale},
};

const USERS: u32 = 1_000;
/// What follows from the start is over by then.
const SETTLES: Duration = Duration::from_secs(10);

fn minute(scale: Scale) -> Duration {
    Duration::from_secs(scale.pick(60, 5))
}

/// Row 11.
pub(super) struct Idle;

#[async_trait(?Send)]
impl Row for Idle {
    fn number(&self) -> &'static str {
        "11"
    }

    fn what(&self) -> &'static str {
        "`onepurse run` while nobody plays: files that change, and what it takes of a core"
    }

    fn yardstick(&self) -> &'static str {
        "nothing"
    }

    fn sizes(&self, scale: Scale) -> String {
        format!("{} s with three platforms of {USERS} users, all in SQLite", minute(scale).as_secs())
    }

    async fn measure(&self, bench: &Bench) -> Result<Vec<Line>, BenchError> {
        let (folder, minute) = (bench.new_folder()?, minute(bench.scale));
        let platforms = ["telegram", "discord", "website"];
        for name in platforms {
            let path = folder.path().join(format!("{name}.db"));
            Bot::in_file(&path, "PRAGMA journal_mode = WAL", USERS)?;
        }
        configure(folder.path(), "sqlite://ledger.db", &platforms)?;
        let running = Running::in_step(folder.path())?;
        sleep(SETTLES);
        let (files, core) = (files(folder.path())?, running.core_seconds()?);
        sleep(minute);
        let percent = 100.0 * (running.core_seconds()? - core) / minute.as_secs_f64();
        let after = self::files(folder.path())?;
        let changed = after.iter().filter(|(path, seen)| files.get(*path) != Some(seen)).count();
        running.stop()?;
        let once = |ours| vec![Round { ours, yardstick: None }];
        let changed = f64::from(u32::try_from(changed).unwrap_or(u32::MAX));
        Ok(vec![
            Line::new("11 files that change", Unit::Files, Goal::Under(0.0), once(changed)),
            Line::new("11 core", Unit::PercentOfCore, Goal::Under(0.2), once(percent)),
        ])
    }
}

/// When each file was written to last, and how long it is.
fn files(folder: &Path) -> Result<BTreeMap<PathBuf, (SystemTime, u64)>, BenchError> {
    fs::read_dir(folder)?
        .map(|entry| {
            let entry = entry?;
            let about = entry.metadata()?;
            Ok((entry.path(), (about.modified()?, about.len())))
        })
        .collect()
}
