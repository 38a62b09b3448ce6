//! Keystroke to diagnostics through the real server on stdio.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use compline_tests::compline;
use serde_json::{Value, json};

struct Client {
    child: Child,
    reader: BufReader<std::process::ChildStdout>,
}

impl Client {
    fn send(&mut self, message: &Value) {
        let text = json!({ "jsonrpc": "2.0" }).as_object().map(|base| {
            let mut all = base.clone();
            all.extend(message.as_object().cloned().unwrap_or_default());
            Value::Object(all).to_string()
        });
        let text = text.unwrap_or_default();
        let input = self.child.stdin.as_mut().expect("the server reads");
        write!(input, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("the server reads");
        input.flush().expect("the server reads");
    }

    fn receive(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(self.reader.read_line(&mut line).expect("the server answers") > 0, "the server stopped");
            match line.trim().strip_prefix("Content-Length: ") {
                Some(number) => length = number.parse().expect("a length"),
                None if line.trim().is_empty() => break,
                None => {}
            }
        }
        let mut bytes = vec![0; length];
        self.reader.read_exact(&mut bytes).expect("the server answers");
        serde_json::from_slice(&bytes).expect("JSON")
    }

    /// Waits for the diagnostics of a document at this version; answers what the server asks meanwhile.
    fn diagnostics(&mut self, uri: &str, version: i64) -> usize {
        loop {
            let message = self.receive();
            if message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["uri"] == uri
                && message["params"]["version"].as_i64().is_none_or(|found| found >= version)
            {
                return message["params"]["diagnostics"].as_array().map_or(0, Vec::len);
            }
            if message.get("method").is_some() && message.get("id").is_some() {
                self.send(&json!({ "id": message["id"], "result": null }));
            }
        }
    }
}

pub fn run(folder: &Path) {
    large_file(&folder.join("workspace"));
    busy_module(&folder.join("modules"));
}

/// A 1,000-line file in a root of 200 files.
fn large_file(root: &Path) {
    for index in 0..199 {
        write(&root.join(format!("f{index}.tf")), &super::reading::file(index));
    }
    let mut text = String::new();
    for index in 0..100 {
        text.push_str(&format!(
            "resource \"aws_ebs_volume\" \"v{index}\" {{\n  availability_zone = \"eu-west-1a\"\n  size              = {index}\n  encrypted         = {}\n\n  tags = {{\n    Name = \"volume-{index}\"\n  }}\n}}\n\n",
            index % 10 != 0
        ));
    }
    // In the middle of the file, in a value: the size of a volume.
    let what = format!("{} lines in 200 files", text.lines().count());
    keystrokes(&what, root, &root.join("big.tf"), &text, (502, 22));
}

/// A module of ten resources that a root calls a hundred times.
fn busy_module(root: &Path) {
    let calls = (0..100).map(|index| {
        format!("module \"team_{index}\" {{\n  source = \"./module\"\n  name   = \"team-{index}\"\n}}\n\n")
    });
    write(&root.join("main.tf"), &calls.collect::<String>());
    let mut text = String::from("variable \"name\" {\n  type = string\n}\n\n");
    for index in 0..5 {
        text.push_str(&format!(
            "resource \"aws_ebs_volume\" \"v{index}\" {{\n  availability_zone = \"eu-west-1a\"\n  size              = {index}\n  encrypted         = {}\n\n  tags = {{\n    Name = \"${{var.name}}-{index}\"\n  }}\n}}\n\n\
             resource \"aws_s3_bucket\" \"b{index}\" {{\n  bucket = \"${{var.name}}-{index}\"\n}}\n\n",
            index != 0
        ));
    }
    let what = "a module of 10 resources called 100 times";
    keystrokes(what, root, &root.join("module/main.tf"), &text, (6, 22));
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("room");
    std::fs::write(path, text).expect("room");
}

/// Types and deletes a digit at this place (from 0), 300 times, and waits for the diagnostics each time.
fn keystrokes(what: &str, root: &Path, path: &Path, text: &str, (line, character): (u32, u32)) {
    write(path, text);
    let uri = format!("file://{}", path.display());
    let mut child = Command::new(compline())
        .arg("lsp")
        .current_dir(root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the server starts");
    let reader = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut client = Client { child, reader };
    let root_uri = format!("file://{}", root.display());
    client.send(&json!({ "id": 1, "method": "initialize", "params": {
        "processId": null, "rootUri": root_uri, "workspaceFolders": [{ "uri": root_uri, "name": "bench" }],
        "capabilities": { "textDocument": { "publishDiagnostics": { "versionSupport": true } } } } }));
    while client.receive()["id"] != 1 {}
    client.send(&json!({ "method": "initialized", "params": {} }));
    client.send(&json!({ "method": "textDocument/didOpen", "params": { "textDocument": {
        "uri": uri, "languageId": "terraform", "version": 1, "text": text } } }));
    let mut seen = client.diagnostics(&uri, 1);
    let mut times = Vec::new();
    for version in 2..302_i64 {
        let (end, new) = if version % 2 == 0 { (character, "1") } else { (character + 1, "") };
        let start = Instant::now();
        client.send(&json!({ "method": "textDocument/didChange", "params": {
            "textDocument": { "uri": uri, "version": version },
            "contentChanges": [{ "range": { "start": { "line": line, "character": character },
                "end": { "line": line, "character": end } }, "text": new }] } }));
        seen = client.diagnostics(&uri, version);
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!(
        "keystroke to diagnostics, {what} ({seen} diagnostics): median {:.1} ms, p99 {:.1} ms",
        at(0.5),
        at(0.99)
    );
    let status = std::fs::read_to_string(format!("/proc/{}/status", client.child.id())).unwrap_or_default();
    match status.lines().find_map(|line| line.strip_prefix("VmRSS:")) {
        Some(size) => {
            let kib: f64 = size.trim().trim_end_matches(" kB").parse().unwrap_or_default();
            println!("  resident memory of the server on it: {:.0} MiB", kib / 1024.0);
        }
        None => println!("  resident memory: this system does not tell"),
    }
    client.send(&json!({ "id": 2, "method": "shutdown" }));
    client.send(&json!({ "method": "exit" }));
    let _ = client.child.kill();
    let _ = client.child.wait();
}
