//! YAML → nodes, by the parser's events. Several documents, anchors, aliases, merge keys; duplicate keys and
//! whatever does not parse become problems, and what stands around them is kept.

mod build;
mod comments;
mod recover;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::Arc;

use super::Comment;
use super::node::Node;
use crate::problem::{Gravity, Problem};
use crate::source::{Source, Span};

/// Levels of nesting that are read; deeper ones are left out and said so.
pub(crate) const MAX_DEPTH: usize = 128;

/// Problems told of one file; more say nothing new.
pub(crate) const MAX_PROBLEMS: usize = 100;

/// What was read of one text.
pub(super) struct Read {
    pub nodes: Vec<Node>,
    pub comments: Vec<Comment>,
    pub problems: Vec<Problem>,
    /// A document of it is text that another tool fills in, and was not read.
    pub is_template: bool,
}

/// All documents of a text. An empty text has none.
pub fn parse(source: &Source) -> (Vec<Node>, Vec<Comment>, Vec<Problem>) {
    let Read { nodes, comments, problems, .. } = read(source);
    (nodes, comments, problems)
}

/// The same, with what the text is.
pub(super) fn read(source: &Source) -> Read {
    let mut reading =
        YamlReader { source, problems: Vec::new(), scalars: Vec::new(), aliased: 0, is_template: false };
    let all = 0..source.text.len();
    let nodes = match reading.events(all) {
        Ok(nodes) => nodes,
        Err(_) => recover::documents(&mut reading),
    };
    let YamlReader { problems, mut scalars, is_template, .. } = reading;
    scalars.sort_unstable_by_key(|span| (span.start, span.end));
    let comments = comments::find(source, &scalars);
    Read { nodes, comments, problems, is_template }
}

/// Whether a text is a template of the Go language rather than YAML: `{{ .Values.x }}`, `{{- if …`.
pub fn is_go_template(text: &str) -> bool {
    text.split("{{").skip(1).any(|rest| {
        let rest = rest.trim_start_matches(['-', ' ', '\t']);
        rest.starts_with(['.', '$', '/'])
            || [
                "include ",
                "if ",
                "end",
                "else",
                "range ",
                "with ",
                "template ",
                "define ",
                "block ",
                "toYaml ",
            ]
            .iter()
            .any(|word| rest.starts_with(word))
    })
}

/// Whether a text is one that another tool fills in: a template of Go's language, of Jinja or of one like them.
pub(crate) fn is_template(text: &str) -> bool {
    let jinja = text.split("{%").skip(1).any(|rest| rest.contains("%}"));
    // `{{ name }}`: in YAML, a mapping as the key of a mapping.
    let filled_in = || {
        text.split("{{").skip(1).any(|rest| {
            rest.split_once("}}")
                .is_some_and(|(inside, _)| !inside.contains(['{', '\n', '\0']) && !inside.trim().is_empty())
        })
    };
    jinja || is_go_template(text) || filled_in()
}

/// Whether it is a template that keeps a document from being YAML: it begins with one, or one stands near the
/// fault. One in a quoted or block text elsewhere is nobody's fault.
fn fails_by_template(text: &str, at: usize) -> bool {
    let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let (before, after) = text.split_at(at);
    let start = before.rmatch_indices('\n').nth(2).map_or(0, |(found, _)| found);
    let end = after.match_indices('\n').nth(2).map_or(text.len(), |(found, _)| at + found);
    let opening = text.lines().map(str::trim).find(|line| !(line.is_empty() || line.starts_with(['#', '-'])));
    let near = text.get(start..end).unwrap_or("");
    is_template(near)
        || opening.is_some_and(|line| (line.starts_with("{{") || line.starts_with("{%")) && is_template(line))
}

/// One reading of a text: what was found beside the nodes.
pub(super) struct YamlReader<'a> {
    source: &'a Source,
    problems: Vec<Problem>,
    /// The bytes of all scalars: no comment stands in them.
    scalars: Vec<Span>,
    /// Nodes that aliases multiplied so far.
    aliased: usize,
    /// A document was passed over that another tool fills in.
    is_template: bool,
}

/// Where and why a text is no YAML.
pub(super) struct Failure {
    at: usize,
    why: String,
}

impl YamlReader<'_> {
    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.source.id, range.start, range.end)
    }

    /// A problem at an offset, marked to the end of its line.
    fn problem(&mut self, gravity: Gravity, at: usize, message: String, help: Option<String>) {
        if self.problems.len() >= MAX_PROBLEMS {
            return;
        }
        let text = &self.source.text;
        let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let line =
            text[at..].chars().take(200).take_while(|char| !matches!(char, '\n' | '\r')).map(char::len_utf8);
        let line: usize = line.sum();
        let span = Some(self.span(at..at + line));
        let path = Arc::clone(&self.source.path);
        self.problems.push(Problem { gravity, path, span, message, help });
    }

    fn lost(&mut self, failure: &Failure) {
        let message = format!("this cannot be read as YAML: {}", failure.why);
        let help = "put it right there or just above; what could not be read was not judged".to_owned();
        self.problem(Gravity::Loss, failure.at, message, Some(help));
    }

    /// A document that another tool fills in: told once, and never read.
    fn template(&mut self, range: Range<usize>, at: usize) -> Node {
        if !std::mem::replace(&mut self.is_template, true) {
            let message = "a template is not a manifest; render it first".to_owned();
            let help = Some(
                "judge the output of `helm template`, or of the tool that fills it in, instead".to_owned(),
            );
            self.problem(Gravity::Note, at, message, help);
        }
        let text = self.source.text.get(range.clone()).unwrap_or("");
        let start = range.start + text.len() - text.trim_start().len();
        Node::lost(self.span(start..(range.start + text.trim_end().len()).max(start)))
    }
}
