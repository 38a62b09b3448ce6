//! Small frameworks, rules, resources and verdicts for the tests of this room.

use std::collections::BTreeMap;
use std::sync::Arc;

use compline_iac::{
    Dialect, Existence, Inventory, Mode, Origin, Resource, Snapshot, SourceId, Span, Value, Why, WhyKind,
};
use compline_rules::check::{Body, Check, Entry};
use compline_rules::waiver::{Scope, Waiver, WaiverSource};
use compline_rules::{Expected, Observed, Outcome, Rule, RuleInfo, Severity, Verdict};

use crate::catalogue::{Control, Framework, Group, Shown, Wanted};

/// Controls with what they want fully and partly; the first group's.
pub fn framework(controls: &[(&str, &[&str], &[&str])]) -> Framework {
    let texts = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect();
    let controls = controls
        .iter()
        .map(|(id, fully, partly)| Control {
            id: (*id).to_owned(),
            title: format!("Control {id}"),
            summary: "A summary.".to_owned(),
            shown: if fully.is_empty() { Shown::Partial } else { Shown::AutoIac },
            baselines: Vec::new(),
            status: None,
            parent: None,
            withdrawn: None,
            aliases: Vec::new(),
            wants: Wanted { fully: texts(fully), partly: texts(partly) },
            pins: Vec::new(),
            excludes: Vec::new(),
            parameters: BTreeMap::new(),
        })
        .collect();
    Framework {
        id: "test-1".to_owned(),
        title: "Test".to_owned(),
        short: "T".to_owned(),
        version: "1".to_owned(),
        publisher: "Nobody".to_owned(),
        published: "2026-01-01".to_owned(),
        licence: "public-domain".to_owned(),
        source: "https://example.com".to_owned(),
        groups: vec![Group { id: "1".to_owned(), title: "One".to_owned(), controls }],
    }
}

pub fn page(id: &str, objectives: &[&str], kind: &str) -> Rule {
    titled(id, &format!("{id} is wrong"), objectives, kind)
}

/// The same with a title of its own.
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

pub fn snapshot(resources: Vec<Resource>) -> Snapshot {
    let mut snapshot = Snapshot::default();
    snapshot.inventories = vec![Arc::new(Inventory::new("", resources))];
    snapshot
}

pub fn verdict(rule: &str, resource: &Resource, outcome: Outcome) -> Verdict {
    Verdict {
        rule: Arc::from(rule),
        severity: Severity::High,
        address: Arc::clone(&resource.address),
        kind: Arc::clone(&resource.kind),
        dialect: Some(resource.dialect),
        root: Arc::from(""),
        outcome,
        locus: None,
        path: Arc::default(),
        observed: Observed::Nothing,
        expected: Expected::default(),
        message: String::new(),
        assumption: None,
        fix: None,
        folded_under: None,
        values: Arc::default(),
        otherwise: Vec::new(),
        fingerprint: String::new(),
    }
}

pub fn unknown() -> Outcome {
    Outcome::Unknown(Why::new(WhyKind::Variable, "variable `x` has no value"))
}

pub fn waived(until: Option<&str>) -> Outcome {
    Outcome::Waived(Arc::new(Waiver {
        rule: Arc::from("any"),
        reason: None,
        until: until.map(Arc::from),
        by: None,
        source: WaiverSource::File { path: Arc::from("compline.waivers.yaml"), line: 1 },
        conditions: Vec::new(),
        fault: None,
        scope: Scope::File(SourceId(0)),
    }))
}
