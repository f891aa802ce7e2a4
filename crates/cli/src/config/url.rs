//! Where a database is, as a URL. What is in a URL is never repeated in an error: it may hold a password.

use std::path::Path;

use onepurse_postgres::{Address, AddressError};
use onepurse_replica::{MariaDbAddress, MariaDbAddressError};
use thiserror::Error;

use super::Database;

/// A database and its name for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    /// As it was written, without secrets.
    pub(super) shown: String,
    /// Where it is.
    pub(super) database: Database,
}

/// Why a URL names no database that can be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum UrlFault {
    /// It names a server.
    #[error("`{scheme}://` ({name}) is not supported")]
    Server {
        /// As it is written.
        scheme: &'static str,
        /// As it is called.
        name: &'static str,
    },
    /// It names something unheard of.
    #[error("the URL begins with no scheme that is known")]
    UnknownScheme,
    /// It is a path, or nothing like a URL.
    #[error("this is no URL")]
    NoScheme,
    /// The file's name is missing.
    #[error("the URL names no file")]
    NoFile,
    /// A database that lives in memory cannot be shared.
    #[error("a database in memory cannot be shared with a bot")]
    InMemory,
    /// Something stands around it that is no part of it.
    #[error("the URL has {0} around it")]
    Around(&'static str),
    /// It is written as a library of Python wants it.
    #[error("the URL names a driver after a +")]
    Driver,
    /// It is PostgreSQL's, and something in it is wrong.
    #[error("{0}")]
    Postgres(&'static str),
    /// It is MariaDB's, and something in it is wrong.
    #[error("{0}")]
    MariaDb(&'static str),
    /// It is MariaDB's, and is to hold a ledger.
    #[error("no ledger can be in MariaDB")]
    NoLedger,
    /// Options are not a part of the file's name.
    #[error("the URL has options after a `?`, and none are known")]
    Options,
}

impl UrlFault {
    /// What to write under `key`, which says where `what` is.
    pub(super) fn hint(&self, what: &str, key: &str, example: &str) -> String {
        match self {
            Self::Server { .. } => format!(
                "this version keeps {what}: {key} = \"{example}\" or \"postgres://user:password@host/name\""
            ),
            Self::NoLedger => format!(
                "a bot's balances can be there; keep {what}: {key} = \"{example}\" or \"postgres://user:password@host/name\""
            ),
            Self::MariaDb(_) => {
                format!("write it like {key} = \"mysql://user:password@host:3306/name?sslmode=require\"")
            }
            Self::Postgres(_) => {
                format!("write it like {key} = \"postgres://user:password@host:5432/name?sslmode=require\"")
            }
            Self::UnknownScheme | Self::NoScheme | Self::NoFile => {
                format!("write it like {key} = \"{example}\"; three slashes begin an absolute path")
            }
            Self::Around(_) => {
                "write the URL alone, without blanks and quotes: a variable of a service is taken as it stands".to_owned()
            }
            Self::Driver => {
                "leave out the + and what follows it up to the colon: postgresql+asyncpg://… is postgresql://… here".to_owned()
            }
            Self::InMemory => format!("name a file: {key} = \"{example}\""),
            Self::Options => "leave the options out".to_owned(),
        }
    }
}

const SERVERS: [(&str, &str); 1] = [("mongodb", "MongoDB")];

/// Reads the URL of a ledger.
pub(super) fn read_ledger(url: &str, folder: &Path) -> Result<Named, UrlFault> {
    match read(url, folder) {
        Ok(Named { database: Database::MariaDb(_), .. }) | Err(UrlFault::MariaDb(_)) => {
            Err(UrlFault::NoLedger)
        }
        read => read,
    }
}

/// Reads a URL; a relative path counts from `folder`.
pub(super) fn read(url: &str, folder: &Path) -> Result<Named, UrlFault> {
    if let Some(around) = around(url) {
        return Err(UrlFault::Around(around));
    }
    let (scheme, rest) = url.split_once(':').ok_or(UrlFault::NoScheme)?;
    let scheme = scheme.to_ascii_lowercase();
    if scheme.split_once('+').is_some_and(|(kind, _)| KINDS.contains(&kind)) {
        return Err(UrlFault::Driver);
    }
    let is_postgres = matches!(&*scheme, "postgres" | "postgresql");
    let is_mariadb = matches!(&*scheme, "mysql" | "mariadb");
    if has_a_stray_at(rest) && (is_postgres || is_mariadb) {
        return Err(if is_postgres { UrlFault::Postgres(SIGNS) } else { UrlFault::MariaDb(SIGNS) });
    }
    if is_postgres {
        let address: Address = format!("{scheme}:{rest}").parse().map_err(postgres)?;
        return Ok(Named { shown: address.to_string(), database: Database::Postgres(Box::new(address)) });
    }
    if is_mariadb {
        let address: MariaDbAddress = format!("{scheme}:{rest}").parse().map_err(mariadb)?;
        return Ok(Named { shown: address.to_string(), database: Database::MariaDb(Box::new(address)) });
    }
    if scheme != "sqlite" {
        let server = SERVERS.iter().find(|(name, _)| *name == scheme);
        let other = if rest.starts_with("//") { UrlFault::UnknownScheme } else { UrlFault::NoScheme };
        return Err(server.map_or(other, |&(scheme, name)| UrlFault::Server { scheme, name }));
    }
    let file = rest.strip_prefix("//").unwrap_or(rest);
    match file {
        _ if is_folder(file) => Err(UrlFault::NoFile),
        ":memory:" => Err(UrlFault::InMemory),
        _ if file.contains('?') => Err(UrlFault::Options),
        _ => Ok(Named { shown: url.to_owned(), database: Database::Sqlite(folder.join(file)) }),
    }
}

const KINDS: [&str; 5] = ["postgres", "postgresql", "mysql", "mariadb", "sqlite"];

/// What stands around a URL that was copied with more than itself.
fn around(text: &str) -> Option<&'static str> {
    if text.trim().starts_with(['"', '\'', '`']) {
        return Some("quotes");
    }
    (text.trim() != text).then_some("blanks")
}

const SIGNS: &str = "the URL has a second @: in a password it stands as %40, a / as %2F, a # as %23, a ? as %3F and a % as %25";

/// The driver would take what stands before the last one for a host, and everyone would be shown a part of the password.
fn has_a_stray_at(place: &str) -> bool {
    place.matches('@').count() > 1
}

/// In words of our own: what stands in an option may be the rest of a password with a question mark in it.
#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn postgres(error: AddressError) -> UrlFault {
    UrlFault::Postgres(match error {
        AddressError::Scheme | AddressError::NoHost => "the URL names no host",
        AddressError::SslMode(_) => {
            "its sslmode is none of disable, prefer, require, verify-ca and verify-full"
        }
        AddressError::Invalid(_) => {
            "the URL has a port or an option that cannot be, or a password with signs that stand in a URL as %3F for ?, \
             %23 for #, %2F for /, %40 for @ and %25 for %"
        }
    })
}

/// In words of our own, as well.
#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn mariadb(error: MariaDbAddressError) -> UrlFault {
    UrlFault::MariaDb(match error {
        MariaDbAddressError::SslMode(_) => "its sslmode is none of disable, prefer, require and verify-full",
        MariaDbAddressError::Option(_) => "it has an option that is neither sslmode nor sslrootcert",
        MariaDbAddressError::Scheme | MariaDbAddressError::Incomplete => {
            "the URL lacks a host or a database's name, or has a password with signs that stand in a URL as %3F for ?, \
             %23 for #, %2F for /, %40 for @ and %25 for %"
        }
    })
}

/// Nothing stands after the last slash, or only dots that mean a folder.
fn is_folder(file: &str) -> bool {
    matches!(file.rsplit('/').next(), None | Some("" | "." | ".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_a_file() {
        for (url, path) in [
            ("sqlite:///srv/tg/bot.db", "/srv/tg/bot.db"),
            ("sqlite://ledger.db", "/etc/op/ledger.db"),
            ("sqlite://./data/ledger.db", "/etc/op/./data/ledger.db"),
            ("sqlite:ledger.db", "/etc/op/ledger.db"),
            ("sqlite:/srv/bot.db", "/srv/bot.db"),
            ("SQLite:///srv/мой бот.db", "/srv/мой бот.db"),
        ] {
            let named = read(url, Path::new("/etc/op")).unwrap();
            assert_eq!(named.database, Database::Sqlite(path.into()), "{url}");
            assert_eq!(named.shown, url);
        }
    }

    #[test]
    fn a_url_names_a_database_on_a_server() {
        for url in ["postgres://bot:secret@db.example/coins", "PostgreSQL://bot:secret@db.example:5432/coins"]
        {
            let named = read(url, Path::new("/etc/op")).unwrap();
            assert_eq!(named.shown, "postgres://bot@db.example:5432/coins");
            assert!(!format!("{named:?}").contains("secret"), "{named:?}");
        }
        for url in ["mysql://bot:secret@db.example/coins", "MariaDB://bot:secret@db.example:3306/coins"] {
            let named = read(url, Path::new("/etc/op")).unwrap();
            assert_eq!(named.shown, "mysql://bot@db.example:3306/coins");
            assert!(!format!("{named:?}").contains("secret"), "{named:?}");
            assert_eq!(read_ledger(url, Path::new("")), Err(UrlFault::NoLedger));
        }
    }

    #[test]
    fn a_url_of_anything_else_is_refused() {
        let server = |scheme, name| UrlFault::Server { scheme, name };
        for (url, fault) in [
            ("postgres:bot", UrlFault::Postgres("the URL names no host")),
            ("postgres://", UrlFault::Postgres("the URL names no host")),
            (
                "mysql://root@localhost/bot?sslmode=maybe",
                UrlFault::MariaDb("its sslmode is none of disable, prefer, require and verify-full"),
            ),
            (
                "mariadb://root@localhost/bot?charset=x",
                UrlFault::MariaDb("it has an option that is neither sslmode nor sslrootcert"),
            ),
            ("mongodb://localhost/bot", server("mongodb", "MongoDB")),
            (" postgres://bot@localhost/bot", UrlFault::Around("blanks")),
            ("postgres://bot@localhost/bot\n", UrlFault::Around("blanks")),
            ("\"postgres://bot@localhost/bot\"", UrlFault::Around("quotes")),
            (" 'postgres://bot@localhost/bot'", UrlFault::Around("quotes")),
            ("postgresql+asyncpg://bot@localhost/bot", UrlFault::Driver),
            ("mysql+pymysql://bot@localhost/bot", UrlFault::Driver),
            ("sqlite+aiosqlite:///srv/bot.db", UrlFault::Driver),
            ("git+ssh://localhost", UrlFault::UnknownScheme),
            ("redis://localhost", UrlFault::UnknownScheme),
            ("bot.db", UrlFault::NoScheme),
            ("/srv/bot.db", UrlFault::NoScheme),
            ("C:\\bots\\bot.db", UrlFault::NoScheme),
            ("", UrlFault::NoScheme),
            ("sqlite://", UrlFault::NoFile),
            ("sqlite:", UrlFault::NoFile),
            ("sqlite:///", UrlFault::NoFile),
            ("sqlite:////", UrlFault::NoFile),
            ("sqlite:///srv/", UrlFault::NoFile),
            ("sqlite://..", UrlFault::NoFile),
            ("sqlite::memory:", UrlFault::InMemory),
            ("sqlite://:memory:", UrlFault::InMemory),
            ("sqlite://bot.db?mode=ro", UrlFault::Options),
        ] {
            assert_eq!(read(url, Path::new("")), Err(fault), "{url}");
        }
    }
}
