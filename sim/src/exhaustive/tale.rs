//! How a step is told to people.

use super::{
    act::Act,
    engine::Next,
    names::Names,
    words::{Call, Event, Person},
    world::World,
};

/// A step in words, as it is about to be taken in `world`.
pub(super) fn tell(act: Act, world: &World, names: &Names) -> String {
    let who = |person: Person| &names.identities[person.0];
    let engine = |platform: usize, engine: usize| {
        format!("{}'s engine {}", names.platforms[platform], ["a", "b"][engine])
    };
    let asks = |platform: usize, engine: usize| match &world.sides[platform].engines[engine].next {
        Next::Asks(call) => asked(call),
        _ => "goes on".to_owned(),
    };
    match act {
        Act::Write { person, is_plus, is_early } => {
            let clock = if is_early { ", its clock stepping back" } else { "" };
            format!("the bot {} {}{clock}", if is_plus { "gives to" } else { "takes from" }, who(person))
        }
        Act::Insert { person, is_empty } => {
            format!(
                "the bot inserts {} with {}",
                who(person),
                if is_empty { "nothing" } else { "some coins" }
            )
        }
        Act::Delete(person) => format!("the bot deletes {}", who(person)),
        Act::Call { platform, engine: at } => format!("{} {}", engine(platform, at), asks(platform, at)),
        Act::Lose { platform, engine: at, arrives } => {
            let lost = if arrives { "the answer is lost" } else { "it does not arrive" };
            format!("{} {}: {lost}", engine(platform, at), asks(platform, at))
        }
        Act::Crash { platform, engine: at } => format!("{} crashes", engine(platform, at)),
        Act::Link([one, other]) => format!("{} is linked: {} joins", who(one), who(other)),
        Act::Repeat(at) => {
            let (platform, events) = &world.sent[at];
            format!("an append of {} arrives once more: {}", names.platforms[*platform], listed(events))
        }
        Act::BackUp(platform) => format!("{}'s database is backed up", names.platforms[platform]),
        Act::Restore(platform) => format!("{}'s database is PUT BACK", names.platforms[platform]),
        Act::BackUpLedger => "the ledger is backed up".to_owned(),
        Act::RestoreLedger => "the ledger is PUT BACK".to_owned(),
        Act::Age => "a long time passes".to_owned(),
    }
}

fn listed(events: &[Event]) -> String {
    let one = |event: &Event| {
        if event.is_opening {
            format!("an opening of {}", event.delta)
        } else {
            format!("k{} of {}", event.number, event.delta)
        }
    };
    events.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn asked(call: &Call) -> String {
    match call {
        Call::View => "looks at the database".to_owned(),
        Call::Attach { .. } => "attaches".to_owned(),
        Call::Outbox => "reads the outbox".to_owned(),
        Call::OldestMs => "asks for the oldest row kept".to_owned(),
        Call::Apply { news, .. } => format!("applies entries {} to {}", news.from.seq + 1, news.to.seq),
        Call::Rewind(from) => format!("begins anew, from entry {}", from.seq),
        Call::Settle => "settles".to_owned(),
        Call::Compare => "compares".to_owned(),
        Call::Resolve => "resolves what differs".to_owned(),
        Call::Tidy { .. } => "tidies".to_owned(),
        Call::Registration => "asks for the registration".to_owned(),
        Call::Register { .. } => "registers the replica".to_owned(),
        Call::Append(events) => format!("appends {}", listed(events)),
        Call::Head => "asks for the head".to_owned(),
        Call::Pull(question) => format!("pulls from entry {}", question.from.seq),
    }
}
