//! The tables of the bots: the shapes that real ones have.

use onepurse_core::Scale;
use onepurse_replica::{Mapping, Reinsert, Writes};
use rusqlite::types::Value;

use crate::dice::Dice;

/// A bot's table, and how it is mapped.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Its name, for the story.
    pub name: &'static str,
    /// How the bot makes it.
    pub create: &'static str,
    /// The bot's own triggers.
    pub triggers: &'static str,
    /// The table.
    pub table: &'static str,
    /// The columns of the id.
    pub id: &'static [&'static str],
    /// What stands in the second column of the id, where there is one.
    pub guild: Option<&'static str>,
    /// The columns of balances, with the assets that they keep.
    pub balances: &'static [(&'static str, &'static str)],
    /// Nothing keeps someone from having two rows but the bot's own care.
    pub is_keyless: bool,
    /// A balance may be NULL, which counts as nothing.
    pub nullable: bool,
    /// Ids are numbers.
    pub numeric_ids: bool,
    /// Balances have two decimals.
    pub decimals: bool,
    /// The bot's own constraint: nothing below zero.
    pub checked: bool,
    /// The bot opens it in WAL mode.
    pub wal: bool,
    /// What an absent row counts as, in whole coins.
    pub missing: Option<i64>,
    /// What a row inserted again means.
    pub reinsert: Reinsert,
    /// How the bot writes.
    pub writes: Writes,
    /// How many people the bot knows at the most.
    pub people: usize,
}

const PLAIN: Shape = Shape {
    name: "users",
    create: "CREATE TABLE users (id TEXT PRIMARY KEY, coins INTEGER NOT NULL DEFAULT 0, note TEXT)",
    triggers: "",
    table: "users",
    id: &["id"],
    guild: None,
    balances: &[("coins", "coins")],
    is_keyless: false,
    nullable: false,
    numeric_ids: false,
    decimals: false,
    checked: false,
    wal: false,
    missing: None,
    reinsert: Reinsert::Restore,
    writes: Writes::Delta,
    people: 4,
};

/// Every shape that a platform may have.
fn shapes() -> Vec<(u32, Shape)> {
    let economy = Shape {
        name: "economy",
        create: "CREATE TABLE economy (user_id INTEGER PRIMARY KEY, money INTEGER, credits INTEGER, note TEXT)",
        table: "economy",
        id: &["user_id"],
        balances: &[("coins", "money"), ("gems", "credits")],
        nullable: true,
        numeric_ids: true,
        ..PLAIN
    };
    let bank = Shape {
        name: "bank without a key",
        create: "CREATE TABLE bank (userID BIGINT, wallet BIGINT, bank BIGINT, note TEXT)",
        table: "bank",
        id: &["userID"],
        balances: &[("coins", "wallet"), ("gems", "bank")],
        is_keyless: true,
        nullable: true,
        numeric_ids: true,
        ..PLAIN
    };
    let guilds = Shape {
        name: "accounts of a guild",
        create: "CREATE TABLE account (user_id TEXT, guild_id TEXT, amount INTEGER NOT NULL DEFAULT 0, note TEXT, \
                 PRIMARY KEY (user_id, guild_id)) WITHOUT ROWID",
        table: "account",
        id: &["user_id", "guild_id"],
        guild: Some("77"),
        balances: &[("coins", "amount")],
        ..PLAIN
    };
    let checked = Shape {
        name: "users never below zero",
        create: "CREATE TABLE users (id TEXT PRIMARY KEY, coins INTEGER NOT NULL DEFAULT 0 CHECK (coins >= 0), note TEXT)",
        checked: true,
        wal: true,
        ..PLAIN
    };
    let storage = Shape {
        name: "storage with decimals",
        create: "CREATE TABLE storage (n INTEGER PRIMARY KEY, user_id INTEGER UNIQUE, balance REAL NOT NULL DEFAULT 0, note TEXT)",
        table: "storage",
        id: &["user_id"],
        balances: &[("coins", "balance")],
        numeric_ids: true,
        decimals: true,
        ..PLAIN
    };
    let taxed = Shape {
        name: "users with a tax of the bot's own trigger",
        triggers: "CREATE TRIGGER tax AFTER UPDATE OF coins ON users WHEN NEW.coins > OLD.coins AND NEW.id <> '1' \
                   BEGIN UPDATE users SET coins = coins + 1 WHERE id = '1'; END",
        ..PLAIN
    };
    vec![
        (4, PLAIN),
        (4, economy),
        (4, bank),
        (2, guilds),
        (2, checked),
        (2, storage),
        (1, taxed),
        (1, Shape { name: "users in WAL mode", wal: true, ..PLAIN }),
        (1, Shape { name: "a dozen users", people: 13, ..PLAIN }),
        (1, Shape { name: "users who start at 100", missing: Some(100), ..PLAIN }),
        (1, Shape { name: "users whose rows count again", reinsert: Reinsert::Take, ..PLAIN }),
        (1, Shape { name: "users written as a whole", writes: Writes::Absolute, ..PLAIN }),
    ]
}

impl Shape {
    /// One of them.
    pub fn any(dice: &mut Dice) -> Self {
        let shapes = shapes();
        let numbers: Vec<_> = shapes.iter().enumerate().map(|(n, (weight, _))| (*weight, n)).collect();
        let mut shape = dice.weighted(&numbers).map_or(PLAIN, |n| shapes[n].1);
        if shape.people == PLAIN.people {
            shape.people = 2 + dice.below(6);
        }
        shape
    }

    /// The founding one: `users(id TEXT PRIMARY KEY, coins INTEGER …)`.
    #[must_use]
    pub const fn founding() -> Self {
        PLAIN
    }

    /// The founding one with something more said of its users, as in "never below zero".
    #[must_use]
    pub fn users(kind: &str) -> Option<Self> {
        shapes().into_iter().map(|(_, shape)| shape).find(|shape| shape.kind_of_users() == Some(kind))
    }

    /// All that can be said of users.
    #[must_use]
    pub fn kinds_of_users() -> Vec<&'static str> {
        shapes().iter().filter_map(|(_, shape)| shape.kind_of_users()).collect()
    }

    fn kind_of_users(&self) -> Option<&'static str> {
        self.name.strip_prefix("users ")
    }

    /// The mappings of its balances. Coins have `scale` decimals in the ledger.
    #[must_use]
    pub fn mappings(&self, scale: Scale) -> Vec<Mapping> {
        let mapping = |&(asset, column): &(&str, &str)| {
            let asset = asset.parse().unwrap_or_default();
            let mut mapping = Mapping::new(asset, self.table, self.id, column);
            if mapping.asset.as_str() == "coins" {
                mapping.scale = scale;
            }
            mapping.filter = self.guild.map(|guild| format!("guild_id = '{guild}'"));
            mapping.missing =
                self.missing.map(|coins| onepurse_core::Amount::new(coins * mapping.scale.units_per_one()));
            mapping.reinsert = self.reinsert;
            mapping.writes = self.writes;
            mapping
        };
        self.balances.iter().map(mapping).collect()
    }

    /// The external id of the person called `id` in the table.
    #[must_use]
    pub fn external(&self, id: &str) -> String {
        self.guild.map_or_else(|| id.to_owned(), |guild| format!("{id}:{guild}"))
    }

    /// The SQL condition of the row of the person who is parameter 2.
    #[must_use]
    pub fn is(&self) -> String {
        let guild = self.guild.map(|guild| format!(" AND {} = '{guild}'", self.id[1])).unwrap_or_default();
        format!("{} = ?2{guild}", self.id[0])
    }

    /// The columns of an INSERT that names the id, which is parameter 2, and one balance; and its values.
    #[must_use]
    pub fn inserted(&self, column: &str, value: &str) -> (String, String) {
        let guild = self.guild.map(|guild| format!(", '{guild}'")).unwrap_or_default();
        (format!("{}, {column}", self.id.join(", ")), format!("?2{guild}, {value}"))
    }

    /// How rows are read: of several of one person the first comes first.
    #[must_use]
    pub const fn order(&self) -> &'static str {
        if self.is_keyless { " ORDER BY rowid" } else { "" }
    }

    /// An id as this bot keeps it.
    #[must_use]
    pub fn key(&self, id: usize) -> Value {
        if self.numeric_ids {
            Value::Integer(i64::try_from(id).unwrap_or_default())
        } else {
            Value::Text(id.to_string())
        }
    }
}
