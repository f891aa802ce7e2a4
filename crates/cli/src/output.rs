//! What a command prints: words or JSON, on standard output.

use std::io::{self, Write};

use serde::Serialize;

use crate::{
    error::{Exit, Failure},
    texts::Language,
};

/// What a command found out or did.
pub(crate) trait Report: Serialize {
    /// In words, without a line break at the end.
    fn words(&self, language: Language) -> String;

    /// How the program ends with it.
    fn exit(&self) -> Exit {
        Exit::Done
    }
}

/// Prints a report.
pub(crate) fn print(report: &impl Report, json: bool, language: Language) -> Result<Exit, Failure> {
    let text = if json {
        serde_json::to_string(report).map_err(|error| cannot_print(error.into()))?
    } else {
        report.words(language)
    };
    line(&text)?;
    Ok(report.exit())
}

/// Prints a line. A reader that went away (`onepurse history … | head`) has all it wanted.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(cannot_print(error)),
        _ => Ok(()),
    }
}

const fn cannot_print(source: io::Error) -> Failure {
    Failure::System { doing: "printing", source }
}
