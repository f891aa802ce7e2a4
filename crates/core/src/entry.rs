use std::sync::LazyLock;

use blake3::{
    Hasher,
    hazmat::{ContextKey, HasherExt, hash_derive_key_context},
};
use serde::{Deserialize, Serialize};

use crate::{Amount, AssetName, ChainHash, EventKey, EventKind, Identity, LoggedIdentity, PurseId};

/// What the hashes of entries are made under: worked out once, since every entry needs it.
static CONTEXT: LazyLock<ContextKey> =
    LazyLock::new(|| hash_derive_key_context("onepurse 2026 ledger entry"));
/// As many bytes as an entry without long texts has.
const SAID_BYTES: usize = 256;

/// What kind of applied change an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntryKind {
    /// What an identity had when it was first seen.
    Opening,
    /// A captured change.
    Change,
    /// Coins given back that a stale write of a bot overwrote.
    Repair,
    /// An identity came into this purse. Its delta is zero.
    Link,
    /// Coins that moved between purses which became one.
    Merge,
    /// An identity left a purse for one of its own. Its delta is zero.
    Unlink,
    /// Coins that somebody earned straight on the ledger.
    Earn,
    /// Coins that somebody spent straight on the ledger.
    Spend,
    /// One side of coins handed over.
    Transfer,
    /// An administrator's correction.
    Adjust,
    /// What another entry did, undone.
    Reversal,
    /// A captured change that was rejected, and dismissed by somebody: nothing, under its key.
    Dismissal,
}

impl EntryKind {
    /// Every kind there is.
    pub const ALL: [Self; 12] = [
        Self::Opening,
        Self::Change,
        Self::Repair,
        Self::Link,
        Self::Merge,
        Self::Unlink,
        Self::Earn,
        Self::Spend,
        Self::Transfer,
        Self::Adjust,
        Self::Reversal,
        Self::Dismissal,
    ];

    /// Whether a reversal undoes such an entry. An opening is what somebody came with, and is adjusted; who was linked is
    /// unlinked; and what was reversed is done anew.
    #[must_use]
    pub const fn is_reversible(self) -> bool {
        match self {
            Self::Change | Self::Repair | Self::Earn | Self::Spend | Self::Transfer | Self::Adjust => true,
            Self::Opening | Self::Link | Self::Merge | Self::Unlink | Self::Reversal | Self::Dismissal => {
                false
            }
        }
    }

    /// The word stored, hashed and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Change => "change",
            Self::Repair => "repair",
            Self::Link => "link",
            Self::Merge => "merge",
            Self::Unlink => "unlink",
            Self::Earn => "earn",
            Self::Spend => "spend",
            Self::Transfer => "transfer",
            Self::Adjust => "adjust",
            Self::Reversal => "reversal",
            Self::Dismissal => "dismissal",
        }
    }

    /// The kind that a stored word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl From<EventKind> for EntryKind {
    fn from(kind: EventKind) -> Self {
        match kind {
            EventKind::Opening => Self::Opening,
            EventKind::Change => Self::Change,
            EventKind::Repair => Self::Repair,
        }
    }
}

/// What the chain knows of an identity: a salted hash, so that a person can be forgotten and the chain stays provable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct IdentityTag(pub [u8; 32]);

impl IdentityTag {
    /// The tag of `identity` under its own random `salt`.
    #[must_use]
    pub fn of(salt: [u8; 16], identity: &Identity) -> Self {
        let mut hasher = Hasher::new_derive_key("onepurse 2026 identity tag");
        hasher.update(&salt);
        hasher.update(identity.platform.as_str().as_bytes());
        hasher.update(b":");
        hasher.update(identity.external.as_str().as_bytes());
        Self(*hasher.finalize().as_bytes())
    }
}

/// One applied change, as the log keeps it for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the log: 1, 2, 3… without gaps, in commit order.
    pub seq: i64,
    /// The event's key, or one derived from a request's.
    pub key: EventKey,
    /// What kind of change.
    pub kind: EntryKind,
    /// Whose balance.
    pub purse: PurseId,
    /// The identity that it came from, or that moved.
    pub identity: LoggedIdentity,
    /// That identity as the chain knows it.
    pub tag: IdentityTag,
    /// Of what.
    pub asset: AssetName,
    /// By how much.
    pub delta: Amount,
    /// The purse's balance after it.
    pub balance: Amount,
    /// When the ledger took it: milliseconds since 1970.
    pub at_ms: i64,
    /// When it happened where it was captured: milliseconds since 1970.
    pub captured_ms: i64,
    /// Who did it, where that is not the bot itself.
    pub actor: Option<String>,
    /// Why, in words.
    pub reason: Option<String>,
    /// Covers this entry and, through the hash before it, the whole log up to here.
    pub hash: ChainHash,
}

impl Entry {
    /// The hash that this entry has after an entry of hash `before`.
    ///
    /// `docs/ledger-format.md` has this for other programs. BLAKE3 (derive-key mode, context "onepurse 2026 ledger entry") over the hash before, then the fields in this
    /// order: seq, key, kind, purse, tag, asset, delta, balance, at, captured, actor, reason. Numbers are 8 bytes
    /// big-endian; texts are their length as 8 bytes big-endian and UTF-8 bytes; an absent text is a length of
    /// 2^64 - 1 and nothing more; key and tag are their bytes.
    #[must_use]
    pub fn chained(&self, before: ChainHash) -> ChainHash {
        // Gathered first: the hasher takes one long piece quicker than many short ones.
        let mut said = Vec::with_capacity(SAID_BYTES);
        said.extend(before.0);
        said.extend(self.seq.to_be_bytes());
        said.extend(self.key.0);
        say(&mut said, Some(self.kind.as_str()));
        said.extend(self.purse.0.to_be_bytes());
        said.extend(self.tag.0);
        say(&mut said, Some(self.asset.as_str()));
        for number in [self.delta.units(), self.balance.units(), self.at_ms, self.captured_ms] {
            said.extend(number.to_be_bytes());
        }
        say(&mut said, self.actor.as_deref());
        say(&mut said, self.reason.as_deref());
        let mut hasher = Hasher::new_from_context_key(&CONTEXT);
        hasher.update(&said);
        ChainHash(*hasher.finalize().as_bytes())
    }
}

/// A text as the hash covers it.
fn say(said: &mut Vec<u8>, text: Option<&str>) {
    said.extend(text.map_or(u64::MAX, |text| text.len() as u64).to_be_bytes());
    said.extend(text.unwrap_or_default().as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    type Change = fn(&mut Entry);

    fn entry() -> Entry {
        let identity: Identity = "telegram:456".parse().unwrap();
        Entry {
            seq: 1,
            key: EventKey([7; 16]),
            kind: EntryKind::Change,
            purse: PurseId(1),
            tag: IdentityTag::of([3; 16], &identity),
            identity: identity.into(),
            asset: AssetName::default(),
            delta: Amount::new(100),
            balance: Amount::new(100),
            at_ms: 5,
            captured_ms: 4,
            actor: None,
            reason: None,
            hash: ChainHash::default(),
        }
    }

    #[test]
    fn every_field_is_in_the_hash() {
        let base = entry().chained(ChainHash::default());
        let changed: [(&str, Change); 12] = [
            ("seq", |e| e.seq = 2),
            ("key", |e| e.key.0[0] = 0),
            ("kind", |e| e.kind = EntryKind::Opening),
            ("purse", |e| e.purse = PurseId(2)),
            ("tag", |e| e.tag.0[0] ^= 1),
            ("asset", |e| e.asset = "xp".parse().unwrap()),
            ("delta", |e| e.delta = Amount::new(101)),
            ("balance", |e| e.balance = Amount::new(101)),
            ("at", |e| e.at_ms = 6),
            ("captured", |e| e.captured_ms = 5),
            ("actor", |e| e.actor = Some(String::new())),
            ("reason", |e| e.reason = Some(String::new())),
        ];
        for (field, change) in changed {
            let mut other = entry();
            change(&mut other);
            assert_ne!(other.chained(ChainHash::default()), base, "{field}");
        }
        assert_ne!(entry().chained(ChainHash([1; 32])), base, "the hash before");
    }

    #[test]
    fn kinds_read_back() {
        for kind in EntryKind::ALL {
            assert_eq!(EntryKind::from_word(kind.as_str()), Some(kind));
        }
        assert_eq!(EntryKind::from_word("gift"), None);
    }
}
