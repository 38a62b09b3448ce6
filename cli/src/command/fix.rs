//! `compline fix`: make failing rules pass, each fix tried before it is applied.

use std::collections::BTreeMap;
use std::sync::Arc;

use clap::Args;
use compline_ledger::{Event, event};
use compline_project::disk::{Disk, LockOn};
use compline_project::facts::sha256;
use compline_project::fix::{AppliedFix, Fixed};
use compline_project::{Moment, Project};
use compline_reporter::escape::{Lines, is_hidden, visible};
use compline_rules::{Outcome, Safety, Severity, Verdict};

use crate::arguments::ProjectArguments;
use crate::exit::{Exit, Stop};
use crate::output::{Progress, show, tell, warn};
use crate::render::Paint;
use crate::render::pluralize;

/// Apply fixes to the files
///
/// Safe fixes change nothing that users of the resource rely on. Each fix is tried on a copy first: it must make
/// its rule pass, break no other, and change no byte outside of itself.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    project: ProjectArguments,
    /// Print what would change, and change nothing
    #[arg(long)]
    diff: bool,
    /// Also apply unsafe fixes: these may interrupt a service, replace a resource or lock users out
    #[arg(long = "unsafe")]
    unsafe_too: bool,
    /// Fix only the findings of these rules
    #[arg(id = "only", long = "rule", value_name = "ID", value_delimiter = ',')]
    rules: Vec<String>,
    /// Record nothing in the ledger
    #[arg(long)]
    no_ledger: bool,
}

pub fn run(arguments: &Arguments, paint: Paint) -> Result<Exit, Stop> {
    let moment = Moment::now()?;
    let progress = Progress::start("reading");
    let mut project = Project::open(&arguments.project.options())?;
    warn(&project.config.warnings);
    for id in &arguments.rules {
        if project.config.rules.find(id).is_none() {
            return Err(super::rules::no_rule(&project.config.rules, id));
        }
    }
    if project.is_empty() {
        return Err(project.nothing().into());
    }
    let trying = |fix: &compline_rules::Fix| progress.say(&format!("trying: {}", fix.title));
    let fixed = project.fix(&|verdict| is_wanted(arguments, verdict), &Moment::today(), &trying)?;
    drop(progress);
    for one in &fixed.refused {
        tell(&format!("not fixed: `{}` at `{}`: {}", one.rule, one.address, one.why));
    }
    if arguments.diff {
        show(diff(&fixed.changed, paint))?;
    } else {
        write(&project, &fixed, &moment, arguments.no_ledger)?;
        let mut out = Lines::new();
        for one in &fixed.applied {
            out.line(format!("{}: {} ({}, {})", one.address, one.title, one.rule, one.safety));
        }
        show(out)?;
    }
    tell(&closing(arguments, &fixed));
    let threshold = project.config.config.severity.unwrap_or(Severity::Low);
    match super::check::exit(&project, fixed.judged.verdicts(), threshold) {
        // A difference that was only shown is something.
        Exit::Clean if arguments.diff && !fixed.changed.is_empty() => Ok(Exit::Found),
        exit => Ok(exit),
    }
}

fn is_wanted(arguments: &Arguments, verdict: &Verdict) -> bool {
    let named = arguments.rules.is_empty() || arguments.rules.iter().any(|id| **id == *verdict.rule);
    let safe = verdict.fix.as_ref().is_some_and(|fix| match fix.safety {
        Safety::Safe => true,
        Safety::Unsafe => arguments.unsafe_too,
        Safety::Display => false,
    });
    named && safe && matches!(verdict.outcome, Outcome::Fail)
}

/// The changes as `git apply` and `patch` take them. What of a file must not stand in a log or on a terminal is shown by
/// its number; a line before such a difference says that it is for reading only.
fn diff(changed: &BTreeMap<String, (Arc<str>, Arc<str>)>, paint: Paint) -> Lines {
    let mut out = Lines::new();
    for (path, (before, after)) in changed {
        let mut one = Lines::new();
        let mut whole = true;
        for (sign, side) in [("--- ", "a"), ("+++ ", "b")] {
            one.line(format!("{sign}{}", quoted(&format!("{side}/{path}"))));
        }
        let lines = |text: &Arc<str>| text.split_inclusive('\n').map(str::to_owned).collect::<Vec<_>>();
        let (before, after) = (lines(before), lines(after));
        let diff = similar::TextDiff::from_slices(&slices(&before), &slices(&after));
        for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
            one.line(hunk.header().to_string());
            for change in hunk.iter_changes() {
                let (sign, style) = match change.tag() {
                    similar::ChangeTag::Equal => (" ", None),
                    similar::ChangeTag::Insert => ("+", Some(ADDED)),
                    similar::ChangeTag::Delete => ("-", Some(REMOVED)),
                };
                let painted =
                    |line: &str| style.map_or_else(|| line.to_owned(), |style| paint.with(style, line));
                let text: &str = change.value();
                whole &= one.of_file(sign, text.strip_suffix('\n').unwrap_or(text), &painted);
                if !text.ends_with('\n') {
                    one.line("\\ No newline at end of file");
                }
            }
        }
        if !whole {
            out.line(format!(
                "note: this cannot be applied: `{path}` has characters that are shown as `U+001B`; `compline fix` changes it"
            ));
        }
        out.append(&one);
    }
    out
}

fn slices(lines: &[String]) -> Vec<&str> {
    lines.iter().map(String::as_str).collect()
}

/// A path as git writes it: in quotation marks, with the bytes of what is no plain character by their numbers.
fn quoted(path: &str) -> String {
    let plain = |c: char| !is_hidden(c) && c != '"' && c != '\\';
    if path.chars().all(plain) && visible(path) == path {
        return path.to_owned();
    }
    let mut out = String::from("\"");
    for c in path.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            // The second of two signs makes a command of what follows.
            '#' if out.ends_with('#') => out.push_str("\\043"),
            ':' if out.ends_with(|c: char| c.is_ascii_alphabetic()) => out.push_str("\\072"),
            c if is_hidden(c) => {
                let mut bytes = [0; 4];
                c.encode_utf8(&mut bytes).bytes().for_each(|byte| out.push_str(&format!("\\{byte:03o}")));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

const ADDED: annotate_snippets::renderer::Style = annotate_snippets::renderer::AnsiColor::Green.on_default();
const REMOVED: annotate_snippets::renderer::Style = annotate_snippets::renderer::AnsiColor::Red.on_default();

/// Writes the files, if they still are what was judged. What is about to be changed is recorded before, so that no file
/// is changed without a record; whether it was, after.
fn write(project: &Project, fixed: &Fixed, moment: &Moment, no_ledger: bool) -> Result<(), Stop> {
    if fixed.changed.is_empty() {
        return Ok(());
    }
    let changed = fixed.changed.iter();
    let replaced: Vec<(&str, &str, &str)> =
        changed.map(|(path, (before, after))| (path.as_str(), &**before, &**after)).collect();
    if no_ledger {
        project.replace(&replaced)?;
        tell("note: not recorded, as `--no-ledger` asks");
        return Ok(());
    }
    let root = project.root();
    // Two at once would each change what the other judged.
    let _lock = Disk::lock(root, LockOn::Files)?;
    let event = recorded(fixed, &replaced);
    let intent = super::record(root, moment, &Event::FixIntent(event.clone())).map_err(|fault| {
        Stop::failure(format!("nothing was changed, for want of a record: {fault}"))
            .help("`--no-ledger` changes the files without one")
    })?;
    if let Err(error) = project.replace(&replaced) {
        let failed = event::FixFailed { intent: intent.hash, why: error.to_string() };
        if let Err(fault) = super::record(root, moment, &Event::FixFailed(failed)) {
            tell(&format!("warning: that the change was not made is not recorded: {fault}"));
        }
        return Err(error.into());
    }
    super::record(root, moment, &Event::Fix(event)).map(drop).map_err(|fault| {
        Stop::failure(format!(
            "the files were changed; entry {} of the ledger says that they were about to be, but not that they \
             were: {fault}",
            intent.index
        ))
    })
}

fn recorded(fixed: &Fixed, replaced: &[(&str, &str, &str)]) -> event::Fix {
    let digest = |text: &str| sha256(text.as_bytes());
    let files = replaced.iter().map(|(path, before, after)| event::ChangedFile {
        path: (*path).to_owned(),
        before: digest(before),
        after: digest(after),
    });
    let fixes =
        fixed.applied.iter().map(|AppliedFix { rule, address, root, title, safety }| event::AppliedFix {
            rule: rule.to_string(),
            address: address.to_string(),
            root: root.to_string(),
            title: title.clone(),
            safety: safety.to_string(),
        });
    event::Fix { files: files.collect(), fixes: fixes.collect() }
}

fn closing(arguments: &Arguments, fixed: &Fixed) -> String {
    let failing: Vec<&Verdict> =
        fixed.judged.verdicts().filter(|verdict| matches!(verdict.outcome, Outcome::Fail)).collect();
    let (applied, files) = (fixed.applied.len(), fixed.changed.len());
    let (fixes, files) = (pluralize(applied, "fix", "fixes"), pluralize(files, "file", "files"));
    let done = match (applied, arguments.diff) {
        (0, _) => "nothing was changed".to_owned(),
        (_, true) => format!("{fixes} would change {files}"),
        (_, false) => format!("{fixes} changed {files}"),
    };
    let with_unsafe = failing
        .iter()
        .filter(|verdict| verdict.fix.as_ref().is_some_and(|fix| fix.safety == Safety::Unsafe))
        .count();
    let left = match failing.len() {
        0 => "nothing fails any more".to_owned(),
        1 => "1 failing verdict is left".to_owned(),
        more => format!("{more} failing verdicts are left"),
    };
    match with_unsafe {
        0 => format!("{done}; {left}"),
        _ if arguments.unsafe_too => format!("{done}; {left}"),
        _ => format!("{done}; {left}, {with_unsafe} with an unsafe fix: `compline fix --unsafe --diff`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_quoted_as_git_does() {
        assert_eq!(quoted("a/main.tf"), "a/main.tf");
        assert_eq!(quoted("a/é b.tf"), "a/é b.tf");
        assert_eq!(
            quoted("a/x\n::error::\"y\"\u{202e}.tf"),
            "\"a/x\\012::error\\072:\\\"y\\\"\\342\\200\\256.tf\""
        );
        assert_eq!(quoted("a/##[group]"), "\"a/#\\043[group]\"");
    }

    #[test]
    fn a_difference_that_cannot_be_applied_says_so() {
        let paint = Paint { on: false };
        let of = |before: &str, after: &str| {
            let changed = [("a.tf".to_owned(), (Arc::from(before), Arc::from(after)))].into();
            diff(&changed, paint).into_terminal()
        };
        assert_eq!(
            of("\ta\r\nb\r\nc", "\ta\r\nB\r\nc"),
            "--- a/a.tf\n+++ b/a.tf\n@@ -1,3 +1,3 @@\n \ta\r\n-b\r\n+B\r\n c\n\\ No newline at end of file\n"
        );
        let shown = of("::error::x\nb\n", "::error::x\nc\n");
        assert!(shown.starts_with("note: this cannot be applied: `a.tf`"), "{shown}");
        assert!(shown.contains("\n U+003A:error::x\n"), "{shown}");
    }
}
