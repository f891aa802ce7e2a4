//! How many instructions this program takes, as valgrind's callgrind counts them.

use std::{env, io, process::Command};

use crate::error::BenchError;

/// Instructions of this program with these arguments, from its start to its end.
pub(super) fn instructions(args: &[String]) -> Result<u64, BenchError> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    let output = valgrind.arg(env::current_exe()?).args(args).output();
    let output = output.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => BenchError::NoValgrind,
        _ => error.into(),
    })?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    match collected(&said) {
        Some(count) if output.status.success() => Ok(count),
        _ => Err(BenchError::NotCounted { what: args.join(" "), said }),
    }
}

/// The figure in callgrind's last words: `==123== Collected : 7439218`.
fn collected(said: &str) -> Option<u64> {
    let line = said.lines().rev().find(|line| line.starts_with("==") && line.contains(" Collected :"))?;
    line.rsplit(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "\
==4321== Callgrind, a call-graph generating cache profiler
==4321== For interactive control, run 'callgrind_control -h'.
==4321==
==4321== Events    : Ir
==4321== Collected : 7439218
==4321==
==4321== I   refs:      7,439,218
";

    #[test]
    fn the_figure_is_the_one_that_was_collected() {
        assert_eq!(collected(SAID), Some(7_439_218));
    }

    #[test]
    fn what_the_program_says_itself_is_no_figure() {
        assert_eq!(collected("Collected : 12\n"), None);
        assert_eq!(collected("==4321== Collected : \n"), None);
        assert_eq!(collected(""), None);
    }
}
