//! What the server says where a row cannot be written and no value would help, told with what to do.

/// The server has `said` that a right is missing, at `context`, where we are `role`: names who needs it, and how it is
/// given.
pub(super) fn denied(said: &str, context: &str, role: &str) -> String {
    let function = function(context);
    let place = function.map_or_else(String::new, |function| format!(", in {function}"));
    let mut ways = Vec::new();
    if let Some(right) = right(said, context) {
        ways.push(format!("GRANT {right} TO {role}"));
    }
    ways.extend(function.map(|function| format!("ALTER FUNCTION {function} SECURITY DEFINER")));
    if ways.is_empty() { said.to_owned() } else { format!("{said}{place}: {}", ways.join("; or ")) }
}

/// The bot's function that was running, as its trigger's or constraint's.
fn function(context: &str) -> Option<&str> {
    let names =
        context.lines().filter_map(|line| line.strip_prefix("PL/pgSQL function ")?.split(" line ").next());
    names.into_iter().next().filter(|name| !name.starts_with("onepurse_") && !name.starts_with("\"onepurse_"))
}

/// What has to be granted, and on what.
fn right(said: &str, context: &str) -> Option<String> {
    let (kind, name) = said.strip_prefix("permission denied for ")?.split_once(' ')?;
    Some(match kind {
        "table" | "view" | "relation" | "column" => format!("{} ON TABLE {name}", verb(context)),
        "sequence" => format!("USAGE ON SEQUENCE {name}"),
        "schema" => format!("USAGE ON SCHEMA {name}"),
        "function" | "procedure" => format!("EXECUTE ON {} {name}", kind.to_uppercase()),
        _ => return None,
    })
}

/// What the innermost statement does: to find the rows that it changes, it has to read.
fn verb(context: &str) -> &'static str {
    let statement =
        context.split_once("SQL statement \"").map_or("", |(_, statement)| statement.trim_start());
    match statement.split_whitespace().next().unwrap_or_default().to_uppercase().as_str() {
        "INSERT" => "INSERT",
        "UPDATE" => "SELECT, UPDATE",
        "DELETE" => "SELECT, DELETE",
        _ => "SELECT",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_needs_what_is_named() {
        let trigger = |statement: &str| {
            format!(
                "SQL statement \"{statement}\"\nPL/pgSQL function game.own() line 3 at SQL statement\n\
                 SQL statement \"UPDATE public.users AS t SET coins = 5\"\n\
                 PL/pgSQL function onepurse_discord.put_1(text,text,bigint,boolean) line 4 at SQL statement"
            )
        };
        let own = "SQL statement \"UPDATE public.users AS t SET coins = 5\"\n\
            PL/pgSQL function onepurse_discord.put_1(text,text,bigint,boolean) line 4 at SQL statement";
        for (said, context, expected) in [
            (
                "permission denied for table audit",
                trigger("INSERT INTO audit VALUES (1)"),
                "permission denied for table audit, in game.own(): GRANT INSERT ON TABLE audit TO ours; \
                 or ALTER FUNCTION game.own() SECURITY DEFINER",
            ),
            (
                "permission denied for table users",
                own.to_owned(),
                "permission denied for table users: GRANT SELECT, UPDATE ON TABLE users TO ours",
            ),
            (
                "permission denied for sequence n",
                trigger("INSERT INTO audit VALUES (1)"),
                "permission denied for sequence n, in game.own(): GRANT USAGE ON SEQUENCE n TO ours; \
                 or ALTER FUNCTION game.own() SECURITY DEFINER",
            ),
            (
                "permission denied for schema secret",
                String::new(),
                "permission denied for schema secret: GRANT USAGE ON SCHEMA secret TO ours",
            ),
            ("must be owner of table x", String::new(), "must be owner of table x"),
        ] {
            assert_eq!(denied(said, &context, "ours"), expected);
        }
    }
}
