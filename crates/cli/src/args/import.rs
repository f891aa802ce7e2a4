//! The command line of `import`: what another program kept, and where.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `import`
#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(subcommand)]
    pub(crate) what: Imported,
}

/// What can be imported.
#[derive(Debug, Subcommand)]
pub(crate) enum Imported {
    /// Makes a purse of each row of a table `unified_users`: who is in it is linked, its coins and xp enter once
    ///
    /// The table has the columns `telegram_id`, `discord_id`, `website_email`, `coins` and `xp`, and is only read. Every
    /// identity of a row counts as opened from then on: attaching the bots' own tables, which hold the same coins, adds nothing, and
    /// lists where they differ. A row that the ledger knows already changes nothing, so this can be run again, also after
    /// it was killed. A row that cannot be taken over is named with the reason, and the rest goes on.
    #[command(
        name = "unified-users",
        after_help = "Examples:\n  onepurse import unified-users --dry-run\n  onepurse import unified-users --from sqlite:///srv/shared/unified.db\n  onepurse import unified-users --from discord --table old.unified_users"
    )]
    UnifiedUsers(UnifiedUsers),
    /// Makes purses of a CSV file: identity, asset and amount on each line
    ///
    /// The first line names the columns, in any order: `identity` (like telegram:456), `asset`, `amount`, and, if there is
    /// one, `person`. Lines with the same `person` are one person's, whose identities are linked; without one, lines of the
    /// same identity are. A line without an amount only says who it is. A person's amount of an asset is given once.
    /// Everyone counts as opened from then on, as after `import unified-users`, and this can be run again.
    #[command(
        name = "csv",
        after_help = "Examples:\n  onepurse import csv openings.csv --dry-run\n\n  person,identity,asset,amount\n  anna,telegram:456,coins,150\n  anna,telegram:456,xp,7\n  anna,discord:123,,"
    )]
    Csv(Openings),
    /// Makes a purse of each line of a JSON Lines file
    ///
    /// Each line has `identities`, which are linked, and `balances`. An amount is a number, or a text where a number would
    /// not be exact. Everyone counts as opened from then on, as after `import unified-users`, and this can be run again.
    #[command(
        name = "jsonl",
        after_help = "Examples:\n  onepurse import jsonl openings.jsonl --dry-run\n\n  {\"identities\": [\"telegram:456\", \"discord:123\"], \"balances\": {\"coins\": 150, \"xp\": 7}}"
    )]
    Jsonl(Openings),
    /// Makes a purse of each user of the founding JSON file: its coins and xp, linked with its `discord_id`
    ///
    /// The file is `{"users": {"456": {"coins": 100, "xp": 7, "discord_id": "123"}}}`: the keys are Telegram ids, and what
    /// else is in it is left alone. Everyone counts as opened from then on, as after `import unified-users`, and this can
    /// be run again.
    #[command(name = "json", after_help = "Example:\n  onepurse import json users.json --dry-run")]
    Json(Openings),
}

impl Imported {
    /// True where nothing is to be done, but to be told.
    pub(crate) const fn is_dry_run(&self) -> bool {
        match self {
            Self::UnifiedUsers(args) => args.dry_run,
            Self::Csv(args) | Self::Jsonl(args) | Self::Json(args) => args.dry_run,
        }
    }

    /// True where programs read what it prints.
    pub(crate) const fn prints_json(&self) -> bool {
        match self {
            Self::UnifiedUsers(args) => args.json,
            Self::Csv(args) | Self::Jsonl(args) | Self::Json(args) => args.json,
        }
    }
}

/// `import csv`, `import jsonl` and `import json`
#[derive(Debug, Args)]
pub(crate) struct Openings {
    /// Which file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Only say what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `import unified-users`
#[derive(Debug, Args)]
pub(crate) struct UnifiedUsers {
    /// Where the table is: a URL like `sqlite:///srv/unified.db` or `postgres://user:password@host/name`, $NAME for a
    /// variable of the environment, or a platform of the configuration [default: the ledger's database, outside its own schema]
    #[arg(long, value_name = "URL|$NAME|PLATFORM")]
    pub(crate) from: Option<String>,
    /// The table, or a view with the same columns; in PostgreSQL with its schema if need be
    #[arg(long, default_value = "unified_users", value_name = "TABLE")]
    pub(crate) table: String,
    /// Only say what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
