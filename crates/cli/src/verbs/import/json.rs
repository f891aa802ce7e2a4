//! People of a JSON Lines file, and of the founding JSON file: pure.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::Value;

use super::{AMOUNTS, people::Person};

/// How the founding file looks, for who has another.
pub(super) const FOUNDING: &str =
    r#"it should look like {"users": {"456": {"coins": 100, "discord_id": "123"}}}"#;

/// One line of a JSON Lines file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    identities: Vec<String>,
    balances: Pairs<Value>,
}

/// The founding file. What else is in it is the bot's.
#[derive(Deserialize)]
struct Founding {
    users: Pairs<Value>,
}

/// An object with all its keys: a program that writes numbers and texts as keys can write one twice.
struct Pairs<T>(Vec<(String, T)>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
            type Value = Pairs<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Pairs<T>, M::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }

        from.deserialize_map(Reader(PhantomData))
    }
}

/// A person a line. Empty lines are nobody.
pub(super) fn lines(text: &str) -> Vec<Person> {
    let numbered = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    numbered
        .map(|(row, line)| match serde_json::from_str(line) {
            Ok(Line { identities, balances: Pairs(balances) }) => {
                let amounts =
                    balances.into_iter().filter_map(|(asset, value)| Some((asset, amount(&value)?)));
                Person { row, identities, amounts: amounts.collect(), unreadable: None }
            }
            Err(error) => Person { row, unreadable: Some(error.to_string()), ..Person::default() },
        })
        .collect()
}

/// A person a user; rows are counted.
pub(super) fn users(text: &str) -> Result<Vec<Person>, String> {
    let Founding { users: Pairs(users) } = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Ok((1..).zip(users).map(|(row, (id, user))| self::user(row, &id, &user)).collect())
}

/// What is absent or NULL is not said.
fn user(row: u64, id: &str, user: &Value) -> Person {
    let mut person = Person { row, identities: vec![format!("telegram:{id}")], ..Person::default() };
    let Some(user) = user.as_object() else {
        person.unreadable = Some("it is no object".to_owned());
        return person;
    };
    match user.get("discord_id") {
        None | Some(Value::Null) => {}
        Some(Value::String(id)) if id.trim().is_empty() => {}
        Some(Value::String(id)) => person.identities.push(format!("discord:{}", id.trim())),
        Some(Value::Number(id)) if id.is_i64() || id.is_u64() => {
            person.identities.push(format!("discord:{id}"));
        }
        Some(other) => person.unreadable = Some(format!("discord_id is {other}")),
    }
    let said = AMOUNTS.iter().filter_map(|asset| Some(((*asset).to_owned(), amount(user.get(*asset)?)?)));
    person.amounts = said.collect();
    person
}

/// As a text, whatever it is; NULL says nothing.
fn amount(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(people: Vec<Person>) -> Vec<String> {
        let tell = |one: Person| match one.unreadable {
            Some(what) => format!("{}: {what}", one.row),
            None => format!("{}: {:?} {:?}", one.row, one.identities, one.amounts),
        };
        people.into_iter().map(tell).collect()
    }

    #[test]
    fn a_line_is_a_person() {
        let text = r#"{"identities": ["telegram:456", "discord:123"], "balances": {"coins": 150, "xp": "7"}}

            {"balances": {"coins": 12.50, "coins": null, "coins": 9007199254740993}, "identities": []}
            {"identities": ["telegram:1"], "balance": {"coins": 1}}
            {"identities""#;
        let told = told(lines(text));
        assert_eq!(told[0], r#"1: ["telegram:456", "discord:123"] [("coins", "150"), ("xp", "7")]"#);
        assert_eq!(told[1], r#"3: [] [("coins", "12.5"), ("coins", "9007199254740993")]"#);
        assert!(told[2].starts_with("4: unknown field `balance`"), "{told:?}");
        assert!(told[3].starts_with("5: EOF"), "{told:?}");
    }

    #[test]
    fn a_user_is_a_person() {
        let text = r#"{"version": 2, "users": {
            "456": {"coins": 100, "discord_id": "123", "name": "anna"},
            "7": {"xp": 5, "coins": null, "discord_id": 900000000000000001},
            "456": {"coins": "2"},
            "8": {"coins": [1], "discord_id": ""},
            "9": {"coins": 1, "discord_id": 1.5},
            "10": 5}}"#;
        assert_eq!(
            told(users(text).unwrap()),
            [
                r#"1: ["telegram:456", "discord:123"] [("coins", "100")]"#,
                r#"2: ["telegram:7", "discord:900000000000000001"] [("xp", "5")]"#,
                r#"3: ["telegram:456"] [("coins", "2")]"#,
                r#"4: ["telegram:8"] [("coins", "[1]")]"#,
                "5: discord_id is 1.5",
                "6: it is no object",
            ]
        );
        for text in ["", "[]", r#"{"user": {}}"#, r#"{"users": []}"#] {
            assert!(users(text).is_err(), "{text}");
        }
    }
}
