use std::fmt;

use serde::{Serialize, Serializer};

use crate::{Identity, Platform};

/// An identity as the log has it: of who was forgotten since, only the platform is left.
///
/// Serialized it is `telegram:456`, or nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LoggedIdentity {
    /// Somebody who is known.
    Known(Identity),
    /// Somebody whose name is gone for good.
    Forgotten(Platform),
}

impl LoggedIdentity {
    /// Where.
    #[must_use]
    pub const fn platform(&self) -> &Platform {
        match self {
            Self::Known(identity) => &identity.platform,
            Self::Forgotten(platform) => platform,
        }
    }

    /// Who, unless that was forgotten.
    #[must_use]
    pub const fn known(&self) -> Option<&Identity> {
        match self {
            Self::Known(identity) => Some(identity),
            Self::Forgotten(_) => None,
        }
    }

    /// Whether nothing speaks against that it is this one: of who was forgotten, nobody knows it any better.
    #[must_use]
    pub fn can_be(&self, identity: &Identity) -> bool {
        match self {
            Self::Known(known) => known == identity,
            Self::Forgotten(platform) => *platform == identity.platform,
        }
    }
}

impl From<Identity> for LoggedIdentity {
    fn from(identity: Identity) -> Self {
        Self::Known(identity)
    }
}

impl PartialEq<Identity> for LoggedIdentity {
    fn eq(&self, identity: &Identity) -> bool {
        self.known() == Some(identity)
    }
}

impl fmt::Display for LoggedIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(identity) => identity.fmt(f),
            Self::Forgotten(platform) => write!(f, "{platform}:(forgotten)"),
        }
    }
}

impl Serialize for LoggedIdentity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.known().serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_forgotten_can_be_anyone_there_and_is_nobody() {
        let (one, other, elsewhere): (Identity, Identity, Identity) = (
            "telegram:456".parse().unwrap(),
            "telegram:457".parse().unwrap(),
            "discord:456".parse().unwrap(),
        );
        let (known, forgotten) =
            (LoggedIdentity::Known(one.clone()), LoggedIdentity::Forgotten(one.platform.clone()));
        for (logged, identity, is, can_be) in [
            (&known, &one, true, true),
            (&known, &other, false, false),
            (&forgotten, &one, false, true),
            (&forgotten, &other, false, true),
            (&forgotten, &elsewhere, false, false),
        ] {
            assert_eq!(
                (logged == identity, logged.can_be(identity)),
                (is, can_be),
                "{logged} and {identity}"
            );
        }
        assert_eq!(serde_json::to_string(&[known, forgotten]).unwrap(), r#"["telegram:456",null]"#);
    }
}
