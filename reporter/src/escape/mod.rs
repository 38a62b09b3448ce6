//! Texts of others, made harmless for where they are shown: one function for each language that an output is written
//! in, and a writer for each that takes nothing past it.
//!
//! Names, paths, values, comments, messages and reasons come from a scanned tree, from other programs or from the
//! command line. Shown, such a text is one line of visible characters: it begins no line of an output, steers no
//! terminal, turns no letters round, hides nothing, is no markup, no formula and no command of a CI runner.

pub mod csv;
pub mod html;
pub mod json;
pub mod lines;
pub mod markdown;
pub mod sarif;
pub mod workflow;
pub mod xml;

use std::borrow::Cow;

pub use lines::Lines;

/// What an output is written as: nothing that has not passed a writer of this module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    Lines(Lines),
    Text(Escaped),
    /// Made by a program that takes texts as data.
    Pages(Vec<u8>),
}

impl Output {
    /// As it goes out, our own styles included.
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Output::Lines(lines) => lines.into_terminal().into_bytes(),
            Output::Text(text) => text.0.into_bytes(),
            Output::Pages(bytes) => bytes,
        }
    }
}

impl From<Lines> for Output {
    fn from(lines: Lines) -> Self {
        Output::Lines(lines)
    }
}

impl From<Escaped> for Output {
    fn from(text: Escaped) -> Self {
        Output::Text(text)
    }
}

/// A text that is written out as it is: the writers of this module made it, and escaped what is of others in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Escaped(String);

impl Escaped {
    /// A text of this program, in which nothing is of others: a script for a shell.
    pub fn ours(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text of somebody else's as one line of visible characters: what would break the line, steer a terminal, turn
/// letters round or not be seen is shown as `U+000A`, and so is a character of what a CI runner takes for a command
/// wherever it stands.
pub fn visible(text: &str) -> Cow<'_, str> {
    shown(text, &|_, _| false)
}

/// The same for a line of source, whose tabs stay.
pub fn visible_source(text: &str) -> Cow<'_, str> {
    shown(text, &|c, _| c == '\t')
}

/// The same for prose, whose line breaks and tabs are spaces.
pub fn visible_prose(text: &str) -> Cow<'_, str> {
    match text.contains(['\n', '\r', '\t']) {
        false => visible(text),
        true => {
            let line = text.trim_end().replace("\r\n", " ").replace(['\n', '\t'], " ");
            Cow::Owned(visible(&line).into_owned())
        }
    }
}

/// Shows what must not stand as it is; `kept` are characters that may, with what follows them.
fn shown<'a>(text: &'a str, kept: &dyn Fn(char, &str) -> bool) -> Cow<'a, str> {
    // Nearly every text is of plain letters.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'#') && !text.contains("section_") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let (so_far, after) =
            (text.get(..at).unwrap_or_default(), text.get(at + c.len_utf8()..).unwrap_or_default());
        let steering = (is_hidden(c) && !kept(c, after) && !colours(c, before)) || commands(c, so_far, after);
        match steering {
            true => out.push_str(&named(c)),
            false => out.push(c),
        }
        before = c;
    }
    Cow::Owned(out)
}

/// An address that a viewer may open: of the web, and no script; nothing for any other.
pub fn web_address(text: &str) -> Option<&str> {
    let web = text.starts_with("https://") || text.starts_with("http://");
    (web && text.bytes().all(|byte| byte.is_ascii_graphic())).then_some(text)
}

/// `U+001B`.
pub(crate) fn named(c: char) -> String {
    format!("U+{:04X}", u32::from(c))
}

/// Whether a reader does not see a character as itself: controls, line separators, what changes the direction of its
/// neighbours, what has no width, and tags.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fdd0}'..='\u{fdef}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
        )
        || u32::from(c) & 0xfffe == 0xfffe
}

/// The selector behind a sign that has a coloured form.
fn colours(c: char, before: char) -> bool {
    c == '\u{fe0f}' && u32::from(before) >= 0x203c && !is_hidden(before)
}

/// Whether a character makes a command of a CI runner that is one wherever it stands in a line: the second `#` of
/// `##[group]`, `##vso[`, `##teamcity[`, the colon of GitLab's `section_start:1`.
fn commands(c: char, before: &str, after: &str) -> bool {
    let digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    match c {
        '#' => {
            before.ends_with('#')
                && after.trim_start_matches(|c: char| c.is_ascii_alphabetic()).starts_with('[')
        }
        ':' => ["section_start", "section_end"].iter().any(|word| before.ends_with(word)) && digit(after),
        _ => false,
    }
}

/// Where a line begins that a CI runner takes for a command: at the first colon of `::error`, behind any blanks.
pub(crate) fn command_at(line: &str) -> Option<usize> {
    let bare = line.trim_start_matches(|c: char| c.is_whitespace() || is_hidden(c));
    bare.starts_with("::").then(|| line.len() - bare.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_line_of_visible_characters() {
        for plain in
            ["aws_s3_bucket.a[\"x\"]", "C# and F#", "é 한글 → ✓", "❤\u{fe0f}", "AWS::S3::Bucket", "## head"]
        {
            assert_eq!(visible(plain), plain);
        }
        let foreign = "a\n::error::x\r\u{1b}]8;;u\u{7}\u{9b}2J\u{7f}\u{2028}\u{85}b";
        assert_eq!(visible(foreign), "aU+000A::error::xU+000DU+001B]8;;uU+0007U+009B2JU+007FU+2028U+0085b");
        assert_eq!(
            visible("\u{202e}\u{2066}\u{200b}\u{feff}\u{e0041}\u{fe0f}"),
            "U+202EU+2066U+200BU+FEFFU+E0041U+FE0F"
        );
        assert_eq!(visible_source("\ta\rb"), "\taU+000Db");
        assert_eq!(visible_prose("a\nb\tc\r\nd\u{7}\n"), "a b c dU+0007");
    }

    #[test]
    fn commands_that_hold_anywhere_are_broken() {
        assert_eq!(visible("x ##vso[task.setvariable]y"), "x #U+0023vso[task.setvariable]y");
        assert_eq!(visible("###[error]x ##teamcity[a"), "##U+0023[error]x #U+0023teamcity[a");
        assert_eq!(visible("section_start:1:x"), "section_startU+003A1:x");
        assert_eq!(command_at(" \u{a0}\u{feff}::error::x"), Some(6));
        assert_eq!(command_at("a ::error::x"), None);
        assert_eq!(web_address("javascript:alert(1)"), None);
        assert_eq!(web_address("https://e.example/a"), Some("https://e.example/a"));
    }
}
