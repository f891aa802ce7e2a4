//! The proxy for tests, tested before a server that sends back what it gets.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    io::{self, ErrorKind, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    thread,
    time::Duration,
};

use onepurse_servers::{Postgres, Proxy, Way};

/// How long it takes to believe that nothing comes.
const A_WHILE: Duration = Duration::from_millis(200);

/// A server that sends everything back, with `mark` before each piece; its port.
fn echo(mark: u8) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for client in listener.incoming() {
            thread::spawn(move || answer(client.unwrap(), mark));
        }
    });
    port
}

fn answer(mut client: TcpStream, mark: u8) {
    let mut piece = [0; 1024];
    while let Ok(bytes @ 1..) = client.read(&mut piece) {
        if client.write_all(&[&[mark], &piece[..bytes]].concat()).is_err() {
            return;
        }
    }
}

fn connect(proxy: &Proxy) -> TcpStream {
    let client = TcpStream::connect(("127.0.0.1", proxy.port())).unwrap();
    // No test waits for ever.
    client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    client
}

fn ask(mut client: &TcpStream, question: &str) -> io::Result<String> {
    client.write_all(question.as_bytes())?;
    hear(client, question.len() + 1)
}

fn hear(mut client: &TcpStream, bytes: usize) -> io::Result<String> {
    let mut answer = vec![0; bytes];
    client.read_exact(&mut answer)?;
    Ok(String::from_utf8(answer).unwrap())
}

/// What still comes before the connection is over; a connection that was cut hard has nothing to say.
fn rest(mut client: &TcpStream) -> String {
    let mut rest = Vec::new();
    if let Err(error) = client.read_to_end(&mut rest) {
        assert_ne!(error.kind(), ErrorKind::WouldBlock, "the connection is still there");
    }
    String::from_utf8(rest).unwrap()
}

/// Whether nothing comes for a while.
fn is_quiet(client: &TcpStream, a_while: Duration) -> bool {
    let before = client.read_timeout().unwrap();
    client.set_read_timeout(Some(a_while)).unwrap();
    let is_quiet = matches!(client.peek(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock);
    client.set_read_timeout(before).unwrap();
    is_quiet
}

#[test]
fn what_is_sent_arrives() {
    let proxy = Proxy::before(echo(b'a'));
    let (one, other) = (connect(&proxy), connect(&proxy));
    assert_eq!(ask(&one, "coins").unwrap(), "acoins");
    assert_eq!(ask(&other, "xp").unwrap(), "axp");
    one.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(rest(&one), "", "an end is passed on too");
    assert_eq!(ask(&other, "more").unwrap(), "amore");
}

#[test]
fn a_delay_holds_back_each_piece_both_ways_until_it_is_mended() {
    let proxy = Proxy::before(echo(b'a'));
    let client = connect(&proxy);
    proxy.delay(A_WHILE);
    (&client).write_all(b"coins").unwrap();
    assert!(is_quiet(&client, A_WHILE), "half of its way is still before it");
    assert_eq!(hear(&client, 6).unwrap(), "acoins");
    proxy.delay(Duration::from_hours(1));
    (&client).write_all(b"coins").unwrap();
    assert!(is_quiet(&client, A_WHILE));
    proxy.mend();
    assert_eq!(hear(&client, 6).unwrap(), "acoins");
}

#[test]
fn a_cut_ends_all_connections_and_new_ones_come_through() {
    let proxy = Proxy::before(echo(b'a'));
    let (one, other) = (connect(&proxy), connect(&proxy));
    ask(&one, "here").unwrap();
    ask(&other, "here").unwrap();
    proxy.cut();
    assert_eq!((rest(&one), rest(&other)), (String::new(), String::new()));
    assert_eq!(ask(&connect(&proxy), "coins").unwrap(), "acoins");
}

#[test]
fn a_message_is_cut_in_its_middle() {
    let proxy = Proxy::before(echo(b'a'));
    let client = connect(&proxy);
    ask(&client, "here").unwrap();
    proxy.cut_after(Way::Back, 3);
    (&client).write_all(b"coins").unwrap();
    assert_eq!(rest(&client), "aco");
    assert_eq!(ask(&connect(&proxy), "coins").unwrap(), "acoins", "that was that");
    let client = connect(&proxy);
    ask(&client, "here").unwrap();
    proxy.cut_after(Way::There, 0);
    let _ = (&client).write_all(b"coins");
    assert_eq!(rest(&client), "", "the server was never asked");
}

#[test]
fn a_connection_that_is_half_there_passes_nothing_one_way_and_does_not_end() {
    let proxy = Proxy::before(echo(b'a'));
    let client = connect(&proxy);
    for way in [Way::There, Way::Back] {
        ask(&client, "here").unwrap();
        proxy.silence(way);
        (&client).write_all(b"coins").unwrap();
        assert!(is_quiet(&client, A_WHILE));
        proxy.mend();
        assert_eq!(hear(&client, 6).unwrap(), "acoins");
    }
}

#[test]
fn a_connection_falls_silent_or_is_cut_in_the_middle_of_a_piece() {
    let proxy = Proxy::before(echo(b'a'));
    let client = connect(&proxy);
    ask(&client, "here").unwrap();
    let before = proxy.pieces(Way::Back);
    proxy.silence_in(Way::Back, 1);
    assert_eq!(ask(&client, "here").unwrap(), "ahere");
    assert!(proxy.is_trouble_due());
    (&client).write_all(b"coins").unwrap();
    assert_eq!(hear(&client, 3).unwrap(), "aco");
    assert!(is_quiet(&client, A_WHILE));
    assert!(!proxy.is_trouble_due());
    proxy.mend();
    assert_eq!(hear(&client, 3).unwrap(), "ins");
    assert_eq!(proxy.pieces(Way::Back) - before, 2);
    proxy.cut_in(Way::Back, 0);
    (&client).write_all(b"coins").unwrap();
    assert_eq!(rest(&client), "aco");
}

#[test]
fn who_is_refused_comes_through_later() {
    let proxy = Proxy::before(echo(b'a'));
    let client = connect(&proxy);
    ask(&client, "here").unwrap();
    proxy.refuse();
    assert_eq!(rest(&client), "");
    assert!(ask(&connect(&proxy), "coins").is_err());
    proxy.mend();
    assert_eq!(ask(&connect(&proxy), "coins").unwrap(), "acoins");
}

#[test]
fn a_proxy_leads_to_another_server() {
    let proxy = Proxy::before(echo(b'a'));
    let client = connect(&proxy);
    ask(&client, "here").unwrap();
    proxy.lead_to(echo(b'b'));
    assert_eq!(rest(&client), "");
    assert_eq!(ask(&connect(&proxy), "coins").unwrap(), "bcoins");
}

#[test]
fn a_proxy_that_is_gone_takes_its_connections_with_it() {
    let proxy = Proxy::before(echo(b'a'));
    let client = connect(&proxy);
    ask(&client, "here").unwrap();
    let port = proxy.port();
    drop(proxy);
    assert_eq!(rest(&client), "");
    let refused = || TcpStream::connect(("127.0.0.1", port)).is_err();
    assert!((0..2000).any(|_| refused()), "nobody listens any more");
}

#[test]
fn a_database_is_reached_through_a_proxy() {
    let database = Postgres::shared().database();
    let proxy = Proxy::before(database.port());
    assert_eq!(database.through(&proxy).psql("SELECT 1"), "1\n");
    proxy.refuse();
    let refused = std::panic::catch_unwind(|| database.through(&proxy).psql("SELECT 1"));
    assert!(refused.is_err());
}
