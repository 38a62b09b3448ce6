//! Of each kind, how many of its settings rules look at.
//!
//! Known settings are the ones that rules and the table of defaults name and those that the resources here set. The
//! settings of the providers' schemas (`compline_rules::schema`) are not counted.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use compline_iac::{Data, Dialect, Mode, Snapshot, Value};
use compline_rules::check::{Body, Check, Clause, Element, Operator, Path, Root, Test};
use compline_rules::{Rule, RuleSet};

use super::SettingsCoverage;

/// The kinds that rules look at by their own names, each with the count of its settings.
pub(super) fn of<'a>(
    snapshot: &'a Snapshot,
    rules: &RuleSet,
    looking: &'a HashMap<Arc<str>, Vec<&Arc<Rule>>>,
) -> Vec<(&'a str, SettingsCoverage)> {
    let mut read: HashMap<&str, BTreeSet<String>> = HashMap::new();
    for (kind, rules_of) in looking {
        let kind: &'a str = kind;
        let today = rules.tables().kinds.get(kind).map_or(kind, String::as_str);
        if rules_of.iter().any(|rule| names(rule, today)) {
            let paths = rules_of.iter().flat_map(|rule| paths(rule, today)).collect();
            read.insert(kind, paths);
        }
    }
    let mut set: HashMap<&str, BTreeSet<String>> = HashMap::new();
    for resource in snapshot.inventories.iter().flat_map(|inventory| &inventory.resources) {
        if resource.mode == Mode::Managed && read.contains_key(&*resource.kind) {
            let of_kind = set.entry(&resource.kind).or_default();
            written(&resource.body, resource.dialect, &mut String::new(), of_kind);
        }
    }
    let counted = read.iter().map(|(kind, read)| {
        let defaults = rules.tables().defaults.get(*kind).into_iter().flat_map(|paths| paths.keys().cloned());
        let known = known(read, set.remove(kind).unwrap_or_default().into_iter().chain(defaults));
        let is_read = |setting: &&String| read.iter().any(|path| is_within(setting, path));
        (*kind, SettingsCoverage { known: known.len(), looked_at: known.iter().filter(is_read).count() })
    });
    counted.collect()
}

/// The settings of a kind that are known, the innermost of each.
fn known(read: &BTreeSet<String>, others: impl Iterator<Item = String>) -> BTreeSet<String> {
    let all: BTreeSet<String> = read.iter().cloned().chain(others).collect();
    let mut known = all.clone();
    for setting in &all {
        // What stands right after it begins with it, if anything does.
        let below = format!("{setting}.");
        if all.range(below.clone()..).next().is_some_and(|next| next.starts_with(&below)) {
            known.remove(setting);
        }
    }
    known
}

/// Whether a setting is what a path names, or a part of it.
fn is_within(setting: &str, path: &str) -> bool {
    setting.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Whether a rule names a kind itself.
pub(super) fn names(rule: &Rule, kind: &str) -> bool {
    match &rule.check {
        Check::Native { kinds, .. } => kinds.iter().any(|one| one == kind),
        Check::Kinds(entries) => {
            entries.iter().any(|entry| !entry.view && entry.kinds.iter().any(|one| one == kind))
        }
    }
}

/// The settings of a kind that a rule asks for.
fn paths(rule: &Rule, kind: &str) -> Vec<String> {
    let mut out = Vec::new();
    if let Check::Kinds(entries) = &rule.check {
        for entry in entries.iter().filter(|entry| entry.kinds.iter().any(|one| one == kind)) {
            in_body(&entry.body, "", &mut out);
        }
    }
    out
}

fn in_body(body: &Body, within: &str, out: &mut Vec<String>) {
    for condition in &body.when {
        in_body(condition, within, out);
    }
    for clause in &body.clauses {
        match clause {
            Clause::Test { path, test } => in_test(path, test, within, out),
            Clause::AnyOf(bodies) => bodies.iter().for_each(|body| in_body(body, within, out)),
            Clause::Not(body) => in_body(body, within, out),
        }
    }
}

fn in_test(path: &Path, test: &Test, within: &str, out: &mut Vec<String>) {
    if path.root != Root::Body {
        return;
    }
    let mut name = within.to_owned();
    for step in &path.steps {
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(&step.name);
    }
    for operator in &test.operators {
        if let Operator::Any(Element::Body(body))
        | Operator::All(Element::Body(body))
        | Operator::None(Element::Body(body)) = operator
        {
            in_body(body, &name, out);
        }
    }
    out.push(name);
}

/// Mappings whose keys the user chooses, where the language does not tell them from blocks.
const FREE: &[&str] =
    &["Tags", "Variables", "annotations", "data", "labels", "matchLabels", "stringData", "tags"];

/// The settings that a resource sets, places in lists left out.
fn written(value: &Value, dialect: Dialect, path: &mut String, out: &mut BTreeSet<String>) {
    match &value.data {
        Data::Null => {}
        Data::Map(map) if !map.entries.is_empty() => {
            let last = path.rsplit('.').next().unwrap_or_default();
            // In Terraform a block is a list of mappings, and a mapping alone is a value.
            let is_free = FREE.contains(&last) || dialect == Dialect::Terraform && is_inner(path);
            if is_free {
                note(path, out);
                return;
            }
            for (key, inner) in &map.entries {
                if path.is_empty()
                    && dialect == Dialect::Kubernetes
                    && matches!(&**key, "apiVersion" | "kind")
                {
                    continue;
                }
                let length = path.len();
                if length > 0 {
                    path.push('.');
                }
                path.push_str(key);
                written(inner, dialect, path, out);
                path.truncate(length);
            }
        }
        Data::List(list) if list.items.iter().any(|item| item.as_map().is_some()) => {
            for map in list.items.iter().filter_map(Value::as_map) {
                for (key, inner) in &map.entries {
                    let length = path.len();
                    path.push('.');
                    path.push_str(key);
                    written(inner, dialect, path, out);
                    path.truncate(length);
                }
            }
        }
        _ => note(path, out),
    }
}

fn is_inner(path: &str) -> bool {
    !path.is_empty()
}

fn note(path: &str, out: &mut BTreeSet<String>) {
    if !path.is_empty() && !out.contains(path) {
        out.insert(path.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_innermost_settings_count() {
        let read: BTreeSet<String> = ["versioning", "acl", "acl_x"].map(str::to_owned).into();
        let known = known(&read, ["versioning.enabled".to_owned(), "name".to_owned()].into_iter());
        assert_eq!(
            known.iter().map(String::as_str).collect::<Vec<_>>(),
            ["acl", "acl_x", "name", "versioning.enabled"]
        );
        assert!(is_within("versioning.enabled", "versioning") && !is_within("acl_x", "acl"));
    }
}
