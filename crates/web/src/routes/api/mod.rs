//! The JSON interface, version 1. It speaks English, and problems are problem documents (RFC 9457).

pub(super) mod entries;
pub(super) mod identity;

use onepurse_core::{Amount, Scale};
use serde_json::Value;

/// A whole number where the asset has no decimals; else a decimal string, because readers of JSON round.
fn amount(scale: Scale, amount: Amount) -> Value {
    if scale == Scale::WHOLE { amount.units().into() } else { scale.format(amount).into() }
}
