//! Objects that Terraform's `kubernetes_manifest` holds: they are judged as what they are.

use std::sync::Arc;

use crate::inventory::{Dialect, Mode, Resource};
use crate::kubernetes_kinds::kind_of;
use crate::value::Value;
use crate::view::field::attribute;

/// The kind of the object that a resource holds, as manifests name it.
pub fn held_kind(resource: &Resource) -> Option<Arc<str>> {
    object(resource).map(|(kind, _)| kind)
}

fn object(resource: &Resource) -> Option<(Arc<str>, &Value)> {
    if &*resource.kind != "kubernetes_manifest" || resource.mode != Mode::Managed {
        return None;
    }
    let manifest = attribute(&resource.body, "manifest")?;
    let kind = attribute(manifest, "kind")?.as_text()?;
    let version = attribute(manifest, "apiVersion").and_then(Value::as_text).unwrap_or("");
    Some((kind_of(version, kind), manifest))
}

/// The object that a resource holds, in the resource's place.
pub fn held_object(resource: &Resource) -> Option<Resource> {
    let (kind, manifest) = object(resource)?;
    let (body, outer) = (manifest.clone(), Some(resource.body.clone()));
    Some(Resource { kind, dialect: Dialect::Kubernetes, body, outer, ..resource.clone() })
}
