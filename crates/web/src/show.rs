//! Numbers and times as people read them.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use onepurse_core::{Amount, Asset, AssetName, Scale};
use onepurse_ledger::{LedgerError, Records};

use crate::Language;

/// How many decimals each asset has.
#[derive(Debug)]
pub(crate) struct Scales(BTreeMap<AssetName, Scale>);

impl Scales {
    pub(crate) async fn read(records: &dyn Records) -> Result<Self, LedgerError> {
        let assets = records.assets().await?;
        Ok(Self(assets.into_iter().map(|Asset { name, scale, .. }| (name, scale)).collect()))
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &AssetName> {
        self.0.keys()
    }

    pub(crate) fn has(&self, asset: &AssetName) -> bool {
        self.0.contains_key(asset)
    }

    pub(crate) fn of(&self, asset: &AssetName) -> Scale {
        self.0.get(asset).copied().unwrap_or_default()
    }
}

impl Language {
    /// An amount in groups of three digits, with a true minus: `−1,234.50`, in Russian `−1 234,50`.
    pub(crate) fn amount(self, scale: Scale, amount: Amount) -> String {
        let (group, point) = match self {
            Self::En => (',', '.'),
            Self::Ru => ('\u{a0}', ','),
        };
        let plain = scale.format(amount);
        let (sign, digits) = plain.strip_prefix('-').map_or(("", plain.as_str()), |digits| ("−", digits));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let mut text = sign.to_owned();
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at).is_multiple_of(3) {
                text.push(group);
            }
            text.push(digit);
        }
        if !fraction.is_empty() {
            text.push(point);
            text.push_str(fraction);
        }
        text
    }

    /// A change of an amount: like an amount, with a plus where it grew.
    pub(crate) fn delta(self, scale: Scale, delta: Amount) -> String {
        let plus = if delta > Amount::ZERO { "+" } else { "" };
        format!("{plus}{}", self.amount(scale, delta))
    }

    /// The day and the second in UTC: `14 Nov 2026, 12:03:05`.
    pub(crate) fn time(self, at_ms: i64) -> String {
        let at: DateTime = timestamp(at_ms).to_zoned(TimeZone::UTC).datetime();
        let month = self.text_with("month", "number", at.month());
        format!("{} {month} {}, {}", at.day(), at.year(), at.strftime("%H:%M:%S"))
    }
}

/// The time in UTC as programs read it (RFC 3339).
pub(crate) fn rfc3339(at_ms: i64) -> String {
    timestamp(at_ms).to_string()
}

/// A bot's clock may say anything: what is no time is shown as the first or the last there is.
fn timestamp(at_ms: i64) -> Timestamp {
    let nearest = if at_ms < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_millisecond(at_ms).unwrap_or(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped() {
        let two = Scale::new(2).unwrap();
        for (scale, units, en, ru) in [
            (Scale::WHOLE, 0, "0", "0"),
            (Scale::WHOLE, 150, "150", "150"),
            (Scale::WHOLE, -1_234, "−1,234", "−1\u{a0}234"),
            (two, 123_456_789, "1,234,567.89", "1\u{a0}234\u{a0}567,89"),
            (two, -5, "−0.05", "−0,05"),
        ] {
            assert_eq!(Language::En.amount(scale, Amount::new(units)), en);
            assert_eq!(Language::Ru.amount(scale, Amount::new(units)), ru);
        }
        assert_eq!(Language::En.amount(Scale::WHOLE, Amount::MIN), "−9,223,372,036,854,775,808");
        assert_eq!(Language::En.delta(Scale::WHOLE, Amount::new(50)), "+50");
        assert_eq!(Language::En.delta(Scale::WHOLE, Amount::ZERO), "0");
        assert_eq!(Language::En.delta(Scale::WHOLE, Amount::new(-50)), "−50");
    }

    #[test]
    fn times_are_shown_in_utc() {
        assert_eq!(Language::En.time(1_794_657_785_000), "14 Nov 2026, 12:03:05");
        assert_eq!(Language::Ru.time(1_794_657_785_000), "14 ноября 2026, 12:03:05");
        assert_eq!(rfc3339(1_794_657_785_250), "2026-11-14T12:03:05.25Z");
        assert_eq!(rfc3339(i64::MAX), Timestamp::MAX.to_string());
        assert_eq!(rfc3339(i64::MIN), Timestamp::MIN.to_string());
    }
}
