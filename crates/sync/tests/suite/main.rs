//! The engine over real databases: a ledger and bots' databases in SQLite, with a clock of the test's own.

mod founding;
mod restore;
mod world;
