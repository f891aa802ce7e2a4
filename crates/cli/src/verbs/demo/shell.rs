//! Commands as one types them into a shell.

use std::path::Path;

/// A word of a command, quoted where a shell would read anything else into it.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_./-:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// The `sqlite3` command that runs `sql`; it waits its turn like a bot's library does.
pub(crate) fn sqlite3(database: &Path, sql: &str) -> String {
    let database = quoted(&database.display().to_string());
    format!("sqlite3 -cmd '.timeout 5000' {database} {}", quoted(sql))
}

/// This program as one calls it from any folder: by its name where it was called so, else by its path.
pub(crate) fn program() -> String {
    let called = std::env::args().next().unwrap_or_default();
    if !called.is_empty() && Path::new(&called).components().count() == 1 {
        return quoted(&called);
    }
    std::env::current_exe().map_or(called, |path| quoted(&path.display().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_needed() {
        for (word, expected) in [
            ("/srv/bot.db", "/srv/bot.db"),
            ("telegram:456", "telegram:456"),
            ("", "''"),
            ("a b", "'a b'"),
            ("it's $HOME", r"'it'\''s $HOME'"),
        ] {
            assert_eq!(quoted(word), expected);
        }
    }
}
