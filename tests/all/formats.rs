//! Which files are read, which are not, and what is said of these: by the program, over folders.

use serde_json::Value;

use crate::run::{Folder, Ran};

const OPEN: &str = "resource \"aws_ebs_volume\" \"v\" {\n  availability_zone = \"eu-west-1a\"\n  size = 8\n  encrypted = false\n}\n";

const RULE: &str = "aws-ebs-volume-unencrypted";

fn gaps(ran: &Ran) -> Vec<(String, String)> {
    let json: Value = serde_json::from_str(&ran.out).unwrap();
    let text = |gap: &Value, key: &str| gap[key].as_str().unwrap().to_owned();
    let gaps = json["coverage"]["gaps"].as_array().unwrap();
    gaps.iter().map(|gap| (text(gap, "what"), text(gap, "why"))).collect()
}

#[test]
fn opentofu_is_judged_and_fixed_in_its_own_files() {
    let folder = Folder::new(&[("main.tofu", OPEN), ("main.tf", "locals {}\n")]);
    let ran = folder.run(&["check", "--format", "json", "."]);
    assert_eq!(ran.status, 1, "{}", ran.err);
    let json = ran.json();
    let place = json["verdicts"].as_array().unwrap().iter().find(|one| one["rule"] == RULE).unwrap();
    assert_eq!(place["locus"]["file"], "main.tofu", "{place}");
    let notes = json["problems"].to_string();
    assert!(notes.contains("main.tf") && notes.contains("`main.tofu` lies beside it"), "{notes}");
    assert_eq!(json["complete"], true);
    assert_eq!(gaps(&ran), [], "a namesake is no gap");
    folder.run(&["fix", "--unsafe", "."]);
    let fixed = std::fs::read_to_string(folder.path().join("main.tofu")).unwrap();
    assert!(fixed.contains("encrypted = true") || fixed.contains("encrypted         = true"), "{fixed}");
    assert_eq!(std::fs::read_to_string(folder.path().join("main.tf")).unwrap(), "locals {}\n");
}

#[test]
fn a_single_opentofu_file_is_read_with_its_module() {
    let folder = Folder::new(&[
        ("main.tofu", &OPEN.replace("false", "var.sealed")),
        ("variables.tofu", "variable \"sealed\" {}\n"),
        ("terraform.tfvars", "sealed = false\n"),
    ]);
    let ran = folder.run(&["check", "--format", "json", "main.tofu"]);
    assert_eq!(ran.outcomes(RULE), [("aws_ebs_volume.v".to_owned(), "fail".to_owned())]);
}

#[test]
fn a_file_without_a_reader_is_a_gap_in_every_output_and_changes_no_status() {
    let sealed = OPEN.replace("false", "true");
    let files = [
        ("main.tf", sealed.as_str()),
        ("app/main.bicep", "param x string\n"),
        ("app/Dockerfile", "FROM scratch\n"),
        ("live/terragrunt.hcl", "include {}\n"),
        ("site.yml", "- hosts: all\n  tasks: [{ ping: {} }]\n"),
        ("notes.yml", "just: words\n"),
    ];
    let folder = Folder::new(&files);
    let alone = Folder::new(&files[..1]);
    for format in ["human", "concise", "json", "sarif", "csv", "junit", "github", "markdown"] {
        let (with, without) =
            (folder.run(&["check", "--format", format, "."]), alone.run(&["check", "--format", format, "."]));
        assert_eq!(with.status, without.status, "{format}");
        let shown = format!("{}{}", with.out, with.err);
        for name in ["app/main.bicep", "app/Dockerfile", "live/terragrunt.hcl", "site.yml"] {
            assert!(shown.contains(name), "{format}: {name}\n{shown}");
        }
        assert!(!shown.contains("notes.yml"), "{format}");
    }
    let ran = folder.run(&["check", "--format", "json", "."]);
    let expected = [
        ("app/Dockerfile", "no reader for Docker"),
        ("app/main.bicep", "no reader for Bicep"),
        ("live/terragrunt.hcl", "no reader for Terragrunt"),
        ("site.yml", "no reader for Ansible"),
    ];
    assert_eq!(gaps(&ran), expected.map(|(what, why)| (what.to_owned(), why.to_owned())));
    let help = ran.json()["problems"].to_string();
    assert!(help.contains("bicep build FILE"), "{help}");
}

#[test]
fn what_is_excluded_or_ignored_is_no_gap() {
    let sealed = OPEN.replace("false", "true");
    let folder = Folder::new(&[
        ("main.tf", &sealed),
        ("Dockerfile", "FROM scratch\n"),
        ("gen/main.bicep", ""),
        (".gitignore", "gen/\n"),
        ("compline.yaml", "exclude: [Dockerfile]\n"),
    ]);
    assert_eq!(gaps(&folder.run(&["check", "--format", "json", "."])), []);
}

#[test]
fn a_folder_with_nothing_but_unread_files_was_not_read() {
    let folder =
        Folder::new(&[("main.bicep", "param x string\n"), ("site.yml", "- import_playbook: a.yml\n")]);
    let ran = folder.run(&["check", "."]);
    assert_eq!(ran.status, 3);
    assert!(
        ran.err.contains("no reader for Bicep") && ran.err.contains("no reader for Ansible"),
        "{}",
        ran.err
    );
}
