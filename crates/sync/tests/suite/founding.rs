//! The founding scenarios, step by step.

use onepurse_sync::{Happening, Progress};

use crate::world::World;

#[tokio::test]
async fn what_is_earned_anywhere_is_seen_everywhere() {
    let mut world = World::new(&["telegram", "discord"]).await;
    world.bot("telegram", "INSERT INTO users (id) VALUES ('456')");
    world.bot("discord", "INSERT INTO users (id) VALUES ('123')");
    world.rest().await;
    world.link("telegram:456", "discord:123").await;
    world.rest().await;

    world.bot("telegram", "UPDATE users SET coins = coins + 100 WHERE id = '456'");
    world.rest().await;
    assert_eq!((world.coins("discord", "123"), world.purse("telegram:456").await), (100, 100));

    world.bot("discord", "UPDATE users SET coins = coins + 50 WHERE id = '123'");
    world.rest().await;
    assert_eq!((world.coins("telegram", "456"), world.purse("discord:123").await), (150, 150));
    assert_eq!(world.happened(|one| matches!(one, Happening::InStep)), 2);
    world.verify().await;
}

#[tokio::test]
async fn openings_count_once() {
    let mut world = World::new(&["telegram"]).await;
    world.bot("telegram", "INSERT INTO users VALUES ('1', 70), ('2', 0)");
    world.rest().await;
    assert_eq!((world.purse("telegram:1").await, world.purse("telegram:2").await), (70, 0));
    world.rest().await;
    world.restart("telegram");
    world.rest().await;
    assert_eq!(world.purse("telegram:1").await, 70);
    world.verify().await;
}

#[tokio::test]
async fn what_both_spend_apart_is_held_below_zero_and_repays_itself() {
    let mut world = World::new(&["telegram", "discord"]).await;
    world.bot("telegram", "INSERT INTO users VALUES ('456', 100)");
    world.bot("discord", "INSERT INTO users VALUES ('123', 0)");
    world.rest().await;
    world.link("telegram:456", "discord:123").await;
    world.rest().await;
    world.bot("telegram", "UPDATE users SET coins = coins - 80");
    world.bot("discord", "UPDATE users SET coins = coins - 80");
    world.rest().await;
    assert_eq!(world.purse("telegram:456").await, -60);
    assert_eq!((world.coins("telegram", "456"), world.coins("discord", "123")), (0, 0));
    world.verify().await;
    world.bot("discord", "UPDATE users SET coins = coins + 100");
    world.rest().await;
    assert_eq!(
        (world.coins("telegram", "456"), world.coins("discord", "123"), world.purse("discord:123").await),
        (40, 40, 40)
    );
    world.verify().await;
}

#[tokio::test]
async fn a_bot_that_writes_meanwhile_loses_nothing() {
    let mut world = World::new(&["telegram", "discord"]).await;
    world.bot("telegram", "INSERT INTO users VALUES ('456', 0)");
    world.bot("discord", "INSERT INTO users VALUES ('123', 0)");
    world.rest().await;
    world.link("telegram:456", "discord:123").await;
    for round in 0..20 {
        world.bot("telegram", "UPDATE users SET coins = coins + 3");
        if round % 3 == 0 {
            assert_ne!(world.cycle("telegram").await.unwrap(), Progress::Again);
        }
        world.bot("discord", "UPDATE users SET coins = coins - 1");
        if round % 2 == 0 {
            world.cycle("discord").await.unwrap();
        }
    }
    world.rest().await;
    assert_eq!(
        (world.purse("telegram:456").await, world.coins("telegram", "456"), world.coins("discord", "123")),
        (40, 40, 40)
    );
    world.verify().await;
}
