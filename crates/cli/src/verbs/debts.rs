//! `onepurse debts`: purses with less than nothing.

use onepurse_core::{AssetName, Identity, PurseId, Rejection};
use onepurse_ledger::Records;
use serde::Serialize;

use crate::{
    args::money,
    error::Failure,
    output::Report,
    shown::{Scales, Shown},
    table::{Side, table},
    texts::Language,
};

/// Who owes, the deepest first.
#[derive(Debug, Serialize)]
pub(crate) struct DebtsReport {
    asset: AssetName,
    debts: Vec<Debt>,
}

#[derive(Debug, Serialize)]
struct Debt {
    purse: PurseId,
    identities: Vec<Identity>,
    balance: Shown,
}

/// Lists them.
pub(crate) async fn debts(records: &dyn Records, args: money::Debts) -> Result<DebtsReport, Failure> {
    let scales = Scales::of(records.assets().await?);
    let asset = args.of.asset;
    scales.get(&asset).ok_or_else(|| Failure::from(Rejection::UnknownAsset(asset.clone())))?;
    let debts = records.debts(asset.clone(), args.limit).await?.into_iter().map(|rank| Debt {
        purse: rank.purse,
        identities: rank.identities,
        balance: scales.show(&asset, rank.amount),
    });
    let debts = debts.collect();
    Ok(DebtsReport { asset, debts })
}

impl Report for DebtsReport {
    fn words(&self, language: Language) -> String {
        if self.debts.is_empty() {
            return language.text("debts-none");
        }
        let row = |debt: &Debt| {
            let identities: Vec<_> = debt.identities.iter().map(ToString::to_string).collect();
            vec![debt.purse.to_string(), identities.join(", "), debt.balance.to_string()]
        };
        let mut rows = vec![["purse", "identities", "balance"].map(|name| language.text(name)).to_vec()];
        rows.extend(self.debts.iter().map(row));
        table(&[Side::Right, Side::Left, Side::Right], &rows)
    }
}
