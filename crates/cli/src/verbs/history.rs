//! `onepurse history`: the entries of an identity's purse.

use jiff::tz::TimeZone;
use onepurse_core::{AssetName, Entry, EntryKind, Identity, Platform};
use onepurse_ledger::{EntryFilter, Records};
use serde::Serialize;

use crate::{
    args,
    error::Failure,
    output::Report,
    shown::{Scales, Shown, Time},
    table::{Side, table},
    texts::{Blank, Language},
};

/// Entries, newest first. In JSON a list of them.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct HistoryReport {
    items: Vec<Item>,
    /// There may be more below the last one.
    #[serde(skip)]
    is_full: bool,
    #[serde(skip)]
    zone: TimeZone,
}

#[derive(Debug, Serialize)]
struct Item {
    seq: i64,
    time: Time,
    platform: Platform,
    identity: Identity,
    asset: AssetName,
    delta: Shown,
    balance: Shown,
    kind: EntryKind,
    reason: Option<String>,
    captured: Time,
}

/// Lists what the command line asks for; people read times in `zone`.
pub(crate) async fn history(
    records: &dyn Records,
    args: args::History,
    zone: TimeZone,
) -> Result<HistoryReport, Failure> {
    let Some(purse) = records.purse_of(args.identity.clone()).await? else {
        return Err(Failure::unknown(args.identity));
    };
    let filter = EntryFilter { purse: Some(purse.id), before_seq: args.before, limit: args.limit };
    let entries = records.entries(filter).await?;
    let scales = Scales::of(records.assets().await?);
    let is_full = entries.len() == usize::try_from(args.limit).unwrap_or(usize::MAX);
    Ok(HistoryReport {
        items: entries.into_iter().map(|entry| Item::of(entry, &scales)).collect(),
        is_full,
        zone,
    })
}

impl Item {
    fn of(entry: Entry, scales: &Scales) -> Self {
        Self {
            seq: entry.seq,
            time: Time::from_ms(entry.at_ms),
            platform: entry.identity.platform.clone(),
            identity: entry.identity,
            delta: scales.show(&entry.asset, entry.delta),
            balance: scales.show(&entry.asset, entry.balance),
            asset: entry.asset,
            kind: entry.kind,
            reason: entry.reason,
            captured: Time::from_ms(entry.captured_ms),
        }
    }

    fn cells(&self, language: Language, zone: &TimeZone) -> Vec<String> {
        vec![
            self.seq.to_string(),
            self.time.on_the_wall(zone),
            self.identity.to_string(),
            self.asset.to_string(),
            format!("{:+}", self.delta),
            self.balance.to_string(),
            language.text(&format!("kind-{}", self.kind.as_str())),
            self.reason.clone().unwrap_or_default(),
        ]
    }
}

impl Report for HistoryReport {
    fn words(&self, language: Language) -> String {
        let Some(last) = self.items.last() else {
            return language.text("history-empty");
        };
        let header = ["seq", "time", "identity", "asset", "delta", "balance", "kind", "reason"];
        let mut rows = vec![header.map(|name| language.text(name)).to_vec()];
        rows.extend(self.items.iter().map(|item| item.cells(language, &self.zone)));
        let left = Side::Left;
        let sides = [Side::Right, left, left, left, Side::Right, Side::Right, left, left];
        let mut text = table(&sides, &rows);
        if self.is_full && last.seq > 1 {
            text.push('\n');
            text.push_str(&language.fill("history-more", [("seq", Blank::text(&last.seq))]));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use onepurse_core::{Amount, Asset, ChainHash, EventKey, IdentityTag, PurseId, Scale};

    use super::*;

    fn entry(seq: i64, identity: &str, kind: EntryKind, delta: i64, balance: i64) -> Entry {
        Entry {
            seq,
            key: EventKey([0; 16]),
            kind,
            purse: PurseId(1),
            identity: identity.parse().unwrap(),
            tag: IdentityTag([0; 32]),
            asset: AssetName::default(),
            delta: Amount::new(delta),
            balance: Amount::new(balance),
            at_ms: 1_795_416_720_050,
            captured_ms: 1_795_416_719_950,
            actor: None,
            reason: (kind == EntryKind::Link).then(|| "asked\nin chat".to_owned()),
            hash: ChainHash::default(),
        }
    }

    fn report(decimals: u8, is_full: bool) -> HistoryReport {
        let asset = Asset { name: AssetName::default(), scale: Scale::new(decimals).unwrap() };
        let scales = Scales::of(vec![asset]);
        let items = [
            entry(12, "discord:123", EntryKind::Change, -50, 1000),
            entry(7, "telegram:456", EntryKind::Link, 0, 1050),
        ];
        let items = items.into_iter().map(|entry| Item::of(entry, &scales)).collect();
        HistoryReport { items, is_full, zone: TimeZone::UTC }
    }

    #[test]
    fn people_read_a_table() {
        assert_eq!(
            report(0, false).words(Language::En),
            " #  time                 identity      asset  change  balance  kind    reason\n\
             12  2026-11-23 06:52:00  discord:123   coins     -50     1000  change\n \
              7  2026-11-23 06:52:00  telegram:456  coins       0     1050  link    asked\\nin chat"
        );
        let russian = report(2, true).words(Language::Ru);
        assert!(russian.contains("-0.50") && russian.contains("изменение"), "{russian}");
        assert!(russian.ends_with("Есть ещё: --before 7"), "{russian}");
    }

    #[test]
    fn programs_read_a_list() {
        assert_eq!(
            serde_json::to_value(report(0, false)).unwrap()[0],
            serde_json::json!({
                "seq": 12, "time": "2026-11-23T06:52:00.050Z", "platform": "discord",
                "identity": "discord:123", "asset": "coins", "delta": -50, "balance": 1000,
                "kind": "change", "reason": null, "captured": "2026-11-23T06:51:59.950Z",
            })
        );
        assert_eq!(serde_json::to_value(report(2, false)).unwrap()[0]["balance"], "10.00");
    }

    #[test]
    fn nothing_is_said_in_words_too() {
        let nothing = HistoryReport { items: Vec::new(), is_full: false, zone: TimeZone::UTC };
        assert_eq!(nothing.words(Language::En), "No entries.");
        assert_eq!(serde_json::to_string(&nothing).unwrap(), "[]");
    }
}
