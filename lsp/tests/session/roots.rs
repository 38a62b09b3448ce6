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
    let uri = "file:///home/x/main.tf";
    client.open(uri, "terraform", &PUBLIC.replace("\"public-read\"", "var.acl")).await;
    let found = client.published(uri, 1).await;
    // Full where the value was written, a quieter line where it is used.
    let used = found.iter().find(|one| one["code"] == PUBLIC_RULE).unwrap();
    assert_eq!((&used["severity"], &used["range"]["start"]["line"]), (&json!(3), &json!(2)));
    let written = &used["relatedInformation"][0]["location"];
    assert_eq!(
        (&written["uri"], &written["range"]["start"]["line"]),
        (&json!("file:///home/x/variables.tf"), &json!(1))
    );
}

#[tokio::test]
async fn an_untitled_buffer_is_judged_by_its_language() {
    let mut client = Client::start(&[], json!({})).await;
    client.open("untitled:Untitled-1", "terraform", PUBLIC).await;
    assert!(codes(&client.published("untitled:Untitled-1", 1).await).contains(&PUBLIC_RULE.to_owned()));
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
    let files = [("main.tf", text.as_str()), ("compline.yaml", "honor: [checkov]\n")];
    let mut client = Client::start(&files, json!({})).await;
    let uri = "file:///w/main.tf";
    client.open(uri, "terraform", &text).await;
    assert!(codes(&client.published(uri, 1).await).contains(&PUBLIC_RULE.to_owned()));
    let changes = json!([{ "uri": "file:///w/compline.yaml", "type": 2 }]);
    client.tell("workspace/didChangeWatchedFiles", json!({ "changes": changes })).await;
    let told = client.notice("window/showMessage").await;
    assert_eq!(told["message"], "compline.yaml:1: this is odd");
    assert!(!codes(&client.published(uri, 1).await).contains(&PUBLIC_RULE.to_owned()));
}
