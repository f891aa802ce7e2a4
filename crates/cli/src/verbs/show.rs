//! `onepurse show`: the purse of an identity.

use std::collections::BTreeMap;

use onepurse_core::{AssetName, Identity, PurseId};
use onepurse_ledger::Records;
use serde::Serialize;

use crate::{
    error::Failure,
    output::Report,
    shown::{Scales, Shown},
    table::{Side, table},
    texts::Language,
};

/// A purse.
#[derive(Debug, Serialize)]
pub(crate) struct PurseReport {
    purse: PurseId,
    identities: Vec<Identity>,
    balances: BTreeMap<AssetName, Shown>,
}

/// Looks up the purse that `identity` is in.
pub(crate) async fn show(records: &dyn Records, identity: Identity) -> Result<PurseReport, Failure> {
    let Some(purse) = records.purse_of(identity.clone()).await? else {
        return Err(Failure::unknown(identity));
    };
    let scales = Scales::of(records.assets().await?);
    let show = |(asset, amount): (AssetName, _)| {
        let shown = scales.show(&asset, amount);
        (asset, shown)
    };
    Ok(PurseReport {
        purse: purse.id,
        identities: purse.identities,
        balances: purse.balances.into_iter().map(show).collect(),
    })
}

impl Report for PurseReport {
    fn words(&self, language: Language) -> String {
        let identities: Vec<String> = self.identities.iter().map(ToString::to_string).collect();
        let mut rows = vec![
            vec![language.text("purse"), self.purse.to_string()],
            vec![language.text("identities"), identities.join(", ")],
        ];
        rows.extend(self.balances.iter().map(|(asset, shown)| vec![asset.to_string(), shown.to_string()]));
        table(&[Side::Left, Side::Left], &rows)
    }
}

#[cfg(test)]
mod tests {
    use onepurse_core::Amount;

    use super::*;

    #[test]
    fn a_purse_is_shown() {
        let coins = AssetName::default();
        let report = PurseReport {
            purse: PurseId(7),
            identities: vec!["discord:123".parse().unwrap(), "telegram:456".parse().unwrap()],
            balances: [(coins.clone(), Scales::default().show(&coins, Amount::new(150)))].into(),
        };
        assert_eq!(
            serde_json::to_string(&report).unwrap(),
            r#"{"purse":7,"identities":["discord:123","telegram:456"],"balances":{"coins":150}}"#
        );
        assert_eq!(
            report.words(Language::En),
            "purse       7\nidentities  discord:123, telegram:456\ncoins       150"
        );
    }
}
