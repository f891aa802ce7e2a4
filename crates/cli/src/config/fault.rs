//! What can be wrong in a configuration, and what to do about it.

use std::ops::Range;

use onepurse_core::{AssetName, Platform, Scale, ScaleError};
use onepurse_hooks::SecretError;
use thiserror::Error;

use super::url::UrlFault;
use crate::nearest::{listed, nearest};

/// A fault and the bytes of the file that it is about.
#[derive(Debug)]
pub(super) struct Located {
    pub(super) span: Range<usize>,
    pub(super) fault: Fault,
}

impl Located {
    pub(super) const fn new(span: Range<usize>, fault: Fault) -> Self {
        Self { span, fault }
    }
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum Fault {
    /// It is no TOML, or a value has the wrong shape.
    #[error("{0}")]
    Malformed(String),
    /// A key that does not exist here.
    #[error("unknown key `{name}`")]
    UnknownKey {
        /// As it was written.
        name: String,
        /// Those that exist here.
        known: Vec<String>,
    },
    /// A word that a key does not take.
    #[error("unknown word `{name}`")]
    UnknownWord {
        /// As it was written.
        name: String,
        /// Those it takes.
        known: Vec<String>,
    },
    /// A key that must be there.
    #[error("`{0}` is missing here")]
    MissingKey(String),
    /// An empty text where something must stand.
    #[error("this cannot be empty")]
    Empty,
    /// The ledger's URL.
    #[error("[ledger] url: {0}")]
    LedgerUrl(UrlFault),
    /// The ledger's URL, where the environment gives it.
    #[error("{0}")]
    EnvironmentUrl(UrlFault),
    /// A platform's URL.
    #[error("[[platform]] database: {0}")]
    PlatformUrl(UrlFault),
    /// A variable that a platform's database is said to stand in.
    #[error("[[platform]] database: the environment has no `{0}`")]
    NoVariable(String),
    /// A URL in an option.
    #[error("{0}")]
    OptionUrl(UrlFault),
    /// A variable that an option names.
    #[error("the environment has no `{0}`")]
    NoOptionVariable(String),
    /// Where the website should listen.
    #[error("`{0}` is no address to listen at")]
    NoAddress(String),
    /// A port, where the environment gives it.
    #[error("`{0}` is no port")]
    NoPort(String),
    /// Two platforms of one name.
    #[error("the platform `{0}` is there twice")]
    PlatformTwice(Platform),
    /// A platform without a balance.
    #[error("the platform `{0}` has no balance")]
    NoBalance(Platform),
    /// A database that is another platform's already.
    #[error("this is the database of the platform `{0}` already")]
    DatabaseTwice(Platform),
    /// A bot's database that is the ledger.
    #[error("this is the ledger's own file")]
    DatabaseIsLedger,
    /// Two webhooks of one name.
    #[error("the webhook `{0}` is there twice")]
    WebhookTwice(String),
    /// Where a webhook goes to.
    #[error("[[webhook]] url: `{0}` is no URL that can be posted to")]
    NoWebhookUrl(String),
    /// What a webhook is signed with.
    #[error("[[webhook]] secret: {0}")]
    NoSecret(SecretError),
    /// A variable that a webhook's secret is said to stand in.
    #[error("[[webhook]] secret: the environment has no `{0}`")]
    NoSecretVariable(String),
    /// An asset that is declared again.
    #[error("the asset `{0}` is declared twice")]
    AssetTwice(AssetName),
    /// An asset that is not declared.
    #[error("the asset `{name}` is not declared")]
    UnknownAsset {
        /// As it was written.
        name: AssetName,
        /// Those that are.
        known: Vec<String>,
    },
    /// Two balances of one asset on one platform.
    #[error("the asset `{0}` has a balance on this platform already")]
    BalanceTwice(AssetName),
    /// One column for two assets.
    #[error("this column is the balance of `{0}` already")]
    ColumnTwice(AssetName),
    /// One column for two platforms.
    #[error("a column of this platform is a balance of the platform `{0}` already")]
    ColumnOfOther(Platform),
    /// One column twice in an id.
    #[error("a column is in the id twice")]
    IdColumnTwice,
    /// A number that is no amount of this asset.
    #[error("{error}")]
    NotAnAmount {
        /// Why.
        error: ScaleError,
        /// What the asset keeps.
        scale: Scale,
    },
    /// A column that keeps more than the ledger does.
    #[error("the ledger keeps {} decimals of `{asset}`", scale.decimals())]
    TooManyDecimals {
        /// Of what.
        asset: AssetName,
        /// What the ledger keeps.
        scale: Scale,
    },
}

impl Fault {
    /// The fault that a message of the TOML reader tells of. It quotes names in backticks, the wrong one first.
    pub(super) fn from_message(message: &str) -> Self {
        let mut quoted = message.split('`').skip(1).step_by(2).map(ToOwned::to_owned);
        let name = quoted.next().unwrap_or_default();
        let known = quoted.collect();
        if message.starts_with("unknown field") {
            Self::UnknownKey { name, known }
        } else if message.starts_with("unknown variant") {
            Self::UnknownWord { name, known }
        } else if message.starts_with("missing field") {
            Self::MissingKey(name)
        } else {
            Self::Malformed(message.to_owned())
        }
    }

    /// What to do about it.
    pub(super) fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Malformed(_) => return None,
            Self::UnknownKey { name, known } => {
                return Some(
                    suggestion(name, known).unwrap_or_else(|| format!("known here: {}", listed(known))),
                );
            }
            Self::UnknownWord { known, .. } => return Some(format!("write {}", listed(known))),
            Self::UnknownAsset { name, known } => {
                let declare = format!("declare it with [[asset]] name = \"{name}\"");
                return Some(match nearest(name.as_str(), known) {
                    Some(near) => format!("did you mean `{near}`? Otherwise {declare}"),
                    None => declare,
                });
            }
            Self::MissingKey(key) => return Some(format!("add `{key} = …` to this table")),
            Self::LedgerUrl(fault) => {
                return Some(fault.hint("the ledger in SQLite or PostgreSQL", "url", "sqlite://ledger.db"));
            }
            Self::EnvironmentUrl(fault @ (UrlFault::Around(_) | UrlFault::Driver))
            | Self::OptionUrl(fault @ (UrlFault::Around(_) | UrlFault::Driver)) => {
                return Some(fault.hint("", "", ""));
            }
            Self::EnvironmentUrl(_) => {
                "set it to a URL like postgres://user:password@host/name or sqlite:///srv/onepurse/ledger.db, or to nothing and use [ledger] url"
            }
            Self::PlatformUrl(fault) => {
                return Some(fault.hint(
                    "bots' balances in SQLite, PostgreSQL or MariaDB",
                    "database",
                    "sqlite:///srv/telegram/bot.db",
                ));
            }
            Self::OptionUrl(UrlFault::Server { .. }) => {
                "this version reads SQLite and PostgreSQL: copy the table into a file of SQLite, and name that"
            }
            Self::OptionUrl(_) => {
                "write a URL like sqlite:///srv/unified.db or postgres://user:password@host/name, the name of a platform of the configuration, or that of a variable like $UNIFIED_URL"
            }
            Self::NotAnAmount { scale, .. } if *scale == Scale::WHOLE => {
                "write a whole number, or declare the asset with [[asset]] and a scale"
            }
            Self::NotAnAmount { .. } => "write fewer decimals, or declare the asset with a larger scale",
            Self::Empty => "write a name, or leave the key out where it is optional",
            Self::NoAddress(_) => {
                "write an address and a port, like 127.0.0.1:8080; with port 0 the system picks one"
            }
            Self::NoVariable(_) | Self::NoOptionVariable(_) => "set it to a URL, or write the URL here",
            Self::WebhookTwice(_) => {
                "give each webhook a name of its own: by it the ledger knows how far it has got"
            }
            Self::NoWebhookUrl(_) => "write a URL like https://shop.example/hooks",
            Self::NoSecret(_) => {
                "make one with `echo whsec_$(openssl rand -base64 24)`, and give it to the receiver"
            }
            Self::NoSecretVariable(_) => "set it to the secret, or write the secret here",
            Self::NoPort(_) => "set it to a number up to 65535, or to nothing",
            Self::PlatformTwice(_) => {
                "a platform has one database; several balances in it are several [[platform.balance]]"
            }
            Self::NoBalance(_) => "add [[platform.balance]] with table, id and column",
            Self::DatabaseTwice(_) => {
                "a database belongs to one platform; several balances in it are several [[platform.balance]]"
            }
            Self::DatabaseIsLedger => {
                "the ledger needs a file of its own: change [ledger] url (or DATABASE_URL), or this"
            }
            Self::AssetTwice(_) => "declare it once",
            Self::BalanceTwice(_) => "give the other balance another asset, declared with [[asset]]",
            Self::ColumnTwice(_) => "name another column, or tell the rows apart with `where`",
            Self::ColumnOfOther(_) => {
                "a change of it would count twice: name another column, or tell the rows apart with `where`"
            }
            Self::IdColumnTwice => "name each column once",
            Self::TooManyDecimals { .. } => "leave `decimals` out, or declare the asset with a larger scale",
        };
        Some(text.to_owned())
    }
}

/// A question that names the word that was probably meant.
pub(super) fn suggestion(name: &str, known: &[String]) -> Option<String> {
    nearest(name, known).map(|near| format!("did you mean `{near}`?"))
}
