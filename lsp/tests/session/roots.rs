//! Folders: one, several, none, on every system.

use serde_json::{Value, json};

use crate::client::{Client, codes};
use crate::{PUBLIC, PUBLIC_RULE};

#[tokio::test]
async fn a_windows_path_is_one_file_however_it_is_spelled() {
    let params = json!({ "workspaceFolders": [{ "uri": "file:///c%3A/Users/x/infra", "name": "infra" }] });
    let mut client = Client::start(&[("main.tf", PUBLIC)], params).await;
    let (opened, changed) = ("file:///c%3A/Users/x/infra/main.tf", "file:///C:/Users/x/infra/main.tf");
    client.open(opened, "terraform", PUBLIC).await;
    assert!(codes(&client.published(opened, 1).await).contains(&PUBLIC_RULE.to_owned()));
    client.change(changed, 2, json!([{ "text": "locals {}\n" }])).await;
    // The answer uses the spelling with which the file was opened.
    assert!(client.published(opened, 2).await.is_empty());
}

#[tokio::test]
async fn a_file_without_a_folder_is_judged_with_its_siblings() {
    let files =
        [("variables.tf", "variable \"acl\" {\n  default = \"public-read\"\n}\n"), ("other.yaml", "a: 1\n")];
    let mut client = Client::start(&files, json!({ "workspaceFolders": null })).await;
    let uri = "file:///w/main.tf";
    client.open(uri, "terraform", &PUBLIC.replace("\"public-read\"", "var.acl")).await;
    let found = client.published(uri, 1).await;
    // Full where the value was written, a quieter line where it is used.
    let used = found.iter().find(|one| one["code"] == PUBLIC_RULE).unwrap();
    assert_eq!((&used["severity"], &used["range"]["start"]["line"]), (&json!(3), &json!(2)));
    let written = &used["relatedInformation"][0]["location"];
    assert_eq!(
        (&written["uri"], &written["range"]["start"]["line"]),
        (&json!("file:///w/variables.tf"), &json!(1))
    );
}

#[tokio::test]
async fn an_untitled_buffer_is_judged_by_its_language() {
    let mut client = Client::start(&[], json!({})).await;
    for (uri, language) in [("untitled:Untitled-1", "terraform"), ("untitled:Untitled-2", "opentofu")] {
        client.open(uri, language, PUBLIC).await;
        assert!(codes(&client.published(uri, 1).await).contains(&PUBLIC_RULE.to_owned()), "{language}");
    }
    client.open("untitled:Untitled-3", "terraform-vars", PUBLIC).await;
    assert!(client.published("untitled:Untitled-3", 1).await.is_empty(), "values declare nothing");
}

#[tokio::test]
async fn an_opentofu_file_is_judged_in_place_of_its_namesake() {
    let mut client = Client::start(&[("main.tofu", PUBLIC), ("main.tf", PUBLIC)], json!({})).await;
    client.open("file:///w/main.tofu", "opentofu", PUBLIC).await;
    let found = client.published("file:///w/main.tofu", 1).await;
    assert!(codes(&found).contains(&PUBLIC_RULE.to_owned()), "{found:?}");
    client.open("file:///w/main.tf", "terraform", PUBLIC).await;
    let found = client.published("file:///w/main.tf", 1).await;
    let messages: Vec<&str> = found.iter().filter_map(|one| one["message"].as_str()).collect();
    assert!(messages.len() == 1 && messages[0].contains("`main.tofu` lies beside it"), "{messages:?}");
}

#[tokio::test]
async fn a_file_nobody_reads_does_not_look_clean() {
    let chart = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Values.name }}\n";
    let files = [("chart/templates/web.yaml", chart)];
    let mut client = Client::start(&files, json!({})).await;
    for (uri, language, text, expected) in [
        (
            "file:///w/terragrunt.hcl",
            "hcl",
            "include {}\n",
            "nothing in this file is judged: no reader for Terragrunt",
        ),
        (
            "file:///w/chart/templates/web.yaml",
            "yaml",
            chart,
            "nothing in this file is judged: a template is not rendered",
        ),
    ] {
        client.open(uri, language, text).await;
        let found = client.published(uri, 1).await;
        assert_eq!((found.len(), &found[0]["severity"]), (1, &json!(3)), "{found:?}");
        let message = found[0]["message"].as_str().unwrap();
        assert!(message.starts_with(expected), "{message}");
    }
    client.open("file:///w/other.hcl", "hcl", "").await;
    assert!(client.published("file:///w/other.hcl", 1).await.is_empty());
}

#[tokio::test]
async fn folders_come_and_go() {
    let mut client = Client::start(&[("main.tf", PUBLIC)], json!({ "workspaceFolders": [] })).await;
    let uri = "file:///w/sub/main.tf";
    client.open(uri, "terraform", PUBLIC).await;
    assert!(!client.published(uri, 1).await.is_empty());
    let folder = json!({ "uri": "file:///w", "name": "w" });
    client
        .tell("workspace/didChangeWorkspaceFolders", json!({ "event": { "added": [folder], "removed": [] } }))
        .await;
    assert!(!client.published(uri, 1).await.is_empty());
    client.change(uri, 2, json!([{ "text": "" }])).await;
    assert!(client.published(uri, 2).await.is_empty());
}

#[tokio::test]
async fn a_file_that_changes_on_disk_is_read_again() {
    let params = json!({ "capabilities": { "textDocument": { "diagnostic": {} },
        "workspace": { "diagnostics": { "refreshSupport": true } } } });
    let mut client = Client::start(&[("main.tf", PUBLIC)], params).await;
    // The first reading asks for a pull.
    client.notice("workspace/diagnostic/refresh").await;
    let changes = json!({ "changes": [{ "uri": "file:///w/main.tf", "type": 2 }] });
    client.tell("workspace/didChangeWatchedFiles", changes).await;
    client.notice("workspace/diagnostic/refresh").await;
    let all = client.ask("workspace/diagnostic", json!({ "previousResultIds": [] })).await;
    assert_eq!(all["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn files_are_watched_and_settings_fetched_where_the_editor_can() {
    let params = json!({ "capabilities": { "workspace": {
        "configuration": true, "didChangeWatchedFiles": { "dynamicRegistration": true } } } });
    let mut client = Client::start(&[], params).await;
    client.answers.insert("workspace/configuration", json!([{ "threshold": "critical" }]));
    let asked = client
        .ask("workspace/executeCommand", json!({ "command": "compline.explain", "arguments": [PUBLIC_RULE] }))
        .await;
    assert!(asked.as_str().unwrap().contains("## Controls"));
    let seen = |client: &Client, method: &str| client.seen.iter().any(|one| one["method"] == method);
    for method in ["client/registerCapability", "workspace/configuration"] {
        for _ in 0..100 {
            if seen(&client, method) {
                break;
            }
            client.ask("workspace/diagnostic", json!({ "previousResultIds": [] })).await;
        }
        assert!(seen(&client, method), "`{method}` was not asked: {:?}", client.seen);
    }
    assert_ne!(client.capabilities["positionEncoding"], Value::Null);
}

#[tokio::test]
async fn a_changed_configuration_counts_at_once() {
    let text = PUBLIC.replace("{\n", "{\n  #checkov:skip=CKV_AWS_20:a public site\n");
    let files = [("main.tf", text.as_str()), ("compline.yaml", "# nothing yet\n")];
    let mut client = Client::start(&files, json!({})).await;
    let uri = "file:///w/main.tf";
    client.open(uri, "terraform", &text).await;
    assert!(codes(&client.published(uri, 1).await).contains(&PUBLIC_RULE.to_owned()));
    client.write("compline.yaml", "honor: [checkov]\nseverity: odd\n");
    let changes = json!([{ "uri": "file:///w/compline.yaml", "type": 2 }]);
    client.tell("workspace/didChangeWatchedFiles", json!({ "changes": changes })).await;
    let shown = client.notice("window/showMessage").await;
    let message = shown["message"].as_str().unwrap();
    assert!(message.starts_with("compline.yaml:2: `odd` is no severity"), "{message}");
    // What is right of it holds.
    assert!(!codes(&client.published(uri, 1).await).contains(&PUBLIC_RULE.to_owned()));
}
