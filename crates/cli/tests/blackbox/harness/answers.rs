//! What the program answers: exit codes and the shapes of `--json`. Everything that the tests know of them is here.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// Exit codes.
pub(crate) mod exit {
    /// Done, in step, all hold.
    pub(crate) const DONE: i32 = 0;
    /// The answer is no: not in step in time, something does not hold.
    pub(crate) const NO: i32 = 1;
    /// Wrong usage or configuration.
    pub(crate) const USAGE: i32 = 2;
    /// A rule of money said no, or an identity is unknown.
    pub(crate) const RULE: i32 = 3;
    /// A database cannot be reached or used now.
    pub(crate) const UNREACHABLE: i32 = 4;
    /// Paused or refused: it waits for the operator.
    pub(crate) const WAITS: i32 = 5;
}

/// The states of a platform.
pub(crate) mod state {
    pub(crate) const IN_STEP: &str = "in step";
    pub(crate) const PAUSED: &str = "paused";
    pub(crate) const REFUSED: &str = "refused";
    pub(crate) const UNREACHABLE: &str = "unreachable";
    pub(crate) const NOT_ATTACHED: &str = "not attached";
}

/// What begins the one line that `run` prints when all platforms are in step.
pub(crate) const READY: &str = "ready: http://127.0.0.1:";

/// The kinds of entries.
pub(crate) mod kind {
    pub(crate) const OPENING: &str = "opening";
    pub(crate) const CHANGE: &str = "change";
    pub(crate) const REPAIR: &str = "repair";
    pub(crate) const LINK: &str = "link";
    pub(crate) const MERGE: &str = "merge";
}

/// `show --json`, and the website's `/api/v1/identities/…`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Purse {
    #[serde(rename = "purse")]
    pub(crate) number: Value,
    pub(crate) identities: Vec<String>,
    #[serde(deserialize_with = "amounts")]
    pub(crate) balances: BTreeMap<String, String>,
}

/// `history --json`, and the website's `/api/v1/identities/…/entries`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct History {
    pub(crate) entries: Vec<Entry>,
}

/// One entry of a history.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Entry {
    pub(crate) seq: i64,
    pub(crate) time: Value,
    pub(crate) captured: Value,
    pub(crate) platform: String,
    /// None of who was forgotten.
    pub(crate) identity: Option<String>,
    pub(crate) asset: String,
    #[serde(deserialize_with = "amount")]
    pub(crate) delta: String,
    #[serde(deserialize_with = "amount")]
    pub(crate) balance: String,
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) reason: Option<String>,
    #[serde(default)]
    pub(crate) bulk: Value,
}

impl Entry {
    /// Shown as one of many that one statement made.
    pub(crate) fn is_bulk(&self) -> bool {
        !matches!(&self.bulk, Value::Null | Value::Bool(false))
    }
}

/// `status --json`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Status {
    pub(crate) ledger: LedgerStatus,
    pub(crate) platforms: Vec<PlatformStatus>,
}

/// The ledger's part of a status.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct LedgerStatus {
    #[serde(default)]
    pub(crate) reason: Option<String>,
    #[serde(default)]
    pub(crate) head: Option<i64>,
}

/// A platform's part of a status.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct PlatformStatus {
    pub(crate) name: String,
    pub(crate) state: String,
    #[serde(default)]
    pub(crate) reason: Option<String>,
    #[serde(default)]
    pub(crate) pending: Option<i64>,
    #[serde(default)]
    pub(crate) held: Option<i64>,
    #[serde(default)]
    pub(crate) quarantined: Option<i64>,
    #[serde(default, deserialize_with = "how_many")]
    pub(crate) paused_identities: Option<i64>,
    #[serde(default)]
    pub(crate) put_backs: Option<i64>,
    #[serde(default)]
    pub(crate) soon_overwrites: Option<i64>,
    #[serde(default)]
    pub(crate) warnings: Vec<String>,
}

impl Status {
    /// The part of the platform of this name.
    pub(crate) fn of(&self, name: &str) -> &PlatformStatus {
        let found = self.platforms.iter().find(|platform| platform.name == name);
        found.unwrap_or_else(|| panic!("no platform {name} in {self:?}"))
    }

    /// Every reason that it gives, as one lower-case text.
    pub(crate) fn reasons(&self) -> String {
        let of_platforms = self.platforms.iter().map(|platform| &platform.reason);
        let all = std::iter::once(&self.ledger.reason).chain(of_platforms).flatten();
        all.map(|reason| reason.to_lowercase()).collect::<Vec<_>>().join("\n")
    }

    pub(crate) fn all_in_step(&self) -> bool {
        self.platforms.iter().all(|platform| platform.state == state::IN_STEP)
    }
}

/// `verify --json`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Verdict {
    pub(crate) ok: bool,
    pub(crate) problems: Vec<Value>,
}

/// `import unified-users --json`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Import {
    pub(crate) dry_run: bool,
    pub(crate) rows: u64,
    pub(crate) imported: u64,
    pub(crate) joined: u64,
    pub(crate) known: u64,
    pub(crate) skipped: Vec<Skipped>,
}

/// A row that was left out.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Skipped {
    pub(crate) row: u64,
    pub(crate) identities: Vec<String>,
    pub(crate) reason: String,
    pub(crate) message: String,
}

impl Import {
    /// New, joined, known, left out.
    pub(crate) fn counts(&self) -> [u64; 4] {
        [self.imported, self.joined, self.known, self.skipped.len() as u64]
    }
}

/// One way to write an amount, whether it came as a number or as a text: `12.30` and `12.3` are the same.
pub(crate) fn plain(text: &str) -> String {
    match text.split_once('.') {
        Some((whole, fraction)) => match fraction.trim_end_matches('0') {
            "" => whole.to_owned(),
            fraction => format!("{whole}.{fraction}"),
        },
        None => text.to_owned(),
    }
}

fn of_value(value: &Value) -> String {
    plain(value.as_str().unwrap_or(&value.to_string()))
}

/// A number, or the things themselves.
fn how_many<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    let value = Value::deserialize(from)?;
    Ok(value.as_array().map_or(value.as_i64(), |things| i64::try_from(things.len()).ok()))
}

fn amount<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(of_value(&Value::deserialize(from)?))
}

fn amounts<'de, D: serde::Deserializer<'de>>(from: D) -> Result<BTreeMap<String, String>, D::Error> {
    let values = BTreeMap::<String, Value>::deserialize(from)?;
    Ok(values.into_iter().map(|(asset, value)| (asset, of_value(&value))).collect())
}

/// Words of which the log uses one, in its line about a bot's database that was put back from a backup.
pub(crate) const PUT_BACK: [&str; 5] = ["backup", "put back", "restored", "older", "replaced"];

/// Words of which a message about the ledger uses one, by what is wrong with it; lower case.
pub(crate) mod reason {
    pub(crate) const MISSING: [&str; 2] = ["no ledger at", "missing"];
    pub(crate) const NO_LEDGER: [&str; 4] = ["not a database", "no ledger", "cannot be used", "damaged"];
    pub(crate) const LOCKED: [&str; 2] = ["locked", "busy"];
    pub(crate) const FULL: [&str; 2] = ["full", "no space"];
    pub(crate) const OTHER: [&str; 2] = ["is the ledger", "another ledger"];
}
