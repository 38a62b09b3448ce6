//! SARIF 2.1.0: what code hosts and editors read.

mod wire;

use compline_frameworks::Library;
use compline_rules::{Safety, Severity};

use super::findings::parameters;
use super::json::{AdjustmentBody, FoldBody, PolicyBody};
use super::{Audience, Format, Renderer};
use crate::escape::markdown::Page;
use crate::escape::sarif::SarifText;
use crate::escape::{self, Output, web_address};
use crate::notice::Notice;
use crate::report::Report;
use crate::result::CheckResult;
use crate::run::{ControlNote, FileRange, Judgement, OutcomeKind, RuleNote, Run};

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
fn render(report: &Report) -> Result<Output, String> {
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
fn check(result: &CheckResult<'_>, passes: bool) -> Result<Output, String> {
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
) -> Result<Output, String> {
    let ids: Vec<&str> = run.rules.keys().map(|id| &**id).collect();
    let index = |rule: &str| ids.binary_search(&rule).ok();
    let kept = || run.judgements.iter().filter(|one| passes || one.outcome != OutcomeKind::Pass);
    // Where any result has suppressions, all of them must say theirs.
    let suppressing = kept().any(|one| one.waiver.is_some());
    let results = kept().map(|one| wire::Result {
        rule_index: index(&one.rule),
        suppressions: suppressing.then(|| suppressions(one)),
        ..result(run, one, taxonomies)
    });
    let (name, version) = run.tool.split_once(' ').unwrap_or((run.tool.as_str(), ""));
    let driver = wire::Driver {
        name,
        rules: run.rules.iter().map(|(id, note)| rule(run, id, note, taxonomies)).collect(),
        semantic_version: Some(version).filter(|version| !version.is_empty()),
        supported_taxonomies: taxonomies
            .iter()
            .enumerate()
            .map(|(index, one)| wire::ComponentReference { name: &one.id, index })
            .collect(),
    };
    let document = wire::Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [wire::Run {
            tool: wire::Tool { driver },
            column_kind: "unicodeCodePoints",
            invocations: [wire::Invocation {
                execution_successful: run.complete,
                tool_execution_notifications: notices.iter().map(notification).collect(),
            }],
            results: results.collect(),
            taxonomies: taxonomies.iter().map(taxonomy).collect(),
            properties: wire::RunProperties {
                adjustments: run.adjustments.iter().map(AdjustmentBody::from).collect(),
                policy: run.policy.as_ref().map(PolicyBody::from),
            },
        }],
    };
    escape::json::document(&document).map(Output::from)
}

fn rule<'a>(run: &'a Run, id: &'a str, note: &'a RuleNote, taxonomies: &'a [Taxonomy]) -> wire::Rule<'a> {
    let first = run.judgements.iter().find(|judgement| *judgement.rule == *id);
    let controls: &[ControlNote] = first.map_or(&[], |judgement| judgement.controls.as_slice());
    let tags = std::iter::once("compliance".to_owned())
        .chain(controls.iter().map(|control| format!("{}/{}", control.framework, control.id)))
        .take(TAGS)
        .collect();
    let prose = if note.prose.is_empty() { &note.title } else { &note.prose };
    let relationships = controls
        .iter()
        .filter_map(|control| taxon(control, taxonomies))
        .map(|target| wire::Relationship { target, kinds: ["relevant"] });
    wire::Rule {
        id,
        name: pascal(id),
        short_description: message(sentence(&note.title)),
        full_description: message(first_paragraph(prose)),
        help: wire::Help { text: SarifText::prose(prose), markdown: markdown(prose) },
        default_configuration: wire::Configuration { level: level(note.severity) },
        properties: wire::RuleProperties {
            tags,
            severity: note.severity.to_string(),
            security_severity: score(note.severity),
            precision: "high",
        },
        relationships: relationships.collect(),
    }
}

/// A result without what the others of its run decide: the index of its rule, and whether it says suppressions.
fn result<'a>(run: &Run, judgement: &'a Judgement, taxonomies: &'a [Taxonomy]) -> wire::Result<'a> {
    let (kind, level) = match judgement.outcome {
        // Another failure states it too: a fault is loud once.
        OutcomeKind::Fail if judgement.folded_under.is_some() => ("fail", "note"),
        OutcomeKind::Fail | OutcomeKind::Waived => ("fail", level(judgement.severity)),
        OutcomeKind::Unknown => ("open", "none"),
        OutcomeKind::Pass => ("pass", "none"),
    };
    let related = judgement.related.iter().enumerate().map(|(id, (place, text))| wire::Location {
        id: Some(id + 1),
        physical_location: Some(physical(place)),
        message: Some(message(text.clone())),
        ..wire::Location::default()
    });
    wire::Result {
        rule_id: &judgement.rule,
        kind,
        level,
        message: message(found(run, judgement)),
        locations: [wire::Location {
            logical_locations: vec![wire::LogicalLocation {
                fully_qualified_name: &judgement.address,
                kind: "resource",
            }],
            physical_location: judgement.place.as_ref().map(physical),
            ..wire::Location::default()
        }],
        partial_fingerprints: wire::Fingerprints { first: &judgement.fingerprint },
        rule_index: None,
        related_locations: related.collect(),
        fixes: fix(judgement).into_iter().collect(),
        taxa: judgement
            .controls
            .iter()
            .filter(|control| control.apart.is_none())
            .filter_map(|control| taxon(control, taxonomies))
            .collect(),
        properties: wire::ResultProperties {
            address: &judgement.address,
            kind: &judgement.kind,
            severity: judgement.severity.to_string(),
            outcome: judgement.outcome.word(),
            path: &judgement.path,
            observed: &judgement.observed,
            expected: &judgement.expected,
            assumption: judgement.assumption.as_deref(),
            folded_under: judgement.folded_under.as_ref().map(FoldBody::from),
            folds: judgement.folds.iter().map(FoldBody::from).collect(),
            parameters: parameters(judgement),
        },
        suppressions: None,
    }
}

fn suppressions(judgement: &Judgement) -> Vec<wire::Suppression<'_>> {
    let Some(waiver) = &judgement.waiver else { return Vec::new() };
    vec![wire::Suppression {
        kind: if waiver.external { "external" } else { "inSource" },
        justification: waiver.reason.as_deref().map(SarifText::of),
        properties: wire::SuppressionProperties {
            place: &waiver.place,
            until: waiver.until.as_deref(),
            by: waiver.by.as_deref(),
        },
    }]
}

fn message(text: String) -> wire::Message {
    wire::Message { text: SarifText::of(&text) }
}

fn markdown(prose: &str) -> Page {
    let mut page = Page::default();
    page.prose(prose);
    page
}

/// One sentence on what was found.
fn found(run: &Run, judgement: &Judgement) -> String {
    let text = match (&judgement.outcome, &judgement.why) {
        (OutcomeKind::Unknown, Some((_, why))) => {
            format!("cannot tell whether {}: {why}", run.title(&judgement.rule))
        }
        (OutcomeKind::Pass, _) => format!("`{}` passes: {}", judgement.address, judgement.message),
        _ => format!("{}: {}", run.title(&judgement.rule), judgement.message),
    };
    sentence(&text)
}

fn physical(place: &FileRange) -> wire::PhysicalLocation {
    wire::PhysicalLocation { artifact_location: artifact(&place.file), region: Some(region(place)) }
}

fn artifact(file: &str) -> wire::ArtifactLocation {
    wire::ArtifactLocation { uri: uri(file), uri_base_id: "%SRCROOT%" }
}

fn region(place: &FileRange) -> wire::Region {
    wire::Region {
        start_line: place.start.line,
        start_column: Some(place.start.column),
        end_line: Some(place.end.line),
        end_column: Some(place.end.column),
    }
}

/// The fix that a program can make.
fn fix(judgement: &Judgement) -> Option<wire::Fix> {
    let fix = judgement.fix.as_ref().filter(|fix| !fix.edits.is_empty() && fix.safety != Safety::Display)?;
    let mut files: Vec<(&str, Vec<wire::Replacement>)> = Vec::new();
    for (place, text) in &fix.edits {
        let replacement = wire::Replacement {
            deleted_region: region(place),
            inserted_content: wire::Content { text: text.clone() },
        };
        match files.iter_mut().find(|(file, _)| **file == *place.file) {
            Some((_, replacements)) => replacements.push(replacement),
            None => files.push((&place.file, vec![replacement])),
        }
    }
    let changes = files
        .into_iter()
        .map(|(file, replacements)| wire::ArtifactChange { artifact_location: artifact(file), replacements });
    Some(wire::Fix {
        description: message(sentence(&format!("{} ({} fix)", fix.title, fix.safety))),
        artifact_changes: changes.collect(),
    })
}

fn taxonomy(taxonomy: &Taxonomy) -> wire::Taxonomy<'_> {
    let taxa = taxonomy.controls.iter().map(|(id, title)| wire::Taxon {
        id,
        short_description: (!title.is_empty()).then(|| message(title.clone())),
    });
    wire::Taxonomy {
        name: &taxonomy.id,
        version: &taxonomy.version,
        organization: &taxonomy.publisher,
        information_uri: web_address(&taxonomy.source).unwrap_or_default(),
        short_description: message(taxonomy.title.clone()),
        is_comprehensive: false,
        taxa: taxa.collect(),
    }
}

fn taxon<'a>(control: &'a ControlNote, taxonomies: &[Taxonomy]) -> Option<wire::TaxonReference<'a>> {
    let index = taxonomies.iter().position(|taxonomy| *taxonomy.id == *control.framework)?;
    let tool_component = wire::ComponentReference { name: &control.framework, index };
    Some(wire::TaxonReference { id: &control.id, tool_component })
}

fn notification<'a>(notice: &Notice<'a>) -> wire::Notification<'a> {
    let line = |start_line| wire::Region { start_line, start_column: None, end_line: None, end_column: None };
    let location = notice.file.map(|file| wire::Location {
        physical_location: Some(wire::PhysicalLocation {
            artifact_location: artifact(file),
            region: notice.range.map(region).or(notice.line.map(line)),
        }),
        ..wire::Location::default()
    });
    wire::Notification {
        level: notice.kind.level(),
        message: message(sentence(&notice.text())),
        locations: location.into_iter().collect(),
        descriptor: wire::DescriptorReference { id: notice.kind.word() },
    }
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

/// A clause as a sentence, which SARIF wants. What begins with a name, of a file or of an address, keeps its case.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first_word = text.split(' ').next().unwrap_or_default();
    let is_name = first_word.contains(['.', '/', '_', ':', '-']);
    let first = chars.next().map(|first| match is_name {
        true => first.to_string(),
        false => first.to_uppercase().collect::<String>(),
    });
    let first = first.unwrap_or_default();
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
