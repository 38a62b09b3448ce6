//! Edits arrive in order, whatever else goes on.

use serde_json::{Value, json};

use crate::client::{Client, codes};
use crate::{PUBLIC, PUBLIC_RULE};

const URI: &str = "file:///w/main.tf";

#[tokio::test]
async fn a_burst_of_keystrokes_stays_in_order() {
    let mut client = Client::start(&[], json!({})).await;
    client.open(URI, "terraform", "").await;
    // Each keystroke goes where the one before it ended: out of order the text would be another.
    let (mut line, mut column) = (0, 0);
    let mut version = 1;
    for c in format!("# Everything a burst can hold: 😀.\n\n{PUBLIC}").chars() {
        version += 1;
        let at = json!({ "line": line, "character": column });
        client
            .change(URI, version, json!([{ "range": { "start": at, "end": at }, "text": c.to_string() }]))
            .await;
        (line, column) = if c == '\n' { (line + 1, 0) } else { (line, column + c.len_utf16()) };
    }
    assert!(version > 100);
    let found = client.published(URI, version).await;
    let one = found.iter().find(|one| one["code"] == PUBLIC_RULE).unwrap();
    assert_eq!(one["range"]["start"], json!({ "line": 4, "character": 11 }));
    assert!(client.seen.iter().all(|one| one["method"] != "window/logMessage"), "{:?}", client.seen);
}

#[tokio::test]
async fn a_question_sees_the_edits_sent_before_it() {
    let mut client =
        Client::start(&[], json!({ "capabilities": { "textDocument": { "diagnostic": {} } } })).await;
    client.open(URI, "terraform", PUBLIC).await;
    for version in 2..40 {
        let text =
            if version % 2 == 0 { PUBLIC.replace("public-read", "private") } else { PUBLIC.to_owned() };
        client.change(URI, version, json!([{ "text": text }])).await;
        let fails = codes(&client.pull(URI).await).contains(&PUBLIC_RULE.to_owned());
        assert_eq!(fails, version % 2 == 1, "version {version}");
    }
}

#[tokio::test]
async fn an_edit_out_of_step_is_dropped_with_all_that_was_said_of_it() {
    let mut client = Client::start(&[], json!({})).await;
    client.open(URI, "terraform", PUBLIC).await;
    assert!(!client.published(URI, 1).await.is_empty());
    client.change(URI, 1, json!([{ "text": "locals {}\n" }])).await;
    let said = client.notice("window/logMessage").await;
    assert!(said["message"].as_str().unwrap().contains("lost step"), "{said}");
    let cleared = client.notice("textDocument/publishDiagnostics").await;
    assert_eq!(cleared["diagnostics"], json!([]));
    client.open(URI, "terraform", PUBLIC).await;
    assert!(!client.published(URI, 1).await.is_empty());
}

#[test]
fn a_cancelled_question_is_answered_as_cancelled() {
    // One thread reads and judges, and it is held: no answer can be quicker than the cancellation.
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(1).build().unwrap();
    runtime.block_on(async {
        let (release, held) = std::sync::mpsc::channel::<()>();
        let reader = tokio::task::spawn_blocking(move || held.recv());
        let mut client = Client::start(&[], json!({})).await;
        client.open(URI, "terraform", PUBLIC).await;
        let at = json!({ "textDocument": { "uri": URI }, "position": { "line": 2, "character": 12 } });
        let cancelled = client.begin("textDocument/hover", at.clone()).await;
        client.tell("$/cancelRequest", json!({ "id": cancelled })).await;
        let answer = client.answer(cancelled).await;
        assert_eq!(answer["error"]["code"], -32800, "{answer}");
        drop(release);
        assert!(reader.await.unwrap().is_err(), "the thread is free");
        // The next question is answered, and nothing more is said of the first.
        assert!(client.ask("textDocument/hover", at).await.is_object());
        assert!(client.seen.iter().all(|one| one["id"] != cancelled), "{:?}", client.seen);
    });
}

#[tokio::test]
async fn the_server_ends_when_it_is_told_to() {
    let mut client = Client::start(&[], json!({})).await;
    assert_eq!(client.ask("shutdown", Value::Null).await, Value::Null);
    client.tell("exit", Value::Null).await;
}
