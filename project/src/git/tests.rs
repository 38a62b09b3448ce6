//! Repositories as git makes them, and as an attacker does. Where git is not installed there is nothing to compare
//! with, and the tests say so.

use std::path::Path;
use std::process::{Command, Stdio};

use super::*;
use crate::testing::Folder;

const CODE: &str = "resource \"aws_db_instance\" \"d\" { publicly_accessible = true }\n";

fn git(at: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args([
        "-c",
        "user.name=Jo Doe",
        "-c",
        "user.email=jo@example.org",
        "-c",
        "init.defaultBranch=main",
    ]);
    command.args(["-c", "protocol.file.allow=always", "-c", "core.autocrlf=false"]);
    let ran = command.args(arguments).current_dir(at).env("HOME", at).env("GIT_CONFIG_NOSYSTEM", "1");
    let ran = ran.stderr(Stdio::inherit()).output().expect("git runs");
    assert!(ran.status.success(), "git {arguments:?}");
    String::from_utf8_lossy(&ran.stdout).trim().to_owned()
}

fn has_git() -> bool {
    let found = Command::new("git").arg("--version").stdout(Stdio::null()).status().is_ok();
    if !found {
        eprintln!("git is not installed: nothing was tried");
    }
    found
}

/// A repository with one commit of these files.
fn repository(folder: &Folder, files: &[(&str, &str)]) {
    for (path, text) in files {
        folder.write(path, text);
    }
    let at = folder.path("");
    git(&at, &["init", "-q"]);
    git(&at, &["add", "-A", "-f"]);
    git(&at, &["commit", "-qm", "x"]);
}

/// What is said of files of a root, read as they lie there.
fn said(root: &Path, paths: &[&str]) -> Checkout {
    let root = crate::disk::real_path(root).unwrap();
    let read: Vec<Vec<u8>> = paths.iter().map(|path| std::fs::read(root.join(path)).unwrap()).collect();
    let files: Vec<ReadFile<'_>> = paths.iter().copied().zip(read.iter().map(Vec::as_slice)).collect();
    checkout(&root, &[String::new()], &files)
}

#[track_caller]
fn commit(root: &Path, paths: &[&str]) -> Commit {
    match said(root, paths) {
        Checkout::At(commit) => commit,
        other => panic!("{other:?}"),
    }
}

#[test]
fn commit_branch_author_and_state_are_what_git_says() {
    if !has_git() {
        return;
    }
    let folder = Folder::new("git-plain");
    repository(&folder, &[("main.tf", CODE), ("a/b/c.tf", CODE), ("notes.md", "x")]);
    let root = folder.path("");
    let paths = ["main.tf", "a/b/c.tf"];
    let id = git(&root, &["rev-parse", "HEAD"]);
    let expected = Commit {
        id: id.clone(),
        branch: Some("main".to_owned()),
        author: Some("Jo Doe".to_owned()),
        clean: Some(true),
        why: None,
    };
    assert_eq!(commit(&root, &paths), expected);
    // The same from below, packed, with references packed, and with a detached head.
    assert_eq!(commit(&folder.path("a"), &["b/c.tf"]).clean, Some(true));
    git(&root, &["gc", "-q", "--aggressive"]);
    assert!(!root.join(".git/refs/heads/main").exists());
    assert_eq!(commit(&root, &paths), expected);
    git(&root, &["checkout", "-q", "--detach"]);
    assert_eq!(commit(&root, &paths), Commit { branch: None, ..expected });
    folder.write("notes.md", "changed");
    assert_eq!(commit(&root, &paths).clean, Some(true), "nobody read it");
    folder.write("new.tf", CODE);
    assert_eq!(commit(&root, &["main.tf", "a/b/c.tf", "new.tf"]).clean, Some(false), "untracked");
    std::fs::remove_file(root.join("new.tf")).unwrap();
    std::fs::remove_file(root.join("main.tf")).unwrap();
    assert_eq!(commit(&root, &["a/b/c.tf"]).clean, Some(false), "one is gone");
    folder.write("main.tf", format!("{CODE}\n"));
    assert_eq!(commit(&root, &paths).clean, Some(false), "one changed");
    folder.write("main.tf", CODE.replace('\n', "\r\n"));
    assert_eq!(commit(&root, &paths).clean, Some(true), "line endings alone");
    folder.write(".gitattributes", "main.tf filter=lfs\n");
    folder.write("main.tf", "changed");
    let told = commit(&root, &paths);
    assert_eq!(told.clean, None);
    assert!(told.why.unwrap().contains("attributes"));
}

#[test]
fn many_versions_in_one_pack_are_read_through_their_deltas() {
    if !has_git() {
        return;
    }
    let folder = Folder::new("git-deltas");
    let names: Vec<String> = (0..300).map(|number| format!("modules/m{number:03}/main.tf")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), CODE)).collect();
    repository(&folder, &files);
    let root = folder.path("");
    for round in 0..8 {
        folder.write(&format!("modules/m{round:03}/main.tf"), format!("{CODE}# {round}\n"));
        folder.write(&format!("modules/x{round}.tf"), CODE);
        git(&root, &["add", "-A"]);
        git(&root, &["commit", "-qm", "more"]);
    }
    git(&root, &["gc", "-q", "--aggressive", "--prune=now"]);
    let paths: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(commit(&root, &paths).clean, Some(true));
}

#[test]
fn other_hashes_worktrees_and_submodules_are_read() {
    if !has_git() {
        return;
    }
    let folder = Folder::new("git-linked");
    let at = folder.path("");
    std::fs::create_dir_all(folder.path("main")).unwrap();
    folder.write("main/main.tf", CODE);
    git(&folder.path("main"), &["init", "-q", "--object-format=sha256"]);
    git(&folder.path("main"), &["add", "-A"]);
    git(&folder.path("main"), &["commit", "-qm", "x"]);
    let plain = commit(&folder.path("main"), &["main.tf"]);
    assert_eq!((plain.id.len(), plain.clean), (64, Some(true)));
    git(&folder.path("main"), &["worktree", "add", "-q", "../side"]);
    let side = commit(&folder.path("side"), &["main.tf"]);
    assert_eq!((side.id, side.branch.as_deref(), side.clean), (plain.id, Some("side"), Some(true)));
    // A `.git` file that nobody names back is not followed.
    folder.write("thief/.git", std::fs::read(folder.path("side/.git")).unwrap());
    folder.write("thief/main.tf", CODE);
    assert!(matches!(said(&folder.path("thief"), &["main.tf"]), Checkout::NotDetermined(_)));
    folder.write("lib/main.tf", CODE);
    git(&folder.path("lib"), &["init", "-q"]);
    git(&folder.path("lib"), &["add", "-A"]);
    git(&folder.path("lib"), &["commit", "-qm", "x"]);
    std::fs::create_dir_all(folder.path("super")).unwrap();
    folder.write("super/top.tf", CODE);
    git(&folder.path("super"), &["init", "-q"]);
    let url = at.join("lib").display().to_string();
    git(&folder.path("super"), &["submodule", "--quiet", "add", &url, "lib"]);
    git(&folder.path("super"), &["add", "-A"]);
    git(&folder.path("super"), &["commit", "-qm", "x"]);
    assert_eq!(commit(&folder.path("super"), &["top.tf"]).clean, Some(true));
    assert_eq!(
        commit(&folder.path("super"), &["top.tf", "lib/main.tf"]).clean,
        None,
        "of another repository"
    );
    assert_eq!(commit(&folder.path("super/lib"), &["main.tf"]).clean, Some(true));
}

#[test]
fn filters_of_a_repository_do_not_run() {
    if !has_git() {
        return;
    }
    let folder = Folder::new("git-filter");
    repository(&folder, &[("main.tf", CODE), (".gitattributes", "main.tf filter=evil\n")]);
    let root = folder.path("");
    let proof = root.join("PROOF");
    let command = format!("touch '{}'; cat", proof.display());
    for key in ["filter.evil.clean", "filter.evil.process", "core.fsmonitor", "core.sshCommand"] {
        git(&root, &["config", key, &command]);
    }
    // The time alone differs, so that git itself would look through the filter.
    let text = std::fs::read(root.join("main.tf")).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(20));
    std::fs::write(root.join("main.tf"), text).unwrap();
    assert_eq!(commit(&root, &["main.tf"]).clean, Some(true));
    assert!(!proof.exists());
}

#[test]
fn a_missing_object_is_not_fetched() {
    if !has_git() {
        return;
    }
    let folder = Folder::new("git-lazy");
    repository(&folder, &[("main.tf", CODE)]);
    let root = folder.path("");
    let tree = git(&root, &["rev-parse", "HEAD^{tree}"]);
    std::fs::remove_file(root.join(format!(".git/objects/{}/{}", &tree[..2], &tree[2..]))).unwrap();
    let proof = root.join("PROOF");
    let config = format!(
        "[core]\n\trepositoryformatversion = 1\n\tsshCommand = touch '{}';\n[extensions]\n\tpartialClone = origin\n\
         [remote \"origin\"]\n\turl = ssh://attacker.invalid/repo\n\tpromisor = true\n",
        proof.display()
    );
    folder.write(".git/config", config);
    let told = commit(&root, &["main.tf"]);
    assert_eq!((told.author.as_deref(), told.clean), (Some("Jo Doe"), None));
    assert!(told.why.unwrap().contains("cannot be read"));
    // Nor is another repository asked that this one names.
    let other = Folder::new("git-lazy-other");
    repository(&other, &[("main.tf", CODE)]);
    folder.write(".git/objects/info/alternates", other.path(".git/objects").display().to_string());
    assert_eq!(commit(&root, &["main.tf"]).clean, None);
    assert!(!proof.exists());
}

#[test]
fn a_bare_repository_among_the_files_is_no_repository() {
    if !has_git() {
        return;
    }
    let folder = Folder::new("git-bare");
    repository(&folder, &[("infra/main.tf", CODE)]);
    let inner = folder.path("infra");
    let outer = git(&folder.path(""), &["rev-parse", "HEAD"]);
    git(&inner, &["init", "-q", "--bare", "x.git"]);
    for name in ["HEAD", "objects", "refs"] {
        std::fs::rename(inner.join("x.git").join(name), inner.join(name)).unwrap();
    }
    folder.write("infra/config", "[core]\n\tbare = false\n\tworktree = .\n");
    assert_eq!(commit(&inner, &["main.tf"]).id, outer);
}

#[cfg(unix)]
#[test]
fn what_leads_elsewhere_or_is_damaged_is_not_determined() {
    if !has_git() {
        return;
    }
    let folder = Folder::new("git-hostile");
    repository(&folder, &[("main.tf", CODE)]);
    let root = folder.path("");
    let id = git(&root, &["rev-parse", "HEAD"]);
    let not_determined = |said: Checkout| matches!(said, Checkout::NotDetermined(_));
    // The repository of somebody else, by a link.
    let other = Folder::new("git-hostile-link");
    other.write("main.tf", CODE);
    other.link(&root.join(".git").display().to_string(), ".git");
    assert!(not_determined(said(&other.path(""), &["main.tf"])));
    for (head, why) in [
        ("ref: ../../../../etc/passwd\n", "a way out"),
        ("ref: refs/heads/../../HEAD\n", "a way up"),
        ("ref: refs/heads/none\n", "no such branch"),
        ("", "nothing"),
        ("ref: refs/heads/\u{1b}[31m\n", "a name that steers a terminal"),
    ] {
        folder.write(".git/HEAD", head);
        assert!(not_determined(said(&root, &["main.tf"])), "{why}");
    }
    folder.write(".git/refs/heads/a", "ref: refs/heads/b\n");
    folder.write(".git/refs/heads/b", "ref: refs/heads/a\n");
    folder.write(".git/HEAD", "ref: refs/heads/a\n");
    assert!(not_determined(said(&root, &["main.tf"])), "a circle");
    folder.write(".git/HEAD", &id);
    assert_eq!(commit(&root, &["main.tf"]).clean, Some(true));
    // Objects through links, damaged ones, and a pipe that would hang a reader.
    let object = root.join(format!(".git/objects/{}/{}", &id[..2], &id[2..]));
    let bytes = std::fs::read(&object).unwrap();
    std::fs::remove_file(&object).unwrap();
    folder.write("elsewhere", &bytes);
    std::os::unix::fs::symlink(root.join("elsewhere"), &object).unwrap();
    assert_eq!(commit(&root, &["main.tf"]).clean, None);
    std::fs::remove_file(&object).unwrap();
    assert!(Command::new("mkfifo").arg(&object).status().unwrap().success());
    assert_eq!(commit(&root, &["main.tf"]).clean, None);
    std::fs::remove_file(&object).unwrap();
    for cut in [0, 1, bytes.len() / 4, bytes.len() / 2] {
        std::fs::write(&object, &bytes[..cut]).unwrap();
        assert_eq!(commit(&root, &["main.tf"]).clean, None, "{cut} bytes");
    }
    // Another object under its name.
    let blob = git(&root, &["hash-object", "-w", "main.tf"]);
    let blob = std::fs::read(root.join(format!(".git/objects/{}/{}", &blob[..2], &blob[2..]))).unwrap();
    std::fs::write(&object, blob).unwrap();
    assert_eq!(commit(&root, &["main.tf"]).clean, None);
}

#[test]
fn damaged_packs_never_stop_a_run() {
    if !has_git() {
        return;
    }
    let folder = Folder::new("git-packs");
    repository(&folder, &[("main.tf", CODE), ("a/main.tf", CODE)]);
    let root = folder.path("");
    git(&root, &["gc", "-q", "--prune=now"]);
    let pack = root.join(".git/objects/pack");
    let of = |ending: &str| {
        let mut files = std::fs::read_dir(&pack).unwrap().flatten().map(|entry| entry.path());
        files.find(|path| path.extension().is_some_and(|is| is == ending)).unwrap()
    };
    for file in [of("idx"), of("pack")] {
        let bytes = std::fs::read(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        // A fixed walk over places and values: each run tries the same.
        for step in 0..400_usize {
            let mut torn = bytes.clone();
            let at = step * 7919 % torn.len();
            torn[at] ^= (step % 255 + 1) as u8;
            if step % 10 == 0 {
                torn.truncate(at);
            }
            std::fs::write(&file, &torn).unwrap();
            // Whatever is said, a changed byte never makes other contents pass for the commit's.
            assert_ne!(commit(&root, &["main.tf", "a/main.tf"]).clean, Some(false), "{step}");
        }
        std::fs::write(&file, &bytes).unwrap();
        assert_eq!(commit(&root, &["main.tf", "a/main.tf"]).clean, Some(true));
    }
}

#[test]
fn outside_of_a_repository_there_is_no_commit() {
    let folder = Folder::new("git-outside");
    folder.write("main.tf", CODE);
    // Unless the folder of temporary files lies in one.
    let within = folder.path("").ancestors().any(|above| above.join(".git").exists());
    assert!(within || said(&folder.path(""), &["main.tf"]) == Checkout::Outside);
}
