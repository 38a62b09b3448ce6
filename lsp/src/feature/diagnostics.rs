//! Failures and unknowns, at the bytes that decided them; and what could not be read.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use compline_iac::problem::Gravity;
use compline_iac::{Problem, Source, SourceId, Span};
use compline_project::WarningLevel;
use compline_project::config::WAIVERS;
use compline_reporter::escape::{Lines, visible_prose};
use compline_rules::{Outcome, Severity, Verdict};

use super::controls;
use crate::view::View;

/// One squiggle.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostic {
    pub span: Span,
    pub level: Level,
    /// The rule's id; none for what could not be read.
    pub code: Option<String>,
    /// The provider documentation the rule rests on.
    pub link: Option<String>,
    pub message: Lines,
    pub related: Vec<(Span, String)>,
    /// Comes back with requests for actions.
    pub about: Option<About>,
}

/// Which verdict a diagnostic is about.
#[derive(Debug, Clone, PartialEq)]
pub struct About {
    pub rule: String,
    pub address: String,
    pub root: String,
    pub fingerprint: String,
}

/// How loud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    Error,
    Warning,
    Information,
    Hint,
}

/// Further places of one squiggle over which no more are told: a module may be called hundreds of times.
const MOST_RELATED: usize = 12;

/// The diagnostics of the file, in the order of the text.
pub fn diagnostics(view: &View) -> Vec<Diagnostic> {
    let Some(document) = view.document() else { return Vec::new() };
    let here = document.source.id;
    let mut out: Vec<Diagnostic> = Vec::new();
    let mut twins = HashMap::new();
    // A rule that fails a hundred times has one line of controls.
    let mut controls: HashMap<Arc<str>, String> = HashMap::new();
    for verdict in view.verdicts().filter(|verdict| shows(view, verdict)) {
        let Some(span) = anchor(verdict, here) else { continue };
        // A module that is called twice has each resource twice; the reader sees one line of text.
        let key = (span, Arc::clone(&verdict.rule), level_at(verdict, here));
        match twins.get(&key).and_then(|at: &usize| out.get_mut(*at)) {
            Some(twin) if twin.related.len() >= MOST_RELATED => {}
            Some(twin) => {
                let new = related(view, verdict, span, here);
                let further = new.into_iter().filter(|one| !twin.related.contains(one)).collect::<Vec<_>>();
                twin.related.extend(further);
            }
            None => {
                twins.insert(key, out.len());
                out.push(of_verdict(view, verdict, span, here, &mut controls));
            }
        }
    }
    out.extend(view.project.snapshot.problems.iter().filter_map(|problem| of_problem(view, problem)));
    out.extend(of_gaps(view, &document.source));
    out.extend(unused(view, &document.source));
    out.extend(of_warnings(view, &document.source));
    out.sort_by(|a, b| (a.span.start, a.span.end, &a.code).cmp(&(b.span.start, b.span.end, &b.code)));
    out
}

/// Whether a verdict is shown in the text at all. What is folded is told with what states it too.
pub fn shows(view: &View, verdict: &Verdict) -> bool {
    match verdict.outcome {
        _ if verdict.folded_under.is_some() => false,
        Outcome::Fail => verdict.severity >= view.settings.threshold,
        Outcome::Unknown(_) => view.settings.unknowns && verdict.severity >= view.settings.threshold,
        Outcome::Pass | Outcome::Waived(_) => false,
    }
}

/// Where a verdict shows in a source: at the value that decided it; and, when that was written in another file,
/// where the resource uses it.
pub fn anchor(verdict: &Verdict, here: SourceId) -> Option<Span> {
    let locus = verdict.locus.as_ref()?;
    if locus.span.source == here {
        return Some(locus.span);
    }
    let used = locus.related.iter().map(|one| one.span).find(|span| locus.resource.contains(span));
    used.filter(|span| span.source == here)
}

fn of_verdict(
    view: &View,
    verdict: &Verdict,
    span: Span,
    here: SourceId,
    controls: &mut HashMap<Arc<str>, String>,
) -> Diagnostic {
    let rule = view.rules().info(&verdict.rule);
    let title = rule.map_or(&*verdict.rule, |rule| &rule.title);
    let [title, mut found] = match &verdict.outcome {
        Outcome::Unknown(why) => {
            [format!("cannot tell whether this holds: {title}"), format!("because {}", view.hide(&why.text))]
        }
        _ => [title.to_owned(), view.told(verdict, &verdict.message)],
    };
    if let Some(assumption) = verdict.assumption.as_ref().map(|text| view.hide(text)) {
        found.push_str(&format!(" ({assumption})"));
    }
    let mut message = Lines::from_each([visible_prose(&title), Cow::Owned(found)]);
    for text in controls::parameters(view.config(), verdict) {
        message.line(text);
    }
    let apart = (!verdict.otherwise.is_empty()).then(|| controls::line_of_verdict(view.config(), verdict));
    let line = match &apart {
        Some(line) => line,
        None => controls
            .entry(Arc::clone(&verdict.rule))
            .or_insert_with(|| controls::line(view.config(), &verdict.rule)),
    };
    if !line.is_empty() {
        message.line(line);
    }
    let is_open = matches!(verdict.outcome, Outcome::Unknown(_));
    let open: Vec<&str> = folds(view, verdict).filter(|_| is_open).map(|folded| &*folded.rule).collect();
    if !open.is_empty() {
        message.line(visible_prose(&format!("left open too: {}", open.join(", "))));
    }
    for folded in folds(view, verdict).filter(|_| !is_open) {
        let title = view.rules().info(&folded.rule).map_or("", |rule| &rule.title);
        message.line(visible_prose(&format!("this is {} too: {title}", folded.rule)));
        let line = controls::line(view.config(), &folded.rule);
        if !line.is_empty() {
            message.line(line);
        }
    }
    Diagnostic {
        span,
        level: level_at(verdict, here),
        code: Some(verdict.rule.to_string()),
        link: rule.and_then(|rule| rule.sources.iter().find(|one| one.starts_with("https://")).cloned()),
        message,
        related: related(view, verdict, span, here),
        about: Some(About::of(view, verdict)),
    }
}

/// The verdicts that are folded under one.
pub fn folds<'a>(view: &'a View, verdict: &'a Verdict) -> impl Iterator<Item = &'a Verdict> {
    // An unknown may speak for what else a call leaves open.
    let covers = matches!(verdict.outcome, Outcome::Unknown(_))
        || view.rules().info(&verdict.rule).is_some_and(|info| !info.covers.is_empty());
    view.verdicts().filter(move |one| {
        covers && one.folded_under.as_ref().is_some_and(|under| under.fingerprint == verdict.fingerprint)
    })
}

/// Further places of a verdict that is shown at `span`.
fn related(view: &View, verdict: &Verdict, span: Span, here: SourceId) -> Vec<(Span, String)> {
    let mut related: Vec<(Span, String)> = Vec::new();
    let Some(locus) = &verdict.locus else { return related };
    if locus.span.source != here {
        related.push((locus.span, view.told(verdict, &format!("`{}` is written here", verdict.observed))));
    }
    let others = locus.related.iter().filter(|one| one.span != span);
    related.extend(others.map(|one| (one.span, view.hide(&one.text))));
    related
}

/// What is decided in another file is told here, and loud there.
fn level_at(verdict: &Verdict, here: SourceId) -> Level {
    let decided_here = verdict.locus.as_ref().is_some_and(|locus| locus.span.source == here);
    if decided_here { level(verdict) } else { Level::Information }
}

fn level(verdict: &Verdict) -> Level {
    match (&verdict.outcome, verdict.severity) {
        (Outcome::Unknown(_), Severity::Critical | Severity::High) => Level::Information,
        (Outcome::Unknown(_), _) => Level::Hint,
        (_, Severity::Critical | Severity::High) => Level::Error,
        (_, Severity::Medium) => Level::Warning,
        (_, Severity::Low) => Level::Information,
    }
}

/// Only what was lost is told, and not while its line is still being typed.
fn of_problem(view: &View, problem: &Problem) -> Option<Diagnostic> {
    if problem.gravity != Gravity::Loss || *problem.path != *view.path {
        return None;
    }
    let document = view.document()?;
    let span = problem.span.unwrap_or(Span::new(document.source.id, 0, 0));
    let line = document.source.place(span.start).line.saturating_sub(1);
    if view
        .open
        .get(&view.path)
        .and_then(|open| open.edited_line)
        .is_some_and(|edited| edited.abs_diff(line) <= 1)
    {
        return None;
    }
    let help = problem.help.as_ref().map(|help| view.hide(help));
    let message = [Some(told(view, problem)), help].into_iter().flatten();
    Some(plain(span, Level::Warning, Lines::from_each(message)))
}

/// What is wrong, without the secrets of its line.
pub fn told(view: &View, problem: &Problem) -> String {
    let source = problem.span.and_then(|span| view.source(span));
    view.project.snapshot.redaction().problem(problem, source)
}

/// Why nothing in this file is judged, where that is so: a clean file must be one that somebody looked at.
fn of_gaps(view: &View, source: &Source) -> Vec<Diagnostic> {
    let snapshot = &view.project.snapshot;
    let unread = snapshot.unread.iter().filter(|unread| unread.path == source.path);
    let unread = unread.map(|unread| (None, vec![unread.why().to_string(), unread.instead().to_string()]));
    let gaps = snapshot.inventories.iter().flat_map(|inventory| &inventory.gaps);
    let gaps =
        gaps.filter(|gap| gap.what == source.path).map(|gap| (gap.span, vec![view.hide(&gap.why.text)]));
    let diagnostic = |(span, mut lines): (Option<Span>, Vec<String>)| {
        if let Some(first) = lines.first_mut() {
            first.insert_str(0, "nothing in this file is judged: ");
        }
        let span = span.filter(|span| span.source == source.id).unwrap_or(Span::new(source.id, 0, 0));
        plain(span, Level::Information, Lines::from_each(lines))
    };
    unread.chain(gaps).map(diagnostic).collect()
}

/// Waivers that waive nothing are clutter, or hide a typing mistake: those that stand in this file.
fn unused(view: &View, source: &Source) -> Vec<Diagnostic> {
    let unused = view.judged.unused.iter().filter_map(|unused| {
        let stands = &unused.waiver.source;
        let span = match stands.span() {
            Some(span) => Some(span).filter(|span| span.source == source.id)?,
            None => line(source, stands.file().filter(|file| ***file == *view.path).and(stands.line())?),
        };
        let message =
            Lines::of(format!("this waiver waives nothing: {}", view.hide(&unused.reason.to_string())));
        Some(plain(span, Level::Information, message))
    });
    unused.collect()
}

/// What is wrong with the configuration or the waiver file, in that file.
fn of_warnings(view: &View, source: &Source) -> Vec<Diagnostic> {
    let config = view.config();
    let warnings = config.warnings.iter().filter_map(|warning| {
        let place = warning.place(config.root()).filter(|place| place.is(config.root(), &view.path))?;
        let level = match warning.level() {
            WarningLevel::Warning => Level::Warning,
            WarningLevel::Note => Level::Information,
        };
        Some(plain(line(source, place.line.unwrap_or(1)), level, Lines::of(view.hide(&warning.at_place()))))
    });
    let waivers = view.judged.waiver_file_error.iter().filter(|_| view.path == WAIVERS).map(|error| {
        let span = line(source, error.line().unwrap_or(1));
        plain(span, Level::Warning, Lines::of(view.hide(&error.at_place())))
    });
    warnings.chain(waivers).collect()
}

/// A line, counted from 1.
fn line(source: &Source, number: u32) -> Span {
    let index = number.saturating_sub(1) as usize;
    let start = source.line_start(index).unwrap_or(0) as usize;
    Span::new(source.id, start, start + source.line(index).map_or(0, str::len))
}

/// A squiggle that is about no verdict.
fn plain(span: Span, level: Level, message: Lines) -> Diagnostic {
    Diagnostic { span, level, code: None, link: None, message, related: Vec::new(), about: None }
}

impl About {
    pub fn of(view: &View, verdict: &Verdict) -> Self {
        Self {
            rule: verdict.rule.to_string(),
            address: view.hide(&verdict.address),
            root: verdict.root.to_string(),
            fingerprint: verdict.fingerprint.clone(),
        }
    }
}
