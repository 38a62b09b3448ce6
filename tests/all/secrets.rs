//! No secret comes out: random secrets of every kind are planted at places of every dialect, and every output is
//! searched for them, for their Base64, their form in a URL, and their halves.

mod kinds;
mod places;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use compline_iac::Redaction;
use serde_json::{Value, json};

use self::kinds::Chance;
use self::places::Tree;
use crate::run::Folder;
use crate::server::{Server, uri};

#[test]
fn no_secret_comes_out() {
    search(1, 150, 150, false);
}

#[test]
#[ignore = "ten thousand secrets take minutes; by `cargo test --workspace --test all -- --ignored ten_thousand`"]
fn none_of_ten_thousand_secrets_comes_out() {
    search(2, 10_000, 400, true);
}

/// Texts that repeat what the search for secrets begins at are searched in time.
#[test]
fn no_text_is_searched_without_end() {
    for part in [
        "password=\"",
        "password=\"arn:",
        "-----BEGIN X-----",
        "<password>",
        "http://",
        " -p",
        "eyJ-",
        "x@tcp(",
        "sha256=ab ",
        "token ",
        "password=<<A\n",
        "key: |\n",
        "AKIA_",
        "\\\"password\\\":",
        "a:b@",
        "password=${",
        "name=password,value=",
    ] {
        let text = part.repeat(200_000 / part.len());
        let start = Instant::now();
        drop(Redaction::default().text(&text));
        assert!(start.elapsed() < Duration::from_secs(20), "{part}: {:?}", start.elapsed());
    }
}

/// Plants so many secrets, so many to a tree, and fails with those that come out. Pages are slow to print, and have the
/// texts of the HTML: they are looked at where `pages` says so.
fn search(seed: u64, count: usize, each: usize, pages: bool) {
    let seed = std::env::var("SECRETS_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(seed);
    let mut chance = Chance::new(seed);
    let mut planted = 0;
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    while planted < count {
        let tree = places::tree(&mut chance, each);
        planted += tree.secrets.len();
        for (output, text) in outputs(&tree, pages) {
            let text = text.replace("<wbr>", "").replace(['\u{200b}', '\u{ad}'], "");
            for (secret, place) in &tree.secrets {
                if let Some(form) = forms(secret).into_iter().find(|form| text.contains(form.as_str())) {
                    found.entry(place.clone()).or_default().push(format!("{output}: `{form}` of `{secret}`"));
                }
            }
        }
    }
    let lines: Vec<String> = found
        .iter()
        .map(|(place, outputs)| format!("{place}: {} times, as in {}", outputs.len(), outputs[0]))
        .collect();
    assert!(lines.is_empty(), "of {planted} secrets (seed {seed}):\n{}", lines.join("\n"));
}

/// A secret as it may come out: itself, encoded, and halves of at least twelve characters.
fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![secret.to_owned()];
    if secret.len() >= 8 {
        for engine in [&STANDARD, &URL_SAFE] {
            forms.push(engine.encode(secret).trim_end_matches('=').to_owned());
        }
    }
    let in_url = |byte: u8| match byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    forms.push(secret.bytes().map(in_url).collect());
    let half = secret.len().div_ceil(2).max(12);
    if secret.len() > half {
        forms.push(secret[..half].to_owned());
        forms.push(secret[secret.len() - half..].to_owned());
    }
    forms
}

/// Every output over a tree, by name.
fn outputs(tree: &Tree, pages: bool) -> Vec<(String, String)> {
    let folder = Folder::new(&[]);
    for (path, text) in &tree.files {
        folder.write(path, text.as_bytes());
    }
    let mut out = Vec::new();
    let mut run = |arguments: &[&str]| {
        let ran = folder.run(arguments);
        assert!(ran.status == 0 || ran.status == 1 || ran.status == 3, "{arguments:?}: {}", ran.err);
        out.push((arguments.join(" "), format!("{}\n{}", ran.out, ran.err)));
    };
    for format in ["human", "concise", "json", "sarif", "junit", "markdown", "github", "csv"] {
        run(&["check", "--format", format, "--show", "pass,waived", ".", "state/terraform.tfstate"]);
    }
    run(&["inventory", "--format", "json", ".", "state/terraform.tfstate"]);
    run(&["inventory", "."]);
    run(&["coverage", "."]);
    run(&["coverage", "--format", "json", "."]);
    run(&["fix", "--diff", "--unsafe", "."]);
    let formats = if pages { "html,json,csv,sarif,pdf" } else { "html,json,csv,sarif" };
    let frameworks = ["report", "-f", "hipaa-security-rule", "--format", formats, "-o", "out"];
    run(&[&frameworks[..], &[".", "state/terraform.tfstate"]].concat());
    run(&["fix", "tf", "k8s"]);
    run(&["ledger", "list"]);
    for name in ["report.html", "report.json", "report.csv", "report.sarif"] {
        out.push((name.to_owned(), String::from_utf8(folder.read(&format!("out/{name}"))).unwrap()));
    }
    if pages {
        out.extend(pdf_text(&folder.read("out/report.pdf")).map(|text| ("report.pdf".to_owned(), text)));
    }
    let ledger = std::fs::read_dir(folder.path().join(".compline")).into_iter().flatten();
    for entry in ledger.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
        let text = std::fs::read(&entry).unwrap();
        out.push((entry.display().to_string(), String::from_utf8_lossy(&text).into_owned()));
    }
    for (path, text) in &tree.files {
        folder.write(path, text.as_bytes());
    }
    out.extend(messages(&folder, tree));
    out
}

/// The text of the pages; none where the tool for it is not here.
fn pdf_text(bytes: &[u8]) -> Option<String> {
    let mut child = Command::new("pdftotext")
        .args(["-layout", "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut input = child.stdin.take()?;
    let bytes = bytes.to_vec();
    let writer = std::thread::spawn(move || input.write_all(&bytes));
    let output = child.wait_with_output().ok()?;
    writer.join().ok()?.ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What the server says of each file: its diagnostics, what it shows over each, its actions and symbols.
fn messages(folder: &Folder, tree: &Tree) -> Vec<(String, String)> {
    let root = folder.path().canonicalize().unwrap();
    let mut server = Server::start(&[&root]);
    let mut out = vec![("compline/state".to_owned(), server.state().to_string())];
    for (path, text) in &tree.files {
        let full = root.join(path);
        server.open(&full, text);
        let document = json!({ "uri": uri(&full) });
        let report = server.ask("textDocument/diagnostic", json!({ "textDocument": document }));
        let symbols = server.ask("textDocument/documentSymbol", json!({ "textDocument": document }));
        out.push((format!("diagnostics of {path}"), report.to_string()));
        out.push((format!("symbols of {path}"), symbols.to_string()));
        for one in report["items"].as_array().into_iter().flatten().take(40) {
            let at = json!({ "textDocument": document, "position": one["range"]["start"] });
            let hover: Value = server.ask("textDocument/hover", at);
            out.push((format!("hover in {path}"), hover.to_string()));
            let context = json!({ "diagnostics": [one] });
            let asked = json!({ "textDocument": document, "range": one["range"], "context": context });
            let actions: Value = server.ask("textDocument/codeAction", asked);
            out.push((format!("actions in {path}"), actions.to_string()));
        }
    }
    out
}
