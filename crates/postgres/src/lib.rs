//! How a PostgreSQL server is reached, by a ledger and by a replica alike.
//!
//! An [`Address`] says where and how safely, [`connect`] goes there, [`Begin`] starts every transaction with the same
//! care, [`watch`] tells when to look again. Everything here works behind a pooler in transaction mode, so long as its
//! callers use unnamed statements (`query_typed`, `execute_typed`) and keep no state in their sessions.

mod address;
mod begin;
mod connect;
mod error;
mod quote;
mod tls;
mod watch;

pub use address::{Address, AddressError};
pub use begin::{Begin, Limits};
pub use connect::connect;
pub use error::Error;
pub use quote::quote;
pub use tokio_postgres::{Client, Row, error::SqlState, types};
pub use watch::{Watched, ping, watch};
