use serde::Serialize;

/// How the program is doing, as `/readyz` tells it and as the pages hint at it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Health {
    /// True when every platform is in step with the ledger.
    pub ready: bool,
    /// Each platform.
    pub platforms: Vec<PlatformHealth>,
    /// Why the ledger cannot be used now; nothing when it can.
    pub ledger: Option<String>,
}

/// How one platform is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlatformHealth {
    /// The platform's name.
    pub name: String,
    /// Its state in a word.
    pub state: String,
    /// What is wrong, where something is.
    pub reason: Option<String>,
}

impl Health {
    /// Leaves only that something is wrong, and not why.
    pub(crate) fn keep_reasons_to_itself(&mut self) {
        self.ledger = self.ledger.take().map(|_| "unavailable".to_owned());
        for platform in &mut self.platforms {
            platform.reason = None;
        }
    }

    /// What is wrong, in sentences; empty when nothing is.
    pub(crate) fn troubles(&self) -> Vec<String> {
        let platforms = self.platforms.iter().filter_map(|platform| {
            let reason = platform.reason.as_ref()?;
            Some(format!("{}: {reason}", platform.name))
        });
        self.ledger.iter().cloned().chain(platforms).collect()
    }
}
