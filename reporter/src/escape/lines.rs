//! Text for people, as a terminal and the log of a CI run show it.

use std::borrow::Cow;
use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::OnceLock;

use super::{command_at, visible, visible_source};

/// Lines of text, each ended by us: a line break in a text of somebody else's is shown and breaks nothing. Our own
/// styles pass.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lines(String);

impl Lines {
    pub fn new() -> Self {
        Self::default()
    }

    /// One line.
    pub fn of(line: impl AsRef<str>) -> Self {
        let mut out = Self::new();
        out.line(line);
        out
    }

    /// A line for each of these.
    pub fn from_each(lines: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let mut out = Self::new();
        lines.into_iter().for_each(|line| out.line(line));
        out
    }

    /// Adds one line, whatever is in it.
    pub fn line(&mut self, line: impl AsRef<str>) {
        let line = line.as_ref();
        // Our styles stay, and what stands between them is made visible.
        let mut shown = String::with_capacity(line.len());
        for (index, part) in line.split(mark()).enumerate() {
            if index > 0 {
                shown.push_str(mark());
            }
            shown.push_str(&visible(part));
        }
        self.push(&shown);
    }

    /// Adds the lines of a text that we broke ourselves: a wrapped paragraph, an excerpt. What is of others in it must
    /// have been made visible, or broken at blanks; nothing in it is taken for a command.
    pub fn laid_out(&mut self, text: &str) {
        for line in text.lines() {
            self.line(line);
        }
    }

    /// Adds a line of a file behind a sign, as a difference has it: tabs stay, and the break of a file from Windows. Says
    /// whether the file's own text stands there.
    pub fn of_file(&mut self, sign: &str, text: &str, paint: &dyn Fn(&str) -> String) -> bool {
        let (bare, end) = text.strip_suffix('\r').map_or((text, ""), |bare| (bare, "\r"));
        let shown = visible_source(bare);
        let line = harmless(&format!("{sign}{shown}"));
        let same = line.len() == sign.len() + bare.len() && shown == bare;
        self.0.push_str(&paint(&line));
        self.0.push_str(end);
        self.0.push('\n');
        same
    }

    pub fn blank(&mut self) {
        self.0.push('\n');
    }

    pub fn append(&mut self, other: &Lines) {
        self.0.push_str(&other.0);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn push(&mut self, line: &str) {
        self.0.push_str(&harmless(line));
        self.0.push('\n');
    }

    /// As an editor shows it, without a break at its end.
    pub fn to_message(&self) -> String {
        self.0.trim_end_matches('\n').to_owned()
    }

    /// As it goes out: the marks of our styles are escapes.
    pub fn into_terminal(self) -> String {
        self.0.replace(mark(), "\u{1b}")
    }
}

/// A line that no CI runner takes for a command.
fn harmless(line: &str) -> String {
    match command_at(&unstyled(line)).and_then(|_| line.find("::")) {
        Some(at) => {
            format!("{}U+003A{}", line.get(..at).unwrap_or_default(), line.get(at + 1..).unwrap_or_default())
        }
        None => line.to_owned(),
    }
}

/// A line without our styles, each of which ends with its first `m`.
fn unstyled(line: &str) -> Cow<'_, str> {
    let mut parts = line.split(mark());
    let first = parts.next().unwrap_or_default();
    if first.len() == line.len() {
        return Cow::Borrowed(line);
    }
    let rest = parts.map(|part| part.split_once('m').map_or(part, |(_, text)| text));
    Cow::Owned(std::iter::once(first).chain(rest).collect())
}

/// Stands for the escape of a style of ours until it is printed. No text can hold it by design: it is another one in each
/// run, and nothing of it is ever printed.
pub fn mark() -> &'static str {
    static MARK: OnceLock<String> = OnceLock::new();
    MARK.get_or_init(|| {
        let seed = std::hash::RandomState::new().build_hasher().finish();
        let private = (0..4).filter_map(|at| char::from_u32(0xf0000 + (seed >> (16 * at) & 0x7fff) as u32));
        std::iter::once('\u{fdd0}').chain(private).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::paint::Paint;

    #[test]
    fn nothing_but_our_own_styles_steers_a_terminal() {
        let foreign = "Ctl\u{1b}[31mred\u{7} \u{202e}olleh\u{9b}2J\u{fdd0}[8m";
        let shown = "CtlU+001B[31mredU+0007 U+202EollehU+009B2JU+FDD0[8m";
        assert_eq!(Lines::of(foreign).into_terminal(), format!("{shown}\n"));
        let bold = Paint { on: true }.bold(foreign);
        assert_eq!(Lines::of(bold).into_terminal(), format!("\u{1b}[1m{shown}\u{1b}[0m\n"));
    }

    #[test]
    fn a_text_of_others_begins_no_line_and_is_no_command() {
        let mut lines = Lines::of("::error::x");
        lines.line("a\n::error::x");
        lines.line(Paint { on: true }.bold("  ::error::x"));
        lines.laid_out("a\n  ::stop-commands::x\nb");
        let text = lines.into_terminal().replace("\u{1b}[1m", "").replace("\u{1b}[0m", "");
        assert_eq!(
            text,
            "U+003A:error::x\naU+000A::error::x\n  U+003A:error::x\na\n  U+003A:stop-commands::x\nb\n"
        );
    }

    #[test]
    fn a_line_of_a_file_stays_as_it_is_where_it_can() {
        let mut lines = Lines::new();
        let plain = |line: &str| line.to_owned();
        assert!(lines.of_file(" ", "\ta: 1\r", &plain));
        assert!(lines.of_file("+", "::error::x", &plain));
        assert!(!lines.of_file(" ", "::error::x", &plain));
        assert!(!lines.of_file("-", "a\u{1b}[2J", &plain));
        assert_eq!(lines.into_terminal(), " \ta: 1\r\n+::error::x\n U+003A:error::x\n-aU+001B[2J\n");
    }
}
