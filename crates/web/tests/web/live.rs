use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use futures_util::StreamExt;
use onepurse_core::{Asset, AssetName, Scale};
use onepurse_ledger::Ledger;
use onepurse_web::{Health, Language};
use tokio::time::timeout;

use crate::world::World;

/// Longer than any machine needs; a test waits for events, and fails here only when none comes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A stream of events as a browser reads it.
struct Events {
    body: BodyDataStream,
    read: String,
}

impl Events {
    fn of(body: Body) -> Self {
        Self { body: body.into_data_stream(), read: String::new() }
    }

    /// The next event's name and data; nothing at the stream's end. Heartbeats are no events.
    async fn next(&mut self) -> Option<(String, String)> {
        timeout(PATIENCE, self.read_on()).await.expect("an event, or the end, in time")
    }

    async fn read_on(&mut self) -> Option<(String, String)> {
        loop {
            while let Some(end) = self.read.find("\n\n") {
                let block: String = self.read.drain(..end + 2).collect();
                let field = |name: &str| {
                    let values = block.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
                    values.collect::<Vec<_>>().join("\n")
                };
                let event = (field("event"), field("data"));
                if !event.0.is_empty() {
                    return Some(event);
                }
            }
            let chunk = self.body.next().await?;
            self.read.push_str(std::str::from_utf8(&chunk.ok()?).unwrap());
        }
    }

    async fn fragment(&mut self) -> String {
        let (name, data) = self.next().await.expect("a stream that goes on");
        assert_eq!(name, "fragment", "{data}");
        data
    }
}

#[tokio::test]
async fn a_change_reaches_open_pages() {
    let world = World::new().await;
    world.earn("telegram:456", 100).await;
    let mut leaderboard = Events::of(world.open("/events").await);
    let mut purse = Events::of(world.open("/purses/1/events").await);
    assert!(leaderboard.fragment().await.contains(">100<"));
    assert!(purse.fragment().await.contains(">100<"));

    world.earn("telegram:456", 50).await;
    assert!(leaderboard.fragment().await.contains(">150<"));
    let fragment = purse.fragment().await;
    assert!(fragment.contains(">150<") && fragment.contains("+50"), "{fragment}");
    assert!(!fragment.contains("<html"), "a part, not a page");
}

#[tokio::test]
async fn a_page_that_looks_the_same_hears_nothing() {
    let world = World::new().await;
    world.earn("telegram:456", 100).await;
    let mut purse = Events::of(world.open("/purses/1/events").await);
    purse.fragment().await;
    // Others' changes come first, and would be heard first.
    for _ in 0..5 {
        world.earn("telegram:7", 1).await;
    }
    world.earn("telegram:456", 11).await;
    assert!(purse.fragment().await.contains(">111<"));
}

#[tokio::test]
async fn a_burst_is_few_events() {
    let world = World::new().await;
    world.earn("telegram:456", 1).await;
    let mut leaderboard = Events::of(world.open("/events").await);
    leaderboard.fragment().await;
    for _ in 0..200 {
        world.earn("telegram:456", 1).await;
    }
    let mut heard = 1;
    while !leaderboard.fragment().await.contains(">201<") {
        heard += 1;
    }
    assert!(heard < 100, "{heard} events for 200 changes");
}

#[tokio::test]
async fn trouble_is_told_and_passes() {
    let world = World::new().await;
    world.earn("telegram:456", 100).await;
    let mut leaderboard = Events::of(world.open("/events").await);
    leaderboard.fragment().await;

    let (here, away) = (world.folder.path().join("ledger.db"), world.folder.path().join("away.db"));
    std::fs::rename(&here, &away).unwrap();
    let ledger = Some("the ledger is away".to_owned());
    world.health.send_replace(Health { ledger, ..Health::default() });
    assert_eq!(leaderboard.next().await.unwrap().0, "trouble");

    std::fs::rename(&away, &here).unwrap();
    world.health.send_replace(Health { ready: true, ..Health::default() });
    assert!(leaderboard.fragment().await.contains(">100<"));
}

#[tokio::test]
async fn a_page_opened_in_trouble_recovers() {
    let world = World::new().await;
    world.earn("telegram:456", 100).await;
    let (here, away) = (world.folder.path().join("ledger.db"), world.folder.path().join("away.db"));
    std::fs::rename(&here, &away).unwrap();
    let mut purse = Events::of(world.open("/purses/1/events").await);
    assert_eq!(purse.next().await.unwrap().0, "trouble");
    std::fs::rename(&away, &here).unwrap();
    world.earn("telegram:456", 50).await;
    assert!(purse.fragment().await.contains(">150<"));
}

#[tokio::test]
async fn the_first_purse_appears() {
    let world = World::before_assets(Language::En, true).await;
    let mut leaderboard = Events::of(world.open("/events?asset=coins&page=1").await);
    assert!(leaderboard.fragment().await.contains("No purses yet"));
    world.ledger.declare(vec![Asset::new(AssetName::default(), Scale::WHOLE)]).await.unwrap();
    world.earn("telegram:456", 100).await;
    assert!(leaderboard.fragment().await.contains(">100<"));
}

#[tokio::test]
async fn a_platform_that_falls_out_of_step_shows() {
    let world = World::new().await;
    let mut leaderboard = Events::of(world.open("/events").await);
    assert!(!leaderboard.fragment().await.contains("full disk"));
    world.health.send_replace(Health { ledger: Some("full disk".to_owned()), ..Health::default() });
    assert!(leaderboard.fragment().await.contains("full disk"));
}

#[tokio::test]
async fn open_pages_do_not_keep_the_program() {
    let mut world = World::new().await;
    world.earn("telegram:456", 100).await;
    let mut streams = vec![];
    for _ in 0..3 {
        let mut events = Events::of(world.open("/events").await);
        events.fragment().await;
        streams.push(events);
    }
    // A connection on which nobody ever asks for anything.
    let _mute = tokio::net::TcpStream::connect(world.address).await.unwrap();
    world.stop();
    timeout(Duration::from_secs(1), &mut world.server).await.expect("an end in a second").unwrap().unwrap();
    for mut events in streams {
        assert_eq!(events.next().await, None);
    }
}
