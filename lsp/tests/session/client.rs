//! A tiny editor: the other end of an in-process pipe, speaking the real protocol.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use compline_lsp::Clock;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream, ReadHalf, WriteHalf};

/// Longest wait for anything; reached only when a test fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// What tests call the folder of their files, which lies somewhere else each time.
const FOLDER: &str = "file:///w";

/// A day that never ends.
struct Fixed;

impl Clock for Fixed {
    fn today(&self) -> String {
        "2026-11-21".to_owned()
    }
}

/// The editor's end.
pub struct Client {
    folder: TempDir,
    input: BufReader<ReadHalf<DuplexStream>>,
    output: WriteHalf<DuplexStream>,
    next: i64,
    /// What came while something else was waited for.
    pub seen: VecDeque<Value>,
    /// Answers to questions of the server, by method.
    pub answers: BTreeMap<&'static str, Value>,
    pub capabilities: Value,
}

impl Client {
    /// Starts a server over these files and greets it. `params` overrides what `initialize` says.
    pub async fn start(files: &[(&str, &str)], params: Value) -> Self {
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        let (input, output) = tokio::io::split(theirs);
        tokio::spawn(async move { compline_lsp::serve(Arc::new(Fixed), "0.0.0", input, output).await });
        let (input, output) = tokio::io::split(ours);
        let mut client = Self {
            folder: tempfile::tempdir().unwrap(),
            input: BufReader::new(input),
            output,
            next: 0,
            seen: VecDeque::new(),
            answers: BTreeMap::new(),
            capabilities: Value::Null,
        };
        let mut all = json!({
            "processId": null,
            "capabilities": {},
            "workspaceFolders": [{ "uri": FOLDER, "name": "w" }],
        });
        for (path, text) in files {
            client.write(path, text);
        }
        merge(&mut all, params);
        let greeted = client.ask("initialize", all).await;
        client.capabilities = greeted["capabilities"].clone();
        client.tell("initialized", json!({})).await;
        client
    }

    /// Puts a file into the folder.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    fn root_uri(&self) -> String {
        format!("file://{}", self.root().display())
    }

    pub async fn tell(&mut self, method: &str, params: Value) {
        self.send(json!({ "jsonrpc": "2.0", "method": method, "params": params })).await;
    }

    /// Sends a question without waiting for the answer.
    pub async fn begin(&mut self, method: &str, params: Value) -> i64 {
        self.next += 1;
        let id = self.next;
        self.send(json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })).await;
        id
    }

    pub async fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.begin(method, params).await;
        let answer = self.answer(id).await;
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    /// The whole answer to a question, error or not.
    pub async fn answer(&mut self, id: i64) -> Value {
        self.wait(|message| message.get("method").is_none() && message["id"] == id).await
    }

    /// The next notification of this method.
    pub async fn notice(&mut self, method: &str) -> Value {
        let method = method.to_owned();
        self.wait(move |message| message["method"] == method).await["params"].clone()
    }

    /// The diagnostics that are sent for a version of a file.
    pub async fn published(&mut self, uri: &str, version: i32) -> Vec<Value> {
        loop {
            let params = self.notice("textDocument/publishDiagnostics").await;
            if params["uri"] == uri && params["version"] == version {
                return params["diagnostics"].as_array().unwrap().clone();
            }
        }
    }

    pub async fn open(&mut self, uri: &str, language: &str, text: &str) {
        let document = json!({ "uri": uri, "languageId": language, "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document })).await;
    }

    pub async fn change(&mut self, uri: &str, version: i32, changes: Value) {
        let document = json!({ "uri": uri, "version": version });
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }))
            .await;
    }

    pub async fn pull(&mut self, uri: &str) -> Vec<Value> {
        let report = self.ask("textDocument/diagnostic", json!({ "textDocument": { "uri": uri } })).await;
        report["items"].as_array().unwrap().clone()
    }

    async fn wait(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.seen.iter().position(&wanted) {
            return self.seen.remove(at).unwrap();
        }
        loop {
            let message = tokio::time::timeout(PATIENCE, self.receive()).await.expect("the server answers");
            if wanted(&message) {
                return message;
            }
            // Questions of the server are answered at once.
            if let (Some(method), Some(id)) = (message["method"].as_str(), message.get("id")) {
                let result = self.answers.get(method).cloned().unwrap_or(Value::Null);
                let id = id.clone();
                self.send(json!({ "jsonrpc": "2.0", "id": id, "result": result })).await;
            }
            self.seen.push_back(message);
        }
    }

    async fn send(&mut self, message: Value) {
        let body = message.to_string().replace(FOLDER, &self.root_uri());
        let frame = format!("Content-Length: {}\r\n\r\n{body}", body.len());
        self.output.write_all(frame.as_bytes()).await.unwrap();
    }

    async fn receive(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(self.input.read_line(&mut line).await.unwrap() > 0, "the server has gone");
            match line.trim() {
                "" => break,
                line => {
                    if let Some(number) = line.strip_prefix("Content-Length: ") {
                        length = number.parse().unwrap();
                    }
                }
            }
        }
        let mut body = vec![0; length];
        self.input.read_exact(&mut body).await.unwrap();
        let body = String::from_utf8(body).unwrap().replace(&self.root_uri(), FOLDER);
        serde_json::from_str(&body).unwrap()
    }
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

/// The codes of diagnostics, sorted.
pub fn codes(diagnostics: &[Value]) -> Vec<String> {
    let mut codes: Vec<String> =
        diagnostics.iter().filter_map(|one| Some(one["code"].as_str()?.to_owned())).collect();
    codes.sort();
    codes
}

/// A text after edits of one file, with columns in sixteen-bit units.
pub fn apply(text: &str, edits: &[Value]) -> String {
    let at = |position: &Value| {
        let (line, column) =
            (position["line"].as_u64().unwrap() as usize, position["character"].as_u64().unwrap());
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        let mut left = column as usize;
        let mut offset = start;
        for c in text[start..].chars() {
            if left == 0 {
                break;
            }
            left -= c.len_utf16();
            offset += c.len_utf8();
        }
        offset
    };
    let mut spans: Vec<(usize, usize, &str)> = edits
        .iter()
        .map(|edit| {
            (at(&edit["range"]["start"]), at(&edit["range"]["end"]), edit["newText"].as_str().unwrap())
        })
        .collect();
    spans.sort();
    let mut out = text.to_owned();
    for (start, end, new) in spans.into_iter().rev() {
        out.replace_range(start..end, new);
    }
    out
}
