//! The command line of the verbs by which accounts become one person's, part again, and are forgotten.

use clap::{Args, Subcommand};
use onepurse_core::{Identity, LinkCode};

/// What makes accounts one person's, parts them, and forgets them.
#[derive(Debug, Subcommand)]
pub(crate) enum People {
    /// Makes two identities one purse
    #[command(after_help = "Example:\n  onepurse link telegram:456 discord:123 --reason \"asked in chat\"")]
    Link(Link),
    /// Makes a one-time code that proves an account, and prints it alone
    #[command(after_help = "Example:\n  onepurse code telegram:456")]
    Code(Code),
    /// Links an account with the one that a code was made for
    #[command(after_help = "Example:\n  onepurse redeem discord:123 7GK2-M9XA")]
    Redeem(Redeem),
    /// Takes an identity out of the purse that it shares; the balances stay with the others
    #[command(after_help = "Example:\n  onepurse unlink discord:123 --reason \"not the same person\"")]
    Unlink(Unlink),
    /// Erases an identity and its name for good; entries, sums and the chain stay as they are
    #[command(after_help = "Example:\n  onepurse forget telegram:456 --dry-run")]
    Forget(Forget),
}

impl People {
    /// True where programs read what it prints.
    pub(crate) const fn prints_json(&self) -> bool {
        match self {
            Self::Link(args) => args.json,
            Self::Code(args) => args.json,
            Self::Redeem(args) => args.json,
            Self::Unlink(args) => args.json,
            Self::Forget(args) => args.json,
        }
    }
}

/// `link`
#[derive(Debug, Args)]
pub(crate) struct Link {
    /// Its purse stays
    #[arg(value_name = "PLATFORM:ID")]
    pub(crate) stays: Identity,
    /// Everyone in its purse joins
    #[arg(value_name = "PLATFORM:ID")]
    pub(crate) joins: Identity,
    /// Why, in words, for the history
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// Sent again with the same key, it is done once: what the caller knows this request by. It stays in the ledger: name nobody
    #[arg(long, value_name = "TEXT")]
    pub(crate) key: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

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
    /// Sent again with the same key, it is done once: what the caller knows this request by. It stays in the ledger: name nobody
    #[arg(long, value_name = "TEXT")]
    pub(crate) key: Option<String>,
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
    /// Sent again with the same key, it is done once: what the caller knows this request by. It stays in the ledger: name nobody
    #[arg(long, value_name = "TEXT")]
    pub(crate) key: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `forget`
#[derive(Debug, Args)]
pub(crate) struct Forget {
    /// Who is forgotten
    #[arg(value_name = "PLATFORM:ID")]
    pub(crate) identity: Identity,
    /// Also where the platform's database is detached: if its bot has a row for them, what that shows counts once more
    /// when it is attached again
    #[arg(long)]
    pub(crate) detached: bool,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Why, in words, for the history; name nobody there, it stays
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
