//! A commit that waits for a standby, on the same machine and disk, beside one that does not.

use tokio::sync::Mutex;

use super::{Writer, durable};
use crate::{
    error::BenchError,
    line::{alternate, median},
};

/// Batches, and the commits of a slice.
const BATCHES: [(u32, u32); 4] = [(1, 40), (10, 40), (100, 20), (1_000, 5)];
const ROUNDS: usize = 5;
const SLICES: usize = 6;

pub(super) async fn print() -> Result<(), BenchError> {
    let (alone, followed) = (durable(), durable());
    let (one, other) = (Writer::on(&alone.database()).await?, Writer::on(&followed.database()).await?);
    let _standby = followed.standby();
    let (one, other) = (Mutex::new(one), Mutex::new(other));
    println!("| a commit has | alone | with a standby | of the rate | a commit alone | with a standby |");
    println!("|---|---|---|---|---|---|");
    for (batch, commits) in BATCHES {
        let write = async |writer: &Mutex<Writer>| writer.lock().await.write(commits, batch).await;
        let rounds =
            alternate(ROUNDS, SLICES, async || write(&other).await, async || write(&one).await).await?;
        let followed = median(rounds.iter().map(|round| round.ours)).unwrap_or_default();
        let alone = median(rounds.iter().filter_map(|round| round.yardstick)).unwrap_or_default();
        let ratio = median(rounds.iter().filter_map(|round| round.ratio())).unwrap_or_default();
        let a_commit = |rate: f64| 1e3 * f64::from(batch) / rate;
        println!(
            "| {batch} | {alone:.0}/s | {followed:.0}/s | {ratio:.2} | {:.2} ms | {:.2} ms |",
            a_commit(alone),
            a_commit(followed),
        );
    }
    Ok(())
}
