//! Ledgers in databases of one server, which all write at once.

use tokio::task::JoinSet;

use super::Writer;
use crate::{edge::now, error::BenchError, line::median, row::Bench};

const LEDGERS: [usize; 4] = [1, 2, 4, 8];
/// Batches, and the commits of each ledger in a round.
const BATCHES: [(u32, u32); 4] = [(1, 300), (10, 200), (100, 100), (1_000, 30)];
const ROUNDS: usize = 5;

pub(super) async fn print(bench: &Bench) -> Result<(), BenchError> {
    let mut writers = Vec::new();
    for _ in 0..LEDGERS.into_iter().max().unwrap_or(1) {
        writers.push(Writer::on(&bench.postgres()).await?);
    }
    println!("| a commit has | 1 ledger | 2 ledgers | 4 ledgers | 8 ledgers |\n|---|---|---|---|---|");
    for (batch, commits) in BATCHES {
        let mut rates = LEDGERS.map(|_| Vec::new());
        for _ in 0..ROUNDS {
            for (count, rates) in LEDGERS.into_iter().zip(&mut rates) {
                rates.push(together(&mut writers, count, commits, batch).await?);
            }
        }
        let cells = rates.map(|rates| format!("{:.0}/s", median(rates).unwrap_or_default()));
        println!("| {batch} | {} |", cells.join(" | "));
    }
    Ok(())
}

/// Events a second of the first `count` writers together.
async fn together(
    writers: &mut Vec<Writer>,
    count: usize,
    commits: u32,
    batch: u32,
) -> Result<f64, BenchError> {
    let begun = now();
    let mut tasks = JoinSet::new();
    for mut writer in writers.drain(..count) {
        tasks.spawn(async move {
            let spent = writer.write(commits, batch).await?;
            Ok::<_, BenchError>((writer, spent.times))
        });
    }
    let mut events = 0;
    while let Some(done) = tasks.join_next().await {
        let (writer, times) = done??;
        writers.push(writer);
        events += times;
    }
    Ok(f64::from(events) / begun.elapsed().as_secs_f64())
}
