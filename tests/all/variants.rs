//! Variants of the kinds behind `tests/cases`: other dialects, nesting, spellings and forms. What must not fail stands
//! beside what must.

use crate::cases::wrong_in;
use crate::run::Folder;

#[track_caller]
fn hold(files: &[(&str, &str)], arguments: &[&str], expected: &[&str]) {
    let folder = Folder::new(files);
    let wrong = wrong_in(&folder, arguments, expected);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const VOLUME: &str =
    "resource \"aws_ebs_volume\" \"v\" {\n  availability_zone = \"eu-west-1a\"\n  size = 8\n}\n";

#[test]
fn a_waiver_at_a_module_call_reaches_every_depth() {
    let outer = "module \"inner\" {\n  source = \"../inner\"\n}\n";
    let ours = "# compline: waive aws-ebs-volume-unencrypted reason=\"scratch\" until=2199-12-31 by=ops\nmodule \"waived\" {\n  for_each = toset([\"x\", \"y\"])\n  source = \"./outer\"\n}\nmodule \"judged\" {\n  source = \"./outer\"\n}\n";
    hold(
        &[("main.tf", ours), ("outer/main.tf", outer), ("inner/main.tf", VOLUME)],
        &["."],
        &[
            "waived aws-ebs-volume-unencrypted module.waived[\"x\"].module.inner.aws_ebs_volume.v inner/main.tf:1",
            "waived aws-ebs-volume-unencrypted module.waived[\"y\"].module.inner.aws_ebs_volume.v",
            "fail aws-ebs-volume-unencrypted module.judged.module.inner.aws_ebs_volume.v",
            "silent does nothing",
        ],
    );
    // Between the two modules, behind the opening brace, and of another scanner.
    let outer = "module \"inner\" { #trivy:ignore:AWS-0026\n  source = \"../inner\"\n}\n";
    hold(
        &[
            ("main.tf", "module \"o\" {\n  source = \"./outer\"\n}\n"),
            ("outer/main.tf", outer),
            ("inner/main.tf", VOLUME),
        ],
        &[".", "--honor", "trivy"],
        &["waived aws-ebs-volume-unencrypted module.o.module.inner.aws_ebs_volume.v"],
    );
    // In Terraform's JSON, and one that waives nothing is told.
    let json = r#"{"module": {
  "m": { "//": "checkov:skip=CKV_AWS_3:scratch", "source": "./inner" },
  "n": { "source": "./inner", "//": ["checkov:skip=CKV_AWS_21:none here"] },
  "o": { "source": "./inner" }
}}"#;
    hold(
        &[("main.tf.json", json), ("inner/main.tf", VOLUME)],
        &[".", "--honor", "checkov"],
        &[
            "waived aws-ebs-volume-unencrypted module.m.aws_ebs_volume.v",
            "fail aws-ebs-volume-unencrypted module.n.aws_ebs_volume.v",
            "fail aws-ebs-volume-unencrypted module.o.aws_ebs_volume.v",
            "told CKV_AWS_21",
        ],
    );
}

#[test]
fn waivers_held_in_data_hold_as_comments_do() {
    let template = "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  A:\n    Type: AWS::EC2::Volume\n    Metadata:\n      compline:\n        waive:\n          - { rule: aws-ebs-volume-unencrypted, reason: scratch, until: '2199-12-31', by: ops }\n    Properties: { Size: 1, AvailabilityZone: a }\n  B:\n    Type: AWS::EC2::Volume\n    Metadata:\n      compline: { waive: { rule: aws-ebs-volume-unencrypted, reason: scratch } }\n    Properties: { Size: 1, AvailabilityZone: a }\n  C:\n    Type: AWS::EC2::Volume\n    Metadata:\n      compline: { waive: 'aws-ebs-volume-unencrypted reason=\"scratch\" until=2199-12-31 by=ops' }\n    Properties: { Size: 1, AvailabilityZone: a }\n";
    hold(
        &[("t.yaml", template)],
        &["."],
        &[
            "waived aws-ebs-volume-unencrypted A",
            "fail aws-ebs-volume-unencrypted B",
            "waived aws-ebs-volume-unencrypted C",
            "told it has no end",
        ],
    );
    let json = r#"{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {
  "V": {"Type": "AWS::EC2::Volume", "Metadata": {"checkov": {"skip": [{"id": "CKV_AWS_3", "comment": "scratch"}]},
    "guard": {"SuppressedRules": ["ENCRYPTED_VOLUMES"]}}, "Properties": {"Size": 1}}}}"#;
    hold(
        &[("t.json", json)],
        &[".", "--honor", "checkov"],
        &["waived aws-ebs-volume-unencrypted V", "told suppressions of cfn-guard do not count"],
    );
    let pods = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\n  annotations:\n    compline/waive: kubernetes-pod-host-pid reason=\"probe\" until=2199-12-31 by=ops\nspec: { template: { spec: { hostPID: true, containers: [{ name: c, image: 'x:1' }] } } }\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: { name: b }\nspec: { template: { metadata: { annotations: { checkov.io/skip2: 'CKV_K8S_17=probe' } }, spec: { hostPID: true, containers: [{ name: c, image: 'x:1' }] } } }\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: { name: c, annotations: { ignore-check.kube-linter.io/host-pid: probe } }\nspec: { template: { spec: { hostPID: true, containers: [{ name: c, image: 'x:1' }] } } }\n";
    hold(
        &[("p.yaml", pods)],
        &[".", "--honor", "checkov"],
        &[
            "waived kubernetes-pod-host-pid Deployment/default/a",
            "waived kubernetes-pod-host-pid Deployment/default/b",
            "fail kubernetes-pod-host-pid Deployment/default/c",
            "told suppressions of kube-linter do not count",
        ],
    );
    let arm = r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
"contentVersion": "1.0.0.0", "resources": [{"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01",
"name": "acme", "metadata": {"compline": {"waive": [{"rule": "azure-storage-tls-old", "reason": "old", "until": "2199-12-31", "by": "ops"}]}},
"properties": {"minimumTlsVersion": "TLS1_0"}}]}"#;
    hold(
        &[("a.json", arm)],
        &["."],
        &["waived azure-storage-tls-old Microsoft.Storage/storageAccounts/acme"],
    );
    let held = "resource \"kubernetes_manifest\" \"m\" {\n  manifest = {\n    apiVersion = \"v1\"\n    kind = \"Pod\"\n    metadata = { name = \"m\", annotations = { \"checkov.io/skip1\" = \"CKV_K8S_17=probe\" } }\n    spec = { hostPID = true, containers = [{ name = \"c\", image = \"x:1\" }] }\n  }\n}\n";
    hold(
        &[("main.tf", held)],
        &[".", "--honor", "checkov"],
        &["waived kubernetes-pod-host-pid kubernetes_manifest.m"],
    );
}

#[test]
fn older_names_of_checks_and_conditions_of_ignores_count() {
    let volume = |comment: &str, size: u32| {
        format!(
            "{comment}\nresource \"aws_ebs_volume\" \"v\" {{\n  availability_zone = \"a\"\n  size = {size}\n}}\n"
        )
    };
    for (comment, size, outcome) in [
        ("#tfsec:ignore:aws-ec2-enable-volume-encryption", 8, "waived"),
        ("#tfsec:ignore:aws-ebs-enable-volume-encryption", 8, "waived"),
        ("#trivy:ignore:AVD-AWS-0026", 8, "waived"),
        ("#trivy:ignore:aws-0026", 8, "waived"),
        ("#trivy:ignore:AVD-AWS-0026[size=8]", 8, "waived"),
        ("#trivy:ignore:AVD-AWS-0026[size=8]", 9, "fail"),
        ("#tfsec:ignore:aws-ec2-enable-volume-encryption[size=8,availability_zone=a]", 8, "waived"),
        ("#tfsec:ignore:aws-ec2-enable-volume-encryption[size=8,availability_zone=b]", 8, "fail"),
        ("#tfsec:ignore:aws-ec2-enable-volume-encryption:exp:2020-01-01", 8, "fail"),
        ("#trivy:ignore:AVD-AWS-0026:ws:production", 8, "fail"),
        ("#tfsec:ignore:aws-s3-enable-versioning", 8, "fail"),
    ] {
        let expected = format!("{outcome} aws-ebs-volume-unencrypted aws_ebs_volume.v");
        let id = comment.split([':', '[']).nth(2).unwrap();
        let told = format!("told {id}");
        let text = volume(comment, size);
        // What waives nothing is told by its name.
        let expected = [expected.as_str(), told.as_str()];
        let expected = if outcome == "fail" { &expected[..] } else { &expected[..1] };
        hold(&[("main.tf", &text)], &[".", "--honor", "tfsec", "--honor", "trivy"], expected);
    }
    let launch = "#tfsec:ignore:AWS014\nresource \"aws_launch_configuration\" \"l\" {\n  image_id = \"ami-1\"\n  instance_type = \"t3.micro\"\n  root_block_device {\n    encrypted = false\n  }\n}\n";
    hold(
        &[("main.tf", launch)],
        &[".", "--honor", "tfsec"],
        &["waived aws-instance-volume-unencrypted aws_launch_configuration.l"],
    );
}

const POD: &str = "{ hostPID: true, containers: [{ name: c, image: 'r.example.com/c:1' }] }";

#[test]
fn pods_are_found_by_their_shape() {
    let custom = |version: &str, kind: &str, spec: &str| {
        format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{ name: a }}\nspec: {spec}\n")
    };
    let judged = [
        ("serving.knative.dev/v1", "Configuration", format!("{{ template: {{ spec: {POD} }} }}")),
        ("serving.knative.dev/v1", "Revision", POD.to_owned()),
        ("argoproj.io/v1alpha1", "Rollout", format!("{{ template: {{ spec: {POD} }} }}")),
        ("kubeflow.org/v1", "PyTorchJob", format!("{{ pytorchReplicaSpecs: {{ Master: {{ template: {{ spec: {POD} }} }} }} }}")),
        ("jobset.x-k8s.io/v1alpha2", "JobSet", format!("{{ replicatedJobs: [{{ name: w, template: {{ spec: {{ template: {{ spec: {POD} }} }} }} }}] }}")),
        ("kubernetes.crossplane.io/v1alpha2", "Object", format!("{{ forProvider: {{ manifest: {{ apiVersion: v1, kind: Pod, spec: {POD} }} }} }}")),
        ("elasticsearch.k8s.elastic.co/v1", "Elasticsearch", "{ nodeSets: [{ podTemplate: { spec: { hostPID: true, containers: [{ name: elasticsearch }] } } }] }".to_owned()),
    ];
    for (version, kind, spec) in &judged {
        let address = match *kind {
            "Service" => format!("serving.knative.dev/{kind}/default/a"),
            _ => format!("{kind}/default/a"),
        };
        let expected = format!("fail kubernetes-pod-host-pid {address} k.yaml:4");
        hold(&[("k.yaml", &custom(version, kind, spec))], &["."], &[&expected]);
    }
    // A list, JSON, and Terraform.
    let list = r#"{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
"metadata": {"name": "a", "namespace": "n"}, "spec": {"template": {"spec": {"hostPID": true, "containers": [{"name": "c", "image": "x:1"}]}}}}]}"#;
    hold(&[("l.json", list)], &["."], &["fail kubernetes-pod-host-pid Rollout/n/a l.json:2"]);
    let terraform = "resource \"kubernetes_manifest\" \"r\" {\n  manifest = {\n    apiVersion = \"serving.knative.dev/v1\"\n    kind = \"Service\"\n    metadata = { name = \"r\" }\n    spec = { template = { spec = {\n      hostPID = true\n      containers = [{ name = \"c\", image = \"x:1\" }]\n    } } }\n  }\n}\n";
    hold(
        &[("main.tf", terraform)],
        &["."],
        &["fail kubernetes-pod-host-pid kubernetes_manifest.r main.tf:7"],
    );
    // What only speaks of pods runs none.
    let pattern = custom(
        "kyverno.io/v1",
        "ClusterPolicy",
        &format!("{{ rules: [{{ name: r, mutate: {{ template: {{ spec: {POD} }} }} }}] }}"),
    );
    let schema = custom(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        "{ versions: [{ schema: { openAPIV3Schema: { properties: { template: { properties: { spec: { properties: { hostPID: {}, containers: {} } } } } } } } }] }",
    );
    hold(&[("k.yaml", &pattern)], &["."], &["none kubernetes-pod-host-pid ClusterPolicy/default/a"]);
    hold(
        &[("k.yaml", &schema)],
        &["."],
        &["none kubernetes-pod-host-pid CustomResourceDefinition/default/a"],
    );
}

#[test]
fn workflows_run_a_pod_for_each_template() {
    let workflow = |kind: &str, spec: &str| {
        format!("apiVersion: argoproj.io/v1alpha1\nkind: {kind}\nmetadata: {{ name: a }}\nspec:\n{spec}")
    };
    let spec = "  hostNetwork: true\n  templates:\n    - name: one\n      container:\n        image: x:1\n        securityContext: { privileged: true }\n    - name: steps\n      steps: []\n";
    hold(
        &[("w.yaml", &workflow("WorkflowTemplate", spec))],
        &["."],
        &[
            "fail kubernetes-container-privileged WorkflowTemplate/default/a w.yaml:10",
            "fail kubernetes-pod-host-network WorkflowTemplate/default/a w.yaml:5",
        ],
    );
    let spec = "  schedule: '0 3 * * *'\n  workflowSpec:\n    templates:\n      - name: one\n        script: { image: 'x:1', source: 'true', securityContext: { privileged: false } }\n        sidecars: [{ name: s, image: 'y:1', securityContext: { privileged: true } }]\n";
    hold(
        &[("w.yaml", &workflow("CronWorkflow", spec))],
        &["."],
        &[
            "fail kubernetes-container-privileged CronWorkflow/default/a w.yaml:10",
            "pass kubernetes-pod-host-network CronWorkflow/default/a",
        ],
    );
}

#[test]
fn a_manifest_in_terraform_is_judged_as_what_it_holds() {
    let role = |verbs: &str| {
        format!(
            "resource \"kubernetes_manifest\" \"role\" {{\n  manifest = {{\n    apiVersion = \"rbac.authorization.k8s.io/v1\"\n    kind = \"ClusterRole\"\n    metadata = {{ name = \"r\" }}\n    rules = [{{ apiGroups = [\"apps\"], resources = [\"deployments\"], verbs = {verbs} }}]\n  }}\n}}\n"
        )
    };
    for (verbs, outcome) in [("[\"*\"]", "fail"), ("[\"get\"]", "pass")] {
        let expected = format!("{outcome} kubernetes-rbac-wildcard kubernetes_manifest.role");
        hold(&[("main.tf", &role(verbs))], &["."], &[&expected]);
    }
    let foreign = role("[\"*\"]").replace("rbac.authorization.k8s.io/v1", "iam.example.com/v1");
    hold(&[("main.tf", &foreign)], &["."], &["none kubernetes-rbac-wildcard kubernetes_manifest.role"]);
    let decoded =
        "resource \"kubernetes_manifest\" \"role\" {\n  manifest = yamldecode(file(\"role.yaml.tpl\"))\n}\n";
    let text = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: { name: r, namespace: n }\nrules:\n  - { apiGroups: [''], resources: ['*'], verbs: [get] }\n";
    hold(
        &[("main.tf", decoded), ("role.yaml.tpl", text)],
        &["."],
        &["fail kubernetes-rbac-wildcard kubernetes_manifest.role"],
    );
}

#[test]
fn a_template_in_a_value_costs_that_value_only() {
    let pod = |name: &str, pid: &str, image: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\nspec:\n  hostPID: {pid}\n  containers:\n    - name: c\n      image: {image}\n"
        )
    };
    for (name, pid, image, address, outcome) in [
        ("web", "true", "\"{{ .Values.image }}:1\"", "Pod/default/web", "fail"),
        ("web", "true", "{{ .Values.image }}", "Pod/default/web", "fail"),
        ("web", "{{ .Values.pid }}", "x:1", "Pod/default/web", "unknown"),
        ("web", "\"{{ pid }}\"", "x:1", "Pod/default/web", "unknown"),
        ("x-{{.Values.name}}", "true", "x:1", "Pod/default/x-{{.Values.name}}", "fail"),
        ("web", "false", "x:{{ $tag }}", "Pod/default/web", "pass"),
    ] {
        let expected = format!("{outcome} kubernetes-pod-host-pid {address}");
        hold(&[("p.yaml", &pod(name, pid, image))], &["."], &[&expected]);
    }
    // A chart's file is told, one that carries somebody else's template is not.
    hold(
        &[("p.yaml", &pod("web", "{{ .Values.pid }}", "x:1"))],
        &["."],
        &["told a template is not a manifest"],
    );
    hold(
        &[("p.yaml", &pod("web", "true", "x:{{ $tag }}"))],
        &["."],
        &["silent a template is not a manifest"],
    );
    let list = "apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: Pod\n    metadata: { name: a, annotations: { note: 'see {{ $value }}' } }\n    spec: { hostPID: true, containers: [{ name: c, image: 'x:1' }] }\n";
    hold(&[("l.yaml", list)], &["."], &["fail kubernetes-pod-host-pid Pod/default/a l.yaml:7"]);
}

fn arm(kind: &str, value: &str) -> String {
    format!(
        r#"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
"contentVersion": "1.0.0.0",
"parameters": {{"Stance": {{"type": "string", "defaultValue": "{value}"}}}},
"resources": [{{"type": "{kind}", "apiVersion": "2023-01-01", "name": "acme",
  "properties": {{"minimumTlsVersion": "TLS1_2", "networkAcls": {{"defaultAction": "[parameters('stance')]"}}}}}}]}}"#
    )
}

fn values(value: &str) -> String {
    format!(
        r#"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
"contentVersion": "1.0.0.0", "parameters": {{"stance": {{"value": "{value}"}}}}}}"#
    )
}

#[test]
fn types_of_azure_are_read_in_any_case() {
    for kind in ["microsoft.storage/storageaccounts", "MICROSOFT.STORAGE/STORAGEACCOUNTS"] {
        for (value, outcome) in [("Allow", "fail"), ("Deny", "pass")] {
            let expected = format!("{outcome} azure-storage-network-default-allow {kind}/acme");
            hold(&[("a.json", &arm(kind, value))], &["."], &[&expected, "silent have no rule"]);
        }
    }
    let keys = arm("Microsoft.Storage/storageAccounts", "Allow").replace("networkAcls", "NetworkACLs");
    hold(
        &[("a.json", &keys)],
        &["."],
        &["fail azure-storage-network-default-allow Microsoft.Storage/storageAccounts/acme"],
    );
}

#[test]
fn parameters_of_azure_come_from_files_beside_the_template() {
    let template = arm("Microsoft.Storage/storageAccounts", "Allow");
    let rule = "azure-storage-network-default-allow Microsoft.Storage/storageAccounts/acme";
    let expect = |outcome: &str| format!("{outcome} {rule}");
    hold(&[("a.json", &template)], &["."], &[&expect("fail")]);
    hold(&[("a.json", &template), ("a.parameters.json", &values("Deny"))], &["a.json"], &[&expect("pass")]);
    // The wrong value stands in the file of values.
    hold(
        &[
            ("d/a.json", &arm("Microsoft.Storage/storageAccounts", "Deny")),
            ("d/a.parameters.json", &values("Allow")),
        ],
        &["."],
        &[&format!("fail {rule} d/a.parameters.json:2")],
    );
    // Of another template; and of two environments.
    hold(&[("a.json", &template), ("b.parameters.json", &values("Deny"))], &["."], &[&expect("fail")]);
    hold(
        &[
            ("a.json", &template),
            ("a.parameters.dev.json", &values("Allow")),
            ("a.parameters.prod.json", &values("Deny")),
        ],
        &["."],
        &[&expect("unknown")],
    );
    hold(
        &[
            ("a.json", &template),
            ("a.parameters.dev.json", &values("Deny")),
            ("a.parameters.prod.json", &values("Deny")),
        ],
        &["."],
        &[&expect("pass")],
    );
    let vault = r#"{"parameters": {"stance": {"reference": {"keyVault": {"id": "x"}, "secretName": "y"}}}}"#;
    hold(&[("a.json", &template), ("a.parameters.json", vault)], &["."], &[&expect("unknown")]);
    hold(
        &[("a.json", &template), ("flat.json", r#"{"stance": "Deny"}"#)],
        &["a.json", "--var-file", "flat.json"],
        &[&expect("pass")],
    );
    hold(
        &[("a.json", &template), ("idle.json", r#"{"stanse": "Deny"}"#)],
        &["a.json", "--var-file", "idle.json"],
        &[&expect("fail"), "told the file has no effect"],
    );
}

#[test]
fn parameters_of_cloudformation_come_from_every_form_of_file() {
    let template = "AWSTemplateFormatVersion: '2010-09-09'\nParameters:\n  Sealed: { Type: String, Default: 'false' }\nResources:\n  V: { Type: 'AWS::EC2::Volume', Properties: { Size: 1, Encrypted: !Ref Sealed } }\n";
    for text in [
        r#"[{"ParameterKey": "Sealed", "ParameterValue": "true"}]"#,
        r#"{"Parameters": {"Sealed": "true"}}"#,
        r#"["Sealed=true"]"#,
        r#"{"Sealed": true}"#,
    ] {
        hold(
            &[("t.yaml", template), ("values.json", text)],
            &["t.yaml", "--var-file", "values.json"],
            &["pass aws-ebs-volume-unencrypted V"],
        );
    }
    let kept = r#"[{"ParameterKey": "Sealed", "UsePreviousValue": true}]"#;
    hold(
        &[("t.yaml", template), ("values.json", kept)],
        &["t.yaml", "--var-file", "values.json"],
        &["unknown aws-ebs-volume-unencrypted V"],
    );
    hold(&[("t.yaml", template), ("values.json", kept)], &["."], &["fail aws-ebs-volume-unencrypted V"]);
}

#[test]
fn a_nested_template_is_judged_by_what_it_is_passed() {
    let nested = "AWSTemplateFormatVersion: '2010-09-09'\nParameters:\n  Sealed: { Type: String, Default: 'true' }\nResources:\n  Disk: { Type: 'AWS::EC2::Volume', Properties: { Size: 1, Encrypted: !Ref Sealed } }\n";
    let main = |values: &str| {
        format!(
            "AWSTemplateFormatVersion: '2010-09-09'\nParameters:\n  Seal: {{ Type: String }}\nResources:\n  Net:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: net/net.yaml\n      Parameters: {values}\n"
        )
    };
    for (values, outcome) in [
        ("{ Sealed: 'false' }", "fail"),
        ("{ Sealed: 'true' }", "pass"),
        ("{ Sealed: !Ref Seal }", "unknown"),
        ("{ Other: 'x' }", "pass"),
    ] {
        let expected = format!("{outcome} aws-ebs-volume-unencrypted Disk");
        hold(&[("main.yaml", &main(values)), ("net/net.yaml", nested)], &["."], &[&expected]);
    }
    let other = main("{ Sealed: 'true' }");
    hold(
        &[("main.yaml", &main("{ Sealed: 'false' }")), ("other.yaml", &other), ("net/net.yaml", nested)],
        &["."],
        &["unknown aws-ebs-volume-unencrypted Disk"],
    );
    let middle = main("{ Sealed: !Ref Seal }").replace("net/net.yaml", "net.yaml");
    let top = main("{ Seal: 'false' }").replace("net/net.yaml", "net/middle.yaml");
    hold(
        &[("top.yaml", &top), ("net/middle.yaml", &middle), ("net/net.yaml", nested)],
        &["."],
        &["fail aws-ebs-volume-unencrypted Disk top.yaml:9"],
    );
}
