//! What can be done about a verdict: fix it, waive it, have it explained.

use std::collections::HashMap;
use std::sync::Arc;

use compline_iac::edit::{TextEdit, apply};
use compline_iac::{Source, Span};
use compline_rules::{Outcome, Safety, Verdict, fix};

use super::diagnostics::{About, anchor, shows};
use crate::position::{Range, offset};
use crate::view::View;

/// Something the editor can offer.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    pub title: String,
    pub kind: Kind,
    /// The verdict it is about; none for "fix all".
    pub about: Option<About>,
    /// Best of its kind: what "fix it" without asking means.
    pub preferred: bool,
    pub effect: ActionEffect,
}

/// The editor's classes of actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    QuickFix,
    FixAll,
}

/// What choosing it does.
#[derive(Debug, Clone, PartialEq)]
pub enum ActionEffect {
    /// Write these edits.
    Edit(Vec<TextEdit>),
    /// Work out the edits of this fix when it is chosen; `confirm` says why the user should look first.
    Fix { confirm: Option<String> },
    /// Work out the edits of a fix that leaves something to be chosen, with places to fill it in.
    Choose,
    /// Work out the safe fixes of the whole file when it is chosen.
    FixAll,
    /// Show the rule's page.
    Explain(String),
}

/// The actions for a range.
pub fn actions(view: &View, range: Range) -> Vec<Action> {
    let Some(document) = view.document() else { return Vec::new() };
    let (start, end) = (
        offset(&document.source, range.start, view.encoding),
        offset(&document.source, range.end, view.encoding),
    );
    let here = document.source.id;
    let touches = |span: Span| span.source == here && span.start <= end && start <= span.end;
    let mut out: Vec<Action> = Vec::new();
    for verdict in
        view.verdicts().filter(|verdict| shows(view, verdict) && anchor(verdict, here).is_some_and(touches))
    {
        let about = About::of(view, verdict);
        if out.iter().any(|action| action.about.as_ref().is_some_and(|one| one.rule == about.rule)) {
            continue;
        }
        out.extend(offer_fix(view, verdict));
        out.extend(offer_waiver(view, verdict));
        out.push(Action {
            title: format!("explain `{}`", verdict.rule),
            kind: Kind::QuickFix,
            about: Some(about),
            preferred: false,
            effect: ActionEffect::Explain(verdict.rule.to_string()),
        });
    }
    if safe(view).next().is_some() {
        out.push(Action {
            title: "apply all safe fixes of Compline in this file".to_owned(),
            kind: Kind::FixAll,
            about: None,
            preferred: false,
            effect: ActionEffect::FixAll,
        });
    }
    out
}

/// The edits of one verdict's fix, tried before they are handed out.
///
/// # Errors
/// Why the fix is not offered after all.
pub fn fix_edits(view: &View, fingerprint: &str) -> Result<Vec<TextEdit>, String> {
    let verdict = view.judged.find(fingerprint).ok_or("the text has changed, ask again")?;
    let before = view.judged.unwaived(&verdict.root);
    view.project.verified_fix(verdict, &before).map_err(|error| view.hide(&error.to_string()))
}

/// The edits of a fix that leaves something to be chosen, tried by examples, each with the snippet that offers the
/// examples to be written over.
///
/// # Errors
/// Why the fix is not offered after all.
pub fn snippets(view: &View, fingerprint: &str) -> Result<Vec<(TextEdit, String)>, String> {
    let edits = fix_edits(view, fingerprint)?;
    let fix = view.judged.find(fingerprint).and_then(|verdict| verdict.fix.as_ref());
    let choices: Vec<&str> = fix.iter().flat_map(|fix| &fix.choices).map(|one| &*one.example).collect();
    let snippet = |edit: TextEdit| {
        let snippet = snippet(&edit.text, &choices);
        (edit, snippet)
    };
    Ok(edits.into_iter().map(snippet).collect())
}

/// A text as a snippet: each example, where it is no part of a longer word, is a place to fill in.
fn snippet(text: &str, examples: &[&str]) -> String {
    let escaped = |text: &str| text.replace('\\', "\\\\").replace('$', "\\$").replace('}', "\\}");
    let is_word = |c: char| c.is_alphanumeric() || "_-./:@".contains(c);
    let (mut out, mut rest, mut before) = (String::new(), text, ' ');
    while let Some(next) = rest.chars().next() {
        let found = examples.iter().enumerate().find(|(_, example)| {
            let behind = rest.strip_prefix(**example).map(|rest| rest.chars().next().unwrap_or(' '));
            !is_word(before) && behind.is_some_and(|behind| !is_word(behind))
        });
        let taken = match found {
            Some((index, example)) => {
                out.push_str(&format!("${{{}:{}}}", index + 1, escaped(example)));
                example.len()
            }
            None => {
                out.push_str(&escaped(&next.to_string()));
                next.len_utf8()
            }
        };
        let (done, left) = rest.split_at(taken);
        before = done.chars().next_back().unwrap_or(' ');
        rest = left;
    }
    out
}

/// The edits of all safe fixes of the file, each tried, and those that do not meet another.
pub fn fix_all_edits(view: &View) -> Vec<TextEdit> {
    let Some(document) = view.document() else { return Vec::new() };
    let mut before: HashMap<Arc<str>, Vec<Arc<Verdict>>> = HashMap::new();
    let mut all: Vec<TextEdit> = Vec::new();
    for verdict in safe(view) {
        let root = &verdict.root;
        let before = before.entry(Arc::clone(root)).or_insert_with(|| view.judged.unwaived(root));
        let Ok(edits) = view.project.verified_fix(verdict, before) else { continue };
        let elsewhere = edits.iter().any(|edit| edit.span.source != document.source.id);
        let meets = edits.iter().any(|edit| {
            all.iter().any(|one| one.span.start <= edit.span.end && edit.span.start <= one.span.end)
        });
        if !elsewhere && !meets {
            all.extend(edits);
        }
    }
    // Together they must still make a text; each alone was tried.
    if apply(&document.source.text, &all).is_ok() { all } else { Vec::new() }
}

fn safe(view: &View) -> impl Iterator<Item = &Verdict> {
    view.verdicts().filter(|verdict| {
        matches!(verdict.outcome, Outcome::Fail)
            && verdict.fix.as_ref().is_some_and(|fix| fix.safety == Safety::Safe && fix.choices.is_empty())
    })
}

fn offer_fix(view: &View, verdict: &Verdict) -> Option<Action> {
    let fix = verdict.fix.as_ref().filter(|fix| fix.safety != Safety::Display)?;
    fix::edits(&view.project.snapshot, verdict).ok()?;
    let title = view.hide(&fix.title);
    let confirm = (fix.safety == Safety::Unsafe).then(|| format!("{title} may break what relies on it"));
    Some(Action {
        title: if confirm.is_some() { format!("{title} (may break, look first)") } else { title },
        kind: Kind::QuickFix,
        about: Some(About::of(view, verdict)),
        preferred: confirm.is_none() && fix.choices.is_empty(),
        effect: if fix.choices.is_empty() { ActionEffect::Fix { confirm } } else { ActionEffect::Choose },
    })
}

/// A comment above the resource. JSON has no comments: there the waiver file is the place.
fn offer_waiver(view: &View, verdict: &Verdict) -> Option<Action> {
    let source = view.source(verdict.locus.as_ref()?.resource)?;
    if source.path.ends_with(".json") || *source.path != *view.path {
        return None;
    }
    let edit = waiver(source, verdict, &a_year_after(&view.today)?)?;
    Some(Action {
        title: format!("waive `{}` here, with a reason", verdict.rule),
        kind: Kind::QuickFix,
        about: Some(About::of(view, verdict)),
        preferred: false,
        effect: ActionEffect::Edit(vec![edit]),
    })
}

fn waiver(source: &Source, verdict: &Verdict, until: &str) -> Option<TextEdit> {
    let at = source.place(verdict.locus.as_ref()?.resource.start).line.saturating_sub(1) as usize;
    let start = source.line_start(at)?;
    let indent: String = source.line(at)?.chars().take_while(|c| c.is_whitespace()).collect();
    let end = if source.text.get(..start as usize).is_some_and(|before| before.ends_with("\r\n")) {
        "\r\n"
    } else {
        "\n"
    };
    // Nothing is waived before somebody has written why, and who stands for it.
    let text = format!("{indent}# compline: waive {} reason=\"\" until={until} by={end}", verdict.rule);
    Some(TextEdit { span: Span::new(source.id, start as usize, start as usize), text })
}

/// The same day of the next year; the 29th of February becomes the 28th.
fn a_year_after(today: &str) -> Option<Arc<str>> {
    let (year, day) = today.split_once('-')?;
    let year: u32 = year.parse().ok()?;
    let day = if day == "02-29" { "02-28" } else { day };
    Some(Arc::from(format!("{:04}-{day}", year + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_places_to_fill_in() {
        assert_eq!(snippet("a = \"http\" # ${x}", &["http"]), "a = \"${1:http}\" # \\${x\\}");
        assert_eq!(snippet("http_get: http", &["http"]), "http_get: ${1:http}");
        assert_eq!(
            snippet("- --f=/a/b\n- /a/b/c\n- c", &["c", "/a/b"]),
            "- --f=${2:/a/b}\n- /a/b/c\n- ${1:c}"
        );
        assert_eq!(snippet("\"10.0.0.0/8\"", &["10.0.0.0/8"]), "\"${1:10.0.0.0/8}\"");
    }

    #[test]
    fn a_year_later() {
        assert_eq!(a_year_after("2026-11-21").as_deref(), Some("2027-11-21"));
        assert_eq!(a_year_after("2028-02-29").as_deref(), Some("2029-02-28"));
        assert_eq!(a_year_after("today"), None);
    }
}
