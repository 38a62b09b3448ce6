//! The living set of documents: what the command line reads once and the editor keeps.

mod plans;
mod roots;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use crate::format::plan::Plan;
use crate::format::terraform::{Lead, Outline};
use crate::format::{arm, cloudformation, kubernetes, state};
use crate::inventory::Inventory;
use crate::problem::{Gravity, Problem};
use crate::source::{Source, SourceId, Sources, Span};
use crate::syntax::hcl::Body;
use crate::syntax::{self, Document, Tree};

/// What a snapshot tells about one file.
pub use crate::syntax::Document as DocumentInfo;

/// What the user said about the run, beside the files.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// `--var name=value`, in order; the last wins.
    pub variables: Vec<(String, String)>,
    /// `--var-file`, workspace-relative, in order.
    pub variable_files: Vec<String>,
    /// `TF_VAR_*`, when opted in.
    pub environment: Vec<(String, String)>,
    /// `terraform.workspace`; "default" when `None`.
    pub terraform_workspace: Option<String>,
    /// `--module-dir NAME=DIR`: the name of a module call (or its dotted path, or its source) and the directory,
    /// workspace-relative, that holds the module.
    pub module_directories: Vec<(String, String)>,
}

/// Parsed documents and evaluated inventories, kept current by [`Workspace::set`] and [`Workspace::remove`].
#[derive(Debug, Default, Clone)]
pub struct Workspace {
    options: Options,
    files: BTreeMap<String, File>,
    unreadable: BTreeMap<String, Problem>,
    ids: HashMap<String, SourceId>,
    /// Paths that changed since the last snapshot, and what stood there then.
    changed: HashMap<String, Option<File>>,
    roots: BTreeMap<String, Kept>,
    /// By the template's path.
    templates: BTreeMap<String, Kept>,
    /// All manifests together.
    manifests: Option<Kept>,
    /// By the plan's path.
    plans: BTreeMap<String, Arc<Plan>>,
    /// Roots with a plan laid over them, and plans without a root: by root or path.
    planned: BTreeMap<String, plans::Planned>,
}

#[derive(Debug, Clone)]
struct File {
    document: Arc<Document>,
    /// Named by the caller, or else only reached through a module call or a variable file.
    named: bool,
    /// What it declares; made when an edit is first followed.
    outline: OnceLock<Arc<Outline>>,
}

/// A root's last reading and what it was made from.
#[derive(Debug, Clone)]
struct Kept {
    inventory: Arc<Inventory>,
    problems: Vec<Problem>,
    directories: BTreeSet<String>,
    inputs: BTreeSet<String>,
    /// Module calls as they were followed; none where the next reading must begin anew.
    leads: Option<Vec<Lead>>,
}

impl File {
    fn of(document: Document, named: bool) -> Self {
        Self { document: Arc::new(document), named, outline: OnceLock::new() }
    }

    fn body(&self) -> Option<&Body> {
        match &self.document.tree {
            Tree::Hcl(body) => Some(body),
            Tree::Data(_) | Tree::Other => None,
        }
    }

    fn outline(&self) -> Option<Arc<Outline>> {
        let body = self.body()?;
        Some(self.outline.get_or_init(|| Arc::new(Outline::of(body))).clone())
    }
}

impl Kept {
    fn of(inventory: Inventory, problems: Vec<Problem>, inputs: BTreeSet<String>) -> Self {
        Self { inventory: Arc::new(inventory), problems, directories: BTreeSet::new(), inputs, leads: None }
    }
}

/// One consistent reading of a workspace. Cheap to clone; never changes.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    pub inventories: Vec<Arc<Inventory>>,
    pub problems: Arc<[Problem]>,
    documents: Arc<[Option<Arc<DocumentInfo>>]>,
}

/// Bytes of stack per thread: nesting is limited by count, and the limits must fit.
const STACK: usize = 64 << 20;

/// Runs on threads whose stacks hold the deepest nesting we read.
fn with_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    static POOL: OnceLock<Option<rayon::ThreadPool>> = OnceLock::new();
    let pool = POOL.get_or_init(|| rayon::ThreadPoolBuilder::new().stack_size(STACK).build().ok());
    match pool {
        Some(pool) => pool.install(work),
        None => work(),
    }
}

impl Workspace {
    pub fn new(options: Options) -> Self {
        Self { options, ..Self::default() }
    }

    /// Takes in the files at these paths (workspace-relative; the caller has walked the directories).
    /// Files that are no infrastructure as code are passed over.
    pub fn read(&mut self, sources: &dyn Sources, paths: &[String]) {
        self.take_in(sources, paths, true);
    }

    fn take_in(&mut self, sources: &dyn Sources, paths: &[String], named: bool) {
        let wanted: Vec<(SourceId, &String)> =
            paths.iter().filter(|path| syntax::is_known(path)).map(|path| (self.id(path), path)).collect();
        let read: Vec<_> = with_deep_stack(|| {
            wanted
                .into_par_iter()
                .map(|(id, path)| {
                    let text = sources.read(path).map_err(|message| Problem {
                        gravity: Gravity::Loss,
                        path: path.as_str().into(),
                        span: None,
                        message,
                        help: None,
                    })?;
                    Ok((path, syntax::parse(Arc::new(Source::new(id, path.as_str(), text)))))
                })
                .collect::<Vec<Result<_, Problem>>>()
        });
        for read in read {
            match read {
                Ok((path, Some(document))) => {
                    self.unreadable.remove(path);
                    let named = named || self.files.get(path).is_some_and(|file| file.named);
                    self.put(path, Some(File::of(document, named)));
                }
                Ok((_, None)) => {}
                Err(problem) => {
                    let path = problem.path.to_string();
                    self.put(&path, None);
                    self.unreadable.insert(path, problem);
                }
            }
        }
    }

    fn id(&mut self, path: &str) -> SourceId {
        if let Some(id) = self.ids.get(path) {
            return *id;
        }
        let id = SourceId(self.ids.len() as u32);
        self.ids.insert(path.to_owned(), id);
        id
    }

    /// Puts a text in place of a file's (an unsaved buffer); the next snapshot evaluates what it touches.
    pub fn set(&mut self, path: &str, text: Arc<str>) {
        if self.files.get(path).is_some_and(|file| file.named && file.document.source.text == text) {
            return;
        }
        let source = Arc::new(Source::new(self.id(path), path, text));
        // Texts that others read (templates, policies) are kept as they are.
        let document =
            with_deep_stack(|| syntax::parse(source.clone())).unwrap_or_else(|| Document::other(source));
        self.unreadable.remove(path);
        self.put(path, Some(File::of(document, true)));
    }

    /// Puts a file in its place and remembers what stood there at the last snapshot.
    fn put(&mut self, path: &str, file: Option<File>) {
        let before = match file {
            Some(file) => self.files.insert(path.to_owned(), file),
            None => self.files.remove(path),
        };
        self.changed.entry(path.to_owned()).or_insert(before);
    }

    /// Forgets a file.
    pub fn remove(&mut self, path: &str) {
        self.put(path, None);
        self.unreadable.remove(path);
    }

    /// Evaluates what changed since the last snapshot and hands out the whole; unchanged inventories are the
    /// same `Arc` as before.
    pub fn snapshot(&mut self, sources: &dyn Sources) -> Snapshot {
        self.read_terraform(sources);
        self.read_plans();
        self.read_templates();
        self.read_manifests();
        self.lay_plans();
        self.changed.clear();
        let mut documents: Vec<Option<Arc<Document>>> = vec![None; self.ids.len()];
        let mut problems: Vec<Problem> = self.unreadable.values().cloned().collect();
        let concerned = self.manifests.as_ref().map(|kept| &kept.inputs);
        for (path, file) in &self.files {
            // A data file that no reader claims is not ours to complain about.
            let ours = !matches!(file.document.tree, Tree::Data(_))
                || self.templates.contains_key(path)
                || self.plans.contains_key(path)
                || concerned.is_some_and(|paths| paths.contains(path));
            problems.extend(file.document.problems.iter().filter(|_| ours).cloned());
            if let Some(slot) = documents.get_mut(file.document.source.id.0 as usize) {
                *slot = Some(file.document.clone());
            }
        }
        for problem in self.kept().flat_map(|kept| &kept.problems) {
            let path = problem.span.and_then(|span| documents.get(span.source.0 as usize)?.as_ref());
            let path = path.map_or_else(|| problem.path.clone(), |document| document.source.path.clone());
            let problem = Problem { path, ..problem.clone() };
            // Several roots may stumble over the same stone.
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
        for problem in self.plans.values().flat_map(|plan| &plan.problems) {
            problems.push(problem.clone());
        }
        let with_plan = |(root, kept): (&String, &Kept)| match self.planned.get(root) {
            Some(planned) if planned.code.is_some() => planned.inventory.clone(),
            _ => kept.inventory.clone(),
        };
        let mut inventories: Vec<Arc<Inventory>> = self.roots.iter().map(with_plan).collect();
        inventories
            .extend(self.planned.values().filter(|one| one.code.is_none()).map(|one| one.inventory.clone()));
        inventories.extend(self.templates.values().chain(&self.manifests).map(|kept| kept.inventory.clone()));
        Snapshot { inventories, problems: problems.into(), documents: documents.into() }
    }

    /// All readings: Terraform roots, templates, manifests.
    fn kept(&self) -> impl Iterator<Item = &Kept> {
        self.roots.values().chain(self.templates.values()).chain(&self.manifests)
    }

    fn read_templates(&mut self) {
        self.templates.retain(|path, _| self.files.contains_key(path) && !self.changed.contains_key(path));
        let wanted: Vec<(&String, &Arc<Document>)> = self
            .files
            .iter()
            .filter(|(path, file)| {
                matches!(file.document.tree, Tree::Data(_)) && self.changed.contains_key(*path)
            })
            .map(|(path, file)| (path, &file.document))
            .collect();
        let options = &self.options;
        let readings: Vec<(String, Kept)> = with_deep_stack(|| {
            let read = |(path, document): (&String, &Arc<Document>)| {
                let Tree::Data(nodes) = &document.tree else { return None };
                let (inventory, problems) = cloudformation::read(&document.source, nodes, options)
                    .or_else(|| arm::read(&document.source, nodes, options))
                    .or_else(|| state::read(&document.source, nodes))?;
                Some((path.clone(), Kept::of(inventory, problems, BTreeSet::from([path.clone()]))))
            };
            wanted.into_par_iter().filter_map(read).collect()
        });
        self.templates.extend(readings);
    }

    fn read_manifests(&mut self) {
        let is_manifest = |document: &Document| match &document.tree {
            Tree::Data(nodes) => {
                nodes.iter().any(|node| kubernetes::is_object(node) || node.broken)
                    || document
                        .source
                        .path
                        .rsplit('/')
                        .next()
                        .is_some_and(|name| name.starts_with("kustomization."))
            }
            _ => false,
        };
        let before = self.manifests.as_ref().map(|kept| &kept.inputs);
        let touched = self.changed.keys().any(|path| {
            before.is_some_and(|paths| paths.contains(path))
                || self.files.get(path).is_some_and(|file| is_manifest(&file.document))
        });
        if !touched {
            return;
        }
        let mut documents = Vec::new();
        let mut inputs = BTreeSet::new();
        for (path, file) in &self.files {
            if let Tree::Data(nodes) = &file.document.tree
                && !self.templates.contains_key(path)
                && is_manifest(&file.document)
            {
                documents.push((file.document.source.clone(), nodes.as_slice()));
                inputs.insert(path.clone());
            }
        }
        let read = with_deep_stack(|| kubernetes::read(&documents));
        self.manifests = read.map(|(inventory, problems)| Kept::of(inventory, problems, inputs));
    }
}

fn directory_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

impl Snapshot {
    pub fn document(&self, id: SourceId) -> Option<&DocumentInfo> {
        self.documents.get(id.0 as usize)?.as_deref()
    }

    pub fn source(&self, span: Span) -> Option<&Source> {
        self.document(span.source).map(|document| &*document.source)
    }

    pub fn documents(&self) -> impl Iterator<Item = &DocumentInfo> {
        self.documents.iter().flatten().map(|document| &**document)
    }

    pub fn find(&self, path: &str) -> Option<&DocumentInfo> {
        self.documents().find(|document| &*document.source.path == path)
    }
}
