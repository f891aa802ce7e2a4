//! What this database can say of its ledger.

use onepurse_core::{Amount, PurseId};

use super::{Work, digest, fault::Fault, outbox, read, reversal};
use crate::{Known, Testimony};

pub(super) async fn testimony(work: &Work<'_>) -> Result<Testimony, Fault> {
    digest::alone(work).await?;
    Ok(Testimony {
        people: people(work).await?,
        kept: outbox::kept(work).await?,
        pending: outbox::pending(work).await?,
        reversals: if read::schema(work).await? < 2 { vec![] } else { reversal::all(work).await? },
    })
}

async fn people(work: &Work<'_>) -> Result<Vec<Known>, Fault> {
    let purse = if read::schema(work).await? < 2 { "NULL::bigint" } else { "i.purse" };
    let rows = work
        .query(
            &format!(
                "SELECT m.asset, i.id, i.stored, {purse}, i.opened FROM @.identity AS i \
                 JOIN @.mapping AS m ON m.mapping = i.mapping ORDER BY i.mapping, i.id"
            ),
            &[],
        )
        .await?;
    let known = |row: &tokio_postgres::Row| {
        Ok(Known {
            asset: row.try_get::<_, &str>(0)?.parse().map_err(Fault::damaged)?,
            external: row.try_get::<_, &str>(1)?.parse().map_err(Fault::damaged)?,
            stored: Amount::new(row.try_get(2)?),
            purse: row.try_get::<_, Option<i64>>(3)?.map(PurseId),
            opened: row.try_get(4)?,
        })
    };
    rows.iter().map(known).collect()
}
