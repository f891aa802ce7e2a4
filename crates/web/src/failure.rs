//! Why a request was not answered as asked, and how that is shown: a problem document (RFC 9457) to programs, a page
//! to people. Handlers only return a [`Failure`]; [`show`] dresses it, by the path that was asked for.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use onepurse_core::{AssetName, Identity, PurseId};
use onepurse_ledger::LedgerError;
use serde_json::json;
use thiserror::Error;

use crate::{Language, Website};

/// Why a request was not answered as asked.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    #[error("{0} was never seen")]
    IdentityUnknown(Identity),
    #[error("there is no purse {0}")]
    PurseUnknown(PurseId),
    #[error("the ledger counts no `{0}`")]
    AssetUnknown(AssetName),
    #[error("`{name}` cannot be understood: {why}")]
    BadParameter { name: &'static str, why: String },
    #[error("nothing is at this address")]
    NoSuchPage,
    #[error("only GET and HEAD are answered here")]
    MethodNotAllowed,
    #[error(
        "balances are shown on this machine only, because access control does not exist yet: listen on 127.0.0.1"
    )]
    NoAccessControl,
    #[error("this website answers to localhost, 127.0.0.1 and [::1] only")]
    WrongHost,
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error("the page could not be made: {0}")]
    Template(#[from] askama::Error),
}

impl Failure {
    pub(crate) fn bad(name: &'static str, why: impl Into<String>) -> Self {
        Self::BadParameter { name, why: why.into() }
    }

    /// As HTTP says it. Server errors may pass; anything else is about the question.
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::IdentityUnknown(_) | Self::PurseUnknown(_) | Self::AssetUnknown(_) | Self::NoSuchPage => {
                StatusCode::NOT_FOUND
            }
            Self::BadParameter { .. } => StatusCode::BAD_REQUEST,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NoAccessControl => StatusCode::FORBIDDEN,
            Self::WrongHost => StatusCode::MISDIRECTED_REQUEST,
            Self::Ledger(error) if error.is_retryable() => StatusCode::SERVICE_UNAVAILABLE,
            Self::Ledger(_) | Self::Template(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The name that programs may rely on.
    const fn name(&self) -> &'static str {
        match self {
            Self::IdentityUnknown(_) => "IdentityUnknown",
            Self::PurseUnknown(_) => "PurseUnknown",
            Self::AssetUnknown(_) => "UnknownAsset",
            Self::BadParameter { .. } => "BadParameter",
            Self::NoSuchPage => "NoSuchPage",
            Self::MethodNotAllowed => "MethodNotAllowed",
            Self::NoAccessControl => "NoAccessControl",
            Self::WrongHost => "WrongHost",
            Self::Ledger(error) if error.is_retryable() => "LedgerUnavailable",
            Self::Ledger(_) | Self::Template(_) => "Broken",
        }
    }

    /// The heading and the advice of its page, as messages of `locales/`.
    const fn messages(&self) -> (&'static str, &'static str) {
        match self.status() {
            StatusCode::NOT_FOUND => ("not-found", "not-found-advice"),
            StatusCode::BAD_REQUEST | StatusCode::METHOD_NOT_ALLOWED => ("bad-request", "bad-request-advice"),
            StatusCode::FORBIDDEN => ("no-access-control", "no-access-control-advice"),
            StatusCode::MISDIRECTED_REQUEST => ("wrong-host", "wrong-host-advice"),
            StatusCode::SERVICE_UNAVAILABLE => ("ledger-unavailable", "ledger-unavailable-advice"),
            _ => ("broken", "broken-advice"),
        }
    }

    fn as_problem(&self) -> Response {
        let status = self.status();
        let problem = json!({
            "type": format!("urn:onepurse:problem:{}", self.name()),
            "title": status.canonical_reason(),
            "status": status.as_u16(),
            "detail": self.to_string(),
        });
        (status, [(header::CONTENT_TYPE, "application/problem+json")], problem.to_string()).into_response()
    }

    fn as_page(&self, language: Language) -> Response {
        let (heading, advice) = self.messages();
        let page = FailurePage {
            language,
            heading: language.text(heading),
            advice: language.text(advice),
            detail: self.to_string(),
        };
        match page.render() {
            Ok(html) => (self.status(), Html(html)).into_response(),
            Err(_) => (self.status(), self.to_string()).into_response(),
        }
    }
}

#[derive(Template)]
#[template(path = "failure.html")]
struct FailurePage {
    language: Language,
    heading: String,
    advice: String,
    detail: String,
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// Gives a failure its body.
pub(crate) async fn show(State(website): State<Website>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let response = next.run(request).await;
    let Some(failure) = response.extensions().get::<Arc<Failure>>() else {
        return response;
    };
    if failure.status().is_server_error() {
        tracing::warn!(path, reason = %failure, "a page could not be shown");
    }
    if path.starts_with("/api/") { failure.as_problem() } else { failure.as_page(website.language) }
}
