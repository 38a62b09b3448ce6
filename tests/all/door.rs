//! Files that are not what they look like: links, pipes, devices, paths out of the root; and what is written when the
//! disk is full, may not be written, or the program is killed.
#![cfg(unix)]

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use compline_tests::compline;
use serde_json::Value;

use crate::run::{Folder, Ran};
use crate::server::Server;

const CODE: &str = "resource \"aws_db_instance\" \"d\" {\n  publicly_accessible = true\n}\n";
const REPORT: [&str; 6] = ["report", "-f", "hipaa-security-rule", "--format", "json", "."];
const RULE: &str = "aws-rds-publicly-accessible";
/// How long a command may take before it is said to hang.
const PATIENCE: Duration = Duration::from_secs(60);

/// A repository in `w`, and something of somebody else's in `out`.
fn folder() -> Folder {
    Folder::new(&[
        ("w/.git/HEAD", "ref: refs/heads/main\n"),
        ("w/main.tf", CODE),
        ("out/keep.txt", "keep\n"),
        ("out/secret.yaml", "TOKEN_OF_SOMEBODY: 7f3a\n"),
    ])
}

fn start(folder: &Folder, arguments: &[&str]) -> Child {
    Command::new(compline())
        .args(arguments)
        .current_dir(folder.path().join("w"))
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder.path().join("home"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Runs in the repository; what takes too long is ended and fails.
#[track_caller]
fn run(folder: &Folder, arguments: &[&str]) -> Ran {
    let mut child = start(folder, arguments);
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("`{}` hangs", arguments.join(" "));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().unwrap();
    Ran {
        status: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn waive(address: &str) -> Vec<&str> {
    vec!["waive", RULE, "--address", address, "--reason", "r", "--until", "2099-01-01", "--by", "me"]
}

fn confirm(subject: &str) -> Vec<&str> {
    vec!["map", subject, "--confirm", "nist-800-53-r5/SC-28", "--by", "me", "--reason", "r"]
}

/// Every file below a directory with its bytes, links not followed.
fn tree(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut queue = vec![directory.to_owned()];
    while let Some(at) = queue.pop() {
        for entry in std::fs::read_dir(&at).unwrap() {
            let path = entry.unwrap().path();
            let facts = std::fs::symlink_metadata(&path).unwrap();
            let bytes = if facts.is_file() { std::fs::read(&path).unwrap() } else { Vec::new() };
            found.push((path.strip_prefix(directory).unwrap().display().to_string(), bytes));
            if facts.is_dir() {
                queue.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn nothing_is_written_through_a_link() {
    let writers: Vec<Vec<&str>> = vec![
        REPORT.to_vec(),
        [&REPORT[..], &["-o", "compline-report"]].concat(),
        [&REPORT[..], &["-o", "compline-report/deeper"]].concat(),
        waive("x"),
        confirm("aws_thing"),
        vec!["fix", "--unsafe", "--rule", RULE, "."],
        vec!["index", "add", "policy.md"],
        vec!["index", "rebuild"],
        vec!["init"],
    ];
    for (link, target) in [
        (".compline", "../out"),
        (".compline/ledger.jsonl", "../../out/new"),
        (".compline/files.lock", "../../out/new"),
        (".compline/index.lock", "../../out/new"),
        (".compline/index", "../../out"),
        (".compline/index/manifest.json", "../../../out/new"),
        ("compline-report", "../out"),
        ("compline-report/report.json", "../../out/new"),
        ("compline.waivers.yaml", "../out/new"),
        ("compline.mappings.yaml", "../out/new"),
        ("compline.yaml", "../out/new"),
        ("main.tf", "../out/main.tf"),
    ] {
        let folder = folder();
        folder.write("w/policy.md", b"# Access\n\nEvery access is logged.\n");
        folder.write("out/main.tf", CODE.as_bytes());
        let at = folder.path().join("w").join(link);
        let _ = std::fs::remove_file(&at);
        std::fs::create_dir_all(at.parent().unwrap()).unwrap();
        symlink(target, &at).unwrap();
        let before = tree(&folder.path().join("out"));
        let mut refused = 0;
        for arguments in &writers {
            let ran = run(&folder, arguments);
            refused += usize::from(ran.status > 1);
            assert_eq!(tree(&folder.path().join("out")), before, "{link}: {arguments:?}\n{}", ran.err);
            assert!(std::fs::symlink_metadata(&at).unwrap().is_symlink(), "{link}: {arguments:?}");
        }
        assert!(refused > 0, "{link}: nobody refused it");
    }
}

#[test]
fn a_folder_that_the_user_names_outside_is_written_whatever_leads_there() {
    let folder = folder();
    symlink("out", folder.path().join("alias")).unwrap();
    let ran = run(&folder, &[&REPORT[..], &["-o", "../alias/reports"]].concat());
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(folder.path().join("out/reports/report.json").is_file());
}

#[test]
fn a_fix_keeps_the_mode_of_a_file_and_leaves_nothing_beside_it() {
    let folder = folder();
    let path = folder.path().join("w/main.tf");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let ran = run(&folder, &["fix", "--unsafe", "--rule", RULE, "."]);
    assert_eq!(ran.status, 1, "other rules fail on: {}", ran.err);
    let facts = std::fs::metadata(&path).unwrap();
    assert_eq!(facts.mode() & 0o777, 0o640);
    assert!(std::fs::read_to_string(&path).unwrap().contains("= false"));
    let names = tree(&folder.path().join("w")).into_iter().map(|(name, _)| name);
    assert_eq!(names.filter(|name| name.ends_with(".part")).count(), 0);
    let kinds: Vec<String> = ledger(&folder).iter().map(|entry| entry["kind"].to_string()).collect();
    assert_eq!(kinds, ["\"fix-intent\"", "\"fix\""]);
}

/// The entries of the ledger.
#[track_caller]
fn ledger(folder: &Folder) -> Vec<Value> {
    let ran = run(folder, &["ledger", "verify"]);
    assert_eq!(ran.status, 0, "{}{}", ran.out, ran.err);
    let ran = run(folder, &["ledger", "list", "--json"]);
    ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Puts a pipe, or a link to a device, in a place.
fn plant(folder: &Folder, name: &str, pipe: bool) {
    let at = folder.path().join("w").join(name);
    let _ = std::fs::remove_file(&at);
    std::fs::create_dir_all(at.parent().unwrap()).unwrap();
    if pipe {
        assert!(Command::new("mkfifo").arg(&at).status().unwrap().success());
    } else {
        symlink("/dev/zero", &at).unwrap();
    }
}

#[test]
fn pipes_and_devices_make_nobody_wait() {
    let places = [
        "x.tf",
        "x.auto.tfvars",
        "x.tfplan.json",
        ".gitignore",
        ".git/info/exclude",
        "compline.yaml",
        "compline.waivers.yaml",
        "compline.mappings.yaml",
        ".compline/ledger.jsonl",
        ".compline/frameworks/a.json",
        ".compline/index/manifest.json",
        ".compline/index.lock",
        ".terraform/modules/modules.json",
        "rules/a.md",
    ];
    let readers: [&[&str]; 7] = [
        &["check", "."],
        &["report", "-f", "hipaa-security-rule", "--format", "json", "."],
        &["inventory", "."],
        &["search", "logged"],
        &["index", "list"],
        &["ledger", "verify"],
        &["check", "--rules", "rules", "."],
    ];
    for place in places {
        for pipe in [true, false] {
            let folder = folder();
            plant(&folder, place, pipe);
            for arguments in readers {
                run(&folder, arguments);
            }
            let mut server = Server::start(&[&folder.path().join("w")]);
            server.open(&folder.path().join("w/main.tf"), CODE);
            server.state();
        }
    }
}

#[test]
fn a_pipe_among_the_code_is_a_loss_with_its_name() {
    let folder = folder();
    plant(&folder, "x.tf", true);
    for arguments in [&["check", "."][..], &["check", "x.tf"], &["check", "main.tf", "x.tf"]] {
        let ran = run(&folder, arguments);
        assert_eq!(ran.status, 3, "{arguments:?} {}", ran.err);
        assert!(
            ran.err.contains("`x.tf` is no regular file") || ran.out.contains("`x.tf` is no regular file")
        );
    }
    // What the user names is no exception, where it is no pipe of the shell's.
    for arguments in [
        &["report", "--from", "x.tf", "-f", "hipaa-security-rule"][..],
        &["check", "--config", "x.tf", "."],
        &["ledger", "verify", "x.tf"],
    ] {
        let ran = run(&folder, arguments);
        assert!(ran.status > 1 && ran.err.contains("no regular file"), "{arguments:?} {}", ran.err);
    }
}

#[test]
fn what_a_tree_names_outside_of_it_is_not_read_and_not_shown() {
    let secret = "TOKEN_OF_SOMEBODY";
    for (name, text) in [
        ("compline.yaml", "rules: ../out\n"),
        ("compline.yaml", "rules: inner\n"),
        ("compline.yaml", "frameworks: [../out/secret.yaml]\n"),
        ("compline.yaml", "frameworks: [inner/secret.yaml]\n"),
    ] {
        let folder = folder();
        folder.write("out/page.md", format!("---\n{secret}: [\n").as_bytes());
        symlink("../out", folder.path().join("w/inner")).unwrap();
        folder.write(&format!("w/{name}"), text.as_bytes());
        let ran = run(&folder, &REPORT[..]);
        let named = run(&folder, &["check", "."]);
        for ran in [ran, named] {
            assert!(!ran.out.contains(secret) && !ran.err.contains(secret), "{text}{}", ran.err);
        }
        let ran = run(&folder, &["report", "--format", "json", "."]);
        assert_eq!(ran.status, 2, "{text}{}", ran.err);
        assert!(ran.err.contains("leads out of the workspace"), "{}", ran.err);
        // The user's own word is another matter.
        let ran = run(&folder, &["check", "--rules", "../out", "--config", "../out/none.yaml", "."]);
        assert_eq!(ran.status, 2, "{}", ran.err);
    }
}

#[test]
fn a_manifest_of_the_index_names_no_file_outside() {
    let folder = folder();
    folder.write("w/policy.md", b"# Access\n\nEvery access is logged.\n");
    assert_eq!(run(&folder, &["index", "add", "policy.md"]).status, 0);
    let name = "w/.compline/index/manifest.json";
    let text = String::from_utf8(folder.read(name)).unwrap();
    folder.write("out/secret.md", b"# Secret\n\nTOKEN_OF_SOMEBODY is 7f3a.\n");
    folder.write(name, text.replace("policy.md", "../out/secret.md").as_bytes());
    assert!(run(&folder, &["index", "list"]).out.contains("not there any more"));
    let ran = run(&folder, &["index", "rebuild"]);
    assert!(ran.err.contains("leads out of the workspace"), "{}", ran.err);
    let ran = run(&folder, &["search", "secret token"]);
    assert!(!ran.out.contains("TOKEN_OF_SOMEBODY"), "{}", ran.out);
    let digest = text.split("vectors.bin").next().unwrap().rfind('"').unwrap();
    for other in ["../../../../out/keep.txt", "/etc/hostname", ".."] {
        let crafted = format!("{}\"{other}\":\"00\",{}", &text[..digest], &text[digest..]);
        folder.write(name, crafted.as_bytes());
        let ran = run(&folder, &["search", "logged"]);
        assert!(ran.status == 3 && ran.err.contains("compline index rebuild"), "{}", ran.err);
    }
}

#[test]
fn a_damaged_index_is_an_error_that_says_what_to_run_and_never_a_panic() {
    let folder = folder();
    for number in 0..6 {
        let text = format!("# Kind {number}\n\nAll access of kind number{number} is logged and kept.\n");
        folder.write(&format!("w/docs/d{number}.md"), text.as_bytes());
    }
    assert_eq!(run(&folder, &["index", "add", "docs"]).status, 0);
    let index = folder.path().join("w/.compline/index/1");
    let mut files: Vec<_> = std::fs::read_dir(&index).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let manifest = folder.path().join("w/.compline/index/manifest.json");
    let good_manifest = std::fs::read_to_string(&manifest).unwrap();
    for file in &files {
        let good = std::fs::read(file).unwrap();
        for at in [0, good.len() / 2, good.len().saturating_sub(30)] {
            let mut bad = good.clone();
            let Some(byte) = bad.get_mut(at) else { continue };
            *byte ^= 0x5a;
            std::fs::write(file, &bad).unwrap();
            let ran = run(&folder, &["search", "access control logging"]);
            assert_eq!(ran.status, 3, "{} {at}: {}", file.display(), ran.err);
            assert!(
                ran.err.contains("is damaged") && ran.err.contains("compline index rebuild"),
                "{}",
                ran.err
            );
        }
        std::fs::write(file, &good).unwrap();
    }
    assert_eq!(run(&folder, &["search", "logged"]).status, 0);
    std::fs::write(&manifest, &good_manifest[..good_manifest.len() / 2]).unwrap();
    let ran = run(&folder, &["search", "logged"]);
    assert!(ran.status == 3 && ran.err.contains("compline index rebuild"), "{}", ran.err);
}

#[test]
fn of_many_writers_at_once_none_is_lost() {
    let folder = folder();
    let names: Vec<String> = (0..20).map(|number| format!("aws_thing_{number}")).collect();
    for arguments in [waive as for<'a> fn(&'a str) -> Vec<&'a str>, confirm] {
        let children: Vec<Child> = names.iter().map(|name| start(&folder, &arguments(name))).collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
    }
    for (file, key) in [("compline.waivers.yaml", "address:"), ("compline.mappings.yaml", "subject:")] {
        let text = String::from_utf8(folder.read(&format!("w/{file}"))).unwrap();
        assert_eq!(text.matches(key).count(), 20, "{file}\n{text}");
        assert!(names.iter().all(|name| text.contains(name)), "{file}\n{text}");
    }
    let entries = ledger(&folder);
    for kind in ["waiver", "mapping"] {
        assert_eq!(entries.iter().filter(|entry| entry["kind"] == kind).count(), 20, "{kind}");
    }
    for number in 0..8 {
        folder.write(&format!("w/d{number}.md"), format!("# D{number}\n\nIt is kept.\n").as_bytes());
    }
    let names: Vec<String> = (0..8).map(|number| format!("d{number}.md")).collect();
    let children: Vec<Child> = names.iter().map(|name| start(&folder, &["index", "add", name])).collect();
    for child in children {
        assert!(child.wait_with_output().unwrap().status.success());
    }
    let listed = run(&folder, &["index", "list"]).out;
    assert_eq!(listed.matches(".md  1 passage").count(), 8, "{listed}");
}

#[test]
fn a_last_line_that_was_cut_off_is_told_and_put_right() {
    let folder = folder();
    for _ in 0..2 {
        assert_eq!(run(&folder, &REPORT).status, 0);
    }
    let name = "w/.compline/ledger.jsonl";
    let whole = folder.read(name);
    folder.write(name, &whole[..whole.len() - 40]);
    let ran = run(&folder, &["ledger", "verify"]);
    assert!(ran.status == 1 && ran.out.contains("is not finished"), "{}{}", ran.out, ran.err);
    let ran = run(&folder, &REPORT);
    assert!(ran.status == 0 && ran.err.contains("was not finished and was taken away"), "{}", ran.err);
    let kinds: Vec<Value> = ledger(&folder).iter().map(|entry| entry["kind"].clone()).collect();
    assert_eq!(kinds, ["report", "repair", "report"]);
    // What is broken before the end stays as it is.
    let mut broken = folder.read(name);
    broken[20] ^= 1;
    folder.write(name, &broken[..broken.len() - 40]);
    let before = folder.read(name);
    assert_eq!(run(&folder, &REPORT).status, 3);
    assert_eq!(folder.read(name), before);
}

#[test]
fn without_a_ledger_nothing_is_kept_and_all_else_is_done() {
    let folder = folder();
    let ran = run(&folder, &[&REPORT[..], &["--no-ledger"]].concat());
    assert!(ran.status == 0 && !ran.out.contains("recorded as"), "{}{}", ran.out, ran.err);
    let ran = run(&folder, &["fix", "--unsafe", "--rule", RULE, "--no-ledger", "."]);
    assert_eq!(ran.status, 1, "other rules fail on: {}", ran.err);
    assert!(!folder.path().join("w/.compline").exists());
    assert!(String::from_utf8(folder.read("w/main.tf")).unwrap().contains("= false"));
}

/// A file system of its own, gone with the test; none where the machine gives none.
struct Mount<'f>(&'f Folder);

impl<'f> Mount<'f> {
    fn over_w(folder: &'f Folder, options: &str) -> Option<Self> {
        let at = folder.path().join("w");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(&at).output();
        mounted.is_ok_and(|output| output.status.success()).then_some(Self(folder))
    }

    fn read_only(&self) {
        let at = self.0.path().join("w");
        let done = Command::new("mount").args(["-o", "remount,ro"]).arg(at).status().unwrap();
        assert!(done.success());
    }
}

impl Drop for Mount<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path().join("w")).status();
    }
}

#[test]
fn a_workspace_that_may_not_be_written_is_reported_on() {
    let folder = Folder::new(&[("w/none", ""), ("out/none", "")]);
    let Some(mount) = Mount::over_w(&folder, "size=1m") else {
        eprintln!("passed over: this machine gives no mounts");
        return;
    };
    folder.write("w/main.tf", CODE.as_bytes());
    folder.write("w/.git/HEAD", b"ref: refs/heads/main\n");
    mount.read_only();
    let ran = run(&folder, &[&REPORT[..], &["-o", "../out/r"]].concat());
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(ran.err.contains("was written, but not recorded"), "{}", ran.err);
    assert!(folder.path().join("out/r/report.json").is_file());
    let ran = run(&folder, &[&REPORT[..], &["-o", "../out/r", "--severity", "low"]].concat());
    assert_eq!(ran.status, 1, "{}", ran.err);
    assert_eq!(run(&folder, &["fix", "--unsafe", "--rule", RULE, "."]).status, 3);
}

#[test]
fn a_full_disk_changes_nothing() {
    let folder = Folder::new(&[("w/none", ""), ("out/none", "")]);
    let Some(_mount) = Mount::over_w(&folder, "size=64k") else {
        eprintln!("passed over: this machine gives no mounts");
        return;
    };
    let names = ["a.tf", "b/b.tf"];
    folder.write("w/.git/HEAD", b"ref: refs/heads/main\n");
    for name in names {
        folder.write(&format!("w/{name}"), CODE.as_bytes());
    }
    let report = [&REPORT[..], &["-o", "../out/r"]].concat();
    assert_eq!(run(&folder, &report).status, 0);
    // Pages fill one by one, so that every write is the first that finds no room.
    for number in 0..14 {
        let filler = folder.path().join(format!("w/filler-{number}"));
        if std::fs::write(filler, vec![0; 4096]).is_err() {
            break;
        }
    }
    for _ in 0..12 {
        run(&folder, &report);
        let ran = run(&folder, &["fix", "--unsafe", "--rule", RULE, "."]);
        let texts: Vec<Vec<u8>> = names.iter().map(|name| folder.read(&format!("w/{name}"))).collect();
        let fixed = texts.iter().filter(|text| **text != CODE.as_bytes()).count();
        assert!(fixed == 0 || fixed == names.len(), "one of two was fixed: {}", ran.err);
        assert!((fixed == 0) == (ran.status == 3), "status {}: {}", ran.status, ran.err);
        for name in names {
            std::fs::write(folder.path().join("w").join(name), CODE).unwrap();
        }
        ledger(&folder);
    }
}

/// Kills a command after a while that differs from time to time; says whether it was killed.
fn killed(folder: &Folder, arguments: &[&str], after: Duration) -> bool {
    let mut child = start(folder, arguments);
    std::thread::sleep(after);
    let running = child.try_wait().unwrap().is_none();
    let _ = child.kill();
    child.wait_with_output().unwrap();
    running
}

/// What stands after any kill: a whole ledger (but for a last line that the next append puts right), whole files.
fn kills(times: u32) {
    let folder = folder();
    folder.write("w/b/b.tf", CODE.replace("\"d\"", "\"e\"").as_bytes());
    for number in 0..10 {
        folder.write(
            &format!("w/docs/d{number}.md"),
            format!("# D\n\nAccess {number} is logged.\n").as_bytes(),
        );
    }
    assert_eq!(run(&folder, &["index", "add", "docs"]).status, 0);
    let before: Vec<Vec<u8>> = ["w/main.tf", "w/b/b.tf"].map(|name| folder.read(name)).into();
    assert_eq!(run(&folder, &["fix", "--unsafe", "--rule", RULE, "."]).status, 1, "other rules fail on");
    let after: Vec<Vec<u8>> = ["w/main.tf", "w/b/b.tf"].map(|name| folder.read(name)).into();
    let commands: [Vec<&str>; 5] = [
        REPORT.to_vec(),
        waive("x"),
        vec!["fix", "--unsafe", "--rule", RULE, "."],
        vec!["index", "rebuild"],
        vec!["index", "add", "docs"],
    ];
    for (which, arguments) in commands.iter().enumerate() {
        let begun = Instant::now();
        run(&folder, arguments);
        let whole = begun.elapsed();
        for time in 0..times {
            for (name, text) in ["w/main.tf", "w/b/b.tf"].iter().zip(&before) {
                folder.write(name, text);
            }
            let recorded = ledger(&folder).len();
            killed(&folder, arguments, whole * (time + 1) / times);
            let texts: Vec<Vec<u8>> = ["w/main.tf", "w/b/b.tf"].map(|name| folder.read(name)).into();
            for ((now, before), after) in texts.iter().zip(&before).zip(&after) {
                assert!(now == before || now == after, "{arguments:?}: a file is neither old nor new");
            }
            // An append that was cut off is the only thing that may have to be put right.
            assert_eq!(run(&folder, &waive(&format!("a{which}-{time}"))).status, 0, "{arguments:?}");
            let entries = ledger(&folder);
            if texts != before {
                let new = &entries[recorded..];
                assert!(new.iter().any(|entry| entry["kind"] == "fix-intent"), "changed, and nobody said so");
            }
            if let Ok(text) = std::fs::read(folder.path().join("w/compline-report/report.json")) {
                assert!(serde_json::from_slice::<Value>(&text).is_ok(), "a report is cut off");
            }
            let listed = run(&folder, &["index", "list"]);
            assert_eq!(listed.out.matches(".md").count(), 10, "{arguments:?}: {}{}", listed.out, listed.err);
        }
    }
    assert!(run(&folder, &["search", "access logged"]).out.contains("docs/d"));
}

#[test]
fn a_kill_leaves_what_was_or_what_should_be() {
    kills(4);
}

/// The same with many kills: `cargo test -p compline-tests -- --ignored many_kills`.
#[test]
#[ignore = "takes minutes"]
fn many_kills_leave_what_was_or_what_should_be() {
    kills(100);
}
