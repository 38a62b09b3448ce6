//! What every judging command does first: find the root and the configuration, walk, read, judge, waive.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use compline_iac::{Gravity, Options, Snapshot, Sources as _, Workspace};
use compline_rules::waiver::{self, Scanner, Unused, Waiver};
use compline_rules::{RuleSet, Verdict, judge};
use rayon::prelude::*;

use crate::config::{self, Config};
use crate::disk::Disk;
use crate::exit::Stop;
use crate::pages;
use crate::place::{Place, Shown};
use crate::walk::{self, Filter, Found};

/// What to read.
#[derive(Debug, Clone, Default, Args)]
pub struct What {
    /// Files and directories; the current directory when none is named
    #[arg(value_name = "PATHS")]
    pub paths: Vec<PathBuf>,
    /// The workspace's root: nothing outside of it is read [default: the repository that holds PATHS]
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// Use this configuration instead of the nearest `compline.yaml`
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Give a Terraform variable a value
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub variables: Vec<String>,
    /// Read values of Terraform variables from a file
    #[arg(long = "var-file", value_name = "FILE")]
    pub variable_files: Vec<PathBuf>,
    /// Take `TF_VAR_*` from the environment
    #[arg(long)]
    pub tf_env: bool,
    /// What `terraform.workspace` is
    #[arg(long, value_name = "NAME")]
    pub tf_workspace: Option<String>,
    /// Where the module of a call lies, by the call's name or its source
    #[arg(long = "module-dir", value_name = "NAME=DIR")]
    pub module_directories: Vec<String>,
    /// Add the rule pages of a directory
    #[arg(long = "rules", value_name = "DIR")]
    pub rules: Vec<PathBuf>,
    /// Honour other scanners' suppressions: checkov, trivy, tfsec, kics
    #[arg(long, value_name = "SCANNER", value_delimiter = ',')]
    pub honor: Vec<String>,
}

/// A workspace, read.
pub struct Reading {
    pub disk: Disk,
    pub shown: Shown,
    pub config: Config,
    pub rules: RuleSet,
    pub workspace: Workspace,
    pub snapshot: Snapshot,
    /// Paths given, workspace-relative; empty for the root itself.
    pub scope: Vec<String>,
    pub found: Found,
    /// Only verdicts in these files were asked for.
    focus: Option<BTreeSet<String>>,
    honor: Vec<Scanner>,
}

/// A judged workspace.
pub struct Judged {
    pub verdicts: Vec<Verdict>,
    pub unused: Vec<Unused>,
}

impl Reading {
    /// Reads what was asked for.
    ///
    /// # Errors
    /// The user's mistakes; what cannot be read becomes a problem of the snapshot instead.
    pub fn open(what: &What) -> Result<Self, Stop> {
        let place = Place::find(&what.paths, what.root.as_deref())?;
        let config = match &what.config {
            Some(path) => Config::load(path)?.below(&place.root),
            None => Config::find(&place.nearest, &place.root)?,
        };
        let disk = Disk::open(&place.root).map_err(Stop::mistake)?;
        let rules = rules(&what.rules, &config)?;
        let names: Vec<Scanner> =
            what.honor.iter().map(|name| config::scanner(name)).collect::<Result<_, _>>()?;
        let honor = names.into_iter().chain(config.honor.iter().copied()).collect();
        let options = options(what, &disk, &place.shown)?;
        let filter = Filter { include: config.include.clone(), exclude: config.exclude.clone() };
        let filter = filter.compile(disk.root()).map_err(|error| {
            Stop::mistake(format!(
                "{}: {error}",
                config.path.as_deref().unwrap_or(Path::new(config::FILE)).display()
            ))
        })?;
        let found = walk::walk(&disk, &place.scope, &filter);
        let only_files = place.scope.iter().all(|path| disk.is_file(path));
        let mut files = found.files.clone();
        files.extend(companions(&disk, &found.files, only_files));
        let files: Vec<String> = files.into_iter().collect();
        let mut workspace = Workspace::new(options);
        workspace.read(&disk, &files);
        let mut snapshot = workspace.snapshot(&disk);
        add_problems(&mut snapshot, &found);
        let focus = only_files.then(|| found.files.clone());
        Ok(Self {
            disk,
            shown: place.shown,
            config,
            rules,
            workspace,
            snapshot,
            scope: place.scope,
            found,
            focus,
            honor,
        })
    }

    /// Reads anew after the workspace was changed in memory.
    pub fn refresh(&mut self) {
        self.snapshot = self.workspace.snapshot(&self.disk);
        add_problems(&mut self.snapshot, &self.found);
    }

    /// Whether there was anything to read.
    pub fn is_empty(&self) -> bool {
        self.snapshot.documents().next().is_none()
    }

    /// What to say when there was nothing to read.
    pub fn nothing(&self) -> Stop {
        let named: Vec<String> =
            self.scope.iter().map(|path| format!("`{}`", self.shown.path(path))).collect();
        let mut stop = Stop::failure(format!("no infrastructure as code was read in {}", named.join(", ")));
        if let Some(problem) = self.snapshot.problems.first() {
            stop.message = format!("{}: {}", stop.message, problem.message);
        }
        stop.help("nothing was judged, so nothing is shown to be right; name other paths, or check `exclude`")
    }

    /// Whether a part of what should have been read was not.
    pub fn is_incomplete(&self) -> bool {
        self.snapshot.problems.iter().any(|problem| problem.gravity == Gravity::Loss)
    }

    /// Judges everything that was read and applies the waivers that hold on this day.
    ///
    /// # Errors
    /// The waiver file says something it cannot.
    pub fn judge(&self, day: &str) -> Result<Judged, Stop> {
        let waivers = self.waivers()?;
        // A state says what is there, not what is wanted: it is judged when its file was named.
        let judged = self.snapshot.inventories.par_iter();
        let judged = judged.filter(|one| !one.actual || self.scope.iter().any(|path| **path == *one.root));
        let mut verdicts: Vec<Arc<Verdict>> =
            judged.flat_map_iter(|inventory| judge(inventory, &self.rules, &self.snapshot)).collect();
        if let Some(focus) = &self.focus {
            let inside =
                |span| self.snapshot.source(span).is_some_and(|source| focus.contains(&*source.path));
            verdicts.retain(|verdict| {
                verdict.locus.as_ref().is_some_and(|locus| inside(locus.span) || inside(locus.resource))
            });
        }
        let mut unused = waiver::apply(&mut verdicts, &waivers, &self.rules, &self.snapshot, day);
        if self.focus.is_some() {
            // A waiver for another file is not idle because that file was not asked for.
            unused.clear();
        }
        Ok(Judged { verdicts: verdicts.into_iter().map(Arc::unwrap_or_clone).collect(), unused })
    }

    fn waivers(&self) -> Result<Vec<Arc<Waiver>>, Stop> {
        let mut waivers: Vec<Waiver> =
            self.snapshot.documents().flat_map(|document| waiver::inline(document, &self.honor)).collect();
        if self.disk.is_file(config::WAIVERS) {
            let text = self.disk.read(config::WAIVERS).map_err(Stop::mistake)?;
            let entries = waiver::file(config::WAIVERS, &text);
            waivers.extend(entries.map_err(|error| Stop::mistake(error.to_string()))?);
        }
        Ok(waivers.into_iter().map(Arc::new).collect())
    }
}

/// The built-in rules and the user's own.
///
/// # Errors
/// A directory or a page that cannot be read.
pub fn rules(named: &[PathBuf], config: &Config) -> Result<RuleSet, Stop> {
    let mut rules = RuleSet::builtin();
    let beside = config.path.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
    let configured = config.rules.iter().map(|directory| beside.join(directory));
    for directory in configured.chain(named.iter().cloned()) {
        add_pages(&mut rules, &directory)?;
    }
    Ok(rules)
}

/// The rules in force where no workspace is read.
///
/// # Errors
/// As [`Reading::open`].
pub fn standing_rules(named: &[PathBuf]) -> Result<(RuleSet, Config), Stop> {
    let place = Place::find(&[], None)?;
    let config = Config::find(&place.nearest, &place.root)?;
    Ok((rules(named, &config)?, config))
}

fn add_pages(rules: &mut RuleSet, directory: &Path) -> Result<(), Stop> {
    let files = pages::read(directory)?;
    for table in &files.tables {
        let added = rules.add_table(&table.stem(), &table.text);
        added.map_err(|error| Stop::mistake(format!("{}: {error}", table.shown())))?;
    }
    for page in &files.pages {
        let read = compline_rules::page::parse(&page.text);
        let read = read.map_err(|error| Stop::mistake(format!("{}: {error}", page.shown())))?;
        rules.add(read.rule);
    }
    Ok(())
}

fn options(what: &What, disk: &Disk, shown: &Shown) -> Result<Options, Stop> {
    let mut variables = Vec::new();
    for one in &what.variables {
        let (name, value) = one.split_once('=').ok_or_else(|| {
            Stop::mistake(format!("`--var {one}` gives no value")).help(format!("write `--var {one}=VALUE`"))
        })?;
        variables.push((name.trim().to_owned(), value.to_owned()));
    }
    let mut variable_files = Vec::new();
    for path in &what.variable_files {
        let missing = |why: String| {
            Stop::mistake(format!("the variable file `{}` {why}", path.display()))
                .help("the path is taken from where you stand, not from the module")
        };
        let real = std::fs::canonicalize(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => missing("is not there".to_owned()),
            _ => missing(format!("cannot be read: {error}")),
        })?;
        let inside = walk::relative(disk.root(), &real).ok_or_else(|| {
            missing(format!("lies outside of the workspace `{}`", shown.path("")))
                .help("name a wider workspace with `--root`")
        })?;
        disk.read(&inside).map_err(Stop::mistake)?;
        variable_files.push(inside);
    }
    let mut environment: Vec<(String, String)> = Vec::new();
    if what.tf_env {
        environment.extend(std::env::vars_os().filter_map(|(name, value)| {
            let name = name.to_str()?.strip_prefix("TF_VAR_")?.to_owned();
            Some((name, value.into_string().ok()?))
        }));
        environment.sort();
    }
    let mut module_directories = Vec::new();
    for one in &what.module_directories {
        let (name, directory) = one.split_once('=').ok_or_else(|| {
            Stop::mistake(format!("`--module-dir {one}` names no directory"))
                .help(format!("write `--module-dir {one}=DIR`"))
        })?;
        let real = std::fs::canonicalize(directory).map_err(|error| {
            Stop::mistake(format!("the module directory `{directory}` cannot be read: {error}"))
        })?;
        let inside = walk::relative(disk.root(), &real).ok_or_else(|| {
            Stop::mistake(format!("the module directory `{directory}` lies outside of the workspace"))
                .help("name a wider workspace with `--root`")
        })?;
        module_directories.push((name.trim().to_owned(), inside));
    }
    let terraform_workspace = what.tf_workspace.clone();
    Ok(Options { variables, variable_files, environment, terraform_workspace, module_directories })
}

/// What Terraform reads beside these files unasked: variable files, which are often kept out of git; and with
/// `modules` the other files of their modules, without which their variables and companions were unknown.
pub fn companions(disk: &Disk, files: &BTreeSet<String>, modules: bool) -> BTreeSet<String> {
    let is_module = |name: &str| name.ends_with(".tf") || name.ends_with(".tf.json");
    let is_given = |name: &str| {
        let name = name.strip_suffix(".json").unwrap_or(name);
        name == "terraform.tfvars" || name.ends_with(".auto.tfvars")
    };
    let homes: BTreeSet<&str> = files
        .iter()
        .filter(|path| is_module(path))
        .map(|path| path.rsplit_once('/').map_or("", |(directory, _)| directory))
        .collect();
    let mut all = BTreeSet::new();
    for home in homes {
        let names = disk.list(home).into_iter().filter(|name| is_given(name) || (modules && is_module(name)));
        all.extend(names.map(|name| if home.is_empty() { name } else { format!("{home}/{name}") }));
    }
    all.retain(|path| disk.is_file(path));
    all
}

fn add_problems(snapshot: &mut Snapshot, found: &Found) {
    if !found.problems.is_empty() {
        snapshot.problems = found.problems.iter().chain(snapshot.problems.iter()).cloned().collect();
    }
}
