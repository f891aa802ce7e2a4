use onepurse_core::{Amount, AssetName, Scale};
use onepurse_replica::{Reinsert, Writes};

use super::*;

const GOOD: &str = r#"
language = "ru"

[ledger]
url = "sqlite://data/ledger.db"
keep_days = 60

[website]
listen = "0.0.0.0:0"

[[asset]]
name = "gems"
scale = 2

[[platform]]
name = "telegram"
database = "sqlite:///srv/tg/bot.db"
[[platform.balance]]
table = "users"
id = "user_id"
column = "coins"
where = "guild_id = '77'"
[[platform.balance]]
asset = "gems"
table = "wallets"
id = ["guild_id", "user_id"]
column = "gems"
key = "balance"
floor = -0.5
missing = "100.25"
reinsert = "take"
writes = "absolute"
decimals = 1
"#;

fn read(text: &str) -> Result<Config, ConfigError> {
    Config::read(Path::new("/etc/op/onepurse.toml"), Path::new("/etc/op"), text, &Environment::default())
}

/// The text a user sees, message and hint.
fn told(text: &str) -> String {
    let error =
        Config::read(Path::new("onepurse.toml"), Path::new(""), text, &Environment::default()).unwrap_err();
    format!("{error} | {}", error.hint().unwrap_or_default())
}

#[test]
fn everything_is_read() {
    let config = read(GOOD).unwrap();
    assert_eq!(config.language, Language::Ru);
    assert_eq!(config.ledger, Database::Sqlite("/etc/op/data/ledger.db".into()));
    assert_eq!(config.ledger_url, "sqlite://data/ledger.db");
    assert_eq!(config.keep_days, 60);
    assert_eq!(config.listen.to_string(), "0.0.0.0:0");
    let assets: Vec<_> = config.assets.iter().map(|a| (a.name.as_str(), a.scale.decimals())).collect();
    assert_eq!(assets, [("gems", 2), ("coins", 0)]);
    let telegram = &config.platforms[0];
    assert_eq!(telegram.database, Database::Sqlite("/srv/tg/bot.db".into()));
    let [coins, gems] = &telegram.balances[..] else { panic!("{telegram:?}") };
    assert_eq!(coins.id, ["user_id"]);
    assert_eq!(coins.filter.as_deref(), Some("guild_id = '77'"));
    assert_eq!((coins.floor, coins.missing, coins.decimals), (None, None, None));
    assert_eq!((coins.key.as_deref(), gems.key.as_deref()), (None, Some("balance")));
    assert_eq!((coins.reinsert, coins.writes), (Reinsert::Restore, Writes::Delta));
    assert_eq!(gems.id, ["guild_id", "user_id"]);
    assert_eq!((gems.floor, gems.missing), (Some(Amount::new(-50)), Some(Amount::new(10025))));
    assert_eq!((gems.reinsert, gems.writes, gems.decimals), (Reinsert::Take, Writes::Absolute, Some(1)));
}

#[test]
fn what_is_left_out_has_a_default() {
    let config = read("").unwrap();
    assert_eq!(config.language, Language::En);
    assert_eq!(config.ledger, Database::Sqlite("/etc/op/ledger.db".into()));
    assert_eq!((config.keep_days, config.listen.to_string().as_str()), (30, "127.0.0.1:8080"));
    assert_eq!(config.assets, [Asset::new(AssetName::default(), Scale::WHOLE)]);
}

#[test]
fn a_document_holds_several_balances() {
    let text = "[[asset]]\nname = \"xp\"\n[[platform]]\nname = \"discord\"\ndatabase = \"postgres://u@h/d\"\n\
                [[platform.balance]]\ntable = \"u\"\nid = \"i\"\ncolumn = \"doc\"\nkey = \"coins\"\n\
                [[platform.balance]]\nasset = \"xp\"\ntable = \"u\"\nid = \"i\"\ncolumn = \"doc\"\nkey = \"xp\"";
    let config = read(text).unwrap();
    let keys: Vec<_> = config.platforms[0].balances.iter().map(|balance| balance.key.as_deref()).collect();
    assert_eq!(keys, [Some("coins"), Some("xp")]);
}

#[test]
fn the_example_is_a_configuration() {
    assert_eq!(read(error::EXAMPLE).unwrap().platforms.len(), 2);
}

fn ledger_at(url: &str) -> Environment {
    Environment::of(&[("DATABASE_URL", url)])
}

#[test]
fn the_environments_port_counts_where_the_file_says_nothing() {
    let read = |text, port: &str| {
        Config::read(Path::new("c"), Path::new("/etc/op"), text, &Environment::of(&[("PORT", port)]))
    };
    for (text, port, listen) in
        [("", "3000", "0.0.0.0:3000"), ("", "", "127.0.0.1:8080"), (GOOD, "3000", "0.0.0.0:0")]
    {
        assert_eq!(read(text, port).unwrap().listen.to_string(), listen, "{port}");
    }
    let error = read("", "65536").unwrap_err();
    assert_eq!(error.to_string(), "PORT: `65536` is no port");
    assert_eq!(error.hint().as_deref(), Some("set it to a number up to 65535, or to nothing"));
}

#[test]
fn the_environment_overrides_the_ledger() {
    let read = |url| Config::read(Path::new("c"), Path::new("/etc/op"), GOOD, &ledger_at(url));
    assert_eq!(read("sqlite:///srv/l.db").unwrap().ledger, Database::Sqlite("/srv/l.db".into()));
    assert_eq!(read("").unwrap().ledger, Database::Sqlite("/etc/op/data/ledger.db".into()));
    assert_eq!(read("postgres://user:secret@db/bot").unwrap().ledger_url, "postgres://user@db:5432/bot");
    let error = read("mysql://user:secret@db/bot").unwrap_err();
    assert_eq!(error.to_string(), "DATABASE_URL: no ledger can be in MariaDB");
    assert!(error.hint().unwrap().contains("set it to a URL like postgres://"));
}

#[test]
fn a_platforms_database_may_stand_in_the_environment() {
    let text = "[[platform]]\nname = \"discord\"\ndatabase = \"$DATABASE_URL\"\n[[platform.balance]]\ntable = \"users\"\nid = \"id\"\ncolumn = \"coins\"";
    let read = |url| Config::read(Path::new("c"), Path::new("/etc/op"), text, &ledger_at(url));
    let config = read("postgres://bot:secret@db/coins").unwrap();
    assert_eq!(config.ledger, config.platforms[0].database);
    let refused = |url| read(url).unwrap_err().to_string();
    assert_eq!(refused(""), "c:3:12: [[platform]] database: the environment has no `DATABASE_URL`");
    assert_eq!(refused("sqlite:///srv/l.db"), "c:3:12: this is the ledger's own file");
}

/// A platform in which `rest` stands below a complete balance.
fn balance(rest: &str) -> String {
    format!(
        "[[platform]]\nname = \"telegram\"\ndatabase = \"sqlite:///bot.db\"\n\
         [[platform.balance]]\ntable = \"users\"\nid = \"user_id\"\ncolumn = \"coins\"\n{rest}"
    )
}

#[test]
fn faults_of_the_file_name_their_place_and_the_remedy() {
    for (text, expected) in [
        ("languge = \"en\"", "onepurse.toml:1:1: unknown key `languge` | did you mean `language`?"),
        ("\n[ledger]\npath = 1", "onepurse.toml:3:1: unknown key `path` | known here: `url` or `keep_days`"),
        ("language = \"de\"", "onepurse.toml:1:12: unknown word `de` | write `en` or `ru`"),
        (
            "[website]\nlisten = \"8080\"",
            "onepurse.toml:2:10: `8080` is no address to listen at | write an address",
        ),
        (
            "[ledger]\nurl = \"mariadb://a:secret@h/d\"",
            "onepurse.toml:2:7: [ledger] url: no ledger can be in MariaDB | a bot's balances can be there; keep the ledger in SQLite or PostgreSQL: url = \"sqlite://ledger.db\" or \"postgres://",
        ),
        (
            "[ledger]\nurl = \"postgres://a:secret@h/d?sslmode=maybe\"",
            "onepurse.toml:2:7: [ledger] url: its sslmode is none of disable, prefer, require, verify-ca and verify-full | write it like url = \"postgres://user:password@host:5432/name",
        ),
        (
            "[ledger]\nurl = \"/srv/l.db\"",
            "onepurse.toml:2:7: [ledger] url: this is no URL | write it like url = \"sqlite://ledger.db\"",
        ),
        ("[ledger]\nkeep_days = 0", "onepurse.toml:2:13: keep_days: invalid value: integer `0`"),
        ("# монеты\nlanguage = ", "onepurse.toml:2:12: "),
        (
            "[[asset]]\nname = \"coins\"\n[[asset]]\nname = \"coins\"",
            "onepurse.toml:4:8: the asset `coins` is declared twice | ",
        ),
        ("[[asset]]\nname = \"coins\"\nscale = 12", "onepurse.toml:3:9: a scale of 12 is out of range"),
    ] {
        assert!(told(text).starts_with(expected), "{text}\n{}", told(text));
    }
}

#[test]
fn faults_of_a_platform_name_their_place_and_the_remedy() {
    let twice = |name: &str, database: &str| {
        balance(&format!(
            "[[platform]]\nname = \"{name}\"\ndatabase = \"{database}\"\n[[platform.balance]]\ntable = \"t\"\nid = \"i\"\ncolumn = \"c\""
        ))
    };
    for (text, expected) in [
        (
            twice("telegram", "sqlite:///other.db"),
            "onepurse.toml:9:8: the platform `telegram` is there twice | ",
        ),
        (
            twice("discord", "sqlite:///./bot.db"),
            "onepurse.toml:10:12: this is the database of the platform `telegram` already | ",
        ),
        (twice("discord", "sqlite://ledger.db"), "onepurse.toml:10:12: this is the ledger's own file | "),
        (
            twice("discord", "mongodb://h/d"),
            "onepurse.toml:10:12: [[platform]] database: `mongodb://` (MongoDB) is not supported | this version keeps bots' balances in SQLite, PostgreSQL or MariaDB: database = ",
        ),
        (
            twice("discord", "mysql://h"),
            "onepurse.toml:10:12: [[platform]] database: the URL lacks a host or a database's name",
        ),
        (
            twice("Discord", "sqlite:///other.db"),
            "onepurse.toml:9:8: `Discord` is no platform name: use a lower-case word",
        ),
        (
            "[[platform]]\nname = \"a\"".into(),
            "onepurse.toml:1:1: `database` is missing here | add `database = …`",
        ),
        (
            "[[platform]]\nname = \"a\"\ndatabase = \"sqlite:a\"".into(),
            "onepurse.toml:2:8: the platform `a` has no balance | add [[platform.balance]]",
        ),
    ] {
        assert!(told(&text).starts_with(expected), "{text}\n{}", told(&text));
    }
}

#[test]
fn faults_of_a_balance_name_their_place_and_the_remedy() {
    let second = "[[platform.balance]]\ntable = \"USERS\"\nid = \"user_id\"\ncolumn = \"coins\"";
    for (rest, expected) in [
        ("colum = \"x\"", "onepurse.toml:8:1: unknown key `colum` | did you mean `column`?"),
        ("reinsert = \"maybe\"", "onepurse.toml:8:12: unknown word `maybe` | write `restore` or `take`"),
        ("writes = \"often\"", "onepurse.toml:8:10: unknown word `often` | write `delta` or `absolute`"),
        (
            "asset = \"coin\"\n[[asset]]\nname = \"coins\"",
            "onepurse.toml:8:9: the asset `coin` is not declared | did you mean `coins`? Otherwise declare it with [[asset]] name = \"coin\"",
        ),
        (
            "floor = 0.5",
            "onepurse.toml:8:9: `0.5` is no amount with at most 0 decimals | write a whole number",
        ),
        ("floor = 99999999999999999999", "onepurse.toml:8:9: "),
        ("missing = \"9223372036854775808\"", "onepurse.toml:8:11: `9223372036854775808` is no amount"),
        ("missing = true", "onepurse.toml:8:11: missing: invalid type: boolean `true`, expected an amount"),
        ("where = \" \"", "onepurse.toml:8:9: this cannot be empty | "),
        ("key = \"\"", "onepurse.toml:8:7: this cannot be empty | "),
        ("decimals = 2", "onepurse.toml:8:12: the ledger keeps 0 decimals of `coins` | "),
        (second, "onepurse.toml:9:9: the asset `coins` has a balance on this platform already | "),
        (
            &format!("{second}\nasset = \"gems\"\n[[asset]]\nname = \"gems\""),
            "onepurse.toml:11:10: this column is the balance of `coins` already | ",
        ),
        (
            &format!("key = \"a\"\n{second}\nasset = \"gems\"\nkey = \"a\"\n[[asset]]\nname = \"gems\""),
            "onepurse.toml:12:10: this column is the balance of `coins` already | ",
        ),
    ] {
        assert!(told(&balance(rest)).starts_with(expected), "{rest}\n{}", told(&balance(rest)));
    }
    for (id, expected) in [
        ("[]", "onepurse.toml:6:6: this cannot be empty | "),
        ("[\"a\", \"a\"]", "onepurse.toml:6:6: a column is in the id twice | "),
        ("5", "onepurse.toml:6:6: id: invalid type: integer `5`, expected a column, or a list"),
    ] {
        let text = balance("").replace("\"user_id\"", id);
        assert!(told(&text).starts_with(expected), "{id}\n{}", told(&text));
    }
}

/// Telegram's balance and another platform's, each in a database; both count the same column of the same table.
fn beside(database: &str, other: &str) -> String {
    let balance = "[[platform.balance]]\ntable = \"users\"\nid = \"id\"\ncolumn = \"coins\"";
    let platform =
        |name: &str, url: &str| format!("[[platform]]\nname = \"{name}\"\ndatabase = \"{url}\"\n{balance}\n");
    platform("telegram", database) + &platform("discord", other)
}

#[test]
fn one_database_on_a_server_keeps_the_ledger_and_several_platforms() {
    let (one, other) =
        ("postgres://bot:secret@db/coins", "postgres://other:secret@db:5432/coins?sslmode=require");
    let column =
        "onepurse.toml:9:8: a column of this platform is a balance of the platform `telegram` already";
    assert!(told(&beside(one, other)).starts_with(column), "{}", told(&beside(one, other)));
    let apart = beside(one, "postgres://bot:secret@db/others");
    let ledger = format!("[ledger]\nurl = \"{one}\"\n{apart}");
    let config = read(&ledger).unwrap();
    assert_eq!(config.ledger, config.platforms[0].database);
    let seats: Vec<_> = config.platforms.iter().map(|platform| platform.seat.as_path()).collect();
    assert_eq!(seats, [Path::new("/etc/op/telegram"), Path::new("/etc/op/discord")]);
    assert!(!format!("{config:?}").contains("secret"), "{config:?}");
}

#[test]
fn a_password_with_an_at_is_no_host() {
    for scheme in ["postgres", "postgresql", "mysql", "mariadb"] {
        let url = format!("{scheme}://u:hunt@er2/x@h/d");
        let error = Config::read(Path::new("c"), Path::new(""), "", &ledger_at(&url)).unwrap_err();
        let told = format!("{error} {error:?} {:?}", error.hint());
        assert!(!told.contains("er2"), "{told}");
        assert!(told.contains("%40") || told.contains("NoLedger"), "{told}");
    }
}

#[test]
fn a_password_is_never_repeated() {
    for url in [
        "postgres://u:hunter2@h/d?color=red",
        "mysql://u:hunter2@h/d?color=red",
        "mysql://u:hunter2@h",
        "odd://u:hunter2@h",
        "u:hunter2@h",
        "sqlite://u:hunter2@h?x",
    ] {
        let text = format!("[ledger]\nurl = \"{url}\"");
        assert!(!told(&text).contains("hunter2"), "{}", told(&text));
        let error = Config::read(Path::new("c"), Path::new(""), "", &ledger_at(url)).unwrap_err();
        assert!(!format!("{error} {error:?} {:?}", error.hint()).contains("hunter2"), "{error:?}");
    }
}

#[test]
fn a_platform_is_found_or_suggested() {
    let config = read(GOOD).unwrap();
    assert!(config.platform(&"telegram".parse().unwrap()).is_ok());
    let error = config.platform(&"telegarm".parse().unwrap()).unwrap_err();
    assert_eq!(error.hint().as_deref(), Some("did you mean `telegram`?"));
    let error = config.platform(&"website".parse().unwrap()).unwrap_err();
    assert_eq!(error.hint().as_deref(), Some("it has `telegram`"));
}

#[test]
fn a_file_that_is_not_there_is_told_apart_from_one_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let load = |path: &Path| Config::load(path, &Environment::default()).unwrap_err().name();
    assert_eq!(load(&folder.path().join("onepurse.toml")), "ConfigMissing");
    assert_eq!(load(folder.path()), "ConfigUnreadable");
}
