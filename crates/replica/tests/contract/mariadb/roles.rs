//! Users: the bot's, which knows nothing of us, and ours, which may do as little as can be.

use onepurse_replica::{Applied, Capture, MariaDbReplica, Replica, ReplicaError};

use super::USERS;
use crate::support::{
    fixture::Fixture,
    ledger::ModelLedger,
    mariadb::MariaDb,
    wait,
    world::{World, users},
};

/// The rights that the documentation names, on our tables and on the bot's.
fn rights() -> Vec<String> {
    let ours = ["replica", "mapping", "fact", "identity", "outbox", "kept", "reversal"];
    ours.iter()
        .map(|name| {
            format!(
                "SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX ON base.onepurse_telegram_{name}"
            )
        })
        .chain(["SELECT, TRIGGER ON base.users".to_owned(), "UPDATE (coins) ON base.users".to_owned()])
        .collect()
}

/// A bot's table, a user of the bot's that may use it, and one for us with these rights.
fn owned(rights: &[String]) -> MariaDb {
    let bot = MariaDb::new(USERS);
    let base = bot.name().to_owned();
    let grants: String = rights
        .iter()
        .map(|right| format!("GRANT {} TO ours_{base};", right.replace("base", &base)))
        .collect();
    bot.run(&format!(
        "CREATE USER bot_{base}; CREATE USER ours_{base}; {grants}
         GRANT SELECT, INSERT, UPDATE, DELETE ON {base}.users TO bot_{base}"
    ))
    .unwrap();
    let ours = format!("ours_{base}");
    bot.with_user(&ours)
}

#[test]
fn the_rights_that_are_named_are_enough_and_every_writer_is_seen() {
    let bot = owned(&rights());
    let before = bot.schema();
    let mut world = World::with(bot, vec![users()]);
    let writer = format!("bot_{}", world.bot.name());
    for sql in [
        "UPDATE users SET coins = coins + 1 WHERE user_id = 456",
        "REPLACE INTO users VALUES (456, 102, 'a')",
    ] {
        world.bot.run_as(&writer, sql).unwrap();
        world.check();
    }
    assert_eq!(world.captured(), ["456 change 1", "456 change 1"]);
    world.ledger.earn("456", 50);
    world.sync();
    assert_eq!(world.local("456").unwrap(), "152");
    world.bot.run("DROP TABLE users; CREATE TABLE users (user_id BIGINT PRIMARY KEY, coins INT)").unwrap();
    assert_eq!(world.view().capture, Capture::Lost(vec!["users".to_owned()]));
    world.sync();
    assert_eq!(world.view().capture, Capture::Whole);
    world.detach();
    assert_eq!(world.bot.schema(), before);
}

#[test]
fn what_a_user_lacks_is_named_and_nothing_is_left() {
    for (lacking, said) in [
        ("TRIGGER", "TRIGGER command denied"),
        ("CREATE", "SELECT command denied"),
        ("UPDATE (coins)", "UPDATE command denied"),
    ] {
        let rights: Vec<_> = rights()
            .iter()
            .map(|right| {
                right
                    .replace(
                        "SELECT, TRIGGER",
                        if lacking == "TRIGGER" { "SELECT" } else { "SELECT, TRIGGER" },
                    )
                    .replace(", CREATE", if lacking == "CREATE" { "" } else { ", CREATE" })
                    .replace(
                        "UPDATE (coins)",
                        if lacking == "UPDATE (coins)" { "UPDATE (name)" } else { "UPDATE (coins)" },
                    )
            })
            .collect();
        // A right on a table that is not there can only be given together with the one to create it.
        let rights: Vec<_> =
            rights.into_iter().filter(|right| lacking != "CREATE" || !right.contains("onepurse")).collect();
        let bot = owned(&rights);
        let before = bot.schema();
        let mut replica = bot.replica(vec![users()]);
        let attach = onepurse_replica::Attach {
            replica: onepurse_core::ReplicaId([1; 16]),
            ledger: ModelLedger::new().id,
            decision: None,
            base: vec![],
        };
        match wait(replica.attach(attach)) {
            Err(ReplicaError::Refused { problems, .. }) => {
                assert!(problems[0].what.contains(said), "{problems:?} lack {said}");
            }
            other => panic!("{lacking}: {other:?}"),
        }
        assert_eq!(bot.schema(), before, "{lacking}");
    }
}

/// All at once, as it is typed; and what is typed is enough.
#[test]
fn everything_that_a_user_lacks_is_named_with_its_grant() {
    for (held, lacking) in [
        ("", "SELECT, TRIGGER, UPDATE (`coins`)"),
        ("INSERT", "SELECT, TRIGGER, UPDATE (`coins`)"),
        ("SELECT", "TRIGGER, UPDATE (`coins`)"),
        ("SELECT, TRIGGER, UPDATE (user_id)", "UPDATE (`coins`)"),
    ] {
        let held = (!held.is_empty()).then(|| format!("{held} ON base.users"));
        let bot = owned(held.as_slice());
        let base = bot.name().to_owned();
        let mut replica = bot.replica(vec![users()]);
        let problems = match wait(replica.problems()) {
            Ok(problems) | Err(ReplicaError::Refused { problems, .. }) => problems,
            other => panic!("{held:?}: {other:?}"),
        };
        let typed = problems[0].remedy.split("; ").filter_map(|part| Some(&part[part.find("GRANT ")?..]));
        let grants: Vec<_> = typed.collect();
        assert_eq!(grants.len(), 8, "{problems:?}");
        assert_eq!(grants[0], format!("GRANT {lacking} ON `{base}`.`users` TO 'ours_{base}'@'%'"));
        bot.run(&grants.join(";")).unwrap();
        assert_eq!(wait(replica.problems()).unwrap(), []);
        World::with(bot, vec![users()]).detach();
    }
}

/// Whoever attached it had no need of these rights; what has been granted since is enough.
#[test]
fn what_a_user_lacks_to_bring_older_tables_up_to_date_is_named() {
    let mut world = World::with(owned(&rights()), vec![users()]);
    world.bot.age();
    let base = world.bot.name().to_owned();
    world
        .bot
        .run(&format!(
            "REVOKE ALTER ON {base}.onepurse_telegram_identity FROM ours_{base};
             REVOKE ALL ON {base}.onepurse_telegram_reversal FROM ours_{base}"
        ))
        .unwrap();
    world.replica = world.bot.replica(vec![users()]);
    assert!(world.view().older, "it can be looked at");
    let Err(ReplicaError::Refused { problems, .. }) = wait(world.replica.renew()) else {
        panic!("it lacks rights")
    };
    assert!(problems[0].what.contains("ALTER command denied"), "{problems:?}");
    let grants: Vec<_> = problems[0].remedy.split("; ").collect();
    assert_eq!(grants.len(), 2, "{grants:?}");
    world.bot.run(&grants.join(";")).unwrap();
    wait(world.replica.renew()).unwrap();
    world.ledger.earn("456", 50);
    world.sync();
    assert_eq!(world.local("456").unwrap(), "150");
}

/// A trigger runs as whoever made it: what that user lacks is named, and tried again without anybody's change.
#[test]
fn a_right_that_the_bots_own_trigger_lacks_is_named_until_it_is_there() {
    let bot = owned(&rights());
    let base = bot.name().to_owned();
    bot.run(&format!(
        "CREATE TABLE audit (who BIGINT); GRANT TRIGGER ON {base}.users TO bot_{base};
         CREATE DEFINER = bot_{base} TRIGGER own AFTER UPDATE ON users FOR EACH ROW
             BEGIN IF NEW.user_id = 456 THEN INSERT INTO audit VALUES (NEW.user_id); END IF; END"
    ))
    .unwrap();
    let mut world = World::with(bot, vec![users()]);
    world.ledger.earn("456", 50);
    world.ledger.earn("7", 10);
    let changes = world.changes();
    let Applied::Done { inward, .. } = world.apply(&changes) else { panic!("outdated") };
    let why = format!(
        "INSERT command denied to user 'bot_{base}'@'%' for table `{base}`.`audit`: \
         GRANT INSERT ON `{base}`.`audit` TO 'bot_{base}'@'%'"
    );
    let told: Vec<_> = inward.iter().filter_map(|one| one.refused.as_deref()).collect();
    assert_eq!(told, [why.as_str()]);
    assert_eq!((world.local("456").unwrap().as_str(), world.local("7").unwrap().as_str()), ("100", "15"));
    let summary = wait(world.replica.summary()).unwrap();
    assert_eq!((summary.held, summary.paused[0].reason.as_str()), (1, why.as_str()));
    assert!(!world.view().unsettled, "not at once");
    let much_later = "UPDATE onepurse_telegram_identity SET again_ms = 0 WHERE again_ms IS NOT NULL";
    world.run(much_later);
    assert!(world.view().unsettled);
    assert_eq!(world.settle(10), []);
    world.run(&format!("GRANT INSERT ON {base}.audit TO bot_{base}"));
    world.run(much_later);
    assert_eq!(world.settle(10).len(), 1);
    assert_eq!(world.local("456").unwrap(), "150");
    let summary = wait(world.replica.summary()).unwrap();
    assert_eq!((summary.held, summary.paused.len()), (0, 0));
}

/// Two platforms may keep their tables in one database, or one table.
#[test]
fn two_platforms_in_one_table() {
    let bot = MariaDb::new(USERS);
    let before = bot.schema();
    let replica = |platform: &str| {
        MariaDbReplica::new(
            platform.parse().unwrap(),
            bot.url().parse().unwrap(),
            vec![users()],
            bot.random(),
        )
    };
    for platform in ["tele", "telegram"] {
        let attach = onepurse_replica::Attach {
            replica: onepurse_core::ReplicaId([1; 16]),
            ledger: ModelLedger::new().id,
            decision: None,
            base: vec![],
        };
        wait(replica(platform).attach(attach)).unwrap();
    }
    bot.run("UPDATE users SET coins = coins + 1 WHERE user_id = 456").unwrap();
    for platform in ["tele", "telegram"] {
        assert_eq!(wait(replica(platform).outbox(0, 100)).unwrap().rows.len(), 3, "{platform}");
        wait(replica(platform).detach(onepurse_core::Cursor::ZERO, 100)).unwrap();
    }
    assert_eq!(bot.schema(), before);
}

#[test]
fn a_database_that_is_gone_is_missing() {
    let bot = MariaDb::new(USERS);
    let mut replica = bot.replica(vec![users()]);
    wait(replica.view()).unwrap();
    let name = bot.name();
    bot.run(&format!("DROP DATABASE {name}")).unwrap();
    assert!(matches!(wait(replica.view()), Err(ReplicaError::Missing { .. })));
    assert!(matches!(wait(replica.view()), Err(ReplicaError::Missing { .. })));
}
