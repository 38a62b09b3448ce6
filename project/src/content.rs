//! What judges in a project, and what the judgements bear on: the configuration, resolved.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use compline_frameworks::feedback;
use compline_frameworks::official::{Official, OfficialTexts};
use compline_iac::{Gravity, Problem};
use compline_index::external::MappedResults;
use compline_rules::RuleSet;
use compline_rules::waiver::Scanner;

use crate::adjustments::{self, Adjustment};
use crate::config::{self, Config, ConfigError, ConfigFault};
use crate::disk::{ReadFault, read_text};
use crate::error::Error;
use crate::frameworks::{LibraryScope, SelectedFrameworks};
use crate::imports::{self, ImportError};
use crate::mappings;
use crate::model::ModelChoice;
use crate::open::OpenOptions;
use crate::parameters;
use crate::policy::{Breach, Policy};
use crate::root::RootSelection;
use crate::rule_pages::{self, PageFound};
use crate::walk::relative;
use crate::warning::{FaultPolicy, KeepFaults, StopAtFaults, Warning};

/// The configuration in force, with everything it names. Looked for once in a run.
pub struct ResolvedConfig {
    pub selection: RootSelection,
    pub config: Config,
    pub rules: RuleSet,
    /// The scanners whose suppressions are read.
    pub honor: Vec<Scanner>,
    /// Loaded when it is first needed.
    pub model: ModelChoice,
    /// What does nothing as it stands, and what was passed over.
    pub warnings: Vec<Warning>,
    /// What of the tree's own content was refused: a problem of every run.
    pub problems: Vec<Problem>,
    /// What files of the tree say that changes what is judged, as far as the configuration tells.
    pub adjustments: Vec<Adjustment>,
    /// The policy that the run is held to.
    pub policy: Option<Policy>,
    /// What in the tree's configuration breaks it.
    pub breaches: Vec<Breach>,
    frameworks: OnceLock<SelectedFrameworks>,
    /// The files all this was made from, below the root; a name that ends in `/` is a directory.
    made_from: Vec<String>,
    /// Official texts, read when one is first wanted; and what of them is wrong.
    official: OnceLock<(OfficialTexts, Vec<ImportError>)>,
}

impl ResolvedConfig {
    /// What holds where nothing is configured.
    pub fn builtin(selection: RootSelection) -> Self {
        let config = Config::default();
        let model = ModelChoice::of(None, &config);
        let rules = RuleSet::builtin();
        Self::of(selection, config, rules, model)
    }

    fn of(selection: RootSelection, config: Config, rules: RuleSet, model: ModelChoice) -> Self {
        Self {
            selection,
            config,
            rules,
            honor: Vec::new(),
            model,
            warnings: Vec::new(),
            problems: Vec::new(),
            adjustments: Vec::new(),
            policy: None,
            breaches: Vec::new(),
            frameworks: OnceLock::new(),
            made_from: Vec::new(),
            official: OnceLock::new(),
        }
    }

    /// Finds the root and the configuration, and reads what they name.
    ///
    /// # Errors
    /// The user's mistakes.
    pub fn open(options: &OpenOptions) -> Result<Self, Error> {
        let selection = RootSelection::find(&options.paths, options.root.as_deref())?;
        Self::resolve(selection, options, &mut StopAtFaults)
    }

    /// The same for a root that was selected already; what is wrong is passed over, and a warning.
    pub fn open_tolerant(selection: RootSelection, options: &OpenOptions) -> Self {
        let mut faults = KeepFaults::default();
        let mut resolved = match Self::resolve(selection, options, &mut faults) {
            Ok(resolved) => resolved,
            Err(never) => match never {},
        };
        faults.0.append(&mut resolved.warnings);
        resolved.warnings = faults.0;
        resolved
    }

    /// What is wrong is the policy's: it stops, or the rest holds.
    pub(crate) fn resolve<P: FaultPolicy>(
        selection: RootSelection,
        options: &OpenOptions,
        policy: &mut P,
    ) -> Result<Self, P::Stop> {
        let config = configuration(&selection, options, policy)?;
        let mut rules = RuleSet::builtin();
        let mut directories: Vec<PathBuf> = Vec::new();
        if let Some(named) = &config.rules {
            let directory = config.directory().join(named);
            if config.is_of_tree() && !leads_inside(&config, &directory) {
                let path = named.display().to_string();
                policy.pass(ConfigError::from(ConfigFault::Outside { key: "rules", path }).into())?;
            } else {
                directories.push(directory);
            }
        }
        directories.extend(options.rules.iter().cloned());
        let (mut pages, mut problems) = (Vec::new(), Vec::new());
        for directory in &directories {
            let added = rule_pages::add(&mut rules, directory, &config, options.allow_overrides);
            for error in added.faults {
                policy.pass(error.into())?;
            }
            pages.extend(added.pages);
            problems.extend(added.refused.iter().map(|page| refused_page(page, &selection.root)));
        }
        let mut honor = Vec::new();
        for name in &options.honor {
            match config::scanner(name) {
                Ok(scanner) => honor.push(scanner),
                Err(error) => policy.pass(error.into())?,
            }
        }
        honor.extend(config.honor.iter().copied());
        let model = ModelChoice::of(options.embedder.as_deref(), &config);
        let root = selection.root.clone();
        let held_to = match options.policy.as_deref().map(|path| Policy::read(path, &root)).transpose() {
            Ok(held_to) => held_to,
            Err(error) => {
                policy.pass(error.into())?;
                None
            }
        };
        let applied = parameters::apply(&mut rules, &options.parameters, &config, held_to.as_ref(), &root);
        for fault in applied.faults {
            policy.pass(fault.into())?;
        }
        let mut resolved = Self::of(selection, config, rules, model);
        resolved.problems = problems;
        resolved.policy = held_to;
        resolved.breaches = applied.breaches;
        resolved.adjustments = adjustments::of_pages(&pages, &root);
        resolved.adjustments.extend(adjustments::of_config(&resolved.config, &root));
        resolved.adjustments.extend(applied.adjustments);
        resolved.honor = honor;
        resolved.made_from = made_from(&resolved.selection, &directories);
        resolved.select_frameworks(options, policy)?;
        Ok(resolved)
    }

    fn select_frameworks<P: FaultPolicy>(
        &mut self,
        options: &OpenOptions,
        policy: &mut P,
    ) -> Result<(), P::Stop> {
        let selected = match options.library {
            // Made when it is asked for.
            LibraryScope::BuiltIn => return Ok(()),
            LibraryScope::All | LibraryScope::AllAmended => {
                SelectedFrameworks::all(&self.config, &self.rules).map_err(Error::from)
            }
            LibraryScope::Chosen => SelectedFrameworks::open(&options.frameworks, &self.config, &self.rules),
            LibraryScope::ChosenWithTexts => {
                SelectedFrameworks::open(&options.frameworks, &self.config, &self.rules)
                    .and_then(|selected| Ok(selected.with_texts(&self.config)?))
            }
        };
        let mut selected = match selected {
            Ok(selected) => selected,
            Err(error) => {
                policy.pass(error)?;
                SelectedFrameworks::builtin(&self.rules)
            }
        };
        if options.library != LibraryScope::All {
            match mappings::read(&self.selection.root) {
                Ok(read) => {
                    self.adjustments.extend(adjustments::of_mappings(&read, &self.selection.root));
                    let idle = mappings::idle(&read, &selected.library, &self.config, &self.selection.root);
                    self.warnings.extend(idle);
                    selected = selected.amended(read, &self.rules);
                }
                Err(error) => policy.pass(error.into())?,
            }
        }
        let root = self.selection.root.clone();
        let replacing: &[(PathBuf, String)] = match self.config.may_override {
            true => &selected.replacing,
            false => {
                let refused = selected.replacing.iter();
                self.problems.extend(refused.map(|(path, id)| refused_framework(path, id, &root)));
                &[]
            }
        };
        self.adjustments.extend(adjustments::of_imports(&self.config, replacing, &root));
        let chosen: Vec<&str> = selected.chosen.iter().map(|framework| framework.id.as_str()).collect();
        let idle = selected.library.idle_parameters(&self.rules).into_iter();
        self.warnings.extend(idle.map(|clause| Warning::Parameter { clause }));
        selected.library.bind(&mut self.rules, &chosen, &selected.ids());
        // Nobody has asked for them before now.
        self.frameworks = OnceLock::from(selected);
        Ok(())
    }

    /// The frameworks in force.
    pub fn frameworks(&self) -> &SelectedFrameworks {
        self.frameworks.get_or_init(|| SelectedFrameworks::builtin(&self.rules))
    }

    /// The same with a library that knows what these checks bear on.
    pub(crate) fn with_external_checks(mut self, results: &MappedResults) -> Self {
        let selected = self.frameworks.take().unwrap_or_else(|| SelectedFrameworks::builtin(&self.rules));
        let library = selected.library.with_external_checks(&results.edges);
        self.frameworks = OnceLock::from(SelectedFrameworks { library, ..selected });
        self
    }

    /// The root, without links.
    pub fn root(&self) -> &Path {
        &self.selection.root
    }

    /// Whether it was made from this file (a path below the root), and has to be made anew when that changes.
    pub fn is_made_from(&self, path: &str) -> bool {
        self.made_from
            .iter()
            .any(|from| path == from || from.ends_with('/') && path.starts_with(from.as_str()))
    }

    /// Official texts that were imported, read when they are first wanted, and what of them is wrong.
    pub fn official(&self) -> (&OfficialTexts, &[ImportError]) {
        let (texts, faults) = self.official.get_or_init(|| {
            let (official, faults): (Vec<Official>, _) = imports::all_tolerant(&self.config);
            (OfficialTexts::of(official), faults)
        });
        (texts, faults)
    }
}

/// Whether a directory lies in the workspace, links on the way considered. One that is not there leads nowhere.
fn leads_inside(config: &Config, directory: &Path) -> bool {
    let Some((disk, inside)) = config.door(directory) else { return false };
    match disk.locate(&inside) {
        Err(error) => error.fault != ReadFault::Outside,
        Ok(_) => true,
    }
}

fn configuration<P: FaultPolicy>(
    selection: &RootSelection,
    options: &OpenOptions,
    policy: &mut P,
) -> Result<Config, P::Stop> {
    let (config, faults) = match &options.config {
        Some(path) => match Config::load(path) {
            Ok(config) => (config.below(&selection.root), Vec::new()),
            Err(fault) => (Config::default().below(&selection.root), vec![fault]),
        },
        None => Config::find_tolerant(&selection.nearest, &selection.root),
    };
    for fault in faults {
        policy.pass(fault.into())?;
    }
    Ok(Config { may_override: options.allow_overrides, ..config })
}

/// What to do about content that would replace a built-in.
const OVERRIDE: &str = "give it an id of its own, or allow it with `--allow-overrides`";

fn refused_page(page: &PageFound, root: &Path) -> Problem {
    let at = page.line.map_or(String::new(), |line| format!("line {line}: "));
    let id = page.builtin.as_deref().unwrap_or(&page.rule);
    let what = match page.path.extension().is_some_and(|ending| ending == "md") {
        true => format!("the page would take the place of the built-in rule `{id}`, which stays in force"),
        false => format!("the table would change what built-in rules say of `{id}`, and does not count"),
    };
    refused(&page.path, root, format!("{at}{what}"))
}

fn refused_framework(path: &Path, id: &str, root: &Path) -> Problem {
    let text = read_text(path).unwrap_or_default();
    let line = text.lines().position(|line| line.trim_start().trim_start_matches('"').starts_with("id"));
    let at = line.map_or(String::new(), |line| format!("line {}: ", line + 1));
    refused(
        path,
        root,
        format!("{at}the file would take the place of the built-in framework `{id}`, which stays in force"),
    )
}

fn refused(path: &Path, root: &Path, message: String) -> Problem {
    let real = crate::disk::real_path(path).unwrap_or_else(|_| path.to_owned());
    let shown = relative(root, &real).unwrap_or_else(|| path.display().to_string());
    Problem {
        gravity: Gravity::Loss,
        path: shown.into(),
        span: None,
        message,
        help: Some(OVERRIDE.to_owned()),
    }
}

/// The files that a configuration in force is made from: every one that may be the nearest, the mappings, imports, and
/// directories of rules.
fn made_from(selection: &RootSelection, rules: &[PathBuf]) -> Vec<String> {
    let root = &selection.root;
    let within = selection.nearest.ancestors().take_while(|directory| directory.starts_with(root));
    let mut made_from = vec![feedback::FILE.to_owned()];
    for directory in within {
        let Some(directory) = relative(root, directory) else { continue };
        let lead = if directory.is_empty() { directory } else { format!("{directory}/") };
        made_from.push(format!("{lead}{}", config::FILE));
        made_from.push(format!("{lead}{}/", imports::FOLDER));
    }
    made_from.extend(rules.iter().filter_map(|directory| {
        let real = crate::disk::real_path(directory).unwrap_or_else(|_| directory.clone());
        Some(format!("{}/", relative(root, &real)?))
    }));
    made_from
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Folder;

    fn resolved(folder: &Folder) -> ResolvedConfig {
        let options = OpenOptions { library: LibraryScope::Chosen, ..OpenOptions::default() };
        ResolvedConfig::open_tolerant(RootSelection::of_folder(&folder.path(""), None), &options)
    }

    #[test]
    fn what_the_configuration_names_is_read() {
        let folder = Folder::new("content-standing");
        folder.write("compline.yaml", "honor: [checkov]\nframeworks: [soc2-tsc-2017]\nrules: pages\n");
        folder.write("pages/README.md", "# Ours\n");
        let resolved = resolved(&folder);
        assert!(resolved.warnings.is_empty(), "{:?}", resolved.warnings);
        assert_eq!((resolved.honor.len(), resolved.frameworks().ids()), (1, vec!["soc2-tsc-2017"]));
        for path in ["compline.yaml", "pages/a.md", "compline.mappings.yaml", ".compline/frameworks/a.json"] {
            assert!(resolved.is_made_from(path), "{path}");
        }
        assert!(!resolved.is_made_from("main.tf"));
    }

    #[test]
    fn what_is_wrong_is_told_and_the_rest_holds() {
        let folder = Folder::new("content-wrong");
        folder.write("compline.yaml", "honor: [checkov]\nframeworks: [socks]\n");
        let resolved = resolved(&folder);
        let [warning] = &resolved.warnings[..] else { panic!("{:?}", resolved.warnings) };
        assert!(warning.to_string().contains("compline.yaml:2") && warning.to_string().contains("socks"));
        assert_eq!((resolved.honor.len(), resolved.frameworks().ids().len()), (1, 3));
        let place = warning.place(resolved.root()).unwrap();
        assert_eq!((place.file, place.line), (resolved.root().join("compline.yaml"), Some(2)));
    }
}
