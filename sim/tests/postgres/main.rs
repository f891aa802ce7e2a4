//! The scenarios once more: on a real PostgreSQL, in real time, with the ledger and each bot's database on that server.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod databases;
mod house;
mod perform;

use std::collections::BTreeSet;

use sim::scenario::{files, read};

/// Scenarios that only a simulated world or only SQLite can perform, and why.
const NOT_HERE: &[(&str, &str)] = &[
    ("detached-while-put-back", BETWEEN_CALLS),
    ("detached-while-writing", BETWEEN_CALLS),
    ("forgotten-unheard", BETWEEN_CALLS),
    ("kept-for-weeks", "weeks go by in it"),
    ("killed-anywhere", BETWEEN_CALLS),
    ("killed-while-attaching", BETWEEN_CALLS),
    ("ledger-put-back-killed-anywhere", BETWEEN_CALLS),
    ("registered-late", "what was sent once arrives again in it"),
    ("replica-put-back-anywhere", BETWEEN_CALLS),
    ("transactions", BETWEEN_CALLS),
    ("whole-rows-written", "it says INSERT OR REPLACE, which is SQLite's"),
];
const BETWEEN_CALLS: &str = "engines stop between two calls in it";

/// Makes a test of each scenario.
macro_rules! scenarios {
    ($($name:ident),* $(,)?) => {
        const HERE: &[&str] = &[$(stringify!($name)),*];

        mod scenario {
            $(#[test] fn $name() { super::run(stringify!($name)); })*
        }
    };
}

scenarios![
    detached_and_counted,
    detached_and_discarded,
    earned_in_discord,
    earned_in_telegram,
    earned_on_the_ledger,
    forgotten_and_back,
    forgotten_by_the_ledger,
    forgotten_for_good,
    handed_over,
    ledger_down,
    ledger_put_back,
    ledger_put_back_and_overtaken,
    linked_by_code,
    linked_while_spending,
    mass_deletion_meant,
    mass_deletion_undone,
    order_forgotten_by_the_ledger,
    overdrawn_and_undone,
    refused_by_the_bots_own_rule,
    replica_put_back,
    row_deleted,
    spent_on_both_sides,
    spent_on_the_ledger,
    spent_to_nothing,
    stale_write,
    stale_write_repaired,
    table_remade,
    triggers_dropped,
    two_funded_purses,
    unlinked_and_linked_again,
];

fn run(name: &str) {
    let name = name.replace('_', "-");
    let scenario = read(&files().unwrap()[&name], &name).unwrap();
    house::wait(perform::perform(&scenario)).unwrap_or_else(|what| panic!("{name}.sim:{what}"));
}

#[test]
fn every_scenario_is_performed_here_or_says_why_not() {
    let here = HERE.iter().map(|name| name.replace('_', "-"));
    let known: BTreeSet<_> = here.chain(NOT_HERE.iter().map(|(name, _)| (*name).to_owned())).collect();
    assert_eq!(known, files().unwrap().into_keys().collect());
    assert_eq!(known.len(), HERE.len() + NOT_HERE.len(), "one is performed and excused");
}
