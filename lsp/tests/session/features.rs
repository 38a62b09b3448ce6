//! Hover, actions, symbols, completion.

use serde_json::{Value, json};

use crate::client::{Client, apply, codes};
use crate::{PUBLIC, PUBLIC_RULE};

const URI: &str = "file:///w/main.tf";

fn at(line: u32, character: u32) -> Value {
    json!({ "line": line, "character": character })
}

async fn actions(client: &mut Client, line: u32, character: u32, only: Value) -> Vec<Value> {
    let range = json!({ "start": at(line, character), "end": at(line, character) });
    let context = json!({ "diagnostics": [], "only": only });
    let params = json!({ "textDocument": { "uri": URI }, "range": range, "context": context });
    client.ask("textDocument/codeAction", params).await.as_array().unwrap().clone()
}

#[tokio::test]
async fn hover_says_why_what_and_which_control() {
    let mut client = Client::start(&[], json!({})).await;
    client.open(URI, "terraform", PUBLIC).await;
    let on = |line, character| json!({ "textDocument": { "uri": URI }, "position": at(line, character) });
    let value = client.ask("textDocument/hover", on(2, 15)).await;
    let text = value["contents"]["value"].as_str().unwrap();
    for said in [PUBLIC_RULE, "observed: `public-read`", "expected: `", "**NIST ", "severity high"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let header = client.ask("textDocument/hover", on(0, 14)).await;
    let text = header["contents"]["value"].as_str().unwrap();
    assert!(text.contains("failed") && text.contains("(`aws-s3-"), "{header}");
    assert_eq!(client.ask("textDocument/hover", on(1, 3)).await, Value::Null);
}

#[tokio::test]
async fn a_quick_fix_applies_and_the_diagnostic_vanishes() {
    let mut client = Client::start(&[], json!({})).await;
    client.open(URI, "terraform", PUBLIC).await;
    client.published(URI, 1).await;
    let offered = actions(&mut client, 2, 15, json!(["quickfix"])).await;
    let fix = offered.iter().find(|one| one["edit"]["changes"][URI][0]["newText"] == "\"private\"");
    let fix = fix.unwrap_or_else(|| panic!("{offered:#?}"));
    let text = apply(PUBLIC, fix["edit"]["changes"][URI].as_array().unwrap());
    assert_eq!(text, PUBLIC.replace("public-read", "private"));
    client.change(URI, 2, json!([{ "text": text }])).await;
    assert!(!codes(&client.published(URI, 2).await).contains(&PUBLIC_RULE.to_owned()));
}

#[tokio::test]
async fn edits_are_worked_out_when_an_action_is_chosen() {
    let params = json!({ "capabilities": {
        "textDocument": { "codeAction": { "dataSupport": true, "honorsChangeAnnotations": true,
            "resolveSupport": { "properties": ["edit"] } } },
        "workspace": { "workspaceEdit": { "documentChanges": true, "changeAnnotationSupport": {} } } } });
    let mut client = Client::start(&[], params).await;
    client.open(URI, "terraform", PUBLIC).await;
    let offered = actions(&mut client, 2, 15, Value::Null).await;
    let lazy = offered.iter().find(|one| one["data"]["fingerprint"].is_string()).unwrap();
    assert_eq!(lazy["edit"], Value::Null);
    let resolved = client.ask("codeAction/resolve", lazy.clone()).await;
    let document = &resolved["edit"]["documentChanges"][0];
    assert_eq!(document["textDocument"], json!({ "uri": URI, "version": 1 }));
    // An unsafe fix asks first.
    assert_eq!(document["edits"][0]["annotationId"], "unsafe");
    assert_eq!(resolved["edit"]["changeAnnotations"]["unsafe"]["needsConfirmation"], true);
    // The text has moved on: nothing is written into it.
    client.change(URI, 2, json!([{ "text": "locals {}\n" }])).await;
    let id = client.begin("codeAction/resolve", lazy.clone()).await;
    assert_eq!(client.answer(id).await["error"]["code"], -32801);
}

#[tokio::test]
async fn a_waiver_is_written_above_the_resource_and_holds_once_it_is_filled_in() {
    let mut client = Client::start(&[], json!({})).await;
    client.open(URI, "terraform", PUBLIC).await;
    client.published(URI, 1).await;
    let offered = actions(&mut client, 2, 15, Value::Null).await;
    let waive = offered
        .iter()
        .find(|one| one["title"].as_str().unwrap().starts_with(&format!("waive `{PUBLIC_RULE}`")))
        .unwrap();
    let text = apply(PUBLIC, waive["edit"]["changes"][URI].as_array().unwrap());
    assert!(
        text.starts_with(&format!(
            "# compline: waive {PUBLIC_RULE} reason=\"\" until=2027-11-21 by=\nresource"
        ))
    );
    client.change(URI, 2, json!([{ "text": text }])).await;
    assert!(codes(&client.published(URI, 2).await).contains(&PUBLIC_RULE.to_owned()));
    let filled = text.replace("reason=\"\"", "reason=\"a website\"").replace("by=", "by=web");
    client.change(URI, 3, json!([{ "text": filled }])).await;
    assert!(!codes(&client.published(URI, 3).await).contains(&PUBLIC_RULE.to_owned()));
}

#[tokio::test]
async fn all_safe_fixes_of_a_file_at_once() {
    let text = "resource \"aws_kms_key\" \"a\" {\n  enable_key_rotation = false\n}\n\nresource \"aws_kms_key\" \"b\" {\n  enable_key_rotation = false\n}\n";
    let mut client = Client::start(&[], json!({})).await;
    client.open(URI, "terraform", text).await;
    let before = codes(&client.published(URI, 1).await);
    let offered = actions(&mut client, 0, 0, json!(["source.fixAll"])).await;
    assert_eq!(offered.len(), 1, "{offered:#?}");
    assert_eq!(offered[0]["kind"], "source.fixAll.compline");
    let fixed = apply(text, offered[0]["edit"]["changes"][URI].as_array().unwrap());
    client.change(URI, 2, json!([{ "text": fixed }])).await;
    let after = codes(&client.published(URI, 2).await);
    assert!(before.len() >= 2 && after.len() + 2 <= before.len(), "{before:?} {after:?}\n{fixed}");
}

#[tokio::test]
async fn symbols_are_resources_with_their_verdicts() {
    let nested = json!({ "capabilities": { "textDocument": {
        "documentSymbol": { "hierarchicalDocumentSymbolSupport": true } } } });
    let mut client = Client::start(&[], nested).await;
    client.open(URI, "terraform", PUBLIC).await;
    let symbols = client.ask("textDocument/documentSymbol", json!({ "textDocument": { "uri": URI } })).await;
    assert_eq!(symbols[0]["name"], "aws_s3_bucket.logs");
    assert!(symbols[0]["detail"].as_str().unwrap().contains("failed"), "{symbols}");
    assert_eq!(symbols[0]["range"]["end"]["line"], 3);
}

#[tokio::test]
async fn rule_ids_complete_in_a_waiver() {
    let mut client = Client::start(&[], json!({})).await;
    let text = format!("# compline: waive aws-s3-pub\n{PUBLIC}");
    client.open(URI, "terraform", &text).await;
    let params = |character| json!({ "textDocument": { "uri": URI }, "position": at(0, character) });
    let found = client.ask("textDocument/completion", params(28)).await;
    let labels: Vec<&str> =
        found.as_array().unwrap().iter().filter_map(|one| one["label"].as_str()).collect();
    assert!(labels.contains(&PUBLIC_RULE), "{labels:?}");
    assert_eq!(found[0]["textEdit"]["range"], json!({ "start": at(0, 18), "end": at(0, 28) }));
    assert_eq!(client.ask("textDocument/completion", params(5)).await, json!([]));
}

#[tokio::test]
async fn an_unknown_rule_and_an_unknown_command_are_the_askers_mistake() {
    let mut client = Client::start(&[], json!({})).await;
    for (command, argument) in [("compline.explain", "no-such-rule"), ("compline.dance", "")] {
        let params = json!({ "command": command, "arguments": [argument] });
        let id = client.begin("workspace/executeCommand", params).await;
        assert_eq!(client.answer(id).await["error"]["code"], -32602);
    }
}
