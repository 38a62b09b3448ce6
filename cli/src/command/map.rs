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

use clap::Args;
use compline_reporter::format::{Format, human, json};
use compline_reporter::result::ResultKind;

use crate::embedder::{Choice, Named};
use crate::exit::{Exit, Stop};
use crate::place::Place;
use crate::reading::What;
use crate::render::Paint;
use crate::render::format::FormatParser;
use crate::shelf::Shelf;
use subject::Subject;

/// Say which controls something bears on
#[derive(Debug, Args)]
pub struct Arguments {
    /// Words, a rule, another scanner's id, an objective, a resource kind, an address in PATHS, or a file of another
    /// scanner's results
    #[arg(value_name = "WHAT", required_unless_present_any = ["from", "batch"])]
    subject: Option<String>,
    /// Map another scanner's results (JSON, SARIF, Prowler's CSV): Checkov, Trivy, KICS, tfsec, Prowler, cfn-guard (`-`: standard input)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["subject", "batch"])]
    from: Vec<PathBuf>,
    /// Map each line of a file (`-`: standard input); one JSON line out for each. A line that cannot be read is told of, and has its `error`
    #[arg(long, value_name = "FILE", conflicts_with = "subject")]
    batch: Option<PathBuf>,
    /// Say that WHAT bears on this control: written to `compline.mappings.yaml`, used from then on
    #[arg(long, value_name = "CONTROL", conflicts_with_all = ["from", "batch"])]
    confirm: Vec<String>,
    /// Say that WHAT does not bear on this control: it is not named for it again
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
    embedder: Named,
    #[command(flatten)]
    what: What,
    #[arg(long, value_name = "FORMAT", default_value = "human", value_parser = FormatParser(ResultKind::Mapping))]
    format: &'static Format,
}

pub fn run(arguments: &Arguments, paint: Paint) -> Result<Exit, Stop> {
    let (known, config) = crate::reading::standing_rules(&arguments.what.rules)?;
    let root = Place::find(&arguments.what.paths, arguments.what.root.as_deref())?.root;
    let model = Choice::of(&arguments.embedder, &config);
    let shelf = || -> Result<Shelf, Stop> {
        let shelf = Shelf::open(&arguments.frameworks, &config, &known)?.amended(&root, &known)?;
        Ok(Shelf { model: model.clone(), ..shelf })
    };
    match (arguments.from.as_slice(), &arguments.batch) {
        ([], Some(file)) => return infer::lines(file, &shelf()?, &known),
        ([], None) => {}
        (files, _) => return findings::run(files, shelf()?, &known, arguments.format, paint),
    }
    let subject = arguments.subject.as_deref().unwrap_or_default().trim();
    if subject.is_empty() {
        return Err(Stop::mistake("nothing was named that could bear on a control")
            .help("give an address, a kind, a rule or words"));
    }
    let said = !arguments.confirm.is_empty() || !arguments.reject.is_empty();
    if let Some(file) = subject::results(subject) {
        if said {
            return Err(Stop::mistake(format!("`{subject}` is a file, and people speak of what it names"))
                .help("give a check's id, or its title"));
        }
        // A glob of the shell gives several.
        let others = arguments.what.paths.iter().filter_map(|path| subject::results(&path.to_string_lossy()));
        let files: Vec<PathBuf> = std::iter::once(file).chain(others).collect();
        return findings::run(&files, shelf()?, &known, arguments.format, paint);
    }
    let shelf = shelf()?;
    if said {
        return say::run(arguments, subject, &shelf, &root);
    }
    let form = infer::Form { root: &root, json: is_json(arguments.format)?, paint };
    match subject::find(subject, &known, &shelf.library, &arguments.what)? {
        Subject::Curated(what) => curated::run(subject, &what, &shelf, &form),
        Subject::Resource(resource) => infer::one(subject, Some(&resource), &shelf, &known, &form),
        Subject::Text => infer::one(subject, None, &shelf, &known, &form),
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
