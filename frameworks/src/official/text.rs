//! A control's text as people read it: parameters filled in, parts under headings.

use super::leaf::{Param, Part};
use super::{Official, OfficialControl};

/// Lines under a heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    pub heading: String,
    pub lines: Vec<Line>,
}

/// One item: `a.`, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// How far it is set in, from 0.
    pub depth: usize,
    pub label: String,
    pub text: String,
}

/// A choice may name a parameter whose choice names another; publishers go two deep.
const NESTED: usize = 6;
/// Characters of a summary that is only the beginning of a text.
const OPENING: usize = 280;

impl Official {
    /// The text of a control, passage by passage: statement first, then guidance, then what else there is.
    pub fn passages(&self, control: &OfficialControl) -> Vec<Passage> {
        let mut out: Vec<(u8, Passage)> = Vec::new();
        for part in &control.parts {
            let (rank, heading) = heading(part);
            let mut lines = Vec::new();
            self.lines(part, control, 0, &mut lines);
            match out.iter_mut().find(|(_, passage)| passage.heading == heading) {
                Some((_, passage)) => passage.lines.extend(lines),
                None if lines.is_empty() => {}
                None => out.push((rank, Passage { heading, lines })),
            }
        }
        out.sort_by_key(|(rank, _)| *rank);
        let parameters: Vec<Line> =
            control.params.iter().filter_map(|param| self.parameter(param, control)).collect();
        let mut passages: Vec<Passage> = out.into_iter().map(|(_, passage)| passage).collect();
        if !parameters.is_empty() {
            let at = passages.iter().take_while(|passage| passage.heading == "Statement").count();
            passages.insert(at, Passage { heading: "Parameters".to_owned(), lines: parameters });
        }
        passages
    }

    /// The statement as one text, its items a line each, indented.
    pub fn statement(&self, control: &OfficialControl) -> String {
        let passages = self.passages(control);
        let statement = passages.iter().find(|passage| passage.heading == "Statement");
        statement.or(passages.iter().find(|passage| passage.heading != "Parameters")).map_or_else(
            String::new,
            |passage| {
                let lines = passage.lines.iter().map(Line::indented);
                lines.collect::<Vec<_>>().join("\n")
            },
        )
    }

    /// Every word of it, for an index.
    pub fn words(&self, control: &OfficialControl) -> String {
        let passages = self.passages(control);
        let lines = passages.iter().flat_map(|passage| &passage.lines);
        lines.map(|line| line.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// How it begins, for a list that has no other summary.
    pub(super) fn opening(&self, control: &OfficialControl) -> String {
        let text = self.statement(control);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() {
            return control.named().to_owned();
        }
        match text.char_indices().nth(OPENING) {
            None => text,
            Some((end, _)) => {
                let cut = text.get(..end).unwrap_or(&text);
                format!("{} …", cut.rsplit_once(' ').map_or(cut, |(words, _)| words))
            }
        }
    }

    pub(super) fn lines(&self, part: &Part, control: &OfficialControl, depth: usize, out: &mut Vec<Line>) {
        let label = label(part);
        let text = part.prose.as_deref().map(|prose| self.filled(prose, control, 0)).unwrap_or_default();
        let text = match (&part.title, text.is_empty()) {
            (Some(title), true) => title.clone(),
            (Some(title), false) if depth > 0 => format!("{title}: {text}"),
            _ => text,
        };
        let below = if text.is_empty() && label.is_empty() { depth } else { depth + 1 };
        if !text.is_empty() || !label.is_empty() {
            out.push(Line { depth, label, text });
        }
        for part in &part.parts {
            self.lines(part, control, below, out);
        }
    }

    fn parameter(&self, param: &Param, control: &OfficialControl) -> Option<Line> {
        let mut parts: Vec<String> = Vec::new();
        if !param.values.is_empty() {
            parts.push(format!("value: {}", param.values.join(", ")));
        }
        parts.extend(param.constraints.iter().filter_map(|one| one.description.clone()));
        if let Some(select) = &param.select {
            parts.push(self.choices(select, control, 0));
        }
        if parts.is_empty() {
            parts.extend(param.guidelines.iter().map(|one| one.prose.trim().to_owned()));
        }
        let label = param.label.clone().unwrap_or_default();
        let name = if label.is_empty() { String::new() } else { format!("{label}: ") };
        let text = format!("{name}{}", parts.join("; "));
        let text = text.trim_end_matches(": ").to_owned();
        (!text.is_empty()).then(|| Line { depth: 0, label: param.id.clone(), text })
    }

    /// A parameter by its id: the control's own first, for the others are many.
    fn param<'a>(&'a self, id: &str, control: &'a OfficialControl) -> Option<&'a Param> {
        let mut others =
            self.controls().flat_map(|(group, control)| group.params.iter().chain(&control.params));
        let found = control.params.iter().find(|param| param.id == id);
        let found = found.or_else(|| self.params.iter().find(|param| param.id == id));
        found.or_else(|| others.find(|param| param.id == id))
    }

    /// A text with its parameters filled in.
    pub(super) fn filled(&self, prose: &str, control: &OfficialControl, depth: usize) -> String {
        fill(prose, &|id| self.gap(id, control, depth))
    }

    /// What stands for a parameter: its value, its choices, or what to fill in.
    fn gap(&self, id: &str, control: &OfficialControl, depth: usize) -> String {
        let Some(param) = self.param(id, control).filter(|_| depth < NESTED) else {
            return assignment(id);
        };
        if !param.values.is_empty() {
            return param.values.join(", ");
        }
        let constraints: Vec<&str> =
            param.constraints.iter().filter_map(|one| one.description.as_deref()).map(str::trim).collect();
        if let Some(select) = &param.select {
            let choices = self.choices(select, control, depth + 1);
            return match constraints.is_empty() {
                true => format!("[{choices}]"),
                false => format!("[{choices}; {}]", constraints.join("; ")),
            };
        }
        let label = param.label.as_deref().unwrap_or(id);
        match constraints.is_empty() {
            true => assignment(label),
            false => format!("[Assignment: {label}: {}]", constraints.join("; ")),
        }
    }

    fn choices(&self, select: &super::leaf::Select, control: &OfficialControl, depth: usize) -> String {
        let many = if select.how_many.as_deref() == Some("one-or-more") { " (one or more)" } else { "" };
        let choices: Vec<String> =
            select.choice.iter().map(|choice| self.filled(choice, control, depth)).collect();
        format!("Selection{many}: {}", choices.join("; "))
    }
}

impl Line {
    /// `  1. text`
    pub fn indented(&self) -> String {
        let space = if self.label.is_empty() || self.text.is_empty() { "" } else { " " };
        format!("{}{}{space}{}", "  ".repeat(self.depth), self.label, self.text)
    }
}

/// A text with something in the place of each of its parameters.
pub(super) fn fill(prose: &str, gap: &dyn Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(prose.len());
    let mut rest = prose;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((inner, after)) = after.split_once("}}") else { break };
        out.push_str(before);
        match named(inner) {
            Some(id) => out.push_str(&gap(id)),
            None => out.push_str(&format!("{{{{{inner}}}}}")),
        }
        rest = after;
    }
    out.push_str(rest);
    out.trim().to_owned()
}

/// What stands for a parameter nobody has given a value.
pub(super) fn assignment(name: &str) -> String {
    format!("[Assignment: {name}]")
}

/// `insert: param, ac-1_prm_1`, and `ac-1_prm_1` as files before 1.0 wrote it.
fn named(inner: &str) -> Option<&str> {
    let inner = inner.trim();
    let id = match inner.strip_prefix("insert:") {
        Some(rest) => rest.trim().strip_prefix("param,")?.trim(),
        None => inner,
    };
    (!id.is_empty() && !id.contains(char::is_whitespace)).then_some(id)
}

fn label(part: &Part) -> String {
    let labels = || part.props.iter().filter(|prop| prop.name == "label");
    let plain = labels().find(|prop| prop.class.is_none()).or_else(|| labels().next());
    plain.map(|prop| prop.value.clone()).unwrap_or_default()
}

fn heading(part: &Part) -> (u8, String) {
    match part.name.as_str() {
        "statement" => (0, "Statement".to_owned()),
        "guidance" | "supplemental-guidance" => (1, "Guidance".to_owned()),
        "assessment-objective" | "objective" => (3, "Assessment objectives".to_owned()),
        "assessment-method" | "assessment" | "method" => (4, "Assessment methods".to_owned()),
        other => {
            let title = part.title.clone().unwrap_or_else(|| other.replace(['-', '_'], " "));
            let mut letters = title.chars();
            let first = letters.next().map(|first| first.to_uppercase().collect::<String>());
            (2, first.unwrap_or_default() + letters.as_str())
        }
    }
}
