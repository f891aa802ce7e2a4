//! The pages in a real browser: Debian's Chromium, driven through its own driver.

use std::{process::Stdio, time::Duration};

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::world::World;

const PATIENCE: Duration = Duration::from_mins(1);

const FLAGS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--window-size=1000,800",
];

/// The driver, and a profile that nobody used before.
struct Driver {
    process: Child,
    profile: TempDir,
    port: u16,
}

impl Driver {
    async fn start() -> Self {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("chromedriver is needed: apt-get install chromium chromium-driver");
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = loop {
            let line = lines.next_line().await.unwrap().expect("chromedriver names its port");
            if let Some((_, port)) = line.rsplit_once("started successfully on port ") {
                break port.trim_end_matches('.').parse().unwrap();
            }
        };
        Self { process, profile: TempDir::new().unwrap(), port }
    }

    async fn browser(&self) -> Client {
        let mut args: Vec<String> = FLAGS.map(String::from).into();
        args.push(format!("--user-data-dir={}", self.profile.path().display()));
        let options = json!({"goog:chromeOptions": {"args": args}});
        ClientBuilder::new(HttpConnector::new())
            .capabilities(options.as_object().unwrap().clone())
            .connect(&format!("http://127.0.0.1:{}", self.port))
            .await
            .expect("Chromium starts: apt-get install chromium chromium-driver")
    }
}

#[tokio::test]
async fn a_change_appears_without_reloading() {
    let world = World::new().await;
    world.earn("telegram:456", 100).await;
    world.earn("discord:123", 20).await;
    world.link("telegram:456", "discord:123").await;
    world.earn("website:<script>alert(1)</script>", 7).await;

    let mut driver = Driver::start().await;
    let browser = driver.browser().await;
    // In a task of its own, so that the browser is closed also when this fails.
    let watched = tokio::spawn(watch(world, browser.clone())).await;
    browser.close().await.unwrap();
    driver.process.kill().await.unwrap();
    watched.unwrap();
}

async fn watch(world: World, browser: Client) {
    browser.goto(&world.url("/")).await.unwrap();
    wait_for(&browser, "#pulse.live").await;
    mark(&browser).await;
    assert_eq!(read(&browser, "[data-key=purse-1] .amount").await, "120");
    world.earn("telegram:456", 30).await;
    wait_for(&browser, "[data-key=purse-1].changed").await;
    assert_eq!(read(&browser, "[data-key=purse-1] .amount").await, "150");
    assert!(is_marked(&browser).await, "the leaderboard was not loaded again");

    browser.find(Locator::Css("a[href='/purses/1']")).await.unwrap().click().await.unwrap();
    wait_for(&browser, "[data-key=balance-coins]").await;
    wait_for(&browser, "#pulse.live").await;
    mark(&browser).await;
    assert_eq!(read(&browser, "[data-key=balance-coins] dd").await, "150");
    world.earn("discord:123", -60).await;
    wait_for(&browser, "[data-key=balance-coins].changed").await;
    assert_eq!(read(&browser, "[data-key=balance-coins] dd").await, "90");
    assert_eq!(read(&browser, ".history tbody tr:first-child .delta").await, "−60");
    assert!(is_marked(&browser).await, "the purse's page was not loaded again");
}

/// Waits for an element on which the browser is told to wait: no time is slept through.
async fn wait_for(browser: &Client, css: &str) {
    browser.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await.unwrap();
}

async fn read(browser: &Client, css: &str) -> String {
    browser.find(Locator::Css(css)).await.unwrap().text().await.unwrap()
}

/// Leaves something in the document that loading it again would remove.
async fn mark(browser: &Client) {
    browser.execute("window.marked = true", vec![]).await.unwrap();
}

async fn is_marked(browser: &Client) -> bool {
    browser.execute("return window.marked === true", vec![]).await.unwrap() == json!(true)
}
