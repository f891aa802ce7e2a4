use onepurse_core::AssetName;

use super::*;

/// `456 went 100 - 1`: who, what, what the row showed, what it shows, and in which transaction; rows are counted where
/// an identity may have several.
fn fact(line: &str, rows: Option<i64>) -> Fact {
    let words: Vec<_> = line.split(' ').collect();
    let number = |word: &str| word.parse().ok();
    let transaction = words[4].parse().unwrap();
    Fact {
        mapping: 1,
        id: words[0].to_owned(),
        what: What::from_word(words[1]).unwrap(),
        was: number(words[2]),
        shows: number(words[3]),
        at_ms: 7,
        nonce: [0; 8],
        transaction,
        statement: transaction,
        rows,
    }
}

fn known(stored: i64) -> Person {
    Person { stored: Amount::new(stored), opened: true, is_noted: true, ..Person::unknown() }
}

fn mapping() -> Mapping {
    Mapping::new(AssetName::default(), "users", &["id"], "coins")
}

/// The events, as `kind delta`, and the one whose they are.
fn read(
    mapping: &Mapping,
    facts: &[&str],
    rows: Option<i64>,
    person: Option<Person>,
) -> (Vec<String>, Person) {
    let mut people = People::new();
    people.extend(person.map(|person| ((1, "456".to_owned()), person)));
    let facts: Vec<_> = facts.iter().map(|line| fact(line, rows)).collect();
    let events = digest(&facts, &mut people, |_| Some(mapping));
    let words = events.iter().map(|event| format!("{} {}", event.kind.as_str(), event.delta)).collect();
    (words, people.remove(&(1, "456".to_owned())).unwrap())
}

#[test]
fn facts_become_events() {
    let (plain, take) = (mapping(), Mapping { reinsert: Reinsert::Take, ..mapping() });
    let missing = Mapping { missing: Some(Amount::new(100)), ..mapping() };
    for (mapping, facts, person, events) in [
        (&plain, vec!["456 came - 30 1"], None, vec!["opening 30"]),
        (&plain, vec!["456 came - 30 1", "456 came - 30 2"], None, vec!["opening 30"]),
        (&plain, vec!["456 changed 30 50 1"], None, vec!["opening 50"]),
        (&plain, vec!["456 changed 30 50 1"], Some(known(30)), vec!["change 20"]),
        (&plain, vec!["456 went 30 - 1", "456 came - 0 2"], Some(known(30)), vec![]),
        (&plain, vec!["456 went 30 - 1", "456 came - 0 1"], Some(known(30)), vec!["change -30"]),
        (&take, vec!["456 went 30 - 1", "456 came - 40 2"], Some(known(30)), vec!["change 10"]),
        (&take, vec!["456 lost 30 - 1", "456 came - 40 2"], Some(known(30)), vec!["change -30", "change 40"]),
        (&missing, vec!["456 came - 70 1"], None, vec!["opening 100", "change -30"]),
        (
            &missing,
            vec!["456 went 70 - 1", "456 came - 80 1"],
            Some(known(70)),
            vec!["change 30", "change -20"],
        ),
        (&plain, vec!["456 got - 5 1"], None, vec!["opening 0", "change 5"]),
        (&plain, vec!["456 lost 5 - 1"], Some(known(5)), vec!["change -5"]),
        (&plain, vec!["456 changed 30 - 1", "456 changed - 45 2"], Some(known(30)), vec!["change 15"]),
        (&plain, vec!["456 changed -9 9223372036854775807 1"], Some(known(-9)), vec![]),
    ] {
        assert_eq!(read(mapping, &facts, None, person).0, events, "{facts:?}");
    }
}

#[test]
fn several_rows_count_once_and_wait() {
    let twice = ["456 came - 5 1", "456 came - 5 2", "456 changed 5 55 3", "456 changed 5 55 3"];
    let (events, person) = read(&mapping(), &twice, Some(2), None);
    assert_eq!(events, ["opening 5", "change 50"]);
    assert_eq!(person.paused.as_deref(), Some(alone::DUPLICATE));
    let (events, person) = read(&mapping(), &["456 went 55 - 4"], Some(1), Some(person));
    assert!(events.is_empty() && person.gone.is_none());
    assert_eq!((person.paused, person.todo), (None, Todo::Settle));
}

#[test]
fn who_comes_back_is_settled_again() {
    let (_, person) = read(&mapping(), &["456 went 30 - 1"], None, Some(known(30)));
    assert_eq!(person.gone.unwrap().value, Some(30));
    let (_, person) = read(&mapping(), &["456 came - 0 2"], None, Some(person));
    assert_eq!((person.gone, person.todo), (None, Todo::SettleAgain));
}
