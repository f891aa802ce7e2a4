//! The auditor: a simpler model of its own, and what must hold between it and what is on the disks.
//!
//! It knows what each bot durably wrote, because it reads the bot's table before and after each statement; what the
//! ledger's log says, because it reads every entry once and adds up itself; and what each replica should therefore hold.
//! It takes nothing from the code under test but the formulas of keys and of the hash chain.

mod books;
mod captured;
mod counted;
mod eye;
mod forgotten;
mod joined;
mod kept;
mod memory;
mod ordered;
mod portrait;
mod quiet;
mod told;
mod truth;
mod wishes;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::Path,
};

use onepurse_core::{Asset, MergePolicy, OverdraftPolicy};
use thiserror::Error;

use crate::time::Time;

pub use books::{Books, Mirror};
pub use counted::Left;
pub use eye::{Eye, Row, Rows, rows};
pub use forgotten::Answered;
pub use memory::{Diff, Memory};
pub use wishes::{Asked, Wishes};

/// Of what, and whose in the platform's own words.
pub type Who = (String, String);

/// Something that must never be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("invariant {invariant}: {what}")]
pub struct Violation {
    /// Which of the invariants it breaks; 0 where the simulator itself could not go on.
    pub invariant: u8,
    /// What was seen.
    pub what: String,
}

impl Violation {
    pub(crate) fn new(invariant: u8, what: impl Into<String>) -> Self {
        Self { invariant, what: what.into() }
    }
}

impl From<rusqlite::Error> for Violation {
    fn from(error: rusqlite::Error) -> Self {
        Self::new(0, format!("a database cannot be read: {error}"))
    }
}

/// Whether all is as it must be.
pub type Checked<T = ()> = Result<T, Violation>;

/// A key, and what it stands for.
pub type Key = [u8; 16];

/// An event that some bot's write, or an operator's decision, has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Where.
    pub platform: String,
    /// Whose, and of what.
    pub who: Who,
    /// `opening`, `change` or `repair`.
    pub kind: String,
    /// By how much. An opening that was taken anew may have another amount; the ledger takes the first that comes.
    pub deltas: Vec<i64>,
}

/// What the auditor knows of one platform besides its memory.
pub struct Watched {
    /// Its name.
    pub name: String,
    /// What its database remembers.
    pub memory: Memory,
    /// How the auditor reads its database.
    pub eye: Eye,
    /// Whose rows showed no number when it was last looked at.
    odd: BTreeSet<Who>,
    /// Where it stood when it was detached, until it is attached again.
    left: Left,
    /// A ledger that was put back since had noted already that it is being detached.
    was_leaving: bool,
}

/// What the rules of money say of each asset of a world.
#[derive(Debug, Clone, Default)]
pub struct Policies {
    /// What becomes of it where two purses become one.
    merge: BTreeMap<String, MergePolicy>,
    /// What bots spend of these below zero is undone.
    reverse: BTreeSet<String>,
    /// It is counted late: until then the rules reject it.
    late: Option<String>,
}

impl Policies {
    /// Of these assets.
    #[must_use]
    pub fn of(assets: &[Asset]) -> Self {
        let name = |asset: &Asset| asset.name.as_str().to_owned();
        let reversing = assets.iter().filter(|asset| asset.overdraft == OverdraftPolicy::Reverse);
        Self {
            merge: assets.iter().map(|asset| (name(asset), asset.merge)).collect(),
            reverse: reversing.map(name).collect(),
            late: None,
        }
    }

    /// With one that is not counted from the beginning, perhaps.
    #[must_use]
    pub fn counting_late(self, late: Option<String>) -> Self {
        Self { late, ..self }
    }
}

/// All that the auditor knows.
pub struct Auditor {
    /// The ledger's log, read and added up.
    pub books: Books,
    /// Every event ever made.
    pub written: HashMap<Key, Written>,
    /// All that people have ever asked for.
    pub wishes: Wishes,
    /// The platforms.
    pub platforms: Vec<Watched>,
    time: Time,
    keep_ms: i64,
}

impl Auditor {
    /// An auditor of the ledger at `path`, whose assets have these policies, in a world where what is included is kept for
    /// `keep_ms`.
    pub fn new(path: &Path, policies: Policies, time: Time, keep_ms: i64) -> Checked<Self> {
        let books = Books::open(path, policies)?;
        let (written, wishes, platforms) = (HashMap::new(), Wishes::default(), Vec::new());
        Ok(Self { books, written, wishes, platforms, time, keep_ms })
    }

    /// Begins to watch a platform.
    pub fn watch(&mut self, name: &str, eye: Eye) {
        self.platforms.push(Watched {
            name: name.to_owned(),
            memory: Memory::default(),
            eye,
            odd: BTreeSet::new(),
            left: Left::default(),
            was_leaving: false,
        });
    }

    /// From now on the assets of the ledger have these policies.
    pub fn declared(&mut self, assets: &[Asset]) {
        self.books.policies = Policies::of(assets);
    }

    /// Another ledger is about to be put in the place of this one: what this one has noted goes with it.
    pub fn ledger_goes(&mut self) -> Checked {
        let leaving = self.books.leaving()?;
        let noted = self.platforms.iter_mut().filter(|watched| leaving.contains(&watched.name));
        noted.for_each(|watched| watched.was_leaving = true);
        Ok(())
    }

    /// The ledger's file was put back from a backup, which came with this copy of what the auditor knew of it. What it
    /// says of who was detached may be of another time.
    pub fn ledger_restored(&mut self, path: &Path, mirror: Mirror) -> Checked {
        self.platforms.iter_mut().for_each(|watched| watched.left = Left::Unsure);
        self.books.restored(path, mirror)
    }

    /// The ledger may have grown.
    pub fn ledger_moved(&mut self) -> Checked<usize> {
        self.books.read_on(&self.written, &self.wishes)
    }
}
