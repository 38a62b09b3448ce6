//! Why a value fails, what was expected, which controls it bears on, whether it can be fixed, who waived it.

use compline_iac::Span;
use compline_rules::{Outcome, Safety, Verdict};

use super::diagnostics::anchor;
use super::{controls, counts};
use crate::position::Position;
use crate::view::View;

/// Markdown, and the text it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Hover {
    pub span: Span,
    pub markdown: String,
}

/// What there is to say at a position: on a locus about its verdicts, on a resource's header about all of them.
pub fn hover(view: &View, position: Position) -> Option<Hover> {
    let offset = view.offset(position)?;
    let here = view.document()?.source.id;
    let covers = |span: Span| span.source == here && span.start <= offset && offset <= span.end;
    let mut at: Vec<(Span, &Verdict)> = view
        .verdicts()
        .filter(|verdict| !matches!(verdict.outcome, Outcome::Pass))
        .filter_map(|verdict| Some((anchor(verdict, here).filter(|span| covers(*span))?, verdict)))
        .collect();
    // The innermost locus speaks: the others have places of their own.
    at.sort_by_key(|(span, _)| span.end - span.start);
    at.dedup_by(|a, b| a.0 == b.0 && a.1.rule == b.1.rule);
    if let Some((span, _)) = at.first().copied() {
        let here: Vec<&Verdict> = at.iter().filter(|one| one.0 == span).map(|one| one.1).collect();
        let header = here.first().is_some_and(|verdict| is_header(view, verdict, span));
        if !header || here.len() == 1 {
            let markdown =
                here.iter().map(|verdict| of_verdict(view, verdict)).collect::<Vec<_>>().join("\n---\n\n");
            return Some(Hover { span, markdown });
        }
    }
    let resources = view.judged.inventories().flat_map(|inventory| &inventory.resources);
    let resource = resources.into_iter().find(|resource| covers(resource.header))?;
    let verdicts: Vec<&Verdict> = view
        .verdicts()
        .filter(|verdict| verdict.address == resource.address && verdict.stands_at(resource.span))
        .collect();
    let mut markdown = match counts(verdicts.iter().map(|verdict| &verdict.outcome)) {
        counts if counts.is_empty() => format!("`{}`: no rule looks at it\n", view.hide(&resource.address)),
        counts => format!("`{}`: {counts}\n", view.hide(&resource.address)),
    };
    for verdict in verdicts.iter().filter(|verdict| !matches!(verdict.outcome, Outcome::Pass)) {
        let title = view.rules().info(&verdict.rule).map_or("", |rule| &rule.title);
        markdown.push_str(&format!("\n- {} **{title}** (`{}`)", verdict.outcome.word(), verdict.rule));
        let line = controls::line(view.config(), &verdict.rule);
        if !line.is_empty() {
            markdown.push_str(&format!("  \n  {line}"));
        }
    }
    Some(Hover { span: resource.header, markdown })
}

/// Much can be missing from one resource; all of it points at the header, which has a list for that.
fn is_header(view: &View, verdict: &Verdict, span: Span) -> bool {
    let mut resources = view.judged.inventories().flat_map(|inventory| &inventory.resources);
    resources.any(|resource| resource.address == verdict.address && resource.header == span)
}

fn of_verdict(view: &View, verdict: &Verdict) -> String {
    let rule = view.rules().info(&verdict.rule);
    let title = rule.map_or(&*verdict.rule, |rule| &rule.title);
    let mut out = match &verdict.outcome {
        Outcome::Unknown(why) => format!("**cannot tell: {title}**\n\nbecause {}\n\n", view.hide(&why.text)),
        _ => format!("**{title}**\n\n{}\n\n", view.told(verdict, &verdict.message)),
    };
    out.push_str(&format!(
        "- `{}`: {}, severity {}\n- resource: `{}`\n- observed: `{}`\n- expected: `{}`\n",
        verdict.rule,
        verdict.outcome.word(),
        verdict.severity,
        view.hide(&verdict.address),
        view.told(verdict, &verdict.observed.to_string()),
        verdict.expected,
    ));
    if let Some(assumption) = &verdict.assumption {
        out.push_str(&format!("- {}\n", view.hide(assumption)));
    }
    if let Some(fix) = &verdict.fix {
        let safety = match fix.safety {
            Safety::Safe => "safe",
            Safety::Unsafe => "may break what relies on it, look before you apply it",
            Safety::Display => "advice, to be written by hand",
        };
        out.push_str(&format!("- fix: {} ({safety})\n", view.hide(&fix.title)));
    }
    if let Outcome::Waived(waiver) = &verdict.outcome {
        let reason = waiver.reason.as_deref().unwrap_or("no reason given");
        out.push_str(&format!("- waived in {}: {}", waiver.source, view.hide(reason)));
        if let Some(by) = &waiver.by {
            out.push_str(&format!(", by {}", view.hide(by)));
        }
        if let Some(until) = &waiver.until {
            out.push_str(&format!(", until {until}"));
        }
        out.push('\n');
    }
    if let Some(rule) = rule {
        out.push_str(&format!("\n{}\n", rule.prose));
    }
    let list = controls::list(view.config(), &verdict.rule);
    if !list.is_empty() {
        out.push_str(&format!("\nControls it bears on:\n\n{list}"));
    }
    out
}
