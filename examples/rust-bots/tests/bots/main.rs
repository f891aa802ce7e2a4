//! The real example bots, against a Telegram and a Discord on this machine: what people type moves coins in the bots' files,
//! in the ledger, and in the other bot's file.

#![allow(clippy::unwrap_used, reason = "a test stops where it goes wrong")]

mod community;
mod discord;
mod document;
mod process;
mod scenes;
mod telegram;

use std::time::Duration;

/// Longer than anything here takes.
const WITHIN: Duration = Duration::from_mins(1);
const AGAIN_AFTER: Duration = Duration::from_millis(20);

/// Waits until there is one.
#[allow(clippy::disallowed_methods, reason = "between two looks at a condition")]
fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let mut left = WITHIN;
    loop {
        if let Some(found) = look() {
            return found;
        }
        left = left.checked_sub(AGAIN_AFTER).unwrap_or_else(|| panic!("never: {what}"));
        std::thread::sleep(AGAIN_AFTER);
    }
}
