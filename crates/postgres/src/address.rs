use std::{fmt, path::PathBuf, str::FromStr, time::Duration};

use percent_encoding::percent_decode_str;
use thiserror::Error;
use tokio_postgres::{
    Config,
    config::{Host, SslMode},
};

use crate::tls::Trust;

/// How long reaching one host takes at most, where the address says nothing else.
const CONNECT: Duration = Duration::from_secs(5);
/// How long what was sent may stay unheard before the connection counts as lost.
const UNHEARD: Duration = Duration::from_secs(15);
/// A connection that is silent for so long is asked whether it is still there.
const SILENT: Duration = Duration::from_secs(15);
const ASKED_EVERY: Duration = Duration::from_secs(5);
const ASKED_TIMES: u32 = 3;
const PORT: u16 = 5432;

/// Where a PostgreSQL database is and how it is reached: `postgres://user:password@host:port/name`, with the options
/// that `psql` knows behind a question mark. Shown without its password.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    pub(crate) config: Config,
    pub(crate) trust: Trust,
}

/// The text is no address of a PostgreSQL database.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AddressError {
    /// Another kind of address.
    #[error("an address of PostgreSQL begins with postgres:// or postgresql://")]
    Scheme,
    /// A database's name belongs to it.
    #[error("the address names no host")]
    NoHost,
    /// No such mode.
    #[error("sslmode is disable, prefer, require, verify-ca or verify-full, not `{0}`")]
    SslMode(String),
    /// Anything else, in the driver's words. They name options, never values.
    #[error("the address cannot be used: {0}")]
    Invalid(String),
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err(AddressError::Scheme);
        }
        let (place, options) = text.split_once('?').unwrap_or((text, ""));
        let mut tls = Tls::default();
        let others: Vec<_> = options.split('&').filter(|option| !tls.takes(option)).collect();
        let mut config: Config = format!("{place}?{}", others.join("&"))
            .trim_end_matches('?')
            .parse()
            .map_err(|error| AddressError::Invalid(crate::Error::from(error).to_string()))?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(AddressError::NoHost);
        }
        let (mode, trust) = tls.settle()?;
        config.ssl_mode(mode);
        settle(&mut config);
        Ok(Self { config, trust })
    }
}

/// What the driver does not know of TLS.
#[derive(Default)]
struct Tls {
    mode: Option<String>,
    roots: Option<PathBuf>,
}

impl Tls {
    fn takes(&mut self, option: &str) -> bool {
        let Some((name, value)) = option.split_once('=') else { return false };
        let value = || percent_decode_str(value).decode_utf8_lossy().into_owned();
        match name {
            "sslmode" => self.mode = Some(value()),
            "sslrootcert" => self.roots = Some(value()).filter(|path| path != "system").map(PathBuf::from),
            _ => return false,
        }
        true
    }

    /// As `libpq` reads them: `require` with certificates at hand checks them too.
    fn settle(self) -> Result<(SslMode, Trust), AddressError> {
        match (self.mode.as_deref(), self.roots) {
            (Some("disable"), _) => Ok((SslMode::Disable, Trust::Anyone)),
            (None | Some("prefer"), _) => Ok((SslMode::Prefer, Trust::Anyone)),
            (Some("require"), None) => Ok((SslMode::Require, Trust::Anyone)),
            (Some("require"), roots @ Some(_)) | (Some("verify-ca"), roots) => {
                Ok((SslMode::Require, Trust::Authority(roots)))
            }
            (Some("verify-full"), roots) => Ok((SslMode::Require, Trust::Name(roots))),
            (Some(other), _) => Err(AddressError::SslMode(other.to_owned())),
        }
    }
}

/// A server that is gone without a word has to be noticed, also where the address says nothing of it.
fn settle(config: &mut Config) {
    if config.get_application_name().is_none() {
        config.application_name("onepurse");
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(UNHEARD);
    }
    if config.get_keepalives_interval().is_none() {
        config.keepalives_idle(SILENT).keepalives_interval(ASKED_EVERY).keepalives_retries(ASKED_TIMES);
    }
}

impl Address {
    /// How long reaching it may take in all.
    pub(crate) fn patience(&self) -> Duration {
        let hosts = self.config.get_hosts().len().max(self.config.get_hostaddrs().len()).max(1);
        let each = self.config.get_connect_timeout().copied().unwrap_or(CONNECT);
        each.saturating_mul(u32::try_from(hosts).unwrap_or(u32::MAX))
    }

    /// Whether both name one database, whoever comes and however safely. A server may have other names beside these.
    #[must_use]
    pub fn is_same_database(&self, other: &Self) -> bool {
        let name = |of: &Self| of.config.get_dbname().or(of.config.get_user()).map(ToOwned::to_owned);
        let ports = |of: &Self| (0..of.config.get_hosts().len()).map(|at| of.port(at)).collect::<Vec<_>>();
        self.config.get_hosts() == other.config.get_hosts()
            && self.config.get_hostaddrs() == other.config.get_hostaddrs()
            && ports(self) == ports(other)
            && name(self) == name(other)
    }

    /// That of the host at this place.
    fn port(&self, at: usize) -> u16 {
        let ports = self.config.get_ports();
        ports.get(at).or(ports.first()).copied().unwrap_or(PORT)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://")?;
        if let Some(user) = self.config.get_user() {
            write!(f, "{user}@")?;
        }
        for (at, host) in self.config.get_hosts().iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            let port = self.port(at);
            match host {
                Host::Tcp(name) if name.contains(':') => write!(f, "{comma}[{name}]:{port}")?,
                Host::Tcp(name) => write!(f, "{comma}{name}:{port}")?,
                Host::Unix(path) => write!(f, "{comma}{}:{port}", path.display())?,
            }
        }
        self.config.get_dbname().map_or(Ok(()), |name| write!(f, "/{name}"))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let address: Address = text.parse().unwrap();
        assert_eq!(format!("{address:?}"), format!("Address({address})"));
        address.to_string()
    }

    #[test]
    fn an_address_is_shown_without_its_password() {
        for (text, expected) in [
            ("postgres://ada:secret@db.example/coins", "postgres://ada@db.example:5432/coins"),
            (
                "postgresql://ada:s%40cret@127.0.0.1:6432/coins?sslmode=disable",
                "postgres://ada@127.0.0.1:6432/coins",
            ),
            (
                "postgres://ada@one:1,two:2/coins?target_session_attrs=read-write",
                "postgres://ada@one:1,two:2/coins",
            ),
            ("postgres://ada:secret@[::1]:5433/coins", "postgres://ada@[::1]:5433/coins"),
            ("postgres://ada:secret@%2Frun%2Fpg/coins", "postgres://ada@/run/pg:5432/coins"),
        ] {
            assert_eq!(shown(text), expected);
        }
    }

    #[test]
    fn one_database_has_many_addresses() {
        let is_same = |one: &str, other: &str| {
            let (one, other): (Address, Address) = (one.parse().unwrap(), other.parse().unwrap());
            one.is_same_database(&other)
        };
        let coins = "postgres://ada:secret@db/coins";
        for (other, expected) in [
            ("postgresql://bob@db:5432/coins?sslmode=require", true),
            ("postgres://coins@db", true),
            ("postgres://ada:secret@db", false),
            ("postgres://ada:secret@db/bot", false),
            ("postgres://ada:secret@db:5433/coins", false),
            ("postgres://ada:secret@other/coins", false),
            ("postgres://ada:secret@db,other/coins", false),
        ] {
            assert_eq!(is_same(coins, other), expected, "{other}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_without_its_password() {
        for (text, expected) in [
            ("mysql://ada:secret@db/coins", "postgres://"),
            ("ledger.db", "postgres://"),
            ("postgres:///coins", "no host"),
            ("postgres://ada:secret@db/coins?sslmode=maybe", "sslmode is"),
            ("postgres://ada:secret@db/coins?color=red", "color"),
            ("postgres://ada:secret@db:port/coins", "port"),
        ] {
            let refused = text.parse::<Address>().unwrap_err().to_string();
            assert!(refused.contains(expected), "{text}: {refused}");
            assert!(!refused.contains("secret"), "{refused}");
        }
    }

    #[test]
    fn whom_to_trust_is_read_as_psql_reads_it() {
        let trust = |options: &str| {
            let address: Address = format!("postgres://ada@db/coins?{options}").parse().unwrap();
            (address.config.get_ssl_mode(), address.trust)
        };
        let file = Some(PathBuf::from("/etc/our ca.pem"));
        assert_eq!(trust(""), (SslMode::Prefer, Trust::Anyone));
        assert_eq!(trust("sslmode=require&connect_timeout=3"), (SslMode::Require, Trust::Anyone));
        let checked = (SslMode::Require, Trust::Authority(file.clone()));
        assert_eq!(trust("sslmode=require&sslrootcert=/etc/our%20ca.pem"), checked);
        assert_eq!(trust("sslmode=verify-ca&sslrootcert=/etc/our%20ca.pem"), checked);
        assert_eq!(
            trust("sslrootcert=/etc/our%20ca.pem&sslmode=verify-full"),
            (SslMode::Require, Trust::Name(file))
        );
        assert_eq!(trust("sslmode=verify-full&sslrootcert=system"), (SslMode::Require, Trust::Name(None)));
    }
}
