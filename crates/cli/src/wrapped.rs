//! Platforms of wrapped bots, which need not stand in the configuration: the ledger knows where their sidecars are.

use std::path::Path;

use onepurse_core::Platform;
use onepurse_ledger::{Ledger, LedgerError, Records};
use onepurse_replica::wrap::{Place, Sidecar, Told};
use serde::Serialize;
use tokio::task::spawn_blocking;

use crate::{
    config::Database,
    house::House,
    texts::{Blank, Language},
};

/// A platform that is attached to the ledger and cannot be looked at from here.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Elsewhere {
    name: Platform,
    /// Where it was attached, without secrets.
    location: String,
}

impl Elsewhere {
    pub(crate) fn words(&self, language: Language) -> String {
        let blanks = [("platform", Blank::text(&self.name)), ("place", Blank::text(&self.location))];
        language.fill("elsewhere", blanks)
    }
}

impl House {
    /// Adds the platforms whose sidecars are within reach, and says which platforms are not.
    pub(crate) async fn find_wrapped(&mut self) -> Result<Vec<Elsewhere>, LedgerError> {
        let mut elsewhere = Vec::new();
        for platform in self.ledger.platforms().await? {
            if self.config.platforms.iter().any(|known| known.platform == platform) {
                continue;
            }
            let Some(known) = self.ledger.registration(platform.clone()).await? else { continue };
            if known.left_at.is_some() {
                continue;
            }
            let place = self.place(&known.location);
            match told(place.clone(), &platform).await {
                Some((place, told)) => {
                    let assets: Vec<_> = told.assets.iter().filter_map(|asset| asset.parse().ok()).collect();
                    self.config.add_wrapped(&place, platform, &assets, Path::new(""));
                }
                None => elsewhere.push(Elsewhere { name: platform, location: known.location }),
            }
        }
        Ok(elsewhere)
    }

    /// A registration names its place without a password: the ledger's own is known.
    fn place(&self, location: &str) -> Option<Place> {
        let place: Place = location.parse().ok()?;
        match (&place, &self.config.ledger) {
            (Place::Schema(one), Database::Postgres(ledger)) if one.is_same_database(ledger) => {
                Some(Place::Schema(ledger.clone()))
            }
            _ => Some(place),
        }
    }
}

/// What the platform's sidecar says of itself, if there is one.
async fn told(place: Option<Place>, platform: &Platform) -> Option<(Place, Told)> {
    let place = place?;
    let at = place.clone();
    // To ask a server waits for it.
    let all = spawn_blocking(move || Sidecar::told(&at)).await.ok()?.ok()?;
    Some((place, all.into_iter().find(|told| told.platform == *platform)?))
}
