//! What happens around a database while nothing of it is captured.

use onepurse_core::Cursor;
use onepurse_ledger::{Ledger, LedgerError, Registration};
use onepurse_replica::Decision;
use onepurse_sync::{Progress, operate};

use crate::world::World;

#[tokio::test]
async fn what_was_written_while_detached_is_counted_on_demand() {
    for (decision, expected) in [(Decision::Ledger, 100), (Decision::Count, 130)] {
        let mut world = World::new(&["telegram"]).await;
        world.bot("telegram", "INSERT INTO users VALUES ('456', 100)");
        world.rest().await;
        assert!(operate::detach(world.engines.get_mut("telegram").unwrap(), false).await.unwrap());
        world.bot("telegram", "UPDATE users SET coins = 130; INSERT INTO users VALUES ('7', 5)");
        world.restart_deciding("telegram", decision);
        world.rest().await;
        assert_eq!((world.coins("telegram", "456"), world.purse("telegram:456").await), (expected, expected));
        assert_eq!(world.purse("telegram:7").await, 5);
        world.verify().await;
    }
}

async fn detach(world: &mut World, platform: &str) {
    assert!(operate::detach(world.engines.get_mut(platform).unwrap(), false).await.unwrap(), "{platform}");
}

/// What everyone sees of the one person, and that it is what their purse has.
async fn everyone_has(world: &World, coins: i64) {
    assert_eq!((world.coins("telegram", "456"), world.coins("discord", "123")), (coins, coins));
    assert_eq!((world.purse("telegram:456").await, world.purse("discord:123").await), (coins, coins));
    world.verify().await;
}

#[tokio::test]
async fn what_one_bot_did_while_detached_is_not_undone_by_the_next() {
    let mut world = World::linked().await;
    detach(&mut world, "telegram").await;
    detach(&mut world, "discord").await;
    world.bot("telegram", "UPDATE users SET coins = coins + 30");
    world.restart_deciding("telegram", Decision::Count);
    world.restart_deciding("discord", Decision::Count);
    world.rest().await;
    everyone_has(&world, 180).await;
}

#[tokio::test]
async fn what_others_did_meanwhile_is_no_change_of_the_detached_bot() {
    for (decision, expected) in [(Decision::Count, 207), (Decision::Ledger, 200)] {
        let mut world = World::linked().await;
        detach(&mut world, "discord").await;
        world.engines.remove("discord");
        world.bot("telegram", "UPDATE users SET coins = coins + 50");
        world.rest().await;
        world.bot("discord", "UPDATE users SET coins = coins + 7");
        world.restart_deciding("discord", decision);
        world.rest().await;
        everyone_has(&world, expected).await;
        // Once counted is counted: the next time begins where this one ended.
        detach(&mut world, "discord").await;
        world.bot("discord", "UPDATE users SET coins = coins - 1");
        world.restart_deciding("discord", decision);
        world.rest().await;
        everyone_has(&world, if decision == Decision::Count { 206 } else { 200 }).await;
    }
}

#[tokio::test]
async fn what_a_bots_own_limit_held_back_is_not_spent_by_being_away() {
    for (written, expected) in [("", 5_150), ("UPDATE users SET coins = coins - 7", 5_143)] {
        let mut world = World::linked().await;
        let cap = "CREATE TRIGGER cap BEFORE UPDATE ON users WHEN NEW.coins > 1000 \
                   BEGIN SELECT RAISE (ABORT, 'enough'); END";
        world.bot("telegram", cap);
        world.bot("discord", "UPDATE users SET coins = coins + 5000");
        world.rest().await;
        assert!(world.coins("telegram", "456") <= 1_000, "the row cannot show it");
        detach(&mut world, "telegram").await;
        world.bot("telegram", written);
        world.restart_deciding("telegram", Decision::Count);
        world.rest().await;
        assert_eq!(world.purse("telegram:456").await, expected);
        assert_eq!(world.coins("discord", "123"), expected);
        world.verify().await;
    }
}

async fn registered(world: &World, platform: &str) -> Registration {
    world.ledger.registration(platform.parse().unwrap()).await.unwrap().unwrap()
}

#[tokio::test]
async fn how_far_a_detached_database_had_got_is_not_forgotten_for_a_word_that_comes_late() {
    let mut world = World::linked().await;
    let before = registered(&world, "discord").await;
    detach(&mut world, "discord").await;
    let left = registered(&world, "discord").await;
    assert_eq!(left.left_at, Some(world.ledger.head().await.unwrap()));
    for late in [before.clone(), Registration { revision: before.revision + 1, ..before }] {
        let refused = world.ledger.register(late).await;
        assert!(matches!(refused, Err(LedgerError::RegistrationChanged { .. })), "{refused:?}");
    }
    assert_eq!(registered(&world, "discord").await, left);
    world.engines.remove("discord");
    world.bot("telegram", "UPDATE users SET coins = coins + 50");
    world.rest().await;
    world.bot("discord", "UPDATE users SET coins = coins + 7");
    world.restart_deciding("discord", Decision::Count);
    world.rest().await;
    everyone_has(&world, 207).await;
}

#[tokio::test]
async fn a_ledger_put_back_while_a_database_is_detached_is_told_everything_first() {
    for is_known in [true, false] {
        let mut world = World::new(&["telegram", "discord"]).await;
        let unknown = world.back_up_ledger();
        world.bot("telegram", "INSERT INTO users VALUES ('456', 100)");
        world.bot("discord", "INSERT INTO users VALUES ('123', 50)");
        world.rest().await;
        world.link("telegram:456", "discord:123").await;
        world.rest().await;
        let known = world.back_up_ledger();
        world.bot("telegram", "UPDATE users SET coins = coins + 10");
        world.rest().await;
        // Everything was sent; then, before it is noted how far the database had got:
        world.put_back_ledger(if is_known { &known } else { &unknown });
        assert!(!operate::detach(world.engines.get_mut("telegram").unwrap(), false).await.unwrap());
        world.rest().await;
        if !is_known {
            // A link is the ledger's own, and no replica knows it.
            world.link("telegram:456", "discord:123").await;
            world.rest().await;
        }
        everyone_has(&world, 160).await;
        detach(&mut world, "telegram").await;
        world.engines.remove("telegram");
        world.bot("telegram", "UPDATE users SET coins = coins + 7");
        world.bot("discord", "UPDATE users SET coins = coins + 50");
        world.rest().await;
        world.restart_deciding("telegram", Decision::Count);
        world.rest().await;
        everyone_has(&world, 217).await;
    }
}

#[tokio::test]
async fn a_database_can_be_detached_by_force_from_a_ledger_that_was_put_back() {
    let mut world = World::linked().await;
    let backup = world.back_up_ledger();
    world.bot("telegram", "UPDATE users SET coins = coins + 10");
    world.rest().await;
    world.put_back_ledger(&backup);
    let engine = world.engines.get_mut("telegram").unwrap();
    assert!(operate::detach(engine, true).await.unwrap());
    assert!(!operate::is_attached(engine).await.unwrap());
    assert_eq!(registered(&world, "telegram").await.left_at, None);
}

#[tokio::test]
async fn a_database_that_is_noted_as_detached_and_is_not_is_noted_as_attached() {
    let mut world = World::linked().await;
    let known = registered(&world, "telegram").await;
    let noted = Registration { left_at: Some(Cursor::ZERO), revision: known.revision + 1, ..known };
    world.ledger.register(noted.clone()).await.unwrap();
    assert_eq!(world.cycle("telegram").await.unwrap(), Progress::Again);
    let now = registered(&world, "telegram").await;
    assert_eq!(now, Registration { left_at: None, revision: noted.revision + 1, ..noted });
    world.rest().await;
    assert_eq!(registered(&world, "telegram").await, now, "said once");
}

#[tokio::test]
async fn who_was_linked_while_detached_is_counted_from_their_own_purse() {
    let mut world = World::new(&["telegram", "discord"]).await;
    world.bot("telegram", "INSERT INTO users VALUES ('456', 100)");
    world.bot("discord", "INSERT INTO users VALUES ('123', 50)");
    world.rest().await;
    detach(&mut world, "discord").await;
    world.engines.remove("discord");
    world.link("telegram:456", "discord:123").await;
    world.bot("discord", "UPDATE users SET coins = coins + 7");
    world.restart_deciding("discord", Decision::Count);
    world.rest().await;
    everyone_has(&world, 157).await;
}
