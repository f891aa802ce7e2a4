//! `onepurse attach`: puts capture into the bots' databases.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use onepurse_core::{EventKind, Identity, Platform};
use onepurse_replica::{Capture, Comparison, Decision, Difference, ReplicaError, View};
use onepurse_sync::{Happening, Observer, Progress, operate, plan::Question, status};
use serde::Serialize;

use crate::{
    args::platforms,
    clock::SystemClock,
    config::PlatformConfig,
    error::{Exit, Failure},
    house::House,
    narrator::{Narrator, differences},
    output::Report,
    patience::{patient, rest},
    seat::Seat,
    shown::{Scales, question_words},
    texts::{Blank, Language},
};

/// What came of it, platform by platform.
#[derive(Debug, Serialize)]
pub(crate) struct AttachReport {
    platforms: Vec<AttachEnd>,
    #[serde(skip)]
    decision: Decision,
    #[serde(skip)]
    scales: Scales,
}

#[derive(Debug, Serialize)]
struct AttachEnd {
    name: Platform,
    state: AttachState,
    question: Option<Question>,
    /// What the bot's rows showed, and what the ledger had, where that was not the same.
    differences: Vec<Difference>,
    /// What can cost the bot errors.
    warnings: Vec<String>,
    #[serde(skip)]
    compared: Comparison,
    /// How many identities were opened.
    #[serde(skip)]
    opened: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
enum AttachState {
    #[serde(rename = "attached")]
    Attached,
    #[serde(rename = "already attached")]
    Already,
    #[serde(rename = "paused")]
    Paused,
    /// Capture is in; something keeps moving, and whatever keeps the platform in step goes on with it.
    #[serde(rename = "attached, behind")]
    Behind,
}

/// Attaches what the command line names. Nothing is done to any of them where the mapping of one cannot work.
pub(crate) async fn attach(house: &House, args: &platforms::Attach) -> Result<AttachReport, Failure> {
    let platforms = house.platforms(&args.platforms)?;
    let mut due = Vec::new();
    for platform in &platforms {
        due.push(is_due(platform).await?);
    }
    let decision = if args.count_changes { Decision::Count } else { Decision::Ledger };
    let mut ends = Vec::new();
    for (platform, due) in platforms.into_iter().zip(due) {
        let mut end =
            if due { one(house, platform, decision).await? } else { already(house, platform).await };
        let mut replica = platform.replica();
        end.warnings = patient(async || replica.warnings().await).await?;
        ends.push(end);
    }
    Ok(AttachReport { platforms: ends, decision, scales: Scales::of(house.config.assets.clone()) })
}

/// Whether there is anything to put in, and that it can be.
async fn is_due(platform: &PlatformConfig) -> Result<bool, Failure> {
    let mut replica = platform.replica();
    if let View::Attached(attached) = patient(async || replica.view().await).await?
        && !matches!(attached.capture, Capture::New(_))
    {
        onepurse_sync::plan::refuse(&attached, &platform.platform, None)?;
        return Ok(false);
    }
    let problems = patient(async || replica.problems().await).await?;
    if problems.is_empty() {
        return Ok(true);
    }
    Err(ReplicaError::Refused { place: replica.location(), problems }.into())
}

const fn blank(name: Platform, state: AttachState) -> AttachEnd {
    let compared = Comparison { differences: Vec::new(), changed: 0, gone: 0, of: 0 };
    AttachEnd {
        name,
        state,
        question: None,
        differences: Vec::new(),
        warnings: Vec::new(),
        compared,
        opened: 0,
    }
}

/// It may be attached and wait for an answer.
async fn already(house: &House, platform: &PlatformConfig) -> AttachEnd {
    let mut end = blank(platform.platform.clone(), AttachState::Already);
    let status = status::of(&mut *platform.replica(), Ok(&*house.ledger), &SystemClock).await;
    if status.question.is_some() {
        (end.state, end.question) = (AttachState::Paused, status.question);
    }
    end
}

async fn one(house: &House, platform: &PlatformConfig, decision: Decision) -> Result<AttachEnd, Failure> {
    let _seat = Seat::take(platform)?;
    let witness = Arc::new(Witness {
        narrator: Narrator::new(house.config.language, &house.config.assets),
        compared: Mutex::default(),
        opened: Mutex::default(),
    });
    let mut engine = house.engine(platform, Arc::clone(&witness) as _, Some(decision));
    let progress = operate::settle_down(&mut engine, rest).await?;
    let mut end = blank(platform.platform.clone(), AttachState::Attached);
    match progress {
        Progress::InStep => {}
        Progress::Again | Progress::Lingering => end.state = AttachState::Behind,
        Progress::Paused(question) => {
            (end.state, end.question) = (AttachState::Paused, Some(question));
        }
    }
    end.compared = witness.compared.lock().unwrap_or_else(PoisonError::into_inner).clone();
    end.opened = witness.opened.lock().unwrap_or_else(PoisonError::into_inner).len() as u64;
    end.differences.clone_from(&end.compared.differences);
    Ok(end)
}

/// Remembers who was taken in, and what was found when everything was compared.
struct Witness {
    narrator: Narrator,
    compared: Mutex<Comparison>,
    opened: Mutex<HashSet<Identity>>,
}

impl Observer for Witness {
    fn see(&self, platform: &Platform, happening: Happening) {
        match happening {
            Happening::Compared(comparison) => {
                *self.compared.lock().unwrap_or_else(PoisonError::into_inner) = comparison;
            }
            Happening::Entered { identity, kind: EventKind::Opening, .. } => {
                self.opened.lock().unwrap_or_else(PoisonError::into_inner).insert(identity);
            }
            // Told with what came of it.
            Happening::Warned(_) => {}
            happening => self.narrator.see(platform, happening),
        }
    }
}

impl Report for AttachReport {
    fn words(&self, language: Language) -> String {
        let mut lines = Vec::new();
        for end in &self.platforms {
            let text = match end.state {
                AttachState::Attached => "attach-done",
                AttachState::Already => "attach-already",
                AttachState::Paused => "attach-paused",
                AttachState::Behind => "attach-behind",
            };
            lines.push(language.fill(text, [("platform", Blank::text(&end.name))]));
            if let Some(question) = &end.question {
                lines.push(format!("  {}", question_words(language, question)));
                lines.push(language.fill("status-resume", [("platform", Blank::text(&end.name))]));
            }
            for warning in &end.warnings {
                let blanks = [("platform", Blank::text(&end.name)), ("what", Blank::text(warning))];
                lines.push(language.fill("log-warned", blanks));
            }
            if end.opened > 0 {
                lines.push(language.fill("attach-openings", [("count", Blank::count(end.opened))]));
            }
            let count = end.compared.changed + end.compared.gone;
            if count > 0 {
                let blanks = [("platform", Blank::text(&end.name)), ("count", Blank::count(count))];
                lines.push(language.fill("log-compared", blanks));
                let each = differences(language, &self.scales, &end.name, &end.compared);
                lines.extend(each.into_iter().map(|line| format!("  {line}")));
                lines.push(language.text(match self.decision {
                    Decision::Ledger => "attach-ledger-wins",
                    Decision::Count => "attach-counted",
                }));
            }
        }
        lines.join("\n")
    }

    fn exit(&self) -> Exit {
        let is_paused = |end: &AttachEnd| end.state == AttachState::Paused;
        if self.platforms.iter().any(is_paused) { Exit::Waiting } else { Exit::Done }
    }
}
