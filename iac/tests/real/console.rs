//! The real Terraform's console as the suites use it: many expressions at once.
#![allow(clippy::disallowed_methods)] // Terraform is a process of its own.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value as Json;

/// What Terraform makes of an expression.
#[derive(Debug)]
pub enum Theirs {
    Known(Json),
    Unknown,
    Refused,
}

/// The values of all expressions, read beside `files` and after `head`.
pub fn evaluate(suite: &str, files: &[(&str, &str)], head: &str, expressions: &[String]) -> Vec<Theirs> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(suite);
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(&directory).unwrap();
    for (path, text) in files {
        let path = directory.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let mut config = format!("{head}locals {{\n  all = [\n");
    for expression in expressions {
        writeln!(config, "    try(base64encode(nonsensitive(jsonencode([\n{expression}\n]))), \"refused\"),")
            .unwrap();
    }
    config.push_str("  ]\n}\n");
    std::fs::write(directory.join("main.tf"), config).unwrap();
    let mut console = Command::new("terraform")
        .args(["console", "-no-color", &format!("-state=../{suite}.tfstate")])
        .current_dir(&directory)
        .env("CHECKPOINT_DISABLE", "1")
        .env("TF_CLI_CONFIG_FILE", "/dev/null")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("`terraform` is installed");
    std::io::Write::write_all(&mut console.stdin.take().unwrap(), b"local.all\n").unwrap();
    let output = console.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}{text}", String::from_utf8_lossy(&output.stderr));
    let all: Vec<Theirs> =
        text.lines().filter_map(|line| line.trim().strip_suffix(',')).map(theirs).collect();
    assert_eq!(all.len(), expressions.len());
    all
}

/// One element of the tuple that the console prints.
fn theirs(line: &str) -> Theirs {
    let encoded = match line {
        "\"refused\"" => return Theirs::Refused,
        "(known after apply)" => return Theirs::Unknown,
        text => text.trim_matches('"'),
    };
    let decoded =
        base64::Engine::decode(&base64::engine::general_purpose::STANDARD, encoded).expect("base64");
    // A number beyond doubles stays text, and so equals nothing.
    let value = serde_json::from_slice::<Vec<Json>>(&decoded).map(|mut one| one.pop().expect("one value"));
    Theirs::Known(value.unwrap_or_else(|_| Json::from(String::from_utf8_lossy(&decoded))))
}
