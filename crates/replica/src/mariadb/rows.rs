//! The bot's rows: whose they are, and what they show.

use std::collections::{HashMap, HashSet};

use mysql_async::Row;

use super::{Work, fault::Fault, terms::Bound, work::get};

/// What the rows of each identity show. `None` is no number.
pub(super) type Rows = HashMap<String, Vec<Option<i64>>>;

/// Every row that counts.
pub(super) async fn all(work: &mut Work<'_>, bound: &Bound) -> Result<Rows, Fault> {
    by_id(&work.query(&bound.rows(), vec![]).await?)
}

/// The rows of these identities.
pub(super) async fn of(work: &mut Work<'_>, bound: &Bound, ids: &[&str]) -> Result<Rows, Fault> {
    find(work, bound, ids, None).await
}

/// Locks the rows of these identities that nobody else holds, and says what those show. Where nothing may be waited for,
/// MariaDB fails the whole statement at the first row that it should skip: so it may wait here, and does not.
pub(super) async fn lock(work: &mut Work<'_>, bound: &Bound, ids: &[&str]) -> Result<Rows, Fault> {
    find(
        work,
        bound,
        ids,
        Some(("SET STATEMENT innodb_lock_wait_timeout = 1 FOR ", " FOR UPDATE SKIP LOCKED")),
    )
    .await
}

/// An index may find more than these: ids that a collation takes for the same. They are left out here.
async fn find(
    work: &mut Work<'_>,
    bound: &Bound,
    ids: &[&str],
    lock: Option<(&str, &str)>,
) -> Result<Rows, Fault> {
    let Some((among, params)) = bound.among(ids) else { return Ok(Rows::new()) };
    let (before, behind) = lock.unwrap_or_default();
    let sql = format!("{before}{} AND {among}{behind}", bound.rows());
    let ids: HashSet<_> = ids.iter().copied().collect();
    let mut rows = by_id(&work.query(&sql, params).await?)?;
    rows.retain(|id, _| ids.contains(id.as_str()));
    Ok(rows)
}

fn by_id(found: &[Row]) -> Result<Rows, Fault> {
    let mut rows = Rows::new();
    for row in found {
        rows.entry(get(row, 0)?).or_default().push(get(row, 1)?);
    }
    Ok(rows)
}
