//! What the server says where a right is missing, told with what to grant.

/// The server has `said` who may not do what, and where: the same with how that is allowed. It is the user whose rights a
/// trigger of the bot's has, or ours.
pub(super) fn denied(said: &str) -> String {
    grant(said).map_or_else(|| said.to_owned(), |grant| format!("{said}: {grant}"))
}

fn grant(said: &str) -> Option<String> {
    let (right, rest) = said.split_once(" command denied to user ")?;
    let (user, place) = rest.split_once(" for ")?;
    let right = right.to_uppercase();
    let (kind, name) = place.split_once(' ')?;
    Some(match kind {
        "table" => format!("GRANT {right} ON {name} TO {user}"),
        "column" => {
            let (column, table) = name.split_once(" in table ")?;
            format!("GRANT {right} ({}) ON {} TO {user}", column.trim_matches('\''), table.trim_matches('\''))
        }
        "routine" => {
            format!("GRANT {right} ON PROCEDURE {} TO {user} (or ON FUNCTION)", name.trim_matches('\''))
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_needs_what_is_named() {
        for (said, expected) in [
            (
                "INSERT command denied to user 'own'@'%' for table `bot`.`audit`",
                Some("GRANT INSERT ON `bot`.`audit` TO 'own'@'%'"),
            ),
            (
                "UPDATE command denied to user 'ours'@'localhost' for column 'coins' in table 'users'",
                Some("GRANT UPDATE (coins) ON users TO 'ours'@'localhost'"),
            ),
            (
                "execute command denied to user 'own'@'%' for routine 'bot.log'",
                Some("GRANT EXECUTE ON PROCEDURE bot.log TO 'own'@'%' (or ON FUNCTION)"),
            ),
            ("Access denied for user 'own'@'%' to database 'bot'", None),
        ] {
            assert_eq!(grant(said).as_deref(), expected, "{said}");
        }
    }
}
