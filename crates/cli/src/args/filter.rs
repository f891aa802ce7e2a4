//! Which entries of the log are asked for.

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use jiff::Timestamp;
use onepurse_core::{AssetName, Entry, EntryKind, Platform};

/// What every entry that is listed has to be; nothing said, every entry is.
#[derive(Debug, Default, Args)]
pub(crate) struct Filter {
    /// Only what came from this platform
    #[arg(long, value_name = "PLATFORM")]
    pub(crate) platform: Option<Platform>,
    /// Only of this asset
    #[arg(long, value_name = "NAME")]
    pub(crate) asset: Option<AssetName>,
    /// Only entries of this kind
    #[arg(long, value_name = "KIND", value_parser = kinds())]
    pub(crate) kind: Option<EntryKind>,
    /// Only entries of this time or later, like 2026-02-09T12:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<Timestamp>,
    /// Only entries before this time
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<Timestamp>,
}

/// Reads the words of kinds, and names them all where it is given another one.
fn kinds() -> impl TypedValueParser<Value = EntryKind> {
    let known = PossibleValuesParser::new(EntryKind::ALL.map(EntryKind::as_str));
    known.try_map(|word| EntryKind::from_word(&word).ok_or("no entry is of this kind"))
}

impl Filter {
    /// Whether the entry is one that is asked for. Times are those at which the ledger took it.
    pub(crate) fn fits(&self, entry: &Entry) -> bool {
        let Self { platform, asset, kind, since, until } = self;
        platform.as_ref().is_none_or(|platform| platform == entry.identity.platform())
            && asset.as_ref().is_none_or(|asset| *asset == entry.asset)
            && kind.is_none_or(|kind| kind == entry.kind)
            && since.is_none_or(|since| entry.at_ms >= since.as_millisecond())
            && until.is_none_or(|until| entry.at_ms < until.as_millisecond())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use onepurse_core::{Amount, ChainHash, EventKey, Identity, IdentityTag, PurseId};

    use super::*;
    use crate::args::{Arguments, Verb};

    /// A transfer of gems that came from Discord at 2026-11-23T06:52:00.050Z, and was captured a day before.
    fn entry() -> Entry {
        Entry {
            seq: 12,
            key: EventKey([0; 16]),
            kind: EntryKind::Transfer,
            purse: PurseId(1),
            identity: "discord:123".parse::<Identity>().unwrap().into(),
            tag: IdentityTag([0; 32]),
            asset: "gems".parse().unwrap(),
            delta: Amount::new(5),
            balance: Amount::new(5),
            at_ms: 1_795_416_720_050,
            captured_ms: 1_795_330_320_050,
            actor: None,
            reason: None,
            hash: ChainHash::default(),
        }
    }

    fn filter(verb: &str, options: &str) -> Filter {
        let line = format!("onepurse {verb} telegram:456 {options}");
        match Arguments::try_parse_from(line.split_whitespace()).unwrap().verb {
            Verb::History(args) => args.filter,
            Verb::Export(args) => args.filter,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_entry_fits_what_is_asked_for() {
        for (options, expected) in [
            ("", true),
            ("--platform discord", true),
            ("--platform telegram", false),
            ("--asset gems", true),
            ("--asset coins", false),
            ("--kind transfer", true),
            ("--kind change", false),
            ("--since 2026-11-23T06:52:00.050Z", true),
            ("--since 2026-11-23T06:52:00.051Z", false),
            ("--until 2026-11-23T06:52:00.051Z", true),
            ("--until 2026-11-23T06:52:00.050Z", false),
            ("--since 2026-11-23T07:52:00+01:00 --until 2026-11-24T00:00:00Z", true),
            ("--platform discord --asset gems --kind transfer", true),
            ("--platform discord --asset gems --kind earn", false),
            ("--platform discord --asset coins --kind transfer", false),
        ] {
            for verb in ["history", "export"] {
                assert_eq!(filter(verb, options).fits(&entry()), expected, "{verb} {options}");
            }
        }
    }

    #[test]
    fn every_kind_can_be_asked_for() {
        for kind in EntryKind::ALL {
            assert_eq!(filter("history", &format!("--kind {}", kind.as_str())).kind, Some(kind));
        }
    }
}
