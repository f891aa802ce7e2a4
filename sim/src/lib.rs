//! A world of replicas, a ledger, bots and people, in which everything goes wrong from a seed; and an auditor with a
//! model of its own that would notice a lost coin.

pub mod exhaustive;
