//! What a page, or a table beside the pages, names that no schema has.

use serde_json::Value as Yaml;

use super::place::Place;
use super::{Unknown, kind, kinds, nearest};
use crate::check::{Body, Check, Clause, Element, Entry, Operator, Path, Root, Scalar, Step, Test};
use crate::error::KeyPath;
use crate::rule::Rule;
use crate::table::Tables;

/// A name that no schema has, and where the page writes it: below the entry for these kinds, as this text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InPage {
    pub kinds: Vec<String>,
    pub text: String,
    pub unknown: Unknown,
}

/// The kinds, settings and values of a page's check and fix that no schema has. Kinds of which nothing is known are no
/// fault, unless a known one is nearly called so; of views nothing is asked.
pub fn unknown_in_rule(rule: &Rule, tables: &Tables) -> Vec<InPage> {
    let mut out = Vec::new();
    match &rule.check {
        Check::Native { kinds, .. } => {
            for one in kinds {
                let found = misspelt(one);
                out.extend(found.map(|unknown| InPage { kinds: Vec::new(), text: one.clone(), unknown }));
            }
        }
        Check::Kinds(entries) => {
            for entry in entries.iter().filter(|entry| !entry.view) {
                in_entry(entry, tables, &mut out);
            }
            out.extend(in_fix(rule, entries, tables));
        }
    }
    out
}

/// The paths that a fix sets and no kind of the page has.
fn in_fix(rule: &Rule, entries: &[Entry], tables: &Tables) -> Vec<InPage> {
    let Some(fix) = &rule.fix else { return Vec::new() };
    // Of a kind, or of a view's elements, whose settings are not known everything may be set.
    if entries.iter().any(|entry| entry.view || entry.kinds.iter().any(|one| Place::of(one).is_none())) {
        return Vec::new();
    }
    let kinds = || entries.iter().flat_map(|entry| &entry.kinds);
    let nowhere = |path: &String| {
        let wrong: Option<Vec<Unknown>> = kinds()
            .map(|one| {
                let (starts, rest) = match path.strip_prefix("ref.") {
                    Some(rest) => {
                        let (name, rest) = rest.split_once('.')?;
                        let relation = tables.relations.get(one)?.get(name)?;
                        (relation.kind.iter().map(|kind| Place::of(kind)).collect::<Option<Vec<_>>>()?, rest)
                    }
                    None => (vec![Place::of(one)?], path.as_str()),
                };
                follow(starts, &steps(rest)).err()
            })
            .collect();
        wrong?.into_iter().next()
    };
    // A kind stands for a companion that is added.
    let paths = fix.set.keys().filter(|path| kind(path).is_none());
    let wrong = paths.filter_map(|path| Some((path, nowhere(path)?)));
    wrong.map(|(path, unknown)| InPage { kinds: Vec::new(), text: path.clone(), unknown }).collect()
}

fn in_entry(entry: &Entry, tables: &Tables, out: &mut Vec<InPage>) {
    for one in &entry.kinds {
        if let Some(unknown) = misspelt(one) {
            out.push(InPage { kinds: entry.kinds.clone(), text: one.clone(), unknown });
        }
        let Some(place) = Place::of(one) else { continue };
        let mut found = Vec::new();
        Walk { kind: one, tables, out: &mut found }.body(&[place], &entry.body);
        out.extend(found.into_iter().map(|(text, unknown)| InPage {
            kinds: entry.kinds.clone(),
            text,
            unknown,
        }));
    }
}

/// A kind that is nearly called as a known one is.
fn misspelt(name: &str) -> Option<Unknown> {
    if kind(name).is_some() || name.contains('*') || name.len() < 8 {
        return None;
    }
    let near = nearest(name, kinds(crate::kinds::dialect(name)).into_iter())?;
    Some(Unknown::Kind { kind: name.to_owned(), near: Some(near) })
}

struct Walk<'w, 'k> {
    kind: &'k str,
    tables: &'k Tables,
    out: &'w mut Vec<(String, Unknown)>,
}

impl<'k> Walk<'_, 'k> {
    fn body(&mut self, places: &[Place<'k>], body: &Body) {
        for condition in &body.when {
            self.body(places, condition);
        }
        for clause in &body.clauses {
            match clause {
                Clause::Test { path, test } => {
                    let Some(ends) = self.path(places, path) else { continue };
                    self.test(&ends, test, path);
                }
                Clause::AnyOf(bodies) => bodies.iter().for_each(|body| self.body(places, body)),
                Clause::Not(body) => self.body(places, body),
            }
        }
    }

    /// Where a path ends; none where nothing can be said of that.
    fn path(&mut self, places: &[Place<'k>], path: &Path) -> Option<Vec<Place<'k>>> {
        let starts: Vec<Place<'k>> = match &path.root {
            Root::Body => places.to_vec(),
            Root::Outer => return None,
            Root::Relation(name) => {
                let tables: &'k Tables = self.tables;
                let relation = tables.relations.get(self.kind)?.get(&**name)?;
                // Of a kind whose settings are not known everything may be asked.
                relation.kind.iter().map(|kind| Place::of(kind)).collect::<Option<_>>()?
            }
        };
        match follow(starts, &path.steps) {
            Ok(ends) => Some(ends),
            Err(unknown) => {
                self.out.push((path.text.to_string(), unknown));
                None
            }
        }
    }

    fn test(&mut self, ends: &[Place<'k>], test: &Test, path: &Path) {
        for operator in &test.operators {
            let (values, element): (&[Scalar], Option<&Element>) = match operator {
                Operator::Is(one) => (std::slice::from_ref(one), None),
                Operator::In(list) | Operator::NotIn(list) | Operator::Contains(list) => (list, None),
                Operator::Any(element) | Operator::All(element) | Operator::None(element) => {
                    (&[], Some(element))
                }
                _ => continue,
            };
            for value in values {
                let Scalar::Text(value) = value else { continue };
                let refused: Vec<Unknown> = ends.iter().filter_map(|end| end.refuses(value)).collect();
                if refused.len() == ends.len() {
                    self.out
                        .extend(refused.into_iter().next().map(|unknown| (path.text.to_string(), unknown)));
                }
            }
            let inner: Vec<Place<'k>> = ends.iter().map(Place::element).collect();
            match element {
                Some(Element::Body(body)) => self.body(&inner, body),
                Some(Element::Test(test)) => self.test(&inner, test, path),
                None => {}
            }
        }
    }
}

/// Where steps lead from any of these places.
fn follow<'k>(starts: Vec<Place<'k>>, steps: &[Step]) -> Result<Vec<Place<'k>>, Unknown> {
    let mut places = starts;
    for step in steps {
        let next: Vec<Place<'k>> = places.iter().flat_map(|place| place.enter(&step.name)).collect();
        if next.is_empty()
            && let Some(place) = places.first()
        {
            return Err(place.without(&step.name));
        }
        places = match step.key {
            Some(_) => next.iter().map(Place::keyed).collect(),
            None => next,
        };
    }
    Ok(places)
}

fn steps(path: &str) -> Vec<Step> {
    let name = |part: &str| Step { name: part.split('[').next().unwrap_or(part).to_owned(), key: None };
    path.split('.').map(name).collect()
}

/// What a table beside the pages names that no schema has, and at which key. `name` is the table's.
pub fn unknown_in_table(name: &str, text: &str) -> Vec<(KeyPath, Unknown)> {
    let mut out = Vec::new();
    let Ok(yaml) = crate::yaml::read::<serde_json::Map<String, Yaml>>(text) else { return out };
    for (key, value) in &yaml {
        let at = KeyPath::of(name).key(key);
        for one in key.split('|').map(str::trim) {
            // Old names stand on the left side.
            if name != "names" || value.is_object() {
                out.extend(misspelt(one).map(|unknown| (at.clone(), unknown)));
            }
            match (name, value) {
                ("names", Yaml::String(today)) => {
                    out.extend(misspelt(today).map(|unknown| (at.clone(), unknown)));
                }
                ("relations", Yaml::Object(relations)) => {
                    for (relation, value) in relations {
                        in_relation(one, value, &at.key(relation), &mut out);
                    }
                }
                ("names" | "defaults" | "shapes", Yaml::Object(paths)) => {
                    for path in paths.keys() {
                        if let Some(unknown) = leads_nowhere(one, path) {
                            out.push((at.key(path), unknown));
                        }
                    }
                }
                _ => {}
            }
        }
    }
    out
}

fn leads_nowhere(kind: &str, path: &str) -> Option<Unknown> {
    follow(vec![Place::of(kind)?], &steps(path)).err()
}

fn in_relation(owner: &str, relation: &Yaml, at: &KeyPath, out: &mut Vec<(KeyPath, Unknown)>) {
    let texts = |value: &Yaml| -> Vec<String> {
        match value {
            Yaml::Array(list) => list.iter().filter_map(Yaml::as_str).map(str::to_owned).collect(),
            Yaml::String(text) => text.split('|').map(|one| one.trim().to_owned()).collect(),
            _ => Vec::new(),
        }
    };
    let companions = relation.get("kind").map(texts).unwrap_or_default();
    for one in &companions {
        out.extend(misspelt(one).map(|unknown| (at.key("kind"), unknown)));
    }
    let Some(Yaml::Object(keys)) = relation.get("on") else { return };
    for (there, here) in keys {
        let at = at.key("on").key(there);
        for one in &companions {
            // Of `a | b` either may be there.
            let wrong: Option<Vec<Unknown>> =
                there.split('|').map(|path| leads_nowhere(one, path.trim())).collect();
            out.extend(wrong.and_then(|wrong| wrong.into_iter().next()).map(|unknown| (at.clone(), unknown)));
        }
        for path in texts(here) {
            out.extend(leads_nowhere(owner, &path).map(|unknown| (at.clone(), unknown)));
        }
    }
}

/// The line of a page on which a check writes this, from 1.
pub fn line_of(page: &str, found: &InPage) -> usize {
    let lines = page.lines().enumerate().skip(1).take_while(|(_, line)| *line != "---");
    let mut entry = found.kinds.is_empty();
    let mut line_of_entry = 1;
    for (at, line) in lines {
        if !entry && found.kinds.iter().all(|kind| line.contains(kind.as_str())) {
            entry = true;
            line_of_entry = at + 1;
        }
        if entry && line.contains(&found.text) {
            return at + 1;
        }
    }
    line_of_entry
}
