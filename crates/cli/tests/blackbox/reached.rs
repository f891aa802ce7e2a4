//! One database under another URL: another port, another user, another name. The server says that it is the same one,
//! so nobody is asked; of a copy somebody is.

use onepurse_servers::{MariaDb, MariaDbDatabase, Postgres, Proxy};

use crate::harness::{
    ServerBot, World,
    answers::{exit, state},
};

const WALLET: &str = "table = \"user_balances\"\nid = \"user_id\"\ncolumn = \"wallet\"\n";

/// A bot on a server that has earned 100, all of it in the ledger; 5 more wait in its database.
fn earned(url: &str, add: impl FnOnce(&mut World, &ServerBot)) -> (World, ServerBot) {
    let mut world = World::new();
    let bot = ServerBot::start("discord", url);
    bot.register(123, 100);
    add(&mut world, &bot);
    world.sync();
    bot.earn(123, 5);
    (world, bot)
}

/// The same program goes on with this URL, and with what waited.
fn goes_on(world: &mut World, url: &str) {
    world.configure(|config| url.clone_into(&mut config.platform("discord").database));
    world.sync();
    assert!(world.status().all_in_step(), "{:?}", world.status());
    assert_eq!(world.deltas("discord:123"), ["100", "5"]);
    world.verify();
}

/// The same program finds that this is a copy, and asks; neither side gets anything by it.
fn is_asked(world: &mut World, url: &str) {
    world.configure(|config| url.clone_into(&mut config.platform("discord").database));
    world.expect(exit::WAITS, &["sync", "--until-idle", "--timeout", "60s"]);
    assert_eq!(world.status().of("discord").state, state::PAUSED);
    assert_eq!(world.coins("discord:123"), "105");
}

#[test]
fn a_database_in_postgres_is_reached_another_way() {
    let database = Postgres::shared().database();
    let proxy = Proxy::before(database.port());
    let (mut world, bot) = earned(&database.url(), World::add_on_server);
    let name = database.url().rsplit('/').next().unwrap().to_owned();
    database.psql(&format!("CREATE ROLE \"admin_{name}\" LOGIN SUPERUSER"));
    let by_another = format!("postgresql://admin_{name}@localhost:{}/{name}", proxy.port());
    goes_on(&mut world, &by_another);
    drop(bot);

    let other = Postgres::shared().database();
    other.psql(&format!("ALTER DATABASE \"{name}\" RENAME TO \"renamed_{name}\""));
    let renamed =
        format!("{}_renamed", database.url()).replace(&format!("{name}_renamed"), &format!("renamed_{name}"));
    goes_on(&mut world, &renamed);

    other.psql(&format!("CREATE DATABASE \"copy_{name}\" TEMPLATE \"renamed_{name}\""));
    is_asked(&mut world, &renamed.replace("/renamed_", "/copy_"));
    goes_on(&mut world, &renamed);
}

#[test]
fn a_server_that_does_not_say_which_it_is_is_known_by_its_url() {
    let database = Postgres::shared().database();
    let proxy = Proxy::before(database.port());
    let name = database.url().rsplit('/').next().unwrap().to_owned();
    database.psql(&format!(
        "CREATE ROLE \"ours_{name}\" LOGIN; ALTER DATABASE \"{name}\" OWNER TO \"ours_{name}\";
         GRANT ALL ON SCHEMA public TO \"ours_{name}\"; REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC"
    ));
    let url = database.url().replace("postgres@", &format!("ours_{name}@"));
    let (mut world, _bot) = earned(&url, World::add_on_server);
    world.sync();
    is_asked(&mut world, &url.replace(&database.port().to_string(), &proxy.port().to_string()));
    goes_on(&mut world, &url);
}

fn in_mariadb() -> (MariaDbDatabase, String, World, ServerBot) {
    let database = MariaDb::shared().database();
    let name = database.url().rsplit('/').next().unwrap().to_owned();
    database.sql(&format!("CREATE USER ours_{name}; GRANT ALL ON {name}.* TO ours_{name}"));
    let (world, bot) = earned(&database.url(), |world, bot| {
        world.add_at("discord", &bot.url.replace("root@", &format!("ours_{name}@")), WALLET);
    });
    (database, name, world, bot)
}

#[test]
fn a_database_in_mariadb_is_reached_another_way() {
    let (database, name, mut world, _bot) = in_mariadb();
    let proxy = Proxy::before(database.port());
    goes_on(&mut world, &format!("mariadb://root@localhost:{}/{name}", proxy.port()));
}

/// Every write of the bot fails while the user is gone that the triggers belong to, so this must not wait for anybody.
#[test]
fn the_user_that_captured_in_mariadb_is_gone() {
    let (database, name, mut world, bot) = in_mariadb();
    database.sql(&format!("DROP USER ours_{name}"));
    goes_on(&mut world, &database.url());
    bot.earn(123, 7);
    world.sync();
    assert_eq!(world.deltas("discord:123"), ["100", "5", "7"]);
}
