//! Ids, amounts, events and the rules of money.
//!
//! This crate does no I/O and has no clock and no randomness of its own: every function is a function of its
//! inputs. What it says is what the ledger, the replicas and the engine between them agree on.

mod amount;
mod asset;
pub mod code;
mod cursor;
mod entry;
mod environment;
mod event;
mod id;
mod identity;
pub mod intake;
mod key;
pub mod local;
mod logged;
mod order;
mod policy;
mod pull;
mod quantity;
mod rejection;
pub mod rules;

pub use amount::Amount;
pub use asset::{Asset, AssetName, AssetNameError, DEFAULT_ASSET, Scale, ScaleError};
pub use code::{LinkCode, LinkCodeError};
pub use cursor::{ChainHash, Cursor, CursorError};
pub use entry::{Entry, EntryKind, IdentityTag};
pub use environment::{Clock, Random};
pub use event::{Event, EventKind};
pub use id::{IdError, LedgerId, PurseId, ReplicaId};
pub use identity::{ExternalId, Identity, IdentityError, Platform};
pub use key::EventKey;
pub use logged::LoggedIdentity;
pub use order::{Movement, Order};
pub use policy::{MergePolicy, OverdraftPolicy};
pub use pull::{Answer, Balance, Changes, Opening, Question, Standing, Undone};
pub use quantity::Quantity;
pub use rejection::Rejection;
