use std::{borrow::Cow, collections::HashMap, fmt, str::FromStr};

use fluent_templates::{LanguageIdentifier, Loader, fluent_bundle::FluentValue, langid};
use serde::{Deserialize, Serialize};
use thiserror::Error;

fluent_templates::static_loader! {
    static LOCALES = {
        locales: "./locales",
        fallback_language: "en",
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

static EN: LanguageIdentifier = langid!("en");
static RU: LanguageIdentifier = langid!("ru");

/// A language that people are spoken to in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Russian.
    Ru,
}

/// The text names no language that is spoken here.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no language of onepurse: use `en` or `ru`")]
pub struct LanguageError(String);

impl Language {
    /// Its code: `en` or `ru`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ru => "ru",
        }
    }

    fn id(self) -> &'static LanguageIdentifier {
        match self {
            Self::En => &EN,
            Self::Ru => &RU,
        }
    }

    /// A message of `locales/`.
    pub(crate) fn text(self, key: &str) -> String {
        LOCALES.lookup(self.id(), key)
    }

    /// A message of `locales/` with one argument in it.
    pub(crate) fn text_with(
        self,
        key: &str,
        name: &'static str,
        value: impl Into<FluentValue<'static>>,
    ) -> String {
        LOCALES.lookup_with_args(self.id(), key, &HashMap::from([(Cow::from(name), value.into())]))
    }
}

impl FromStr for Language {
    type Err = LanguageError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "en" => Ok(Self::En),
            "ru" => Ok(Self::Ru),
            _ => Err(LanguageError(text.to_owned())),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn keys(messages: &str) -> BTreeSet<&str> {
        messages.lines().filter_map(|line| line.split_once(" =")).map(|(key, _)| key.trim()).collect()
    }

    #[test]
    fn both_languages_say_the_same() {
        let en = keys(include_str!("../locales/en/website.ftl"));
        assert!(en.len() > 20, "{en:?}");
        assert_eq!(en, keys(include_str!("../locales/ru/website.ftl")));
    }

    #[test]
    fn a_language_reads_back() {
        for language in [Language::En, Language::Ru] {
            assert_eq!(language.to_string().parse(), Ok(language));
        }
        assert_eq!("de".parse::<Language>(), Err(LanguageError("de".to_owned())));
    }
}
