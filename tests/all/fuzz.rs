//! Every reader over what it was not made for: small files of our own (`tests/corpus`), changed at random. No reader may
//! panic or take long. The toolchain is a stable one, so nothing measures which code was reached; what is changed is
//! therefore near to what the readers know.
//!
//! `cargo test` tries a few changes, always the same ones. For longer, in other ways each time:
//! `COMPLINE_FUZZ_SECONDS=600 cargo test --workspace --test all -- every_reader`, with `COMPLINE_FUZZ_ONLY=plan,yaml` for
//! some of the readers and `COMPLINE_FUZZ_SEED` to do the same again.

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use compline_frameworks::feedback::Mappings;
use compline_frameworks::oscal::{self, Fault, ImportOptions, SourceFile, SourceFiles};
use compline_iac::{Gravity, MemorySources, Options, Workspace};
use compline_project::{Config, DocumentIndex, ModelChoice, Policy, git, imports, record};
use compline_rules::{RuleSet, judge, page, table, waiver};
use compline_tests::{compline, root};

use crate::run::Folder;

/// How long one reading may take: these are small files, and the tests are not optimized.
const LONGEST: Duration = Duration::from_secs(30);
/// Changes of each reader where no time is asked for, and the seed from which they follow.
const FEW: usize = 40;
const SEED: u64 = 0x5eed;

/// A reader: its name is that of its folder in the corpus. It says whether it found what it looks for.
type Reader = (&'static str, fn(&Folder, &[u8]) -> bool);

const READERS: &[Reader] = &[
    ("terraform", |_, bytes| judged("main.tf", bytes)),
    ("tfvars", |_, bytes| judged("terraform.tfvars", bytes)),
    ("modules", |_, bytes| judged(".terraform/modules/modules.json", bytes)),
    ("terraform-json", |_, bytes| judged("main.tf.json", bytes)),
    ("plan", |_, bytes| judged("x.tfplan.json", bytes)),
    ("state", |_, bytes| judged("terraform.tfstate", bytes)),
    ("cloudformation", |_, bytes| judged("template.yaml", bytes)),
    ("cloudformation-json", |_, bytes| judged("template.json", bytes)),
    ("arm", |_, bytes| judged("azuredeploy.json", bytes)),
    ("kubernetes", |_, bytes| judged("manifest.yaml", bytes)),
    ("results", |_, bytes| {
        compline_index::external::read(bytes).is_ok_and(|results| !results.findings.is_empty())
    }),
    ("config", |_, bytes| {
        Config::parse(Path::new("compline.yaml"), &text(bytes)).is_ok_and(|read| read.1.is_empty())
    }),
    ("waivers", |_, bytes| waiver::file("compline.waivers.yaml", &text(bytes)).is_ok()),
    ("mappings", |_, bytes| Mappings::read(&text(bytes)).is_ok()),
    ("page", |_, bytes| page_of(&text(bytes))),
    ("table", |_, bytes| tables(&text(bytes))),
    ("framework", |_, bytes| imports::checked(&text(bytes)).is_ok()),
    ("oscal", |_, bytes| oscal_of(bytes)),
    ("policy", policy),
    ("ledger", ledger),
    ("index", index),
    ("git", repository),
    ("server", server),
];

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn rules() -> &'static RuleSet {
    static RULES: OnceLock<RuleSet> = OnceLock::new();
    RULES.get_or_init(RuleSet::builtin)
}

/// Reads a file beside a small module and judges what comes of it.
fn judged(name: &str, bytes: &[u8]) -> bool {
    judged_by(name, &text(bytes), rules())
}

/// Whether all of it was read, and something was judged.
fn judged_by(name: &str, text: &str, rules: &RuleSet) -> bool {
    let beside = [
        (
            "main.tf",
            "variable \"x\" {}\nmodule \"m\" { source = \"./m\" }\nresource \"aws_s3_bucket\" \"b\" { bucket = var.x }\n",
        ),
        ("m/main.tf", "resource \"aws_db_instance\" \"d\" { publicly_accessible = true }\n"),
    ];
    let files: Vec<(&str, &str)> =
        beside.into_iter().filter(|(path, _)| *path != name).chain([(name, text)]).collect();
    let sources = MemorySources::of(files.iter().copied());
    let mut workspace = Workspace::new(Options::default());
    workspace.read(&sources, &files.iter().map(|(path, _)| (*path).to_owned()).collect::<Vec<_>>());
    let snapshot = workspace.snapshot(&sources);
    let judged: Vec<usize> =
        snapshot.inventories.iter().map(|inventory| judge(inventory, rules, &snapshot).len()).collect();
    snapshot.problems.iter().all(|problem| problem.gravity != Gravity::Loss)
        && judged.iter().sum::<usize>() > 0
}

fn page_of(text: &str) -> bool {
    let Ok(page) = page::parse(text) else { return false };
    let mut rules = rules().only(|_| false);
    rules.add(page.rule);
    let judged: Vec<bool> =
        page.examples.iter().map(|example| judged_by(example.file, &example.text, &rules)).collect();
    judged.iter().all(|read| *read)
}

/// A text is one of the tables.
fn tables(text: &str) -> bool {
    let mut is_one = false;
    for name in table::TABLES {
        let mut rules = rules().only(|info| info.id.starts_with("aws-s3"));
        if rules.add_table(name, text).is_ok() {
            is_one = true;
            judged_by(
                "main.tf",
                "resource \"aws_s3_bucket\" \"b\" {}\nresource \"aws_thing\" \"t\" {}\n",
                &rules,
            );
        }
    }
    is_one
}

/// Nothing lies beside the file.
struct Alone;

impl SourceFiles for Alone {
    fn follow(&mut self, _: &str, _: &[String]) -> Result<Option<SourceFile>, Fault> {
        Ok(None)
    }
}

fn oscal_of(bytes: &[u8]) -> bool {
    ["x.json", "x.yaml"].into_iter().any(|name| {
        let given = vec![SourceFile { name: name.to_owned(), bytes: bytes.to_vec() }];
        let read = oscal::import(given, &mut Alone, &ImportOptions::default(), &[], &[]);
        // A profile or a definition asks for the file that is not beside it.
        read.is_ok_and(|_| true) || bytes.windows(12).any(|part| part == b"catalog.json")
    })
}

fn policy(folder: &Folder, bytes: &[u8]) -> bool {
    folder.write("policy.yaml", bytes);
    let real = folder.path().canonicalize().unwrap();
    Policy::read(&real.join("policy.yaml"), &real.join("w")).is_ok()
}

fn ledger(folder: &Folder, bytes: &[u8]) -> bool {
    folder.write("w/.compline/ledger.jsonl", bytes);
    let ledger = record::below(&folder.path().join("w"));
    let verified = ledger.verify(None).is_ok();
    ledger.read().is_ok() && ledger.head().is_ok() && verified
}

/// What the manifest names is not there, so that it is an error at best.
fn index(folder: &Folder, bytes: &[u8]) -> bool {
    folder.write("w/.compline/index/manifest.json", bytes);
    let model = ModelChoice::default();
    let opened = DocumentIndex::open(&folder.path().join("w"), &model).is_err();
    DocumentIndex::anew(&folder.path().join("w"), &model).is_ok_and(|(_, paths)| !paths.is_empty()) && opened
}

/// The first byte says which file of the repository the rest takes the place of.
fn repository(folder: &Folder, bytes: &[u8]) -> bool {
    let Some((which, bytes)) = bytes.split_first() else { return false };
    let place = folder.path().join("git");
    if !place.is_dir() {
        for (name, held) in made_by_git() {
            folder.write(&format!("git/{name}"), held);
        }
    }
    let files = made_by_git();
    let Some((name, held)) = files.get(usize::from(*which) % files.len().max(1)) else { return false };
    folder.write(&format!("git/{name}"), bytes);
    let found = git::checkout(&place, &[], &[("main.tf", b"# x\n")]);
    let tracked = git::tracked(&place);
    folder.write(&format!("git/{name}"), held);
    matches!(found, git::Checkout::At(commit) if commit.author.is_some()) && tracked.is_some()
}

/// A small repository with a pack and a loose object, as git makes it; nothing where there is no git.
fn made_by_git() -> &'static [(String, Vec<u8>)] {
    static MADE: OnceLock<Vec<(String, Vec<u8>)>> = OnceLock::new();
    MADE.get_or_init(|| {
        let folder = Folder::new(&[("main.tf", "# x\n")]);
        let run = |words: &[&str]| {
            let mut command = Command::new("git");
            command.args(["-c", "user.name=Jo", "-c", "user.email=jo@example.org"]).args(words);
            command.current_dir(folder.path()).output().is_ok_and(|ran| ran.status.success())
        };
        let mut files = Vec::new();
        let made = run(&["init", "-q"])
            && (0..4).all(|number| {
                folder.write("main.tf", format!("# {}\n", "x".repeat(200 + number)).as_bytes());
                run(&["add", "-A"]) && run(&["commit", "-qm", "x"])
            })
            && run(&["gc", "-q"])
            && run(&["commit", "-q", "--allow-empty", "-m", "y"]);
        if made {
            collect(folder.path(), folder.path(), &mut files);
        }
        files.retain(|(name, _)| {
            let kept = ["HEAD", "packed-refs", "refs/", "objects/"];
            name.strip_prefix(".git/").is_some_and(|name| kept.iter().any(|start| name.starts_with(start)))
        });
        files
    })
}

fn collect(root: &Path, at: &Path, out: &mut Vec<(String, Vec<u8>)>) {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(at).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(root, &path, out);
        } else {
            out.push((path.strip_prefix(root).unwrap().display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
}

/// What an editor would say. The server must end by itself when nobody speaks any more.
fn server(folder: &Folder, bytes: &[u8]) -> bool {
    folder.write("w/main.tf", b"resource \"aws_db_instance\" \"d\" { publicly_accessible = true }\n");
    let told = text(bytes).replace("ROOT", &folder.path().join("w").display().to_string());
    // Whoever writes a session by hand does not count.
    let told: Vec<u8> = match bytes.starts_with(b"Content-Length") {
        true => told.into_bytes(),
        false => told
            .lines()
            .flat_map(|line| format!("Content-Length: {}\r\n\r\n{line}", line.len()).into_bytes())
            .collect(),
    };
    let mut child = Command::new(compline())
        .arg("lsp")
        .env_clear()
        .env("HOME", folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    // It may have ended before it heard everything.
    let speaks = std::thread::spawn(move || drop(input.write_all(&told)));
    let ran = child.wait_with_output().unwrap();
    speaks.join().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.code().is_some() && !said.contains("panicked"), "{}: {said}", ran.status);
    // One that was told to end may answer nothing but that.
    ran.stdout.windows(9).any(|part| part == b"\"jsonrpc\"")
}

/// Numbers that follow from a seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % most.max(1) as u64).unwrap()
    }
}

/// What readers take for more than text.
const PIECES: &[&str] = &[
    "",
    "\n",
    "\r\n",
    "\u{feff}",
    "\0",
    "\u{202e}",
    "\\u0000",
    "\\ud800",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "\"",
    "'",
    "`",
    ":",
    ",",
    "=",
    "#",
    "//",
    "/*",
    "*/",
    "-",
    "--- \n",
    "...\n",
    "&a ",
    "*a",
    "<<: *a\n",
    "!!binary ",
    "!Sub ",
    "? ",
    "| ",
    ">-\n",
    "%YAML 9.9\n",
    "${",
    "%{",
    "~}",
    "<<-EOT\n",
    "$${",
    "[*]",
    "[\"x\"]",
    "...",
    "null",
    "true",
    "1e999",
    "-9223372036854775809",
    "18446744073709551616",
    "0x",
    "{\"Ref\":\"x\"}",
    "Fn::Sub",
    "Fn::ForEach::L",
    "[[",
    "]]",
    "[parameters('x')]",
    "[concat(",
    "count = 1000000\n",
    "for_each = var.x\n",
    "dynamic \"x\" {\n",
    "../",
    "/dev/zero",
    "sensitive",
    "2026-02-31",
    "9999-99-99",
    "*",
    "?",
    "\t",
    "\u{1b}[31m",
    "((((((((((",
    "[[[[[[[[[[[[",
    "{{{{{{{{{{{{",
];

/// One of the files with a few changes, near to where the readers look.
fn changed(files: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut out = files[random.below(files.len())].clone();
    for _ in 0..=random.below(6) {
        let at = random.below(out.len() + 1);
        let to = (at + random.below(24)).min(out.len());
        match random.below(9) {
            0 => drop(out.drain(at..to)),
            1 => drop(out.splice(at..at, PIECES[random.below(PIECES.len())].bytes())),
            2 => drop(out.splice(at..to, PIECES[random.below(PIECES.len())].bytes())),
            3 if at < out.len() => out[at] ^= 1 << random.below(8),
            4 => {
                // A stretch again and again.
                let stretch = out[at..to].repeat(1 + random.below(64));
                drop(out.splice(at..at, stretch));
            }
            5 => {
                // A stretch of another file of the kind.
                let other = &files[random.below(files.len())];
                let from = random.below(other.len() + 1);
                let end = (from + random.below(200)).min(other.len());
                drop(out.splice(at..at, other[from..end].iter().copied()));
            }
            6 => out.truncate(at),
            7 => {
                // A line to another place.
                let start = out[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |place| place + 1);
                let end = out[at..]
                    .iter()
                    .position(|byte| *byte == b'\n')
                    .map_or(out.len(), |place| at + place + 1);
                let line: Vec<u8> = out.drain(start..end).collect();
                let there = random.below(out.len() + 1);
                drop(out.splice(there..there, line));
            }
            _ => drop(
                out.splice(at..at, PIECES[random.below(PIECES.len())].repeat(1 + random.below(200)).bytes()),
            ),
        }
        out.truncate(1 << 16);
    }
    out
}

fn corpus(name: &str) -> Vec<Vec<u8>> {
    if name == "git" {
        let numbered = made_by_git().iter().enumerate();
        return numbered
            .map(|(number, (_, held))| [&[u8::try_from(number).unwrap_or(0)][..], held.as_slice()].concat())
            .collect();
    }
    let mut files = Vec::new();
    let folder = root().join("tests/corpus").join(name);
    collect(&folder, &folder, &mut files);
    files.into_iter().map(|(_, bytes)| bytes).collect()
}

/// Reads once; what is wrong is said with a file that does it again.
fn tried((name, read): Reader, folder: &Folder, bytes: &[u8], seed: u64) -> Option<String> {
    let begun = Instant::now();
    let ended = catch_unwind(AssertUnwindSafe(|| read(folder, bytes)));
    let took = begun.elapsed();
    let fault = match ended {
        Err(_) => "panics".to_owned(),
        Ok(_) if took > LONGEST => format!("takes {} s", took.as_secs()),
        Ok(_) => return None,
    };
    let kept = std::env::temp_dir().join(format!("compline-fuzz-{name}-{seed:x}-{}", bytes.len()));
    std::fs::write(&kept, bytes).unwrap();
    Some(format!("`{name}` {fault} over {} (seed {seed:#x})", kept.display()))
}

#[test]
fn every_reader_survives_what_it_was_not_made_for() {
    // As much as the program's first thread has.
    let run = std::thread::Builder::new().stack_size(8 << 20).spawn(survive).unwrap();
    if let Err(fault) = run.join() {
        std::panic::resume_unwind(fault);
    }
}

#[allow(clippy::print_stderr)] // How far a long run has come.
fn survive() {
    let word = |name: &str| std::env::var(name).ok();
    let time = word("COMPLINE_FUZZ_SECONDS").map(|seconds| Duration::from_secs(seconds.parse().unwrap()));
    let now = || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
    let seed = match (word("COMPLINE_FUZZ_SEED"), time) {
        (Some(seed), _) => u64::from_str_radix(seed.trim_start_matches("0x"), 16).unwrap(),
        (None, Some(_)) => u64::try_from(now() % u128::from(u64::MAX)).unwrap() | 1,
        (None, None) => SEED,
    };
    let only = word("COMPLINE_FUZZ_ONLY");
    let mut faults = Vec::new();
    for reader in READERS.iter().copied() {
        let (name, _) = reader;
        if only.as_ref().is_some_and(|only| !only.split(',').any(|one| one == name)) {
            continue;
        }
        let files = corpus(name);
        if files.is_empty() {
            assert!(name == "git", "`{name}` has no corpus");
            eprintln!("git is not installed: nothing was tried");
            continue;
        }
        let folder = Folder::new(&[("w/none", "")]);
        let mut random = Random(seed);
        let begun = Instant::now();
        // A process for each.
        let few = if name == "server" { FEW / 8 } else { FEW };
        let mut done = 0;
        faults.extend(files.iter().filter_map(|bytes| tried(reader, &folder, bytes, seed)));
        while match time {
            Some(time) => begun.elapsed() < time,
            None => done < few,
        } {
            let bytes = changed(&files, &mut random);
            faults.extend(tried(reader, &folder, &bytes, seed));
            done += 1;
        }
        if time.is_some() {
            eprintln!(
                "{name}: {done} readings in {} s, {} faults so far",
                begun.elapsed().as_secs(),
                faults.len()
            );
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What is changed is what the readers read: each file of the corpus is understood as it stands.
#[test]
fn the_corpus_is_what_the_readers_look_for() {
    let folder = Folder::new(&[("w/none", "")]);
    for (name, read) in READERS {
        for (number, bytes) in corpus(name).iter().enumerate() {
            assert!(read(&folder, bytes), "`{name}`, file {number}: {}", String::from_utf8_lossy(bytes));
        }
    }
}

/// A reader that panics is found, and what is changed is neither always the same nor far from what it was.
#[test]
fn the_harness_finds_a_reader_that_panics() {
    let folder = Folder::new(&[]);
    let files = vec![b"{ \"key\": [1, 2, 3] }\n".to_vec(), b"key = \"value\"\n".to_vec()];
    let mut random = Random(SEED);
    let changes: std::collections::BTreeSet<Vec<u8>> =
        (0..200).map(|_| changed(&files, &mut random)).collect();
    assert!(changes.len() > 150, "{}", changes.len());
    assert!(changes.iter().filter(|bytes| bytes.windows(3).any(|part| part == b"key")).count() > 100);
    let fault = tried(
        ("none", |_, bytes| {
            assert!(bytes.len() < 3);
            true
        }),
        &folder,
        b"four",
        SEED,
    )
    .unwrap();
    assert!(fault.starts_with("`none` panics over "), "{fault}");
    let path = fault.split_whitespace().nth(3).unwrap();
    assert_eq!(std::fs::read(path).unwrap(), b"four");
    std::fs::remove_file(path).unwrap();
    assert!(tried(("none", |_, _| true), &folder, b"four", SEED).is_none());
}
