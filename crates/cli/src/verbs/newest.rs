//! The newest entries of a purse that fit a filter.

use onepurse_core::{Entry, PurseId};
use onepurse_ledger::{EntryFilter, Records};

use crate::{args::filter::Filter, error::Failure};

/// No more entries than this are read at once.
pub(crate) const AT_ONCE: u32 = 5_000;

/// Which entries of a purse.
pub(crate) struct Newest<'a> {
    /// Whose.
    pub(crate) purse: PurseId,
    /// What they have to be.
    pub(crate) filter: &'a Filter,
    /// Only those below this number.
    pub(crate) before: Option<i64>,
    /// At most so many.
    pub(crate) most: u32,
}

/// Reads on until there are enough of them or the purse has no more. The first page is no longer than what is asked for:
/// where everything fits, that is all there is to read.
pub(crate) async fn newest(
    records: &(impl Records + ?Sized),
    wanted: Newest<'_>,
) -> Result<Vec<Entry>, Failure> {
    let Newest { purse, filter, before: mut before_seq, most } = wanted;
    let enough = usize::try_from(most).unwrap_or(usize::MAX);
    let (mut fitting, mut limit) = (Vec::new(), most.min(AT_ONCE));
    while fitting.len() < enough {
        let page = records.entries(EntryFilter { purse: Some(purse), before_seq, limit }).await?;
        let Some(last) = page.last() else { break };
        before_seq = Some(last.seq);
        fitting.extend(page.into_iter().filter(|entry| filter.fits(entry)));
        limit = AT_ONCE;
    }
    fitting.truncate(enough);
    Ok(fitting)
}
