//! The protocol crate's only room. Each message becomes a [`Message`] and is queued before anything is awaited:
//! the crate runs handlers side by side, and only this keeps edits in order.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str::FromStr as _;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use compline_project::ResolvedConfig;
use compline_rules::RuleSet;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, oneshot};
use tower_lsp_server::jsonrpc::{Error, ErrorCode, Result};
pub(crate) use tower_lsp_server::ls_types as types;
use tower_lsp_server::ls_types::*;
use tower_lsp_server::{Client, LanguageServer, LspService, Server};

use compline_iac::format;
use compline_reporter::escape::{Lines, visible};

use crate::Clock;
use crate::document::{Change, Document};
use crate::feature::{self, actions, completion, explain, symbols};
use crate::position::Encoding;
use crate::session::{Begin, Message, Session};
use crate::state;
use crate::view::View;
use crate::wire::{self, ClientCapabilities};

/// Handlers that may be under way at once. A question waits for its reading, and must not keep the edits behind it
/// from being read.
const CONCURRENCY: usize = 256;

/// Serves one editor until it says `exit` or its end of the pipe closes.
pub async fn serve<I, O>(clock: Arc<dyn Clock>, version: &str, input: I, output: O)
where
    I: AsyncRead + Unpin,
    O: AsyncWrite,
{
    let (inbox, messages) = mpsc::unbounded_channel();
    let capabilities: Arc<OnceLock<ClientCapabilities>> = Arc::default();
    let mut editor = None;
    let (service, socket) = LspService::build(|client: Client| {
        editor = Some(Editor {
            client: client.clone(),
            capabilities: Arc::clone(&capabilities),
            progress: Mutex::default(),
            inbox: inbox.clone(),
        });
        Backend { inbox: inbox.clone(), capabilities, version: version.to_owned(), client }
    })
    .custom_method("compline/state", Backend::state)
    .finish();
    let Some(editor) = editor else { return };
    let session = tokio::spawn(Session::new(clock, editor, inbox).run(messages));
    Server::new(input, output, socket).concurrency_level(CONCURRENCY).serve(service).await;
    session.abort();
}

/// The editor, as the session speaks to it.
pub struct Editor {
    client: Client,
    capabilities: Arc<OnceLock<ClientCapabilities>>,
    /// Ends the progress that is shown.
    progress: Mutex<Vec<oneshot::Sender<()>>>,
    inbox: mpsc::UnboundedSender<Message>,
}

impl Editor {
    /// Sends the diagnostics of a buffer.
    pub async fn publish(
        &self,
        view: &View,
        uri: &str,
        version: i32,
        list: &[feature::diagnostics::Diagnostic],
    ) {
        let Ok(uri) = Uri::from_str(uri) else { return };
        let items = list.iter().filter_map(|one| wire::diagnostic(view, one)).collect();
        self.client.publish_diagnostics(uri, items, Some(version)).await;
    }

    /// Takes the diagnostics of a file away.
    pub async fn clear(&self, uri: &str) {
        let Ok(uri) = Uri::from_str(uri) else { return };
        self.client.publish_diagnostics(uri, Vec::new(), None).await;
    }

    pub async fn warn(&self, text: Lines) {
        self.client.log_message(MessageType::WARNING, text.to_message()).await;
    }

    /// What only the user can put right is shown, not logged.
    pub async fn show(&self, text: Lines) {
        self.client.show_message(MessageType::WARNING, text.to_message()).await;
    }

    /// Asks the editor to pull again.
    pub fn refresh(&self) {
        if self.can(|can| can.refreshes) {
            let client = self.client.clone();
            tokio::spawn(async move { client.workspace_diagnostic_refresh().await });
        }
    }

    /// The editor answers now: watch the files, ask for the settings.
    pub fn ready(&self) {
        let (client, watches) = (self.client.clone(), self.can(|can| can.watches));
        tokio::spawn(async move {
            if watches && let Err(error) = client.register_capability(vec![watchers()]).await {
                client.log_message(MessageType::WARNING, format!("files are not watched: {error}")).await;
            }
        });
        if self.can(|can| can.configuration) {
            fetch_settings(self.client.clone(), self.inbox.clone());
        }
    }

    /// Shows that a folder is being read, when it takes long enough to be noticed.
    pub async fn begin_progress(&self) {
        if !self.can(|can| can.progress) {
            return;
        }
        let (end, mut ended) = oneshot::channel();
        let mut shown = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        let token = ProgressToken::String(format!("compline-read-{}", shown.len()));
        shown.push(end);
        let client = self.client.clone();
        tokio::spawn(async move {
            if tokio::time::timeout(Duration::from_millis(300), &mut ended).await.is_ok()
                || client.create_work_done_progress(token.clone()).await.is_err()
            {
                return;
            }
            let shown = client.progress(token, "Compline: reading the workspace").begin().await;
            let _ = ended.await;
            shown.finish().await;
        });
    }

    pub async fn end_progress(&self) {
        let ended = std::mem::take(&mut *self.progress.lock().unwrap_or_else(PoisonError::into_inner));
        for end in ended {
            let _ = end.send(());
        }
    }

    fn can(&self, ability: impl Fn(&ClientCapabilities) -> bool) -> bool {
        self.capabilities.get().is_some_and(ability)
    }
}

fn watchers() -> Registration {
    // Pages of rules are Markdown; whatever else is read is in the table of formats.
    let (endings, names): (Vec<&str>, Vec<&str>) =
        format::watched().into_iter().chain(["*.md"]).partition(|name| name.starts_with("*."));
    let endings: Vec<&str> = endings.iter().filter_map(|name| name.strip_prefix("*.")).collect();
    let globs = [format!("**/*.{{{}}}", endings.join(",")), format!("**/{{{}}}", names.join(","))];
    let watchers: Vec<Value> = globs.iter().map(|glob| json!({ "globPattern": glob })).collect();
    Registration {
        id: "compline-files".to_owned(),
        method: "workspace/didChangeWatchedFiles".to_owned(),
        register_options: Some(json!({ "watchers": watchers })),
    }
}

fn fetch_settings(client: Client, inbox: mpsc::UnboundedSender<Message>) {
    tokio::spawn(async move {
        let item = ConfigurationItem { scope_uri: None, section: Some("compline".to_owned()) };
        if let Ok(sections) = client.configuration(vec![item]).await {
            let settings = wire::settings(sections.first().unwrap_or(&Value::Null));
            let _ = inbox.send(Message::Set(settings));
        }
    });
}

/// The server as the protocol crate wants it.
struct Backend {
    inbox: mpsc::UnboundedSender<Message>,
    capabilities: Arc<OnceLock<ClientCapabilities>>,
    version: String,
    client: Client,
}

impl Backend {
    /// Queues a message. The session ends only after this.
    fn tell(&self, message: Message) {
        let _ = self.inbox.send(message);
    }

    fn capabilities(&self) -> ClientCapabilities {
        self.capabilities.get().cloned().unwrap_or_default()
    }

    /// Asks about a file; `None` when it is none of ours.
    async fn ask<T: Send + 'static>(
        &self,
        uri: &str,
        feature: impl FnOnce(&View) -> T + Send + 'static,
    ) -> Result<Option<T>> {
        let (answer, answered) = oneshot::channel();
        let job = Box::new(move |view: &View| reply(answer, || feature(view)));
        self.tell(Message::Ask { uri: uri.to_owned(), job });
        wait(answered).await
    }

    /// Asks about everything that is open.
    async fn survey<T: Send + 'static>(
        &self,
        feature: impl FnOnce(&[View]) -> T + Send + 'static,
    ) -> Result<Option<T>> {
        let (answer, answered) = oneshot::channel();
        let job = Box::new(move |views: &[View]| reply(answer, || feature(views)));
        self.tell(Message::Survey { job });
        wait(answered).await
    }

    /// All that is known of the folders, once nothing is being read.
    async fn state(&self) -> Result<Value> {
        Ok(self.survey(state::state).await?.unwrap_or_default())
    }

    async fn ask_buffer<T: Send + 'static>(
        &self,
        uri: &str,
        feature: impl FnOnce(&Document, &RuleSet, Encoding) -> T + Send + 'static,
    ) -> Result<Option<T>> {
        let (answer, answered) = oneshot::channel();
        let job = Box::new(move |document: &Document, rules: &RuleSet, encoding: Encoding| {
            reply(answer, || feature(document, rules, encoding));
        });
        self.tell(Message::AskBuffer { uri: uri.to_owned(), job });
        wait(answered).await
    }
}

type Answer<T> = std::result::Result<T, ()>;

/// Answers, unless nobody waits any more; a panic becomes an error for this one question.
fn reply<T>(answer: oneshot::Sender<Answer<T>>, feature: impl FnOnce() -> T) {
    if !answer.is_closed() {
        let _ = answer.send(catch_unwind(AssertUnwindSafe(feature)).map_err(|_| ()));
    }
}

async fn wait<T>(answered: oneshot::Receiver<Answer<T>>) -> Result<Option<T>> {
    match answered.await {
        Ok(Ok(answer)) => Ok(Some(answer)),
        Ok(Err(())) => Err(failed(ErrorCode::InternalError, "a fault of compline, please report it")),
        Err(_) => Ok(None),
    }
}

fn failed(code: ErrorCode, message: impl AsRef<str>) -> Error {
    Error { code, message: visible(message.as_ref()).into_owned().into(), data: None }
}

impl LanguageServer for Backend {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        let capabilities = ClientCapabilities::of(&params);
        let encoding = capabilities.encoding.unwrap_or(Encoding::Utf16);
        let pulls = capabilities.pulls;
        #[allow(deprecated)] // Older editors name one root only.
        let folders = match params.workspace_folders {
            Some(folders) => folders.into_iter().map(|folder| folder.uri.as_str().to_owned()).collect(),
            None => params.root_uri.iter().map(|uri| uri.as_str().to_owned()).collect(),
        };
        let _ = self.capabilities.set(capabilities);
        self.tell(Message::Begin(Begin { folders, encoding, pulls }));
        Ok(InitializeResult {
            capabilities: server_capabilities(encoding, pulls),
            server_info: Some(ServerInfo {
                name: "compline".to_owned(),
                version: Some(self.version.clone()),
            }),
            ..InitializeResult::default()
        })
    }

    async fn initialized(&self, _: InitializedParams) {
        self.tell(Message::Ready);
    }

    async fn shutdown(&self) -> Result<()> {
        Ok(())
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        let TextDocumentItem { uri, language_id, version, text } = params.text_document;
        self.tell(Message::Opened { uri: uri.as_str().to_owned(), language: language_id, version, text });
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        let VersionedTextDocumentIdentifier { uri, version } = params.text_document;
        let changes = params.content_changes.into_iter();
        let changes =
            changes.map(|one| Change { range: one.range.map(wire::range_from), text: one.text }).collect();
        self.tell(Message::Changed { uri: uri.as_str().to_owned(), version, changes });
    }

    async fn did_save(&self, params: DidSaveTextDocumentParams) {
        self.tell(Message::Saved { uri: params.text_document.uri.as_str().to_owned() });
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        self.tell(Message::Closed { uri: params.text_document.uri.as_str().to_owned() });
    }

    async fn did_change_watched_files(&self, params: DidChangeWatchedFilesParams) {
        let uris = params.changes.iter().map(|change| change.uri.as_str().to_owned()).collect();
        self.tell(Message::Touched { uris });
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        // Editors that answer questions send nothing useful here, the others send everything.
        if self.capabilities().configuration {
            fetch_settings(self.client.clone(), self.inbox.clone());
        } else if let Some(section) = params.settings.get("compline") {
            self.tell(Message::Set(wire::settings(section)));
        }
    }

    async fn did_change_workspace_folders(&self, params: DidChangeWorkspaceFoldersParams) {
        let uris =
            |folders: Vec<WorkspaceFolder>| folders.iter().map(|one| one.uri.as_str().to_owned()).collect();
        let (added, removed) = (uris(params.event.added), uris(params.event.removed));
        self.tell(Message::Folders { added, removed });
    }

    async fn diagnostic(&self, params: DocumentDiagnosticParams) -> Result<DocumentDiagnosticReportResult> {
        let previous = params.previous_result_id;
        let uri = params.text_document.uri;
        let report =
            self.ask(uri.as_str(), move |view| wire::document_report(view, previous.as_deref())).await?;
        let nothing = || DocumentDiagnosticReport::Full(RelatedFullDocumentDiagnosticReport::default());
        Ok(DocumentDiagnosticReportResult::Report(report.unwrap_or_else(nothing)))
    }

    async fn workspace_diagnostic(
        &self,
        params: WorkspaceDiagnosticParams,
    ) -> Result<WorkspaceDiagnosticReportResult> {
        let previous = params.previous_result_ids;
        let report = self.survey(move |views| wire::workspace_report(views, &previous)).await?;
        Ok(WorkspaceDiagnosticReportResult::Report(report.unwrap_or_default()))
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        let TextDocumentPositionParams { text_document, position } = params.text_document_position_params;
        let at = wire::position_from(position);
        let found = self.ask(text_document.uri.as_str(), move |view| {
            feature::hover::hover(view, at).map(|found| wire::hover(view, found))
        });
        Ok(found.await?.flatten())
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        let can = self.capabilities();
        let range = wire::range_from(params.range);
        let CodeActionContext { diagnostics, only, .. } = params.context;
        let wanted = move |kind: Option<&CodeActionKind>| match (&only, kind) {
            (Some(only), Some(kind)) => only.iter().any(|one| is_kind(kind.as_str(), one.as_str())),
            // Sweeping changes are offered only to who asks for them, or asks for nothing in particular.
            _ => true,
        };
        self.ask(params.text_document.uri.as_str(), move |view| {
            let offered = actions::actions(view, range).into_iter();
            let offered = offered.filter_map(|action| wire::action(view, action, &diagnostics, &can));
            let offered = offered.filter(|action| wanted(action.kind.as_ref()));
            let worked_out = offered.filter_map(|action| match (&action.data, can.resolves_edits) {
                (Some(_), false) => resolve(view, action, &can).ok(),
                _ => Some(action),
            });
            worked_out.map(CodeActionOrCommand::CodeAction).collect()
        })
        .await
    }

    async fn code_action_resolve(&self, action: CodeAction) -> Result<CodeAction> {
        let Some(uri) = action.data.as_ref().and_then(|data| data.get("uri")).and_then(Value::as_str) else {
            return Ok(action);
        };
        let (uri, can, plain) = (uri.to_owned(), self.capabilities(), action.clone());
        match self.ask(&uri, move |view| resolve(view, action, &can)).await? {
            Some(Ok(action)) => Ok(action),
            Some(Err(why)) => {
                Err(failed(ErrorCode::ContentModified, format!("the fix is not applied: {why}")))
            }
            None => Ok(plain),
        }
    }

    async fn document_symbol(&self, params: DocumentSymbolParams) -> Result<Option<DocumentSymbolResponse>> {
        let nests = self.capabilities().nests_symbols;
        let found = self.ask(params.text_document.uri.as_str(), move |view| {
            wire::symbols(view, symbols::symbols(view), nests)
        });
        Ok(found.await?.flatten())
    }

    async fn completion(&self, params: CompletionParams) -> Result<Option<CompletionResponse>> {
        let TextDocumentPositionParams { text_document, position } = params.text_document_position;
        let at = wire::position_from(position);
        let found = self.ask_buffer(text_document.uri.as_str(), move |document, rules, encoding| {
            completion::completion(rules, document, at, encoding).into_iter().map(wire::completion).collect()
        });
        Ok(found.await?.map(CompletionResponse::Array))
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<Value>> {
        if params.command == wire::FILL {
            let given = |at: usize| params.arguments.get(at).and_then(Value::as_str).unwrap_or_default();
            let (uri, fingerprint) = (given(0).to_owned(), given(1).to_owned());
            let answer = self.ask(&uri, move |view| {
                let edits = actions::snippets(view, &fingerprint)?;
                wire::snippets(view, &edits).ok_or_else(|| "the text has changed, ask again".to_owned())
            });
            return match answer.await? {
                Some(Ok(edits)) => Ok(Some(edits)),
                Some(Err(why)) => {
                    Err(failed(ErrorCode::ContentModified, format!("the fix is not applied: {why}")))
                }
                None => Ok(None),
            };
        }
        if params.command != wire::EXPLAIN {
            return Err(failed(
                ErrorCode::InvalidParams,
                format!("there is no command `{}`", params.command),
            ));
        }
        let id = params.arguments.first().and_then(Value::as_str).unwrap_or_default().to_owned();
        let (answer, answered) = oneshot::channel();
        let wanted = id.clone();
        let job =
            Box::new(move |config: &ResolvedConfig| reply(answer, || explain::explain(config, &wanted)));
        self.tell(Message::AskConfig { job });
        match wait(answered).await?.flatten() {
            Some(page) => {
                let page = page.to_message();
                if !self.capabilities().explains {
                    self.client.show_message(MessageType::INFO, &page).await;
                }
                Ok(Some(Value::String(page)))
            }
            None => Err(failed(ErrorCode::InvalidParams, format!("there is no rule `{id}`"))),
        }
    }
}

/// Whether a kind is, or lies below, a wanted one: `source.fixAll.compline` is a `source.fixAll`.
fn is_kind(kind: &str, wanted: &str) -> bool {
    kind.strip_prefix(wanted)
        .is_some_and(|rest| wanted.is_empty() || rest.is_empty() || rest.starts_with('.'))
}

/// Works out the edits of an action that was offered without.
fn resolve(
    view: &View,
    mut action: CodeAction,
    can: &ClientCapabilities,
) -> std::result::Result<CodeAction, String> {
    let given = |key: &str| action.data.as_ref().and_then(|data| data.get(key));
    let confirm = given("confirm").and_then(Value::as_str).map(str::to_owned);
    let edits = match given("fingerprint").and_then(Value::as_str) {
        Some(fingerprint) => actions::fix_edits(view, fingerprint)?,
        None => actions::fix_all_edits(view),
    };
    let edit = wire::edit(view, &edits, confirm.as_deref(), can).ok_or("the text has changed, ask again")?;
    action.edit = Some(edit);
    Ok(action)
}

fn server_capabilities(encoding: Encoding, pulls: bool) -> ServerCapabilities {
    ServerCapabilities {
        position_encoding: Some(wire::encoding(encoding)),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            save: Some(TextDocumentSyncSaveOptions::Supported(true)),
            ..TextDocumentSyncOptions::default()
        })),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        document_symbol_provider: Some(OneOf::Left(true)),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some(vec![" ".to_owned(), "-".to_owned()]),
            ..CompletionOptions::default()
        }),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QUICKFIX, CodeActionKind::new(wire::FIX_ALL)]),
            resolve_provider: Some(true),
            ..CodeActionOptions::default()
        })),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: vec![wire::EXPLAIN.to_owned(), wire::FILL.to_owned()],
            ..ExecuteCommandOptions::default()
        }),
        diagnostic_provider: pulls.then(|| {
            DiagnosticServerCapabilities::Options(DiagnosticOptions {
                identifier: Some("compline".to_owned()),
                inter_file_dependencies: true,
                workspace_diagnostics: true,
                ..DiagnosticOptions::default()
            })
        }),
        workspace: Some(WorkspaceServerCapabilities {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(OneOf::Left(true)),
            }),
            file_operations: None,
        }),
        ..ServerCapabilities::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_error_for_who_asked_and_silence_is_nothing() {
        let (answer, answered) = oneshot::channel();
        reply::<u8>(answer, || panic!("a feature stumbles"));
        let error = wait(answered).await.expect_err("an error");
        assert_eq!(error.code, ErrorCode::InternalError);
        let (answer, answered) = oneshot::channel::<Answer<u8>>();
        drop(answer);
        assert_eq!(wait(answered).await, Ok(None));
    }

    #[test]
    fn a_kind_is_what_it_lies_below() {
        assert!(is_kind("source.fixAll.compline", "source.fixAll") && is_kind("quickfix", "quickfix"));
        assert!(!is_kind("source.fixAll", "source.fixAll.compline") && !is_kind("quickfixes", "quickfix"));
    }
}
