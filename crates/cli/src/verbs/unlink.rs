//! `onepurse unlink`: an identity leaves the purse that it shares, with nothing.

use onepurse_core::{Clock, Random};
use onepurse_ledger::{Links, Records, Unlink};

use super::{regrouped::Regrouped, request_key, show::show};
use crate::{args::people, error::Failure};

/// Takes out of its purse whom the command line names; `actor` is who says it. Answers with the purse that they have now.
pub(crate) async fn unlink(
    ledger: &(impl Links + Records),
    (clock, random): (&dyn Clock, &dyn Random),
    args: people::Unlink,
    actor: Option<String>,
) -> Result<Regrouped<1>, Failure> {
    let (key, identity) = (request_key(args.key.as_deref(), clock, random), args.identity);
    ledger.unlink(Unlink { key, identity: identity.clone(), actor, reason: args.reason }).await?;
    let purse = show(ledger, identity.clone()).await?;
    Ok(Regrouped { purse, done: "unlinked", whom: [("identity", identity)] })
}
