use axum::http::{StatusCode, header};
use onepurse_core::{Amount, EventKind};
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn an_identity_is_answered_with_its_purse() {
    let world = World::new().await;
    world.earn("telegram:456", 100).await;
    world.earn("discord:123", 50).await;
    world.link("telegram:456", "discord:123").await;
    let mut gems = world.change("discord:123", -1_234);
    gems.asset = "gems".parse().unwrap();
    world.append(vec![gems]).await;

    for identity in ["telegram/456", "discord/123"] {
        let reply = world.get(&format!("/api/v1/identities/{identity}")).await;
        assert_eq!(reply.status, StatusCode::OK);
        assert_eq!(reply.header(header::CONTENT_TYPE), "application/json");
        assert_eq!(reply.header(header::CACHE_CONTROL), "no-store");
        assert_eq!(
            reply.json(),
            json!({
                "purse": 1,
                "identities": ["discord:123", "telegram:456"],
                "balances": {"coins": 150, "gems": "-12.34"},
            })
        );
    }
}

#[tokio::test]
async fn an_entry_tells_everything() {
    let world = World::new().await;
    let mut opening = world.change("telegram:456", 100);
    opening.kind = EventKind::Opening;
    let mut gems = world.change("telegram:456", 1_250);
    gems.asset = "gems".parse().unwrap();
    gems.reason = Some("quest".to_owned());
    world.append(vec![opening]).await;
    world.append(vec![gems]).await;

    let reply = world.get("/api/v1/identities/telegram/456/entries").await;
    assert_eq!(reply.status, StatusCode::OK);
    let mut found = reply.json();
    let times: Vec<Value> =
        found["entries"].as_array_mut().unwrap().iter_mut().map(|entry| entry["time"].take()).collect();
    assert!(
        times.iter().all(|time| time.as_str().unwrap().starts_with("2026-11-14T12:03:")),
        "the ledger's time, not the bot's: {times:?}"
    );
    let same = |seq: i64, rest: Value| {
        let mut entry = json!({"seq": seq, "time": null, "platform": "telegram", "identity": "telegram:456", "actor": null});
        entry.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        entry
    };
    assert_eq!(
        found,
        json!({"next": null, "entries": [
            same(2, json!({"captured": "2026-11-14T12:03:05.002Z", "asset": "gems", "delta": "12.50", "balance": "12.50", "kind": "change", "reason": "quest"})),
            same(1, json!({"captured": "2026-11-14T12:03:05.001Z", "asset": "coins", "delta": 100, "balance": 100, "kind": "opening", "reason": null})),
        ]})
    );
}

#[tokio::test]
async fn entries_come_in_pages() {
    let world = World::new().await;
    let changes = (0..60).map(|_| world.change("telegram:456", 1)).collect();
    world.append(changes).await;
    world.earn("telegram:7", 1).await;

    let page = async |query: &str| {
        let found = world.get(&format!("/api/v1/identities/telegram/456/entries{query}")).await.json();
        let numbers = found["entries"].as_array().unwrap().iter().map(|entry| entry["seq"].as_i64().unwrap());
        (numbers.collect::<Vec<_>>(), found["next"].as_i64())
    };
    assert_eq!(page("").await, ((11..=60).rev().collect(), Some(11)));
    assert_eq!(page("?before=11").await, ((1..=10).rev().collect(), None));
    assert_eq!(page("?limit=2&before=11").await, (vec![10, 9], Some(9)));
    assert_eq!(page("?limit=500").await, ((1..=60).rev().collect(), None));
    assert_eq!(page("?before=1").await, (vec![], None));
}

#[tokio::test]
async fn the_largest_amounts_are_exact() {
    let world = World::new().await;
    world.earn("telegram:456", i64::MAX).await;
    let reply = world.get("/api/v1/identities/telegram/456").await;
    assert!(reply.body.contains(&Amount::MAX.to_string()), "{}", reply.body);
}

#[tokio::test]
async fn an_id_may_hold_anything() {
    let world = World::new().await;
    for (id, path) in [("a/b", "a%2Fb"), ("Ж ?", "%D0%96%20%3F"), ("\"\\", "%22%5C"), ("77:456", "77:456")] {
        world.earn(&format!("website:{id}"), 1).await;
        let reply = world.get(&format!("/api/v1/identities/website/{path}")).await;
        assert_eq!(reply.json()["identities"], json!([format!("website:{id}")]), "{path}");
    }
}

#[tokio::test]
async fn a_problem_is_a_problem_document() {
    let world = World::new().await;
    world.earn("telegram:456", 1).await;
    for (path, status, name, part) in [
        ("identities/telegram/7", 404, "IdentityUnknown", "telegram:7 was never seen"),
        ("identities/telegram/7/entries", 404, "IdentityUnknown", "telegram:7 was never seen"),
        ("identities/Telegram/456", 400, "BadParameter", "`Telegram` is no platform name"),
        ("identities/telegram/%FF", 400, "BadParameter", "UTF-8"),
        ("identities/telegram/456/entries?limit=0", 400, "BadParameter", "`limit`"),
        ("identities/telegram/456/entries?limit=501", 400, "BadParameter", "1 to 500"),
        ("identities/telegram/456/entries?limit=many", 400, "BadParameter", "limit"),
        ("identities/telegram/456/entries?before=0", 400, "BadParameter", "`before`"),
        ("identities/telegram/456/entries?before=x", 400, "BadParameter", "before"),
        ("nothing", 404, "NoSuchPage", "nothing is at this address"),
    ] {
        let reply = world.get(&format!("/api/v1/{path}")).await;
        let problem = reply.json();
        assert_eq!(reply.status.as_u16(), status, "{path}");
        assert_eq!(reply.header(header::CONTENT_TYPE), "application/problem+json", "{path}");
        assert_eq!(problem["status"], status, "{path}");
        assert_eq!(problem["type"], format!("urn:onepurse:problem:{name}"), "{path}");
        assert_eq!(problem["title"], reply.status.canonical_reason().unwrap(), "{path}");
        assert!(problem["detail"].as_str().unwrap().contains(part), "{path}: {problem}");
    }
}

#[tokio::test]
async fn a_ledger_that_is_away_is_a_problem_that_passes() {
    let world = World::new().await;
    world.earn("telegram:456", 1).await;
    let (here, away) = (world.folder.path().join("ledger.db"), world.folder.path().join("away.db"));
    std::fs::rename(&here, &away).unwrap();
    for path in ["/api/v1/identities/telegram/456", "/api/v1/identities/telegram/456/entries"] {
        let reply = world.get(path).await;
        assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE, "{}", reply.body);
        assert_eq!(reply.json()["type"], "urn:onepurse:problem:LedgerUnavailable");
    }
    assert_eq!(world.get("/").await.status, StatusCode::SERVICE_UNAVAILABLE);
    std::fs::rename(&away, &here).unwrap();
    assert_eq!(world.get("/api/v1/identities/telegram/456").await.status, StatusCode::OK);
}
