//! `onepurse history`: the entries of an identity's purse.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use onepurse_core::{AssetName, Entry, EntryKind, LoggedIdentity, Platform};
use onepurse_ledger::Records;
use serde::Serialize;

use crate::{
    args::books,
    error::Failure,
    output::Report,
    shown::{Scales, Shown, Time},
    table::{Side, table},
    texts::{Blank, Language},
    verbs::newest::{Newest, newest},
};

/// So many changes of a platform in one millisecond are one statement of its bot.
const BULK_EVENTS: u64 = 10;

/// Entries, newest first, and from where to go on.
#[derive(Debug, Serialize)]
pub(crate) struct HistoryReport {
    entries: Vec<Item>,
    /// What `--before` shows what comes below the last one; nothing where nothing does.
    next: Option<i64>,
    #[serde(skip)]
    zone: TimeZone,
}

#[derive(Debug, Serialize)]
struct Item {
    seq: i64,
    time: Time,
    platform: Platform,
    identity: LoggedIdentity,
    asset: AssetName,
    delta: Shown,
    balance: Shown,
    kind: EntryKind,
    reason: Option<String>,
    captured: Time,
    /// How many of this platform were captured in the same moment, up to ten, where those are as many as one statement
    /// of its bot makes.
    #[serde(skip_serializing_if = "Option::is_none")]
    bulk: Option<u64>,
}

/// Lists what the command line asks for; people read times in `zone`.
pub(crate) async fn history(
    records: &dyn Records,
    args: books::History,
    zone: TimeZone,
) -> Result<HistoryReport, Failure> {
    let Some(purse) = records.purse_of(args.identity.clone()).await? else {
        return Err(Failure::unknown(args.identity));
    };
    // One more than is shown tells whether there is more.
    let most = args.limit.saturating_add(1);
    let wanted = Newest { purse: purse.id, filter: &args.filter, before: args.before, most };
    let mut entries = newest(records, wanted).await?;
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let has_more = entries.len() > limit;
    entries.truncate(limit);
    let next = entries.last().filter(|_| has_more).map(|entry| entry.seq);
    let bulks = bulks(records, &entries).await?;
    let scales = Scales::of(records.assets().await?);
    let item = |entry| Item::of(entry, &scales, &bulks);
    Ok(HistoryReport { entries: entries.into_iter().map(item).collect(), next, zone })
}

/// The moments among these entries in which one statement changed many balances at once, and how many.
type Bulks = BTreeMap<(Platform, i64), u64>;

async fn bulks(records: &dyn Records, entries: &[Entry]) -> Result<Bulks, Failure> {
    let changes = entries.iter().filter(|entry| entry.kind == EntryKind::Change);
    let moments: BTreeSet<_> =
        changes.map(|entry| (entry.identity.platform().clone(), entry.captured_ms)).collect();
    let mut bulks = Bulks::new();
    for (platform, captured_ms) in moments {
        let count = records.captured_with(platform.clone(), captured_ms).await?;
        if count >= BULK_EVENTS {
            bulks.insert((platform, captured_ms), count);
        }
    }
    Ok(bulks)
}

impl Item {
    fn of(entry: Entry, scales: &Scales, bulks: &Bulks) -> Self {
        let moment = (entry.identity.platform().clone(), entry.captured_ms);
        Self {
            bulk: bulks.get(&moment).copied().filter(|_| entry.kind == EntryKind::Change),
            seq: entry.seq,
            time: Time::from_ms(entry.at_ms),
            platform: entry.identity.platform().clone(),
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
            who(language, &self.identity),
            self.asset.to_string(),
            format!("{:+}", self.delta),
            self.balance.to_string(),
            language.text(
                match self.bulk {
                    Some(_) => "kind-bulk".to_owned(),
                    None => format!("kind-{}", self.kind.as_str()),
                }
                .as_str(),
            ),
            self.reason.clone().unwrap_or_default(),
        ]
    }
}

/// Who was forgotten has no name to show.
fn who(language: Language, identity: &LoggedIdentity) -> String {
    let forgotten = || language.fill("forgotten-one", [("platform", Blank::text(identity.platform()))]);
    identity.known().map_or_else(forgotten, ToString::to_string)
}

impl Report for HistoryReport {
    fn words(&self, language: Language) -> String {
        if self.entries.is_empty() {
            return language.text("history-empty");
        }
        let header = ["seq", "time", "identity", "asset", "delta", "balance", "kind", "reason"];
        let mut rows = vec![header.map(|name| language.text(name)).to_vec()];
        rows.extend(self.entries.iter().map(|item| item.cells(language, &self.zone)));
        let left = Side::Left;
        let sides = [Side::Right, left, left, left, Side::Right, Side::Right, left, left];
        let mut text = table(&sides, &rows);
        if let Some(next) = self.next {
            text.push('\n');
            text.push_str(&language.fill("history-more", [("seq", Blank::text(&next))]));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use onepurse_core::{Amount, Asset, ChainHash, EventKey, Identity, IdentityTag, PurseId, Scale};

    use super::*;

    fn entry(seq: i64, identity: &str, kind: EntryKind, delta: i64, balance: i64) -> Entry {
        Entry {
            seq,
            key: EventKey([0; 16]),
            kind,
            purse: PurseId(1),
            identity: identity.parse::<Identity>().unwrap().into(),
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

    fn report(decimals: u8, next: Option<i64>) -> HistoryReport {
        let asset = Asset::new(AssetName::default(), Scale::new(decimals).unwrap());
        let scales = Scales::of(vec![asset]);
        let items = [
            entry(12, "discord:123", EntryKind::Change, -50, 1000),
            entry(7, "telegram:456", EntryKind::Link, 0, 1050),
        ];
        let bulks = Bulks::from([(("discord".parse().unwrap(), 1_795_416_719_950), 10)]);
        let entries = items.into_iter().map(|entry| Item::of(entry, &scales, &bulks)).collect();
        HistoryReport { entries, next, zone: TimeZone::UTC }
    }

    #[test]
    fn people_read_a_table() {
        assert_eq!(
            report(0, None).words(Language::En),
            " #  time                 identity      asset  change  balance  kind         reason\n\
             12  2026-11-23 06:52:00  discord:123   coins     -50     1000  bulk change\n \
              7  2026-11-23 06:52:00  telegram:456  coins       0     1050  link         asked\\nin chat"
        );
        let russian = report(2, Some(7)).words(Language::Ru);
        assert!(russian.contains("-0.50") && russian.contains("массовое"), "{russian}");
        assert!(russian.ends_with("Есть ещё: --before 7"), "{russian}");
    }

    #[test]
    fn programs_read_entries_and_where_to_go_on() {
        assert_eq!(
            serde_json::to_value(report(0, None)).unwrap()["entries"][0],
            serde_json::json!({
                "seq": 12, "time": "2026-11-23T06:52:00.050Z", "platform": "discord",
                "identity": "discord:123", "asset": "coins", "delta": -50, "balance": 1000,
                "kind": "change", "reason": null, "captured": "2026-11-23T06:51:59.950Z", "bulk": 10,
            })
        );
        let more = serde_json::to_value(report(2, Some(7))).unwrap();
        assert_eq!((&more["entries"][0]["balance"], &more["next"]), (&"10.00".into(), &7.into()));
        assert_eq!(more["entries"][1].get("bulk"), None);
    }

    #[test]
    fn nothing_is_said_in_words_too() {
        let nothing = HistoryReport { entries: Vec::new(), next: None, zone: TimeZone::UTC };
        assert_eq!(nothing.words(Language::En), "No entries.");
        assert_eq!(serde_json::to_string(&nothing).unwrap(), r#"{"entries":[],"next":null}"#);
    }
}
