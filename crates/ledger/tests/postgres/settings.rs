//! Whatever a database is set to, a ledger's transactions are its own.

use crate::{
    contract::{Fixture, Postgres},
    support::*,
};

/// What a setting was in the transactions that wrote entries.
fn seen_while_writing(set: &str, setting: &str) -> String {
    let (place, ledger) = Postgres::start();
    drop(ledger);
    let database = &place.database;
    database.psql("CREATE TABLE public.seen (value text)");
    database.psql(&format!(
        "CREATE FUNCTION public.see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             INSERT INTO public.seen VALUES (current_setting('{setting}')); RETURN NULL; END $$;
         CREATE TRIGGER see AFTER INSERT ON onepurse.entry EXECUTE FUNCTION public.see()"
    ));
    let name = database.psql("SELECT current_database()");
    database.psql(&format!("ALTER DATABASE {} SET {set}", name.trim()));
    let ledger = place.open();
    ledger.enter(&[change(1, "telegram:1", 5)]);
    ledger.assert_sound();
    database.psql("SELECT value FROM public.seen").trim().to_owned()
}

#[test]
fn commits_are_durable_whatever_the_database_says() {
    for (set, seen) in
        [("off", "on"), ("local", "on"), ("remote_write", "on"), ("remote_apply", "remote_apply")]
    {
        let set = format!("synchronous_commit = {set}");
        assert_eq!(seen_while_writing(&set, "synchronous_commit"), seen, "{set}");
    }
}

#[test]
fn transactions_say_themselves_how_they_are() {
    for (set, setting, seen) in [
        ("default_transaction_isolation = serializable", "transaction_isolation", "read committed"),
        ("default_transaction_read_only = on", "transaction_read_only", "off"),
        ("lock_timeout = 0", "lock_timeout", "10s"),
        ("idle_in_transaction_session_timeout = 0", "idle_in_transaction_session_timeout", "5s"),
        ("statement_timeout = 0", "statement_timeout", "1min"),
        ("search_path = nowhere", "search_path", "\"\""),
    ] {
        assert_eq!(seen_while_writing(set, setting), seen, "{set}");
    }
}
