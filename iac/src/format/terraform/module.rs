//! Modules as they are written: the files of a directory, indexed, with overrides laid over them; and where
//! the modules they call live.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::known::{self, KnownModule};
use crate::hashing::{QuickIndexMap, QuickMap};
use crate::problem::Gravity;
use crate::source::{Source, Sources, Span};
use crate::syntax::hcl::{self, Attribute, Block, Body, Item, Kind};

/// A declared thing and the override blocks that are laid over it.
#[derive(Debug, Clone)]
pub struct Declared<'a> {
    pub block: &'a Block,
    pub overrides: Vec<&'a Block>,
}

/// The contents of one directory.
#[derive(Debug, Default)]
pub struct Module<'a> {
    pub directory: Arc<str>,
    pub variables: QuickIndexMap<&'a str, Declared<'a>>,
    pub locals: QuickMap<&'a str, &'a Attribute>,
    pub outputs: QuickIndexMap<&'a str, Declared<'a>>,
    /// Managed resources and data sources, by kind and name.
    pub resources: QuickIndexMap<(bool, &'a str, &'a str), Declared<'a>>,
    pub calls: QuickIndexMap<&'a str, Declared<'a>>,
    pub providers: Vec<&'a Block>,
    pub terraform: Vec<&'a Block>,
    /// Blocks that repeat another's name, or lack one; with whether anything is lost by it.
    pub invalid_blocks: Vec<(Gravity, Span, String)>,
    /// Files of which a part, or all, could not be read.
    pub partially_parsed: Vec<Arc<str>>,
    /// It is not here, and this is what a table says of it.
    pub known: Option<&'a KnownModule>,
}

/// The modules that a root reaches, by directory.
#[derive(Debug)]
pub struct Library<'a> {
    pub modules: &'a BTreeMap<String, Module<'a>>,
    pub locator: Locator,
}

/// Where `terraform init` put the modules that are no local directories: `vpc.subnets` → directory.
#[derive(Debug, Default, Clone)]
pub struct Locator {
    installed: HashMap<String, String>,
    /// What the user said: the name or source of a module, and its directory.
    named: Vec<(String, String)>,
}

impl Locator {
    /// Reads `.terraform/modules/modules.json` of a root module; what the user named counts before it.
    pub fn read(root: &str, sources: &dyn Sources, named: &[(String, String)]) -> Self {
        let mut installed = HashMap::new();
        let manifest = join(root, ".terraform/modules/modules.json").unwrap_or_default();
        if sources.is_file(&manifest)
            && let Ok(text) = sources.read(&manifest)
            && let Ok(json) = serde_json::from_str::<serde_json::Value>(&text)
        {
            for module in json.get("Modules").and_then(|modules| modules.as_array()).into_iter().flatten() {
                let text = |name: &str| module.get(name).and_then(|value| value.as_str());
                if let (Some(key), Some(directory)) = (text("Key"), text("Dir"))
                    && let Some(directory) = join(root, directory)
                {
                    installed.insert(key.to_owned(), directory);
                }
            }
        }
        Self { installed, named: named.to_vec() }
    }

    /// Without what `terraform init` installed.
    pub fn named_only(named: &[(String, String)]) -> Self {
        Self { installed: HashMap::new(), named: named.to_vec() }
    }

    /// The directory of the module that `caller` calls by this source; `key` is the dotted path of call names. Of a
    /// module that is not here and that a table describes, the name by which [`known::module`] has it.
    ///
    /// # Errors
    /// Why there is none, as a clause.
    pub fn locate(&self, caller: &str, source: &str, key: &str) -> Result<String, String> {
        if let Some(directory) = self.named(source, key) {
            return join("", &directory).ok_or_else(|| {
                format!("the directory `{directory}` named for `{source}` lies outside of the workspace")
            });
        }
        if is_local(source) && !known::is_known(caller) {
            return join(caller, source)
                .ok_or_else(|| format!("the module `{source}` lies outside of the workspace"));
        }
        let here = self.installed.get(key).cloned().or_else(|| known::directory_of(caller, source));
        here.ok_or_else(|| format!("the module `{source}` is not downloaded"))
    }

    /// The directory named for a call's dotted path, its own name, or its source, with or without version and
    /// directory within.
    fn named(&self, source: &str, key: &str) -> Option<String> {
        let name = key.rsplit('.').next().unwrap_or(key);
        let plain = source.split('?').next().unwrap_or(source);
        let exact = |wanted: &str| self.named.iter().rev().find(|(given, _)| given == wanted);
        if let Some((_, directory)) = [key, name, source, plain].into_iter().find_map(exact) {
            return Some(directory.clone());
        }
        // `a/b//modules/c` lies in `modules/c` of what `a/b` is.
        let scheme = plain.find("://").map_or(0, |at| at + 3);
        let at = scheme + plain.get(scheme..)?.find("//")?;
        let (_, directory) = exact(plain.get(..at)?)?;
        Some(format!("{}/{}", directory.trim_end_matches('/'), plain.get(at + 2..)?))
    }
}

impl<'a> Module<'a> {
    /// Indexes the bodies of a directory's files, given in the order of their names.
    pub fn new(directory: &str, files: impl IntoIterator<Item = (&'a str, &'a Body)>) -> Self {
        let mut module = Self { directory: directory.into(), ..Self::default() };
        let files: Vec<(&str, &Body)> = files.into_iter().collect();
        module
            .partially_parsed
            .extend(files.iter().filter(|(_, body)| body.broken).map(|(name, _)| Arc::from(*name)));
        let (overrides, plain): (Vec<_>, Vec<_>) = files.into_iter().partition(|(name, _)| is_override(name));
        for (_, body) in plain {
            for block in body.blocks() {
                module.add(block);
            }
        }
        for (_, body) in overrides {
            for block in body.blocks() {
                module.lay_over(block);
            }
        }
        module
    }

    /// A module that is not here, as its table describes it.
    pub fn of_known(directory: &str, known: &'static KnownModule) -> Self {
        Self { known: Some(known), ..Self::new(directory, [("main.tf", &known.body)]) }
    }

    fn add(&mut self, block: &'a Block) {
        let labels: Vec<&'a str> = block.labels.iter().map(|label| &*label.text).collect();
        let declared = Declared { block, overrides: Vec::new() };
        let first = match (&*block.kind, labels.as_slice()) {
            ("variable", [name]) => self.variables.insert_if_absent(name, declared),
            ("output", [name]) => self.outputs.insert_if_absent(name, declared),
            ("module", [name]) => self.calls.insert_if_absent(name, declared),
            ("resource", [kind, name]) => self.resources.insert_if_absent((false, kind, name), declared),
            ("data", [kind, name]) => self.resources.insert_if_absent((true, kind, name), declared),
            ("locals", []) => {
                for attribute in block.body.attributes() {
                    if self.locals.contains_key(&*attribute.name) {
                        let message = format!("the local value `{}` is declared twice", attribute.name);
                        self.invalid_blocks.push((Gravity::Loss, attribute.name_span, message));
                    } else {
                        self.locals.insert(&attribute.name, attribute);
                    }
                }
                true
            }
            ("provider", [_]) => {
                self.providers.push(block);
                true
            }
            ("terraform", []) => {
                self.terraform.push(block);
                true
            }
            ("moved" | "import" | "check" | "removed" | "ephemeral", _) => true,
            ("variable" | "output" | "module" | "provider", _) => {
                let message = format!("a `{}` block takes one label, its name", block.kind);
                self.invalid_blocks.push((Gravity::Loss, block.header, message));
                true
            }
            ("resource" | "data", _) => {
                let message = format!("a `{}` block takes two labels, its type and its name", block.kind);
                self.invalid_blocks.push((Gravity::Loss, block.header, message));
                true
            }
            _ => {
                let message = format!("Terraform knows no `{}` block", block.kind);
                self.invalid_blocks.push((Gravity::Note, block.header, message));
                true
            }
        };
        if !first {
            let message = "this is declared twice in its module".to_owned();
            self.invalid_blocks.push((Gravity::Loss, block.header, message));
        }
    }

    fn lay_over(&mut self, block: &'a Block) {
        let labels: Vec<&'a str> = block.labels.iter().map(|label| &*label.text).collect();
        let declared = match (&*block.kind, labels.as_slice()) {
            ("variable", [name]) => self.variables.get_mut(name),
            ("output", [name]) => self.outputs.get_mut(name),
            ("module", [name]) => self.calls.get_mut(name),
            ("resource", [kind, name]) => self.resources.get_mut(&(false, *kind, *name)),
            ("data", [kind, name]) => self.resources.get_mut(&(true, *kind, *name)),
            ("locals", []) => {
                for attribute in block.body.attributes() {
                    self.locals.insert(&attribute.name, attribute);
                }
                return;
            }
            ("provider", [_]) => {
                self.providers.push(block);
                return;
            }
            _ => {
                self.terraform.extend((&*block.kind == "terraform").then_some(block));
                return;
            }
        };
        match declared {
            Some(declared) => declared.overrides.push(block),
            None => {
                let message = "this overrides what its module does not declare".to_owned();
                self.invalid_blocks.push((Gravity::Loss, block.header, message));
            }
        }
    }
}

trait InsertIfAbsent<K, V> {
    /// Whether it was absent.
    fn insert_if_absent(&mut self, key: K, value: V) -> bool;
}

impl<K: std::hash::Hash + Eq, V> InsertIfAbsent<K, V> for QuickIndexMap<K, V> {
    fn insert_if_absent(&mut self, key: K, value: V) -> bool {
        match self.entry(key) {
            indexmap::map::Entry::Occupied(_) => false,
            indexmap::map::Entry::Vacant(entry) => {
                entry.insert(value);
                true
            }
        }
    }
}

impl<'a> Declared<'a> {
    /// The attribute of this name; an override's counts before the block's own.
    pub fn attribute(&self, name: &str) -> Option<&'a Attribute> {
        self.overrides
            .iter()
            .rev()
            .find_map(|block| block.body.attribute(name))
            .or_else(|| self.block.body.attribute(name))
    }

    /// Attributes and nested blocks with the overrides laid over: an attribute replaces one of its name,
    /// blocks of a type replace all of that type.
    pub fn items(&self) -> Vec<&'a Item> {
        let mut items: Vec<&'a Item> = self.block.body.items.iter().collect();
        for over in &self.overrides {
            items.retain(|item| match item {
                Item::Attribute(old) => over.body.attribute(&old.name).is_none(),
                Item::Block(old) => !over.body.blocks().any(|new| new.kind == old.kind),
            });
            items.extend(&over.body.items);
        }
        items
    }
}

/// The endings of sources as Terraform and OpenTofu read them, and as only OpenTofu does.
const ENDINGS: [(&str, &str); 2] = [(".tf.json", ".tofu.json"), (".tf", ".tofu")];

fn is_override(name: &str) -> bool {
    let endings = ENDINGS.iter().flat_map(|(both, tofu)| [*both, *tofu]);
    let stem = endings.into_iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
    stem == "override" || stem.ends_with("_override")
}

/// What OpenTofu does not read where this file is there: `main.tf` beside `main.tofu`.
pub fn shadowed_by(path: &str) -> Option<String> {
    ENDINGS.iter().find_map(|(both, tofu)| Some(format!("{}{both}", path.strip_suffix(tofu)?)))
}

fn is_local(source: &str) -> bool {
    source.starts_with("./") || source.starts_with("../") || source == "." || source == ".."
}

/// Whether a directory belongs to Terraform's own cache: never a root module.
pub fn is_inside_cache(directory: &str) -> bool {
    directory.split('/').any(|part| part == ".terraform")
}

/// The module calls of these bodies: name and source, where the source is a plain string.
pub fn local_calls(body: &Body) -> impl Iterator<Item = (&str, &str)> {
    body.blocks().filter(|block| &*block.kind == "module").filter_map(|block| {
        let name = block.label(0)?;
        let source = block.body.attribute("source")?;
        match &source.value.kind {
            Kind::Text(source) => Some((&**name, &**source)),
            _ => None,
        }
    })
}

/// A path below a directory, with `.` and `..` resolved; `None` when it leaves the workspace. The workspace's
/// own directory is the empty path.
pub fn join(directory: &str, path: &str) -> Option<String> {
    if path.starts_with('/') || path.contains('\\') || path.get(1..2) == Some(":") {
        return None;
    }
    let mut parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Provider names with their locked version, or else the constraint on it.
pub fn providers(module: &Module<'_>, root: &str, sources: &dyn Sources) -> HashMap<Arc<str>, Arc<str>> {
    let mut found: HashMap<Arc<str>, Arc<str>> = HashMap::new();
    let mut addresses: HashMap<String, Arc<str>> = HashMap::new();
    for block in &module.providers {
        if let (Some(name), Some(version)) = (block.label(0), block.body.attribute("version"))
            && let Some(version) = version.value.as_text()
        {
            found.insert(name.clone(), version.clone());
        }
    }
    let required = module.terraform.iter().flat_map(|block| block.body.blocks());
    for block in required.filter(|block| &*block.kind == "required_providers") {
        for attribute in block.body.attributes() {
            let (source, version) = match &attribute.value.kind {
                Kind::Text(version) => (None, Some(version.clone())),
                Kind::Object(pairs) => {
                    let entry = |name: &str| {
                        pairs
                            .iter()
                            .find(|pair| pair.key.as_text().is_some_and(|key| &**key == name))
                            .and_then(|pair| pair.value.as_text())
                            .cloned()
                    };
                    (entry("source"), entry("version"))
                }
                _ => (None, None),
            };
            let source = source.unwrap_or_else(|| format!("hashicorp/{}", attribute.name).into());
            addresses.insert(source.to_lowercase(), attribute.name.clone());
            if let Some(version) = version {
                found.insert(attribute.name.clone(), version);
            }
        }
    }
    let lock = join(root, ".terraform.lock.hcl").unwrap_or_default();
    if sources.is_file(&lock)
        && let Ok(text) = sources.read(&lock)
    {
        let source = Source::new(crate::source::SourceId(u32::MAX), lock, text);
        for block in hcl::parse(&source).body.blocks().filter(|block| &*block.kind == "provider") {
            let (Some(address), Some(version)) = (block.label(0), block.body.attribute("version")) else {
                continue;
            };
            let Some(version) = version.value.as_text() else {
                continue;
            };
            // `HOST/hashicorp/aws`: the host is not part of what is required by default.
            let short = address.split_once('/').map_or(&**address, |(_, rest)| rest);
            let name = addresses
                .get(&short.to_lowercase())
                .or_else(|| addresses.get(&address.to_lowercase()))
                .cloned()
                .unwrap_or_else(|| short.rsplit('/').next().unwrap_or(short).into());
            found.insert(name, version.clone());
        }
    }
    found
}
