//! What people ask for by a name, a check's id or a file of lines.

use crate::run::Folder;

#[test]
fn a_file_of_lines_is_searched_as_it_is_mapped() {
    let lines = "a disk that is not encrypted at rest\nCKV_AWS_22\n\nthe weather in Lisbon is mild\n";
    let folder = Folder::new(&[("lines.txt", lines)]);
    let mapped = folder.run(&["map", "--batch", "lines.txt"]);
    let searched = folder.run(&["search", "--batch", "lines.txt"]);
    assert_eq!((searched.status, &searched.out), (0, &mapped.out), "{}", searched.err);
    let answers: Vec<serde_json::Value> =
        searched.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), 4);
    let disk = &answers[0]["controls"][0];
    for key in ["framework", "id", "tier", "score", "via"] {
        assert!(!disk[key].is_null(), "{key}: {disk}");
    }
    assert!(answers[0].get("calibrated").is_none(), "said only of a model that was not measured");
    assert_eq!(answers[1]["controls"][0]["tier"], "mapped");
    assert_eq!(folder.run(&["search", "--batch", "none.txt"]).status, 2);
    for wrong in [
        &["search"][..],
        &["search", "--batch", "lines.txt", "words"],
        &["search", "--batch", "lines.txt", "--limit", "3"],
    ] {
        assert_eq!(folder.run(wrong).status, 2, "{wrong:?}");
    }
}

#[test]
fn a_checks_id_finds_what_it_bears_on() {
    let folder = Folder::new(&[]);
    let search = |query: &str, limit: &str| {
        let ran = folder.run(&["search", query, "--limit", limit, "--format", "json"]);
        let hits = ran.json()["hits"].as_array().unwrap().clone();
        let told = hits.iter().map(|hit| {
            let text = |key: &str| hit[key].as_str().unwrap().to_owned();
            (text("kind"), text("framework"), text("id"))
        });
        told.collect::<Vec<_>>()
    };
    // A rule stands for the one, an objective for the other.
    let cases = [
        ("CKV_AWS_18", "rule", "aws-s3-access-logging-disabled"),
        ("CKV_AWS_199", "objective", "block-storage-encrypted-at-rest"),
    ];
    for (query, kind, id) in cases {
        let found = search(query, "500");
        assert_eq!((found[0].0.as_str(), found[0].2.as_str()), (kind, id), "{query}");
        let mut controls: Vec<(String, String)> = found
            .into_iter()
            .filter(|(kind, framework, _)| {
                kind == "control"
                    && ["nist-800-53-r5", "pci-dss-4.0.1", "hipaa-security-rule"]
                        .contains(&framework.as_str())
            })
            .map(|(_, framework, id)| (framework, id))
            .collect();
        folder.write("line.txt", query.as_bytes());
        let mapped = folder.run(&["map", "--batch", "line.txt"]).json();
        let of = |one: &serde_json::Value, key: &str| one[key].as_str().unwrap().to_owned();
        let mapped = mapped["controls"].as_array().unwrap();
        let mut mapped: Vec<(String, String)> =
            mapped.iter().map(|one| (of(one, "framework"), of(one, "id"))).collect();
        controls.sort();
        mapped.sort();
        assert!(!mapped.is_empty());
        assert_eq!(controls, mapped, "{query}");
    }
    assert_eq!(search("CKV_AWS_22", "2").len(), 2);
    let ran = folder.run(&["search", "CKV_AWS_93"]);
    assert_eq!((ran.status, ran.out.as_str()), (1, "`CKV_AWS_93` is known to bear on no control\n"));
}

#[test]
fn every_check_of_the_table_finds_something_or_is_known_to_bear_on_nothing() {
    let table = std::fs::read_to_string(compline_tests::root().join("index/checks/checkov.yaml")).unwrap();
    let mut ids: Vec<String> = Vec::new();
    let families =
        table.split(['{', '}', '\n', ' ']).filter(|word| word.starts_with("CKV") && word.ends_with(':'));
    for family in families.collect::<std::collections::BTreeSet<_>>() {
        for list in table.split(&format!("{family} [")).skip(1) {
            let first = list.split([',', ']']).next().unwrap();
            ids.push(format!("{}_{}", family.trim_end_matches(':'), first.trim()));
        }
    }
    assert!(ids.len() > 100, "{}", ids.len());
    let folder = Folder::new(&[("ids.txt", &ids.join("\n"))]);
    // One of each list, through the same door as `search ID`.
    let nothing: Vec<&String> = ids
        .iter()
        .step_by(30)
        .filter(|id| {
            let ran = folder.run(&["search", id, "--limit", "3"]);
            let known = ran.out.contains("control    ")
                || ran.out.contains("objective  ")
                || ran.out.contains("is known to bear on no control");
            !known
        })
        .collect();
    assert!(nothing.is_empty(), "{nothing:?}");
}

#[test]
fn controls_are_explained_by_the_names_people_give_them() {
    let folder = Folder::new(&[]);
    let explained = |words: &[&str]| {
        let ran = folder.run(&[&["explain"], words].concat());
        assert_eq!(ran.status, 0, "{words:?}: {}", ran.err);
        ran.out.lines().next().unwrap().to_owned()
    };
    for (words, told) in [
        (&["NIST AC-2"][..], "NIST AC-2: "),
        (&["nist", "ac-2(1)"], "NIST AC-2(1): "),
        (&["PCI 8.3.1"], "PCI 8.3.1: "),
        (&["HIPAA 164.312(a)(1)"], "HIPAA 164.312(a)(1): "),
        (&["45 CFR 164.312(a)(1)"], "HIPAA 164.312(a)(1): "),
        (&["45", "CFR", "§164.312(a)(1)"], "HIPAA 164.312(a)(1): "),
        (&["nist", "AC-2a."], "NIST AC-2: "),
        (&["SOC 2 CC6.1"], "SOC 2 CC6.1: "),
        (&["pci-dss-4.0.1/8.3.1"], "PCI 8.3.1: "),
        (&["FedRAMP  AC-2"], "FedRAMP AC-2: "),
    ] {
        assert!(explained(words).starts_with(told), "{words:?}: {}", explained(words));
    }
    let ran = folder.run(&["explain", "HIPAA AC-2"]);
    assert_eq!(ran.status, 2, "{}", ran.out);
    assert!(ran.err.contains("is called `HIPAA AC-2`"), "{}", ran.err);
}

#[test]
fn a_baseline_is_shown_alone() {
    let folder = Folder::new(&[]);
    let count = |id: &str| {
        let shown = folder.run(&["frameworks", "show", id, "--format", "json"]).json();
        let groups = shown["groups"].as_array().unwrap().iter();
        groups.map(|group| group["controls"].as_array().unwrap().len()).sum::<usize>()
    };
    assert_eq!(count("nist-800-53-r5:low"), 149, "SP 800-53B");
    assert!(count("nist-800-53-r5") > 1000);
    let low = folder.run(&["frameworks", "show", "nist-800-53-r5:low"]).out;
    assert!(
        low.contains(", low baseline") && !low.contains("choose one") && !low.contains("AC-2(1) "),
        "{low}"
    );
    let ran = folder.run(&["frameworks", "show", "nist-800-53-r5:lowe"]);
    assert_eq!((ran.status, ran.err.contains("did you mean `low`?")), (2, true), "{}", ran.err);
    assert_eq!(folder.run(&["frameworks", "show", "nist:low"]).status, 2);
}

#[test]
fn an_explanation_knows_what_people_said() {
    let folder = Folder::new(&[]);
    let rule = "aws-s3-versioning-disabled";
    let before = folder.run(&["explain", rule]).out;
    assert!(before.contains("CP-9") && !before.contains("CM-3"), "{before}");
    let said =
        ["map", rule, "--reject", "NIST CP-9", "--confirm", "NIST CM-3", "--by", "ann", "--reason", "so"];
    assert_eq!(folder.run(&said).status, 0);
    let after = folder.run(&["explain", rule]).out;
    assert!(!after.contains("NIST CP-9") && after.contains("CM-3"), "{after}");
    let control = folder.run(&["explain", "NIST CP-9"]).out;
    assert!(!control.contains(rule), "{control}");
}

#[test]
fn an_index_of_imports_is_kept_and_never_stale() {
    let framework = |word: &str| {
        format!(
            "id: ours\ntitle: Ours\nshort: OURS\nversion: \"1\"\npublisher: Us\npublished: \"2026-01-01\"\nlicence: own\nsource: here\ngroups:\n  - id: A\n    title: A\n    controls:\n      - id: A-1\n        title: Keep the {word} shut\n        summary: S.\n        shown: manual-evidence\n"
        )
    };
    let folder = Folder::new(&[(".compline/frameworks/ours.yaml", &framework("hangar"))]);
    let search = |query: &str| folder.run(&["search", query]);
    let kept = || std::fs::read_dir(folder.path().join(".cache/compline/text")).into_iter().flatten().count();
    let first = search("hangar");
    assert!(first.out.contains("OURS A-1"), "{}{}", first.out, first.err);
    assert_eq!((search("hangar").out, kept()), (first.out, 1));
    folder.write(".compline/frameworks/ours.yaml", framework("quay").as_bytes());
    assert!(search("quay").out.contains("OURS A-1") && !search("hangar").out.contains("OURS A-1"));
    assert_eq!(kept(), 2);
    for entry in std::fs::read_dir(folder.path().join(".cache/compline/text")).unwrap().flatten() {
        std::fs::write(entry.path(), "torn").unwrap();
    }
    assert!(search("quay").out.contains("OURS A-1"));
}
