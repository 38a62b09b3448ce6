//! Bad input: one clear error with a place and what to do, the rest of the run intact.

use crate::run::Folder;

const GOOD: &str = "resource \"aws_ebs_volume\" \"good\" {\n  availability_zone = \"eu-west-1a\"\n  size = 8\n  encrypted = false\n}\n";

/// The good file was judged all the same.
#[track_caller]
fn good_is_judged(ran: &crate::run::Ran) {
    let outcomes = ran.outcomes("aws-ebs-volume-unencrypted");
    assert!(outcomes.contains(&("aws_ebs_volume.good".to_owned(), "fail".to_owned())), "{outcomes:?}");
}

#[track_caller]
fn problems(ran: &crate::run::Ran) -> String {
    let json = ran.json();
    assert_eq!(json["complete"], false, "{json}");
    json["problems"].to_string()
}

#[test]
fn a_clean_run_is_0_and_a_failure_1() {
    let folder = Folder::new(&[("main.tf", &GOOD.replace("false", "true"))]);
    assert_eq!(folder.run(&["check", "--severity", "medium"]).status, 0);
    let folder = Folder::new(&[("main.tf", GOOD)]);
    assert_eq!(folder.run(&["check", "--severity", "medium"]).status, 1);
}

#[test]
fn half_a_file_hides_neither_its_other_blocks_nor_other_files() {
    let half = "resource \"aws_ebs_volume\" \"whole\" {\n  size = 8\n  encrypted = false\n}\n\nresource \"aws_ebs_volume\" \"half\" {\n  size = \n";
    let folder = Folder::new(&[("good.tf", GOOD), ("half.tf", half)]);
    let ran = folder.run(&["check", "--format", "json"]);
    assert_eq!(ran.status, 3);
    good_is_judged(&ran);
    let outcomes = ran.outcomes("aws-ebs-volume-unencrypted");
    assert!(outcomes.contains(&("aws_ebs_volume.whole".to_owned(), "fail".to_owned())), "{outcomes:?}");
    assert!(problems(&ran).contains("half.tf"));
}

/// What a rule said of an address: its outcome.
fn outcome(ran: &crate::run::Ran, rule: &str, address: &str) -> String {
    let found: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let verdicts = found["verdicts"].as_array().unwrap();
    let one = verdicts.iter().find(|one| one["rule"] == rule && one["address"] == address);
    one.map_or("none", |one| one["outcome"].as_str().unwrap()).to_owned()
}

#[test]
fn what_is_missing_from_half_a_block_is_unknown() {
    let half = "resource \"aws_ebs_volume\" \"v\" {\n  size = 8\n";
    let rule = "aws-ebs-volume-unencrypted";
    let cut = Folder::new(&[("main.tf", half)]).run(&["check", "--format", "json", "."]);
    assert_eq!((cut.status, outcome(&cut, rule, "aws_ebs_volume.v")), (3, "unknown".to_owned()));
    // An attribute that cannot be read may be the one; a name alone, as it is typed, is none yet.
    let odd = format!("{half}  enc rypted = true\n}}\n");
    let odd = Folder::new(&[("main.tf", &odd)]).run(&["check", "--format", "json", "."]);
    assert_eq!((odd.status, outcome(&odd, rule, "aws_ebs_volume.v")), (3, "unknown".to_owned()));
    let typed = format!("{half}  encr\n}}\n");
    let typed = Folder::new(&[("main.tf", &typed)]).run(&["check", "--format", "json", "."]);
    assert_eq!((typed.status, outcome(&typed, rule, "aws_ebs_volume.v")), (3, "fail".to_owned()));
}

#[test]
fn a_companion_may_stand_in_what_could_not_be_read() {
    let bucket = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b\"\n}\n";
    let rule = "aws-s3-versioning-disabled";
    let whole = Folder::new(&[("main.tf", bucket)]).run(&["check", "--format", "json", "."]);
    assert_eq!((whole.status, outcome(&whole, rule, "aws_s3_bucket.b")), (1, "fail".to_owned()));
    let folder = Folder::new(&[("main.tf", bucket)]);
    folder.write("more.tf", b"resource \"aws_s3_bucket_versioning\" \"b\" { \xff }");
    let unread = folder.run(&["check", "--format", "json", "."]);
    assert_eq!((unread.status, outcome(&unread, rule, "aws_s3_bucket.b")), (3, "unknown".to_owned()));
    let torn =
        Folder::new(&[("main.tf", bucket), ("more.tf", "resource \"aws_s3_bucket_versioning\" = { }\n")]);
    let torn = torn.run(&["check", "--format", "json", "."]);
    assert_eq!((torn.status, outcome(&torn, rule, "aws_s3_bucket.b")), (3, "unknown".to_owned()));
}

#[test]
fn what_is_declared_twice_makes_the_run_incomplete() {
    let text = "resource \"aws_ebs_volume\" \"v\" {\n  encrypted = true\n}\n";
    let ran = Folder::new(&[("a.tf", text), ("b.tf", text)]).run(&["check", "."]);
    assert_eq!(ran.status, 3);
    assert!(
        ran.out.contains("declared twice") || ran.err.contains("declared twice"),
        "{}{}",
        ran.out,
        ran.err
    );
}

#[test]
fn bytes_that_are_no_utf8() {
    let folder = Folder::new(&[("good.tf", GOOD)]);
    folder.write("bad.tf", b"resource \"x\" \"\xff\xfe\" {}\n");
    let ran = folder.run(&["check", "--format", "json"]);
    assert_eq!(ran.status, 3);
    good_is_judged(&ran);
    let problems = problems(&ran);
    assert!(problems.contains("bad.tf") && problems.contains("UTF-8"), "{problems}");
}

#[cfg(unix)]
#[test]
fn a_symlink_loop_and_a_link_out_of_the_root() {
    let folder = Folder::new(&[("good.tf", GOOD)]);
    std::os::unix::fs::symlink("loop", folder.path().join("loop")).unwrap();
    std::os::unix::fs::symlink(".", folder.path().join("again")).unwrap();
    let ran = folder.run(&["check", "--format", "json"]);
    good_is_judged(&ran);
    assert_eq!(ran.outcomes("aws-ebs-volume-unencrypted").len(), 1, "the loop is not walked");
}

#[test]
fn a_line_of_fifty_megabytes() {
    let folder = Folder::new(&[("good.tf", GOOD)]);
    let long = format!("locals {{ x = \"{}\" }}\n", "a".repeat(50 * 1024 * 1024));
    folder.write("long.tf", long.as_bytes());
    let ran = folder.run(&["check", "--format", "json"]);
    good_is_judged(&ran);
    assert!(ran.status == 1 || ran.status == 3, "{}", ran.status);
}

#[test]
fn a_module_that_calls_itself() {
    let folder =
        Folder::new(&[("main.tf", &format!("{GOOD}\nmodule \"again\" {{\n  source = \"./\"\n}}\n"))]);
    let ran = folder.run(&["check", "--format", "json"]);
    assert_eq!(ran.status, 3);
    good_is_judged(&ran);
    let problems = problems(&ran);
    assert!(problems.contains("calls itself") && problems.contains("main.tf"), "{problems}");
}

#[test]
fn a_missing_variable_file_is_the_users_mistake() {
    let folder = Folder::new(&[("main.tf", GOOD)]);
    let ran = folder.run(&["check", "--var-file", "nowhere.tfvars"]);
    assert_eq!(ran.status, 2, "{}", ran.err);
    assert!(ran.err.contains("nowhere.tfvars"), "{}", ran.err);
}

#[test]
fn an_unknown_framework_is_the_users_mistake_and_the_nearest_is_named() {
    let folder = Folder::new(&[("main.tf", GOOD)]);
    let ran = folder.run(&["check", "--framework", "nist-800-53-r4"]);
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("nist-800-53-r5"), "{}", ran.err);
}

#[test]
fn a_path_that_is_not_there_is_the_users_mistake() {
    let folder = Folder::new(&[("main.tf", GOOD)]);
    let ran = folder.run(&["check", "nowhere"]);
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("nowhere"), "{}", ran.err);
}

#[test]
fn an_unknown_key_in_the_configuration_is_named_with_its_line() {
    let folder = Folder::new(&[
        ("main.tf", GOOD),
        ("compline.yaml", "frameworks: [nist-800-53-r5]\nframeworkz: []\n"),
    ]);
    let ran = folder.run(&["check"]);
    assert_eq!(ran.status, 2, "{}", ran.out);
    assert!(ran.err.contains("frameworkz") && ran.err.contains("compline.yaml"), "{}", ran.err);
}
