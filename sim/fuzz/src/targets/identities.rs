//! `platform:id`, as people type it and programs store it.

use onepurse_core::{AssetName, EventKey, Identity, IdentityTag, LedgerId};

use super::text;
use crate::{Seen, Target, Verdict, Wrong};

pub(super) const WORDS: &[&str] =
    &["telegram", "discord", "website", ":", "::", "456", "a@b.c", "_", "-", "Telegram", " ", "\t", "\u{85}"];

pub(super) const TARGET: Target = Target {
    name: "identities",
    what: "platform:id, as people type it and programs store it",
    words: WORDS,
    lines: &[],
    bytes_max: 256,
    share: 1,
    check,
};

fn check(input: &[u8]) -> Verdict {
    let text = &*text(input);
    let expected = text.split_once(':').filter(|(platform, id)| is_word(platform) && !id.is_empty());
    let identity = match text.parse::<Identity>() {
        Err(error) => {
            Wrong::unless(expected.is_none(), "what has the form is an identity", || format!("{error}"))?;
            return Ok(Seen::shape(&error.to_string()));
        }
        Ok(identity) => identity,
    };
    let parts = (identity.platform.as_str(), identity.external.as_str());
    Wrong::unless(expected == Some(parts), "only the first colon divides", || format!("{parts:?}"))?;
    let stored = String::from(identity.clone());
    Wrong::unless(stored == text, "an identity is stored as it was written", || stored.clone())?;
    let shown = identity.to_string();
    Wrong::unless(!shown.contains(char::is_control), "an identity is shown harmlessly", || shown.clone())?;
    let is_plain = !text.contains(char::is_control);
    Wrong::unless(!is_plain || shown == text, "a plain identity is shown as it is", || shown.clone())?;
    let json =
        serde_json::to_string(&identity).map_err(|error| Wrong::new("an identity is a text", error))?;
    let back = serde_json::from_str::<Identity>(&json);
    Wrong::unless(back.is_ok_and(|back| back == identity), "an identity reads back", || json)?;
    let key = EventKey::opening(LedgerId([7; 16]), &identity, &AssetName::default());
    let tag = IdentityTag::of([7; 16], &identity);
    Wrong::unless(key.0 != tag.0[..16], "a key is no tag", || key.to_string())?;
    Ok(Seen::new(("identity", is_plain, text.len() / 32, text.matches(':').count().min(4))))
}

/// The rule of platforms' and assets' names, written down again.
pub(super) fn is_word(text: &str) -> bool {
    let mut chars = text.chars();
    matches!(chars.next(), Some('a'..='z'))
        && chars.all(|c| matches!(c, 'a'..='z' | '0'..='9' | '_' | '-'))
        && text.len() <= 32
}
