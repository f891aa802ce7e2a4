//! The real ledger and the real engine around a bot's database.

use std::{collections::HashMap, path::Path, sync::Arc};

use onepurse_core::{Amount, Asset, AssetName, Clock, Event, EventKey, EventKind, Identity, Random};
use onepurse_ledger::{AuditScope, Ledger, LedgerError, Link, Open, Records, SqliteLedger};
use onepurse_replica::{Decision, Replica, ReplicaError, SqliteReplica, View};
use onepurse_sync::{Engine, Options, Parts, Progress, SyncError, operate, plan::Question, verify};
use tempfile::TempDir;

use super::{
    hands::{Hands, own_time},
    history::{History, Step},
    pair::Pair,
};
use crate::{Seen, Verdict, Wrong};

/// Cycles in a row after which an engine should have come to rest.
const CYCLES_MAX: usize = 50;

/// Of so many lengths of histories, those of one end by taking capture out.
const DETACHED_ONE_IN: usize = 4;

pub(super) struct World {
    folder: TempDir,
    hands: Arc<Hands>,
    runtime: tokio::runtime::Runtime,
    ledger: Arc<SqliteLedger>,
    pair: Pair,
    engine: Engine,
    fault: String,
    /// Everybody on the other platform, by whom they are one purse with.
    others: HashMap<String, Identity>,
    /// Why nothing is captured, where that has a name.
    refused: Option<String>,
    seen: Vec<String>,
}

impl World {
    /// A world in which nothing has happened; `None` where there can be no such table.
    pub(super) fn build(history: &History, fault: &str) -> Result<Option<Self>, Wrong> {
        let wrong = |error: &dyn std::fmt::Display| Wrong::new("the world stands", error);
        let memory = Path::new("/dev/shm");
        let mut builder = tempfile::Builder::new();
        builder.prefix("fuzz-");
        let folder = if memory.is_dir() { builder.tempdir_in(memory) } else { builder.tempdir() }
            .map_err(|error| wrong(&error))?;
        let hands = Arc::new(Hands::at(1_900_000_000_000));
        let Some(pair) = Pair::make(&folder.path().join("bot.db"), history)? else { return Ok(None) };
        own_time(&pair.bot, &hands)?;
        let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|error| wrong(&error))?;
        let path = folder.path().join("ledger.db");
        let ledger = SqliteLedger::open(&path, Open::Create, hands.clone(), hands.clone())
            .map_err(|error| wrong(&error))?;
        let asset = Asset::new(AssetName::default(), history.mapping.scale);
        runtime.block_on(ledger.declare(vec![asset])).map_err(|error| wrong(&error))?;
        let ledger = Arc::new(ledger);
        let engine = engine(history, folder.path(), &hands, &ledger, None)?;
        Ok(Some(Self {
            folder,
            hands,
            runtime,
            ledger,
            pair,
            engine,
            fault: fault.to_owned(),
            others: HashMap::new(),
            refused: None,
            seen: Vec::new(),
        }))
    }

    pub(super) fn play(mut self, history: &History) -> Verdict {
        for step in &history.steps {
            self.take(step, history)?;
            // With a text that is no text a history ends: SQLite promises nothing about it either.
            if self.pair.is_no_text()? {
                return Ok(Seen::new("no text"));
            }
        }
        self.end(history)?;
        self.seen.sort_unstable();
        self.seen.dedup();
        Ok(Seen::new((&history.table, self.refused, self.seen)))
    }

    fn take(&mut self, step: &Step, history: &History) -> Result<(), Wrong> {
        match step {
            Step::Statement(sql) => {
                let answer = self.pair.run(sql)?;
                let word = sql.split(' ').take(3).collect::<Vec<_>>().join(" ");
                let error = answer.rows.err().unwrap_or_default();
                self.seen.push(format!("{word} {}", error.chars().take(40).collect::<String>()));
                Ok(())
            }
            Step::Sync => self.sync(),
            Step::Elsewhere(id, amount) => self.elsewhere(id, Amount::new(*amount)),
            Step::Later(ms) => {
                self.hands.go_on((*ms).clamp(0, 100_000_000));
                Ok(())
            }
            Step::Detach => self.detach(),
            Step::Attach(decision) => {
                self.engine =
                    engine(history, self.folder.path(), &self.hands, &self.ledger, Some(*decision))?;
                self.sync()
            }
        }
    }

    /// Lets the engine work until it is in step; what keeps it from that has a name.
    fn sync(&mut self) -> Result<(), Wrong> {
        self.refused = None;
        for _ in 0..CYCLES_MAX {
            match self.runtime.block_on(self.engine.cycle()) {
                Ok(Progress::InStep | Progress::Lingering) => return self.settled(),
                Ok(Progress::Again) => {}
                Ok(Progress::Paused(Question::Mass(_))) => {
                    let resumed = self.runtime.block_on(operate::resume(&mut self.engine, Decision::Ledger));
                    resumed.map_err(|error| Wrong::new("a question can be answered", error))?;
                }
                Ok(Progress::Paused(question)) => {
                    return Err(Wrong::new("nobody asks of another database", question));
                }
                Err(error) if error.is_busy() && self.pair.is_in_transaction() => return Ok(()),
                Err(error) if error.is_busy() => {}
                Err(SyncError::Replica(ReplicaError::Refused { problems, .. })) => {
                    let problems: Vec<_> = problems.iter().map(|one| one.remedy.clone()).collect();
                    self.refused = Some(problems.join("; "));
                    return Ok(());
                }
                Err(error) => return Err(Wrong::new("the engine goes on", explained(&error))),
            }
        }
        Err(Wrong::new("the engine comes to rest", format!("not within {CYCLES_MAX} cycles")))
    }

    fn settled(&mut self) -> Result<(), Wrong> {
        if !self.fault.is_empty() {
            let fault = std::mem::take(&mut self.fault);
            self.pair.bot.execute_batch(&fault)?;
        }
        let named = self.hands.take_named();
        self.seen.extend((!named.is_empty()).then(|| "inward".to_owned()));
        self.pair.follow(&named)
    }

    /// Someone earns or spends on another platform, where they are the same person.
    fn elsewhere(&mut self, id: &str, delta: Amount) -> Result<(), Wrong> {
        let done = self.earn(id, delta);
        match done {
            Ok(()) | Err(LedgerError::Rejected(_)) => Ok(()),
            Err(error) => Err(Wrong::new("the ledger goes on", error)),
        }
    }

    fn earn(&mut self, id: &str, delta: Amount) -> Result<(), LedgerError> {
        let Ok(here) = format!("telegram:{id}").parse::<Identity>() else { return Ok(()) };
        if self.runtime.block_on(self.ledger.purse_of(here.clone()))?.is_none() {
            return Ok(());
        }
        if !self.others.contains_key(id) {
            let Ok(there) = format!("discord:{}", self.others.len()).parse::<Identity>() else {
                return Ok(());
            };
            self.append(&there, EventKind::Opening, Amount::ZERO)?;
            let link = Link { key: self.key(), stays: here, joins: there.clone(), actor: None, reason: None };
            self.runtime.block_on(self.ledger.link(link))?;
            self.others.insert(id.to_owned(), there);
        }
        let there = self.others[id].clone();
        self.append(&there, EventKind::Change, delta)
    }

    fn key(&self) -> EventKey {
        let mut nonce = [0; 8];
        self.hands.fill(&mut nonce);
        EventKey::captured(self.hands.now_ms(), nonce)
    }

    fn append(&self, identity: &Identity, kind: EventKind, delta: Amount) -> Result<(), LedgerError> {
        let asset = AssetName::default();
        let (key, captured_ms) = (self.key(), self.hands.now_ms());
        let event = Event { key, identity: identity.clone(), asset, delta, kind, captured_ms, reason: None };
        self.runtime.block_on(self.ledger.append(vec![event])).map(drop)
    }

    fn detach(&mut self) -> Result<(), Wrong> {
        if self.pair.is_in_transaction() {
            return Ok(());
        }
        self.sync()?;
        let detached = self.runtime.block_on(operate::detach(&mut self.engine, true));
        let is_out = detached.map_err(|error| Wrong::new("capture can be taken out", explained(&error)))?;
        Wrong::unless(is_out, "capture can be taken out", String::new)?;
        self.pair.is_clean()
    }

    fn end(&mut self, history: &History) -> Result<(), Wrong> {
        if self.pair.is_in_transaction() {
            self.pair.run("COMMIT")?;
        }
        if self.pair.is_in_transaction() {
            self.pair.run("ROLLBACK")?;
        }
        self.sync()?;
        self.verify(history)?;
        // Taking capture out takes as long as everything else: one history in four does.
        if history.steps.len().is_multiple_of(DETACHED_ONE_IN) { self.detach() } else { Ok(()) }
    }

    /// Every invariant, and everything that people can ask.
    fn verify(&mut self, history: &History) -> Result<(), Wrong> {
        let wrong = |error: &dyn std::fmt::Display| Wrong::new("everything can be verified", error);
        let mut replica: Box<dyn Replica> = Box::new(replica(history, self.folder.path(), &self.hands)?);
        let verified = self.runtime.block_on(async {
            let mut verified = verify::ledger(&*self.ledger, AuditScope::default()).await?;
            verify::replica(&mut *replica, &*self.ledger, &mut verified).await?;
            Ok::<_, verify::VerifyError>(verified)
        });
        let verified = verified.map_err(|error| wrong(&error))?;
        Wrong::unless(verified.ok, "the invariants hold", || {
            verified.problems.iter().map(|one| format!("{}: {}", one.invariant, one.what)).collect()
        })?;
        if let Ok(View::Attached(_)) = self.runtime.block_on(replica.view()) {
            let summary = self.runtime.block_on(replica.summary()).map_err(|error| wrong(&error))?;
            self.seen.extend(summary.paused.into_iter().map(|one| one.reason));
            self.seen.extend((summary.held > 0).then(|| "held".to_owned()));
            self.seen.extend((summary.pending > 0).then(|| "pending".to_owned()));
        }
        Ok(())
    }
}

fn replica(history: &History, folder: &Path, hands: &Arc<Hands>) -> Result<SqliteReplica, Wrong> {
    let platform = "telegram".parse().map_err(|error| Wrong::new("the world stands", error))?;
    let (path, mappings) = (folder.join("bot.db"), vec![history.mapping.clone()]);
    let own = hands.clone();
    Ok(SqliteReplica::new(platform, &path, mappings, hands.clone()).on_connect(move |db| own_time(db, &own)))
}

fn engine(
    history: &History,
    folder: &Path,
    hands: &Arc<Hands>,
    ledger: &Arc<SqliteLedger>,
    decision: Option<Decision>,
) -> Result<Engine, Wrong> {
    let parts = Parts {
        replica: Box::new(replica(history, folder, hands)?),
        ledger: ledger.clone(),
        clock: hands.clone(),
        random: hands.clone(),
        observer: hands.clone(),
    };
    Ok(Engine::new(parts, Options { keep_ms: 30 * 86_400_000, decision }))
}

/// An error with what is behind it.
fn explained(error: &dyn std::error::Error) -> String {
    format!("{error} {error:?}")
}
