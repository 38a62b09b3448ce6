//! `flags`: the command line of the control plane's components and of the kubelet.
//!
//! Fields: `program`, and each flag by its name without dashes; a flag without a value is `true`.

use std::sync::Arc;

use super::Viewed;
use super::container::ROLES;
use super::field::{Element, attribute, blocks, listed, retext, why, with};
use super::image::image;
use super::workload::{Workload, workloads};
use crate::hashing::QuickIndexMap;
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

/// Flags whose lists grow when they are given again, as the components' own flag types do; of any other the last counts.
const LISTS: &[&str] = &[
    "authorization-mode",
    "enable-admission-plugins",
    "disable-admission-plugins",
    "admission-control",
    "tls-cipher-suites",
    "cipher-suites",
    "cors-allowed-origins",
    "feature-gates",
];

/// Programs, and their flags that name a file with settings.
const FILES: &[(&str, &[&str])] = &[
    ("kubelet", &["config", "config-dir"]),
    ("kube-scheduler", &["config"]),
    ("kube-proxy", &["config"]),
    ("etcd", &["config-file"]),
];

pub fn owners(inventory: &Inventory) -> Vec<Viewed> {
    workloads(inventory)
        .filter_map(|workload| {
            let mut viewed = Viewed::new(workload.index, workload.owner);
            for spec in workload.pods.iter().filter_map(|pod| pod.spec.as_ref()) {
                for (key, _) in ROLES {
                    for container in blocks(spec, key).items {
                        if let Some(element) = flags(&workload, container) {
                            viewed.push(workload.index, element);
                        }
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
    let mut given: QuickIndexMap<String, Value> = QuickIndexMap::default();
    while let Some(word) = rest.next() {
        let (name, value) = match flag(word) {
            Some((name, Some(value))) => (name, value),
            Some((name, None)) => {
                let separate =
                    rest.next_if(|next| !matches!(next.as_text(), Some(text) if text.starts_with('-')));
                (name, separate.cloned().unwrap_or_else(|| retext(word, "true")))
            }
            None => {
                open = open.or_else(|| expansion(word)).or_else(|| why(word));
                continue;
            }
        };
        let value = match expansion(&value) {
            Some(why) => with(&value, Data::Unknown(why)),
            None => value,
        };
        let value = match given.get(&name) {
            Some(earlier) if LISTS.contains(&name.as_str()) => joined(earlier, &value),
            _ => value,
        };
        given.insert(name, value);
    }
    let files =
        FILES.iter().find(|(name, _)| program.as_text() == Some(name)).map_or(&[][..], |(_, flags)| *flags);
    if let Some(file) = files.iter().find(|file| given.contains_key(**file)) {
        let why = || Why::new(WhyKind::Outside, format!("`--{file}` names a file that was not read"));
        open = open.or_else(|| Some(why()));
    }
    for (name, value) in given {
        element = element.set(&name, value);
    }
    let mut done = element.set("program", program).done();
    if let Data::Map(map) = &mut done.data {
        Arc::make_mut(map).open = open;
    }
    Some(done)
}

/// Why a word is not known that has a variable in it: Kubernetes puts in `$(NAME)`, a shell `$NAME` and `${NAME}`.
fn expansion(word: &Value) -> Option<Arc<Why>> {
    let text = word.as_text()?;
    let begins = |next: char| matches!(next, '(' | '{' | '_') || next.is_ascii_alphabetic();
    let variable = text.split('$').skip(1).find(|rest| rest.starts_with(begins))?;
    Some(Why::new(WhyKind::Variable, format!("`${variable}` is put in when the container starts")))
}

/// Both lists as one, as far as they are known.
fn joined(earlier: &Value, later: &Value) -> Value {
    match (earlier.as_text(), later.as_text()) {
        (Some(one), Some(other)) => retext(later, format!("{one},{other}")),
        (None, _) => earlier.clone(),
        (_, None) => later.clone(),
    }
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
                Some((name, value)) => (folded(name), Some(retext(word, value))),
                None => (folded(text), None),
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
            Some((folded(name), Some(with(word, data))))
        }
        _ => None,
    }
}

/// A flag's name as it is documented: the components take underscores too.
fn folded(name: &str) -> String {
    name.replace('_', "-")
}
