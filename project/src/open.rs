//! A project, opened: the root and the configuration found, files walked and read, kept current after an edit.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use compline_iac::format;
use compline_iac::{
    DigestKey, Gravity, Limit, Limits, MemorySources, Options, Problem, Snapshot, Sources, Workspace,
};
use ignore::overrides::Override;

use crate::adjustments::{self, Adjustment};
use crate::config;
use crate::content::ResolvedConfig;
use crate::disk::{Disk, real_path};
use crate::error::{Detail, Error, ErrorKind};
use crate::facts::sha256;
use crate::frameworks::LibraryScope;
use crate::overlay::Overlay;
use crate::passed_over;
use crate::root::{PathDisplay, RootSelection};
use crate::suggest::nearest;
use crate::waivers;
use crate::walk::{self, Filter, FilterError, Found};
use crate::warning::{FaultPolicy, KeepFaults, StopAtFaults};

/// What to open. The default is the project that holds the current directory, with nothing said about it.
#[derive(Debug, Clone, Default)]
pub struct OpenOptions {
    /// Files and directories; the current directory when none is named.
    pub paths: Vec<PathBuf>,
    /// The root; none: the repository that holds the paths.
    pub root: Option<PathBuf>,
    /// Use this configuration instead of the nearest.
    pub config: Option<PathBuf>,
    /// Terraform variables, `NAME=VALUE`.
    pub variables: Vec<String>,
    pub variable_files: Vec<PathBuf>,
    /// Take `TF_VAR_*` from the environment.
    pub tf_env: bool,
    /// What `terraform.workspace` is.
    pub tf_workspace: Option<String>,
    /// Where the module of a call lies, `NAME=DIR`.
    pub module_directories: Vec<String>,
    /// What one run may take, `NAME=NUMBER`; what is not named is as it is by default.
    pub limits: Vec<String>,
    /// Directories of rule pages beside the configured ones.
    pub rules: Vec<PathBuf>,
    /// Whether rule pages and frameworks may take the place of built-in ones.
    pub allow_overrides: bool,
    /// Values of rules' parameters, `NAME=VALUE`.
    pub parameters: Vec<String>,
    /// The policy that the run is held to, a file outside of the root.
    pub policy: Option<PathBuf>,
    /// Scanners whose suppressions are read, beside the configured ones.
    pub honor: Vec<String>,
    /// Frameworks by id, `ID:BASELINE` or file; none: the configured ones.
    pub frameworks: Vec<String>,
    /// What of the frameworks is needed.
    pub library: LibraryScope,
    /// The model that texts are compared with, a directory or a name; none: the configured one.
    pub embedder: Option<PathBuf>,
}

/// A project, read. Cheap to clone: its parts are shared.
#[derive(Clone)]
pub struct Project {
    pub config: Arc<ResolvedConfig>,
    pub workspace: Arc<Workspace>,
    pub snapshot: Snapshot,
    /// What the walk found.
    pub found: Arc<Found>,
    /// None where the root cannot be read: then there is what was put in, and nothing else.
    disk: Option<Arc<Disk>>,
    sources: Overlay,
    /// Only verdicts in these files were asked for.
    focus: Option<Arc<BTreeSet<String>>>,
    /// What is left out of the walk.
    filter: Arc<Override>,
    /// Texts of files that would not be read if nobody had opened them.
    only_opened: Arc<BTreeSet<String>>,
}

/// What happened to a file.
#[derive(Debug, Clone)]
pub enum Change {
    /// This is its text now, whatever lies on disk.
    Text(Arc<str>),
    /// Look at the disk again.
    Look,
}

/// Something of the command line that cannot be used, or nothing to read.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("`--var {given}` gives no value")]
    Variable { given: String },
    #[error("nothing that was read declares a variable or parameter `{name}`, which `--var` sets")]
    UndeclaredVariable { name: String, near: Option<String> },
    #[error("the variable file `{}` is not there", path.display())]
    NoVariableFile { path: PathBuf },
    #[error("the variable file `{}` cannot be read: {error}", path.display())]
    VariableFile { path: PathBuf, error: std::io::Error },
    #[error("the variable file `{}` lies outside of the workspace `{root}`", path.display())]
    VariableFileOutside { path: PathBuf, root: String },
    #[error("`--budget {given}` is no limit")]
    Limit { given: String },
    #[error("`--module-dir {given}` names no directory")]
    ModuleDirectory { given: String },
    #[error("the module directory `{directory}` cannot be read: {error}")]
    ModuleDirectoryUnreadable { directory: String, error: std::io::Error },
    #[error("the module directory `{directory}` lies outside of the workspace")]
    ModuleDirectoryOutside { directory: String },
    /// `problem` is the first thing that could not be read, if any, and what was recognised and has no reader.
    #[error(
        "no infrastructure as code was read in {}{}",
        paths.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", "),
        problem.as_ref().map_or(String::new(), |problem| format!(": {problem}"))
    )]
    Nothing { paths: Vec<String>, problem: Option<String> },
}

impl Detail for OpenError {
    fn kind(&self) -> ErrorKind {
        match self {
            OpenError::Nothing { .. } => ErrorKind::Failure,
            _ => ErrorKind::Mistake,
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            OpenError::Variable { given } => format!("write `--var {given}=VALUE`"),
            OpenError::UndeclaredVariable { near: Some(near), .. } => format!("did you mean `{near}`?"),
            OpenError::UndeclaredVariable { near: None, .. } => {
                "root modules and templates are given values, modules that others call are not".to_owned()
            }
            OpenError::NoVariableFile { .. } | OpenError::VariableFile { .. } => {
                "the path is taken from where you stand, not from the module".to_owned()
            }
            OpenError::Limit { .. } => {
                let names: Vec<String> =
                    Limit::ALL.iter().map(|limit| format!("`{}=NUMBER`", limit.name())).collect();
                format!("write {}", names.join(" or "))
            }
            OpenError::ModuleDirectory { given } => format!("write `--module-dir {given}=DIR`"),
            OpenError::VariableFileOutside { .. } | OpenError::ModuleDirectoryOutside { .. } => {
                "name a wider workspace with `--root`".to_owned()
            }
            OpenError::ModuleDirectoryUnreadable { .. } => return None,
            OpenError::Nothing { .. } => {
                "nothing was judged, so nothing is shown to be right; name other paths, or check `exclude`"
                    .to_owned()
            }
        })
    }
}

impl Project {
    /// Opens what was asked for: finds the root and the configuration, walks, reads, evaluates.
    ///
    /// # Errors
    /// The user's mistakes; what cannot be read becomes a problem of the snapshot instead.
    pub fn open(options: &OpenOptions) -> Result<Self, Error> {
        Self::open_with(Arc::new(ResolvedConfig::open(options)?), options)
    }

    /// The same under a configuration that was resolved from the same options.
    ///
    /// # Errors
    /// As [`Project::open`].
    pub fn open_with(config: Arc<ResolvedConfig>, options: &OpenOptions) -> Result<Self, Error> {
        Self::read(config, options, BTreeMap::new(), &mut StopAtFaults)
    }

    /// Opens the root of an editor, with the texts of unsaved buffers by path below the root. What is wrong with
    /// the configuration is passed over, and a warning.
    pub fn open_tolerant(selection: RootSelection, texts: BTreeMap<String, Arc<str>>) -> Self {
        let options = OpenOptions { library: LibraryScope::Chosen, ..OpenOptions::default() };
        let mut config = ResolvedConfig::open_tolerant(selection, &options);
        let mut faults = KeepFaults(std::mem::take(&mut config.warnings));
        let mut project = match Self::read(Arc::new(config), &options, texts, &mut faults) {
            Ok(project) => project,
            Err(never) => match never {},
        };
        // Nobody else has it yet.
        if let Some(config) = Arc::get_mut(&mut project.config) {
            config.warnings = faults.0;
        }
        project
    }

    /// A project of texts that lie nowhere, by name.
    pub fn of_texts(texts: BTreeMap<String, Arc<str>>) -> Self {
        let selection = RootSelection::of_folder(Path::new(""), None);
        let mut project = Self {
            config: Arc::new(ResolvedConfig::builtin(selection)),
            workspace: Arc::default(),
            snapshot: Snapshot::default(),
            found: Arc::default(),
            disk: None,
            sources: Overlay { base: Arc::new(MemorySources::default()), texts: Arc::default() },
            focus: None,
            filter: Arc::new(Override::empty()),
            only_opened: Arc::default(),
        };
        project.change(texts.into_iter().map(|(path, text)| (path, Change::Text(text))));
        project
    }

    fn read<P: FaultPolicy>(
        config: Arc<ResolvedConfig>,
        options: &OpenOptions,
        texts: BTreeMap<String, Arc<str>>,
        policy: &mut P,
    ) -> Result<Self, P::Stop> {
        let disk = match Disk::open(config.root()) {
            Ok(disk) => Some(Arc::new(disk)),
            Err(error) => {
                policy.pass(error.into())?;
                None
            }
        };
        let (mut found, mut workspace_options) = (Found::default(), Options::default());
        let mut filter = Override::empty();
        if let Some(disk) = &disk {
            match terraform_options(options, disk, &config.selection.display) {
                Ok(read) => workspace_options = read,
                Err(error) => policy.pass(error)?,
            }
            match compile_filter(&config, disk) {
                Ok(compiled) => filter = compiled,
                Err(error) => policy.pass(error.into())?,
            }
            found = walk::walk(disk, &config.selection.scope, &filter);
        }
        let base: Arc<dyn Sources> = match &disk {
            Some(disk) => Arc::clone(disk) as Arc<dyn Sources>,
            None => Arc::new(MemorySources::default()),
        };
        let sources = Overlay { base, texts: Arc::default() };
        let is_file = |path: &String| sources.is_file(path) || texts.contains_key(path);
        let only_files = config.selection.scope.iter().all(is_file);
        let mut files = found.files.clone();
        files.extend(companions(&sources, &found.files, only_files));
        let files: Vec<String> = files.into_iter().collect();
        let mut workspace = Workspace::new(workspace_options);
        workspace.read(&sources, &files);
        let focus = only_files.then(|| Arc::new(found.files.clone()));
        let mut project = Self {
            config,
            workspace: Arc::new(workspace),
            snapshot: Snapshot::default(),
            found: Arc::new(found),
            disk,
            sources,
            focus,
            filter: Arc::new(filter),
            only_opened: Arc::default(),
        };
        project.evaluate();
        if let Some(error) = undeclared_variable(&project.workspace) {
            policy.pass(error.into())?;
        }
        if !texts.is_empty() {
            project.change(texts.into_iter().map(|(path, text)| (path, Change::Text(text))));
        }
        Ok(project)
    }

    /// Takes in what happened to files since, by path below the root, and evaluates what that touches. What it does
    /// not reach stays the same `Arc`.
    pub fn change(&mut self, changes: impl IntoIterator<Item = (String, Change)>) {
        for (path, change) in changes {
            match change {
                Change::Text(text) => {
                    if !self.sources.texts.contains_key(&path) && self.snapshot.find(&path).is_none() {
                        Arc::make_mut(&mut self.only_opened).insert(path.clone());
                    }
                    Arc::make_mut(&mut self.sources.texts).insert(path.clone(), Arc::clone(&text));
                    Arc::make_mut(&mut self.workspace).set(&path, text);
                    // What somebody opens is asked for.
                    if let Some(focus) = self.focus.as_mut().filter(|focus| !focus.contains(&path)) {
                        Arc::make_mut(focus).insert(path);
                    }
                }
                Change::Look => {
                    if self.sources.texts.contains_key(&path) {
                        Arc::make_mut(&mut self.sources.texts).remove(&path);
                    }
                    let was_read = !self.only_opened.contains(&path) && self.snapshot.find(&path).is_some();
                    if self.only_opened.contains(&path) {
                        Arc::make_mut(&mut self.only_opened).remove(&path);
                        Arc::make_mut(&mut self.workspace).remove(&path);
                    }
                    if !self.sources.is_file(&path) {
                        Arc::make_mut(&mut self.workspace).remove(&path);
                    } else if was_read || self.would_be_read(&path) {
                        Arc::make_mut(&mut self.workspace).read(&self.sources, &[path]);
                    }
                }
            }
        }
        self.evaluate();
    }

    /// Whether opening the project anew would read a file that lies there now.
    fn would_be_read(&mut self, path: &str) -> bool {
        if self.found.files.contains(path) {
            return true;
        }
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        if format::is_automatic_values(name) || self.focus.is_some() && format::is_module_source(name) {
            let beside = |found: &String| {
                let (home, name) = found.rsplit_once('/').unwrap_or(("", found));
                home == directory && format::is_module_source(name)
            };
            if self.found.files.iter().any(beside) {
                return true;
            }
        }
        let Some(disk) = &self.disk else { return false };
        let is_found = walk::finds(disk, &self.config.selection.scope, &self.filter, path);
        if is_found {
            Arc::make_mut(&mut self.found).files.insert(path.to_owned());
        }
        is_found
    }

    fn evaluate(&mut self) {
        self.snapshot = Arc::make_mut(&mut self.workspace).snapshot(&self.sources);
        let problems = &self.config.problems;
        if !self.found.problems.is_empty() || !problems.is_empty() {
            let problems = problems.iter().chain(&self.found.problems).chain(self.snapshot.problems.iter());
            self.snapshot.problems = problems.cloned().collect();
        }
    }

    /// What files of the tree say that changes what is judged, or what a judgement counts for. Looks through the tree
    /// for code that the walk passed over.
    pub fn adjustments(&self) -> Vec<Adjustment> {
        let root = self.root();
        let mut out = self.config.adjustments.clone();
        let (waivers, _) = waivers::in_force(&self.snapshot, self.sources(), &self.config.honor);
        let digest = |path: &str| Some(sha256(self.snapshot.find(path)?.source.text.as_bytes()));
        out.extend(adjustments::of_waivers(waivers.iter().map(|waiver| &**waiver), root, &digest));
        let passed_over = passed_over::find(root, self.scope(), &self.filter, &self.found.files);
        out.extend(adjustments::of_passed_over(&passed_over, root));
        out
    }

    /// The files as this project sees them.
    pub fn sources(&self) -> &Overlay {
        &self.sources
    }

    /// Writes files, each with the text it was judged with and its new text: all of them are looked at before the
    /// first is written.
    ///
    /// # Errors
    /// A file is no longer what was judged, or cannot be read or written.
    pub fn replace(&self, files: &[(&str, &str, &str)]) -> Result<(), Error> {
        match &self.disk {
            Some(disk) => Ok(disk.replace(files)?),
            None => Ok(Disk::open(self.root())?.replace(files)?),
        }
    }

    /// The root, without links.
    pub fn root(&self) -> &Path {
        self.config.root()
    }

    /// Paths given, below the root; empty for the root itself.
    pub fn scope(&self) -> &[String] {
        &self.config.selection.scope
    }

    /// A workspace path as the user can open it from where they stand.
    pub fn shown(&self, path: &str) -> String {
        self.config.selection.display.path(path)
    }

    /// Only verdicts in these files were asked for; none: all verdicts were.
    pub(crate) fn focus(&self) -> Option<&BTreeSet<String>> {
        self.focus.as_deref()
    }

    /// Whether there was anything to read.
    pub fn is_empty(&self) -> bool {
        self.snapshot.documents().next().is_none()
    }

    /// What to say when there was nothing to read.
    pub fn nothing(&self) -> OpenError {
        let is_about_a_whole_file =
            |problem: &&Problem| problem.gravity == Gravity::Note && problem.span.is_none();
        let unread = self.snapshot.problems.iter().filter(is_about_a_whole_file);
        let unread: Vec<String> =
            unread.map(|problem| format!("{}: {}", self.shown(&problem.path), problem.message)).collect();
        let first = self.snapshot.problems.iter().find(|problem| !is_about_a_whole_file(problem));
        let first = first.map(|problem| problem.message.clone());
        let all: Vec<String> = first.into_iter().chain(unread).collect();
        let problem = (!all.is_empty()).then(|| all.join("; "));
        OpenError::Nothing { paths: self.scope().iter().map(|path| self.shown(path)).collect(), problem }
    }

    /// Whether a part of what should have been read was not.
    pub fn is_incomplete(&self) -> bool {
        self.snapshot.problems.iter().any(|problem| problem.gravity == Gravity::Loss)
    }
}

/// The first name given by `--var` that nothing declares.
fn undeclared_variable(workspace: &Workspace) -> Option<OpenError> {
    let name = workspace.undeclared_variables().first().map(|name| (*name).to_owned())?;
    let declared = workspace.declared_variables();
    let near = nearest(&name, declared.names()).map(str::to_owned);
    Some(OpenError::UndeclaredVariable { name, near })
}

fn compile_filter(config: &ResolvedConfig, disk: &Disk) -> Result<Override, FilterError> {
    let filter = Filter { include: config.config.include.clone(), exclude: config.config.exclude.clone() };
    let file = config.config.path.as_deref().unwrap_or(Path::new(config::FILE));
    filter.compile(disk.root(), file)
}

fn terraform_options(options: &OpenOptions, disk: &Disk, display: &PathDisplay) -> Result<Options, Error> {
    let mut variables = Vec::new();
    for given in &options.variables {
        let (name, value) =
            given.split_once('=').ok_or_else(|| OpenError::Variable { given: given.clone() })?;
        variables.push((name.trim().to_owned(), value.to_owned()));
    }
    let mut variable_files = Vec::new();
    for path in &options.variable_files {
        let path = path.clone();
        let real = match real_path(&path) {
            Ok(real) => real,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(OpenError::NoVariableFile { path }.into());
            }
            Err(error) => return Err(OpenError::VariableFile { path, error }.into()),
        };
        let inside = walk::relative(disk.root(), &real)
            .ok_or_else(|| OpenError::VariableFileOutside { path, root: display.path("") })?;
        disk.text(&inside)?;
        variable_files.push(inside);
    }
    let mut environment: Vec<(String, String)> = Vec::new();
    if options.tf_env {
        environment.extend(std::env::vars_os().filter_map(|(name, value)| {
            let name = name.to_str()?.strip_prefix("TF_VAR_")?.to_owned();
            Some((name, value.into_string().ok()?))
        }));
        environment.sort();
    }
    let mut module_directories = Vec::new();
    for given in &options.module_directories {
        let (name, directory) =
            given.split_once('=').ok_or_else(|| OpenError::ModuleDirectory { given: given.clone() })?;
        let directory = directory.to_owned();
        let real = match real_path(Path::new(&directory)) {
            Ok(real) => real,
            Err(error) => return Err(OpenError::ModuleDirectoryUnreadable { directory, error }.into()),
        };
        let inside =
            walk::relative(disk.root(), &real).ok_or(OpenError::ModuleDirectoryOutside { directory })?;
        module_directories.push((name.trim().to_owned(), inside));
    }
    let terraform_workspace = options.tf_workspace.clone();
    let limits = limits(&options.limits)?;
    let digest_key = digest_key(disk.root());
    Ok(Options {
        variables,
        parameters: Vec::new(),
        variable_files,
        environment,
        terraform_workspace,
        module_directories,
        digest_key,
        limits,
    })
}

/// What the digests of hidden values are keyed with: what the user says in `COMPLINE_REDACTION_KEY`, else the name of the
/// root's directory, so that two reports of one project compare.
pub fn digest_key(root: &Path) -> DigestKey {
    let said = std::env::var("COMPLINE_REDACTION_KEY").ok().filter(|key| !key.is_empty());
    let named = || root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    DigestKey::new(said.unwrap_or_else(named))
}

/// The limits of a run, with what the user said of them.
fn limits(given: &[String]) -> Result<Limits, OpenError> {
    let mut limits = Limits::default();
    for given in given {
        let named = given.split_once('=').and_then(|(name, number)| {
            let limit = Limit::ALL.into_iter().find(|limit| limit.name() == name)?;
            Some((limit, number.replace(['_', ','], "").parse::<u64>().ok().filter(|number| *number > 0)?))
        });
        let (limit, number) = named.ok_or_else(|| OpenError::Limit { given: given.clone() })?;
        limits.set(limit, number);
    }
    Ok(limits)
}

/// What Terraform reads beside these files unasked: variable files, which are often kept out of git; and with
/// `modules` the other files of their modules, without which their variables and companions were unknown.
fn companions(sources: &dyn Sources, files: &BTreeSet<String>, modules: bool) -> BTreeSet<String> {
    let homes: BTreeSet<&str> = files
        .iter()
        .filter(|path| format::is_module_source(path))
        .map(|path| path.rsplit_once('/').map_or("", |(directory, _)| directory))
        .collect();
    let mut all = BTreeSet::new();
    for home in homes {
        let names = sources
            .list(home)
            .into_iter()
            .filter(|name| format::is_automatic_values(name) || (modules && format::is_module_source(name)));
        all.extend(names.map(|name| if home.is_empty() { name } else { format!("{home}/{name}") }));
    }
    all.retain(|path| sources.is_file(path));
    all
}
