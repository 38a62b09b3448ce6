//! Markdown, as code hosts and editors read it: beyond what CommonMark has, they make links of addresses, people of
//! `@name` and issues of `#1`, in text but not in code. So text that could be any of it is shown as code.

use std::fmt::{self, Display, Formatter};

use super::{Escaped, visible, visible_prose, visible_source};

/// A piece of a line, in which texts of others are text or code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inline(String);

impl Inline {
    /// Words of this program, with markup or without.
    pub fn ours(words: impl Into<String>) -> Self {
        Self(words.into())
    }

    /// Both, one behind the other.
    #[must_use]
    pub fn and(mut self, next: impl Into<Inline>) -> Self {
        self.0.push_str(&next.into().0);
        self
    }

    /// The same in bold letters.
    #[must_use]
    pub fn bold(self) -> Self {
        if self.0.is_empty() { self } else { Self(format!("**{}**", self.0)) }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Words that stand in the program.
impl From<&'static str> for Inline {
    fn from(words: &'static str) -> Self {
        Self(words.to_owned())
    }
}

impl Display for Inline {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A page, block by block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    out: String,
    last: Option<Block>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    Paragraph,
    Item,
    Head,
    Row,
}

impl Page {
    pub fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    pub fn heading(&mut self, level: usize, words: &Inline) {
        self.block(Block::Paragraph, &format!("{} {words}", "#".repeat(level)));
    }

    pub fn paragraph(&mut self, words: &Inline) {
        self.block(Block::Paragraph, &at_the_start(&words.0));
    }

    pub fn item(&mut self, words: &Inline) {
        self.block(Block::Item, &format!("- {words}"));
    }

    /// A line below the item before it, as a quotation.
    pub fn quoted(&mut self, words: &Inline) {
        self.block(Block::Item, &format!("  > {}  ", at_the_start(&words.0)));
    }

    /// The head of a table, and which of its columns are of numbers.
    pub fn table<const N: usize>(&mut self, head: [Inline; N], numbers: [bool; N]) {
        self.block(Block::Head, &cells(head));
        let rule: String = numbers.iter().map(|number| if *number { "---:|" } else { "---|" }).collect();
        self.block(Block::Row, &format!("|{rule}"));
    }

    /// A row of the table that was begun last.
    pub fn row<const N: usize>(&mut self, row: [Inline; N]) {
        self.block(Block::Row, &cells(row));
    }

    /// Prose of a page or a file in paragraphs: each is text, a fenced block is code, an item of a list is an item.
    pub fn prose(&mut self, prose: &str) {
        let mut paragraph = String::new();
        let mut block: Option<Vec<&str>> = None;
        for line in prose.lines() {
            let bare = line.trim();
            if bare.starts_with("```") {
                match block.take() {
                    Some(lines) => self.fenced(&lines),
                    None => {
                        self.end(&mut paragraph);
                        block = Some(Vec::new());
                    }
                }
            } else if let Some(lines) = &mut block {
                lines.push(line);
            } else if bare.is_empty() {
                self.end(&mut paragraph);
            } else {
                if bare.starts_with("- ") {
                    self.end(&mut paragraph);
                }
                if !paragraph.is_empty() {
                    paragraph.push(' ');
                }
                paragraph.push_str(bare);
            }
        }
        self.end(&mut paragraph);
        if let Some(lines) = block {
            self.fenced(&lines);
        }
    }

    /// A rule across.
    pub fn rule(&mut self) {
        self.block(Block::Paragraph, "---");
    }

    pub fn append(&mut self, other: &Page) {
        if let Some(last) = other.last {
            self.block(Block::Paragraph, other.out.trim_end());
            self.last = Some(last);
        }
    }

    /// As a file.
    pub fn into_escaped(self) -> Escaped {
        Escaped(self.out)
    }

    /// As a text in another document, without a break at its end.
    pub fn to_message(&self) -> String {
        self.out.trim_end().to_owned()
    }

    fn end(&mut self, paragraph: &mut String) {
        match paragraph.strip_prefix("- ") {
            Some(item) => self.item(&text(item)),
            None if paragraph.is_empty() => {}
            None => self.paragraph(&text(paragraph)),
        }
        paragraph.clear();
    }

    /// Lines as a block of code that none of them ends.
    fn fenced(&mut self, lines: &[&str]) {
        let fence = "`".repeat(ticks(lines.iter().copied()).max(2) + 1);
        let shown: String = lines.iter().map(|line| format!("{}\n", visible_source(line))).collect();
        self.block(Block::Paragraph, &format!("{fence}\n{shown}{fence}"));
    }

    /// Blocks are apart by an empty line, items and rows of one list are not.
    fn block(&mut self, kind: Block, text: &str) {
        let together = match kind {
            Block::Paragraph | Block::Head => false,
            Block::Item => self.last == Some(Block::Item),
            Block::Row => matches!(self.last, Some(Block::Head | Block::Row)),
        };
        if self.last.is_some() && !together {
            self.out.push('\n');
        }
        self.out.push_str(text);
        self.out.push('\n');
        self.last = Some(kind);
    }
}

/// A line of a table. A bar ends a cell in code too; behind a backslash there is no one way to write it.
fn cells<const N: usize>(row: [Inline; N]) -> String {
    let row = row.map(|cell| cell.0.replace("\\|", "\\U+007C").replace('|', "\\|"));
    format!("| {} |", row.join(" | "))
}

/// The longest run of backticks.
fn ticks<'a>(lines: impl Iterator<Item = &'a str>) -> usize {
    lines.flat_map(|line| line.split(|c| c != '`')).map(str::len).max().unwrap_or(0)
}

/// A text as one piece of Markdown that is nothing but text. What stands between backticks is code, as our messages mean
/// it; a text that could be markup is code as a whole.
pub fn text(text: &str) -> Inline {
    let text = visible_prose(text);
    let pieces: Vec<&str> = text.split('`').collect();
    let tame = pieces.len() % 2 == 1 && pieces.iter().step_by(2).all(|piece| is_tame(piece));
    if !tame {
        return code(&text);
    }
    let mut out = String::with_capacity(text.len());
    for (index, piece) in pieces.into_iter().enumerate() {
        match index % 2 {
            0 => out.push_str(piece),
            _ => out.push_str(&code(piece).0),
        }
    }
    Inline(out)
}

/// An address of the web as a link that shows where it leads; any other is code.
pub fn address(text: &str) -> Inline {
    match super::web_address(text).filter(|text| !text.contains(['<', '>', '\\', '`'])) {
        Some(text) => Inline(format!("<{text}>")),
        None => code(text),
    }
}

/// A text as code, whatever is in it; nothing for no text.
pub fn code(text: &str) -> Inline {
    let text = visible(text);
    if text.is_empty() {
        return Inline::default();
    }
    let fence = "`".repeat(ticks(std::iter::once(&*text)) + 1);
    // Code that is all blanks keeps them, other code loses one at both ends.
    let room = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    Inline(format!("{fence}{room}{text}{room}{fence}"))
}

/// Text that begins a paragraph, and no heading, list, rule or command of a code host.
fn at_the_start(text: &str) -> String {
    let number = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let list = text.starts_with(['-', '+', '=', '/'])
        || (number.len() < text.len() && number.starts_with(['.', ')']));
    if list { code(text).0 } else { text.to_owned() }
}

/// Whether no reader of Markdown takes any of a text for more than text.
fn is_tame(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let at = |index: Option<usize>| index.and_then(|index| chars.get(index)).copied().unwrap_or(' ');
    chars.iter().enumerate().all(|(index, c)| {
        let (before, after) = (at(index.checked_sub(1)), at(Some(index + 1)));
        match c {
            '*' | '[' | ']' | '<' | '>' | '|' | '~' | '\\' | '&' | '^' | '$' | '#' | '@' | '!' => false,
            // Where a code host knows attributes and differences.
            '{' => !matches!(after, '+' | '-' | ':' | '%' | '{' | '['),
            // In a word it is a letter.
            '_' => before.is_alphanumeric() && after.is_alphanumeric(),
            // An address has slashes behind it, a picture a word.
            ':' => after != '/' && !(after.is_alphabetic() || matches!(after, '+' | '-' | '_')),
            '%' => !(after.is_alphanumeric() || after == '"'),
            '.' => {
                !(index >= 3
                    && chars.get(index - 3..index).is_some_and(|w| w.iter().all(|c| matches!(c, 'w' | 'W'))))
            }
            _ => true,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prose(text: &str) -> String {
        let mut page = Page::default();
        page.prose(text);
        page.into_escaped().as_str().to_owned()
    }

    #[test]
    fn our_messages_read_as_they_were_written() {
        for plain in [
            "`acl` is `\"public-read\"`, expected `\"private\"`",
            "main.tf:3: a word_in_words (in part); 7 = 7",
        ] {
            assert_eq!(text(plain).0, plain);
        }
        assert_eq!(prose("One\ntwo `x`.\n\n- a\n- b\n  c\n\nEnd"), "One two `x`.\n\n- a\n- b c\n\nEnd\n");
    }

    #[test]
    fn what_could_be_markup_is_code() {
        for foreign in [
            "![t](https://e.example/t.png)",
            "@octocat",
            "see #12",
            "<img src=x>",
            "**b**",
            "https://e.example",
            "www.e.example",
            "a|b",
            "&amp;",
            "~x~",
            ":tada:",
            "_x_",
            "$x$",
            "\\",
            "[a]: b",
        ] {
            assert_eq!(text(foreign), code(foreign), "{foreign}");
            assert!(code(foreign).0.starts_with('`') && code(foreign).0.ends_with('`'));
        }
        assert_eq!(text("`a`![x](y) `b").0, "`` `a`![x](y) `b ``");
        assert_eq!(code("a``b").0, "```a``b```");
        assert_eq!(code("").0, "");
        assert_eq!(prose("```\n``` x\n@a"), "```\n```\n\n`@a`\n");
        assert_eq!(prose("```\n````\n@a"), "```\n```\n\n`@a`\n");
        assert_eq!(prose("```\na ```` b\n"), "`````\na ```` b\n`````\n");
        assert_eq!(prose("# h\n\n1. x\n\n/close"), "`# h`\n\n`1. x`\n\n`/close`\n");
    }

    #[test]
    fn a_table_has_a_head_and_cells_do_not_end_it() {
        let mut page = Page::default();
        page.table(["".into(), "A".into()], [false, true]);
        page.row([text("a|b\\|"), code("c\nd")]);
        page.item(&text("x"));
        assert_eq!(
            page.into_escaped().as_str(),
            "|  | A |\n|---|---:|\n| `a\\|b\\U+007C` | `cU+000Ad` |\n\n- x\n"
        );
    }
}
