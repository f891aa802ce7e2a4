//! Wrapped bots, which stand in no configuration.

use std::fs;

use onepurse_core::{Amount, Platform};
use onepurse_replica::wrap::{Place, Shows, Sidecar};

use crate::world::World;

const LEDGER: (&str, &str) = ("DATABASE_URL", "sqlite://ledger.db");
const CONFIG: &str = r#"
[[platform]]
name = "telegram"
database = "sqlite://bot.onepurse"
[[platform.balance]]
table = "balance_coins"
id = "id"
column = "value"
"#;

/// A sidecar of a bot on telegram with somebody in it who has 100; once attached by what a configuration said, which is gone.
fn world() -> World {
    let world = World::new(CONFIG);
    let (telegram, coins): (Platform, _) = ("telegram".parse().unwrap(), "coins".parse().unwrap());
    let place = Place::File(world.path().join("bot.onepurse"));
    let mut sidecar = Sidecar::open(&place, &telegram, std::slice::from_ref(&coins)).unwrap();
    sidecar
        .begin(&[Shows { asset: coins, external: "456".parse().unwrap(), value: Amount::new(100) }], None)
        .unwrap();
    let synced = world.run(&["sync", "--until-idle", "--log-level", "off"]);
    assert_eq!(synced.code, 0, "{synced:?}");
    fs::remove_file(world.path().join("onepurse.toml")).unwrap();
    world
}

#[test]
fn a_sidecar_is_found_by_what_the_ledger_knows() {
    let world = world();
    let missing = world.run(&["status"]);
    assert_eq!(missing.code, 2, "nobody has said where the ledger is: {missing:?}");
    let status = world.run_with(&[LEDGER], &["status", "--json"]);
    let platforms = &status.json()["platforms"];
    assert_eq!(
        (&platforms[0]["name"], &platforms[0]["state"]),
        (&"telegram".into(), &"in step".into()),
        "{status:?}"
    );
    let verified = world.run_with(&[LEDGER], &["verify", "--json"]).json();
    assert_eq!((&verified["ok"], &verified["identities"]), (&true.into(), &1.into()), "{verified}");
    let forgotten = world.run_with(&[LEDGER], &["forget", "telegram:456"]);
    assert_eq!(forgotten.code, 0, "{forgotten:?}");
}

#[test]
fn what_is_attached_elsewhere_is_named() {
    let world = world();
    let (here, there) = (world.path().join("bot.onepurse"), world.path().join("moved.db"));
    fs::rename(&here, there).unwrap();
    let status = world.run_with(&[LEDGER], &["status"]);
    assert!(
        status.out.contains("telegram is attached at ") && status.out.contains("bot.onepurse"),
        "{status:?}"
    );
    let verified = world.run_with(&[LEDGER], &["verify"]);
    assert!(verified.code == 0 && verified.out.contains("it was not looked at"), "{verified:?}");
    let elsewhere = &world.run_with(&[LEDGER], &["verify", "--json"]).json()["elsewhere"];
    assert_eq!(elsewhere[0]["name"], "telegram");
    let refused = world.run_with(&[LEDGER], &["forget", "telegram:456"]);
    assert!(refused.err.contains("does not say where"), "{refused:?}");
}

#[test]
fn a_worker_says_what_it_lacks() {
    let world = world();
    let none = world.run(&["worker"]);
    assert!(none.code == 2 && none.err.contains("DATABASE_URL"), "{none:?}");
    for (sidecar, said, code) in [
        ("discord=bot.onepurse", "the sidecar in bot.onepurse is telegram's, not discord's", 2),
        ("postgres://:secret@", "names no sidecar", 2),
    ] {
        let ended = world.run_with(&[LEDGER], &["worker", sidecar]);
        assert!(ended.code == code && ended.err.contains(said), "{sidecar}: {ended:?}");
        assert!(!ended.err.contains("secret"), "{ended:?}");
    }
    fs::copy(world.path().join("bot.onepurse"), world.path().join("copy.onepurse")).unwrap();
    let two = world.run_with(&[LEDGER], &["worker"]);
    assert!(two.code == 2 && two.err.contains("more than one sidecar of telegram"), "{two:?}");
}
