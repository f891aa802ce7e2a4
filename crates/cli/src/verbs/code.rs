//! `onepurse code` and `redeem`: whoever has both accounts links them.

use onepurse_core::{Clock, EventKey, Identity, LinkCode, Random};
use onepurse_ledger::{Links, Records, Redeem};
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

/// A new code, alone on its line: a bot hands it on as it is.
#[derive(Debug, Serialize)]
pub(crate) struct CodeReport {
    #[serde(serialize_with = "typed")]
    code: LinkCode,
    identity: Identity,
}

fn typed<S: serde::Serializer>(code: &LinkCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(code.as_str())
}

/// Makes a code for an identity.
pub(crate) async fn code(ledger: &impl Links, args: people::Code) -> Result<CodeReport, Failure> {
    let code = ledger.issue_code(args.identity.clone()).await?;
    Ok(CodeReport { code, identity: args.identity })
}

impl Report for CodeReport {
    fn words(&self, _: Language) -> String {
        self.code.as_str().to_owned()
    }
}

/// Two accounts that are one person's now. In JSON, their purse.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct RedeemReport {
    purse: PurseReport,
    #[serde(skip)]
    by: Identity,
}

/// Uses a code that somebody has typed.
pub(crate) async fn redeem(
    ledger: &(impl Links + Records),
    (clock, random): (&dyn Clock, &dyn Random),
    args: people::Redeem,
) -> Result<RedeemReport, Failure> {
    let key: EventKey = new_key(clock, random);
    let by = args.identity;
    ledger.redeem(Redeem { key, code: args.code, by: by.clone() }).await?;
    Ok(RedeemReport { purse: show(ledger, by.clone()).await?, by })
}

impl Report for RedeemReport {
    fn words(&self, language: Language) -> String {
        let done = language.fill("redeemed", [("by", Blank::text(&self.by))]);
        format!("{done}\n{}", self.purse.words(language))
    }
}
