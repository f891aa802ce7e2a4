use axum::{
    extract::{Path, State, rejection::PathRejection},
    response::Redirect,
};

use crate::{Website, failure::Failure};

/// Leads to the purse that an identity has now; a link may give it another one.
pub(super) async fn redirect(
    State(website): State<Website>,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<Redirect, Failure> {
    let identity = super::identity(path?.0)?;
    let purse = website.records.purse_of(identity.clone()).await?;
    let purse = purse.ok_or(Failure::IdentityUnknown(identity))?;
    Ok(Redirect::to(&format!("/purses/{}", purse.id)))
}
