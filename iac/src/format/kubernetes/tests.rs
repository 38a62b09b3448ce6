use super::*;
use crate::source::SourceId;
use crate::syntax::yaml;

fn load(files: &[(&str, &str)]) -> Option<(Inventory, Vec<Problem>)> {
    let sources: Vec<Arc<Source>> = files
        .iter()
        .enumerate()
        .map(|(id, (path, text))| Arc::new(Source::new(SourceId(id as u32), *path, *text)))
        .collect();
    let nodes: Vec<Vec<Node>> = sources.iter().map(|source| yaml::parse(source).0).collect();
    let documents: Vec<(Arc<Source>, &[Node])> =
        sources.iter().zip(&nodes).map(|(source, nodes)| (Arc::clone(source), nodes.as_slice())).collect();
    read(&documents, &Options::default())
}

fn check(files: &[(&str, &str)], addresses: &[&str]) {
    let (inventory, _) = load(files).expect("objects");
    let found: Vec<&str> = inventory.resources.iter().map(|resource| &*resource.address).collect();
    assert_eq!(found, addresses);
}

fn notes(files: &[(&str, &str)], expect: &[&str], gaps: usize) {
    let (inventory, problems) = load(files).expect("something of Kubernetes");
    let found: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!((found.as_slice(), inventory.gaps.len()), (expect, gaps));
}

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n";

#[test]
fn objects_and_their_addresses() {
    check(&[("a.yaml", POD)], &["Pod/default/web"]);
    check(
        &[("a.yaml", &format!("{POD}  namespace: shop\n---\n{POD}---\n# nothing\n---\n{{}}\n"))],
        &["Pod/shop/web", "Pod/default/web"],
    );
    check(
        &[("a.yaml", POD), ("b/c.yaml", POD), ("d.yaml", &format!("{POD}---\n{POD}"))],
        &[
            "Pod/default/web",
            "Pod/default/web@b/c.yaml",
            "Pod/default/web@d.yaml",
            "Pod/default/web@d.yaml#2",
        ],
    );
    check(&[("a.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {generateName: x-}")], &["Pod/default/x-*"]);
    check(&[("a.yaml", "apiVersion: v1\nkind: Pod")], &["Pod/default/(unnamed)"]);
    check(
        &[(
            "a.yaml",
            "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: a}\n---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: b}",
        )],
        &["serving.knative.dev/Service/default/a", "Ingress/default/b"],
    );
}

#[test]
fn lists_are_taken_apart() {
    check(
        &[(
            "a.json",
            r#"{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}, {}]}"#,
        )],
        &["Pod/default/a"],
    );
    check(
        &[("a.yaml", "apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: a}\n")],
        &["Pod/default/a"],
    );
}

#[test]
fn what_is_no_object() {
    for text in ["", "a: 1", "- 1", "apiVersion: v1", "kind: x", "apiVersion: ''\nkind: x", "foo"] {
        assert!(load(&[("a.yaml", text)]).is_none(), "{text}");
    }
    let left_out = "an object without an `apiVersion` and a `kind` is left out";
    for text in [
        "apiVersion: [1]\nkind: Pod\nmetadata: {}",
        "apiVersion: v1\nkind:\nspec: {}\n",
        "apiVersion: v1\nkind: List\nitems: [{}]",
        "apiVersion: v1\nkind}: Pod\nmetadata: {}",
        "kind: Pod\nmetadata: {}\nspec: {}",
    ] {
        notes(&[("a.yaml", text)], &[left_out], 1);
    }
}

#[test]
fn kinds_that_are_none_are_told() {
    let left_out = "an object whose `apiVersion` or `kind` is none is left out";
    notes(&[("a.yaml", "apiVersion: v1\nkind: P{od\n")], &[left_out], 1);
    notes(&[("a.yaml", "apiVersion: v1'\nkind: Pod\n")], &[left_out], 1);
}

#[test]
fn fields_whose_names_can_be_none_are_told_and_leave_room() {
    for text in ["spec[:\n  hostPID: true\n", "spec:\n  'host{PID': true\n"] {
        let (inventory, problems) = load(&[("a.yaml", &format!("{POD}{text}"))]).unwrap();
        assert!(problems[0].message.contains("is no name of a field"), "{problems:?}");
        let body = &inventory.resources[0].body;
        let spec = body.get("spec").unwrap_or(body);
        assert!(spec.as_map().unwrap().open.is_some(), "{text}");
    }
}

#[test]
fn helm_templates() {
    let message = "a template is not a manifest; render it first";
    notes(
        &[("t/a.yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Values.name }}\n")],
        &[message],
        1,
    );
    notes(
        &[("t/a.yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: x-{{ .Values.name }}\n")],
        &[message],
        1,
    );
    notes(&[("t/a.yaml", "{{- if .Values.x }}\napiVersion: v1\nkind: Pod\n{{- end }}\n")], &[], 1);
    let beside = format!("{POD}---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: {{{{ .Values.name }}}}\n");
    notes(&[("t/a.yaml", &beside)], &[message], 1);
    check(&[("t/a.yaml", &beside)], &["Pod/default/web", "Pod/default/{{ .Values.name }}"]);
    let within = format!(
        "---\n{{{{- if .Values.x }}}}\n---\n{POD}---\n{{{{- end }}}}\n---\n{}",
        POD.replace("web", "api")
    );
    let (inventory, _) = load(&[("t/a.yaml", &within)]).unwrap();
    let certain = |address| inventory.find(address).unwrap().existence == Existence::Certain;
    assert!(!certain("Pod/default/web") && certain("Pod/default/api"));
    check(
        &[(
            "a.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  x: |\n    {{ .Labels }}\n  y: '{{ .Labels }}'\n",
        )],
        &["ConfigMap/default/a"],
    );
}

#[test]
fn what_a_template_fills_in_is_not_known() {
    let text = format!(
        "{POD}  labels:\n    {{{{ .Values.key }}}}: x\n    a: '{{{{ .x }}}}'\n    b: plain\nspec:\n  hostPID: {{{{ .Values.pid }}}}\n  note: |\n    {{{{ .kept }}}}\n"
    );
    let (inventory, _) = load(&[("a.yaml", &text)]).unwrap();
    let body = &inventory.find("Pod/default/web").unwrap().body;
    let unknown = |value: &Value| matches!(value.data, Data::Unknown(_));
    let (labels, spec) = (body.get("metadata").unwrap().get("labels").unwrap(), body.get("spec").unwrap());
    assert!(labels.as_map().unwrap().open.is_some());
    assert!(unknown(labels.get("a").unwrap()) && labels.get("b").unwrap().as_text() == Some("plain"));
    assert!(unknown(spec.get("hostPID").unwrap()));
    assert_eq!(spec.get("note").unwrap().as_text(), Some("{{ .kept }}\n"));
    // Of what kind it is cannot be told.
    notes(
        &[("a.yaml", "apiVersion: v1\nkind: {{ .Values.kind }}\nmetadata: { name: a }\n")],
        &["a template is not a manifest; render it first"],
        1,
    );
}

#[test]
fn kustomizations_and_their_patches() {
    let kustomization = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\npatches:\n- path: ./p.yaml\n- path: ../q.yaml\n";
    let files =
        [("a/kustomization.yaml", kustomization), ("a/p.yaml", POD), ("q.yaml", POD), ("a/r.yaml", POD)];
    check(&files, &["Pod/default/web"]);
    let patch = "a patch is not an object; render its kustomization first";
    notes(&files, &["a kustomization is not judged; render it first", patch, patch], 1);
}

#[test]
fn secrets_are_hidden() {
    let (inventory, _) =
        load(&[("a.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  p: hunter2\n")])
            .unwrap();
    let secret = inventory.find("Secret/default/a").unwrap();
    assert!(secret.body.get("stringData").unwrap().get("p").unwrap().sensitive);
}

#[test]
fn where_things_are_written() {
    let (inventory, _) = load(&[("a.yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: é\nspec:\n  containers:\n  - name: a\n    securityContext: {}\n")]).unwrap();
    let pod = inventory.find("Pod/default/é").unwrap();
    assert_eq!(pod.header.range(), 15..24);
    let spec = pod.body.get("spec").unwrap();
    assert_eq!(spec.as_map().unwrap().header.unwrap().range(), 46..50);
}
