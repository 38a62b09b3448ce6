//! A folder is opened as check opens it: its repository's configuration and waivers hold, and what is wrong with them
//! is shown and takes nothing away.

use serde_json::{Value, json};

use crate::client::{Client, codes};
use crate::{PUBLIC, PUBLIC_RULE};

const URI: &str = "file:///w/main.tf";
const WAIVERS: &str = "file:///w/compline.waivers.yaml";

fn waiver(address: &str) -> String {
    format!(
        "waivers:\n  - rule: {PUBLIC_RULE}\n    address: {address}\n    reason: a website\n    until: 2099-12-31\n    by: web\n"
    )
}

fn messages(diagnostics: &[Value]) -> Vec<(u64, &str)> {
    let of = |one: &'_ Value| one["range"]["start"]["line"].as_u64().unwrap();
    diagnostics.iter().map(|one| (of(one), one["message"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn a_broken_waiver_file_is_shown_and_the_verdicts_stay() {
    let broken = "waivers:\n  - rule: x\n    reason: y\n    until: 2099-12-31\n    by: z\n";
    let files = [("main.tf", PUBLIC), ("compline.waivers.yaml", broken)];
    let mut client = Client::start(&files, json!({})).await;
    client.open(URI, "terraform", PUBLIC).await;
    assert!(codes(&client.published(URI, 1).await).contains(&PUBLIC_RULE.to_owned()));
    let shown = client.notice("window/showMessage").await;
    assert!(shown["message"].as_str().unwrap().starts_with("compline.waivers.yaml:2: say what is waived"));
    client.open(WAIVERS, "yaml", broken).await;
    let found = client.published(WAIVERS, 1).await;
    let found = messages(&found);
    assert!(found.len() == 1 && found[0].0 == 1 && found[0].1.starts_with("say what is waived"), "{found:?}");
    let right = waiver("aws_s3_bucket.logs");
    client.change(WAIVERS, 2, json!([{ "text": right }])).await;
    assert!(client.published(WAIVERS, 2).await.is_empty());
    assert!(!codes(&client.published(URI, 1).await).contains(&PUBLIC_RULE.to_owned()));
}

#[tokio::test]
async fn a_waiver_of_the_file_that_waives_nothing_is_told_at_its_line() {
    let text = waiver("aws_s3_bucket.gone");
    let files = [("main.tf", PUBLIC), ("compline.waivers.yaml", text.as_str())];
    let mut client = Client::start(&files, json!({})).await;
    client.open(WAIVERS, "yaml", &text).await;
    let found = client.published(WAIVERS, 1).await;
    let expected = "this waiver waives nothing: no verdict of this rule fails there";
    assert_eq!(messages(&found), [(1, expected)]);
}

#[tokio::test]
async fn a_folder_of_a_repository_is_judged_by_the_repository() {
    let text = waiver("module.site.aws_s3_bucket.logs");
    let files = [
        (".git/HEAD", ""),
        ("compline.waivers.yaml", text.as_str()),
        ("modules/site/main.tf", PUBLIC),
        ("infra/main.tf", "module \"site\" {\n  source = \"../modules/site\"\n}\n"),
        ("infra/other.tf", PUBLIC),
    ];
    let folder = json!([{ "uri": "file:///w/infra", "name": "infra" }]);
    let params =
        json!({ "workspaceFolders": folder, "capabilities": { "textDocument": { "diagnostic": {} } } });
    let mut client = Client::start(&files, params).await;
    let all = client.ask("workspace/diagnostic", json!({ "previousResultIds": [] })).await;
    let found: Vec<(&str, bool)> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let items = one["items"].as_array().unwrap();
            (one["uri"].as_str().unwrap(), codes(items).contains(&PUBLIC_RULE.to_owned()))
        })
        .collect();
    // The module beside the folder is read, and what of it is waived in the repository's file is waived here.
    assert!(found.contains(&("file:///w/infra/other.tf", true)), "{found:?}");
    assert!(found.contains(&("file:///w/modules/site/main.tf", false)), "{found:?}");
}

#[tokio::test]
async fn a_file_that_the_configuration_leaves_out_is_not_read_because_it_changed() {
    let files = [("main.tf", "locals {}\n"), ("compline.yaml", "exclude: ['**/test/**']\n")];
    let params = json!({ "capabilities": { "textDocument": { "diagnostic": {} } } });
    let mut client = Client::start(&files, params).await;
    client.ask("workspace/diagnostic", json!({ "previousResultIds": [] })).await;
    for path in ["test/main.tf", "new/main.tf"] {
        client.write(path, PUBLIC);
        let changes = json!([{ "uri": format!("file:///w/{path}"), "type": 1 }]);
        client.tell("workspace/didChangeWatchedFiles", json!({ "changes": changes })).await;
    }
    let all = client.ask("workspace/diagnostic", json!({ "previousResultIds": [] })).await;
    let uris: Vec<&Value> = all["items"].as_array().unwrap().iter().map(|one| &one["uri"]).collect();
    assert_eq!(uris, ["file:///w/new/main.tf"]);
}
