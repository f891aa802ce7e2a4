//! Everything that is written for people, in their language.

use fluent_templates::{LanguageIdentifier, Loader, fluent_bundle::FluentValue, langid, static_loader};
use serde::Deserialize;
use std::{borrow::Cow, collections::HashMap};

static_loader! {
    static LOCALES = {
        locales: "./locales",
        fallback_language: "en",
        // A terminal shows the marks that would isolate right-to-left arguments as garbage.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

static ENGLISH: LanguageIdentifier = langid!("en");
static RUSSIAN: LanguageIdentifier = langid!("ru");

/// A language that people are spoken to in.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Language {
    /// English.
    #[default]
    En,
    /// Russian.
    Ru,
}

impl Language {
    /// The code, as it is written in the configuration.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ru => "ru",
        }
    }

    /// The language that a locale of the environment names, like `ru_RU.UTF-8`.
    pub(crate) fn of_locale(locale: &str) -> Self {
        if locale.starts_with("ru") { Self::Ru } else { Self::En }
    }

    /// The text of this name.
    pub(crate) fn text(self, id: &str) -> String {
        LOCALES.lookup(self.identifier(), id)
    }

    /// The text of this name with its blanks filled in.
    pub(crate) fn fill<const N: usize>(self, id: &str, blanks: [(&'static str, Blank); N]) -> String {
        let blanks: HashMap<Cow<'static, str>, FluentValue<'_>> =
            blanks.into_iter().map(|(name, Blank(value))| (Cow::Borrowed(name), value)).collect();
        LOCALES.lookup_with_args(self.identifier(), id, &blanks)
    }

    fn identifier(self) -> &'static LanguageIdentifier {
        match self {
            Self::En => &ENGLISH,
            Self::Ru => &RUSSIAN,
        }
    }
}

/// What fills a blank of a text.
pub(crate) struct Blank(FluentValue<'static>);

impl Blank {
    /// A number that only chooses the form of a word and is shown with no separators.
    pub(crate) fn count(number: u64) -> Self {
        Self(FluentValue::from(number))
    }

    /// Anything that can be shown, as it is.
    pub(crate) fn text(shown: &impl ToString) -> Self {
        Self(FluentValue::from(shown.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EN: &str = include_str!("../locales/en/cli.ftl");
    const RU: &str = include_str!("../locales/ru/cli.ftl");

    /// Each text's name with the blanks that it has, sorted.
    fn shapes(file: &str) -> Vec<(String, Vec<String>)> {
        let mut shapes: Vec<(String, Vec<String>)> = Vec::new();
        for line in file.lines().filter(|line| !line.starts_with('#')) {
            if let Some((name, _)) = line.split_once(" =").filter(|_| line.starts_with(char::is_alphabetic)) {
                shapes.push((name.to_owned(), Vec::new()));
            }
            let blanks = line.split('$').skip(1).map(|rest| {
                rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
            });
            if let Some((_, known)) = shapes.last_mut() {
                known.extend(blanks);
            }
        }
        for (_, blanks) in &mut shapes {
            blanks.sort();
            blanks.dedup();
        }
        shapes.sort();
        shapes
    }

    #[test]
    fn both_languages_say_the_same_things() {
        assert_eq!(shapes(EN), shapes(RU));
        assert!(!shapes(EN).is_empty());
    }

    #[test]
    fn texts_are_filled_in() {
        for (language, count, expected) in [
            (Language::En, 1, "1 entry"),
            (Language::En, 2, "2 entries"),
            (Language::Ru, 1, "1 запись"),
            (Language::Ru, 3, "3 записи"),
            (Language::Ru, 1005, "1005 записей"),
        ] {
            assert_eq!(language.fill("entries", [("count", Blank::count(count))]), expected);
        }
    }

    #[test]
    fn a_locale_names_a_language() {
        for (locale, language) in [
            ("ru_RU.UTF-8", Language::Ru),
            ("ru", Language::Ru),
            ("C.UTF-8", Language::En),
            ("", Language::En),
        ] {
            assert_eq!(Language::of_locale(locale), language, "{locale}");
        }
    }
}
