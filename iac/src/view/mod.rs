//! Typed lists derived from resources, so that a rule can speak of network rules, policy statements or
//! containers whatever resource they were written in. Fields keep their origins.

use std::sync::Arc;

use crate::inventory::Inventory;
use crate::secret::DigestKey;
use crate::source::SourceId;
use crate::value::{Data, List, Value, Why};

use self::field::{Blocks, Branching, list_at, with};

mod container;
pub mod cover;
mod field;
mod flags;
mod grant;
mod image;
mod join;
pub(crate) mod json;
mod network_rule;
mod pod;
mod statement;
#[cfg(test)]
mod testing;
mod workload;

pub use cover::covers;
pub use json::structured;
pub use workload::{held_kind, held_object, provider_name};

/// What a view found for one owner.
#[derive(Debug)]
pub struct Viewed {
    /// Index of the owning resource in the inventory.
    pub resource: usize,
    /// The owner's sort, the `owner` field of each element: `security_group`, `identity`, `s3`, a workload's kind, or
    /// `custom` where that is no part of Kubernetes.
    pub owner: &'static str,
    /// One map per element. Open when there may be more.
    pub elements: List,
    /// For each element the index of the resource it was written in: the owner, or a companion of it.
    pub from: Vec<usize>,
}

impl Viewed {
    fn new(resource: usize, owner: &'static str) -> Self {
        Self { resource, owner, elements: List::default(), from: Vec::new() }
    }

    fn push(&mut self, from: usize, element: Value) {
        self.elements.items.push(element);
        self.from.push(from);
    }

    /// Adds what is made of blocks, and of those that are there in one branch of a choice only: there an element is a
    /// choice of lists.
    fn push_blocks(&mut self, from: usize, blocks: Branching<'_>, make: impl Fn(&Value) -> Value) {
        self.open(blocks.certain.open);
        for block in blocks.certain.items {
            self.push(from, make(block));
        }
        for (choice, branches) in blocks.choices {
            let of_branch = |branch: Blocks<'_>| {
                let items = branch.items.into_iter().map(&make).collect();
                list_at(List { items, open: branch.open }, choice.origin.clone())
            };
            let lists = branches.into_iter().map(of_branch).collect();
            self.push(from, with(choice, Data::Choice(lists)));
        }
    }

    /// There may be more, and why; the first reason stays.
    fn open(&mut self, why: Option<Arc<Why>>) {
        if self.elements.open.is_none() {
            self.elements.open = why;
        }
    }
}

/// The texts of an inventory's sources, for values whose inside a view has to read itself: a JSON policy in a
/// string is placed to the byte when its text is there, and by its whole literal when it is not.
pub trait SourceTexts: Sync {
    fn text(&self, source: SourceId) -> Option<&str>;
    /// What the digests of hidden values are keyed with.
    fn digest_key(&self) -> DigestKey {
        DigestKey::default()
    }
}

/// No texts at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSourceTexts;

impl SourceTexts for NoSourceTexts {
    fn text(&self, _source: SourceId) -> Option<&str> {
        None
    }
}

/// The names of the views.
pub const VIEWS: &[&str] = &["pod", "container", "flags", "network_rule", "statement", "grant"];

/// The resource kinds a view reads, sorted; `*` stands for any word.
pub fn kinds(name: &str) -> Vec<&'static str> {
    let mut kinds: Vec<&'static str> = match name {
        "pod" | "container" | "flags" => workload::kinds().collect(),
        "network_rule" => network_rule::KINDS.iter().map(|(kind, _)| *kind).collect(),
        "statement" => statement::kinds().collect(),
        "grant" => vec!["google_*_iam_binding", "google_*_iam_member", "google_*_iam_policy"],
        _ => Vec::new(),
    };
    kinds.sort_unstable();
    kinds
}

/// Whether what a view shows may hang on resources of that kind: pods stand in kinds that nobody listed.
pub fn may_read(name: &str, kind: &str) -> bool {
    let is_of_pods = matches!(name, "pod" | "container" | "flags");
    reads(name, kind) || is_of_pods && !kind.contains(['_', ':']) && !kind.starts_with("Microsoft.")
}

/// Whether a view reads resources of that kind.
pub fn reads(name: &str, kind: &str) -> bool {
    kinds(name).iter().any(|pattern| cover::glob(pattern, kind))
}

/// What a field of a view's elements says where the kind of their resource alone decides it: the `owner` of a
/// bucket's policy is `s3`. `None` where the kind leaves it open, or the view does not read the kind.
pub fn fixed_field<'k>(name: &str, kind: &'k str, field: &str) -> Option<Vec<&'k str>> {
    let values = match (name, field) {
        ("statement", "owner") => statement::owners_of(kind),
        ("network_rule", "owner") => network_rule::KINDS
            .iter()
            .filter(|(pattern, _)| *pattern == kind)
            .map(|(_, owner)| *owner)
            .collect(),
        ("grant", "level") => grant::level(kind).map(|(level, _)| level).into_iter().collect(),
        ("grant", "owner") => grant::level(kind).map(|(_, owner)| owner).into_iter().collect(),
        _ => Vec::new(),
    };
    // A pattern stands for many kinds.
    (!values.is_empty() && !kind.contains('*')).then_some(values)
}

/// All owners of a view in an inventory, in inventory order; `None` for a name that is no view.
pub fn view(name: &str, inventory: &Inventory) -> Option<Vec<Viewed>> {
    view_in(name, inventory, &NoSourceTexts)
}

/// As [`view`], with the sources' texts at hand.
pub fn view_in(name: &str, inventory: &Inventory, texts: &dyn SourceTexts) -> Option<Vec<Viewed>> {
    let mut found = match name {
        "pod" => pod::owners(inventory),
        "container" => container::owners(inventory),
        "flags" => flags::owners(inventory),
        "network_rule" => network_rule::owners(inventory),
        "statement" => statement::owners(inventory, texts),
        "grant" => grant::owners(inventory, texts),
        _ => return None,
    };
    found.sort_by_key(|viewed| viewed.resource);
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::testing::{inventory, resource};
    use super::*;
    use crate::value::{Data, WhyKind};
    use serde_json::json;
    use std::collections::HashSet;

    /// Whatever is missing or unknown, a view answers, and never with a network or a permission made up.
    #[test]
    fn empty_and_unknown_bodies() {
        let unknown = Why::new(WhyKind::Variable, "`var.x` has no value");
        let kinds: HashSet<String> =
            VIEWS.iter().flat_map(|name| kinds(name)).map(|kind| kind.replace('*', "project")).collect();
        assert!(kinds.len() > 100);
        for kind in &kinds {
            let empty = resource(kind, "a.b", json!({}));
            let mut blank = empty.clone();
            blank.body.data = Data::Unknown(unknown.clone());
            let mut open = empty.clone();
            open.body.data =
                Data::Map(Arc::new(crate::value::Map { open: Some(unknown.clone()), ..Default::default() }));
            for given in [empty, blank, open] {
                let is_known = matches!(&given.body.data, Data::Map(map) if map.open.is_none());
                let given = inventory(vec![given]);
                for name in VIEWS {
                    for viewed in view(name, &given).unwrap() {
                        assert_eq!(viewed.from.len(), viewed.elements.items.len(), "{kind}");
                        for element in &viewed.elements.items {
                            let peers = element.get("peers").map(|peers| covers(peers, "internet"));
                            assert!(is_known || peers != Some(Some(true)), "{name} {kind}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn every_kind_a_view_names_is_read() {
        let bodies = json!({ "settings": [{ "ip_configuration": [{}] }], "manifest": { "kind": "Pod" } });
        for name in VIEWS.iter().filter(|name| **name != "flags" && **name != "statement") {
            for kind in kinds(name) {
                let kind = kind.replace('*', "project");
                let given = inventory(vec![resource(&kind, "a.b", bodies.clone())]);
                let found = view(name, &given).unwrap();
                assert_eq!(found.len(), 1, "{name} {kind}");
                assert!(
                    fixed_field(name, &kind, "owner").is_none_or(|values| values == [found[0].owner]),
                    "{name} {kind}"
                );
                assert!(reads(name, &kind));
            }
        }
        assert!(!reads("grant", "google_project") && !reads("pod", "Service"));
    }

    #[test]
    fn a_kind_tells_whose_policy_it_holds() {
        assert_eq!(fixed_field("statement", "aws_s3_bucket", "owner"), Some(vec!["s3"]));
        assert_eq!(fixed_field("statement", "aws_iam_role", "owner"), Some(vec!["trust", "identity"]));
        assert_eq!(fixed_field("grant", "google_storage_bucket_iam_member", "level"), Some(vec!["bucket"]));
        assert_eq!(fixed_field("network_rule", "aws_network_acl", "owner"), Some(vec!["nacl"]));
        for (view, kind, field) in [
            ("statement", "aws_instance", "owner"),
            ("statement", "aws_s3_bucket", "effect"),
            ("pod", "Pod", "owner"),
            ("grant", "google_*_iam_member", "level"),
        ] {
            assert_eq!(fixed_field(view, kind, field), None, "{view} {kind} {field}");
        }
        for kind in kinds("statement") {
            assert!(fixed_field("statement", kind, "owner").is_some(), "{kind}");
        }
    }

    #[test]
    fn names() {
        let empty = inventory(Vec::new());
        assert!(VIEWS.iter().all(|name| view(name, &empty).is_some()));
        assert!(view("buckets", &empty).is_none());
    }
}
