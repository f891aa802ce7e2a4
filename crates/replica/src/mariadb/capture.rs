//! Our triggers and tables in the bot's database. Each of these commits whatever was begun.

use super::{
    Work,
    fault::Fault,
    names::{OURS, quote},
    terms::Bound,
    trigger,
    work::get,
};

/// Puts a mapping's triggers in, each in the place of the one that may be there. One on another table, which was this one
/// once, goes first.
pub(super) async fn put_in(work: &mut Work<'_>, bound: &Bound) -> Result<(), Fault> {
    let all = ours(work).await?;
    for trigger in trigger::capture(bound).triggers {
        if all.contains(&trigger.name) && !bound.shape.triggers.contains_key(&trigger.name) {
            work.define(&format!("DROP TRIGGER IF EXISTS {}", quote(&trigger.name))).await?;
        }
        work.define(&trigger.sql).await?;
    }
    Ok(())
}

/// The names of our triggers, whatever table they are on.
async fn ours(work: &mut Work<'_>) -> Result<Vec<String>, Fault> {
    let rows = work
        .query(
            "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ?",
            vec![work.database.into()],
        )
        .await?;
    let names = rows.iter().map(|row| get::<String>(row, 0)).collect::<Result<Vec<_>, _>>()?;
    Ok(names.into_iter().filter(|name| trigger::is_ours(work.prefix, name)).collect())
}

pub(super) async fn drop_triggers(work: &mut Work<'_>) -> Result<(), Fault> {
    for name in ours(work).await? {
        work.define(&format!("DROP TRIGGER IF EXISTS {}", quote(&name))).await?;
    }
    Ok(())
}

/// Removes every trigger and table of ours that is there. Nothing is attached.
pub(super) async fn remove(work: &mut Work<'_>) -> Result<(), Fault> {
    drop_triggers(work).await?;
    let rows = work
        .query(
            "SELECT LOWER(TABLE_NAME) FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?",
            vec![work.database.into()],
        )
        .await?;
    let there = rows.iter().map(|row| get::<String>(row, 0)).collect::<Result<Vec<_>, _>>()?;
    for name in OURS {
        if there.contains(&format!("{}_{name}", work.prefix).to_lowercase()) {
            work.define(&format!("DROP TABLE IF EXISTS {}", work.ours(name))).await?;
        }
    }
    Ok(())
}
