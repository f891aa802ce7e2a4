use std::{fmt, path::PathBuf, str::FromStr};

use mysql_async::{Opts, OptsBuilder, SslOpts};
use percent_encoding::percent_decode_str;
use thiserror::Error;

/// Where a MariaDB database is and how it is reached: `mysql://user:password@host:port/name`, or `mariadb://…`, with
/// `sslmode` and `sslrootcert` behind a question mark, which mean what they mean for PostgreSQL but for `verify-ca`. Shown without its
/// password.
#[derive(Clone, PartialEq, Eq)]
pub struct MariaDbAddress {
    opts: Opts,
    database: String,
    trust: Trust,
}

/// The text is no address of a MariaDB database.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MariaDbAddressError {
    /// Another kind of address.
    #[error("an address of MariaDB begins with mysql:// or mariadb://")]
    Scheme,
    /// A host and a database's name belong to it.
    #[error("the address has to be mysql://user:password@host:port/name")]
    Incomplete,
    /// No such mode.
    #[error("sslmode is disable, prefer, require or verify-full, not `{0}`")]
    SslMode(String),
    /// No such option.
    #[error("there is no option `{0}`: sslmode and sslrootcert are known")]
    Option(String),
}

/// Whose certificate is good enough. The paths name files of certificates; without one, the system's are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Trust {
    /// The connection is not encrypted.
    Plain,
    /// Encrypted where the server can, and whoever it is.
    Prefer,
    Anyone,
    /// One that the authority signed for this host.
    Name(Option<PathBuf>),
}

impl Trust {
    /// As `libpq` reads them, but that the driver cannot trust an authority for any name: there is no `verify-ca`, and
    /// `require` with certificates at hand checks the name too.
    fn of(mode: Option<&str>, roots: Option<PathBuf>) -> Result<Self, MariaDbAddressError> {
        match (mode, roots) {
            (Some("disable"), _) => Ok(Self::Plain),
            (None | Some("prefer"), _) => Ok(Self::Prefer),
            (Some("require"), None) => Ok(Self::Anyone),
            (Some("require"), roots @ Some(_)) | (Some("verify-full"), roots) => Ok(Self::Name(roots)),
            (Some(other), _) => Err(MariaDbAddressError::SslMode(other.to_owned())),
        }
    }

    fn tls(&self) -> Option<SslOpts> {
        match self {
            Self::Plain => None,
            Self::Prefer | Self::Anyone => Some(SslOpts::default().with_danger_accept_invalid_certs(true)),
            Self::Name(roots) => {
                let certificates = match roots {
                    Some(path) => vec![path.clone().into()],
                    None => system().into_iter().map(Into::into).collect(),
                };
                Some(SslOpts::default().with_disable_built_in_roots(true).with_root_certs(certificates))
            }
        }
    }
}

/// The certificates that this system trusts.
fn system() -> Vec<Vec<u8>> {
    rustls_native_certs::load_native_certs().certs.iter().map(|one| one.as_ref().to_vec()).collect()
}

impl FromStr for MariaDbAddress {
    type Err = MariaDbAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text.strip_prefix("mysql://").or_else(|| text.strip_prefix("mariadb://"));
        let (place, options) = rest
            .ok_or(MariaDbAddressError::Scheme)?
            .split_once('?')
            .unwrap_or((rest.unwrap_or_default(), ""));
        let (mut mode, mut roots) = (None, None);
        for option in options.split('&').filter(|option| !option.is_empty()) {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            let value = percent_decode_str(value).decode_utf8_lossy().into_owned();
            match name {
                "sslmode" => mode = Some(value),
                "sslrootcert" => roots = Some(value).filter(|path| path != "system").map(PathBuf::from),
                other => return Err(MariaDbAddressError::Option(other.to_owned())),
            }
        }
        // What the driver says of an address may hold a part of it.
        let opts =
            Opts::from_url(&format!("mysql://{place}")).map_err(|_| MariaDbAddressError::Incomplete)?;
        let database = opts.db_name().ok_or(MariaDbAddressError::Incomplete)?.to_owned();
        Ok(Self { opts, database, trust: Trust::of(mode.as_deref(), roots)? })
    }
}

impl MariaDbAddress {
    /// The database's name.
    pub(super) fn database(&self) -> &str {
        &self.database
    }

    /// A server that cannot encrypt is good enough.
    pub(super) fn may_be_plain(&self) -> bool {
        self.trust == Trust::Prefer
    }

    /// What the driver is told; with TLS as the address asks, or without.
    pub(super) fn driver(&self, is_encrypted: bool) -> OptsBuilder {
        let tls = if is_encrypted { self.trust.tls() } else { None };
        // A socket instead of the address that was given might be another server's.
        OptsBuilder::from_opts(self.opts.clone()).prefer_socket(false).ssl_opts(tls)
    }

    /// Whether both name one database, whoever comes and however safely. A server may have other names beside these.
    #[must_use]
    pub fn is_same_database(&self, other: &Self) -> bool {
        let place =
            |of: &Self| (of.opts.ip_or_hostname().to_owned(), of.opts.tcp_port(), of.database.clone());
        place(self) == place(other)
    }
}

impl fmt::Display for MariaDbAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("mysql://")?;
        if let Some(user) = self.opts.user() {
            write!(f, "{user}@")?;
        }
        write!(f, "{}:{}/{}", self.opts.ip_or_hostname(), self.opts.tcp_port(), self.database)
    }
}

impl fmt::Debug for MariaDbAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MariaDbAddress({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        for (text, expected) in [
            ("mysql://ada:secret@db.example/coins", "mysql://ada@db.example:3306/coins"),
            (
                "mariadb://ada:s%40cret@127.0.0.1:3307/coins?sslmode=disable",
                "mysql://ada@127.0.0.1:3307/coins",
            ),
            ("mysql://db/coins", "mysql://db:3306/coins"),
        ] {
            let address: MariaDbAddress = text.parse().unwrap();
            assert_eq!(address.to_string(), expected);
            assert_eq!(format!("{address:?}"), format!("MariaDbAddress({expected})"));
        }
    }

    #[test]
    fn what_is_no_address_is_refused_without_its_password() {
        for (text, expected) in [
            ("postgres://ada:secret@db/coins", "mysql://"),
            ("mysql://ada:secret@db", "/name"),
            ("mysql://ada:secret@db:port/coins", "/name"),
            ("mysql://ada:secret@db/coins?sslmode=maybe", "sslmode is"),
            ("mysql://ada:secret@db/coins?sslmode=verify-ca", "sslmode is"),
            ("mysql://ada:secret@db/coins?color=red", "`color`"),
        ] {
            let refused = text.parse::<MariaDbAddress>().unwrap_err().to_string();
            assert!(refused.contains(expected), "{text}: {refused}");
            assert!(!refused.contains("secret"), "{refused}");
        }
    }

    #[test]
    fn whom_to_trust_is_read_as_psql_reads_it() {
        let trust = |options: &str| {
            let address: MariaDbAddress = format!("mysql://ada@db/coins?{options}").parse().unwrap();
            address.trust
        };
        let file = Some(PathBuf::from("/etc/our ca.pem"));
        assert_eq!(trust(""), Trust::Prefer);
        assert_eq!(trust("sslmode=disable"), Trust::Plain);
        assert_eq!(trust("sslmode=require"), Trust::Anyone);
        assert_eq!(trust("sslmode=require&sslrootcert=/etc/our%20ca.pem"), Trust::Name(file.clone()));
        assert_eq!(trust("sslrootcert=/etc/our%20ca.pem&sslmode=verify-full"), Trust::Name(file));
        assert_eq!(trust("sslmode=verify-full&sslrootcert=system"), Trust::Name(None));
    }

    #[test]
    fn one_database_has_many_addresses() {
        let is_same = |one: &str, other: &str| {
            let (one, other): (MariaDbAddress, MariaDbAddress) =
                (one.parse().unwrap(), other.parse().unwrap());
            one.is_same_database(&other)
        };
        let coins = "mysql://ada:secret@db/coins";
        for (other, expected) in [
            ("mariadb://bob@db:3306/coins?sslmode=require", true),
            ("mysql://ada:secret@db/bot", false),
            ("mysql://ada:secret@db:3307/coins", false),
            ("mysql://ada:secret@other/coins", false),
        ] {
            assert_eq!(is_same(coins, other), expected, "{other}");
        }
    }
}
