//! What goes to the ledger and what comes from it, in words.

use onepurse_core::{Answer, Event, Question};
use onepurse_ledger::Registration;

/// The key of an event, short.
#[must_use]
pub fn key(key: &[u8; 16]) -> String {
    key[8..12].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What is sent.
#[must_use]
pub fn events(events: &[Event]) -> String {
    let one = |event: &Event| {
        let (kind, delta, asset) = (event.kind.as_str(), event.delta, &event.asset);
        format!("{kind} {delta} {asset} of {} ({})", event.identity, key(&event.key.0))
    };
    format!("[{}]", events.iter().map(one).collect::<Vec<_>>().join(", "))
}

/// Which database is said to be a platform's replica.
#[must_use]
pub fn registration(registration: &Registration) -> String {
    let Registration { platform, left_at, revision, .. } = registration;
    match left_at {
        Some(at) => format!("registration {revision}, that {platform} was detached at {},", at.seq),
        None => format!("registration {revision}, that {platform} is attached,"),
    }
}

/// What is asked, and what the answer names.
#[must_use]
pub fn answer(question: &Question, answer: &Answer) -> String {
    let from = question.from.seq;
    let Answer::Changes(changes) = answer else { return format!("from {from}: another history") };
    let own: Vec<_> = changes.own.iter().map(|own| key(&own.0)).collect();
    let balances = changes.balances.iter();
    let balances: Vec<_> = balances.map(|b| format!("{} has {} {}", b.external, b.amount, b.asset)).collect();
    let openings: Vec<_> =
        changes.openings.iter().map(|o| format!("{} of {}", o.asset, o.external)).collect();
    format!(
        "from {from} to {}: own [{}], opened [{}], {}",
        changes.to.seq,
        own.join(" "),
        openings.join(", "),
        if balances.is_empty() { "no balances".to_owned() } else { balances.join(", ") }
    )
}
