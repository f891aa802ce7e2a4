//! The command line of the verbs that move coins straight on the ledger.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use onepurse_core::{AssetName, Identity};

use super::quarantine::Quarantine;

/// What moves coins straight on the ledger, and what is decided about them.
#[derive(Debug, Subcommand)]
pub(crate) enum Money {
    /// Gives somebody coins, straight on the ledger
    #[command(
        after_help = "Example:\n  onepurse earn telegram:456 30 --reason \"won the quiz\" --key quiz-7-456"
    )]
    Earn(One),
    /// Takes coins that are there from somebody, straight on the ledger
    #[command(after_help = "Example:\n  onepurse spend telegram:456 30 --reason \"a hat\" --key order-1001")]
    Spend(One),
    /// Hands coins of one over to another
    #[command(after_help = "Example:\n  onepurse transfer telegram:456 discord:789 50 --reason \"a gift\"")]
    Transfer(Transfer),
    /// Corrects a balance, with a reason
    #[command(after_help = "Example:\n  onepurse adjust telegram:456 -30 --reason \"paid twice\"")]
    Adjust(Adjust),
    /// Gives coins to many, from a CSV file; run again, nobody gets them twice
    #[command(after_help = "Example:\n  onepurse grant winners.csv --reason \"season 3\" --dry-run")]
    Grant(Grant),
    /// Undoes what an entry did, with everything that was done together with it
    #[command(after_help = "Example:\n  onepurse reverse 981 --reason \"bought by mistake\"")]
    Reverse(Reverse),
    /// Lists purses with less than nothing
    #[command(after_help = "Example:\n  onepurse debts --asset coins")]
    Debts(Debts),
    /// Lists what the rules rejected, and decides about it
    #[command(
        after_help = "Examples:\n  onepurse quarantine\n  onepurse quarantine release 0193a1\n  onepurse quarantine dismiss 0193a1 --reason \"a bug of the bot\""
    )]
    Quarantine(Quarantine),
}

impl Money {
    /// True where programs read what it prints.
    pub(crate) const fn prints_json(&self) -> bool {
        match self {
            Self::Earn(args) | Self::Spend(args) => args.said.json,
            Self::Transfer(args) => args.said.json,
            Self::Adjust(args) => args.said.json,
            Self::Reverse(args) => args.said.json,
            Self::Grant(args) => args.json,
            Self::Debts(args) => args.json,
            Self::Quarantine(args) => args.prints_json(),
        }
    }
}

/// `earn` and `spend`
#[derive(Debug, Args)]
pub(crate) struct One {
    /// Whose purse
    #[arg(value_name = "PLATFORM:ID")]
    pub(crate) identity: Identity,
    #[command(flatten)]
    pub(crate) sum: Sum,
    #[command(flatten)]
    pub(crate) said: Said,
}

/// `transfer`
#[derive(Debug, Args)]
pub(crate) struct Transfer {
    /// Whose coins they are
    #[arg(value_name = "FROM")]
    pub(crate) from: Identity,
    /// Whose they will be
    #[arg(value_name = "TO")]
    pub(crate) to: Identity,
    #[command(flatten)]
    pub(crate) sum: Sum,
    #[command(flatten)]
    pub(crate) said: Said,
}

/// `adjust`
#[derive(Debug, Args)]
pub(crate) struct Adjust {
    /// Whose purse
    #[arg(value_name = "PLATFORM:ID")]
    pub(crate) identity: Identity,
    /// By how much: 30 or -30
    #[arg(value_name = "CHANGE", allow_negative_numbers = true)]
    pub(crate) change: String,
    #[command(flatten)]
    pub(crate) of: Of,
    #[command(flatten)]
    pub(crate) said: Said,
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

/// `reverse`
#[derive(Debug, Args)]
pub(crate) struct Reverse {
    /// The number of an entry, as `onepurse history` shows it
    #[arg(value_name = "SEQ")]
    pub(crate) seq: i64,
    /// Undo every change that the bot made in the same moment, as a season reset by one statement
    #[arg(long, conflicts_with = "key")]
    pub(crate) bulk: bool,
    #[command(flatten)]
    pub(crate) said: Said,
}

/// `debts`
#[derive(Debug, Args)]
pub(crate) struct Debts {
    #[command(flatten)]
    pub(crate) of: Of,
    /// At most so many purses
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// How many of what.
#[derive(Debug, Args)]
pub(crate) struct Sum {
    /// How many, as people write it: 30, or 12.50 where the asset has decimals
    #[arg(value_name = "AMOUNT", allow_negative_numbers = true)]
    pub(crate) amount: String,
    #[command(flatten)]
    pub(crate) of: Of,
}

/// Of what.
#[derive(Debug, Args)]
pub(crate) struct Of {
    /// Of what
    #[arg(long, default_value_t, value_name = "NAME")]
    pub(crate) asset: AssetName,
}

/// What is said beside an order.
#[derive(Debug, Args)]
pub(crate) struct Said {
    /// Why, in words, for the history
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// Who says so, for the history [default: $USER]
    #[arg(long, value_name = "NAME")]
    pub(crate) actor: Option<String>,
    /// What you know this order by: given again with the same key, it is done once, and another order is refused
    #[arg(long, value_name = "TEXT")]
    pub(crate) key: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
