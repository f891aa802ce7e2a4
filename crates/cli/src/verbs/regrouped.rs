//! What is said when people have come together in a purse, or parted.

use onepurse_core::Identity;
use serde::Serialize;

use super::show::PurseReport;
use crate::{
    output::Report,
    texts::{Blank, Language},
};

/// What was done to people, and a purse that came of it. In JSON, that purse alone.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Regrouped<const N: usize> {
    pub(super) purse: PurseReport,
    /// The text that says what was done.
    #[serde(skip)]
    pub(super) done: &'static str,
    /// To whom, by the text's blanks.
    #[serde(skip)]
    pub(super) whom: [(&'static str, Identity); N],
}

impl<const N: usize> Report for Regrouped<N> {
    fn words(&self, language: Language) -> String {
        let blanks = self.whom.each_ref().map(|(blank, identity)| (*blank, Blank::text(identity)));
        format!("{}\n{}", language.fill(self.done, blanks), self.purse.words(language))
    }
}
