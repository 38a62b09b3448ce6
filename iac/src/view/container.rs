//! `container`: every container of every workload, init and ephemeral ones included.
//!
//! Fields: those of the container, `role`, `os`, `workload.{kind,name,namespace}`,
//! `image.{text,registry,name,tag,digest}`, and under `effective` the security settings that hold for it: its
//! own, else the pod's where Kubernetes inherits them, else what an annotation says.

use std::sync::Arc;

use super::Viewed;
use super::field::{Element, attribute, blocks, entry, open, retext, why};
use super::image::image;
use super::pod::described;
use super::workload::{Pod, Workload, workloads};
use crate::inventory::Inventory;
use crate::value::{Data, Map, Value};

/// Where containers stand in a pod, and the role they have there.
pub const ROLES: &[(&str, &str)] =
    &[("containers", "main"), ("initContainers", "init"), ("ephemeralContainers", "ephemeral")];

/// Settings a container takes over from its pod.
const INHERITED: &[&str] = &[
    "runAsNonRoot",
    "runAsUser",
    "runAsGroup",
    "seccompProfile",
    "appArmorProfile",
    "seLinuxOptions",
    "windowsOptions",
];

/// Settings that only a container has.
const OWN: &[&str] =
    &["privileged", "allowPrivilegeEscalation", "readOnlyRootFilesystem", "capabilities", "procMount"];

pub fn owners(inventory: &Inventory) -> Vec<Viewed> {
    workloads(inventory)
        .map(|workload| {
            let mut viewed = Viewed::new(workload.index, workload.owner);
            for Pod { metadata, spec } in &workload.pods {
                let Some(spec) = spec else { continue };
                viewed.open(why(spec));
                for (key, role) in ROLES {
                    let containers = blocks(spec, key);
                    viewed.open(containers.open);
                    for written in containers.items {
                        let element = container(&workload, spec, metadata.as_ref(), written, role);
                        viewed.push(workload.index, element);
                    }
                }
            }
            viewed
        })
        .collect()
}

fn container(
    workload: &Workload<'_>,
    spec: &Value,
    metadata: Option<&Value>,
    written: &Value,
    role: &str,
) -> Value {
    let element = Element::of(written, workload.resource);
    let mut map = written.as_map().cloned().unwrap_or_default();
    map.header = Some(super::field::header(written, workload.resource));
    let os = os(spec).unwrap_or_else(|| element.implied("linux"));
    if let Some(value) = attribute(written, "image") {
        map.entries.insert("image".into(), image(value));
    }
    for (name, value) in [
        ("role", element.implied(role)),
        ("os", os),
        ("workload", described(workload)),
        ("effective", effective(spec, metadata, written)),
    ] {
        map.entries.insert(name.into(), value);
    }
    Value::new(Data::Map(Arc::new(map)), written.origin.clone())
}

fn os(spec: &Value) -> Option<Value> {
    let named = attribute(spec, "os").and_then(|os| attribute(os, "name"));
    let selected = attribute(spec, "nodeSelector").and_then(|labels| attribute(labels, "kubernetes.io/os"));
    named.or(selected).cloned()
}

fn effective(spec: &Value, metadata: Option<&Value>, container: &Value) -> Value {
    let context = entry(Some(container), "securityContext");
    let pods = entry(Some(spec), "securityContext");
    let place = context.as_ref().filter(|context| context.as_map().is_some()).unwrap_or(container);
    let mut map =
        Map { header: place.as_map().and_then(|map| map.header).or(place.origin.span), ..Map::default() };
    for key in OWN {
        if let Some(value) = entry(context.as_ref(), key) {
            map.entries.insert((*key).into(), value);
        }
    }
    for key in INHERITED {
        let value = entry(context.as_ref(), key)
            .or_else(|| entry(pods.as_ref(), key))
            .or_else(|| annotated(metadata, container, key));
        if let Some(value) = value {
            map.entries.insert((*key).into(), value);
        }
    }
    Value::new(Data::Map(Arc::new(map)), place.origin.clone())
}

/// The older way to say a profile: annotations of the pod.
fn annotated(metadata: Option<&Value>, container: &Value, key: &str) -> Option<Value> {
    let prefixes: [&str; 2] = match key {
        "seccompProfile" => {
            ["container.seccomp.security.alpha.kubernetes.io/", "seccomp.security.alpha.kubernetes.io/pod"]
        }
        "appArmorProfile" => ["container.apparmor.security.beta.kubernetes.io/", ""],
        _ => return None,
    };
    let annotations = entry(metadata, "annotations")?;
    if annotations.as_map().is_none() {
        return open(&annotations).map(|why| Value::new(Data::Unknown(why), annotations.origin.clone()));
    }
    let name = attribute(container, "name").and_then(Value::as_text).unwrap_or("");
    let [for_container, for_pod] = prefixes;
    let annotation = attribute(&annotations, &format!("{for_container}{name}"))
        .or_else(|| attribute(&annotations, for_pod).filter(|_| !for_pod.is_empty()))
        .cloned()
        .or_else(|| {
            open(&annotations).map(|why| Value::new(Data::Unknown(why), annotations.origin.clone()))
        })?;
    let Some(text) = annotation.as_text() else { return Some(annotation) };
    let kind = match text {
        "runtime/default" | "docker/default" => "RuntimeDefault",
        "unconfined" => "Unconfined",
        _ if text.starts_with("localhost/") => "Localhost",
        other => other,
    };
    let mut map = Map { header: annotation.origin.span, ..Map::default() };
    map.entries.insert("type".into(), retext(&annotation, kind));
    if let Some(profile) = text.strip_prefix("localhost/") {
        map.entries.insert("localhostProfile".into(), retext(&annotation, profile));
    }
    Some(Value::new(Data::Map(Arc::new(map)), annotation.origin.clone()))
}
