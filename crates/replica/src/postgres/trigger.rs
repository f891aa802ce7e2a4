//! The triggers that capture, as SQL text.
//!
//! They run inside the bot's own statements, as whoever put them in (`SECURITY DEFINER`), whatever role and search path
//! the bot has. A trigger's own definition names no column: PostgreSQL would refuse the bot to give such a column another
//! type, or to drop it. So the function is called for every row that is written, and asks itself whether that matters.
//!
//! A function names columns, and the bot may rename them: what goes wrong in reading a row is caught, written down as a
//! blind spot and found again by comparing, and never fails the bot's statement. A block that catches costs no transaction
//! number as long as it writes nothing, so the fact is written outside of it. A session of the bot remembers the types that
//! columns had when it first came here; where that is what went wrong, the row is read by a statement planned anew.

use onepurse_postgres::quote;

use super::{give, names::literal, terms::Bound};

/// How many triggers a mapping has.
const TRIGGERS: usize = 3;

/// Whether all of a mapping's triggers are on its table.
pub(super) fn is_there(b: &Bound) -> bool {
    let ours = [b.name("capture"), b.name("emptied")];
    b.shape.triggers.iter().filter(|function| ours.contains(function)).count() == TRIGGERS
}

/// What captures a mapping, and puts its rows back: functions and triggers, and the stamp of their text.
pub(super) struct Capture {
    pub(super) functions: Vec<String>,
    pub(super) triggers: Vec<String>,
    pub(super) stamp: String,
}

/// The functions of a mapping by name, for taking them out.
pub(super) const FUNCTIONS: [&str; 4] = ["capture", "emptied", "put", "give"];

pub(super) fn capture(b: &Bound) -> Capture {
    let functions = vec![on_row(b), on_truncate(b), give::put(b), give::give(b)];
    let triggers = vec![
        trigger(b, "change", &format!("AFTER UPDATE ON {} FOR EACH ROW", b.table()), "capture"),
        trigger(b, "row", &format!("AFTER INSERT OR DELETE ON {} FOR EACH ROW", b.table()), "capture"),
        trigger(b, "emptied", &format!("AFTER TRUNCATE ON {} FOR EACH STATEMENT", b.table()), "emptied"),
    ];
    let mut hasher = blake3::Hasher::new();
    for text in functions.iter().chain(&triggers) {
        hasher.update(text.as_bytes());
    }
    // Another type is a reason to look at every row, and for the bot's sessions to plan the functions anew.
    for declared in b.declared() {
        hasher.update(declared.as_bytes());
    }
    let stamp = hasher.finalize().to_hex()[..16].to_owned();
    Capture { functions, triggers, stamp }
}

fn trigger(b: &Bound, what: &str, when: &str, function: &str) -> String {
    let name = quote(&format!("{}_{}", b.schema, b.name(what)));
    format!("CREATE TRIGGER {name} {when} EXECUTE FUNCTION {}()", b.function(function))
}

/// A function that triggers call.
fn function(b: &Bound, what: &str, body: &str) -> String {
    format!(
        "CREATE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS {}",
        b.function(what),
        literal(body)
    )
}

/// A row was inserted, updated or deleted.
fn on_row(b: &Bound) -> String {
    let captured = format!("{}.captured", quote(&b.schema));
    let (number, mark) = (b.number, literal(&mark(b)));
    let read = |r: &str| (b.counts(r), b.id(r), b.value(r));
    let ((old_counts, old_id, old_value), (new_counts, new_id, new_value)) = (read("OLD"), read("NEW"));
    let fact = |id: &str, what: &str, was: &str, shows: &str| {
        format!(
            "INSERT INTO {captured} (mapping, id, what, was, shows, statement) \
             VALUES ({number}, {id}, '{what}', {was}, {shows}, onepurse_statement);"
        )
    };
    let anew = literal(&format!("SELECT {}, {} WHERE {}", b.id("($1)"), b.value("($1)"), b.counts("($1)")));
    let body = format!(
        "#variable_conflict use_column
DECLARE
    onepurse_from text;
    onepurse_to text;
    onepurse_was bigint;
    onepurse_shows bigint;
    onepurse_statement bigint := 0;
    onepurse_read boolean := false;
BEGIN
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF NOT ({differs}) THEN
                RETURN NULL;
            END IF;
        END IF;
        IF TG_OP <> 'INSERT' THEN
            IF {old_counts} THEN
                onepurse_from := {old_id};
                onepurse_was := {old_value};
            END IF;
        END IF;
        IF TG_OP <> 'DELETE' THEN
            IF {new_counts} THEN
                onepurse_to := {new_id};
                onepurse_shows := {new_value};
            END IF;
        END IF;
        onepurse_read := true;
    EXCEPTION WHEN OTHERS THEN
    END;
    IF NOT onepurse_read THEN
        BEGIN
            IF TG_OP <> 'INSERT' THEN
                EXECUTE {anew} INTO onepurse_from, onepurse_was USING OLD;
            END IF;
            IF TG_OP <> 'DELETE' THEN
                EXECUTE {anew} INTO onepurse_to, onepurse_shows USING NEW;
            END IF;
            onepurse_read := true;
        EXCEPTION WHEN OTHERS THEN
        END;
    END IF;
    IF TG_OP = 'DELETE' THEN
        onepurse_statement := OLD.cmin::text::bigint;
    ELSE
        onepurse_statement := NEW.cmin::text::bigint;
    END IF;
    IF NOT onepurse_read THEN
        {blind}
    ELSIF onepurse_from = onepurse_to THEN
        IF onepurse_was IS DISTINCT FROM onepurse_shows
            AND pg_catalog.current_setting('onepurse.applying', true) IS DISTINCT FROM {mark} || onepurse_to THEN
            {changed}
        END IF;
    ELSIF onepurse_from IS NOT NULL AND onepurse_to IS NOT NULL THEN
        {lost}
        {got}
    ELSIF onepurse_to IS NOT NULL THEN
        {came}
    ELSIF onepurse_from IS NOT NULL THEN
        {went}
    END IF;
    RETURN NULL;
END",
        differs = b.differs(),
        blind = fact("TG_OP", "blind", "NULL", "NULL"),
        changed = fact("onepurse_to", "changed", "onepurse_was", "onepurse_shows"),
        lost = fact("onepurse_from", "lost", "onepurse_was", "NULL"),
        got = fact("onepurse_to", "got", "NULL", "onepurse_shows"),
        came = fact("onepurse_to", "came", "NULL", "onepurse_shows"),
        went = fact("onepurse_from", "went", "onepurse_was", "NULL"),
    );
    function(b, "capture", &body)
}

/// No trigger sees the rows that a TRUNCATE removes.
fn on_truncate(b: &Bound) -> String {
    let body = format!(
        "BEGIN
    INSERT INTO {}.captured (mapping, id, what, statement) VALUES ({}, '', 'emptied', 0);
    RETURN NULL;
END",
        quote(&b.schema),
        b.number
    );
    function(b, "emptied", &body)
}

/// What stands before an id in the switch that names the one row that we are writing.
pub(super) fn mark(b: &Bound) -> String {
    format!("{}:{}:", b.schema, b.number)
}
