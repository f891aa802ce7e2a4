//! Outgoing webhooks: what happens in the ledger, told to other programs.
//!
//! A courier ([`carry`]) reads the log from its bookmark on, makes items of what a receiver wants ([`Topic`]), and posts
//! them, signed as [Standard Webhooks](https://www.standardwebhooks.com) has it. The bookmark, which is in the ledger, moves when
//! the receiver has said that it has them: so everything is told at least once, each item with an id by which a repeat can
//! be dropped. A receiver that is away is tried again and again, ever more seldom, and delays nobody else.

mod courier;
mod item;
mod secret;

pub use courier::{Courier, carry};
pub use item::{Item, Topic, items};
pub use secret::{Secret, SecretError};

/// Somebody who wants to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// What its bookmark is known by.
    pub name: String,
    /// Where it is posted to: `https://…` or `http://…`.
    pub url: String,
    /// What it is signed with.
    pub secret: Secret,
    /// What is told.
    pub topics: Vec<Topic>,
}
