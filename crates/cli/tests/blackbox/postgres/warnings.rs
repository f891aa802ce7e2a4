//! What can cost a bot errors is said before it does.

use onepurse_servers::Postgres;
use serde_json::Value;

use super::{Home, LedgerIn};
use crate::harness::{answers::state, wait_until};

const STRICT: &str = "every role: serializable";

/// What only who puts capture in would meet is told by who looks.
#[test]
fn a_balance_of_another_type_is_told_by_status() {
    let home = Home::on(Postgres::shared().database(), LedgerIn::File);
    home.world.sync();
    let change = |to: &str| {
        home.database
            .psql(&format!("ALTER TABLE users ALTER COLUMN coins DROP DEFAULT, ALTER COLUMN coins TYPE {to}"))
    };
    change("boolean USING coins <> 0");
    let status = home.world.status();
    assert_eq!(status.of("discord").state, state::REFUSED, "{status:?}");
    assert!(
        status.of("discord").reason.as_ref().is_some_and(|why| why.contains("is of type boolean")),
        "{status:?}"
    );
    change("bigint USING CASE WHEN coins THEN 1 ELSE 0 END");
    assert!(!home.world.status().all_in_step(), "it has to be looked at first");
    home.world.sync();
    assert!(home.world.status().all_in_step());
}

#[test]
fn strict_isolation_is_told_of() {
    let home = Home::on(Postgres::shared().database(), LedgerIn::File);
    home.world.ok(&["attach", "telegram"]);
    assert!(home.world.status().of("discord").warnings.is_empty());
    let database = home.database.psql("SELECT current_database()");
    let strict = "SET default_transaction_isolation = 'serializable'";
    home.database.psql(&format!("ALTER DATABASE {} {strict}", database.trim()));

    let said = home.world.ok(&["attach", "discord"]);
    assert!(said.stdout.contains(STRICT) && said.stdout.contains("serialization failure"), "{}", said.all());
    assert!(!said.stderr.contains(STRICT), "once: {}", said.all());
    let again: Value = serde_json::from_str(&home.world.ok(&["attach", "--json"]).stdout).unwrap();
    let warnings: Vec<_> =
        again["platforms"].as_array().unwrap().iter().map(|one| &one["warnings"]).collect();
    assert_eq!(warnings, [&serde_json::json!([]), &serde_json::json!([STRICT])]);

    assert_eq!(home.world.status().of("discord").warnings, [STRICT]);
    assert!(home.world.status().of("telegram").warnings.is_empty());
    let words = home.world.ok(&["status"]);
    assert!(words.stdout.contains(STRICT), "{}", words.all());

    let run = home.world.run();
    wait_until("the log tells", || run.process.output().contains(STRICT));
    home.link();
    home.telegram.earn(456, 100);
    home.comes_to(100);
    assert_eq!(run.process.output().matches(STRICT).count(), 1, "{}", run.process.output());
}
