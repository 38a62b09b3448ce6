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

/// All documents of a text. An empty text has none.
pub fn parse(source: &Source) -> (Vec<Node>, Vec<Comment>, Vec<Problem>) {
    let mut reading = Reading { source, problems: Vec::new(), scalars: Vec::new(), aliased: 0 };
    let all = 0..source.text.len();
    let nodes = match reading.events(all) {
        Ok(nodes) => nodes,
        Err(failure) if is_go_template(&source.text) => {
            let message = "a Helm template is not a manifest; render it first".to_owned();
            let help = Some("judge the output of `helm template` instead".to_owned());
            reading.problem(Gravity::Note, failure.at, message, help);
            Vec::new()
        }
        Err(_) => recover::documents(&mut reading),
    };
    let Reading { problems, mut scalars, .. } = reading;
    scalars.sort_unstable_by_key(|span| (span.start, span.end));
    let comments = comments::find(source, &scalars);
    (nodes, comments, problems)
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

/// One reading of a text: what was found beside the nodes.
pub(super) struct Reading<'a> {
    source: &'a Source,
    problems: Vec<Problem>,
    /// The bytes of all scalars: no comment stands in them.
    scalars: Vec<Span>,
    /// Nodes that aliases multiplied so far.
    aliased: usize,
}

/// Where and why a text is no YAML.
pub(super) struct Failure {
    at: usize,
    why: String,
}

impl Reading<'_> {
    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.source.id, range.start, range.end)
    }

    /// A problem at an offset, marked to the end of its line.
    fn problem(&mut self, gravity: Gravity, at: usize, message: String, help: Option<String>) {
        let text = &self.source.text;
        let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let line = text[at..]
            .split(['\n', '\r'])
            .next()
            .unwrap_or("")
            .chars()
            .take(200)
            .map(char::len_utf8)
            .sum::<usize>();
        let span = Some(self.span(at..at + line));
        let path = Arc::clone(&self.source.path);
        self.problems.push(Problem { gravity, path, span, message, help });
    }

    fn lost(&mut self, failure: &Failure) {
        let message = format!("this cannot be read as YAML: {}", failure.why);
        self.problem(Gravity::Loss, failure.at, message, None);
    }
}
