use axum::http::StatusCode;
use onepurse_web::{Health, PlatformHealth};
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn ready_means_in_step() {
    let world = World::new().await;
    assert_eq!(world.get("/readyz").await.status, StatusCode::OK);
    assert_eq!(world.get("/healthz").await.status, StatusCode::OK);

    let platform = |name: &str, state: &str, reason: Option<&str>| PlatformHealth {
        name: name.to_owned(),
        state: state.to_owned(),
        reason: reason.map(ToOwned::to_owned),
    };
    world.health.send_replace(Health {
        ready: false,
        platforms: vec![
            platform("discord", "in step", None),
            platform("telegram", "paused", Some("the database <users> is away")),
        ],
        ledger: Some("the ledger is on a full disk".to_owned()),
    });

    let reply = world.get("/readyz").await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        reply.json(),
        json!({
            "ready": false,
            "platforms": [
                {"name": "discord", "state": "in step", "reason": null},
                {"name": "telegram", "state": "paused", "reason": "the database <users> is away"},
            ],
            "ledger": "the ledger is on a full disk",
        })
    );
    assert_eq!(world.get("/healthz").await.status, StatusCode::OK);

    let page = world.get("/").await.body;
    assert!(page.contains("telegram: the database &#60;users&#62; is away"), "{page}");
    assert!(page.contains("the ledger is on a full disk"), "{page}");
    assert!(!page.contains("discord"), "{page}");
}
