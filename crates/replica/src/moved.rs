//! Rows that a database moves by deleting and inserting them.

use std::collections::HashMap;

use crate::digest::{Fact, What};

/// In a partitioned table of PostgreSQL, a row whose id changes may come to be in another partition: that is a deletion
/// there and, right after it in the same statement, an insertion here. It is one row that becomes another identity's,
/// with its coins, as it would be in a plain table.
pub(crate) fn tell_moves(facts: &mut [Fact], is_partitioned: impl Fn(i64) -> bool) {
    // The last fact of each transaction, if it is a deletion.
    let mut deleted: HashMap<(i64, i64), usize> = HashMap::new();
    for at in 0..facts.len() {
        let (mapping, transaction) = (facts[at].mapping, facts[at].transaction);
        let before = deleted.remove(&(mapping, transaction));
        if !is_partitioned(mapping) {
            continue;
        }
        match facts[at].what {
            What::Went => drop(deleted.insert((mapping, transaction), at)),
            What::Came => {
                let is_move = |from: &usize| {
                    facts[*from].statement == facts[at].statement && facts[*from].id != facts[at].id
                };
                if let Some(from) = before.filter(is_move) {
                    (facts[from].what, facts[at].what) = (What::Lost, What::Got);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(id: &str, what: What, transaction: i64, statement: i64) -> Fact {
        let (was, shows) = (Some(1), Some(1));
        let id = id.to_owned();
        Fact { mapping: 1, id, what, was, shows, at_ms: 0, nonce: [0; 8], transaction, statement, rows: None }
    }

    #[test]
    fn a_row_that_is_deleted_and_inserted_by_one_statement_is_moved() {
        use What::{Came, Changed, Got, Lost, Went};
        for (facts, expected) in [
            (vec![fact("a", Went, 1, 0), fact("b", Came, 1, 0)], vec![Lost, Got]),
            // Two statements, two transactions, the same identity, another order: as they are.
            (vec![fact("a", Went, 1, 0), fact("b", Came, 1, 1)], vec![Went, Came]),
            (vec![fact("a", Went, 1, 0), fact("b", Came, 2, 0)], vec![Went, Came]),
            (vec![fact("a", Went, 1, 0), fact("a", Came, 1, 0)], vec![Went, Came]),
            (vec![fact("b", Came, 1, 0), fact("a", Went, 1, 0)], vec![Came, Went]),
            (
                vec![fact("a", Went, 1, 0), fact("c", Changed, 1, 0), fact("b", Came, 1, 0)],
                vec![Went, Changed, Came],
            ),
            // Two rows by one statement, and another bot's facts in between.
            (
                vec![
                    fact("a", Went, 1, 3),
                    fact("x", Went, 2, 3),
                    fact("b", Came, 1, 3),
                    fact("c", Went, 1, 3),
                    fact("d", Came, 1, 3),
                    fact("y", Came, 2, 3),
                ],
                vec![Lost, Lost, Got, Lost, Got, Got],
            ),
        ] {
            let mut told = facts.clone();
            tell_moves(&mut told, |_| true);
            assert_eq!(told.iter().map(|fact| fact.what).collect::<Vec<_>>(), expected, "{facts:?}");
            let mut plain = facts.clone();
            tell_moves(&mut plain, |_| false);
            assert!(plain.iter().zip(&facts).all(|(one, other)| one.what == other.what));
        }
    }
}
