//! The one task that owns the documents and the roots. Messages come in order and are handled in order; reading
//! and judging happen on other threads and come back as messages.
//!
//! INVARIANT: a reading that is older than the buffer it speaks about is never shown.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use compline_iac::format;
use compline_project::config;
use compline_project::{Change as FileChange, ResolvedConfig, RootSelection, Warning};
use compline_reporter::escape::Lines;
use compline_rules::RuleSet;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use crate::Clock;
use crate::document::{Change, Document};
use crate::feature::diagnostics::diagnostics;
use crate::place;
use crate::position::Encoding;
use crate::root::{self, Job, Read, Root, Waiting};
use crate::server::Editor;
use crate::settings::Settings;
use crate::view::{Open, View};

/// What the session is told, in the order in which it happened.
pub enum Message {
    Begin(Begin),
    /// The editor is ready for questions.
    Ready,
    Opened {
        uri: String,
        language: String,
        version: i32,
        text: String,
    },
    Changed {
        uri: String,
        version: i32,
        changes: Vec<Change>,
    },
    Saved {
        uri: String,
    },
    Closed {
        uri: String,
    },
    /// Something happened to these files on disk.
    Touched {
        uris: Vec<String>,
    },
    Set(Settings),
    Folders {
        added: Vec<String>,
        removed: Vec<String>,
    },
    /// A question about a file.
    Ask {
        uri: String,
        job: Job,
    },
    /// A question about a buffer as it is typed.
    AskBuffer {
        uri: String,
        job: BufferJob,
    },
    /// A question about the rules; the editor shows the answer by itself, or we show it.
    AskConfig {
        job: Box<dyn FnOnce(&ResolvedConfig) + Send>,
    },
    /// A question about everything that is open.
    Survey {
        job: Survey,
    },
    /// A reading of the root with this number has ended.
    Read {
        root: u64,
        read: Option<Read>,
    },
}

/// Something to be answered from a buffer.
pub type BufferJob = Box<dyn FnOnce(&Document, &RuleSet, Encoding) + Send>;

/// Something to be answered from the readings of all roots.
pub type Survey = Box<dyn FnOnce(&[View]) + Send>;

/// What is agreed at the start.
#[derive(Debug, Clone)]
pub struct Begin {
    pub folders: Vec<String>,
    pub encoding: Encoding,
    /// The editor asks for diagnostics; else they are sent to it.
    pub pulls: bool,
}

/// The books of one editor.
pub struct Session {
    clock: Arc<dyn Clock>,
    editor: Editor,
    inbox: UnboundedSender<Message>,
    /// What judges where no folder was opened yet.
    builtin: Option<Arc<ResolvedConfig>>,
    settings: Settings,
    encoding: Encoding,
    pulls: bool,
    roots: Vec<Root>,
    next_root: u64,
    surveys: Vec<Survey>,
}

impl Session {
    pub fn new(clock: Arc<dyn Clock>, editor: Editor, inbox: UnboundedSender<Message>) -> Self {
        Self {
            clock,
            editor,
            inbox,
            builtin: None,
            settings: Settings::default(),
            encoding: Encoding::Utf16,
            pulls: false,
            roots: Vec::new(),
            next_root: 0,
            surveys: Vec::new(),
        }
    }

    /// Handles messages until the last sender is gone. What has piled up is handled before a reading begins, so a
    /// burst of keystrokes is read once.
    pub async fn run(mut self, mut messages: UnboundedReceiver<Message>) {
        while let Some(message) = messages.recv().await {
            self.handle(message).await;
            while let Ok(message) = messages.try_recv() {
                self.handle(message).await;
            }
            self.begin_readings().await;
            self.answer_surveys();
        }
    }

    async fn handle(&mut self, message: Message) {
        match message {
            Message::Begin(begin) => {
                self.encoding = begin.encoding;
                self.pulls = begin.pulls;
                self.add_folders(begin.folders);
            }
            Message::Ready => self.editor.ready(),
            // A buffer that lies nowhere is read by what its language is.
            Message::Opened { uri, language, version, text } => {
                self.opened(uri, format::untitled(&language), version, text);
            }
            Message::Changed { uri, version, changes } => self.changed(&uri, version, changes).await,
            Message::Saved { uri } => self.saved(&uri),
            Message::Closed { uri } => self.closed(&uri).await,
            Message::Touched { uris } => self.touched(&uris),
            Message::Set(settings) => self.set(settings),
            Message::Folders { added, removed } => {
                self.remove_folders(&removed).await;
                self.add_folders(added);
            }
            Message::Ask { uri, job } => self.ask(&uri, job),
            Message::AskConfig { job } => job(&self.config()),
            Message::AskBuffer { uri, job } => {
                let config = self.config();
                if let Some((index, path)) = self.locate(&uri)
                    && let Some(root) = self.roots.get(index)
                    && let Some(document) = root.documents.get(&path)
                {
                    job(document, &root.config.as_ref().unwrap_or(&config).rules, self.encoding);
                }
            }
            Message::Survey { job } => self.surveys.push(job),
            Message::Read { root, read } => self.take(root, read).await,
        }
    }

    /// The root of a file that is known, and the file's path below it.
    fn locate(&self, uri: &str) -> Option<(usize, String)> {
        match place::path_of(uri) {
            Some(path) => root::owner(&self.roots, &path),
            None => {
                let index = self.roots.iter().position(|root| root.uri.uri == uri)?;
                let path = self.roots.get(index)?.documents.keys().next()?.clone();
                Some((index, path))
            }
        }
    }

    /// As [`Session::locate`]; a file that lies in no root gets one of its own, and a buffer that lies nowhere
    /// this name in it.
    fn settle(&mut self, uri: &str, untitled: &str) -> Option<(usize, String)> {
        if let Some(found) = self.locate(uri) {
            return Some(found);
        }
        let id = self.number();
        let (root, path) = match place::path_of(uri) {
            Some(path) => {
                let (folder, _) = path.rsplit_once('/')?;
                let (folder_uri, name) = place::split(uri)?;
                let folder = if folder.is_empty() { "/" } else { folder };
                let root = Root::of_folder(id, folder_uri, folder.to_owned(), Some(&name));
                let path = root.uri.project_path(&name);
                (root, path)
            }
            None => (Root::of_nothing(id, uri), untitled.to_owned()),
        };
        self.roots.push(root);
        Some((self.roots.len() - 1, path))
    }

    /// The rules of the first folder, else the built-in ones, made when they are first needed.
    fn config(&mut self) -> Arc<ResolvedConfig> {
        let builtin = || {
            let nowhere = RootSelection::of_folder(std::path::Path::new(""), None);
            Arc::new(ResolvedConfig::builtin(nowhere))
        };
        match self.roots.iter().find_map(|root| root.config.as_ref()) {
            Some(config) => Arc::clone(config),
            None => Arc::clone(self.builtin.get_or_insert_with(builtin)),
        }
    }

    fn number(&mut self) -> u64 {
        self.next_root += 1;
        self.next_root
    }

    fn opened(&mut self, uri: String, untitled: &str, version: i32, text: String) {
        let Some((index, path)) = self.settle(&uri, untitled) else { return };
        let Some(root) = self.roots.get_mut(index) else { return };
        let document = Document::new(uri, &path, version, text);
        root.change(&path, FileChange::Text(document.text()));
        root.documents.insert(path, document);
    }

    async fn changed(&mut self, uri: &str, version: i32, changes: Vec<Change>) {
        let Some((index, path)) = self.locate(uri) else { return };
        let Some(root) = self.roots.get_mut(index) else { return };
        let Some(document) = root.documents.get_mut(&path) else { return };
        match document.change(version, changes, self.encoding) {
            Ok(()) => {
                let text = document.text();
                root.change(&path, FileChange::Text(text));
            }
            Err(error) => {
                // Better nothing than judgements of a text nobody sees: the file counts as closed until the
                // editor sends it whole.
                let shown = document.uri.clone();
                root.documents.remove(&path);
                root.change(&path, FileChange::Look);
                let fault = format!("lost step with `{path}`: {error}; reopen the file");
                self.editor.warn(Lines::of(fault)).await;
                self.editor.clear(&shown).await;
            }
        }
    }

    fn saved(&mut self, uri: &str) {
        self.look_at_configuration(uri);
        let Some((index, path)) = self.locate(uri) else { return };
        let Some(root) = self.roots.get_mut(index) else { return };
        if root.documents.get_mut(&path).is_some_and(|document| document.edited_line.take().is_some()) {
            root.wanted += 1;
            root.unasked = true;
        }
    }

    async fn closed(&mut self, uri: &str) {
        let Some((index, path)) = self.locate(uri) else { return };
        let Some(root) = self.roots.get_mut(index) else { return };
        if root.documents.remove(&path).is_none() {
            return;
        }
        if root.lone && root.documents.is_empty() {
            self.roots.remove(index);
        } else {
            root.change(&path, FileChange::Look);
        }
        if !self.pulls {
            self.editor.clear(uri).await;
        }
    }

    /// A configuration may judge in folders below its own.
    fn look_at_configuration(&mut self, uri: &str) {
        let Some(path) = place::path_of(uri) else { return };
        for root in &mut self.roots {
            root.look_at_configuration(&path);
        }
    }

    fn touched(&mut self, uris: &[String]) {
        for uri in uris {
            self.look_at_configuration(uri);
            let Some((index, path)) = self.locate(uri) else { continue };
            let Some(root) = self.roots.get_mut(index) else { continue };
            // What the editor has open is the editor's: it will say so when the buffer changes.
            if !root.documents.contains_key(&path) {
                root.change(&path, FileChange::Look);
                root.unasked = true;
            }
        }
    }

    fn set(&mut self, settings: Settings) {
        if self.settings != settings {
            self.settings = settings;
            for root in &mut self.roots {
                root.wanted += 1;
                root.unasked = true;
            }
        }
    }

    fn add_folders(&mut self, folders: Vec<String>) {
        for uri in folders {
            let Some(path) = place::path_of(&uri) else { continue };
            if self.roots.iter().any(|root| root.path == path && !root.lone) {
                continue;
            }
            let id = self.number();
            self.roots.push(Root::of_folder(id, &uri, path, None));
            // Buffers that were opened before their folder move in.
            let (lone, stay) = std::mem::take(&mut self.roots).into_iter().partition(|root: &Root| root.lone);
            self.roots = stay;
            self.rehouse(lone);
        }
    }

    async fn remove_folders(&mut self, folders: &[String]) {
        for uri in folders {
            let Some(path) = place::path_of(uri) else { continue };
            let (gone, stay): (Vec<Root>, Vec<Root>) =
                std::mem::take(&mut self.roots).into_iter().partition(|root| root.path == path && !root.lone);
            self.roots = stay;
            let open =
                gone.iter().flat_map(|root| root.documents.values()).map(|document| document.uri.clone());
            let open: Vec<String> = open.collect();
            self.rehouse(gone);
            for uri in open.iter().filter(|_| !self.pulls) {
                self.editor.clear(uri).await;
            }
        }
    }

    /// Opens the buffers of roots that are gone where they belong now.
    fn rehouse(&mut self, gone: Vec<Root>) {
        for (path, document) in gone.into_iter().flat_map(|root| root.documents) {
            let text = document.text().to_string();
            self.opened(document.uri, &path, document.version, text);
        }
    }

    fn ask(&mut self, uri: &str, job: Job) {
        // Dropping the job answers with nothing.
        let Some((index, path)) = self.locate(uri) else { return };
        let Some(root) = self.roots.get_mut(index) else { return };
        root.waiting.push(Waiting { wanted: root.wanted, path, job });
        self.answer(index);
    }

    /// Answers the questions about everything, once nothing is being read.
    fn answer_surveys(&mut self) {
        if self.surveys.is_empty() || self.roots.iter().any(|root| root.reading || root.is_stale()) {
            return;
        }
        for job in std::mem::take(&mut self.surveys) {
            let views: Vec<View> = (0..self.roots.len()).filter_map(|index| self.view(index)).collect();
            tokio::task::spawn_blocking(move || job(&views));
        }
    }

    /// Answers the questions of a root whose readings have caught up with them.
    fn answer(&mut self, index: usize) {
        let Some(root) = self.roots.get_mut(index) else { return };
        if root.reading || root.project.is_none() || root.judged.is_none() {
            return;
        }
        let seen = root.seen;
        let (ready, waiting) =
            std::mem::take(&mut root.waiting).into_iter().partition(|one| one.wanted <= seen);
        root.waiting = waiting;
        let ready: Vec<Waiting> = ready;
        if ready.is_empty() {
            return;
        }
        let Some(view) = self.view(index) else { return };
        for one in ready {
            let view = view.beside(&one.path);
            tokio::task::spawn_blocking(move || (one.job)(&view));
        }
    }

    fn view(&self, index: usize) -> Option<View> {
        let root = self.roots.get(index)?;
        let open = root.documents.iter().map(|(path, document)| {
            let (uri, version, edited_line) = (document.uri.clone(), document.version, document.edited_line);
            (path.clone(), Open { uri, version, edited_line })
        });
        Some(View {
            project: root.project.clone()?,
            judged: root.judged.clone()?,
            settings: self.settings,
            encoding: self.encoding,
            path: String::new(),
            root: Arc::clone(&root.uri),
            open: Arc::new(open.collect()),
            today: self.clock.today(),
        })
    }

    async fn begin_readings(&mut self) {
        for index in 0..self.roots.len() {
            let Some(root) = self.roots.get_mut(index).filter(|root| root.is_stale()) else { continue };
            if root.judged.is_none() && !root.lone {
                self.editor.begin_progress().await;
            }
            let reading = root.begin(self.clock.today());
            let (inbox, id) = (self.inbox.clone(), root.id);
            tokio::task::spawn_blocking(move || {
                // The session may be gone by now; then nobody wants to know.
                let _ = inbox.send(Message::Read { root: id, read: root::read(reading) });
            });
        }
    }

    /// Takes in a reading, shows what changed, answers who waited for it.
    async fn take(&mut self, id: u64, read: Option<Read>) {
        let Some(index) = self.roots.iter().position(|root| root.id == id) else { return };
        let Some(root) = self.roots.get_mut(index) else { return };
        root.reading = false;
        let first = root.judged.is_none();
        match read {
            Some(Read { project, judged, seen, is_fresh }) => {
                root.seen = seen;
                root.config = Some(Arc::clone(&project.config));
                if is_fresh {
                    warn(&self.editor, &project.config).await;
                }
                // Who has the waiver file open sees it there.
                let fault = judged.waiver_file_error.as_ref().map(ToString::to_string);
                let fault = fault.filter(|_| !root.documents.contains_key(config::WAIVERS));
                if let Some(fault) = fault.as_ref().filter(|_| root.told_fault != fault) {
                    self.editor.show(Lines::of(fault)).await;
                }
                root.told_fault = fault;
                (root.project, root.judged) = (Some(project), Some(judged));
            }
            None => {
                // Everything is read again at the next change; who waits now is told that it failed.
                root.seen = root.wanted;
                root.waiting.clear();
                self.editor
                    .warn(Lines::of("a reading failed; this is a fault of compline, please report it"))
                    .await;
            }
        }
        let unasked = std::mem::take(&mut root.unasked);
        if first && !root.lone {
            self.editor.end_progress().await;
        }
        if !self.pulls {
            self.publish(index).await;
        } else if unasked {
            self.editor.refresh();
        }
        self.answer(index);
    }

    /// Sends the diagnostics of the open buffers, where they are not what was sent last.
    async fn publish(&mut self, index: usize) {
        let Some(view) = self.view(index) else { return };
        let Some(root) = self.roots.get_mut(index) else { return };
        for (path, document) in &mut root.documents {
            // A buffer that has changed again waits for its own reading.
            if root.changes.contains_key(path) {
                continue;
            }
            let view = view.beside(path);
            // A fault in one file's diagnostics must not take the session along.
            let Ok(new) = catch_unwind(AssertUnwindSafe(|| diagnostics(&view))) else { continue };
            let new = (document.version, new);
            if document.shown.as_ref() != Some(&new) {
                self.editor.publish(&view, &document.uri, document.version, &new.1).await;
                document.shown = Some(new);
            }
        }
    }
}

/// Tells what of a configuration does not count: what is wrong is shown, what merely does nothing is logged.
async fn warn(editor: &Editor, config: &ResolvedConfig) {
    let (faults, others): (Vec<&Warning>, Vec<&Warning>) =
        config.warnings.iter().partition(|warning| matches!(warning, Warning::Fault(_)));
    if !faults.is_empty() {
        editor.show(Lines::from_each(faults.iter().map(|warning| warning.to_string()))).await;
    }
    for warning in others {
        editor.warn(Lines::of(warning.to_string())).await;
    }
}
