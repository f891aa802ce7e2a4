//! `bench`: measures onepurse beside the least that the same work could take, and says where it misses its goals.

mod args;
mod bare;
mod bots;
mod counts;
mod crowd;
mod edge;
mod error;
mod explained;
mod goal;
mod grown;
mod ledgers;
mod line;
mod linked;
mod machine;
mod program;
mod row;
mod rows;
mod scale;
mod table;

use std::process::ExitCode;

use clap::Parser;
use serde_json::json;

use crate::{
    args::{Args, Other},
    error::BenchError,
    explained::Explained,
    line::{Line, is_asked},
    machine::Machine,
    row::{Bench, Row, Scale},
};

fn main() -> ExitCode {
    let args = Args::parse();
    match started(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

/// Whether all is well.
fn started(args: &Args) -> Result<bool, BenchError> {
    let Some(other) = &args.other else { return run(args) };
    // One thread: what is counted has to come in the same order each time.
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build();
    match other {
        Other::Counts { accept } => return counts::run(*accept),
        Other::Perform { path, times } => runtime()?.block_on(path.perform(*times))?,
        Other::Scale(figures) => print!("{}", scale::told(figures)),
        Other::ScaleFigures { only } => several_threads()?.block_on(scale::measure(only))?,
    }
    Ok(true)
}

fn several_threads() -> Result<tokio::runtime::Runtime, BenchError> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}

/// Whether all is well: where only misses are asked for, whether all of them are explained.
fn run(args: &Args) -> Result<bool, BenchError> {
    let explained = Explained::own()?;
    let rows = rows::asked(&args.rows)?;
    let bench = Bench::new(if args.quick { Scale::Quick } else { Scale::Full })?;
    let mut machine = Machine::before(bench.folder())?;
    let mut lines = Vec::new();
    let runtime = several_threads()?;
    for row in &rows {
        eprintln!("row {}: {} ({})", row.number(), row.what(), row.sizes(bench.scale));
        lines.extend(runtime.block_on(row.measure(&bench))?);
    }
    machine.end()?;
    lines.retain(|line| is_asked(&args.rows, &line.name) && !(args.misses && line.is_met()));
    print(args, &rows, &machine, &lines, &explained)?;
    Ok(!args.misses || explained.covers(&lines))
}

fn print(
    args: &Args,
    rows: &[Box<dyn Row>],
    machine: &Machine,
    lines: &[Line],
    explained: &Explained,
) -> Result<(), BenchError> {
    let scale = if args.quick { Scale::Quick } else { Scale::Full };
    if args.json {
        let about = rows.iter().map(|row| {
            json!({
                "number": row.number(), "what": row.what(), "yardstick": row.yardstick(), "sizes": row.sizes(scale),
            })
        });
        let about: Vec<_> = about.collect();
        let lines: Vec<_> = lines.iter().map(|line| of_line(line, explained)).collect();
        let all = json!({ "quick": args.quick, "machine": machine, "rows": about, "lines": lines });
        println!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(());
    }
    println!("{}\n", machine.told());
    if args.quick {
        println!("--quick: everything is scaled down, and the figures say nothing.\n");
    }
    println!("{}\n", table::table(lines, explained));
    for row in rows {
        let (number, what, yardstick) = (row.number(), row.what(), row.yardstick());
        println!("{number}: {what}; beside {yardstick} ({})", row.sizes(scale));
    }
    Ok(())
}

fn of_line(line: &Line, explained: &Explained) -> serde_json::Value {
    json!({
        "name": line.name, "unit": line.unit, "ours": line.ours(), "yardstick": line.yardstick(),
        "ratio": line.ratio(), "goal": line.goal, "is_met": line.is_met(),
        "explained": explained.section(line), "note": line.note, "rounds": line.rounds,
    })
}
