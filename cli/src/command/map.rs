//! `compline map`: from a rule, another scanner's id, an objective, a kind, an address or words to the controls it
//! bears on.
//!
//! Where curated edges exist they are quoted. For everything else the index infers by the nearest known rules and
//! objectives, says how sure it is, and answers "no mapping" where it is not: better than a wrong one.

mod curated;
pub mod findings;
mod infer;
mod say;
mod subject;

pub use infer::lines;

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use compline_project::{LibraryScope, OpenOptions, ResolvedConfig};
use compline_reporter::format::{Format, human, json};
use compline_reporter::result::ResultKind;

use crate::arguments::{EmbedderArgument, ProjectArguments};
use crate::exit::{Exit, Stop};
use crate::output::warn;
use crate::render::Paint;
use crate::render::format::FormatParser;
use subject::Subject;

/// Show the controls that a rule, a finding or a text bears on
#[derive(Debug, Args)]
pub struct Arguments {
    /// Words, a rule, another scanner's id, an objective, a resource kind, an address in PATHS, or a file of another
    /// scanner's results
    #[arg(value_name = "WHAT", required_unless_present_any = ["from", "batch"])]
    subject: Option<String>,
    /// Map another scanner's results (JSON, SARIF, Prowler's CSV): Checkov, Trivy, KICS, tfsec, Prowler, cfn-guard (`-`: standard input)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["subject", "batch"])]
    from: Vec<PathBuf>,
    /// Map each line of a file (`-`: standard input); one JSON line out for each. A line that cannot be read is reported, with its `error`
    #[arg(long, value_name = "FILE", conflicts_with = "subject")]
    batch: Option<PathBuf>,
    /// Confirm that WHAT bears on this control. Written to `compline.mappings.yaml` and used from then on
    #[arg(long, value_name = "CONTROL", conflicts_with_all = ["from", "batch"])]
    confirm: Vec<String>,
    /// Reject this control for WHAT. It is not suggested again
    #[arg(long, value_name = "CONTROL", conflicts_with_all = ["from", "batch"])]
    reject: Vec<String>,
    /// Who confirms or rejects [default: git's `user.name`]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Why it is confirmed or rejected
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Frameworks to map to [default: NIST 800-53, PCI DSS, HIPAA]
    #[arg(long = "framework", value_name = "FRAMEWORK")]
    frameworks: Vec<String>,
    #[command(flatten)]
    embedder: EmbedderArgument,
    #[command(flatten)]
    project: ProjectArguments,
    #[arg(long, value_name = "FORMAT", default_value = "human", value_parser = FormatParser(ResultKind::Mapping))]
    format: &'static Format,
}

pub fn run(arguments: &Arguments, paint: Paint) -> Result<Exit, Stop> {
    let options = OpenOptions {
        frameworks: arguments.frameworks.clone(),
        library: LibraryScope::Chosen,
        embedder: arguments.embedder.embedder.clone(),
        ..arguments.project.options()
    };
    let config = ResolvedConfig::open(&options)?;
    warn(&config.warnings);
    match (arguments.from.as_slice(), &arguments.batch) {
        ([], Some(file)) => return infer::lines(file, &config),
        ([], None) => {}
        (files, _) => return findings::run(files, config, arguments.format, paint),
    }
    let subject = arguments.subject.as_deref().unwrap_or_default().trim();
    if subject.is_empty() {
        return Err(Stop::mistake("nothing was named that could bear on a control")
            .help("give an address, a kind, a rule or words"));
    }
    let decides = !arguments.confirm.is_empty() || !arguments.reject.is_empty();
    if let Some(file) = subject::results(subject) {
        if decides {
            return Err(Stop::mistake(format!(
                "`{subject}` is a file: a mapping is confirmed or rejected for one rule or check"
            ))
            .help("pass a rule, a check's id or its title"));
        }
        // A glob of the shell gives several.
        let paths = arguments.project.paths.iter();
        let others = paths.filter_map(|path| subject::results(&path.to_string_lossy()));
        let files: Vec<PathBuf> = std::iter::once(file).chain(others).collect();
        return findings::run(&files, config, arguments.format, paint);
    }
    if decides {
        return say::run(arguments, subject, &config);
    }
    let json = is_json(arguments.format)?;
    let config = Arc::new(config);
    let found = subject::find(subject, &config, &options)?;
    let form = infer::Form { json, paint, problems: found.problems };
    match found.subject {
        Subject::Curated(what) => curated::run(subject, &what, &config, &form),
        Subject::Resource(resource) => infer::one(subject, Some(&resource), &config, &form),
        Subject::Text => infer::one(subject, None, &config, &form),
    }
}

/// Whether the answer on one subject is for programs; it has these two forms only.
fn is_json(format: &Format) -> Result<bool, Stop> {
    match format.name {
        name if name == json::FORMAT.name => Ok(true),
        name if name == human::FORMAT.name => Ok(false),
        name => Err(Stop::mistake(format!(
            "`{name}` shows the results of `--from`; one subject is shown as human or json"
        ))),
    }
}
