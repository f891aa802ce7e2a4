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
            filter: None,
            floor: None,
            missing: None,
            reinsert: Reinsert::default(),
            writes: Writes::default(),
            decimals: None,
        }
    }

    /// What capture depends on, as text: where it changes, capture has to be put in anew.
    #[must_use]
    pub fn definition(&self) -> String {
        format!(
            "table {:?} id {:?} column {:?} where {:?} scale {}",
            self.table,
            self.id,
            self.column,
            self.filter,
            self.scale.decimals(),
        )
    }
}
