//! `import unified-users`: what the founding unified database holds is taken over once, and the table left alone.

use std::path::PathBuf;

use onepurse_servers::{Database, MariaDb, Postgres};

use crate::harness::{
    Bot, ECONOMY, FOUNDING, ServerBot, World,
    answers::{exit, kind},
    config::url,
    database,
    pair::{D, T},
    wait_until,
};

const TABLE: &str = "CREATE TABLE unified_users (id INTEGER PRIMARY KEY, telegram_id TEXT UNIQUE, discord_id TEXT UNIQUE, \
                     website_email TEXT UNIQUE, coins INTEGER DEFAULT 0, xp INTEGER DEFAULT 0);";
const ANNA: &str = "INSERT INTO unified_users VALUES (1, '456', '123', 'a@b.c', 150, 7);";

/// Both bots' tables and the unified one hold 150 coins of one person; nothing of ours is anywhere.
struct Founding {
    world: World,
    telegram: Bot,
    discord: ServerBot,
    database: Database,
}

impl Founding {
    /// All in one PostgreSQL database but Telegram's bot, as `DATABASE_URL` says.
    fn new() -> Self {
        let database = Postgres::shared().database();
        let mut world = World::new();
        let telegram = world.bot("telegram", ECONOMY);
        telegram.register(T, 150);
        world.add(&telegram);
        let discord = ServerBot::start("discord", &database.url());
        discord.register(D, 150);
        world.add_on_server(&discord);
        world.environment.push(("DATABASE_URL", database.url()));
        database.psql(TABLE);
        database.psql(ANNA);
        Self { world, telegram, discord, database }
    }

    fn unified(&self) -> String {
        self.database.psql("SELECT * FROM public.unified_users ORDER BY id")
    }

    fn shows(&self, coins: i64) {
        assert_eq!(self.telegram.stored(T), coins.to_string());
        assert_eq!(self.discord.balance(D), coins);
        for who in ["telegram:456", "discord:123", "website:a@b.c"] {
            assert_eq!(self.world.coins(who), coins.to_string(), "{who}");
        }
        self.world.verify();
    }
}

#[test]
fn coins_in_all_three_places_are_counted_once() {
    let home = Founding::new();
    let table = home.unified();
    let rehearsal = home.world.import(&["--dry-run"]);
    assert_eq!((rehearsal.counts(), rehearsal.dry_run), ([1, 0, 0, 0], true));
    assert_eq!(home.world.verb(&["show", "telegram:456"]).code, Some(exit::UNREACHABLE), "no ledger yet");

    assert_eq!(home.world.import(&[]).counts(), [1, 0, 0, 0]);
    assert_eq!(home.world.balance("website:a@b.c", "xp"), "7");
    home.world.sync();
    home.shows(150);
    assert_eq!(home.world.deltas("telegram:456"), ["150", "7"], "as openings of one identity");
    let head = home.world.head();
    let again = home.world.ok(&["import", "unified-users"]);
    assert!(again.stdout.contains("everything was here already"), "{}", again.all());
    assert_eq!((home.world.head(), home.unified()), (head, table));

    let run = home.world.run();
    home.discord.earn(D, 50);
    wait_until("telegram has 200", || home.telegram.stored(T) == "200");
    home.telegram.earn(T, 25);
    wait_until("discord has 225", || home.discord.balance(D) == 225);
    drop(run);
    home.world.sync();
    home.shows(225);
    assert_eq!(
        home.world.import(&[]).counts(),
        [0, 0, 1, 0],
        "what the table says is old by now, and stays out"
    );
    home.shows(225);
    // The view took another name: the table is theirs.
    let founding = "SELECT coins FROM onepurse_unified_users WHERE telegram_id = '456'";
    assert_eq!(home.database.psql(founding).trim(), "225");
}

#[test]
fn a_bot_that_was_attached_before_is_joined() {
    let home = Founding::new();
    home.world.ok(&["attach", "discord"]);
    assert_eq!(home.world.import(&[]).counts(), [0, 1, 0, 0]);
    home.world.sync();
    home.shows(150);
}

#[test]
fn what_bots_hold_otherwise_is_listed_and_adds_nothing() {
    let home = Founding::new();
    home.discord.earn(D, -30);
    home.world.import(&[]);
    let said = home.world.ok(&["attach"]);
    assert!(
        said.stdout.contains("discord:123: coins is 120 in its database, 150 by the ledger"),
        "{}",
        said.all()
    );
    home.shows(150);
}

#[test]
fn two_who_are_two_purses_already_are_left_to_people() {
    let home = Founding::new();
    home.world.ok(&["attach"]);
    home.database.psql("INSERT INTO unified_users VALUES (2, '9', NULL, NULL, 5, 0)");
    let said = home.world.import(&[]);
    assert_eq!(said.counts(), [1, 0, 0, 1]);
    let skipped = &said.skipped[0];
    assert_eq!((skipped.row, skipped.reason.as_str(), skipped.identities.len()), (1, "Apart", 3));
    assert!(skipped.message.contains("onepurse link"), "{skipped:?}");
    assert_eq!(home.world.coins("telegram:9"), "5", "the rest goes on");
    let words = home.world.expect(exit::NO, &["import", "unified-users"]);
    assert!(words.stdout.contains("row 1 (telegram:456, discord:123, website:a@b.c)"), "{}", words.all());
}

#[test]
fn the_view_of_the_ledger_is_no_table_to_import() {
    let home = Founding::new();
    home.database.psql("DROP TABLE unified_users");
    home.world.sync();
    let said = home.world.expect(exit::USAGE, &["import", "unified-users", "--json"]);
    assert!(said.stderr.contains("TableMissing"), "{}", said.all());
    home.database.psql(&format!("CREATE SCHEMA old; SET search_path = old; {TABLE} {ANNA}"));
    home.world.link("telegram:456", "discord:123");
    assert_eq!(home.world.import(&[]).skipped[0].reason, "BalanceDiffers", "300 by now");
}

/// A table in a file, and a bot beside it.
struct InFile {
    world: World,
    discord: Bot,
    unified: PathBuf,
}

impl InFile {
    fn with(script: &str) -> Self {
        let mut world = World::new();
        let discord = world.bot("discord", FOUNDING);
        discord.register(D, 150);
        world.add(&discord);
        let unified = world.path("unified.db");
        database::make(&unified, script);
        Self { world, discord, unified }
    }

    fn from(&self) -> String {
        url(&self.unified)
    }
}

#[test]
fn from_a_file_into_a_file() {
    let home = InFile::with(&format!("{TABLE} {ANNA}"));
    let contents = database::contents(&home.unified, &[]);
    assert_eq!(home.world.import(&["--from", &home.from()]).counts(), [1, 0, 0, 0]);
    home.world.sync();
    assert_eq!(
        (home.discord.stored(D), home.world.coins("telegram:456")),
        ("150".to_owned(), "150".to_owned())
    );
    assert_eq!(home.world.import(&["--from", "sqlite://unified.db"]).counts(), [0, 0, 1, 0]);
    assert_eq!(database::contents(&home.unified, &[]), contents);
    let history = home.world.history("telegram:456");
    assert!(history.len() == 6 && history.iter().all(|entry| entry.kind == kind::OPENING), "{history:?}");
    home.world.verify();
}

#[test]
fn a_table_of_a_platforms_own_database() {
    let home = InFile::with("");
    database::make(&home.world.path("discord/bot.db"), &format!("{TABLE} {ANNA}"));
    assert_eq!(home.world.import(&["--from", "discord"]).counts(), [1, 0, 0, 0]);
    home.world.sync();
    assert_eq!(home.discord.stored(D), "150");
}

#[test]
fn rows_that_cannot_be_are_named_and_the_rest_goes_on() {
    let home = InFile::with(
        "CREATE TABLE unified_users (telegram_id, discord_id, website_email, coins, xp);
         INSERT INTO unified_users VALUES
           (1, NULL, NULL, 10, NULL), (2, NULL, NULL, 'many', 0), (3, NULL, NULL, 1.5, 0), (NULL, NULL, '', 5, 5),
           (4, 40, NULL, 1, 1), (4, 41, NULL, 1, 1), (5, NULL, NULL, -7, 2.0), (6, NULL, NULL, 1e300, 0)",
    );
    let said = home.world.import(&["--from", &home.from()]);
    assert_eq!((said.rows, said.counts()), (8, [2, 0, 0, 6]));
    let reasons: Vec<_> = said.skipped.iter().map(|skipped| (skipped.row, skipped.reason.as_str())).collect();
    assert_eq!(
        reasons,
        [
            (2, "NotANumber"),
            (3, "TooManyDecimals"),
            (4, "NoIdentity"),
            (5, "Twice"),
            (6, "Twice"),
            (8, "NotANumber")
        ]
    );
    assert_eq!(
        (home.world.coins("telegram:5"), home.world.balance("telegram:5", "xp")),
        ("-7".into(), "2".into())
    );
    assert_eq!(home.world.balance("telegram:1", "xp"), "0");
    home.world.verify();
}

#[test]
fn what_is_wrong_is_said() {
    let mut home = InFile::with("CREATE TABLE unified_users (telegram_id, discord_id, email, coins, xp)");
    let from = home.from();
    for (args, expected) in [
        (&[][..], "TableMissing"),
        (&["--from", &from][..], "website_email"),
        (&["--from", &from, "--table", "people"][..], "there is no table `people`"),
        (&["--from", "sqlite://nowhere.db"][..], "DatabaseMissing"),
        (&["--from", "unified.db"][..], "--from: this is no URL"),
        (&["--from", "$NOWHERE"][..], "the environment has no `NOWHERE`"),
        (&["--from", "mysql://root@localhost/bot"][..], "and not from mysql://root@localhost"),
    ] {
        let said = home.world.verb(&[&["import", "unified-users", "--json"], args].concat());
        let is_away = expected == "DatabaseMissing";
        assert_eq!(said.code, Some(if is_away { exit::UNREACHABLE } else { exit::USAGE }), "{}", said.all());
        assert!(said.stderr.contains(expected) && said.stdout.is_empty(), "{args:?}: {}", said.all());
    }
    home.world.configure(|config| config.language = "ru");
    let said = home.world.verb(&["import", "unified-users", "--from", &from]);
    assert!(said.stderr.contains("hint: it has `telegram_id`"), "{}", said.all());
}

#[test]
fn an_empty_table_is_told_as_that() {
    let home = InFile::with(TABLE);
    let from = home.from();
    for args in [&["--dry-run"][..], &[]] {
        let args = [&["import", "unified-users", "--from", &from], args].concat();
        let said = home.world.ok(&args);
        assert!(said.stdout.contains("has no rows") && !said.stdout.contains("already"), "{}", said.all());
    }
}

#[test]
fn blanks_around_ids_are_taken_off() {
    let home = InFile::with(&format!(
        "{TABLE} INSERT INTO unified_users VALUES (1, ' 456', '123\t', ' a@b.c ', 150, 7)"
    ));
    assert_eq!(home.world.import(&["--from", &home.from()]).counts(), [1, 0, 0, 0]);
    home.world.sync();
    for who in ["telegram:456", "discord:123", "website:a@b.c"] {
        assert_eq!(home.world.coins(who), "150", "{who}");
    }
}

/// Whoever a bot has no row of is listed like whoever has another balance there; in every kind of database.
#[test]
fn whoever_a_bot_does_not_know_is_listed() {
    let (postgres, maria) = (Postgres::shared().database(), MariaDb::shared().database());
    let users = "CREATE TABLE users (id VARCHAR(32) PRIMARY KEY, coins INTEGER); INSERT INTO users VALUES ('123', 150)";
    postgres.psql(users);
    users.split(';').for_each(|sql| drop(maria.sql(sql)));
    for url in ["sqlite://known.db".to_owned(), postgres.url(), maria.url()] {
        let mut world = World::new();
        database::make(&world.path("known.db"), users);
        let rows = format!("{TABLE} {ANNA} INSERT INTO unified_users VALUES (2, NULL, '9', NULL, 5, 0)");
        database::make(&world.path("unified.db"), &rows);
        world.add_at("discord", &url, "table = \"users\"\nid = \"id\"\ncolumn = \"coins\"\n");
        world.import(&["--from", "sqlite://unified.db"]);
        let said = world.ok(&["attach"]).all();
        let told = "discord:9: no row in its database, coins is 5 by the ledger";
        assert!(said.contains(told) && !said.contains("discord:123:"), "{url}: {said}");
    }
}

/// So many rows that an import of them can be caught in the middle.
const MANY: u64 = 12_000;

#[test]
fn an_import_that_is_killed_is_run_again() {
    let home = InFile::with(&format!(
        "{TABLE} WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY})
         INSERT INTO unified_users SELECT i, 't' || i, 'd' || i, NULL, i, 1 FROM n"
    ));
    let from = home.from();
    let mut first = home.world.start(&["import", "unified-users", "--from", &from]);
    wait_until("it is on its way", || first.output().contains("5000 of 12000 rows"));
    first.kill();
    let again = home.world.import(&["--from", &from]);
    assert_eq!(again.imported + again.known, MANY, "{again:?}");
    assert!(again.known >= 5_000 && again.skipped.is_empty(), "{again:?}");
    assert_eq!(home.world.import(&["--from", &from]).counts(), [0, 0, MANY, 0]);
    let sum = database::rows(&home.world.ledger(), "SELECT sum(coins), sum(xp), count(*) FROM unified_users");
    assert_eq!(sum, [[(MANY * (MANY + 1) / 2).to_string(), MANY.to_string(), MANY.to_string()]]);
    home.world.verify();
}

#[test]
fn it_is_told_in_russian() {
    let mut home = InFile::with(&format!("{TABLE} {ANNA}"));
    home.world.configure(|config| config.language = "ru");
    let said = home.world.ok(&["import", "unified-users", "--from", &home.from()]);
    assert!(said.stdout.contains("новых кошельков: 1"), "{}", said.all());
}
