//! Names of assets and platforms.

use onepurse_core::{AssetName, Platform};

use super::{
    identities::{WORDS, is_word},
    text,
};
use crate::{Seen, Target, Verdict, Wrong};

pub(super) const TARGET: Target = Target {
    name: "names",
    what: "names of assets and platforms",
    words: WORDS,
    lines: &[],
    bytes_max: 80,
    share: 1,
    check,
};

fn check(input: &[u8]) -> Verdict {
    let text = &*text(input);
    let (asset, platform) = (text.parse::<AssetName>(), text.parse::<Platform>());
    let rule = "a name is a lower-case word";
    Wrong::unless(asset.is_ok() == is_word(text), rule, || format!("{asset:?}"))?;
    Wrong::unless(platform.is_ok() == is_word(text), rule, || format!("{platform:?}"))?;
    let (Ok(asset), Ok(platform)) = (asset, platform) else {
        return Ok(Seen::new(("no name", text.len() / 16)));
    };
    for shown in [asset.to_string(), String::from(asset), platform.to_string(), String::from(platform)] {
        Wrong::unless(shown == text, "a name is shown as it was written", || shown.clone())?;
    }
    Ok(Seen::new(("name", text.len() / 8)))
}
