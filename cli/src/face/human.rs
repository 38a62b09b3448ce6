//! Findings as a compiler shows them: what, where, the line itself, why, which controls, what to do.

use annotate_snippets::renderer::{AnsiColor, Effects};
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Padding, Renderer, Snippet};
use compline_frameworks::Library;
use compline_iac::WhyKind;
use compline_reporter::Run;
use compline_reporter::excerpt::Excerpt;
use compline_reporter::run::{Answer, Judgement, Stretch};
use compline_rules::Safety;

use super::paint::{Paint, marked as styles};
use super::plain::shown;
use super::{Told, controls, place, tell_by_file};

/// Controls named before "and 6 more".
const CONTROLS: usize = 3;
/// Instances named before "and 6 more".
const ADDRESSES: usize = 3;
/// Excerpts are cut already; a terminal wraps the rest better than we could.
const WIDTH: usize = 10_000;

/// What is printed and how.
pub struct Style<'a> {
    pub library: &'a Library,
    /// A workspace path as the user can open it.
    pub path: &'a dyn Fn(&str) -> String,
    pub paint: Paint,
    /// Outcomes told besides failures and unknowns.
    pub also: &'a [Answer],
}

/// All findings, by file, the worst first.
pub fn findings(run: &Run, style: &Style<'_>) -> String {
    let styled = if style.paint.on { Renderer::styled() } else { Renderer::plain() };
    let failing = styled.term_width(WIDTH);
    let magenta = AnsiColor::Magenta.on_default().effects(Effects::BOLD);
    let unknown = if style.paint.on { failing.clone().warning(magenta) } else { failing.clone() };
    let mut out = String::new();
    for told in tell_by_file(&run.judgements, style.also) {
        if told.first.outcome == Answer::Pass {
            out.push_str(&pass(&told, style));
            continue;
        }
        let renderer = if told.first.outcome == Answer::Unknown { &unknown } else { &failing };
        let text = styles(&renderer.render(&[finding(&told, run, style)]));
        out.push_str(true_column(&text, told.first, style).as_deref().unwrap_or(&text).trim_end());
        out.push_str("\n\n");
    }
    out
}

fn pass(told: &Told<'_>, style: &Style<'_>) -> String {
    let judgement = told.first;
    let (file, line, _) = place(judgement);
    let word = style.paint.colored(AnsiColor::Green, "pass");
    let rule = style.paint.bold(&format!("[{}]", judgement.rule));
    format!(
        "{word}{rule}: {} at {}:{line}: `{}` is {}\n\n",
        addresses(&told.addresses),
        (style.path)(file),
        judgement.path,
        judgement.observed
    )
}

fn finding<'a>(told: &Told<'a>, run: &'a Run, style: &Style<'_>) -> Group<'a> {
    let judgement = told.first;
    let title = run.title(&judgement.rule);
    let (level, title) = match judgement.outcome {
        Answer::Fail => (Level::ERROR.with_name(judgement.severity.to_string()), title.to_owned()),
        Answer::Unknown => (Level::WARNING.with_name("unknown"), format!("cannot tell whether {title}")),
        Answer::Waived => (Level::NOTE.with_name("waived"), title.to_owned()),
        Answer::Pass => (Level::NOTE.with_name("pass"), title.to_owned()),
    };
    let mut group = Group::with_title(level.primary_title(title).id(judgement.rule.to_string()));
    group = match judgement.excerpt.as_ref().and_then(marked) {
        Some((text, span, first)) => {
            let annotation = AnnotationKind::Primary.span(span).label(label(judgement));
            let snippet =
                Snippet::source(text).line_start(first).path((style.path)(place(judgement).0)).fold(false);
            group.element(snippet.annotation(annotation)).element(Padding)
        }
        None => group.element(origin(judgement, style)),
    };
    let mut about = addresses(&told.addresses);
    if let Some(assumption) = &judgement.assumption {
        about = format!("{about}; {assumption}");
    }
    group = group.element(Level::NOTE.message(shown(&about)));
    let elsewhere = |at: &Stretch| {
        judgement.place.as_ref().is_none_or(|place| (&place.file, place.start) != (&at.file, at.start))
    };
    for (at, text) in judgement.related.iter().filter(|(at, _)| elsewhere(at)) {
        let file = (style.path)(&at.file);
        group = group.element(
            Level::NOTE.message(shown(&format!("{text}: {file}:{}:{}", at.start.line, at.start.column))),
        );
    }
    if let Some(waiver) = &judgement.waiver {
        group = group.element(Level::NOTE.message(shown(&accepted(waiver))));
    }
    if !judgement.controls.is_empty() {
        let named = controls(&judgement.controls, style.library, CONTROLS);
        group = group.element(Level::NOTE.with_name("controls").message(shown(&named)));
    }
    match help(judgement) {
        Some(help) => group.element(Level::HELP.message(shown(&help))),
        None => group,
    }
}

fn origin<'a>(judgement: &'a Judgement, style: &Style<'_>) -> Origin<'a> {
    let (file, line, column) = place(judgement);
    Origin::path((style.path)(file)).line(line as usize).char_column(column as usize)
}

/// Long lines are cut in the excerpt, so that the column counted there is not the file's.
fn true_column(text: &str, judgement: &Judgement, style: &Style<'_>) -> Option<String> {
    let marked = judgement.excerpt.as_ref()?.lines.iter().find(|line| !line.marked.is_empty())?;
    let (file, line, column) = place(judgement);
    let counted = marked.before.chars().count() + 1;
    if counted == column as usize {
        return None;
    }
    let at = format!("{}:{line}:", (style.path)(file));
    Some(text.replacen(&format!("{at}{counted}"), &format!("{at}{column}"), 1))
}

/// The excerpt as one text, the marked range of its first marked line in bytes, and its first line's number.
fn marked(excerpt: &Excerpt) -> Option<(String, std::ops::Range<usize>, usize)> {
    let mut text = String::new();
    let mut span = None;
    for line in &excerpt.lines {
        text.push_str(&line.before);
        let start = text.len();
        text.push_str(&line.marked);
        if !line.marked.is_empty() && span.is_none() {
            span = Some(start..text.len());
        }
        text.push_str(&line.after);
        text.push('\n');
    }
    Some((text, span?, excerpt.lines.first()?.number as usize))
}

fn label(judgement: &Judgement) -> String {
    match (&judgement.why, judgement.outcome) {
        (Some((_, why)), _) => why.to_string(),
        (None, _) => judgement.message.clone(),
    }
}

/// `` `a`, `b`, `c` and 6 more ``.
pub fn addresses(all: &[&str]) -> String {
    let named: Vec<String> = all.iter().take(ADDRESSES).map(|address| format!("`{address}`")).collect();
    match all.len().saturating_sub(ADDRESSES) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// The words of a waiver.
pub fn accepted(waiver: &compline_reporter::run::WaiverNote) -> String {
    let mut text = "the failure stands, accepted".to_owned();
    if let Some(by) = &waiver.by {
        text.push_str(&format!(" by {by}"));
    }
    if let Some(until) = &waiver.until {
        text.push_str(&format!(" until {until}"));
    }
    if let Some(reason) = &waiver.reason {
        text.push_str(&format!(": {reason}"));
    }
    format!("{text} ({})", waiver.place)
}

/// What to do; none where only the rule's page can tell.
pub fn help(judgement: &Judgement) -> Option<String> {
    match judgement.outcome {
        Answer::Fail => {
            match judgement.fix.as_ref().filter(|fix| !fix.edits.is_empty() || fix.safety == Safety::Display)
            {
                Some(fix) => Some(match fix.safety {
                    Safety::Safe => format!("{} (`compline fix`)", fix.title),
                    Safety::Unsafe => format!("{} (unsafe fix: `compline fix --unsafe`)", fix.title),
                    Safety::Display => fix.title.clone(),
                }),
                None => Some(format!("see `compline explain {}`", judgement.rule)),
            }
        }
        Answer::Unknown => judgement.why.as_ref().map(|(kind, _)| unknown_help(*kind).to_owned()),
        Answer::Waived | Answer::Pass => None,
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
        WhyKind::Limit => "a limit of this program was reached; simplify the expression",
    }
}
