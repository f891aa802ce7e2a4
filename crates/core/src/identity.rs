use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The longest name of a platform or an asset, in bytes.
const WORD_BYTES_MAX: usize = 32;

/// A lower-case word: a letter, then letters, digits, `_` and `-`.
pub(crate) fn is_word(text: &str) -> bool {
    text.len() <= WORD_BYTES_MAX
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
}

/// The text is no identity, or no part of one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdentityError {
    /// A platform's name is a lower-case word.
    #[error(
        "`{0}` is no platform name: use a lower-case word of letters, digits, `_` or `-`, at most 32 long"
    )]
    Platform(String),
    /// An identity has two parts.
    #[error("`{0}` is no identity: write platform:id, like telegram:456")]
    Form(String),
    /// An external id is never empty.
    #[error("an id cannot be empty: write platform:id, like telegram:456")]
    EmptyId,
}

/// A named place where coins move: `telegram`, `discord`, `website`, or any other lower-case word. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Platform(Arc<str>);

impl Platform {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Platform {
    type Err = IdentityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if is_word(text) { Ok(Self(text.into())) } else { Err(IdentityError::Platform(text.to_owned())) }
    }
}

impl TryFrom<String> for Platform {
    type Error = IdentityError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Platform> for String {
    fn from(platform: Platform) -> Self {
        platform.0.as_ref().to_owned()
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who someone is on one platform, in that platform's own words. Any text but the empty one; compared as text. Cheap to
/// clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ExternalId(Arc<str>);

impl ExternalId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ExternalId {
    type Error = IdentityError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl FromStr for ExternalId {
    type Err = IdentityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() { Err(IdentityError::EmptyId) } else { Ok(Self(text.into())) }
    }
}

impl From<ExternalId> for String {
    fn from(id: ExternalId) -> Self {
        id.0.as_ref().to_owned()
    }
}

/// Control characters are shown escaped: an id comes from a bot's database and may hold anything.
impl fmt::Display for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            if c.is_control() { write!(f, "{}", c.escape_default())? } else { fmt::Write::write_char(f, c)? }
        }
        Ok(())
    }
}

/// One account on one platform: `telegram:456`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Identity {
    /// Where.
    pub platform: Platform,
    /// Who, there.
    pub external: ExternalId,
}

impl Identity {
    /// The identity of `external` on `platform`.
    #[must_use]
    pub const fn new(platform: Platform, external: ExternalId) -> Self {
        Self { platform, external }
    }
}

impl FromStr for Identity {
    type Err = IdentityError;

    /// Reads `platform:id`; only the first colon divides, so `discord:77:456` is the id `77:456` on `discord`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (platform, external) =
            text.split_once(':').ok_or_else(|| IdentityError::Form(text.to_owned()))?;
        Ok(Self { platform: platform.parse()?, external: external.parse()? })
    }
}

impl TryFrom<String> for Identity {
    type Error = IdentityError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Identity> for String {
    fn from(identity: Identity) -> Self {
        format!("{}:{}", identity.platform.as_str(), identity.external.as_str())
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.platform, self.external)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_a_platform_and_an_id() {
        let identity: Identity = "discord:77:456".parse().unwrap();
        assert_eq!(identity.platform.as_str(), "discord");
        assert_eq!(identity.external.as_str(), "77:456");
        assert_eq!(identity.to_string(), "discord:77:456");
        assert_eq!("telegram".parse::<Identity>(), Err(IdentityError::Form("telegram".to_owned())));
        assert_eq!("telegram:".parse::<Identity>(), Err(IdentityError::EmptyId));
        assert_eq!("Telegram:1".parse::<Identity>(), Err(IdentityError::Platform("Telegram".to_owned())));
    }

    #[test]
    fn odd_ids_are_shown_harmlessly() {
        assert_eq!("website:a\nb".parse::<Identity>().unwrap().to_string(), "website:a\\nb");
    }
}
