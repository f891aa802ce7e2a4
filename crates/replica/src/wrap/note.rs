use onepurse_core::Amount;

use super::{Did, Due, Shows};

/// One thing to note of somebody's balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Note<'a> {
    pub(super) asset: &'a str,
    pub(super) id: &'a str,
    /// By how much the purse moves by the bot's doing. Somebody who is new comes with what is shown.
    pub(super) moves: i64,
    /// What the store shows from now on.
    pub(super) shows: i64,
    /// The line of the journal, where there is one.
    pub(super) line: Option<Line>,
}

/// What the store was made to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) before: i64,
    pub(super) after: i64,
    pub(super) is_inbound: bool,
}

/// What one transaction notes.
#[derive(Debug, Default)]
pub(super) struct Batch<'a> {
    pub(super) notes: Vec<Note<'a>>,
    /// Who is not in the store any more. Nothing is spent by that.
    pub(super) gone: Vec<&'a str>,
    /// The store keeps everything for good, these notes included: the journal is over.
    pub(super) is_durable: bool,
}

impl<'a> Note<'a> {
    pub(super) fn did(did: &'a Did) -> Self {
        let Did { now, delta } = did;
        Self::moved(now, now.value.units().wrapping_sub(delta.units()), *delta)
    }

    pub(super) fn moved(now: &'a Shows, before: i64, delta: Amount) -> Self {
        let after = now.value.units();
        Self {
            moves: delta.units(),
            line: Some(Line { before, after, is_inbound: false }),
            ..Self::found(now, 0)
        }
    }

    /// The store shows an older value, and what the bot did since never was.
    pub(super) fn found(now: &'a Shows, taken_back: i64) -> Self {
        Self {
            asset: now.asset.as_str(),
            id: now.external.as_str(),
            moves: taken_back.wrapping_neg(),
            shows: now.value.units(),
            line: None,
        }
    }

    /// The store is about to show what came in.
    pub(super) fn intend(due: &'a Due) -> Self {
        Self::inbound(due, due.from, due.to)
    }

    /// It could not.
    pub(super) fn refuse(due: &'a Due) -> Self {
        Self::inbound(due, due.to, due.from)
    }

    fn inbound(due: &'a Due, before: Amount, after: Amount) -> Self {
        let (before, after) = (before.units(), after.units());
        let line = Some(Line { before, after, is_inbound: true });
        Self { asset: due.asset.as_str(), id: due.external.as_str(), moves: 0, shows: after, line }
    }
}
