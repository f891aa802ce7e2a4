use std::{fmt, path::PathBuf, str::FromStr};

use onepurse_core::{AssetName, Platform};
use onepurse_postgres::{Address, AddressError};

/// Where a sidecar is. Shown without a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A file, which belongs to the bot's data.
    File(PathBuf),
    /// A schema of its own, `onepurse_sidecar_<platform>`, in a PostgreSQL database.
    Schema(Box<Address>),
}

impl Place {
    /// The table that stands for a balance in the store, as a mapping names it.
    pub(super) fn table(&self, platform: &Platform, asset: &AssetName) -> String {
        match self {
            Self::File(_) => table_of(asset.as_str()),
            Self::Schema(_) => format!("{}.{}", schema_of(platform), table_of(asset.as_str())),
        }
    }
}

pub(super) fn table_of(asset: &str) -> String {
    format!("balance_{asset}")
}

pub(super) fn schema_of(platform: &Platform) -> String {
    format!("{SCHEMAS}{platform}")
}

/// What the names of all sidecars' schemas begin with.
pub(super) const SCHEMAS: &str = "onepurse_sidecar_";

/// `postgres://user:password@host:port/name`, `sqlite:///srv/bot.onepurse`, or the path of a file.
impl FromStr for Place {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Schema(Box::new(text.parse()?)));
        }
        let path = text.strip_prefix("sqlite://").unwrap_or(text);
        Ok(Self::File(path.into()))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Schema(address) => address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_file_or_a_schema() {
        for path in ["bot.onepurse", "/srv/bot.onepurse"] {
            assert_eq!(path.parse(), Ok(Place::File(path.into())));
            assert_eq!(format!("sqlite://{path}").parse(), Ok(Place::File(path.into())));
        }
        let place: Place = "postgres://bot:secret@db.example/coins".parse().unwrap();
        assert_eq!(place.to_string(), "postgres://bot@db.example:5432/coins");
        assert!(!format!("{place:?}").contains("secret"), "{place:?}");
        assert_eq!("postgres://".parse::<Place>(), Err(AddressError::NoHost));
    }
}
