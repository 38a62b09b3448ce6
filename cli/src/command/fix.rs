//! `compline fix`: make failing rules pass, each fix tried before it is applied.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use clap::Args;
use compline_iac::Sources as _;
use compline_iac::edit::{self, TextEdit};
use compline_ledger::{Event, Ledger, event};
use compline_rules::fix::verified;
use compline_rules::{Outcome, Safety, Severity, Verdict};

use crate::clock::Moment;
use crate::exit::{Exit, Stop};
use crate::face::paint::Paint;
use crate::face::some;
use crate::output::{Progress, print, tell, write_file};
use crate::reading::{Reading, What};

/// Apply fixes to the files
///
/// Safe fixes change nothing that users of the resource rely on. Each fix is tried on a copy first: it must make
/// its rule pass, break no other, and change no byte outside of itself.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    what: What,
    /// Print what would change, and change nothing
    #[arg(long)]
    diff: bool,
    /// Apply fixes too that may break, replace or lock out
    #[arg(long = "unsafe")]
    unsafe_too: bool,
    /// Only fix what these rules find
    #[arg(id = "only", long = "rule", value_name = "ID", value_delimiter = ',')]
    rules: Vec<String>,
}

/// Fixes can uncover each other; a circle of them must not keep us.
const ROUNDS: usize = 20;

/// One fix that was applied.
struct Applied {
    rule: Arc<str>,
    address: Arc<str>,
    root: Arc<str>,
    title: String,
    safety: Safety,
}

pub fn run(arguments: &Arguments, paint: Paint) -> Result<Exit, Stop> {
    let moment = Moment::now()?;
    let progress = Progress::start("reading");
    let mut reading = Reading::open(&arguments.what)?;
    for id in &arguments.rules {
        if reading.rules.find(id).is_none() {
            return Err(super::rules::no_rule(&reading.rules, id));
        }
    }
    if reading.is_empty() {
        return Err(reading.nothing());
    }
    let before = texts(&reading);
    let (applied, refused) = settle(arguments, &mut reading, moment.day(), &progress)?;
    drop(progress);
    let changed: BTreeMap<String, (Arc<str>, Arc<str>)> = texts(&reading)
        .into_iter()
        .filter_map(|(path, after)| {
            let old = before.get(&path)?;
            (*old != after).then(|| (path, (Arc::clone(old), after)))
        })
        .collect();
    for (rule, address, why) in &refused {
        tell(&format!("not fixed: `{rule}` at `{address}`: {why}"));
    }
    if arguments.diff {
        print(&diff(&changed, paint))?;
    } else {
        write(&reading, &changed, &applied, &moment)?;
        let mut text = String::new();
        for one in &applied {
            text.push_str(&format!("{}: {} ({}, {})\n", one.address, one.title, one.rule, one.safety));
        }
        print(&text)?;
    }
    let left = reading.judge(moment.day())?.verdicts;
    tell(&closing(arguments, applied.len(), changed.len(), &left));
    let threshold = reading.config.severity.unwrap_or(Severity::Low);
    match super::check::exit(&reading, &left, threshold) {
        // A difference that was only shown is something.
        Exit::Clean if arguments.diff && !changed.is_empty() => Ok(Exit::Found),
        exit => Ok(exit),
    }
}

fn texts(reading: &Reading) -> BTreeMap<String, Arc<str>> {
    let documents = reading.snapshot.documents();
    documents.map(|document| (document.source.path.to_string(), Arc::clone(&document.source.text))).collect()
}

type Refused = BTreeSet<(Arc<str>, Arc<str>, String)>;

/// Applies fixes in memory until no more can be.
fn settle(
    arguments: &Arguments,
    reading: &mut Reading,
    day: &str,
    progress: &Progress,
) -> Result<(Vec<Applied>, Refused), Stop> {
    let mut applied: Vec<Applied> = Vec::new();
    let mut done: HashSet<(Arc<str>, Arc<str>, Arc<str>)> = HashSet::new();
    for _ in 0..ROUNDS {
        let mut refused = Refused::new();
        let mut edits: BTreeMap<String, Vec<TextEdit>> = BTreeMap::new();
        let verdicts = reading.judge(day)?.verdicts;
        for verdict in verdicts.iter().filter(|verdict| is_wanted(arguments, verdict)) {
            let key = (Arc::clone(&verdict.root), Arc::clone(&verdict.rule), Arc::clone(&verdict.address));
            if done.contains(&key) {
                continue;
            }
            let Some(fix) = &verdict.fix else { continue };
            progress.say(format!("trying: {}", fix.title));
            match verified(&reading.workspace, &reading.disk, &reading.snapshot, &reading.rules, verdict) {
                Ok(new) => {
                    let path = new.first().and_then(|first| reading.snapshot.document(first.span.source));
                    let Some(path) = path.map(|document| document.source.path.to_string()) else { continue };
                    let file = edits.entry(path).or_default();
                    // What touches a place already changed waits for the next round, where it is tried again.
                    if !new.iter().any(|one| file.iter().any(|other| overlap(one, other))) {
                        file.extend(new);
                        done.insert(key);
                        applied.push(Applied {
                            rule: Arc::clone(&verdict.rule),
                            address: Arc::clone(&verdict.address),
                            root: Arc::clone(&verdict.root),
                            title: fix.title.clone(),
                            safety: fix.safety,
                        });
                    }
                }
                Err(why) => {
                    refused.insert((Arc::clone(&verdict.rule), Arc::clone(&verdict.address), why));
                }
            }
        }
        edits.retain(|_, list| !list.is_empty());
        if edits.is_empty() {
            return Ok((applied, refused));
        }
        for (path, list) in edits {
            let Some(document) = reading.snapshot.find(&path) else { continue };
            let text = edit::apply(&document.source.text, &list).map_err(Stop::failure)?;
            reading.workspace.set(&path, Arc::from(text));
        }
        reading.refresh();
    }
    Ok((applied, Refused::new()))
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

/// Whether two edits touch: two insertions at one place do, since their order would decide.
fn overlap(a: &TextEdit, b: &TextEdit) -> bool {
    a.span.start <= b.span.end && b.span.start <= a.span.end
}

fn diff(changed: &BTreeMap<String, (Arc<str>, Arc<str>)>, paint: Paint) -> String {
    let mut out = String::new();
    for (path, (before, after)) in changed {
        let diff = similar::TextDiff::from_lines(&**before, &**after);
        let text = diff
            .unified_diff()
            .context_radius(3)
            .header(&format!("a/{path}"), &format!("b/{path}"))
            .to_string();
        for line in text.split_inclusive('\n') {
            let bare = line.trim_end_matches('\n');
            let painted = match bare.bytes().next() {
                Some(b'+') if !bare.starts_with("+++") => paint.with(ADDED, bare),
                Some(b'-') if !bare.starts_with("---") => paint.with(REMOVED, bare),
                _ => bare.to_owned(),
            };
            out.push_str(&painted);
            if line.ends_with('\n') {
                out.push('\n');
            }
        }
    }
    out
}

const ADDED: annotate_snippets::renderer::Style = annotate_snippets::renderer::AnsiColor::Green.on_default();
const REMOVED: annotate_snippets::renderer::Style = annotate_snippets::renderer::AnsiColor::Red.on_default();

/// Writes the files, if they still are what was judged, and the record.
fn write(
    reading: &Reading,
    changed: &BTreeMap<String, (Arc<str>, Arc<str>)>,
    applied: &[Applied],
    moment: &Moment,
) -> Result<(), Stop> {
    if changed.is_empty() {
        return Ok(());
    }
    let mut files = Vec::new();
    let mut places = Vec::new();
    for (path, (before, after)) in changed {
        let now = reading.disk.read(path).map_err(Stop::failure)?;
        if now != *before {
            return Err(Stop::failure(format!("`{path}` changed while it was judged; nothing was written")));
        }
        files.push(event::ChangedFile { path: path.clone(), before: sha256(before), after: sha256(after) });
        places.push((reading.disk.locate(path).map_err(Stop::failure)?, after));
    }
    for (place, after) in places {
        write_file(&place, after.as_bytes())?;
    }
    let fixes = applied.iter().map(|one| event::AppliedFix {
        rule: one.rule.to_string(),
        address: one.address.to_string(),
        root: one.root.to_string(),
        title: one.title.clone(),
        safety: one.safety.to_string(),
    });
    let ledger = Ledger::below(reading.disk.root());
    let event = event::Fix { files, fixes: fixes.collect() };
    let recorded = ledger.append(&moment.time, &Event::Fix(event));
    recorded
        .map(|_| ())
        .map_err(|fault| Stop::failure(format!("the files were changed, but that is not recorded: {fault}")))
}

/// SHA-256 of a text, lower-case hexadecimal.
pub fn sha256(text: &str) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn closing(arguments: &Arguments, applied: usize, files: usize, left: &[Verdict]) -> String {
    let failing: Vec<&Verdict> =
        left.iter().filter(|verdict| matches!(verdict.outcome, Outcome::Fail)).collect();
    let (fixes, files) = (some(applied, "fix", "fixes"), some(files, "file", "files"));
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
