//! Our plain data ↔ the protocol's types.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::str::FromStr as _;

use compline_iac::edit::TextEdit;
use compline_reporter::escape::markdown::Page;
use compline_reporter::escape::{visible, visible_prose};
use compline_rules::Severity;
use serde_json::{Value, json};

use crate::feature::actions::{Action, ActionEffect, Kind};
use crate::feature::completion::Proposal;
use crate::feature::diagnostics::{About, Diagnostic, Level, diagnostics};
use crate::feature::hover::Hover;
use crate::feature::symbols::Symbol;
use crate::place;
use crate::position::{Encoding, Position, Range};
use crate::server::types as lsp;
use crate::settings::Settings;
use crate::view::View;

/// The kind of our "fix all".
pub const FIX_ALL: &str = "source.fixAll.compline";

/// The command behind "explain".
pub const EXPLAIN: &str = "compline.explain";

/// The command behind a fix that leaves something to be chosen. Its answer is for editors that announce `snippets`.
pub const FILL: &str = "compline.fix";

/// What the editor can do, as far as we ask.
#[derive(Debug, Clone, Default)]
pub struct ClientCapabilities {
    pub encoding: Option<Encoding>,
    pub pulls: bool,
    pub refreshes: bool,
    pub resolves_edits: bool,
    pub versioned_edits: bool,
    pub annotates: bool,
    pub nests_symbols: bool,
    pub progress: bool,
    pub configuration: bool,
    pub watches: bool,
    /// It shows the answer of the explain command itself.
    pub explains: bool,
    /// It writes the answer of the fix command as snippets.
    pub snippets: bool,
}

impl ClientCapabilities {
    pub fn of(params: &lsp::InitializeParams) -> Self {
        let announced = serde_json::to_value(&params.capabilities).unwrap_or_default();
        let has = |path: &str| announced.pointer(path).is_some_and(|value| !value.is_null());
        let can = |path: &str| announced.pointer(path).and_then(Value::as_bool).unwrap_or(false);
        let lists = |path: &str, word: &str| {
            let list = announced.pointer(path).and_then(Value::as_array);
            list.is_some_and(|list| list.iter().any(|one| one.as_str() == Some(word)))
        };
        let option = |name: &str| {
            let options = params.initialization_options.as_ref();
            options.and_then(|options| options.get(name)).and_then(Value::as_bool).unwrap_or(false)
        };
        let encodings = "/general/positionEncodings";
        // Bytes are what we count in; sixteen-bit units are what an editor means that says nothing.
        let encoding = [("utf-8", Encoding::Utf8), ("utf-16", Encoding::Utf16), ("utf-32", Encoding::Utf32)]
            .into_iter()
            .find(|(word, _)| lists(encodings, word))
            .map(|(_, encoding)| encoding);
        Self {
            encoding,
            pulls: has("/textDocument/diagnostic"),
            refreshes: can("/workspace/diagnostics/refreshSupport"),
            resolves_edits: can("/textDocument/codeAction/dataSupport")
                && lists("/textDocument/codeAction/resolveSupport/properties", "edit"),
            versioned_edits: can("/workspace/workspaceEdit/documentChanges"),
            annotates: can("/workspace/workspaceEdit/documentChanges")
                && can("/textDocument/codeAction/honorsChangeAnnotations")
                && has("/workspace/workspaceEdit/changeAnnotationSupport"),
            nests_symbols: can("/textDocument/documentSymbol/hierarchicalDocumentSymbolSupport"),
            progress: can("/window/workDoneProgress"),
            configuration: can("/workspace/configuration"),
            watches: can("/workspace/didChangeWatchedFiles/dynamicRegistration"),
            explains: option("explain"),
            snippets: option("snippets"),
        }
    }
}

pub fn encoding(encoding: Encoding) -> lsp::PositionEncodingKind {
    match encoding {
        Encoding::Utf8 => lsp::PositionEncodingKind::UTF8,
        Encoding::Utf16 => lsp::PositionEncodingKind::UTF16,
        Encoding::Utf32 => lsp::PositionEncodingKind::UTF32,
    }
}

/// What the user set, of the section `compline`; what is missing or wrong keeps its default.
pub fn settings(section: &Value) -> Settings {
    let default = Settings::default();
    Settings {
        unknowns: section.get("unknowns").and_then(Value::as_bool).unwrap_or(default.unknowns),
        threshold: match section.get("threshold").and_then(Value::as_str) {
            Some("critical") => Severity::Critical,
            Some("high") => Severity::High,
            Some("medium") => Severity::Medium,
            _ => default.threshold,
        },
    }
}

pub fn position_from(position: lsp::Position) -> Position {
    Position { line: position.line, character: position.character }
}

pub fn range_from(range: lsp::Range) -> Range {
    Range { start: position_from(range.start), end: position_from(range.end) }
}

pub fn range(range: Range) -> lsp::Range {
    let position = |position: Position| lsp::Position { line: position.line, character: position.character };
    lsp::Range { start: position(range.start), end: position(range.end) }
}

/// The diagnostics of the view's file, as sent.
pub fn all_diagnostics(view: &View) -> Vec<lsp::Diagnostic> {
    diagnostics(view).iter().filter_map(|one| diagnostic(view, one)).collect()
}

pub fn diagnostic(view: &View, one: &Diagnostic) -> Option<lsp::Diagnostic> {
    let related = one.related.iter().filter_map(|(span, text)| {
        let uri = lsp::Uri::from_str(&view.uri(&view.source(*span)?.path)).ok()?;
        let location = lsp::Location { uri, range: range(view.range(*span)?) };
        Some(lsp::DiagnosticRelatedInformation { location, message: visible(text).into_owned() })
    });
    let related: Vec<_> = related.collect();
    let href = one.link.as_deref().and_then(|link| lsp::Uri::from_str(link).ok());
    Some(lsp::Diagnostic {
        range: range(view.range(one.span)?),
        severity: Some(match one.level {
            Level::Error => lsp::DiagnosticSeverity::ERROR,
            Level::Warning => lsp::DiagnosticSeverity::WARNING,
            Level::Information => lsp::DiagnosticSeverity::INFORMATION,
            Level::Hint => lsp::DiagnosticSeverity::HINT,
        }),
        code: one.code.clone().map(lsp::NumberOrString::String),
        code_description: href.map(|href| lsp::CodeDescription { href }),
        source: Some("compline".to_owned()),
        message: one.message.to_message(),
        related_information: (!related.is_empty()).then_some(related),
        tags: None,
        data: one.about.as_ref().map(|about| {
            let version = view.open.get(&view.path).map(|open| open.version);
            json!({
                "rule": about.rule,
                "address": about.address,
                "root": about.root,
                "fingerprint": about.fingerprint,
                "version": version,
            })
        }),
    })
}

/// Names a list of diagnostics: two lists with one name are equal. The version they were made at does not count.
pub fn result_id(items: &[lsp::Diagnostic]) -> String {
    let mut hasher = DefaultHasher::new();
    for item in items {
        let mut plain = item.clone();
        if let Some(data) = plain.data.as_mut().and_then(Value::as_object_mut) {
            data.remove("version");
        }
        serde_json::to_string(&plain).unwrap_or_default().hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}

/// The answer to a pull for one file.
pub fn document_report(view: &View, previous: Option<&str>) -> lsp::DocumentDiagnosticReport {
    let items = all_diagnostics(view);
    let id = result_id(&items);
    if previous == Some(&id) {
        return lsp::DocumentDiagnosticReport::Unchanged(lsp::RelatedUnchangedDocumentDiagnosticReport {
            related_documents: None,
            unchanged_document_diagnostic_report: lsp::UnchangedDocumentDiagnosticReport { result_id: id },
        });
    }
    lsp::DocumentDiagnosticReport::Full(lsp::RelatedFullDocumentDiagnosticReport {
        related_documents: None,
        full_document_diagnostic_report: lsp::FullDocumentDiagnosticReport { result_id: Some(id), items },
    })
}

/// The answer to a pull for everything: full where something changed, empty where nothing is left.
pub fn workspace_report(
    views: &[View],
    previous: &[lsp::PreviousResultId],
) -> lsp::WorkspaceDiagnosticReport {
    let key = |uri: &str| place::path_of(uri).unwrap_or_else(|| uri.to_owned());
    let mut before: HashMap<String, &lsp::PreviousResultId> =
        previous.iter().map(|one| (key(one.uri.as_str()), one)).collect();
    let mut items = Vec::new();
    let mut push =
        |uri: lsp::Uri, version: Option<i64>, found: Vec<lsp::Diagnostic>, previous: Option<&str>| {
            let id = result_id(&found);
            items.push(if previous == Some(&id) {
                lsp::WorkspaceDocumentDiagnosticReport::Unchanged(
                    lsp::WorkspaceUnchangedDocumentDiagnosticReport {
                        uri,
                        version,
                        unchanged_document_diagnostic_report: lsp::UnchangedDocumentDiagnosticReport {
                            result_id: id,
                        },
                    },
                )
            } else {
                lsp::WorkspaceDocumentDiagnosticReport::Full(lsp::WorkspaceFullDocumentDiagnosticReport {
                    uri,
                    version,
                    full_document_diagnostic_report: lsp::FullDocumentDiagnosticReport {
                        result_id: Some(id),
                        items: found,
                    },
                })
            });
        };
    for view in views {
        for document in view.project.snapshot.documents() {
            let view = view.beside(&document.source.path);
            let found = all_diagnostics(&view);
            let uri = view.uri(&document.source.path);
            let earlier = before.remove(&key(&uri));
            if found.is_empty() && earlier.is_none() {
                continue;
            }
            let Ok(uri) = lsp::Uri::from_str(&uri) else { continue };
            let version = view.open.get(&*document.source.path).map(|open| i64::from(open.version));
            push(uri, version, found, earlier.map(|one| one.value.as_str()));
        }
    }
    for gone in before.into_values() {
        push(gone.uri.clone(), None, Vec::new(), Some(&gone.value));
    }
    lsp::WorkspaceDiagnosticReport { items }
}

pub fn hover(view: &View, hover: Hover) -> lsp::Hover {
    let contents = lsp::MarkupContent { kind: lsp::MarkupKind::Markdown, value: hover.markdown.to_message() };
    lsp::Hover { contents: lsp::HoverContents::Markup(contents), range: view.range(hover.span).map(range) }
}

pub fn completion(proposal: Proposal) -> lsp::CompletionItem {
    let mut page = Page::default();
    page.prose(&proposal.prose);
    let value = page.to_message();
    let prose = lsp::MarkupContent { kind: lsp::MarkupKind::Markdown, value };
    lsp::CompletionItem {
        label: visible(&proposal.id).into_owned(),
        kind: Some(lsp::CompletionItemKind::VALUE),
        detail: Some(visible_prose(&proposal.title).into_owned()),
        documentation: Some(lsp::Documentation::MarkupContent(prose)),
        filter_text: Some(proposal.id.clone()),
        text_edit: Some(lsp::CompletionTextEdit::Edit(lsp::TextEdit {
            range: range(proposal.range),
            new_text: proposal.id,
        })),
        ..lsp::CompletionItem::default()
    }
}

/// Nested symbols where the editor knows them, else a flat list.
#[allow(deprecated)] // The types want their deprecated fields named.
pub fn symbols(view: &View, symbols: Vec<Symbol>, nests: bool) -> Option<lsp::DocumentSymbolResponse> {
    let kind = lsp::SymbolKind::OBJECT;
    if nests {
        let nested = symbols.into_iter().filter_map(|symbol| {
            Some(lsp::DocumentSymbol {
                name: visible(&symbol.name).into_owned(),
                detail: Some(symbol.detail).filter(|detail| !detail.is_empty()),
                kind,
                tags: None,
                deprecated: None,
                range: range(view.range(symbol.span)?),
                selection_range: range(view.range(symbol.header)?),
                children: None,
            })
        });
        return Some(lsp::DocumentSymbolResponse::Nested(nested.collect()));
    }
    let uri = lsp::Uri::from_str(&view.uri(&view.path)).ok()?;
    let flat = symbols.into_iter().filter_map(|symbol| {
        let location = lsp::Location { uri: uri.clone(), range: range(view.range(symbol.span)?) };
        let (tags, deprecated, container_name) = (None, None, None);
        let name = visible(&symbol.name).into_owned();
        Some(lsp::SymbolInformation { name, kind, tags, deprecated, location, container_name })
    });
    Some(lsp::DocumentSymbolResponse::Flat(flat.collect()))
}

/// An action as sent; `sent` are the diagnostics the editor asked about.
pub fn action(
    view: &View,
    action: Action,
    sent: &[lsp::Diagnostic],
    can: &ClientCapabilities,
) -> Option<lsp::CodeAction> {
    let about = action.about.as_ref();
    let same = |one: &&lsp::Diagnostic| {
        let print = one.data.as_ref().and_then(|data| data.get("fingerprint")).and_then(Value::as_str);
        about.is_some_and(|about| print == Some(&about.fingerprint))
    };
    let solved: Vec<lsp::Diagnostic> = sent.iter().filter(same).cloned().collect();
    let mut out = lsp::CodeAction {
        title: visible(&action.title).into_owned(),
        kind: Some(match action.kind {
            Kind::QuickFix => lsp::CodeActionKind::QUICKFIX,
            Kind::FixAll => lsp::CodeActionKind::new(FIX_ALL),
        }),
        diagnostics: (!solved.is_empty()).then_some(solved),
        is_preferred: action.preferred.then_some(true),
        ..lsp::CodeAction::default()
    };
    let uri = view.uri(&view.path);
    match action.effect {
        ActionEffect::Edit(edits) => out.edit = Some(edit(view, &edits, None, can)?),
        ActionEffect::Fix { confirm } => {
            let About { fingerprint, .. } = about?;
            out.data = Some(json!({ "uri": uri, "fingerprint": fingerprint, "confirm": confirm }));
        }
        ActionEffect::Choose => {
            if !can.snippets {
                return None;
            }
            let arguments = vec![json!(uri), json!(about?.fingerprint)];
            let (title, command) = (out.title.clone(), FILL.to_owned());
            out.command = Some(lsp::Command { title, command, arguments: Some(arguments) });
        }
        ActionEffect::FixAll => out.data = Some(json!({ "uri": uri, "all": true })),
        ActionEffect::Explain(rule) => {
            let arguments = Some(vec![Value::String(rule)]);
            out.command =
                Some(lsp::Command { title: out.title.clone(), command: EXPLAIN.to_owned(), arguments });
        }
    }
    Some(out)
}

/// The edits of a fix with places to fill in: the file with its version, ranges and snippets.
pub fn snippets(view: &View, edits: &[(TextEdit, String)]) -> Option<Value> {
    let source = view.source(edits.first()?.0.span)?;
    let one = |(edit, snippet): &(TextEdit, String)| {
        Some(json!({ "range": range(view.range(edit.span)?), "snippet": snippet }))
    };
    let version = view.open.get(&*source.path).map(|open| open.version);
    let edits = edits.iter().map(one).collect::<Option<Vec<_>>>()?;
    Some(json!({ "uri": view.uri(&source.path), "version": version, "edits": edits }))
}

/// Edits as sent: with versions where the editor checks them, with a question where it asks.
pub fn edit(
    view: &View,
    edits: &[TextEdit],
    confirm: Option<&str>,
    can: &ClientCapabilities,
) -> Option<lsp::WorkspaceEdit> {
    let mut by_file: HashMap<&str, Vec<lsp::TextEdit>> = HashMap::new();
    for edit in edits {
        let source = view.source(edit.span)?;
        let one = lsp::TextEdit { range: range(view.range(edit.span)?), new_text: edit.text.clone() };
        by_file.entry(&source.path).or_default().push(one);
    }
    let mut out = lsp::WorkspaceEdit::default();
    if !can.versioned_edits {
        let changes =
            by_file.into_iter().map(|(path, edits)| Some((lsp::Uri::from_str(&view.uri(path)).ok()?, edits)));
        out.changes = Some(changes.collect::<Option<_>>()?);
        return Some(out);
    }
    let asks = confirm.filter(|_| can.annotates);
    let mut documents = Vec::new();
    for (path, edits) in by_file {
        let version = view.open.get(path).map(|open| open.version);
        let uri = lsp::Uri::from_str(&view.uri(path)).ok()?;
        let edits = edits.into_iter().map(|text_edit| match asks {
            Some(_) => {
                lsp::OneOf::Right(lsp::AnnotatedTextEdit { text_edit, annotation_id: "unsafe".to_owned() })
            }
            None => lsp::OneOf::Left(text_edit),
        });
        let text_document = lsp::OptionalVersionedTextDocumentIdentifier { uri, version };
        documents.push(lsp::TextDocumentEdit { text_document, edits: edits.collect() });
    }
    out.document_changes = Some(lsp::DocumentChanges::Edits(documents));
    out.change_annotations = asks.map(|why| {
        let annotation = lsp::ChangeAnnotation {
            label: why.to_owned(),
            needs_confirmation: Some(true),
            description: None,
        };
        HashMap::from([("unsafe".to_owned(), annotation)])
    });
    Some(out)
}
