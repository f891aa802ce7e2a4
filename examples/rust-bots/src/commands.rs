//! What people are answered, whichever bot they ask.

use std::time::SystemTime;

use onepurse_replica::wrap::{Guard, Wrapped};

use crate::{Bank, DAILY};

const DAY_S: u64 = 24 * 60 * 60;

/// How much somebody has.
#[must_use]
pub fn balance(bank: &Wrapped<Bank>, id: u64) -> String {
    format!("You have {} coins.", bank.read().coins(id))
}

/// What they get once a day.
#[must_use]
pub fn daily(bank: &Wrapped<Bank>, id: u64) -> String {
    let mut bank = bank.lock_for([id]);
    if !bank.daily(id, today()) {
        return "You had that today.".to_owned();
    }
    save(&mut bank);
    format!("You got {DAILY} coins and have {}.", bank.coins(id))
}

/// From one to the other.
#[must_use]
pub fn pay(bank: &Wrapped<Bank>, from: u64, to: u64, coins: i64) -> String {
    let mut bank = bank.lock_for([from, to]);
    if !bank.pay(from, to, coins) {
        return "That cannot be paid.".to_owned();
    }
    save(&mut bank);
    format!("You paid {coins} coins and have {}.", bank.coins(from))
}

/// What cannot be written now is written with what comes next.
fn save(bank: &mut Guard<'_, Bank>) {
    if let Err(error) = bank.save() {
        tracing::error!(%error, "the bank cannot be saved");
    }
}

#[expect(clippy::disallowed_methods, reason = "a bot of its own lives by the machine's clock")]
fn today() -> i64 {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_1970.as_secs() / DAY_S).unwrap_or(i64::MAX)
}
