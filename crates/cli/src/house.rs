//! Everything that a configuration names, ready to be worked with: the one place where the parts are put together.

use std::sync::Arc;

use onepurse_core::Platform;
use onepurse_ledger::{GroupCommit, Ledger, LedgerError};
use onepurse_replica::Decision;
use onepurse_sync::{Engine, Observer, Options, Parts};

use crate::{
    clock::SystemClock,
    config::{Config, PlatformConfig},
    error::{Exit, Failure},
    lazy_ledger::{LazyLedger, Opening},
    output::{self, Report},
    random::OsRandom,
};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// The ledger as everyone in the house shares it.
pub(crate) type HouseLedger = GroupCommit<LazyLedger>;

/// A configuration and its ledger.
pub(crate) struct House {
    pub(crate) config: Config,
    pub(crate) ledger: Arc<HouseLedger>,
}

impl House {
    /// Nothing is opened yet.
    pub(crate) fn of(config: Config, opening: Opening) -> Result<Self, Failure> {
        let ledger = GroupCommit::new(Arc::new(LazyLedger::new(config.clone(), opening)))
            .map_err(|source| Failure::System { doing: "starting", source })?;
        Ok(Self { config, ledger: Arc::new(ledger) })
    }

    /// An asset that the ledger counts with another scale is a fault of the configuration, which no waiting mends; that
    /// the ledger cannot be used now is none.
    pub(crate) async fn check_scales(&self) -> Result<(), Failure> {
        match self.ledger.id().await {
            Err(wrong @ LedgerError::OtherScale { .. }) => Err(wrong.into()),
            _ => Ok(()),
        }
    }

    /// An engine between this platform's database and the ledger.
    pub(crate) fn engine(
        &self,
        platform: &PlatformConfig,
        observer: Arc<dyn Observer>,
        decision: Option<Decision>,
    ) -> Engine {
        let parts = Parts {
            replica: platform.replica(),
            ledger: Arc::clone(&self.ledger) as _,
            clock: Arc::new(SystemClock),
            random: Arc::new(OsRandom),
            observer,
        };
        let keep_ms = i64::from(self.config.keep_days).saturating_mul(DAY_MS);
        Engine::new(parts, Options { keep_ms, decision })
    }

    /// Prints a report in the house's language, or as JSON.
    pub(crate) fn tell(&self, report: &impl Report, json: bool) -> Result<Exit, Failure> {
        output::print(report, json, self.config.language)
    }

    /// Those of the configuration that are named; all of them where none is.
    pub(crate) fn platforms(&self, named: &[Platform]) -> Result<Vec<&PlatformConfig>, Failure> {
        if named.is_empty() {
            return Ok(self.config.platforms.iter().collect());
        }
        named.iter().map(|name| Ok(self.config.platform(name)?)).collect()
    }
}
