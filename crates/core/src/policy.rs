//! What an asset's owner decides about it.

use serde::{Deserialize, Serialize};

/// What becomes of the coins where two purses that have some become one.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MergePolicy {
    /// They are added up.
    #[default]
    Sum,
    /// The larger of the two balances stays.
    Max,
    /// The balance of the purse that stays is kept, and the other one goes.
    Keep,
}

impl MergePolicy {
    const ALL: [Self; 3] = [Self::Sum, Self::Max, Self::Keep];

    /// The word stored and configured.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Max => "max",
            Self::Keep => "keep",
        }
    }

    /// The policy that a stored word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.as_str() == word)
    }
}

/// What becomes of a bot's spending that brings a purse below zero, since it was spent elsewhere meanwhile.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OverdraftPolicy {
    /// It stands. The purse owes, and repays from what comes next.
    #[default]
    Allow,
    /// It is undone by an entry that follows it: whoever sold something for it takes that back.
    Reverse,
}

impl OverdraftPolicy {
    const ALL: [Self; 2] = [Self::Allow, Self::Reverse];

    /// The word stored and configured.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Reverse => "reverse",
        }
    }

    /// The policy that a stored word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        for policy in MergePolicy::ALL {
            assert_eq!(MergePolicy::from_word(policy.as_str()), Some(policy));
        }
        for policy in OverdraftPolicy::ALL {
            assert_eq!(OverdraftPolicy::from_word(policy.as_str()), Some(policy));
        }
        assert_eq!(MergePolicy::from_word("min"), None);
        assert_eq!(OverdraftPolicy::from_word("sum"), None);
    }
}
