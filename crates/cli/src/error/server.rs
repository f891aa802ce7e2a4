//! What to do about a database server that says no, or says nothing.

use std::error::Error;

use onepurse_postgres::SqlState;

/// Whether a place is on a server.
pub(super) fn is_server(place: &str) -> bool {
    place.starts_with("postgres://") || place.starts_with("mysql://")
}

/// What to do about this error of the server at `place`, which is shown without its password.
pub(super) fn hint(error: &(dyn Error + 'static), place: &str) -> Option<String> {
    if place.starts_with("mysql://") {
        return Some(advice_of_mariadb(&error.to_string()).to_owned());
    }
    let error = error.downcast_ref::<onepurse_postgres::Error>()?;
    let role = place.split_once("://").and_then(|(_, rest)| rest.split_once('@')).map(|(role, _)| role);
    Some(advice(error.state().map(SqlState::code), &error.to_string(), role.unwrap_or("ROLE")))
}

/// By what the server calls the error, and says; without a name it did not speak at all.
fn advice(state: Option<&str>, said: &str, role: &str) -> String {
    let text = match state {
        Some("28P01") => "check the password in the URL: signs like @ / # % stand in it as %40 %2F %23 %25",
        Some("28000") if said.contains("no encryption") => {
            "the server takes only encrypted connections: add ?sslmode=require to the URL"
        }
        Some("28000") => "check the user in the URL, and that pg_hba.conf lets it in from here",
        Some("3D000") => {
            "check the database's name at the end of the URL; a database is not made by onepurse"
        }
        Some("42501") => return grant(said, role),
        Some("53300") if said.contains("for role") => {
            return format!(
                "raise the role's own limit: ALTER ROLE {role} CONNECTION LIMIT -1; docs/operations.md says how many connections are needed"
            );
        }
        Some("53300") if said.contains("for database") => {
            "raise the database's own limit: ALTER DATABASE … CONNECTION LIMIT -1; docs/operations.md says how many connections are needed"
        }
        Some("25006" | "0A000") if said.contains("read-only") || said.contains("recovery") => {
            "this server only reads: name the one that writes, or several with ?target_session_attrs=read-write"
        }
        Some("53300") => "raise the server's max_connections, or stop what holds its connections",
        Some("53100") => "free space on the server's disk",
        Some("57P03") => "the server is starting or stopping: wait",
        Some(_) => "the server's own log says more",
        None if said.contains("does not support TLS") => {
            "the server has no TLS: without it, say ?sslmode=disable, where nobody can listen in between"
        }
        None if said.contains("certificate") => {
            "name the authority that signed the server's certificate with sslrootcert, and the host as it stands in it"
        }
        None => "start the server, or check host and port in the URL, and what stands in between",
    };
    text.to_owned()
}

/// By what MariaDB's server says, number first; without a number it did not speak at all.
fn advice_of_mariadb(said: &str) -> &'static str {
    let is = |number: &str| said.contains(&format!("ERROR {number} "));
    if is("1045") {
        "check user and password in the URL: signs like @ / # % stand in it as %40 %2F %23 %25"
    } else if is("1044") {
        "this user has no right on that database: docs/operations.md has every GRANT that it needs"
    } else if is("1142") || is("1143") || is("1227") {
        "grant it: docs/operations.md names every right that is needed"
    } else if is("1226") {
        "raise the user's own limit: ALTER USER … WITH MAX_USER_CONNECTIONS 0; docs/operations.md says how many connections are needed"
    } else if is("1203") {
        "raise the server's max_user_connections; docs/operations.md says how many connections are needed"
    } else if is("1040") {
        "raise the server's max_connections, or stop what holds its connections"
    } else if is("1290") || is("1836") {
        "this server only reads: name the one that writes"
    } else if is("1021") || is("1114") {
        "free space on the server's disk"
    } else if said.contains("does not have this capability") {
        "the server has no TLS: without it, say ?sslmode=disable, where nobody can listen in between"
    } else if said.contains("ertificate") {
        "name the authority that signed the server's certificate with sslrootcert, and the host as it stands in it"
    } else if said.contains("ERROR ") {
        "the server's own log says more"
    } else {
        "start the server, or check host and port in the URL, and what stands in between"
    }
}

/// What has to be granted, as SQL for whoever owns it.
fn grant(said: &str, role: &str) -> String {
    let denied =
        said.split_once("permission denied for ").map(|(_, what)| what.split_once(' ').unwrap_or((what, "")));
    let statement = match denied {
        Some(("database", name)) => format!("GRANT CREATE ON DATABASE {name} TO {role};"),
        Some(("schema", name)) => format!("GRANT USAGE ON SCHEMA {name} TO {role};"),
        Some(("table", name)) => {
            format!("GRANT SELECT, UPDATE, INSERT, TRIGGER ON TABLE {name} TO {role};")
        }
        Some((kind, name)) => format!("GRANT ALL ON {} {name} TO {role};", kind.to_uppercase()),
        None => {
            return format!(
                "let {role} own it, or do this as its owner: docs/operations.md names every right that is needed"
            );
        }
    };
    format!("as the owner: {statement}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_mistakes_with_mariadb_have_a_remedy() {
        for (said, expected) in [
            (
                "Server error: `ERROR 1045 (28000): Access denied for user 'bot'@'localhost''",
                "check user and password",
            ),
            ("Server error: `ERROR 1142 (42000): TRIGGER command denied to user 'bot'", "docs/operations.md"),
            ("Server error: `ERROR 1040 (08004): Too many connections'", "the server's max_connections"),
            (
                "Server error: `ERROR 1226 (42000): User 'bot' has exceeded the 'max_user_connections' resource (current value: 1)'",
                "the user's own limit",
            ),
            (
                "Server error: `ERROR 1203 (42000): User bot already has more than 'max_user_connections' active connections'",
                "the server's max_user_connections",
            ),
            (
                "Server error: `ERROR 1290 (HY000): The MariaDB server is running with the --read-only option so it cannot execute this statement'",
                "only reads",
            ),
            (
                "Driver error: `Client asked for SSL but server does not have this capability'",
                "sslmode=disable",
            ),
            ("Input/output error: Input/output error: Connection refused (os error 111)", "start the server"),
        ] {
            assert!(advice_of_mariadb(said).contains(expected), "{said}");
        }
    }

    #[test]
    fn the_usual_mistakes_have_a_remedy() {
        for (state, said, expected) in [
            (Some("28P01"), "FATAL: password authentication failed for user \"bot\"", "check the password"),
            (
                Some("28000"),
                "FATAL: no pg_hba.conf entry for host \"10.0.0.1\", user \"bot\", database \"d\", no encryption",
                "?sslmode=require",
            ),
            (Some("28000"), "FATAL: role \"bto\" does not exist", "check the user"),
            (Some("3D000"), "FATAL: database \"coinz\" does not exist", "database's name"),
            (
                Some("42501"),
                "ERROR: permission denied for database coins",
                "GRANT CREATE ON DATABASE coins TO bot;",
            ),
            (
                Some("42501"),
                "ERROR: permission denied for schema public",
                "GRANT USAGE ON SCHEMA public TO bot;",
            ),
            (Some("42501"), "ERROR: permission denied for table users", "TRIGGER ON TABLE users TO bot;"),
            (Some("42501"), "ERROR: permission denied for sequence s", "GRANT ALL ON SEQUENCE s TO bot;"),
            (Some("42501"), "ERROR: must be owner of table users", "let bot own it"),
            (Some("25006"), "ERROR: cannot execute INSERT in a read-only transaction", "only reads"),
            (Some("0A000"), "ERROR: cannot set transaction read-write mode during recovery", "only reads"),
            (Some("53300"), "FATAL: sorry, too many clients already", "the server's max_connections"),
            (
                Some("53300"),
                "FATAL: too many connections for role \"bot\"",
                "ALTER ROLE bot CONNECTION LIMIT",
            ),
            (Some("53300"), "FATAL: too many connections for database \"coins\"", "ALTER DATABASE"),
            (None, "error performing TLS handshake: server does not support TLS", "sslmode=disable"),
            (None, "error performing TLS handshake: invalid peer certificate: UnknownIssuer", "sslrootcert"),
            (None, "error connecting to server: Connection refused (os error 111)", "start the server"),
        ] {
            let advice = advice(state, said, "bot");
            assert!(advice.contains(expected), "{said}: {advice}");
        }
    }
}
