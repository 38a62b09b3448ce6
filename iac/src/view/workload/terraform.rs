//! Terraform's `kubernetes_*` resources as Kubernetes objects: blocks of one become objects, blocks of many
//! lists under their plural, names camel case.

use std::borrow::Cow;
use std::sync::Arc;

use crate::hashing::with_room;
use crate::inventory::Resource;
use crate::kubernetes_kinds::kind_of;
use crate::value::{Data, List, Map, Value};
use crate::view::field::attribute;

/// Kubernetes' kind and object of a resource, when it has one.
pub fn object(resource: &Resource) -> Option<(Cow<'_, str>, Cow<'_, Value>)> {
    let name = resource.kind.strip_prefix("kubernetes_")?;
    if name == "manifest" {
        let manifest = attribute(&resource.body, "manifest")?;
        let version = attribute(manifest, "apiVersion").and_then(Value::as_text).unwrap_or("");
        let kind = kind_of(version, attribute(manifest, "kind")?.as_text()?);
        return Some((Cow::Owned(kind.to_string()), Cow::Borrowed(manifest)));
    }
    let name = ["_v1beta1", "_v1"].iter().find_map(|version| name.strip_suffix(version)).unwrap_or(name);
    let (_, kind) = KINDS.iter().find(|(terraform, _)| *terraform == name)?;
    Some((Cow::Borrowed(kind), Cow::Owned(block(&resource.body))))
}

/// The resource kinds by the names they have in the provider.
pub const RESOURCES: &[&str] = &[
    "kubernetes_cron_job",
    "kubernetes_cron_job_v1",
    "kubernetes_daemon_set_v1",
    "kubernetes_daemonset",
    "kubernetes_deployment",
    "kubernetes_deployment_v1",
    "kubernetes_job",
    "kubernetes_job_v1",
    "kubernetes_manifest",
    "kubernetes_pod",
    "kubernetes_pod_v1",
    "kubernetes_replication_controller",
    "kubernetes_replication_controller_v1",
    "kubernetes_stateful_set",
    "kubernetes_stateful_set_v1",
];

const KINDS: &[(&str, &str)] = &[
    ("pod", "Pod"),
    ("deployment", "Deployment"),
    ("stateful_set", "StatefulSet"),
    ("daemonset", "DaemonSet"),
    ("daemon_set", "DaemonSet"),
    ("replica_set", "ReplicaSet"),
    ("replication_controller", "ReplicationController"),
    ("job", "Job"),
    ("cron_job", "CronJob"),
];

/// Blocks that are lists in Kubernetes, and their names there.
const LISTS: &[(&str, &str)] = &[
    ("container", "containers"),
    ("init_container", "initContainers"),
    ("ephemeral_container", "ephemeralContainers"),
    ("env", "env"),
    ("env_from", "envFrom"),
    ("port", "ports"),
    ("volume", "volumes"),
    ("volume_mount", "volumeMounts"),
    ("volume_device", "volumeDevices"),
    ("volume_claim_template", "volumeClaimTemplates"),
    ("image_pull_secrets", "imagePullSecrets"),
    ("toleration", "tolerations"),
    ("host_aliases", "hostAliases"),
    ("topology_spread_constraint", "topologySpreadConstraints"),
    ("readiness_gate", "readinessGates"),
    ("sysctl", "sysctls"),
    ("items", "items"),
    ("sources", "sources"),
    ("match_expressions", "matchExpressions"),
    ("match_fields", "matchFields"),
    ("node_selector_term", "nodeSelectorTerms"),
    (
        "preferred_during_scheduling_ignored_during_execution",
        "preferredDuringSchedulingIgnoredDuringExecution",
    ),
    ("http_header", "httpHeaders"),
    ("option", "options"),
];

/// Names whose camel case is not the plain one.
const NAMES: &[(&str, &str)] = &[
    ("host_pid", "hostPID"),
    ("host_ipc", "hostIPC"),
    ("host_ip", "hostIP"),
    ("pod_ip", "podIP"),
    ("cluster_ip", "clusterIP"),
    ("volume_id", "volumeID"),
    ("pd_id", "pdID"),
    ("disk_uri", "diskURI"),
    ("data_disk_uri", "diskURI"),
    ("set_hostname_as_fqdn", "setHostnameAsFQDN"),
];

/// The name that the provider has for a name of Kubernetes: `security_context`, `container`.
pub fn provider_name(name: &str) -> String {
    let special = LISTS.iter().chain(NAMES).find(|(_, kubernetes)| *kubernetes == name);
    if let Some((snake, _)) = special {
        return (*snake).to_owned();
    }
    let mut snake = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

/// A block's body with Kubernetes' names.
fn block(value: &Value) -> Value {
    let Data::Map(map) = &value.data else { return value.clone() };
    let mut entries = with_room(map.entries.len());
    // The provider knows no name with a capital letter: it would refuse the file.
    let known = map.entries.iter().filter(|(name, _)| !name.contains(|c: char| c.is_ascii_uppercase()));
    for (name, inner) in known {
        let (name, inner) = match LISTS.iter().find(|(block, _)| **block == **name) {
            Some((_, plural)) => (Arc::from(*plural), many(inner)),
            None => (camel(name), one(inner)),
        };
        entries.insert(name, inner);
    }
    let map = Map { entries, open: map.open.clone(), header: map.header };
    Value { data: Data::Map(Arc::new(map)), ..value.clone() }
}

/// A list of blocks; a map that is written as an attribute keeps its keys.
fn many(value: &Value) -> Value {
    match &value.data {
        Data::List(list) => {
            let items = list.items.iter().map(block).collect();
            Value { data: Data::List(Arc::new(List { items, open: list.open.clone() })), ..value.clone() }
        }
        _ => value.clone(),
    }
}

/// An attribute, or a block that is an object in Kubernetes.
fn one(value: &Value) -> Value {
    let Data::List(list) = &value.data else { return value.clone() };
    match (list.items.as_slice(), &list.open) {
        ([only], _) if only.as_map().is_some() => block(only),
        ([], Some(why)) => Value { data: Data::Unknown(why.clone()), ..value.clone() },
        (items, _) if items.iter().any(|item| item.as_map().is_some()) => many(value),
        _ => value.clone(),
    }
}

fn camel(name: &Arc<str>) -> Arc<str> {
    if let Some((_, special)) = NAMES.iter().find(|(snake, _)| **snake == **name) {
        return Arc::from(*special);
    }
    if !name.contains('_') {
        return name.clone();
    }
    let mut camel = String::with_capacity(name.len());
    for (index, word) in name.split('_').enumerate() {
        let mut letters = word.chars();
        match letters.next() {
            Some(first) if index > 0 => camel.extend(first.to_uppercase()),
            Some(first) => camel.push(first),
            None => {}
        }
        camel.push_str(letters.as_str());
    }
    camel.into()
}
