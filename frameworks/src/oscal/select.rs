//! Which controls of a catalogue a profile's directives name.

use std::collections::{HashMap, HashSet};

use super::Fault;
use super::read::Document;
use super::wire::{Catalog, Control, Group, Selection};

/// All controls of a catalogue, in order, with their children.
#[derive(Debug, Default)]
pub struct Order {
    /// Ids in the order of the text, parents before children.
    pub ids: Vec<String>,
    children: HashMap<String, Vec<String>>,
}

impl Order {
    pub fn of(catalog: &Catalog) -> Self {
        let mut order = Self::default();
        catalog.controls.iter().for_each(|control| order.add(control));
        catalog.groups.iter().for_each(|group| order.add_group(group));
        order
    }

    fn add_group(&mut self, group: &Group) {
        group.controls.iter().for_each(|control| self.add(control));
        group.groups.iter().for_each(|group| self.add_group(group));
    }

    fn add(&mut self, control: &Control) {
        self.ids.push(control.id.clone());
        let below: Vec<String> = control.controls.iter().map(|child| child.id.clone()).collect();
        self.children.entry(control.id.clone()).or_default().extend(below);
        control.controls.iter().for_each(|child| self.add(child));
    }

    pub fn has(&self, id: &str) -> bool {
        self.children.contains_key(id)
    }

    fn descend(&self, id: &str, into: &mut HashSet<String>) {
        for child in self.children.get(id).into_iter().flatten() {
            if into.insert(child.clone()) {
                self.descend(child, into);
            }
        }
    }
}

/// The controls that some directives select, out of `order`; all of them where `all` is said.
///
/// # Errors
/// An id that is none of them.
pub fn selected(
    order: &Order,
    all: bool,
    include: &[Selection],
    exclude: &[Selection],
    profile: &Document,
    source: &str,
) -> Result<HashSet<String>, Fault> {
    let mut chosen: HashSet<String> =
        if all { order.ids.iter().cloned().collect() } else { named(order, include, profile, source)? };
    for id in named(order, exclude, profile, source)? {
        chosen.remove(&id);
    }
    Ok(chosen)
}

fn named(
    order: &Order,
    selections: &[Selection],
    profile: &Document,
    source: &str,
) -> Result<HashSet<String>, Fault> {
    let mut chosen = HashSet::new();
    for selection in selections {
        let with_children = selection.with_child_controls.as_deref() == Some("yes");
        let mut ids: Vec<&String> = Vec::new();
        for id in &selection.with_ids {
            if !order.has(id) {
                return Err(Fault::new(
                    profile.place(id),
                    format!("names the control `{id}`, which `{source}` does not have"),
                )
                .help(similar_ids(id, order)));
            }
            ids.push(id);
        }
        for pattern in &selection.matching {
            ids.extend(order.ids.iter().filter(|id| glob(&pattern.pattern, id)));
        }
        for id in ids {
            chosen.insert(id.clone());
            if with_children {
                order.descend(id, &mut chosen);
            }
        }
    }
    Ok(chosen)
}

fn similar_ids(id: &str, order: &Order) -> String {
    let stem = id.split(['.', '(']).next().unwrap_or(id);
    let like: Vec<&str> =
        order.ids.iter().map(String::as_str).filter(|id| id.starts_with(stem)).take(4).collect();
    if like.is_empty() {
        return "is it the catalogue the profile was written for, in the same release?".to_owned();
    }
    format!("there are {}; is it the release of the catalogue the profile was written for?", like.join(", "))
}

/// `*` stands for any letters, `?` for one, `[a-c]` for one of some, as in the names of files.
pub fn glob(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    // Which beginnings of the text the pattern up to here matches: time is pattern times text, whatever
    // the stars.
    let mut matched = vec![false; text.len() + 1];
    if let Some(first) = matched.first_mut() {
        *first = true;
    }
    let mut rest = pattern.as_slice();
    while let Some((first, after)) = rest.split_first() {
        let mut next = vec![false; text.len() + 1];
        if *first == '*' {
            let mut open = false;
            for (to, from) in next.iter_mut().zip(&matched) {
                open |= from;
                *to = open;
            }
            rest = after;
        } else {
            let end = after.iter().position(|c| *c == ']').filter(|_| *first == '[');
            let (set, after) = match end {
                Some(end) => (after.get(..end), after.get(end + 1..).unwrap_or_default()),
                None => (None, after),
            };
            let fits = |c: char| match set {
                Some(set) => one_of(set, c),
                None => *first == '?' || *first == c,
            };
            for ((to, from), c) in next.iter_mut().skip(1).zip(&matched).zip(&text) {
                *to = *from && fits(*c);
            }
            rest = after;
        }
        matched = next;
    }
    matched.last().copied().unwrap_or_default()
}

fn one_of(set: &[char], c: char) -> bool {
    let (negated, set) = match set {
        ['!' | '^', rest @ ..] => (true, rest),
        _ => (false, set),
    };
    let mut rest = set;
    let mut found = false;
    loop {
        rest = match rest {
            [] => return found != negated,
            [from, '-', to, after @ ..] => {
                found |= (*from..=*to).contains(&c);
                after
            }
            [one, after @ ..] => {
                found |= *one == c;
                after
            }
        };
    }
}
