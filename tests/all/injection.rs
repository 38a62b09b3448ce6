//! Hostile texts in every place that somebody else writes, through every output: none begins a line, steers a terminal,
//! turns letters round, is a command of a CI runner, markup or a formula. Each output is read by a reader of its language.

mod language;
mod payloads;
mod tree;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use compline_tests::compline;

use crate::run::Folder;
use language::Language;
use payloads::{PAYLOADS, payload};
use tree::{Fields, POLICY};

/// A repository whose fields have payloads by `choose`, and the texts that stand in it.
struct Hostile {
    folder: Folder,
    payloads: Vec<String>,
    files: Vec<String>,
    fields: usize,
    /// Whether the report is printed too, which takes its time.
    prints: bool,
}

/// Names of folders and files, as a test asks for them on the command line.
const WORK: &str = "work";

impl Hostile {
    fn new(choose: &dyn Fn(usize) -> usize, prints: bool) -> Self {
        let text = |field: usize| payload(choose(field), field);
        let mut fields = Fields { count: 0, payload: &text };
        let files = tree::files(&mut fields);
        let count = fields.count;
        let folder = Folder::new(&[]);
        for (name, text) in &files {
            let name = name.strip_prefix("../").map_or_else(|| format!("{WORK}/{name}"), str::to_owned);
            folder.write(&name, text.as_bytes());
        }
        let branch = text(count + 1).replace(['\n', '\r'], " ");
        folder.write(&format!("{WORK}/.git/HEAD"), format!("ref: refs/heads/{branch}\n").as_bytes());
        let files = files.into_iter().map(|(name, _)| name).collect();
        Self { folder, payloads: (1..=count + 40).map(text).collect(), files, fields: count, prints }
    }

    fn work(&self) -> PathBuf {
        self.folder.path().join(WORK)
    }

    /// The first file whose name has this beginning and this end.
    fn file(&self, begin: &str, end: &str) -> String {
        let found = self.files.iter().find(|name| name.starts_with(begin) && name.ends_with(end));
        found.unwrap_or_else(|| panic!("{begin}…{end}")).clone()
    }

    fn run(&self, words: &[String], environment: &[(&str, &str)]) -> (i32, Vec<u8>, Vec<u8>) {
        let output = Command::new(compline())
            .args(words.iter().map(OsString::from))
            .current_dir(self.work())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("USER", payload(1, self.fields + 30).replace('\0', ""))
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        (output.status.code().unwrap_or(-1), output.stdout, output.stderr)
    }
}

/// A command, and in what its standard output is written.
struct Asked {
    words: Vec<String>,
    language: Language,
    /// Its status, where it must be one of these.
    status: &'static [i32],
}

fn asked(words: &[&str], language: Language) -> Asked {
    Asked { words: words.iter().map(|word| (*word).to_owned()).collect(), language, status: &[0, 1, 3] }
}

fn mistake(words: &[&str]) -> Asked {
    Asked { status: &[2], ..asked(words, Language::Lines) }
}

/// Every output of every command that prints texts of others.
fn commands(hostile: &Hostile) -> Vec<Asked> {
    use Language::{Csv, Diff, Json, JsonLines, Junit, Lines, Markdown, Prose, Sarif, Workflow};
    let arguments: Vec<String> = (0..12).map(|at| payload(at * 3, hostile.fields + at)).collect();
    let word = |at: usize| arguments[at].as_str();
    let mut all = Vec::new();
    for (format, language) in [
        ("human", Lines),
        ("concise", Lines),
        ("json", Json),
        ("sarif", Sarif),
        ("junit", Junit),
        ("github", Workflow),
        ("markdown", Markdown),
        ("csv", Csv),
    ] {
        all.push(asked(
            &["check", ".", "--format", format, "--show", "pass,waived", "--policy", POLICY],
            language,
        ));
    }
    all.push(asked(&["check", ".", "--color", "always", "--show", "pass"], Lines));
    all.push(asked(
        &["check", ".", "--format", "concise", "--tf-env", "--var", &format!("none={}", word(0))],
        Lines,
    ));
    for (format, language) in [("human", Lines), ("json", Json)] {
        all.push(asked(&["coverage", ".", "--format", format], language));
        all.push(asked(&["inventory", ".", "--format", format], language));
        all.push(asked(
            &[
                "map",
                "--from",
                "results/checkov.json",
                "--from",
                "results/other.sarif",
                "--from",
                "results/trivy.json",
                "--format",
                format,
            ],
            language,
        ));
    }
    all.push(asked(&["inventory", &hostile.file("plan/", ".json")], Lines));
    all.push(asked(&["fix", "fix", "--diff", "--unsafe"], Diff));
    all.push(asked(&["fix", "fix", "--diff", "--unsafe", "--color", "always"], Diff));
    all.push(asked(&["rules", "--rules", "rules"], Prose));
    all.push(asked(&["rules", "--rules", "rules", "--format", "json"], Json));
    all.push(asked(&["rules", "--rules", "rules", "--format", "markdown"], Markdown));
    all.push(asked(&["rules", "test", "rules"], Lines));
    all.push(asked(&["rules", "test", "badrules"], Lines));
    all.push(asked(&["explain", "aws-hostile-one", "--rules", "rules"], Prose));
    all.push(asked(&["explain", "hostile-1/1.1"], Prose));
    all.push(asked(&["frameworks"], Prose));
    all.push(asked(&["frameworks", "--format", "json"], Json));
    all.push(asked(&["frameworks", "show", "hostile-1"], Prose));
    all.push(asked(&["frameworks", "show", "hostile-1", "--format", "json"], Json));
    all.push(asked(&["frameworks", "show", "official/hostile-1.json"], Prose));
    all.push(asked(&["frameworks", "test", ".compline/frameworks/hostile-1.yaml"], Prose));
    all.push(asked(&["frameworks", "test", &hostile.file("bad/n", ".yaml")], Lines));
    all.push(asked(&["index", "add", "policies", "sub"], Lines));
    all.push(asked(&["index", "list"], Lines));
    all.push(asked(&["index", "list", "--format", "json"], Json));
    all.push(asked(&["search", "buckets keep versions"], Prose));
    all.push(asked(&["search", "buckets keep versions", "--format", "json"], Json));
    all.push(asked(&["search", &format!("bucket {}", word(1))], Prose));
    all.push(asked(&["search", &format!("bucket {}", word(2)), "--format", "json"], Json));
    all.push(asked(&["map", &format!("bucket {}", word(3))], Prose));
    all.push(asked(&["map", "aws-rds-publicly-accessible", "--framework", "hostile-1"], Prose));
    all.push(asked(
        &["waive", "aws-s3-public-read-acl", "--address", word(4), "--reason", word(5), "--by", word(6)],
        Lines,
    ));
    all.push(asked(
        &[
            "report",
            ".",
            "-f",
            "hostile-1",
            "--format",
            if hostile.prints { "html,pdf,json,csv,sarif" } else { "html,json,csv,sarif" },
            "-o",
            "out",
            "--system",
            word(7),
            "--operator",
            word(8),
            "--policy",
            POLICY,
        ],
        Lines,
    ));
    all.push(asked(
        &[
            "report",
            "--from",
            "results/checkov.json",
            "--from",
            "results/trivy.json",
            "-f",
            "hostile-1",
            "--format",
            "html,json,csv,sarif",
            "-o",
            "out2",
            "--system",
            word(9),
        ],
        Lines,
    ));
    all.push(asked(&["ledger", "list"], Lines));
    all.push(asked(&["ledger", "list", "--format", "jsonl"], JsonLines));
    all.push(asked(&["ledger", "verify"], Lines));
    for at in 0..PAYLOADS.len() {
        let text = payload(at, hostile.fields + 12);
        // What begins with a sign is an option.
        all.push(mistake(&[&format!("x{text}")]));
        if at % 5 == 0 {
            all.push(mistake(&["check", &format!("--x{text}")]));
            all.push(mistake(&["check", &format!("x{text}")]));
            all.push(mistake(&["check", ".", "--format", &format!("x{text}")]));
            all.push(mistake(&["check", ".", "--framework", &format!("x{text}")]));
            all.push(mistake(&["explain", &format!("x{text}")]));
        }
    }
    all.push(mistake(&["check", ".", "--config", &hostile.file("bad/config", ".yaml")]));
    all.push(mistake(&["check", ".", "--rules", "badrules"]));
    all
}

/// The pages that a browser shows, for `tests/e2e/pages.sh`: of code and of other scanners' results, with every payload in
/// a different place.
#[test]
#[ignore = "needs a browser: `tests/e2e/pages.sh` runs it"]
fn pages_for_a_browser() {
    let Some(out) = std::env::var_os("COMPLINE_PAGES").map(PathBuf::from) else {
        eprintln!("`COMPLINE_PAGES` does not say where to write them");
        return;
    };
    std::fs::create_dir_all(&out).unwrap();
    for round in 0..4 {
        let hostile = Hostile::new(&|field| field + round * 7, round == 0);
        let reports = commands(&hostile).into_iter().filter(|one| one.words[0] == "report");
        for (index, one) in reports.enumerate() {
            let (status, _, err) = hostile.run(&one.words, &[]);
            assert!(one.status.contains(&status), "{}", String::from_utf8_lossy(&err));
            let folder = ["out", "out2"][index];
            let page = std::fs::read(hostile.work().join(folder).join("report.html")).unwrap();
            std::fs::write(out.join(format!("{round}-{folder}.html")), page).unwrap();
            let printed = std::fs::read(hostile.work().join(folder).join("report.pdf"));
            printed.map(|pdf| std::fs::write(out.join(format!("{round}-{folder}.pdf")), pdf).unwrap()).ok();
        }
    }
}

/// Runs everything over one repository, and gives what is wrong.
fn wrong(hostile: &Hostile) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut held: BTreeSet<String> = BTreeSet::new();
    for one in commands(hostile) {
        let (status, out, err) = hostile.run(&one.words, &[("TF_VAR_region", "a\n::error::b")]);
        let shown =
            one.words.iter().map(|word| word.escape_debug().to_string()).collect::<Vec<_>>().join(" ");
        if !one.status.contains(&status) {
            wrong.push(format!("{shown}: status {status}: {}", String::from_utf8_lossy(&err).escape_debug()));
        }
        wrong.extend(one.language.faults(&out).into_iter().map(|fault| format!("{shown}: {fault}")));
        wrong.extend(
            Language::Lines.faults(&err).into_iter().map(|fault| format!("{shown} (error): {fault}")),
        );
        held.extend(fields_in(&out));
        held.extend(fields_in(&err));
    }
    for (name, language) in [
        ("report.html", Language::Html),
        ("report.json", Language::Json),
        ("report.csv", Language::Csv),
        ("report.sarif", Language::Sarif),
    ] {
        for folder in ["out", "out2"] {
            let bytes = std::fs::read(hostile.work().join(folder).join(name)).unwrap_or_default();
            wrong
                .extend(language.faults(&bytes).into_iter().map(|fault| format!("{folder}/{name}: {fault}")));
            held.extend(fields_in(&bytes));
        }
    }
    if hostile.prints {
        let pdf = std::fs::read(hostile.work().join("out/report.pdf")).unwrap_or_default();
        wrong.extend(language::pdf_faults(&pdf).into_iter().map(|fault| format!("out/report.pdf: {fault}")));
    }
    // Nothing was tried where nothing of it came out.
    if held.len() < hostile.fields * 6 / 10 {
        wrong.push(format!("only {} of {} fields came out", held.len(), hostile.fields));
    }
    wrong
}

/// The words of fields that stand in an output.
fn fields_in(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let parts = text.split("field").skip(1);
    let numbers = parts.map(|part| part.chars().take_while(char::is_ascii_digit).collect::<String>());
    numbers.filter(|number| !number.is_empty()).collect()
}

#[track_caller]
fn holds(hostile: &Hostile) {
    let wrong = wrong(hostile);
    let some: Vec<&String> = wrong.iter().take(40).collect();
    assert!(wrong.is_empty(), "{} faults: {some:#?}", wrong.len());
}

#[test]
fn no_text_of_others_is_more_than_text_in_any_output() {
    // Two rounds, so that each kind of field has several payloads.
    for round in 0..2 {
        let hostile = Hostile::new(&|field| field + round * 13, round == 0);
        assert!(hostile.fields >= 200, "{} fields", hostile.fields);
        holds(&hostile);
    }
}

#[test]
#[ignore = "long: every payload in every field"]
fn no_payload_in_any_field_is_more_than_text_in_any_output() {
    for which in 0..PAYLOADS.len() {
        eprintln!("payload {which}");
        holds(&Hostile::new(&|_| which, which % 10 == 0));
    }
}

#[test]
fn what_programs_read_has_each_text_as_it_is() {
    let hostile = Hostile::new(&|field| field, false);
    let json = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        serde_json::from_slice::<serde_json::Value>(&hostile.run(&words, &[]).1).unwrap()
    };
    let inventory = json(&["inventory", ".", "--format", "json"]);
    let mut texts = BTreeSet::new();
    language::texts(&inventory, &mut texts);
    let whole =
        hostile.payloads.iter().filter(|text| texts.iter().any(|found| found.contains(*text))).count();
    assert!(whole > 50, "{whole} payloads stand whole in the inventory");
}

/// A difference is taken by `patch` where its text allows it, and says so where it does not.
#[test]
fn a_difference_can_be_applied_or_says_that_it_cannot() {
    let code = "resource \"aws_s3_bucket\" \"i\" {\n\tbucket = \"##[x] é\"\n  acl = \"public-read\"\n}\n";
    for (name, text, whole) in [
        ("a b.tf", code.replace("##[x]", "# [x]"), true),
        ("é.tf", code.replace("##[x]", "# [x]").replace('\n', "\r\n"), true),
        ("x\n::error::y.tf", code.replace("##[x]", "# [x]"), true),
        ("a.tf", code.to_owned(), false),
        ("b.tf", code.replace("##[x]", "\u{202e}"), false),
    ] {
        let folder = Folder::new(&[(name, &text)]);
        let diff = folder.run(&["fix", ".", "--diff", "--unsafe", "--rule", "aws-s3-public-read-acl"]);
        assert!(diff.out.contains("+++ "), "{name:?}: {} {}", diff.out, diff.err);
        assert_eq!(diff.out.starts_with("note: this cannot be applied"), !whole, "{name:?}: {}", diff.out);
        folder.write("d.diff", diff.out.as_bytes());
        let mut patch = Command::new("git");
        patch.args(["apply", "-p1", "--whitespace=nowarn", "d.diff"]).current_dir(folder.path());
        patch.env("GIT_CEILING_DIRECTORIES", folder.path());
        let Ok(ran) = patch.output() else {
            eprintln!("git is not installed: nothing was applied");
            continue;
        };
        assert_eq!(
            ran.status.success(),
            whole,
            "{name:?}: {} {}",
            diff.out,
            String::from_utf8_lossy(&ran.stderr)
        );
        let after = String::from_utf8(folder.read(name)).unwrap();
        assert_eq!(after.contains("acl = \"private\""), whole, "{name:?}: {after}");
    }
}
