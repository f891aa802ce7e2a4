use onepurse_core::{Amount, AssetName, Scale};
use serde::{Deserialize, Serialize};

/// What a known identity's row that is inserted again means.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reinsert {
    /// Nothing: the row gets back what the purse has. Nothing minted, nothing lost.
    #[default]
    Restore,
    /// A change from the value that the row had when it was deleted.
    Take,
}

/// How the bot writes balances.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Writes {
    /// As a difference, in the database; or nobody knows.
    #[default]
    Delta,
    /// As a value computed from one it has read before: a write that puts back exactly the value from just before an
    /// inbound change is stale, and is repaired.
    Absolute,
}

/// Where a platform keeps one asset.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Mapping {
    /// What is counted.
    pub asset: AssetName,
    /// The decimals that the ledger keeps of it.
    pub scale: Scale,
    /// The bot's table.
    pub table: String,
    /// The column of the external id; several are joined by colons.
    pub id: Vec<String>,
    /// The column of the balance.
    pub column: String,
    /// The key of the balance in that column, where the column keeps a JSON document.
    pub key: Option<String>,
    /// Only rows for which this SQL expression over columns of the row is true.
    pub filter: Option<String>,
    /// Inbound balances below it are held; `None`: zero, unless the table has negative balances.
    pub floor: Option<Amount>,
    /// What an absent row counts as, where that is not simply nothing.
    pub missing: Option<Amount>,
    /// What a row that is inserted again means.
    pub reinsert: Reinsert,
    /// How the bot writes.
    pub writes: Writes,
    /// The decimals that the column keeps; `None`: what its declared type says, or the scale.
    pub decimals: Option<u8>,
}

impl Mapping {
    /// A mapping of `asset` in whole numbers to a column of a table, everything else by default.
    #[must_use]
    pub fn new(asset: AssetName, table: &str, id: &[&str], column: &str) -> Self {
        Self {
            asset,
            scale: Scale::WHOLE,
            table: table.to_owned(),
            id: id.iter().map(|&column| column.to_owned()).collect(),
            column: column.to_owned(),
            key: None,
            filter: None,
            floor: None,
            missing: None,
            reinsert: Reinsert::default(),
            writes: Writes::default(),
            decimals: None,
        }
    }

    /// How much one step of what the column keeps is, in smallest units, where it keeps so many decimals.
    pub(crate) fn step(&self, decimals: u8) -> Amount {
        Amount::new(10_i64.pow(u32::from(self.scale.decimals().saturating_sub(decimals))))
    }

    /// The largest magnitude that the column is given, in smallest units: more could not be read back.
    pub(crate) const fn largest(&self) -> u64 {
        let one = self.scale.units_per_one();
        (i64::MAX / one * one).unsigned_abs()
    }

    /// The parts of an external id, one for each id column.
    pub(crate) fn parts<'a>(&self, external: &'a str) -> Vec<&'a str> {
        external.splitn(self.id.len(), ':').collect()
    }

    /// What capture depends on, as text: where it changes, capture has to be put in anew.
    #[must_use]
    pub fn definition(&self) -> String {
        let key = self.key.as_ref().map(|key| format!(" key {key:?}")).unwrap_or_default();
        format!(
            "table {:?} id {:?} column {:?}{key} where {:?} scale {}",
            self.table,
            self.id,
            self.column,
            self.filter,
            self.scale.decimals(),
        )
    }
}
