//! What this database can say of its ledger.

use onepurse_core::{Amount, PurseId};

use super::{Work, digest, fault::Fault, outbox, read, reversal, work::get};
use crate::{Known, Testimony};

pub(super) async fn testimony(work: &mut Work<'_>) -> Result<Testimony, Fault> {
    digest::alone(work).await?;
    Ok(Testimony {
        people: people(work).await?,
        kept: outbox::kept(work).await?,
        pending: outbox::pending(work).await?,
        reversals: if read::schema(work).await? < 2 { vec![] } else { reversal::all(work).await? },
    })
}

async fn people(work: &mut Work<'_>) -> Result<Vec<Known>, Fault> {
    let purse = if read::schema(work).await? < 2 { "NULL" } else { "i.purse" };
    let sql = format!(
        "SELECT m.asset, i.id, i.stored, {purse}, i.opened FROM @.identity AS i \
         JOIN @.mapping AS m ON m.mapping = i.mapping ORDER BY i.mapping, i.id"
    );
    let known = |row: &mysql_async::Row| {
        Ok(Known {
            asset: get::<String>(row, 0)?.parse().map_err(Fault::damaged)?,
            external: get::<String>(row, 1)?.parse().map_err(Fault::damaged)?,
            stored: Amount::new(get(row, 2)?),
            purse: get::<Option<i64>>(row, 3)?.map(PurseId),
            opened: get(row, 4)?,
        })
    };
    work.query(&sql, vec![]).await?.iter().map(known).collect()
}
