//! What is refused because nothing could be done with it, and what must not take long.

use super::*;
use crate::official::OfficialTexts;

fn only(change: impl Fn(&mut Value)) -> SourceFile {
    let mut there = catalogue();
    change(&mut there["catalog"]);
    text("catalogue.json", &there)
}

#[test]
fn a_control_without_an_id_is_refused_where_it_stands() {
    let fault = refused(vec![only(|catalog| catalog["groups"][0]["controls"][0]["id"] = json!(" "))], &[]);
    assert_eq!(fault.message, "has a control without an id, titled `Keys and Locks`");
    assert!(fault.place.starts_with("catalogue.json:1:") && fault.help.is_some(), "{fault:?}");
}

#[test]
fn more_controls_than_anything_could_show_are_refused() {
    let many: Vec<Value> =
        (0..=MAX_CONTROLS).map(|at| json!({ "id": format!("c-{at}"), "title": "C" })).collect();
    let fault = refused(vec![only(|catalog| catalog["controls"] = json!(many))], &[]);
    let controls = MAX_CONTROLS + 1 + 4;
    assert_eq!(fault.message, format!("has {controls} controls, and {MAX_CONTROLS} is the most"));
    assert!(fault.help.is_some_and(|help| help.contains("split the catalogue by its groups")));
}

#[test]
fn nothing_is_made_that_would_be_refused_when_it_is_read() {
    let alike = json!([{ "id": "c-1", "title": "One" }, { "id": "C-01", "title": "Two" }]);
    let fault = refused(vec![only(|catalog| catalog["controls"] = alike.clone())], &[]);
    assert_eq!(fault.message, "control `C-01`: reads the same as `c-1`");
    assert!(fault.place.starts_with("catalogue.json:1:"), "{fault:?}");
    let fault = refused(vec![only(|catalog| catalog["metadata"]["version"] = json!(""))], &[]);
    assert_eq!(fault.message, "version: a text is needed");
    let bare = vec![only(|catalog| catalog["groups"][0]["controls"][0]["title"] = json!(""))];
    let made = imported(bare, &[]).official.framework(None).expect("is one");
    assert_eq!(made.find("HR-1").map(|control| control.title.as_str()), Some("HR-1"));
    // An id in the file that is another control's published id names that one alone.
    let swapped = only(|catalog| {
        let label = |name: &str| json!([{ "name": "label", "value": name }]);
        catalog["controls"] = json!([
            { "id": "c-1", "title": "One", "props": label("C-2") },
            { "id": "c-2", "title": "Two", "props": label("C-1") },
        ]);
    });
    let made = imported(vec![swapped], &[]).official.framework(None).expect("is one");
    assert_eq!(made.find("c-1").map(|control| control.title.as_str()), Some("Two"));
}

#[test]
fn profiles_that_many_import_are_carried_out_once() {
    // Each imports the one before it twice: two to the power of their number if each import were followed.
    let levels = 40;
    let mut files = vec![("d0.json".to_owned(), catalogue())];
    for level in 1..=levels {
        let import = json!({ "href": format!("d{}.json", level - 1), "include-all": {} });
        let mut one = profile(json!({}));
        one["profile"]["imports"] = json!([import, import]);
        files.push((format!("d{level}.json"), one));
    }
    let named: Vec<(&str, &Value)> = files.iter().map(|(name, value)| (name.as_str(), value)).collect();
    let (last, value) = named.last().expect("there are some");
    let read = imported(vec![text(last, value)], &named);
    assert_eq!(read.official.controls().count(), 5);
    assert_eq!(read.official.origin.files.len(), levels + 1);
}

#[test]
fn a_release_may_be_written_with_a_v_and_a_text_in_utf_16_is_called_so() {
    let marked = imported(vec![only(|catalog| catalog["metadata"]["oscal-version"] = json!("v1.2.2"))], &[]);
    assert_eq!(marked.official.origin.metadata.oscal_version, "v1.2.2");
    let fault = refused(vec![only(|catalog| catalog["metadata"]["oscal-version"] = json!("v2.0.0"))], &[]);
    assert!(fault.message.starts_with("is written in OSCAL `v2.0.0`"), "{fault}");
    let text = catalogue().to_string();
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [little.clone(), [vec![0xff, 0xfe], little].concat()] {
        let fault = refused(vec![SourceFile { name: "a.json".to_owned(), bytes }], &[]);
        assert_eq!(fault.message, "is UTF-16, and OSCAL files are UTF-8");
    }
}

#[test]
fn aliases_that_say_more_than_a_file_can_are_refused_in_plain_words() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let below = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{below}]\n"));
    }
    let fault = refused(vec![SourceFile { name: "a.yaml".to_owned(), bytes: bomb.into_bytes() }], &[]);
    assert!(fault.message.starts_with("uses aliases to say more"), "{fault}");
}

#[test]
fn statements_are_found_by_id_and_by_label() {
    let read = imported(vec![text("catalogue.json", &catalogue())], &[]).official;
    let made = read.framework(None).expect("is one");
    let control = read.find("HR-1").expect("is there");
    let text = |name: &str| {
        let named = made.statement(name).expect("names a statement");
        let lines = read.item(control, &named)?;
        Some(lines.iter().map(official::Line::indented).collect::<Vec<_>>().join("\n"))
    };
    for name in ["hr-1_smt.b", "HR-1b.", "HR-01 (b)", "HR-1_smt.b."] {
        assert_eq!(text(name).as_deref(), Some("b. Give a person, two of the house a key."), "{name}");
    }
    assert_eq!(text("hr-1_gdn").as_deref(), Some("Keys are *small*."));
    assert_eq!(text("HR-1z"), None);
}

#[test]
fn what_is_said_of_a_control_has_its_parameters_filled_in() {
    let read = imported(vec![text("catalogue.json", &catalogue())], &[]).official;
    let mut claims = definition();
    let requirement = &mut claims["component-definition"]["components"][0]["control-implementations"][0]["implemented-requirements"]
        [0];
    let id = requirement["control-id"].as_str().expect("has one").to_owned();
    requirement["set-parameters"] = json!([{ "param-id": "own", "values": ["ours"] }]);
    let definitions = imported(vec![text("c.json", &claims)], &[]).official;
    let texts = OfficialTexts::of(vec![read, definitions]);
    let by = claims["component-definition"]["components"][0]["title"].as_str().expect("has one");
    let claim = official::Claim { by, within: "", text: "", statements: Vec::new() };
    let text = "{{ insert: param, own }}: {{ insert: param, hr-1_prm_3 }}.";
    assert_eq!(
        texts.filled("house-rules-of-the-board", "HR-1", &claim, text),
        "[Assignment: own]: a person, two."
    );
    assert_eq!(texts.filled("nist-800-53-r5", &id, &claim, text), "ours: [Assignment: hr-1_prm_3].");
}
