//! What the command can do, one verb a file.

pub(crate) mod demo;
pub(crate) mod history;
pub(crate) mod link;
pub(crate) mod show;
