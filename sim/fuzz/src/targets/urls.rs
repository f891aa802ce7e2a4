//! Where a database is: in the file, or in `DATABASE_URL`.

use onepurse::written::{self, Accepted, Refused};

use super::text;
use crate::{Seen, Target, Verdict, Wrong};

const SECRET: &str = "hunter2-secret";

pub(super) const TARGET: Target = Target {
    name: "urls",
    what: "where a database is: in the file, or in DATABASE_URL",
    words: &[
        "sqlite",
        "sqlite:",
        "sqlite://",
        "sqlite:///",
        "postgres://",
        "postgresql:",
        "mysql://",
        "mongodb:",
        "SQLITE",
        ":",
        "/",
        "//",
        "..",
        ".",
        "?",
        "?mode=ro",
        "#",
        "%00",
        ":memory:",
        "file:",
        "user:pass@",
        "\\",
        "C:",
        "localhost:5432",
        "ledger.db",
        "\u{7f}",
    ],
    lines: &[],
    bytes_max: 300,
    share: 1,
    check,
};

fn check(input: &[u8]) -> Verdict {
    let url = &*text(input);
    keeps_secrets(&format!("{url}{SECRET}"))?;
    keeps_secrets(&format!("{url}:{SECRET}@host/base"))?;
    if url.is_empty() {
        return Ok(Seen::new("empty"));
    }
    let (in_file, in_environment) = read(url);
    let agree = match (&in_file, &in_environment) {
        (Ok(one), Ok(other)) => one.files() == other.files(),
        (Err(one), Err(other)) => one.place.is_some() && other.place.is_none(),
        _ => false,
    };
    Wrong::unless(agree, "a URL means one thing wherever it stands", || {
        format!("{in_file:?} and {in_environment:?}")
    })?;
    match in_environment {
        Err(refused) => Ok(Seen::shape(&refused.message)),
        Ok(config) => {
            let files = config.files();
            let Some(file) = files.first() else { return Ok(Seen::new("server")) };
            Wrong::unless(file.is_absolute(), "a file is known wherever one stands", || {
                file.display().to_string()
            })?;
            let has_name = file.components().count() > 1;
            Wrong::unless(has_name, "a URL names a file", || file.display().to_string())?;
            Ok(Seen::new(("file", url.contains("///"), file.components().count())))
        }
    }
}

type Read = Result<Accepted, Refused>;

fn read(url: &str) -> (Read, Read) {
    // Of JSON's escapes TOML knows all, but wants one more character escaped.
    let quoted = serde_json::Value::from(url).to_string().replace('\u{7f}', "\\u007f");
    let in_file = written::configuration(&format!("[ledger]\nurl = {quoted}\n"), None);
    (in_file, written::configuration("", Some(url)))
}

/// What a refusal says is told to anyone: never what may be a password.
fn keeps_secrets(url: &str) -> Result<(), Wrong> {
    let (in_file, in_environment) = read(url);
    for refused in [in_file.err(), in_environment.err()].into_iter().flatten() {
        let told = format!("{refused:?}");
        Wrong::unless(!told.contains(SECRET), "a refusal never repeats a URL", || told.clone())?;
    }
    Ok(())
}
