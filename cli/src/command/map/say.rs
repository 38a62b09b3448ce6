//! What a person says of a mapping, written beside the configuration and into the record.

use std::path::Path;

use compline_frameworks::feedback::{self, Mapping, Mappings};
use compline_frameworks::{Control, Framework};
use compline_iac::redact::plain_text;
use compline_ledger::{Event, event};
use compline_project::disk::{Disk, Folder, LockOn};
use compline_project::frameworks::control_named;
use compline_project::open::digest_key;
use compline_project::{Moment, ResolvedConfig, SelectedFrameworks, git};
use compline_reporter::escape::Lines;

use super::Arguments;
use crate::exit::{Exit, Stop};
use crate::output::show;

pub(super) fn run(arguments: &Arguments, subject: &str, config: &ResolvedConfig) -> Result<Exit, Stop> {
    let (root, selected) = (config.root(), config.frameworks());
    let moment = Moment::now()?;
    let why = arguments.reason.as_deref().unwrap_or_default().trim();
    if why.is_empty() {
        return Err(Stop::mistake(
            "a confirmed or rejected mapping needs a reason that a reviewer can weigh later",
        )
        .help("give it with `--reason`"));
    }
    let by = match arguments.by.clone().filter(|by| !by.trim().is_empty()) {
        Some(by) => by,
        None => git::user().ok_or_else(|| {
            Stop::mistake("no author given")
                .help("give `--by NAME`, or set `user.name` in your own configuration of git")
        })?,
    };
    let confirmed = arguments.confirm.iter().map(|control| (control, true));
    let mut decisions = Vec::new();
    for (name, confirmed) in confirmed.chain(arguments.reject.iter().map(|control| (control, false))) {
        let (framework, control) = control(name, selected)?;
        let mapping = Mapping {
            subject: subject.to_owned(),
            framework: framework.id.clone(),
            control: control.id.clone(),
            confirmed,
            by: by.clone(),
            date: moment.day().to_owned(),
            why: why.to_owned(),
        };
        let twice = |other: &(Mapping, String)| {
            other.0.framework == mapping.framework && other.0.control == mapping.control
        };
        if decisions.iter().any(twice) {
            return Err(Stop::mistake(format!("`{name}` is named twice")).help("confirm it or reject it"));
        }
        let shown = format!("{} {}", framework.short, control.id);
        decisions.push((mapping, shown));
    }
    // Others that write the file wait until this one has read and written it.
    let _lock = Disk::lock(root, LockOn::Files)?;
    let folder = Folder::below(root, Path::new(""))?;
    let mut text = crate::command::text_of(&folder, feedback::FILE)?;
    let before = Mappings::read(&text)
        .map_err(|error| Stop::mistake(format!("{}: {error}", feedback::FILE)))?
        .resolved(selected.library.frameworks());
    for (mapping, _) in &decisions {
        text =
            mapping.added_to(&text).map_err(|error| Stop::mistake(format!("{}: {error}", feedback::FILE)))?;
    }
    let after = Mappings::read(&text)
        .map_err(|error| Stop::failure(format!("{}: {error}", feedback::FILE)))?
        .resolved(selected.library.frameworks());
    // The file is the user's own; the record is for others to read.
    let key = digest_key(root);
    let hide = |text: &String| plain_text(&key, text).into_owned();
    let by_hand =
        format!("an entry that is written into `{}` by hand holds without a record", feedback::FILE);
    let events = decisions.iter().map(|(mapping, _)| {
        Event::Mapping(event::Mapping {
            subject: hide(&mapping.subject),
            framework: mapping.framework.clone(),
            control: mapping.control.clone(),
            decision: decision(mapping),
            reason: hide(&mapping.why),
            by: mapping.by.clone(),
        })
    });
    crate::command::record_and_do(root, &moment, events, &by_hand, || {
        Ok(folder.write(feedback::FILE, text.as_bytes())?)
    })?;
    let mut out = Lines::new();
    for (mapping, shown) in &decisions {
        let decision = decision(mapping);
        out.line(format!("{}: {shown} is {decision} for `{subject}`, by {by}", feedback::FILE));
        overruled(&before, mapping).into_iter().for_each(|line| out.line(line));
        followed(&after, mapping, selected).into_iter().for_each(|line| out.line(line));
    }
    show(out)?;
    Ok(Exit::Clean)
}

fn decision(mapping: &Mapping) -> event::Decision {
    if mapping.confirmed { event::Decision::Confirmed } else { event::Decision::Rejected }
}

/// What was said of the same edge before and counts no longer.
fn overruled(before: &Mappings, mapping: &Mapping) -> Option<String> {
    let about = before.latest_for(&mapping.subject);
    let earlier =
        about.into_iter().find(|one| one.framework == mapping.framework && one.control == mapping.control);
    let earlier = earlier.filter(|earlier| earlier.confirmed != mapping.confirmed)?;
    let word = if earlier.confirmed { "confirmed" } else { "rejected" };
    let why = if earlier.why.is_empty() { String::new() } else { format!(": {}", earlier.why) };
    Some(format!("  {} {word} it on {}{why}; the last word counts", earlier.by, earlier.date))
}

/// The same control in baselines and catalogues beside it, for which the same counts now.
fn followed(after: &Mappings, mapping: &Mapping, selected: &SelectedFrameworks) -> Option<String> {
    let about = after.latest_for(&mapping.subject).into_iter();
    let follows = about.filter(|one| {
        one.framework != mapping.framework
            && one.control == mapping.control
            && one.why == mapping.why
            && !after.written().any(|(_, written)| written == *one)
    });
    let names: Vec<String> = follows
        .map(|one| {
            let short =
                selected.library.info(&one.framework).map_or(&*one.framework, |info| info.short.as_str());
            format!("{short} {}", one.control)
        })
        .collect();
    (!names.is_empty()).then(|| format!("  the same control, and the same holds: {}", names.join(", ")))
}

/// A control by its id: of the frameworks chosen where one of them has it, else of the one framework that has it.
fn control<'s>(name: &str, selected: &'s SelectedFrameworks) -> Result<(&'s Framework, &'s Control), Stop> {
    let chosen = selected.ids();
    let mut found: Vec<(&Framework, &Control)> = Vec::new();
    for framework in selected.library.frameworks() {
        if let Some(control) = control_named(framework, name) {
            found.push((&**framework, control));
        }
    }
    if found.iter().any(|(framework, _)| chosen.contains(&framework.id.as_str())) {
        found.retain(|(framework, _)| chosen.contains(&framework.id.as_str()));
    }
    match found.as_slice() {
        [] => Err(Stop::mistake(format!("no control is called `{name}`"))
            .help(format!("`compline search {name}` looks for it"))),
        [(framework, control)] => match &control.withdrawn {
            Some(into) if into.is_empty() => {
                Err(Stop::mistake(format!("`{}` of {} was withdrawn", control.id, framework.id)))
            }
            Some(into) => Err(Stop::mistake(format!("`{}` of {} was withdrawn", control.id, framework.id))
                .help(format!("it went into {}", into.join(", ")))),
            None => Ok((framework, control)),
        },
        several => {
            let names: Vec<String> = several
                .iter()
                .map(|(framework, control)| format!("`{}/{}`", framework.id, control.id))
                .collect();
            Err(Stop::mistake(format!("`{name}` names several controls"))
                .help(format!("say which: {}", names.join(", "))))
        }
    }
}
