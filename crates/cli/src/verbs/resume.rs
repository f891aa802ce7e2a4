//! `onepurse resume`: the operator's answer to the question that a paused platform asks.

use std::{collections::BTreeMap, sync::Arc};

use onepurse_core::Platform;
use onepurse_replica::Decision;
use onepurse_sync::{operate, plan::Question};
use serde::Serialize;

use crate::{
    args::platforms::{Answer, Resume},
    error::{Exit, Failure},
    house::House,
    narrator::Narrator,
    output::Report,
    patience::patient,
    shown::question_words,
    texts::{Blank, Language},
};

/// What is asked, and what was answered.
#[derive(Debug, Serialize)]
pub(crate) struct ResumeReport {
    platform: Platform,
    question: Option<Question>,
    /// What each answer does; in English.
    answers: BTreeMap<&'static str, String>,
    answer: Option<Decision>,
}

/// Asks what the platform is paused with, and answers where the command line does.
pub(crate) async fn resume(house: &House, args: Resume) -> Result<ResumeReport, Failure> {
    let platform = house.config.platform(&args.platform)?;
    let narrator = Narrator::new(house.config.language, &house.config.assets);
    let mut engine = house.engine(platform, Arc::new(narrator), None);
    let answer = args.answer.map(|answer| match answer {
        Answer::Ledger => Decision::Ledger,
        Answer::Count => Decision::Count,
    });
    let question = match answer {
        Some(decision) => patient(async || operate::resume(&mut engine, decision).await).await?,
        None => patient(async || operate::question(&mut engine).await).await?,
    };
    let answers = question.as_ref().map(|question| answers(Language::En, question)).unwrap_or_default();
    Ok(ResumeReport { platform: args.platform, question, answers, answer })
}

/// What each answer to this question does.
fn answers(language: Language, question: &Question) -> BTreeMap<&'static str, String> {
    let kind = match question {
        Question::Mass(_) => "mass",
        Question::OtherDatabase { .. } => "other",
        Question::Copied { .. } => "copied",
    };
    let explained = |decision: Decision| {
        (decision.as_str(), language.text(&format!("answer-{kind}-{}", decision.as_str())))
    };
    [Decision::Ledger, Decision::Count].into_iter().map(explained).collect()
}

impl Report for ResumeReport {
    fn words(&self, language: Language) -> String {
        let platform = || ("platform", Blank::text(&self.platform));
        let Some(question) = &self.question else {
            return language.fill("resume-not-paused", [platform()]);
        };
        if let Some(answer) = self.answer {
            return language.fill("resume-answered", [platform(), ("answer", Blank::text(&answer.as_str()))]);
        }
        let asked = question_words(language, question);
        let mut lines =
            vec![language.fill("resume-question", [platform(), ("question", Blank::text(&asked))])];
        for (answer, does) in answers(language, question) {
            lines.push(format!("\n  onepurse resume {} --answer {answer}\n      {does}", self.platform));
        }
        lines.join("\n")
    }

    fn exit(&self) -> Exit {
        if self.question.is_some() && self.answer.is_none() { Exit::Waiting } else { Exit::Done }
    }
}
