//! Another scanner's findings by check, what each bears on, and what they come to.

use compline_frameworks::{FrameworkAssessment, Provenance, Status, counts};

use crate::escape::Lines;
use crate::result::{MappedControl, MappedFinding, MappingCounts, MappingResult};
use crate::terminal::paint::Paint;
use crate::terminal::pluralize;

/// Controls named for one framework.
const CONTROLS: usize = 12;
/// Places named for one check.
const PLACES: usize = 3;
/// Texts named that a check is like.
const TEXTS: usize = 2;

pub(super) fn render(result: &MappingResult, paint: Paint) -> Lines {
    let mut out = Lines::new();
    for (finding, places) in by_check(&result.findings) {
        let mut at = places.iter().take(PLACES).copied().collect::<Vec<_>>().join(", ");
        if places.len() > PLACES {
            at.push_str(&format!(" and {} more", places.len() - PLACES));
        }
        out.line(format!("{} {}", paint.bold(&finding.id), finding.title));
        if !at.is_empty() {
            out.line(format!("  {}", paint.dim(&format!("at {at}"))));
        }
        match finding.controls.is_empty() {
            true if finding.bears_on_nothing => {
                out.line("  no mapping: it is known to bear on no control");
            }
            true => out.line("  no mapping"),
            false => bearing(&finding.controls, result, paint, &mut out),
        }
    }
    out.blank();
    for framework in &result.assessment.frameworks {
        status(framework, result, paint, &mut out);
    }
    let counts = result.counts;
    out.line(figures(counts));
    out.line(format!(
        "of the failed: {} mapped by id, {} by likeness, {} with suggestions only, {} known to bear on no control, {} without",
        counts.by_id, counts.mapped, counts.suggested, counts.nothing, counts.none
    ));
    for (why, count) in &result.left_out {
        out.line(format!("left out: {}: {why}", pluralize(*count, "result", "results")));
    }
    if counts.suggested > 0 {
        out.line(
            "suggestions are not evidence until a person confirms them: `compline map ID --confirm CONTROL --reason …`",
        );
    }
    out
}

/// The findings of one check that bear on the same controls as one, with the places of all.
fn by_check(findings: &[MappedFinding]) -> Vec<(&MappedFinding, Vec<&str>)> {
    let mut groups: Vec<(&MappedFinding, Vec<&str>)> = Vec::new();
    for finding in findings {
        let same = |group: &&mut (&MappedFinding, Vec<&str>)| {
            (&group.0.tool, &group.0.id, &group.0.controls) == (&finding.tool, &finding.id, &finding.controls)
        };
        let place = finding.place.as_str();
        match groups.iter_mut().find(same) {
            Some((_, places)) if !places.contains(&place) => places.push(place),
            Some(_) => {}
            None => groups.push((finding, vec![place])),
        }
    }
    groups
}

/// `87 results: 79 failed, 41 passed, 8 accepted, 2 for a person to see`.
fn figures(counts: MappingCounts) -> String {
    let parts = [
        (counts.failed, "failed"),
        (counts.passed, "passed"),
        (counts.accepted, "accepted"),
        (counts.open, "for a person to see"),
    ];
    let named = parts.into_iter().filter(|(count, word)| *count > 0 || *word == "failed");
    let named: Vec<String> = named.map(|(count, word)| format!("{count} {word}")).collect();
    format!("{}: {}", pluralize(counts.results, "result", "results"), named.join(", "))
}

/// What a check bears on: a line for what is known, one for what is inferred and one for what is suggested.
fn bearing(controls: &[MappedControl], result: &MappingResult, paint: Paint, out: &mut Lines) {
    let (inferred, known): (Vec<&MappedControl>, Vec<&MappedControl>) =
        controls.iter().partition(|one| matches!(one.provenance, Provenance::Inferred { .. }));
    let (suggested, mapped): (Vec<&MappedControl>, Vec<&MappedControl>) =
        inferred.into_iter().partition(|one| one.suggested);
    let mut line = |controls: &[&MappedControl], scored: bool, how: String| {
        if !controls.is_empty() {
            out.line(format!("  {}  {}", named(controls, scored, result, paint), paint.dim(&how)));
        }
    };
    let by: Vec<&str> = known.iter().filter_map(|one| Some(&*one.via.first()?.of)).collect();
    let people = known.iter().any(|one| matches!(one.provenance, Provenance::Confirmed { .. }));
    let by = match (distinct(by), people) {
        (by, true) if by.is_empty() => "confirmed".to_owned(),
        (by, true) => format!("by {by}, and confirmed"),
        (by, false) => format!("by {by}"),
    };
    line(&known, false, by);
    line(&mapped, false, format!("by likeness: {}", likeness(&mapped)));
    line(&suggested, true, format!("only suggested: {}", likeness(&suggested)));
}

/// `NIST SC-28, SC-13; PCI 3.5.1 (0.71)`.
fn named(controls: &[&MappedControl], scored: bool, result: &MappingResult, paint: Paint) -> String {
    let name = |one: &MappedControl| match scored {
        true => format!("{} ({:.2})", one.id, one.score),
        false => one.id.to_string(),
    };
    let parts = result.frameworks.iter().filter_map(|(framework, short)| {
        let own = controls.iter().filter(|one| *one.framework == **framework);
        let ids: Vec<String> = own.map(|one| name(one)).collect();
        (!ids.is_empty()).then(|| paint.bold(&format!("{short} {}", ids.join(", "))))
    });
    parts.collect::<Vec<_>>().join("; ")
}

/// The known texts nearest to it.
fn likeness(controls: &[&MappedControl]) -> String {
    distinct(controls.iter().filter_map(|one| Some(&*one.via.first()?.text)).take(TEXTS).collect())
}

fn distinct(texts: Vec<&str>) -> String {
    let mut out: Vec<&str> = Vec::new();
    for text in texts {
        if !out.contains(&text) {
            out.push(text);
        }
    }
    out.join("; ")
}

fn status(framework: &FrameworkAssessment, result: &MappingResult, paint: Paint, out: &mut Lines) {
    let id = &framework.framework.id;
    let short = result.frameworks.iter().find(|(known, _)| known == id).map_or(id, |(_, short)| short);
    let counts = counts(framework);
    let failing: Vec<&str> = framework
        .controls
        .iter()
        .filter(|one| one.status == Status::NotSatisfied)
        .map(|one| one.control.id.as_str())
        .collect();
    let mut line = format!(
        "{}: {} of {} automatable controls not satisfied",
        paint.bold(short),
        counts.not_satisfied,
        counts.automatable,
    );
    let rest = [
        (counts.waived, "with accepted failures only"),
        (counts.partial, "partial"),
        (counts.unknown, "unknown"),
        (counts.not_assessed, "not assessed"),
    ];
    for (count, what) in rest.into_iter().filter(|(count, _)| *count > 0) {
        line.push_str(&format!(", {count} {what}"));
    }
    out.line(line);
    if !failing.is_empty() {
        let mut named = failing.iter().take(CONTROLS).copied().collect::<Vec<_>>().join(", ");
        if failing.len() > CONTROLS {
            named.push_str(&format!(" and {} more", failing.len() - CONTROLS));
        }
        out.line(format!("  {}", paint.dim(&named)));
    }
}
