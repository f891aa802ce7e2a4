//! What this database can say of its ledger.

use onepurse_core::{Amount, PurseId};

use super::{
    Work,
    connect::Fault,
    outbox::{self, damaged},
    read, reversal,
};
use crate::{Known, Testimony};

pub(super) fn testimony(work: &Work<'_>) -> Result<Testimony, Fault> {
    Ok(Testimony {
        people: people(work)?,
        kept: outbox::kept(work)?,
        pending: outbox::pending(work)?,
        reversals: if read::schema(work)? < 2 { vec![] } else { reversal::all(work)? },
    })
}

fn people(work: &Work<'_>) -> Result<Vec<Known>, Fault> {
    let purse = if read::schema(work)? < 2 { "NULL" } else { "i.purse" };
    let mut statement = work.db.prepare(&format!(
        "SELECT m.asset, i.id, i.stored, {purse}, i.opened FROM onepurse_identity AS i \
         JOIN onepurse_mapping AS m ON m.mapping = i.mapping ORDER BY i.mapping, i.id"
    ))?;
    let mut rows = statement.query([])?;
    let mut people = Vec::new();
    while let Some(row) = rows.next()? {
        let (asset, external): (String, String) = (row.get(0)?, row.get(1)?);
        people.push(Known {
            asset: asset.parse().map_err(damaged)?,
            external: external.try_into().map_err(damaged)?,
            stored: Amount::new(row.get(2)?),
            purse: row.get::<_, Option<i64>>(3)?.map(PurseId),
            opened: row.get(4)?,
        });
    }
    Ok(people)
}
