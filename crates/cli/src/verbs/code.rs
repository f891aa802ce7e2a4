//! `onepurse code` and `redeem`: whoever has both accounts links them.

use onepurse_core::{Clock, Identity, LinkCode, Random};
use onepurse_ledger::{Links, Records, Redeem};
use serde::Serialize;

use super::{regrouped::Regrouped, request_key, show::show};
use crate::{args::people, error::Failure, output::Report, texts::Language};

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

/// Uses a code that somebody has typed. Answers with the purse that both accounts share now.
pub(crate) async fn redeem(
    ledger: &(impl Links + Records),
    (clock, random): (&dyn Clock, &dyn Random),
    args: people::Redeem,
) -> Result<Regrouped<1>, Failure> {
    let (key, by) = (request_key(args.key.as_deref(), clock, random), args.identity);
    ledger.redeem(Redeem { key, code: args.code, by: by.clone() }).await?;
    let purse = show(ledger, by.clone()).await?;
    Ok(Regrouped { purse, done: "redeemed", whom: [("by", by)] })
}
