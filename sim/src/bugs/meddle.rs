//! What bugs of a replica do to a bot's database, which no call of a replica would.

use onepurse_core::{Amount, Changes, PurseId, Standing};
use onepurse_replica::{Applied, ReplicaError};
use rusqlite::{Connection, params};

use super::{Bug, BuggyReplica};
use crate::gate::Point;

impl BuggyReplica {
    /// Does something to the database that no call of a replica would.
    pub(super) fn meddle(&self, bug: Bug, sql: &str) -> Result<(), ReplicaError> {
        if self.plant.is(bug) { self.with_database(|db| db.execute_batch(sql)) } else { Ok(()) }
    }

    fn with_database<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, ReplicaError> {
        let done = Connection::open(&self.path).and_then(|mut db| {
            self.machine.connect(&mut db)?;
            work(&db)
        });
        done.map_err(|error| ReplicaError::Unavailable { place: self.location(), source: error.into() })
    }

    fn location(&self) -> String {
        self.replica.location()
    }

    /// Makes every trigger of an update believe that the bot itself is writing.
    pub(super) fn unsuppress(&self) -> Result<(), ReplicaError> {
        if !self.plant.is(Bug::Captures) {
            return Ok(());
        }
        self.with_database(|db| {
            let mut found = db.prepare(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'onepurse%update'",
            )?;
            let triggers = found
                .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            for (name, sql) in triggers {
                let sql = sql.replace("FROM onepurse_applying WHERE", "FROM onepurse_applying WHERE 0 AND");
                db.execute_batch(&format!("DROP TRIGGER \"{name}\"; {sql}"))?;
            }
            Ok(())
        })
    }

    /// Applies without marking; the marks come later, if nothing happens in between.
    pub(super) async fn include_later(
        &mut self,
        changes: &Changes,
        now_ms: i64,
    ) -> Result<Applied, ReplicaError> {
        let unmarked = Changes { own: vec![], openings: vec![], ..changes.clone() };
        let applied = self.replica.apply(&unmarked, now_ms).await?;
        self.gate.wait(Point::Replica("apply")).await;
        let own: Vec<_> = changes.own.iter().map(|key| format!("'{key}'")).collect();
        let columns = "mapping, id, kind, delta, before, after, at_ms, nonce, reason";
        let mine = format!("printf('%016x', at_ms) || lower(hex(nonce)) IN ({})", own.join(", "));
        self.meddle(
            Bug::IncludesLater,
            &format!(
                "INSERT INTO onepurse_kept ({columns}, included_ms) SELECT {columns}, {now_ms} FROM onepurse_outbox WHERE {mine}; \
                 DELETE FROM onepurse_outbox WHERE {mine};"
            ),
        )?;
        Ok(applied)
    }

    /// Gives everyone whose purse owes a coin to look at, and holds that besides.
    pub(super) fn show_debts(&self) -> Result<(), ReplicaError> {
        let (table, guild) = (self.shape.table, self.shape.guild);
        let id = guild.map_or_else(String::new, |guild| format!(" || ':{guild}'"));
        let id = format!("CAST(t.{} AS TEXT){id}", self.shape.id[0]);
        for (asset, column) in self.shape.balances {
            let one = if *asset == "coins" { self.scale.units_per_one() } else { 1 };
            self.meddle(
                Bug::ShowsDebts,
                &format!(
                    "BEGIN IMMEDIATE;
                     INSERT INTO onepurse_applying SELECT i.mapping, i.id FROM onepurse_identity AS i
                         JOIN onepurse_mapping AS m ON m.mapping = i.mapping JOIN {table} AS t ON {id} = i.id
                         WHERE m.asset = '{asset}' AND i.held < 0 AND i.paused IS NULL AND i.todo = 0 AND t.{column} = 0;
                     UPDATE {table} AS t SET {column} = 1 WHERE {id} IN (SELECT id FROM onepurse_applying);
                     UPDATE onepurse_identity SET held = held - {one}
                         WHERE (mapping, id) IN (SELECT mapping, id FROM onepurse_applying);
                     DELETE FROM onepurse_applying;
                     COMMIT"
                ),
            )?;
        }
        Ok(())
    }

    /// What is stored of everyone, as if the ledger had said it of those whom it does not name.
    pub(super) fn name_everyone(&self, changes: &mut Changes) -> Result<(), ReplicaError> {
        let stored = self.with_database(|db| {
            let mut found = db.prepare(
                "SELECT m.asset, i.id, i.stored, ifnull(i.purse, 0) FROM onepurse_identity AS i \
                 JOIN onepurse_mapping AS m ON m.mapping = i.mapping WHERE i.stored <> 0",
            )?;
            let rows = found.query_map(params![], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get(2)?, row.get(3)?))
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        })?;
        for (asset, external, amount, purse) in stored {
            let is_named = changes
                .balances
                .iter()
                .any(|balance| balance.asset.as_str() == asset && balance.external.as_str() == external);
            if let (false, Ok(asset), Ok(external)) = (is_named, asset.parse(), external.try_into()) {
                let (amount, purse) = (Amount::new(amount), PurseId(purse));
                changes.balances.push(Standing { asset, external, amount, purse });
            }
        }
        Ok(())
    }
}
