use onepurse_core::{AssetName, IdentityError, Platform};
use onepurse_postgres::AddressError;
use thiserror::Error;

use super::Place;
use crate::Decision;

/// What is said beforehand about a wrapped store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Whose bot it is.
    pub platform: Platform,
    /// Where what onepurse knows is kept. A file belongs to the bot's data: both are kept, moved and backed up together.
    pub sidecar: Place,
    /// What is counted.
    pub assets: Vec<AssetName>,
    /// What is right where a lot differs from what is known; without it nothing is synced then.
    pub answer: Option<Decision>,
}

/// What is said cannot be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// It is no name of a platform.
    #[error(transparent)]
    Platform(#[from] IdentityError),
    /// It is no file, and no database's URL.
    #[error("the sidecar's place cannot be used: {0}")]
    Sidecar(#[from] AddressError),
    /// `ONEPURSE_ANSWER` is no answer.
    #[error("ONEPURSE_ANSWER is ledger or count, not `{0}`")]
    Answer(String),
}

impl Settings {
    /// The coins of a platform's bot, with the path of a file or the `postgres://` URL of a database as the sidecar's place.
    /// `ONEPURSE_ANSWER` (`ledger` or `count`) is the answer, where it is set.
    pub fn new(platform: &str, sidecar: &str) -> Result<Self, SettingsError> {
        let assets = vec![AssetName::default()];
        Ok(Self { platform: platform.parse()?, sidecar: sidecar.parse()?, assets, answer: answer()? })
    }
}

fn answer() -> Result<Option<Decision>, SettingsError> {
    let told = std::env::var("ONEPURSE_ANSWER").unwrap_or_default().trim().to_lowercase();
    if told.is_empty() {
        return Ok(None);
    }
    Decision::from_word(&told).map(Some).ok_or(SettingsError::Answer(told))
}
