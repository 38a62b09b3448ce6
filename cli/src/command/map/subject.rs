//! What a word on the command line names.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use compline_frameworks::Library;
use compline_iac::Resource;
use compline_project::disk::is_regular;
use compline_project::frameworks::control_named;
use compline_project::suggest::did_you_mean;
use compline_project::{OpenOptions, Project, ResolvedConfig};
use compline_reporter::notice::ReadProblem;
use compline_rules::{RuleInfo, RuleSet};

use crate::exit::Stop;

/// What is asked about.
pub enum Subject {
    /// Something whose controls are written down.
    Curated(Curated),
    /// A resource whose kind no rule judges.
    Resource(Arc<Resource>),
    Text,
}

/// Rules, or an objective.
pub struct Curated {
    /// `rule`, `alias`, `objective`, `kind` or `address`.
    pub sort: &'static str,
    pub rules: Vec<Arc<RuleInfo>>,
    pub objective: Option<&'static str>,
    /// The resource's, for an address.
    pub kind: Option<Arc<str>>,
}

/// What a subject names, and what could not be read where it was looked for.
pub struct Found {
    pub subject: Subject,
    pub problems: Vec<ReadProblem>,
}

/// The file of results a word names, if it does.
pub fn results(subject: &str) -> Option<PathBuf> {
    let path = Path::new(subject);
    let ends = |ending: &str| path.extension().is_some_and(|one| one.eq_ignore_ascii_case(ending));
    let named = ends("sarif") && !subject.contains(char::is_whitespace);
    let there =
        || ["sarif", "json", "jsonl", "ndjson", "csv"].iter().any(|one| ends(one)) && is_regular(path);
    (named || there()).then(|| path.to_owned())
}

/// What a subject names: something known first, then a resource of the workspace, else it is words.
///
/// # Errors
/// It names a control, or a resource that is not there.
pub fn find(subject: &str, config: &Arc<ResolvedConfig>, options: &OpenOptions) -> Result<Found, Stop> {
    let unread = |subject| Found { subject, problems: Vec::new() };
    let (rules, library) = (&config.rules, &config.frameworks().library);
    if let Some(found) = named(subject, rules, library) {
        return Ok(unread(Subject::Curated(found)));
    }
    is_no_control(subject, library)?;
    // Several words are a question, not an address.
    if subject.contains(' ') && !subject.contains('[') {
        return Ok(unread(Subject::Text));
    }
    let project = Project::open_with(Arc::clone(config), options)?;
    let mut resources = project.snapshot.inventories.iter().flat_map(|inventory| &inventory.resources);
    if let Some(found) = resources.find(|resource| &*resource.address == subject) {
        let judging = of_kind(&found.kind, rules);
        let (sort, kind) = ("address", Some(Arc::clone(&found.kind)));
        let subject = match judging.is_empty() {
            true => Subject::Resource(Arc::clone(found)),
            false => Subject::Curated(Curated { sort, rules: judging, objective: None, kind }),
        };
        return Ok(Found { subject, problems: ReadProblem::all(&project.snapshot) });
    }
    if is_address(subject) || (!options.paths.is_empty() && !is_kind(subject)) {
        return Err(nowhere(subject, &project));
    }
    Ok(unread(Subject::Text))
}

/// What a word names without anything being read.
fn named(subject: &str, rules: &RuleSet, library: &Library) -> Option<Curated> {
    let made = |sort, rules| Curated { sort, rules, objective: None, kind: None };
    if let Some(rule) = rules.info(subject) {
        return Some(made("rule", vec![Arc::clone(rule)]));
    }
    let aliased: Vec<Arc<RuleInfo>> = rules.by_alias(subject).cloned().collect();
    if !aliased.is_empty() {
        return Some(made("alias", aliased));
    }
    if let Some(objective) = library.objective(subject) {
        return Some(Curated { objective: Some(&objective.id), ..made("objective", Vec::new()) });
    }
    let judging = of_kind(subject, rules);
    (!judging.is_empty()).then(|| made("kind", judging))
}

fn of_kind(kind: &str, rules: &RuleSet) -> Vec<Arc<RuleInfo>> {
    rules.rules().filter(|rule| rule.judges(kind)).map(|rule| Arc::clone(&rule.info)).collect()
}

/// A control is what a mapping leads to: nothing is inferred from the words of its id.
fn is_no_control(subject: &str, library: &Library) -> Result<(), Stop> {
    // Ids have a digit and few words; frameworks are not decoded for others.
    if !subject.contains(|c: char| c.is_ascii_digit()) || subject.split_whitespace().count() > 3 {
        return Ok(());
    }
    let having = library.frameworks().filter(|framework| control_named(framework, subject).is_some());
    let shorts: Vec<&str> = having.map(|framework| framework.short.as_str()).collect();
    if shorts.is_empty() {
        return Ok(());
    }
    let of = shorts.join(", ");
    // A shell takes spaces and brackets for its own.
    let plain = subject.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.');
    let quoted = if plain { subject.to_owned() } else { format!("\"{subject}\"") };
    Err(Stop::mistake(format!(
        "`{subject}` is a control ({of}), and `map` says which controls something bears on"
    ))
    .help(format!("`compline explain {quoted}` shows it with the rules that bear on it")))
}

/// Whether it can only be meant as a resource's address: `aws_s3_bucket.logs`, `module.a.x_y.z[0]`,
/// `Deployment/shop/api`.
fn is_address(subject: &str) -> bool {
    if subject.contains(char::is_whitespace) && !subject.contains('[') {
        return false;
    }
    let word = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
    };
    let plain = subject.split('[').next().unwrap_or(subject);
    let mut parts: Vec<&str> = plain.split('.').collect();
    if parts.first() == Some(&"data") {
        parts.remove(0);
    }
    let terraform = match parts.as_slice() {
        ["module", _, ..] => true,
        [kind, name] => is_kind(kind) && word(name),
        _ => false,
    };
    let parts: Vec<&str> = subject.split('/').collect();
    let kubernetes = match parts.as_slice() {
        [kind, namespace, name] => {
            kind.starts_with(|c: char| c.is_ascii_uppercase())
                && word(kind)
                && word(namespace)
                && name.split('.').all(word)
        }
        _ => false,
    };
    terraform || kubernetes
}

/// Whether it has the form of a kind's name: `aws_kms_grant`, `AWS::KMS::Grant`, `Microsoft.KeyVault/vaults`.
fn is_kind(subject: &str) -> bool {
    let terraform = subject.contains('_')
        && subject.starts_with(|c: char| c.is_ascii_lowercase())
        && subject.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    terraform || subject.contains("::") || (subject.starts_with("Microsoft.") && subject.contains('/'))
}

fn nowhere(subject: &str, project: &Project) -> Stop {
    let places: Vec<String> =
        project.scope().iter().map(|path| format!("`{}`", project.shown(path))).collect();
    let places = places.join(", ");
    let inventories = project.snapshot.inventories.iter();
    let redaction = project.snapshot.redaction();
    let resources = inventories.flat_map(|inventory| &inventory.resources);
    let addresses: Vec<_> = resources.map(|resource| redaction.text(&resource.address)).collect();
    let help = match did_you_mean(subject, addresses.iter().map(|address| &**address)) {
        Some(meant) => meant,
        None if project.is_incomplete() => {
            "not all of it could be read: `compline check` says what; words are given in quotation marks"
                .to_owned()
        }
        None => "`compline inventory` lists what there is; words are given in quotation marks".to_owned(),
    };
    Stop::mistake(format!("there is no resource `{subject}` in {places}")).help(help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_from_words_kinds_and_files() {
        for address in [
            "aws_s3_bucket.logs",
            "data.aws_iam_policy_document.a",
            "module.db.aws_db_instance.this",
            "aws_s3_bucket.logs[\"a b\"]",
            "Deployment/shop/api",
        ] {
            assert!(is_address(address), "{address}");
        }
        for other in
            ["aws_s3_bucket", "AWS::S3::Bucket", "encryption", "main.tf", "s3.bucket", "CC6.1", "TLS 1.2"]
        {
            assert!(!is_address(other), "{other}");
        }
        assert!(is_kind("aws_kms_grant") && is_kind("AWS::KMS::Grant") && !is_kind("CKV_AWS_1"));
    }

    #[test]
    fn a_controls_id_is_no_text() {
        let rules = RuleSet::builtin();
        let library = Library::builtin(&rules);
        for id in ["SC-7", "nist ac-2(1)", "164.312(a)(1)"] {
            let stop = is_no_control(id, &library).expect_err("a control");
            assert!(stop.message.contains("is a control") && stop.help.is_some(), "{id}");
        }
        for other in ["S3 bucket is public", "imdsv2", "TLS 1.2"] {
            assert_eq!(is_no_control(other, &library), Ok(()), "{other}");
        }
        let objective = named("storage-not-public", &rules, &library).expect("an objective");
        assert_eq!((objective.sort, objective.objective), ("objective", Some("storage-not-public")));
    }
}
