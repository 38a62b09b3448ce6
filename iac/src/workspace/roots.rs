//! Terraform's directories: which of them are root modules, what each reaches, and what of it an edit touches.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use super::{EvaluatedRoot, File, Workspace, directory_of, with_deep_stack};
use crate::format;
use crate::format::terraform::{
    self, Allowance, Earlier, Edit, Library, Locator, Module, ModuleCall, Outline, Touched, VariableFiles,
};
use crate::limits::{RunTotal, Spent};
use crate::problem::{Gravity, Problem};
use crate::source::{Damage, Source, SourceId, Sources};
use crate::syntax::{Document, Tree};

/// Times that roots are read anew to share out what one run may spend.
const SHARINGS: usize = 8;

/// A root to be evaluated.
struct PendingRoot {
    root: String,
    locator: Locator,
    directories: BTreeSet<String>,
    calls: Vec<ModuleCall>,
    touched: Option<Touched>,
    variable_files: VariableFiles,
    problems: Vec<Problem>,
    inputs: BTreeSet<String>,
}

impl Workspace {
    /// The directories that hold Terraform files, and whether one of them was named by the caller.
    fn terraform_directories(&self) -> BTreeMap<String, bool> {
        let mut directories: BTreeMap<String, bool> = BTreeMap::new();
        for (path, file) in &self.files {
            if format::is_module_source(path) {
                *directories.entry(directory_of(path).to_owned()).or_default() |= file.named;
            }
        }
        directories
    }

    /// The files directly in a directory, by their names.
    pub(super) fn entries_of<'s>(&'s self, directory: &'s str) -> impl Iterator<Item = (&'s str, &'s File)> {
        let prefix = if directory.is_empty() { String::new() } else { format!("{directory}/") };
        let length = prefix.len();
        self.files.range(prefix.clone()..).take_while(move |(path, _)| path.starts_with(&prefix)).filter_map(
            move |(path, file)| {
                let name = path.get(length..)?;
                (!name.contains('/')).then_some((name, file))
            },
        )
    }

    pub(super) fn files_of<'s>(
        &'s self,
        directory: &'s str,
    ) -> impl Iterator<Item = (&'s str, &'s Arc<Document>)> {
        self.entries_of(directory).map(|(name, file)| (name, &file.document))
    }

    /// The sources of a module, by their names: of a `.tofu` file and its `.tf` namesake only the first.
    fn sources_of<'s>(&'s self, directory: &'s str) -> impl Iterator<Item = (&'s str, &'s File)> {
        self.entries_of(directory).filter(|(name, file)| {
            format::is_module_source(name) && !self.shadowed.contains_key(&*file.document.source.path)
        })
    }

    /// The `.tf` files that have a `.tofu` file of the same name beside them, and that file.
    fn shadowed_files(&self) -> BTreeMap<String, String> {
        let all = self.files.keys().chain(self.unreadable.keys());
        let pairs = all.filter_map(|tofu| Some((terraform::shadowed_by(tofu)?, tofu.clone())));
        pairs.filter(|(path, _)| self.files.contains_key(path)).collect()
    }

    /// The local and installed modules a directory calls, as (name, source).
    fn calls_of(&self, directory: &str) -> Vec<(String, String)> {
        if let Some(known) = terraform::known_module(directory) {
            let calls = terraform::local_calls(&known.body);
            return calls.map(|(name, source)| (name.to_owned(), source.to_owned())).collect();
        }
        let bodies = self.sources_of(directory).filter_map(|(_, file)| file.body());
        let calls = bodies.flat_map(terraform::local_calls);
        calls.map(|(name, source)| (name.to_owned(), source.to_owned())).collect()
    }

    /// All directories a root reaches, read in where they were not yet.
    fn reach(
        &mut self,
        root: &str,
        locator: &Locator,
        sources: &dyn Sources,
    ) -> (BTreeSet<String>, Vec<ModuleCall>) {
        let mut reached = BTreeSet::from([root.to_owned()]);
        let mut calls = Vec::new();
        let mut queue = vec![(root.to_owned(), String::new(), 0)];
        while let Some((directory, key, depth)) = queue.pop() {
            for (name, source) in self.calls_of(&directory) {
                let key = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
                let Ok(target) = locator.locate(&directory, &source, &key) else {
                    continue;
                };
                if !terraform::is_known(&target) {
                    self.load(&target, sources);
                }
                calls.push((directory.clone(), name, target.clone()));
                if reached.insert(target.clone()) && depth < terraform::DEEPEST_CALLS {
                    queue.push((target, key, depth + 1));
                }
            }
        }
        (reached, calls)
    }

    /// Reads the Terraform files of a directory that nobody named.
    fn load(&mut self, directory: &str, sources: &dyn Sources) {
        if self.files_of(directory).any(|(name, _)| format::is_module_source(name)) {
            return;
        }
        let prefix = if directory.is_empty() { String::new() } else { format!("{directory}/") };
        let paths: Vec<String> = sources
            .list(directory)
            .into_iter()
            .filter(|name| format::is_module_source(name))
            .map(|name| format!("{prefix}{name}"))
            .filter(|path| !self.unreadable.contains_key(path) && sources.is_file(path))
            .collect();
        if !paths.is_empty() {
            self.take_in(sources, &paths, false);
            if paths.iter().any(|path| terraform::shadowed_by(path).is_some()) {
                self.shadowed = self.shadowed_files();
            }
        }
    }

    /// Root modules: those that no other module calls, and one of each circle that none reaches.
    fn root_directories(&self, directories: &BTreeMap<String, bool>) -> Vec<String> {
        let mut targets: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        let locator = Locator::named_only(&self.options.module_directories);
        for directory in directories.keys() {
            let calls = self.calls_of(directory);
            let found =
                calls.iter().filter_map(|(name, source)| locator.locate(directory, source, name).ok());
            targets.insert(directory, found.collect());
        }
        let candidate = |directory: &&String| {
            directories.get(*directory).copied().unwrap_or(false) && !terraform::is_inside_cache(directory)
        };
        let called: BTreeSet<&String> = targets
            .iter()
            .filter(|(caller, _)| directories.get(**caller).copied().unwrap_or(false))
            .flat_map(|(caller, found)| found.iter().filter(move |target| target.as_str() != *caller))
            .collect();
        let mut roots: Vec<String> = directories
            .keys()
            .filter(candidate)
            .filter(|directory| !called.contains(directory))
            .cloned()
            .collect();
        let mut reached: BTreeSet<String> = BTreeSet::new();
        let spread = |from: &str, reached: &mut BTreeSet<String>| {
            let mut queue = vec![from.to_owned()];
            while let Some(directory) = queue.pop() {
                if reached.insert(directory.clone()) {
                    queue.extend(targets.get(directory.as_str()).into_iter().flatten().cloned());
                }
            }
        };
        for root in &roots {
            spread(root, &mut reached);
        }
        for directory in directories.keys().filter(candidate) {
            if !reached.contains(directory) {
                spread(directory, &mut reached);
                roots.push(directory.clone());
            }
        }
        roots.sort();
        roots
    }

    pub(super) fn read_terraform(&mut self, sources: &dyn Sources) {
        let shadowed_before = std::mem::take(&mut self.shadowed);
        self.shadowed = self.shadowed_files();
        let directories = self.terraform_directories();
        let roots = self.root_directories(&directories);
        let current: BTreeSet<&String> = roots.iter().collect();
        self.roots.retain(|root, _| current.contains(root));
        let count = roots.len();
        let (stale, kept): (Vec<String>, Vec<String>) =
            roots.into_iter().partition(|root| self.was_over || self.is_stale(root));
        if stale.is_empty() {
            return;
        }
        let mut pending: Vec<PendingRoot> =
            stale.into_iter().map(|root| self.prepare(root, &shadowed_before, sources)).collect();
        let limits = self.options.limits;
        let spent = kept.iter().filter_map(|root| self.roots.get(root));
        let run_total = RunTotal::new(limits, spent.fold(Spent::default(), |sum, root| sum.plus(root.spent)));
        let allowance = Allowance { limits, run_total: (count > 1).then_some(&run_total) };
        let found = self.evaluate_roots(&pending, sources, allowance, !self.was_over);
        if count == 1 || !run_total.is_over() {
            self.was_over = false;
            self.roots.extend(found);
            return;
        }
        drop(found);
        pending.extend(kept.into_iter().map(|root| self.prepare(root, &shadowed_before, sources)));
        pending.sort_by(|a, b| a.root.cmp(&b.root));
        self.share_out(pending, sources);
    }

    /// Reads all roots when together they take more than one run may: each gets an even part, and what the frugal
    /// leave goes to the others. So one root cannot keep another from being judged, whatever their order.
    fn share_out(&mut self, pending: Vec<PendingRoot>, sources: &dyn Sources) {
        let (mut left, mut waiting) = (self.options.limits, pending);
        self.was_over = false;
        for round in 1..=SHARINGS {
            let allowance = Allowance { limits: left.shared_by(waiting.len()), run_total: None };
            let found = self.evaluate_roots(&waiting, sources, allowance, false);
            let (cut, whole): (Vec<_>, Vec<_>) = found.into_iter().partition(|(_, root)| root.is_cut);
            let is_last = cut.is_empty() || whole.is_empty() || round == SHARINGS;
            left = left.without(whole.iter().fold(Spent::default(), |sum, (_, root)| sum.plus(root.spent)));
            self.roots.extend(whole);
            if is_last {
                self.was_over = !cut.is_empty();
                self.roots.extend(cut);
                return;
            }
            let cut: BTreeSet<String> = cut.into_iter().map(|(root, _)| root).collect();
            waiting.retain(|one| cut.contains(&one.root));
        }
    }

    /// Evaluates roots side by side; where an earlier reading may help, what is not touched is taken from it.
    fn evaluate_roots(
        &mut self,
        pending: &[PendingRoot],
        sources: &dyn Sources,
        allowance: Allowance<'_>,
        with_earlier: bool,
    ) -> Vec<(String, EvaluatedRoot)> {
        let ids = Mutex::new(SourceIds { ids: std::mem::take(&mut self.ids), texts: Vec::new() });
        let needed: BTreeSet<String> =
            pending.iter().flat_map(|pending| &pending.directories).cloned().collect();
        let modules = self.modules_of(&needed);
        // An earlier reading says nothing of what it spent on what is kept: it helps where both together are far from
        // the limit.
        let half = allowance.limits.shared_by(2);
        let evaluate = |pending: &PendingRoot| {
            let before = self.roots.get(&pending.root).filter(|_| with_earlier).zip(pending.touched.as_ref());
            let earlier = before.map(|(root, touched)| Earlier::new(&root.inventory, touched));
            let recording = RecordingSources {
                inner: sources,
                files: Some(&self.files),
                seen: Mutex::default(),
                ids: Some(&ids),
            };
            let library = Library { modules: &modules, locator: pending.locator.clone() };
            let evaluate = |earlier: Option<&Earlier<'_>>| {
                terraform::evaluate(
                    &pending.root,
                    &library,
                    &recording,
                    &pending.variable_files,
                    &self.options,
                    allowance,
                    earlier,
                )
            };
            let mut evaluation = evaluate(earlier.as_ref());
            let mut spent = evaluation.spent;
            if let Some((root, _)) = before {
                spent = spent.plus(root.spent);
                if evaluation.spent.over(&half).is_some() {
                    evaluation = evaluate(None);
                    spent = evaluation.spent;
                }
            }
            let (mut inputs, mut problems) = (pending.inputs.clone(), pending.problems.clone());
            inputs.extend(recording.seen());
            problems.extend(evaluation.problems);
            let may_help = !evaluation.exhausted && spent.over(&half).is_none();
            let evaluated = EvaluatedRoot {
                inventory: Arc::new(evaluation.inventory),
                problems,
                directories: pending.directories.clone(),
                inputs,
                calls: may_help.then(|| pending.calls.clone()),
                spent,
                is_cut: evaluation.exhausted,
            };
            (pending.root.clone(), evaluated)
        };
        let evaluated: Vec<(String, EvaluatedRoot)> =
            with_deep_stack(|| pending.par_iter().map(evaluate).collect());
        let SourceIds { ids, texts } = ids.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.ids = ids;
        for (path, text) in texts {
            let source = Arc::new(Source::new(self.id(&path), path.as_str(), text));
            self.texts.insert(path, Arc::new(Document::other(source)));
        }
        evaluated
    }

    /// Finds what a root is made of, and what of it the edits since its last evaluation touch.
    fn prepare(
        &mut self,
        root: String,
        shadowed_before: &BTreeMap<String, String>,
        sources: &dyn Sources,
    ) -> PendingRoot {
        let recording = RecordingSources::new(sources);
        let locator = Locator::read(&root, &recording, &self.options.module_directories);
        let (directories, calls) = self.reach(&root, &locator, sources);
        let inside = |path: &&String| directories.contains(directory_of(path));
        let same_sources = shadowed_before.keys().filter(inside).eq(self.shadowed.keys().filter(inside));
        let touched = same_sources.then(|| self.touched(&root, &directories, &calls)).flatten();
        let (variable_files, problems) = self.variable_files(&root, sources);
        let mut inputs = recording.seen();
        inputs.extend(self.options.variable_files.iter().cloned());
        PendingRoot { root, locator, directories, calls, touched, variable_files, problems, inputs }
    }

    /// The modules of these directories.
    fn modules_of<'s>(&'s self, directories: &'s BTreeSet<String>) -> BTreeMap<String, Module<'s>> {
        let mut modules = BTreeMap::new();
        for directory in directories {
            if let Some(known) = terraform::known_module(directory) {
                modules.insert(directory.clone(), Module::of_known(directory, known));
                continue;
            }
            let files: Vec<_> =
                self.sources_of(directory).filter_map(|(name, file)| Some((name, file.body()?))).collect();
            if files.is_empty() {
                continue;
            }
            let mut module = Module::new(directory, files);
            let unread = self.unreadable.keys().filter(|path| directory_of(path) == directory);
            let unread = unread.filter(|path| format::is_module_source(path));
            module.partially_parsed.extend(unread.map(|path| Arc::from(format::file_name(path))));
            modules.insert(directory.clone(), module);
        }
        modules
    }

    fn is_stale(&self, root: &str) -> bool {
        let Some(earlier) = self.roots.get(root) else {
            return true;
        };
        self.changed
            .keys()
            .any(|path| earlier.inputs.contains(path) || earlier.directories.contains(directory_of(path)))
    }

    /// What the edits since the last reading of a root touch; `None` when that may be everything.
    fn touched(&self, root: &str, reached: &BTreeSet<String>, calls: &[ModuleCall]) -> Option<Touched> {
        let earlier = self.roots.get(root)?;
        if earlier.calls.as_ref()? != calls || earlier.directories != *reached {
            return None;
        }
        let mut edits = Vec::new();
        for (path, before) in &self.changed {
            let inside = reached.contains(directory_of(path));
            if !(inside && format::is_module_source(path)) {
                match inside || earlier.inputs.contains(path) {
                    true => return None,
                    false => continue,
                }
            }
            let before = before.as_ref().and_then(File::body);
            let after = self.files.get(path).and_then(File::body);
            edits.push(Edit { directory: directory_of(path), before, after });
        }
        let outlined = reached.iter().flat_map(|directory| {
            self.sources_of(directory)
                .filter_map(move |(_, file)| Some((directory.as_str(), file.outline()?)))
        });
        let known = reached.iter().filter_map(|directory| {
            Some((directory.as_str(), terraform::known_module(directory)?.outline.clone()))
        });
        let outlines: Vec<(&str, Arc<Outline>)> = outlined.chain(known).collect();
        terraform::touched(&edits, &outlines, calls)
    }

    /// The variable files of a root, weakest first; a file that was asked for and is not there is a problem.
    fn variable_files(&mut self, root: &str, sources: &dyn Sources) -> (VariableFiles, Vec<Problem>) {
        let mut variable_files = VariableFiles::default();
        let mut automatic = Vec::new();
        for (name, document) in self.files_of(root) {
            if !format::is_automatic_values(name) {
                continue;
            }
            // `terraform.tfvars` is the weakest.
            let list = if name.contains(".auto.") { &mut automatic } else { &mut variable_files.files };
            list.push(document.clone());
        }
        variable_files.files.extend(automatic);
        let mut problems = Vec::new();
        for path in self.options.variable_files.clone() {
            // A file of a template's parameters says nothing to Terraform, unless it names its variables.
            let is_of_data =
                self.files.get(&path).is_some_and(|file| matches!(file.document.tree, Tree::Data(_)));
            if is_of_data && !self.sets_terraform(root, &path) {
                continue;
            }
            if !self.files.contains_key(&path) {
                self.take_in(sources, std::slice::from_ref(&path), false);
            }
            if let Some(file) = self.files.get(&path).filter(|_| !is_of_data) {
                variable_files.files.push(file.document.clone());
            } else if !self.unreadable.contains_key(&path) {
                problems.push(Problem {
                    gravity: Gravity::Loss,
                    path: path.as_str().into(),
                    span: None,
                    message: format!("the variable file `{path}` cannot be read"),
                    help: Some("its name must end in `.tfvars` or `.tfvars.json`".to_owned()),
                });
            }
        }
        (variable_files, problems)
    }
}

/// Sources that remember what was asked for, and see unsaved texts before saved ones.
struct RecordingSources<'s> {
    inner: &'s dyn Sources,
    files: Option<&'s BTreeMap<String, File>>,
    seen: Mutex<BTreeSet<String>>,
    ids: Option<&'s Mutex<SourceIds>>,
}

/// Names of sources, and the texts that got theirs while roots were evaluated.
struct SourceIds {
    ids: HashMap<String, SourceId>,
    texts: Vec<(String, Arc<str>)>,
}

impl<'s> RecordingSources<'s> {
    fn new(inner: &'s dyn Sources) -> Self {
        Self { inner, files: None, seen: Mutex::default(), ids: None }
    }

    fn note(&self, path: &str) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned());
    }

    fn seen(self) -> BTreeSet<String> {
        self.seen.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sources for RecordingSources<'_> {
    fn read(&self, path: &str) -> Result<Arc<str>, String> {
        self.note(path);
        match self.files.and_then(|files| files.get(path)) {
            Some(file) => Ok(file.document.source.text.clone()),
            None => self.inner.read(path),
        }
    }

    fn rescue(&self, path: &str) -> Option<(Arc<str>, Damage)> {
        self.inner.rescue(path)
    }

    fn list(&self, directory: &str) -> Vec<String> {
        self.inner.list(directory)
    }

    fn is_file(&self, path: &str) -> bool {
        self.note(path);
        self.files.is_some_and(|files| files.contains_key(path)) || self.inner.is_file(path)
    }

    fn source_id(&self, path: &str) -> Option<SourceId> {
        if let Some(file) = self.files.and_then(|files| files.get(path)) {
            return Some(file.document.source.id);
        }
        let text = self.inner.read(path).ok()?;
        let mut named = self.ids?.lock().unwrap_or_else(PoisonError::into_inner);
        let next = SourceId(named.ids.len() as u32);
        let id = *named.ids.entry(path.to_owned()).or_insert(next);
        named.texts.push((path.to_owned(), text));
        Some(id)
    }
}
