use thiserror::Error;

use crate::{Amount, AssetName, Identity, Platform};

/// Why a rule of money said no. Each has a name of its own, which reaches the user unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Rejection {
    /// The balance would leave the range of amounts.
    #[error("WouldOverflow: {balance} and {delta} of {asset} do not fit into one balance")]
    WouldOverflow {
        /// Of what.
        asset: AssetName,
        /// What there is.
        balance: Amount,
        /// What was to be added.
        delta: Amount,
    },
    /// The ledger counts no such asset.
    #[error("UnknownAsset: the ledger has no asset `{0}`")]
    UnknownAsset(AssetName),
    /// The key is in the log already, for something else.
    #[error("SameKeyDifferentContent: this key is in the log already, with other content")]
    SameKeyDifferentContent,
    /// No platform has shown this identity yet.
    #[error("IdentityUnknown: {0} was never seen")]
    IdentityUnknown(Identity),
    /// Both sides of a link are the same.
    #[error("SameIdentity: {0} cannot be linked to itself")]
    SameIdentity(Identity),
    /// They are one purse already.
    #[error("AlreadyLinked: {0} and {1} are one purse already")]
    AlreadyLinked(Identity, Identity),
    /// A purse has at most one identity a platform.
    #[error("PlatformTaken: the two purses have both an identity on {platform}: {one} and {other}")]
    PlatformTaken {
        /// Where both are.
        platform: Platform,
        /// In the one purse.
        one: Identity,
        /// In the other.
        other: Identity,
    },
}

impl Rejection {
    /// The name alone, as it is stored and counted.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::WouldOverflow { .. } => "WouldOverflow",
            Self::UnknownAsset(_) => "UnknownAsset",
            Self::SameKeyDifferentContent => "SameKeyDifferentContent",
            Self::IdentityUnknown(_) => "IdentityUnknown",
            Self::SameIdentity(_) => "SameIdentity",
            Self::AlreadyLinked(..) => "AlreadyLinked",
            Self::PlatformTaken { .. } => "PlatformTaken",
        }
    }
}
