//! What is known of an identity.

use std::collections::HashMap;

use onepurse_core::Amount;

/// An identity's row is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gone {
    /// What it showed, where that is known.
    pub(crate) value: Option<i64>,
    pub(crate) at_ms: i64,
    /// It is taken for granted.
    pub(crate) accepted: bool,
    /// The transaction that deleted it.
    pub(crate) transaction: Option<i64>,
}

/// Whether the bot's row waits for what is stored.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Todo {
    #[default]
    Nothing,
    Settle,
    /// It was deleted lately, and inserted again.
    SettleAgain,
}

impl Todo {
    pub(crate) const fn number(self) -> i16 {
        match self {
            Self::Nothing => 0,
            Self::Settle => 1,
            Self::SettleAgain => 2,
        }
    }

    pub(crate) const fn from_number(number: i16) -> Self {
        match number {
            0 => Self::Nothing,
            1 => Self::Settle,
            _ => Self::SettleAgain,
        }
    }
}

/// What is known of an identity.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) stored: Amount,
    pub(crate) held: Amount,
    /// The sum of its events not included; `None` where that is no amount.
    pub(crate) own: Option<Amount>,
    /// Its opening is in the outbox, or in the ledger.
    pub(crate) opened: bool,
    pub(crate) todo: Todo,
    /// Why it is left alone.
    pub(crate) paused: Option<String>,
    pub(crate) gone: Option<Gone>,
    /// Our tables speak of it already.
    pub(crate) is_noted: bool,
}

impl Person {
    /// Someone of whom nothing is known.
    pub(crate) fn unknown() -> Self {
        Self { own: Some(Amount::ZERO), ..Self::default() }
    }

    /// What the row should show.
    pub(super) fn expected(&self) -> Option<Amount> {
        self.stored.checked_add(self.own?)?.checked_sub(self.held)
    }

    /// Whether this is why it is left alone.
    pub(super) fn is_paused(&self, why: &str) -> bool {
        self.paused.as_deref() == Some(why)
    }

    /// Leaves it alone, unless it is already; what was said first stays.
    pub(super) fn leave_alone(&mut self, why: &str) {
        self.paused.get_or_insert_with(|| why.to_owned());
    }

    /// Goes on with it, if this is why it was left alone.
    pub(super) fn go_on(&mut self, why: &str) {
        if self.is_paused(why) {
            self.paused = None;
            self.settle();
        }
    }

    /// Its row is to be given what it should show.
    pub(super) fn settle(&mut self) {
        self.todo = self.todo.max(Todo::Settle);
    }
}

/// Everyone that facts speak of, by mapping and id.
pub(crate) type People = HashMap<(i64, String), Person>;
