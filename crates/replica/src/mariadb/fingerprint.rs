//! What a server knows a database by.

use super::{Work, fault::Fault, work::get};

/// MariaDB gives a server no number that it keeps. What it says of itself is the same however it is reached: a hash of its
/// machine and port, its host's name, where its files are; and the database's name, which cannot be changed.
pub(super) async fn read(work: &mut Work<'_>) -> Result<Option<String>, Fault> {
    let said = work
        .query(
            "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('server_uid', 'hostname', 'port', 'datadir')",
            vec![],
        )
        .await?;
    let mut said = said.iter().map(|row| get(row, 1)).collect::<Result<Vec<String>, _>>()?;
    said.sort_unstable();
    Ok(Some(format!("mariadb {} {}", said.join(" "), work.database)))
}
