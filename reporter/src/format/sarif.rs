//! SARIF 2.1.0: what code hosts and editors read.

use compline_frameworks::Library;
use compline_rules::{Safety, Severity};
use serde_json::{Map, Value, json};

use super::{Audience, Format, Renderer};
use crate::notice::Notice;
use crate::report::Report;
use crate::result::CheckResult;
use crate::run::{ControlNote, FileRange, Judgement, OutcomeKind, Run};

pub static FORMAT: Format = Format {
    name: "sarif",
    file: "report.sarif",
    media_type: "application/sarif+json",
    help: "SARIF 2.1.0: what code hosts and editors read",
    audience: Audience::Programs,
    names_problems: true,
    renderers: &[
        Renderer::Check(|result, style| check(result, style.also.contains(&OutcomeKind::Pass))),
        Renderer::Report(render),
    ],
};

/// Code hosts refuse a rule with more tags.
const TAGS: usize = 20;

/// The verdicts of a report, passes included.
fn render(report: &Report) -> Result<Vec<u8>, String> {
    let taxonomies: Vec<Taxonomy> = report
        .frameworks
        .iter()
        .map(|framework| Taxonomy {
            id: framework.id.clone(),
            title: framework.title.clone(),
            version: framework.version.clone(),
            publisher: framework.publisher.clone(),
            source: framework.source.clone(),
            controls: framework
                .controls
                .iter()
                .filter(|control| !control.evidence.is_empty())
                .map(|control| (control.id.clone(), control.title.clone()))
                .collect(),
        })
        .collect();
    written(&report.run, &report.notices(), &taxonomies, true)
}

/// The verdicts of a check, with the titles of the controls they bear on. Code hosts show each result as an
/// alert, so passes are left out unless asked for.
fn check(result: &CheckResult<'_>, passes: bool) -> Result<Vec<u8>, String> {
    let (run, library) = (result.run, result.library);
    let mut taxonomies: Vec<Taxonomy> = Vec::new();
    for control in run.judgements.iter().flat_map(|judgement| &judgement.controls) {
        let known = taxonomies.iter().position(|taxonomy| *taxonomy.id == *control.framework);
        let at = known.unwrap_or_else(|| {
            taxonomies.push(Taxonomy::named(&control.framework, library));
            taxonomies.len() - 1
        });
        let Some(taxonomy) = taxonomies.get_mut(at) else { continue };
        if !taxonomy.controls.iter().any(|(id, _)| **id == *control.id) {
            let found = library.find(&control.framework).and_then(|framework| framework.find(&control.id));
            let title = found.map_or(String::new(), |control| control.title.clone());
            taxonomy.controls.push((control.id.to_string(), title));
        }
    }
    taxonomies.sort_by(|a, b| a.id.cmp(&b.id));
    for taxonomy in &mut taxonomies {
        taxonomy.controls.sort();
    }
    written(run, &run.notices(), &taxonomies, passes)
}

/// A framework, with the controls that are cited.
struct Taxonomy {
    id: String,
    title: String,
    version: String,
    publisher: String,
    source: String,
    controls: Vec<(String, String)>,
}

impl Taxonomy {
    fn named(id: &str, library: &Library) -> Self {
        let found = library.find(id);
        let text = |pick: fn(&compline_frameworks::Framework) -> &String, or: &str| {
            found.map_or(or.to_owned(), |framework| pick(framework).clone())
        };
        Self {
            id: id.to_owned(),
            title: text(|framework| &framework.title, id),
            version: text(|framework| &framework.version, ""),
            publisher: text(|framework| &framework.publisher, ""),
            source: text(|framework| &framework.source, ""),
            controls: Vec::new(),
        }
    }
}

fn written(
    run: &Run,
    notices: &[Notice<'_>],
    taxonomies: &[Taxonomy],
    passes: bool,
) -> Result<Vec<u8>, String> {
    let ids: Vec<&str> = run.rules.keys().map(|id| &**id).collect();
    let index = |rule: &str| ids.binary_search(&rule).ok();
    let kept = || run.judgements.iter().filter(|one| passes || one.outcome != OutcomeKind::Pass);
    // Where any result has suppressions, all of them must say theirs.
    let suppressing = kept().any(|one| one.waiver.is_some());
    let results: Vec<Value> = kept()
        .map(|one| {
            let mut out = result(run, one, index(&one.rule), taxonomies);
            put(&mut out, "suppressions", suppressing.then(|| suppressions(one)));
            out
        })
        .collect();
    let notifications: Vec<Value> = notices.iter().map(notification).collect();
    let (name, version) = run.tool.split_once(' ').unwrap_or((run.tool.as_str(), ""));
    let mut driver = json!({ "name": name, "rules": run.rules.keys().map(|id| rule(run, id, taxonomies)).collect::<Vec<_>>() });
    put(&mut driver, "semanticVersion", Some(version).filter(|version| !version.is_empty()).map(Value::from));
    let supported: Vec<Value> =
        taxonomies.iter().enumerate().map(|(index, one)| component(index, one)).collect();
    if !supported.is_empty() {
        put(&mut driver, "supportedTaxonomies", Some(supported.into()));
    }
    let mut document_run = json!({
        "tool": { "driver": driver },
        "columnKind": "unicodeCodePoints",
        "invocations": [{
            "executionSuccessful": run.complete,
            "toolExecutionNotifications": notifications,
        }],
        "results": results,
    });
    if !taxonomies.is_empty() {
        put(&mut document_run, "taxonomies", Some(taxonomies.iter().map(taxonomy).collect()));
    }
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [document_run],
    });
    let mut bytes = serde_json::to_vec_pretty(&document)
        .map_err(|error| format!("the SARIF cannot be written: {error}"))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn put(value: &mut Value, key: &str, entry: Option<Value>) {
    if let (Value::Object(map), Some(entry)) = (value, entry) {
        map.insert(key.to_owned(), entry);
    }
}

fn rule(run: &Run, id: &str, taxonomies: &[Taxonomy]) -> Value {
    let Some(note) = run.rules.get(id) else { return json!({ "id": id }) };
    let mut controls = run.judgements.iter().filter(|judgement| *judgement.rule == *id);
    let controls: &[ControlNote] = controls.next().map_or(&[], |judgement| judgement.controls.as_slice());
    let tags: Vec<String> = std::iter::once("compliance".to_owned())
        .chain(controls.iter().map(|control| format!("{}/{}", control.framework, control.id)))
        .take(TAGS)
        .collect();
    let prose = if note.prose.is_empty() { &note.title } else { &note.prose };
    let mut out = json!({
        "id": id,
        "name": pascal(id),
        "shortDescription": { "text": sentence(&note.title) },
        "fullDescription": { "text": first_paragraph(prose) },
        "help": { "text": prose, "markdown": prose },
        "defaultConfiguration": { "level": level(note.severity) },
        "properties": {
            "tags": tags,
            "severity": note.severity.to_string(),
            "security-severity": score(note.severity),
            "precision": "high",
        },
    });
    let relationships: Vec<Value> = controls
        .iter()
        .filter_map(|control| Some(json!({ "target": taxon(control, taxonomies)?, "kinds": ["relevant"] })))
        .collect();
    if !relationships.is_empty() {
        put(&mut out, "relationships", Some(relationships.into()));
    }
    out
}

fn result(run: &Run, judgement: &Judgement, index: Option<usize>, taxonomies: &[Taxonomy]) -> Value {
    let (kind, level) = match judgement.outcome {
        OutcomeKind::Fail | OutcomeKind::Waived => ("fail", level(judgement.severity)),
        OutcomeKind::Unknown => ("open", "none"),
        OutcomeKind::Pass => ("pass", "none"),
    };
    let mut out = json!({
        "ruleId": &*judgement.rule,
        "kind": kind,
        "level": level,
        "message": { "text": message(run, judgement) },
        "locations": [location(judgement)],
        "partialFingerprints": { "compline/1": judgement.fingerprint },
    });
    put(&mut out, "ruleIndex", index.map(Value::from));
    if !judgement.related.is_empty() {
        let related = judgement.related.iter().enumerate().map(|(id, (place, text))| {
            json!({ "id": id + 1, "physicalLocation": physical(place), "message": { "text": text } })
        });
        put(&mut out, "relatedLocations", Some(related.collect()));
    }
    put(&mut out, "fixes", fixes(judgement));
    let taxa: Vec<Value> =
        judgement.controls.iter().filter_map(|control| taxon(control, taxonomies)).collect();
    if !taxa.is_empty() {
        put(&mut out, "taxa", Some(taxa.into()));
    }
    put(&mut out, "properties", Some(properties(judgement)));
    out
}

fn suppressions(judgement: &Judgement) -> Value {
    let Some(waiver) = &judgement.waiver else { return json!([]) };
    let external =
        waiver.place.rsplit_once(':').map_or(&*waiver.place, |(file, _)| file).ends_with("waivers.yaml");
    // No `status`: its default is accepted, and published schemas disagree on the property's name.
    let mut out = json!({ "kind": if external { "external" } else { "inSource" } });
    put(&mut out, "justification", waiver.reason.as_ref().map(|reason| Value::from(&**reason)));
    let mut properties = json!({ "place": &*waiver.place });
    put(&mut properties, "until", waiver.until.as_ref().map(|until| Value::from(&**until)));
    put(&mut properties, "by", waiver.by.as_ref().map(|by| Value::from(&**by)));
    put(&mut out, "properties", Some(properties));
    json!([out])
}

fn message(run: &Run, judgement: &Judgement) -> String {
    let text = match (&judgement.outcome, &judgement.why) {
        (OutcomeKind::Unknown, Some((_, why))) => {
            format!("cannot tell whether {}: {why}", run.title(&judgement.rule))
        }
        (OutcomeKind::Pass, _) => format!("`{}` passes: {}", judgement.address, judgement.message),
        _ => format!("{}: {}", run.title(&judgement.rule), judgement.message),
    };
    sentence(&text)
}

fn properties(judgement: &Judgement) -> Value {
    let mut out = json!({
        "address": &*judgement.address,
        "kind": &*judgement.kind,
        "severity": judgement.severity.to_string(),
        "outcome": judgement.outcome.word(),
        "path": judgement.path,
        "observed": judgement.observed,
        "expected": judgement.expected,
    });
    put(&mut out, "assumption", judgement.assumption.as_deref().map(Value::from));
    out
}

fn location(judgement: &Judgement) -> Value {
    let mut out = json!({
        "logicalLocations": [{ "fullyQualifiedName": &*judgement.address, "kind": "resource" }],
    });
    put(&mut out, "physicalLocation", judgement.place.as_ref().map(physical));
    out
}

fn physical(place: &FileRange) -> Value {
    json!({ "artifactLocation": { "uri": uri(&place.file), "uriBaseId": "%SRCROOT%" }, "region": region(place) })
}

fn region(place: &FileRange) -> Value {
    json!({
        "startLine": place.start.line,
        "startColumn": place.start.column,
        "endLine": place.end.line,
        "endColumn": place.end.column,
    })
}

fn fixes(judgement: &Judgement) -> Option<Value> {
    let fix = judgement.fix.as_ref().filter(|fix| !fix.edits.is_empty() && fix.safety != Safety::Display)?;
    let mut files: Vec<(&str, Vec<Value>)> = Vec::new();
    for (place, text) in &fix.edits {
        let replacement = json!({ "deletedRegion": region(place), "insertedContent": { "text": text } });
        match files.iter_mut().find(|(file, _)| **file == *place.file) {
            Some((_, replacements)) => replacements.push(replacement),
            None => files.push((&place.file, vec![replacement])),
        }
    }
    let changes: Vec<Value> = files
        .into_iter()
        .map(|(file, replacements)| {
            json!({
                "artifactLocation": { "uri": uri(file), "uriBaseId": "%SRCROOT%" },
                "replacements": replacements,
            })
        })
        .collect();
    let text = sentence(&format!("{} ({} fix)", fix.title, fix.safety));
    Some(json!([{ "description": { "text": text }, "artifactChanges": changes }]))
}

fn component(index: usize, taxonomy: &Taxonomy) -> Value {
    json!({ "name": taxonomy.id, "index": index })
}

fn taxonomy(taxonomy: &Taxonomy) -> Value {
    let taxa: Vec<Value> = taxonomy
        .controls
        .iter()
        .map(|(id, title)| {
            let mut taxon = json!({ "id": id });
            let title = Some(title).filter(|title| !title.is_empty());
            put(&mut taxon, "shortDescription", title.map(|title| json!({ "text": title })));
            taxon
        })
        .collect();
    let mut out = Map::new();
    out.insert("name".to_owned(), taxonomy.id.clone().into());
    let mut texts = vec![("version", &taxonomy.version), ("organization", &taxonomy.publisher)];
    texts.push(("informationUri", &taxonomy.source));
    for (key, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
        out.insert(key.to_owned(), text.clone().into());
    }
    out.insert("shortDescription".to_owned(), json!({ "text": taxonomy.title }));
    out.insert("isComprehensive".to_owned(), false.into());
    out.insert("taxa".to_owned(), taxa.into());
    Value::Object(out)
}

fn taxon(control: &ControlNote, taxonomies: &[Taxonomy]) -> Option<Value> {
    let at = taxonomies.iter().position(|taxonomy| *taxonomy.id == *control.framework)?;
    Some(json!({ "id": &*control.id, "toolComponent": { "name": &*control.framework, "index": at } }))
}

fn notification(notice: &Notice<'_>) -> Value {
    let mut out = json!({ "level": notice.kind.level(), "message": { "text": sentence(&notice.text()) } });
    if let Some(file) = notice.file {
        let mut place = json!({ "artifactLocation": { "uri": uri(file), "uriBaseId": "%SRCROOT%" } });
        let line = notice.line.map(|line| json!({ "startLine": line }));
        put(&mut place, "region", notice.range.map(region).or(line));
        put(&mut out, "locations", Some(json!([{ "physicalLocation": place }])));
    }
    put(&mut out, "descriptor", Some(json!({ "id": notice.kind.word() })));
    out
}

fn unreserved(c: u8) -> bool {
    c.is_ascii_alphanumeric() || b"-._~/@+,()=$!*'".contains(&c)
}

/// A path as a relative reference.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if unreserved(byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// SARIF wants sentences that end in a full stop.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", chars.as_str())
}

fn first_paragraph(prose: &str) -> String {
    sentence(&prose.split("\n\n").next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" "))
}

fn pascal(id: &str) -> String {
    id.split('-')
        .map(|word| word.get(..1).unwrap_or_default().to_uppercase() + word.get(1..).unwrap_or_default())
        .collect()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
    }
}
