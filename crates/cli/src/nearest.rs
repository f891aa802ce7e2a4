//! The word that was probably meant.

/// The known word that differs least from `name`, if one is near enough to be a slip of the fingers.
pub(crate) fn nearest<'a>(name: &str, known: &'a [String]) -> Option<&'a str> {
    known
        .iter()
        .map(|word| (strsim::damerau_levenshtein(&name.to_lowercase(), word), word))
        .filter(|(distance, word)| *distance <= (word.chars().count() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word.as_str())
}

/// The words, each in backticks: `one`, `two` or `three`.
pub(crate) fn listed(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        None => "none".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_slip_is_recognised() {
        let known = words(&["name", "database", "balance", "id"]);
        for (name, meant) in [
            ("databse", Some("database")),
            ("Database", Some("database")),
            ("balances", Some("balance")),
            ("nmae", Some("name")),
            ("ids", Some("id")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, &known), meant, "{name}");
        }
    }

    #[test]
    fn words_are_listed() {
        assert_eq!(listed(&[]), "none");
        assert_eq!(listed(&words(&["a"])), "`a`");
        assert_eq!(listed(&words(&["a", "b", "c"])), "`a`, `b` or `c`");
    }
}
