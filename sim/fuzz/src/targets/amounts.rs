//! Amounts, as people write them at each scale.

use onepurse_core::{Amount, Scale};

use super::text;
use crate::{Seen, Target, Verdict, Wrong};

pub(super) const TARGET: Target = Target {
    name: "amounts",
    what: "amounts, as people write them at each scale",
    words: &[
        ".",
        "-",
        "+",
        "00",
        "000000000",
        "5",
        "92233720368547758.07",
        "-92233720368547758.08",
        "9.223372036854775807",
        "-9223372036.854775808",
        "9223372036.854775808",
        "e",
        "1e3",
        ",",
        " ",
        "0x10",
        "1_000",
        "१२",
    ],
    lines: &[],
    bytes_max: 200,
    share: 1,
    check,
};

fn check(input: &[u8]) -> Verdict {
    let text = &*text(input);
    let (mut kinds, mut before) = (0_u32, None);
    for decimals in 0..=9 {
        let scale = Scale::new(decimals).map_err(|error| Wrong::new("ten scales can be kept", error))?;
        let amount = scale.parse(text).ok();
        let expected = units(text, decimals);
        Wrong::unless(amount.map(Amount::units) == expected, "an amount is what was written", || {
            format!("{amount:?} and not {expected:?} at a scale of {decimals}")
        })?;
        if let Some(amount) = amount {
            reads_back(scale, amount)?;
        }
        // What an amount is does not depend on how finely it is kept.
        if let (Some(coarse), Some(fine)) = (before, amount) {
            let same = Amount::units(coarse).checked_mul(10) == Some(fine.units());
            Wrong::unless(same, "a finer scale keeps the amount", || format!("{coarse} and {fine}"))?;
        }
        kinds = kinds * 2 + u32::from(amount.is_some());
        before = amount;
    }
    for bytes in input.chunks_exact(8) {
        let units = bytes.iter().fold(0, |units, byte| (units << 8) | i64::from(*byte));
        for decimals in 0..=9 {
            let scale = Scale::new(decimals).map_err(|error| Wrong::new("ten scales can be kept", error))?;
            reads_back(scale, Amount::new(units))?;
        }
    }
    Ok(Seen::new((kinds, text.starts_with(['-', '+']), text.contains('.'), text.len() / 20)))
}

fn reads_back(scale: Scale, amount: Amount) -> Result<(), Wrong> {
    let shown = scale.format(amount);
    Wrong::unless(scale.parse(&shown) == Ok(amount), "an amount reads back", || {
        format!("{amount} at a scale of {} is shown as {shown}", scale.decimals())
    })
}

/// The rule of amounts, written down again digit by digit.
fn units(text: &str, decimals: u8) -> Option<i64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (mut units, mut whole, mut kept) = (0_i64, 0, None);
    let add = |units: i64, digit: u32| units.checked_mul(10)?.checked_add(sign * i64::from(digit));
    for c in unsigned.chars() {
        match (c, c.to_digit(10)) {
            ('.', _) if kept.is_none() => kept = Some(0),
            (_, Some(digit)) => {
                units = add(units, digit)?;
                match &mut kept {
                    Some(kept) => *kept += 1,
                    None => whole += 1,
                }
            }
            _ => return None,
        }
    }
    let missing = i32::from(decimals) - kept.unwrap_or(0);
    if whole == 0 || missing < 0 {
        return None;
    }
    (0..missing).try_fold(units, |units, _| add(units, 0))
}
