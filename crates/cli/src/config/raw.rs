//! The file as it is written: names, shapes and defaults, nothing checked across keys.

use std::{fmt, num::NonZeroU32};

use onepurse_core::{AssetName, MergePolicy, OverdraftPolicy, Platform, Scale};
use onepurse_hooks::Topic;
use onepurse_replica::{Reinsert, Writes};
use serde::{Deserialize, Deserializer, de};
use toml::Spanned;

use super::{
    fault::{Fault, Located},
    url::Named,
};
use crate::texts::Language;

/// Everything in the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawConfig {
    #[serde(default)]
    pub(super) language: Language,
    #[serde(default)]
    pub(super) ledger: RawLedger,
    #[serde(default)]
    pub(super) website: RawWebsite,
    #[serde(default)]
    pub(super) platform: Vec<RawPlatform>,
    #[serde(default)]
    pub(super) asset: Vec<RawAsset>,
    #[serde(default)]
    pub(super) webhook: Vec<RawWebhook>,
}

/// `[ledger]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLedger {
    pub(super) url: Option<Spanned<String>>,
    pub(super) keep_days: Option<NonZeroU32>,
    /// What the environment says instead of `url`.
    #[serde(skip)]
    pub(super) replaced: Option<Named>,
}

/// `[website]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWebsite {
    pub(super) listen: Option<Spanned<String>>,
    /// What the environment says where `listen` does not.
    #[serde(skip)]
    pub(super) port: Option<u16>,
}

/// `[[asset]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAsset {
    pub(super) name: Spanned<AssetName>,
    #[serde(default)]
    pub(super) scale: Scale,
    #[serde(default)]
    pub(super) merge: MergePolicy,
    #[serde(default)]
    pub(super) overdraft: OverdraftPolicy,
}

/// `[[webhook]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWebhook {
    pub(super) name: Spanned<String>,
    pub(super) url: Spanned<String>,
    pub(super) secret: Spanned<String>,
    #[serde(default = "every_entry")]
    pub(super) topics: Vec<Topic>,
}

fn every_entry() -> Vec<Topic> {
    vec![Topic::Entry]
}

/// `[[platform]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPlatform {
    pub(super) name: Spanned<Platform>,
    pub(super) database: Spanned<String>,
    #[serde(default)]
    pub(super) balance: Vec<RawBalance>,
}

/// `[[platform.balance]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawBalance {
    pub(super) asset: Option<Spanned<AssetName>>,
    pub(super) table: Spanned<String>,
    pub(super) id: Spanned<Columns>,
    pub(super) column: Spanned<String>,
    pub(super) key: Option<Spanned<String>>,
    #[serde(rename = "where")]
    pub(super) filter: Option<Spanned<String>>,
    pub(super) floor: Option<Spanned<Number>>,
    pub(super) missing: Option<Spanned<Number>>,
    #[serde(default)]
    pub(super) reinsert: Reinsert,
    #[serde(default)]
    pub(super) writes: Writes,
    pub(super) decimals: Option<Spanned<u8>>,
}

/// One column, or several that are the id together.
#[derive(Debug)]
pub(super) struct Columns(pub(super) Vec<String>);

impl<'de> Deserialize<'de> for Columns {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Columns;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a column, or a list of columns like [\"guild_id\", \"user_id\"]")
            }

            fn visit_str<E: de::Error>(self, column: &str) -> Result<Columns, E> {
                Ok(Columns(vec![column.to_owned()]))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Columns, A::Error> {
                let mut columns = Vec::new();
                while let Some(column) = list.next_element()? {
                    columns.push(column);
                }
                Ok(Columns(columns))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

/// An amount before its scale is known: a number, or a text with a decimal number.
#[derive(Debug)]
pub(super) struct Number(pub(super) String);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Number;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an amount: a number, or a text like \"12.34\"")
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Number, E> {
                Ok(Number(number.to_string()))
            }

            /// The shortest decimals that mean this float are those that were written, up to 15 digits.
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Number, E> {
                Ok(Number(number.to_string()))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Number, E> {
                Ok(Number(text.to_owned()))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

/// Reads the file's text.
pub(super) fn read(text: &str) -> Result<RawConfig, Located> {
    toml::from_str(text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        let fault = match Fault::from_message(error.message()) {
            Fault::Malformed(message) if message.starts_with("invalid") => {
                let key = key_before(text, span.start);
                Fault::Malformed(key.map_or(message.clone(), |key| format!("{key}: {message}")))
            }
            fault => fault,
        };
        Located { span, fault }
    })
}

/// The key of the value that begins at `start`, where both stand on one line.
fn key_before(text: &str, start: usize) -> Option<&str> {
    let line = text.get(..start)?.rsplit('\n').next()?;
    Some(line.split_once('=')?.0.trim())
}
