//! Ledgers with years behind them, filled by SQL: everything stands where it would, and only hashes are not those of what they
//! cover, which nothing that appends looks at.
//!
//! Everybody plays once in every round, in an order that leaps about: so who played when, and when before, is worked out and
//! not looked up.
//!
//! The indexes are taken away meanwhile: made over everything at once they take minutes, kept up row by row they take hours.

mod postgres;
mod sqlite;

pub(crate) use postgres::fill_postgres;
pub(crate) use sqlite::fill_sqlite;

/// How much there is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// Purses, each with one identity, as [`crate::crowd::Crowd`] names them.
    pub(crate) purses: u32,
    /// Entries: a multiple of the purses.
    pub(crate) entries: u32,
}

/// Whose an entry is follows from its number times this, modulo the number of purses: with which it must have no divisor in
/// common, as with none whose divisors are 2 and 5.
const STEP: i64 = 7_919_317;

impl Size {
    /// What leads from a purse back to its entry of the first round.
    fn back(self) -> i64 {
        let purses = i64::from(self.purses);
        (1..purses).find(|back| back * (STEP % purses) % purses == 1).unwrap_or(1)
    }

    /// The statement with these numbers in it: `{purses}`, `{entries}`, `{step}`, `{back}`.
    fn told(self, sql: &str) -> String {
        let Self { purses, entries } = self;
        sql.replace("{purses}", &purses.to_string())
            .replace("{entries}", &entries.to_string())
            .replace("{step}", &STEP.to_string())
            .replace("{back}", &self.back().to_string())
    }
}

#[cfg(test)]
mod tests {
    use onepurse_core::{Asset, AssetName, Scale};
    use onepurse_ledger::{AuditScope, Ledger, Records};
    use onepurse_servers::Postgres;

    use super::*;
    use crate::{
        crowd::Crowd,
        ledgers::{on_postgres, on_sqlite},
    };

    const SIZE: Size = Size { purses: 1_000, entries: 5_000 };

    async fn declare(ledger: &impl Ledger) {
        ledger.declare(vec![Asset::new(AssetName::default(), Scale::WHOLE)]).await.unwrap();
    }

    /// Nothing is wrong with it but hashes and tags, and it goes on.
    async fn adds_up(ledger: &(impl Ledger + Records)) {
        ledger.append(Crowd::new("telegram", SIZE.purses, 1).events(100).unwrap()).await.unwrap();
        let mut found = ledger.audit(AuditScope::default()).await.unwrap();
        found.broken.retain(|told| !told.contains("hash was made of") && !told.contains("tag was made of"));
        assert_eq!((found.broken, found.not_conserved, found.twice), (vec![], vec![], vec![]));
        assert_eq!((found.entries, found.purses), (5_100, 1_000));
        let first = &ledger.leaderboard(AssetName::default(), 0, 1).await.unwrap()[0];
        assert!(first.amount.units() > 5);
    }

    #[tokio::test]
    async fn a_ledger_in_sqlite_adds_up_after_it_was_filled() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = on_sqlite(folder.path()).unwrap();
        declare(&*ledger).await;
        fill_sqlite(folder.path(), SIZE).unwrap();
        adds_up(&*ledger).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_ledger_on_postgres_adds_up_after_it_was_filled() {
        let database = Postgres::shared().database();
        let ledger = on_postgres(&database).await.unwrap();
        declare(&*ledger).await;
        fill_postgres(&database, SIZE).await.unwrap();
        adds_up(&*ledger).await;
    }

    #[test]
    fn back_leads_to_where_a_purse_was_first() {
        let (purses, back) = (i64::from(SIZE.purses), SIZE.back());
        for entry in 1..=purses {
            let purse = entry * STEP % purses;
            assert_eq!(purse * back % purses, entry % purses);
        }
    }
}
