//! The command line of `onepurse worker`.

use clap::Args;

use crate::texts::Language;

/// `worker`
#[derive(Debug, Args)]
pub(crate) struct Worker {
    /// Which: a file, or the URL of a database, also with its platform before it, as in telegram=/srv/tg/users.json.onepurse.
    /// Without any: those in the variable `ONEPURSE_SIDECARS`; else every *.onepurse below this folder, and those in the ledger's database
    #[arg(value_name = "SIDECAR")]
    pub(crate) sidecars: Vec<String>,
    /// The URL of the ledger; without it, what the configuration says
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub(crate) ledger: Option<String>,
    /// The language of the log
    #[arg(long, env = "ONEPURSE_LANGUAGE")]
    pub(crate) language: Option<Language>,
}
