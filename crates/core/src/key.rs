use std::fmt;

use crate::{AssetName, Identity, IdentityTag, LedgerId};

/// What makes an event that event, for ever: the ledger's log takes each key once.
///
/// A captured event's key is its time in milliseconds (8 bytes, big-endian) and 8 random bytes, both made at
/// capture, so keys sort by time. An opening's key is derived, so that there is one opening of an identity, ever.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventKey(pub [u8; 16]);

impl EventKey {
    /// The key of a change captured at `at_ms` with the random `nonce`.
    #[must_use]
    pub fn captured(at_ms: i64, nonce: [u8; 8]) -> Self {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&at_ms.to_be_bytes());
        bytes[8..].copy_from_slice(&nonce);
        Self(bytes)
    }

    /// No change that was captured at `at_ms` or later has a key before this one. (A time before 1970 sorts behind all
    /// others, as its bytes do.)
    #[must_use]
    pub fn first_since(at_ms: i64) -> Self {
        Self::captured(at_ms.max(0), [0; 8])
    }

    /// The first and the last key that a change captured at `at_ms` can have.
    #[must_use]
    pub fn within(at_ms: i64) -> [Self; 2] {
        [[0; 8], [0xFF; 8]].map(|nonce| Self::captured(at_ms, nonce))
    }

    /// The key of the one opening of `identity` in `asset` that `ledger` will ever take.
    #[must_use]
    pub fn opening(ledger: LedgerId, identity: &Identity, asset: &AssetName) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("onepurse 2026 opening key");
        hasher.update(&ledger.0);
        for part in [identity.platform.as_str(), identity.external.as_str(), asset.as_str()] {
            hasher.update(&(part.len() as u64).to_be_bytes());
            hasher.update(part.as_bytes());
        }
        Self::first_half(&hasher)
    }

    /// The key that the log has an opening under: one of its own, for who has the ledger could find a name that the
    /// replica's key was made of by trying all there are. The tag tells nobody, and is as unique.
    #[must_use]
    pub fn opened(tag: IdentityTag, asset: &AssetName) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("onepurse 2026 entry of an opening");
        hasher.update(&tag.0);
        hasher.update(asset.as_str().as_bytes());
        Self::first_half(&hasher)
    }

    /// The `nth` key that follows from this one, for a request whose one key makes several entries.
    #[must_use]
    pub fn derived(self, nth: u32) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("onepurse 2026 entry of a request");
        hasher.update(&self.0);
        hasher.update(&nth.to_be_bytes());
        Self::first_half(&hasher)
    }

    /// The key of the one entry that can undo the entry of this key.
    #[must_use]
    pub fn reversal(self) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("onepurse 2026 reversal key");
        hasher.update(&self.0);
        Self::first_half(&hasher)
    }

    /// The key of an order whose sender knows it by this text.
    #[must_use]
    pub fn of_order(text: &str) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("onepurse 2026 order key");
        hasher.update(text.as_bytes());
        Self::first_half(&hasher)
    }

    fn first_half(hasher: &blake3::Hasher) -> Self {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Self(bytes)
    }
}

impl fmt::Display for EventKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for EventKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventKey({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captured_keys_sort_by_time() {
        assert!(EventKey::captured(1_000, [255; 8]) < EventKey::captured(1_001, [0; 8]));
        let [first, last] = EventKey::within(1_000);
        assert!(first == EventKey::first_since(1_000) && last < EventKey::first_since(1_001));
        for at_ms in [-1, 0, 1_000] {
            assert!(EventKey::captured(at_ms, [0; 8]) >= EventKey::first_since(-2));
        }
    }

    #[test]
    fn the_log_has_an_opening_under_a_key_without_a_name() {
        let (coins, xp) = (AssetName::default(), "xp".parse().unwrap());
        let key = EventKey::opened(IdentityTag([1; 32]), &coins);
        assert_eq!(key, EventKey::opened(IdentityTag([1; 32]), &coins));
        assert_ne!(key, EventKey::opened(IdentityTag([2; 32]), &coins));
        assert_ne!(key, EventKey::opened(IdentityTag([1; 32]), &xp));
    }

    #[test]
    fn an_opening_key_tells_its_parts_apart() {
        let (ledger, coins) = (LedgerId([1; 16]), AssetName::default());
        let key = |identity: &str| EventKey::opening(ledger, &identity.parse().unwrap(), &coins);
        assert_eq!(key("telegram:456"), key("telegram:456"));
        assert_ne!(key("telegram:456"), key("discord:456"));
        assert_ne!(key("a:bc"), key("ab:c"));
        assert_ne!(key("a:b"), EventKey::opening(LedgerId([2; 16]), &"a:b".parse().unwrap(), &coins));
    }
}
