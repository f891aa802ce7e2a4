//! The verbs that move coins straight on the ledger, each in a file of its own.

use std::path::Path;

use onepurse_ledger::Verdict;

use super::{debts, desk, order::Desk, quarantine, user};
use crate::{
    args::{money::Money, quarantine::Decision},
    clock::SystemClock,
    error::{Exit, Failure},
    house::{House, HouseLedger},
    random::OsRandom,
};

/// Does what the command line says.
pub(super) async fn perform(config: &Path, verb: Money) -> Result<Exit, Failure> {
    let (house, json) = (desk(config)?, verb.prints_json());
    match verb {
        Money::Earn(args) => house.tell(&at_desk(&house).earn(args).await?, json),
        Money::Spend(args) => house.tell(&at_desk(&house).spend(args).await?, json),
        Money::Transfer(args) => house.tell(&at_desk(&house).transfer(args).await?, json),
        Money::Adjust(args) => house.tell(&at_desk(&house).adjust(args).await?, json),
        Money::Reverse(args) if args.bulk => house.tell(&at_desk(&house).reverse_bulk(args).await?, json),
        Money::Reverse(args) => house.tell(&at_desk(&house).reverse(args).await?, json),
        Money::Grant(args) => house.tell(&at_desk(&house).grant(args).await?, json),
        Money::Debts(args) => house.tell(&debts::debts(&*house.ledger, args).await?, json),
        Money::Quarantine(args) => {
            let (args, verdict) = match args.decision {
                None => return house.tell(&quarantine::list(&*house.ledger).await?, json),
                Some(Decision::Release(args)) => (args, Verdict::Release),
                Some(Decision::Dismiss(args)) => (args, Verdict::Dismiss),
            };
            house.tell(&quarantine::decide(&*house.ledger, args, verdict, user()).await?, json)
        }
    }
}

fn at_desk(house: &House) -> Desk<'_, HouseLedger> {
    Desk { ledger: &house.ledger, clock: &SystemClock, random: &OsRandom, user: user() }
}
