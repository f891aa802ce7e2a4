//! A bot's database, its replica and a ledger, driven by hand; invariant 4 is checked after every step.

use onepurse_core::{Amount, Answer, Balance, Changes, Event, Question, ReplicaId};
use onepurse_replica::{
    Applied, Attach, Attachment, Decision, Detached, Inward, Mapping, OutboxRow, Replica, ReplicaError,
    Stale, Testimony, View,
};

use super::{coins, fixture::Fixture, ledger::ModelLedger, wait};

pub(crate) struct World<F> {
    pub(crate) bot: F,
    pub(crate) replica: Box<dyn Replica>,
    pub(crate) ledger: ModelLedger,
    pub(crate) mappings: Vec<Mapping>,
    pub(crate) now_ms: i64,
    pub(crate) stale: Vec<Stale>,
}

/// The mapping of `users(user_id, coins)`.
pub(crate) fn users() -> Mapping {
    Mapping::new(coins(), "users", &["user_id"], "coins")
}

impl<F: Fixture> World<F> {
    /// A database made by `shape`, attached and in step.
    pub(crate) fn new(shape: &str, mapping: Mapping) -> Self {
        Self::with(F::new(shape), vec![mapping])
    }

    pub(crate) fn with(bot: F, mappings: Vec<Mapping>) -> Self {
        let mut world = Self {
            replica: bot.replica(mappings.clone()),
            bot,
            ledger: ModelLedger::new(),
            mappings,
            now_ms: 1_000,
            stale: Vec::new(),
        };
        world.attach();
        world.sync();
        world
    }

    pub(crate) fn attach(&mut self) {
        self.attach_from(vec![]);
    }

    /// Attaches a database of which it is known what it had applied when it was detached.
    pub(crate) fn attach_from(&mut self, base: Vec<Balance>) {
        let attach = Attach { replica: ReplicaId([1; 16]), ledger: self.ledger.id, decision: None, base };
        wait(self.replica.attach(attach)).unwrap();
        self.check();
    }

    /// Takes out everything that is ours, whatever waits there.
    pub(crate) fn detach(&mut self) {
        let cursor = self.view().cursor;
        assert_eq!(wait(self.replica.detach(cursor, u64::MAX)).unwrap(), Detached::Done);
    }

    /// Runs the bot's statements; they must not fail.
    pub(crate) fn run(&mut self, sql: &str) {
        self.bot.run(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        self.check();
    }

    pub(crate) fn local(&self, id: &str) -> Option<String> {
        self.bot.read(&format!("SELECT coins FROM users WHERE CAST(user_id AS TEXT) = '{id}'"))
    }

    pub(crate) fn view(&mut self) -> Attachment {
        match wait(self.replica.view()).unwrap() {
            View::Attached(attachment) => *attachment,
            View::Detached => panic!("detached"),
        }
    }

    pub(crate) fn testimony(&mut self) -> Testimony {
        wait(self.replica.testimony()).unwrap()
    }

    pub(crate) fn outbox(&mut self) -> Vec<OutboxRow> {
        wait(self.replica.outbox(0, 10_000)).unwrap().rows
    }

    pub(crate) fn events(&mut self) -> Vec<Event> {
        let (platform, ledger) = (self.replica.platform().clone(), self.ledger.id);
        self.outbox().into_iter().map(|row| row.into_event(&platform, ledger)).collect()
    }

    /// The events in the outbox as `kind delta`, for tables.
    pub(crate) fn captured(&mut self) -> Vec<String> {
        self.outbox()
            .iter()
            .map(|row| format!("{} {} {}", row.external, row.kind.as_str(), row.delta))
            .collect()
    }

    pub(crate) fn push(&mut self) {
        for event in self.events() {
            self.ledger.push(&event);
        }
    }

    pub(crate) fn question(&mut self) -> Question {
        let from = self.view().cursor;
        let oldest_ms = wait(self.replica.oldest_ms()).unwrap().unwrap_or(self.now_ms);
        Question { platform: self.replica.platform().clone(), from, oldest_ms }
    }

    pub(crate) fn pull(&mut self) -> Answer {
        let question = self.question();
        self.ledger.answer(&question)
    }

    pub(crate) fn changes(&mut self) -> Changes {
        match self.pull() {
            Answer::Changes(changes) => changes,
            Answer::HistoryMismatch => panic!("another history"),
        }
    }

    pub(crate) fn apply(&mut self, changes: &Changes) -> Applied {
        let applied = wait(self.replica.apply(changes, self.now_ms)).unwrap();
        if let Applied::Done { stale, .. } = &applied {
            self.stale.extend(stale.iter().cloned());
        }
        self.check();
        applied
    }

    pub(crate) fn settle(&mut self, limit: usize) -> Vec<Inward> {
        let inward = wait(self.replica.settle(limit, self.now_ms)).unwrap();
        self.check();
        inward
    }

    /// What an engine does, until nothing is left to do; the ledger wins where rows differ.
    pub(crate) fn sync(&mut self) {
        for _ in 0..12 {
            if self.step() {
                return;
            }
        }
        let (view, summary) = (self.view(), wait(self.replica.summary()).unwrap());
        panic!("never at rest: {view:?} {summary:?}");
    }

    fn step(&mut self) -> bool {
        if self.view().older {
            wait(self.replica.renew()).unwrap();
        }
        let view = self.view();
        if matches!(view.capture, onepurse_replica::Capture::Lost(_)) {
            wait(self.replica.mend(self.now_ms)).unwrap();
            self.check();
        }
        self.push();
        match self.pull() {
            Answer::HistoryMismatch => {
                wait(self.replica.rewind(view.cursor)).unwrap();
                self.check();
            }
            Answer::Changes(changes) if changes.to != changes.from || view.resync => {
                self.apply_busy(&changes);
            }
            Answer::Changes(_) => {}
        }
        if self.view().compare {
            wait(self.replica.resolve(Decision::Ledger, self.now_ms)).unwrap();
            self.check();
        }
        self.settle(1_000);
        let view = self.view();
        view.cursor == self.ledger.head()
            && !(view.pending || view.unsettled || view.locked || view.resync || view.compare)
    }

    /// Applies, once more where a trigger of the bot has rolled the first try back.
    fn apply_busy(&mut self, changes: &Changes) {
        match wait(self.replica.apply(changes, self.now_ms)) {
            Ok(Applied::Done { stale, .. }) => self.stale.extend(stale),
            Ok(Applied::Outdated) | Err(ReplicaError::Busy { .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
        self.check();
    }

    /// Invariant 4, for every identity that is not waived.
    pub(crate) fn check(&mut self) {
        let audited = wait(self.replica.audit()).unwrap();
        let known =
            usize::try_from(audited.cursor.seq).unwrap() <= usize::try_from(self.ledger.head().seq).unwrap();
        let balances =
            if known && !audited.resync { Some(self.ledger.balances(audited.cursor.seq)) } else { None };
        for one in audited.identities.iter().filter(|one| !one.waived) {
            let missing = self.mappings.iter().find(|m| m.asset == one.asset).and_then(|m| m.missing);
            let Some(local) = one.local.or(missing) else { continue };
            let should = one.stored.units() + one.own.units() - one.held.units();
            assert_eq!(local, Amount::new(should), "{one:?}");
            if let Some(balances) = &balances
                && self.is_in_history(audited.cursor)
            {
                let balance = balances.get(&(one.asset.clone(), one.external.clone())).copied().unwrap_or(0);
                assert_eq!(one.stored, Amount::new(balance), "{one:?}");
            }
        }
    }

    fn is_in_history(&self, cursor: onepurse_core::Cursor) -> bool {
        let question =
            Question { platform: self.replica.platform().clone(), from: cursor, oldest_ms: self.now_ms };
        matches!(self.ledger.answer(&question), Answer::Changes(_))
    }
}
