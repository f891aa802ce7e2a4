//! What is hard to make sense of: rows renamed, second rows of one person, balances that are no numbers; and the owner who
//! puts the table in order.

use rusqlite::types::Value;

use super::{Bot, Deed, Done};
use crate::{auditor::Checked, dice::Dice};

impl Bot {
    /// What is no number. Without a key, someone whose row shows none and who has several would be left alone for two
    /// reasons at once, so there it is only what counts as nothing.
    pub(super) fn odd(&self, dice: &mut Dice) -> Option<Value> {
        if self.shape.nullable && (self.shape.is_keyless || dice.chance(500)) {
            return Some(Value::Null);
        }
        (!self.shape.is_keyless).then(|| Value::Text("lots".to_owned()))
    }

    /// One person's row becomes another's. Without a key, only where each has one row afterwards.
    pub(super) fn rename(&mut self, from: usize, to: usize, is_contended: bool) -> Checked<Done> {
        let (shape, table, is, id) = (self.shape, self.shape.table, self.shape.is(), self.shape.id[0]);
        let (how, only) = if shape.is_keyless {
            let one = format!("(SELECT count(*) FROM {table} WHERE {id} = ?2) = 1");
            ("", format!(" AND {one} AND NOT EXISTS (SELECT 1 FROM {table} WHERE {id} = ?1)"))
        } else {
            ("OR REPLACE ", String::new())
        };
        let sql = format!("UPDATE {how}{table} SET {id} = ?1 WHERE {is}{only}");
        self.renames = Some((shape.external(&from.to_string()), shape.external(&to.to_string())));
        let done = self.run(Deed::Rename, &[(sql, vec![shape.key(to), shape.key(from)])], is_contended);
        self.renames = None;
        done
    }

    /// The statement that takes second rows away.
    pub(super) fn single(&self, of: &str) -> String {
        let (table, id) = (self.shape.table, self.shape.id[0]);
        format!(
            "DELETE FROM {table} WHERE ?1 AND rowid IN (SELECT max(rowid) FROM {table} WHERE 1{of} GROUP BY {id} HAVING count(*) > 1)"
        )
    }

    /// The bot's owner takes away every second row, and corrects what is no number, as attaching asks for.
    pub fn tidy(&mut self) -> Checked<Done> {
        let mut committed = Vec::new();
        while self.shape.is_keyless && self.look()?.values().any(|row| row.count > 1) {
            let second = (self.single(""), vec![Value::Integer(1)]);
            committed.extend(self.run(Deed::Single, &[second], false)?.committed);
        }
        let (table, balances) = (self.shape.table, self.shape.balances);
        let correct = |(_, column): &(&str, &str)| {
            (format!("UPDATE {table} SET {column} = 0 WHERE typeof({column}) = 'text'"), vec![])
        };
        let corrections: Vec<_> = balances.iter().map(correct).collect();
        let done = self.run(Deed::Odd, &corrections, false)?;
        committed.extend(done.committed);
        Ok(Done { committed, ..done })
    }
}
