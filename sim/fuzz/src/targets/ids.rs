//! Ids of ledgers and replicas.

use onepurse_core::{LedgerId, ReplicaId};

use super::text;
use crate::{Seen, Target, Verdict, Wrong};

pub(super) const TARGET: Target = Target {
    name: "ids",
    what: "ids of ledgers and replicas",
    words: &["00", "ff", "FF", "+1", "-1", "0x", "0123456789abcdef", " ", "é", "g", "é0313233343536373839"],
    lines: &[],
    bytes_max: 80,
    share: 1,
    check,
};

fn check(input: &[u8]) -> Verdict {
    let text = &*text(input);
    let is_id = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (ledger, replica) = (text.parse::<LedgerId>(), text.parse::<ReplicaId>());
    let rule = "an id is 32 hexadecimal digits";
    Wrong::unless(ledger.is_ok() == is_id, rule, || format!("{ledger:?}"))?;
    Wrong::unless(replica.is_ok() == is_id, rule, || format!("{replica:?}"))?;
    for shown in ledger.iter().map(ToString::to_string).chain(replica.iter().map(ToString::to_string)) {
        Wrong::unless(shown == text.to_ascii_lowercase(), "an id reads back", || shown.clone())?;
    }
    Ok(Seen::new((is_id, text.len().min(33), text.is_ascii())))
}
