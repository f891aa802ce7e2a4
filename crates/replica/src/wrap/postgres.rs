//! A sidecar in a PostgreSQL schema, for a bot whose disk does not last.

mod link;
mod sql;

use std::collections::HashMap;

use onepurse_core::Platform;
use onepurse_postgres::Address;
use tokio_postgres::types::Type;

use super::{
    begin::Known,
    note::{Batch, Line, Note},
    place::schema_of,
    tables::{Fault, Tables, Told},
};
use link::{Link, Number, Outcome};
use sql::Sql;

/// The form of the tables.
const FORM: i64 = 1;

/// A sidecar in a schema.
#[derive(Debug)]
pub(super) struct PostgresTables {
    link: Link,
    sql: Sql,
    assets: Vec<String>,
    /// A transaction of which nobody knows whether it was committed, and what it noted.
    unsure: Option<(Number, Vec<Owned>)>,
    /// What was noted by one that was, and will be sent again.
    noted: HashMap<(String, String), i64>,
}

/// What was noted of somebody.
#[derive(Debug, Clone)]
struct Owned {
    asset: String,
    id: String,
    moves: i64,
    line: Option<Line>,
}

/// What the sidecars in a database say of themselves.
pub(super) fn told(address: &Address) -> Result<Vec<Told>, Fault> {
    let mut link = Link::new(address)?;
    let mut all = vec![];
    for row in link.query(sql::SIDECARS, &[])? {
        let schema: String = row.try_get(0)?;
        let found = link.query(&Sql::of_schema(&schema).told(), &[])?;
        if let Some(row) = found.first() {
            all.extend(Told::read(row.try_get(0)?, row.try_get(1)?, row.try_get(3)?));
        }
    }
    Ok(all)
}

impl PostgresTables {
    /// Nothing is connected yet.
    pub(super) fn new(address: &Address, platform: &Platform) -> Result<Self, Fault> {
        let (link, sql) = (Link::new(address)?, Sql::of_schema(&schema_of(platform)));
        Ok(Self { link, sql, assets: vec![], unsure: None, noted: HashMap::new() })
    }

    /// Finds out what became of a transaction whose end was not heard. Of one that was committed, what the bot did is taken
    /// out of what it is sent again with; what was to be shown was not, since whoever meant to was told that this failed.
    fn settle(&mut self) -> Result<(), Fault> {
        let Some((number, notes)) = self.unsure.take() else { return Ok(()) };
        match self.link.outcome(&number) {
            Ok(Outcome::RolledBack) => Ok(()),
            Ok(Outcome::Committed) => {
                for one in notes.iter().filter(|one| one.moves != 0) {
                    *self.noted.entry((one.asset.clone(), one.id.clone())).or_default() += one.moves;
                }
                let back: Vec<_> = notes.iter().filter_map(Owned::back).collect();
                if back.is_empty() { Ok(()) } else { self.send(&Batch { notes: back, ..Batch::default() }) }
            }
            unsure => {
                self.unsure = Some((number, notes));
                unsure.and(Err(Fault::Away("the last transaction has not ended yet".into())))
            }
        }
    }

    fn send(&mut self, batch: &Batch<'_>) -> Result<(), Fault> {
        let statements = self.sql.note(batch, &self.assets);
        self.link.commit(&statements).map_err(|(number, fault)| {
            self.unsure = number.map(|number| (number, batch.notes.iter().map(Owned::of).collect()));
            fault
        })
    }

    /// Without what the sidecar has already, of what is sent again.
    fn without_noted<'a>(&mut self, note: &Note<'a>) -> Note<'a> {
        let noted = self.noted.remove(&(note.asset.to_owned(), note.id.to_owned())).unwrap_or_default();
        Note { moves: note.moves.wrapping_sub(noted), ..*note }
    }
}

impl Owned {
    fn of(note: &Note<'_>) -> Self {
        Self { asset: note.asset.to_owned(), id: note.id.to_owned(), moves: note.moves, line: note.line }
    }

    fn back(&self) -> Option<Note<'_>> {
        let Line { before, after, .. } = self.line.filter(|line| line.is_inbound)?;
        let line = Some(Line { before: after, after: before, is_inbound: true });
        Some(Note { asset: &self.asset, id: &self.id, moves: 0, shows: before, line })
    }
}

impl Tables for PostgresTables {
    fn prepare(&mut self, asked: &Told) -> Result<Told, Fault> {
        let found = self.link.query(&self.sql.forms(), &[])?;
        let mut known = None;
        if let Some(row) = found.first() {
            if !row.try_get::<_, bool>(0)? {
                return Err(Fault::NotASidecar);
            }
            let row = self.link.one(&self.sql.told(), &[])?;
            if row.try_get::<_, i64>(2)? > FORM {
                return Err(Fault::Newer);
            }
            known = Told::read(row.try_get(0)?, row.try_get(1)?, row.try_get(3)?);
        }
        let missing = match &known {
            Some(known) => known.with(asked)?,
            None => Some(asked.clone()),
        };
        if let Some(told) = &missing {
            self.link.run(&self.sql.make(told, FORM))?;
        }
        let told = missing.or(known).unwrap_or_else(|| asked.clone());
        self.assets.clone_from(&told.assets);
        Ok(told)
    }

    fn ask(&mut self, asks: Option<&str>) -> Result<(), Fault> {
        self.link.query(&self.sql.ask(), &[(&asks, Type::TEXT)]).map(|_| ())
    }

    fn shown(&mut self, asset: &str, id: &str) -> Result<Option<i64>, Fault> {
        self.settle()?;
        let rows = self.link.query(&self.sql.shown(asset), &[(&id, Type::TEXT)])?;
        Ok(rows.first().map(|row| row.try_get(0)).transpose()?)
    }

    fn known(&mut self, assets: &[&str]) -> Result<Known, Fault> {
        self.settle()?;
        let mut known = Known::default();
        for asset in assets {
            for row in self.link.query(&self.sql.everybody(asset), &[])? {
                known.shows(asset, row.try_get(0)?, row.try_get(1)?);
            }
        }
        for row in self.link.query(&self.sql.journal(), &[])? {
            let line = Line { before: row.try_get(2)?, after: row.try_get(3)?, is_inbound: row.try_get(4)? };
            known.tells(row.try_get(0)?, row.try_get(1)?, line);
        }
        Ok(known)
    }

    fn due(&mut self, asset: &str, limit: usize) -> Result<Vec<(String, i64, i64)>, Fault> {
        self.settle()?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.link.query(&self.sql.due(asset), &[(&limit, Type::INT8)])?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))).collect()
    }

    fn note(&mut self, batch: &Batch<'_>) -> Result<(), Fault> {
        self.settle()?;
        if self.noted.is_empty() {
            return self.send(batch);
        }
        let notes = batch.notes.iter().map(|note| self.without_noted(note)).collect();
        self.send(&Batch { notes, gone: batch.gone.clone(), is_durable: batch.is_durable })
    }

    fn mark(&mut self) -> Result<i64, Fault> {
        self.settle()?;
        Ok(self.link.one(&self.sql.mark(), &[])?.try_get(0)?)
    }

    fn durable(&mut self, mark: i64) -> Result<(), Fault> {
        self.link.query(&self.sql.durable(), &[(&mark, Type::INT8)]).map(|_| ())
    }

    fn version(&mut self) -> Result<i64, Fault> {
        let sql = self.sql.version(&self.assets);
        Ok(self.link.one(&sql, &[])?.try_get(0)?)
    }
}
