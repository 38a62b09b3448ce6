//! Findings as a compiler shows them: what, where, the line itself, why, which controls, what to do.

use annotate_snippets::renderer::{AnsiColor, Effects};
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Padding, Renderer, Snippet};
use compline_iac::WhyKind;
use compline_rules::Safety;

use super::summary;
use crate::escape::{Lines, visible, visible_prose, visible_source};
use crate::excerpt::Excerpt;
use crate::format::Style;
use crate::format::findings::{FindingGroup, acceptance, controls, group_by_file, parameters, place};
use crate::result::CheckResult;
use crate::run::{FileRange, FixNote, Judgement, OutcomeKind};
use crate::terminal::paint::marked as styles;
use crate::view::passed;

/// Controls named before "and 6 more".
const CONTROLS: usize = 3;
/// Instances named before "and 6 more".
const ADDRESSES: usize = 3;
/// Excerpts are cut already; a terminal wraps the rest better than we could.
const WIDTH: usize = 10_000;

/// All findings by file, the worst first, and the figures below them.
pub(super) fn render(result: &CheckResult<'_>, style: &Style<'_>) -> Lines {
    let mut out = findings(result, style);
    out.append(&summary::lines(result.run, result.frameworks, style.paint));
    out
}

fn findings(result: &CheckResult<'_>, style: &Style<'_>) -> Lines {
    let styled = if style.paint.on { Renderer::styled() } else { Renderer::plain() };
    let failing = styled.term_width(WIDTH);
    let magenta = AnsiColor::Magenta.on_default().effects(Effects::BOLD);
    let unknown = if style.paint.on { failing.clone().warning(magenta) } else { failing.clone() };
    let mut out = Lines::new();
    for group in group_by_file(&result.run.judgements, style.also) {
        if group.first.outcome == OutcomeKind::Pass {
            out.line(pass(&group, result, style));
        } else {
            let renderer = if group.first.outcome == OutcomeKind::Unknown { &unknown } else { &failing };
            let text = styles(&renderer.render(&[finding(&group, result, style)]));
            out.laid_out(true_column(&text, group.first, style).as_deref().unwrap_or(&text).trim_end());
        }
        out.blank();
    }
    out
}

fn pass(group: &FindingGroup<'_>, result: &CheckResult<'_>, style: &Style<'_>) -> String {
    let judgement = group.first;
    let (file, line, _) = place(judgement);
    let word = style.paint.colored(AnsiColor::Green, "pass");
    let rule = style.paint.bold(&format!("[{}]", judgement.rule));
    let found = match judgement.path.as_str() {
        "" => judgement.observed.clone(),
        path => format!("`{path}` is {}", judgement.observed),
    };
    let (title, expected) = (result.run.title(&judgement.rule), &judgement.expected);
    let asked = if expected.is_empty() { String::new() } else { format!(", expected {expected}") };
    format!(
        "{word}{rule}: {} at {}:{line}: {found}{asked}; {}",
        addresses(&group.addresses),
        (style.path)(file),
        visible_prose(&passed(title)),
    )
}

/// A finding of visible texts: its lines are then ours to break.
fn finding<'a>(found: &FindingGroup<'a>, result: &CheckResult<'a>, style: &Style<'_>) -> Group<'a> {
    let judgement = found.first;
    let title = &*visible_prose(result.run.title(&judgement.rule));
    let (level, title) = match judgement.outcome {
        OutcomeKind::Fail => (Level::ERROR.with_name(judgement.severity.to_string()), title.to_owned()),
        OutcomeKind::Unknown => (Level::WARNING.with_name("unknown"), format!("cannot tell whether {title}")),
        OutcomeKind::Waived => (Level::NOTE.with_name("waived"), title.to_owned()),
        OutcomeKind::Pass => (Level::NOTE.with_name("pass"), title.to_owned()),
    };
    let mut group = Group::with_title(level.primary_title(title).id(shown(&judgement.rule)));
    group = match judgement.excerpt.as_ref().and_then(marked) {
        Some((text, span, first)) => {
            let annotation = AnnotationKind::Primary.span(span).label(label(judgement));
            let snippet = Snippet::source(text).line_start(first).path(path(judgement, style)).fold(false);
            group.element(snippet.annotation(annotation)).element(Padding)
        }
        None => group.element(origin(judgement, style)),
    };
    let mut about = addresses(&found.addresses);
    if let Some(assumption) = &judgement.assumption {
        about = format!("{about}; {assumption}");
    }
    group = group.element(Level::NOTE.message(shown(&about)));
    let elsewhere = |at: &FileRange| {
        judgement.place.as_ref().is_none_or(|place| (&place.file, place.start) != (&at.file, at.start))
    };
    for (at, text) in judgement.related.iter().filter(|(at, _)| elsewhere(at)) {
        let file = (style.path)(&at.file);
        group = group.element(
            Level::NOTE.message(shown(&format!("{text}: {file}:{}:{}", at.start.line, at.start.column))),
        );
    }
    for text in parameters(judgement) {
        group = group.element(Level::NOTE.with_name("parameter").message(shown(&text)));
    }
    if let Some(waiver) = &judgement.waiver {
        group = group.element(Level::NOTE.message(shown(&acceptance(waiver))));
    }
    if judgement.outcome == OutcomeKind::Unknown && !judgement.folds.is_empty() {
        let rules: Vec<&str> = judgement.folds.iter().map(|fold| &*fold.rule).collect();
        group = group.element(Level::NOTE.message(shown(&format!("left open too: {}", rules.join(", ")))));
    }
    for fold in judgement.folds.iter().filter(|_| judgement.outcome != OutcomeKind::Unknown) {
        let title = result.run.title(&fold.rule);
        group = group.element(Level::NOTE.message(shown(&format!("this is {} too: {title}", fold.rule))));
    }
    let bears_on = result.run.controls_with_folds(judgement);
    if !bears_on.is_empty() {
        let named = controls(&bears_on, result.library, CONTROLS);
        group = group.element(Level::NOTE.with_name("controls").message(shown(&named)));
    }
    match help(judgement) {
        Some(help) => group.element(Level::HELP.message(shown(&help))),
        None => group,
    }
}

fn origin<'a>(judgement: &'a Judgement, style: &Style<'_>) -> Origin<'a> {
    let (_, line, column) = place(judgement);
    Origin::path(path(judgement, style)).line(line as usize).char_column(column as usize)
}

/// The file as the reader can open it.
fn path(judgement: &Judgement, style: &Style<'_>) -> String {
    shown(&(style.path)(place(judgement).0))
}

fn shown(text: &str) -> String {
    visible(text).into_owned()
}

/// Long lines are cut in the excerpt, so that the column counted there is not the file's.
fn true_column(text: &str, judgement: &Judgement, style: &Style<'_>) -> Option<String> {
    let marked = judgement.excerpt.as_ref()?.lines.iter().find(|line| !line.marked.is_empty())?;
    let (_, line, column) = place(judgement);
    let counted = visible_source(&marked.before).chars().count() + 1;
    if counted == column as usize {
        return None;
    }
    let at = format!("{}:{line}:", path(judgement, style));
    Some(text.replacen(&format!("{at}{counted}"), &format!("{at}{column}"), 1))
}

/// The excerpt as one text, the marked range of its first marked line in bytes, and its first line's number.
fn marked(excerpt: &Excerpt) -> Option<(String, std::ops::Range<usize>, usize)> {
    let mut text = String::new();
    let mut span = None;
    for line in &excerpt.lines {
        text.push_str(&visible_source(&line.before));
        let start = text.len();
        text.push_str(&visible_source(&line.marked));
        if !line.marked.is_empty() && span.is_none() {
            span = Some(start..text.len());
        }
        text.push_str(&visible_source(&line.after));
        text.push('\n');
    }
    Some((text, span?, excerpt.lines.first()?.number as usize))
}

fn label(judgement: &Judgement) -> String {
    match (&judgement.why, judgement.outcome) {
        (Some((_, why)), _) => shown(why),
        (None, _) => shown(&judgement.message),
    }
}

/// `` `a`, `b`, `c` and 6 more ``.
fn addresses(all: &[&str]) -> String {
    let named: Vec<String> = all.iter().take(ADDRESSES).map(|address| format!("`{address}`")).collect();
    match all.len().saturating_sub(ADDRESSES) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// What to do; none where only the rule's page can tell.
fn help(judgement: &Judgement) -> Option<String> {
    match judgement.outcome {
        OutcomeKind::Fail => {
            let can = |fix: &&FixNote| {
                !fix.edits.is_empty() || !fix.choices.is_empty() || fix.safety == Safety::Display
            };
            match judgement.fix.as_ref().filter(can) {
                Some(fix) if !fix.choices.is_empty() && fix.safety != Safety::Display => {
                    let with = fix.choices.iter().map(|name| format!(" --with {name}=…"));
                    let with: String = with.collect();
                    Some(match fix.safety {
                        Safety::Safe => format!("{} (`compline fix{with}`)", fix.title),
                        _ => format!("{} (unsafe fix: `compline fix --unsafe{with}`)", fix.title),
                    })
                }
                Some(fix) => Some(match fix.safety {
                    Safety::Safe => format!("{} (`compline fix`)", fix.title),
                    Safety::Unsafe => format!("{} (unsafe fix: `compline fix --unsafe`)", fix.title),
                    Safety::Display => fix.title.clone(),
                }),
                None => Some(format!("see `compline explain {}`", judgement.rule)),
            }
        }
        OutcomeKind::Unknown => judgement.why.as_ref().map(|(kind, _)| unknown_help(*kind).to_owned()),
        OutcomeKind::Waived | OutcomeKind::Pass => None,
    }
}

fn unknown_help(kind: WhyKind) -> &'static str {
    match kind {
        WhyKind::Variable => "give the value with `--var` or `--var-file`",
        WhyKind::Module => "run `terraform init`, so that the module can be read",
        WhyKind::Computed => "only the provider knows the value; write it out if it is yours to decide",
        WhyKind::Data | WhyKind::Outside => "the value comes from outside of the code; look at it there",
        WhyKind::Function => "write the value out, or accept that it cannot be known before it is applied",
        WhyKind::Error => "put the expression right",
        WhyKind::Undeclared => "declare it, or name all files of the module",
        WhyKind::Limit => "a limit of this program was reached; simplify the expression",
    }
}
