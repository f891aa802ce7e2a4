//! The command line of the demo.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;

use crate::texts::Language;

/// `demo`
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// The folder to make; if there is one, it must be empty [default: onepurse-demo, or a temporary folder where that
    /// cannot be made]
    #[arg(long)]
    pub(crate) folder: Option<PathBuf>,
    /// Where the website listens; with port 0 the system picks one [default: 127.0.0.1:0]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// The language; without it, that of the environment
    #[arg(long, value_enum)]
    pub(crate) language: Option<Language>,
}

/// `demo-bot`
#[derive(Debug, Args)]
pub(crate) struct DemoBot {
    /// The bot's database
    pub(crate) database: PathBuf,
    /// The statement
    pub(crate) sql: String,
}
