//! Which lines are known to miss their goal, and where that is proven.

use serde::Deserialize;

use crate::{error::BenchError, line::Line};

/// `bench/explained.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Explained {
    #[serde(default, rename = "explained")]
    lines: Vec<Reason>,
}

/// One line's reason.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    line: String,
    section: String,
}

impl Explained {
    /// What this build of the suite came with.
    pub(crate) fn own() -> Result<Self, BenchError> {
        Self::read(include_str!("../explained.toml"), include_str!("../../docs/performance.md"))
    }

    /// Every section that it names has to be a heading of `documentation`.
    fn read(text: &str, documentation: &str) -> Result<Self, BenchError> {
        let explained: Self = toml::from_str(text)?;
        let headings = documentation.lines().filter_map(|line| line.strip_prefix('#'));
        let headings: Vec<_> = headings.map(|heading| heading.trim_start_matches('#').trim()).collect();
        match explained.lines.iter().find(|reason| !headings.contains(&reason.section.as_str())) {
            Some(Reason { line, section }) => {
                Err(BenchError::NoSuchSection { line: line.clone(), section: section.clone() })
            }
            None => Ok(explained),
        }
    }

    /// The section that explains a line.
    pub(crate) fn section(&self, line: &Line) -> Option<&str> {
        self.lines.iter().find(|reason| reason.line == line.name).map(|reason| reason.section.as_str())
    }

    /// Whether each of the lines reaches its goal, or is explained.
    pub(crate) fn covers(&self, lines: &[Line]) -> bool {
        lines.iter().all(|line| line.is_met() || self.section(line).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        goal::Goal,
        line::{Round, Unit},
    };

    const DOCUMENTATION: &str = "# Performance\n\n## The suite\n\n### A hot purse\n";
    const HOT: &str = "[[explained]]\nline = \"3 hot purse\"\nsection = \"A hot purse\"\n";

    fn line(name: &str, ours: f64) -> Line {
        let rounds = vec![Round { ours, yardstick: Some(1.0) }];
        Line::new(name, Unit::PerSecond, Goal::AtLeast(0.7), rounds)
    }

    #[test]
    fn what_this_build_came_with_can_be_read() {
        Explained::own().unwrap();
    }

    #[test]
    fn a_miss_is_covered_where_it_is_explained() {
        let explained = Explained::read(HOT, DOCUMENTATION).unwrap();
        assert_eq!(explained.section(&line("3 hot purse", 0.1)), Some("A hot purse"));
        assert!(explained.covers(&[line("1", 0.9), line("3 hot purse", 0.1)]));
        assert!(!explained.covers(&[line("1", 0.1)]));
        assert!(!Explained::default().covers(&[line("3 hot purse", 0.1)]));
    }

    #[test]
    fn a_section_has_to_be_there() {
        let error = Explained::read(HOT, "# Performance\n").unwrap_err();
        assert!(matches!(error, BenchError::NoSuchSection { section, .. } if section == "A hot purse"));
    }

    #[test]
    fn nothing_else_may_stand_there() {
        let more = format!("{HOT}why = \"because\"\n");
        assert!(matches!(Explained::read(&more, DOCUMENTATION), Err(BenchError::Explained(_))));
    }
}
