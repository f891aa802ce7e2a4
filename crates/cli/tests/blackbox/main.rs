//! The whole product from outside: the real program, and bots in processes of their own that write to their databases
//! as they always did. Each test is named by the hazard that it is about.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod harness;

mod books;
mod constraints;
mod decimals;
mod deletes;
mod documentation;
mod forget;
mod founding;
mod hazards;
mod ids;
mod imports;
mod input;
mod kills;
mod ledgers;
mod links;
mod live;
mod locking;
mod mariadb;
mod money;
mod openings;
mod ordeal;
mod postgres;
mod presence;
mod proof;
mod reached;
mod reattach;
mod rebuild;
mod replace;
mod replaced;
mod schema;
mod stale;
mod statements;
mod strangers;
mod torture;
mod transactions;
mod trouble;
mod walk;
mod webhooks;
mod website;
