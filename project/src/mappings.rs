//! What people said of mappings, in a file at a project's root; and what of it does nothing as it stands.

use std::collections::HashMap;
use std::path::Path;

use compline_frameworks::feedback::{FILE, Mapping, Mappings};
use compline_frameworks::{Framework, Library, builtin};

use crate::clock::is_day;
use crate::config::Config;
use crate::disk::{Disk, ReadError};
use crate::error::{Detail, ErrorKind, FilePlace};
use crate::imports::{self, Import};
use crate::suggest::did_you_mean;
use crate::warning::Warning;

/// The mappings file says something it cannot.
#[derive(Debug, thiserror::Error)]
pub enum MappingsError {
    #[error(transparent)]
    Unreadable(ReadError),
    #[error("{FILE}: {0}")]
    Malformed(String),
}

impl Detail for MappingsError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Mistake
    }
}

/// Why a mapping does nothing, or says too little.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingFault {
    #[error(
        "no framework is called `{framework}`, so what is said of `{subject}` does nothing{}",
        meant(help)
    )]
    NoFramework { framework: String, subject: String, help: Option<String> },
    #[error(
        "`{framework}` has no control `{control}`, so what is said of `{subject}` does nothing{}",
        meant(help)
    )]
    NoControl { framework: String, control: String, subject: String, help: Option<String> },
    #[error(
        "`{control}` of {framework} was withdrawn{}, so what is said of `{subject}` does nothing",
        if into.is_empty() { String::new() } else { format!(" into {}", into.join(", ")) }
    )]
    Withdrawn { framework: String, control: String, into: Vec<String>, subject: String },
    #[error("`{date}` is no day: write `2026-11-21`")]
    NoDay { date: String },
    #[error("what is said of `{subject}` has no `why`")]
    NoReason { subject: String },
}

fn meant(help: &Option<String>) -> String {
    help.as_ref().map_or(String::new(), |help| format!("; {help}"))
}

/// What people said of mappings in the file at a workspace's root.
///
/// # Errors
/// The file says something it cannot.
pub fn read(root: &Path) -> Result<Mappings, MappingsError> {
    let disk = Disk::open(root).map_err(MappingsError::Unreadable)?;
    match disk.text_if_there(FILE).map_err(MappingsError::Unreadable)? {
        Some(text) => Mappings::read(&text).map_err(|error| MappingsError::Malformed(error.to_string())),
        None => Ok(Mappings::default()),
    }
}

/// Every mapping that names no framework, no control or no day, and those without a reason.
pub fn idle(mappings: &Mappings, library: &Library, config: &Config, root: &Path) -> Vec<Warning> {
    let mut frameworks: HashMap<&str, Option<Framework>> = HashMap::new();
    let mut warnings = Vec::new();
    for (line, mapping) in mappings.written() {
        let framework = frameworks
            .entry(&mapping.framework)
            .or_insert_with(|| framework(&mapping.framework, library, config));
        if let Some(fault) = fault(mapping, framework.as_ref(), library) {
            let place = FilePlace::line(&root.join(FILE), line);
            warnings.push(Warning::Mapping { place, fault });
        }
    }
    warnings
}

/// The whole of a framework: one that was narrowed to a baseline has not all of its controls at hand.
fn framework(id: &str, library: &Library, config: &Config) -> Option<Framework> {
    builtin::framework(id).or_else(|| match imports::named(id, config).ok().flatten() {
        Some(Import::Own(framework)) => Some(*framework),
        Some(Import::Official(official)) => {
            official.framework(official.base.as_deref().and_then(builtin::framework).as_ref())
        }
        None => library.find(id).map(|framework| (**framework).clone()),
    })
}

fn fault(mapping: &Mapping, framework: Option<&Framework>, library: &Library) -> Option<MappingFault> {
    let subject = mapping.subject.clone();
    let Some(framework) = framework else {
        let infos: Vec<_> = library.infos().collect();
        let short = infos.iter().find(|info| info.short.eq_ignore_ascii_case(&mapping.framework));
        let help = match short {
            Some(info) => Some(format!("did you mean `{}`?", info.id)),
            None => did_you_mean(&mapping.framework, infos.iter().map(|info| info.id.as_str())),
        };
        return Some(MappingFault::NoFramework { framework: mapping.framework.clone(), subject, help });
    };
    let id = framework.id.clone();
    match framework.find(&mapping.control) {
        None => {
            let ids = framework.controls().map(|control| control.id.as_str());
            let help = did_you_mean(&mapping.control, ids);
            let control = mapping.control.clone();
            return Some(MappingFault::NoControl { framework: id, control, subject, help });
        }
        Some(control) => {
            if let Some(into) = control.withdrawn.clone() {
                let control = control.id.clone();
                return Some(MappingFault::Withdrawn { framework: id, control, into, subject });
            }
        }
    }
    if !is_day(&mapping.date) {
        return Some(MappingFault::NoDay { date: mapping.date.clone() });
    }
    mapping.why.trim().is_empty().then_some(MappingFault::NoReason { subject })
}
