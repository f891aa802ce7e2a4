//! What only the ledger on PostgreSQL does.

mod audit;
mod between;
mod failover;
mod forget;
mod settings;
mod start;
mod trouble;
mod view;
