//! How the auditor reads a bot's database: the bot's rows, and our own tables beside them.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    path::{Path, PathBuf},
};

use onepurse_core::{ChainHash, Cursor, EventKey, Identity, LedgerId, Scale};
use onepurse_replica::Reinsert;
use rusqlite::{Connection, types::ValueRef};

use super::{Checked, Key, Violation, Who};
use crate::shape::Shape;

/// What a bot's table shows of everyone.
pub type Rows = BTreeMap<Who, Row>;

/// What a bot's table shows of someone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The balance in the first row, in smallest units; `None` where that is no number.
    pub units: Option<i64>,
    /// How many rows there are.
    pub count: usize,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.units {
            Some(units) => write!(f, "{units}")?,
            None => f.write_str("no number")?,
        }
        if self.count == 1 { Ok(()) } else { write!(f, " in the first of {} rows", self.count) }
    }
}

/// An event in the outbox, or among what is kept.
#[derive(Debug, Clone)]
pub struct Event {
    /// What the ledger knows it by.
    pub key: Key,
    /// Whose, and of what.
    pub who: Who,
    /// `opening`, `change` or `repair`.
    pub kind: String,
    /// By how much.
    pub delta: i64,
    /// When it was captured, by the bot's clock.
    pub at_ms: i64,
}

/// A row by which the bot is told that something was undone.
#[derive(Debug, Clone)]
pub struct Told {
    /// Of the entry that undid it.
    pub key: Key,
    /// Whose, and of what.
    pub who: Who,
    /// What the purse got back.
    pub delta: i64,
    /// When what was undone was captured.
    pub captured_ms: i64,
}

/// What is stored of one identity.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Its purse's balance at the cursor.
    pub balance: i64,
    /// Its purse, as the ledger has told.
    pub purse: Option<i64>,
    /// What is held back from its row.
    pub held: i64,
    /// Its row waits, or is left alone.
    pub waits: bool,
    /// Why it is left alone.
    pub paused: Option<String>,
}

/// Our own tables, at one moment.
#[derive(Debug, Clone)]
pub struct Tables {
    /// The last entry applied.
    pub cursor: Cursor,
    /// It has to begin from zero.
    pub resync: bool,
    /// A comparison is due.
    pub compare: bool,
    /// Triggers of ours are there.
    pub has_triggers: bool,
    /// What is stored of everyone.
    pub identities: BTreeMap<Who, Stored>,
    /// What was captured and is not included.
    pub outbox: Vec<Event>,
}

impl Tables {
    /// What everyone's row should show, but for events of these sums.
    pub(super) fn should_show(&self, but: HashMap<Who, i128>) -> HashMap<Who, i128> {
        let mut should = but;
        for sum in should.values_mut() {
            *sum = -*sum;
        }
        for event in &self.outbox {
            *should.entry(event.who.clone()).or_default() += i128::from(event.delta);
        }
        for (who, stored) in &self.identities {
            *should.entry(who.clone()).or_default() += i128::from(stored.balance) - i128::from(stored.held);
        }
        should
    }
}

/// The auditor's reading of one bot's database.
pub struct Eye {
    db: Connection,
    path: PathBuf,
    platform: String,
    ledger: LedgerId,
    shape: Shape,
    scale: Scale,
}

impl Eye {
    /// Opens the database at `path`.
    pub fn open(path: &Path, platform: &str, ledger: LedgerId, shape: Shape, scale: Scale) -> Checked<Self> {
        let db = Connection::open(path)?;
        Ok(Self { db, path: path.to_owned(), platform: platform.to_owned(), ledger, shape, scale })
    }

    /// Another file is at its path now.
    pub fn reopen(&mut self) -> Checked {
        self.db = Connection::open(&self.path)?;
        self.db.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        Ok(())
    }

    /// Copies the database into a file, as a backup does.
    pub fn back_up(&self, to: &Path) -> Checked {
        self.db.execute("VACUUM INTO ?1", [to.to_string_lossy()])?;
        Ok(())
    }

    /// What the bot's table shows to others.
    pub fn rows(&self) -> Checked<Rows> {
        rows(&self.db, &self.shape, self.scale)
    }

    /// What is ours in it; `None` where nothing is.
    pub fn tables(&self) -> Checked<Option<Tables>> {
        let snapshot = self.db.unchecked_transaction()?;
        let attached: bool = snapshot
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'onepurse_replica')")?
            .query_row([], |row| row.get(0))?;
        // The one row comes last: until then attaching is only under way.
        let attached = attached
            && snapshot
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM onepurse_replica)")?
                .query_row([], |row| row.get(0))?;
        if !attached {
            return Ok(None);
        }
        let (cursor, resync, compare, has_triggers) = snapshot
            .prepare_cached(
                "SELECT cursor_seq, cursor_hash, resync, compare <> 0, EXISTS (SELECT 1 FROM sqlite_master \
                 WHERE type = 'trigger' AND name LIKE 'onepurse%') FROM onepurse_replica",
            )?
            .query_row([], |row| {
                let cursor = Cursor { seq: row.get(0)?, hash: ChainHash(row.get(1)?) };
                Ok((cursor, row.get(2)?, row.get(3)?, row.get(4)?))
            })?;
        let identities = snapshot
            .prepare_cached(
                "SELECT m.asset, i.id, i.stored, i.held, i.todo <> 0 OR i.paused IS NOT NULL OR i.opened = 0, i.paused, i.purse \
                 FROM onepurse_identity AS i JOIN onepurse_mapping AS m ON m.mapping = i.mapping",
            )?
            .query_map([], |row| {
                let (balance, held, waits) = (row.get(2)?, row.get(3)?, row.get(4)?);
                let stored = Stored { balance, purse: row.get(6)?, held, waits, paused: row.get(5)? };
                Ok(((row.get(0)?, row.get(1)?), stored))
            })?
            .collect::<Result<_, _>>()?;
        let outbox = self.events("onepurse_outbox", "n", -1)?;
        Ok(Some(Tables { cursor, resync, compare, has_triggers, identities, outbox }))
    }

    /// The last so many of what is kept; below zero: all of it.
    pub fn kept(&self, last: i64) -> Checked<Vec<Event>> {
        self.events("onepurse_kept", "k", last)
    }

    /// Every row by which the bot is told that something was undone.
    pub fn told(&self) -> Checked<Vec<Told>> {
        let mut statement = self.db.prepare_cached(
            "SELECT key, asset, id, delta, captured_ms FROM onepurse_reversal ORDER BY key",
        )?;
        let rows = statement.query_map([], |row| {
            let who = (row.get(1)?, row.get(2)?);
            Ok(Told { key: row.get(0)?, who, delta: row.get(3)?, captured_ms: row.get(4)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn events(&self, table: &str, order: &str, last: i64) -> Checked<Vec<Event>> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT m.asset, o.id, o.kind, o.delta, o.at_ms, o.nonce FROM {table} AS o \
             JOIN onepurse_mapping AS m ON m.mapping = o.mapping ORDER BY o.{order} DESC LIMIT ?1"
        ))?;
        let mut found = statement.query([last])?;
        let mut events = Vec::new();
        while let Some(row) = found.next()? {
            let (who, kind): (Who, String) = ((row.get(0)?, row.get(1)?), row.get(2)?);
            let key = match kind.as_str() {
                "opening" => self.opening(&who)?,
                _ => EventKey::captured(row.get(4)?, row.get(5)?),
            };
            events.push(Event { key: key.0, who, kind, delta: row.get(3)?, at_ms: row.get(4)? });
        }
        events.reverse();
        Ok(events)
    }

    fn opening(&self, (asset, external): &Who) -> Checked<EventKey> {
        let odd = || Violation::new(1, format!("{external} of {asset} is nobody"));
        let identity = Identity::new(
            self.platform.parse().map_err(|_| odd())?,
            external.clone().try_into().map_err(|_| odd())?,
        );
        Ok(EventKey::opening(self.ledger, &identity, &asset.parse().map_err(|_| odd())?))
    }

    /// The bot's table, described.
    #[must_use]
    pub const fn shape(&self) -> &Shape {
        &self.shape
    }

    /// A row inserted again counts.
    #[must_use]
    pub fn takes(&self) -> bool {
        self.shape.reinsert == Reinsert::Take
    }

    /// What an absent row counts as, in smallest units.
    #[must_use]
    pub fn missing(&self) -> Option<i64> {
        self.shape.missing.map(|coins| coins * self.scale.units_per_one())
    }

    /// The smallest amount that the bot's column keeps of an asset, in smallest units.
    #[must_use]
    pub fn step(&self, asset: &str) -> i64 {
        if self.shape.decimals || asset != "coins" { 1 } else { self.scale.units_per_one() }
    }
}

/// What a bot's table shows over this connection; nothing where there is no table.
pub fn rows(db: &Connection, shape: &Shape, scale: Scale) -> Checked<Rows> {
    let filter = shape.guild.map(|guild| format!(" WHERE guild_id = '{guild}'")).unwrap_or_default();
    let columns: Vec<_> = shape.balances.iter().map(|(_, column)| *column).collect();
    let sql = format!(
        "SELECT CAST({} AS TEXT), {} FROM {}{filter}{}",
        shape.id[0],
        columns.join(", "),
        shape.table,
        shape.order()
    );
    let mut statement = match db.prepare_cached(&sql) {
        Err(rusqlite::Error::SqliteFailure(_, Some(said))) if said.contains("no such table") => {
            return Ok(Rows::new());
        }
        other => other?,
    };
    let mut found = statement.query([])?;
    let mut rows = Rows::new();
    while let Some(row) = found.next()? {
        let id: String = row.get(0)?;
        for (at, (asset, _)) in shape.balances.iter().enumerate() {
            let one = if *asset == "coins" { scale.units_per_one() } else { 1 };
            #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "small amounts")]
            let units = match row.get_ref(at + 1)? {
                ValueRef::Integer(n) => Some(n.saturating_mul(one)),
                ValueRef::Real(n) => Some((n * one as f64).round() as i64),
                ValueRef::Null => Some(shape.missing.unwrap_or_default() * one),
                ValueRef::Text(_) | ValueRef::Blob(_) => None,
            };
            let who = ((*asset).to_owned(), shape.external(&id));
            rows.entry(who).or_insert(Row { units, count: 0 }).count += 1;
        }
    }
    Ok(rows)
}
