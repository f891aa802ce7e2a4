//! What every ledger promises, run against every ledger there is.

mod contract;
mod support;
