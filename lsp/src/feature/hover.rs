//! Why a value fails, what was expected, which controls it bears on, whether it can be fixed, who waived it.

use compline_iac::Span;
use compline_reporter::escape::markdown::{Inline, Page, code, text};
use compline_rules::{Outcome, Safety, Verdict};

use super::diagnostics::anchor;
use super::{controls, counts};
use crate::position::Position;
use crate::view::View;

/// What there is to say, and the text it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Hover {
    pub span: Span,
    pub markdown: Page,
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
            let mut markdown = Page::default();
            for verdict in here {
                if !markdown.is_empty() {
                    markdown.rule();
                }
                of_verdict(view, verdict, &mut markdown);
            }
            return Some(Hover { span, markdown });
        }
    }
    let resources = view.judged.inventories().flat_map(|inventory| &inventory.resources);
    let resource = resources.into_iter().find(|resource| covers(resource.header))?;
    let verdicts: Vec<&Verdict> = view
        .verdicts()
        .filter(|verdict| verdict.address == resource.address && verdict.stands_at(resource.span))
        .collect();
    let counts = match counts(verdicts.iter().copied()) {
        counts if counts.is_empty() => "no rule looks at it".to_owned(),
        counts => counts,
    };
    let mut markdown = Page::default();
    markdown.paragraph(&code(&view.hide(&resource.address)).and(": ").and(Inline::ours(counts)));
    for verdict in verdicts.iter().filter(|verdict| !matches!(verdict.outcome, Outcome::Pass)) {
        let title = view.rules().info(&verdict.rule).map_or("", |rule| &rule.title);
        let mut item = Inline::from(verdict.outcome.word()).and(" ").and(text(title).bold());
        item = item.and(" (").and(code(&verdict.rule)).and(")");
        if let Some(under) = &verdict.folded_under {
            item = item.and(", stated by ").and(code(&under.rule)).and(" too");
        }
        let line = controls::line(view.config(), &verdict.rule);
        if !line.is_empty() {
            item = item.and("  \n  ").and(text(&line));
        }
        markdown.item(&item);
    }
    Some(Hover { span: resource.header, markdown })
}

/// Much can be missing from one resource; all of it points at the header, which has a list for that.
fn is_header(view: &View, verdict: &Verdict, span: Span) -> bool {
    let mut resources = view.judged.inventories().flat_map(|inventory| &inventory.resources);
    resources.any(|resource| resource.address == verdict.address && resource.header == span)
}

fn of_verdict(view: &View, verdict: &Verdict, out: &mut Page) {
    let rule = view.rules().info(&verdict.rule);
    let title = rule.map_or(&*verdict.rule, |rule| &rule.title);
    match &verdict.outcome {
        Outcome::Unknown(why) => {
            out.paragraph(&Inline::from("cannot tell: ").and(text(title)).bold());
            out.paragraph(&Inline::from("because ").and(text(&view.hide(&why.text))));
        }
        _ => {
            out.paragraph(&text(title).bold());
            out.paragraph(&text(&view.told(verdict, &verdict.message)));
        }
    }
    let severity = Inline::ours(format!(": {}, severity {}", verdict.outcome.word(), verdict.severity));
    out.item(&code(&verdict.rule).and(severity));
    out.item(&Inline::from("resource: ").and(code(&view.hide(&verdict.address))));
    out.item(&Inline::from("observed: ").and(code(&view.told(verdict, &verdict.observed.to_string()))));
    out.item(&Inline::from("expected: ").and(code(&verdict.expected.to_string())));
    if let Some(under) = &verdict.folded_under {
        out.item(&Inline::from("stated by ").and(code(&under.rule)).and(" too, and counted there"));
    }
    for parameter in controls::parameters(view.config(), verdict) {
        out.item(&Inline::from("parameter: ").and(text(&parameter)));
    }
    if let Some(assumption) = &verdict.assumption {
        out.item(&text(&view.hide(assumption)));
    }
    if let Some(fix) = &verdict.fix {
        let safety = match fix.safety {
            Safety::Safe => " (safe)",
            Safety::Unsafe => " (may break what relies on it, look before you apply it)",
            Safety::Display => " (advice, to be written by hand)",
        };
        out.item(&Inline::from("fix: ").and(text(&view.hide(&fix.title))).and(safety));
    }
    if let Outcome::Waived(waiver) = &verdict.outcome {
        let mut item = Inline::from("waived in ").and(text(&waiver.source.to_string())).and(": ");
        item = item.and(text(&view.hide(waiver.reason.as_deref().unwrap_or("no reason given"))));
        if let Some(by) = &waiver.by {
            item = item.and(", by ").and(text(&view.hide(by)));
        }
        if let Some(until) = &waiver.until {
            item = item.and(", until ").and(text(until));
        }
        out.item(&item);
    }
    if let Some(rule) = rule {
        out.prose(&rule.prose);
    }
    let list = controls::list(view.config(), &verdict.rule);
    if !list.is_empty() {
        out.paragraph(&"Controls it bears on:".into());
        out.append(&list);
    }
}
