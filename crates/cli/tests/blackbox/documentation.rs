//! The transcripts of the documentation are what the program says. To write them anew: `ONEPURSE_WRITE_DOCS=1`.

use std::{
    env, fs, iter,
    path::{Path, PathBuf},
    process::Command,
};

use crate::harness::{ECONOMY, Pair};

const FENCE: &str = "```";
const CONSOLE: &str = "```console";
const PYTHON: &str = "```python ";
const PROMPT: &str = "$ ";

fn document(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name)
}

/// What a line of a transcript prints in the world's folder, with what differs each time made alike.
fn print(pair: &Pair, line: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_onepurse")).parent().unwrap().to_path_buf();
    let inherited = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths(iter::once(program).chain(env::split_paths(&inherited))).unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{line} 2>&1")]).current_dir(pair.world.path("."));
    shell.env("PATH", path).env("TZ", "UTC").env("USER", "ada").env("COLUMNS", "100");
    for name in ["DATABASE_URL", "PORT", "ONEPURSE_CONFIG", "RUST_LOG", "LANG", "LC_ALL"] {
        shell.env_remove(name);
    }
    let output = shell.output().unwrap();
    alike(&String::from_utf8(output.stdout).unwrap())
}

/// Times, codes, keys and hashes are others each time.
fn alike(text: &str) -> String {
    text.lines().map(|line| words(line) + "\n").collect()
}

fn words(line: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in line.split(' ') {
        let is_date = word.starts_with('2')
            && word.len() == 10
            && word.bytes().filter(|byte| *byte == b'-').count() == 2;
        let is_time = word.len() == 8 && word.bytes().filter(|byte| *byte == b':').count() == 2;
        let is_code = line.len() == 8 && word.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
        let hex = |length| word.len() == length && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_hash = |hash: &str| hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        let head = word.split_once(':').filter(|(_, hash)| is_hash(hash));
        words.push(match word {
            _ if head.is_some() => format!("{}:6f1e…", head.map_or("", |(seq, _)| seq)),
            _ if is_hash(word) => "6f1e…".to_owned(),
            _ if is_date => "2026-11-28".to_owned(),
            _ if is_time => "12:00:00".to_owned(),
            _ if is_code => "7GK2M9XA".to_owned(),
            _ if hex(32) => "0193a1f2…".to_owned(),
            _ => word.to_owned(),
        });
    }
    words.join(" ")
}

/// A program that stands in the document, as a file of the world's folder.
fn write_program(pair: &Pair, name: &str, lines: &[&str]) {
    fs::write(pair.world.path(name), lines.join("\n")).unwrap();
}

/// The document with each command's output as it is now. Programs in it are there to be run.
fn performed(pair: &Pair, text: &str) -> String {
    let (mut told, mut in_console) = (String::new(), false);
    let mut program: Option<(&str, Vec<&str>)> = None;
    for line in text.lines() {
        match (line.strip_prefix(PYTHON), &mut program) {
            (Some(name), _) => program = Some((name, vec![])),
            (None, Some((name, lines))) if line == FENCE => {
                write_program(pair, name, lines);
                program = None;
            }
            (None, Some((_, lines))) => lines.push(line),
            (None, None) => {}
        }
        match line {
            CONSOLE => in_console = true,
            FENCE => in_console = false,
            _ => {}
        }
        let command = line.strip_prefix(PROMPT).filter(|_| in_console);
        if !in_console || line == CONSOLE || command.is_some() {
            told.push_str(line);
            told.push('\n');
        }
        if let Some(command) = command {
            told.push_str(&print(pair, command));
        }
    }
    told
}

#[test]
fn the_pages_about_money_are_true() {
    let mut pair = Pair::apart(ECONOMY, "delete");
    pair.telegram.register(789, 20);
    pair.telegram.earn(456, 100);
    pair.discord.earn(123, 50);
    // One after the other, so that the numbers of entries and purses are the same each time.
    let all = pair.world.config.platforms.clone();
    pair.world.configure(|config| config.platforms.truncate(1));
    pair.world.sync();
    pair.world.configure(|config| config.platforms = all);
    let path = document("money.md");
    let text = fs::read_to_string(&path).unwrap();
    let now = performed(&pair, &text);
    if env::var_os("ONEPURSE_WRITE_DOCS").is_some() {
        fs::write(&path, now).unwrap();
    } else {
        assert!(now == text, "docs/money.md is not what the program says; it says:\n{now}");
    }
}
