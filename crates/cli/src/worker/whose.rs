use std::path::Path;

use onepurse_core::Platform;
use onepurse_replica::wrap::{Place, Sidecar};

use crate::config::{Config, Database, Environment};

/// Whose sidecar is in a file: as a configuration says that names it among its platforms, else as the sidecar itself says. A
/// database has room for everybody's, so that it is there says nothing.
#[must_use]
pub fn whose(sidecar: &str, config: &Path) -> Option<Platform> {
    let place: Place = sidecar.parse().ok()?;
    let Place::File(path) = &place else { return None };
    // What is wrong in a configuration is said by whoever cannot do without.
    let platforms =
        Config::load(config, &Environment::of_process()).map_or(vec![], |config| config.platforms);
    let here = Database::Sqlite(path.clone());
    if let Some(named) = platforms.into_iter().find(|platform| platform.database.is_same(&here)) {
        return Some(named.platform);
    }
    Some(Sidecar::told(&place).ok()?.into_iter().next()?.platform)
}
