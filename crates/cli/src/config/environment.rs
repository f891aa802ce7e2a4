//! What the environment says besides the file, as hosts like Railway do.

use std::{collections::BTreeMap, path::Path};

use super::{ConfigError, Fault, Place, raw::RawConfig, url};

/// Its variables. They hold passwords, and are not shown.
#[derive(Clone, Default)]
pub(crate) struct Environment(BTreeMap<String, String>);

impl Environment {
    /// That of this process.
    pub(crate) fn of_process() -> Self {
        // What is no text is nothing that counts here.
        let texts = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self(texts.collect())
    }

    /// One in which just these are set.
    pub(crate) fn of(variables: &[(&str, &str)]) -> Self {
        Self(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    /// A variable that is empty says nothing.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Says where the ledger is.
    pub(super) fn has_ledger(&self) -> bool {
        self.get("DATABASE_URL").is_some()
    }

    /// Says in the file's place where the ledger is (`DATABASE_URL`), and where the website listens on every address if
    /// the file does not say where it listens (`PORT`).
    pub(super) fn replace(&self, raw: &mut RawConfig, folder: &Path) -> Result<(), ConfigError> {
        let wrong = |variable, fault| ConfigError::Wrong { place: Place::Environment(variable), fault };
        if let Some(url) = self.get("DATABASE_URL") {
            let named = url::read_ledger(url, folder)
                .map_err(|fault| wrong("DATABASE_URL", Fault::EnvironmentUrl(fault)))?;
            raw.ledger.replaced = Some(named);
        }
        if let Some(port) = self.get("PORT") {
            let port = port.parse().map_err(|_| wrong("PORT", Fault::NoPort(port.to_owned())))?;
            raw.website.port = Some(port);
        }
        Ok(())
    }

    /// What the file says, or the variable that it names in its place: `$DATABASE_URL`.
    pub(super) fn resolve<'t>(&'t self, text: &'t str) -> Result<&'t str, Fault> {
        let is_name = |name: &str| {
            !name.is_empty() && name.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '_')
        };
        match text.strip_prefix('$').filter(|name| is_name(name)) {
            Some(name) => self.get(name).ok_or_else(|| Fault::NoVariable(name.to_owned())),
            None => Ok(text),
        }
    }
}
