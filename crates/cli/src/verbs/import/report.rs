//! What came of an import, for people and for programs.

use onepurse_core::{
    Identity, Rejection,
    intake::{ForeignPurse, LeftOut},
};
use onepurse_ledger::Came;
use serde::Serialize;

use super::{Skip, people::Fault};
use crate::{
    error::Exit,
    output::Report,
    shown::Scales,
    texts::{Blank, Language},
};

/// So many rows that were left out are named in words.
const NAMED_MAX: usize = 20;

/// What was imported, and what its rows are.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "form", rename_all = "kebab-case")]
pub(super) enum Form {
    /// A row of a table is a purse.
    UnifiedUsers {
        /// Its name.
        table: String,
    },
    /// A line of a CSV file, and others of the same person.
    Csv,
    /// A line of a JSON Lines file.
    Jsonl,
    /// A user of the founding JSON file.
    Json,
}

/// What became of a table's or a file's rows.
#[derive(Debug, Serialize)]
pub(crate) struct ImportReport {
    place: String,
    #[serde(flatten)]
    form: Form,
    dry_run: bool,
    rows: usize,
    /// New purses.
    imported: usize,
    /// Whose people joined somebody whom the ledger knew.
    joined: usize,
    /// Nothing was done: they were here already.
    known: usize,
    skipped: Vec<Skipped>,
    #[serde(skip)]
    scales: Scales,
}

/// A row that was left out.
#[derive(Debug, Serialize)]
struct Skipped {
    row: u64,
    identities: Vec<Identity>,
    reason: &'static str,
    message: String,
    #[serde(skip)]
    why: Why,
}

#[derive(Debug)]
pub(super) enum Why {
    Row(Skip),
    File(Fault),
    Ledger(LeftOut),
}

impl From<Skip> for Why {
    fn from(skip: Skip) -> Self {
        Self::Row(skip)
    }
}

impl From<Fault> for Why {
    fn from(fault: Fault) -> Self {
        Self::File(fault)
    }
}

impl ImportReport {
    pub(super) const fn new(form: Form, place: String, dry_run: bool, rows: usize, scales: Scales) -> Self {
        Self { place, form, dry_run, rows, imported: 0, joined: 0, known: 0, skipped: Vec::new(), scales }
    }

    /// Rows that are no purses.
    pub(super) fn skip(&mut self, rows: Vec<(u64, Vec<Identity>, impl Into<Why>)>) {
        for (row, identities, why) in rows {
            self.leave_out(row, identities, why.into());
        }
    }

    /// What became of these purses, in their order.
    pub(super) fn note(&mut self, batch: &[(u64, ForeignPurse)], came: Vec<Came>) {
        for ((row, purse), came) in batch.iter().zip(came) {
            match came {
                Came::New => self.imported += 1,
                Came::Joined => self.joined += 1,
                Came::Known => self.known += 1,
                Came::LeftOut(why) => self.leave_out(*row, purse.identities.clone(), Why::Ledger(why)),
            }
        }
    }

    fn leave_out(&mut self, row: u64, identities: Vec<Identity>, why: Why) {
        let message = why.words(Language::En, &self.scales);
        self.skipped.push(Skipped { row, identities, reason: why.name(), message, why });
    }

    /// The rows that were left out stand in the order of the table.
    pub(super) fn finish(mut self) -> Self {
        self.skipped.sort_by_key(|skipped| skipped.row);
        self
    }
}

impl Why {
    const fn name(&self) -> &'static str {
        match self {
            Self::Row(skip) | Self::File(Fault::Amount(skip)) => skip.name(),
            Self::File(fault) => fault.name(),
            Self::Ledger(why) => why.name(),
        }
    }

    fn words(&self, language: Language, scales: &Scales) -> String {
        match self {
            Self::Row(skip) | Self::File(Fault::Amount(skip)) => row_words(language, skip),
            Self::File(fault) => file_words(language, fault),
            Self::Ledger(why) => ledger_words(language, scales, why),
        }
    }
}

fn row_words(language: Language, skip: &Skip) -> String {
    match skip {
        Skip::NoIdentity => language.text("skip-no-identity"),
        Skip::NotANumber { column, value } => language
            .fill("skip-not-a-number", [("column", Blank::text(column)), ("value", Blank::text(value))]),
        Skip::TooFine { column, value, decimals } => language.fill(
            "skip-too-fine",
            [
                ("column", Blank::text(column)),
                ("value", Blank::text(value)),
                ("decimals", Blank::text(decimals)),
            ],
        ),
        Skip::Twice { identity, other } => {
            language.fill("skip-twice", [("identity", Blank::text(identity)), ("other", Blank::text(other))])
        }
    }
}

fn file_words(language: Language, fault: &Fault) -> String {
    let text = |id: &str, value: &dyn std::fmt::Display| language.fill(id, [("value", Blank::text(&value))]);
    match fault {
        Fault::NotReadable(what) => text("fault-not-readable", what),
        Fault::NoIdentity => language.text("fault-no-identity"),
        Fault::NotAnIdentity(value) => text("fault-not-an-identity", value),
        Fault::PlatformTwice(one, other) => {
            language.fill("fault-platform-twice", [("one", Blank::text(one)), ("other", Blank::text(other))])
        }
        Fault::Twice { identity, other } => {
            language.fill("fault-twice", [("identity", Blank::text(identity)), ("other", Blank::text(other))])
        }
        Fault::NoAmount => language.text("fault-no-amount"),
        Fault::AmountTwice(asset) => text("fault-amount-twice", asset),
        Fault::UnknownAsset(asset) => text("fault-unknown-asset", asset),
        Fault::Amount(skip) => row_words(language, skip),
    }
}

fn ledger_words(language: Language, scales: &Scales, why: &LeftOut) -> String {
    match why {
        LeftOut::Apart(one, other) => {
            language.fill("skip-apart", [("one", Blank::text(one)), ("other", Blank::text(other))])
        }
        LeftOut::BalanceDiffers { asset, here, foreign } => language.fill(
            "skip-balance-differs",
            [
                ("asset", Blank::text(asset)),
                ("here", Blank::text(&scales.show(asset, *here))),
                ("foreign", Blank::text(&scales.show(asset, *foreign))),
            ],
        ),
        LeftOut::Rejected(Rejection::PlatformTaken { platform, one, other }) => language.fill(
            "skip-platform-taken",
            [("platform", Blank::text(platform)), ("one", Blank::text(one)), ("other", Blank::text(other))],
        ),
        LeftOut::Rejected(rejection) => language.fill("skip-rejected", [("message", Blank::text(rejection))]),
    }
}

impl Report for ImportReport {
    fn words(&self, language: Language) -> String {
        let mut lines = Vec::new();
        if self.dry_run {
            lines.push(language.text("import-would"));
        }
        let (place, rows) = (Blank::text(&self.place), Blank::text(&self.rows));
        lines.push(match &self.form {
            Form::UnifiedUsers { table } => language
                .fill("import-done", [("table", Blank::text(table)), ("place", place), ("rows", rows)]),
            Form::Csv | Form::Jsonl | Form::Json => {
                language.fill("import-people", [("place", place), ("rows", rows)])
            }
        });
        let row = match self.form {
            Form::Csv | Form::Jsonl => "import-line",
            Form::UnifiedUsers { .. } | Form::Json => "import-row",
        };
        let counts = [
            ("import-new", self.imported),
            ("import-joined", self.joined),
            ("import-known", self.known),
            ("import-skipped", self.skipped.len()),
        ];
        for (id, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
            lines.push(format!("  {}", language.fill(id, [("count", Blank::text(&count))])));
        }
        lines.extend(self.skipped.iter().take(NAMED_MAX).map(|skipped| {
            let who: Vec<_> = skipped.identities.iter().map(ToString::to_string).collect();
            let who = if who.is_empty() { language.text("import-nobody") } else { who.join(", ") };
            let blanks = [
                ("row", Blank::text(&skipped.row)),
                ("who", Blank::text(&who)),
                ("reason", Blank::text(&skipped.why.words(language, &self.scales))),
            ];
            format!("    {}", language.fill(row, blanks))
        }));
        if let Some(more) = self.skipped.len().checked_sub(NAMED_MAX).filter(|more| *more > 0) {
            lines.push(format!("    {}", language.fill("import-more", [("count", Blank::text(&more))])));
        }
        if self.rows == 0 {
            let is_table = matches!(self.form, Form::UnifiedUsers { .. });
            lines.push(language.text(if is_table { "import-empty" } else { "import-empty-file" }));
        } else if self.imported + self.joined + self.skipped.len() == 0 {
            lines.push(language.text("import-nothing"));
        }
        lines.join("\n")
    }

    /// Whoever was left out is for people to look at.
    fn exit(&self) -> Exit {
        if self.skipped.is_empty() { Exit::Done } else { Exit::No }
    }
}
