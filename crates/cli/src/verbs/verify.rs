//! `onepurse verify`: whether everything adds up.

use onepurse_sync::verify::{self, Verified};
use serde::Serialize;

use crate::{
    error::{Exit, Failure},
    house::House,
    output::Report,
    patience::patient,
    texts::{Blank, Language},
};

/// What was checked, and what does not hold.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct VerifyReport(Verified);

/// Checks the ledger, then each platform's database against it.
pub(crate) async fn verify(house: &House) -> Result<VerifyReport, Failure> {
    let mut verified = verify::ledger(&*house.ledger).await?;
    for platform in &house.config.platforms {
        let mut replica = platform.replica();
        patient(async || verify::replica(&mut *replica, &*house.ledger, &mut verified).await).await?;
    }
    Ok(VerifyReport(verified))
}

impl Report for VerifyReport {
    fn words(&self, language: Language) -> String {
        let Verified { entries, purses, identities, waived, problems, .. } = &self.0;
        let counts = [
            ("entries", Blank::count(*entries)),
            ("purses", Blank::count(*purses)),
            ("identities", Blank::count(*identities)),
            ("waived", Blank::count(*waived)),
        ];
        let mut lines = vec![language.fill("verify-checked", counts)];
        for problem in problems {
            let invariant = language.text(&format!("invariant-{}", problem.invariant));
            lines.push(format!("{} ({invariant}): {}", problem.invariant, problem.what));
        }
        lines.push(if problems.is_empty() {
            language.text("verify-holds")
        } else {
            language.fill("verify-fails", [("count", Blank::count(problems.len() as u64))])
        });
        lines.join("\n")
    }

    fn exit(&self) -> Exit {
        if self.0.ok { Exit::Done } else { Exit::No }
    }
}
