use serde_json::{Value as Json, json};

use crate::view::testing::{element, json as back, resource, viewed};

fn pod_spec() -> Json {
    json!({
        "hostPID": true,
        "securityContext": { "runAsNonRoot": true, "runAsUser": 1000 },
        "initContainers": [{ "name": "i", "image": "busybox" }],
        "containers": [
            { "name": "c", "image": "quay.io/a/b:1", "securityContext": { "runAsNonRoot": false, "privileged": true } },
            "?more"
        ]
    })
}

#[test]
fn containers_inherit_what_kubernetes_lets_them() {
    let deployment = json!({
        "kind": "Deployment", "metadata": { "name": "web", "namespace": "shop" },
        "spec": { "template": {
            "metadata": { "annotations": { "seccomp.security.alpha.kubernetes.io/pod": "runtime/default" } },
            "spec": pod_spec()
        } }
    });
    let found = viewed("container", vec![resource("Deployment", "Deployment/shop/web", deployment.clone())]);
    assert_eq!(found.len(), 1);
    let owner = &found[0];
    assert_eq!(owner.owner, "Deployment");
    assert!(owner.elements.open.is_some());
    assert_eq!(element(owner, 0, "role"), "main");
    assert_eq!(element(owner, 0, "os"), "linux");
    let main = element(owner, 0, "effective");
    assert_eq!(
        (&main["runAsNonRoot"], &main["runAsUser"], &main["privileged"]),
        (&json!(false), &json!(1000), &json!(true))
    );
    assert_eq!(main["seccompProfile"]["type"], "RuntimeDefault");
    assert_eq!(element(owner, 0, "image")["tag"], "1");
    assert_eq!(element(owner, 1, "role"), "init");
    let init = element(owner, 1, "effective");
    assert_eq!((&init["runAsNonRoot"], init.get("privileged")), (&json!(true), None));
    assert_eq!(
        element(owner, 1, "workload"),
        json!({ "kind": "Deployment", "name": "web", "namespace": "shop" })
    );

    let pods = viewed("pod", vec![resource("Deployment", "Deployment/shop/web", deployment)]);
    assert_eq!(element(&pods[0], 0, "hostPID"), true);
    assert_eq!(element(&pods[0], 0, "workload")["kind"], "Deployment");
}

#[test]
fn cron_jobs_and_pods() {
    let found = viewed(
        "pod",
        vec![
            resource("Pod", "Pod/default/p", json!({ "metadata": { "name": "p" }, "spec": pod_spec() })),
            resource(
                "CronJob",
                "CronJob/default/c",
                json!({ "spec": { "jobTemplate": { "spec": { "template": { "spec": pod_spec() } } } } }),
            ),
            resource("Service", "Service/default/s", json!({ "spec": {} })),
            resource("Job", "Job/default/j", json!({ "spec": "?spec" })),
        ],
    );
    let owners: Vec<_> = found.iter().map(|viewed| viewed.owner).collect();
    assert_eq!(owners, ["Pod", "CronJob", "Job"]);
    assert!(found[2].elements.items.is_empty() && found[2].elements.open.is_some());
}

#[test]
fn terraform_is_read_as_the_object() {
    let body = json!({
        "metadata": [{ "name": "web", "labels": { "my_label": "x" } }],
        "spec": [{ "template": [{
            "metadata": [{ "labels": { "my_label": "x" } }],
            "spec": [{
                "host_pid": true, "automount_service_account_token": false,
                "security_context": [{ "run_as_non_root": true, "supplemental_groups": [1] }],
                "container": [{
                    "name": "c", "image": "nginx", "image_pull_policy": "Always",
                    "env": [{ "name": "A", "value_from": [{ "secret_key_ref": [{ "name": "s", "key": "k" }] }] }],
                    "security_context": [{ "capabilities": [{ "drop": ["ALL"] }], "read_only_root_filesystem": true }],
                    "resources": [{ "limits": { "cpu": "1" } }],
                    "port": [{ "container_port": 80 }]
                }],
                "init_container": ["..."],
                "volume": [{ "name": "v", "host_path": [{ "path": "/" }] }]
            }]
        }] }]
    });
    let given = vec![resource("kubernetes_deployment_v1", "kubernetes_deployment_v1.web", body)];
    let pods = viewed("pod", given);
    let pod = back(&pods[0].elements.items[0]);
    assert_eq!(pod["hostPID"], true);
    assert_eq!(pod["automountServiceAccountToken"], false);
    assert_eq!(pod["volumes"], json!([{ "name": "v", "hostPath": { "path": "/" } }]));
    assert_eq!(pod["metadata"]["labels"], json!({ "my_label": "x" }));
    let container = &pod["containers"][0];
    assert_eq!(container["imagePullPolicy"], "Always");
    assert_eq!(container["env"][0]["valueFrom"]["secretKeyRef"]["key"], "k");
    assert_eq!(container["ports"], json!([{ "containerPort": 80 }]));
    assert_eq!(container["resources"]["limits"]["cpu"], "1");
    assert_eq!(pod["workload"], json!({ "kind": "Deployment", "name": "web" }));
}

#[test]
fn terraform_containers_and_manifests() {
    let spec = json!([{ "container": [{ "name": "c", "security_context": "?context" }, "..."] }]);
    let found = viewed(
        "container",
        vec![
            resource("kubernetes_pod", "kubernetes_pod.p", json!({ "spec": spec })),
            resource(
                "kubernetes_manifest",
                "kubernetes_manifest.m",
                json!({ "manifest": { "kind": "Pod", "metadata": { "name": "m" }, "spec": pod_spec() } }),
            ),
        ],
    );
    assert_eq!(found.len(), 2);
    assert!(found[0].elements.open.is_some());
    let effective = element(&found[0], 0, "effective");
    assert_eq!((&effective["privileged"], &effective["runAsNonRoot"]), (&json!("?"), &json!("?")));
    assert_eq!(element(&found[1], 0, "workload")["name"], "m");
}

#[test]
fn flags_of_the_control_plane() {
    let pod = |containers: Json| json!({ "spec": { "containers": containers } });
    let found = viewed(
        "flags",
        vec![
            resource(
                "Pod",
                "Pod/kube-system/api",
                pod(
                    json!([{ "image": "x", "command": ["/usr/local/bin/kube-apiserver", "--anonymous-auth=false", "--profiling",
                    "--authorization-mode", "Node,RBAC", "--etcd-servers=https://${host}:2379"] }]),
                ),
            ),
            resource("Pod", "Pod/default/web", pod(json!([{ "image": "nginx", "args": ["--x"] }]))),
            resource(
                "Pod",
                "Pod/kube-system/scheduler",
                pod(
                    json!([{ "image": "registry.k8s.io/kube-scheduler:v1", "args": ["--config=/etc/x", "?more"] }]),
                ),
            ),
            resource(
                "Pod",
                "Pod/kube-system/sh",
                pod(
                    json!([{ "image": "x", "command": ["/bin/sh", "-c", "exec etcd --client-cert-auth=true 2>&1"] }]),
                ),
            ),
        ],
    );
    assert_eq!(found.iter().map(|viewed| viewed.resource).collect::<Vec<_>>(), [0, 2, 3]);
    assert_eq!(element(&found[0], 0, "program"), "kube-apiserver");
    assert_eq!(element(&found[0], 0, "anonymous-auth"), "false");
    assert_eq!(element(&found[0], 0, "profiling"), "true");
    assert_eq!(element(&found[0], 0, "authorization-mode"), "Node,RBAC");
    assert_eq!(element(&found[0], 0, "etcd-servers"), "https://${}:2379");
    assert!(found[0].elements.items[0].as_map().unwrap().open.is_none());
    assert_eq!(element(&found[1], 0, "program"), "kube-scheduler");
    assert!(found[1].elements.items[0].as_map().unwrap().open.is_some());
    assert_eq!(element(&found[2], 0, "client-cert-auth"), "true");
}
