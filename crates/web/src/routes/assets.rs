use axum::{extract::Path, http::header, response::IntoResponse};

use crate::failure::Failure;

/// A static file. All are small and part of the program.
pub(super) async fn file(Path(name): Path<String>) -> Result<impl IntoResponse, Failure> {
    let (content_type, content) = match name.as_str() {
        "site.css" => ("text/css; charset=utf-8", include_str!("../../assets/site.css")),
        "live.js" => ("text/javascript; charset=utf-8", include_str!("../../assets/live.js")),
        "icon.svg" => ("image/svg+xml", include_str!("../../assets/icon.svg")),
        _ => return Err(Failure::NoSuchPage),
    };
    Ok(([(header::CONTENT_TYPE, content_type)], content))
}
