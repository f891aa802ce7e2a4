//! A bot's history as a text: a line a step. What cannot be read is left out.
//!
//! `table (…)` says what the table `users` is like, `map KEY VALUE` how it is mapped, `recursive` and `utf16` what the
//! bot sets. `sync` lets the engine work, `elsewhere ID AMOUNT` earns on another platform, `later MS` passes time,
//! `detach` and `attach ledger|count` take capture out and put it in. Anything else is a statement of the bot.

use onepurse_core::{AssetName, Scale};
use onepurse_replica::{Decision, Mapping, Reinsert, Writes};

/// Steps of one history at the most.
const STEPS_MAX: usize = 60;

pub(super) struct History {
    /// What follows `CREATE TABLE users`.
    pub(super) table: String,
    pub(super) mapping: Mapping,
    pub(super) recursive: bool,
    pub(super) utf16: bool,
    pub(super) steps: Vec<Step>,
}

pub(super) enum Step {
    Statement(String),
    Sync,
    Elsewhere(String, i64),
    Later(i64),
    Detach,
    Attach(Decision),
}

impl History {
    pub(super) fn read(text: &str) -> Self {
        let mut history = Self {
            table: "(id TEXT PRIMARY KEY, coins INTEGER)".to_owned(),
            mapping: Mapping::new(AssetName::default(), "users", &["id"], "coins"),
            recursive: false,
            utf16: false,
            steps: Vec::new(),
        };
        for line in text.lines() {
            history.take(line);
        }
        history.steps.truncate(STEPS_MAX);
        history
    }

    fn take(&mut self, line: &str) {
        let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
        let step = match first {
            "table" if is_harmless(rest) => return rest.clone_into(&mut self.table),
            "map" => {
                map(&mut self.mapping, rest);
                return;
            }
            "recursive" => return self.recursive = true,
            "utf16" => return self.utf16 = true,
            "sync" => Some(Step::Sync),
            "elsewhere" => rest
                .rsplit_once(' ')
                .and_then(|(id, amount)| Some(Step::Elsewhere(id.to_owned(), amount.parse().ok()?))),
            "later" => rest.parse().ok().map(Step::Later),
            "detach" => Some(Step::Detach),
            "attach" => Some(Step::Attach(if rest == "count" { Decision::Count } else { Decision::Ledger })),
            _ => is_statement(line).then(|| Step::Statement(line.to_owned())),
        };
        self.steps.extend(step);
    }
}

fn map(mapping: &mut Mapping, line: &str) -> Option<()> {
    let (key, value) = line.split_once(' ')?;
    match key {
        "id" => mapping.id = value.split_whitespace().map(str::to_owned).collect(),
        "scale" => mapping.scale = Scale::new(value.parse().ok()?).ok()?,
        "floor" => mapping.floor = Some(mapping.scale.parse(value).ok()?),
        // What the configuration refuses is not tried here.
        "missing" => mapping.missing = mapping.scale.parse(value).ok().filter(|missing| !missing.is_zero()),
        "decimals" => mapping.decimals = value.parse().ok().map(|one: u8| one.min(mapping.scale.decimals())),
        "reinsert" => mapping.reinsert = Reinsert::Take,
        "writes" => mapping.writes = Writes::Absolute,
        "where" if is_harmless(value) => mapping.filter = Some(value.to_owned()),
        _ => {}
    }
    Some(())
}

/// A bot writes rows here; it does not change its schema, and nothing that it writes is different each time.
fn is_statement(line: &str) -> bool {
    const FIRST: [&str; 9] =
        ["INSERT", "REPLACE", "UPDATE", "DELETE", "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"];
    FIRST.iter().any(|word| line.starts_with(word)) && is_harmless(line)
}

fn is_harmless(sql: &str) -> bool {
    const HARMFUL: [&str; 8] =
        ["onepurse", "random", "changes", "sqlite_", "current_", "recursive", "last_insert", "date"];
    let sql = sql.to_ascii_lowercase().replace("update", "");
    HARMFUL.iter().all(|word| !sql.contains(word))
}

pub(super) const WORDS: &[&str] = &[
    "NULL",
    "''",
    "'0'",
    "'12'",
    "'12.5'",
    "' 12'",
    "'12abc'",
    "'1e3'",
    "'0x10'",
    "'-7'",
    "'007'",
    "'9223372036854775808'",
    "x''",
    "x'ff'",
    "x'00'",
    "x'3132'",
    "x'613a62'",
    "'a:b'",
    "'\u{feff}1'",
    "char(0)",
    "'7'||char(0)||'8'",
    "CAST(x'ff80' AS TEXT)",
    "zeroblob(20000)",
    "hex(zeroblob(9000))",
    "1e308",
    "-1e308",
    "9e999",
    "-9e999",
    "9e999-9e999",
    "0.1+0.2",
    "0.005",
    "12.345",
    "-0.0",
    "9223372036854775807",
    "-9223372036854775808",
    "-9223372036854775807",
    "9007199254740993",
    "9223372036854775807.0",
    "4611686018427387904",
    "1",
    "2",
    "'1'",
    "'2'",
    "100",
    "5.0",
    "coins",
    "id",
    "coins+1",
    "coins*2",
    "-coins",
    "coins||''",
    "abs(coins)",
    "max(0,coins-50)",
    "INTEGER",
    "TEXT",
    "BLOB",
    "REAL",
    "NUMERIC",
    "DECIMAL(20,2)",
    "ANY",
    "BOOLEAN",
    "UNIQUE",
    "NULL",
    "NOT",
    "PRIMARY",
    "KEY",
    "OR REPLACE",
    "OR IGNORE",
    "OR ROLLBACK",
    "OR FAIL",
    "WHERE",
    "IS",
    "scale",
    "floor",
    "missing",
    "decimals",
    "sync",
    "-5",
    "count",
];

pub(super) const LINES: &[&str] = &[
    "sync",
    "sync",
    "sync",
    "sync",
    "INSERT INTO users (id, coins) VALUES ( 1 , 100 )",
    "INSERT INTO users (id, coins) VALUES ( 2 , 1e308 ) , ( '3' , NULL )",
    "INSERT OR REPLACE INTO users (id, coins) VALUES ( 1 , 7 )",
    "INSERT OR IGNORE INTO users (id, coins) VALUES ( 1 , x'ff' )",
    "INSERT INTO users (id, coins) VALUES ( 1 , 5 ) ON CONFLICT DO UPDATE SET coins = coins + 5",
    "INSERT INTO users (id, coins) SELECT id + 10 , coins FROM users",
    "INSERT INTO users DEFAULT VALUES",
    "UPDATE users SET coins = 150 WHERE id = 1",
    "UPDATE users SET coins = coins + 1",
    "UPDATE users SET coins = coins * 2 WHERE id IS 1",
    "UPDATE users SET coins = NULL",
    "UPDATE users SET coins = 'abc' WHERE id = '1'",
    "UPDATE users SET coins = 9223372036854775807 RETURNING coins",
    "UPDATE users SET id = 2 WHERE id = 1",
    "UPDATE OR REPLACE users SET id = 2 , coins = 3",
    "UPDATE OR IGNORE users SET id = CAST(id AS TEXT)",
    "UPDATE users SET guild = 7",
    "DELETE FROM users WHERE id = 1",
    "DELETE FROM users",
    "BEGIN",
    "BEGIN IMMEDIATE",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT s",
    "ROLLBACK TO s",
    "RELEASE s",
    "elsewhere 1 50",
    "elsewhere 1 -200",
    "elsewhere 2 9223372036854775807",
    "elsewhere 1 -9223372036854775808",
    "later 100000",
    "later 700000",
    "detach",
    "attach ledger",
    "attach count",
    "recursive",
    "utf16",
    "map scale 2",
    "map scale 9",
    "map floor -5",
    "map missing 100",
    "map reinsert take",
    "map writes absolute",
    "map decimals 1",
    "map where guild = 7",
    "map id guild id",
    "table (id INTEGER PRIMARY KEY, coins INTEGER)",
    "table (id, coins)",
    "table (id TEXT UNIQUE, coins TEXT, guild)",
    "table (id BLOB, coins BLOB, UNIQUE (id))",
    "table (id REAL PRIMARY KEY, coins REAL NOT NULL DEFAULT 0)",
    "table (id NUMERIC PRIMARY KEY, coins DECIMAL(20,2)) WITHOUT ROWID",
    "table (guild, id, coins INTEGER CHECK (coins >= 0), PRIMARY KEY (guild, id))",
    "table (n INTEGER PRIMARY KEY, id TEXT COLLATE NOCASE, coins NUMERIC, guild TEXT)",
    "table (id ANY PRIMARY KEY, coins ANY) STRICT",
    "table (id TEXT PRIMARY KEY, coins INTEGER NOT NULL) STRICT, WITHOUT ROWID",
];
