//! Link codes: proof that whoever has one account has the other.

use std::{fmt, str::FromStr};

use thiserror::Error;

use crate::{Identity, LedgerId, Random, Rejection};

/// Crockford's base 32: no letter that looks like a digit, and none that makes words.
/// <https://www.crockford.com/base32.html>
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 8;

/// How long a code can be used: ten minutes, in milliseconds.
pub const CODE_LASTS_MS: i64 = 10 * 60 * 1_000;
/// So many wrong codes an identity may try within [`TRIES_WITHIN_MS`].
pub const WRONG_TRIES_MAX: u64 = 5;
/// An hour, in milliseconds.
pub const TRIES_WITHIN_MS: i64 = 60 * 60 * 1_000;
/// A code that has ended is told from one that never was for so long: an hour, in milliseconds.
pub const CODE_REMEMBERED_MS: i64 = 60 * 60 * 1_000;

/// A one-time code that is made for one account and typed by the other: 40 random bits. It is shown once and stored
/// nowhere; a ledger keeps its [`LinkCode::hash`]. It does not show in what is printed to find faults.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkCode(String);

/// The text is no link code.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a link code has {LENGTH} letters and digits")]
pub struct LinkCodeError;

impl LinkCode {
    /// A new code.
    #[must_use]
    pub fn random(random: &dyn Random) -> Self {
        let mut bytes = [0; LENGTH];
        random.fill(&mut bytes);
        Self(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect())
    }

    /// What a ledger knows it by: BLAKE3 (derive-key mode, context "onepurse 2026 link code") over the ledger's id and the
    /// code.
    #[must_use]
    pub fn hash(&self, ledger: LedgerId) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_derive_key("onepurse 2026 link code");
        hasher.update(&ledger.0);
        hasher.update(self.0.as_bytes());
        *hasher.finalize().as_bytes()
    }

    /// The code as it is typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LinkCode {
    type Err = LinkCodeError;

    /// Reads it as people type it: in small letters, with blanks and hyphens, an `O` for a zero, an `I` or an `L` for a one.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let typed =
            text.chars().filter(|c| !c.is_whitespace() && *c != '-').map(|c| match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            });
        let code: String = typed.take(LENGTH + 1).collect();
        let is_code = code.len() == LENGTH && code.bytes().all(|byte| ALPHABET.contains(&byte));
        is_code.then_some(Self(code)).ok_or(LinkCodeError)
    }
}

/// What a ledger knows of a code that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// For whom.
    pub identity: Identity,
    /// Until when it can be used: milliseconds since 1970.
    pub expires_ms: i64,
    /// Whether it was used.
    pub is_used: bool,
}

/// Who made the code that `by` has typed, if it may be used; `wrong_tries` are those of `by` within the last hour.
pub fn redeem(
    issued: Option<Issued>,
    by: &Identity,
    wrong_tries: u64,
    now_ms: i64,
) -> Result<Identity, Rejection> {
    if wrong_tries >= WRONG_TRIES_MAX {
        return Err(Rejection::TooManyTries(by.clone()));
    }
    match issued {
        None => Err(Rejection::CodeUnknown),
        Some(issued) if issued.is_used => Err(Rejection::CodeUsed),
        Some(issued) if issued.expires_ms <= now_ms => Err(Rejection::CodeExpired),
        Some(issued) => Ok(issued.identity),
    }
}

/// Whether a code that was refused so counts as a wrong one.
#[must_use]
pub const fn is_wrong(rejection: &Rejection) -> bool {
    matches!(rejection, Rejection::CodeUnknown | Rejection::CodeUsed | Rejection::CodeExpired)
}

impl fmt::Debug for LinkCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bytes([u8; LENGTH]);

    impl Random for Bytes {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.copy_from_slice(&self.0);
        }
    }

    #[test]
    fn codes_read_as_people_type_them() {
        let code = LinkCode::random(&Bytes([0, 1, 31, 32, 255, 10, 17, 18]));
        assert_eq!(code.as_str(), "01Z0ZAHJ");
        for typed in ["01Z0ZAHJ", "01z0-zahj", " o1zO zahj\n", "olzozahj", "OIZOZAHJ"] {
            assert_eq!(typed.parse(), Ok(code.clone()), "{typed}");
        }
        for typed in ["", "01Z0ZAH", "01Z0ZAHJJ", "01Z0ZAHU", "01Z0ZAH!", "０1Z0ZAHJ"] {
            assert_eq!(typed.parse::<LinkCode>(), Err(LinkCodeError), "{typed}");
        }
    }

    #[test]
    fn a_code_is_used_in_time_and_once() {
        let (maker, by): (Identity, Identity) =
            ("telegram:456".parse().unwrap(), "discord:123".parse().unwrap());
        let issued = |expires_ms, is_used| Some(Issued { identity: maker.clone(), expires_ms, is_used });
        for (issued, tries, expected) in [
            (issued(11, false), 0, Ok(maker.clone())),
            (issued(11, false), 4, Ok(maker.clone())),
            (issued(11, false), 5, Err("TooManyTries")),
            (issued(10, false), 0, Err("CodeExpired")),
            (issued(11, true), 0, Err("CodeUsed")),
            (issued(9, true), 0, Err("CodeUsed")),
            (None, 0, Err("CodeUnknown")),
            (None, 5, Err("TooManyTries")),
        ] {
            let used = redeem(issued.clone(), &by, tries, 10);
            assert_eq!(
                used.as_ref().map_err(Rejection::name),
                expected.as_ref().map_err(|name| *name),
                "{issued:?}"
            );
            let is_wrong = used.is_err_and(|rejection| is_wrong(&rejection));
            assert_eq!(is_wrong, expected.is_err_and(|name| name != "TooManyTries"));
        }
    }

    #[test]
    fn a_code_is_told_by_its_hash_in_one_ledger_and_hides() {
        let (one, other) = (LinkCode::random(&Bytes([1; 8])), LinkCode::random(&Bytes([2; 8])));
        let (here, there) = (LedgerId([1; 16]), LedgerId([2; 16]));
        assert_eq!(one.hash(here), one.clone().hash(here));
        assert_ne!(one.hash(here), other.hash(here));
        assert_ne!(one.hash(here), one.hash(there));
        assert_eq!(format!("{one:?}"), "LinkCode(…)");
    }
}
