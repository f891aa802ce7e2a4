//! Roles: the bot's, which knows nothing of us, and ours, which may do as little as can be.

use std::process::Command;

use onepurse_replica::{Applied, Capture, PostgresReplica, Replica, ReplicaError};

use super::USERS;
use crate::support::{
    fixture::Fixture,
    ledger::ModelLedger,
    postgres::Postgres,
    wait,
    world::{World, users},
};

/// A bot's table in its owner's hands, and a role for us with the rights that the documentation names.
fn owned(rights: &str) -> Postgres {
    let bot = Postgres::new("");
    let name = bot.name();
    bot.run(&format!(
        "CREATE ROLE \"bot_{name}\" LOGIN; CREATE ROLE \"ours_{name}\" LOGIN; CREATE ROLE \"other_{name}\" LOGIN;
         {USERS} ALTER TABLE users OWNER TO \"bot_{name}\";
         GRANT CREATE ON SCHEMA public TO \"bot_{name}\";
         GRANT SELECT, INSERT, UPDATE, DELETE ON users TO \"other_{name}\";
         {}",
        rights.replace("ours", &format!("\"ours_{name}\"")).replace("base", &format!("\"{name}\""))
    ))
    .unwrap();
    bot
}

const RIGHTS: &str = "GRANT CREATE ON DATABASE base TO ours; GRANT SELECT, TRIGGER ON users TO ours; GRANT UPDATE (coins) ON users TO ours";

#[test]
fn the_rights_that_are_named_are_enough_and_every_writer_is_seen() {
    let bot = owned(RIGHTS).with_role("ours");
    let mut world = World::with(bot, vec![users()]);
    for role in ["bot", "other"] {
        let mine = world.bot.role(role);
        world.run(&format!("SET ROLE \"{mine}\"; SET search_path = ''; UPDATE public.users SET coins = coins + 1 WHERE user_id = 456"));
    }
    assert_eq!(world.captured(), ["456 change 1", "456 change 1"]);
    world.ledger.earn("456", 50);
    world.sync();
    assert_eq!(world.local("456").unwrap(), "152");
    let bots = format!("SET ROLE \"{}\";", world.bot.role("bot"));
    world.bot.run(&format!("{bots} DROP TABLE users; CREATE TABLE users (user_id bigint PRIMARY KEY, coins integer); GRANT SELECT, TRIGGER, UPDATE ON users TO \"{}\"", world.bot.role("ours"))).unwrap();
    assert_eq!(world.view().capture, Capture::Lost(vec!["users".to_owned()]));
    world.sync();
    let before = world.bot.read("SELECT count(*) FROM pg_trigger WHERE tgrelid = 'users'::regclass").unwrap();
    assert_eq!(before, "3");
    world.detach();
    assert_eq!(
        world.bot.read("SELECT count(*) FROM pg_trigger WHERE tgrelid = 'users'::regclass").unwrap(),
        "0"
    );
    assert_eq!(
        world.bot.read("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'onepurse%'").unwrap(),
        "0"
    );
}

#[test]
fn what_a_role_lacks_is_named() {
    for (rights, lacks) in [
        (RIGHTS.replace("GRANT CREATE ON DATABASE base TO ours;", ""), "schemas"),
        (RIGHTS.replace("SELECT, ", ""), "read"),
        (RIGHTS.replace(", TRIGGER", ""), "put triggers on"),
        (RIGHTS.replace("UPDATE (coins)", "UPDATE (name)"), "write the balance of"),
    ] {
        let bot = owned(&rights).with_role("ours");
        let mut replica = bot.replica(vec![users()]);
        let problems = wait(replica.problems()).unwrap();
        assert!(problems.iter().any(|problem| problem.what.contains(lacks)), "{problems:?} lack {lacks}");
    }
}

#[test]
fn a_schema_that_a_role_may_not_use_is_named() {
    let rights = "GRANT CREATE ON DATABASE base TO ours; CREATE SCHEMA game; ALTER TABLE users SET SCHEMA game; \
                  GRANT SELECT, TRIGGER, UPDATE ON game.users TO ours";
    for table in ["users", "game.users"] {
        let bot = owned(rights).with_role("ours");
        let mut replica = bot.replica(vec![onepurse_replica::Mapping { table: table.to_owned(), ..users() }]);
        let problems = wait(replica.problems()).unwrap();
        assert!(
            problems.len() == 1
                && problems[0].what.contains("lacks the right to use the schema \"game\"")
                && problems[0].remedy == "GRANT USAGE ON SCHEMA \"game\" TO it",
            "{table}: {problems:?}"
        );
    }
}

/// A trigger of the bot's runs as us while we write: what it lacks is named, and tried again without anybody's change.
#[test]
fn a_right_that_the_bots_own_trigger_lacks_is_named_until_it_is_there() {
    let bot = owned(RIGHTS);
    bot.run(
        "CREATE TABLE audit (who bigint);
         CREATE FUNCTION own() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.user_id = 456 THEN INSERT INTO audit VALUES (NEW.user_id); END IF; RETURN NULL; END';
         CREATE TRIGGER own AFTER UPDATE ON users FOR EACH ROW EXECUTE FUNCTION own()",
    )
    .unwrap();
    let mut world = World::with(bot.with_role("ours"), vec![users()]);
    let ours = world.bot.role("ours");
    world.ledger.earn("456", 50);
    world.ledger.earn("7", 10);
    let changes = world.changes();
    let Applied::Done { inward, .. } = world.apply(&changes) else { panic!("outdated") };
    let why = format!(
        "permission denied for table audit, in own(): GRANT INSERT ON TABLE audit TO \"{ours}\"; \
         or ALTER FUNCTION own() SECURITY DEFINER"
    );
    let told: Vec<_> = inward.iter().filter_map(|one| one.refused.as_deref()).collect();
    assert_eq!(told, [why.as_str()]);
    assert_eq!((world.local("456").unwrap().as_str(), world.local("7").unwrap().as_str()), ("100", "15"));
    let summary = wait(world.replica.summary()).unwrap();
    assert_eq!((summary.held, summary.paused[0].reason.as_str()), (1, why.as_str()));
    assert!(!world.view().unsettled, "not at once");
    // Told once, however often it is tried.
    let much_later = "UPDATE onepurse_telegram.identity SET again_ms = 0 WHERE again_ms IS NOT NULL";
    world.run(much_later);
    assert!(world.view().unsettled);
    assert_eq!(world.settle(10), []);
    world.run(&format!("GRANT INSERT ON audit TO \"{ours}\""));
    world.run(much_later);
    assert_eq!(world.settle(10).len(), 1);
    assert_eq!(world.local("456").unwrap(), "150");
    let summary = wait(world.replica.summary()).unwrap();
    assert_eq!((summary.held, summary.paused.len()), (0, 0));
}

/// `pg_dump` reads everything there is, or fails.
#[test]
fn the_bots_own_role_can_dump_its_database() {
    let bot = owned(RIGHTS).with_role("ours");
    let mut world = World::with(bot, vec![users()]);
    let dump = |world: &World<Postgres>| {
        for role in ["bot", "other"] {
            let url = world.bot.url_as(&world.bot.role(role));
            let dumped = Command::new("pg_dump").arg(url).output().unwrap();
            assert!(dumped.status.success(), "{role}: {}", String::from_utf8_lossy(&dumped.stderr));
        }
    };
    dump(&world);
    world.bot.run("DROP TABLE onepurse_telegram.reversal; ALTER TABLE onepurse_telegram.identity DROP COLUMN purse; UPDATE onepurse_telegram.replica SET schema = 1").unwrap();
    wait(world.replica.renew()).unwrap();
    dump(&world);
}

#[test]
fn a_bot_that_runs_serializable_is_warned_of() {
    let bot = Postgres::new(USERS);
    let mut replica =
        PostgresReplica::new("telegram".parse().unwrap(), bot.address(), vec![users()], bot.random());
    assert_eq!(wait(replica.warnings()).unwrap(), Vec::<String>::new());
    let name = bot.name();
    bot.run(&format!("ALTER DATABASE \"{name}\" SET default_transaction_isolation = 'serializable'"))
        .unwrap();
    assert_eq!(wait(replica.warnings()).unwrap(), ["every role: serializable"]);
}

/// Two platforms may keep their tables in one database, or one table.
#[test]
fn two_platforms_in_one_table() {
    let bot = Postgres::new(USERS);
    let ledger = ModelLedger::new();
    for platform in ["telegram", "discord"] {
        let mut replica =
            PostgresReplica::new(platform.parse().unwrap(), bot.address(), vec![users()], bot.random());
        let attach = onepurse_replica::Attach {
            replica: onepurse_core::ReplicaId([1; 16]),
            ledger: ledger.id,
            decision: None,
            base: vec![],
        };
        wait(replica.attach(attach)).unwrap();
    }
    bot.run("UPDATE users SET coins = coins + 1 WHERE user_id = 456").unwrap();
    for platform in ["telegram", "discord"] {
        let mut replica =
            PostgresReplica::new(platform.parse().unwrap(), bot.address(), vec![users()], bot.random());
        assert_eq!(wait(replica.outbox(0, 100)).unwrap().rows.len(), 3, "{platform}");
    }
}

/// A host sets that on a database while it is moved, or for its disk's sake; sessions that were opened then keep it.
#[test]
fn a_database_that_is_read_only_by_default_is_written_all_the_same() {
    let mut world: World<Postgres> = World::new(USERS, users());
    let name = world.bot.name().to_owned();
    world.bot.run(&format!("ALTER DATABASE \"{name}\" SET default_transaction_read_only = on")).unwrap();
    world.replica = world.bot.replica(vec![users()]);
    world
        .bot
        .run("BEGIN READ WRITE; UPDATE users SET coins = coins + 1 WHERE user_id = 456; COMMIT")
        .unwrap();
    world.ledger.earn("456", 50);
    world.sync();
    assert_eq!((world.local("456").unwrap().as_str(), world.ledger.coins_of("456")), ("151", 151));
}

#[test]
fn a_database_that_is_gone_is_missing() {
    let bot = Postgres::new(USERS);
    let mut replica = bot.replica(vec![users()]);
    wait(replica.view()).unwrap();
    bot.vanish();
    assert!(matches!(wait(replica.view()), Err(ReplicaError::Busy { .. } | ReplicaError::Missing { .. })));
    assert!(matches!(wait(replica.view()), Err(ReplicaError::Missing { .. })));
}
