//! How commands are written, as people are told where one is not understood.

/// Every form.
const FORMS: &[&str] = &[
    "PLATFORM: SQL",
    "PLATFORM fails: SQL",
    "rest",
    "link PLATFORM:ID PLATFORM:ID",
    "link fails PLATFORM:ID PLATFORM:ID",
    "unlink PLATFORM:ID",
    "unlink fails PLATFORM:ID",
    "forget PLATFORM:ID",
    "forget fails PLATFORM:ID",
    "code PLATFORM:ID",
    "redeem PLATFORM:ID PLATFORM:ID",
    "redeem fails PLATFORM:ID PLATFORM:ID",
    "earn PLATFORM:ID COINS",
    "spend PLATFORM:ID COINS",
    "spend fails PLATFORM:ID COINS",
    "transfer PLATFORM:ID PLATFORM:ID COINS",
    "transfer fails PLATFORM:ID PLATFORM:ID COINS",
    "adjust PLATFORM:ID COINS",
    "reverse NAME",
    "reverse fails NAME",
    "overdrafts are undone",
    "cut off PLATFORM",
    "reconnect PLATFORM",
    "ledger down",
    "ledger up",
    "registrations arrive again",
    "kill",
    "start",
    "back up ledger",
    "back up PLATFORM",
    "put back ledger",
    "put back PLATFORM",
    "remake PLATFORM",
    "drop triggers PLATFORM",
    "begin to detach PLATFORM",
    "detach PLATFORM",
    "attach PLATFORM",
    "attach PLATFORM ledger|count",
    "resume PLATFORM ledger|count",
    "wait DAYS days",
    "step CALLS",
    "step FIRST..LAST",
    "show PLATFORM:ID COINS",
    "purse PLATFORM:ID COINS",
    "absent PLATFORM:ID",
    "paused PLATFORM",
];

/// What may have been meant by a line that begins with this word: its forms, or all there are.
pub(super) fn expected(first: &str) -> String {
    let begins = |form: &&&str| form.split(' ').next() == Some(first);
    let near: Vec<_> = FORMS.iter().filter(begins).collect();
    let forms = if near.is_empty() { FORMS.iter().collect() } else { near };
    forms.iter().map(|form| format!("`{form}`")).collect::<Vec<_>>().join(" or ")
}
