//! Columns for a terminal.

/// On which side a column's cells end up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// The rows in columns as wide as their widest cell, two spaces apart. Control characters are shown escaped.
pub(crate) fn table(sides: &[Side], rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| harmless(cell)).collect()).collect();
    let width =
        |column: usize| rows.iter().filter_map(move |row| row.get(column)).map(|cell| cell.chars().count());
    let widths: Vec<usize> = (0..sides.len()).map(|column| width(column).max().unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(sides).zip(&widths).map(|((cell, side), &width)| match side {
            Side::Left => format!("{cell:<width$}"),
            Side::Right => format!("{cell:>width$}"),
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn harmless(cell: &str) -> String {
    cell.chars().fold(String::new(), |mut text, c| {
        if c.is_control() {
            text.extend(c.escape_default());
        } else {
            text.push(c);
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = [["a", "10", "x"], ["длинный", "-5", ""], ["b", "1000", "a\nb\u{1b}[31m"]];
        let rows: Vec<Vec<String>> = rows.iter().map(|row| row.map(ToOwned::to_owned).to_vec()).collect();
        assert_eq!(
            table(&[Side::Left, Side::Right, Side::Left], &rows),
            "a          10  x\nдлинный    -5\nb        1000  a\\nb\\u{1b}[31m"
        );
    }
}
