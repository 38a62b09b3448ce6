//! `compline fix`: make failing rules pass, each fix tried before it is applied.

use clap::Args;
use compline_iac::Redaction;
use compline_iac::redact::plain_text;
use compline_ledger::{Event, event};
use compline_project::disk::{Disk, LockOn};
use compline_project::facts::sha256;
use compline_project::fix::{AppliedFix, Fixed};
use compline_project::{LibraryScope, Moment, OpenOptions, Project};
use compline_reporter::escape::Lines;
use compline_rules::fix::Chosen;
use compline_rules::{Fix, Outcome, Safety, Severity, Verdict};

use crate::arguments::ProjectArguments;
use crate::exit::{Exit, Stop};
use crate::output::{Progress, show, tell, warn};
use crate::render::Paint;
use crate::render::diff::diff;
use crate::render::pluralize;

/// Apply fixes to the files
///
/// Safe fixes change nothing that users of the resource rely on. Each fix is tried on a copy first: it must make
/// its rule pass, break no other, and change no byte outside of itself. What only you can know, such as a key, is
/// never guessed: it is asked for by `--with` or left to a variable by `--variables`.
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
    /// What a fix leaves to be chosen, a key or a range of addresses, by the name that `compline check` gives it
    #[arg(long, value_name = "NAME=VALUE", value_parser = name_and_value)]
    with: Vec<(String, String)>,
    /// What is not given by `--with` becomes a variable, a parameter in templates, that is declared beside
    #[arg(id = "as_variables", long = "variables")]
    variables: bool,
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
    // Judged as `check` judges: what the configured frameworks ask for is what a fix writes.
    let options = OpenOptions { library: LibraryScope::Chosen, ..arguments.project.options() };
    let mut project = Project::open(&options)?;
    warn(&project.config.warnings);
    for id in &arguments.rules {
        if project.config.rules.find(id).is_none() {
            return Err(super::rules::no_rule(&project.config.rules, id));
        }
    }
    if project.is_empty() {
        return Err(project.nothing().into());
    }
    let trying = |fix: &compline_rules::Fix| {
        progress.say(&format!("trying: {}", plain_text(&Default::default(), &fix.title)))
    };
    let chosen = chosen(arguments, &project)?;
    let fixed =
        project.fix(&|verdict| is_wanted(arguments, &chosen, verdict), &chosen, &Moment::today(), &trying)?;
    drop(progress);
    let redaction = project.snapshot.redaction();
    for one in &fixed.refused {
        let (address, why) = (redaction.text(&one.address), one.why.to_string());
        tell(&format!("not fixed: `{}` at `{address}`: {}", one.rule, redaction.text(&why)));
    }
    if arguments.diff {
        show(diff(&fixed.changed, redaction, paint))?;
    } else {
        write(&project, &fixed, &moment, arguments.no_ledger)?;
        let mut out = Lines::new();
        for one in &fixed.applied {
            let (address, title) = (redaction.text(&one.address), redaction.text(&one.title));
            out.line(format!("{address}: {title} ({}, {})", one.rule, one.safety));
        }
        show(out)?;
    }
    tell(&closing(arguments, &fixed));
    if let Some(left) = left_to_choose(&chosen, &fixed) {
        tell(&left);
    }
    let threshold = project.config.config.severity.unwrap_or(Severity::Low);
    match super::check::exit(&project, fixed.judged.verdicts(), threshold) {
        // A difference that was only shown is something.
        Exit::Clean if arguments.diff && !fixed.changed.is_empty() => Ok(Exit::Found),
        exit => Ok(exit),
    }
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("say it as NAME=VALUE")?;
    match (name.trim(), value) {
        ("", _) | (_, "") => Err("say it as NAME=VALUE".to_owned()),
        (name, value) => Ok((name.to_owned(), value.to_owned())),
    }
}

/// What the user chose.
///
/// # Errors
/// No fix leaves something of a name to be chosen.
fn chosen(arguments: &Arguments, project: &Project) -> Result<Chosen, Stop> {
    let choices = &project.config.rules.tables().choices;
    for (name, _) in &arguments.with {
        if !choices.contains_key(name.as_str()) {
            let near =
                choices.keys().filter(|one| one.contains(name.as_str()) || name.contains(one.as_str()));
            let near: Vec<String> = near.map(|one| format!("`{one}`")).collect();
            let stop = Stop::mistake(format!("no fix leaves `{name}` to be chosen"));
            return Err(match near.is_empty() {
                true => stop.help("`compline check` names what each fix needs"),
                false => stop.help(format!("there are {}", near.join(", "))),
            });
        }
    }
    Ok(Chosen { values: arguments.with.iter().cloned().collect(), variables: arguments.variables })
}

fn is_wanted(arguments: &Arguments, chosen: &Chosen, verdict: &Verdict) -> bool {
    let named = arguments.rules.is_empty() || arguments.rules.iter().any(|id| **id == *verdict.rule);
    let can = verdict.fix.as_ref().is_some_and(|fix| match fix.safety {
        Safety::Safe => is_chosen(chosen, fix),
        Safety::Unsafe => arguments.unsafe_too && is_chosen(chosen, fix),
        Safety::Display => false,
    });
    named && can && matches!(verdict.outcome, Outcome::Fail)
}

/// Whether everything is there that a fix leaves to be chosen.
fn is_chosen(chosen: &Chosen, fix: &Fix) -> bool {
    chosen.variables || fix.choices.iter().all(|choice| chosen.values.contains_key(&*choice.name))
}

/// What has still to be chosen for the fixes of what is left.
fn left_to_choose(chosen: &Chosen, fixed: &Fixed) -> Option<String> {
    let failing = fixed.judged.verdicts().filter(|verdict| matches!(verdict.outcome, Outcome::Fail));
    let waiting: Vec<&Fix> = failing
        .filter_map(|verdict| verdict.fix.as_ref())
        .filter(|fix| fix.safety != Safety::Display && !is_chosen(chosen, fix))
        .collect();
    let mut names: Vec<String> = waiting
        .iter()
        .flat_map(|fix| &fix.choices)
        .filter(|choice| !chosen.values.contains_key(&*choice.name))
        .map(|choice| format!("`--with {}=…` ({})", choice.name, choice.title))
        .collect();
    names.sort();
    names.dedup();
    let verb = if waiting.len() == 1 { "waits" } else { "wait" };
    (!waiting.is_empty()).then(|| {
        let fixes = pluralize(waiting.len(), "fix", "fixes");
        format!("{fixes} {verb} for what only you can choose: {}, or `--variables`", names.join(", "))
    })
}

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
    let event = recorded(fixed, &replaced, project.snapshot.redaction());
    super::record_and_do(root, moment, [Event::FixIntent(event.clone())], NO_LEDGER, || {
        Ok(project.replace(&replaced)?)
    })?;
    super::record(root, moment, &Event::Fix(event)).map(drop).map_err(|fault| {
        Stop::failure(format!(
            "the files were changed; the ledger says that they were about to be, but not that they were: {fault}"
        ))
    })
}

const NO_LEDGER: &str = "`--no-ledger` changes the files without one";

fn recorded(fixed: &Fixed, replaced: &[(&str, &str, &str)], redaction: &Redaction) -> event::Fix {
    let digest = |text: &str| sha256(text.as_bytes());
    let files = replaced.iter().map(|(path, before, after)| event::ChangedFile {
        path: (*path).to_owned(),
        before: digest(before),
        after: digest(after),
    });
    let fixes =
        fixed.applied.iter().map(|AppliedFix { rule, address, root, title, safety }| event::AppliedFix {
            rule: rule.to_string(),
            address: redaction.text(address).into_owned(),
            root: root.to_string(),
            title: redaction.text(title).into_owned(),
            safety: safety.to_string(),
        });
    event::Fix { files: files.collect(), fixes: fixes.collect() }
}

fn closing(arguments: &Arguments, fixed: &Fixed) -> String {
    let fails =
        |verdict: &&Verdict| matches!(verdict.outcome, Outcome::Fail) && verdict.folded_under.is_none();
    let failing: Vec<&Verdict> = fixed.judged.verdicts().filter(fails).collect();
    let (applied, files) = (fixed.applied.len(), fixed.changed.len());
    let (fixes, files) = (pluralize(applied, "fix", "fixes"), pluralize(files, "file", "files"));
    let done = match (applied, arguments.diff) {
        (0, _) => "nothing was changed".to_owned(),
        (_, true) => format!("{fixes} would change {files}"),
        (_, false) => format!("{fixes} changed {files}"),
    };
    let with_unsafe = failing
        .iter()
        .filter(|verdict| {
            verdict.fix.as_ref().is_some_and(|fix| fix.safety == Safety::Unsafe && fix.choices.is_empty())
        })
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
