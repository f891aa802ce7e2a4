//! The command line of the verbs that write out what the ledger has, or take in what a file says.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use onepurse_core::{AssetName, Identity, Platform};

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
    /// Only what came from this platform
    #[arg(long, value_name = "PLATFORM")]
    pub(crate) platform: Option<Platform>,
    /// Only of this asset
    #[arg(long, value_name = "NAME")]
    pub(crate) asset: Option<AssetName>,
    /// Only entries of this kind, like change or transfer
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Option<String>,
    /// Only entries of this time or later, like 2026-02-09T12:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<Timestamp>,
    /// Only entries before this time
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<Timestamp>,
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

/// `grant`
#[derive(Debug, Args)]
pub(crate) struct Grant {
    /// A CSV file with the columns identity and amount, and asset and reason if need be
    pub(crate) file: PathBuf,
    /// Why, for rows that do not say
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// Who says so, for the history [default: $USER]
    #[arg(long, value_name = "NAME")]
    pub(crate) actor: Option<String>,
    /// What you know this grant by: rows that were given under it are not given again [default: what stands in the file]
    #[arg(long, value_name = "TEXT")]
    pub(crate) key: Option<String>,
    /// Also to people whom no platform has shown yet
    #[arg(long)]
    pub(crate) unseen: bool,
    /// Only say what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
