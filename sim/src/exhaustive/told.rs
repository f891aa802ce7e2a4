//! What a cursor tells the auditor.
//!
//! The hashes of this world's entries can be read: beside what tells histories apart they say what the ledger knew at
//! the entry. So the auditor knows what a cursor stands for, also in a history that was given up. Nobody else looks.

use onepurse_core::{Amount, ChainHash, Cursor};

use super::words::{EVERYONE, Event, Person};

/// What the ledger knew at an entry.
pub(super) struct Told {
    /// Covers the entry and everything before it.
    pub(super) hash: u64,
    /// The keys of all events by then.
    pub(super) keys: u32,
    /// What everyone's purse had.
    pub(super) balances: [i32; EVERYONE],
}

impl Told {
    pub(super) fn hash(&self) -> ChainHash {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&self.hash.to_be_bytes());
        bytes[8..12].copy_from_slice(&self.keys.to_be_bytes());
        for (at, balance) in self.balances.iter().enumerate() {
            bytes[12 + at * 4..16 + at * 4].copy_from_slice(&balance.to_be_bytes());
        }
        ChainHash(bytes)
    }

    /// Before the first entry nothing is known, and everyone has nothing.
    pub(super) fn by(cursor: Cursor) -> Self {
        let word = |at: usize| {
            let mut bytes = [0; 4];
            bytes.copy_from_slice(&cursor.hash.0[at..at + 4]);
            u32::from_be_bytes(bytes)
        };
        let hash = u64::from(word(0)) << 32 | u64::from(word(4));
        let balances = [12, 16, 20, 24].map(|at| word(at).cast_signed());
        Self { hash, keys: word(8), balances }
    }

    pub(super) fn has(&self, event: &Event) -> bool {
        self.keys & event.bit() != 0
    }

    pub(super) fn balance(&self, person: Person) -> Amount {
        Amount::new(self.balances[person.0].into())
    }
}
