//! `onepurse unlink`: an identity leaves the purse that it shares, with nothing.

use onepurse_core::{Clock, Identity, Random};
use onepurse_ledger::{Links, Records, Unlink};
use serde::Serialize;

use super::{
    new_key,
    show::{PurseReport, show},
};
use crate::{
    args::people,
    error::Failure,
    output::Report,
    texts::{Blank, Language},
};

/// Someone who has a purse of their own now. In JSON, that purse.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct UnlinkReport {
    purse: PurseReport,
    #[serde(skip)]
    identity: Identity,
}

/// Takes out of its purse what the command line says; `actor` is who says it.
pub(crate) async fn unlink(
    ledger: &(impl Links + Records),
    (clock, random): (&dyn Clock, &dyn Random),
    args: people::Unlink,
    actor: Option<String>,
) -> Result<UnlinkReport, Failure> {
    let (key, identity) = (new_key(clock, random), args.identity);
    ledger.unlink(Unlink { key, identity: identity.clone(), actor, reason: args.reason }).await?;
    Ok(UnlinkReport { purse: show(ledger, identity.clone()).await?, identity })
}

impl Report for UnlinkReport {
    fn words(&self, language: Language) -> String {
        let done = language.fill("unlinked", [("identity", Blank::text(&self.identity))]);
        format!("{done}\n{}", self.purse.words(language))
    }
}
