//! Workloads: what runs pods, in manifests and in Terraform's `kubernetes_*` resources.

mod held;
mod shape;
mod terraform;

use std::borrow::Cow;

pub use held::{held_kind, held_object};
pub use terraform::provider_name;

use super::field::{attribute, open};
use crate::inventory::{Dialect, Inventory, Mode, Resource};
use crate::source::Span;
use crate::value::{Data, Value};

/// A workload and the pods it runs, in Kubernetes' own words.
pub struct Workload<'a> {
    pub index: usize,
    pub resource: &'a Resource,
    /// Its kind, or `custom` for the kinds that are no part of Kubernetes.
    pub owner: &'static str,
    pub kind: Cow<'a, str>,
    /// The workload's object.
    object: Value,
    pub pods: Vec<Pod>,
}

/// A pod as its template says it.
pub struct Pod {
    pub metadata: Option<Value>,
    /// Unknown when a step on the way to it is.
    pub spec: Option<Value>,
}

/// Where the pod stands in an object of a kind: a map with `metadata` and `spec`.
const KINDS: &[(&str, &[&str])] = &[
    ("Pod", &[]),
    ("PodTemplate", &["template"]),
    ("Deployment", &["spec", "template"]),
    ("StatefulSet", &["spec", "template"]),
    ("DaemonSet", &["spec", "template"]),
    ("ReplicaSet", &["spec", "template"]),
    ("ReplicationController", &["spec", "template"]),
    ("DeploymentConfig", &["spec", "template"]),
    ("Job", &["spec", "template"]),
    ("CronJob", &["spec", "jobTemplate", "spec", "template"]),
];

/// The owner of pods whose kind is no part of Kubernetes.
const CUSTOM: &str = "custom";

/// The resource kinds that are workloads.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|(kind, _)| *kind).chain(terraform::RESOURCES.iter().copied())
}

/// The workloads of an inventory.
pub fn workloads(inventory: &Inventory) -> impl Iterator<Item = Workload<'_>> {
    inventory.resources.iter().enumerate().filter(|(_, resource)| resource.mode == Mode::Managed).filter_map(
        |(index, resource)| {
            let (kind, object) = match resource.dialect {
                Dialect::Kubernetes => (Cow::Borrowed(&*resource.kind), Cow::Borrowed(&resource.body)),
                Dialect::Terraform => terraform::object(resource)?,
                _ => return None,
            };
            let (owner, pods) = match KINDS.iter().find(|(name, _)| *name == kind) {
                Some((name, path)) => (*name, vec![Pod::at(&object, path)]),
                None => (CUSTOM, shape::pods(&object)),
            };
            let object = object.into_owned();
            (!pods.is_empty()).then_some(Workload { index, resource, owner, kind, object, pods })
        },
    )
}

impl Pod {
    /// The pod whose template stands at a path of an object.
    fn at(object: &Value, path: &[&str]) -> Self {
        let part = |name: &str| {
            let mut here = object;
            for step in path.iter().chain([&name]) {
                match attribute(here, step) {
                    Some(next) => here = next,
                    None => {
                        let why = open(here)?;
                        return Some(Value::new(Data::Unknown(why), here.origin.clone()));
                    }
                }
            }
            Some(here.clone())
        };
        Self { metadata: part("metadata"), spec: part("spec") }
    }
}

impl Workload<'_> {
    /// The workload's own metadata.
    pub fn metadata(&self, key: &str) -> Option<&Value> {
        attribute(attribute(&self.object, "metadata")?, key)
    }

    /// The words that open it.
    pub fn header(&self) -> Span {
        self.resource.header
    }
}

#[cfg(test)]
mod tests;
