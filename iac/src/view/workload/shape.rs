//! Pods in kinds that are no part of Kubernetes, found by their shape: a template whose `spec` lists containers, an
//! object of a known kind that another carries, and Argo's workflow templates, which have one container each.

use std::sync::Arc;

use crate::hashing::QuickIndexMap;

use super::{KINDS, Pod};
use crate::value::{Data, List, Map, Value, Why, WhyKind};
use crate::view::field::attribute;

/// Levels that are looked into: a job set within a wrapper is ten deep.
const DEPTH: usize = 16;

/// Groups whose objects speak of pods as patterns or patches and run none.
const PATTERNS: &[&str] = &["kyverno.io", "gatekeeper.sh", "kubewarden.io", "apiextensions.k8s.io"];

/// The pods of an object.
pub(super) fn pods(object: &Value) -> Vec<Pod> {
    let mut found = Vec::new();
    let text = |key: &str| attribute(object, key).and_then(Value::as_text).unwrap_or("");
    let (group, kind) = (text("apiVersion").split('/').next().unwrap_or(""), text("kind"));
    let is_pattern = PATTERNS.iter().any(|one| group == *one || group.ends_with(&format!(".{one}")))
        || group.starts_with("policy.")
        || group.starts_with("policies.")
        || group == "admissionregistration.k8s.io"
        || matches!(kind, "ConfigMap" | "Secret");
    if is_pattern {
        return found;
    }
    let spec = attribute(object, "spec");
    // A revision is the template itself.
    if group == "serving.knative.dev" && kind == "Revision" && spec.is_some_and(is_pod_spec) {
        found.push(Pod::at(object, &[]));
        return found;
    }
    if group == "argoproj.io" {
        let workflow = spec.map(|spec| attribute(spec, "workflowSpec").unwrap_or(spec));
        workflow.into_iter().for_each(|workflow| argo(workflow, &mut found));
    }
    if let Some(map) = object.as_map() {
        inner(map, &mut found, DEPTH);
    }
    found
}

fn find(value: &Value, is_template: bool, found: &mut Vec<Pod>, depth: usize) {
    if depth == 0 {
        return;
    }
    match &value.data {
        Data::List(list) => list.items.iter().for_each(|item| find(item, is_template, found, depth - 1)),
        Data::Map(map) => {
            let kind = attribute(value, "kind").and_then(Value::as_text);
            let kind = kind.filter(|_| attribute(value, "apiVersion").is_some());
            if let Some((_, path)) = KINDS.iter().find(|(name, _)| Some(*name) == kind) {
                found.push(Pod::at(value, path));
            } else if let Some(spec) =
                attribute(value, "spec").filter(|spec| is_template && is_pod_spec(spec))
            {
                let metadata = attribute(value, "metadata").cloned();
                found.push(Pod { metadata, spec: Some(completed(spec)) });
            } else {
                inner(map, found, depth - 1);
            }
        }
        _ => {}
    }
}

fn inner(map: &Map, found: &mut Vec<Pod>, depth: usize) {
    for (key, value) in map.entries.iter().filter(|(key, _)| !matches!(&***key, "metadata" | "status")) {
        let key = key.to_ascii_lowercase();
        if key.ends_with("podspec") && is_pod_spec(value) {
            found.push(Pod { metadata: None, spec: Some(completed(value)) });
        } else {
            find(value, key.contains("template"), found, depth);
        }
    }
}

/// Whether a `spec` is a pod's: it lists containers.
fn is_pod_spec(spec: &Value) -> bool {
    let Some(Data::List(list)) = attribute(spec, "containers").map(|value| &value.data) else { return false };
    let is_container = |item: &Value| attribute(item, "image").or_else(|| attribute(item, "name")).is_some();
    list.items.iter().any(is_container)
}

/// The `spec` as far as it goes: where a container has no image, an operator makes the container, and what is written
/// is laid over that.
fn completed(spec: &Value) -> Value {
    let containers = attribute(spec, "containers").and_then(|value| match &value.data {
        Data::List(list) => Some(list),
        _ => None,
    });
    let is_whole = |item: &Value| {
        item.as_map().is_none_or(|map| map.open.is_some()) || attribute(item, "image").is_some()
    };
    if containers.is_none_or(|list| list.items.iter().all(is_whole)) {
        return spec.clone();
    }
    opened(spec, &Why::new(WhyKind::Outside, "its operator completes the pod"), 4)
}

/// The value with room for more in it, some levels deep.
fn opened(value: &Value, why: &Arc<Why>, depth: usize) -> Value {
    if depth == 0 {
        return value.clone();
    }
    let data = match &value.data {
        Data::Map(map) => {
            let entries = map.entries.iter().map(|(key, inner)| (key.clone(), opened(inner, why, depth - 1)));
            let open = map.open.clone().or_else(|| Some(why.clone()));
            Data::Map(Arc::new(Map { entries: entries.collect(), open, header: map.header }))
        }
        Data::List(list) => {
            let items = list.items.iter().map(|item| opened(item, why, depth - 1)).collect();
            Data::List(Arc::new(List { items, open: list.open.clone().or_else(|| Some(why.clone())) }))
        }
        _ => return value.clone(),
    };
    Value { data, ..value.clone() }
}

/// What a template of a workflow takes from the workflow where it says nothing itself (Argo's field reference:
/// `WorkflowSpec`, `Template`).
const FROM_WORKFLOW: &[&str] = &[
    "automountServiceAccountToken",
    "hostAliases",
    "hostNetwork",
    "nodeSelector",
    "securityContext",
    "serviceAccountName",
    "tolerations",
    "volumes",
];

/// The pods of a workflow: one for each template that runs a container.
fn argo(workflow: &Value, found: &mut Vec<Pod>) {
    let Some(Data::List(templates)) = attribute(workflow, "templates").map(|value| &value.data) else {
        return;
    };
    let defaults = attribute(workflow, "templateDefaults");
    for template in &templates.items {
        let one = ["container", "script"].iter().find_map(|key| attribute(template, key));
        let set = || attribute(attribute(template, "containerSet")?, "containers").cloned();
        let containers = match one {
            Some(only) => Value::list(vec![only.clone()], only.origin.clone()),
            None => match set() {
                Some(all) => all,
                None => continue,
            },
        };
        let mut entries = QuickIndexMap::from_iter([(Arc::from("containers"), containers)]);
        // Sidecars run beside it as any other container does.
        if let (Some(Data::List(sidecars)), Some(Value { data: Data::List(own), .. })) =
            (attribute(template, "sidecars").map(|value| &value.data), entries.get_mut("containers"))
        {
            let own = Arc::make_mut(own);
            own.items.extend(sidecars.items.iter().cloned());
            own.open = own.open.take().or_else(|| sidecars.open.clone());
        }
        if let Some(first) = attribute(template, "initContainers") {
            entries.insert(Arc::from("initContainers"), first.clone());
        }
        for key in FROM_WORKFLOW {
            let places = [Some(template), defaults, Some(workflow)];
            if let Some(value) = places.into_iter().flatten().find_map(|place| attribute(place, key)) {
                entries.insert(Arc::from(*key), value.clone());
            }
        }
        let map = template.as_map();
        let is_patched = [template, workflow].iter().any(|one| attribute(one, "podSpecPatch").is_some());
        let patch =
            is_patched.then(|| Why::new(WhyKind::Outside, "`podSpecPatch` changes the pod when it runs"));
        let open = map.and_then(|map| map.open.clone()).or(patch);
        let header = map.and_then(|map| map.header).or(template.origin.span);
        let spec = Map { entries, open, header };
        let spec = Value::new(Data::Map(Arc::new(spec)), template.origin.clone());
        found.push(Pod { metadata: attribute(template, "metadata").cloned(), spec: Some(spec) });
    }
}
