//! The command line of the verbs by which accounts become one person's, and part again.

use clap::Args;
use onepurse_core::{Identity, LinkCode};

/// `code`
#[derive(Debug, Args)]
pub(crate) struct Code {
    /// Whose account the code proves
    #[arg(value_name = "PLATFORM:ID")]
    pub(crate) identity: Identity,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `redeem`
#[derive(Debug, Args)]
pub(crate) struct Redeem {
    /// Who has typed the code
    #[arg(value_name = "PLATFORM:ID")]
    pub(crate) identity: Identity,
    /// The code; small letters, blanks and hyphens are fine
    #[arg(value_name = "CODE")]
    pub(crate) code: LinkCode,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `unlink`
#[derive(Debug, Args)]
pub(crate) struct Unlink {
    /// Who leaves the purse that they share
    #[arg(value_name = "PLATFORM:ID")]
    pub(crate) identity: Identity,
    /// Why, in words, for the history
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
