use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use crate::Website;

/// Says whether every platform is in step, and what is wrong where one is not.
pub(super) async fn ready(State(website): State<Website>) -> Response {
    let health = website.health.borrow().clone();
    let status = if health.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(health)).into_response()
}
