//! `onepurse verify`: whether everything adds up, and whether the past is still the same.

use std::sync::Arc;

use onepurse_core::Cursor;
use onepurse_ledger::{AuditProgress, AuditScope};
use onepurse_replica::Replica;
use onepurse_sync::{
    plan::Question,
    status::{self, State},
    verify::{self, Verified},
};
use serde::Serialize;

use crate::{
    args::books,
    clock::SystemClock,
    error::{Exit, Failure},
    house::House,
    output::Report,
    patience::patient,
    shown::question_words,
    texts::{Blank, Language},
    wrapped::Wrapped,
};

/// What was checked, and what does not hold.
#[derive(Debug, Serialize)]
pub(crate) struct VerifyReport {
    #[serde(flatten)]
    verified: Verified,
    /// Platforms whose database is not kept in step.
    apart: Vec<Apart>,
    /// Platforms that stand in no configuration.
    #[serde(flatten)]
    wrapped: Wrapped,
    /// The head that was kept elsewhere, where one was given.
    #[serde(skip)]
    against: Option<Cursor>,
}

/// A platform that waits, or that is not attached: what its people do is not in the ledger.
#[derive(Debug, Serialize)]
struct Apart {
    name: String,
    state: State,
    question: Option<Question>,
}

/// Checks the ledger, then each platform's database against it.
pub(crate) async fn verify(
    house: &House,
    wrapped: Wrapped,
    args: &books::Verify,
) -> Result<VerifyReport, Failure> {
    let mut verified = verify::ledger(&*house.ledger, scope(house, args)?).await?;
    let mut apart = Vec::new();
    for platform in &house.config.platforms {
        let mut replica = platform.replica();
        patient(async || verify::replica(&mut *replica, &*house.ledger, &mut verified).await).await?;
        apart.extend(stands_apart(house, &mut *replica).await);
    }
    Ok(VerifyReport { verified, apart, wrapped, against: args.against })
}

/// What of the ledger is to be read.
fn scope(house: &House, args: &books::Verify) -> Result<AuditScope, Failure> {
    let (from_seq, against) = (args.from, args.against);
    if let Some(Cursor { seq, .. }) = against.filter(|kept| kept.seq < from_seq - 1) {
        return Err(Failure::Usage(format!(
            "--from {from_seq} leaves out what came right after entry {seq}, which --against is about: nothing would be \
             shown; begin at {} or before",
            seq + 1
        )));
    }
    Ok(AuditScope { from_seq, against, progress: progress(house.config.language) })
}

/// On standard error: what is printed as the result stays alone on standard output.
fn progress(language: Language) -> AuditProgress {
    Arc::new(move |done, all| {
        let blanks = [("done", Blank::count(done)), ("all", Blank::count(all))];
        eprintln!("{}", language.fill("verify-progress", blanks));
    })
}

async fn stands_apart(house: &House, replica: &mut dyn Replica) -> Option<Apart> {
    let status = status::of(replica, Ok(&*house.ledger), &SystemClock).await;
    let is_apart = matches!(status.state, State::Paused | State::NotAttached);
    is_apart.then_some(Apart { name: status.name, state: status.state, question: status.question })
}

impl Apart {
    fn words(&self, language: Language) -> String {
        let question = self.question.as_ref().map(|question| question_words(language, question));
        let blanks = || {
            [
                ("platform", Blank::text(&self.name)),
                ("what", Blank::text(&question.as_deref().unwrap_or_default())),
            ]
        };
        match self.question {
            Some(_) => language.fill("log-paused", blanks()),
            None => language.fill("verify-not-attached", blanks()),
        }
    }
}

impl Report for VerifyReport {
    fn words(&self, language: Language) -> String {
        let Verified { head, entries, purses, identities, waived, problems, .. } = &self.verified;
        let counts = [
            ("entries", Blank::count(*entries)),
            ("purses", Blank::count(*purses)),
            ("identities", Blank::count(*identities)),
            ("waived", Blank::count(*waived)),
        ];
        let mut lines = vec![language.fill("verify-checked", counts)];
        for problem in problems {
            let invariant = language.text(&format!("invariant-{}", problem.invariant));
            lines.push(format!("{} ({invariant}), {:?}: {}", problem.invariant, problem.name, problem.what));
        }
        if let Some(kept) = self.against.filter(|_| problems.is_empty()) {
            lines.push(language.fill("verify-kept", [("seq", Blank::text(&kept.seq))]));
        }
        lines.extend(self.apart.iter().map(|apart| apart.words(language)));
        lines.extend(self.wrapped.words(language));
        lines.push(if !problems.is_empty() {
            language.fill("verify-fails", [("count", Blank::count(problems.len() as u64))])
        } else if self.apart.is_empty() && self.wrapped.is_nothing() {
            language.text("verify-holds")
        } else {
            language.text("verify-rest-holds")
        });
        if problems.is_empty() {
            lines.push(language.fill("verify-head", [("head", Blank::text(head))]));
        }
        lines.join("\n")
    }

    /// A platform that is not attached is none that waits: there may never have been a wish to attach it.
    fn exit(&self) -> Exit {
        if !self.verified.ok {
            Exit::No
        } else if !self.wrapped.asking.is_empty()
            || self.apart.iter().any(|apart| apart.state == State::Paused)
        {
            Exit::Waiting
        } else {
            Exit::Done
        }
    }
}
