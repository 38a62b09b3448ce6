//! Values → text, in the manner of the text they go into.

use crate::edit::Literal;
use crate::syntax::node::{self, Layout, Node};
use crate::value::Data;

/// How a text is written.
pub(super) struct Style {
    pub is_json: bool,
    /// It is a template whose resources can refer to each other.
    pub refers: bool,
    /// It is a template of Azure's, whose expressions stand in brackets.
    pub is_arm: bool,
    pub newline: &'static str,
    /// Blanks per level.
    pub unit: usize,
}

impl Style {
    pub fn of(text: &str, is_json: bool, refers: bool, is_arm: bool) -> Self {
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let indents = text.lines().take(500).filter_map(|line| {
            let words = line.trim_start_matches(' ');
            let indent = line.len() - words.len();
            (indent > 0 && !words.is_empty() && !words.starts_with(['#', '-', '*'])).then_some(indent)
        });
        let unit = indents.min().unwrap_or(2).clamp(1, 8);
        Self { is_json, refers, is_arm, newline, unit }
    }

    fn blanks(&self, indent: usize) -> String {
        " ".repeat(indent)
    }

    /// A value on one line.
    pub fn flow(&self, value: &Literal) -> Result<String, String> {
        if self.is_json {
            return self.json(value, None);
        }
        Ok(match value {
            Literal::List(items) => {
                let items = items.iter().map(|item| self.flow(item)).collect::<Result<Vec<_>, _>>()?;
                format!("[{}]", items.join(", "))
            }
            Literal::Map(entries) => {
                let entries = entries
                    .iter()
                    .map(|(key, value)| Ok(format!("{}: {}", yaml_text(key, true), self.flow(value)?)))
                    .collect::<Result<Vec<_>, String>>()?;
                format!("{{{}}}", entries.join(", "))
            }
            _ => self.scalar(value, true)?,
        })
    }

    /// A scalar or a reference in YAML.
    pub fn scalar(&self, value: &Literal, in_flow: bool) -> Result<String, String> {
        Ok(match value {
            Literal::Bool(bool) => bool.to_string(),
            Literal::Int(int) => int.to_string(),
            Literal::Text(text) => yaml_text(text, in_flow),
            Literal::Refer { address, attribute } => {
                self.can_refer(address)?;
                if attribute.is_empty() {
                    format!("!Ref {address}")
                } else {
                    format!("!GetAtt {address}.{attribute}")
                }
            }
            Literal::Variable(name) if self.refers => format!("!Ref {}", parameter(name)),
            Literal::Variable(name) if self.is_arm => {
                double_quoted(&format!("[parameters('{}')]", parameter(name)))
            }
            Literal::Variable(name) => return Err(no_variable(name)),
            Literal::Choice(choice) => yaml_text(&choice.example, in_flow),
            Literal::Behind(prefix, _) => yaml_text(&value.plain().ok_or_else(|| no_part(prefix))?, in_flow),
            Literal::List(_) | Literal::Map(_) => return self.flow(value),
        })
    }

    fn can_refer(&self, address: &str) -> Result<(), String> {
        if self.refers {
            return Ok(());
        }
        Err(format!("this format has no words for a reference to `{address}`; write its name by hand"))
    }

    /// A scalar in the quotes of the one it replaces.
    pub fn like(&self, value: &Literal, old: &Node, in_flow: bool) -> Result<String, String> {
        let text = match value {
            Literal::Bool(bool) => bool.to_string(),
            Literal::Int(int) => int.to_string(),
            Literal::Text(text) => text.to_string(),
            Literal::Choice(choice) => choice.example.to_string(),
            Literal::Behind(prefix, _) => value.plain().ok_or_else(|| no_part(prefix))?,
            _ => return self.scalar(value, in_flow),
        };
        let is_text = old.tag.as_deref() == Some("!!str");
        Ok(match old.layout {
            Layout::SingleQuoted if !text.chars().any(char::is_control) => single_quoted(&text),
            Layout::SingleQuoted | Layout::DoubleQuoted => double_quoted(&text),
            _ if is_text => double_quoted(&text),
            _ => return self.scalar(value, in_flow),
        })
    }

    /// A collection in block layout at this indentation, its first line included.
    pub fn block(&self, value: &Literal, indent: usize) -> Result<String, String> {
        let lines = match value {
            Literal::Map(entries) => entries
                .iter()
                .map(|(key, value)| self.entry(key, value, indent))
                .collect::<Result<Vec<_>, _>>()?,
            Literal::List(items) => {
                items.iter().map(|item| self.item(item, indent)).collect::<Result<Vec<_>, _>>()?
            }
            _ => vec![format!("{}{}", self.blanks(indent), self.scalar(value, false)?)],
        };
        Ok(lines.join(self.newline))
    }

    /// `key: value` in block layout.
    pub fn entry(&self, key: &str, value: &Literal, indent: usize) -> Result<String, String> {
        let key = format!("{}{}:", self.blanks(indent), yaml_text(key, false));
        Ok(match value {
            Literal::Map(entries) if !entries.is_empty() => {
                format!("{key}{}{}", self.newline, self.block(value, indent + self.unit)?)
            }
            Literal::List(items) if !items.is_empty() => {
                format!("{key}{}{}", self.newline, self.block(value, indent + self.unit)?)
            }
            _ => format!("{key} {}", self.scalar(value, false)?),
        })
    }

    /// `- value` in block layout.
    pub fn item(&self, value: &Literal, indent: usize) -> Result<String, String> {
        let text = match value {
            Literal::Map(entries) if !entries.is_empty() => {
                self.block(value, indent + 2)?.trim_start().to_owned()
            }
            Literal::List(_) => self.flow(value)?,
            _ => self.scalar(value, false)?,
        };
        Ok(format!("{}- {text}", self.blanks(indent)))
    }

    /// JSON: on one line, or over several with closing brackets at this indentation.
    pub fn json(&self, value: &Literal, indent: Option<usize>) -> Result<String, String> {
        let pretty = |open: char, close: char, parts: Vec<String>| match indent {
            _ if parts.is_empty() => format!("{open}{close}"),
            None => format!("{open}{}{close}", parts.join(", ")),
            Some(indent) => {
                let (newline, inner, outer) =
                    (self.newline, self.blanks(indent + self.unit), self.blanks(indent));
                let parts: Vec<String> = parts.iter().map(|part| format!("{newline}{inner}{part}")).collect();
                format!("{open}{}{newline}{outer}{close}", parts.join(","))
            }
        };
        let deeper = indent.map(|indent| indent + self.unit);
        Ok(match value {
            Literal::Bool(bool) => bool.to_string(),
            Literal::Int(int) => int.to_string(),
            Literal::Text(text) => double_quoted(text),
            Literal::Choice(choice) => double_quoted(&choice.example),
            Literal::Behind(prefix, _) => double_quoted(&value.plain().ok_or_else(|| no_part(prefix))?),
            Literal::Variable(name) if self.refers => {
                format!("{{\"Ref\": {}}}", double_quoted(&parameter(name)))
            }
            Literal::Variable(name) if self.is_arm => {
                double_quoted(&format!("[parameters('{}')]", parameter(name)))
            }
            Literal::Variable(name) => return Err(no_variable(name)),
            Literal::List(items) => {
                let items =
                    items.iter().map(|item| self.json(item, deeper)).collect::<Result<Vec<_>, _>>()?;
                pretty('[', ']', items)
            }
            Literal::Map(entries) => {
                let entries = entries
                    .iter()
                    .map(|(key, value)| Ok(format!("{}: {}", double_quoted(key), self.json(value, deeper)?)))
                    .collect::<Result<Vec<_>, String>>()?;
                pretty('{', '}', entries)
            }
            Literal::Refer { address, attribute } => {
                self.can_refer(address)?;
                if attribute.is_empty() {
                    format!("{{\"Ref\": {}}}", double_quoted(address))
                } else {
                    format!("{{\"Fn::GetAtt\": [{}, {}]}}", double_quoted(address), double_quoted(attribute))
                }
            }
        })
    }
}

fn no_part(prefix: &str) -> String {
    format!("this format has no variables within a text; say what stands behind `{prefix}`")
}

fn no_variable(name: &str) -> String {
    format!("this format has no variables; say what `{name}` is")
}

/// A variable's name in a template, letters and digits only: `KmsKeyArn`.
pub(super) fn parameter(name: &str) -> String {
    let words = name.split(['_', '-']);
    let upper = |word: &str| {
        let mut letters = word.chars();
        letters
            .next()
            .map_or(String::new(), |first| first.to_ascii_uppercase().to_string() + letters.as_str())
    };
    words.map(upper).collect()
}

fn double_quoted(text: &str) -> String {
    // A JSON string is a double-quoted scalar of YAML as well.
    serde_json::Value::from(text).to_string()
}

fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A text as YAML: plain where every reader, also of older versions, takes it for this text.
pub(super) fn yaml_text(text: &str, in_flow: bool) -> String {
    if text
        .chars()
        .any(|char| char.is_control() || matches!(char, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}'))
    {
        return double_quoted(text);
    }
    if is_plain(text, in_flow) { text.to_owned() } else { single_quoted(text) }
}

/// `--name=value` needs no quotes, and has none in most manifests.
fn is_flag(text: &str) -> bool {
    text.strip_prefix("--").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
}

fn is_plain(text: &str, in_flow: bool) -> bool {
    let old_words = ["y", "n", "yes", "no", "on", "off", "=", "<<"];
    let first = text.chars().next().unwrap_or(' ');
    let like_number =
        first.is_ascii_digit() && text.chars().all(|char| char.is_ascii_digit() || ":._-".contains(char));
    matches!(node::plain(text), Data::Text(_))
        && !old_words.contains(&text.to_ascii_lowercase().as_str())
        && !like_number
        && (!"-?:,[]{}#&*!|>'\"%@`~.+ ".contains(first) || is_flag(text))
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !(in_flow && text.contains([',', '[', ']', '{', '}', ':']))
}
