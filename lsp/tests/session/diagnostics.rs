//! Pushed or pulled, never both, never stale.

use serde_json::{Value, json};

use crate::client::{Client, codes};
use crate::{PUBLIC, PUBLIC_RULE};

const URI: &str = "file:///w/main.tf";

fn pulls() -> Value {
    json!({ "capabilities": { "textDocument": { "diagnostic": {} } } })
}

#[tokio::test]
async fn an_editor_that_cannot_pull_is_sent_them() {
    let mut client = Client::start(&[], json!({})).await;
    assert_eq!(client.capabilities["diagnosticProvider"], Value::Null);
    client.open(URI, "terraform", PUBLIC).await;
    let found = client.published(URI, 1).await;
    let one = found.iter().find(|one| one["code"] == PUBLIC_RULE).unwrap();
    assert_eq!(
        one["range"],
        json!({ "start": { "line": 2, "character": 11 }, "end": { "line": 2, "character": 24 } })
    );
    assert_eq!((&one["severity"], &one["source"]), (&json!(1), &json!("compline")));
    assert_eq!(one["data"]["address"], "aws_s3_bucket.logs");
    let message = one["message"].as_str().unwrap();
    assert!(message.contains("public-read") && message.contains("NIST "), "{message}");
}

#[tokio::test]
async fn an_editor_that_pulls_is_sent_none() {
    let mut client = Client::start(&[], pulls()).await;
    assert_eq!(client.capabilities["diagnosticProvider"]["workspaceDiagnostics"], true);
    client.open(URI, "terraform", PUBLIC).await;
    assert!(codes(&client.pull(URI).await).contains(&PUBLIC_RULE.to_owned()));
    client.ask("shutdown", Value::Null).await;
    assert!(
        client.seen.iter().all(|one| one["method"] != "textDocument/publishDiagnostics"),
        "{:?}",
        client.seen
    );
}

#[tokio::test]
async fn a_second_pull_says_unchanged_until_something_changes() {
    let mut client = Client::start(&[], pulls()).await;
    client.open(URI, "terraform", PUBLIC).await;
    let pull = |previous: &Value| json!({ "textDocument": { "uri": URI }, "previousResultId": previous });
    let first = client.ask("textDocument/diagnostic", pull(&Value::Null)).await;
    let again = client.ask("textDocument/diagnostic", pull(&first["resultId"])).await;
    assert_eq!((&again["kind"], &again["resultId"]), (&json!("unchanged"), &first["resultId"]));
    client.change(URI, 2, json!([{ "text": PUBLIC.replace("public-read", "private") }])).await;
    let after = client.ask("textDocument/diagnostic", pull(&first["resultId"])).await;
    assert_eq!(after["kind"], "full");
    assert!(!codes(after["items"].as_array().unwrap()).contains(&PUBLIC_RULE.to_owned()));
}

#[tokio::test]
async fn the_workspace_is_pulled_whole_and_cleared_when_a_file_is_clean() {
    let mut client = Client::start(&[("a/main.tf", PUBLIC), ("b/main.tf", "locals {}\n")], pulls()).await;
    let all = client.ask("workspace/diagnostic", json!({ "previousResultIds": [] })).await;
    let items = all["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "{all}");
    assert_eq!(items[0]["uri"], "file:///w/a/main.tf");
    let previous = json!([{ "uri": "file:///w/a/main.tf", "value": items[0]["resultId"] }]);
    let again = client.ask("workspace/diagnostic", json!({ "previousResultIds": previous })).await;
    assert_eq!(again["items"][0]["kind"], "unchanged");
    client.open("file:///w/a/main.tf", "terraform", "locals {}\n").await;
    let after = client.ask("workspace/diagnostic", json!({ "previousResultIds": previous })).await;
    assert_eq!((&after["items"][0]["kind"], &after["items"][0]["items"]), (&json!("full"), &json!([])));
}

#[tokio::test]
async fn an_emptied_and_a_closed_buffer_lose_theirs() {
    let mut client = Client::start(&[], json!({})).await;
    client.open(URI, "terraform", PUBLIC).await;
    assert!(!client.published(URI, 1).await.is_empty());
    client.change(URI, 2, json!([{ "text": "" }])).await;
    assert!(client.published(URI, 2).await.is_empty());
    client.change(URI, 3, json!([{ "text": PUBLIC }])).await;
    assert!(!client.published(URI, 3).await.is_empty());
    client.tell("textDocument/didClose", json!({ "textDocument": { "uri": URI } })).await;
    let cleared = client.notice("textDocument/publishDiagnostics").await;
    assert_eq!((&cleared["uri"], &cleared["diagnostics"]), (&json!(URI), &json!([])));
}

#[tokio::test]
async fn columns_count_what_was_agreed() {
    // The emoji is four bytes, two sixteen-bit units, one character.
    let text = PUBLIC.replace("  acl    = ", "  acl /*😀*/ = ");
    for (offered, column) in [("utf-8", 17), ("utf-16", 15), ("utf-32", 14)] {
        let params = json!({ "capabilities": { "general": { "positionEncodings": [offered] } } });
        let mut client = Client::start(&[], params).await;
        assert_eq!(client.capabilities["positionEncoding"], offered);
        client.open(URI, "terraform", &text).await;
        let found = client.published(URI, 1).await;
        let one = found.iter().find(|one| one["code"] == PUBLIC_RULE).unwrap();
        assert_eq!(one["range"]["start"], json!({ "line": 2, "character": column }), "{offered}");
    }
}

#[tokio::test]
async fn a_broken_block_hides_no_other() {
    let mut client = Client::start(&[], json!({})).await;
    let text = format!("resource \"aws_instance\" \"half\" {{\n  ami = \n\n{PUBLIC}");
    client.open(URI, "terraform", &text).await;
    assert!(codes(&client.published(URI, 1).await).contains(&PUBLIC_RULE.to_owned()));
}

#[tokio::test]
async fn a_line_that_is_being_typed_is_not_complained_about() {
    let mut client = Client::start(&[], json!({})).await;
    client.open(URI, "terraform", &format!("{PUBLIC}\nlocals {{\n}}\n")).await;
    client.published(URI, 1).await;
    let at = json!({ "line": 5, "character": 8 });
    client.change(URI, 2, json!([{ "range": { "start": at, "end": at }, "text": "\n  a = " }])).await;
    let typing = client.published(URI, 2).await;
    assert!(typing.iter().all(|one| !one["code"].is_null()), "{typing:?}");
    assert!(codes(&typing).contains(&PUBLIC_RULE.to_owned()));
}

#[tokio::test]
async fn settings_say_how_much_is_shown() {
    let mut client = Client::start(&[], json!({})).await;
    client.open(URI, "terraform", PUBLIC).await;
    let all = client.published(URI, 1).await;
    let settings = json!({ "settings": { "compline": { "threshold": "critical", "unknowns": false } } });
    client.tell("workspace/didChangeConfiguration", settings).await;
    let fewer = client.published(URI, 1).await;
    assert!(fewer.len() < all.len() && !codes(&fewer).contains(&PUBLIC_RULE.to_owned()), "{fewer:?}");
}

#[tokio::test]
async fn a_waiver_that_waives_nothing_says_so() {
    let mut client = Client::start(&[], json!({})).await;
    let waived = PUBLIC.replace(
        "{\n",
        &format!("{{\n  # compline: waive {PUBLIC_RULE} reason=\"a website\" until=2099-12-31 by=web\n"),
    );
    client.open(URI, "terraform", &waived).await;
    assert!(!codes(&client.published(URI, 1).await).contains(&PUBLIC_RULE.to_owned()));
    client.change(URI, 2, json!([{ "text": waived.replace("public-read", "private") }])).await;
    let found = client.published(URI, 2).await;
    assert!(
        found.iter().any(|one| one["message"].as_str().unwrap().starts_with("this waiver waives nothing"))
    );
}

#[tokio::test]
async fn cloudformation_is_judged_as_well() {
    let uri = "file:///w/template.yaml";
    let text = "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  Logs:\n    Type: AWS::S3::Bucket\n    Properties:\n      AccessControl: PublicRead\n";
    let mut client = Client::start(&[], json!({})).await;
    client.open(uri, "yaml", text).await;
    let found = client.published(uri, 1).await;
    let one = found.iter().find(|one| one["code"] == PUBLIC_RULE).unwrap();
    assert_eq!(one["range"]["start"], json!({ "line": 5, "character": 21 }));
}
