//! `onepurse.toml`: a text, and what is made of it.

use std::collections::HashSet;

use onepurse::written::{self, Accepted, Refused};

use super::text;
use crate::{Seen, Target, Verdict, Wrong};

pub(super) const TARGET: Target = Target {
    name: "configuration",
    what: "onepurse.toml: a text, and what is made of it",
    words: &[
        "language",
        "ledger",
        "url",
        "keep_days",
        "website",
        "listen",
        "asset",
        "name",
        "scale",
        "platform",
        "database",
        "balance",
        "table",
        "id",
        "column",
        "where",
        "floor",
        "missing",
        "reinsert",
        "writes",
        "decimals",
        "[",
        "]",
        "[[",
        "]]",
        "=",
        "\"",
        "'''",
        "\"\"\"",
        "\\u0000",
        "#",
        ".",
        ",",
        "{",
        "}",
        "true",
        "nan",
        "-inf",
        "0x10",
        "1_000",
        "1979-05-27",
        "[[platform]]",
        "[[platform.balance]]",
        "\r\n",
        "\u{feff}",
        "\"sqlite://x.db\"",
        "\"coins\"",
        "[\"a\",\"b\"]",
    ],
    lines: &[
        "[[platform]]",
        "[[platform.balance]]",
        "[[asset]]",
        "[ledger]",
        "[website]",
        "name = \"coins\"",
        "name = \"telegram\"",
        "database = \"sqlite:///bot.db\"",
        "database = \"sqlite://other.db\"",
        "table = \"users\"",
        "id = \"id\"",
        "id = [\"guild\", \"id\"]",
        "column = \"coins\"",
        "asset = \"gems\"",
        "scale = 9",
        "decimals = 2",
        "floor = -0.5",
        "missing = \"100\"",
        "reinsert = \"take\"",
        "writes = \"absolute\"",
        "where = \"x = 1\"",
        "keep_days = 4294967296",
        "listen = \"[::1]:0\"",
        "language = \"ru\"",
        "url = \"sqlite://ledger.db\"",
        "floor = 1e308",
        "floor = nan",
        "missing = inf",
        "platform.balance = [[[]]]",
        "platform = [{}]",
        "asset = [{name=\"a\"}, {name=\"b\", scale=3}]",
    ],
    bytes_max: 4_000,
    share: 2,
    check,
};

fn check(input: &[u8]) -> Verdict {
    let text = &*text(input);
    let config = match written::configuration(text, None) {
        Err(refused) => return is_placed(text, &refused),
        Ok(config) => config,
    };
    let again = written::configuration(&format!("{text}\n# and no more\n"), None);
    Wrong::unless(again.as_ref() == Ok(&config), "a configuration is accepted again", || {
        format!("{again:?}")
    })?;
    fits_together(&config)?;
    let (files, mappings) = (config.files().len(), config.mappings().count());
    let odd = config.mappings().filter(|one| one.filter.is_some() || one.floor.is_some()).count();
    Ok(Seen::new(("accepted", files, mappings, odd, config.assets().len())))
}

/// A refusal names a place that is in the text.
fn is_placed(text: &str, refused: &Refused) -> Verdict {
    let is_there = refused.place.is_some_and(|(line, column)| {
        let found = line.checked_sub(1).and_then(|before| text.split('\n').nth(before));
        found.is_some_and(|found| (1..=found.chars().count() + 1).contains(&column))
    });
    Wrong::unless(is_there, "a refusal names a place of the file", || format!("{refused:?}"))?;
    let message = refused.message.split_once(": ").map_or("", |(_, rest)| rest);
    Wrong::unless(!message.trim().is_empty(), "a refusal says what is wrong", || format!("{refused:?}"))?;
    Ok(Seen::shape(message))
}

fn fits_together(config: &Accepted) -> Result<(), Wrong> {
    let files = config.files();
    let distinct: HashSet<_> = files.iter().map(|file| file.components().collect::<Vec<_>>()).collect();
    Wrong::unless(distinct.len() == files.len(), "each database is another file", || format!("{files:?}"))?;
    for mapping in config.mappings() {
        let asset = config.assets().iter().find(|asset| asset.name == mapping.asset);
        let is_declared = asset.is_some_and(|asset| asset.scale == mapping.scale);
        let names = mapping.id.iter().chain([&mapping.table, &mapping.column]);
        let holds = is_declared
            && !mapping.id.is_empty()
            && names.chain(&mapping.filter).all(|name| !name.trim().is_empty())
            && mapping.decimals.is_none_or(|decimals| decimals <= mapping.scale.decimals())
            && mapping.missing.is_none_or(|missing| !missing.is_zero());
        Wrong::unless(holds, "what is accepted fits together", || format!("{mapping:?}"))?;
    }
    Ok(())
}
