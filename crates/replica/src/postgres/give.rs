//! The functions that give a row of the bot a value, as SQL text. They work in the database, so that a batch is one round
//! trip and the bot's rows are locked for as short as can be. Unlike what captures, they run with the search path and the
//! rights of our connection: the bot's own triggers run inside them.

use onepurse_postgres::quote;

use super::{names::literal, terms::Bound, trigger::mark};
use crate::alone;

/// Our parameters for the parts of an id.
fn parts(b: &Bound) -> String {
    let parts = b.mapping.id.iter().enumerate().map(|(nth, _)| format!("{} {}", part(nth), b.key_type(nth)));
    parts.collect::<Vec<_>>().join(", ")
}

fn part(nth: usize) -> String {
    format!("onepurse_part{nth}")
}

fn part_names(b: &Bound) -> String {
    (0..b.mapping.id.len()).map(part).collect::<Vec<_>>().join(", ")
}

fn own_row(b: &Bound) -> String {
    b.is_identity("t", "onepurse_id", part)
}

/// Writes the row, which capture does not see; all of it or nothing, whatever the bot's triggers do. Answers with why
/// it was refused. With `onepurse_keep` false it is only tried.
pub(super) fn put(b: &Bound) -> String {
    let body = format!(
        "#variable_conflict use_column
BEGIN
    PERFORM pg_catalog.set_config('onepurse.applying', {mark} || onepurse_id, true);
    UPDATE {table} AS t SET {column} = {written} WHERE {own_row};
    PERFORM pg_catalog.set_config('onepurse.applying', '', true);
    IF NOT onepurse_keep THEN
        RAISE EXCEPTION USING ERRCODE = 'OPTRY';
    END IF;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, context = PG_EXCEPTION_CONTEXT;
    IF code = 'OPTRY' THEN
        code := NULL;
    END IF;
END",
        mark = literal(&mark(b)),
        table = b.table(),
        column = quote(&b.mapping.column),
        written = b.written("t", "onepurse_units"),
        own_row = own_row(b),
    );
    format!(
        "CREATE FUNCTION {}(onepurse_id text, {}, onepurse_units bigint, onepurse_keep boolean, OUT code text, OUT message text, OUT context text) \
         LANGUAGE plpgsql AS {}",
        b.function("put"),
        parts(b),
        literal(&body)
    )
}

/// Gives the row `onepurse_target`, or the nearest to it that the bot's own constraints allow; answers with what it
/// shows then, or why it cannot be written (with the server's code and context, where it is the server that says so), or
/// that it has moved: a trigger of the bot, set off by another row of the
/// batch, wrote it meanwhile or waits for a lock.
pub(super) fn give(b: &Bound) -> String {
    let (put, names) = (b.function("put"), part_names(b));
    let shown = format!(
        "SELECT count(*), min({}) INTO onepurse_rows, shows FROM {} AS t WHERE {};",
        b.value("t"),
        b.table(),
        own_row(b)
    );
    let put = |units: &str, keep: bool| {
        format!(
            "SELECT p.code, p.message, p.context INTO code, refusal, context FROM {put}(onepurse_id, {names}, {units}, {keep}) AS p;"
        )
    };
    let body = format!(
        "#variable_conflict use_column
DECLARE
    onepurse_rows bigint;
    onepurse_good bigint := onepurse_before;
    onepurse_bad bigint := onepurse_target;
    onepurse_middle bigint;
BEGIN
    {shown}
    moved := onepurse_rows <> 1 OR shows IS DISTINCT FROM onepurse_before;
    IF moved THEN
        RETURN;
    END IF;
    {first}
    IF code ~ '^(23|22|P0001)' THEN
        -- The value nearest to it that is not refused, by halving.
        WHILE abs(onepurse_bad::numeric - onepurse_good) > onepurse_step LOOP
            onepurse_middle := onepurse_good
                + div(div(onepurse_bad::numeric - onepurse_good, 2), onepurse_step) * onepurse_step;
            IF onepurse_middle = onepurse_good THEN
                onepurse_middle := onepurse_good + sign(onepurse_bad::numeric - onepurse_good) * onepurse_step;
            END IF;
            EXIT WHEN onepurse_middle = onepurse_bad;
            {tried}
            IF code IS NULL THEN
                onepurse_good := onepurse_middle;
            ELSE
                onepurse_bad := onepurse_middle;
            END IF;
        END LOOP;
        code := NULL;
        refusal := NULL;
        IF onepurse_good <> onepurse_before THEN
            {nearest}
        END IF;
    END IF;
    moved := coalesce(code IN ('55P03', '40P01', '40001'), false);
    IF code IS NULL THEN
        {shown}
        refusal := CASE WHEN onepurse_rows = 0 THEN {removed} WHEN onepurse_rows > 1 THEN {several}
            WHEN shows IS NULL THEN {odd} END;
    END IF;
END",
        first = put("onepurse_target", true),
        tried = put("onepurse_middle", false),
        nearest = put("onepurse_good", true),
        removed = literal(alone::REMOVED),
        several = literal(alone::DUPLICATE),
        odd = literal(alone::NOT_A_NUMBER),
    );
    format!(
        "CREATE FUNCTION {}(onepurse_id text, {}, onepurse_before bigint, onepurse_target bigint, onepurse_step bigint, \
         OUT shows bigint, OUT code text, OUT refusal text, OUT context text, OUT moved boolean) LANGUAGE plpgsql AS {}",
        b.function("give"),
        parts(b),
        literal(&body)
    )
}
