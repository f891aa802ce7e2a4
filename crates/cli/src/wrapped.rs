//! Platforms of wrapped bots, which need not stand in the configuration: the ledger knows where their sidecars are.

use std::path::Path;

use onepurse_core::Platform;
use onepurse_ledger::{Ledger, LedgerError, Records};
use onepurse_replica::{
    Mass,
    wrap::{Place, Sidecar, Told},
};
use serde::Serialize;
use tokio::task::spawn_blocking;

use crate::{
    config::Database,
    house::House,
    texts::{Blank, Language},
    worker::Found,
};

/// What there is to say of platforms that stand in no configuration.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Wrapped {
    /// Those that nobody here can look at.
    pub(crate) elsewhere: Vec<Elsewhere>,
    /// Those whose bot waits until somebody has said what is right.
    pub(crate) asking: Vec<Asking>,
}

/// A platform that is attached to the ledger and cannot be looked at from here.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Elsewhere {
    name: Platform,
    /// Where it was attached, without secrets.
    location: String,
}

/// A bot whose store differs from what is known by more than a bot does.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Asking {
    name: Platform,
    mass: Mass,
}

impl Wrapped {
    pub(crate) fn words(&self, language: Language) -> Vec<String> {
        let elsewhere = self.elsewhere.iter().map(|Elsewhere { name, location }| {
            language.fill("elsewhere", [("platform", Blank::text(name)), ("place", Blank::text(location))])
        });
        let asking = self.asking.iter().map(|Asking { name, mass }| {
            let blanks = [
                ("platform", Blank::text(name)),
                ("changed", Blank::count(mass.changed)),
                ("gone", Blank::count(mass.gone)),
                ("of", Blank::count(mass.of)),
            ];
            language.fill("wrapped-asks", blanks)
        });
        elsewhere.chain(asking).collect()
    }

    /// Whether everything could be looked at, and nobody is asked anything.
    pub(crate) fn is_nothing(&self) -> bool {
        self.elsewhere.is_empty() && self.asking.is_empty()
    }
}

impl House {
    /// Adds the platforms whose sidecars are within reach, and says what else there is to say of them.
    pub(crate) async fn find_wrapped(&mut self) -> Result<Wrapped, LedgerError> {
        let mut wrapped = Wrapped::default();
        for platform in self.ledger.platforms().await? {
            if self.config.platforms.iter().any(|known| known.platform == platform) {
                continue;
            }
            let Some(known) = self.ledger.registration(platform.clone()).await? else { continue };
            if known.left_at.is_some() {
                continue;
            }
            let place = self.place(&known.location);
            match told(place, &platform).await {
                Some((place, told)) => {
                    wrapped.asking.extend(told.asks.map(|mass| Asking { name: platform, mass }));
                    let Found { place, platform, assets } = Found::of(&place, told);
                    self.config.add_wrapped(&place, platform, &assets, Path::new(""));
                }
                None => wrapped.elsewhere.push(Elsewhere { name: platform, location: known.location }),
            }
        }
        Ok(wrapped)
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
