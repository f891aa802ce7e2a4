//! Who thought what: all that the auditor can see, in lines.

use super::{Auditor, truth::sums};

impl Auditor {
    /// Every platform's view of everyone, beside the ledger's.
    #[must_use]
    pub fn portrait(&self) -> Vec<String> {
        let mut lines = vec![format!("the ledger's log has {} entries", self.books.head())];
        for watched in &self.platforms {
            let (Ok(rows), Ok(tables)) = (watched.eye.rows(), watched.eye.tables()) else {
                lines.push(format!("{}: cannot be read", watched.name));
                continue;
            };
            let Some(tables) = tables else {
                lines.push(format!("{}: detached; its rows show {rows:?}", watched.name));
                continue;
            };
            lines.push(format!(
                "{}: has applied entry {}{}{}; {} events wait in its outbox",
                watched.name,
                tables.cursor.seq,
                if tables.resync { ", has to begin from zero" } else { "" },
                if tables.compare { ", has to compare" } else { "" },
                tables.outbox.len()
            ));
            let own = sums(&tables.outbox);
            for (who, stored) in &tables.identities {
                let shown =
                    rows.get(who).map_or_else(|| "no row".to_owned(), |local| format!("shows {local}"));
                lines.push(format!(
                    "    {} of {}: {shown}; stored {}, own {}, held {}{}; its purse has {} and is shared by {:?}",
                    who.0,
                    who.1,
                    stored.balance,
                    own.get(who).copied().unwrap_or_default(),
                    stored.held,
                    stored.paused.as_ref().map_or_else(
                        || if stored.waits { ", waits".to_owned() } else { String::new() },
                        |why| format!(", left alone: {why}")
                    ),
                    self.books.balance_now(&watched.name, &who.0, &who.1),
                    self.books.sharing(&watched.name, &who.1),
                ));
            }
        }
        lines
    }
}
