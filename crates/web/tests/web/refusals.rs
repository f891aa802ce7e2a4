use axum::http::{Request, StatusCode, header};
use onepurse_web::{Health, Language, PlatformHealth};
use serde_json::json;

use crate::world::World;

const BALANCES: [&str; 7] = [
    "/",
    "/events",
    "/purses/1",
    "/purses/1/events",
    "/identities/telegram/456",
    "/api/v1/identities/telegram/456",
    "/api/v1/identities/telegram/456/entries",
];

#[tokio::test]
async fn others_see_no_balances_without_access_control() {
    let world = World::with(Language::En, false).await;
    world.earn("telegram:456", 424_242).await;
    for path in BALANCES {
        let reply = world.get(path).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path}");
        assert!(reply.body.contains("access control does not exist yet"), "{path}: {}", reply.body);
        assert!(reply.body.contains("listen on 127.0.0.1"), "{path}: {}", reply.body);
        assert!(!reply.body.contains("424"), "{path}: {}", reply.body);
    }
    for path in ["/healthz", "/readyz"] {
        let reply = world.ask(Request::get(world.url(path)).header(header::HOST, "example.com")).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn others_hear_that_something_is_wrong_and_not_why() {
    let world = World::with(Language::En, false).await;
    let platform = PlatformHealth {
        name: "discord".to_owned(),
        state: "unreachable".to_owned(),
        reason: Some("the database postgres://bot@db.internal:5432/coins cannot be used".to_owned()),
    };
    let ledger = Some("the ledger postgres://bot@db.internal:5432/coins cannot be used".to_owned());
    world.health.send_replace(Health { ready: false, platforms: vec![platform], ledger });
    let reply = world.get("/readyz").await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        reply.json(),
        json!({
            "ready": false,
            "platforms": [{"name": "discord", "state": "unreachable", "reason": null}],
            "ledger": "unavailable",
        })
    );
}

#[tokio::test]
async fn a_host_that_dns_could_point_here_is_refused() {
    let world = World::new().await;
    world.earn("telegram:456", 1).await;
    let ask = async |path: &str, host: &str| {
        world.ask(Request::get(world.url(path)).header(header::HOST, host)).await.status
    };
    for path in BALANCES {
        for host in ["evil.example", "evil.example:80", "localhost.evil.example", "192.168.0.7"] {
            assert_eq!(ask(path, host).await, StatusCode::MISDIRECTED_REQUEST, "{path} of {host}");
        }
    }
    for host in ["localhost", "localhost:8080", "127.0.0.1", "[::1]:8080"] {
        assert_eq!(ask("/", host).await, StatusCode::OK, "{host}");
    }
}

#[tokio::test]
async fn browsers_are_told_to_run_nothing_else() {
    let world = World::new().await;
    world.earn("telegram:456", 1).await;
    for path in
        ["/", "/purses/1", "/nothing", "/api/v1/identities/telegram/456", "/assets/live.js", "/healthz"]
    {
        let reply = world.get(path).await;
        let policy = reply.header(header::CONTENT_SECURITY_POLICY);
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}");
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(reply.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff", "{path}");
        assert_eq!(reply.header(header::CACHE_CONTROL), "no-store", "{path}");
    }
    for path in ["/", "/purses/1"] {
        let page = world.get(path).await.body;
        assert!(!page.contains(" style=") && !page.contains("<style"), "{path}");
        assert_eq!(page.matches("<script").count(), page.matches("<script src=\"/assets/").count(), "{path}");
    }
}

#[tokio::test]
async fn nothing_can_be_changed_here() {
    let world = World::new().await;
    for path in BALANCES {
        assert_eq!(
            world.ask(Request::post(world.url(path))).await.status,
            StatusCode::METHOD_NOT_ALLOWED,
            "{path}"
        );
    }
}

#[tokio::test]
async fn files_have_their_types() {
    let world = World::new().await;
    for (name, content_type) in [
        ("site.css", "text/css; charset=utf-8"),
        ("live.js", "text/javascript; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
    ] {
        let reply = world.get(&format!("/assets/{name}")).await;
        assert_eq!(reply.status, StatusCode::OK, "{name}");
        assert_eq!(reply.header(header::CONTENT_TYPE), content_type);
        assert!(!reply.body.is_empty());
    }
}
