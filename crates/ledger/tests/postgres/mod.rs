//! What only the ledger on PostgreSQL does.

mod audit;
mod settings;
mod start;
mod trouble;
mod view;
