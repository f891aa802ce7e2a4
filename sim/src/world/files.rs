//! What whoever has a hand on the files does: backs up, puts back, makes anew, takes triggers out.

use std::{fs, path::Path};

use onepurse_replica::Reinsert;
use rusqlite::Connection;

use super::{LedgerBackup, World, build::make_database, faults::Fault, task::KEEP_MS};
use crate::auditor::{Checked, Memory, Violation};

const HOUR_MS: i64 = 3_600_000;
/// What is included is kept for longer than the oldest backup of the ledger that one would put back, by every clock.
const OLDEST_BACKUP_MS: i64 = KEEP_MS - 24 * HOUR_MS;

impl World {
    pub(crate) fn back_up_replica(&mut self, platform: usize) -> Checked {
        let to = self.new_file();
        let watched = &self.auditor.platforms[platform];
        watched.eye.back_up(&to)?;
        let memory = watched.memory.clone();
        let home = &mut self.platforms[platform];
        if home.backups.len() > 3 {
            home.backups.remove(0);
        }
        home.backups.push((to, memory));
        let name = home.name.clone();
        self.tell(|| format!("{name} is backed up"));
        Ok(())
    }

    /// An older copy of a platform's database takes its place. The bot is stopped for it; engines are not.
    pub(super) fn restore_replica(&mut self, platform: usize) -> Checked {
        let which = self.dice.below(self.platforms[platform].backups.len());
        let Some((from, memory)) = self.platforms[platform].backups.get(which).cloned() else {
            return Ok(());
        };
        self.put_back_replica(platform, &from, memory)
    }

    pub(super) fn put_back_replica(&mut self, platform: usize, from: &Path, memory: Memory) -> Checked {
        let home = &mut self.platforms[platform];
        home.bots.iter_mut().for_each(crate::bot::Bot::end);
        let path = home.path.clone();
        put_in_place(from, &path)?;
        self.auditor.forget(platform, memory)?;
        self.faults.count(Fault::ReplicaRestored);
        let name = self.platforms[platform].name.clone();
        self.tell(|| format!("{name} is put back from a backup"));
        Ok(())
    }

    pub(crate) fn back_up_ledger(&mut self) -> Checked {
        let to = self.new_file();
        let mirror = self.auditor.books.back_up(&to)?;
        if self.ledger_backups.len() > 3 {
            self.ledger_backups.remove(0);
        }
        self.ledger_backups.push(LedgerBackup { path: to, mirror, taken_ms: self.time.now_ms() });
        self.tell(|| "the ledger is backed up".to_owned());
        Ok(())
    }

    /// An older copy of the ledger takes its place: with the programs stopped, or under them.
    pub(super) fn restore_ledger(&mut self) -> Checked {
        let which = self.dice.below(self.ledger_backups.len());
        let Some(backup) = self.ledger_backups.get(which).cloned() else { return Ok(()) };
        if self.time.now_ms() - backup.taken_ms > OLDEST_BACKUP_MS {
            return Ok(());
        }
        if !self.auditor.books.is_told_apart(&backup.mirror) {
            return Ok(());
        }
        if self.dice.chance(500) {
            (0..self.processes.len()).for_each(|process| self.crash(process));
        }
        self.put_back_ledger(backup)
    }

    /// The last copy of the ledger takes its place under the programs that run, and people go on with it at once.
    pub(super) fn overtake_put_back(&mut self) -> Checked {
        let head = self.auditor.books.head();
        let is_kept = |backup: &LedgerBackup| self.time.now_ms() - backup.taken_ms <= OLDEST_BACKUP_MS;
        let is_kept =
            |backup: &LedgerBackup| is_kept(backup) && self.auditor.books.is_told_apart(&backup.mirror);
        let Some(backup) = self.ledger_backups.last().filter(|&backup| is_kept(backup)).cloned() else {
            return Ok(());
        };
        self.put_back_ledger(backup)?;
        self.overtake(head)
    }

    pub(super) fn put_back_ledger(&mut self, backup: LedgerBackup) -> Checked {
        let path = self.folder.path().join("ledger.db");
        self.auditor.ledger_goes()?;
        put_in_place(&backup.path, &path)?;
        self.auditor.ledger_restored(&path, backup.mirror)?;
        self.people.forget_codes();
        self.faults.count(Fault::LedgerRestored);
        self.tell(|| "the ledger is put back from a backup".to_owned());
        Ok(())
    }

    /// Whether what a bot writes to no one's notice can be told apart afterwards.
    pub(super) fn may_lose_capture(&self, platform: usize) -> bool {
        let home = &self.platforms[platform];
        home.shape.reinsert != Reinsert::Take && home.shape.missing.is_none() && !home.machine.disk.is_full()
    }

    /// The bot drops its table and makes it again, as some do on a wipe.
    pub(super) fn remake_table(&mut self, platform: usize) -> Checked {
        if !self.may_lose_capture(platform) {
            return Ok(());
        }
        let home = &mut self.platforms[platform];
        home.bots.iter_mut().for_each(crate::bot::Bot::end);
        let db = Connection::open(&home.path)?;
        let (table, create, triggers) = (home.shape.table, home.shape.create, home.shape.triggers);
        db.execute_batch(&format!("BEGIN IMMEDIATE; DROP TABLE {table}; {create}; {triggers}; COMMIT"))?;
        let name = home.name.clone();
        self.auditor.platforms[platform].memory.capturing = false;
        self.faults.count(Fault::TableRemade);
        self.tell(|| format!("{name}'s bot makes its table anew"));
        Ok(())
    }

    /// Somebody takes the triggers for a mistake.
    pub(super) fn drop_triggers(&mut self, platform: usize) -> Checked {
        if !self.may_lose_capture(platform) {
            return Ok(());
        }
        let home = &mut self.platforms[platform];
        home.bots.iter_mut().for_each(crate::bot::Bot::end);
        let db = Connection::open(&home.path)?;
        let names: Vec<String> = db
            .prepare("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'onepurse%'")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let drops: String = names.iter().map(|name| format!("DROP TRIGGER \"{name}\";")).collect();
        db.execute_batch(&format!("BEGIN IMMEDIATE; {drops} COMMIT"))?;
        let name = home.name.clone();
        self.auditor.platforms[platform].memory.capturing = false;
        self.faults.count(Fault::TriggersDropped);
        self.tell(|| format!("{name} loses its triggers"));
        Ok(())
    }

    /// The bot's database is gone; the bot makes an empty one.
    pub(super) fn wipe(&mut self, platform: usize) -> Checked {
        if !self.dice.chance(300) {
            return Ok(());
        }
        let to = self.new_file();
        let home = &mut self.platforms[platform];
        home.bots.iter_mut().for_each(crate::bot::Bot::end);
        make_database(&to, &home.shape)?;
        let (path, name) = (home.path.clone(), home.name.clone());
        put_in_place(&to, &path)?;
        self.auditor.forget(platform, Memory::default())?;
        self.faults.count(Fault::Wiped);
        self.tell(|| format!("{name}'s database is gone, and its bot makes an empty one"));
        Ok(())
    }
}

/// A copy of `from` takes the place of `path`; what SQLite keeps beside it goes.
pub(super) fn put_in_place(from: &Path, path: &Path) -> Checked {
    let failed = |error: std::io::Error| Violation::new(0, format!("{}: {error}", path.display()));
    let copy = path.with_extension("copy");
    fs::copy(from, &copy).map_err(failed)?;
    fs::rename(&copy, path).map_err(failed)?;
    for suffix in ["-wal", "-shm", "-journal"] {
        let mut beside = path.as_os_str().to_owned();
        beside.push(suffix);
        match fs::remove_file(beside) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
    }
    Ok(())
}
