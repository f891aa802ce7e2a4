//! What purses and entries take on the disk, and what it takes to answer an engine whom they do not concern.

use std::path::Path;

use onepurse_core::{AssetName, Cursor, Platform, Question};
use onepurse_ledger::{Ledger, Records};
use onepurse_servers::Database;
use rusqlite::Connection;

use crate::{
    crowd::Crowd,
    edge::{ms, now},
    error::BenchError,
    ledgers::{BATCH, meet, on_postgres, on_sqlite},
    line::median,
    row::Bench,
};

const PURSES: u32 = 100_000;
/// People of another platform, who do nothing: as many as one of a hundred platforms has.
const OTHERS: u32 = 1_000;
const ENTRIES: u32 = 1_000_000;
/// Entries that an engine is told of at once, and how often that is tried.
const TOLD: [u32; 4] = [100, 1_000, 10_000, 100_000];
const TIMES: usize = 5;
const IN_SQLITE: &str = "SELECT name, sum(pgsize) FROM dbstat GROUP BY name";
const IN_POSTGRES: &str = "SELECT relname, pg_relation_size(oid)::text FROM pg_class
    WHERE relnamespace = 'onepurse'::regnamespace AND pg_relation_size(oid) > 0";

/// Relations with their bytes.
type Sizes = Vec<(String, f64)>;

pub(super) async fn print(bench: &Bench) -> Result<(), BenchError> {
    let folder = bench.new_folder()?;
    let ledger = on_sqlite(folder.path())?;
    of("SQLite", &*ledger, || sqlite(folder.path())).await?;
    tell("SQLite", &*ledger).await?;
    let database = bench.postgres();
    let ledger = on_postgres(&database).await?;
    of("PostgreSQL", &*ledger, || postgres(&database)).await?;
    tell("PostgreSQL without statistics", &*ledger).await?;
    // As autovacuum does within a minute or so.
    database.psql("ANALYZE");
    tell("PostgreSQL", &*ledger).await
}

async fn of<L: Ledger + Records>(
    name: &str,
    ledger: &L,
    sizes: impl Fn() -> Result<Sizes, BenchError>,
) -> Result<(), BenchError> {
    let mut crowd = Crowd::new("telegram", PURSES, 1);
    meet(ledger, &mut crowd).await?;
    meet(ledger, &mut Crowd::new("discord", OTHERS, 2)).await?;
    // Places are made when somebody looks.
    ledger.leaderboard(AssetName::default(), 0, 1).await?;
    let before = sizes()?;
    for _ in 0..ENTRIES / BATCH {
        ledger.append(crowd.events(BATCH)?).await?;
    }
    ledger.leaderboard(AssetName::default(), 0, 1).await?;
    let after = sizes()?;
    let sum = |sizes: &Sizes| sizes.iter().map(|(_, bytes)| bytes).sum::<f64>();
    let an_entry = (sum(&after) - sum(&before)) / f64::from(ENTRIES);
    let a_purse = sum(&before) / f64::from(PURSES + OTHERS) - an_entry;
    println!("{name}: {an_entry:.0} bytes an entry, {a_purse:.0} a purse beside its first entry, of which:");
    for (relation, bytes) in &after {
        let was = before.iter().find(|(name, _)| name == relation).map_or(0.0, |(_, bytes)| *bytes);
        let (first, more) = (was / f64::from(PURSES + OTHERS), (bytes - was) / f64::from(ENTRIES));
        if first > 1.0 || more > 1.0 {
            println!("- {relation}: {first:.0} at the first sight of a purse, {more:.0} for each entry more");
        }
    }
    Ok(())
}

/// Asks as an engine does whom nothing of it concerns.
async fn tell<L: Ledger + Records>(name: &str, ledger: &L) -> Result<(), BenchError> {
    let platform: Platform = "discord".parse().map_err(|_| BenchError::Mistake("discord".to_owned()))?;
    let head = ledger.head().await?.seq;
    for entries in TOLD {
        let from = ended_at(ledger, head - i64::from(entries)).await?;
        let mut took = Vec::new();
        for _ in 0..TIMES {
            let question = Question { platform: platform.clone(), from, oldest_ms: 0 };
            let begun = now();
            ledger.pull(question).await?;
            took.push(ms(begun.elapsed()));
        }
        let took = median(took).unwrap_or_default();
        println!(
            "{name}: {took:.2} ms to tell an engine of {entries} entries that do not concern it, {:.2} µs each",
            1e3 * took / f64::from(entries)
        );
    }
    Ok(())
}

/// Where the log ended at this entry.
async fn ended_at(ledger: &impl Records, seq: i64) -> Result<Cursor, BenchError> {
    let entries = ledger.log(seq - 1, 1).await?;
    let hash = entries.first().map(|entry| entry.hash);
    hash.map(|hash| Cursor { seq, hash })
        .ok_or_else(|| BenchError::Mistake(format!("a log without entry {seq}")))
}

fn sqlite(folder: &Path) -> Result<Sizes, BenchError> {
    let connection = Connection::open(folder.join("ledger.db"))?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    let mut sizes = connection.prepare(IN_SQLITE)?;
    let sizes = sizes.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(sizes.collect::<Result<_, _>>()?)
}

fn postgres(database: &Database) -> Result<Sizes, BenchError> {
    let said = database.psql(IN_POSTGRES);
    let row = |line: &str| {
        let (name, bytes) = line.split_once('|')?;
        Some((name.to_owned(), bytes.parse().ok()?))
    };
    said.lines().map(|line| row(line).ok_or_else(|| BenchError::Mistake(line.to_owned()))).collect()
}
