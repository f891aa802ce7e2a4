//! The triggers that capture, as SQL text.
//!
//! They run inside the bot's own statements, as whoever put them in and under the `sql_mode` of that session, whatever
//! the bot's are. They name columns, and the bot may rename them: what goes wrong in reading a row is caught, written down
//! as a blind spot and found again by comparing, and never fails the bot's statement; neither does a table of ours that is
//! gone.

use super::{
    names::{ID, literal, quote},
    terms::Bound,
};

/// What captures a mapping, and the stamp of its text.
pub(super) struct Capture {
    pub(super) triggers: Vec<Trigger>,
    pub(super) stamp: String,
}

pub(super) struct Trigger {
    pub(super) name: String,
    pub(super) sql: String,
}

/// The events of a row, by which a mapping's triggers are named.
const EVENTS: [Event; 3] = [Event::Insert, Event::Update, Event::Delete];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    Insert,
    Update,
    Delete,
}

impl Event {
    const fn word(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

pub(super) fn capture(b: &Bound) -> Capture {
    let triggers: Vec<_> = EVENTS.iter().map(|event| trigger(b, *event)).collect();
    let mut hasher = blake3::Hasher::new();
    for trigger in &triggers {
        hasher.update(trigger.sql.as_bytes());
    }
    let stamp = hasher.finalize().to_hex()[..16].to_owned();
    Capture { triggers, stamp }
}

/// Whether all of a mapping's triggers are on its table, and run as the user that we are.
pub(super) fn is_there(b: &Bound) -> bool {
    EVENTS.iter().all(|event| b.shape.triggers.get(&b.trigger(event.word())) == Some(&true))
}

/// Whether a trigger's name is one that a replica with this prefix gives.
pub(super) fn is_ours(prefix: &str, name: &str) -> bool {
    let rest = name.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_'));
    rest.and_then(|rest| rest.split_once('_')).is_some_and(|(number, event)| {
        !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit())
            && EVENTS.iter().any(|known| known.word() == event)
    })
}

fn trigger(b: &Bound, event: Event) -> Trigger {
    let name = b.trigger(event.word());
    // In the place of the one that is there, so that no write comes between the two.
    let sql = format!(
        "CREATE OR REPLACE TRIGGER {} AFTER {} ON {} FOR EACH ROW {}",
        quote(&name),
        event.word().to_uppercase(),
        b.table(),
        body(b, event)
    );
    Trigger { name, sql }
}

fn body(b: &Bound, event: Event) -> String {
    let from = read(b, event != Event::Insert, "OLD", "onepurse_from", "onepurse_was");
    let to = read(b, event != Event::Delete, "NEW", "onepurse_to", "onepurse_shows");
    let differs = if event == Event::Update { format!("NOT ({})", b.is_same()) } else { "TRUE".to_owned() };
    format!(
        "BEGIN
    DECLARE onepurse_from, onepurse_to {ID};
    DECLARE onepurse_was, onepurse_shows BIGINT;
    DECLARE onepurse_differs, onepurse_blind BOOLEAN DEFAULT FALSE;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN END;
    BEGIN
        DECLARE EXIT HANDLER FOR SQLEXCEPTION SET onepurse_blind = TRUE;
        IF {differs} THEN
            SET onepurse_differs = TRUE;
            {from}
            {to}
        END IF;
    END;
    IF onepurse_blind THEN
        {blind}
    ELSEIF onepurse_differs THEN
        IF onepurse_from = onepurse_to THEN
            IF NOT (onepurse_was <=> onepurse_shows) AND NOT (@onepurse_giving <=> {mark}) THEN
                {changed}
            END IF;
        ELSEIF onepurse_from IS NOT NULL AND onepurse_to IS NOT NULL THEN
            {lost}
            {got}
        ELSEIF onepurse_to IS NOT NULL THEN
            {came}
        ELSEIF onepurse_from IS NOT NULL THEN
            {went}
        END IF;
    END IF;
END",
        mark = literal(&b.mark()),
        blind = fact(b, &literal(event.word()), "blind", "NULL", "NULL"),
        changed = fact(b, "onepurse_to", "changed", "onepurse_was", "onepurse_shows"),
        lost = fact(b, "onepurse_from", "lost", "onepurse_was", "NULL"),
        got = fact(b, "onepurse_to", "got", "NULL", "onepurse_shows"),
        came = fact(b, "onepurse_to", "came", "NULL", "onepurse_shows"),
        went = fact(b, "onepurse_from", "went", "onepurse_was", "NULL"),
    )
}

/// Reads one side of the row, where there is that side and it counts.
fn read(b: &Bound, is_there: bool, r: &str, id: &str, value: &str) -> String {
    if !is_there {
        return String::new();
    }
    format!("IF {} THEN SET {id} = {}, {value} = {}; END IF;", b.counts_in_trigger(r), b.id(r), b.value(r))
}

fn fact(b: &Bound, id: &str, what: &str, was: &str, shows: &str) -> String {
    format!(
        "INSERT INTO {} (mapping, id, what, was, shows, at_us, connection) VALUES ({}, {id}, '{what}', {was}, {shows}, \
         TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(6)), CONNECTION_ID());",
        quote(&format!("{}_fact", b.prefix)),
        b.number,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_triggers_are_ours() {
        for (name, expected) in [
            ("onepurse_shop_1_insert", true),
            ("onepurse_shop_12_update", true),
            ("onepurse_shop_x_1_insert", false),
            ("onepurse_shop_1_1_insert", false),
            ("onepurse_shop_1_truncate", false),
            ("onepurse_shop__insert", false),
            ("onepurse_shops_1_insert", false),
            ("own", false),
        ] {
            assert_eq!(is_ours("onepurse_shop", name), expected, "{name}");
        }
    }
}
