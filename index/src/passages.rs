//! How an organisation's own documents are cut: a Markdown file at its headings, a text at its empty lines.

/// A piece of a document that can be found and cited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// The headings it stands under, outermost first: `Access > Passwords`; empty before the first.
    pub title: String,
    pub text: String,
    /// The line of its heading, or of its first words; from 1.
    pub line: u32,
}

/// Characters after which a passage ends with its paragraph.
const LONG_PASSAGE: usize = 1200;

/// The passages of a document; `markdown` says whether `#` begins a heading.
pub fn passages(text: &str, markdown: bool) -> Vec<Passage> {
    let mut splitter = Splitter::default();
    let mut fence: Option<&str> = None;
    for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
        let trimmed = line.trim();
        if markdown {
            if let Some(mark) = ["```", "~~~"].into_iter().find(|mark| trimmed.starts_with(mark)) {
                match fence {
                    None => fence = Some(mark),
                    Some(open) if open == mark => fence = None,
                    Some(_) => {}
                }
                continue;
            }
            if fence.is_none()
                && let Some((level, words)) = heading(trimmed)
            {
                splitter.begin(level, words, number);
                continue;
            }
        }
        splitter.push(trimmed, number);
    }
    splitter.end();
    splitter.passages
}

#[derive(Default)]
struct Splitter {
    passages: Vec<Passage>,
    headings: Vec<(usize, String)>,
    /// Of the passage being cut: the line it begins on and its text.
    line: Option<u32>,
    text: String,
}

impl Splitter {
    fn begin(&mut self, level: usize, words: &str, line: u32) {
        self.end();
        self.headings.retain(|(other, _)| *other < level);
        self.headings.push((level, words.to_owned()));
        self.line = Some(line);
    }

    fn push(&mut self, words: &str, line: u32) {
        if words.is_empty() {
            if self.text.len() >= LONG_PASSAGE {
                self.end();
            }
            return;
        }
        self.line.get_or_insert(line);
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        self.text.push_str(words);
        // A wall of text is cut anyway.
        if self.text.len() >= 4 * LONG_PASSAGE {
            self.end();
        }
    }

    fn end(&mut self) {
        let line = self.line.take();
        let text = std::mem::take(&mut self.text);
        let Some(line) = line.filter(|_| !text.is_empty()) else { return };
        let title: Vec<&str> = self.headings.iter().map(|(_, words)| words.as_str()).collect();
        self.passages.push(Passage { title: title.join(" > "), text, line });
    }
}

/// Level and words of an ATX heading.
fn heading(line: &str) -> Option<(usize, &str)> {
    let level = line.bytes().take_while(|byte| *byte == b'#').count();
    let rest = line.get(level..)?;
    let words = rest.trim().trim_end_matches('#').trim();
    ((1..=6).contains(&level) && rest.starts_with([' ', '\t']) && !words.is_empty()).then_some((level, words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_is_cut_at_headings_and_cited_by_their_line() {
        let text = "intro\n\n# Access\n\nAll of it.\n## Passwords ##\nFourteen\ncharacters.\n```\n# no heading\n```\n# Logs\n\n## Empty\n# Last\nx\n";
        let found: Vec<(String, String, u32)> =
            passages(text, true).into_iter().map(|one| (one.title, one.text, one.line)).collect();
        let expected = [
            ("", "intro", 1),
            ("Access", "All of it.", 3),
            ("Access > Passwords", "Fourteen characters. # no heading", 6),
            ("Last", "x", 15),
        ];
        assert_eq!(found, expected.map(|(title, text, line)| (title.to_owned(), text.to_owned(), line)));
    }

    #[test]
    fn a_long_text_is_cut_at_its_paragraphs() {
        let paragraph = "words and more words. ".repeat(40);
        let text = format!("{paragraph}\n\n{paragraph}\n\n{paragraph}\n# plain\n");
        let cut = passages(&text, false);
        assert_eq!(cut.iter().map(|one| one.line).collect::<Vec<_>>(), [1, 5]);
        assert!(cut[1].text.ends_with("# plain"));
        assert_eq!(passages("", true), []);
    }
}
