//! The sidecar, and what could not be written into it yet.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
};

use onepurse_core::{Amount, AssetName, ExternalId};

use super::{Begun, Did, Due, Settings, Shows, Sidecar, SidecarError, books::Found, lease::Lease};

/// A sidecar that could not be used is left alone for so many ticks: nobody is to wait for it again and again.
const RESTS_TICKS: u32 = 40;
/// So much of what came in is shown at once.
const DUE_MAX: usize = 10_000;

/// Trouble with the sidecar is told to people, and never to the bot: what could not be written is kept, and tried again.
#[derive(Debug)]
pub(super) struct Desk {
    settings: Settings,
    lease: Option<Lease>,
    sidecar: Option<Sidecar>,
    /// Who shows what now, and by how much the bot has moved it.
    moved: BTreeMap<(AssetName, ExternalId), (Amount, Amount)>,
    leaving: BTreeSet<ExternalId>,
    refused: Vec<Due>,
    /// The store keeps what was noted up to here; written down soon.
    kept: Option<i64>,
    /// Whether the journal may have lines after the last mark.
    has_noted: bool,
    version: Option<i64>,
    rests_ticks: u32,
    is_in_trouble: bool,
}

impl Desk {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            settings,
            lease: None,
            sidecar: None,
            moved: BTreeMap::new(),
            leaving: BTreeSet::new(),
            refused: Vec::new(),
            kept: None,
            has_noted: true,
            version: None,
            rests_ticks: 0,
            is_in_trouble: false,
        }
    }

    /// Compares everything that the store shows with what is known. `None` where the sidecar cannot be used.
    pub(super) fn begin(&mut self, store: &[Shows]) -> Option<Begun> {
        if !self.flush() {
            return None;
        }
        let answer = self.settings.answer;
        let begun = self.using(|sidecar| sidecar.begin(store, answer))?;
        if matches!(begun, Begun::Done { .. }) {
            // Its places in the journal begin anew, and what was said is said of this once.
            (self.kept, self.settings.answer) = (None, None);
        }
        Some(begun)
    }

    /// What the bot did is durable if this says so.
    pub(super) fn note(&mut self, found: Found) -> bool {
        let mut back = BTreeSet::new();
        for Did { now: Shows { asset, external, value }, delta } in found.done {
            // Who comes back after they left has what they had: what they come with is nothing they earned.
            let is_back = self.leaving.remove(&external) || back.contains(&external);
            let delta = if is_back { Amount::ZERO } else { delta };
            if is_back {
                back.insert(external.clone());
            }
            let moved = self.moved.entry((asset, external)).or_default();
            // More than an amount can be is nothing that a ledger would take.
            *moved = (value, moved.1.checked_add(delta).unwrap_or(moved.1));
        }
        self.leaving.extend(found.left);
        self.flush()
    }

    /// What was intended is not shown.
    pub(super) fn refuse(&mut self, due: Vec<Due>) {
        self.refused.extend(due);
        self.flush();
    }

    /// Whether nothing waits to be written.
    fn flush(&mut self) -> bool {
        if self.moved.is_empty() && self.leaving.is_empty() && self.refused.is_empty() {
            return true;
        }
        self.rests_ticks == 0 && self.write().is_some()
    }

    fn write(&mut self) -> Option<()> {
        let refused = mem::take(&mut self.refused);
        if !refused.is_empty() && self.using(|sidecar| sidecar.refuse(&refused)).is_none() {
            self.refused = refused;
            return None;
        }
        let moved = mem::take(&mut self.moved);
        let done: Vec<_> = moved.iter().map(did).collect();
        if self.using(|sidecar| sidecar.capture(&done)).is_none() {
            self.moved = moved;
            return None;
        }
        let leaving = mem::take(&mut self.leaving);
        let ids: Vec<_> = leaving.iter().map(ExternalId::as_str).collect();
        if !ids.is_empty() && self.using(|sidecar| sidecar.gone(&ids)).is_none() {
            self.leaving = leaving;
            return None;
        }
        self.has_noted = true;
        Some(())
    }

    /// What has come in. Nothing while something of the bot's waits to be written.
    pub(super) fn due(&mut self) -> Option<Vec<Due>> {
        if self.flush() { self.using(|sidecar| sidecar.due(DUE_MAX)) } else { None }
    }

    /// Before the store is made to show it: a place in the journal after it. Nobody must show it where this is `None`.
    pub(super) fn intend(&mut self, due: &[Due]) -> Option<i64> {
        if !self.flush() {
            return None;
        }
        self.has_noted = true;
        let mark = self.using(|sidecar| {
            sidecar.intend(due)?;
            sidecar.mark()
        });
        if mark.is_none() {
            // A sidecar that fell silent may have taken it all the same.
            self.refused.extend_from_slice(due);
        }
        mark
    }

    /// A place in the journal, before the store is written out. `None` where nothing is new, or something waits.
    pub(super) fn mark(&mut self) -> Option<i64> {
        if !self.flush() || !mem::take(&mut self.has_noted) {
            return None;
        }
        self.using(Sidecar::mark)
    }

    /// The store keeps what was noted up to the mark.
    pub(super) fn durable(&mut self, mark: i64) {
        self.kept = self.kept.max(Some(mark));
    }

    /// Writes down how far the store is durable.
    pub(super) fn settle(&mut self) {
        if self.flush()
            && let Some(mark) = self.kept.take()
            && self.using(|sidecar| sidecar.durable(mark)).is_none()
        {
            self.kept = Some(mark);
        }
    }

    /// Before it goes: once more, whatever was the matter.
    pub(super) fn close(&mut self) {
        self.rests_ticks = 0;
        self.settle();
    }

    /// Now and then: does what waits. Whether somebody else has written here since.
    pub(super) fn tick(&mut self) -> bool {
        self.rests_ticks = self.rests_ticks.saturating_sub(1);
        if self.rests_ticks > 0 {
            return false;
        }
        self.settle();
        let version = self.using(Sidecar::version);
        version.is_some() && mem::replace(&mut self.version, version) != version
    }

    /// Whether it could be used when it was tried last.
    pub(super) fn is_well(&self) -> bool {
        self.sidecar.is_some() && self.rests_ticks == 0
    }

    fn using<T>(&mut self, ask: impl FnOnce(&mut Sidecar) -> Result<T, SidecarError>) -> Option<T> {
        if self.lease.is_none() {
            self.lease = Lease::take(&self.settings);
        }
        if self.lease.is_none() {
            return self.trouble("another store of this program has it, and each needs its own");
        }
        let done = match &mut self.sidecar {
            Some(sidecar) => ask(sidecar),
            None => Sidecar::open(&self.settings.sidecar, &self.settings.platform, &self.settings.assets)
                .and_then(|opened| ask(self.sidecar.insert(opened))),
        };
        match done {
            Ok(done) => {
                if mem::take(&mut self.is_in_trouble) {
                    tracing::info!("the sidecar can be used again");
                }
                Some(done)
            }
            Err(error) => self.trouble(&error.to_string()),
        }
    }

    fn trouble<T>(&mut self, error: &str) -> Option<T> {
        self.rests_ticks = RESTS_TICKS;
        if !mem::replace(&mut self.is_in_trouble, true) {
            let sidecar = &self.settings.sidecar;
            tracing::warn!(%sidecar, error, "the sidecar cannot be used now and is tried again; the bot goes on");
        }
        None
    }
}

fn did((at, (value, delta)): (&(AssetName, ExternalId), &(Amount, Amount))) -> Did {
    let (asset, external) = at.clone();
    Did { now: Shows { asset, external, value: *value }, delta: *delta }
}
