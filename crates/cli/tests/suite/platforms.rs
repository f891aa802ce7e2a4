//! The verbs that work on bots' databases: what they say, and how they end.

use std::{fs, net::TcpListener};

use serde_json::json;

use crate::world::{World, sql};

const CONFIG: &str = r#"
[website]
listen = "127.0.0.1:0"

[[platform]]
name = "telegram"
database = "sqlite://tg/bot.db"
[[platform.balance]]
table = "users"
id = "id"
column = "coins"

[[platform]]
name = "discord"
database = "sqlite://dc/bot.db"
[[platform.balance]]
table = "users"
id = "id"
column = "coins"
"#;

/// Two bots; telegram knows twenty users with ten coins each, discord one.
fn two_bots(language: &str) -> World {
    let world = World::new(&format!("language = \"{language}\"\n{CONFIG}"));
    for (folder, users) in [("tg", 20), ("dc", 1)] {
        fs::create_dir(world.path().join(folder)).unwrap();
        sql(
            &world.path().join(folder).join("bot.db"),
            &format!(
                "CREATE TABLE users (id INTEGER PRIMARY KEY, coins INTEGER);
                 WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {users})
                 INSERT INTO users SELECT i, 10 FROM n"
            ),
        );
    }
    world
}

fn telegram(world: &World, statement: &str) {
    sql(&world.path().join("tg/bot.db"), statement);
}

#[test]
fn attach_says_what_it_did() {
    let world = two_bots("en");
    let attached = world.run(&["attach", "telegram"]);
    assert_eq!(
        (attached.code, attached.out.as_str()),
        (0, "telegram: attached, and in step.\n20 people were taken in with the balances found there.\n")
    );
    let both = world.run(&["attach", "--json"]);
    assert_eq!(both.code, 0, "{both:?}");
    let end = |name, state| json!({ "name": name, "state": state, "question": null, "differences": [], "warnings": [] });
    assert_eq!(
        both.json(),
        json!({ "platforms": [end("telegram", "already attached"), end("discord", "attached")] })
    );
    assert!(!world.path().join("tg/bot.db-onepurse").exists(), "its lock file goes with it");
}

#[test]
fn attach_lists_what_differs_and_says_what_becomes_of_it() {
    let world = two_bots("ru");
    assert_eq!(world.run(&["attach"]).code, 0);
    assert_eq!(world.run(&["detach", "telegram"]).code, 0);
    telegram(&world, "UPDATE users SET coins = 70 WHERE id = 3");
    let again = world.run(&["attach", "telegram"]);
    assert_eq!(
        again.out,
        "telegram: подключена, синхронно.\n\
         telegram: 1 баланс расходится с единой базой\n  \
         telegram:3: coins в её базе 70, в единой 10\n\
         Права единая база: эти строки получают её баланс \
         (`onepurse attach --count-changes` учёл бы расхождения).\n"
    );
    assert_eq!(world.run(&["detach", "telegram"]).code, 0);
    telegram(&world, "UPDATE users SET coins = 70 WHERE id = 3");
    let counted = world.run(&["attach", "telegram", "--count-changes"]);
    assert!(counted.out.contains("Учтено: ") && !counted.out.contains("Права единая база"), "{counted:?}");
}

#[test]
fn a_ledger_is_not_made_beside_one_that_is_away() {
    let world = two_bots("en");
    assert_eq!(world.run(&["attach", "telegram"]).code, 0);
    fs::rename(world.path().join("ledger.db"), world.path().join("away.db")).unwrap();
    let refused = world.run(&["attach", "discord", "--json"]);
    assert_eq!((refused.code, refused.error()["error"].as_str()), (4, Some("LedgerMissing")), "{refused:?}");
    assert!(!world.path().join("ledger.db").exists());
}

#[test]
fn detach_keeps_what_the_ledger_does_not_have() {
    let world = two_bots("en");
    assert_eq!(world.run(&["attach"]).code, 0);
    fs::rename(world.path().join("ledger.db"), world.path().join("away.db")).unwrap();
    telegram(&world, "UPDATE users SET coins = coins + 5 WHERE id < 4");
    let refused = world.run(&["detach", "telegram"]);
    assert_eq!((refused.code, refused.out.as_str()), (4, ""), "{refused:?}");
    assert!(refused.err.contains("3 of its events are not in the ledger yet"), "{refused:?}");
    assert!(refused.err.contains("hint: ") && refused.err.contains("--force"), "{refused:?}");
    let forced = world.run(&["detach", "telegram", "--force"]);
    assert_eq!(
        (forced.code, forced.out.as_str()),
        (0, "telegram: detached; 3 events never reached the ledger.\n")
    );
    let nothing = world.run(&["detach", "telegram", "--json"]);
    assert_eq!(
        nothing.json(),
        json!({ "platforms": [{ "name": "telegram", "was_attached": false, "lost": 0, "ledger_stays": false }] })
    );
}

#[test]
fn a_paused_platform_is_told_of_everywhere() {
    let world = two_bots("en");
    assert_eq!(world.run(&["attach"]).code, 0);
    telegram(&world, "DELETE FROM users WHERE id > 5");
    let paused = world.run(&["sync", "--until-idle", "--json", "--log-level", "off"]);
    assert_eq!(paused.code, 5, "{paused:?}");
    assert_eq!(paused.json()["platforms"][0]["state"], "paused");
    assert_eq!(paused.json()["platforms"][1]["state"], "in step");

    let status = world.run(&["status"]);
    assert!(status.out.contains("`onepurse resume telegram` says what can be answered"), "{status:?}");
    let asked = world.run(&["resume", "telegram"]);
    assert_eq!(asked.code, 5, "{asked:?}");
    for part in [
        "of 20 people, 0 show another",
        "15 have lost their row",
        "--answer ledger\n",
        "Rows that are gone stay gone",
        "--answer count\n",
        "lose what they had",
    ] {
        assert!(asked.out.contains(part), "`{part}`: {asked:?}");
    }
    let asked = world.run(&["resume", "telegram", "--json"]);
    assert_eq!((asked.code, &asked.json()["question"]["kind"]), (5, &json!("mass")), "{asked:?}");
    assert_eq!(asked.json()["answers"].as_object().unwrap().len(), 2);
    assert_eq!(world.run(&["resume", "telegram", "--answer", "maybe"]).code, 2);
    let answered = world.run(&["resume", "telegram", "--answer", "ledger"]);
    assert!(answered.code == 0 && answered.out.contains("answered with ledger"), "{answered:?}");
    let synced = world.run(&["sync", "--until-idle"]);
    assert_eq!((synced.code, synced.out.as_str()), (0, "telegram: in step\ndiscord: in step\n"));
    let nothing = world.run(&["resume", "telegram"]);
    assert_eq!(nothing.code, 0);
    assert_eq!(nothing.out, "telegram is not paused: there is nothing to answer.\n");
}

#[test]
fn the_question_is_asked_in_russian_too() {
    let world = two_bots("ru");
    assert_eq!(world.run(&["attach"]).code, 0);
    telegram(&world, "DELETE FROM users WHERE id > 5");
    let paused = world.run(&["sync", "--until-idle", "--log-level", "off"]);
    assert!(paused.out.starts_with("telegram: на паузе (") && paused.out.ends_with("discord: синхронно\n"));
    let asked = world.run(&["resume", "telegram"]);
    assert!(asked.out.contains("людей 20: ") && asked.out.contains("строки больше нет у 15"), "{asked:?}");
}

#[test]
fn status_works_with_everything_away() {
    let world = two_bots("en");
    assert_eq!(world.run(&["attach"]).code, 0);
    let nobody = "nobody is working on it";
    assert_eq!(world.run(&["status"]).out.matches(nobody).count(), 0, "everything is in step");
    assert!(world.run(&["status"]).out.starts_with("The ledger sqlite://ledger.db: in order, entries: 21\n"));
    fs::rename(world.path().join("ledger.db"), world.path().join("away.db")).unwrap();
    fs::rename(world.path().join("dc"), world.path().join("gone")).unwrap();
    let status = world.run(&["status"]);
    assert_eq!(status.code, 0, "{status:?}");
    assert_eq!(status.out.matches("there is no ledger at").count(), 1, "{status:?}");
    for part in [
        "The ledger sqlite://ledger.db: missing\n",
        "telegram  behind",
        "discord   unreachable",
        "telegram: nobody is working on it",
    ] {
        assert!(status.out.contains(part), "`{part}`: {status:?}");
    }
    let json = world.run(&["status", "--json"]).json();
    assert_eq!(json["ledger"]["state"], "missing");
    assert!(json["ledger"]["reason"].as_str().unwrap().contains("there is no ledger at"), "{json}");
    assert_eq!(world.run(&["verify"]).code, 4);
}

#[test]
fn status_says_what_to_do() {
    let world = two_bots("en");
    let status = world.run(&["status"]);
    assert_eq!(status.out.matches(": nobody is working on it").count(), 2, "{status:?}");
    assert_eq!(world.run(&["attach"]).code, 0);
    telegram(&world, "UPDATE users SET coins = 'many' WHERE id = 3");
    assert_eq!(world.run(&["sync", "--until-idle"]).code, 0);
    let status = world.run(&["status"]);
    assert!(status.out.contains("\ntelegram:3 (coins): not a number\n"), "{status:?}");
    assert!(status.out.contains("Not a number: correct the row."), "{status:?}");
    assert!(!status.out.contains("nobody is working on it"), "{status:?}");
}

#[test]
fn verify_counts_what_it_checked() {
    let world = two_bots("en");
    assert_eq!(world.run(&["attach"]).code, 0);
    let verified = world.run(&["verify"]);
    let expected = "Checked: 21 entries, 21 purses, 21 identities in the bots' databases; left out (on their way, or left alone): 0\n\
                    Everything holds.\n\
                    Head, to be kept elsewhere for --against: 21:";
    assert_eq!((verified.code, verified.out.get(..expected.len())), (0, Some(expected)));
    assert_eq!(verified.out.len(), expected.len() + 64 + 1, "{verified:?}");
}

#[test]
fn a_database_has_one_place_wherever_the_program_is_called_from() {
    let world = two_bots("en");
    assert_eq!(world.run(&["attach"]).code, 0);
    for config in
        ["./onepurse.toml", "tg/../onepurse.toml", world.path().join("onepurse.toml").to_str().unwrap()]
    {
        let synced = world.run(&["sync", "--until-idle", "--config", config]);
        assert_eq!(synced.code, 0, "{config}: {synced:?}");
    }
}

#[test]
fn run_says_what_it_cannot_do() {
    let nothing = World::new("").run(&["sync", "--until-idle", "--log-level", "off"]);
    assert_eq!(nothing.code, 2, "{nothing:?}");
    assert!(nothing.err.contains("names no platform") && nothing.err.contains("[[platform.balance]]"));

    let world = two_bots("en");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    fs::write(world.path().join("onepurse.toml"), CONFIG.replace("127.0.0.1:0", &address)).unwrap();
    let cannot = world.run(&["run", "--log-level", "off"]);
    assert_eq!((cannot.code, cannot.out.as_str()), (4, ""), "{cannot:?}");
    assert!(cannot.err.contains(&address) && cannot.err.contains("hint: "), "{cannot:?}");
}
