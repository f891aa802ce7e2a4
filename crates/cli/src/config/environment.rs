//! What the environment says besides the file, as hosts like Railway do.

use std::path::Path;

use super::{ConfigError, Fault, Place, raw::RawConfig, url};

/// The variables that count, as they are set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Environment {
    /// `DATABASE_URL`: where the ledger is, whatever the file says.
    pub(crate) database_url: Option<String>,
    /// `PORT`: where the website listens on every address, if the file does not say where.
    pub(crate) port: Option<String>,
}

impl Environment {
    /// That of this process.
    pub(crate) fn of_process() -> Self {
        let variable = |name| std::env::var(name).ok();
        Self { database_url: variable("DATABASE_URL"), port: variable("PORT") }
    }

    /// Says it in the file's place. A variable that is empty says nothing.
    pub(super) fn replace(&self, raw: &mut RawConfig, folder: &Path) -> Result<(), ConfigError> {
        let wrong = |variable, fault| ConfigError::Wrong { place: Place::Environment(variable), fault };
        if let Some(url) = self.database_url.as_deref().filter(|url| !url.is_empty()) {
            let named = url::read(url, folder)
                .map_err(|fault| wrong("DATABASE_URL", Fault::EnvironmentUrl(fault)))?;
            raw.ledger.replaced = Some(named);
        }
        if let Some(port) = self.port.as_deref().filter(|port| !port.is_empty()) {
            let port = port.parse().map_err(|_| wrong("PORT", Fault::NoPort(port.to_owned())))?;
            raw.website.port = Some(port);
        }
        Ok(())
    }
}
