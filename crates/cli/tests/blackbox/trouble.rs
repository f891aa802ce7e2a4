//! The ledger away, broken, locked, or on a full disk: bots go on writing, the reason is told, and
//! all is caught up when it is back.

use std::fs;

use serde_json::json;

use crate::harness::{
    Bot, Crowd, ECONOMY, FOUNDING, Pair, SmallDisk,
    answers::{exit, reason, state},
    config::url,
    files::move_away,
    pair::{D, T},
    wait_until, with_mounts_of_its_own,
};

/// Beside a `run`: both bots earn while the ledger is in trouble, the reason is told, and all is caught up after.
pub(crate) fn is_survived(pair: &Pair, told: &[&str], breaks: impl FnOnce(), mends: impl FnOnce()) {
    pair.telegram.earn(T, 100);
    pair.syncs_to(100);
    let mut run = pair.world.run();
    breaks();
    pair.telegram.earn(T, 7);
    pair.discord.earn(D, 3);
    let names_it = |text: &str| told.iter().any(|word| text.to_lowercase().contains(word));
    wait_until(&format!("status says one of {told:?}"), || names_it(&pair.world.status().reasons()));
    wait_until(&format!("the log says one of {told:?}"), || names_it(&run.process.output()));
    let status = pair.world.status();
    for name in ["telegram", "discord"] {
        let platform = status.of(name);
        assert!(platform.pending >= Some(1) && platform.state != state::IN_STEP, "{platform:?}");
    }
    assert_eq!([pair.telegram.stored(T), pair.discord.stored(D)], ["107", "103"], "the bots go on alone");
    assert!(run.process.is_running());
    mends();
    pair.comes_to(110);
    drop(run);
    pair.syncs_to(110);
    assert_eq!(pair.deltas().len(), 3);
    pair.world.verify();
}

#[test]
fn a_ledger_that_is_removed_and_put_back() {
    let pair = Pair::of(ECONOMY);
    let (ledger, away) = (pair.world.ledger(), pair.world.path("away.db"));
    let comes_back = || {
        assert!(!ledger.exists(), "no new ledger was made in its place");
        move_away(&away, &ledger);
    };
    is_survived(&pair, &reason::MISSING, || move_away(&ledger, &away), comes_back);
}

#[test]
fn a_ledger_replaced_by_garbage() {
    let pair = Pair::of(ECONOMY);
    let (ledger, away) = (pair.world.ledger(), pair.world.path("away.db"));
    let garbage = b"This is no database. ".repeat(500);
    let breaks = || {
        move_away(&ledger, &away);
        fs::write(&ledger, &garbage).unwrap();
    };
    let mends = || {
        assert!(fs::read(&ledger).unwrap() == garbage, "what is no ledger is not written to");
        move_away(&away, &ledger);
    };
    is_survived(&pair, &reason::NO_LEDGER, breaks, mends);
}

#[test]
fn a_folder_in_the_ledgers_place() {
    let pair = Pair::of(FOUNDING);
    let (ledger, away) = (pair.world.ledger(), pair.world.path("away.db"));
    let breaks = || {
        move_away(&ledger, &away);
        fs::create_dir(&ledger).unwrap();
    };
    let mends = || {
        fs::remove_dir(&ledger).unwrap();
        move_away(&away, &ledger);
    };
    is_survived(&pair, &reason::NO_LEDGER, breaks, mends);
}

#[test]
fn a_ledger_locked_by_another_process() {
    let pair = Pair::of(ECONOMY);
    let admin = Bot::start("admin", FOUNDING, &pair.world.empty_database("admin"), None);
    let breaks = || {
        let ledger = pair.world.ledger();
        admin.ask(
            &json!({ "do": "open", "name": "admin", "path": ledger, "options": { "isolation_level": null } }),
        );
        admin.execute("admin", "BEGIN EXCLUSIVE", &json!([]));
    };
    is_survived(&pair, &reason::LOCKED, breaks, || admin.end("admin", "close"));
}

#[test]
fn a_ledger_on_a_full_disk() {
    with_mounts_of_its_own("trouble::a_ledger_on_a_full_disk", || {
        let mut pair = Pair::apart(ECONOMY, "delete");
        let disk = SmallDisk::mount(pair.world.path("small"), 64);
        pair.world.configure(|config| config.ledger = url(&disk.path("ledger.db")));
        pair.join();
        // Enough people that their entries do not fit into space that the ledger has already, nor into what its log gives
        // back when a program that only looks closes it last.
        let crowd: Vec<_> = (1_000..21_000).map(|user| json!([user, 1])).collect();
        let breaks = || {
            disk.fill();
            pair.telegram.open("crowd");
            let insert = "INSERT INTO economy(user_id, money) VALUES (?, ?)";
            pair.telegram.ask(&json!({ "do": "executemany", "name": "crowd", "sql": insert, "args": crowd }));
            pair.telegram.end("crowd", "commit");
        };
        is_survived(&pair, &reason::FULL, breaks, || disk.free());
        assert_eq!(pair.world.coins("telegram:20999"), "1");
    });
}

#[test]
fn a_ledger_whose_log_would_fill_its_disk_by_itself() {
    with_mounts_of_its_own("trouble::a_ledger_whose_log_would_fill_its_disk_by_itself", || {
        let mut crowd = Crowd::apart(4, "delete");
        crowd.pair.world.ok(&["detach"]);
        // Room for the ledger, but not for everything that is ever written to its log.
        let disk = SmallDisk::mount(crowd.pair.world.path("small"), 4);
        crowd.pair.world.configure(|config| config.ledger = url(&disk.path("ledger.db")));
        crowd.pair.world.sync();
        (1..=4).for_each(|user| crowd.link(user));
        let run = crowd.world().run();
        crowd.start(5);
        wait_until("a thousand entries are in the ledger", || crowd.world().head() > 1_000);
        let load = crowd.stop();
        drop(run);
        assert!(load.errors.is_empty(), "{:?}", load.errors);
        crowd.agrees_on(&load);
    });
}

#[test]
fn without_its_ledger_sync_says_so_and_makes_no_new_one() {
    let pair = Pair::of(ECONOMY);
    let (ledger, away) = (pair.world.ledger(), pair.world.path("away.db"));
    move_away(&ledger, &away);
    pair.telegram.earn(T, 5);
    let said = pair.world.try_sync();
    assert_eq!(said.code, Some(exit::UNREACHABLE), "{}", said.all());
    assert!(said.stderr.contains("ledger.db"), "it names the place: {}", said.all());
    assert!(!ledger.exists());
    assert_eq!(pair.world.verb(&["show", "telegram:456"]).code, Some(exit::UNREACHABLE));
    move_away(&away, &ledger);
    pair.syncs_to(5);
}
