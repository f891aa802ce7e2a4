//! What people write, as the program reads it, for whoever wants to try its readers without running it: fuzzing.
//!
//! Nothing is opened and nothing is printed; what is refused says where and why, as the program would.

use std::{ffi::OsString, path::Path, time::Duration};

use clap::Parser;

use crate::{
    args::{Arguments, platforms},
    config::{Config, ConfigError, Database, Environment, Place},
};

/// The file and the folder that a text is taken to stand in.
const FILE: &str = "/etc/op/onepurse.toml";
const FOLDER: &str = "/etc/op";

/// A configuration that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted(Config);

impl Accepted {
    /// Every file that it names, the ledger's first where it is one.
    #[must_use]
    pub fn files(&self) -> Vec<&Path> {
        let databases = self.0.platforms.iter().map(|platform| &platform.database);
        std::iter::once(&self.0.ledger).chain(databases).filter_map(Database::file).collect()
    }

    /// Every mapping that it asks for.
    pub fn mappings(&self) -> impl Iterator<Item = &onepurse_replica::Mapping> {
        self.0.platforms.iter().flat_map(|platform| &platform.balances)
    }

    /// Everything that is counted.
    #[must_use]
    pub fn assets(&self) -> &[onepurse_core::Asset] {
        &self.0.assets
    }
}

/// Why a configuration was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Line and column, both from 1; `None` where the environment is at fault.
    pub place: Option<(usize, usize)>,
    /// What the program says.
    pub message: String,
    /// What it advises.
    pub hint: Option<String>,
}

impl From<ConfigError> for Refused {
    fn from(error: ConfigError) -> Self {
        let place = match &error {
            ConfigError::Wrong { place: Place::File { line, column, .. }, .. } => Some((*line, *column)),
            _ => None,
        };
        Self { place, message: error.to_string(), hint: error.hint() }
    }
}

/// Reads the text of a configuration; `database_url`, unless empty, stands for the variable of the environment.
pub fn configuration(text: &str, database_url: Option<&str>) -> Result<Accepted, Refused> {
    let environment = Environment::of(&[("DATABASE_URL", database_url.unwrap_or_default())]);
    let config = Config::read(Path::new(FILE), Path::new(FOLDER), text, &environment)?;
    Ok(Accepted(config))
}

/// Reads a span of time, like `500ms`, `30s` or `2m`.
pub fn duration(text: &str) -> Result<Duration, String> {
    platforms::duration(text)
}

/// Reads the words after the program's name.
pub fn command_line(words: &[OsString]) -> Result<(), String> {
    let program = OsString::from("onepurse");
    Arguments::try_parse_from(std::iter::once(&program).chain(words))
        .map(drop)
        .map_err(|error| error.to_string())
}
