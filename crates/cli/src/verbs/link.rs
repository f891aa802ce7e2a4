//! `onepurse link`: two identities become one purse, on an administrator's word.

use onepurse_core::{Clock, Random};
use onepurse_ledger::{Ledger, Link, Records};

use super::{regrouped::Regrouped, request_key, show::show};
use crate::{args::people, error::Failure};

/// Links what the command line says; `actor` is who says it. Answers with the purse that they share now.
pub(crate) async fn link(
    ledger: &(impl Ledger + Records),
    (clock, random): (&dyn Clock, &dyn Random),
    args: people::Link,
    actor: Option<String>,
) -> Result<Regrouped<2>, Failure> {
    let (stays, joins) = (args.stays, args.joins);
    let key = request_key(args.key.as_deref(), clock, random);
    ledger.link(Link { key, stays: stays.clone(), joins: joins.clone(), actor, reason: args.reason }).await?;
    let purse = show(ledger, stays.clone()).await?;
    Ok(Regrouped { purse, done: "linked", whom: [("joins", joins), ("stays", stays)] })
}
