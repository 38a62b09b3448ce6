//! `pod`: the pod specification of every workload.
//!
//! Fields: those of the specification, `metadata` of the pod, `workload.{kind,name,namespace}`.

use std::sync::Arc;

use super::Viewed;
use super::field::{Element, why};
use super::workload::{Pod, Workload, workloads};
use crate::inventory::Inventory;
use crate::source::Span;
use crate::value::{Data, Map, Origin, Value};

pub fn owners(inventory: &Inventory) -> Vec<Viewed> {
    workloads(inventory)
        .map(|workload| {
            let mut viewed = Viewed::new(workload.index, workload.owner);
            for one in &workload.pods {
                match &one.spec {
                    Some(Value { data: Data::Map(map), origin, .. }) => {
                        viewed.push(workload.index, pod(&workload, one, map, origin.clone()));
                    }
                    Some(other) => viewed.open(why(other)),
                    None => {}
                }
            }
            viewed
        })
        .collect()
}

fn pod(workload: &Workload<'_>, pod: &Pod, spec: &Map, origin: Origin) -> Value {
    let mut map = spec.clone();
    map.header = Some(spec.header.or(origin.span).unwrap_or(workload.header()));
    if let Some(metadata) = pod.metadata.clone() {
        map.entries.insert("metadata".into(), metadata);
    }
    map.entries.insert("workload".into(), described(workload));
    Value::new(Data::Map(Arc::new(map)), origin)
}

/// What runs the pod.
pub fn described(workload: &Workload<'_>) -> Value {
    let here: Span = workload.header();
    let empty = Value::new(Data::Map(Arc::default()), Origin::at(here));
    let mut element = Element::of(&empty, workload.resource);
    let kind = element.implied(&workload.kind);
    let name = workload.metadata("name").cloned().unwrap_or_else(|| element.implied(&workload.resource.name));
    element = element.set("kind", kind).set("name", name);
    if let Some(namespace) = workload.metadata("namespace") {
        element = element.set("namespace", namespace.clone());
    }
    element.done()
}
