//! The founding walk, on every shape and in both journal modes: earn here, see there, spend, save, meet someone new.

use serde_json::json;

use crate::harness::{
    ACCOUNT, BANK, CACHED, ECONOMY, FOUNDING, Pair, STORAGE, Shape,
    pair::{D, T},
};

fn walk(shape: Shape, journal_mode: &str) {
    let scale = if shape == STORAGE { 2 } else { 0 };
    let pair = Pair::with(shape, journal_mode, |config| config.assets.push(("coins", scale)));
    let Pair { world, telegram, discord } = &pair;

    telegram.restart();
    telegram.earn(T, 100);
    pair.syncs_to(100);
    discord.earn(D, 50);
    pair.syncs_to(150);

    telegram.restart();
    assert_eq!(telegram.call("balance", &json!([T])).as_f64(), Some(150.0), "the bot itself sees it");
    telegram.resave(T);
    telegram.spend(T, 30);
    pair.syncs_to(120);
    telegram.restart();
    telegram.resave(T);
    discord.resave(D);
    pair.syncs_to(120);
    assert_eq!(pair.deltas(), ["100", "50", "-30"]);

    telegram.register(789, 25);
    world.sync();
    assert_eq!(world.coins(&telegram.identity(789)), "25", "someone new");
    world.verify();
}

macro_rules! walks {
    ($($name:ident: $shape:expr, $journal_mode:expr;)*) => {
        $(#[test] fn $name() { walk($shape, $journal_mode); })*
    };
}

walks! {
    shape_1_economy: ECONOMY, "delete";
    shape_1_economy_wal: ECONOMY, "wal";
    shape_2_bank: BANK, "delete";
    shape_2_bank_wal: BANK, "wal";
    shape_3_account: ACCOUNT, "delete";
    shape_3_account_wal: ACCOUNT, "wal";
    shape_6_storage: STORAGE, "delete";
    shape_6_storage_wal: STORAGE, "wal";
    shape_10_cached: CACHED, "delete";
    shape_10_cached_wal: CACHED, "wal";
    shape_14_founding: FOUNDING, "delete";
    shape_14_founding_wal: FOUNDING, "wal";
    shape_14_founding_persist: FOUNDING, "persist";
    shape_14_founding_truncate: FOUNDING, "truncate";
}
