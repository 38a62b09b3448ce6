//! Comma-separated values (RFC 4180), as spreadsheets read them too.

use super::{Escaped, visible};

/// Rows of cells.
#[derive(Debug, Default)]
pub struct Rows(String);

impl Rows {
    /// Adds a row.
    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        let cells: Vec<String> = cells.into_iter().map(cell).collect();
        self.0.push_str(&cells.join(","));
        self.0.push_str("\r\n");
    }

    pub fn into_escaped(self) -> Escaped {
        Escaped(self.0)
    }
}

/// One line, quoted where needed. A cell a spreadsheet would take for a formula gets an apostrophe; so does what would be
/// one where cells end at semicolons.
fn cell(text: &str) -> String {
    let text = visible(text);
    let mut out = String::with_capacity(text.len() + 2);
    let mut begins = true;
    for c in text.chars() {
        if begins && matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠') {
            out.push('\'');
        }
        out.push(c);
        begins = c == ';' || (begins && c == ' ');
    }
    if out.contains([',', '"', ';']) || out.starts_with(' ') || out.ends_with(' ') {
        out = format!("\"{}\"", out.replace('"', "\"\""));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn cells_are_quoted_and_formulas_disarmed() {
        assert_eq!(cell("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(cell("=cmd()"), "'=cmd()");
        assert_eq!(cell("x; =cmd()"), "\"x; '=cmd()\"");
        assert_eq!(cell("\t=cmd()\r\n"), "U+0009=cmd()U+000DU+000A");
        assert_eq!(cell("plain-text = 1"), "plain-text = 1");
    }
}
