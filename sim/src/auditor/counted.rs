//! What operators have counted: what a bot wrote while nothing of it was captured.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use onepurse_core::ChainHash;

use super::{
    Auditor, Checked, Key, Violation, Who,
    eye::{Event, Row, Stored, Tables},
    truth::sums,
};

/// Up to which entry a platform's database had come when it was detached.
#[derive(Debug, Clone, Default)]
pub enum Left {
    /// It was not, or everything since is counted.
    #[default]
    Nowhere,
    /// Up to this one, when its rows showed this.
    At(ChainHash, Rc<BTreeMap<Who, i64>>),
    /// The ledger was put back since, and may remember another time.
    Unsure,
}

impl Auditor {
    /// What was counted of someone is what their row shows now, less what it should show: what it was last shown when
    /// its database was detached, and what was captured since; or, where that is not known, what it has to show today.
    pub(super) fn check_counted(&self, platform: usize, tables: &Tables, made: &[Event]) -> Checked {
        let watched = &self.platforms[platform];
        let rows = watched.eye.rows()?;
        let keys: BTreeSet<Key> = made.iter().map(|event| event.key).collect();
        for (who, counted) in sums(made) {
            let shows = match rows.get(&who) {
                Some(Row { units: Some(units), .. }) => *units,
                Some(_) => continue,
                None => watched.eye.missing().unwrap_or_default(),
            };
            let counts_from = match &watched.memory.left {
                Left::Unsure => continue,
                Left::Nowhere => None,
                Left::At(entry, left_with) => {
                    self.last_shown(platform, *entry, &who, left_with.get(&who).copied(), &keys)
                }
            };
            let counts_from = match counts_from {
                // Of who was forgotten since, and came again, the ledger cannot say what they were shown.
                Some(known) if self.was_erased(&watched.name, &who) => {
                    [known, should_show(tables, &who, counted)].concat()
                }
                Some(known) => known,
                None => should_show(tables, &who, counted),
            };
            if !counts_from.contains(&(i128::from(shows) - counted)) {
                let what = format!(
                    "{} counted {counted} {} of {}, whose row shows {shows}, from none of {counts_from:?}",
                    watched.name, who.0, who.1
                );
                return Err(Violation::new(2, what));
            }
        }
        Ok(())
    }

    /// Whether someone on a platform was ever forgotten.
    fn was_erased(&self, platform: &str, who: &Who) -> bool {
        let who = (platform.to_owned(), who.1.clone());
        self.books.erased_at.values().any(|erased| erased.contains(&who))
    }

    /// What someone's row would show if nothing but captured changes had moved it since its database was detached; a
    /// debt was shown, or nothing was, or what its bot's own limits left. `None` where the ledger did not know them then.
    fn last_shown(
        &self,
        platform: usize,
        entry: ChainHash,
        who: &Who,
        shown: Option<i64>,
        made: &BTreeSet<Key>,
    ) -> Option<Vec<i128>> {
        let watched = &self.platforms[platform];
        let moment = self.books.moment(entry)?;
        let balance = moment.balance(&watched.name, &who.0, &who.1)?;
        let step = watched.eye.step(&who.0);
        let whole = i128::from(balance.div_euclid(step) * step);
        let captured: i128 = watched
            .memory
            .seen
            .difference(made)
            .filter_map(|key| self.written.get(key))
            .filter(|one| one.kind == "change" && one.who == *who)
            .filter_map(|one| one.deltas.last())
            .map(|&delta| i128::from(delta))
            .sum();
        let limited = shown.or(watched.eye.missing()).map(i128::from);
        Some([whole, whole.max(0)].into_iter().chain(limited).map(|shown| shown + captured).collect())
    }
}

/// What someone's row has to show without what was counted.
fn should_show(tables: &Tables, who: &Who, counted: i128) -> Vec<i128> {
    let own = sums(&tables.outbox).get(who).copied().unwrap_or_default() - counted;
    let should = |stored: &Stored| i128::from(stored.balance) + own - i128::from(stored.held);
    tables.identities.get(who).map(should).into_iter().collect()
}
