//! The rights that our user lacks: all of them at once, as they are granted.

use super::{
    Work,
    fault::Fault,
    names::{OURS, quote},
    work::get,
};
use crate::{Mapping, Problem};

/// What our own tables need.
const ON_OURS: [&str; 8] = ["SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP", "INDEX"];

/// A table, and what is granted on it: the right, and the column that it is for, if it is for one.
struct Needed {
    table: String,
    rights: Vec<(&'static str, Option<String>)>,
}

/// Why the mappings cannot work where the server has `said` that a right is missing; with every other that is.
pub(super) async fn lacking(work: &mut Work<'_>, mapping: &Mapping, said: String) -> Result<Problem, Fault> {
    let grants = missing(work).await?;
    let remedy = if grants.is_empty() {
        "grant it: docs/operations.md names every right that is needed".to_owned()
    } else {
        grants.join("; ")
    };
    Ok(Problem { asset: mapping.asset.clone(), what: said, remedy })
}

/// The GRANT for everything that is missing, a table each.
pub(super) async fn missing(work: &mut Work<'_>) -> Result<Vec<String>, Fault> {
    let user = user(work).await?;
    let mut grants = Vec::new();
    for needed in needed(work.mappings, work.prefix) {
        let held = held(work, &needed, &user).await?;
        grants.extend(needed.grant(work.database, &user, &held));
    }
    Ok(grants)
}

/// Why the mappings cannot work where the server has `said` that our user may not come to the database at all.
pub(super) fn lacking_all(mappings: &[Mapping], prefix: &str, database: &str, said: &str) -> Vec<Problem> {
    let user = said.split(' ').find(|word| word.starts_with('\'')).unwrap_or("'USER'@'%'").to_owned();
    let grants: Vec<_> =
        needed(mappings, prefix).iter().filter_map(|needed| needed.grant(database, &user, &[])).collect();
    let problem = |mapping: &Mapping| Problem {
        asset: mapping.asset.clone(),
        what: said.to_owned(),
        remedy: grants.join("; "),
    };
    mappings.first().map(problem).into_iter().collect()
}

impl Needed {
    /// The GRANT for what is not `held`, if anything is not.
    fn grant(&self, database: &str, user: &str, held: &[(String, String)]) -> Option<String> {
        let is_held = |right: &str, column: Option<&str>| {
            held.iter().any(|(of, what)| what == right && (of.is_empty() || column == Some(of.as_str())))
        };
        let missing = self.rights.iter().filter(|(right, column)| !is_held(right, column.as_deref()));
        let missing: Vec<_> = missing
            .map(|(right, column)| match column {
                Some(column) => format!("{right} ({})", quote(column)),
                None => (*right).to_owned(),
            })
            .collect();
        let table = format!("{}.{}", quote(database), quote(&self.table));
        (!missing.is_empty()).then(|| format!("GRANT {} ON {table} TO {user}", missing.join(", ")))
    }
}

/// As the server knows us, and as SQL names us.
async fn user(work: &mut Work<'_>) -> Result<String, Fault> {
    let user: String = get(&work.one("SELECT CURRENT_USER()", vec![]).await?, 0)?;
    let (name, host) = user.rsplit_once('@').unwrap_or((&user, "%"));
    Ok(format!("'{name}'@'{host}'"))
}

/// A table of the bot that is not seen may be there: without any right on it, none is.
fn needed(mappings: &[Mapping], prefix: &str) -> Vec<Needed> {
    let of_bot = |mapping: &Mapping| {
        let rights = vec![("SELECT", None), ("TRIGGER", None), ("UPDATE", Some(mapping.column.clone()))];
        Needed { table: mapping.table.clone(), rights }
    };
    let of_ours = |name| Needed {
        table: format!("{prefix}_{name}"),
        rights: ON_OURS.map(|right| (right, None)).to_vec(),
    };
    mappings.iter().map(of_bot).chain(OURS.into_iter().map(of_ours)).collect()
}

/// What we have on a table, by whatever way it was granted: the column, or nothing, and the right.
async fn held(work: &mut Work<'_>, needed: &Needed, user: &str) -> Result<Vec<(String, String)>, Fault> {
    // Roles, and whoever PUBLIC is, have no host.
    let mine = "(GRANTEE = ? OR GRANTEE NOT LIKE '%@%')";
    let sql = format!(
        "SELECT '', PRIVILEGE_TYPE FROM information_schema.USER_PRIVILEGES WHERE {mine} \
         UNION ALL SELECT '', PRIVILEGE_TYPE FROM information_schema.SCHEMA_PRIVILEGES WHERE {mine} AND ? LIKE TABLE_SCHEMA \
         UNION ALL SELECT '', PRIVILEGE_TYPE FROM information_schema.TABLE_PRIVILEGES \
             WHERE {mine} AND TABLE_SCHEMA = ? AND TABLE_NAME = ? \
         UNION ALL SELECT COLUMN_NAME, PRIVILEGE_TYPE FROM information_schema.COLUMN_PRIVILEGES \
             WHERE {mine} AND TABLE_SCHEMA = ? AND TABLE_NAME = ?"
    );
    let (schema, table) = (work.database, needed.table.as_str());
    let params = [user, user, schema, user, schema, table, user, schema, table];
    let rows = work.query(&sql, params.map(Into::into).to_vec()).await?;
    rows.iter().map(|row| Ok((get(row, 0)?, get(row, 1)?))).collect()
}
