use onepurse_core::{ExternalId, LedgerId, ReplicaId};
use onepurse_ledger::Registration;
use onepurse_replica::Testimony;

use super::*;

fn witness(name: &str, seq: i64) -> Witness {
    let registration = Registration {
        platform: name.parse().unwrap(),
        replica: ReplicaId([1; 16]),
        location: String::new(),
        fingerprint: None,
        left_at: None,
        held: vec![],
        revision: 1,
    };
    Witness { ledger: LedgerId([7; 16]), seq, resync: false, testimony: Testimony::default(), registration }
}

fn external(id: &str) -> ExternalId {
    id.parse().unwrap()
}

impl Witness {
    fn knows(mut self, id: &str, stored: i64, purse: impl Into<Option<i64>>) -> Self {
        self.testimony.people.push(Known {
            asset: AssetName::default(),
            external: external(id),
            stored: Amount::new(stored),
            purse: purse.into().map(PurseId),
            opened: true,
        });
        self
    }

    fn keeps(mut self, id: &str, kind: EventKind, delta: i64, at_ms: i64) -> Self {
        self.testimony.kept.push(row(id, kind, delta, at_ms));
        self
    }

    fn sends(mut self, id: &str, kind: EventKind, delta: i64) -> Self {
        self.testimony.pending.push(row(id, kind, delta, 9));
        self
    }

    fn beginning_anew(mut self) -> Self {
        self.resync = true;
        self
    }
}

fn row(id: &str, kind: EventKind, delta: i64, at_ms: i64) -> OutboxRow {
    let (asset, external, delta) = (AssetName::default(), external(id), Amount::new(delta));
    OutboxRow { n: 1, asset, external, kind, delta, at_ms, nonce: [0; 8], reason: None }
}

/// The purses as `who who balance`, sorted.
fn told(plan: &Plan) -> Vec<String> {
    let one = |purse: &Remembered| {
        let mut who: Vec<_> = purse.identities.iter().map(ToString::to_string).collect();
        who.sort();
        format!("{} {}", who.join(" "), purse.balances[&AssetName::default()])
    };
    let mut told: Vec<_> = plan.purses.iter().map(one).collect();
    told.sort();
    told
}

#[test]
fn who_has_the_same_purse_is_one_person() {
    let plan = plan(&[
        witness("telegram", 9).knows("456", 150, 1).knows("7", 5, 2).knows("8", 0, None),
        witness("discord", 9).knows("123", 150, 1).knows("8", 3, 4),
        witness("website", 9).knows("a", 1, None),
    ])
    .unwrap();
    let expected =
        ["discord:123 telegram:456 150", "discord:8 3", "telegram:7 5", "telegram:8 0", "website:a 1"];
    assert_eq!(told(&plan), expected);
    assert_eq!((plan.doubts, plan.events), (vec![], vec![]));
}

#[test]
fn what_the_platforms_keep_is_entered_again_on_top_of_what_was_before() {
    let plan = plan(&[
        witness("telegram", 9).knows("456", 150, 1).keeps("456", EventKind::Opening, 90, 1).keeps(
            "456",
            EventKind::Change,
            100,
            5,
        ),
        witness("discord", 9).knows("123", 150, 1).keeps("123", EventKind::Change, -20, 3).keeps(
            "123",
            EventKind::Repair,
            7,
            8,
        ),
    ])
    .unwrap();
    assert_eq!(told(&plan), ["discord:123 telegram:456 63"]);
    let events: Vec<_> = plan.events.iter().map(|event| event.delta.units()).collect();
    assert_eq!(events, [-20, 100, 7], "in the order of their time, and no opening");
}

#[test]
fn who_has_heard_of_most_is_believed_and_the_others_are_named() {
    let (ahead, behind) =
        (witness("telegram", 9).knows("456", 150, 1), witness("discord", 7).knows("123", 50, 1));
    for all in [[ahead.clone(), behind.clone()], [behind.clone(), ahead.clone()]] {
        let plan = plan(&all).unwrap();
        assert_eq!(told(&plan), ["discord:123 telegram:456 150"]);
        let [doubt] = plan.doubts.as_slice() else { panic!("{:?}", plan.doubts) };
        assert_eq!(doubt.taken, ("telegram:456".parse().unwrap(), Amount::new(150)));
        assert_eq!(doubt.others, [("discord:123".parse().unwrap(), Amount::new(50))]);
    }
    let plan = plan(&[ahead.beginning_anew(), behind]).unwrap();
    assert_eq!(told(&plan), ["discord:123 telegram:456 50"], "what is to be sent again is not counted yet");
}

#[test]
fn what_another_platform_had_heard_of_is_not_counted_once_more() {
    let ahead = witness("discord", 10).knows("123", 250, 1);
    let behind = witness("telegram", 9).knows("456", 150, 1);
    let sends = |deltas: &[i64]| {
        let all = deltas.iter().fold(behind.clone(), |it, delta| it.sends("456", EventKind::Change, *delta));
        plan(&[ahead.clone(), all]).unwrap()
    };
    let entered = |plan: &Plan| plan.events.iter().map(|event| event.delta.units()).collect::<Vec<_>>();
    let known = sends(&[70, 30, 5]);
    assert_eq!(
        (told(&known), entered(&known)),
        (vec!["discord:123 telegram:456 150".to_owned()], vec![70, 30])
    );
    let unknown = sends(&[7]);
    assert_eq!(
        (told(&unknown), entered(&unknown)),
        (vec!["discord:123 telegram:456 250".to_owned()], vec![])
    );
    assert_eq!(unknown.doubts[0].pending, 7);
}

#[test]
fn what_was_undone_stays_undone() {
    let mut undone = witness("telegram", 9).knows("456", 10, 1).keeps("456", EventKind::Change, -50, 3);
    let row = &undone.testimony.kept[0];
    undone.testimony.reversals.push(onepurse_core::Undone {
        key: onepurse_core::EventKey::captured(row.at_ms, row.nonce).reversal(),
        seq: 8,
        external: row.external.clone(),
        asset: row.asset.clone(),
        delta: Amount::new(50),
        captured_ms: 3,
        at_ms: 4,
        actor: None,
        reason: None,
    });
    let plan = plan(&[undone]).unwrap();
    assert_eq!(told(&plan), ["telegram:456 10"]);
    assert_eq!(plan.reversals.len(), 1);
}

#[test]
fn an_opening_that_is_on_its_way_is_not_taken_before() {
    let all = [witness("telegram", 9)
        .knows("456", 0, None)
        .sends("456", EventKind::Opening, 30)
        .knows("7", 5, 2)
        .sends("7", EventKind::Change, 1)];
    let plan = plan(&all).unwrap();
    let opened = plan.purses.iter().flat_map(|purse| &purse.opened).map(|(who, _)| who.to_string());
    assert_eq!(opened.collect::<Vec<_>>(), ["telegram:7"]);
}

#[test]
fn two_of_one_platform_never_share_and_the_ends_of_amounts_are_named() {
    let plan_of = |witness: Witness| plan(&[witness]);
    let plan = plan_of(witness("telegram", 9).knows("1", 5, 3).knows("2", 5, 3)).unwrap();
    assert_eq!(told(&plan), ["telegram:1 5", "telegram:2 5"]);
    let extreme = witness("telegram", 9).knows("1", i64::MAX, 3).keeps("1", EventKind::Change, -1, 1);
    assert_eq!(plan_of(extreme).unwrap_err().identity, "telegram:1".parse().unwrap());
}
