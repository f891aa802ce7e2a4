//! `onepurse demo`: everything at work, on two small databases made for it.

pub(crate) mod bot;
pub(crate) mod folder;
pub(crate) mod shell;
pub(crate) mod sight;
pub(crate) mod story;
