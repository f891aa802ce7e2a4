//! Names and texts in SQL, and the names of what is ours.

/// An identifier as MariaDB writes it, whatever it is called and whatever mode the session is in.
pub(super) fn quote(identifier: &str) -> String {
    format!("`{}`", identifier.replace('`', "``"))
}

/// A text constant, in a session that reads backslashes.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// Our tables.
pub(super) const OURS: [&str; 7] = ["replica", "mapping", "fact", "identity", "outbox", "kept", "reversal"];

/// How our text columns and variables hold ids: one id is another only where every byte is the same.
pub(super) const ID: &str = "VARCHAR(700) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin";
/// So many characters of an id have room in a key.
pub(super) const ID_CHARS_MAX: usize = 700;

/// No row can have a longer id, so nothing is stored for one.
pub(super) fn has_room(id: &str) -> bool {
    id.len() <= ID_CHARS_MAX || id.chars().count() <= ID_CHARS_MAX
}

/// Milliseconds since 1970 at which the statement began, whatever time zone the session is in.
pub(super) const NOW_MS: &str =
    "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(6)) DIV 1000)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_one_identifier() {
        assert_eq!(quote("users"), "`users`");
        assert_eq!(quote("a`; DROP TABLE b; --"), "`a``; DROP TABLE b; --`");
    }

    #[test]
    fn a_text_stays_one_text() {
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\'b"), "'a\\\\''b'");
    }
}
