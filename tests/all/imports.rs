//! Official content: in, shown wherever a control is, and out again.

use serde_json::{Value, json};

use crate::run::Folder;

fn metadata(title: &str) -> Value {
    json!({ "title": title, "last-modified": "2026-01-02T03:04:05Z", "version": "7", "oscal-version": "1.1.2" })
}

fn control(id: &str, label: &str, title: &str, prose: &str) -> Value {
    json!({ "id": id, "title": title, "props": [{ "name": "label", "value": label }],
        "params": [{ "id": format!("{id}_p"), "label": "time period" }],
        "parts": [{ "id": format!("{id}_smt"), "name": "statement", "prose": prose }] })
}

/// A selection of NIST's controls with words of our own, as a publisher's resolved baseline would be.
fn catalogue() -> Value {
    json!({ "catalog": { "uuid": "22222222-2222-4222-8222-222222222222", "metadata": metadata("Harbour Catalogue"),
        "groups": [{ "id": "sc", "title": "System and Communications Protection", "controls": [
            control("sc-28", "SC-28", "Protection of Information at Rest", "Keep the quayside ledger sealed within {{ insert: param, sc-28_p }}."),
            control("sc-13", "SC-13", "Cryptographic Protection", "Use approved ciphers.") ] }] } })
}

fn profile(href: &str) -> Value {
    json!({ "profile": { "uuid": "55555555-5555-4555-8555-555555555555", "metadata": metadata("Harbour Low"),
        "imports": [{ "href": href, "include-controls": [{ "with-ids": ["sc-28"] }] }], "merge": { "as-is": true },
        "modify": { "set-parameters": [{ "param-id": "sc-28_p", "values": ["one tide"] }] } } })
}

const BUCKET: &str =
    "resource \"aws_ebs_volume\" \"v\" {\n  availability_zone = \"eu-west-1a\"\n  encrypted = false\n}\n";

fn folder() -> Folder {
    Folder::new(&[
        ("main.tf", BUCKET),
        ("in/catalogue.json", &format!("{:#}", catalogue())),
        ("in/profile.json", &format!("{:#}", profile("https://example.com/x/catalogue.json"))),
    ])
}

#[test]
fn a_baseline_is_imported_shown_reported_and_given_back() {
    let folder = folder();
    let ran = folder.run(&["frameworks", "import", "in/profile.json"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(ran.out.contains("`harbour-low`, a baseline of 1 control of `nist-800-53-r5`"), "{}", ran.out);
    let ran = folder.run(&["explain", "harbour-low/SC-28"]);
    assert!(ran.out.contains("Keep the quayside ledger sealed within one tide."), "{}", ran.out);
    assert!(
        ran.out.contains("aws-ebs-volume-unencrypted"),
        "its objectives are those of the base: {}",
        ran.out
    );
    let ran = folder.run(&["search", "quayside"]);
    assert!(ran.out.contains("harbour-low SC-28"), "{}", ran.out);
    let ran = folder.run(&["frameworks", "show", "harbour-low", "--format", "json"]);
    let shown: Value = serde_json::from_str(&ran.out).unwrap();
    let one = &shown["groups"][0]["controls"][0];
    assert_eq!(one["official"][0]["lines"][0]["text"], "Keep the quayside ledger sealed within one tide.");
    let ran =
        folder.run(&["report", "main.tf", "--framework", "harbour-low", "--format", "html,pdf", "-o", "out"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let page = String::from_utf8(folder.read("out/report.html")).unwrap();
    assert!(page.contains("Keep the quayside ledger sealed within one tide."));
    let ran = folder.run(&["frameworks", "export", "harbour-low"]);
    let out: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(out["catalog"]["groups"][0]["controls"].as_array().unwrap().len(), 1);
    assert!(ran.err.contains("not in it: imports, merge and modify"), "{}", ran.err);
    let ran = folder.run(&["frameworks", "export", "harbour-high"]);
    assert_eq!(ran.status, 2);
    assert_eq!(ran.err, "error: nothing was imported as `harbour-high`\nhelp: did you mean `harbour-low`?\n");
}

#[test]
fn what_was_added_is_kept() {
    let folder = folder();
    let import = ["frameworks", "import", "in/catalogue.json", "--id", "harbour"];
    assert_eq!(folder.run(&import).status, 0);
    let path = ".compline/frameworks/harbour.json";
    let mut held: Value = serde_json::from_slice(&folder.read(path)).unwrap();
    held["groups"][0]["controls"][0]["summary"] = json!("Seal it.");
    folder.write(path, format!("{held:#}").as_bytes());
    let ran = folder.run(&import);
    assert!(ran.out.contains("what you had added is kept"), "{}", ran.out);
    assert!(folder.run(&["explain", "harbour/SC-28"]).out.contains("Seal it."));
    held["groups"][0]["controls"][0]["wants"] = json!({ "partly": ["no-such-objective"] });
    folder.write(path, format!("{held:#}").as_bytes());
    let ran = folder.run(&["frameworks", "test", path]);
    assert_eq!(ran.status, 1);
    let line = format!("{held:#}").lines().position(|line| line.contains("no-such-objective")).unwrap() + 1;
    assert_eq!(
        ran.err,
        format!("{path}:{line}: control `SC-28`: wants `no-such-objective`, which is no objective\n")
    );
}

#[test]
fn bad_files_are_told_once_with_place_and_way_out() {
    let folder = folder();
    let said = |name: &str| {
        let ran = folder.run(&["frameworks", "import", name]);
        assert_eq!(ran.status, 2, "{name}: {}{}", ran.out, ran.err);
        assert_eq!(ran.err.matches("error: ").count(), 1, "{}", ran.err);
        assert_eq!(ran.out, "");
        ran.err
    };
    folder.write("broken.json", b"{ \"catalog\": {\n  \"uuid\": }");
    assert!(said("broken.json").starts_with("error: broken.json:2:11: is broken JSON: expected value\n"));
    folder.write("other.json", b"{ \"a\": 1 }");
    assert!(said("other.json").starts_with("error: other.json:1:1: is no OSCAL file"));
    let two = catalogue().to_string().replace("1.1.2", "2.0.0");
    folder.write("two.json", two.as_bytes());
    assert!(
        said("two.json").contains("is written in OSCAL `2.0.0`, and releases 1.0.x, 1.1.x, 1.2.x are read")
    );
    folder.write("catalogue.xml", b"<?xml version=\"1.0\"?><catalog/>");
    assert!(said("catalogue.xml").contains("is XML, and OSCAL is read as JSON and YAML"));
    folder.write("lonely.json", profile("https://example.com/x/gone.json").to_string().as_bytes());
    let lonely = said("lonely.json");
    assert!(
        lonely.contains("imports `https://example.com/x/gone.json`, and nothing is ever fetched"),
        "{lonely}"
    );
    assert!(lonely.contains("help: put `gone.json` beside it"), "{lonely}");
    folder.write(
        "in/wrong.json",
        format!("{:#}", profile("catalogue.json")).replace("\"sc-28\"", "\"sc-99\"").as_bytes(),
    );
    let wrong = said("in/wrong.json");
    assert!(wrong.contains("names the control `sc-99`, which `in/catalogue.json` does not have"), "{wrong}");
    assert!(wrong.starts_with("error: in/wrong.json:"), "{wrong}");
    folder.write("a.json", profile("b.json").to_string().as_bytes());
    folder.write("b.json", profile("./a.json").to_string().as_bytes());
    assert!(
        said("a.json")
            .contains("the imports go round in a circle: `a.json` imports `b.json` imports `a.json`")
    );
    // A gigabyte that takes no room: nothing of it is read.
    std::fs::File::create(folder.path().join("huge.json")).unwrap().set_len(1 << 30).unwrap();
    assert!(
        said("huge.json")
            .contains("`huge.json` holds 1073741824 bytes, and 67108864 (64 MiB) is the most that is read")
    );
    assert!(said("nowhere.json").contains("the file `nowhere.json` is not there"));
    assert!(said("in").contains("is a directory"));
    assert!(!folder.path().join(".compline").exists(), "nothing was written");
}

#[test]
fn a_framework_of_ones_own_is_tested_with_lines() {
    let folder = Folder::new(&[(
        "ours.yaml",
        "id: ours\ntitle: Ours\nshort: OURS\nversion: \"1\"\npublisher: Us\npublished: \"2026-01-01\"\nlicence: own\nsource: here\ngroups:\n  - id: A\n    title: A\n    controls:\n      - id: A-1\n        title: One\n        summary: S.\n        shown: auto-iac\n        wants:\n          fully: [no-such]\n      - id: A-1\n        title: Again\n        summary: S.\n",
    )]);
    let ran = folder.run(&["frameworks", "test", "ours.yaml"]);
    assert_eq!(ran.status, 1);
    assert!(ran.err.contains("ours.yaml:19: control `A-1`: the id is given twice\n"), "{}", ran.err);
    assert!(
        ran.err.contains("ours.yaml:18: control `A-1`: wants `no-such`, which is no objective\n"),
        "{}",
        ran.err
    );
    assert_eq!(ran.out, "ours.yaml: 2 problems\n");
    assert_eq!(folder.run(&["frameworks", "test", "none.yaml"]).status, 2);
}

#[test]
fn crosswalks_are_shown_carried_and_written() {
    let folder = Folder::new(&[]);
    let ran = folder.run(&["explain", "nist-csf-2.0/PR.DS-01"]);
    assert!(ran.out.contains("by crosswalk it is\n"), "{}", ran.out);
    assert!(ran.out.contains("NIST CSF 2.0 informative references to SP 800-53 Rev. 5)"), "{}", ran.out);
    let ran = folder.run(&["map", "aws-ebs-volume-unencrypted", "--format", "json"]);
    let mapped: Value = serde_json::from_str(&ran.out).unwrap();
    let controls = mapped["controls"].as_array().unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for control in controls {
        assert!(
            seen.insert((control["framework"].to_string(), control["id"].to_string())),
            "{control} is given twice"
        );
        if control["provenance"] == "crosswalk" {
            let relation = control["crosswalk"]["relation"].as_str().unwrap();
            assert!(["equal", "subset"].contains(&relation), "{control}");
        }
    }
    let ran = folder.run(&["frameworks", "crosswalk", "pci-dss-4.0.1--nist-csf-2.0", "--format", "oscal"]);
    let whole: Value = serde_json::from_str(&ran.out).unwrap();
    let maps = whole["mapping-collection"]["mappings"][0]["maps"].as_array().unwrap().len();
    assert!(maps > 100, "{maps}");
    let ran = folder.run(&["frameworks", "crosswalk", "no-such"]);
    assert_eq!(ran.status, 2);
}

/// A catalogue of nobody we know, as most of those that people import.
fn strange(controls: &[Value]) -> Value {
    json!({ "catalog": { "uuid": "22222222-2222-4222-8222-222222222222", "metadata": metadata("Rules of the Quay"),
        "groups": [{ "id": "q", "title": "Quay", "controls": controls }] } })
}

#[test]
fn a_framework_only_people_can_show_is_reported_in_every_form() {
    let ours = strange(&[control("q-1", "Q-1", "Ropes are coiled", "Coil the ropes.")]);
    let folder = Folder::new(&[("main.tf", BUCKET), ("quay.json", &ours.to_string())]);
    assert_eq!(folder.run(&["frameworks", "import", "quay.json"]).status, 0);
    let forms = ["--format", "html,pdf,json", "-o", "out"];
    let ran =
        folder.run(&[&["report", "main.tf", "--framework", "rules-of-the-quay"][..], &forms[..]].concat());
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(folder.read("out/report.pdf").starts_with(b"%PDF"));
    let page = String::from_utf8(folder.read("out/report.html")).unwrap();
    assert!(page.contains("No control can be shown by a program") && page.contains("Ropes are coiled"));
    assert!(!page.contains("<svg class=\"bar\"") && !page.contains("0 of 0"), "there is nothing to draw");
}
