use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Path, State, rejection::PathRejection},
};
use onepurse_core::{AssetName, Identity, PurseId};
use serde::Serialize;
use serde_json::Value;

use crate::{Website, failure::Failure, routes, show::Scales};

/// An identity was found, and this is its purse.
#[derive(Debug, Serialize)]
pub(in crate::routes) struct Found {
    purse: PurseId,
    identities: Vec<Identity>,
    balances: BTreeMap<AssetName, Value>,
}

/// `GET /api/v1/identities/telegram/456`
pub(in crate::routes) async fn show(
    State(website): State<Website>,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<Json<Found>, Failure> {
    let identity = routes::identity(path?.0)?;
    let purse = website.records.purse_of(identity.clone()).await?;
    let purse = purse.ok_or(Failure::IdentityUnknown(identity))?;
    let scales = Scales::read(&*website.records).await?;
    let balances = purse.balances.into_iter().map(|(asset, amount)| {
        let value = super::amount(scales.of(&asset), amount);
        (asset, value)
    });
    Ok(Json(Found { purse: purse.id, identities: purse.identities, balances: balances.collect() }))
}
