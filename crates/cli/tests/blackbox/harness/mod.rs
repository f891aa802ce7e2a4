//! What the tests stand on: a folder with databases, bots in processes of their own, and the real program.

pub(crate) mod answers;
pub(crate) mod bot;
pub(crate) mod config;
pub(crate) mod crowd;
pub(crate) mod database;
pub(crate) mod disk;
pub(crate) mod files;
pub(crate) mod giver;
pub(crate) mod pair;
pub(crate) mod process;
pub(crate) mod python;
pub(crate) mod server_bot;
pub(crate) mod session;
pub(crate) mod shapes;
pub(crate) mod wait;
pub(crate) mod world;

pub(crate) use bot::Bot;
pub(crate) use crowd::Crowd;
pub(crate) use disk::{SmallDisk, with_mounts_of_its_own};
pub(crate) use giver::{GIVEN, Giver};
pub(crate) use pair::Pair;
pub(crate) use server_bot::ServerBot;
pub(crate) use session::{Driver, Session};
pub(crate) use shapes::{ACCOUNT, BANK, CACHED, ECONOMY, FOUNDING, STORAGE, Shape};
pub(crate) use wait::{Stopwatch, holds_for_seconds, let_run_ms, wait_for, wait_until};
pub(crate) use world::{Running, World};
