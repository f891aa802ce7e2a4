//! Linking: two identities become one purse, at zero balances too, once, and never by mistake.

use crate::harness::{
    ECONOMY, Pair,
    answers::{exit, kind},
    pair::{D, T},
};

#[test]
fn two_balances_become_their_sum_and_the_history_tells_how() {
    let pair = Pair::apart(ECONOMY, "delete");
    pair.telegram.earn(T, 100);
    pair.discord.earn(D, 50);
    pair.join();
    pair.syncs_to(150);
    let purse = pair.world.show("telegram:456");
    assert_eq!(purse.identities, ["discord:123", "telegram:456"]);
    assert_eq!(purse, pair.world.show("discord:123"), "one purse, whoever asks");
    let kinds: Vec<_> = pair.world.history("discord:123").into_iter().map(|entry| entry.kind).collect();
    assert!(kinds.iter().any(|is| is == kind::MERGE) && kinds.iter().any(|is| is == kind::LINK), "{kinds:?}");
    pair.world.verify();
}

#[test]
fn a_history_adds_up_and_names_where_each_entry_came_from() {
    let pair = Pair::of(ECONOMY);
    pair.telegram.earn(T, 100);
    pair.syncs_to(100);
    pair.discord.earn(D, 50);
    pair.syncs_to(150);
    let changes = pair.world.history("telegram:456").into_iter().filter(|entry| entry.kind == kind::CHANGE);
    let told: Vec<_> = changes
        .map(|entry| {
            assert!(!entry.time.is_null() && !entry.captured.is_null(), "{entry:?}");
            assert_eq!(entry.asset, "coins");
            (entry.platform, entry.identity.unwrap(), entry.delta, entry.balance)
        })
        .collect();
    let expected = [("telegram", "telegram:456", "100", "100"), ("discord", "discord:123", "50", "150")];
    let expected = expected.map(|(platform, identity, delta, balance)| {
        (platform.to_owned(), identity.to_owned(), delta.to_owned(), balance.to_owned())
    });
    assert_eq!(told, expected);
}

#[test]
fn what_is_sent_again_with_its_key_is_done_once() {
    let pair = Pair::apart(ECONOMY, "delete");
    pair.telegram.earn(T, 100);
    pair.world.sync();
    let link = ["link", "telegram:456", "discord:123", "--key", "form-1"];
    let unlink = ["unlink", "discord:123", "--key", "form-2"];
    for verb in [&link, &unlink[..]] {
        pair.world.ok(verb);
        let head = pair.world.head();
        pair.world.ok(verb);
        assert_eq!(pair.world.head(), head, "{verb:?}");
    }
    let said = pair.world.expect(exit::RULE, &["unlink", "telegram:456", "--key", "form-1"]);
    assert!(said.stderr.contains("SameKeyDifferentContent"), "{}", said.stderr);
    let code = pair.world.ok(&["code", "telegram:456"]).stdout;
    let redeem = ["redeem", "discord:123", code.trim(), "--key", "form-3"];
    pair.world.ok(&redeem);
    pair.world.ok(&redeem);
    pair.world.expect(exit::RULE, &["redeem", "discord:123", code.trim()]);
    pair.world.verify();
}

#[test]
fn what_the_rules_refuse_is_named_and_changes_nothing() {
    let pair = Pair::of(ECONOMY);
    pair.telegram.register(7, 5);
    pair.discord.register(8, 5);
    pair.world.sync();
    let head = pair.world.head();
    for (one, other, rule) in [
        ("telegram:nobody", "discord:8", "IdentityUnknown"),
        ("telegram:7", "discord:nobody", "IdentityUnknown"),
        ("telegram:456", "discord:123", "AlreadyLinked"),
        ("telegram:7", "telegram:7", "SameIdentity"),
        ("telegram:7", "discord:123", "PlatformTaken"),
    ] {
        let said = pair.world.expect(exit::RULE, &["link", one, other]);
        assert!(said.stderr.contains(rule), "{rule}: {}", said.all());
    }
    assert_eq!(pair.world.head(), head);
    pair.world.expect(exit::USAGE, &["link", "telegram", "discord:8"]);
    pair.world.expect(exit::RULE, &["show", "telegram:nobody"]);
    pair.world.expect(exit::RULE, &["history", "telegram:nobody"]);
    pair.world.expect(exit::USAGE, &["show", "Telegram:7"]);
}

#[test]
fn purses_too_rich_to_be_one_are_not_linked() {
    let pair = Pair::apart(ECONOMY, "delete");
    let rich = 9_000_000_000_000_000_000;
    pair.telegram.register(7, rich);
    pair.discord.register(8, rich);
    pair.world.sync();
    let said = pair.world.expect(exit::RULE, &["link", "telegram:7", "discord:8"]);
    assert!(said.stderr.contains("WouldOverflow"), "{}", said.all());
    assert_eq!(pair.world.coins("telegram:7"), rich.to_string());
    pair.world.verify();
}

#[test]
fn an_event_that_overflows_waits_in_quarantine_and_stops_nobody() {
    let pair = Pair::of(ECONOMY);
    pair.telegram.earn(T, 9_000_000_000_000_000_000);
    pair.syncs_to(9_000_000_000_000_000_000_i64);
    // Apart, each fits; together they do not.
    pair.telegram.earn(T, 150_000_000_000_000_000);
    pair.discord.earn(D, 150_000_000_000_000_000);
    pair.telegram.register(7, 1);
    pair.discord.register(8, 2);
    pair.world.try_sync();
    let status = pair.world.status();
    let waiting: i64 = status.platforms.iter().map(|platform| platform.quarantined.unwrap()).sum();
    assert_eq!(waiting, 1, "{status:?}");
    assert_eq!(pair.coins(), "9150000000000000000");
    assert_eq!([pair.world.coins("telegram:7"), pair.world.coins("discord:8")], ["1", "2"]);
    pair.discord.earn(8, 3);
    pair.telegram.earn(7, 1);
    pair.world.try_sync();
    assert_eq!([pair.world.coins("telegram:7"), pair.world.coins("discord:8")], ["2", "5"]);
    pair.world.verify();
}
