//! Writing rules of one's own: `compline rules new` and `compline rules test`.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use compline_tests::{compline, root};

use crate::run::Folder;

const PAGE: &str = "---\nid: acme-bucket-unlabelled\ntitle: bucket has no label\nseverity: low\nobjectives: [storage-not-public]\n\
    check:\n  aws_s3_bucket:\n    ref.labels: { count: { at_least: 1 } }\n---\nLabel it.\n\n\
    ```hcl fail\nresource \"aws_s3_bucket\" \"a\" {}\n```\n\n\
    ```hcl pass\nresource \"aws_s3_bucket\" \"a\" {}\nresource \"acme_label\" \"a\" { bucket = aws_s3_bucket.a.id }\n```\n";
const RELATIONS: &str = "aws_s3_bucket:\n  labels: { kind: acme_label, on: { bucket: id } }\n";

#[test]
fn the_built_in_pages_come_out_as_claimed() {
    let folder = Folder::new(&[]);
    let ran = folder.run(&["rules", "test", &root().join("rules").to_string_lossy()]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{}", ran.out);
    assert!(ran.out.ends_with(": all come out as claimed\n"), "{}", ran.out);
}

#[test]
fn a_new_page_lacks_what_only_its_author_can_say() {
    let folder = Folder::new(&[]);
    let ran = folder.run(&["rules", "new", "aws-s3-something-wrong"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let page = String::from_utf8(folder.read("aws-s3-something-wrong.md")).unwrap();
    for kind in ["aws_s3_bucket: ", "AWS::S3::Bucket: "] {
        assert!(page.contains(kind), "{page}");
    }
    let ran = folder.run(&["rules", "test"]);
    assert_eq!(ran.status, 1);
    let (last, problems) =
        ran.out.lines().collect::<Vec<_>>().split_last().map(|(a, b)| (*a, b.to_vec())).unwrap();
    assert!(last.starts_with("1 page, 4 examples, 2 fixes: "), "{last}");
    assert!(problems.iter().all(|line| line.contains("`FILL_IN` marks ")), "{problems:?}");
    let filled = page
        .replace("[FILL_IN]", "[storage-not-public]")
        .replace("FILL_IN_attribute", "force_destroy")
        .replace("FILL_INProperty", "ObjectLockEnabled")
        .replace("FILL_IN ", "");
    folder.write("aws-s3-something-wrong.md", filled.as_bytes());
    let ran = folder.run(&["rules", "test"]);
    assert_eq!((ran.status, ran.out.as_str()), (0, "1 page, 4 examples, 2 fixes: all come out as claimed\n"));
    let again = folder.run(&["rules", "new", "aws-s3-something-wrong"]);
    assert!(again.status == 2 && again.err.contains("is there already"), "{}", again.err);
}

#[test]
fn tables_beside_pages_hold_when_they_are_tested_and_when_they_judge() {
    let folder = Folder::new(&[
        ("own/acme-bucket-unlabelled.md", PAGE),
        ("main.tf", "resource \"aws_s3_bucket\" \"a\" {}\n"),
    ]);
    let alone = folder.run(&["rules", "test", "own"]);
    assert_eq!(alone.status, 1);
    assert!(
        alone
            .out
            .starts_with("own/acme-bucket-unlabelled.md:13: the example should fail, but it gives unknown"),
        "{}",
        alone.out
    );
    folder.write("own/relations.yaml", RELATIONS.as_bytes());
    let both = folder.run(&["rules", "test", "own/acme-bucket-unlabelled.md"]);
    assert_eq!(
        (both.status, both.out.as_str()),
        (0, "1 page, 2 examples, 0 fixes: all come out as claimed\n")
    );
    let checked = folder.run(&["check", "--rules", "own", "--allow-overrides", "--format", "json"]).json();
    let verdicts = checked["verdicts"].as_array().unwrap();
    let own = verdicts.iter().find(|one| one["rule"] == "acme-bucket-unlabelled").unwrap();
    assert_eq!(own["outcome"], "fail");
    assert_eq!(own["message"], "no `acme_label` belongs to `aws_s3_bucket.a`");
    folder.write("own/relations.yaml", b"aws_s3_bucket:\n  labels: { on: { bucket: id } }\n");
    let broken = folder.run(&["rules", "test", "own"]);
    assert!(
        broken.out.contains("own/relations.yaml:2: relations.aws_s3_bucket.labels: `kind` names"),
        "{}",
        broken.out
    );
    assert_eq!(folder.run(&["check", "--rules", "own", "--allow-overrides"]).status, 2);
}

#[test]
fn a_page_that_cannot_be_read_is_told_at_its_line() {
    let page = PAGE
        .replace("count: { at_least: 1 }", "counts: { at_least: 1 }")
        .replace("storage-not-public", "no-such-thing");
    let folder = Folder::new(&[("a.md", &page), ("README.md", "# Ours\n")]);
    let ran = folder.run(&["rules", "test"]);
    assert!(
        ran.out.contains("a.md:8: check.aws_s3_bucket.ref.labels.counts: `counts` is no operator"),
        "{}",
        ran.out
    );
    let page = PAGE.replace("storage-not-public", "no-such-thing");
    let folder = Folder::new(&[("a.md", &page), ("b.md", &page)]);
    let ran = folder.run(&["rules", "test"]);
    assert!(ran.out.contains("a.md:5: `no-such-thing` is no objective"), "{}", ran.out);
    assert!(ran.out.contains("b.md:2: `acme-bucket-unlabelled` is the id of `./a.md` too"), "{}", ran.out);
    let nothing = Folder::new(&[]).run(&["rules", "test"]);
    assert!(nothing.status == 2 && nothing.err.contains("there is no rule page in `.`"), "{}", nothing.err);
}

#[test]
fn a_change_is_seen_while_watching() {
    let folder = Folder::new(&[("own/acme-bucket-unlabelled.md", PAGE)]);
    let mut child = Command::new(compline())
        .args(["rules", "test", "own", "--watch"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    let (send, lines) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        out.lines().map_while(Result::ok).for_each(|line| send.send(line).unwrap_or(()))
    });
    let wait_for = |wanted: &str| {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(30) {
            match lines.recv_timeout(Duration::from_secs(1)) {
                Ok(line) if line.ends_with(wanted) => return true,
                _ => {}
            }
        }
        false
    };
    let first = wait_for("2 examples, 0 fixes: 2 problems");
    folder.write("own/relations.yaml", RELATIONS.as_bytes());
    let second = wait_for("2 examples, 0 fixes: all come out as claimed");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(first && second, "first {first}, after the change {second}");
}
