//! From text to commands.

use std::ops::RangeInclusive;

use onepurse_replica::Decision;

use super::{
    command::{Command, Deed, Line, Person, Place, Platform, Scenario},
    forms::expected,
};
use crate::shape::Shape;

/// The most calls that `step` may let an engine make.
const CALLS_MAX: u32 = 1_000;
/// The most days that go by at once.
const DAYS_MAX: u32 = 1_000;

/// A line that cannot be read.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) line: usize,
    pub(super) what: String,
}

/// Reads a whole text.
pub(super) fn scenario(text: &str) -> Result<Scenario, Wrong> {
    let mut lines = text
        .lines()
        .enumerate()
        .map(|(n, line)| (n + 1, line.trim()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let begins = "a scenario begins with its platforms: `platforms telegram, discord`";
    let (number, first) =
        lines.next().ok_or_else(|| Wrong { line: 1, what: format!("{begins}; this one is empty") })?;
    let rest =
        first.strip_prefix("platforms ").ok_or_else(|| Wrong { line: number, what: begins.to_owned() })?;
    let platforms = platforms(rest).map_err(|what| Wrong { line: number, what })?;
    let mut scenario = Scenario { platforms, lines: Vec::new(), sweep: 1..=1 };
    for (number, text) in lines {
        let wrong = |what| Wrong { line: number, what };
        let command = scenario.command(text).map_err(wrong)?;
        scenario.note_sweep(&command).map_err(wrong)?;
        scenario.lines.push(Line { number, text: text.to_owned(), command });
    }
    Ok(scenario)
}

/// `telegram, discord (never below zero)`
fn platforms(text: &str) -> Result<Vec<(String, Shape)>, String> {
    let mut platforms: Vec<(String, Shape)> = Vec::new();
    for item in text.split(',').map(str::trim) {
        let (name, kind) = match item.split_once('(') {
            Some((name, kind)) => {
                let kind = kind.strip_suffix(')').ok_or_else(|| format!("`{item}` has no `)` at its end"))?;
                (name.trim(), Some(kind.trim()))
            }
            None => (item, None),
        };
        name.parse::<onepurse_core::Platform>().map_err(|error| format!("`{name}`: {error}"))?;
        if name == "ledger" || platforms.iter().any(|(other, _)| other == name) {
            return Err(format!("`{name}` has a meaning already"));
        }
        let shape = match kind {
            None => Shape::founding(),
            Some(kind) => Shape::users(kind).ok_or_else(|| {
                format!(
                    "`{kind}` is nothing that can be said of users: {} can",
                    Shape::kinds_of_users().join(", ")
                )
            })?,
        };
        platforms.push((name.to_owned(), shape));
    }
    Ok(platforms)
}

impl Scenario {
    fn command(&self, text: &str) -> Result<Command, String> {
        if let Some((head, sql)) = text.split_once(": ")
            && let Some(statement) = self.statement(head, sql.trim())?
        {
            return Ok(statement);
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        Ok(match *words.as_slice() {
            ["rest"] => Command::Rest,
            ["link", stays, joins] => self.link(stays, joins, false)?,
            ["link", "fails", stays, joins] => self.link(stays, joins, true)?,
            ["unlink", who] => Command::Unlink { who: self.person(who)?, is_refused: false },
            ["unlink", "fails", who] => Command::Unlink { who: self.person(who)?, is_refused: true },
            ["forget", who] => Command::Forget { who: self.person(who)?, is_refused: false },
            ["forget", "fails", who] => Command::Forget { who: self.person(who)?, is_refused: true },
            ["code", who] => Command::Code(self.person(who)?),
            ["redeem", by, maker] => self.redeem(by, maker, false)?,
            ["redeem", "fails", by, maker] => self.redeem(by, maker, true)?,
            [verb @ ("earn" | "spend" | "transfer" | "adjust" | "reverse"), ref words @ ..] => {
                let order = self.order(verb, words)?;
                order.ok_or_else(|| format!("`{text}` is no command: {} is expected", expected(verb)))?
            }
            ["overdrafts", "are", "undone"] => Command::UndoOverdrafts,
            ["cut", "off", name] => Command::CutOff(self.platform(name)?),
            ["reconnect", name] => Command::Reconnect(self.platform(name)?),
            ["ledger", "down"] => Command::LedgerDown,
            ["ledger", "up"] => Command::LedgerUp,
            ["registrations", "arrive", "again"] => Command::RegisterAgain,
            ["kill"] => Command::Kill,
            ["start"] => Command::Start,
            ["back", "up", name] => Command::BackUp(self.place(name)?),
            ["put", "back", name] => Command::PutBack(self.place(name)?),
            ["remake", name] => Command::Remake(self.platform(name)?),
            ["drop", "triggers", name] => Command::DropTriggers(self.platform(name)?),
            ["begin", "to", "detach", name] => Command::BeginDetach(self.platform(name)?),
            ["detach", name] => Command::Detach(self.platform(name)?),
            ["attach", name] => Command::Attach(self.platform(name)?, None),
            ["attach", name, word] => Command::Attach(self.platform(name)?, Some(decision(word)?)),
            ["resume", name, word] => Command::Resume(self.platform(name)?, decision(word)?),
            ["wait", number, "days"] => Command::Days(days(number)?),
            ["step", numbers] => Command::Step(calls(numbers)?),
            ["show", who, coins] => Command::Show(self.person(who)?, amount(coins)?),
            ["purse", who, coins] => Command::Purse(self.person(who)?, amount(coins)?),
            ["absent", who] => Command::Absent(self.person(who)?),
            ["paused", name] => Command::Paused(self.platform(name)?),
            [first, ..] => return Err(format!("`{text}` is no command: {} is expected", expected(first))),
            [] => return Err("a command is expected".to_owned()),
        })
    }

    /// `telegram: SQL`, or `telegram fails: SQL`; `None` where it is neither.
    fn statement(&self, head: &str, sql: &str) -> Result<Option<Command>, String> {
        let (name, is_refused) = match *head.split_whitespace().collect::<Vec<_>>().as_slice() {
            [name] => (name, false),
            [name, "fails"] => (name, true),
            _ => return Ok(None),
        };
        if sql.contains(';') {
            return Err("one statement stands on a line, without a `;`".to_owned());
        }
        Ok(Some(Command::Bot { platform: self.platform(name)?, sql: sql.to_owned(), is_refused }))
    }

    fn link(&self, stays: &str, joins: &str, is_refused: bool) -> Result<Command, String> {
        Ok(Command::Link { stays: self.person(stays)?, joins: self.person(joins)?, is_refused })
    }

    fn redeem(&self, by: &str, maker: &str, is_refused: bool) -> Result<Command, String> {
        Ok(Command::Redeem { by: self.person(by)?, maker: self.person(maker)?, is_refused })
    }

    /// `spend telegram:456 30`, `spend fails telegram:456 30`, each also with `as NAME`; `None` where it is nothing of it.
    fn order(&self, verb: &str, words: &[&str]) -> Result<Option<Command>, String> {
        let (is_refused, words) = match words {
            ["fails", words @ ..] => (true, words),
            words => (false, words),
        };
        let (name, words) = match words {
            [words @ .., "as", name] => (Some((*name).to_owned()), words),
            words => (None, words),
        };
        let deed = match (verb, words) {
            ("earn", [to, coins]) => Deed::Earn(self.person(to)?, amount(coins)?),
            ("spend", [from, coins]) => Deed::Spend(self.person(from)?, amount(coins)?),
            ("transfer", [from, to, coins]) => {
                Deed::Transfer(self.person(from)?, self.person(to)?, amount(coins)?)
            }
            ("adjust", [who, coins]) => Deed::Adjust(self.person(who)?, amount(coins)?),
            ("reverse", [name]) => Deed::Reverse((*name).to_owned()),
            _ => return Ok(None),
        };
        Ok(Some(Command::Order { deed, name, is_refused }))
    }

    fn platform(&self, name: &str) -> Result<Platform, String> {
        self.platforms.iter().position(|(known, _)| known == name).ok_or_else(|| {
            let known: Vec<_> = self.platforms.iter().map(|(known, _)| known.as_str()).collect();
            format!("`{name}` is no platform here: one of {} is expected", known.join(", "))
        })
    }

    fn place(&self, name: &str) -> Result<Place, String> {
        if name == "ledger" { Ok(Place::Ledger) } else { self.platform(name).map(Place::Platform) }
    }

    fn person(&self, text: &str) -> Result<Person, String> {
        let (platform, id) = text
            .split_once(':')
            .filter(|(_, id)| !id.is_empty())
            .ok_or_else(|| format!("`{text}` is nobody: someone like `telegram:456` is expected"))?;
        Ok(Person { platform: self.platform(platform)?, id: id.to_owned(), identity: text.to_owned() })
    }

    fn note_sweep(&mut self, command: &Command) -> Result<(), String> {
        if let Command::Step(range) = command
            && range.start() != range.end()
        {
            if self.has_sweep() {
                return Err("a scenario has one `step FIRST..LAST` at the most".to_owned());
            }
            self.sweep = range.clone();
        }
        Ok(())
    }
}

fn decision(word: &str) -> Result<Decision, String> {
    [Decision::Ledger, Decision::Count]
        .into_iter()
        .find(|decision| decision.as_str() == word)
        .ok_or_else(|| format!("`{word}` is no answer: `ledger` or `count` is expected"))
}

fn amount(text: &str) -> Result<i64, String> {
    text.parse().map_err(|_| format!("`{text}` is no number of coins: a whole number is expected"))
}

fn days(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|days| (1..=DAYS_MAX).contains(days));
    number.ok_or_else(|| format!("`{text}` is no number of days: 1 to {DAYS_MAX} is expected"))
}

fn calls(text: &str) -> Result<RangeInclusive<u32>, String> {
    let number = |text: &str| text.parse().ok().filter(|calls| (1..=CALLS_MAX).contains(calls));
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => Ok(first..=last),
        _ => Err(format!(
            "`{text}` is no number of calls: `7` or `1..40` is expected, {CALLS_MAX} at the most"
        )),
    }
}
