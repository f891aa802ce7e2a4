//! People of a CSV file: pure.

use std::collections::HashMap;

use csv::{Position, ReaderBuilder, StringRecord};

use super::people::Person;

/// How such a file looks, for who has another.
pub(super) const FORM: &str = "its first line names the columns identity, asset, amount and, if there is one, person, and no \
                               others; `onepurse import csv --help` has an example";

/// Reads people: lines of one `person`, or of one identity where nothing stands there, are put together.
pub(super) fn people(text: &str) -> Result<Vec<Person>, String> {
    let mut reader =
        ReaderBuilder::new().delimiter(delimiter(text)).flexible(true).from_reader(text.as_bytes());
    let columns = Columns::of(reader.headers().map_err(|error| error.to_string())?)?;
    let mut people: Vec<Person> = Vec::new();
    let mut known: HashMap<(bool, String), usize> = HashMap::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let row = record.position().map_or(0, |begins| line(text, begins));
        let [identity, asset, amount] =
            [columns.identity, columns.asset, columns.amount].map(|at| cell(&record, at));
        let person = columns.person.map_or("", |at| cell(&record, at));
        let key = if person.is_empty() { (false, identity) } else { (true, person) };
        let at = if key.1.is_empty() { None } else { known.get(&(key.0, key.1.to_owned())).copied() };
        let at = at.unwrap_or_else(|| {
            people.push(Person { row, ..Person::default() });
            known.insert((key.0, key.1.to_owned()), people.len() - 1);
            people.len() - 1
        });
        let Some(one) = people.get_mut(at) else { continue };
        if record.len() != columns.count {
            one.unreadable =
                Some(format!("line {row} has {} fields, and not {}", record.len(), columns.count));
        }
        one.identities.extend((!identity.is_empty()).then(|| identity.to_owned()));
        one.amounts.extend((!amount.is_empty()).then(|| (asset.to_owned(), amount.to_owned())));
    }
    Ok(people)
}

/// Which field is what.
struct Columns {
    identity: usize,
    asset: usize,
    amount: usize,
    person: Option<usize>,
    count: usize,
}

impl Columns {
    /// A name that nobody knows may be a slip of one that links people, so it is not passed over.
    fn of(header: &StringRecord) -> Result<Self, String> {
        let known = ["identity", "asset", "amount", "person"];
        if let Some(strange) = header.iter().find(|name| !known.contains(&name.trim())) {
            return Err(format!("nobody knows the column `{strange}`"));
        }
        let find = |column: &str| {
            let mut found = header.iter().enumerate().filter(|(_, name)| name.trim() == column);
            match (found.next(), found.next()) {
                (_, Some(_)) => Err(format!("it has the column `{column}` twice")),
                (found, None) => Ok(found.map(|(at, _)| at)),
            }
        };
        let must = |column: &str| find(column)?.ok_or_else(|| format!("it has no column `{column}`"));
        Ok(Self {
            identity: must("identity")?,
            asset: must("asset")?,
            amount: must("amount")?,
            person: find("person")?,
            count: header.len(),
        })
    }
}

fn cell(record: &StringRecord, at: usize) -> &str {
    record.get(at).unwrap_or_default().trim()
}

/// The line that a record begins on: the reader begins it with the line breaks before it.
fn line(text: &str, begins: &Position) -> u64 {
    let rest = usize::try_from(begins.byte()).ok().and_then(|byte| text.get(byte..)).unwrap_or_default();
    let breaks = rest.bytes().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    begins.line() + breaks.filter(|byte| *byte == b'\n').count() as u64
}

/// What spreadsheets write differs by country.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    [b',', b';', b'\t'].into_iter().find(|one| header.contains(char::from(*one))).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let tell = |one: Person| {
            let amounts: Vec<_> =
                one.amounts.iter().map(|(asset, amount)| format!("{amount} {asset}")).collect();
            let unreadable = one.unreadable.map(|what| format!(" ({what})")).unwrap_or_default();
            format!("{}: {} have {}{unreadable}", one.row, one.identities.join(", "), amounts.join(", "))
        };
        people(text).unwrap().into_iter().map(tell).collect()
    }

    #[test]
    fn lines_of_one_person_are_put_together() {
        let lines = "telegram:456,coins,150\ntelegram:456,xp,7\ndiscord:123,coins,-3\n";
        let expected = ["2: telegram:456, telegram:456 have 150 coins, 7 xp", "4: discord:123 have -3 coins"];
        assert_eq!(told(&format!("identity,asset,amount\n{lines}")), expected);
        for separator in [",", ";", "\t"] {
            let text = "amount,person,identity,asset\r\n150,anna,telegram:456,coins\r\n,anna,discord:123,\r\n\
                        5,,\"telegram:7\",coins\r\n\r\n6,,,coins\r\n";
            assert_eq!(
                told(&text.replace(',', separator)),
                [
                    "2: telegram:456, discord:123 have 150 coins",
                    "4: telegram:7 have 5 coins",
                    "6:  have 6 coins",
                ]
            );
        }
        assert_eq!(
            told("identity,asset,amount\ntelegram:1,coins\n"),
            ["2: telegram:1 have  (line 2 has 2 fields, and not 3)"]
        );
        assert_eq!(told("identity,asset,amount\n"), [""; 0]);
    }

    #[test]
    fn a_header_that_is_not_known_is_refused() {
        for (text, expected) in [
            ("", "no column `identity`"),
            ("telegram:456,coins,5\n", "nobody knows the column `telegram:456`"),
            ("identity,amount\n", "no column `asset`"),
            ("identity,asset,amount,perosn\n", "`perosn`"),
            ("identity,asset,amount,amount\n", "`amount` twice"),
        ] {
            let error = people(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
