//! Balances that are keys of a JSON document.

use onepurse_servers::{Database, Postgres};

use crate::harness::{ECONOMY, FOUNDING, World, answers::exit, pair::T, wait_until};

const DISCORD: &str = r#"CREATE TABLE "USER" (primary_key_1 bigint PRIMARY KEY, json_data jsonb);
    INSERT INTO "USER" VALUES (123, '{"balance": 70, "level": {"xp": 1}, "items": ["sword"]}'), (9, '{}')"#;

fn document(database: &Database) -> String {
    database.psql(r#"SELECT json_data FROM "USER" WHERE primary_key_1 = 123"#).trim().to_owned()
}

#[test]
fn coins_and_gems_live_in_one_document() {
    let mut world = World::new();
    let telegram = world.bot("telegram", ECONOMY);
    telegram.register(T, 30);
    world.add(&telegram);
    let database = Postgres::shared().database();
    database.psql(DISCORD);
    let mapping =
        |key| format!("table = \"USER\"\nid = \"primary_key_1\"\ncolumn = \"json_data\"\nkey = \"{key}\"\n");
    world.add_at("discord", &database.url(), &mapping("balance"));
    world.configure(|config| {
        config.assets.extend([("coins", 0), ("gems", 0)]);
        let gems = format!("asset = \"gems\"\n{}", mapping("gems"));
        config.platform("discord").balances.push(gems);
    });
    let run = world.run();
    world.link("telegram:456", "discord:123");
    wait_until("the sum is in the document", || document(&database).contains("\"balance\": 100"));
    wait_until("and at telegram", || telegram.stored(T) == "100");
    let spend = r#"UPDATE "USER" SET json_data = json_data || '{"balance": 60, "gems": 5}' WHERE primary_key_1 = 123"#;
    database.psql(spend);
    wait_until("telegram has 60", || telegram.stored(T) == "60");
    telegram.earn(T, 5);
    wait_until("the document has 65", || document(&database).contains("\"balance\": 65"));
    drop(run);
    world.sync();
    let whole = r#"{"gems": 5, "items": ["sword"], "level": {"xp": 1}, "balance": 65}"#;
    assert_eq!(document(&database), whole, "and nothing else in it has changed");
    assert_eq!(world.balance("telegram:456", "gems"), "5");
    world.verify();
}

#[test]
fn a_file_of_sqlite_has_no_documents() {
    let mut world = World::new();
    let discord = world.bot("discord", FOUNDING);
    discord.register(1, 5);
    world.add(&discord);
    world.configure(|config| config.add("discord", "key = \"balance\"\n"));
    let said = world.expect(exit::USAGE, &["attach"]);
    assert!(
        said.stderr.contains("`key = \"balance\"`") && said.stderr.contains("leave `key` out"),
        "{}",
        said.all()
    );
    assert_eq!(discord.stored(1), "5");
}
