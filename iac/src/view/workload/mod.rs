//! Workloads: what runs pods, in manifests and in Terraform's `kubernetes_*` resources.

mod terraform;

pub use terraform::provider_name;

use super::field::{attribute, open};
use crate::inventory::{Dialect, Inventory, Mode, Resource};
use crate::source::Span;
use crate::value::{Data, Value};

/// A workload and the pod it runs, in Kubernetes' own words.
pub struct Workload<'a> {
    pub index: usize,
    pub resource: &'a Resource,
    pub kind: &'static str,
    /// The workload's object.
    object: Value,
    path: &'static [&'static str],
}

/// Where the pod stands in an object of a kind: a map with `metadata` and `spec`.
const KINDS: &[(&str, &[&str])] = &[
    ("Pod", &[]),
    ("Deployment", &["spec", "template"]),
    ("StatefulSet", &["spec", "template"]),
    ("DaemonSet", &["spec", "template"]),
    ("ReplicaSet", &["spec", "template"]),
    ("ReplicationController", &["spec", "template"]),
    ("DeploymentConfig", &["spec", "template"]),
    ("Job", &["spec", "template"]),
    ("CronJob", &["spec", "jobTemplate", "spec", "template"]),
];

/// The resource kinds that are workloads.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|(kind, _)| *kind).chain(terraform::RESOURCES.iter().copied())
}

/// The workloads of an inventory.
pub fn workloads(inventory: &Inventory) -> impl Iterator<Item = Workload<'_>> {
    inventory.resources.iter().enumerate().filter(|(_, resource)| resource.mode == Mode::Managed).filter_map(
        |(index, resource)| {
            let (kind, object) = match resource.dialect {
                Dialect::Kubernetes => (&*resource.kind, resource.body.clone()),
                Dialect::Terraform => terraform::object(resource)?,
                _ => return None,
            };
            let (kind, path) = KINDS.iter().find(|(name, _)| *name == kind)?;
            Some(Workload { index, resource, kind, object, path })
        },
    )
}

impl Workload<'_> {
    /// A part of the pod, `spec` or `metadata`; unknown when a step on the way is.
    pub fn part(&self, name: &str) -> Option<Value> {
        let mut here = &self.object;
        for step in self.path.iter().chain([&name]) {
            match attribute(here, step) {
                Some(next) => here = next,
                None => {
                    let why = open(here)?;
                    return Some(Value::new(Data::Unknown(why), here.origin.clone()));
                }
            }
        }
        Some(here.clone())
    }

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
