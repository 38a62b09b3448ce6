//! Values as HCL text.

use std::sync::Arc;

use crate::edit::Literal;

/// How the text around is written.
pub(super) struct Style {
    pub line_break: &'static str,
}

impl Style {
    pub fn of(text: &str) -> Self {
        let crlf = text.find('\n').is_some_and(|at| text[..at].ends_with('\r'));
        Self { line_break: if crlf { "\r\n" } else { "\n" } }
    }
}

/// A value, whose first line begins on a line with this indentation.
pub(super) fn literal(value: &Literal, indent: &str, style: &Style) -> String {
    match value {
        Literal::Bool(bool) => bool.to_string(),
        Literal::Int(int) => int.to_string(),
        Literal::Text(text) => quoted(text),
        Literal::List(items) => {
            let deep = items.iter().any(|item| matches!(item, Literal::Map(entries) if !entries.is_empty()));
            if !deep {
                let items: Vec<String> = items.iter().map(|item| literal(item, indent, style)).collect();
                return format!("[{}]", items.join(", "));
            }
            let inner = format!("{indent}  ");
            let line_break = style.line_break;
            let items: Vec<String> = items
                .iter()
                .map(|item| format!("{inner}{},{line_break}", literal(item, &inner, style)))
                .collect();
            format!("[{line_break}{}{indent}]", items.concat())
        }
        Literal::Map(entries) if entries.is_empty() => "{}".to_owned(),
        Literal::Map(entries) => {
            let inner = format!("{indent}  ");
            let line_break = style.line_break;
            let width = entries.iter().map(|(name, _)| key(name).chars().count()).max().unwrap_or(0);
            let lines: Vec<String> = entries
                .iter()
                .map(|(name, value)| {
                    format!("{inner}{:<width$} = {}{line_break}", key(name), literal(value, &inner, style))
                })
                .collect();
            format!("{{{line_break}{}{indent}}}", lines.concat())
        }
        Literal::Refer { address, attribute } => reference(address, attribute),
        Literal::Variable(name) => format!("var.{name}"),
        Literal::Choice(choice) => quoted(&choice.example),
        Literal::Behind(prefix, value) => {
            let before = quoted(prefix);
            let before = before.strip_suffix('"').unwrap_or(&before);
            match value.plain() {
                Some(text) => quoted(&format!("{prefix}{text}")),
                None => format!("{before}${{{}}}\"", literal(value, indent, style)),
            }
        }
    }
}

/// A resource as its own module names it.
fn reference(address: &str, attribute: &str) -> String {
    let mut local = address;
    while let Some(rest) = local.strip_prefix("module.") {
        // The module's key may hold dots in quotes.
        let mut quoted = false;
        let end = rest.char_indices().find(|(_, c)| {
            if *c == '"' {
                quoted = !quoted;
            }
            *c == '.' && !quoted
        });
        match end {
            Some((end, _)) => local = &rest[end + 1..],
            None => break,
        }
    }
    if attribute.is_empty() { local.to_owned() } else { format!("{local}.{attribute}") }
}

/// A key of an object.
pub(super) fn key(name: &str) -> String {
    let plain = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if plain { name.to_owned() } else { quoted(name) }
}

pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if characters.peek() == Some(&'{') => {
                out.push(c);
                out.push(c);
            }
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Whether a map of this name is an attribute; elsewhere in a resource a map is a nested block. Keys that are no names of
/// attributes are a map's.
fn is_map_attribute(name: &str, entries: &[(Arc<str>, Literal)]) -> bool {
    const NAMES: &[&str] = &[
        "annotations",
        "app_settings",
        "environment_variables",
        "labels",
        "limits",
        "node_selector",
        "requests",
        "tags",
        "tags_all",
        "triggers",
        "variables",
    ];
    NAMES.contains(&name)
        || name.ends_with("_labels")
        || name.ends_with("_tags")
        || entries.iter().any(|(name, _)| key(name) != **name || name.contains('-'))
}

/// An attribute, or nested blocks, with indentation and without the last line break.
pub(super) fn attribute(name: &str, value: &Literal, indent: &str, style: &Style) -> String {
    let blocks: Vec<&Vec<(Arc<str>, Literal)>> = match value {
        Literal::Map(entries) if !is_map_attribute(name, entries) => vec![entries],
        Literal::List(items) if !items.is_empty() => {
            let maps = items.iter().map(|item| match item {
                Literal::Map(entries) => Some(entries),
                _ => None,
            });
            maps.collect::<Option<Vec<_>>>().unwrap_or_default()
        }
        _ => Vec::new(),
    };
    if blocks.is_empty() {
        return format!("{indent}{name} = {}", literal(value, indent, style));
    }
    let line_break = style.line_break;
    let inner = format!("{indent}  ");
    let written: Vec<String> = blocks
        .into_iter()
        .map(|entries| {
            if entries.is_empty() {
                return format!("{indent}{name} {{}}");
            }
            format!("{indent}{name} {{{line_break}{}{indent}}}", body(entries, &inner, style))
        })
        .collect();
    written.join(&format!("{line_break}{line_break}"))
}

/// The lines of a body: neighbouring attributes of one line aligned, blocks set apart.
pub(super) fn body(entries: &[(Arc<str>, Literal)], indent: &str, style: &Style) -> String {
    let written: Vec<(String, bool)> = entries
        .iter()
        .map(|(name, value)| {
            let text = attribute(name, value, indent, style);
            let plain = text.starts_with(&format!("{indent}{name} = ")) && !text.contains('\n');
            (text, plain)
        })
        .collect();
    let width = entries
        .iter()
        .zip(&written)
        .filter(|(_, (_, plain))| *plain)
        .map(|((name, _), _)| name.chars().count())
        .max()
        .unwrap_or(0);
    let mut out = String::new();
    for (index, ((name, _), (text, plain))) in entries.iter().zip(&written).enumerate() {
        if *plain {
            let value = &text[indent.len() + name.len() + 3..];
            out.push_str(&format!("{indent}{name:<width$} = {value}"));
        } else {
            if index > 0 {
                out.push_str(style.line_break);
            }
            out.push_str(text);
        }
        out.push_str(style.line_break);
    }
    out
}
