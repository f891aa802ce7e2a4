//! Hazard 15, and rows that come back: a row that disappears is never spending.

use serde_json::json;

use crate::harness::{
    BANK, ECONOMY, FOUNDING, Pair,
    answers::{exit, state},
    pair::{D, T},
    wait_until,
};

const DELETE: &str = "DELETE FROM users WHERE id = '123'";

/// A pair whose discord has thirty users more, with ten coins each.
fn crowded() -> Pair {
    let pair = Pair::apart(FOUNDING, "delete");
    (1..=30).for_each(|user| pair.discord.register(user, 10));
    pair.join();
    pair.telegram.earn(T, 100);
    pair.syncs_to(100);
    pair
}

fn pauses(pair: &Pair) {
    pair.world.expect(exit::WAITS, &["sync", "--until-idle", "--timeout", "30s"]);
    let status = pair.world.status();
    assert_eq!(status.of("discord").state, state::PAUSED);
    assert!(status.of("discord").reason.is_some(), "{status:?}");
    assert_eq!(status.of("telegram").state, state::IN_STEP, "nobody else is paused");
    for verb in ["verify", "attach"] {
        let said = pair.world.expect(exit::WAITS, &[verb]);
        assert!(said.stdout.contains("onepurse resume discord"), "{}", said.all());
        assert!(
            !said.stdout.contains("Everything holds") && !said.stdout.contains("discord: attached already"),
            "{}",
            said.all()
        );
    }
}

#[test]
fn hazard_15_a_deleted_user_spends_nothing_and_is_not_made_again() {
    let pair = Pair::of(FOUNDING);
    pair.discord.earn(D, 80);
    pair.syncs_to(80);
    pair.discord.sql(DELETE, &json!([]));
    pair.telegram.earn(T, 5);
    pair.world.sync();
    assert_eq!(pair.three(), ["85", "85", "absent"]);
    pair.world.verify();

    pair.discord.register(D, 0);
    pair.syncs_to(85);
    assert_eq!(pair.deltas(), ["80", "5"], "nothing lost, nothing minted");
    pair.world.verify();
}

#[test]
fn hazard_15_a_row_that_comes_back_has_what_was_captured_before_it_went() {
    let pair = Pair::of(FOUNDING);
    pair.discord.earn(D, 80);
    pair.syncs_to(80);
    // All of it while the program is away; the grant of 30 at the second registration is not minted.
    pair.discord.earn(D, 7);
    pair.discord.sql(DELETE, &json!([]));
    pair.discord.register(D, 30);
    pair.syncs_to(87);
    pair.world.verify();
}

#[test]
fn hazard_15_a_reset_by_delete_and_insert_restores_by_default() {
    let pair = Pair::of(BANK);
    pair.telegram.earn(T, 6000);
    pair.syncs_to(6000);
    pair.telegram.call("reset", &json!([T]));
    pair.syncs_to(6000);
    assert_eq!(pair.deltas(), ["6000"]);
    pair.world.verify();
}

#[test]
fn hazard_15_a_reset_by_delete_and_insert_counts_where_the_mapping_says_so() {
    let pair = Pair::with(BANK, "delete", |config| config.add("telegram", "reinsert = \"take\"\n"));
    pair.telegram.earn(T, 6000);
    pair.syncs_to(6000);
    pair.telegram.call("reset", &json!([T]));
    pair.syncs_to(5000);
    assert_eq!(pair.deltas(), ["6000", "-1000"]);
    pair.world.verify();
}

#[test]
fn hazard_15_a_few_deletions_pause_nothing() {
    let pair = crowded();
    pair.discord.sql("DELETE FROM users WHERE CAST(id AS INTEGER) <= 9", &json!([]));
    pair.syncs_to(100);
    assert_eq!(pair.world.coins("discord:3"), "10");
    pair.world.verify();
}

#[test]
fn hazard_15_a_mass_disappearance_pauses_and_the_ledger_may_win() {
    let pair = crowded();
    pair.discord.sql("DELETE FROM users WHERE id <> '123'", &json!([]));
    pauses(&pair);
    assert_eq!(pair.world.coins("discord:3"), "10", "disappearing is no spending");
    pair.telegram.earn(T, 1);
    pair.world.try_sync();
    assert_eq!(pair.coins(), "101", "telegram goes on");

    let question = pair.world.verb(&["resume", "discord"]);
    for answer in ["ledger", "count"] {
        assert!(question.all().contains(answer), "what each answer would do: {}", question.all());
    }
    pauses(&pair);

    pair.world.ok(&["resume", "discord", "--answer", "ledger"]);
    pair.syncs_to(101);
    assert_eq!(pair.world.coins("discord:3"), "10");
    pair.discord.register(3, 0);
    pair.world.sync();
    assert_eq!(pair.discord.stored(3), "10", "who comes back has their coins");
    pair.world.verify();
}

#[test]
fn hazard_15_a_mass_disappearance_is_answered_with_count() {
    let pair = crowded();
    pair.discord.sql("DELETE FROM users WHERE id <> '123'", &json!([]));
    pauses(&pair);
    pair.world.ok(&["resume", "discord", "--answer", "count"]);
    pair.discord.earn(D, 5);
    pair.syncs_to(105);
    pair.world.verify();
}

#[test]
fn hazard_15_a_table_emptied_under_a_running_program_pauses_that_platform_only() {
    let pair = crowded();
    let _run = pair.world.run();
    pair.discord.sql("DELETE FROM users", &json!([]));
    wait_until("discord is paused", || pair.world.status().of("discord").state == state::PAUSED);
    assert_eq!(pair.world.coins("discord:3"), "10");
    pair.telegram.earn(T, 1);
    wait_until("telegram goes on", || pair.coins() == "101");
    pair.world.ok(&["resume", "discord", "--answer", "ledger"]);
    wait_until("all in step again", || pair.world.status().all_in_step());
    (1..=30).for_each(|user| pair.discord.register(user, 0));
    pair.discord.register(D, 0);
    pair.comes_to(101);
    wait_until("everyone is back", || pair.discord.stored(30) == "10");
}

#[test]
fn hazard_15_a_second_user_of_a_deleted_rowid_is_somebody_else() {
    let pair = Pair::of(ECONOMY);
    pair.telegram.earn(T, 40);
    pair.syncs_to(40);
    pair.telegram.steps(&[
        ("DELETE FROM economy WHERE user_id = ?", json!([T])),
        ("INSERT INTO economy(user_id, money) VALUES (999, 3)", json!([])),
    ]);
    pair.world.sync();
    assert_eq!(pair.world.coins("telegram:999"), "3");
    assert_eq!(pair.three(), ["40", "absent", "40"]);
    pair.world.verify();
}
