//! Readers of the languages that outputs are written in, and what each must not find.

use std::collections::BTreeSet;

use pulldown_cmark::{Event, Options, Parser, Tag};
use serde_json::Value;

/// What an output is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Lines for people.
    Lines,
    /// The same, in which prose is broken at blanks.
    Prose,
    Diff,
    Json,
    JsonLines,
    Sarif,
    Junit,
    Workflow,
    Markdown,
    Csv,
    Html,
}

impl Language {
    /// What a reader of the language takes for more than text.
    pub fn faults(self, bytes: &[u8]) -> Vec<String> {
        let Ok(text) = std::str::from_utf8(bytes) else { return vec!["it is no UTF-8".to_owned()] };
        let mut faults = Vec::new();
        match self {
            Language::Lines | Language::Prose => lines(text, self == Language::Lines, &mut faults),
            Language::Diff => {
                lines(&text.replace('\t', " ").replace("\r\n", "\n"), false, &mut faults);
                let known =
                    ["--- ", "+++ ", "@@ -", " ", "+", "-", "\\ No newline", "note: this cannot be applied"];
                let plain = without_styles(text, &mut Vec::new());
                faults.extend(
                    plain.lines().filter(|line| !known.iter().any(|one| line.starts_with(one))).map(quoted),
                );
            }
            Language::Json | Language::Sarif => {
                log(text, &mut faults);
                match serde_json::from_str::<Value>(text) {
                    Ok(value) if self == Language::Sarif => sarif(&value, &mut faults),
                    Ok(_) => {}
                    Err(error) => faults.push(error.to_string()),
                }
            }
            Language::JsonLines => {
                log(text, &mut faults);
                let wrong = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).err());
                faults.extend(wrong.map(|error| error.to_string()));
            }
            Language::Junit => junit(text, &mut faults),
            Language::Workflow => workflow(text, &mut faults),
            Language::Markdown => {
                log(text, &mut faults);
                markdown(text, true, &mut faults);
            }
            Language::Csv => csv(text, &mut faults),
            Language::Html => html(text, &mut faults),
        }
        faults
    }
}

fn quoted(text: &str) -> String {
    text.chars().take(300).collect::<String>().escape_debug().to_string()
}

/// Written anew, so that what the program believes is not what it is measured by.
fn unseen(c: char) -> bool {
    let code = u32::from(c);
    matches!(
        code,
        0..=0x1f | 0x7f..=0x9f | 0xad | 0x34f | 0x61c | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f
        | 0x2028..=0x202e | 0x2060..=0x206f | 0x3164 | 0xfdd0..=0xfdef | 0xfe00..=0xfe0e | 0xfeff | 0xffa0 | 0xfff0..=0xfffb
        | 0x1d173..=0x1d17a | 0xe0000..=0xe0fff
    )
}

/// What the log of a CI run must not have in it.
fn log(text: &str, faults: &mut Vec<String>) {
    if let Some(c) = text.chars().find(|c| unseen(*c) && *c != '\n') {
        faults.push(format!("U+{:04X} stands in it: {}", u32::from(c), around(text, c)));
    }
    for line in text.split('\n') {
        let bare = line.trim_start();
        let section =
            |word: &str| line.split(word).skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        let command = bare.starts_with("::")
            || ["##[", "##vso[", "##teamcity["].iter().any(|one| line.contains(one))
            || section("section_start:")
            || section("section_end:");
        if command {
            faults.push(format!("a command: {}", quoted(line)));
        }
    }
}

fn around(text: &str, c: char) -> String {
    let at = text.find(c).unwrap_or(0);
    let before: Vec<char> = text[..at].chars().rev().take(80).collect();
    let before: String = before.into_iter().rev().collect();
    quoted(&format!("{before}{}", text[at..].chars().take(40).collect::<String>()))
}

/// Lines for people: besides the above, no text of a field begins one.
fn lines(text: &str, strict: bool, faults: &mut Vec<String>) {
    let mut styles = Vec::new();
    let plain = without_styles(text, &mut styles);
    // Bold, dim, none, and the colours of severities: nothing hides, moves or blinks.
    faults.extend(styles.into_iter().filter(|style| {
        !style.split(';').all(|code| {
            matches!(
                code,
                "" | "0"
                    | "1"
                    | "2"
                    | "31"
                    | "32"
                    | "33"
                    | "34"
                    | "35"
                    | "36"
                    | "91"
                    | "92"
                    | "93"
                    | "94"
                    | "95"
                    | "96"
            )
        })
    }));
    log(&plain, faults);
    if strict {
        // The beginnings of payloads that have a break before them.
        let begins = ["U+003A:error file", "U+003A:stop-commands", "# h", "- [ ] x", "1. field", "|---|"];
        let found =
            plain.lines().filter(|line| begins.iter().any(|begin| line.trim_start().starts_with(begin)));
        faults.extend(found.map(|line| format!("a text begins a line: {}", quoted(line))));
    }
}

/// The text without colours and the like, which are given to `styles`.
fn without_styles(text: &str, styles: &mut Vec<String>) -> String {
    let mut out = String::new();
    let mut parts = text.split("\u{1b}[");
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap_or(part.len());
        match part[end..].strip_prefix('m') {
            Some(rest) => {
                styles.push(part[..end].to_owned());
                out.push_str(rest);
            }
            None => out.push_str(&format!("\u{1b}[{part}")),
        }
    }
    out
}

/// Every text of a document.
pub fn texts(value: &Value, out: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            out.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, out)),
        Value::Object(fields) => fields.iter().for_each(|(key, value)| {
            out.insert(key.clone());
            texts(value, out);
        }),
        _ => {}
    }
}

fn sarif(value: &Value, faults: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match (key.as_str(), value) {
                    ("markdown", Value::String(text)) => markdown(text, false, faults),
                    (
                        "message" | "shortDescription" | "fullDescription" | "description" | "help",
                        Value::Object(message),
                    ) => {
                        let text = message.get("text").and_then(Value::as_str).unwrap_or_default();
                        if text.contains("](") || text.chars().any(|c| unseen(c) && c != '\n') {
                            faults.push(format!("a message: {}", quoted(text)));
                        }
                        sarif(value, faults);
                    }
                    ("informationUri" | "helpUri", Value::String(uri)) if !uri.starts_with("http") => {
                        faults.push(format!("an address: {}", quoted(uri)));
                    }
                    _ => sarif(value, faults),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| sarif(item, faults)),
        _ => {}
    }
}

fn junit(text: &str, faults: &mut Vec<String>) {
    log(text, faults);
    let document = match roxmltree::Document::parse(text) {
        Ok(document) => document,
        Err(error) => return faults.push(error.to_string()),
    };
    for node in document.descendants() {
        let known = ["testsuites", "testsuite", "testcase", "failure", "error", "skipped"];
        if node.is_element() && !known.contains(&node.tag_name().name()) || node.is_comment() || node.is_pi()
        {
            faults.push(format!("an element: {node:?}"));
        }
        let attributes = node.attributes().map(|one| one.value()).chain(node.text());
        for text in attributes.filter(|text| text.chars().any(|c| unseen(c) && c != '\n')) {
            faults.push(format!("a text: {}", quoted(text)));
        }
    }
}

/// Each line is one of our commands, with properties that we know.
fn workflow(text: &str, faults: &mut Vec<String>) {
    for line in text.lines() {
        let parts = line.strip_prefix("::").and_then(|rest| rest.split_once("::"));
        let Some((command, message)) = parts else {
            faults.push(format!("no command: {}", quoted(line)));
            continue;
        };
        let (name, properties) = command.split_once(' ').unwrap_or((command, ""));
        let keys: Vec<&str> =
            properties.split(',').map(|one| one.split('=').next().unwrap_or_default()).collect();
        let known = ["file", "line", "endLine", "col", "title"];
        let own: BTreeSet<&str> = keys.iter().copied().collect();
        if !["error", "warning", "notice"].contains(&name)
            || !keys.iter().all(|key| known.contains(key))
            || own.len() != keys.len()
        {
            faults.push(format!("a command: {}", quoted(line)));
        }
        log(&format!(".{message}"), faults);
        log(&format!(".{properties}"), faults);
    }
}

fn csv(text: &str, faults: &mut Vec<String>) {
    // Our line ends are those of RFC 4180.
    log(&text.replace("\r\n", "\n"), faults);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    for row in reader.records() {
        match row {
            Err(error) => faults.push(error.to_string()),
            Ok(row) => {
                let formula = |cell: &&str| {
                    cell.split(';')
                        .any(|part| part.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r']))
                };
                faults.extend(row.iter().filter(formula).map(|cell| format!("a formula: {}", quoted(cell))));
                faults.extend(row.iter().filter(|cell| cell.contains(unseen)).map(quoted));
            }
        }
    }
}

/// Only our own structure: text and code, tables, lists, bold words; in text nothing that a code host makes a link of.
fn markdown(text: &str, page: bool, faults: &mut Vec<String>) {
    let mut code = 0;
    for event in Parser::new_ext(text, Options::all()) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => code += 1,
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => code -= 1,
            Event::Start(
                Tag::Paragraph
                | Tag::Item
                | Tag::List(_)
                | Tag::Table(_)
                | Tag::TableHead
                | Tag::TableRow
                | Tag::TableCell
                | Tag::Strong,
            )
            | Event::End(_)
            | Event::Code(_)
            | Event::SoftBreak
            | Event::HardBreak => {}
            Event::Text(text) if code == 0 => {
                let chars: Vec<char> = text.chars().collect();
                let linked =
                    chars.windows(2).any(|two| matches!(two[0], '@' | '#' | '!') && two[1].is_alphanumeric());
                if linked
                    || text.contains("://")
                    || text.to_lowercase().contains("www.")
                    || text.contains(unseen)
                {
                    faults.push(format!("a link: {}", quoted(&text)));
                }
            }
            Event::Text(_) => {}
            other => faults.push(format!("markup: {}", quoted(&format!("{other:?}")))),
        }
    }
    if page {
        // Rows of a table have as many cells as its head.
        let bars = |line: &str| line.replace("\\|", "").matches('|').count();
        let mut head = 0;
        for line in text.lines() {
            match (line.starts_with('|'), head) {
                (true, 0) => head = bars(line),
                (true, count) if bars(line) != count => faults.push(format!("a row: {}", quoted(line))),
                (true, _) => {}
                (false, _) => head = 0,
            }
        }
    }
}

/// The elements and attributes of our template, and no other; a browser says the rest (`tests/e2e/pages.sh`).
fn html(text: &str, faults: &mut Vec<String>) {
    if let Some(c) = text.chars().find(|c| unseen(*c) && !matches!(c, '\n' | '\t')) {
        faults.push(format!("U+{:04X} stands in it: {}", u32::from(c), around(text, c)));
    }
    let script = text.find("<script>").unwrap_or(text.len());
    if text.matches("<script").count() != 1 || !text.trim_end().ends_with("</script>\n</body>\n</html>") {
        faults.push("a script that is not ours".to_owned());
    }
    for tag in text[..script].split('<').skip(1) {
        let (tag, _) = tag.split_once('>').unwrap_or((tag, ""));
        let name = tag
            .trim_start_matches('/')
            .split(|c: char| c.is_whitespace() || c == '/')
            .next()
            .unwrap_or_default();
        let known = [
            "!doctype", "html", "head", "meta", "title", "style", "body", "a", "svg", "defs", "symbol",
            "circle", "path", "rect", "use", "header", "main", "section", "footer", "nav", "div", "p", "h1",
            "h2", "h3", "h4", "b", "i", "small", "span", "br", "wbr", "code", "pre", "mark", "ul", "ol",
            "li", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "th", "td", "details", "summary",
            "article", "label", "input", "select", "option", "button", "g", "pattern", "line", "figure",
            "polygon",
        ];
        let mut parts = tag.split('"');
        let outside: String = parts.by_ref().step_by(2).collect();
        let handler = outside
            .to_lowercase()
            .split_whitespace()
            .any(|word| word.starts_with("on") && word.ends_with('='));
        let link = tag.split("href=\"").nth(1).is_some_and(|target| !target.starts_with('#'));
        if !known.contains(&name) || handler || link {
            faults.push(format!("an element: {}", quoted(tag)));
        }
    }
}

/// What a PDF does besides being read: nothing. Its actions stand in objects that are not compressed.
pub fn pdf_faults(bytes: &[u8]) -> Vec<String> {
    if !bytes.starts_with(b"%PDF-") {
        return vec!["it was not made".to_owned()];
    }
    let acting = [
        "/JavaScript",
        "/JS",
        "/Launch",
        "/URI",
        "/SubmitForm",
        "/GoToR",
        "/GoToE",
        "/OpenAction",
        "/RichMedia",
    ];
    let found =
        acting.into_iter().filter(|word| bytes.windows(word.len()).any(|part| part == word.as_bytes()));
    found.map(|word| format!("an action: {word}")).collect()
}
