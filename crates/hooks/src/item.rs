//! What is told of an entry.

use std::collections::BTreeMap;

use jiff::Timestamp;
use onepurse_core::{Amount, AssetName, Entry, EntryKind, LoggedIdentity, PurseId, Scale};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What a receiver wants to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Topic {
    /// Every entry.
    Entry,
    /// Who came into a purse, or left it.
    Link,
    /// What was undone.
    Reversal,
    /// A purse that came below zero, or back from there.
    Debt,
}

/// Something that is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// The same however often it is told, and no other's: by it a repeat is dropped.
    pub id: String,
    /// What it is about.
    #[serde(rename = "type")]
    pub topic: Topic,
    /// The entry's number.
    pub seq: i64,
    /// When the ledger took it: RFC 3339, in UTC.
    pub time: String,
    /// Whose balance.
    pub purse: PurseId,
    /// Whom it came from, or who moved.
    pub identity: LoggedIdentity,
    /// Of what.
    pub asset: AssetName,
    /// By how much: a number, or a text where there are decimals.
    pub delta: Value,
    /// What is there after it.
    pub balance: Value,
    /// The entry's kind.
    pub kind: EntryKind,
    /// Who did it, where that is not the bot itself.
    pub actor: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// What there is to tell of an entry to somebody who wants these topics.
#[must_use]
pub fn items(entry: &Entry, topics: &[Topic], scales: &BTreeMap<AssetName, Scale>) -> Vec<Item> {
    let told = topics.iter().filter(|topic| is_about(entry, **topic));
    told.map(|topic| item(entry, *topic, scales)).collect()
}

fn is_about(entry: &Entry, topic: Topic) -> bool {
    match topic {
        Topic::Entry => true,
        Topic::Link => matches!(entry.kind, EntryKind::Link | EntryKind::Unlink),
        Topic::Reversal => entry.kind == EntryKind::Reversal,
        Topic::Debt => {
            let before = entry.balance.checked_sub(entry.delta).unwrap_or_default();
            (before < Amount::ZERO) != (entry.balance < Amount::ZERO)
        }
    }
}

fn item(entry: &Entry, topic: Topic, scales: &BTreeMap<AssetName, Scale>) -> Item {
    let scale = scales.get(&entry.asset).copied().unwrap_or_default();
    let shown = |amount: Amount| match scale {
        Scale::WHOLE => json!(amount.units()),
        scale => json!(scale.format(amount)),
    };
    let about = match topic {
        Topic::Entry => "entry",
        Topic::Link => "link",
        Topic::Reversal => "reversal",
        Topic::Debt => "debt",
    };
    let nearest = if entry.at_ms < 0 { Timestamp::MIN } else { Timestamp::MAX };
    let time = Timestamp::from_millisecond(entry.at_ms).unwrap_or(nearest);
    Item {
        id: format!("{about}-{}", entry.key),
        topic,
        seq: entry.seq,
        time: format!("{time:.3}"),
        purse: entry.purse,
        identity: entry.identity.clone(),
        asset: entry.asset.clone(),
        delta: shown(entry.delta),
        balance: shown(entry.balance),
        kind: entry.kind,
        actor: entry.actor.clone(),
        reason: entry.reason.clone(),
    }
}

#[cfg(test)]
mod tests {
    use onepurse_core::{ChainHash, EventKey, Identity, IdentityTag};

    use super::*;

    fn entry(kind: EntryKind, delta: i64, balance: i64) -> Entry {
        Entry {
            seq: 7,
            key: EventKey([1; 16]),
            kind,
            purse: PurseId(3),
            identity: "telegram:456".parse::<Identity>().unwrap().into(),
            tag: IdentityTag([0; 32]),
            asset: AssetName::default(),
            delta: Amount::new(delta),
            balance: Amount::new(balance),
            at_ms: 1_795_416_720_050,
            captured_ms: 0,
            actor: None,
            reason: Some("why".to_owned()),
            hash: ChainHash::default(),
        }
    }

    #[test]
    fn who_wants_what_is_told_it() {
        use EntryKind::{Change, Link, Reversal, Unlink};
        let all = [Topic::Entry, Topic::Link, Topic::Reversal, Topic::Debt];
        for (kind, delta, balance, expected) in [
            (Change, 5, 5, &[Topic::Entry][..]),
            (Change, -6, -1, &[Topic::Entry, Topic::Debt]),
            (Change, -6, -7, &[Topic::Entry]),
            (Change, 2, 1, &[Topic::Entry, Topic::Debt]),
            (Change, 1, 0, &[Topic::Entry, Topic::Debt]),
            (Link, 0, 5, &[Topic::Entry, Topic::Link]),
            (Unlink, 0, 0, &[Topic::Entry, Topic::Link]),
            (Reversal, 1, 6, &[Topic::Entry, Topic::Reversal]),
        ] {
            let told = items(&entry(kind, delta, balance), &all, &BTreeMap::new());
            let topics: Vec<_> = told.iter().map(|item| item.topic).collect();
            assert_eq!(topics, expected, "{kind:?} {delta} {balance}");
            assert!(items(&entry(kind, delta, balance), &[], &BTreeMap::new()).is_empty());
        }
    }

    #[test]
    fn an_item_reads_like_the_api() {
        let scales = [(AssetName::default(), Scale::new(2).unwrap())].into();
        let told = items(&entry(EntryKind::Change, -150, -50), &[Topic::Debt], &scales).remove(0);
        let key = "01".repeat(16);
        assert_eq!(
            serde_json::to_value(told).unwrap(),
            json!({
                "id": format!("debt-{key}"), "type": "debt", "seq": 7, "time": "2026-11-23T06:52:00.050Z", "purse": 3,
                "identity": "telegram:456", "asset": "coins", "delta": "-1.50", "balance": "-0.50", "kind": "change",
                "actor": null, "reason": "why"
            })
        );
    }
}
