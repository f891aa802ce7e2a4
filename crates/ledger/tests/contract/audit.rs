//! An audit of a part of the log, and against a head that was kept elsewhere.

use onepurse_core::{ChainHash, Cursor};
use onepurse_ledger::{Audit, AuditScope, Ledger, Records};

use super::{Fixture, contract};
use crate::support::*;

contract![
    only_what_came_since_is_read,
    a_kept_head_is_in_the_history_or_is_not,
    a_part_that_is_not_there_is_said,
];

fn audit(ledger: &impl Records, from_seq: i64, against: Option<Cursor>) -> Audit {
    wait(ledger.audit(AuditScope { from_seq, against, ..AuditScope::default() })).unwrap()
}

fn assert_well(audit: &Audit) {
    let found = [&audit.twice, &audit.not_conserved, &audit.broken];
    assert!(found.iter().all(|list| list.is_empty()) && audit.rewritten.is_none(), "{audit:?}");
}

fn only_what_came_since_is_read<F: Fixture>() {
    let (_place, ledger) = F::start();
    let id = wait(ledger.id()).unwrap();
    ledger.enter(&[opening(id, "telegram:1", 10), change(2, "telegram:1", 20), change(3, "discord:2", 30)]);
    wait(ledger.link(link(1, "telegram:1", "discord:2"))).unwrap();
    let head = ledger.end();
    for from_seq in 1..=head.seq + 1 {
        let found = audit(&*ledger, from_seq, Some(head));
        assert_well(&found);
        assert_eq!(found.entries, u64::try_from(head.seq + 1 - from_seq).unwrap());
        assert_eq!(found.head, head);
    }
}

fn a_kept_head_is_in_the_history_or_is_not<F: Fixture>() {
    let (_place, ledger) = F::start();
    let mut heads = vec![Cursor::ZERO];
    for n in 1..=3 {
        ledger.enter(&[change(n, "telegram:1", 1)]);
        heads.push(ledger.end());
    }
    for &kept in &heads {
        assert_well(&audit(&*ledger, 1, Some(kept)));
        assert_well(&audit(&*ledger, kept.seq + 1, Some(kept)));
        let other = Cursor { hash: ChainHash([7; 32]), ..kept };
        for from_seq in [1, kept.seq + 1] {
            let found = audit(&*ledger, from_seq, Some(other));
            let rewritten = found.rewritten.as_deref().unwrap_or_default();
            assert!(rewritten.contains(&other.hash.to_string()), "{found:?}");
        }
    }
    let later = Cursor { seq: 4, ..heads[3] };
    let found = audit(&*ledger, 1, Some(later));
    assert_eq!(found.rewritten.as_deref(), Some("entry 4 is not there: the log ends at entry 3"));
}

fn a_part_that_is_not_there_is_said<F: Fixture>() {
    let (_place, ledger) = F::start();
    ledger.enter(&[change(1, "telegram:1", 1)]);
    let found = audit(&*ledger, 3, None);
    assert_eq!(
        (found.entries, &found.broken[..]),
        (0, &["entry 2 is not there: the head is entry 1".to_owned()][..])
    );
}
