use std::{path::Path, str::FromStr};

use onepurse_core::{AssetName, Platform};
use onepurse_replica::wrap::{Place, Sidecar, SidecarError, Told};
use thiserror::Error;
use walkdir::{DirEntry, WalkDir};

/// What the names of sidecars' files end with.
const ENDING: &str = "onepurse";
/// So deep below a folder they are looked for.
const DEPTH_MAX: usize = 8;

/// A bot's sidecar, and what it says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it is.
    pub place: Place,
    /// Whose it is.
    pub platform: Platform,
    /// What is counted.
    pub assets: Vec<AssetName>,
}

/// Why a sidecar that was named is none to work on.
#[derive(Debug, Error)]
pub enum FindError {
    /// It is not there, or cannot be read now.
    #[error(transparent)]
    Sidecar(#[from] SidecarError),
    /// Its bot has not begun with it, or something else is there.
    #[error("there is no sidecar in {0}")]
    None(Place),
    /// It is another platform's.
    #[error("the sidecar in {place} is {is}'s, not {asked}'s")]
    OtherPlatform {
        /// Where it is.
        place: Place,
        /// Whose it is.
        is: Platform,
        /// Whose it was said to be.
        asked: Platform,
    },
    /// It names no place.
    #[error("`{0}` names no sidecar: {1}")]
    Place(String, String),
}

impl Found {
    pub(crate) fn of(place: &Place, told: Told) -> Self {
        let assets = told.assets.iter().filter_map(|asset| asset.parse().ok()).collect();
        Self { place: place.clone(), platform: told.platform, assets }
    }
}

/// The platform that stands before the name of a place, if one does, and that name.
#[must_use]
pub fn split_name(text: &str) -> (Option<Platform>, &str) {
    match text.split_once('=').map(|(name, rest)| (Platform::from_str(name), rest)) {
        Some((Ok(platform), rest)) => (Some(platform), rest),
        _ => (None, text),
    }
}

/// One that is named by its place, or by its platform and its place: `telegram=/srv/tg/users.json.onepurse`. A database has one
/// for each platform.
pub fn named(text: &str) -> Result<Vec<Found>, FindError> {
    let (asked, sidecar) = split_name(text);
    let place = place(sidecar)?;
    let mut all = Sidecar::told(&place)?;
    if let Some(asked) = asked {
        let others = all.iter().find(|told| told.platform != asked).map(|told| told.platform.clone());
        all.retain(|told| told.platform == asked);
        if let (true, Some(is)) = (all.is_empty(), others) {
            return Err(FindError::OtherPlatform { place, is, asked });
        }
    }
    if all.is_empty() {
        return Err(FindError::None(place));
    }
    Ok(all.into_iter().map(|told| Found::of(&place, told)).collect())
}

/// Several in one text, as in `PATH`; or with commas between them, where a URL has colons of its own.
pub fn each_named(text: &str) -> impl Iterator<Item = &str> {
    let separator = if text.contains("://") { ',' } else { ':' };
    text.split([separator, ',']).map(str::trim).filter(|one| !one.is_empty())
}

/// Every sidecar below a folder, and those in the ledger's database, where that is on a server. What cannot be read is left out.
#[must_use]
pub fn all_there(folder: &Path, ledger: &str) -> Vec<Found> {
    let is_hidden =
        |entry: &DirEntry| entry.depth() > 0 && entry.file_name().as_encoded_bytes().starts_with(b".");
    let files = WalkDir::new(folder)
        .max_depth(DEPTH_MAX)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| !is_hidden(entry))
        .filter_map(Result::ok)
        .filter(|entry| {
            entry.file_type().is_file() && entry.path().extension().is_some_and(|end| end == ENDING)
        })
        .filter_map(|entry| entry.into_path().into_os_string().into_string().ok());
    let mut all = vec![];
    for sidecar in files.chain([ledger.to_owned()]) {
        let Ok(place) = place(&sidecar) else { continue };
        if sidecar == ledger && matches!(place, Place::File(_)) {
            continue;
        }
        match Sidecar::told(&place) {
            Ok(told) => all.extend(told.into_iter().map(|told| Found::of(&place, told))),
            Err(error) => tracing::debug!("{error}"),
        }
    }
    all
}

fn place(text: &str) -> Result<Place, FindError> {
    // What stands around a URL that is wrong may be a password.
    let shown = || text.split("://").next().unwrap_or_default().to_owned();
    text.parse().map_err(|error| FindError::Place(shown(), format!("{error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_stand_in_one_text() {
        for (text, each) in [
            (
                "telegram=/srv/tg.onepurse:/srv/dc.onepurse",
                vec!["telegram=/srv/tg.onepurse", "/srv/dc.onepurse"],
            ),
            ("a.onepurse, b.onepurse", vec!["a.onepurse", "b.onepurse"]),
            ("discord=postgres://a:b@c:1/d", vec!["discord=postgres://a:b@c:1/d"]),
            (
                "postgres://a:b@c/d?sslmode=require,/srv/x",
                vec!["postgres://a:b@c/d?sslmode=require", "/srv/x"],
            ),
            (" : ", vec![]),
        ] {
            assert_eq!(each_named(text).collect::<Vec<_>>(), each, "{text}");
        }
    }
}
