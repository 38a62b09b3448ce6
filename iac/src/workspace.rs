//! The living set of documents: what the command line reads once and the editor keeps.

mod given;
mod plans;
mod roots;
mod unread;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use crate::format::plan::Plan;
use crate::format::terraform::{ModuleCall, Outline};
use crate::format::{self, FORMATS, Format, Reader, Recognised, file_name};
use crate::inventory::Inventory;
use crate::limits::Spent;
use crate::options::Options;
use crate::problem::{Gravity, Problem};
use crate::redact::{DigestKey, Redaction};
use crate::source::{Source, SourceId, Sources, Span};
use crate::syntax::hcl::Body;
use crate::syntax::node::Node;
use crate::syntax::{Document, Tree};
use crate::view::SourceTexts;

pub use given::DeclaredVariables;
pub use unread::{Unread, UnreadReason};

/// What a snapshot tells about one file.
pub use crate::syntax::Document as DocumentInfo;

/// Parsed documents and evaluated inventories, kept current by [`Workspace::set`] and [`Workspace::remove`].
#[derive(Debug, Default, Clone)]
pub struct Workspace {
    options: Options,
    files: BTreeMap<String, File>,
    unreadable: BTreeMap<String, Problem>,
    /// Files of formats that have no reader.
    unread: BTreeMap<Arc<str>, &'static Format>,
    ids: HashMap<String, SourceId>,
    /// Texts that functions read (`file`, `templatefile`) and values were written in.
    texts: BTreeMap<String, Arc<Document>>,
    /// Paths that changed since the last snapshot, and what stood there then.
    changed: HashMap<String, Option<File>>,
    /// Terraform's sources that OpenTofu's stand in for, and which.
    shadowed: BTreeMap<String, String>,
    /// Terraform's root modules, by directory.
    roots: BTreeMap<String, EvaluatedRoot>,
    /// Whether they took more than one run may at the last reading: then none of it helps the next.
    was_over: bool,
    /// Files that are roots, by path.
    file_roots: BTreeMap<String, EvaluatedRoot>,
    /// The names in directories of templates with parameters, where files of values may lie.
    listed: BTreeMap<String, Vec<String>>,
    /// What the templates among them are given from elsewhere.
    given: given::Given,
    /// Roots that all files of a format are together, by the format's place in the table.
    shared_roots: BTreeMap<usize, EvaluatedRoot>,
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
    /// It shows signs of infrastructure as code, and no reader takes what could be parsed of it.
    suspect: bool,
    /// What it declares; made when an edit is first followed.
    outline: OnceLock<Arc<Outline>>,
}

/// A root's last reading and what it was made from.
#[derive(Debug, Clone)]
struct EvaluatedRoot {
    inventory: Arc<Inventory>,
    problems: Vec<Problem>,
    directories: BTreeSet<String>,
    inputs: BTreeSet<String>,
    /// Module calls as they were followed; none where the next reading must begin anew.
    calls: Option<Vec<ModuleCall>>,
    /// What evaluating it took, at most.
    spent: Spent,
    /// Whether a limit cut it.
    is_cut: bool,
}

impl File {
    fn of(document: Document, named: bool) -> Self {
        Self { document: Arc::new(document), named, suspect: false, outline: OnceLock::new() }
    }

    fn body(&self) -> Option<&Body> {
        match &self.document.tree {
            Tree::Hcl(body) => Some(body),
            Tree::Data(_) | Tree::Other => None,
        }
    }

    /// The documents of a data file, where they hold this format.
    fn data_of(&self, format: &Format) -> Option<&[Node]> {
        match &self.document.tree {
            Tree::Data(nodes) if format.is_in(file_name(&self.document.source.path), nodes) => Some(nodes),
            _ => None,
        }
    }

    fn outline(&self) -> Option<Arc<Outline>> {
        let body = self.body()?;
        Some(self.outline.get_or_init(|| Arc::new(Outline::of(body))).clone())
    }
}

impl EvaluatedRoot {
    fn of(inventory: Inventory, problems: Vec<Problem>, inputs: BTreeSet<String>) -> Self {
        Self {
            inventory: Arc::new(inventory),
            problems,
            directories: BTreeSet::new(),
            inputs,
            calls: None,
            spent: Spent::default(),
            is_cut: false,
        }
    }
}

/// One consistent reading of a workspace. Cheap to clone; never changes.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    pub inventories: Vec<Arc<Inventory>>,
    pub problems: Arc<[Problem]>,
    /// What was recognised and not looked at, in the order of the paths.
    pub unread: Arc<[Unread]>,
    documents: Arc<[Option<Arc<DocumentInfo>>]>,
    digest_key: DigestKey,
    redaction: Arc<OnceLock<Redaction>>,
}

/// Bytes of stack per thread: nesting is limited by count, and the limits must fit.
const STACK: usize = 64 << 20;

/// Threads over which more bring nothing; what the environment asks for does not count beyond them.
pub const MOST_THREADS: usize = 32;

/// Runs on threads whose stacks hold the deepest nesting we read.
fn with_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    static POOL: OnceLock<Option<rayon::ThreadPool>> = OnceLock::new();
    let build =
        |threads: usize| rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK).build().ok();
    // Where memory is short, fewer threads may still have their stacks.
    let pool = POOL.get_or_init(|| {
        let wanted = rayon::current_num_threads().clamp(1, MOST_THREADS);
        std::iter::successors(Some(wanted), |count| Some(count / 2).filter(|count| *count > 0))
            .find_map(build)
    });
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
        let (parsed, unparsed): (Vec<&String>, Vec<&String>) = paths
            .iter()
            .partition(|path| format::file_kind(path).is_some() && format::other_case(path).is_none());
        paths.iter().for_each(|path| self.list_again(path));
        for path in unparsed {
            self.note_unread(path, format::unparsed(path).or_else(|| format::other_case(path)));
        }
        let wanted: Vec<(SourceId, &String)> = parsed.into_iter().map(|path| (self.id(path), path)).collect();
        let read: Vec<_> = with_deep_stack(|| {
            wanted
                .into_par_iter()
                .map(|(id, path)| {
                    let (text, damage) = match sources.read(path) {
                        Ok(text) => (text, None),
                        Err(message) => match sources.rescue(path) {
                            Some((text, damage)) => (text, Some(damage)),
                            None => return Err(unreadable(path, message)),
                        },
                    };
                    let source = Arc::new(Source::new(id, path.as_str(), text));
                    Ok((path, format::read_damaged(source, damage.as_ref())))
                })
                .collect::<Vec<Result<_, Problem>>>()
        });
        for read in read {
            match read {
                Ok((path, Recognised::Document { document, unread, suspect })) => {
                    self.unreadable.remove(path);
                    self.note_unread(path, unread);
                    let named = named || self.files.get(path).is_some_and(|file| file.named);
                    self.put(path, Some(File { suspect, ..File::of(document, named) }));
                }
                Ok((path, other)) => {
                    // What stood there before may have been read.
                    if self.files.contains_key(path) {
                        self.put(path, None);
                    }
                    self.unreadable.remove(path);
                    self.note_unread(path, other.unread());
                }
                Err(problem) => {
                    let path = problem.path.to_string();
                    self.note_unread(&path, None);
                    self.put(&path, None);
                    self.unreadable.insert(path, problem);
                }
            }
        }
    }

    /// Looks into a file's directory anew where it may hold values for a template.
    fn list_again(&mut self, path: &str) {
        if !self.listed.is_empty() && given::is_of_values(path) {
            self.listed.remove(directory_of(path));
        }
    }

    /// Remembers the format without a reader that a file is of, or that it is of none.
    fn note_unread(&mut self, path: &str, format: Option<&'static Format>) {
        match format {
            Some(format) => {
                self.unread.insert(path.into(), format);
            }
            None => {
                self.unread.remove(path);
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
        let recognised = with_deep_stack(|| format::read(source.clone()));
        let unread = recognised.unread();
        let (document, suspect) = match recognised {
            Recognised::Document { document, suspect, .. } => (document, suspect),
            Recognised::Unread(_) | Recognised::Nothing => (Document::other(source), false),
        };
        self.note_unread(path, unread);
        self.unreadable.remove(path);
        self.put(path, Some(File { suspect, ..File::of(document, true) }));
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
        self.list_again(path);
        self.put(path, None);
        self.note_unread(path, None);
        self.unreadable.remove(path);
    }

    /// Evaluates what changed since the last snapshot and hands out the whole; unchanged inventories are the
    /// same `Arc` as before.
    pub fn snapshot(&mut self, sources: &dyn Sources) -> Snapshot {
        self.load_parameter_files(sources);
        self.read_terraform(sources);
        self.read_plans();
        self.read_file_roots();
        self.read_shared_roots();
        self.lay_plans();
        self.changed.clear();
        let documents = self.documents();
        let unread = self.unread_files();
        let mut problems = self.problems(&documents);
        problems.extend(unread::notes(&unread));
        problems.extend(self.idle_variable_files());
        Snapshot {
            inventories: self.inventories(),
            problems: problems.into(),
            unread: unread.into(),
            documents: documents.into(),
            digest_key: self.options.digest_key.clone(),
            redaction: Arc::default(),
        }
    }

    /// All documents, each in the place of its source's number.
    fn documents(&self) -> Vec<Option<Arc<Document>>> {
        let mut documents: Vec<Option<Arc<Document>>> = vec![None; self.ids.len()];
        for file in self.files.values() {
            if let Some(slot) = documents.get_mut(file.document.source.id.0 as usize) {
                *slot = Some(file.document.clone());
            }
        }
        for document in self.texts.values() {
            if let Some(slot) = documents.get_mut(document.source.id.0 as usize) {
                slot.get_or_insert_with(|| document.clone());
            }
        }
        documents
    }

    /// What is wrong with the files, then with what they say, each told once.
    fn problems(&self, documents: &[Option<Arc<Document>>]) -> Vec<Problem> {
        let mut problems: Vec<Problem> = self.unreadable.values().cloned().collect();
        for (path, file) in &self.files {
            // A data file that no reader claims is not ours to complain about.
            let ours = file.suspect
                || !matches!(file.document.tree, Tree::Data(_))
                || self.file_roots.contains_key(path)
                || self.plans.contains_key(path)
                || self.shared_roots.values().any(|root| root.inputs.contains(path));
            problems.extend(file.document.problems.iter().filter(|_| ours).cloned());
        }
        let mut known: HashSet<Problem> = problems.iter().cloned().collect();
        for problem in self.evaluated_roots().flat_map(|root| &root.problems) {
            let path = problem.span.and_then(|span| documents.get(span.source.0 as usize)?.as_ref());
            let path = path.map_or_else(|| problem.path.clone(), |document| document.source.path.clone());
            let problem = Problem { path, ..problem.clone() };
            // Several roots may stumble over the same stone.
            if known.insert(problem.clone()) {
                problems.push(problem);
            }
        }
        for problem in self.plans.values().flat_map(|plan| &plan.problems) {
            problems.push(problem.clone());
        }
        let laid = self.planned.values().filter_map(|planned| planned.inventory.plan.as_ref());
        problems.extend(laid.filter_map(|info| {
            let help = "plan again, or take the plan away: what it says may not be so any more";
            Some(Problem {
                gravity: Gravity::Note,
                path: info.path.clone(),
                span: None,
                message: info.mismatch()?,
                help: Some(help.to_owned()),
            })
        }));
        problems
    }

    /// The inventories of all roots; a root that a plan was laid over counts with it.
    fn inventories(&self) -> Vec<Arc<Inventory>> {
        let with_plan = |(path, root): (&String, &EvaluatedRoot)| match self.planned.get(path) {
            Some(planned) if planned.code.is_some() => planned.inventory.clone(),
            _ => root.inventory.clone(),
        };
        let mut inventories: Vec<Arc<Inventory>> = self.roots.iter().map(with_plan).collect();
        let alone = self.planned.values().filter(|planned| planned.code.is_none());
        inventories.extend(alone.map(|planned| planned.inventory.clone()));
        let others = self.file_roots.values().chain(self.shared_roots.values());
        inventories.extend(others.map(|root| root.inventory.clone()));
        inventories
    }

    /// All roots as they were read last, without plans.
    fn evaluated_roots(&self) -> impl Iterator<Item = &EvaluatedRoot> {
        self.roots.values().chain(self.file_roots.values()).chain(self.shared_roots.values())
    }

    /// Reads the files that changed and are roots by themselves: the first reader that takes one has it.
    fn read_file_roots(&mut self) {
        self.file_roots.retain(|path, _| self.files.contains_key(path) && !self.changed.contains_key(path));
        let changed: BTreeSet<String> = self.changed.keys().cloned().collect();
        self.evaluate_files(&changed);
        // What a template passes on to another is known once it is read itself.
        for _ in 0..given::DEEPEST_NESTING {
            let given = self.given();
            let paths = given.keys().chain(self.given.keys());
            let stale: BTreeSet<String> =
                paths.filter(|path| given.get(*path) != self.given.get(*path)).cloned().collect();
            self.given = given;
            if stale.is_empty() {
                break;
            }
            self.evaluate_files(&stale);
        }
    }

    /// Reads those of these files that are roots by themselves.
    fn evaluate_files(&mut self, paths: &BTreeSet<String>) {
        let wanted: Vec<(&String, &Arc<Document>)> = self
            .files
            .iter()
            .filter(|(path, file)| matches!(file.document.tree, Tree::Data(_)) && paths.contains(*path))
            .map(|(path, file)| (path, &file.document))
            .collect();
        let (options, given) = (&self.options, &self.given);
        let found: Vec<(String, EvaluatedRoot)> = with_deep_stack(|| {
            let read = |(path, document): (&String, &Arc<Document>)| {
                let Tree::Data(nodes) = &document.tree else { return None };
                let with_values = given
                    .get(path)
                    .map(|parameters| Options { parameters: parameters.clone(), ..options.clone() });
                let options = with_values.as_ref().unwrap_or(options);
                let (format, (mut inventory, mut problems)) =
                    FORMATS.iter().find_map(|format| match format.reader {
                        Reader::EachFile(read) if format.pattern(file_name(path)).is_some() => {
                            Some((format, read(&document.source, nodes, options)?))
                        }
                        _ => None,
                    })?;
                problems.extend(unread::others(format, document));
                inventory.partially_parsed.extend(unread::lost_part(document));
                Some((path.clone(), EvaluatedRoot::of(inventory, problems, BTreeSet::from([path.clone()]))))
            };
            wanted.into_par_iter().filter_map(read).collect()
        });
        self.file_roots.extend(found);
    }

    /// Reads the formats again whose files are one root together, where one of their files changed.
    fn read_shared_roots(&mut self) {
        for (index, format) in FORMATS.iter().enumerate() {
            let Reader::Together(read) = format.reader else { continue };
            let before = self.shared_roots.get(&index).map(|root| &root.inputs);
            // What could not be parsed may have held a part of it.
            let may_hold = |file: &File| {
                let source = &file.document.source;
                file.suspect && format.may_be_in(file_name(&source.path), &source.text)
            };
            let touched = self.changed.keys().any(|path| {
                before.is_some_and(|paths| paths.contains(path))
                    || self
                        .files
                        .get(path)
                        .is_some_and(|file| file.data_of(format).is_some() || may_hold(file))
            });
            if !touched {
                continue;
            }
            let mut documents = Vec::new();
            let mut inputs = BTreeSet::new();
            let mut lost = None;
            for (path, file) in &self.files {
                let nodes = file.data_of(format);
                if nodes.is_some() || may_hold(file) {
                    lost = lost.or_else(|| unread::lost_part(&file.document));
                    inputs.insert(path.clone());
                }
                documents.extend(nodes.map(|nodes| (file.document.source.clone(), nodes)));
            }
            let options = &self.options;
            match with_deep_stack(|| read(&documents, options)) {
                Some((mut inventory, problems)) => {
                    inventory.partially_parsed.extend(lost);
                    self.shared_roots.insert(index, EvaluatedRoot::of(inventory, problems, inputs));
                }
                None => {
                    self.shared_roots.remove(&index);
                }
            }
        }
    }
}

fn unreadable(path: &str, message: String) -> Problem {
    Problem { gravity: Gravity::Loss, path: path.into(), span: None, message, help: None }
}

fn directory_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

impl Snapshot {
    /// What of it must not be shown; found when it is first asked for.
    pub fn redaction(&self) -> &Redaction {
        self.redaction.get_or_init(|| {
            let inventories = self.inventories.iter().map(|inventory| &**inventory);
            Redaction::of(self.digest_key.clone(), self.documents(), inventories)
        })
    }

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

impl SourceTexts for Snapshot {
    fn text(&self, source: SourceId) -> Option<&str> {
        self.document(source).map(|document| &*document.source.text)
    }
    fn digest_key(&self) -> DigestKey {
        self.digest_key.clone()
    }
}
