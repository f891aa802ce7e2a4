//! One input, tried where a panic is caught and told.

use std::{
    cell::{Cell, RefCell},
    fmt,
    panic::{self, AssertUnwindSafe},
    sync::Once,
};

use crate::{Seen, Target, Wrong};

/// How an input broke its target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// A rule does not hold.
    Rule(Wrong),
    /// It panicked, with this message, at this place.
    Panic {
        /// What it said.
        message: String,
        /// File and line.
        place: String,
    },
}

impl Broken {
    /// What makes two of them one: the rule or the place, and the shape of what was said.
    #[must_use]
    pub fn kind(&self) -> (String, Seen) {
        match self {
            Self::Rule(wrong) => (wrong.rule.to_owned(), Seen::shape(&wrong.how)),
            Self::Panic { place, .. } => (place.clone(), Seen::new(())),
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(wrong) => wrong.fmt(f),
            Self::Panic { message, place } => write!(f, "panicked at {place}: {message}"),
        }
    }
}

thread_local! {
    static IS_TRYING: Cell<bool> = const { Cell::new(false) };
    static LAST: RefCell<Option<(String, String)>> = const { RefCell::new(None) };
}

/// Tries one input.
pub fn attempt(target: &Target, input: &[u8]) -> Result<Seen, Broken> {
    listen();
    IS_TRYING.set(true);
    let done = panic::catch_unwind(AssertUnwindSafe(|| (target.check)(input)));
    IS_TRYING.set(false);
    if let Ok(verdict) = done {
        return verdict.map_err(Broken::Rule);
    }
    let (message, place) = LAST.take().unwrap_or_default();
    Err(Broken::Panic { message, place })
}

/// Panics of inputs are noted, all others are told as ever.
fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !IS_TRYING.get() {
                return others(info);
            }
            let message = info.payload_as_str().unwrap_or_default().to_owned();
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            LAST.replace(Some((message, place)));
        }));
    });
}
