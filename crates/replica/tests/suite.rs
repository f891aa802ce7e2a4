//! What every replica promises, run against every kind of database there is, over a ledger that is only a list.

mod contract;
mod support;
