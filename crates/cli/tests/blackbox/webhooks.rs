//! Other programs are told of what happens; one that is away delays nobody.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    process::Command,
    sync::{Arc, Mutex},
    thread,
};

use serde_json::Value;

use crate::harness::{
    ECONOMY, Pair,
    answers::exit,
    pair::{D, T},
    wait_until,
};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What was posted: id, time, signature, body.
type Heard = Arc<Mutex<Vec<[String; 4]>>>;

/// Listens until the test ends, and answers that all is well.
fn receiver() -> (u16, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, heard) = (listener.local_addr().unwrap().port(), Heard::default());
    let notes = Arc::clone(&heard);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let headers: Vec<String> =
                reader.by_ref().lines().map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
            let header = |name: &str| {
                let found = headers.iter().find_map(|line| line.strip_prefix(&format!("{name}: ")));
                found.unwrap_or_default().to_owned()
            };
            let mut body = vec![0; header("content-length").parse().unwrap_or_default()];
            reader.read_exact(&mut body).unwrap();
            let body = String::from_utf8(body).unwrap();
            let told = [header("webhook-id"), header("webhook-timestamp"), header("webhook-signature"), body];
            notes.lock().unwrap().push(told);
            stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").unwrap();
        }
    });
    (port, heard)
}

fn items(heard: &Heard) -> Vec<Value> {
    let heard = heard.lock().unwrap();
    let told = heard.iter().map(|[.., body]| serde_json::from_str::<Value>(body).unwrap());
    told.flat_map(|message| message["items"].as_array().unwrap().clone()).collect()
}

/// As a receiver in another language checks it.
const CHECK: &str = "import base64, hashlib, hmac, sys
secret, id, time, signature, body = sys.argv[1:]
key = base64.b64decode(secret.removeprefix('whsec_'))
made = base64.b64encode(hmac.new(key, f'{id}.{time}.{body}'.encode(), hashlib.sha256).digest()).decode()
sys.exit(signature != 'v1,' + made)";

#[test]
fn a_shop_is_told_and_a_dead_receiver_delays_nobody() {
    let mut pair = Pair::of(ECONOMY);
    let (port, heard) = receiver();
    let hook = |name: &str, port: u16, topics: &str| {
        format!(
            "\n[[webhook]]\nname = \"{name}\"\nurl = \"http://127.0.0.1:{port}/hook\"\nsecret = \"$SHOP\"\ntopics = [{topics}]\n"
        )
    };
    let more =
        hook("shop", port, "\"entry\"") + &hook("debts", port, "\"debt\"") + &hook("dead", 1, "\"entry\"");
    pair.world.configure(|config| config.more = more);
    pair.world.environment.push(("SHOP", SECRET.to_owned()));
    let run = pair.world.run();
    // Who is new is told from when it was first there; that is soon, and nobody says when.
    pair.telegram.earn(T, 100);
    pair.comes_to(100);
    wait_until("something is told", || {
        pair.discord.earn(D, 1);
        !items(&heard).is_empty()
    });
    pair.world.ok(&["adjust", "telegram:456", "-10000", "--reason", "to owe", "--actor", "ada"]);
    let of = |topic: &str| items(&heard).into_iter().filter(|item| item["type"] == topic).collect::<Vec<_>>();
    wait_until("the debt is told", || !of("debt").is_empty());
    assert_eq!(of("debt")[0]["actor"], "ada");
    wait_until("the correction too", || of("entry").iter().any(|item| item["kind"] == "adjust"));
    for [id, time, signature, body] in &*heard.lock().unwrap() {
        let checked = Command::new("python3").args(["-c", CHECK, SECRET, id, time, signature, body]).status();
        assert!(checked.unwrap().success(), "{id} {signature}");
    }
    drop(run);
    pair.world.sync();
    pair.world.verify();
}

#[test]
fn what_is_wrong_with_a_webhook_is_said() {
    let mut pair = Pair::apart(ECONOMY, "delete");
    for (url, secret, said) in [
        ("ftp://shop", SECRET, "posted to"),
        ("https://shop.example", "guess", "openssl"),
        ("https://shop.example", "$NOT_THERE", "NOT_THERE"),
    ] {
        let more = format!("\n[[webhook]]\nname = \"shop\"\nurl = \"{url}\"\nsecret = \"{secret}\"\n");
        pair.world.configure(|config| config.more = more);
        let told = pair.world.expect(exit::USAGE, &["status"]);
        assert!(told.stderr.contains(said), "{}", told.all());
        assert!(!told.stderr.contains(SECRET), "{}", told.all());
    }
}
