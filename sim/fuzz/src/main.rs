//! `fuzz`: tries everything that reads what others write, and says what was tried and what is wrong.

use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
    time::{SystemTime, UNIX_EPOCH},
};

use clap::Parser;
use fuzz::{Campaign, Corpus, CorpusError, Tally, Target, Until, targets};
use onepurse_core::Clock;
use serde_json::json;

/// Tries everything that reads what others write with odd input, from the corpus in sim/fuzz/corpus.
///
/// Exit codes: 0 nothing is wrong, 1 something is (it is kept in the corpus), 2 wrong usage.
#[derive(Debug, Parser)]
#[command(name = "fuzz")]
struct Arguments {
    /// How long, for all targets together
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    seconds: u32,
    /// How many inputs for each target instead, besides the corpus
    #[arg(long, conflicts_with = "seconds")]
    inputs: Option<u64>,
    /// Only this target; may be repeated
    #[arg(long, value_name = "NAME")]
    target: Vec<String>,
    /// Which inputs: the same seed over the same corpus tries the same ones [default: by the time]
    #[arg(long)]
    seed: Option<u64>,
    /// Tries targets that are broken on purpose, and keeps nothing: something has to be found
    #[arg(long)]
    planted: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the edge: everything below takes this as a parameter")]
    fn now_ms(&self) -> i64 {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX)
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let all: &[Target] = if arguments.planted { &targets::PLANTED } else { &targets::ALL };
    if let Some(unknown) = arguments.target.iter().find(|name| all.iter().all(|one| one.name != **name)) {
        let known: Vec<_> = all.iter().map(|one| one.name).collect();
        eprintln!("error: there is no target `{unknown}`; there are {}", known.join(", "));
        return ExitCode::from(2);
    }
    match run(&arguments, all) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Tries, tells, and answers whether nothing is wrong.
fn run(arguments: &Arguments, all: &[Target]) -> Result<bool, CorpusError> {
    let wanted =
        |one: &&Target| arguments.target.is_empty() || arguments.target.iter().any(|name| name == one.name);
    let targets: Vec<Target> = all.iter().filter(wanted).copied().collect();
    let seed = arguments.seed.unwrap_or_else(|| SystemClock.now_ms().unsigned_abs());
    eprintln!("fuzz: seed {seed}");
    let kept = Corpus::kept();
    let corpus = if arguments.planted { kept.finding_into(&std::env::temp_dir()) } else { kept };
    let until = arguments.inputs.map_or(Until::Elapsed(i64::from(arguments.seconds) * 1_000), Until::Inputs);
    let campaign = Campaign { targets: &targets, corpus: &corpus, seed, until, clock: &SystemClock };
    let tallies = campaign.run(progress)?;
    if io::stderr().is_terminal() {
        eprintln!();
    }
    if arguments.json {
        tell_json(seed, &tallies);
    } else {
        tell(&targets, &tallies);
    }
    Ok(tallies.iter().all(|tally| tally.findings.is_empty()))
}

fn progress(tallies: &[&Tally]) {
    let inputs: u64 = tallies.iter().map(|tally| tally.inputs).sum();
    let findings: usize = tallies.iter().map(|tally| tally.findings.len()).sum();
    let elapsed_ms: i64 = tallies.iter().map(|tally| tally.elapsed_ms).sum();
    let (start, end) = if io::stderr().is_terminal() { ("\r", "") } else { ("", "\n") };
    // A line on every second would be much where nobody watches.
    if io::stderr().is_terminal() || elapsed_ms / 1_000 % 10 == 0 {
        eprint!("{start}fuzz: {} s, {inputs} inputs, {findings} findings{end}", elapsed_ms / 1_000);
        let _ = io::stderr().flush();
    }
}

fn per_second(tally: &Tally) -> u64 {
    tally.inputs * 1_000 / tally.elapsed_ms.max(1).unsigned_abs()
}

fn tell(targets: &[Target], tallies: &[Tally]) {
    println!(
        "{:<16}{:>10}{:>10}{:>8}{:>8}{:>10}  of",
        "target", "inputs", "inputs/s", "corpus", "new", "findings"
    );
    for (target, tally) in targets.iter().zip(tallies) {
        let (speed, findings) = (per_second(tally), tally.findings.len());
        println!(
            "{:<16}{:>10}{speed:>10}{:>8}{:>8}{findings:>10}  {}",
            tally.target, tally.inputs, tally.corpus, tally.interesting, target.what
        );
    }
    for tally in tallies {
        for finding in &tally.findings {
            println!("\n{}: {}", tally.target, finding.story());
        }
    }
}

fn tell_json(seed: u64, tallies: &[Tally]) {
    let targets: Vec<_> = tallies
        .iter()
        .map(|tally| {
            let findings: Vec<_> = tally
                .findings
                .iter()
                .map(|one| {
                    json!({
                        "what": one.broken.to_string(),
                        "input": fuzz::escaped(&one.input),
                        "nth": one.nth,
                        "kept": one.path,
                    })
                })
                .collect();
            json!({
                "target": tally.target,
                "inputs": tally.inputs,
                "inputs_per_second": per_second(tally),
                "corpus": tally.corpus,
                "new": tally.interesting,
                "findings": findings,
            })
        })
        .collect();
    println!("{}", json!({ "seed": seed, "targets": targets }));
}
