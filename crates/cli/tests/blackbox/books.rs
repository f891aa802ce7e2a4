//! What the ledger has, written out for others; coins for many from a file.

use std::fs;

use serde_json::Value;

use crate::harness::{
    ECONOMY, Pair,
    answers::exit,
    pair::{D, T},
    process::Said,
};

fn json(said: &Said) -> Value {
    serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error} in {}", said.all()))
}

fn lines(said: &Said) -> Vec<Value> {
    said.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_log_is_exported_whole_and_in_part() {
    let pair = Pair::of(ECONOMY);
    pair.telegram.earn(T, 5);
    pair.world.sync();
    pair.world.ok(&[
        "earn",
        "telegram:456",
        "7",
        "--reason",
        "a \"quoted\", word\nand a line",
        "--actor",
        "ada",
    ]);
    pair.telegram.register(8, 1);
    pair.world.sync();
    let all = lines(&pair.world.ok(&["export"]));
    let numbers: Vec<_> = all.iter().map(|line| line["seq"].as_i64().unwrap()).collect();
    assert_eq!(numbers, (1..=pair.world.head()).collect::<Vec<_>>());
    let earned = all.iter().find(|line| line["kind"] == "earn").unwrap();
    assert_eq!((&earned["delta"], &earned["actor"]), (&7.into(), &"ada".into()));
    assert_eq!((earned["hash"].as_str().unwrap().len(), earned["key"].as_str().unwrap().len()), (64, 32));

    let of = |args: &[&str]| lines(&pair.world.ok(&[&["export"], args].concat())).len();
    let of_person = of(&["telegram:456"]);
    assert!(of_person < all.len() && of_person > 2);
    assert_eq!((of(&["--kind", "earn"]), of(&["--platform", "website"]), of(&["--asset", "xp"])), (1, 0, 0));
    assert_eq!(of(&["--after", "3"]), all.len() - 3);
    assert_eq!(of(&["--since", earned["time"].as_str().unwrap(), "--kind", "change"]), 0);
    assert_eq!(of(&["telegram:456", "--until", earned["time"].as_str().unwrap()]), of_person - 1);
    pair.world.expect(exit::USAGE, &["export", "--kind", "gift"]);
    pair.world.expect(exit::RULE, &["export", "telegram:9"]);

    pair.world.ok(&["export", "--format", "csv", "--output", "log.csv"]);
    let table = fs::read_to_string(pair.world.path("log.csv")).unwrap();
    assert!(
        table
            .starts_with("seq,time,captured,purse,identity,asset,delta,balance,kind,actor,reason,key,hash\n")
    );
    assert!(table.contains("\"a \"\"quoted\"\", word\nand a line\""), "{table}");
    let again = pair.world.verb(&["export", "--output", "log.csv"]);
    assert_ne!(again.code, Some(exit::DONE), "a file that is there is not touched");
}

/// The numbers of the entries that `history` lists, a page after the other, as its own answers say how to go on.
fn seqs(pair: &Pair, limit: &str, options: &[&str]) -> Vec<i64> {
    let (mut seqs, mut before) = (vec![], None);
    loop {
        let mut args = [&["history", "discord:123", "--json", "--limit", limit], options].concat();
        args.extend(before.iter().flat_map(|seq: &String| ["--before", seq]));
        let page = json(&pair.world.ok(&args));
        seqs.extend(page["entries"].as_array().unwrap().iter().map(|entry| entry["seq"].as_i64().unwrap()));
        match page["next"].as_i64() {
            Some(next) => before = Some(next.to_string()),
            None => return seqs,
        }
    }
}

#[test]
fn a_history_is_filtered_as_an_export_is() {
    let pair = Pair::with(ECONOMY, "delete", |config| config.assets.extend([("coins", 0), ("gems", 0)]));
    pair.telegram.earn(T, 5);
    pair.world.sync();
    pair.world.ok(&["earn", "telegram:456", "7", "--asset", "gems"]);
    pair.discord.earn(D, 3);
    pair.world.sync();
    pair.world.ok(&["spend", "discord:123", "2", "--asset", "gems"]);
    pair.telegram.earn(T, 4);
    pair.world.sync();
    let all = lines(&pair.world.ok(&["export", "telegram:456"]));
    let middle = all.iter().find(|line| line["kind"] == "earn").unwrap()["time"].as_str().unwrap();
    for options in [
        &[][..],
        &["--platform", "discord"],
        &["--asset", "gems"],
        &["--kind", "change"],
        &["--since", middle],
        &["--until", middle],
        &["--platform", "telegram", "--kind", "change", "--since", middle],
    ] {
        let exported = lines(&pair.world.ok(&[&["export", "telegram:456"], options].concat()));
        let mut expected: Vec<_> = exported.iter().map(|line| line["seq"].as_i64().unwrap()).collect();
        expected.reverse();
        let is_part = !expected.is_empty() && (expected.len() < all.len() || options.is_empty());
        assert!(is_part, "{options:?} leaves something out, and not everything: {expected:?}");
        for limit in ["1", "2", "50"] {
            assert_eq!(seqs(&pair, limit, options), expected, "{options:?}, {limit} at a time");
        }
    }
    pair.world.expect(exit::USAGE, &["history", "telegram:456", "--kind", "gift"]);
}

#[test]
fn many_are_given_coins_once() {
    let pair = Pair::of(ECONOMY);
    for user in 1..=3 {
        pair.telegram.register(user, 0);
    }
    pair.world.sync();
    let rows = "identity, amount, reason\ntelegram:1,10,first\ntelegram:2,20,\ntelegram:9,5,\nnobody,1,\ntelegram:3,-4,\ntelegram:1,1,again\n";
    fs::write(pair.world.path("winners.csv"), rows).unwrap();
    let grant = ["grant", "winners.csv", "--reason", "season 3", "--actor", "ada", "--json"];
    let rehearsed = json(&pair.world.expect(exit::RULE, &[&grant[..], &["--dry-run"]].concat()));
    assert_eq!((&rehearsed["given"], &rehearsed["total"]["coins"]), (&3.into(), &31.into()), "{rehearsed}");
    assert_eq!(pair.world.coins("telegram:1"), "0", "nothing was written");

    let given = json(&pair.world.expect(exit::RULE, &grant));
    assert_eq!(
        (&given["rows"], &given["given"], &given["known"]),
        (&6.into(), &3.into(), &0.into()),
        "{given}"
    );
    let left_out: Vec<_> =
        given["left_out"].as_array().unwrap().iter().map(|row| (&row["row"], &row["reason"])).collect();
    assert_eq!(
        left_out,
        [
            (&3.into(), &"IdentityUnknown".into()),
            (&4.into(), &"NotAnIdentity".into()),
            (&5.into(), &"NotAboveZero".into())
        ]
    );
    let again = json(&pair.world.expect(exit::RULE, &grant));
    assert_eq!((&again["given"], &again["known"]), (&0.into(), &3.into()), "{again}");
    let unseen = json(&pair.world.expect(exit::RULE, &[&grant[..], &["--unseen"]].concat()));
    assert_eq!((&unseen["given"], &unseen["known"]), (&1.into(), &3.into()), "{unseen}");
    pair.world.sync();
    assert_eq!((pair.telegram.stored(1), pair.telegram.stored(2)), ("11".to_owned(), "20".to_owned()));
    let reasons: Vec<_> =
        pair.world.history("telegram:1").iter().filter_map(|entry| entry.reason.clone()).collect();
    assert_eq!(reasons, ["first", "again"]);
    pair.world.verify();

    fs::write(pair.world.path("odd.csv"), "who,much\n1,2\n").unwrap();
    let odd = pair.world.expect(exit::USAGE, &["grant", "odd.csv"]);
    assert!(odd.stderr.contains("identity and amount"), "{}", odd.all());
    pair.world.expect(exit::USAGE, &["grant", "absent.csv"]);
}

#[test]
fn a_balance_of_the_past_is_shown() {
    let pair = Pair::of(ECONOMY);
    pair.telegram.earn(T, 5);
    pair.syncs_to(5);
    let times: Vec<_> = lines(&pair.world.ok(&["export"]))
        .iter()
        .map(|line| line["time"].as_str().unwrap().to_owned())
        .collect();
    pair.telegram.earn(T, 7);
    pair.syncs_to(12);
    let at = |time: &str| json(&pair.world.ok(&["show", "telegram:456", "--at", time, "--json"]));
    assert_eq!(at(times.last().unwrap())["balances"]["coins"], 5);
    assert_eq!(at("2100-01-01T00:00:00Z")["balances"]["coins"], 12);
    pair.world.expect(exit::RULE, &["show", "telegram:456", "--at", "2000-01-01T00:00:00Z"]);
    pair.world.expect(exit::USAGE, &["show", "telegram:456", "--at", "yesterday"]);
}
