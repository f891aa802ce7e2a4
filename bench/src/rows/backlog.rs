//! Row 7: catching up with what a bot did while nobody looked.

use std::{path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use onepurse_ledger::Ledger;
use rusqlite::Connection;

use super::append::{Appending, batches};
use crate::{
    edge::now,
    error::BenchError,
    goal::Goal,
    ledgers::on_postgres,
    line::{Line, Round, Spent, Unit},
    linked::Linked,
    program::Running,
    row::{Bench, Row, Scale},
};

/// People who are linked.
const USERS: u32 = 2_000;

/// Events that wait, of each of them as many.
fn events(scale: Scale) -> u32 {
    scale.pick(1_000_000, 20_000)
}

/// Row 7.
pub(super) struct Backlog;

#[async_trait(?Send)]
impl Row for Backlog {
    fn number(&self) -> &'static str {
        "7"
    }

    fn what(&self) -> &'static str {
        "from the start of `onepurse run` until a million waiting events of one bot show in the other's database"
    }

    fn yardstick(&self) -> &'static str {
        "row 1, just before and just after it"
    }

    fn sizes(&self, scale: Scale) -> String {
        format!(
            "one round of {} events of {USERS} people, ledger in PostgreSQL, both bots in SQLite",
            events(scale)
        )
    }

    async fn measure(&self, bench: &Bench) -> Result<Vec<Line>, BenchError> {
        let mut one = Appending::new(on_postgres(&bench.postgres()).await?, bench.scale).await?;
        let (folder, database) = (bench.new_folder()?, bench.postgres());
        let ledger = async |_: &Path| Ok(on_postgres(&database).await? as Arc<dyn Ledger>);
        let linked = Linked::new(folder, &database.url(), ledger, USERS).await?;
        let before = one.append(batches(bench.scale)).await?;
        let took = caught_up(linked, events(bench.scale))?;
        let after = one.append(batches(bench.scale)).await?;
        let yardstick = Spent { times: before.times + after.times, took: before.took + after.took };
        let ours = Spent { times: events(bench.scale), took }.per_second();
        let rounds = vec![Round { ours, yardstick: Some(yardstick.per_second()) }];
        Ok(vec![Line::new("7", Unit::PerSecond, Goal::AtLeast(0.5), rounds)])
    }
}

/// Stops the program, has the bot play, and starts it again: how long it takes then.
fn caught_up(mut linked: Linked, events: u32) -> Result<Duration, BenchError> {
    let folder = linked.folder.path().to_owned();
    linked.running.stop()?;
    let bot = Connection::open(folder.join("telegram.db"))?;
    for _ in 0..events / USERS {
        bot.execute("UPDATE users SET coins = coins + 1", [])?;
    }
    let begun = now();
    linked.running = Running::start(&folder)?;
    linked.wait_for_sum(i64::from(USERS) * 200 + i64::from(events))?;
    let took = begun.elapsed();
    linked.running.stop()?;
    Ok(took)
}
