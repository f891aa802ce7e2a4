//! `bench/counts.toml`: what each path takes, as it was accepted last.

use std::{collections::BTreeMap, fmt, fs};

use serde::{Deserialize, Serialize};

use crate::error::BenchError;

const PLACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/counts.toml");
const HEAD: &str = "\
# Instructions that one event takes on each hot path, as `cargo run --release -p bench -- counts` counts them. A count that
# is further away than the tolerance, up or down, fails; with `--accept` it is kept, here.

";

/// The file.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kept {
    /// How far a count may be from what is kept, in percent.
    tolerance_percent: f64,
    instructions: BTreeMap<String, u64>,
}

/// What is to be said of a count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Verdict {
    /// It is what is kept, or near it: by so many percent more.
    Same(f64),
    /// It is more than is kept.
    More { kept: u64, percent: f64 },
    /// It is less: good, and to be kept, or else nobody sees when it is lost again.
    Less { kept: u64, percent: f64 },
    /// Nothing is kept.
    New,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same(percent) => write!(f, "as kept ({percent:+.2} %)"),
            Self::More { kept, percent } => write!(f, "MORE than the {kept} that are kept ({percent:+.2} %)"),
            Self::Less { kept, percent } => write!(f, "LESS than the {kept} that are kept ({percent:+.2} %)"),
            Self::New => write!(f, "NEW: nothing is kept"),
        }
    }
}

impl Kept {
    pub(super) fn read() -> Result<Self, BenchError> {
        toml::from_str(&fs::read_to_string(PLACE)?).map_err(BenchError::Counts)
    }

    /// What is to be said of this count of the path.
    pub(super) fn judge(&self, path: &str, count: u64) -> Verdict {
        let Some(&kept) = self.instructions.get(path) else { return Verdict::New };
        #[expect(clippy::cast_precision_loss, reason = "counts of one event are small")]
        let percent = 100.0 * (count as f64 / kept as f64 - 1.0);
        match percent {
            _ if percent > self.tolerance_percent => Verdict::More { kept, percent },
            _ if percent < -self.tolerance_percent => Verdict::Less { kept, percent },
            _ => Verdict::Same(percent),
        }
    }

    /// With these counts, and no others.
    pub(super) fn with(self, counted: Vec<(String, u64)>) -> Self {
        Self { instructions: counted.into_iter().collect(), ..self }
    }

    pub(super) fn write(&self) -> Result<(), BenchError> {
        Ok(fs::write(PLACE, self.text()?)?)
    }

    fn text(&self) -> Result<String, BenchError> {
        let text = toml::to_string(self).map_err(|error| BenchError::Mistake(error.to_string()))?;
        Ok(format!("{HEAD}{text}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counts::HotPath;

    fn kept() -> Kept {
        let text = "tolerance_percent = 1.0\n[instructions]\nappend = 20000\n";
        toml::from_str(text).unwrap()
    }

    #[test]
    fn a_count_near_what_is_kept_is_the_same() {
        for count in [19_801, 20_000, 20_199] {
            assert!(matches!(kept().judge("append", count), Verdict::Same(_)), "{count}");
        }
    }

    #[test]
    fn more_and_less_are_told_with_what_is_kept() {
        assert!(matches!(kept().judge("append", 20_300), Verdict::More { kept: 20_000, .. }));
        assert!(matches!(kept().judge("append", 19_700), Verdict::Less { kept: 20_000, .. }));
        let told = kept().judge("append", 21_000).to_string();
        assert_eq!(told, "MORE than the 20000 that are kept (+5.00 %)");
    }

    #[test]
    fn a_path_that_is_new_has_nothing_kept() {
        assert_eq!(kept().judge("capture", 1), Verdict::New);
    }

    #[test]
    fn what_is_accepted_reads_back_and_is_all_there_is() {
        let text = kept().with(vec![("capture".to_owned(), 7)]).text().unwrap();
        let read: Kept = toml::from_str(&text).unwrap();
        assert_eq!(read.judge("capture", 7), Verdict::Same(0.0));
        assert_eq!(read.judge("append", 20_000), Verdict::New);
    }

    #[test]
    fn the_file_has_every_path_and_no_other() {
        let kept = Kept::read().unwrap();
        let mut names = HotPath::ALL.map(|path| path.name().to_owned());
        names.sort();
        assert!(kept.instructions.keys().eq(names.iter()), "{:?}", kept.instructions);
    }
}
