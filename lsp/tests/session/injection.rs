//! Texts of others in what an editor shows: hovers, messages, titles, names. They are text there and nothing else.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use serde_json::{Value, json};

use crate::client::Client;

const FILE: &str = "file:///w/main.tf";

const PAYLOADS: [&str; 8] = [
    "![t](https://e.example/t.png)",
    "`![t](https://e.example/t.png) @octocat `",
    "[x](command:ran?1) <img src=https://e.example/x> https://e.example",
    "a\n\n# h\n- [ ] x\r\n***",
    "\u{1b}[2J\u{9b}2J\u{7f}\u{202e}\u{2066}\u{200b}\u{e0041}\u{2028}",
    "| a |\n|---|\n",
    "```\n**b** @octocat #123",
    "&lt;&amp; ~~s~~ _i_ $x$ :tada:",
];

/// A payload as a string of Terraform's language and of YAML.
fn quoted(text: &str) -> String {
    let plain = |c: char| matches!(c, ' '..='~') || u32::from(c) > 0xffff;
    let escape = |c: char| if plain(c) { c.to_string() } else { format!("\\u{:04x}", u32::from(c)) };
    json!(text).to_string().chars().map(escape).collect::<String>().replace("${", "$${")
}

fn files(payload: &str) -> Vec<(String, String)> {
    let p = quoted(payload);
    let code = format!(
        "resource \"aws_db_instance\" {p} {{\n  publicly_accessible = {p}\n  engine = {p}\n  storage_encrypted = false\n}}\n\
         resource \"aws_s3_bucket\" \"b\" {{\n  for_each = {{ {p} = {p} }}\n  acl = \"public-read\" # {}\n}}\n\
         module \"m\" {{\n  source = {p}\n}}\n# compline: waive aws-x reason={p} until=2099-01-01 by={p}\n",
        payload.replace(['\n', '\r'], " ")
    );
    let page = format!(
        "---\nid: aws-hostile-one\ntitle: {p}\nseverity: high\nobjectives: [database-not-public]\n\
         aliases: {{ checkov: [{p}] }}\nsources: [{p}]\ncheck:\n  aws_db_instance: {{ engine: {{ in: [{p}x], absent: pass }} }}\n---\n{payload}\n"
    );
    let page = page.replace(&format!("{p}x"), &quoted(&format!("{payload}x")));
    let framework = format!(
        "id: ours-1\ntitle: {p}\nshort: {p}\nversion: {p}\npublisher: {p}\npublished: \"2026-01-01\"\nlicence: {p}\nsource: {p}\n\
         groups:\n  - id: g\n    title: {p}\n    controls:\n      - id: \"1.1\"\n        title: {p}\n        summary: {p}\n        \
         shown: auto-iac\n        wants: {{ fully: [database-not-public, storage-not-public] }}\n"
    );
    let waivers = format!(
        "waivers:\n  - rule: aws-rds-storage-unencrypted\n    address: \"*\"\n    reason: {p}\n    until: \"2099-01-01\"\n    by: {p}\n"
    );
    [
        ("main.tf", code),
        ("rules/one.md", page),
        (".compline/frameworks/ours-1.yaml", framework),
        ("compline.waivers.yaml", waivers),
        ("compline.yaml", "rules: rules\nframeworks: [ours-1]\n".to_owned()),
    ]
    .map(|(path, text)| (path.to_owned(), text))
    .into()
}

fn unseen(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c), 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xfeff | 0xe0000..=0xe0fff)
}

/// A text of one line, or of lines that we broke.
#[track_caller]
fn plain(text: &str) {
    assert!(!text.chars().any(|c| unseen(c) && c != '\n'), "{text:?}");
    assert!(!text.lines().any(|line| ["# h", "- [ ]", "***", "|---|"].contains(&line.trim())), "{text:?}");
}

#[track_caller]
fn markdown(text: &str) {
    assert!(!text.chars().any(|c| unseen(c) && c != '\n'), "{text:?}");
    let mut code = false;
    for event in Parser::new_ext(text, Options::all()) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => code = true,
            Event::End(TagEnd::CodeBlock) => code = false,
            Event::Text(inside) if !code => {
                let chars: Vec<char> = inside.chars().collect();
                let linked = chars.windows(2).any(|two| matches!(two, ['@' | '#', c] if c.is_alphanumeric()));
                assert!(
                    !linked && !inside.contains("://") && !inside.contains(":tada"),
                    "{inside:?} of {text:?}"
                );
            }
            Event::Start(Tag::Link { dest_url, .. }) => panic!("a link to {dest_url}: {text:?}"),
            Event::Start(
                Tag::Paragraph
                | Tag::Heading { .. }
                | Tag::Item
                | Tag::List(_)
                | Tag::BlockQuote(_)
                | Tag::Strong,
            )
            | Event::Text(_)
            | Event::End(_)
            | Event::Code(_)
            | Event::SoftBreak
            | Event::HardBreak
            | Event::Rule => {}
            other => panic!("{other:?}: {text:?}"),
        }
    }
}

fn each<'v>(value: &'v Value, key: &str, out: &mut Vec<&'v str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| each(item, key, out)),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_str().filter(|_| name == key) {
                    Some(text) => out.push(text),
                    None => each(value, key, out),
                }
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn no_text_of_others_is_more_than_text_in_an_editor() {
    let mut seen = [0; 5];
    for payload in PAYLOADS {
        let files = files(payload);
        let given: Vec<(&str, &str)> =
            files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let mut client = Client::start(
            &given,
            json!({ "capabilities": { "textDocument": { "diagnostic": {},
            "documentSymbol": { "hierarchicalDocumentSymbolSupport": true } } } }),
        )
        .await;
        let text = given[0].1;
        client.open(FILE, "terraform", text).await;
        let diagnostics = client.pull(FILE).await;
        assert!(diagnostics.len() > 3, "{diagnostics:#?}");
        let mut messages = Vec::new();
        diagnostics.iter().for_each(|one| each(one, "message", &mut messages));
        messages.iter().for_each(|text| plain(text));
        seen[0] += messages.len();
        let document = json!({ "uri": FILE });
        for (line, written) in text.lines().enumerate() {
            for character in [2, written.encode_utf16().count().saturating_sub(2)] {
                let position = json!({ "line": line, "character": character });
                let asked = json!({ "textDocument": document, "position": position });
                let hover = client.ask("textDocument/hover", asked).await;
                if let Some(text) = hover["contents"]["value"].as_str() {
                    markdown(text);
                    seen[1] += 1;
                }
            }
            let end = json!({ "line": line, "character": written.encode_utf16().count() });
            let range = json!({ "start": { "line": line, "character": 0 }, "end": end });
            let asked = json!({ "textDocument": document, "range": range, "context": { "diagnostics": [] } });
            let actions = client.ask("textDocument/codeAction", asked).await;
            let mut titles = Vec::new();
            each(&actions, "title", &mut titles);
            each(&actions, "label", &mut titles);
            titles.iter().for_each(|text| plain(text));
            seen[2] += titles.len();
        }
        let symbols = client.ask("textDocument/documentSymbol", json!({ "textDocument": document })).await;
        let mut names = Vec::new();
        each(&symbols, "name", &mut names);
        names.iter().for_each(|text| plain(text));
        seen[3] += names.len();
        let asked = json!({ "command": "compline.explain", "arguments": ["aws-hostile-one"] });
        let page = client.ask("workspace/executeCommand", asked).await;
        markdown(page.as_str().unwrap());
        client
            .change(FILE, 2, json!([{ "range": { "start": { "line": 0, "character": 0 }, "end": { "line": 0, "character": 0 } },
                "text": "# compline: waive aws-hos\n" }]))
            .await;
        let asked = json!({ "textDocument": document, "position": { "line": 0, "character": 25 } });
        let proposals = client.ask("textDocument/completion", asked).await;
        for proposal in proposals.as_array().unwrap() {
            plain(proposal["label"].as_str().unwrap());
            plain(proposal["detail"].as_str().unwrap());
            markdown(proposal["documentation"]["value"].as_str().unwrap());
            seen[4] += 1;
        }
    }
    assert!(seen.iter().all(|count| *count >= PAYLOADS.len()), "{seen:?}");
}
