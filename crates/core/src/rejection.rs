use thiserror::Error;

use crate::{Amount, AssetName, EntryKind, EventKey, Identity, Platform, Quantity};

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
    /// There is less than what was to be spent or handed over.
    #[error("InsufficientFunds: {identity} has {balance} {asset}, which is less than {needed}")]
    InsufficientFunds {
        /// Whose.
        identity: Identity,
        /// Of what.
        asset: AssetName,
        /// What there is.
        balance: Amount,
        /// What was asked for.
        needed: Quantity,
    },
    /// Coins are handed over to another purse, not to the one that they are in.
    #[error("SamePurse: {0} and {1} are one purse")]
    SamePurse(Identity, Identity),
    /// An adjustment, or a reversal, names who makes it: one without is a rule's.
    #[error("ActorMissing: whoever adjusts or reverses says who that is")]
    ActorMissing,
    /// An adjustment says why.
    #[error("ReasonMissing: an adjustment says why")]
    ReasonMissing,
    /// The log has no such entry.
    #[error("NoSuchEntry: the log has no entry {0}")]
    NoSuchEntry(i64),
    /// Entries of this kind are not undone by a reversal.
    #[error("NotReversible: entry {seq} is of the kind `{}`, which a reversal does not undo", kind.as_str())]
    NotReversible {
        /// The entry.
        seq: i64,
        /// Its kind.
        kind: EntryKind,
    },
    /// A transaction is reversed once.
    #[error("AlreadyReversed: what entry {seq} did was undone by entry {by}")]
    AlreadyReversed {
        /// The entry.
        seq: i64,
        /// The first entry of the reversal.
        by: i64,
    },
    /// Nobody has the coins any more that an entry moved, so it is not undone.
    #[error("IdentityForgotten: entry {0} is of somebody who was forgotten")]
    IdentityForgotten(i64),
    /// Who is to be forgotten has to have nothing, alone, and every platform has to have heard of it.
    #[error("NotParted: {0} has something, or shares a purse")]
    NotParted(Identity),
    /// Who is to be forgotten has events that wait for a decision.
    #[error("InQuarantine: events of {0} wait in quarantine")]
    InQuarantine(Identity),
    /// No event of this key waits for a decision.
    #[error("NotInQuarantine: no event {0} waits for a decision")]
    NotInQuarantine(EventKey),
    /// Both sides of a link are the same.
    #[error("SameIdentity: {0} cannot be linked to itself")]
    SameIdentity(Identity),
    /// They are one purse already.
    #[error("AlreadyLinked: {0} and {1} are one purse already")]
    AlreadyLinked(Identity, Identity),
    /// Nobody shares a purse with this identity.
    #[error("NotLinked: {0} shares its purse with nobody")]
    NotLinked(Identity),
    /// No such link code was made, or that was long ago.
    #[error("CodeUnknown: there is no such link code")]
    CodeUnknown,
    /// The link code was made more than ten minutes ago.
    #[error("CodeExpired: this link code is over ten minutes old")]
    CodeExpired,
    /// The link code was used.
    #[error("CodeUsed: this link code was used already")]
    CodeUsed,
    /// Five wrong codes in an hour are enough.
    #[error("TooManyTries: {0} has tried too many wrong link codes; wait an hour")]
    TooManyTries(Identity),
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
            Self::InsufficientFunds { .. } => "InsufficientFunds",
            Self::SamePurse(..) => "SamePurse",
            Self::ActorMissing => "ActorMissing",
            Self::ReasonMissing => "ReasonMissing",
            Self::NoSuchEntry(_) => "NoSuchEntry",
            Self::NotReversible { .. } => "NotReversible",
            Self::AlreadyReversed { .. } => "AlreadyReversed",
            Self::IdentityForgotten(_) => "IdentityForgotten",
            Self::NotParted(_) => "NotParted",
            Self::InQuarantine(_) => "InQuarantine",
            Self::NotInQuarantine(_) => "NotInQuarantine",
            Self::SameIdentity(_) => "SameIdentity",
            Self::AlreadyLinked(..) => "AlreadyLinked",
            Self::NotLinked(_) => "NotLinked",
            Self::CodeUnknown => "CodeUnknown",
            Self::CodeExpired => "CodeExpired",
            Self::CodeUsed => "CodeUsed",
            Self::TooManyTries(_) => "TooManyTries",
            Self::PlatformTaken { .. } => "PlatformTaken",
        }
    }
}
