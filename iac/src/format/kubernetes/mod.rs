//! Kubernetes manifests → one resource per object.

mod template;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::near::is_near;
use super::{Content, Editor, FilePattern, Format, Language, Reader, Role};
use crate::inventory::{Dialect, Existence, Gap, Inventory, Mode, Resource};
use crate::kubernetes_kinds::{is_built_in, kind_of};
use crate::limits::{Grouped, Limit};
use crate::options::Options;
use crate::problem::{Gravity, Problem};
use crate::source::{Source, Span};
use crate::syntax::FileKind;
use crate::syntax::node::{Entry, Node, NodeData};
use crate::value::{Data, Map, Value, Why, WhyKind};

pub static FORMAT: Format = Format {
    name: "Kubernetes",
    files: &[
        // They are no manifests, but say which files are patches and no objects.
        FilePattern { role: Role::Notes, ..FilePattern::named("kustomization.yaml", FileKind::Data) },
        FilePattern { role: Role::Notes, ..FilePattern::named("kustomization.yml", FileKind::Data) },
        FilePattern { role: Role::Notes, ..FilePattern::named("kustomization.json", FileKind::Data) },
        FilePattern::data("*.yaml"),
        FilePattern::data("*.yml"),
        FilePattern::data("*.json"),
        FilePattern::data("*.template"),
    ],
    content: Some(Content {
        words: &[&["apiVersion", "kind"], &["apiVersion", "resources"], &["metadata", "spec"]],
        is_it: |nodes| nodes.iter().any(has_keys_of_object),
        mark: "`apiVersion` and `kind`",
    }),
    languages: &[
        Language { id: "yaml", untitled: "untitled.yaml" },
        Language { id: "json", untitled: "untitled.json" },
        Language { id: "jsonc", untitled: "untitled.json" },
    ],
    dialect: Some(Dialect::Kubernetes),
    reader: Reader::Together(read),
    editor: Editor::Data,
};

/// Reads all manifests of a workspace; `None` when no object is among the documents.
pub fn read(documents: &[(Arc<Source>, &[Node])], options: &Options) -> Option<(Inventory, Vec<Problem>)> {
    let mut reading = ManifestReader {
        patches: patches(documents),
        most: usize::try_from(options.limits.instances).unwrap_or(usize::MAX),
        ..ManifestReader::default()
    };
    for (source, nodes) in documents {
        reading.file(source, nodes);
    }
    if reading.resources.is_empty() && !reading.concerned {
        return None;
    }
    let mut inventory = Inventory::new(".", reading.resources);
    inventory.gaps = reading.gaps;
    Some((inventory, reading.problems))
}

/// Whether a document is a Kubernetes object.
pub fn is_object(node: &Node) -> bool {
    let word = |key: &str| node.get_text(key).is_some_and(|text| !text.is_empty());
    word("apiVersion") && word("kind")
}

/// Whether it is one, or was meant as one: the keys are there, whatever they hold.
fn has_keys_of_object(node: &Node) -> bool {
    let has = |key: &str| node.get(key).is_some();
    // A sign too many in a key makes it another one; it still holds a word, as no list of versions does.
    let is_near = |entry: &Entry, key: &str| entry.value.text().is_some() && is_near(&entry.key.name(), key);
    let is_meant = |key: &str| has(key) || node.entries().iter().any(|entry| is_near(entry, key));
    is_object(node)
        || is_meant("apiVersion") && is_meant("kind") && ["metadata", "spec", "items"].into_iter().any(has)
        || has("apiVersion") && has("metadata") && has("spec")
        // Other tools have a `kind`, a `metadata` and a `spec` as well, and a version under a name of their own.
        || has("kind") && has("metadata") && has("spec") && is_of_kubernetes(node)
}

/// Whether the kind of what has no `apiVersion` is one of Kubernetes' own, or none that could be told from one.
fn is_of_kubernetes(node: &Node) -> bool {
    match node.get_text("kind") {
        Some(kind) => is_built_in(kind) || !(is_whole(kind) && node.get("version").is_some()),
        None => true,
    }
}

/// Whether a kind or a version is written as they all are.
fn is_whole(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte))
}

#[derive(Default)]
struct ManifestReader {
    resources: Vec<Resource>,
    gaps: Vec<Gap>,
    problems: Vec<Problem>,
    addresses: HashMap<String, usize>,
    /// Files that kustomizations name as patches: parts of objects, not objects.
    patches: HashSet<String>,
    /// Objects that are read.
    most: usize,
    /// Files of which more are left out than is read.
    cut: HashSet<Arc<str>>,
    /// The parts of the document being read that another tool fills in.
    filled: HashSet<Span>,
    /// Something of Kubernetes was there, though nothing was read.
    concerned: bool,
}

impl ManifestReader {
    fn file(&mut self, source: &Source, nodes: &[Node]) {
        let is_ours = nodes.iter().any(has_keys_of_object) || source.text.contains("apiVersion:");
        let is_patch = self.patches.contains(&*source.path);
        let (mut is_told, mut open) = (false, 0);
        for node in nodes {
            let filled = template::filled_in(source, node);
            if let Some(filled) = &filled {
                if filled.first.is_some() {
                    open += template::open_blocks(source.slice(node.span));
                }
                let first = filled.first.unwrap_or(node.span);
                if is_ours && filled.is_rendered && !std::mem::replace(&mut is_told, true) {
                    self.concerned = true;
                    // A text that does not even parse was told of when it was read.
                    if !template::is_lost(node) {
                        let help = "judge the output of `helm template` instead";
                        self.note(source, first, "a template is not a manifest; render it first", help);
                    }
                    self.gap(source, first, "a template is not rendered");
                }
                // What is filled in is not known; what stands around it is.
                if template::is_lost(node) || !filled.leaves_kind(node) {
                    continue;
                }
            }
            self.filled = filled.map(|filled| filled.spans).unwrap_or_default();
            if has_keys_of_object(node) && is_patch {
                if !std::mem::replace(&mut is_told, true) {
                    let help = "judge the output of `kubectl kustomize` instead";
                    let message = "a patch is not an object; render its kustomization first";
                    self.note(source, node.span, message, help);
                }
            } else if has_keys_of_object(node) {
                let first = self.resources.len();
                self.object(source, node, None);
                if open > 0 {
                    let why = Why::new(WhyKind::Function, "a template decides whether it is there");
                    let written = self.resources.iter_mut().skip(first);
                    written.for_each(|one| one.existence = Existence::Possible(Arc::clone(&why)));
                }
            }
        }
    }

    /// What is meant as an object and is none.
    fn lose(&mut self, source: &Source, node: &Node, message: &str) {
        self.concerned = true;
        // What could not be parsed was told of when it was read.
        let is_broken = |key: &str| node.get(key).is_some_and(|value| value.broken);
        if !(node.broken || is_broken("apiVersion") || is_broken("kind")) {
            let span = Some(node.first_key().unwrap_or(node.span));
            let help = Some("give it an `apiVersion` and a `kind`, each a text".to_owned());
            let path = Arc::clone(&source.path);
            let message = message.to_owned();
            self.problems.push(Problem { gravity: Gravity::Loss, path, span, message, help });
        }
        let why = Why::new(WhyKind::Error, "an object could not be read");
        let gap = Gap { what: Arc::clone(&source.path), why, span: Some(node.span), refers: Vec::new() };
        self.gaps.push(gap);
    }

    fn note(&mut self, source: &Source, span: Span, message: &str, help: &str) {
        let span = Span { end: span.end.min(span.start + 80), ..span };
        let path = Arc::clone(&source.path);
        let (message, help) = (message.to_owned(), Some(help.to_owned()));
        self.problems.push(Problem { gravity: Gravity::Note, path, span: Some(span), message, help });
    }

    /// Tells, once for each file, that an object is one too many.
    fn cut(&mut self, source: &Source, node: &Node) {
        if !self.cut.insert(Arc::clone(&source.path)) {
            return;
        }
        let message = format!(
            "stopped at {} objects: the rest of the manifests is left out",
            Grouped(u64::try_from(self.most).unwrap_or(u64::MAX))
        );
        let path = Arc::clone(&source.path);
        let help = Some(Limit::Instances.help());
        let span = Span { end: node.span.end.min(node.span.start + 80), ..node.span };
        self.problems.push(Problem { gravity: Gravity::Loss, path, span: Some(span), message, help });
        self.gap(source, span, "there are more objects than one run looks at");
    }

    fn gap(&mut self, source: &Source, span: Span, why: &str) {
        self.gaps.push(Gap {
            what: Arc::clone(&source.path),
            why: Why::new(WhyKind::Outside, why),
            span: Some(span),
            refers: Vec::new(),
        });
    }

    /// The object with room for the fields that it or its `spec` was meant to have, where a name of theirs can be none.
    fn odd_fields(&mut self, source: &Source, node: &Node, with_spec: bool) -> Option<Node> {
        let is_odd = |entry: &&Entry| {
            let name = entry.key.name();
            !(name.is_empty() || is_whole(&name) || name.starts_with('$') || name.contains("{{"))
        };
        let spec = node.get("spec").filter(|_| with_spec).map(Node::entries).unwrap_or_default();
        let odd: Vec<&Entry> = node.entries().iter().chain(spec).filter(is_odd).collect();
        if odd.is_empty() {
            return None;
        }
        for entry in odd {
            self.problems.push(Problem {
                gravity: Gravity::Loss,
                path: Arc::clone(&source.path),
                span: Some(entry.key.span),
                message: format!(
                    "`{}` is no name of a field, and what it holds is not read",
                    entry.key.name()
                ),
                help: Some("names of fields are of letters and digits".to_owned()),
            });
        }
        let open = |entry: &Entry| match &*entry.key.name() {
            "spec" => Entry { value: Node { broken: true, ..entry.value.clone() }, ..entry.clone() },
            _ => entry.clone(),
        };
        let entries: Vec<Entry> = node.entries().iter().map(open).collect();
        Some(Node { broken: true, data: NodeData::Mapping(entries.into()), ..node.clone() })
    }

    /// An object, or the objects of a list; `kind` is what a typed list says of its items.
    fn object(&mut self, source: &Source, node: &Node, kind: Option<(&str, &str)>) {
        let version = node.get_text("apiVersion").map(|text| &**text).or(kind.map(|(version, _)| version));
        let written = node.get_text("kind").map(|text| &**text).or(kind.map(|(_, kind)| kind));
        let (Some(version), Some(written)) =
            (version.filter(|version| !version.is_empty()), written.filter(|written| !written.is_empty()))
        else {
            self.lose(source, node, "an object without an `apiVersion` and a `kind` is left out");
            return;
        };
        if !(is_whole(version) && is_whole(written)) {
            self.lose(source, node, "an object whose `apiVersion` or `kind` is none is left out");
            return;
        }
        if version.starts_with("kustomize.config.k8s.io") {
            self.concerned = true;
            let help = "judge the output of `kubectl kustomize` instead";
            self.note(source, node.span, "a kustomization is not judged; render it first", help);
            self.gap(source, node.span, "a kustomization changes objects when it is rendered");
            return;
        }
        if let Some(items) =
            node.get("items").filter(|items| written.ends_with("List") && items.is_sequence())
        {
            let item = written.strip_suffix("List").unwrap_or("");
            for node in items.items() {
                self.object(source, node, Some((version, item)).filter(|_| !item.is_empty()));
            }
            return;
        }
        if self.resources.len() >= self.most {
            self.cut(source, node);
            return;
        }
        let metadata = node.get("metadata");
        let text =
            |key: &str| metadata.and_then(|metadata| metadata.get_text(key)).filter(|text| !text.is_empty());
        let namespace = text("namespace").map_or("default", |text| text);
        // A name that is filled in whole reads as a mapping.
        let written_name = metadata.and_then(|metadata| metadata.get("name"));
        let filled_name = written_name.filter(|name| self.filled.contains(&name.span));
        let name = match (text("name"), text("generateName")) {
            (Some(name), _) => name.to_string(),
            _ if filled_name.is_some() => filled_name.map_or("", |name| source.slice(name.span)).to_owned(),
            (None, Some(start)) => format!("{start}*"),
            (None, None) => "(unnamed)".to_owned(),
        };
        let kind = kind_of(version, written);
        let header = node.entry("kind").map(|entry| entry.key.span.start..entry.value.span.end);
        let header =
            header.map_or(node.span, |range| Span { start: range.start, end: range.end, ..node.span });
        let opening = node.first_key();
        let group = version.split_once('/').map_or("", |(group, _)| group);
        // What stands in the `spec` of another project's kind is that project's.
        let of_kubernetes = !group.contains('.') || group.ends_with(".k8s.io");
        let spec = node.get("spec").filter(|spec| of_kubernetes && !(spec.is_mapping() || spec.broken));
        if let Some(spec) = spec.filter(|spec| !spec.is_null()) {
            self.problems.push(Problem {
                gravity: Gravity::Loss,
                path: Arc::clone(&source.path),
                span: Some(spec.place()),
                message: "`spec` is no mapping, and nothing of it is read".to_owned(),
                help: Some("write each field as a key with a colon".to_owned()),
            });
        }
        let odd = self.odd_fields(source, node, of_kubernetes);
        let mut body = odd.as_ref().unwrap_or(node).to_value(opening);
        if !self.filled.is_empty() {
            template::mask(&mut body, &self.filled);
        }
        if matches!(&*kind, "Secret") {
            hide(&mut body);
        }
        let address = self.unique(source, format!("{kind}/{namespace}/{name}"));
        self.resources.push(Resource {
            address,
            kind,
            name: Arc::from(name),
            dialect: Dialect::Kubernetes,
            mode: Mode::Managed,
            body,
            outer: None,
            header,
            span: node.span,
            existence: Existence::Certain,
            scope: Arc::from(""),
            calls: Vec::new(),
        });
    }

    /// The same object may be written in several files (overlays, environments): the later ones say where.
    fn unique(&mut self, source: &Source, address: String) -> Arc<str> {
        let count = |addresses: &mut HashMap<String, usize>, key: String| {
            let count = addresses.entry(key).or_insert(0);
            *count += 1;
            *count
        };
        if count(&mut self.addresses, address.clone()) == 1 {
            return Arc::from(address);
        }
        let address = format!("{address}@{}", source.path);
        match count(&mut self.addresses, address.clone()) {
            1 => Arc::from(address),
            nth => Arc::from(format!("{address}#{nth}")),
        }
    }
}

/// What a secret holds is shown by its length only.
fn hide(body: &mut Value) {
    let Data::Map(map) = &body.data else { return };
    let mut entries = map.entries.clone();
    for key in ["data", "stringData"] {
        if let Some(value) = entries.get_mut(key)
            && let Data::Map(inner) = &value.data
        {
            let mut hidden = Map::clone(inner);
            hidden.entries.values_mut().for_each(|value| value.sensitive = true);
            value.data = Data::Map(Arc::new(hidden));
        }
    }
    body.data = Data::Map(Arc::new(Map { entries, ..Map::clone(map) }));
}

/// The files that kustomizations name as patches.
fn patches(documents: &[(Arc<Source>, &[Node])]) -> HashSet<String> {
    let mut patches = HashSet::new();
    for (source, nodes) in documents {
        let directory = source.path.rsplit_once('/').map_or("", |(directory, _)| directory);
        let kustomization = |node: &&Node| {
            let version = node.get_text("apiVersion");
            let file = source.path.rsplit('/').next().unwrap_or("");
            version.is_some_and(|version| version.starts_with("kustomize.config.k8s.io"))
                || (version.is_none()
                    && matches!(file, "kustomization.yaml" | "kustomization.yml" | "Kustomization"))
        };
        for node in nodes.iter().filter(kustomization) {
            for key in ["patches", "patchesStrategicMerge", "patchesJson6902"] {
                let items = node.get(key).map(Node::items).unwrap_or_default();
                let paths = items.iter().filter_map(|item| item.text().or_else(|| item.get_text("path")));
                patches
                    .extend(paths.filter(|path| !path.contains('\n')).map(|path| resolve(directory, path)));
            }
        }
    }
    patches
}

/// A path as written in a file of this directory.
fn resolve(directory: &str, path: &str) -> String {
    let mut parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}
