//! What answers to which URL: the URL tells the file.

mod api;
mod assets;
mod healthz;
mod identities;
mod leaderboard;
mod purse;
mod readyz;

use axum::{
    Router,
    extract::rejection::{PathRejection, QueryRejection},
    middleware::{from_fn, from_fn_with_state},
    routing::get,
};
use onepurse_core::{Identity, IdentityError};

use crate::{Website, failure, failure::Failure, guard};

pub(crate) fn all(website: Website) -> Router {
    let balances = Router::new()
        .route("/", get(leaderboard::page))
        .route("/events", get(leaderboard::events))
        .route("/purses/{id}", get(purse::page))
        .route("/purses/{id}/events", get(purse::events))
        .route("/identities/{platform}/{external}", get(identities::redirect))
        .route("/api/v1/identities/{platform}/{external}", get(api::identity::show))
        .route("/api/v1/identities/{platform}/{external}/entries", get(api::entries::list))
        .route_layer(from_fn_with_state(website.clone(), guard::refuse_remote));
    Router::new()
        .merge(balances)
        .route("/assets/{name}", get(assets::file))
        .route("/healthz", get(healthz::alive))
        .route("/readyz", get(readyz::ready))
        .fallback(async || Failure::NoSuchPage)
        .method_not_allowed_fallback(async || Failure::MethodNotAllowed)
        .layer(from_fn_with_state(website.clone(), guard::refuse_other_hosts))
        .layer(from_fn_with_state(website.clone(), failure::show))
        .layer(from_fn(guard::harden))
        .with_state(website)
}

/// The identity that a path names.
fn identity((platform, external): (String, String)) -> Result<Identity, Failure> {
    let platform =
        platform.parse().map_err(|error: IdentityError| Failure::bad("platform", error.to_string()))?;
    let external =
        external.parse().map_err(|error: IdentityError| Failure::bad("external", error.to_string()))?;
    Ok(Identity::new(platform, external))
}

/// The number of an entry to list from, as `?before=` gives it.
fn before(seq: Option<i64>) -> Result<Option<i64>, Failure> {
    match seq {
        Some(seq) if seq < 1 => Err(Failure::bad("before", "entries are numbered from 1")),
        seq => Ok(seq),
    }
}

impl From<QueryRejection> for Failure {
    fn from(rejection: QueryRejection) -> Self {
        Self::bad("query", rejection.body_text())
    }
}

impl From<PathRejection> for Failure {
    fn from(rejection: PathRejection) -> Self {
        Self::bad("path", rejection.body_text())
    }
}
