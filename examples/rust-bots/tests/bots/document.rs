//! What `docs/rust.md` quotes is what is run here.

use std::{fs, path::Path};

const FENCE: &str = "```";

/// The lines, without what they are indented by.
fn lines(text: &str) -> String {
    text.lines().map(|line| line.trim().to_owned() + "\n").collect()
}

#[test]
fn the_document_quotes_the_examples() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| lines(&fs::read_to_string(here.join(path)).unwrap());
    let code = ["src/bank.rs", "src/commands.rs", "src/lib.rs"].map(read);
    let document = read("../../docs/rust.md");
    let quotes: Vec<_> = document.split(FENCE).skip(1).step_by(2).collect();
    assert!(quotes.len() >= 4);
    for quote in quotes {
        let quote = quote.strip_prefix("rust\n").unwrap();
        assert!(code.iter().any(|code| code.contains(quote)), "nowhere:\n{quote}");
    }
}
