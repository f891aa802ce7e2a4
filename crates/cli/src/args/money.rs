//! The command line of the verbs that move coins straight on the ledger.

use clap::{Args, Subcommand};
use onepurse_core::{AssetName, Identity};

use super::books::Grant;

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
            Self::Quarantine(args) => match &args.decision {
                None => args.json,
                Some(Decision::Release(args) | Decision::Dismiss(args)) => args.json,
            },
        }
    }
}

/// `earn` and `spend`
#[derive(Debug, Args)]
pub(crate) struct One {
    /// Whose purse
    #[arg(value_name = "PLATFORM:ID")]
    pub(crate) identity: Identity,
    /// How many, as people write it: 30, or 12.50 where the asset has decimals
    #[arg(value_name = "AMOUNT", allow_negative_numbers = true)]
    pub(crate) amount: String,
    #[command(flatten)]
    pub(crate) of: Of,
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
    /// How many, as people write it: 30, or 12.50 where the asset has decimals
    #[arg(value_name = "AMOUNT", allow_negative_numbers = true)]
    pub(crate) amount: String,
    #[command(flatten)]
    pub(crate) of: Of,
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

/// `quarantine`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Quarantine {
    #[command(subcommand)]
    pub(crate) decision: Option<Decision>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What to do about an event in quarantine.
#[derive(Debug, Subcommand)]
pub(crate) enum Decision {
    /// Takes an event in after all, if the rules let it by now
    Release(Waiting),
    /// Lets an event never count: its bot's row goes back by as much
    Dismiss(Waiting),
}

/// `quarantine release` and `dismiss`
#[derive(Debug, Args)]
pub(crate) struct Waiting {
    /// The event's key, as `onepurse quarantine` shows it, or as much of it as no other begins with
    #[arg(value_name = "KEY")]
    pub(crate) key: String,
    /// Why, in words, for the history; needed to dismiss
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// Who says so, for the history [default: $USER]
    #[arg(long, value_name = "NAME")]
    pub(crate) actor: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
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
