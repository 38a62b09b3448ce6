//! Keystroke to diagnostics through the real server on stdio: a 1,000-line file in a workspace of 200 files.

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
    let root = folder.join("workspace");
    for index in 0..199 {
        let path = root.join(format!("f{index}.tf"));
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("room");
        std::fs::write(path, super::reading::file(index)).expect("room");
    }
    let mut text = String::new();
    for index in 0..100 {
        text.push_str(&format!(
            "resource \"aws_ebs_volume\" \"v{index}\" {{\n  availability_zone = \"eu-west-1a\"\n  size              = {index}\n  encrypted         = {}\n\n  tags = {{\n    Name = \"volume-{index}\"\n  }}\n}}\n\n",
            index % 10 != 0
        ));
    }
    let path = root.join("big.tf");
    std::fs::write(&path, &text).expect("room");
    let uri = format!("file://{}", path.display());

    let mut child = Command::new(compline())
        .arg("lsp")
        .current_dir(&root)
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
        // A keystroke in the middle of the file, in a value: the size of a volume.
        let (from, to, new) = if version % 2 == 0 { (22, 22, "1") } else { (22, 23, "") };
        let start = Instant::now();
        client.send(&json!({ "method": "textDocument/didChange", "params": {
            "textDocument": { "uri": uri, "version": version },
            "contentChanges": [{ "range": { "start": { "line": 502, "character": from }, "end": { "line": 502, "character": to } }, "text": new }] } }));
        seen = client.diagnostics(&uri, version);
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!(
        "keystroke to diagnostics, {} lines in 200 files ({seen} diagnostics): median {:.1} ms, p99 {:.1} ms",
        text.lines().count(),
        at(0.5),
        at(0.99)
    );
    let status = std::fs::read_to_string(format!("/proc/{}/status", client.child.id())).unwrap_or_default();
    match status.lines().find_map(|line| line.strip_prefix("VmRSS:")) {
        Some(size) => {
            let kib: f64 = size.trim().trim_end_matches(" kB").parse().unwrap_or_default();
            println!("resident memory of the server on it: {:.0} MiB", kib / 1024.0);
        }
        None => println!("resident memory: this system does not tell"),
    }
    client.send(&json!({ "id": 2, "method": "shutdown" }));
    client.send(&json!({ "method": "exit" }));
    let _ = client.child.kill();
    let _ = client.child.wait();
}
