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
    assert!(ran.out.contains("NIST CSF 2.0 informative references to SP 800-53 Rev. 5\n"), "{}", ran.out);
    let ran = folder.run(&["map", "aws-security-group-open-ssh", "--format", "json"]);
    let mapped: Value = serde_json::from_str(&ran.out).unwrap();
    let controls = mapped["controls"].as_array().unwrap();
    let mut seen = std::collections::BTreeSet::new();
    let mut carried = 0;
    for control in controls {
        assert!(
            seen.insert((control["framework"].to_string(), control["id"].to_string())),
            "{control} is given twice"
        );
        if control["provenance"] == "crosswalk" {
            let relation = control["crosswalk"]["relation"].as_str().unwrap();
            assert!(["equal", "subset"].contains(&relation), "{control}");
            carried += 1;
        }
    }
    assert!(carried > 0 && carried < seen.len(), "{carried} of {} controls are carried", seen.len());
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

#[test]
fn what_was_imported_never_steers_a_terminal() {
    let title = "Ropes\u{1b}[31m red\u{7} \u{202e}deliof";
    let ours = strange(&[control("q-1", "Q-1", title, "Coil\u{9b}2J the ropes.")]);
    let folder = Folder::new(&[("quay.json", &ours.to_string())]);
    let clean = |ran: &crate::run::Ran| {
        let text = format!("{}{}", ran.out, ran.err);
        let styles = ["\u{1b}[1m", "\u{1b}[2m", "\u{1b}[0m"];
        let plain = styles.iter().fold(text, |text, style| text.replace(style, ""));
        assert!(!plain.contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}'), "{plain:?}");
        plain
    };
    clean(&folder.run(&["frameworks", "import", "quay.json"]));
    for color in ["never", "always"] {
        let explained = clean(&folder.run(&["explain", "Q-1", "--color", color]));
        assert!(explained.contains("RopesU+001B[31m redU+0007 U+202Edeliof"), "{explained}");
        assert!(explained.contains("CoilU+009B2J the ropes."), "{explained}");
        clean(&folder.run(&["frameworks", "show", "rules-of-the-quay", "--color", color]));
        clean(&folder.run(&["frameworks", "--color", color]));
    }
    assert!(folder.run(&["explain", "Q-1", "--color", "always"]).out.contains("\u{1b}[1m"));
    // What a program reads is what was imported.
    let shown = folder.run(&["frameworks", "show", "rules-of-the-quay", "--format", "json"]).json();
    assert_eq!(shown["groups"][0]["controls"][0]["title"], title);
}

#[test]
fn a_file_that_every_run_reads_is_named_when_it_is_wrong() {
    let folder = Folder::new(&[(".compline/frameworks/old.json", "{\n \"official\": 1,\n \"id\": }")]);
    let ran = folder.run(&["frameworks"]);
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("old.json:3:8: expected value\n"), "{}", ran.err);
    assert!(ran.err.contains("help: every command reads it: put it right, or delete `"), "{}", ran.err);
    folder.write(
        ".compline/frameworks/old.json",
        &"\u{feff}{}".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>(),
    );
    assert!(folder.run(&["frameworks"]).err.contains("is UTF-16; save it as UTF-8"));
}

#[test]
fn a_statement_leads_to_its_control_and_its_words() {
    let mut there = catalogue();
    there["catalog"]["groups"][0]["controls"][0]["parts"][0]["parts"] = json!([{ "id": "sc-28_smt.a", "name": "item",
        "props": [{ "name": "label", "value": "a." }], "prose": "Seal the ledger." }]);
    let folder = Folder::new(&[("catalogue.json", &there.to_string())]);
    for name in ["sc-28_smt.a", "SC-28a.", "SC-28 a", "nist-800-53-r5/SC-28a.", "NIST SC-28a."] {
        let ran = folder.run(&["explain", name]);
        assert!(ran.out.contains("NIST SC-28: "), "{name}: {}{}", ran.out, ran.err);
        assert!(ran.out.contains("` (import the official text to read it here)\n"), "{name}: {}", ran.out);
    }
    let import = ["frameworks", "import", "catalogue.json", "--of", "nist-800-53-r5"];
    assert_eq!(folder.run(&import).status, 0);
    for name in ["sc-28_smt.a", "SC-28a.", "SC-028 (a)"] {
        let ran = folder.run(&["explain", name]);
        assert!(ran.out.contains("\nstatement  a. Seal the ledger.\n"), "{name}: {}", ran.out);
    }
    let ran = folder.run(&["explain", "SC-28z"]);
    assert!(ran.out.contains("statement  `z` is not in the official text, 7\n"), "{}", ran.out);
    assert_eq!(folder.run(&["explain", "SC-28 soon"]).status, 2);
}

#[test]
fn the_control_that_is_spelt_as_asked_comes_first() {
    let folder = Folder::new(&[]);
    for (name, first) in [("03.13.11", "800-171r3 03.13.11: "), ("3.13.11", "800-171r2 3.13.11: ")] {
        let out = folder.run(&["explain", name]).out;
        assert!(out.starts_with(first) && out.matches("framework ").count() > 1, "{out}");
    }
}

#[test]
fn what_is_printed_in_lines_fits_eighty_columns() {
    let long = strange(&[control(
        "q-1",
        "Q-1",
        "A title of many words that says at length what ropes are for",
        "Coil.",
    )]);
    let folder = Folder::new(&[("quay.json", &long.to_string())]);
    let id = "the-rules-of-the-quay-as-they-were-laid-down-in-the-old-days-and-kept";
    assert_eq!(folder.run(&["frameworks", "import", "quay.json", "--id", id]).status, 0);
    for words in [
        &["frameworks"][..],
        &["rules"],
        &["explain", "aws-rds-publicly-accessible"],
        &["explain", "NIST/SC-7"],
        &["frameworks", "crosswalk"],
        &["frameworks", "crosswalk", "nist-800-171-r2--nist-800-53-r5"],
        &["frameworks", "show", "fedramp-rev5"],
        &["frameworks", "show", id],
    ] {
        let ran = folder.run(words);
        assert_eq!(ran.status, 0, "{words:?}: {}", ran.err);
        // An address or an example is not broken.
        let wide =
            |line: &&str| line.chars().count() > 80 && !line.contains("://") && !line.starts_with("    ");
        let wide: Vec<&str> = ran.out.lines().filter(wide).collect();
        assert!(wide.is_empty(), "{words:?}: {wide:#?}");
    }
}

#[test]
fn a_file_of_ones_own_is_shown_and_its_shadows_are_named() {
    let ours = "id: nist-csf-2.0\ntitle: Ours\nshort: PCI\nversion: \"1\"\npublisher: \"\"\npublished: \"2026-01-01\"\nlicence: own\nsource: here\ngroups:\n  - id: A\n    title: A\n    controls:\n      - id: A-1\n        title: Keep the hangar shut\n        summary: S.\n        shown: manual-evidence\n";
    let folder = Folder::new(&[
        ("ours.yaml", ours),
        ("wrong.yaml", &ours.replace("    title: A\n", "    heading: A\n")),
    ]);
    let ran = folder.run(&["frameworks", "show", "ours.yaml"]);
    assert!(ran.out.starts_with("Ours, 1\npublisher not named\nhere\n"), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("Keep the hangar shut"), "{}", ran.out);
    let ran = folder.run(&["frameworks", "test", "ours.yaml"]);
    assert_eq!(ran.status, 0);
    assert!(
        ran.err.contains("note: ours.yaml: takes the place of `nist-csf-2.0`, which comes"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("are printed as `PCI …`, and so are those of `pci-dss-4.0.1`"), "{}", ran.err);
    let ran = folder.run(&["frameworks", "test", "wrong.yaml"]);
    assert_eq!((ran.status, ran.err.lines().count()), (1, 1), "{}", ran.err);
    assert_eq!(ran.err, "wrong.yaml:10: group `A`: a group has no field `heading`\n");
}
