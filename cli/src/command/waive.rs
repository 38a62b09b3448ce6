//! `compline waive`: accept a failure, with a reason, in the waiver file and in the record.

use std::path::{Path, PathBuf};

use clap::Args;
use compline_iac::redact::plain_text;
use compline_ledger::{Event, event};
use compline_project::clock::{days_from_today, is_day};
use compline_project::config::WAIVERS;
use compline_project::disk::{Disk, Folder, LockOn};
use compline_project::open::digest_key;
use compline_project::{Moment, OpenOptions, ResolvedConfig};
use compline_rules::waiver;

use crate::exit::{Exit, Stop};
use crate::output::say;

/// Accept a failure until a given day
///
/// The failure stays in every report, as waived. A line beside the code does the same:
/// `# compline: waive RULE reason="…" until=2027-06-30 by=…`
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// The rule's id
    rule: String,
    /// The resource's address; `*` stands for any run of characters
    #[arg(long, value_name = "ADDRESS")]
    address: Option<String>,
    /// The file, from the root of the repository; `*` stands for any run of characters
    #[arg(long, value_name = "FILE")]
    file: Option<String>,
    /// Why it is accepted
    #[arg(long)]
    reason: String,
    /// The last day on which it holds, YYYY-MM-DD [default: 90 days from today]
    #[arg(long, value_name = "DAY")]
    until: Option<String>,
    /// Who accepts it [default: the name of the user who is logged in]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// The repository's root [default: the one that holds the current directory]
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

/// Days that a waiver holds when nobody says how long.
const DAYS: u64 = 90;

pub fn run(given: &Arguments) -> Result<Exit, Stop> {
    let moment = Moment::now()?;
    let arguments = &completed(given)?;
    let config =
        ResolvedConfig::open(&OpenOptions { root: arguments.root.clone(), ..OpenOptions::default() })?;
    let rules = &config.rules;
    if rules.info(&arguments.rule).is_none() && rules.by_alias(&arguments.rule).next().is_none() {
        return Err(super::rules::no_rule(rules, &arguments.rule));
    }
    if arguments.address.is_none() && arguments.file.is_none() {
        return Err(Stop::mistake("say what is waived: `--address`, `--file`, or both")
            .help("`*` stands for anything: `--address 'module.legacy.*'`"));
    }
    if arguments.reason.trim().is_empty() {
        return Err(Stop::mistake("a waiver needs a reason that a reviewer can weigh later"));
    }
    if let Some(until) = &arguments.until {
        if !is_day(until) {
            return Err(Stop::mistake(format!("`{until}` is no day")).help("write `--until 2027-06-30`"));
        }
        if *until < Moment::today() {
            return Err(Stop::mistake(format!("`{until}` is past; the waiver would do nothing")));
        }
    }
    let root = config.root();
    // Others that write the file wait until this one has read and written it.
    let _lock = Disk::lock(root, LockOn::Files)?;
    let folder = Folder::below(root, Path::new(""))?;
    let before = super::text_of(&folder, WAIVERS)?;
    let text = appended(&before, arguments);
    waiver::file(WAIVERS, &before).map_err(|error| Stop::mistake(error.to_string()))?;
    let read = waiver::file(WAIVERS, &text);
    let waivers = read.map_err(|error| {
        Stop::mistake(format!("the entry cannot be appended: {error}"))
            .help("write it by hand, in the file's own style")
    })?;
    let entry = waivers.last().map_or(String::new(), |waiver| waiver.source.to_string());
    // The file is the user's own; the record is for others to read.
    let key = digest_key(root);
    let hide = |text: &String| plain_text(&key, text).into_owned();
    let event = event::Waiver {
        rule: arguments.rule.clone(),
        address: arguments.address.as_ref().map(hide),
        file: arguments.file.clone(),
        reason: hide(&arguments.reason),
        until: arguments.until.clone(),
        by: arguments.by.as_ref().map(hide),
    };
    let by_hand = format!("an entry that is written into `{WAIVERS}` by hand holds without a record");
    super::record_and_do(root, &moment, [Event::Waiver(event)], &by_hand, || {
        Ok(folder.write(WAIVERS, text.as_bytes())?)
    })?;
    let until = arguments.until.as_deref().unwrap_or_default();
    let by = arguments.by.as_deref().unwrap_or_default();
    say(format!("{entry}: `{}` is waived until {until} by {by}", arguments.rule))?;
    Ok(Exit::Clean)
}

/// The same with an end and an author, which each waiver has.
fn completed(arguments: &Arguments) -> Result<Arguments, Stop> {
    let mut arguments = arguments.clone();
    arguments.until.get_or_insert_with(|| days_from_today(DAYS));
    if arguments.by.as_deref().is_none_or(|by| by.trim().is_empty()) {
        let names = ["USER", "LOGNAME", "USERNAME"];
        let user = names
            .into_iter()
            .find_map(|name| std::env::var(name).ok().filter(|name| !name.trim().is_empty()));
        let missing = || Stop::mistake("no author given: who accepts the failure").help("write `--by NAME`");
        arguments.by = Some(user.ok_or_else(missing)?);
    }
    Ok(arguments)
}

/// The file's text with one more entry; what stands in it is kept to the byte.
fn appended(before: &str, arguments: &Arguments) -> String {
    let mut text = before.to_owned();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    if !before.lines().any(|line| line.trim_end() == "waivers:") {
        text.push_str("waivers:\n");
    }
    let keys = [
        ("rule", Some(&arguments.rule)),
        ("address", arguments.address.as_ref()),
        ("file", arguments.file.as_ref()),
        ("reason", Some(&arguments.reason)),
        ("until", arguments.until.as_ref()),
        ("by", arguments.by.as_ref()),
    ];
    for (index, (key, value)) in keys.into_iter().filter_map(|(key, value)| Some((key, value?))).enumerate() {
        let lead = if index == 0 { "  - " } else { "    " };
        // A JSON string is a YAML string, whatever is in it.
        text.push_str(&format!("{lead}{key}: {}\n", serde_json::Value::String(value.clone())));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_back_as_it_was_given() {
        let arguments = Arguments {
            rule: "aws-s3-versioning-disabled".to_owned(),
            address: Some("aws_s3_bucket.a[\"x\"]".to_owned()),
            file: None,
            reason: "it's: rebuilt #nightly".to_owned(),
            until: Some("2027-06-30".to_owned()),
            by: Some("ops".to_owned()),
            root: None,
        };
        let once = appended("", &arguments);
        let twice = appended(&format!("# ours\n{once}"), &arguments);
        let waivers = waiver::file("w.yaml", &twice).unwrap();
        assert_eq!(waivers.len(), 2);
        assert_eq!(waivers[1].reason.as_deref(), Some("it's: rebuilt #nightly"));
        assert!(twice.starts_with("# ours\n"));
    }
}
