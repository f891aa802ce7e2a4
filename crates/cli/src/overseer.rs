//! Where every platform stands, for the log, the website and the operator.

use std::{future::pending, sync::Arc};

use onepurse_core::Platform;
use onepurse_replica::ReplicaError;
use onepurse_sync::{Standing, SyncError, status::State};
use onepurse_web::{Health, PlatformHealth};

use crate::{
    crew::Crew,
    house::House,
    texts::{Blank, Language},
};

/// Tells the log, and `each` after every change, where the engines stand, for ever.
pub(crate) async fn oversee(house: &House, crew: &Crew, mut each: impl FnMut(&Overseer)) {
    let language = house.config.language;
    let platforms = house.config.platforms.iter().map(|platform| platform.platform.clone());
    let mut overseer = Overseer::new(language, platforms);
    let mut standings = crew.standings();
    let mut said: Vec<Option<String>> = vec![None; house.config.platforms.len()];
    loop {
        each(&overseer);
        for (place, (said, (_, _, reason))) in said.iter_mut().zip(overseer.states()).enumerate() {
            if *said != reason {
                crew.say(place, reason.as_deref());
                *said = reason;
            }
        }
        match standings.recv().await {
            Some((place, Some(standing))) => overseer.note(place, standing),
            Some((place, None)) => {
                if let Some(platform) = crew.platform(place) {
                    let text = language.fill("log-ended", [("platform", Blank::text(platform))]);
                    tracing::error!(%platform, happening = "ended", "{text}");
                }
            }
            None => pending().await,
        }
    }
}

/// Hears where engines stand, and tells the log of each trouble once, until it changes.
pub(crate) struct Overseer {
    language: Language,
    platforms: Vec<Overseen>,
    ledger_trouble: Option<String>,
}

struct Overseen {
    platform: Platform,
    standing: Standing,
    told: Option<String>,
}

impl Overseer {
    /// Of engines that have not begun.
    pub(crate) fn new(language: Language, platforms: impl Iterator<Item = Platform>) -> Self {
        let begin = |platform| Overseen { platform, standing: Standing::default(), told: None };
        Self { language, platforms: platforms.map(begin).collect(), ledger_trouble: None }
    }

    /// The engine at `place` stands there now.
    pub(crate) fn note(&mut self, place: usize, standing: Standing) {
        let Some(overseen) = self.platforms.get_mut(place) else { return };
        overseen.standing = standing;
        match trouble(&overseen.standing) {
            Trouble::Own(reason) if overseen.told.as_ref() != Some(&reason) => {
                let platform = &overseen.platform;
                let blanks = [("platform", Blank::text(platform)), ("reason", Blank::text(&reason))];
                tracing::warn!(%platform, happening = "trouble", "{}", self.language.fill("log-trouble", blanks));
                overseen.told = Some(reason);
            }
            Trouble::Own(_) | Trouble::Passing => {}
            Trouble::Ledger(_) | Trouble::None => overseen.told = None,
        }
        self.look_at_ledger();
    }

    fn look_at_ledger(&mut self) {
        let trouble = self.platforms.iter().find_map(|overseen| match trouble(&overseen.standing) {
            Trouble::Ledger(reason) => Some(reason),
            _ => None,
        });
        if trouble == self.ledger_trouble {
            return;
        }
        match &trouble {
            Some(reason) => {
                let text = self.language.fill("log-ledger-trouble", [("reason", Blank::text(reason))]);
                tracing::warn!(happening = "ledger trouble", "{text}");
            }
            None => {
                tracing::info!(happening = "ledger back", "{}", self.language.text("log-ledger-back"));
            }
        }
        self.ledger_trouble = trouble;
    }

    /// Every platform is in step.
    pub(crate) fn all_in_step(&self) -> bool {
        self.platforms.iter().all(|overseen| matches!(overseen.standing, Standing::InStep))
    }

    /// Why the ledger cannot be used, if it cannot.
    pub(crate) fn ledger_trouble(&self) -> Option<&str> {
        self.ledger_trouble.as_deref()
    }

    /// Each platform's state, and why, where that is not plain.
    pub(crate) fn states(&self) -> impl Iterator<Item = (&Platform, State, Option<String>)> {
        self.platforms.iter().map(|overseen| {
            let (state, reason) = state(&overseen.standing);
            (&overseen.platform, state, reason)
        })
    }

    /// The same for the website.
    pub(crate) fn health(&self) -> Health {
        let platform = |(platform, state, reason): (&Platform, State, Option<String>)| PlatformHealth {
            name: platform.to_string(),
            state: word(state).to_owned(),
            // What is said of the ledger is said once.
            reason: reason.filter(|reason| self.ledger_trouble.as_ref() != Some(reason)),
        };
        Health {
            ready: self.all_in_step(),
            platforms: self.states().map(platform).collect(),
            ledger: self.ledger_trouble.clone(),
        }
    }
}

enum Trouble {
    None,
    /// The bot holds its database for a moment: no news.
    Passing,
    Own(String),
    Ledger(String),
}

fn trouble(standing: &Standing) -> Trouble {
    let Standing::Failing(error) = standing else { return Trouble::None };
    match &**error {
        error if error.is_busy() => Trouble::Passing,
        SyncError::Ledger(error) => Trouble::Ledger(error.to_string()),
        error => Trouble::Own(error.to_string()),
    }
}

/// A standing as a state with its reason.
pub(crate) fn state(standing: &Standing) -> (State, Option<String>) {
    match standing {
        Standing::Starting => (State::Behind, None),
        Standing::InStep => (State::InStep, None),
        Standing::Paused(question) => (State::Paused, Some(question.to_string())),
        Standing::Failing(error) => (failing(error), Some(error.to_string())),
    }
}

fn failing(error: &Arc<SyncError>) -> State {
    match &**error {
        error if error.is_busy() => State::Behind,
        SyncError::Ledger(_) => State::Behind,
        SyncError::Refused(_) | SyncError::Replica(ReplicaError::Refused { .. }) => State::Refused,
        SyncError::Replica(_) => State::Unreachable,
    }
}

/// A state's word, in English.
pub(crate) const fn word(state: State) -> &'static str {
    match state {
        State::InStep => "in step",
        State::Behind => "behind",
        State::Paused => "paused",
        State::Refused => "refused",
        State::Unreachable => "unreachable",
        State::NotAttached => "not attached",
    }
}

#[cfg(test)]
mod tests {
    use onepurse_ledger::LedgerError;

    use super::*;

    fn failing(error: impl Into<SyncError>) -> Standing {
        Standing::Failing(Arc::new(error.into()))
    }

    fn overseer() -> Overseer {
        let platforms = ["telegram", "discord"].map(|name| name.parse().unwrap());
        Overseer::new(Language::En, platforms.into_iter())
    }

    #[test]
    fn all_have_to_be_in_step() {
        let mut overseer = overseer();
        overseer.note(0, Standing::InStep);
        assert!(!overseer.all_in_step() && !overseer.health().ready);
        overseer.note(1, Standing::InStep);
        assert!(overseer.all_in_step() && overseer.health().ready);
    }

    #[test]
    fn the_ledgers_trouble_is_told_once_and_over_when_nobody_has_it() {
        let mut overseer = overseer();
        let missing = || failing(LedgerError::Missing { place: "l.db".to_owned() });
        overseer.note(0, missing());
        overseer.note(1, missing());
        let health = overseer.health();
        assert_eq!(health.ledger.as_deref(), Some("there is no ledger at l.db"));
        assert!(
            health.platforms.iter().all(|platform| platform.reason.is_none() && platform.state == "behind")
        );
        overseer.note(0, Standing::InStep);
        assert!(overseer.ledger_trouble().is_some());
        overseer.note(1, Standing::InStep);
        assert_eq!(overseer.ledger_trouble(), None);
    }

    #[test]
    fn a_platforms_own_trouble_is_its_own() {
        let mut overseer = overseer();
        overseer.note(0, Standing::InStep);
        for (error, state) in [
            (ReplicaError::Missing { place: "b.db".to_owned() }, "unreachable"),
            (ReplicaError::Refused { place: "b.db".to_owned(), problems: Vec::new() }, "refused"),
            (ReplicaError::Busy { place: "b.db".to_owned() }, "behind"),
        ] {
            let reason = error.to_string();
            overseer.note(1, failing(error));
            let health = overseer.health();
            assert_eq!((health.ledger.as_deref(), health.ready), (None, false));
            assert_eq!(health.platforms[1].state, state);
            assert_eq!(health.platforms[1].reason.as_deref(), Some(reason.as_str()));
        }
    }
}
