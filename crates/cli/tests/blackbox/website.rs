//! The website's small API, beside what the verbs say.

use crate::harness::{
    ECONOMY, Pair,
    answers::{History, Purse},
    pair::T,
    process::Process,
    wait_until,
};

#[test]
fn the_api_says_what_the_verbs_say() {
    let pair = Pair::of(ECONOMY);
    let run = pair.world.run();
    pair.telegram.earn(T, 100);
    pair.comes_to(100);

    let (code, body) = run.get("/api/v1/identities/telegram/456");
    assert_eq!(code, 200, "{body}");
    let purse: Purse = serde_json::from_str(&body).unwrap();
    assert_eq!(purse, pair.world.show("telegram:456"));

    let (code, body) = run.get("/api/v1/identities/telegram/456/entries");
    assert_eq!(code, 200, "{body}");
    let mut history: History = serde_json::from_str(&body).unwrap();
    history.entries.sort_by_key(|entry| entry.seq);
    let told = history.entries.iter().map(|entry| (entry.seq, &entry.delta, &entry.balance, &entry.kind));
    let expected = pair.world.history("telegram:456");
    let expected = expected.iter().map(|entry| (entry.seq, &entry.delta, &entry.balance, &entry.kind));
    assert!(told.eq(expected), "{body}");

    assert_eq!(run.get("/api/v1/identities/telegram/nobody").0, 404);
    assert_eq!((run.get("/healthz").0, run.get("/readyz").0), (200, 200));
    let (code, page) = run.get("/");
    assert_eq!(code, 200);
    assert!(page.contains("100"), "the leaderboard shows the balance");
}

#[test]
fn on_an_address_that_is_not_loopback_reads_are_refused() {
    let mut pair = Pair::of(ECONOMY);
    pair.world.configure(|config| config.listen = Some("0.0.0.0:0"));
    only_health_is_told(&mut pair.world.start(&["run"]));
}

/// As on a host that gives the port, and asks on it how the program is.
#[test]
fn a_port_of_the_environment_is_listened_on_everywhere_and_tells_of_health_alone() {
    let mut pair = Pair::of(ECONOMY);
    pair.world.configure(|config| config.listen = None);
    // The system picks one; that a given one is taken, the configuration's own tests show.
    pair.world.environment.push(("PORT", "0".to_owned()));
    let mut run = pair.world.start(&["run"]);
    only_health_is_told(&mut run);
    let log = run.output();
    assert!(log.contains("listens on 0.0.0.0:") && log.contains("answer 403"), "{log}");
}

fn only_health_is_told(run: &mut Process) {
    let line = run.wait_for_line("ready: http://");
    let port = line.trim().trim_end_matches('/').rsplit_once(':').unwrap().1.to_owned();
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let code =
        |path: &str| agent.get(format!("http://127.0.0.1:{port}{path}")).call().unwrap().status().as_u16();
    for path in ["/", "/api/v1/identities/telegram/456", "/api/v1/identities/telegram/456/entries"] {
        assert_eq!(code(path), 403, "{path}");
    }
    wait_until("it is in good health all the same", || (code("/healthz"), code("/readyz")) == (200, 200));
}

/// Who asked for any free port learns it before the platforms are in step, and whatever keeps them.
#[test]
fn the_address_is_told_as_soon_as_the_website_listens() {
    let mut pair = Pair::of(ECONOMY);
    pair.world
        .configure(|config| "sqlite:///nowhere/bot.db".clone_into(&mut config.platform("telegram").database));
    let run = pair.world.start(&["run"]);
    let port = || {
        let said = run.output();
        let (_, rest) = said.split_once("The website listens: http://127.0.0.1:")?;
        rest.split_whitespace().next().map(str::to_owned)
    };
    wait_until("the log names the address", || port().is_some());
    let address = format!("http://127.0.0.1:{}/healthz", port().unwrap());
    wait_until("it answers there", || ureq::get(&address).call().is_ok());
    assert!(!run.output().contains("ready: "), "{}", run.output());
}
