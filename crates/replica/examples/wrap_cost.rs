//! What a bot in Rust waits for, whose store is wrapped: `cargo run --release -p onepurse-replica --example wrap_cost`.

#![allow(clippy::print_stdout, reason = "this is what it is for")]
#![expect(clippy::disallowed_methods, reason = "time is what is measured")]

use std::{collections::HashMap, error::Error, io, time::Instant};

use onepurse_replica::wrap::{Settings, Store};

const CALLS: usize = 50;

struct Bank(HashMap<u64, i64>);

impl Store for Bank {
    type Id = u64;

    fn ids(&self) -> impl Iterator<Item = u64> {
        self.0.keys().copied()
    }

    fn shown(&self, id: &u64, _: &str) -> Option<i64> {
        self.0.get(id).copied()
    }

    fn show(&mut self, id: &u64, _: &str, value: i64) {
        self.0.insert(*id, value);
    }

    fn save(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    println!(
        "people | wrap, ms | lock, set to the same, µs | lock, changed, µs | lock_for, changed, µs | lock, read, µs"
    );
    for people in [100, 1_000, 10_000, 100_000] {
        measure(people)?;
    }
    Ok(())
}

fn measure(people: u64) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let settings = Settings::new("telegram", &folder.path().join("bank.onepurse").display().to_string())?;
    let bank = Bank((0..people).map(|id| (id, 100)).collect());
    let began = Instant::now();
    let bank = onepurse_replica::wrap(bank, settings);
    let wrap_ms = began.elapsed().as_millis();
    let same = median_us(|call| *bank.lock().0.entry(call).or_default() = 100);
    let changed = median_us(|call| *bank.lock().0.entry(call).or_default() = 7);
    let changed_for = median_us(|call| *bank.lock_for([call]).0.entry(call).or_default() = 8);
    let read = median_us(|call| assert!(bank.lock().0.contains_key(&call)));
    println!("{people} | {wrap_ms} | {same} | {changed} | {changed_for} | {read}");
    Ok(())
}

fn median_us(call: impl Fn(u64)) -> u128 {
    let mut all: Vec<_> = (0..CALLS as u64)
        .map(|number| {
            let began = Instant::now();
            call(number);
            began.elapsed().as_micros()
        })
        .collect();
    all.sort_unstable();
    all[CALLS / 2]
}
