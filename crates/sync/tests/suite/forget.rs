//! Somebody is forgotten, and what was meant to follow does not.

use onepurse_core::{EventKey, Random as _};
use onepurse_ledger::{Forgetting as _, Unlink};
use onepurse_sync::Traces;

use crate::world::World;

/// They leave their purse with nothing.
async fn part(world: &World, who: &str) {
    let mut key = [0; 16];
    world.random.fill(&mut key);
    let unlink = Unlink { key: EventKey(key), identity: who.parse().unwrap(), actor: None, reason: None };
    world.ledger.part(unlink).await.unwrap();
}

/// Their name goes at once, as if their platform were out of reach.
async fn forget(world: &World, who: &str) {
    part(world, who).await;
    world.ledger.erase(who.parse().unwrap()).await.unwrap();
}

#[tokio::test]
async fn a_ledger_put_back_while_a_bot_hears_of_it_is_told_everything_again() {
    let mut world = World::linked().await;
    world.bot("telegram", "INSERT INTO users VALUES ('9', 5)");
    world.rest().await;
    let backup = world.back_up_ledger();
    world.bot("telegram", "UPDATE users SET coins = coins + 10 WHERE id = '456'");
    world.rest().await;
    forget(&world, "telegram:9").await;
    world.cycle("telegram").await.unwrap();
    world.put_back_ledger(&backup);
    world.rest().await;
    assert_eq!((world.coins("telegram", "456"), world.purse("telegram:456").await), (160, 160));
    assert_eq!((world.coins("telegram", "9"), world.purse("telegram:9").await), (5, 5));
    world.verify().await;
}

#[tokio::test]
async fn who_was_let_go_of_and_never_erased_has_what_the_ledger_says() {
    let mut world = World::linked().await;
    world.bot("telegram", "INSERT INTO users VALUES ('9', 5)");
    world.rest().await;
    world.bot("telegram", "DELETE FROM users WHERE id = '9'");
    part(&world, "telegram:9").await;
    world.rest().await;
    let engine = world.engines.get_mut("telegram").unwrap();
    let traces = onepurse_sync::forget(engine, &"9".to_owned().try_into().unwrap()).await.unwrap();
    assert_eq!(traces, Traces::Removed);
    world.bot(
        "telegram",
        "INSERT INTO users VALUES ('9', 30); UPDATE users SET coins = coins + 2 WHERE id = '9'",
    );
    world.rest().await;
    assert_eq!((world.coins("telegram", "9"), world.purse("telegram:9").await), (2, 2));
    world.verify().await;
}
