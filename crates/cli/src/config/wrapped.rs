//! Platforms whose bots are wrapped: they need not stand in the file, since their sidecars say all there is to know.

use std::path::Path;

use onepurse_core::{Asset, AssetName, Platform, Scale};
use onepurse_replica::wrap::{Place, Sidecar};

use super::{Config, ConfigError, Database, Environment, PlatformConfig};
use crate::texts::Language;

impl Config {
    /// A configuration in which there is only a ledger, and what is wrapped.
    pub(crate) fn of_ledger(url: &str, language: Language, folder: &Path) -> Result<Self, ConfigError> {
        let environment = Environment::of(&[("DATABASE_URL", url)]);
        let mut config = Self::read(Path::new(""), folder, "", &environment)?;
        config.language = language;
        config.assets.clear();
        Ok(config)
    }

    /// Adds the platform of a sidecar; relative paths count from `folder`.
    pub(crate) fn add_wrapped(
        &mut self,
        place: &Place,
        platform: Platform,
        assets: &[AssetName],
        folder: &Path,
    ) {
        let balances = Sidecar::mappings(place, &platform, assets);
        let database = match place {
            Place::File(path) => Database::Sqlite(folder.join(path)),
            Place::Schema(address) => Database::Postgres(address.clone()),
        };
        for asset in assets {
            if self.assets.iter().all(|known| known.name != *asset) {
                self.assets.push(Asset::new(asset.clone(), Scale::WHOLE));
            }
        }
        let seat = database.seat(folder, &platform);
        self.platforms.push(PlatformConfig { platform, database, seat, balances });
    }
}
