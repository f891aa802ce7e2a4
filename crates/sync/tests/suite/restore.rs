//! Backups put back, databases replaced, tables made anew.

use std::fs;

use onepurse_core::Platform;
use onepurse_ledger::{Ledger, Registration};
use onepurse_replica::Decision;
use onepurse_sync::{
    Happening, Progress, SyncError, operate,
    plan::{Question, Refusal},
};

use crate::world::World;

#[tokio::test]
async fn a_replica_put_back_follows_the_ledger() {
    let mut world = World::linked().await;
    let backup = world.folder.path().join("backup.db");
    fs::copy(world.path("telegram"), &backup).unwrap();
    world.bot("telegram", "UPDATE users SET coins = coins + 10; INSERT INTO users VALUES ('9', 5)");
    world.rest().await;
    fs::rename(&backup, world.path("telegram")).unwrap();
    assert_eq!(world.coins("telegram", "456"), 150);
    world.bot("telegram", "UPDATE users SET coins = coins + 1");
    world.rest().await;
    assert_eq!(
        (world.coins("telegram", "456"), world.coins("discord", "123"), world.purse("telegram:9").await),
        (161, 161, 5)
    );
    assert_eq!(world.happened(|one| matches!(one, Happening::ReplicaRestored)), 1);
    world.verify().await;
}

#[tokio::test]
async fn a_ledger_put_back_is_told_everything_again() {
    let mut world = World::linked().await;
    let backup = world.back_up_ledger();
    world.bot("telegram", "UPDATE users SET coins = coins + 10; INSERT INTO users VALUES ('9', 5)");
    world.bot("discord", "UPDATE users SET coins = coins - 4");
    world.rest().await;
    world.put_back_ledger(&backup);
    assert_eq!(world.purse("telegram:456").await, 150);
    world.rest().await;
    assert_eq!(
        (world.coins("telegram", "456"), world.coins("discord", "123"), world.purse("telegram:456").await),
        (156, 156, 156)
    );
    assert_eq!(world.purse("telegram:9").await, 5);
    assert!(world.happened(|one| matches!(one, Happening::LedgerRestored)) >= 2);
    world.verify().await;
}

#[tokio::test]
async fn a_table_made_anew_gets_the_ledgers_balances() {
    let mut world = World::linked().await;
    world.bot("telegram", "DROP TABLE users; CREATE TABLE users (id TEXT PRIMARY KEY, coins INTEGER NOT NULL DEFAULT 0); INSERT INTO users VALUES ('456', 7)");
    world.rest().await;
    assert_eq!((world.coins("telegram", "456"), world.purse("telegram:456").await), (150, 150));
    world.bot("telegram", "UPDATE users SET coins = coins + 1");
    world.rest().await;
    assert_eq!(world.coins("discord", "123"), 151);
    world.verify().await;
}

#[tokio::test]
async fn a_mass_of_differences_is_asked_about_and_answered_either_way() {
    for (decision, expected) in [(Decision::Ledger, 100), (Decision::Count, 7)] {
        let mut world = World::new(&["telegram"]).await;
        for id in 0..20 {
            world.bot("telegram", &format!("INSERT INTO users VALUES ('{id}', 100)"));
        }
        world.rest().await;
        world.bot(
            "telegram",
            "DROP TABLE users; CREATE TABLE users (id TEXT PRIMARY KEY, coins INTEGER NOT NULL DEFAULT 0)",
        );
        for id in 0..20 {
            world.bot("telegram", &format!("INSERT INTO users VALUES ('{id}', 7)"));
        }
        let progress = world.cycle("telegram").await.unwrap();
        assert!(
            matches!(progress, Progress::Paused(Question::Mass(mass)) if mass.changed == 20),
            "{progress:?}"
        );
        assert_eq!(world.coins("telegram", "3"), 7);
        operate::resume(world.engines.get_mut("telegram").unwrap(), decision).await.unwrap().unwrap();
        world.rest().await;
        assert_eq!((world.coins("telegram", "3"), world.purse("telegram:3").await), (expected, expected));
        world.verify().await;
    }
}

#[tokio::test]
async fn deletions_are_never_spending_and_a_mass_of_them_is_asked_about() {
    for (decision, expected) in [(Decision::Ledger, 100), (Decision::Count, 0)] {
        let mut world = World::new(&["telegram"]).await;
        for id in 0..20 {
            world.bot("telegram", &format!("INSERT INTO users VALUES ('{id}', 100)"));
        }
        world.rest().await;
        world.bot("telegram", "DELETE FROM users WHERE id = '0'");
        world.rest().await;
        assert_eq!(world.purse("telegram:0").await, 100);
        world.bot("telegram", "DELETE FROM users");
        let progress = world.cycle("telegram").await.unwrap();
        assert!(
            matches!(progress, Progress::Paused(Question::Mass(mass)) if mass.gone == 20),
            "{progress:?}"
        );
        operate::resume(world.engines.get_mut("telegram").unwrap(), decision).await.unwrap().unwrap();
        world.rest().await;
        assert_eq!(world.purse("telegram:3").await, expected);
        world.bot("telegram", "INSERT INTO users VALUES ('3', 0)");
        world.rest().await;
        assert_eq!(world.coins("telegram", "3"), expected);
        world.verify().await;
    }
}

#[tokio::test]
async fn another_ledger_is_refused() {
    let mut world = World::linked().await;
    let other = World::seeded(&[], 1_000).await;
    world.put_back_ledger(&other.back_up_ledger());
    world.bot("telegram", "UPDATE users SET coins = coins + 1");
    let refused = world.cycle("telegram").await;
    assert!(matches!(refused, Err(SyncError::Refused(Refusal::OtherLedger { .. }))), "{refused:?}");
    assert_eq!(world.coins("telegram", "456"), 151);
}

#[tokio::test]
async fn another_database_under_the_same_name_is_asked_about() {
    let mut world = World::linked().await;
    let elsewhere = world.folder.path().join("copy");
    fs::create_dir(&elsewhere).unwrap();
    fs::copy(world.path("telegram"), elsewhere.join("telegram.db")).unwrap();
    let copy = world.at(&elsewhere.join("telegram.db"), "telegram");
    let mut engine = copy;
    let progress = engine.cycle().await.unwrap();
    assert!(matches!(progress, Progress::Paused(Question::Copied { .. })), "{progress:?}");
    operate::resume(&mut engine, Decision::Ledger).await.unwrap().unwrap();
    while engine.cycle().await.unwrap() == Progress::Again {}
    let progress = world.cycle("telegram").await.unwrap();
    assert!(matches!(progress, Progress::Paused(Question::Copied { .. })), "{progress:?}");
}

#[tokio::test]
async fn a_database_that_was_on_another_server_is_asked_about_as_long_as_nobody_can_look_there() {
    let mut world = World::linked().await;
    let telegram: Platform = "telegram".parse().unwrap();
    let here = world.ledger.registration(telegram.clone()).await.unwrap().unwrap();
    let there = "postgres://db.example:5432/bot".to_owned();
    world
        .ledger
        .register(Registration { location: there.clone(), revision: here.revision + 1, ..here.clone() })
        .await
        .unwrap();
    world.restart("telegram");
    world.bot("telegram", "UPDATE users SET coins = coins + 5");
    let progress = world.cycle("telegram").await.unwrap();
    let question = Question::Copied { here: here.location.clone(), registered: there };
    assert_eq!(progress, Progress::Paused(question));
    operate::resume(world.engines.get_mut("telegram").unwrap(), Decision::Ledger).await.unwrap().unwrap();
    world.rest().await;
    assert_eq!(world.ledger.registration(telegram).await.unwrap().unwrap().location, here.location);
    assert_eq!((world.coins("telegram", "456"), world.coins("discord", "123")), (155, 155));
    world.verify().await;
}

#[tokio::test]
async fn an_empty_file_in_the_databases_place_is_asked_about() {
    let mut world = World::new(&["telegram"]).await;
    for id in 0..20 {
        world.bot("telegram", &format!("INSERT INTO users VALUES ('{id}', 100)"));
    }
    world.rest().await;
    fs::remove_file(world.path("telegram")).unwrap();
    world.bot("telegram", "CREATE TABLE users (id TEXT PRIMARY KEY, coins INTEGER NOT NULL DEFAULT 0)");
    world.bot("telegram", "INSERT INTO users VALUES ('3', 0)");
    let mut progress = Progress::Again;
    while progress == Progress::Again {
        progress = world.cycle("telegram").await.unwrap();
    }
    let Progress::Paused(Question::Mass(mass)) = progress else { panic!("{progress:?}") };
    assert_eq!((mass.changed, mass.gone, mass.of), (1, 19, 20));
    operate::resume(world.engines.get_mut("telegram").unwrap(), Decision::Ledger).await.unwrap().unwrap();
    world.rest().await;
    assert_eq!((world.coins("telegram", "3"), world.purse("telegram:7").await), (100, 100));
    world.verify().await;
}

#[tokio::test]
async fn two_engines_that_attach_at_once_agree() {
    let mut world = World::new(&["telegram"]).await;
    world.bot("telegram", "INSERT INTO users VALUES ('1', 100)");
    let mut other = world.at(&world.path("telegram"), "telegram");
    while other.cycle().await.unwrap() == Progress::Again {}
    world.bot("telegram", "UPDATE users SET coins = coins + 1");
    world.rest().await;
    world.bot("telegram", "UPDATE users SET coins = coins + 1");
    assert_eq!(other.cycle().await.unwrap(), Progress::InStep);
    world.rest().await;
    assert_eq!(world.purse("telegram:1").await, 102);
    world.verify().await;
}

#[tokio::test]
async fn who_came_back_while_nobody_looked_is_counted_once() {
    let mut world = World::new(&["telegram"]).await;
    for id in 0..20 {
        world.bot("telegram", &format!("INSERT INTO users VALUES ('{id}', 100)"));
    }
    world.rest().await;
    world.bot("telegram", "DELETE FROM users WHERE id = '3'");
    let triggers = ["update", "odd", "before", "insert", "delete", "rename", "leave", "arrive"];
    let drops: String = triggers.iter().map(|what| format!("DROP TRIGGER onepurse_coins_{what};")).collect();
    world.bot(
        "telegram",
        &format!("{drops} INSERT INTO users VALUES ('3', 5); UPDATE users SET coins = 7 WHERE id <> '3'"),
    );
    let mut progress = Progress::Again;
    while progress == Progress::Again {
        progress = world.cycle("telegram").await.unwrap();
    }
    assert!(matches!(progress, Progress::Paused(Question::Mass(_))), "{progress:?}");
    operate::resume(world.engines.get_mut("telegram").unwrap(), Decision::Count).await.unwrap().unwrap();
    world.rest().await;
    assert_eq!((world.coins("telegram", "3"), world.purse("telegram:3").await), (5, 5));
    assert_eq!((world.coins("telegram", "4"), world.purse("telegram:4").await), (7, 7));
    world.verify().await;
}

#[tokio::test]
async fn a_table_that_is_gone_is_waited_for() {
    let mut world = World::linked().await;
    world.bot("telegram", "UPDATE users SET coins = coins + 3; ALTER TABLE users RENAME TO elsewhere");
    let refused = world.cycle("telegram").await;
    assert!(matches!(refused, Err(SyncError::Refused(Refusal::TableGone { .. }))), "{refused:?}");
    world.bot("telegram", "ALTER TABLE elsewhere RENAME TO users");
    world.rest().await;
    assert_eq!((world.coins("telegram", "456"), world.coins("discord", "123")), (153, 153));
    world.verify().await;
}
