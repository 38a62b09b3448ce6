//! Another scanner's results: which controls each finding bears on, and what they come to.

use std::path::PathBuf;
use std::sync::Arc;

use compline_frameworks::Provenance;
use compline_index::external::{Finding, MappedResults};
use compline_index::{ControlMatch, Tier};
use compline_project::{ResolvedConfig, ScannerResults, SelectedFrameworks};
use compline_reporter::format::{Format, Style};
use compline_reporter::result::{MappedFinding, MappingCounts, MappingResult, RunResult};

use super::infer;
use crate::exit::{Exit, Stop};
use crate::output::ModelMonitor;
use crate::render::Paint;
use crate::render::format::present;

pub(super) fn run(
    files: &[PathBuf],
    config: ResolvedConfig,
    format: &Format,
    paint: Paint,
) -> Result<Exit, Stop> {
    let results = ScannerResults::open(config, files, &ModelMonitor::default())?;
    let (mapped, selected) = (&results.mapped, results.config.frameworks());
    let frameworks: Vec<_> =
        selected.ids().into_iter().filter_map(|id| selected.library.find(id)).map(Arc::clone).collect();
    let assessment = results.assess(&frameworks, None);
    let failed: Vec<(&Finding, Vec<&ControlMatch>)> = mapped
        .findings
        .iter()
        .filter(|(finding, _)| finding.failed())
        .map(|(finding, mapped)| (finding, kept(mapped, selected)))
        .collect();
    let short = |id: &str| selected.library.info(id).map_or(id, |info| info.short.as_str()).to_owned();
    let result = MappingResult {
        findings: failed
            .iter()
            .map(|(finding, controls)| mapped_finding(finding, controls, mapped, selected))
            .collect(),
        counts: counts(&failed, mapped),
        left_out: mapped.left_out.iter().map(|(why, count)| (why.clone(), *count)).collect(),
        frameworks: selected.ids().into_iter().map(|id| (id.to_owned(), short(id))).collect(),
        assessment,
        calibrated: results.is_calibrated,
    };
    present(format, &RunResult::Mapping(&result), &Style { paint, ..Style::plain() })?;
    let counts = result.counts;
    let settled = counts.by_id + counts.mapped + counts.nothing;
    Ok(if settled == counts.failed { Exit::Clean } else { Exit::Found })
}

fn kept<'m>(mapped: &'m [ControlMatch], selected: &SelectedFrameworks) -> Vec<&'m ControlMatch> {
    let ids = selected.ids();
    mapped.iter().filter(|one| ids.contains(&&*one.framework)).collect()
}

/// How many results there are, and how the failed ones were mapped.
fn counts(failed: &[(&Finding, Vec<&ControlMatch>)], mapped: &MappedResults) -> MappingCounts {
    let count =
        |word: &str| mapped.findings.iter().filter(|(finding, _)| finding.status.word() == word).count();
    let mut counts = MappingCounts {
        results: mapped.findings.len(),
        failed: failed.len(),
        passed: count("passed"),
        accepted: count("accepted"),
        open: count("open"),
        ..MappingCounts::default()
    };
    for (finding, controls) in failed {
        let is_certain = controls.iter().any(|one| !matches!(one.provenance, Provenance::Inferred { .. }));
        let place = match controls.iter().map(|one| one.tier).max() {
            _ if is_certain => &mut counts.by_id,
            Some(Tier::Mapped) => &mut counts.mapped,
            Some(Tier::Suggested) => &mut counts.suggested,
            None if mapped.without_controls.contains(&finding.check()) => &mut counts.nothing,
            None => &mut counts.none,
        };
        *place += 1;
    }
    counts
}

fn mapped_finding(
    finding: &Finding,
    controls: &[&ControlMatch],
    mapped: &MappedResults,
    selected: &SelectedFrameworks,
) -> MappedFinding {
    let place = match finding.place() {
        place if place.is_empty() => finding.resource.clone().unwrap_or_default(),
        place => place,
    };
    MappedFinding {
        tool: finding.tool.clone(),
        id: finding.id.clone(),
        title: finding.title.clone(),
        place,
        resource: finding.resource.clone(),
        kind: finding.kind.clone(),
        file: finding.file.clone(),
        line: finding.line,
        severity: finding.severity,
        controls: controls.iter().map(|one| infer::mapped_control(one, selected)).collect(),
        bears_on_nothing: mapped.without_controls.contains(&finding.check()),
    }
}
