//! `compline rules new`: the beginning of a page.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use compline_iac::Dialect;
use compline_project::disk::{is_folder, is_there, write_file};
use compline_project::suggest::did_you_mean;
use compline_rules::RuleSet;
use compline_rules::kinds::dialect;
use compline_rules::page::is_id;
use compline_rules::page_test::HOLE;
use compline_rules::skeleton::skeleton;

use crate::exit::{Exit, Stop};
use crate::output::say;

/// Start a new rule page
///
/// The places to fill in are marked; `compline rules test` lists them.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The rule's id, `<provider>-<service>-<problem>`: name the problem, so that it reads well after "allow"
    id: String,
    /// The resource kinds it judges [default: those that most built-in rules for the same service judge]
    #[arg(long = "kind", value_name = "KIND", value_delimiter = ',')]
    kinds: Vec<String>,
    /// The provider, where the id does not begin with it: aws, azure, gcp, kubernetes
    #[arg(long, value_name = "PROVIDER")]
    provider: Option<String>,
    /// The directory to write it to
    #[arg(long = "dir", value_name = "DIR", default_value = ".")]
    directory: PathBuf,
}

/// The providers and the prefixes of their Terraform kinds.
const PROVIDERS: [(&str, &str); 4] =
    [("aws", "aws_"), ("azure", "azurerm_"), ("gcp", "google_"), ("kubernetes", "kubernetes_")];

pub fn run(arguments: &Arguments) -> Result<Exit, Stop> {
    if !is_id(&arguments.id) {
        return Err(Stop::mistake(format!("`{}` is no id of a rule", arguments.id)).help(
            "write `<provider>-<service>-<problem>` in lower case, e.g. `aws-s3-versioning-disabled`",
        ));
    }
    let kinds = match arguments.kinds.is_empty() {
        true => usual_kinds(arguments)?,
        false => arguments.kinds.clone(),
    };
    let name = PathBuf::from(format!("{}.md", arguments.id));
    let path = if arguments.directory == Path::new(".") { name } else { arguments.directory.join(name) };
    if is_there(&path) {
        return Err(Stop::mistake(format!("`{}` is there already", path.display())));
    }
    if !is_folder(&arguments.directory) {
        return Err(Stop::mistake(format!("the directory `{}` is not there", arguments.directory.display())));
    }
    write_file(&path, skeleton(&arguments.id, &kinds).as_bytes())?;
    let shown = path.display();
    say(format!("wrote {shown}: fill in what is marked `{HOLE}`, then run `compline rules test {shown}`"))?;
    Ok(Exit::Clean)
}

/// The kinds that most of the built-in rules for the same service judge, one for each way to write it down.
fn usual_kinds(arguments: &Arguments) -> Result<Vec<String>, Stop> {
    let mut words = arguments.id.split('-');
    let first = words.next().unwrap_or_default();
    let name = arguments.provider.as_deref().unwrap_or(first);
    let service = words.next().unwrap_or_default();
    let Some((provider, prefix)) = PROVIDERS.into_iter().find(|(provider, _)| *provider == name) else {
        let names = PROVIDERS.map(|(provider, _)| provider);
        let help = did_you_mean(name, names).unwrap_or_else(|| format!("there are {}", names.join(", ")));
        return Err(Stop::mistake(format!("no provider is called `{name}`"))
            .help(format!("{help}; or name the kinds with `--kind`")));
    };
    let rules = RuleSet::builtin();
    let lead = format!("{provider}-{service}-");
    let mut counts: BTreeMap<(Dialect, &str), usize> = BTreeMap::new();
    for rule in rules.rules().filter(|rule| rule.info.id.starts_with(&lead)) {
        for kind in rule.judged_kinds().into_iter().filter(|kind| !kind.contains('*')) {
            *counts.entry((dialect(kind), kind)).or_default() += 1;
        }
    }
    let mut usual: BTreeMap<Dialect, (&str, usize)> = BTreeMap::new();
    for ((dialect, kind), count) in counts {
        let most = usual.entry(dialect).or_insert((kind, count));
        if count > most.1 {
            *most = (kind, count);
        }
    }
    Ok(match usual.is_empty() {
        true if provider == "kubernetes" => vec!["Pod".to_owned()],
        true => vec![format!("{prefix}{service}_{HOLE}")],
        false => usual.into_values().map(|(kind, _)| kind.to_owned()).collect(),
    })
}
