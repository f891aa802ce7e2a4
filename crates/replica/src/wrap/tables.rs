use std::{error::Error, fmt::Debug};

use onepurse_core::Platform;

use super::{SidecarError, begin::Known, note::Batch};
use crate::Mass;

/// Where a sidecar keeps what it knows: for each asset a table `balance_<asset>` in which `value` is what the purse has and
/// `shown` what the store shows; and one `journal` of what the store was made to show since it was last durable.
pub(super) trait Tables: Send + Debug {
    /// Opens or makes them. What counts is noted there, so that others can tell. What they tell is returned.
    fn prepare(&mut self, told: &Told) -> Result<Told, Fault>;

    /// What the store shows of somebody.
    fn shown(&mut self, asset: &str, id: &str) -> Result<Option<i64>, Fault>;

    /// Everything, for comparing.
    fn known(&mut self, assets: &[&str]) -> Result<Known, Fault>;

    /// Id, `shown` and `value` where these differ.
    fn due(&mut self, asset: &str, limit: usize) -> Result<Vec<(String, i64, i64)>, Fault>;

    /// One durable transaction. What failed is sent again with what came since, or never.
    fn note(&mut self, batch: &Batch<'_>) -> Result<(), Fault>;

    /// The last line of the journal.
    fn mark(&mut self) -> Result<i64, Fault>;

    /// Forgets the lines up to this one.
    fn durable(&mut self, mark: i64) -> Result<(), Fault>;

    /// Notes that somebody is asked what is right, or is not any more.
    fn ask(&mut self, asks: Option<&str>) -> Result<(), Fault>;

    /// Another number whenever somebody else may have written.
    fn version(&mut self) -> Result<i64, Fault>;
}

/// What a sidecar says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Whose it is.
    pub platform: Platform,
    /// What is counted, by name.
    pub assets: Vec<String>,
    /// More differed than a bot does: nothing is noted until somebody has said what is right.
    pub asks: Option<Mass>,
}

impl Told {
    pub(super) fn read(platform: &str, assets: &str, asks: Option<&str>) -> Option<Self> {
        let assets = assets.split_whitespace().map(ToOwned::to_owned).collect();
        let asks = asks.and_then(|mass| serde_json::from_str(mass).ok());
        Some(Self { platform: platform.parse().ok()?, assets, asks })
    }

    /// Names are words, so a blank keeps them apart.
    pub(super) fn assets_text(&self) -> String {
        self.assets.join(" ")
    }

    /// What it will say once these count too; `None` where it says so already.
    pub(super) fn with(&self, asked: &Self) -> Result<Option<Self>, Fault> {
        if self.platform != asked.platform {
            return Err(Fault::OtherPlatform { is: self.platform.clone(), asked: asked.platform.clone() });
        }
        let mut all = self.clone();
        all.assets.extend(asked.assets.iter().filter(|asset| !self.assets.contains(asset)).cloned());
        Ok((all != *self).then_some(all))
    }
}

/// What went wrong, before it is known where.
#[derive(Debug)]
pub(super) enum Fault {
    Away(Box<dyn Error + Send + Sync>),
    NotASidecar,
    Newer,
    OtherPlatform { is: Platform, asked: Platform },
    Overflow,
}

impl Fault {
    pub(super) fn at(self, place: &impl ToString) -> SidecarError {
        let place = place.to_string();
        match self {
            Self::Away(source) => SidecarError::Unavailable { place, source },
            Self::NotASidecar => SidecarError::NotASidecar { place },
            Self::Newer => SidecarError::Newer { place },
            Self::OtherPlatform { is, asked } => SidecarError::OtherPlatform { place, is, asked },
            Self::Overflow => SidecarError::WouldOverflow { place },
        }
    }
}
