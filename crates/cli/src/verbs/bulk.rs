//! `onepurse reverse SEQ --bulk`: what one statement of a bot did to many is undone.

use onepurse_core::{Entry, EntryKind, EventKey, Movement, Order, Rejection};
use onepurse_ledger::{Orders, Records};
use serde::Serialize;

use super::{new_key, order::Desk};
use crate::{
    args::money::Reverse,
    error::Failure,
    output::Report,
    pacing::Pacing,
    texts::{Blank, Language},
};

/// So many are undone in one transaction.
const AT_ONCE: u32 = 5_000;

/// What became of a bulk.
#[derive(Debug, Default, Serialize)]
pub(crate) struct BulkReport {
    /// Changes that are undone now.
    reversed: u64,
    /// Changes that were undone before.
    already: u64,
    /// Changes that cannot be undone, with the reason.
    refused: Vec<Refused>,
}

#[derive(Debug, Serialize)]
struct Refused {
    seq: i64,
    error: &'static str,
    message: String,
}

impl<L: Orders + Records> Desk<'_, L> {
    /// Undoes all changes that were captured in the same moment as this entry. Done again, it goes on where it was ended.
    pub(crate) async fn reverse_bulk(&self, args: Reverse) -> Result<BulkReport, Failure> {
        let one = self.ledger.log(args.seq.saturating_sub(1), 1).await?;
        let one = one.into_iter().find(|entry| entry.seq == args.seq);
        let one = one.ok_or_else(|| Failure::from(Rejection::NoSuchEntry(args.seq)))?;
        if one.kind != EntryKind::Change {
            return Err(Rejection::NotReversible { seq: one.seq, kind: one.kind }.into());
        }
        let actor = args.said.actor.or_else(|| self.user.clone());
        if actor.is_none() {
            return Err(Rejection::ActorMissing.into());
        }
        let (key, mut made) = (new_key(self.clock, self.random), 0);
        let (mut report, mut after, mut pacing) = (BulkReport::default(), 0, Pacing::begin(self.clock));
        loop {
            let platform = one.identity.platform().clone();
            let page = self.ledger.captured_in(platform, one.captured_ms, after, AT_ONCE).await?;
            let Some(last) = page.last() else { return Ok(report) };
            after = last.seq;
            let order = |entry: &Entry| {
                made += 1;
                undoing(key.derived(made), entry, actor.as_ref(), args.said.reason.as_ref())
            };
            let orders: Vec<_> = page.iter().map(order).collect();
            let filled = self.ledger.order(orders).await?;
            page.iter().zip(filled).for_each(|(entry, filled)| report.add(entry, filled.map(drop)));
            pacing.tell(|| tracing::warn!("{} changes are undone so far", report.reversed));
        }
    }
}

fn undoing(key: EventKey, entry: &Entry, actor: Option<&String>, reason: Option<&String>) -> Order {
    let movement = Movement::Reverse { seq: entry.seq };
    Order { key, movement, actor: actor.cloned(), reason: reason.cloned() }
}

impl BulkReport {
    fn add(&mut self, entry: &Entry, filled: Result<(), Rejection>) {
        match filled {
            Ok(()) => self.reversed += 1,
            Err(Rejection::AlreadyReversed { .. }) => self.already += 1,
            Err(refused) => {
                let (error, message) = (refused.name(), refused.to_string());
                self.refused.push(Refused { seq: entry.seq, error, message });
            }
        }
    }
}

impl Report for BulkReport {
    fn words(&self, language: Language) -> String {
        let counts = [("reversed", Blank::count(self.reversed)), ("already", Blank::count(self.already))];
        let mut lines = vec![language.fill("bulk-reversed", counts)];
        lines.extend(self.refused.iter().map(|refused| format!("#{}: {}", refused.seq, refused.message)));
        lines.join("\n")
    }

    fn exit(&self) -> crate::error::Exit {
        if self.refused.is_empty() { crate::error::Exit::Done } else { crate::error::Exit::Rejected }
    }
}
