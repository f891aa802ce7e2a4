//! The command line of the verbs that move coins straight on the ledger.

use clap::Args;
use onepurse_core::{AssetName, Identity};

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
    #[command(flatten)]
    pub(crate) said: Said,
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
    /// Who says so, for the history [default: the user of the system]
    #[arg(long, value_name = "NAME")]
    pub(crate) actor: Option<String>,
    /// What you know this order by: given again with the same key, it is done once, and another order is refused
    #[arg(long, value_name = "TEXT")]
    pub(crate) key: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
