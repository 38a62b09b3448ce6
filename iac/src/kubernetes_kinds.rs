//! Kinds: those of Kubernetes itself go by their bare name.

use std::sync::Arc;

/// Kinds of Kubernetes whose names other projects use as well.
const BUILT_IN: &[&str] = &[
    "ClusterRole",
    "ClusterRoleBinding",
    "ConfigMap",
    "CronJob",
    "DaemonSet",
    "Deployment",
    "Endpoints",
    "Ingress",
    "Job",
    "LimitRange",
    "Namespace",
    "NetworkPolicy",
    "Node",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Pod",
    "PodDisruptionBudget",
    "PodSecurityPolicy",
    "PodTemplate",
    "ReplicaSet",
    "ReplicationController",
    "ResourceQuota",
    "Role",
    "RoleBinding",
    "Secret",
    "Service",
    "ServiceAccount",
    "StatefulSet",
    "StorageClass",
];

/// The kind by which rules know an object: another project's `Service` or `Role` is named with its group
/// (`serving.knative.dev/Service`), so that no rule takes it for the built-in one.
pub(crate) fn kind_of(version: &str, kind: &str) -> Arc<str> {
    let group = version.split_once('/').map_or("", |(group, _)| group);
    let foreign = group.contains('.') && !group.ends_with(".k8s.io") && !group.ends_with(".openshift.io");
    if foreign && BUILT_IN.contains(&kind) { Arc::from(format!("{group}/{kind}")) } else { Arc::from(kind) }
}

/// Whether a kind is one of Kubernetes itself.
pub(crate) fn is_built_in(kind: &str) -> bool {
    BUILT_IN.contains(&kind)
}
