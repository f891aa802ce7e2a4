//! Row 5: from a bot's commit to the other bot's database showing it.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use onepurse_ledger::Ledger;
use rusqlite::{Connection, Statement};

use crate::{
    bots::Bot,
    edge::{ms, now, sleep},
    error::BenchError,
    goal::Goal,
    ledgers::{on_postgres, on_sqlite},
    line::{Line, Round, Unit, median, percentile},
    linked::Linked,
    machine::disk_commits_ms,
    row::{Bench, Row, Scale},
};

const USERS: u32 = 200;
/// How often the other bot's database is looked at.
const LOOK_EVERY: Duration = Duration::from_micros(250);
/// How long a change may take before it counts as lost.
const PATIENCE: Duration = Duration::from_secs(30);
/// Pairs of commits that the yardstick is the median of, each round.
const PAIRS: u32 = 50;

/// Row 5.
pub(super) struct Propagation;

#[async_trait(?Send)]
impl Row for Propagation {
    fn number(&self) -> &'static str {
        "5"
    }

    fn what(&self) -> &'static str {
        "from a bot's commit to the other bot's database showing it, at a number of changes a second"
    }

    fn yardstick(&self) -> &'static str {
        "two durable writes of 4 KiB, one after the other; the founding loop woke every 5,000 ms"
    }

    fn sizes(&self, scale: Scale) -> String {
        let (rounds, changes) =
            (scale.rounds(), scale.pick("5, 100 and two seconds'", "1, 10 and a fifth of a second's"));
        format!("{rounds} rounds of {changes} changes, {USERS} linked people")
    }

    async fn measure(&self, bench: &Bench) -> Result<Vec<Line>, BenchError> {
        let mut lines = Vec::new();
        let folder = bench.new_folder()?;
        let ledger = async |folder: &Path| Ok(on_sqlite(folder)? as Arc<dyn Ledger>);
        let linked = Linked::new(folder, "sqlite://ledger.db", ledger, USERS).await?;
        lines.extend(at_all_rates("sqlite", linked, bench).await?);
        let (folder, database) = (bench.new_folder()?, bench.postgres());
        let ledger = async |_: &Path| Ok(on_postgres(&database).await? as Arc<dyn Ledger>);
        let linked = Linked::new(folder, &database.url(), ledger, USERS).await?;
        lines.extend(at_all_rates("postgres", linked, bench).await?);
        Ok(lines)
    }
}

/// Changes a second, and for how long each round.
struct Rate {
    name: &'static str,
    /// As many as a third of what the disk commits just before, where it is not said.
    per_second: Option<f64>,
    seconds: f64,
}

const RATES: [Rate; 3] = [
    Rate { name: "1/s", per_second: Some(1.0), seconds: 5.0 },
    Rate { name: "50/s", per_second: Some(50.0), seconds: 2.0 },
    Rate { name: "a third of the disk", per_second: None, seconds: 2.0 },
];

async fn at_all_rates(ledger: &str, mut linked: Linked, bench: &Bench) -> Result<Vec<Line>, BenchError> {
    let mut watched = Watched::of(linked.folder.path())?;
    let mut lines = Vec::new();
    for rate in &RATES {
        lines.extend(at(rate, ledger, &mut linked.telegram, &mut watched, bench).await?);
    }
    linked.running.stop()?;
    Ok(lines)
}

async fn at(
    rate: &Rate,
    ledger: &str,
    bot: &mut Bot,
    watched: &mut Watched,
    bench: &Bench,
) -> Result<[Line; 2], BenchError> {
    let (mut rounds, mut all, mut rates) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.scale.rounds() {
        let pairs: Vec<f64> =
            disk_commits_ms(bench.folder(), 2 * PAIRS)?.chunks(2).map(|pair| pair.iter().sum()).collect();
        let mean_ms = pairs.iter().sum::<f64>() / f64::from(2 * PAIRS);
        let per_second = rate.per_second.unwrap_or(1_000.0 / mean_ms / 3.0);
        let seconds = bench.scale.pick(rate.seconds, (1.0 / per_second).max(0.2));
        let taken = watched.play(bot, per_second, Duration::from_secs_f64(seconds)).await?;
        rounds.push(Round {
            ours: median(taken.iter().copied()).unwrap_or(f64::NAN),
            yardstick: median(pairs),
        });
        all.extend(taken);
        rates.push(per_second);
    }
    let p99 = vec![Round { ours: percentile(&all, 99).unwrap_or(f64::NAN), yardstick: None }];
    let name = |which| format!("5 {ledger} {which} at {}", rate.name);
    let goal = Goal::AtMost { times: 1.5, plus: 2.0 };
    let lines = [
        Line::new(&name("median"), Unit::Milliseconds, goal, rounds),
        Line::new(&name("p99"), Unit::Milliseconds, Goal::Under(100.0), p99),
    ];
    let note = median(rates).filter(|_| rate.per_second.is_none()).map(|rate| format!("{rate:.0}/s"));
    Ok(lines.map(|line| line.with_note(note.clone())))
}

/// The other bot's database, and what its people are to have.
struct Watched {
    discord: Connection,
    due: BTreeMap<u32, i64>,
    next: u32,
}

/// A change that was committed, and is to be seen.
struct Expected {
    user: u32,
    coins: i64,
    committed: Instant,
}

impl Watched {
    fn of(folder: &Path) -> Result<Self, BenchError> {
        let discord = Connection::open(folder.join("discord.db"))?;
        let due = discord
            .prepare("SELECT user_id, coins FROM users")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        Ok(Self { discord, due, next: 0 })
    }

    /// Has the bot play for so long, and says how long each change took to be seen, in milliseconds.
    async fn play(&mut self, bot: &mut Bot, rate: f64, lasts: Duration) -> Result<Vec<f64>, BenchError> {
        let (send, expected) = mpsc::channel();
        let file = self.discord.path().unwrap_or_default().to_owned();
        let watcher = thread::spawn(move || watch(&Connection::open(file)?, &expected));
        let begun = now();
        for tick in 0_u32.. {
            let at = Duration::from_secs_f64(f64::from(tick) / rate);
            if at >= lasts {
                break;
            }
            sleep(at.saturating_sub(begun.elapsed()));
            self.next = self.next % USERS + 1;
            let user = self.next;
            bot.write(user).await?;
            let coins = self.due.entry(user).or_default();
            *coins += 1;
            let _ = send.send(Expected { user, coins: *coins, committed: now() });
        }
        drop(send);
        watcher.join().map_err(|_| BenchError::Mistake("who watches has panicked".to_owned()))?
    }
}

/// Looks until everything that was committed was seen.
fn watch(discord: &Connection, expected: &mpsc::Receiver<Expected>) -> Result<Vec<f64>, BenchError> {
    let (mut waiting, mut taken, mut is_over) = (Vec::<Expected>::new(), Vec::new(), false);
    let mut look = discord.prepare("SELECT coins FROM users WHERE user_id = ?1")?;
    let mut version = discord.prepare("PRAGMA data_version")?;
    let mut seen = None;
    while !(is_over && waiting.is_empty()) {
        loop {
            match expected.try_recv() {
                // It may be there already.
                Ok(one) => {
                    waiting.push(one);
                    seen = None;
                }
                Err(end) => {
                    is_over = end == mpsc::TryRecvError::Disconnected;
                    break;
                }
            }
        }
        let there = Some(version.query_one([], |row| row.get::<_, i64>(0))?);
        if there != seen {
            (seen, waiting) = (there, still_waiting(waiting, &mut look, &mut taken)?);
        }
        if waiting.first().is_some_and(|one| one.committed.elapsed() > PATIENCE) {
            return Err(BenchError::TooLate { what: "a change being seen", seconds: PATIENCE.as_secs() });
        }
        sleep(LOOK_EVERY);
    }
    Ok(taken)
}

/// Looks once, and notes how long it took until what is there now was there.
fn still_waiting(
    waiting: Vec<Expected>,
    look: &mut Statement,
    taken: &mut Vec<f64>,
) -> Result<Vec<Expected>, BenchError> {
    let (at, mut still) = (now(), Vec::new());
    for one in waiting {
        if look.query_one([one.user], |row| row.get::<_, i64>(0))? >= one.coins {
            taken.push(ms(at.saturating_duration_since(one.committed)));
        } else {
            still.push(one);
        }
    }
    Ok(still)
}
