//! A role of its own with a password that nobody is told.

use std::fs;

use onepurse_servers::{Cluster, Database};

use super::{Home, LedgerIn, own};
use crate::harness::{
    answers::exit,
    pair::{D, T},
    wait_until,
};

/// The password, as it is and as it stands in a URL.
const PASSWORD: [&str; 2] = ["hunter/2", "hunter%2F2"];

/// A server that asks for passwords, with a bot's role that owns its table, and ours with the rights that the
/// documentation names.
fn guarded() -> (Cluster, Database, String, String) {
    let (cluster, database) = own();
    let name = database.url().rsplit_once('/').unwrap().1.to_owned();
    database.psql(&format!(
        "CREATE ROLE bot LOGIN PASSWORD 'bot'; CREATE ROLE ours LOGIN PASSWORD '{}';
         GRANT CREATE ON SCHEMA public TO bot;
         GRANT CREATE ON DATABASE {name} TO ours;
         DO $$ BEGIN EXECUTE format(
            'COPY (VALUES (''host all postgres all trust''), (''host all all all scram-sha-256'')) TO %L',
            current_setting('hba_file')
         ); END $$;
         SELECT pg_reload_conf()",
        PASSWORD[0]
    ));
    let url = |role: &str| database.url().replacen("postgres@", &format!("{role}@"), 1);
    let (bot, ours) = (url("bot:bot"), url(&format!("ours:{}", PASSWORD[1])));
    (cluster, database, bot, ours)
}

#[test]
fn a_role_of_its_own_suffices_and_its_password_is_never_told() {
    let (_cluster, database, bot, ours) = guarded();
    let mut home = Home::reached_as(database, &bot, &ours, LedgerIn::Database);
    let mut told = home.world.expect(exit::WAITS, &["sync", "--until-idle", "--timeout", "5s"]).all();
    assert!(told.contains("lacks the right"), "{told}");
    home.database.psql("GRANT SELECT, TRIGGER ON users TO ours; GRANT UPDATE (coins) ON users TO ours");
    let run = home.world.run_with(&["--log-level", "trace"]);
    home.link();
    home.telegram.earn(T, 100);
    home.comes_to(100);
    home.discord.earn(D, 50);
    home.comes_to(150);
    let view = "SELECT schemaname, coins FROM pg_views, onepurse.unified_users WHERE viewname = 'unified_users' AND discord_id = '123'";
    assert_eq!(home.database.psql(view).trim(), "onepurse|150", "it may make nothing in `public`");
    told += &run.get("/readyz").1;
    told += &home.world.verb(&["run"]).all();
    told += &run.process.output();
    drop(run);
    for verb in [
        "status",
        "status --json",
        "verify",
        "history telegram:456 --json",
        "show telegram:456",
        "sync --until-idle",
    ] {
        told += &home.world.ok(&verb.split(' ').collect::<Vec<_>>()).all();
    }

    // What is wrong with a password is told, and not which it is.
    let wrong = ours.replacen(PASSWORD[1], "hunter%2F2wrong", 1);
    home.world.environment = vec![("DATABASE_URL", wrong.clone())];
    home.world.configure(|config| config.platform("discord").database = wrong);
    let refused =
        home.world.expect(exit::UNREACHABLE, &["show", "telegram:456", "--log-level", "trace"]).all();
    assert!(
        refused.contains("password authentication failed") && refused.contains("hint: check the password"),
        "{refused}"
    );
    told += &refused;
    told += &home.world.verb(&["status"]).all();
    told += &home.world.verb(&["attach"]).all();
    for file in fs::read_dir(home.world.path("")).unwrap().map(|file| file.unwrap().path()) {
        if file.is_file() && !file.ends_with("onepurse.toml") {
            told += &String::from_utf8_lossy(&fs::read(file).unwrap());
        }
    }
    for secret in PASSWORD {
        assert!(!told.contains(secret), "{told}");
    }
}

/// A trigger of the bot's runs as us when a balance comes in, and needs what it uses.
#[test]
fn a_right_that_the_bots_trigger_lacks_is_named_and_what_came_in_waits() {
    let (_cluster, database, bot, ours) = guarded();
    let home = Home::reached_as(database, &bot, &ours, LedgerIn::File);
    home.database.psql(
        "GRANT SELECT, TRIGGER ON users TO ours; GRANT UPDATE (coins) ON users TO ours; CREATE TABLE audit (who text);
         CREATE FUNCTION own() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO audit VALUES (NEW.id); RETURN NULL; END';
         CREATE TRIGGER own AFTER UPDATE ON users FOR EACH ROW EXECUTE FUNCTION own(); GRANT INSERT ON audit TO bot",
    );
    let run = home.world.run();
    home.link();
    home.telegram.earn(T, 100);
    let needed = "GRANT INSERT ON TABLE audit TO \"ours\"";
    wait_until("the log names the right", || run.process.output().contains(needed));
    let status = home.world.ok(&["status"]).all();
    assert!(status.contains(needed) && status.contains("tried again"), "{status}");
    assert_eq!(home.world.status().of("discord").held, Some(1));
    assert_eq!(home.discord.balance(D), 0);
    // The bot may write it, and that counts.
    home.discord.earn(D, 1);
    wait_until("the ledger has it", || home.world.coins("discord:123") == "101");
    home.database.psql("GRANT INSERT ON audit TO ours");
    home.telegram.earn(T, 9);
    home.comes_to(110);
    home.world.verify();
}
