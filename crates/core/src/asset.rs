use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{Amount, MergePolicy, OverdraftPolicy};

/// The asset of a mapping that names none.
pub const DEFAULT_ASSET: &str = "coins";

/// What is counted: `coins`, `xp`, `gems`… A lower-case word of letters, digits, `_` and `-`, at most 32 long.
/// Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AssetName(Arc<str>);

/// The text is no name of an asset.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no asset name: use a lower-case word of letters, digits, `_` or `-`, at most 32 long")]
pub struct AssetNameError(String);

impl AssetName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for AssetName {
    fn default() -> Self {
        Self(DEFAULT_ASSET.into())
    }
}

impl FromStr for AssetName {
    type Err = AssetNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if crate::identity::is_word(text) {
            Ok(Self(text.into()))
        } else {
            Err(AssetNameError(text.to_owned()))
        }
    }
}

impl TryFrom<String> for AssetName {
    type Error = AssetNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<AssetName> for String {
    fn from(name: AssetName) -> Self {
        name.0.as_ref().to_owned()
    }
}

impl fmt::Display for AssetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How many decimals the ledger keeps of an asset: 0 to 9. With a scale of 2, 12.34 is an amount of 1234.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Scale(u8);

/// A scale out of range, or a text that is no amount at a scale.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ScaleError {
    /// More decimals than an amount can carry.
    #[error("a scale of {0} is out of range: 0 to 9 decimals can be kept")]
    OutOfRange(u8),
    /// The text does not read as a decimal number of this scale that fits.
    #[error("`{text}` is no amount with at most {scale} decimals")]
    NotAnAmount {
        /// The text as it came.
        text: String,
        /// The decimals that are kept.
        scale: u8,
    },
}

impl Scale {
    /// Whole numbers.
    pub const WHOLE: Self = Self(0);

    /// A scale of so many decimals.
    pub fn new(decimals: u8) -> Result<Self, ScaleError> {
        if decimals <= 9 { Ok(Self(decimals)) } else { Err(ScaleError::OutOfRange(decimals)) }
    }

    /// How many decimals.
    #[must_use]
    pub const fn decimals(self) -> u8 {
        self.0
    }

    /// How many smallest units make one: ten to the power of the decimals.
    #[must_use]
    pub const fn units_per_one(self) -> i64 {
        10_i64.pow(self.0 as u32)
    }

    /// The amount as people write it: `1234` at a scale of 2 is `12.34`.
    #[must_use]
    pub fn format(self, amount: Amount) -> String {
        if self.0 == 0 {
            return amount.to_string();
        }
        let one = self.units_per_one().unsigned_abs();
        let units = amount.units().unsigned_abs();
        let sign = if amount.units() < 0 { "-" } else { "" };
        format!("{sign}{}.{:0width$}", units / one, units % one, width = usize::from(self.0))
    }

    /// The amount that a person wrote: the reverse of [`Scale::format`]; fewer decimals are fine, more are an error.
    pub fn parse(self, text: &str) -> Result<Amount, ScaleError> {
        self.read(text).ok_or_else(|| ScaleError::NotAnAmount { text: text.to_owned(), scale: self.0 })
    }

    fn read(self, text: &str) -> Option<Amount> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty()
            || !all_digits(whole)
            || !all_digits(fraction)
            || fraction.len() > usize::from(self.0)
        {
            return None;
        }
        let magnitude: i128 =
            format!("{whole}{fraction:0<width$}", width = usize::from(self.0)).parse().ok()?;
        i64::try_from(if negative { -magnitude } else { magnitude }).ok().map(Amount::new)
    }
}

impl TryFrom<u8> for Scale {
    type Error = ScaleError;

    fn try_from(decimals: u8) -> Result<Self, Self::Error> {
        Self::new(decimals)
    }
}

impl From<Scale> for u8 {
    fn from(scale: Scale) -> Self {
        scale.0
    }
}

/// An asset and how exactly the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asset {
    /// Its name.
    pub name: AssetName,
    /// Its decimals.
    #[serde(default)]
    pub scale: Scale,
    /// What becomes of it where two purses become one.
    #[serde(default)]
    pub merge: MergePolicy,
    /// What becomes of a bot's spending that brings a purse below zero.
    #[serde(default)]
    pub overdraft: OverdraftPolicy,
}

impl Asset {
    /// An asset with the policies that hold where nobody decides otherwise.
    #[must_use]
    pub fn new(name: AssetName, scale: Scale) -> Self {
        Self { name, scale, merge: MergePolicy::default(), overdraft: OverdraftPolicy::default() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_read_as_people_write_them() {
        let two = Scale::new(2).unwrap();
        for (text, units) in [("12.34", 1234), ("12", 1200), ("12.3", 1230), ("-0.05", -5), ("+7", 700)] {
            assert_eq!(two.parse(text), Ok(Amount::new(units)), "{text}");
        }
        for text in ["", "-", ".5", "1.234", "1e3", "12,5", "99999999999999999999", "1.2.3", "٣"] {
            assert!(two.parse(text).is_err(), "{text}");
        }
        assert_eq!(Scale::WHOLE.parse("9223372036854775807"), Ok(Amount::MAX));
        assert_eq!(Scale::WHOLE.parse("-9223372036854775808"), Ok(Amount::MIN));
        assert!(Scale::WHOLE.parse("9223372036854775808").is_err());
    }

    #[test]
    fn names_are_words() {
        for name in ["coins", "xp", "gems_2", "a-b"] {
            assert!(name.parse::<AssetName>().is_ok(), "{name}");
        }
        for name in ["", "Coins", "2x", "a b", "монеты", &"a".repeat(33)] {
            assert!(name.parse::<AssetName>().is_err(), "{name}");
        }
    }

    proptest! {
        #[test]
        fn what_is_formatted_reads_back(units: i64, decimals in 0_u8..=9) {
            let scale = Scale::new(decimals).unwrap();
            prop_assert_eq!(scale.parse(&scale.format(Amount::new(units))), Ok(Amount::new(units)));
        }
    }
}
