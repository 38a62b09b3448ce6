use super::{CatalogueProblem, Framework, check, normal};
use crate::builtin;

const HEAD: &str = "id: own-1\ntitle: Our own\nshort: OWN\nversion: '1'\npublisher: Us\npublished: '2026-01-01'\n\
                    licence: public-domain\nsource: https://example.com\ngroups:\n  - id: A\n    title: First\n    controls:\n";

fn read(text: &str) -> Result<Framework, Vec<CatalogueProblem>> {
    super::read(text, builtin::objectives())
}

fn with(controls: &str) -> Result<(), Vec<String>> {
    let indented: String = controls.lines().map(|line| format!("      {line}\n")).collect();
    read(&format!("{HEAD}{indented}")).map(drop).map_err(|problems| texts(&problems))
}

fn texts(problems: &[CatalogueProblem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

fn complaint(controls: &str) -> String {
    with(controls).expect_err("it is wrong").join("; ")
}

const GOOD: &str = "- { id: A-1, title: One, summary: Text., shown: organisational }\n";

#[test]
fn a_good_file_is_read() {
    with(GOOD).expect("reads");
    with(&format!(
        "{GOOD}- {{ id: A-1(1), title: Two, summary: Text., shown: auto-iac, wants: {{ fully: [storage-encrypted-at-rest] }} }}\n\
         - {{ id: A-2, title: Three, withdrawn: [A-1] }}\n"
    ))
    .expect("reads");
}

#[test]
fn what_is_wrong_is_named_with_its_control() {
    for (controls, expected) in [
        (
            "- { id: A-1, title: One, summary: T., shown: auto-iac, wants: { fully: [no-such] } }\n",
            "control `A-1`: wants `no-such`, which is no objective",
        ),
        (
            "- { id: A-1, title: One, summary: T., shown: manual-evidence, wants: { partly: [audit-trail-enabled] } }\n",
            "control `A-1`: is `manual-evidence`: only `auto-iac`, `auto-runtime`, `auto-log` and `partial` want objectives",
        ),
        (
            "- { id: A-1, title: One, summary: T., shown: partial }\n",
            "control `A-1`: is `partial` and wants no objective",
        ),
        (
            "- { id: A-1, title: One, withdrawn: [A-9] }\n",
            "control `A-1`: is withdrawn into `A-9`, which does not exist",
        ),
        (&format!("{GOOD}{GOOD}"), "control `A-1`: the id is given twice"),
        (
            &format!("{GOOD}- {{ id: a-01, title: Two, summary: T., shown: organisational }}\n"),
            "control `a-01`: reads the same as `A-1`",
        ),
        (
            &format!("- {{ id: A-10, title: Ten, summary: T., shown: organisational }}\n{GOOD}"),
            "control `A-1`: stands after `A-10`; keep the publisher's order",
        ),
        ("- { id: A-1, title: One }\n", "control `A-1`: a summary is needed"),
        (
            &format!("{GOOD}- {{ id: '', title: Two, summary: T., shown: organisational }}\n"),
            "groups: the control `` titled `Two` has no id",
        ),
    ] {
        assert_eq!(complaint(controls), expected);
    }
}

#[test]
fn a_framework_is_of_a_day_and_under_a_licence() {
    let text = format!("{HEAD}      {GOOD}");
    for (there, wrong, expected) in [
        ("'2026-01-01'", "soon", "published: `soon` is no date; write it as 2026-01-31"),
        ("'2026-01-01'", "'2026-13-01'", "published: `2026-13-01` is no date; write it as 2026-01-31"),
        ("public-domain", "''", "licence: a text is needed"),
    ] {
        assert_eq!(texts(&read(&text.replace(there, wrong)).expect_err("it is wrong")), [expected]);
    }
    for right in ["'2026'", "'2026-02'"] {
        read(&text.replace("'2026-01-01'", right)).expect("reads");
    }
    let nameless = format!("{text}      - {{ id: '', title: Two, summary: T., shown: organisational }}\n");
    let problems = read(&nameless).expect_err("it is wrong");
    assert_eq!(super::line_of(&nameless, &problems[0]), Some(nameless.lines().count()));
}

#[test]
fn a_word_the_schema_does_not_know_is_refused_with_its_line() {
    let message = complaint("- { id: A-1, title: One, summry: T. }\n");
    assert_eq!(
        message,
        "control `A-1`: has `summry`, which is no field of a control; control `A-1`: a summary is needed"
    );
    let several = format!("mood: good\n{HEAD}      - {{ id: A-1, heading: One }}\n      {GOOD}")
        .replace("    title: First", "    heading: First");
    let message = read(&several).expect_err("it is wrong");
    let lines: Vec<Option<usize>> = message.iter().map(|one| super::line_of(&several, one)).collect();
    assert_eq!(lines, [Some(1), Some(11), Some(14)], "{message:?}");
}

#[test]
fn objectives_are_checked() {
    let message =
        check::read_objectives("- { id: Not Kebab, title: T, evidence: E }\n").expect_err("it is wrong");
    assert_eq!(texts(&message), ["objective `Not Kebab`: an id is lower-case words joined by `-`"]);
}

#[test]
fn spellings_of_an_id_are_one() {
    for same in ["SC-8(1)", "sc-8.1", "SC-08(01)", "sc 8 1"] {
        assert_eq!(normal(same), "sc.8.1");
    }
    assert_eq!(normal("§164.312(a)(2)(iv)"), "164.312.a.2.iv");
    assert_eq!(normal("P1.0"), "p1.0");
}

#[test]
fn the_schema_knows_the_same_words() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../framework.schema.json")).expect("is JSON");
    let framework =
        serde_json::to_value(crate::testing::framework(&[("1.1", &["one"], &[])])).expect("serialises");
    let same = |place: &str, value: &serde_json::Value| {
        let sorted = |value: &serde_json::Value| {
            let mut keys: Vec<String> =
                value.as_object().into_iter().flat_map(|map| map.keys().cloned()).collect();
            keys.sort();
            keys
        };
        assert_eq!(sorted(&schema.pointer(place).expect(place)["properties"]), sorted(value), "{place}");
    };
    let group = &framework["groups"][0];
    same("", &framework);
    same("/$defs/group", group);
    same("/$defs/control", &group["controls"][0]);
    same("/$defs/control/properties/wants", &group["controls"][0]["wants"]);
    for word in schema
        .pointer("/$defs/control/properties/shown/enum")
        .and_then(|words| words.as_array())
        .expect("words")
    {
        let shown: super::Shown = serde_json::from_value(word.clone()).expect("a word of `shown`");
        assert_eq!(shown.word(), word);
    }
}
