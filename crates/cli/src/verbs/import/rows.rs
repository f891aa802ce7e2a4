//! From rows as they stand in a table to purses: pure.

use std::collections::{BTreeMap, HashMap};

use onepurse_core::{Amount, Asset, AssetName, Identity, Platform, Scale, intake::ForeignPurse};

use super::{AMOUNTS, IDS};

/// One row, as texts. NULL is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Row {
    /// In the order of [`IDS`].
    pub(super) ids: [Option<String>; 3],
    /// In the order of [`AMOUNTS`].
    pub(super) amounts: [Option<String>; 2],
}

/// Why a row is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Skip {
    NoIdentity,
    NotANumber { column: String, value: String },
    TooFine { column: String, value: String, decimals: u8 },
    Twice { identity: Identity, other: u64 },
}

impl Skip {
    /// The name for programs.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::NoIdentity => "NoIdentity",
            Self::NotANumber { .. } => "NotANumber",
            Self::TooFine { .. } => "TooManyDecimals",
            Self::Twice { .. } => "Twice",
        }
    }
}

/// Rows that are purses, and rows that cannot be; rows count from 1.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sorted {
    pub(super) purses: Vec<(u64, ForeignPurse)>,
    pub(super) skipped: Vec<(u64, Vec<Identity>, Skip)>,
}

/// Makes purses of rows; `assets` are those of [`AMOUNTS`]. Rows that share somebody are all left out: which of them is
/// right is not ours to say.
pub(super) fn sort_out(rows: &[Row], assets: &[Asset]) -> Sorted {
    let people: Vec<_> = rows.iter().map(identities).collect();
    let numbered = || (1..).zip(&people);
    let mut rows_of: HashMap<&Identity, Vec<u64>> = HashMap::new();
    for (number, identity) in numbered().flat_map(|(number, all)| all.iter().map(move |one| (number, one))) {
        rows_of.entry(identity).or_default().push(number);
    }
    let twice = |number: u64, identity: &Identity| {
        let other = rows_of.get(identity)?.iter().copied().find(|other| *other != number)?;
        Some(Skip::Twice { identity: identity.clone(), other })
    };
    let mut sorted = Sorted::default();
    for ((number, identities), row) in numbered().zip(rows) {
        let skip = match identities.iter().find_map(|identity| twice(number, identity)) {
            _ if identities.is_empty() => Err(Skip::NoIdentity),
            Some(twice) => Err(twice),
            None => balances(row, assets),
        };
        match skip {
            Ok(balances) => {
                sorted.purses.push((number, ForeignPurse { identities: identities.clone(), balances }));
            }
            Err(skip) => sorted.skipped.push((number, identities.clone(), skip)),
        }
    }
    sorted
}

/// Who shares it. An id that is empty is none, as in a bot's table. No platform's ids begin or end with blanks: whoever
/// wrote such a row by hand meant the one without.
fn identities(row: &Row) -> Vec<Identity> {
    let identity = |(&(_, platform), id): (&(&str, &str), &Option<String>)| {
        let platform: Platform = platform.parse().ok()?;
        Some(Identity::new(platform, id.as_ref()?.trim().parse().ok()?))
    };
    IDS.iter().zip(&row.ids).filter_map(identity).collect()
}

/// What is in it. NULL is nothing, as in a bot's table; what is below zero is a debt.
fn balances(row: &Row, assets: &[Asset]) -> Result<BTreeMap<AssetName, Amount>, Skip> {
    let mut balances = BTreeMap::new();
    for ((column, value), asset) in AMOUNTS.iter().zip(&row.amounts).zip(assets) {
        let amount = value.as_deref().map_or(Ok(Amount::ZERO), |value| amount(column, value, asset.scale))?;
        balances.insert(asset.name.clone(), amount);
    }
    Ok(balances)
}

/// A number of at most the scale's decimals; what a floating-point number drifts by, a hundredth of the smallest unit, is
/// taken off as in a bot's table.
pub(super) fn amount(column: &str, value: &str, scale: Scale) -> Result<Amount, Skip> {
    let not_a_number = || Skip::NotANumber { column: column.to_owned(), value: value.to_owned() };
    let plain = plain(value.trim()).ok_or_else(not_a_number)?;
    let kept = usize::from(scale.decimals());
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let (fraction, finer) = fraction.split_at(fraction.len().min(kept));
    let toward_zero = scale.parse(&format!("{whole}.{fraction}")).map_err(|_| not_a_number())?;
    let unit = Amount::new(if plain.starts_with('-') { -1 } else { 1 });
    match finer.get(..2).unwrap_or(finer) {
        "" | "0" | "00" => Ok(toward_zero),
        "99" => toward_zero.checked_add(unit).ok_or_else(not_a_number),
        _ => {
            let (column, value) = (column.to_owned(), value.to_owned());
            Err(Skip::TooFine { column, value, decimals: scale.decimals() })
        }
    }
}

/// The digits of a number without an exponent.
fn plain(text: &str) -> Option<String> {
    if !text.contains(['e', 'E']) {
        return Some(text.to_owned());
    }
    let number: f64 = text.parse().ok()?;
    (number.is_finite() && text.starts_with(|sign: char| sign == '-' || sign.is_ascii_digit()))
        .then(|| number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(ids: [&str; 3], amounts: [&str; 2]) -> Row {
        let some = |text: &str| (text != "NULL").then(|| text.to_owned());
        Row { ids: ids.map(some), amounts: amounts.map(some) }
    }

    fn assets(scale: u8) -> Vec<Asset> {
        let scales = [Scale::new(scale).unwrap(), Scale::WHOLE];
        let asset = |(name, scale): (&&str, Scale)| Asset::new(name.parse().unwrap(), scale);
        AMOUNTS.iter().zip(scales).map(asset).collect()
    }

    fn told(rows: &[Row]) -> Vec<String> {
        let Sorted { purses, skipped } = sort_out(rows, &assets(0));
        let purse = |(number, purse): &(u64, ForeignPurse)| {
            let who: Vec<_> = purse.identities.iter().map(ToString::to_string).collect();
            let what: Vec<_> =
                purse.balances.iter().map(|(asset, amount)| format!("{amount} {asset}")).collect();
            (*number, format!("{number}: {} have {}", who.join(", "), what.join(", ")))
        };
        let skip = |(number, _, skip): &(u64, Vec<Identity>, Skip)| (*number, format!("{number}: {skip:?}"));
        let mut told: Vec<_> = purses.iter().map(purse).chain(skipped.iter().map(skip)).collect();
        told.sort();
        told.into_iter().map(|(_, told)| told).collect()
    }

    #[test]
    fn a_row_is_a_purse() {
        assert_eq!(
            told(&[
                row(["456", "123", "a@b"], ["150", "7"]),
                row(["7", "NULL", "NULL"], ["NULL", "-3"]),
                row(["", "NULL", "c@d"], ["0", "0"]),
                row(["NULL", "", "NULL"], ["5", "0"]),
            ]),
            [
                "1: telegram:456, discord:123, website:a@b have 150 coins, 7 xp",
                "2: telegram:7 have 0 coins, -3 xp",
                "3: website:c@d have 0 coins, 0 xp",
                "4: NoIdentity",
            ]
        );
    }

    #[test]
    fn blanks_around_an_id_are_no_part_of_it() {
        assert_eq!(
            told(&[
                row([" 456", "123\t", "\na@b "], ["1", "0"]),
                row(["7", "  ", "NULL"], ["2", "0"]),
                row([" 8", "NULL", "NULL"], ["3", "0"]),
                row(["8", "NULL", "NULL"], ["3", "0"]),
            ]),
            [
                "1: telegram:456, discord:123, website:a@b have 1 coins, 0 xp",
                "2: telegram:7 have 2 coins, 0 xp",
                "3: Twice { identity: Identity { platform: Platform(\"telegram\"), external: ExternalId(\"8\") }, other: 4 }",
                "4: Twice { identity: Identity { platform: Platform(\"telegram\"), external: ExternalId(\"8\") }, other: 3 }",
            ]
        );
    }

    #[test]
    fn rows_that_share_somebody_are_all_left_out() {
        let told = told(&[
            row(["1", "NULL", "NULL"], ["5", "0"]),
            row(["2", "2", "NULL"], ["5", "0"]),
            row(["1", "3", "NULL"], ["6", "0"]),
            row(["NULL", "1", "NULL"], ["7", "0"]),
        ]);
        assert!(told[0].contains("Twice") && told[0].contains("other: 3"), "{told:?}");
        assert!(told[2].contains("Twice") && told[2].contains("other: 1"), "{told:?}");
        assert!(told[1].contains("have") && told[3].contains("have"), "{told:?}");
    }

    #[test]
    fn amounts_read_as_in_a_bots_table() {
        for (value, scale, units) in [
            ("150", 0, Some(150)),
            (" 150 ", 0, Some(150)),
            ("150.00", 0, Some(150)),
            ("150.004", 0, Some(150)),
            ("149.995", 0, Some(150)),
            ("-149.995", 0, Some(-150)),
            ("1e3", 0, Some(1000)),
            ("1.5e3", 0, Some(1500)),
            ("12.34", 2, Some(1234)),
            ("12.3", 2, Some(1230)),
            ("-0.05", 2, Some(-5)),
            ("12.33999999", 2, Some(1234)),
            ("9223372036854775807", 0, Some(i64::MAX)),
            ("9223372036854775808", 0, None),
            ("9223372036854775807.99", 0, None),
            ("1e300", 0, None),
            ("150.5", 0, None),
            ("12.345", 2, None),
            ("many", 0, None),
            ("NaN", 0, None),
            ("Infinity", 0, None),
            ("", 0, None),
        ] {
            let got = amount("coins", value, Scale::new(scale).unwrap());
            assert_eq!(got.ok().map(Amount::units), units, "{value} at a scale of {scale}");
        }
        let fine = amount("coins", "150.5", Scale::WHOLE).unwrap_err();
        assert!(matches!(fine, Skip::TooFine { decimals: 0, .. }), "{fine:?}");
        assert!(
            matches!(amount("xp", "many", Scale::WHOLE), Err(Skip::NotANumber { column, .. }) if column == "xp")
        );
    }
}
