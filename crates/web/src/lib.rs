//! The website: a leaderboard and a page for each purse, both live, and the same numbers as JSON.
//!
//! It reads the ledger through [`Records`] and changes nothing. Every page works without JavaScript; with it, one
//! server-sent-event stream a page brings what is shown up to date (`live`). A URL names its file in `routes`.
//! What a visitor is refused, and why, is said in `guard`; how a failure is shown, in `failure`.

mod failure;
mod guard;
mod health;
mod language;
mod live;
mod routes;
mod serve;
mod show;

use std::{fmt, sync::Arc};

use axum::Router;
use onepurse_ledger::Records;
use tokio::sync::watch;

pub use health::{Health, PlatformHealth};
pub use language::{Language, LanguageError};
pub use serve::serve;

/// What the website shows, and how.
#[derive(Clone)]
pub struct Website {
    /// Where it reads.
    pub records: Arc<dyn Records>,
    /// Changes whenever the ledger's log may have grown: `Ledger::hints`.
    pub hints: watch::Receiver<u64>,
    /// How the rest of the program is doing.
    pub health: watch::Receiver<Health>,
    /// What the pages speak. JSON is English, always.
    pub language: Language,
    /// True where only this machine can reach the website. Elsewhere balances are not shown, to nobody, because
    /// nobody can yet prove who they are.
    pub address_is_loopback: bool,
}

impl fmt::Debug for Website {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Website")
            .field("language", &self.language)
            .field("address_is_loopback", &self.address_is_loopback)
            .finish_non_exhaustive()
    }
}

/// Everything that the website answers. [`serve`] brings it to a socket.
pub fn router(website: Website) -> Router {
    routes::all(website)
}
