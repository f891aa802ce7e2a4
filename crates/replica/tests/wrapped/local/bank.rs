use std::{
    collections::BTreeMap,
    io,
    panic::resume_unwind,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU8, Ordering},
    },
};

use onepurse_replica::wrap::Store;

pub(super) type Balances = BTreeMap<u64, i64>;

/// What a bot knows, and writes out.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) coins: Balances,
    /// What the bot has done to whom: what a store would not have, and a test wants to know.
    pub(super) own: Balances,
}

/// Where the process is killed next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Killed {
    Showing,
    BeforeSaving,
    AfterSaving,
}

/// A store that can be as dead as after `kill -9`: then nothing is found in it and nothing can be done to it.
#[derive(Debug, Default)]
pub(super) struct Bank {
    pub(super) live: Kept,
    file: Arc<Mutex<Kept>>,
    fate: Arc<Fate>,
    /// Nobody can have more.
    pub(super) most: Option<i64>,
}

#[derive(Debug, Default)]
pub(super) struct Fate {
    is_dead: AtomicBool,
    next: AtomicU8,
    pub(super) cannot_save: AtomicBool,
    /// The next look at it panics.
    pub(super) stumbles: AtomicBool,
}

impl Fate {
    pub(super) fn kill(&self) {
        self.is_dead.store(true, Ordering::SeqCst);
    }

    pub(super) fn is_dead(&self) -> bool {
        self.is_dead.load(Ordering::SeqCst)
    }

    pub(super) fn kill_when(&self, killed: Killed) {
        self.next.store(killed as u8 + 1, Ordering::SeqCst);
    }

    fn comes(&self, killed: Killed) {
        if self.next.load(Ordering::SeqCst) == killed as u8 + 1 {
            self.kill();
        }
        self.lives();
    }

    fn lives(&self) {
        if self.is_dead() || self.stumbles.swap(false, Ordering::SeqCst) {
            resume_unwind(Box::new("killed"));
        }
    }
}

impl Bank {
    pub(super) fn of(people: &[(u64, i64)]) -> Self {
        let bank = Self {
            live: Kept { coins: people.iter().copied().collect(), own: Balances::new() },
            ..Self::default()
        };
        bank.write();
        bank
    }

    /// As a new process reads it from its file.
    pub(super) fn reopened(&self) -> Self {
        let (live, file) = (self.file.lock().unwrap().clone(), Arc::clone(&self.file));
        Self { live, file, fate: Arc::default(), most: self.most }
    }

    pub(super) fn fate(&self) -> Arc<Fate> {
        Arc::clone(&self.fate)
    }

    pub(super) fn on_disk(&self) -> Kept {
        self.file.lock().unwrap().clone()
    }

    pub(super) fn write(&self) {
        *self.file.lock().unwrap() = self.live.clone();
    }

    /// The bot gives, or takes.
    pub(super) fn gives(&mut self, id: u64, delta: i64) {
        *self.live.coins.entry(id).or_default() += delta;
        *self.live.own.entry(id).or_default() += delta;
    }
}

impl Store for Bank {
    type Id = u64;

    fn ids(&self) -> impl Iterator<Item = u64> {
        self.fate.lives();
        self.live.coins.keys().copied()
    }

    fn shown(&self, id: &u64, _: &str) -> Option<i64> {
        self.fate.lives();
        self.live.coins.get(id).copied()
    }

    fn show(&mut self, id: &u64, _: &str, value: i64) {
        self.fate.comes(Killed::Showing);
        *self.live.coins.get_mut(id).unwrap() = value.min(self.most.unwrap_or(i64::MAX));
    }

    fn save(&mut self) -> io::Result<()> {
        self.fate.comes(Killed::BeforeSaving);
        if self.fate.cannot_save.load(Ordering::SeqCst) {
            return Err(io::Error::other("the disk is full"));
        }
        self.write();
        self.fate.comes(Killed::AfterSaving);
        Ok(())
    }
}
