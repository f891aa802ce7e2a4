//! Amounts and times as they are shown.

use std::{collections::BTreeMap, fmt};

use jiff::{Timestamp, tz::TimeZone};
use onepurse_core::{Amount, Asset, AssetName, Scale};
use onepurse_sync::{plan::Question, status::State};
use serde::{Serialize, Serializer};

use crate::texts::{Blank, Language};

/// How many decimals the ledger keeps of what.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scales(BTreeMap<AssetName, Scale>);

impl Scales {
    /// Those of the ledger's assets.
    pub(crate) fn of(assets: Vec<Asset>) -> Self {
        Self(assets.into_iter().map(|asset| (asset.name, asset.scale)).collect())
    }

    /// How many decimals of this, if it is counted.
    pub(crate) fn get(&self, asset: &AssetName) -> Option<Scale> {
        self.0.get(asset).copied()
    }

    /// The amount as it is shown.
    pub(crate) fn show(&self, asset: &AssetName, amount: Amount) -> Shown {
        Shown { amount, scale: self.0.get(asset).copied().unwrap_or_default() }
    }
}

/// An amount with its scale. In JSON a whole number, or a text where there are decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shown {
    amount: Amount,
    scale: Scale,
}

impl Shown {
    /// The amount itself.
    pub(crate) const fn amount(self) -> Amount {
        self.amount
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plus = if f.sign_plus() && self.amount > Amount::ZERO { "+" } else { "" };
        write!(f, "{plus}{}", self.scale.format(self.amount))
    }
}

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.scale == Scale::WHOLE {
            serializer.serialize_i64(self.amount.units())
        } else {
            serializer.collect_str(self)
        }
    }
}

/// A platform's state in words.
pub(crate) fn state_name(language: Language, state: State) -> String {
    language.text(match state {
        State::InStep => "state-in-step",
        State::Behind => "state-behind",
        State::Paused => "state-paused",
        State::Refused => "state-refused",
        State::Unreachable => "state-unreachable",
        State::NotAttached => "state-not-attached",
    })
}

/// A paused platform's question in words.
pub(crate) fn question_words(language: Language, question: &Question) -> String {
    match question {
        Question::Mass(mass) => language.fill(
            "question-mass",
            [
                ("of", Blank::count(mass.of)),
                ("changed", Blank::count(mass.changed)),
                ("gone", Blank::count(mass.gone)),
            ],
        ),
        Question::OtherDatabase { here, registered } => language
            .fill("question-other", [("here", Blank::text(here)), ("registered", Blank::text(registered))]),
        Question::Copied { here, registered } => language
            .fill("question-copied", [("here", Blank::text(here)), ("registered", Blank::text(registered))]),
    }
}

/// A time. In JSON as RFC 3339 has it, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Time(Timestamp);

impl Time {
    /// A time in milliseconds since 1970. One out of range is shown as the nearest that can be.
    pub(crate) fn from_ms(ms: i64) -> Self {
        let nearest = if ms < 0 { Timestamp::MIN } else { Timestamp::MAX };
        Self(Timestamp::from_millisecond(ms).unwrap_or(nearest))
    }

    /// As a clock on the wall shows it.
    pub(crate) fn on_the_wall(self, zone: &TimeZone) -> String {
        zone.to_datetime(self.0).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:.3}", self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_numbers_or_texts() {
        for (units, decimals, json, words) in
            [(150, 0, "150", "+150"), (-5, 0, "-5", "-5"), (0, 0, "0", "0"), (1234, 2, "\"12.34\"", "+12.34")]
        {
            let shown = Shown { amount: Amount::new(units), scale: Scale::new(decimals).unwrap() };
            assert_eq!(serde_json::to_string(&shown).unwrap(), json);
            assert_eq!(format!("{shown:+}"), words);
        }
    }

    #[test]
    fn times_are_shown() {
        let time = Time::from_ms(1_795_416_720_050);
        assert_eq!(serde_json::to_string(&time).unwrap(), "\"2026-11-23T06:52:00.050Z\"");
        assert_eq!(time.on_the_wall(&TimeZone::UTC), "2026-11-23 06:52:00");
        assert!(serde_json::to_string(&Time::from_ms(i64::MAX)).unwrap().starts_with("\"9999-"));
        assert!(serde_json::to_string(&Time::from_ms(i64::MIN)).unwrap().starts_with("\"-009999-"));
    }
}
