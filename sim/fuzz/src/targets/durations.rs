//! Spans of time, as an option of the command line takes them.

use onepurse::written;

use super::text;
use crate::{Seen, Target, Verdict, Wrong};

pub(super) const TARGET: Target = Target {
    name: "durations",
    what: "spans of time, as an option of the command line takes them",
    words: &[
        "ms",
        "s",
        "m",
        "h",
        "d",
        "y",
        "ns",
        "us",
        "µs",
        "500",
        "30s",
        "2m",
        "1h 30m",
        "PT1H",
        "P1D",
        "-",
        "+",
        " ago",
        ",",
        ".",
        "9223372036854775807s",
        "9223372036854775807h",
        "0.000000001s",
    ],
    lines: &[],
    bytes_max: 120,
    share: 1,
    check,
};

fn check(input: &[u8]) -> Verdict {
    let text = &*text(input);
    let time = match written::duration(text) {
        Err(message) => {
            Wrong::unless(message.contains("write it like"), "a refusal says what to write", || {
                message.clone()
            })?;
            return Ok(Seen::new(("no time", text.len() / 16)));
        }
        Ok(time) => time,
    };
    let again = written::duration(&format!("{}s {}ns", time.as_secs(), time.subsec_nanos()));
    Wrong::unless(again == Ok(time), "a time reads back", || format!("{time:?} and {again:?}"))?;
    Ok(Seen::new(("time", time.as_secs().checked_ilog10(), time.subsec_nanos() > 0)))
}
