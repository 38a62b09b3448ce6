//! An organisation's own documents, end to end.

use compline_index::embed::sha256;

use crate::run::Folder;

fn folder() -> Folder {
    Folder::new(&[
        ("main.tf", "resource \"aws_s3_bucket\" \"logs\" {\n  bucket = \"logs\"\n}\n"),
        ("compline.yaml", "frameworks: [nist-800-53-r5]\n"),
        ("policies/access.md", "# Access\n\n## Passwords\n\nA password has at least fourteen characters.\n"),
        ("policies/storage.md", "# Storage\n\nEvery bucket keeps earlier versions of its objects.\n"),
        ("policies/notes.txt", "Coffee is bought on Mondays.\n"),
    ])
}

#[test]
fn documents_are_cited_by_file_and_line_until_they_are_taken_out() {
    let folder = folder();
    let before = folder.run(&["search", "password length"]);
    assert!(!before.out.contains("policies/") && !folder.path().join(".compline/index").exists());
    let ran = folder.run(&["index", "add", "policies"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(ran.out.contains("added 3 documents with 3 passages"), "{}", ran.out);
    let json = folder.run(&["search", "password length", "--format", "json"]).json();
    assert_eq!(
        (json["documents"][0]["file"].as_str(), json["documents"][0]["line"].as_u64()),
        (Some("policies/access.md"), Some(3))
    );
    for what in ["keep earlier versions of a bucket's objects", "aws_s3_bucket"] {
        let ran = folder.run(&["map", what]);
        assert!(ran.out.contains("policies/storage.md:1"), "{}", ran.out);
    }
    folder.write("policies/access.md", b"# Access\n\nNothing is said here.\n");
    assert!(folder.run(&["index", "list"]).out.contains("policies/access.md  1 passage  changed since"));
    assert_eq!(folder.run(&["index", "add", "policies/access.md"]).status, 0);
    assert!(!folder.run(&["search", "fourteen characters"]).out.contains("policies/access.md:3"));
    assert_eq!(folder.run(&["index", "remove", "policies/storage.md"]).status, 0);
    assert!(!folder.run(&["map", "aws_s3_bucket"]).out.contains("policies/storage.md"));
    let ran = folder.run(&["index", "rebuild"]);
    assert!(ran.out.contains("built again: 2 documents"), "{} {}", ran.out, ran.err);
    assert!(folder.run(&["search", "coffee"]).out.contains("policies/notes.txt:1"));
}

#[test]
fn an_index_of_another_model_or_a_damaged_one_is_one_clear_error() {
    let folder = folder();
    assert_eq!(folder.run(&["index", "add", "policies"]).status, 0);
    let name = ".compline/index/1/vectors.bin";
    let good = folder.read(name);
    let mut bad = good.clone();
    // What tells a model apart is its hash; it may go by several names.
    let key = b"\"sha256\":\"";
    let at = bad.windows(key.len()).position(|part| part == key).unwrap() + key.len();
    bad[at] = b'x';
    folder.write(name, &bad);
    let manifest = ".compline/index/manifest.json";
    let written = folder.read(manifest);
    let text = String::from_utf8(written.clone()).unwrap();
    folder.write(manifest, text.replace(&sha256(&good), &sha256(&bad)).as_bytes());
    let ran = folder.run(&["search", "password"]);
    assert_eq!(ran.status, 3, "{}", ran.out);
    assert!(
        ran.err.contains("was made with model `compline-static-128` (128 dimensions, sha256 x"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("compline index rebuild"), "{}", ran.err);
    folder.write(manifest, &written);
    folder.write(name, &good[..good.len() - 5]);
    let ran = folder.run(&["search", "password"]);
    assert!(ran.status == 3 && ran.err.contains("it is not what was written"), "{}", ran.err);
    assert_eq!(folder.run(&["index", "rebuild"]).status, 0);
    assert!(folder.run(&["search", "password"]).out.contains("policies/access.md"));
    let ran = folder.run(&["index", "add", "main.tf"]);
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("neither Markdown nor plain text"), "{}", ran.err);
}

#[test]
fn search_asks_for_at_least_one_and_knows_other_spellings_of_ids() {
    let folder = folder();
    let ran = folder.run(&["search", "--limit", "0", "buckets"]);
    assert_eq!((ran.status, ran.err.contains("asks for nothing")), (2, true), "{}", ran.err);
    for id in ["AVD-AWS-0092", "AWS-0092", "avd-aws-0092", "CKV_AWS_20"] {
        let json = folder.run(&["search", id, "--format", "json"]).json();
        assert_eq!(json["hits"][0]["id"], "aws-s3-public-read-acl", "{id}: {json}");
        assert_eq!(folder.run(&["explain", id]).status, 0, "{id}");
        assert_eq!(folder.run(&["map", id, "--format", "json"]).json()["kind"], "alias", "{id}");
    }
}
