use std::path::PathBuf;

use onepurse_core::{AssetName, IdentityError, Platform};

use crate::Decision;

/// What is said beforehand about a wrapped store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Whose bot it is.
    pub platform: Platform,
    /// The file that is kept beside the bot's own. It belongs to the bot's data: both are kept, moved and backed up together.
    pub sidecar: PathBuf,
    /// What is counted.
    pub assets: Vec<AssetName>,
    /// What is right where a lot differs from what is known; without it nothing is synced then.
    pub answer: Option<Decision>,
}

impl Settings {
    /// The coins of a platform's bot. `ONEPURSE_ANSWER` (`ledger` or `count`) is the answer, where it is set.
    pub fn new(platform: &str, sidecar: impl Into<PathBuf>) -> Result<Self, IdentityError> {
        let answer = std::env::var("ONEPURSE_ANSWER").ok().and_then(|word| Decision::from_word(&word));
        let assets = vec![AssetName::default()];
        Ok(Self { platform: platform.parse()?, sidecar: sidecar.into(), assets, answer })
    }
}
