//! The tables of known modules, and what they say as the text of a module.
//!
//! An entry is called as the registry calls the module:
//!
//! ```text
//! terraform-aws-modules/sns/aws:
//!   arguments:                        that settings come from; `{}` where the default is null
//!     kms_master_key_id: {}
//!     fifo_topic: { default: "false", before: [["3.0.0", open]] }
//!   others: [create_topic_policy]     arguments of which nothing is said
//!   resources:
//!     aws_sns_topic.this:
//!       count: "var.create"           a condition, or a number (`… : 0`); or `for_each`
//!       same: [kms_master_key_id]     settings called as their argument
//!       set: { name: "var.topic" }    a setting, and what it comes from
//!       open: [policy]                set by the module in a way the table does not say
//!       blocks: [{ rule: { set: … } }]
//!     aws_sns_topic_policy.this: open  there may be one
//!   calls: { part: { source: ./modules/part, same: [name] } }
//!   outputs: { topic_arn: "aws_sns_topic.this[0].arn" }
//! ```
//!
//! What stands in quotation marks is Terraform's language. What is in no list, the module does not set.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::{Arc, OnceLock};

use super::{Argument, KnownModule, OPEN, PREFIX, directory_of};
use crate::format::terraform::touched::Outline;
use crate::source::{Source, SourceId};
use crate::syntax::hcl;
use crate::syntax::node::Node;
use crate::syntax::yaml;

const TABLES: [&str; 3] = [include_str!("aws.yaml"), include_str!("azure.yaml"), include_str!("google.yaml")];

/// The entry of a module: its name and its text.
pub(super) fn entry(name: &str) -> Option<(&'static str, &'static str)> {
    entries().get_key_value(name).map(|(name, text)| (*name, *text))
}

/// The names of all entries, with their texts.
pub(super) fn entries() -> &'static HashMap<&'static str, &'static str> {
    static ENTRIES: OnceLock<HashMap<&'static str, &'static str>> = OnceLock::new();
    ENTRIES.get_or_init(|| {
        let mut out = HashMap::new();
        for table in TABLES {
            // An entry goes from the line of its name to the next one's.
            let mut rest = table;
            while let Some(start) = next_entry(rest) {
                rest = rest.get(start..).unwrap_or_default();
                let line = rest.find('\n').unwrap_or(rest.len());
                let (head, body) = rest.split_at(line);
                let end = next_entry(body).unwrap_or(body.len());
                let (body, after) = body.split_at(end);
                out.insert(head.trim_end().trim_end_matches(':'), body);
                rest = after;
            }
        }
        out
    })
}

/// Where the next line begins that is neither blank, nor indented, nor a comment.
fn next_entry(text: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if !line.starts_with([' ', '#', '\n']) {
            return Some(at);
        }
        at += line.len();
    }
    None
}

/// The module of an entry.
pub(super) fn made(name: &'static str, text: &str) -> KnownModule {
    let source = Source::new(SourceId(u32::MAX), name, text);
    let (documents, _, _) = yaml::parse(&source);
    let mut arguments = HashMap::new();
    let mut others = HashSet::new();
    let mut out = String::new();
    if let Some(entry) = documents.first() {
        for (argument, node) in named(entry, "arguments") {
            let _ = writeln!(out, "variable \"{argument}\" {{\n  default = {}\n}}", default_of(node));
            arguments.insert(argument.clone(), Argument { before: history(node) });
        }
        let listed = entry.get("others").map(Node::items).unwrap_or_default();
        others.extend(listed.iter().filter_map(|one| one.text().cloned()));
        for (address, node) in named(entry, "resources") {
            let (kind, name) = address.split_once('.').unwrap_or((address, "this"));
            block(&mut out, &format!("resource \"{kind}\" \"{name}\""), node);
        }
        let directory = format!("{PREFIX}{name}");
        // What a part makes that no table describes is left open with the module.
        let is_described = |node: &Node| {
            let part = node.get_text("source").filter(|source| source.starts_with('.'));
            part.is_none_or(|part| directory_of(&directory, part).is_some())
        };
        for (call, node) in named(entry, "calls").filter(|(_, node)| is_described(node)) {
            block(&mut out, &format!("module \"{call}\""), node);
        }
        for (output, node) in named(entry, "outputs") {
            let value = node.text().map_or(OPEN, |text| &**text);
            let _ = writeln!(out, "output \"{output}\" {{\n  value = {value}\n}}");
        }
    }
    let parsed = hcl::parse(&Source::new(SourceId(u32::MAX), name, out));
    debug_assert!(parsed.problems.is_empty(), "{name}: {:?}", parsed.problems);
    let outline = Arc::new(Outline::of(&parsed.body));
    KnownModule { name, body: parsed.body, outline, arguments, others }
}

fn named<'n>(node: &'n Node, key: &str) -> impl Iterator<Item = (&'n Arc<str>, &'n Node)> {
    let entries = node.get(key).map(Node::entries).unwrap_or_default();
    entries.iter().filter_map(|entry| Some((entry.key.text()?, &entry.value)))
}

fn expression(text: &str) -> String {
    if text == "open" { format!("var.{OPEN}") } else { text.to_owned() }
}

fn default_of(argument: &Node) -> String {
    argument.get_text("default").map_or_else(|| "null".to_owned(), |text| expression(text))
}

fn history(argument: &Node) -> Vec<(Arc<str>, Arc<str>)> {
    let steps = argument.get("before").map(Node::items).unwrap_or_default().iter();
    let of = |step: &Node| {
        let [boundary, value] = step.items() else { return None };
        let value = value.text()?;
        Some((boundary.text()?.clone(), if &**value == "open" { Arc::from(OPEN) } else { value.clone() }))
    };
    steps.filter_map(of).collect()
}

/// Writes a block with what its node says.
fn block(out: &mut String, head: &str, node: &Node) {
    let _ = writeln!(out, "{head} {{");
    if node.text().is_some_and(|text| &**text == "open") {
        let _ = writeln!(out, "  count = var.{OPEN}");
    }
    for (name, is_text) in [("source", true), ("version", true), ("for_each", false)] {
        match node.get_text(name) {
            Some(text) if is_text => {
                let _ = writeln!(out, "  {name} = \"{text}\"");
            }
            Some(text) => {
                let _ = writeln!(out, "  {name} = {}", expression(text));
            }
            None => {}
        }
    }
    if let Some(count) = node.get_text("count") {
        let is_condition = !count.ends_with(" : 0") && !count.bytes().all(|byte| byte.is_ascii_digit());
        let count = expression(count);
        let _ = match is_condition {
            true => writeln!(out, "  count = {count} ? 1 : 0"),
            false => writeln!(out, "  count = {count}"),
        };
    }
    content(out, node);
    out.push_str("}\n");
}

fn content(out: &mut String, node: &Node) {
    let list = |key: &str| node.get(key).map(Node::items).unwrap_or_default().iter().filter_map(Node::text);
    for name in list("same") {
        let _ = writeln!(out, "  {name} = var.{name}");
    }
    for (name, value) in named(node, "set") {
        let _ =
            writeln!(out, "  {name} = {}", value.text().map_or_else(String::new, |text| expression(text)));
    }
    for name in list("open") {
        let _ = writeln!(out, "  {name} = var.{OPEN}");
    }
    for inner in node.get("blocks").map(Node::items).unwrap_or_default() {
        for entry in inner.entries() {
            let Some(name) = entry.key.text() else { continue };
            match entry.value.get_text("for_each") {
                Some(each) => {
                    let _ = writeln!(out, "  dynamic \"{name}\" {{\n  for_each = {}", expression(each));
                    if let Some(iterator) = entry.value.get_text("iterator") {
                        let _ = writeln!(out, "  iterator = {iterator}");
                    }
                    out.push_str("  content {\n");
                    content(out, &entry.value);
                    out.push_str("  }\n  }\n");
                }
                None => {
                    let _ = writeln!(out, "  {name} {{");
                    content(out, &entry.value);
                    out.push_str("  }\n");
                }
            }
        }
    }
}
