//! `onepurse link`: two identities become one purse, on an administrator's word.

use onepurse_core::{Clock, Identity, Random};
use onepurse_ledger::{Ledger, Link, Records};
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

/// Two identities that are one purse now. In JSON, that purse.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct LinkReport {
    purse: PurseReport,
    #[serde(skip)]
    stays: Identity,
    #[serde(skip)]
    joins: Identity,
}

/// Links what the command line says; `actor` is who says it.
pub(crate) async fn link(
    ledger: &(impl Ledger + Records),
    (clock, random): (&dyn Clock, &dyn Random),
    args: people::Link,
    actor: Option<String>,
) -> Result<LinkReport, Failure> {
    let (stays, joins) = (args.stays, args.joins);
    let key = new_key(clock, random);
    ledger.link(Link { key, stays: stays.clone(), joins: joins.clone(), actor, reason: args.reason }).await?;
    Ok(LinkReport { purse: show(ledger, stays.clone()).await?, stays, joins })
}

impl Report for LinkReport {
    fn words(&self, language: Language) -> String {
        let done = language
            .fill("linked", [("joins", Blank::text(&self.joins)), ("stays", Blank::text(&self.stays))]);
        format!("{done}\n{}", self.purse.words(language))
    }
}
