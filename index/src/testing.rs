//! Small frameworks, rules and resources for the tests of this room.

use std::collections::BTreeMap;
use std::sync::Arc;

use compline_frameworks::{Control, Framework, Group, Shown, Wanted};
use compline_iac::{Dialect, Existence, Mode, Origin, Resource, SourceId, Span, Value};
use compline_rules::check::{Body, Check, Entry};
use compline_rules::{Expected, Rule, RuleInfo, Severity};

/// A framework with one control that only people can show.
pub fn framework(control: &str) -> Framework {
    let control = Control {
        id: control.to_owned(),
        title: format!("Control {control}"),
        summary: "A summary.".to_owned(),
        shown: Shown::ManualEvidence,
        baselines: Vec::new(),
        status: None,
        parent: None,
        withdrawn: None,
        aliases: Vec::new(),
        wants: Wanted::default(),
        pins: Vec::new(),
        excludes: Vec::new(),
        parameters: BTreeMap::new(),
    };
    Framework {
        id: "test-1".to_owned(),
        title: "Test".to_owned(),
        short: "T".to_owned(),
        version: "1".to_owned(),
        publisher: "Nobody".to_owned(),
        published: "2026-01-01".to_owned(),
        licence: "public-domain".to_owned(),
        source: "https://example.com".to_owned(),
        groups: vec![Group { id: "1".to_owned(), title: "One".to_owned(), controls: vec![control] }],
    }
}

/// A rule of the tests with a title of its own.
pub fn titled(id: &str, title: &str, objectives: &[&str], kind: &str) -> Rule {
    let info = RuleInfo {
        id: id.to_owned(),
        title: title.to_owned(),
        severity: Severity::High,
        objectives: objectives.iter().map(|one| (*one).to_owned()).collect(),
        aliases: Default::default(),
        was: Vec::new(),
        covers: Vec::new(),
        sources: Vec::new(),
        example: None,
        prose: String::new(),
    };
    let entry = Entry {
        kinds: vec![kind.to_owned()],
        view: false,
        body: Body::default(),
        expected: Expected::default(),
    };
    Rule::new(info, Check::Kinds(vec![entry]), None)
}

const NOWHERE: Span = Span { source: SourceId(0), start: 0, end: 0 };

pub fn resource(kind: &str, name: &str) -> Resource {
    Resource {
        address: Arc::from(format!("{kind}.{name}")),
        kind: Arc::from(kind),
        name: Arc::from(name),
        dialect: Dialect::Terraform,
        mode: Mode::Managed,
        body: Value::text("", Origin::default()),
        outer: None,
        header: NOWHERE,
        span: NOWHERE,
        existence: Existence::Certain,
        scope: Arc::from(""),
        calls: Vec::new(),
    }
}
