//! A bot that does as it is told: one statement of SQL, instead of a deed of its own.

use super::Bot;
use crate::auditor::{Checked, Diff};

/// What came of a statement.
pub(crate) struct Said {
    /// What was committed by it, statement by statement.
    pub(crate) committed: Vec<Diff>,
    /// Why the database refused it.
    pub(crate) refused: Option<String>,
}

impl Bot {
    /// Executes a statement, which may also be BEGIN, COMMIT or ROLLBACK.
    pub(crate) fn say(&mut self, sql: &str) -> Checked<Said> {
        let verb = sql.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        let done = match verb.as_str() {
            "COMMIT" => self.commit(false)?,
            "ROLLBACK" => self.roll_back()?,
            "BEGIN" => {
                let refused = self.execute(sql, &[])?.err().map(|error| error.to_string());
                self.open = refused.is_none().then(Vec::new);
                return Ok(Said { committed: vec![], refused });
            }
            _ => return self.statement(sql),
        };
        let refused = done.story.contains("refused").then_some(done.story);
        Ok(Said { committed: done.committed, refused })
    }

    fn statement(&mut self, sql: &str) -> Checked<Said> {
        let mut committed = Vec::new();
        let before = self.look()?;
        if let Err(error) = self.execute(sql, &[])? {
            self.expected(&error, false)?;
            self.lost_transaction()?;
            return Ok(Said { committed, refused: Some(error.to_string()) });
        }
        let after = self.look()?;
        self.open.as_mut().unwrap_or(&mut committed).push(Diff::between(&before, &after));
        Ok(Said { committed, refused: None })
    }
}
