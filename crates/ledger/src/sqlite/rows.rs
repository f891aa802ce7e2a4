//! Many rows in one statement: SQLite begins and ends a statement once for all of them, and finds the place of the next row
//! from where it stands.

use rusqlite::{CachedStatement, Result, ToSql, Transaction};

/// How many rows a statement stores. What is left over goes by the smaller ones, so that a few statements do for any number.
const TOGETHER: [usize; 3] = [64, 8, 1];

/// The values of rows, bound one after the other.
pub(super) struct Row<'s, 't> {
    statement: &'s mut CachedStatement<'t>,
    bound: usize,
}

impl Row<'_, '_> {
    pub(super) fn bind(&mut self, value: impl ToSql) -> Result<()> {
        self.bound += 1;
        self.statement.raw_bind_parameter(self.bound, value)
    }
}

/// Inserts all of them: `around` stands before and after the values, of which `bind` binds so many `columns`.
pub(super) fn insert<T>(
    transaction: &Transaction,
    around: [&str; 2],
    columns: usize,
    mut all: &[T],
    bind: impl Fn(&mut Row, &T) -> Result<()>,
) -> Result<()> {
    for together in TOGETHER {
        if all.len() < together {
            continue;
        }
        let mut statement = transaction.prepare_cached(&sql(around, columns, together))?;
        while let Some((some, rest)) = all.split_at_checked(together) {
            let mut row = Row { statement: &mut statement, bound: 0 };
            some.iter().try_for_each(|one| bind(&mut row, one))?;
            statement.raw_execute()?;
            all = rest;
        }
    }
    Ok(())
}

fn sql([into, or]: [&str; 2], columns: usize, rows: usize) -> String {
    let row = format!("({})", vec!["?"; columns].join(","));
    format!("{into} VALUES {} {or}", vec![row; rows].join(","))
}
