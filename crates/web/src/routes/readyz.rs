use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use crate::Website;

/// Says whether every platform is in step, and what is wrong where one is not. Why it is wrong can name servers and
/// roles, and is told on this machine alone.
pub(super) async fn ready(State(website): State<Website>) -> Response {
    let mut health = website.health.borrow().clone();
    if !website.address_is_loopback {
        health.keep_reasons_to_itself();
    }
    let status = if health.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(health)).into_response()
}
