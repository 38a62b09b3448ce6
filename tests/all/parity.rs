//! The command line and the editor say the same: `compline check` and the server over the same trees, compared to the
//! verdict, gap, problem and unused waiver.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use compline_tests::{compline, root};
use serde_json::{Value, json};

use crate::run::Folder;
use crate::server::{Server, uri};

/// Trees by name, each a folder of its own below one that no repository holds.
struct Trees {
    folder: Folder,
    names: Vec<String>,
}

impl Trees {
    fn none() -> Self {
        Self { folder: Folder::new(&[]), names: Vec::new() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    fn copy(&mut self, from: &Path) {
        let name = from.strip_prefix(root()).unwrap().to_string_lossy().replace('/', "_");
        copy(from, &self.folder.path().join(&name));
        self.names.push(name);
    }

    fn write(&mut self, name: &str, files: &[(&str, &str)]) {
        for (path, text) in files {
            self.folder.write(&format!("{name}/{path}"), text.as_bytes());
        }
        self.names.push(name.to_owned());
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => {
                std::fs::copy(entry.path(), target).unwrap();
            }
        }
    }
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// Every example, and every case of `tests/cases`.
fn examples_and_cases() -> Trees {
    let cases = root().join("tests/cases");
    let (detection, hardness) = (cases.join("detection"), cases.join("hardness"));
    let trust = hardness.join("12-trust-of-repo");
    let mut paths = folders(&root().join("examples"));
    for parent in [&cases, &detection, &hardness, &trust] {
        paths.extend(
            folders(parent).into_iter().filter(|path| ![&detection, &hardness, &trust].contains(&path)),
        );
    }
    let mut trees = Trees::none();
    for path in paths {
        trees.copy(&path);
    }
    trees
}

const BUCKET: &str =
    "resource \"aws_s3_bucket\" \"logs\" {\n  bucket = \"logs\"\n  acl    = \"public-read\"\n}\n";
const STATE: &str = r#"{ "version": 4, "terraform_version": "1.9.0", "resources": [{ "mode": "managed",
  "type": "aws_ebs_volume", "name": "v", "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
  "instances": [{ "attributes": { "encrypted": false, "size": 1 } }] }] }"#;

/// Trees in which the two ways once differed, or could.
fn made() -> Trees {
    let mut trees = Trees::none();
    trees.write("state", &[("main.tf", BUCKET), ("prod.tfstate.json", STATE)]);
    let commented = format!(
        "# compline: waive aws-s3-public-read-acl reason=\"a site\" until=2099-12-31 by=web\n{BUCKET}\n\
         # compline: waive aws-s3-versioning-disabled reason=\"late\" until=2020-01-01 by=web\n\
         # compline: waive no-such-rule reason=\"x\" until=2099-12-31 by=web\n# compline: waive aws-s3-no-mfa-delete reason=\"x\"\nlocals {{\n  a = 1\n}}\n"
    );
    let waivers = "waivers:\n  - rule: aws-s3-public-read-acl\n    address: aws_s3_bucket.gone\n    reason: gone\n    until: 2099-12-31\n    by: web\n  \
                   - rule: aws-s3-versioning-disabled\n    file: other/*.tf\n    reason: over\n    until: 2020-01-01\n    by: web\n  \
                   - rule: aws-s3-access-logging-disabled\n    address: aws_s3_bucket.*\n    reason: fine\n    until: 2099-12-31\n    by: web\n";
    trees.write(
        "waivers",
        &[
            ("main.tf", &commented),
            ("other/main.tf", BUCKET),
            ("again/main.tf", &commented),
            ("compline.waivers.yaml", waivers),
        ],
    );
    let skipped = BUCKET.replace("{\n", "{\n  #checkov:skip=CKV_AWS_20:a site\n");
    trees.write(
        "configured",
        &[
            ("compline.yaml", "honor: [checkov]\nexclude: ['**/test/**']\nrules: pages\n"),
            ("main.tf", &skipped),
            ("test/main.tf", BUCKET),
            ("pages/README.md", "# Ours\n"),
            (".gitignore", "gen/\n"),
            ("gen/main.tf", BUCKET),
            ("terraform.tfvars", "a = 1\n"),
        ],
    );
    trees.write("torn", &[("main.tf", "resource \"aws_s3_bucket\" \"a\" {\n  acl = [\n"), ("b.tf", BUCKET)]);
    trees.write(
        "gap",
        &[("main.tf", &format!("module \"far\" {{\n  source = \"../../outside\"\n}}\nmodule \"m\" {{\n  source = \"acme/m/aws\"\n}}\n{BUCKET}"))],
    );
    // The folder of a repository: its root is above.
    let module = "module \"site\" {\n  source = \"../modules/site\"\n}\n";
    trees.write("repository/infra", &[("main.tf", module), ("own.tf", BUCKET)]);
    for (path, text) in [
        ("repository/.git/HEAD", ""),
        ("repository/modules/site/main.tf", BUCKET),
        ("repository/compline.yaml", "honor: [checkov]\n"),
        ("repository/compline.waivers.yaml", waivers),
        ("repository/elsewhere/main.tf", BUCKET),
    ] {
        trees.folder.write(path, text.as_bytes());
    }
    #[cfg(unix)]
    {
        trees.write("links", &[("main.tf", BUCKET), ("deep/x.tf", BUCKET)]);
        let links = trees.path("links");
        for (target, at) in [("self.tf", "self.tf"), ("..", "deep/up"), ("deep", "twin"), ("/etc", "far")] {
            std::os::unix::fs::symlink(target, links.join(at)).unwrap();
        }
    }
    trees
}

/// What is compared, each list in one order.
struct Said {
    verdicts: Vec<String>,
    gaps: Vec<String>,
    problems: Vec<String>,
    unused_waivers: Vec<String>,
    /// Files, resources, resources with a verdict.
    counts: [u64; 3],
}

const VERDICT: [&str; 15] = [
    "rule",
    "outcome",
    "address",
    "kind",
    "severity",
    "root",
    "locus",
    "observed",
    "expected",
    "message",
    "fingerprint",
    "folded_under",
    "assumption",
    "path",
    "related",
];

fn sorted(list: &Value, form: impl Fn(&Value) -> Value) -> Vec<String> {
    let mut out: Vec<String> = list.as_array().unwrap().iter().map(|one| form(one).to_string()).collect();
    out.sort();
    out
}

fn picked(value: &Value, keys: &[&str]) -> serde_json::Map<String, Value> {
    keys.iter().map(|key| ((*key).to_owned(), value.get(*key).cloned().unwrap_or(Value::Null))).collect()
}

/// A verdict of either side; why, the waiver's place and the fix are said in two forms.
fn verdict(one: &Value, why: &Value, waived_at: &Value, fix: &Value) -> Value {
    let mut picked = picked(one, &VERDICT);
    picked.insert("why".to_owned(), why.clone());
    picked.insert("waived_at".to_owned(), waived_at.clone());
    picked.insert("fix".to_owned(), fix.clone());
    Value::Object(picked)
}

fn gap(one: &Value) -> Value {
    Value::Object(picked(one, &["what", "why", "locus"]))
}

fn counts(coverage: &Value) -> [u64; 3] {
    ["files", "resources", "judged"].map(|key| coverage[key].as_u64().unwrap())
}

fn problem(one: &Value) -> Value {
    Value::Object(picked(one, &["gravity", "file", "message", "locus"]))
}

/// `compline check` of paths below a folder, as somebody who stands there runs it.
fn check(folder: &Path, paths: &[&str]) -> Said {
    let output = Command::new(compline())
        .args(["check", "--format", "json"])
        .args(paths)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let checked: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{folder:?}: {error}: {}", String::from_utf8_lossy(&output.stderr)));
    let coverage = &checked["coverage"];
    // A folder without code is a mistake of who checks it; an editor opens such folders every day.
    let mut problems = checked["problems"].as_array().unwrap().clone();
    problems
        .retain(|one| !one["message"].as_str().unwrap().starts_with("no infrastructure as code was read"));
    let unused = |one: &Value| json!({ "place": one["place"], "rule": one["rule"], "why": one["why"] });
    Said {
        verdicts: sorted(&checked["verdicts"], |one| {
            verdict(one, &one["why"]["text"], &one["waiver"]["place"], &one["fix"]["title"])
        }),
        gaps: sorted(&coverage["gaps"], gap),
        problems: sorted(&Value::from(problems), problem),
        unused_waivers: sorted(&checked["unused_waivers"], unused),
        counts: counts(coverage),
    }
}

/// What the server says of a folder.
fn served(state: &Value, folder: &Path) -> Said {
    let folders = state["folders"].as_array().unwrap();
    let found = folders.iter().find(|one| one["uri"] == uri(folder).as_str());
    let found = found.unwrap_or_else(|| panic!("{folder:?} is not served"));
    Said {
        verdicts: sorted(&found["verdicts"], |one| verdict(one, &one["why"], &one["waived_at"], &one["fix"])),
        gaps: sorted(&found["gaps"], gap),
        problems: sorted(&found["problems"], problem),
        unused_waivers: sorted(&found["unused_waivers"], Value::clone),
        counts: counts(found),
    }
}

#[track_caller]
fn same(what: &str, check: &Said, served: &Said) {
    let lists = [
        ("verdicts", &check.verdicts, &served.verdicts),
        ("gaps", &check.gaps, &served.gaps),
        ("problems", &check.problems, &served.problems),
        ("unused waivers", &check.unused_waivers, &served.unused_waivers),
    ];
    for (name, ours, theirs) in lists {
        let only = |a: &[String], b: &[String]| -> Vec<String> {
            a.iter().filter(|one| !b.contains(one)).take(3).cloned().collect()
        };
        let (checked, edited) = (only(ours, theirs), only(theirs, ours));
        assert!(
            checked.is_empty() && edited.is_empty() && ours.len() == theirs.len(),
            "{what}: {name} differ\nonly check says: {checked:#?}\nonly the editor says: {edited:#?}"
        );
    }
}

/// The files of a tree that the server can be told of, a few of them.
fn some_files(tree: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut queue = vec![tree.to_owned()];
    while let Some(folder) = queue.pop() {
        let mut entries: Vec<PathBuf> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.starts_with('.') || path.is_symlink() || ["test", "gen", "node_modules"].contains(&&*name)
            {
                continue;
            }
            if path.is_dir() {
                queue.push(path);
            } else if [".tf", ".yaml", ".json"].iter().any(|ending| name.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    found.truncate(3);
    found
}

fn compare(trees: &Trees) {
    let paths: Vec<PathBuf> = trees.names.iter().map(|name| trees.path(name)).collect();
    let all: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
    let mut server = Server::start(&all);
    let first = server.state();
    let checked: Vec<Said> = paths.iter().map(|path| check(path, &[])).collect();
    let judged: usize = checked.iter().map(|said| said.verdicts.len()).sum();
    assert!(judged > 20, "{judged} verdicts prove nothing");
    for ((name, path), said) in trees.names.iter().zip(&paths).zip(&checked) {
        let served = served(&first, path);
        same(name, said, &served);
        assert_eq!(said.counts, served.counts, "{name}");
    }
    // After edits that were taken back, and after buffers were closed, nothing else is said.
    let files: Vec<(PathBuf, String)> = paths
        .iter()
        .flat_map(|path| some_files(path))
        .filter_map(|path| Some((path.clone(), std::fs::read_to_string(&path).ok()?)))
        .collect();
    let half = |text: &str| text.chars().take(text.chars().count() / 2).collect::<String>();
    for (path, text) in &files {
        server.open(path, &half(text));
    }
    let torn = server.state();
    for (path, text) in &files {
        server.change(path, 2, text);
    }
    let restored = server.state();
    // What was not saved is gone with the buffer.
    for (path, text) in &files {
        server.change(path, 3, &half(text));
    }
    assert_eq!(server.state(), torn, "the same texts are judged as they were");
    for (path, _) in &files {
        server.close(path);
    }
    let closed = server.state();
    assert_ne!(first, torn, "the edits changed nothing, so they prove nothing");
    for ((name, path), said) in trees.names.iter().zip(&paths).zip(&checked) {
        same(&format!("{name}, after edits"), said, &served(&restored, path));
        let closed = served(&closed, path);
        same(&format!("{name}, after closing"), said, &closed);
        assert_eq!(said.counts, closed.counts, "{name}, after closing");
    }
}

#[test]
fn check_and_the_editor_agree_on_every_example_and_case() {
    compare(&examples_and_cases());
}

#[test]
fn check_and_the_editor_agree_where_they_once_differed() {
    let trees = made();
    compare(&trees);
    // The trees are what they are meant to be.
    let of = |name: &str| check(&trees.path(name), &[]);
    let waivers = of("waivers");
    assert!(waivers.unused_waivers.len() >= 5, "{:#?}", waivers.unused_waivers);
    assert!(waivers.unused_waivers.iter().any(|one| one.contains("compline.waivers.yaml:2")));
    assert!(of("state").verdicts.iter().all(|one| !one.contains("aws_ebs_volume")));
    assert!(!of("gap").gaps.is_empty() && !of("torn").problems.is_empty());
    assert!(of("repository/infra").verdicts.iter().any(|one| one.contains("modules/site/main.tf")));
    assert!(!cfg!(unix) || !of("links").problems.is_empty());
}

#[test]
fn a_single_file_is_judged_as_check_judges_it() {
    let mut trees = made();
    trees.copy(&root().join("tests/cases/19-single-file"));
    trees.copy(&root().join("examples/shop"));
    for (tree, file) in [
        ("tests_cases_19-single-file", "main.tf"),
        ("examples_shop", "storage.tf"),
        ("state", "prod.tfstate.json"),
        ("waivers", "main.tf"),
        ("configured", "test/main.tf"),
        ("repository/infra", "own.tf"),
    ] {
        let path = trees.path(tree).join(file);
        let folder = path.parent().unwrap();
        let mut server = Server::start(&[]);
        server.open(&path, &std::fs::read_to_string(&path).unwrap());
        let said = check(folder, &[path.file_name().unwrap().to_str().unwrap()]);
        assert!(!said.verdicts.is_empty(), "{tree}/{file}");
        same(&format!("{tree}/{file}"), &said, &served(&server.state(), folder));
    }
}
