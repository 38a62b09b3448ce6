//! `compline coverage`: what was looked at, what was not, and why.

use clap::{Args, ValueEnum};
use compline_frameworks::Coverage;
use compline_project::{Moment, Project};
use serde_json::json;

use crate::arguments::ProjectArguments;
use crate::exit::{Exit, Stop};
use crate::face::paint::Paint;
use crate::face::some;
use crate::output::{print, show};

/// Say what was looked at, and what was not
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    project: ProjectArguments,
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Human,
    Json,
}

pub fn run(arguments: &Arguments, paint: Paint) -> Result<Exit, Stop> {
    let moment = Moment::now()?;
    let project = Project::open(&arguments.project.options())?;
    if project.is_empty() {
        return Err(project.nothing().into());
    }
    let assessed = project.assess(moment.day())?;
    let (coverage, left_out) = (&assessed.assessment.coverage, &assessed.project.found.left_out);
    match arguments.format {
        Format::Human => show(&human(coverage, left_out, paint))?,
        Format::Json => print(&written(coverage, left_out))?,
    }
    Ok(if assessed.project.is_incomplete() { Exit::Incomplete } else { Exit::Clean })
}

type LeftOut = std::collections::BTreeMap<String, String>;

fn human(coverage: &Coverage, left_out: &LeftOut, paint: Paint) -> String {
    let mut out = format!(
        "{} read, {} declared, {} of them judged\n",
        some(coverage.files, "file", "files"),
        some(coverage.resources, "resource", "resources"),
        coverage.judged
    );
    let mut section = |head: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            out.push_str(&format!("\n{}\n", paint.bold(head)));
            for line in lines {
                out.push_str(&format!("  {line}\n"));
            }
        }
    };
    let mut kinds: Vec<_> = coverage.kinds_without_rules.iter().collect();
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    section(
        "no rule for their kind",
        kinds.iter().map(|(kind, count)| format!("{count:>5}  {kind}")).collect(),
    );
    let mut reasons: Vec<_> = coverage.unknown_reasons.iter().collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    section(
        "verdicts left unknown because",
        reasons.iter().map(|((_, text), count)| format!("{count:>5}  {text}")).collect(),
    );
    section(
        "not here to be read",
        coverage.gaps.iter().map(|(what, why)| format!("{what}: {why}")).collect(),
    );
    section(
        "could not be read",
        coverage.unread.iter().map(|(path, why)| format!("{path}: {why}")).collect(),
    );
    section("left out", left_out.iter().map(|(path, why)| format!("{path}: {why}")).collect());
    out
}

fn written(coverage: &Coverage, left_out: &LeftOut) -> String {
    let pairs = |list: &mut dyn Iterator<Item = (String, String)>, key: &str| {
        list.map(|(what, why)| json!({ key: what, "why": why })).collect::<Vec<_>>()
    };
    let kinds: serde_json::Map<String, serde_json::Value> =
        coverage.kinds_without_rules.iter().map(|(kind, count)| (kind.to_string(), json!(count))).collect();
    let unknown: Vec<_> = coverage
        .unknown_reasons
        .iter()
        .map(|((_, text), verdicts)| json!({ "why": **text, "verdicts": verdicts }))
        .collect();
    let document = json!({
        "version": 1,
        "files": coverage.files,
        "resources": coverage.resources,
        "judged": coverage.judged,
        "kinds_without_rules": kinds,
        "unknown": unknown,
        "gaps": pairs(&mut coverage.gaps.iter().map(|(what, why)| (what.to_string(), why.to_string())), "what"),
        "unread": pairs(&mut coverage.unread.iter().map(|(path, why)| (path.to_string(), why.clone())), "file"),
        "left_out": pairs(&mut left_out.iter().map(|(path, why)| (path.clone(), why.clone())), "file"),
    });
    format!("{document:#}\n")
}
