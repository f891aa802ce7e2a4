//! The command line of the verbs that only read: what the ledger has, and whether everything adds up.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use onepurse_core::{Cursor, Identity};

use super::filter::Filter;

/// `show`
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Whose purse
    #[arg(value_name = "PLATFORM:ID")]
    pub(crate) identity: Identity,
    /// As it was at this time, like 2026-02-09T12:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<Timestamp>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `history`
#[derive(Debug, Args)]
pub(crate) struct History {
    /// Whose purse
    #[arg(value_name = "PLATFORM:ID")]
    pub(crate) identity: Identity,
    /// At most so many entries
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
    /// Only entries below this number: the last one of the page before
    #[arg(long, value_name = "SEQ")]
    pub(crate) before: Option<i64>,
    #[command(flatten)]
    pub(crate) filter: Filter,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `export`
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Only the purse of this identity
    #[arg(value_name = "PLATFORM:ID")]
    pub(crate) identity: Option<Identity>,
    /// How entries are written
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub(crate) format: Form,
    /// Where to; a file that is there already is not touched [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) filter: Filter,
    /// Only entries above this number
    #[arg(long, value_name = "SEQ", default_value_t = 0)]
    pub(crate) after: i64,
}

/// How entries are written.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// One JSON object a line.
    #[default]
    Jsonl,
    /// A table with a header.
    Csv,
}

/// `status`
#[derive(Debug, Args)]
pub(crate) struct Status {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `verify`
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Begin at this entry: what is before it is taken as it stands
    #[arg(long, default_value_t = 1, value_name = "SEQ", value_parser = clap::value_parser!(i64).range(1..))]
    pub(crate) from: i64,
    /// Also say whether this head, printed by `verify` earlier and kept elsewhere, is in the ledger's history
    #[arg(long, value_name = "HEAD")]
    pub(crate) against: Option<Cursor>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
