//! `onepurse show … --at`: what an identity had in the past.

use std::collections::BTreeMap;

use jiff::Timestamp;
use onepurse_core::{AssetName, Identity, PurseId};
use onepurse_ledger::Records;
use serde::Serialize;

use crate::{
    error::Failure,
    output::Report,
    shown::{Scales, Shown, Time},
    table::{Side, table},
    texts::Language,
};

/// A purse of the past.
#[derive(Debug, Serialize)]
pub(crate) struct PastReport {
    at: Time,
    /// The last entry of the log by then.
    seq: i64,
    purse: PurseId,
    balances: BTreeMap<AssetName, Shown>,
}

/// Looks up what `identity` had at this time, by the ledger's clock.
pub(crate) async fn past(
    records: &impl Records,
    identity: Identity,
    at: Timestamp,
) -> Result<PastReport, Failure> {
    let past = records.past_of(identity.clone(), at.as_millisecond()).await?;
    let past = past.ok_or_else(|| Failure::NoPurseThen { identity })?;
    let scales = Scales::of(records.assets().await?);
    let balances = past.balances.into_iter().map(|(asset, amount)| {
        let shown = scales.show(&asset, amount);
        (asset, shown)
    });
    Ok(PastReport {
        at: Time::from_ms(at.as_millisecond()),
        seq: past.seq,
        purse: past.purse,
        balances: balances.collect(),
    })
}

impl Report for PastReport {
    fn words(&self, language: Language) -> String {
        let mut rows = vec![
            vec![language.text("purse"), self.purse.to_string()],
            vec![language.text("seq"), self.seq.to_string()],
        ];
        rows.extend(self.balances.iter().map(|(asset, shown)| vec![asset.to_string(), shown.to_string()]));
        table(&[Side::Left, Side::Left], &rows)
    }
}
