use onepurse_core::{Amount, AssetName, Platform};

use super::{
    Begun, Did, Due, Fault, Place, Shows, SidecarError, Tables, Told,
    begin::plan,
    note::{Batch, Note},
    postgres::{self, PostgresTables},
    sqlite::{self, SqliteTables},
};
use crate::{Decision, Mapping, Mass};

/// A bot's store, as far as onepurse knows it. Every call that notes something is one durable transaction.
///
/// Calls wait for a disk or a server, some seconds at the most. One in PostgreSQL brings a runtime of its own: it must not be
/// called, nor dropped, from within an asynchronous task.
#[derive(Debug)]
pub struct Sidecar {
    place: Place,
    assets: Vec<AssetName>,
    /// Somebody is asked what is right, as far as is noted.
    asks: bool,
    tables: Box<dyn Tables>,
}

impl Sidecar {
    /// Opens the sidecar of a platform's store with these balances, or makes it. An asset that is new is added to it.
    pub fn open(place: &Place, platform: &Platform, assets: &[AssetName]) -> Result<Self, SidecarError> {
        let told = Told {
            platform: platform.clone(),
            assets: assets.iter().map(|asset| asset.as_str().to_owned()).collect(),
            asks: None,
        };
        let mut tables: Box<dyn Tables> = match place {
            Place::File(path) => Box::new(SqliteTables::open(path).map_err(|fault| fault.at(place))?),
            Place::Schema(address) => {
                Box::new(PostgresTables::new(address, platform).map_err(|fault| fault.at(place))?)
            }
        };
        let told = tables.prepare(&told).map_err(|fault| fault.at(place))?;
        Ok(Self { place: place.clone(), assets: assets.to_vec(), asks: told.asks.is_some(), tables })
    }

    /// What sidecars there are at a place, by their own words; none where there is something else. Nothing is made.
    pub fn told(place: &Place) -> Result<Vec<Told>, SidecarError> {
        let found = match place {
            Place::File(path) => sqlite::told(path).map(|told| told.into_iter().collect()),
            Place::Schema(address) => postgres::told(address),
        };
        found.map_err(|fault| fault.at(place))
    }

    /// What a replica onto it maps: the tables that stand for the store.
    #[must_use]
    pub fn mappings(place: &Place, platform: &Platform, assets: &[AssetName]) -> Vec<Mapping> {
        let one =
            |asset: &AssetName| Mapping::new(asset.clone(), &place.table(platform, asset), &["id"], "value");
        assets.iter().map(one).collect()
    }

    /// Compares everything that the store shows with what is known. What a store has forgotten of what came in is due
    /// again; what it has forgotten of what its bot did is taken back; what differs besides is the bot's own doing, and
    /// counts. Where a lot differs nothing is noted and somebody is asked; `answer` is what they said.
    pub fn begin(&mut self, store: &[Shows], answer: Option<Decision>) -> Result<Begun, SidecarError> {
        let assets: Vec<_> = self.assets.iter().map(AssetName::as_str).collect();
        let known = self.tables.known(&assets).map_err(|fault| fault.at(&self.place))?;
        match plan(&known, store, answer) {
            Err(mass) => {
                self.ask(Some(mass))?;
                Ok(Begun::Asks(mass))
            }
            Ok((begun, batch)) => {
                self.note(&batch)?;
                self.ask(None)?;
                Ok(begun)
            }
        }
    }

    /// For whoever looks at it from outside.
    fn ask(&mut self, mass: Option<Mass>) -> Result<(), SidecarError> {
        if mass.is_some() || self.asks {
            let text = mass.and_then(|mass| serde_json::to_string(&mass).ok());
            let done = self.tables.ask(text.as_deref());
            self.here(done)?;
            self.asks = mass.is_some();
        }
        Ok(())
    }

    /// What the store shows of somebody, as far as it is known.
    pub fn shown(&mut self, asset: &AssetName, id: &str) -> Result<Option<Amount>, SidecarError> {
        let shown = self.tables.shown(asset.as_str(), id);
        Ok(self.here(shown)?.map(Amount::new))
    }

    /// Notes what the bot did, before its call returns. What failed is to be sent again, together with what it did since.
    pub fn capture(&mut self, done: &[Did]) -> Result<(), SidecarError> {
        self.note_all(done.iter().map(Note::did))
    }

    /// Notes that the store has nobody of this id any more. Nothing is spent by it.
    pub fn gone(&mut self, ids: &[&str]) -> Result<(), SidecarError> {
        self.capture_and_gone(&[], ids)
    }

    /// Both in one transaction.
    pub fn capture_and_gone(&mut self, done: &[Did], gone: &[&str]) -> Result<(), SidecarError> {
        let notes = done.iter().map(Note::did).collect();
        self.note(&Batch { notes, gone: gone.to_vec(), is_durable: false })
    }

    /// What has come in and is not shown yet, up to `limit`.
    pub fn due(&mut self, limit: usize) -> Result<Vec<Due>, SidecarError> {
        let mut all = vec![];
        for asset in &self.assets {
            let due = self.tables.due(asset.as_str(), limit - all.len());
            for (id, from, to) in due.map_err(|fault| fault.at(&self.place))? {
                // An id that is no id was never captured.
                let Ok(external) = id.parse() else { continue };
                let (from, to) = (Amount::new(from), Amount::new(to));
                all.push(Due { asset: asset.clone(), external, from, to });
            }
        }
        Ok(all)
    }

    /// Notes that the store is about to be made to show this.
    pub fn intend(&mut self, due: &[Due]) -> Result<(), SidecarError> {
        self.note_all(due.iter().map(Note::intend))
    }

    /// Notes that the store could not be made to show this: it still shows what it did, and is tried again.
    pub fn refuse(&mut self, due: &[Due]) -> Result<(), SidecarError> {
        self.note_all(due.iter().map(Note::refuse))
    }

    /// A place in the journal: what was noted up to here is durable once the store is.
    pub fn mark(&mut self) -> Result<i64, SidecarError> {
        let mark = self.tables.mark();
        self.here(mark)
    }

    /// The store keeps for good what was noted up to the mark.
    pub fn durable(&mut self, mark: i64) -> Result<(), SidecarError> {
        let done = self.tables.durable(mark);
        self.here(done)
    }

    /// Changes whenever another connection may have written here: a hint that something may be due.
    pub fn version(&mut self) -> Result<i64, SidecarError> {
        let version = self.tables.version();
        self.here(version)
    }

    fn note_all<'a>(&mut self, notes: impl Iterator<Item = Note<'a>>) -> Result<(), SidecarError> {
        self.note(&Batch { notes: notes.collect(), ..Batch::default() })
    }

    fn note(&mut self, batch: &Batch<'_>) -> Result<(), SidecarError> {
        if batch.notes.is_empty() && batch.gone.is_empty() && !batch.is_durable {
            return Ok(());
        }
        let done = self.tables.note(batch);
        self.here(done)
    }

    fn here<T>(&self, done: Result<T, Fault>) -> Result<T, SidecarError> {
        done.map_err(|fault| fault.at(&self.place))
    }
}
