//! `show`, `link` and `history`: the verbs that need the ledger alone.

use serde_json::json;

use crate::world::World;

const EARNED: [(&str, i64); 2] = [("telegram:456", 100), ("discord:123", 50)];

#[test]
fn two_identities_become_one_purse() {
    let world = World::new("").with_ledger(0, &EARNED);
    let shown = world.run(&["show", "telegram:456", "--json"]);
    assert_eq!(shown.code, 0, "{shown:?}");
    assert_eq!(
        shown.json(),
        json!({ "purse": 1, "identities": ["telegram:456"], "balances": { "coins": 100 } })
    );

    let linked = world.run(&["link", "telegram:456", "discord:123", "--reason", "asked", "--json"]);
    assert_eq!(linked.code, 0, "{linked:?}");
    let together =
        json!({ "purse": 1, "identities": ["discord:123", "telegram:456"], "balances": { "coins": 150 } });
    assert_eq!(linked.json(), together);
    assert_eq!(world.run(&["show", "discord:123", "--json"]).json(), together);

    let history = world.run(&["history", "discord:123", "--json"]);
    let items = history.json();
    let items = items["entries"].as_array().unwrap();
    assert_eq!(items.last().unwrap()["time"], "2026-11-23T06:52:00.000Z");
    assert_eq!(items.last().unwrap()["delta"], 100);
    assert!(items.iter().any(|item| item["kind"] == "merge" && item["reason"] == "asked"), "{items:?}");
    assert_eq!(items[0]["balance"], 150);
}

#[test]
fn people_are_spoken_to_in_their_language() {
    let world =
        World::new("language = \"ru\"\n[[asset]]\nname = \"coins\"\nscale = 2\n").with_ledger(2, &EARNED);
    let shown = world.run(&["show", "telegram:456"]);
    assert_eq!(shown.out, "кошелёк   1\nаккаунты  telegram:456\ncoins     1.00\n");
    let history = world.run(&["history", "telegram:456", "--limit", "1"]);
    assert_eq!(
        history.out,
        "№  время                аккаунт       единица  изменение  баланс  вид        причина\n\
         1  2026-11-23 06:52:00  telegram:456  coins        +1.00    1.00  изменение\n"
    );
    let linked = world.run(&["link", "telegram:456", "discord:123"]);
    assert!(linked.out.starts_with("У discord:123 теперь общий кошелёк с telegram:456.\n"), "{linked:?}");
    let json = world.run(&["show", "telegram:456", "--json"]);
    assert_eq!(json.json()["balances"], json!({ "coins": "1.50" }));
}

#[test]
fn history_comes_in_pages() {
    let changes: Vec<_> = (1..=5).map(|delta| ("telegram:456", delta)).collect();
    let world = World::new("").with_ledger(0, &changes);
    let page = world.run(&["history", "telegram:456", "--limit", "2"]);
    assert!(page.out.ends_with("There is more: --before 4\n"), "{page:?}");
    let page = world.run(&["history", "telegram:456", "--limit", "2", "--before", "4", "--json"]);
    let seqs: Vec<_> =
        page.json()["entries"].as_array().unwrap().iter().map(|item| item["seq"].clone()).collect();
    assert_eq!((&seqs[..], &page.json()["next"]), (&[3.into(), 2.into()][..], &json!(2)));
    let last = world.run(&["history", "telegram:456", "--limit", "2", "--before", "3", "--json"]);
    assert_eq!(last.json()["next"], json!(null));
    let nothing = world.run(&["history", "telegram:456", "--before", "1"]);
    assert_eq!((nothing.code, nothing.out.as_str()), (0, "No entries.\n"));
}

#[test]
fn what_fits_is_found_however_far_down_it_is() {
    let world = World::new("").with_ledger(0, &[("telegram:456", 1), ("telegram:456", 2)]);
    let rows = "telegram:456,1,gift\n".repeat(5_100);
    std::fs::write(world.path().join("gifts.csv"), format!("identity,amount,reason\n{rows}")).unwrap();
    let given = world.run(&["grant", "gifts.csv"]);
    assert_eq!(given.code, 0, "{given:?}");
    let changes = ["history", "telegram:456", "--kind", "change", "--limit", "1"];
    let page = world.run(&[&changes[..], &["--json"]].concat()).json();
    assert_eq!((&page["entries"][0]["seq"], &page["next"]), (&json!(2), &json!(2)));
    assert!(world.run(&changes).out.ends_with("There is more: --before 2\n"));
    let last = world.run(&[&changes[..], &["--before", "2", "--json"]].concat()).json();
    assert_eq!((&last["entries"][0]["seq"], &last["next"]), (&json!(1), &json!(null)));
    let earned =
        world.run(&["history", "telegram:456", "--kind", "earn", "--limit", "5100", "--json"]).json();
    assert_eq!((earned["entries"].as_array().unwrap().len(), &earned["next"]), (5_100, &json!(null)));
    let neither = world.run(&["history", "telegram:456", "--platform", "discord"]);
    assert_eq!((neither.code, neither.out.as_str()), (0, "No entries.\n"));
}

#[test]
fn a_rule_that_says_no_is_named() {
    let world = World::new("").with_ledger(0, &[EARNED[0], EARNED[1], ("telegram:7", i64::MAX)]);
    for (arguments, name) in [
        (&["show", "telegram:1"][..], "IdentityUnknown"),
        (&["history", "telegram:1"], "IdentityUnknown"),
        (&["link", "telegram:456", "discord:1"], "IdentityUnknown"),
        (&["link", "telegram:456", "telegram:456"], "SameIdentity"),
        (&["link", "telegram:456", "telegram:7"], "PlatformTaken"),
        (&["link", "discord:123", "telegram:7"], "WouldOverflow"),
    ] {
        let words = world.run(arguments);
        assert_eq!(words.code, 3, "{words:?}");
        assert!(words.out.is_empty() && words.err.starts_with(&format!("error: {name}: ")), "{words:?}");
        let json = world.run(&[arguments, &["--json"]].concat());
        assert_eq!((json.code, json.error()["error"].as_str()), (3, Some(name)), "{json:?}");
    }
    assert_eq!(world.run(&["show", "discord:123", "--json"]).json()["balances"]["coins"], 50);
}

#[test]
fn a_ledger_that_cannot_be_used_is_told() {
    let world = World::new("");
    let missing = world.run(&["show", "telegram:456"]);
    assert_eq!(missing.code, 4, "{missing:?}");
    assert!(missing.err.contains("there is no ledger at") && missing.err.contains("hint: "), "{missing:?}");
    assert!(!world.path().join("ledger.db").exists());

    std::fs::write(world.path().join("ledger.db"), "no database, and long enough to be told so").unwrap();
    let broken = world.run(&["show", "telegram:456", "--json"]);
    assert_eq!(broken.code, 4, "{broken:?}");
    assert!(broken.error()["hint"].is_string(), "{broken:?}");
}
