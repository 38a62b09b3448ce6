//! The frameworks a run rests on: chosen, imported, narrowed to a baseline, amended by people.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use compline_frameworks::feedback::Mappings;
use compline_frameworks::official::Official;
use compline_frameworks::{Control, Framework, Library, Statement, USUAL, builtin, library};
use compline_rules::RuleSet;

use crate::config::{Config, ConfigError, ConfigFault};
use crate::error::{Detail, Error, ErrorKind, FilePlace};
use crate::imports::{self, Import, ImportError};
use crate::suggest::did_you_mean;

/// A framework's file. One that a configuration in the workspace names must lie in the workspace too.
fn framework_file(
    path: &Path,
    name: &str,
    from_config: bool,
    config: &Config,
    place: Option<&FilePlace>,
) -> Result<Import, Error> {
    if from_config && config.is_of_tree() && config.door(path).is_none() {
        let fault = ConfigFault::Outside { key: "frameworks", path: name.to_owned() };
        return Err(ConfigError { place: place.cloned(), fault }.into());
    }
    Ok(imports::read_of(path, config)?)
}

/// The frameworks and the library a run rests on.
#[derive(Debug)]
pub struct SelectedFrameworks {
    pub library: Library,
    /// In the order in which they were named.
    pub chosen: Vec<Arc<Framework>>,
    /// What people confirmed and rejected.
    pub mappings: Mappings,
    /// Files that hold a framework with the id of a built-in one, and the id. They take its place where that is
    /// allowed, and are left away where it is not.
    pub replacing: Vec<(PathBuf, String)>,
}

/// What of the frameworks a run needs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LibraryScope {
    /// Those that come with the program: nothing that a project says of frameworks is read.
    #[default]
    BuiltIn,
    /// Those that were chosen.
    Chosen,
    /// Those that were chosen, and all official texts and claims that were imported.
    ChosenWithTexts,
    /// All that come with the program and all that were imported.
    All,
    /// The same, as people amended them.
    AllAmended,
}

/// A framework that was named and is none.
#[derive(Debug, thiserror::Error)]
pub enum FrameworkError {
    #[error("{}no framework is called `{id}`", lead(place))]
    Unknown { place: Option<FilePlace>, id: String, help: String },
    #[error("{}`{id}` has no baseline `{baseline}`", lead(place))]
    NoBaseline { place: Option<FilePlace>, id: String, baseline: String, help: String },
    /// Whole and with a baseline, or with two baselines.
    #[error("{}`{id}` is named twice, and not with the same controls", lead(place))]
    Twice { place: Option<FilePlace>, id: String },
}

fn lead(place: &Option<FilePlace>) -> String {
    place.as_ref().map_or(String::new(), FilePlace::lead)
}

impl Detail for FrameworkError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Mistake
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            FrameworkError::Unknown { help, .. } | FrameworkError::NoBaseline { help, .. } => help.clone(),
            FrameworkError::Twice { .. } => {
                "name it once in each report: whole, or with one baseline".to_owned()
            }
        })
    }
}

impl FrameworkError {
    /// Where in a file it is named, if it is.
    pub fn place(&self) -> Option<&FilePlace> {
        match self {
            FrameworkError::Unknown { place, .. }
            | FrameworkError::NoBaseline { place, .. }
            | FrameworkError::Twice { place, .. } => place.as_ref(),
        }
    }
}

impl SelectedFrameworks {
    /// The frameworks that come with the program, none of them chosen.
    pub fn builtin(rules: &RuleSet) -> Self {
        Self::of(Library::builtin(rules), Vec::new())
    }

    /// The frameworks that come with the program and all that was imported, none of them chosen.
    ///
    /// # Errors
    /// An import that is wrong.
    pub fn all(config: &Config, rules: &RuleSet) -> Result<Self, ImportError> {
        let (own, imports, replacing) = imports::all_replacing(config)?;
        let library = Library::with_imports(rules, own, imports);
        Ok(Self { replacing, ..Self::of(library, Vec::new()) })
    }

    fn of(library: Library, chosen: Vec<Arc<Framework>>) -> Self {
        Self { library, chosen, mappings: Mappings::default(), replacing: Vec::new() }
    }

    /// The frameworks named on the command line, else those of the configuration. A name with a dot and an ending
    /// is a file of the user's frameworks.
    ///
    /// # Errors
    /// A name that is none, or a file that is no framework.
    pub fn open(named: &[String], config: &Config, rules: &RuleSet) -> Result<Self, Error> {
        let from_config = named.is_empty();
        let names: Vec<(String, Option<FilePlace>)> = match from_config {
            true => {
                config.frameworks.iter().map(|(name, place)| (name.clone(), Some(place.clone()))).collect()
            }
            false => named.iter().map(|name| (name.clone(), None)).collect(),
        };
        let beside = if from_config { config.directory() } else { Path::new("") };
        let (mut frameworks, mut official, mut ids) = (Vec::new(), Vec::new(), Vec::new());
        let mut baselines: BTreeSet<String> = BTreeSet::new();
        let mut replacing = Vec::new();
        for (name, place) in names {
            let file = [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending));
            if let Some((id, baseline)) = name.split_once(':').filter(|_| !file) {
                let one = narrowed(&Library::builtin(rules), id, baseline, place.as_ref())?;
                baselines.insert(one.id.clone());
                ids.push((one.id.clone(), place));
                frameworks.push(one);
                continue;
            }
            let import = match file {
                true => {
                    Some(framework_file(&beside.join(&name), &name, from_config, config, place.as_ref())?)
                }
                false => imports::named(&name, config)?,
            };
            if let Some(id) = import.as_ref().and_then(imports::replaces) {
                let path = if file { beside.join(&name) } else { imports::path_of(&name, config) };
                replacing.push((path, id.to_owned()));
                if !config.may_override {
                    ids.push((id.to_owned(), place));
                    continue;
                }
            }
            match import {
                Some(Import::Own(framework)) => {
                    ids.push((framework.id.clone(), place));
                    frameworks.push(*framework);
                }
                Some(Import::Official(import)) => {
                    ids.push((import.id.clone(), place));
                    official.push(*import);
                }
                None => ids.push((name, place)),
            }
        }
        // A framework and its baseline have one id: neither may stand for the other unasked.
        let mut seen = BTreeSet::new();
        if let Some((id, place)) = ids.iter().find(|(id, _)| !seen.insert(id) && baselines.contains(id)) {
            return Err(FrameworkError::Twice { place: place.clone(), id: id.clone() }.into());
        }
        add_bases(&mut frameworks, &mut official, config)?;
        let imported = library::from_imports(&official, &frameworks);
        frameworks.extend(imported);
        let library = Library::with_frameworks(rules, frameworks);
        let mut chosen: Vec<Arc<Framework>> = Vec::new();
        for (id, place) in ids {
            let Some(framework) = library.find(&id) else {
                return Err(no_framework(&library, &id, place.as_ref()).into());
            };
            if !chosen.iter().any(|earlier| earlier.id == framework.id) {
                chosen.push(Arc::clone(framework));
            }
        }
        Ok(Self { replacing, ..Self::of(library, chosen) })
    }

    /// The same with what people said of mappings.
    #[must_use]
    pub fn amended(mut self, mappings: Mappings, rules: &RuleSet) -> Self {
        self.library = self.library.with_mappings(&mappings, rules);
        self.mappings = mappings;
        self
    }

    /// The same with everything that was imported, so that texts and claims can be shown.
    ///
    /// # Errors
    /// An import that is wrong.
    pub fn with_texts(self, config: &Config) -> Result<Self, ImportError> {
        let (_, imports) = imports::all(config)?;
        Ok(Self { library: self.library.with_official_texts(imports), ..self })
    }

    /// The frameworks whose controls a finding names: the chosen ones, or the usual ones.
    pub fn ids(&self) -> Vec<&str> {
        if self.chosen.is_empty() {
            return USUAL.to_vec();
        }
        self.chosen.iter().map(|framework| framework.id.as_str()).collect()
    }
}

/// A framework with the controls of one baseline alone: `fedramp-rev5:moderate`.
///
/// # Errors
/// There is no such framework, or it has no such baseline.
pub fn narrowed(
    library: &Library,
    id: &str,
    baseline: &str,
    place: Option<&FilePlace>,
) -> Result<Framework, FrameworkError> {
    let whole = library.find(id).ok_or_else(|| no_framework(library, id, place))?;
    whole.at_baseline(baseline).ok_or_else(|| {
        let names: Vec<&str> = whole.baselines().into_iter().map(|(name, _)| name).collect();
        let help = match names.as_slice() {
            [] => format!("its controls are members of none; give `{id}` alone"),
            names => did_you_mean(baseline, names.iter().copied())
                .unwrap_or_else(|| format!("there are {}", names.join(", "))),
        };
        let (id, baseline) = (id.to_owned(), baseline.to_owned());
        FrameworkError::NoBaseline { place: place.cloned(), id, baseline, help }
    })
}

/// A framework's control as a person names it: by its id alone (`AC-2`), or after the framework's id, its short name
/// or the code of law it is a part of (`nist-800-53-r5/AC-2`, `NIST AC-2`, `45 CFR 164.308(a)(1)`).
pub fn control_named<'f>(framework: &'f Framework, name: &str) -> Option<&'f Control> {
    let led = after_lead(framework, name).and_then(|rest| framework.find(rest));
    led.or_else(|| framework.find(name).filter(|_| !name.contains('/')))
}

/// A statement of a framework's control, named in the same ways: `NIST AC-2a.`.
pub fn statement_named<'f>(framework: &'f Framework, name: &str) -> Option<Statement<'f>> {
    framework.statement(after_lead(framework, name).unwrap_or(name))
}

fn after_lead<'n>(framework: &Framework, name: &'n str) -> Option<&'n str> {
    // The version of a part of a code names both: `45 CFR Part 164, Subpart C`.
    let code = framework.version.split_once(" Part ").map(|(code, _)| code);
    let leads = [framework.id.as_str(), framework.short.as_str()].into_iter().chain(code);
    leads.into_iter().find_map(|lead| {
        let (head, rest) = name.split_at_checked(lead.len())?;
        let rest = rest.strip_prefix(['/', ' ']).filter(|_| head.eq_ignore_ascii_case(lead))?;
        Some(rest.trim_start())
    })
}

/// The mistake of naming a framework that is none.
pub fn no_framework(library: &Library, id: &str, place: Option<&FilePlace>) -> FrameworkError {
    let ids: Vec<&str> = library.infos().map(|info| info.id.as_str()).collect();
    let shorts =
        library.infos().find(|info| info.short.eq_ignore_ascii_case(id)).map(|info| info.id.as_str());
    let help = shorts
        .map(|id| format!("did you mean `{id}`?"))
        .or_else(|| did_you_mean(id, ids.iter().copied()))
        .unwrap_or_else(|| format!("there are {}", ids.join(", ")));
    FrameworkError::Unknown { place: place.cloned(), id: id.to_owned(), help }
}

/// Adds the imported frameworks that imported baselines rest on.
fn add_bases(
    frameworks: &mut Vec<Framework>,
    official: &mut Vec<Official>,
    config: &Config,
) -> Result<(), ImportError> {
    let bases: Vec<String> = official.iter().filter_map(|import| import.base.clone()).collect();
    for base in bases {
        let there = frameworks.iter().any(|one| one.id == base) || official.iter().any(|one| one.id == base);
        if there || builtin::framework(&base).is_some() {
            continue;
        }
        match imports::named(&base, config)? {
            Some(Import::Own(framework)) => frameworks.push(*framework),
            Some(Import::Official(import)) => official.push(*import),
            None => {}
        }
    }
    Ok(())
}
