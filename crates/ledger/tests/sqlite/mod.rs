//! What only the ledger in an SQLite file does.

mod audit;
mod file;
mod forget;
mod view;
