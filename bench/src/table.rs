//! The table for people.

use crate::{
    explained::Explained,
    line::{Line, Unit},
};

/// What stands above the columns.
const HEAD: [&str; 6] = ["line", "ours", "yardstick", "ratio", "goal", ""];

/// The lines in columns as wide as their widest cell: names to the left, figures to the right.
pub(crate) fn table(lines: &[Line], explained: &Explained) -> String {
    let mut rows = vec![HEAD.map(str::to_owned)];
    rows.extend(lines.iter().map(|line| cells(line, explained)));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 6] = std::array::from_fn(width);
    let told = |row: &[String; 6]| {
        let mut text = format!("{:<1$}", row[0], widths[0]);
        for (cell, width) in row[1..5].iter().zip(&widths[1..5]) {
            text += &format!("  {cell:>width$}");
        }
        format!("{text}  {}", row[5]).trim_end().to_owned()
    };
    rows.iter().map(told).collect::<Vec<_>>().join("\n")
}

fn cells(line: &Line, explained: &Explained) -> [String; 6] {
    let figure = |figure: Option<f64>| figure.map_or_else(String::new, |figure| told(figure, line.unit));
    let verdict = match (line.is_met(), explained.section(line)) {
        (true, _) => "met".to_owned(),
        (false, None) => "MISSED".to_owned(),
        (false, Some(section)) => format!("missed, see \"{section}\""),
    };
    [
        line.name.clone(),
        figure(line.ours()),
        figure(line.yardstick()),
        line.ratio().map_or_else(String::new, |ratio| format!("{ratio:.2}")),
        line.goal.to_string(),
        line.note.iter().fold(verdict, |verdict, note| format!("{verdict} ({note})")),
    ]
}

/// As many digits as mean something, thousands apart.
fn told(figure: f64, unit: Unit) -> String {
    let number = match figure.abs() {
        ..10.0 => format!("{figure:.2}"),
        ..1_000.0 => format!("{figure:.1}"),
        _ => grouped(&format!("{figure:.0}")),
    };
    let space = if unit == Unit::PerSecond { "" } else { " " };
    format!("{number}{space}{}", unit.as_str())
}

fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{goal::Goal, line::Round};

    #[test]
    fn figures_stand_below_each_other() {
        let round = |ours, yardstick| vec![Round { ours, yardstick }];
        let lines = [
            Line::new("1", Unit::PerSecond, Goal::AtLeast(0.8), round(45_600.0, Some(91_200.0))),
            Line::new("10", Unit::Mebibytes, Goal::Under(64.0), round(20.25, None)),
        ];
        let expected = "\
line      ours  yardstick  ratio     goal
1     45,600/s   91,200/s   0.50  ≥ 0.8 ×  MISSED
10    20.2 MiB                       ≤ 64  met";
        assert_eq!(table(&lines, &Explained::default()), expected);
    }

    #[test]
    fn digits_stand_in_threes() {
        let digits = ["1", "999", "1000", "1234567"].map(grouped);
        assert_eq!(digits, ["1", "999", "1,000", "1,234,567"]);
    }
}
