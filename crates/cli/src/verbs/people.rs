//! The verbs by which accounts become one person's, part again, and are forgotten.

use std::path::Path;

use super::{code, desk, forget, link, unlink, user};
use crate::{
    args::people::People,
    clock::SystemClock,
    error::{Exit, Failure},
    random::OsRandom,
};

/// Does what the command line says.
pub(super) async fn perform(config: &Path, verb: People) -> Result<Exit, Failure> {
    let (mut house, json) = (desk(config)?, verb.prints_json());
    match verb {
        People::Link(args) => {
            let report = link::link(&*house.ledger, (&SystemClock, &OsRandom), args, user()).await?;
            house.tell(&report, json)
        }
        People::Code(args) => house.tell(&code::code(&*house.ledger, args).await?, json),
        People::Redeem(args) => {
            house.tell(&code::redeem(&*house.ledger, (&SystemClock, &OsRandom), args).await?, json)
        }
        People::Unlink(args) => {
            let report = unlink::unlink(&*house.ledger, (&SystemClock, &OsRandom), args, user()).await?;
            house.tell(&report, json)
        }
        People::Forget(args) => {
            house.find_wrapped().await?;
            house.tell(&forget::forget(&house, args, user()).await?, json)
        }
    }
}
