mod crosswalks;
mod limits;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::select::glob;
use super::*;
use crate::catalogue::{Framework, Shown, Strength};
use crate::library;
use crate::official::{self, Role};

/// Files by name, as a folder would hold them.
struct Folder(HashMap<String, String>);

impl SourceFiles for Folder {
    fn follow(&mut self, _: &str, references: &[String]) -> Result<Option<SourceFile>, Fault> {
        let found = references.iter().find_map(|one| self.0.get_key_value(one.as_str()));
        Ok(found.map(|(name, text)| SourceFile { name: name.clone(), bytes: text.clone().into_bytes() }))
    }
}

fn metadata(title: &str) -> Value {
    json!({
        "title": title, "published": "2026-02-01T10:00:00Z", "last-modified": "2026-03-04T05:06:07.000000+01:00",
        "version": "1.4", "oscal-version": "1.1.2",
        "roles": [{ "id": "creator", "title": "Made by" }],
        "parties": [{ "uuid": "11111111-1111-4111-8111-111111111111", "type": "organization", "name": "The Board" }],
        "responsible-parties": [{ "role-id": "creator", "party-uuids": ["11111111-1111-4111-8111-111111111111"] }],
        "remarks": "For the test."
    })
}

/// A catalogue with everything in it that the model has.
fn catalogue() -> Value {
    let text = r##"{ "catalog": {
        "uuid": "22222222-2222-4222-8222-222222222222",
        "params": [{ "id": "org", "label": "organisation" }],
        "controls": [{ "id": "zz-1", "title": "Stands alone", "parts": [{ "name": "statement", "prose": "Stand." }] }],
        "groups": [{
            "id": "hr", "class": "family", "title": "House Rules",
            "props": [{ "name": "sort-id", "value": "1" }],
            "params": [{ "id": "hr_prm", "values": ["the house"] }],
            "links": [{ "href": "#33333333-3333-4333-8333-333333333333", "rel": "reference", "text": "see" }],
            "parts": [{ "name": "overview", "prose": "What it is about." }],
            "groups": [{ "title": "A group without an id", "controls": [{
                "id": "hr-9", "title": "Below", "parts": [{ "name": "statement", "prose": "Be below." }] }] }],
            "controls": [
                { "id": "hr-1", "class": "rule", "title": "Keys and Locks",
                  "params": [
                      { "id": "hr-1_prm_1", "class": "time", "label": "frequency",
                        "props": [{ "name": "alt-identifier", "ns": "https://example.com/ns", "value": "hr-1a", "uuid": "44444444-4444-4444-8444-444444444444", "class": "x", "group": "g", "remarks": "r" }],
                        "links": [{ "href": "#hr-2", "media-type": "text/plain", "resource-fragment": "f" }],
                        "usage": "Say how often.",
                        "constraints": [{ "description": "at least yearly", "tests": [{ "expression": "x < 365", "remarks": "days" }] }],
                        "guidelines": [{ "prose": "Often is better." }], "remarks": "kept" },
                      { "id": "hr-1_prm_2", "depends-on": "hr-1_prm_1",
                        "select": { "how-many": "one-or-more", "choice": ["every {{ insert: param, hr-1_prm_1 }}", "at once"] } },
                      { "id": "hr-1_prm_3", "values": ["a person", "two"] } ],
                  "props": [{ "name": "label", "value": "HR-1" }, { "name": "label", "value": "HR-01", "class": "zero-padded" }],
                  "links": [{ "href": "#hr-2", "rel": "related" }],
                  "parts": [
                      { "id": "hr-1_smt", "name": "statement", "ns": "https://example.com/ns", "class": "c", "parts": [
                          { "id": "hr-1_smt.a", "name": "item", "props": [{ "name": "label", "value": "a." }],
                            "prose": "Change locks {{ insert: param, hr-1_prm_2 }};",
                            "links": [{ "href": "https://example.com" }] },
                          { "id": "hr-1_smt.b", "name": "item", "props": [{ "name": "label", "value": "b." }],
                            "prose": "Give {{ insert: param, hr-1_prm_3 }} of {{ insert: param, hr_prm }} a key." } ] },
                      { "id": "hr-1_gdn", "name": "guidance", "title": "Advice", "prose": "Keys are *small*." },
                      { "id": "hr-1_obj", "name": "assessment-objective", "prose": "Determine if locks change." } ],
                  "controls": [{ "id": "hr-1.1", "title": "Spare Keys", "props": [{ "name": "label", "value": "HR-1(1)" }],
                      "parts": [{ "id": "hr-1.1_smt", "name": "statement", "prose": "Keep spare keys." }] }] },
                { "id": "hr-2", "title": "Gone", "props": [{ "name": "label", "value": "HR-2" }, { "name": "status", "value": "withdrawn" }],
                  "links": [{ "href": "#hr-1", "rel": "incorporated-into" }] } ] }],
        "back-matter": { "resources": [{ "uuid": "33333333-3333-4333-8333-333333333333", "title": "A book",
            "citation": { "text": "The Board, *A Book*." } }] }
    } }"##;
    let mut whole: Value = serde_json::from_str(text).expect("is JSON");
    whole["catalog"]["metadata"] = metadata("House Rules of the Board");
    whole
}

/// A profile of it that selects, sets and alters.
fn profile(modify: Value) -> Value {
    json!({ "profile": {
        "uuid": "55555555-5555-4555-8555-555555555555",
        "metadata": metadata("Night Baseline"),
        "imports": [{ "href": "#66666666-6666-4666-8666-666666666666",
            "include-controls": [{ "with-ids": ["hr-1"], "with-child-controls": "yes" }, { "matching": [{ "pattern": "zz-*" }] }],
            "exclude-controls": [{ "with-ids": ["zz-1"] }] }],
        "merge": { "as-is": true },
        "modify": modify,
        "back-matter": { "resources": [{ "uuid": "66666666-6666-4666-8666-666666666666",
            "rlinks": [{ "href": "catalogue.json", "media-type": "application/json" }] }] }
    } })
}

fn text(name: &str, value: &Value) -> SourceFile {
    SourceFile { name: name.to_owned(), bytes: value.to_string().into_bytes() }
}

fn folder(files: &[(&str, &Value)]) -> Folder {
    Folder(files.iter().map(|(name, value)| ((*name).to_owned(), format!("{value:#}"))).collect())
}

fn shipped() -> Vec<Arc<Framework>> {
    ["nist-800-53-r5", "pci-dss-4.0.1"]
        .iter()
        .filter_map(|id| crate::builtin::framework(id))
        .map(Arc::new)
        .collect()
}

fn imported(given: Vec<SourceFile>, files: &[(&str, &Value)]) -> Imported {
    import(given, &mut folder(files), &ImportOptions::default(), &shipped(), &[]).expect("imports")
}

fn refused(given: Vec<SourceFile>, files: &[(&str, &Value)]) -> Fault {
    import(given, &mut folder(files), &ImportOptions::default(), &shipped(), &[]).expect_err("it is wrong")
}

fn exported(official: &official::Official) -> Value {
    serde_json::from_str(&catalog(official).expect("has controls").expect("writes")).expect("is JSON")
}

#[test]
fn a_catalogue_comes_back_as_it_went_in() {
    let there = catalogue();
    let read = imported(vec![text("catalogue.json", &there)], &[]).official;
    assert_eq!(read.role, Role::Framework);
    assert_eq!(exported(&read), there);
    // And once through our own file, in both of its spellings.
    for written in [official::write(&read).expect("writes"), official::write_yaml(&read).expect("writes")] {
        assert_eq!(exported(&official::read(&written).expect("reads")), there);
    }
}

#[test]
fn what_oscal_does_not_have_is_named_and_nothing_else_is_lost() {
    let mut there = catalogue();
    there["$schema"] = json!("https://example.com/schema.json");
    there["catalog"]["groups"][0]["controls"][0]["mood"] = json!("good");
    there["catalog"]["groups"][0]["controls"][1]["params"] = json!([]);
    let read = imported(vec![text("catalogue.json", &there)], &[]).official;
    assert_eq!(exported(&read), catalogue());
    let named: Vec<&String> = read.losses.iter().filter(|loss| loss.starts_with('`')).collect();
    assert_eq!(named, ["`catalog.groups.controls.mood`, which OSCAL does not have there"]);
    let declared: BTreeSet<&str> = LOSSES.iter().map(|loss| loss.what).collect();
    for loss in read.losses.iter().filter(|loss| !loss.starts_with('`')) {
        assert!(declared.contains(loss.as_str()), "`{loss}` is not declared");
    }
}

#[test]
fn yaml_says_the_same_as_json() {
    let there = catalogue();
    let yaml = serde_saphyr::to_string(&there).expect("writes");
    let file = SourceFile { name: "catalogue.yaml".to_owned(), bytes: yaml.into_bytes() };
    assert_eq!(exported(&imported(vec![file], &[]).official), there);
}

#[test]
fn texts_are_read_with_their_parameters() {
    let read = imported(vec![text("catalogue.json", &catalogue())], &[]).official;
    let control = read.find("HR-1").expect("is there");
    assert_eq!(
        read.statement(control),
        "a. Change locks [Selection (one or more): every [Assignment: frequency: at least yearly]; at once];\n\
         b. Give a person, two of the house a key."
    );
    let headings: Vec<String> = read.passages(control).into_iter().map(|passage| passage.heading).collect();
    assert_eq!(headings, ["Statement", "Parameters", "Guidance", "Assessment objectives"]);
}

#[test]
fn an_unknown_catalogue_is_a_framework_only_people_can_show() {
    let read = imported(vec![text("catalogue.json", &catalogue())], &[]).official;
    let mut made = read.framework(None).expect("is one");
    assert_eq!((made.id.as_str(), made.publisher.as_str()), ("house-rules-of-the-board", "The Board"));
    let ids: Vec<&str> = made.controls().map(|control| control.id.as_str()).collect();
    assert_eq!(ids, ["zz-1", "HR-1", "HR-1(1)", "hr-9"]);
    assert!(made.controls().all(|control| control.shown == Shown::ManualEvidence));
    assert_eq!(
        made.find("HR-2").and_then(|control| control.withdrawn.clone()),
        Some(vec!["HR-1".to_owned()])
    );
    assert_eq!(made.find("hr-1.1").and_then(|control| control.parent.as_deref()), Some("HR-1"));
    // What somebody adds is taken, and kept when it is imported again.
    let mut edited = read.clone();
    edited.groups[1].controls[0].wants = Some(crate::catalogue::Wanted {
        fully: vec!["storage-encrypted-at-rest".to_owned()],
        partly: Vec::new(),
    });
    let mut again = read;
    again.keep_additions(&edited);
    made = again.framework(None).expect("is one");
    assert_eq!(made.find("HR-1").map(|control| control.shown), Some(Shown::AutoIac));
    let known = |id: &str| crate::builtin::objectives().iter().any(|objective| objective.id == id);
    assert_eq!(again.problems(None, &known), []);
    again.groups[1].controls[0].wants =
        Some(crate::catalogue::Wanted { fully: vec!["no-such".to_owned()], partly: Vec::new() });
    let problems: Vec<String> = again.problems(None, &known).iter().map(ToString::to_string).collect();
    assert_eq!(problems, ["control `HR-1`: wants `no-such`, which is no objective"]);
}

#[test]
fn a_profile_selects_and_tailors() {
    let modify = json!({
        "set-parameters": [{ "param-id": "hr-1_prm_2", "values": ["every night"] }],
        "alters": [{ "control-id": "hr-1",
            "removes": [{ "by-id": "hr-1_gdn" }, { "by-name": "assessment-objective" }],
            "adds": [
                { "position": "after", "by-id": "hr-1_smt.a", "parts": [{ "id": "hr-1_x", "name": "item", "prose": "After a." }] },
                { "position": "before", "by-id": "hr-1_smt.a", "parts": [{ "name": "item", "prose": "Before a." }] },
                { "position": "starting", "by-id": "hr-1_smt", "parts": [{ "name": "item", "prose": "First." }] },
                { "by-id": "hr-1_smt", "parts": [{ "name": "item", "prose": "Last." }] },
                { "position": "starting", "props": [{ "name": "tailored", "value": "yes" }] } ] }]
    });
    let (there, profile) = (catalogue(), profile(modify));
    let made = imported(vec![text("profile.json", &profile)], &[("catalogue.json", &there)]);
    let official = &made.official;
    let ids: Vec<&str> = official.controls().map(|(_, control)| control.id.as_str()).collect();
    assert_eq!(ids, ["HR-1", "HR-1(1)"]);
    let control = official.find("hr-1").expect("is there");
    assert_eq!(
        official.statement(control),
        "First.\nBefore a.\na. Change locks every night;\nAfter a.\nb. Give a person, two of the house a key.\nLast."
    );
    assert_eq!(control.props.first().map(|prop| prop.name.as_str()), Some("tailored"));
    assert_eq!(official.passages(control).len(), 2, "guidance and objectives are gone");
    assert_eq!(made.notes, Vec::<String>::new());
    // The catalogue it makes goes out, comes in and makes the same.
    let out = exported(official);
    let again = imported(vec![text("resolved.json", &out)], &[]).official;
    assert_eq!(again.groups, official.groups);
    assert_eq!(exported(&again), out);
    assert_ne!(out["catalog"]["uuid"], profile["profile"]["uuid"]);
}

#[test]
fn structures_are_as_asked() {
    let there = catalogue();
    let made = |merge: Option<Value>| {
        let mut profile = profile(json!({}));
        match merge {
            Some(merge) => profile["profile"]["merge"] = merge,
            None => drop(profile["profile"].as_object_mut().expect("is one").remove("merge")),
        }
        exported(&imported(vec![text("profile.json", &profile)], &[("catalogue.json", &there)]).official)
    };
    for flat in [made(None), made(Some(json!({ "flat": {} })))] {
        let ids: Vec<&str> = flat["catalog"]["controls"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|one| one["id"].as_str())
            .collect();
        assert_eq!(ids, ["hr-1", "hr-1.1"]);
        assert!(flat["catalog"].get("groups").is_none());
    }
    let custom = made(Some(json!({ "custom": { "groups": [{ "id": "g", "title": "Mine",
        "insert-controls": [{ "order": "descending", "include-all": {} }] }] } })));
    let ids: Vec<&str> = custom["catalog"]["groups"][0]["controls"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|one| one["id"].as_str())
        .collect();
    assert_eq!(ids, ["hr-1.1", "hr-1"]);
}

#[test]
fn a_profile_of_a_known_framework_lends_its_objectives() {
    let shipped = shipped();
    let nist = &shipped[0];
    let controls: Vec<Value> = nist
        .controls()
        .map(|control| json!({ "id": control.id.to_lowercase().replace('(', ".").replace(')', ""), "title": control.title,
            "parts": [{ "name": "statement", "prose": format!("Do {}.", control.title) }] }))
        .collect();
    let there = json!({ "catalog": { "uuid": "77777777-7777-4777-8777-777777777777",
        "metadata": metadata("Controls"), "groups": [{ "id": "all", "title": "All", "controls": controls }] } });
    let whole = imported(vec![text("nist.json", &there)], &[]).official;
    assert_eq!((whole.role, whole.id.as_str()), (Role::Text, "nist-800-53-r5"));
    assert!(whole.find("AC-2(1)").is_some_and(|control| control.oscal == "ac-2.1"));
    let selection = json!({ "profile": { "uuid": "88888888-8888-4888-8888-888888888888", "metadata": metadata("Small Baseline"),
        "imports": [{ "href": "nist.json", "include-controls": [{ "with-ids": ["ac-2", "sc-28"] }] }], "merge": { "as-is": true } } });
    let baseline = imported(vec![text("small.json", &selection)], &[("nist.json", &there)]).official;
    assert_eq!((baseline.role, baseline.base.as_deref()), (Role::Baseline, Some("nist-800-53-r5")));
    let made = baseline.framework(Some(nist)).expect("is one");
    assert_eq!(made.controls().count(), 2);
    assert_eq!(
        made.find("SC-28").map(|control| &control.wants),
        nist.find("SC-28").map(|control| &control.wants)
    );
    let rules = compline_rules::RuleSet::of(
        vec![crate::testing::page("aws-a-b", &["storage-encrypted-at-rest"], "aws_a")],
        Default::default(),
    );
    let held = library::Library::with_imports(&rules, Vec::new(), vec![baseline, whole]);
    assert!(
        held.controls_of("aws-a-b")
            .iter()
            .any(|edge| &*edge.framework == "small-baseline" && &*edge.id == "SC-28")
    );
    assert_eq!(held.official_texts().statement("nist-800-53-r5", "AC-2"), "Do Account Management.");
}

fn definition() -> Value {
    json!({ "component-definition": { "uuid": "99999999-9999-4999-8999-999999999999", "metadata": metadata("Our Product"),
        "components": [{ "uuid": "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", "type": "software", "title": "The Vault", "description": "Keeps things.",
            "purpose": "to keep", "control-implementations": [{ "uuid": "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb", "source": "#x", "description": "d",
                "set-parameters": [{ "param-id": "p", "values": ["1"] }],
                "implemented-requirements": [{ "uuid": "cccccccc-cccc-4ccc-8ccc-cccccccccccc", "control-id": "sc-28", "description": "All of it is encrypted.",
                    "statements": [{ "statement-id": "sc-28_smt", "uuid": "dddddddd-dddd-4ddd-8ddd-dddddddddddd", "description": "By AES." }] }] }] }],
        "capabilities": [{ "uuid": "eeeeeeee-eeee-4eee-8eee-eeeeeeeeeeee", "name": "n", "description": "d" }],
        "back-matter": { "resources": [{ "uuid": "ffffffff-ffff-4fff-8fff-ffffffffffff", "title": "t" }] } } })
}

#[test]
fn components_claims_stand_beside_controls_and_go_out_again() {
    let there = definition();
    let read = imported(vec![text("product.json", &there)], &[]).official;
    assert_eq!((read.role, read.base.as_deref()), (Role::Claims, Some("nist-800-53-r5")));
    let out: Value =
        serde_json::from_str(&components(&read).expect("has one").expect("writes")).expect("is JSON");
    assert_eq!(out, there);
    assert!(catalog(&read).is_none());
    let held = official::OfficialTexts::of(vec![read]);
    let claims = held.claims("nist-800-53-r5", "SC-28");
    assert_eq!(
        (claims[0].by, claims[0].text, claims[0].statements[0].1),
        ("The Vault", "All of it is encrypted.", "By AES.")
    );
    assert!(held.claims("pci-dss-4.0.1", "SC-28").is_empty());
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let there = catalogue();
    let bytes = |text: &str| SourceFile { name: "x.json".to_owned(), bytes: text.as_bytes().to_vec() };
    let message = |text: &str| refused(vec![bytes(text)], &[]).to_string();
    assert_eq!(message("{ \"catalog\": {\n  \"uuid\": }"), "x.json:2:11: is broken JSON: expected value");
    assert_eq!(
        message("{\"a\": 1}"),
        "x.json:1:1: is no OSCAL file: at its top there is no `catalog`, `profile` or `component-definition`"
    );
    assert_eq!(message("[1, 2]"), message("{\"a\": 1}"));
    assert!(message("<catalog/>").starts_with("x.json:1:1: is XML, and OSCAL is read as JSON and YAML"));
    assert_eq!(message(" "), "x.json: is empty");
    assert!(message("catalog:\n  uuid: [").starts_with("x.json:"), "{}", message("catalog:\n  uuid: ["));
    assert_eq!(
        message("{ \"assessment-results\": { \"metadata\": { \"oscal-version\": \"1.1.2\" } } }"),
        "x.json:1:1: is an OSCAL `assessment-results`, which holds no controls to import"
    );
    let version = |version: Value| {
        let mut other = there.clone();
        other["catalog"]["metadata"]["oscal-version"] = version;
        format!("{other:#}")
    };
    for (good, number) in [
        (true, "1.0.0"),
        (true, "1.2"),
        (false, "2.0.0"),
        (false, "1.3.0"),
        (false, "1.0.0-rc1"),
        (false, ""),
    ] {
        let read = import(
            vec![bytes(&version(json!(number)))],
            &mut folder(&[]),
            &ImportOptions::default(),
            &[],
            &[],
        );
        assert_eq!(read.is_ok(), good, "{number}");
    }
    let fault = refused(vec![bytes(&version(json!("2.0.0")))], &[]);
    assert!(
        fault.message.contains("is written in OSCAL `2.0.0`, and releases 1.0.x, 1.1.x, 1.2.x are read"),
        "{fault}"
    );
    assert!(fault.place.starts_with("x.json:") && fault.help.is_some(), "{fault:?}");
    assert!(message(&version(Value::Null)).contains("does not say which release of OSCAL"));
    let mut typed = there.clone();
    typed["catalog"]["groups"][0]["controls"] = json!(7);
    assert!(
        message(&typed.to_string()).contains("invalid type: integer `7`, expected a list"),
        "{}",
        message(&typed.to_string())
    );
    let mut twice = there.clone();
    twice["catalog"]["controls"][0]["id"] = json!("hr-1");
    assert!(message(&twice.to_string()).contains("has the control `hr-1` twice"));
    let long = SourceFile { name: "long.json".to_owned(), bytes: vec![b' '; MAX_BYTES as usize + 1] };
    assert!(refused(vec![long], &[]).message.contains("67108864 is the most"));
    let deep = format!(
        r#"{{"catalog":{{"uuid":"u","metadata":{{"oscal-version":"1.1.2","title":"t","x":{}1{}}}}}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    assert!(message(&deep).contains("recursion limit"), "{}", message(&deep));
}

#[test]
fn broken_profiles_are_told_with_their_place() {
    let there = catalogue();
    let fault_of = |change: &dyn Fn(&mut Value)| {
        let mut broken = profile(json!({}));
        change(&mut broken["profile"]);
        let given = SourceFile { name: "profile.json".to_owned(), bytes: format!("{broken:#}").into_bytes() };
        refused(vec![given], &[("catalogue.json", &there)])
    };
    let fault =
        fault_of(&|profile| profile["imports"][0]["include-controls"][0]["with-ids"][0] = json!("hr-77"));
    assert_eq!(fault.message, "names the control `hr-77`, which `catalogue.json` does not have");
    assert!(
        fault.place.starts_with("profile.json:") && fault.place.matches(':').count() == 2,
        "{}",
        fault.place
    );
    let fault = fault_of(&|profile| profile["imports"][0]["href"] = json!("gone.json"));
    assert_eq!(fault.message, "imports `gone.json`, which is not there");
    let fault =
        fault_of(&|profile| profile["imports"][0]["href"] = json!("https://example.com/a/catalog.json"));
    assert_eq!(fault.message, "imports `https://example.com/a/catalog.json`, and nothing is ever fetched");
    assert!(fault.help.is_some_and(|help| help.contains("put `catalog.json` beside it")));
    let fault = fault_of(&|profile| profile["imports"][0]["href"] = json!("#99"));
    assert!(fault.message.contains("no resource of its back matter has that id"), "{fault}");
    let fault = fault_of(&|profile| profile["modify"] = json!({ "alters": [{ "control-id": "xx-1" }] }));
    assert_eq!(fault.message, "alters the control `xx-1`, which none of its sources has");
    let fault = fault_of(&|profile| {
        profile["modify"] =
            json!({ "alters": [{ "control-id": "hr-1", "adds": [{ "position": "beside" }] }] })
    });
    assert_eq!(fault.message, "adds at `beside`, which is no position");
    let fault = fault_of(&|profile| profile["merge"] = json!({ "flat": {}, "as-is": true }));
    assert_eq!(fault.message, "asks for more than one structure");
    let fault = fault_of(&|profile| profile["imports"] = json!([]));
    assert!(fault.message.starts_with("imports nothing"), "{fault}");
    let mut lost = profile(
        json!({ "alters": [{ "control-id": "hr-1", "adds": [{ "by-id": "nowhere", "parts": [] }] }] }),
    );
    lost["profile"]["modify"]["set-parameters"] = json!([{ "param-id": "none", "values": ["x"] }]);
    let made = imported(vec![text("profile.json", &lost)], &[("catalogue.json", &there)]);
    assert_eq!(made.notes.len(), 2, "{:?}", made.notes);
}

#[test]
fn imports_that_go_in_a_circle_are_named() {
    let to = |href: &str| {
        let mut one = profile(json!({}));
        one["profile"]["imports"] = json!([{ "href": href, "include-all": {} }]);
        one
    };
    let (a, b) = (to("b.json"), to("a.json"));
    for given in [vec![text("a.json", &a)], vec![text("a.json", &a), text("b.json", &b)]] {
        let fault = refused(given, &[("a.json", &a), ("b.json", &b)]);
        assert_eq!(
            fault.message,
            "the imports go round in a circle: `a.json` imports `b.json` imports `a.json`"
        );
    }
    let own = to("a.json");
    let fault = refused(vec![text("a.json", &own)], &[("a.json", &own)]);
    assert_eq!(fault.message, "the imports go round in a circle: `a.json` imports `a.json`");
}

#[test]
fn two_catalogues_make_no_one_file() {
    let there = catalogue();
    let mut other = there.clone();
    other["catalog"]["metadata"]["title"] = json!("Other");
    let fault = refused(vec![text("a.json", &there), text("b.json", &other)], &[]);
    assert_eq!(
        fault.to_string(),
        "b.json: and `a.json` are two catalogues or profiles, and one import makes one file"
    );
}

#[test]
fn patterns_are_those_of_file_names() {
    for (pattern, text, fits) in [
        ("ac-*", "ac-2.1", true),
        ("ac-?", "ac-2", true),
        ("ac-?", "ac-12", false),
        ("*", "", true),
        ("", "a", false),
        ("a[c-e]-1", "ad-1", true),
        ("a[!c]-1", "ac-1", false),
        ("a[c", "a[c", true),
        ("**.1", "ac-2.1", true),
    ] {
        assert_eq!(glob(pattern, text), fits, "{pattern} {text}");
    }
}

fn words() -> impl Strategy<Value = String> {
    "[a-zA-Z*_{}: ,.;-]{0,30}"
}

fn part(depth: u32) -> BoxedStrategy<Value> {
    let leaf = (words(), "[a-z]{1,8}").prop_map(|(prose, name)| json!({ "name": name, "prose": prose }));
    leaf.prop_recursive(depth, 12, 3, |inner| {
        ("[a-z]{1,8}", prop::collection::vec(inner, 1..3), words())
            .prop_map(|(name, parts, title)| json!({ "name": name, "title": title, "parts": parts }))
    })
    .boxed()
}

proptest! {
    #[test]
    fn any_catalogue_comes_back(
        shape in prop::collection::vec((prop::bool::ANY, prop::bool::ANY, words(), part(3), "[a-zA-Z0-9.()]{0,5}"), 1..12)
    ) {
        let mut there = catalogue();
        let mut controls: Vec<Value> = Vec::new();
        for (number, (nested, labelled, title, part, label)) in shape.into_iter().enumerate() {
            let mut control = json!({ "id": format!("c-{number}"), "title": title, "parts": [part] });
            if labelled {
                control["props"] = json!([{ "name": "label", "value": label }]);
            }
            match controls.last_mut().filter(|_| nested) {
                Some(last) => {
                    let mut below = last["controls"].as_array().cloned().unwrap_or_default();
                    below.push(control);
                    last["controls"] = json!(below);
                }
                None => controls.push(control),
            }
        }
        there["catalog"]["groups"][0]["controls"] = json!(controls);
        let read = import(vec![text("c.json", &there)], &mut folder(&[]), &ImportOptions::default(), &[], &[]).expect("imports");
        prop_assert_eq!(exported(&read.official), there);
    }
}

#[test]
fn the_losses_are_published() {
    let page = include_str!("../../../docs/oscal.md");
    for loss in LOSSES {
        assert!(page.contains(&format!("- {}\n", loss.what)), "docs/oscal.md does not say: {}", loss.what);
    }
}

#[test]
fn the_schema_of_our_form_knows_the_same_words() {
    let schema: Value = serde_json::from_str(include_str!("../../official.schema.json")).expect("is JSON");
    let mut read =
        imported(vec![text("catalogue.json", &catalogue()), text("d.json", &definition())], &[]).official;
    read.base = Some("b".to_owned());
    for group in &mut read.groups {
        group.parent = Some("p".to_owned());
        group.loose = true;
        for control in &mut group.controls {
            control.summary = Some("s".to_owned());
            control.shown = Some(Shown::Partial);
            control.wants = Some(Default::default());
            (control.pins, control.excludes) = (vec!["r".to_owned()], vec!["r".to_owned()]);
            let asked = serde_json::from_value(json!({ "value": 1 })).expect("a parameter");
            control.parameters = [("p".to_owned(), asked)].into();
        }
    }
    let written = serde_json::to_value(&read).expect("writes");
    let mut met: HashMap<&str, BTreeSet<String>> = HashMap::new();
    let mut note = |place: &'static str, value: &Value| {
        met.entry(place).or_default().extend(value.as_object().expect("an object").keys().cloned());
    };
    note("", &written);
    note("/properties/origin", &written["origin"]);
    for group in written["groups"].as_array().expect("a list") {
        note("/$defs/group", group);
        for control in group["controls"].as_array().expect("a list") {
            note("/$defs/control", control);
        }
    }
    for (place, keys) in met {
        let known = schema.pointer(place).expect(place)["properties"].as_object().expect("an object");
        assert_eq!(keys, known.keys().cloned().collect(), "{place}");
    }
}
