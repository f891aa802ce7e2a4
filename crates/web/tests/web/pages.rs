use axum::http::{StatusCode, header};
use onepurse_core::EventKind;
use onepurse_web::Language;

use crate::world::{NOON_MS, World};

/// What a reader sees: the text without tags, with single spaces.
fn text(html: &str) -> String {
    let mut text = String::new();
    for piece in html.split('<') {
        text.push_str(piece.split_once('>').map_or(piece, |(_, after)| after));
        text.push(' ');
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn the_leaderboard_starts_with_the_most() {
    let world = World::new().await;
    world.earn("telegram:456", 100).await;
    world.earn("discord:123", 50).await;
    world.earn("telegram:9", 1_234_567).await;
    world.link("telegram:456", "discord:123").await;
    let reply = world.get("/").await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.header(header::CONTENT_TYPE), "text/html; charset=utf-8");
    let text = text(&reply.body);
    assert!(
        text.contains("1 telegram: 9 1,234,567 2 discord: 123 telegram: 456 150"),
        "the richest first, both identities on one line: {text}"
    );
    assert!(reply.body.contains(r#"<a class="identities" href="/purses/1">"#));
}

#[tokio::test]
async fn each_asset_has_a_leaderboard() {
    let world = World::new().await;
    let mut gems = world.change("telegram:456", -50);
    gems.asset = "gems".parse().unwrap();
    world.append(vec![gems]).await;
    let page = world.get("/?asset=gems").await.body;
    assert!(text(&page).contains("telegram: 456 −0.50"), "{}", text(&page));
    assert!(page.contains(r#"<a href="/?asset=gems" aria-current="page">gems</a>"#), "{page}");
}

#[tokio::test]
async fn the_leaderboard_has_pages() {
    let world = World::new().await;
    let changes = (1..=60).map(|n| world.change(&format!("telegram:user{n}"), n)).collect();
    world.append(changes).await;
    let first = world.get("/").await.body;
    assert!(first.contains("user60<") && first.contains("user11<") && !first.contains("user10<"));
    assert!(first.contains("page=2") && !first.contains("rel=\"prev\""));
    let second = world.get("/?page=2").await.body;
    assert!(second.contains("user10<") && second.contains("user1<") && !second.contains("user11<"));
    assert!(second.contains("page=1") && !second.contains("rel=\"next\""));
    assert!(text(&world.get("/?page=3").await.body).contains("The leaderboard ends before this page"));
}

#[tokio::test]
async fn the_leaderboard_ends_where_a_ledger_would_walk_too_far() {
    let world = World::new().await;
    let changes = (1..=10_051).map(|n| world.change(&format!("telegram:user{n}"), n)).collect();
    world.append(changes).await;
    let last = world.get("/?page=200").await.body;
    assert!(
        last.contains(">10000<") && last.contains("page=199") && !last.contains("rel=\"next\""),
        "{last}"
    );
    assert!(world.get("/?page=199").await.body.contains("rel=\"next\""));
    for beyond in ["201", "80000000"] {
        let page = world.get(&format!("/?page={beyond}")).await.body;
        assert!(text(&page).contains("The leaderboard ends before this page"), "{page}");
    }
}

#[tokio::test]
async fn an_empty_ledger_says_what_to_do() {
    let world = World::new().await;
    let text = text(&world.get("/").await.body);
    assert!(text.contains("No purses yet") && text.contains("onepurse status"), "{text}");
}

#[tokio::test]
async fn a_purse_shows_its_history() {
    let world = World::new().await;
    let mut opening = world.change("telegram:456", 100);
    opening.kind = EventKind::Opening;
    world.append(vec![opening]).await;
    let mut spent = world.change("telegram:456", -130);
    spent.reason = Some("a <b>sword</b>".to_owned());
    world.append(vec![spent]).await;

    let page = world.get("/purses/1").await.body;
    let text = text(&page);
    assert!(text.contains("Purse 1 telegram: 456 coins −30 History"), "{text}");
    assert!(text.contains("Opening telegram: 456 +100 100"), "{text}");
    assert!(text.contains("Change a &#60;b&#62;sword&#60;/b&#62; telegram: 456 −130 −30"), "{text}");
    assert!(page.contains(r#"<time datetime="2026-11-14T12:03:"#), "{page}");
    assert!(text.contains("14 Nov 2026, 12:03:"), "{text}");
}

#[tokio::test]
async fn a_history_has_pages() {
    let world = World::new().await;
    let changes = (0..60).map(|_| world.change("telegram:456", 1)).collect();
    world.append(changes).await;
    let newest = world.get("/purses/1").await.body;
    assert!(newest.contains("entry-60\"") && newest.contains("entry-11\"") && !newest.contains("entry-10\""));
    assert!(newest.contains("/purses/1?before=11"));
    let older = world.get("/purses/1?before=11").await.body;
    assert!(older.contains("entry-10\"") && older.contains("entry-1\"") && !older.contains("entry-11\""));
    assert!(text(&world.get("/purses/1?before=1").await.body).contains("The history ends here"));
}

#[tokio::test]
async fn many_changes_in_one_statement_are_a_bulk() {
    let world = World::new().await;
    let at_once = |platform: &str, n: i64| {
        let mut change = world.change(&format!("{platform}:{n}"), 5);
        change.captured_ms = NOON_MS;
        change.key = onepurse_core::EventKey::captured(NOON_MS, change.key.0[8..].try_into().unwrap());
        change
    };
    world.append((0..10).map(|n| at_once("telegram", n)).collect()).await;
    world.append((0..9).map(|n| at_once("discord", n)).collect()).await;
    assert!(text(&world.get("/purses/1").await.body).contains("Change bulk telegram: 0"));
    assert!(!world.get("/purses/11").await.body.contains("bulk"));
}

#[tokio::test]
async fn a_linked_purse_is_found_by_each_identity() {
    let world = World::new().await;
    world.earn("telegram:456", 100).await;
    world.earn("discord:123", 50).await;
    world.link("telegram:456", "discord:123").await;
    for identity in ["telegram/456", "discord/123"] {
        let reply = world.get(&format!("/identities/{identity}")).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER);
        assert_eq!(reply.header(header::LOCATION), "/purses/1");
    }
    let page = text(&world.get("/purses/1").await.body);
    assert!(page.contains("Link by admin") && page.contains("Merge"), "{page}");
    let left = text(&world.get("/purses/2").await.body);
    assert!(left.contains("Nobody has this purse any more"), "{left}");
}

#[tokio::test]
async fn what_bots_keep_is_text_not_markup() {
    let world = World::new().await;
    world.earn("website:<script>alert(1)</script>\"'&", 100).await;
    for path in ["/", "/purses/1"] {
        let page = world.get(path).await.body;
        assert!(page.contains("&#60;script&#62;alert(1)&#60;/script&#62;&#34;&#39;&#38;"), "{page}");
        assert!(!page.contains("<script>"), "{page}");
    }
}

#[tokio::test]
async fn pages_speak_russian() {
    let world = World::with(Language::Ru, true).await;
    assert!(text(&world.get("/").await.body).contains("Кошельков пока нет"));
    world.earn("telegram:456", 1_000).await;
    let leaderboard = world.get("/").await.body;
    assert!(leaderboard.contains("<html lang=\"ru\">"));
    assert!(
        text(&leaderboard).contains("Место Кто coins 1 telegram: 456 1\u{a0}000")
            || leaderboard.contains("1\u{a0}000")
    );
    let purse = text(&world.get("/purses/1").await.body);
    assert!(
        purse.contains("Кошелёк 1") && purse.contains("Изменение") && purse.contains("14 ноября 2026"),
        "{purse}"
    );
    for path in ["/purses/7", "/?page=0", "/", "/purses/1"] {
        let page = world.get(path).await.body;
        assert!(!page.contains("Unknown localization"), "{page}");
    }
}

#[tokio::test]
async fn a_page_that_cannot_be_shown_says_why() {
    let world = World::new().await;
    for (path, status, part) in [
        ("/purses/7", 404, "there is no purse 7"),
        ("/purses/seven", 400, "path"),
        ("/purses/7?before=0", 400, "`before`"),
        ("/purses/7/events", 404, "there is no purse 7"),
        ("/identities/telegram/7", 404, "telegram:7 was never seen"),
        ("/?page=0", 400, "pages are numbered from 1"),
        ("/?page=4294967295", 400, "`page`"),
        ("/?asset=Coins", 400, "is no asset name"),
        ("/?asset=pearls", 404, "the ledger counts no `pearls`"),
        ("/events?asset=pearls", 404, "the ledger counts no `pearls`"),
        ("/assets/nothing.css", 404, "nothing is at this address"),
        ("/nothing", 404, "nothing is at this address"),
    ] {
        let reply = world.get(path).await;
        assert_eq!(reply.status.as_u16(), status, "{path}");
        assert_eq!(reply.header(header::CONTENT_TYPE), "text/html; charset=utf-8", "{path}");
        assert!(reply.body.contains(part), "{path}: {}", reply.body);
    }
}
