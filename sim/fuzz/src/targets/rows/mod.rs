//! What a bot may write into its rows, under capture and an engine: every type that SQLite lets into any column.
//!
//! An input is a text, so that what is kept can be read: see `history`. Each history is played in a database with
//! capture and in a twin without, and both must answer alike (`pair`); the engine goes on, says what it changed, and
//! everything holds at the end (`world`).

mod execute;
mod hands;
mod history;
mod pair;
mod world;

use super::text;
use crate::{Seen, Target, Verdict};
use history::{History, LINES, WORDS};
use world::World;

/// What is kept of a bot's rows, whatever it writes.
pub const TARGET: Target = Target {
    name: "rows",
    what: "rows of every type, captured and kept in step, against a twin without capture",
    words: WORDS,
    lines: LINES,
    bytes_max: 2_000,
    share: 30,
    check: |input| check(input, ""),
};

/// The same, with a fault planted in capture: a write of a real number fails.
pub const PLANTED: Target = Target {
    name: "planted-rows",
    what: "rows, with a trigger planted in capture that fails a bot's statement",
    share: 1,
    check: |input| check(input, FAULT),
    ..TARGET
};

const FAULT: &str = "CREATE TRIGGER planted AFTER UPDATE ON users WHEN typeof(NEW.coins) = 'real' \
     BEGIN SELECT RAISE(ABORT, 'planted'); END";

fn check(input: &[u8], fault: &str) -> Verdict {
    let history = History::read(&text(input));
    let Some(world) = World::build(&history, fault)? else { return Ok(Seen::new("no such table")) };
    world.play(&history)
}
