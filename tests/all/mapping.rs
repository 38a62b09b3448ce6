//! What `map` takes a word for, which controls it names for it, and how it says so.

use crate::run::{Folder, Ran};

const CODE: &str = r#"
resource "aws_s3_bucket" "logs" {
  bucket = "logs"
}
resource "aws_db_instance" "reporting" {
  publicly_accessible = true
}
resource "aws_ec2_tag" "site" {
  domain_name = "example.com"
}
"#;

fn folder() -> Folder {
    Folder::new(&[("shop/main.tf", CODE)])
}

/// Framework and id of each control, with the rules and the objectives that lead to it.
fn controls(ran: &Ran) -> Vec<(String, String, String)> {
    let json = ran.json();
    let controls = json["controls"].as_array().unwrap().iter();
    controls
        .map(|one| {
            let text = |key: &str| one[key].as_str().unwrap().to_owned();
            (text("framework"), text("id"), format!("{} {}", one["through"], one["rules"]))
        })
        .collect()
}

fn map(folder: &Folder, arguments: &[&str]) -> Ran {
    folder.run(&[&["map"], arguments, &["--format", "json"]].concat())
}

#[test]
fn a_rejection_holds_for_every_name_and_on_every_road() {
    let folder = folder();
    let rule = "aws-rds-publicly-accessible";
    let asked: [&[&str]; 4] =
        [&[rule], &["CKV_AWS_17"], &["aws_db_instance"], &["aws_db_instance.reporting", "shop"]];
    let frameworks = ["--framework", "nist-800-53-r5", "--framework", "fedramp-rev5"];
    let bears = |arguments: &[&str]| {
        let found = controls(&map(&folder, &[arguments, &frameworks].concat()));
        found.into_iter().filter(|(_, id, _)| id == "AC-4").map(|one| one.0).collect::<Vec<_>>()
    };
    for arguments in asked {
        assert_eq!(bears(arguments), ["nist-800-53-r5", "fedramp-rev5"], "{arguments:?}");
    }
    let said = folder.run(&["map", rule, "--reject", "AC-4", "--by", "ann", "--reason", "no flow"]);
    assert!(said.out.contains("the same control, and the same holds: FedRAMP AC-4"), "{}", said.out);
    for arguments in asked {
        assert_eq!(bears(arguments), [""; 0], "{arguments:?}");
    }
    let explained = folder.run(&["explain", rule]).out;
    assert!(!explained.contains("AC-4"), "{explained}");
    let turned = folder.run(&["map", rule, "--confirm", "NIST AC-4", "--by", "bob", "--reason", "it is"]);
    assert!(turned.out.contains("ann rejected it on 20") && turned.out.contains("no flow"), "{}", turned.out);
}

#[test]
fn a_kind_has_the_rules_whose_page_is_about_it() {
    let folder = folder();
    for kind in ["aws_s3_bucket", "aws_sqs_queue"] {
        let told = folder.run(&["map", kind]);
        assert_eq!(told.status, 0, "{}", told.err);
        for other in ["aws-ecr", "aws-sns", "aws-iam"] {
            assert!(!told.out.contains(other), "{kind}: {}", told.out);
        }
    }
    let bucket = controls(&map(&folder, &["aws_s3_bucket"]));
    let access = bucket.iter().find(|(_, id, _)| id == "AC-3").expect("it bears on it");
    assert!(
        access.2.contains("storage-not-public") && !access.2.contains("registry-not-public"),
        "{access:?}"
    );
    assert_eq!(map(&folder, &["google_project_iam_member"]).status, 0, "a view's kinds by a pattern");
}

#[test]
fn frameworks_are_heeded_whatever_is_asked() {
    let folder = folder();
    for arguments in
        [&["aws_s3_bucket"][..], &["aws_s3_bucket.logs", "shop"], &["CKV_AWS_18"], &["storage-not-public"]]
    {
        let mut known: Vec<String> =
            controls(&map(&folder, arguments)).into_iter().map(|(framework, ..)| framework).collect();
        known.dedup();
        let usual = ["nist-800-53-r5", "pci-dss-4.0.1", "hipaa-security-rule"];
        assert!(!known.is_empty() && known.iter().all(|one| usual.contains(&one.as_str())), "{known:?}");
        let one = controls(&map(&folder, &[arguments, &["--framework", "nist-csf-2.0"]].concat()));
        assert!(!one.is_empty() && one.iter().all(|(framework, ..)| framework == "nist-csf-2.0"), "{one:?}");
    }
    let ran = folder.run(&["map", "aws-lambda-tracing-disabled"]);
    assert_eq!(ran.status, 1);
    assert!(
        ran.out.contains("none in NIST, PCI, HIPAA;") && ran.out.contains("`--framework`"),
        "{}",
        ran.out
    );
}

#[test]
fn an_objective_is_known_and_a_control_is_no_question() {
    let folder = folder();
    let json = map(&folder, &["storage-not-public"]).json();
    assert_eq!(json["kind"], "objective");
    assert_eq!(json["controls"][0]["provenance"], "curated");
    for id in ["SC-7", "PCI 1.3.1"] {
        let ran = folder.run(&["map", id]);
        assert_eq!(ran.status, 2, "{}", ran.out);
        assert!(ran.err.contains("is a control (") && ran.err.contains("compline explain"), "{}", ran.err);
    }
}

#[test]
fn an_address_that_is_not_there_is_a_mistake() {
    let folder = folder();
    let ran = folder.run(&["map", "aws_s3_bucket.log", "shop"]);
    assert_eq!(ran.status, 2, "{}", ran.out);
    assert!(
        ran.err.contains("no resource `aws_s3_bucket.log` in `shop`")
            && ran.err.contains("did you mean `aws_s3_bucket.logs`?"),
        "{}",
        ran.err
    );
    assert_eq!(folder.run(&["map", "reporting", "shop"]).status, 2, "with a path, one word is an address");
    assert_eq!(folder.run(&["map", "module.a.aws_s3_bucket.b"]).status, 2);
    let ran = folder.run(&["map", "aws_ec2_tag.site", "shop"]);
    let words = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
    let none = "no mapping: no rule judges `aws_ec2_tag`, and nothing known is near enough";
    assert_eq!((ran.status, words.contains(none)), (1, true), "{}{}", ran.out, ran.err);
}

#[test]
fn a_text_that_is_not_english_is_told_why() {
    let ran = folder().run(&["map", "버킷이 공개되어 있음"]);
    assert_eq!(ran.status, 1);
    assert!(ran.out.ends_with("no mapping: the index knows English only\n"), "{}", ran.out);
}

#[test]
fn a_file_of_results_is_read_as_one() {
    let folder = folder();
    folder.write(
        "results.json",
        br#"{"check_type": "terraform", "results": {"failed_checks": [
            {"check_id": "CKV_AWS_17", "check_name": "RDS is public", "resource": "aws_db_instance.reporting",
             "file_path": "/main.tf", "file_line_range": [5, 7]}]}}"#,
    );
    let named = folder.run(&["map", "results.json"]);
    let from = folder.run(&["map", "--from", "results.json"]);
    assert!(named.out.contains("of the failed: 1 mapped by id"), "{}{}", named.out, named.err);
    assert_eq!((named.status, named.out), (from.status, from.out));
    folder.write("more.json", &folder.read("results.json"));
    let both = folder.run(&["map", "results.json", "more.json"]);
    assert_eq!(both.out, folder.run(&["map", "--from", "results.json", "--from", "more.json"]).out);
    assert_eq!(folder.run(&["map", "none.sarif"]).status, 2);
    let said = ["map", "results.json", "--reject", "AC-4", "--by", "a", "--reason", "r"];
    assert_eq!(folder.run(&said).status, 2);
}

#[test]
fn one_bad_line_does_not_spoil_the_others() {
    let folder = folder();
    folder.write("lines.txt", b"\xef\xbb\xbfCKV_AWS_17\r\nbad \xff line\n\nCKV_AWS_18\n");
    let ran = folder.run(&["map", "--batch", "lines.txt"]);
    assert_eq!(ran.status, 3, "{}", ran.err);
    assert!(ran.err.contains("lines.txt:2: the line is no UTF-8 text, from its byte 5"), "{}", ran.err);
    let answers: Vec<serde_json::Value> =
        ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), 4);
    assert_eq!((&answers[0]["text"], &answers[2]["text"]), (&"CKV_AWS_17".into(), &"".into()));
    assert!(answers[1]["error"].is_string() && answers[1]["controls"].as_array().unwrap().is_empty());
    assert_eq!(answers[3]["controls"][0]["tier"], "mapped");
    folder.write("wide.txt", b"\xff\xfea\0\n\0");
    let ran = folder.run(&["map", "--batch", "wide.txt"]);
    assert!(ran.status == 2 && ran.err.contains("`wide.txt` is UTF-16"), "{}", ran.err);
}

#[test]
fn one_bad_file_does_not_spoil_the_others() {
    let folder = folder();
    folder.write("policies/a.md", "\u{feff}# Storage\nEvery bucket is shut.\n".as_bytes());
    folder.write("policies/b.md", b"# Odd\n\xff\n");
    folder.write("policies/c.txt", b"Keys are turned every year.\n");
    let ran = folder.run(&["index", "add", "policies"]);
    assert_eq!(ran.status, 3, "{}", ran.err);
    assert!(ran.out.contains("added 2 documents"), "{}", ran.out);
    assert!(ran.err.contains("b.md` is no UTF-8 text: its line 2"), "{}", ran.err);
    let listed = folder.run(&["index", "list", "--format", "json"]).json();
    let files: Vec<&str> =
        listed["documents"].as_array().unwrap().iter().map(|one| one["file"].as_str().unwrap()).collect();
    assert_eq!(files, ["policies/a.md", "policies/c.txt"]);
    assert_eq!(listed["documents"][0]["state"], "current");
}

#[test]
fn own_documents_stand_among_the_hits() {
    let folder = folder();
    folder.write(
        "policies/crypto.md",
        b"# Invoices\nInvoices of a customer are sealed with keys of the customer.\n",
    );
    assert_eq!(folder.run(&["index", "add", "policies"]).status, 0);
    let ran = folder.run(&["search", "customer invoices keys", "--limit", "4"]);
    assert!(ran.out.starts_with("document   policies/crypto.md:1  Invoices\n"), "{}", ran.out);
    let entries = ran.out.lines().filter(|line| !line.starts_with(' ')).count();
    assert_eq!(entries, 4, "{}", ran.out);
    let json = folder.run(&["search", "customer invoices keys", "--limit", "4", "--format", "json"]).json();
    assert_eq!((json["hits"].as_array().unwrap().len(), &json["documents"][0]["rank"]), (3, &1.into()));
}

#[test]
fn an_answer_fits_the_page() {
    let folder = folder();
    folder.write(
        "policies/long.md",
        format!("# Buckets\n{}\n", "A bucket is never public. ".repeat(9)).as_bytes(),
    );
    folder.run(&["index", "add", "policies"]);
    for what in ["bucket is public", "aws_s3_bucket", "aws-rds-publicly-accessible", "storage-not-public"] {
        let ran = folder.run(&["map", what]);
        let wide: Vec<&str> = ran.out.lines().filter(|line| line.chars().count() > 80).collect();
        assert!(ran.out.lines().count() > 5 && wide.is_empty(), "{what}: {wide:#?}");
    }
}

#[test]
fn what_was_misspelt_by_hand_is_told_with_its_place() {
    let folder = folder();
    let one = |framework: &str, control: &str, date: &str| {
        format!(
            "- {{ subject: x, framework: {framework}, control: {control}, confirmed: false, by: a, date: \"{date}\", why: so }}\n"
        )
    };
    let text = [
        "mappings:\n",
        &one("nist-800-53-r4", "AC-3", "2026-01-01"),
        &one("nist-800-53-r5", "ZZ-9", "2026-01-01"),
        &one("nist-800-53-r5", "AC-3", "2026-13-45"),
        &one("nist-800-53-r5", "sc-07", "2026-01-01"),
        &one("fedramp-rev5", "SC-7", "2026-01-01"),
    ]
    .concat();
    folder.write("compline.mappings.yaml", text.as_bytes());
    for arguments in [
        &["map", "aws_s3_bucket"][..],
        &["check", "shop", "--framework", "fedramp-rev5:low"],
        &["explain", "SC-7"],
    ] {
        let told: Vec<String> = folder.run(arguments).err.lines().map(str::to_owned).collect();
        assert_eq!(told.len(), 3, "{told:#?}");
        for (line, (at, part)) in told.iter().zip([
            (2, "no framework is called `nist-800-53-r4`"),
            (3, "has no control `ZZ-9`"),
            (4, "`2026-13-45` is no day"),
        ]) {
            assert!(line.starts_with(&format!("warning: compline.mappings.yaml:{at}: ")), "{line}");
            assert!(line.contains(part), "{line}");
        }
        assert!(told[0].ends_with("did you mean `nist-800-53-r5`?"), "{}", told[0]);
    }
}
