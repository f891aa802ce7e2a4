//! Whatever happens to the file under a running program has a name, and passes.

use std::{fs, os::unix::fs::symlink, path::Path, sync::Arc};

use onepurse_core::{Answer, Cursor, Question, ReplicaId};
use onepurse_ledger::{AuditScope, Ledger, LedgerError, Open, Outcome, Records, Registration, SqliteLedger};
use rusqlite::Connection;

use crate::{
    contract::{Fixture, Sqlite},
    support::*,
};

fn open(path: &Path, open: Open) -> Result<SqliteLedger, LedgerError> {
    SqliteLedger::open(path, open, clock(), random(2))
}

/// What every kind of call says.
fn failures(ledger: &SqliteLedger) -> [LedgerError; 5] {
    let question = Question { platform: platform("telegram"), from: Cursor::ZERO, oldest_ms: 0 };
    [
        wait(ledger.id()).unwrap_err(),
        wait(ledger.append(vec![change(999, "telegram:1", 1)])).unwrap_err(),
        wait(ledger.pull(question)).unwrap_err(),
        wait(ledger.link(link(9, "telegram:1", "discord:2"))).unwrap_err(),
        wait(ledger.audit(AuditScope::default())).unwrap_err(),
    ]
}

/// That the ledger is there again, with what it had, and takes more.
fn assert_goes_on(ledger: &SqliteLedger, coins: i64) {
    assert_eq!(ledger.coins("telegram:1"), coins);
    let n = u64::try_from(ledger.end().seq).unwrap() + 1;
    assert!(matches!(ledger.enter(&[change(n, "telegram:1", 0)])[0], Outcome::Entered { .. }));
    ledger.assert_sound();
}

fn earned_100() -> (Sqlite, Arc<SqliteLedger>) {
    let (place, ledger) = Sqlite::start();
    ledger.enter(&[change(1, "telegram:1", 60), change(2, "telegram:1", 40)]);
    (place, ledger)
}

fn beside(path: &Path, suffix: &str) -> std::path::PathBuf {
    format!("{}{suffix}", path.display()).into()
}

#[test]
fn what_is_not_there_is_missing_or_made() {
    let (place, ledger) = earned_100();
    let folder = place.path().parent().unwrap().to_owned();
    let absent = folder.join("absent.db");
    assert!(matches!(open(&absent, Open::Existing), Err(LedgerError::Missing { .. })));
    assert!(!absent.exists(), "asking makes nothing");
    let made = open(&absent, Open::Create).unwrap();
    let again = open(&absent, Open::Existing).unwrap();
    assert_eq!(wait(made.id()).unwrap(), wait(again.id()).unwrap());
    assert_ne!(wait(made.id()).unwrap(), wait(ledger.id()).unwrap());
    let nowhere = folder.join("no/such/folder/ledger.db");
    assert!(matches!(open(&nowhere, Open::Create), Err(LedgerError::Unavailable { .. })));
}

#[test]
fn another_programs_database_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bot.db");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE ledger (amount INTEGER)").unwrap();
    let before = fs::read(&path).unwrap();
    for how in [Open::Create, Open::Existing] {
        assert!(matches!(open(&path, how), Err(LedgerError::NotALedger { .. })));
    }
    assert_eq!(fs::read(&path).unwrap(), before);
    fs::write(&path, "not a database, but some text that is long enough to be one").unwrap();
    assert!(matches!(open(&path, Open::Create), Err(LedgerError::NotALedger { .. })));
    fs::write(&path, "").unwrap();
    assert!(matches!(open(&path, Open::Existing), Err(LedgerError::NotALedger { .. })));
}

#[test]
fn a_newer_ledger_is_refused() {
    let (place, ledger) = earned_100();
    place.by_hand().execute("UPDATE ledger SET schema = 99", []).unwrap();
    let refused = open(&place.path(), Open::Existing).err().unwrap();
    assert!(matches!(refused, LedgerError::NewerSchema { found: 99, known: 10, .. }), "{refused}");
    drop(ledger);
}

#[test]
fn an_older_ledger_is_brought_up_to_date_with_all_that_it_has() {
    let (place, ledger) = earned_100();
    let registration = |revision| Registration {
        platform: platform("telegram"),
        replica: ReplicaId([1; 16]),
        location: "sqlite:///bot.db".to_owned(),
        fingerprint: None,
        left_at: None,
        held: vec![],
        revision,
    };
    wait(ledger.register(registration(1))).unwrap();
    drop(ledger);
    place
        .by_hand()
        .execute_batch("DROP TABLE bookmark; DROP TABLE code; DROP TABLE code_try; ALTER TABLE asset DROP COLUMN merge; ALTER TABLE asset DROP COLUMN overdraft; DROP TABLE request; ALTER TABLE platform DROP COLUMN fingerprint; ALTER TABLE platform DROP COLUMN left_held; ALTER TABLE platform DROP COLUMN revision; DROP TABLE place; DROP TABLE places; DROP INDEX entry_captured; ALTER TABLE balance DROP COLUMN last_seq; ALTER TABLE entry DROP COLUMN previous; ALTER TABLE ledger DROP COLUMN revision; CREATE INDEX entry_purse ON entry (purse, seq); CREATE INDEX entry_captured ON entry (captured_ms); CREATE INDEX balance_amount ON balance (asset, amount DESC); UPDATE ledger SET schema = 1")
        .unwrap();
    let ledger = open(&place.path(), Open::Existing).unwrap();
    assert_goes_on(&ledger, 100);
    ledger.assert_sound();
    assert_eq!(wait(ledger.registration(platform("telegram"))).unwrap(), Some(registration(1)));
    wait(ledger.register(registration(2))).unwrap();
}

#[test]
fn a_clean_close_leaves_one_file() {
    let (place, ledger) = earned_100();
    assert!(beside(&place.path(), "-wal").exists());
    drop(ledger);
    assert!(!beside(&place.path(), "-wal").exists());
    assert_goes_on(&open(&place.path(), Open::Existing).unwrap(), 100);
}

#[test]
fn a_removed_file_is_missing_until_it_is_back() {
    let (place, ledger) = earned_100();
    place.back_up();
    for suffix in ["", "-wal", "-shm"] {
        fs::remove_file(beside(&place.path(), suffix)).unwrap();
    }
    for error in failures(&ledger) {
        assert!(matches!(&error, LedgerError::Missing { .. }) && error.is_retryable(), "{error}");
    }
    assert!(!place.path().exists(), "it is not made again");
    place.put_back();
    assert_goes_on(&ledger, 100);
}

#[test]
fn a_file_that_was_moved_away_and_back_has_everything() {
    let (place, ledger) = earned_100();
    let away = place.path().with_extension("away");
    fs::rename(place.path(), &away).unwrap();
    assert!(matches!(wait(ledger.head()), Err(LedgerError::Missing { .. })));
    fs::rename(&away, place.path()).unwrap();
    assert_goes_on(&ledger, 100);
}

#[test]
fn what_the_old_files_log_had_stays_with_the_old_file() {
    let (place, ledger) = earned_100();
    place.back_up();
    ledger.enter(&[change(3, "telegram:1", 11)]);
    let kept = place.path().with_extension("kept");
    fs::hard_link(place.path(), &kept).unwrap();
    place.put_back();
    assert_goes_on(&ledger, 100);
    assert_goes_on(&open(&kept, Open::Existing).unwrap(), 111);
}

#[test]
fn a_file_overwritten_in_place_is_read_anew() {
    let (place, ledger) = earned_100();
    place.back_up();
    let backup = place.path().with_file_name("backup.db");
    for _ in 0..3 {
        ledger.enter(&[change(50, "telegram:1", 1), change(51, "telegram:1", 1)]);
        let late = ledger.end();
        fs::copy(&backup, place.path()).unwrap();
        fs::remove_file(beside(&place.path(), "-wal")).unwrap();
        assert_eq!(ledger.answer("telegram", late), Answer::HistoryMismatch);
        assert_goes_on(&ledger, 100);
        assert_eq!(open(&place.path(), Open::Existing).unwrap().end(), ledger.end(), "as others see it");
    }
}

#[test]
fn garbage_in_its_place_is_no_ledger_until_it_is_back() {
    let (place, ledger) = earned_100();
    place.back_up();
    let garbage = place.path().with_extension("garbage");
    for content in [vec![b'x'; 9000], vec![]] {
        fs::write(&garbage, &content).unwrap();
        fs::rename(&garbage, place.path()).unwrap();
        for error in failures(&ledger) {
            assert!(matches!(&error, LedgerError::NotALedger { .. }) && error.is_retryable(), "{error}");
        }
        assert_eq!(fs::read(place.path()).unwrap(), content, "it is left as it is");
        place.put_back();
        assert_goes_on(&ledger, 100);
    }
}

#[test]
fn what_cannot_be_opened_is_unavailable_until_it_can() {
    let (place, ledger) = earned_100();
    place.back_up();
    // Permissions stop no administrator; these stop everyone.
    let obstacles: [fn(&Path); 2] = [
        |path| fs::create_dir(path).unwrap(),
        |path| {
            symlink(path.with_extension("itself"), path.with_extension("itself")).unwrap();
            symlink(path.with_extension("itself"), path).unwrap();
        },
    ];
    for obstacle in obstacles {
        fs::remove_file(place.path()).unwrap();
        obstacle(&place.path());
        for error in failures(&ledger) {
            assert!(matches!(&error, LedgerError::Unavailable { .. }) && error.is_retryable(), "{error}");
        }
        if place.path().is_dir() {
            fs::remove_dir(place.path()).unwrap();
        }
        place.put_back();
        assert_goes_on(&ledger, 100);
    }
}

#[test]
fn another_ledger_in_its_place_shows_its_own_id() {
    let (place, ledger) = earned_100();
    let id = wait(ledger.id()).unwrap();
    let other = place.path().with_extension("other");
    drop(open(&other, Open::Create).unwrap());
    fs::rename(&other, place.path()).unwrap();
    assert_ne!(wait(ledger.id()).unwrap(), id);
    assert_eq!(ledger.end(), Cursor::ZERO);
}

#[test]
fn a_locked_file_can_be_read_and_is_written_when_it_is_free() {
    let (place, ledger) = earned_100();
    let other = place.by_hand();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    assert_eq!(ledger.coins("telegram:1"), 100);
    let locked = wait(ledger.append(vec![change(3, "telegram:1", 1)])).unwrap_err();
    assert!(matches!(&locked, LedgerError::Locked { .. }) && locked.is_retryable(), "{locked}");
    other.execute_batch("ROLLBACK").unwrap();
    assert_goes_on(&ledger, 100);
}

#[test]
fn a_file_that_another_program_keeps_for_itself_is_locked() {
    let (place, ledger) = earned_100();
    drop(ledger);
    let other = place.by_hand();
    other.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT").unwrap();
    let locked = open(&place.path(), Open::Existing).err().unwrap();
    assert!(matches!(locked, LedgerError::Locked { .. }), "{locked}");
    drop(other);
    assert_goes_on(&open(&place.path(), Open::Existing).unwrap(), 100);
}
