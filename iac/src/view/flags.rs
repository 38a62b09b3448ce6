//! `flags`: the command line of the control plane's components and of the kubelet.
//!
//! Fields: `program`, and each flag by its name without dashes; a flag without a value is `true`.

use std::sync::Arc;

use super::Viewed;
use super::container::ROLES;
use super::field::{Element, attribute, blocks, listed, retext, why, with};
use super::image::image;
use super::workload::{Workload, workloads};
use crate::inventory::Inventory;
use crate::value::{Data, Piece, Value, Why, WhyKind};

const PROGRAMS: &[&str] = &[
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "cloud-controller-manager",
    "kube-proxy",
    "kubelet",
    "etcd",
];

pub fn owners(inventory: &Inventory) -> Vec<Viewed> {
    workloads(inventory)
        .filter_map(|workload| {
            let spec = workload.part("spec")?;
            let mut viewed = Viewed::new(workload.index, workload.kind);
            for (key, _) in ROLES {
                for container in blocks(&spec, key).items {
                    if let Some(element) = flags(&workload, container) {
                        viewed.push(workload.index, element);
                    }
                }
            }
            (!viewed.elements.items.is_empty()).then_some(viewed)
        })
        .collect()
}

fn flags(workload: &Workload<'_>, container: &Value) -> Option<Value> {
    let mut words = Vec::new();
    let mut open = None;
    for key in ["command", "args"] {
        let list = listed(attribute(container, key));
        open = open.or(list.open);
        words.extend(list.items);
    }
    let words = unwrapped(words);
    let (program, start) = program(container, &words)?;
    let mut element = Element::of(container, workload.resource);
    let mut rest = words.get(start..)?.iter().peekable();
    while let Some(word) = rest.next() {
        match flag(word) {
            Some((name, Some(value))) => element = element.set(&name, value),
            Some((name, None)) => {
                let separate =
                    rest.next_if(|next| !matches!(next.as_text(), Some(text) if text.starts_with('-')));
                let value = separate.cloned().unwrap_or_else(|| retext(word, "true"));
                element = element.set(&name, value);
            }
            None => open = open.or_else(|| why(word)),
        }
    }
    element = element.set("program", program);
    let mut done = element.done();
    if let Data::Map(map) = &mut done.data {
        let map = Arc::make_mut(map);
        if open.is_none() && map.entries.contains_key("config") {
            open = Some(Why::new(WhyKind::Outside, "`--config` names a file that was not read"));
        }
        map.open = open;
    }
    Some(done)
}

/// The words of a command that a shell is given as one text.
fn unwrapped(words: Vec<Value>) -> Vec<Value> {
    let shell = words
        .first()
        .and_then(Value::as_text)
        .is_some_and(|word| matches!(base(word), "sh" | "bash" | "ash"));
    if !shell {
        return words;
    }
    let Some((line, text)) = words.iter().find_map(|word| {
        let text = word.as_text()?;
        PROGRAMS.iter().any(|program| text.contains(program)).then_some((word, text))
    }) else {
        return words;
    };
    let parts = text.split_whitespace().filter(|part| !matches!(*part, "exec" | "\\"));
    let parts: Vec<Value> = parts.map(|part| retext(line, part)).collect();
    let start =
        parts.iter().position(|part| part.as_text().is_some_and(|text| PROGRAMS.contains(&base(text))));
    parts.into_iter().skip(start.unwrap_or(0)).collect()
}

/// The program, and the word after it: the first word, or what the image is named after.
fn program(container: &Value, words: &[Value]) -> Option<(Value, usize)> {
    if let Some(first) = words.first()
        && let Some(text) = first.as_text()
        && !text.starts_with('-')
    {
        return PROGRAMS.contains(&base(text)).then(|| (retext(first, base(text)), 1));
    }
    let image = image(attribute(container, "image")?);
    let name = base(image.get("name")?.as_text()?);
    PROGRAMS.contains(&name).then(|| (retext(&image, name), 0))
}

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// `--name=value`, `--name`, or neither. Holes in the value leave it partly known.
fn flag(word: &Value) -> Option<(String, Option<Value>)> {
    match &word.data {
        Data::Text(text) => {
            let text = text.strip_prefix('-')?.trim_start_matches('-');
            Some(match text.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(retext(word, value))),
                None => (text.to_owned(), None),
            })
        }
        Data::Holed(pieces) => {
            let Some((Piece::Text(first), rest)) = pieces.split_first() else { return None };
            let (name, value) = first.strip_prefix('-')?.trim_start_matches('-').split_once('=')?;
            let data = match rest {
                [Piece::Hole(why)] if value.is_empty() => Data::Unknown(why.clone()),
                _ => {
                    let head = (!value.is_empty()).then(|| Piece::Text(value.into()));
                    Data::Holed(head.into_iter().chain(rest.iter().cloned()).collect())
                }
            };
            Some((name.to_owned(), Some(with(word, data))))
        }
        _ => None,
    }
}
