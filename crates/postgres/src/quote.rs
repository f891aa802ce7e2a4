/// An identifier as SQL writes it, whatever it is called: the one way by which names come into statements.
#[must_use]
pub fn quote(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_one_identifier() {
        for (name, quoted) in [
            ("users", r#""users""#),
            ("USER", r#""USER""#),
            (r#"a"; DROP TABLE b; --"#, r#""a""; DROP TABLE b; --""#),
            ("имя", r#""имя""#),
        ] {
            assert_eq!(quote(name), quoted);
        }
    }
}
