//! Values that parameters of templates get from elsewhere: from files of parameters, and from templates that nest them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{File, Workspace, directory_of};
use crate::format::{arm, cloudformation, file_name};
use crate::inventory::Resource;
use crate::problem::{Gravity, Problem};
use crate::source::{Source, Sources};
use crate::syntax::hcl::Item;
use crate::syntax::node::Node;
use crate::syntax::{self, Document, FileKind, Tree};
use crate::value::{Data, Origin, Value, Why, WhyKind};

/// Values by the name of a parameter; of two of a name the later counts.
pub(super) type Values = Vec<(Arc<str>, Value)>;

/// What each template is given, by its path.
pub(super) type Given = BTreeMap<String, Values>;

/// Templates that nest one another deeper than this are read with what was found so far.
pub(super) const DEEPEST_NESTING: usize = 8;

impl Workspace {
    /// Takes in the files of parameters that the user named and those that lie beside templates.
    pub(super) fn load_parameter_files(&mut self, sources: &dyn Sources) {
        let named = self.options.variable_files.iter().filter(|path| !is_of_terraform(path)).cloned();
        let mut wanted: BTreeSet<String> = named.collect();
        for (path, file) in &self.files {
            if !is_with_parameters(file) {
                continue;
            }
            let directory = directory_of(path);
            let names = self.listed.entry(directory.to_owned()).or_insert_with(|| sources.list(directory));
            let beside = names.iter().filter(|name| is_beside(file_name(path), name));
            wanted.extend(beside.map(|name| match directory {
                "" => name.clone(),
                _ => format!("{directory}/{name}"),
            }));
        }
        for path in wanted {
            let text = match self.files.get(&path).map(|file| &file.document) {
                Some(document) if !matches!(document.tree, Tree::Other) => continue,
                Some(document) => Arc::clone(&document.source.text),
                None => match sources.read(&path) {
                    Ok(text) => text,
                    Err(_) => continue,
                },
            };
            let source = Arc::new(Source::new(self.id(&path), path.as_str(), text));
            let document = super::with_deep_stack(|| syntax::parse(source, FileKind::Data));
            let named = self.files.get(&path).is_some_and(|file| file.named);
            // What is lost of it is told: a value that was meant is not the default.
            let suspect = document.problems.iter().any(|one| one.gravity == Gravity::Loss);
            self.put(&path, Some(File { suspect, ..File::of(document, named) }));
        }
    }

    /// What the templates that were read are given.
    pub(super) fn given(&self) -> Given {
        let mut given = Given::new();
        for path in self.file_roots.keys() {
            let Some(file) = self.files.get(path) else { continue };
            let beside = self.beside(path, file);
            if !beside.is_empty() {
                given.entry(path.clone()).or_default().extend(merged(&beside, "file of parameters"));
            }
        }
        let mut callers: BTreeMap<String, Vec<Values>> = BTreeMap::new();
        for (path, root) in &self.file_roots {
            for resource in &root.inventory.resources {
                if let Some((nested, values)) = self.nested(path, resource) {
                    callers.entry(nested).or_default().push(values);
                }
            }
        }
        for (nested, values) in callers {
            given.entry(nested).or_default().extend(merged(&values, "template that nests it"));
        }
        let named: Values =
            self.options.variable_files.iter().flat_map(|path| self.named_values(path)).collect();
        if !named.is_empty() {
            for path in self.file_roots.keys() {
                given.entry(path.clone()).or_default().extend(named.iter().cloned());
            }
        }
        given
    }

    /// The values of the files of parameters that lie beside a template.
    fn beside(&self, path: &str, file: &File) -> Vec<Values> {
        if !is_with_parameters(file) {
            return Vec::new();
        }
        let all = self.entries_of(directory_of(path)).filter(|(name, _)| is_beside(file_name(path), name));
        all.filter_map(|(_, file)| values_of(&file.document)).collect()
    }

    fn named_values(&self, path: &str) -> Values {
        if is_of_terraform(path) {
            return Values::new();
        }
        self.files.get(path).and_then(|file| values_of(&file.document)).unwrap_or_default()
    }

    /// The template that a resource stands for, where it lies here, and what it passes on.
    fn nested(&self, path: &str, resource: &Resource) -> Option<(String, Values)> {
        let body = &resource.body;
        let (target, parameters) = match &*resource.kind {
            "AWS::CloudFormation::Stack" => (body.get("TemplateURL")?, body.get("Parameters")),
            "AWS::Serverless::Application" => (body.get("Location")?, body.get("Parameters")),
            kind if kind.eq_ignore_ascii_case("Microsoft.Resources/deployments") => {
                let properties = body.get("properties")?;
                let link = properties.get("templateLink")?;
                (link.get("relativePath").or_else(|| link.get("uri"))?, properties.get("parameters"))
            }
            _ => return None,
        };
        let target = target.as_text().filter(|target| !target.contains(':'))?;
        let nested = resolve(directory_of(path), target)?;
        self.file_roots.get(&nested).filter(|_| nested != path)?;
        let is_arm = resource.kind.starts_with('M') || resource.kind.starts_with('m');
        let values = match parameters.map(|value| (&value.data, value)) {
            Some((Data::Map(map), _)) if map.open.is_none() => {
                let passed = |(name, value): (&Arc<str>, &Value)| {
                    let value = match value.get("value").filter(|_| is_arm) {
                        Some(inner) => inner.clone(),
                        None if is_arm => {
                            let why = format!("parameter `{name}` is read from elsewhere at deployment");
                            Value::unknown(WhyKind::Outside, why, value.origin.clone())
                        }
                        None => value.clone(),
                    };
                    (Arc::clone(name), value)
                };
                map.entries.iter().map(passed).collect()
            }
            // What is passed is not known, and any parameter may be among it.
            Some((_, value)) => {
                let why = Why::new(WhyKind::Variable, format!("`{path}` passes what is not known"));
                let unknown = || Value::new(Data::Unknown(Arc::clone(&why)), value.origin.clone());
                let names = self.files.get(&nested).map(|file| declared(&file.document)).unwrap_or_default();
                names.into_iter().map(|name| (name, unknown())).collect()
            }
            None => Values::new(),
        };
        Some((nested, values))
    }

    /// The names given by `--var` that nothing here declares. None where a part was not read: it may declare them.
    pub fn undeclared_variables(&self) -> Vec<&str> {
        let lost = |file: &File| file.document.problems.iter().any(|one| one.gravity == Gravity::Loss);
        let is_nothing_read = self.files.is_empty();
        if self.options.variables.is_empty()
            || is_nothing_read
            || !self.unreadable.is_empty()
            || self.files.values().any(lost)
        {
            return Vec::new();
        }
        let declared = self.declared_variables();
        let names = self.options.variables.iter().map(|(name, _)| name.as_str());
        names.filter(|name| !declared.contains(name)).collect()
    }

    /// The variables of root modules and the parameters of templates, those of Azure in lower case as well.
    pub fn declared_variables(&self) -> DeclaredVariables {
        let mut found = DeclaredVariables::default();
        for (path, file) in &self.files {
            match &file.document.tree {
                Tree::Hcl(body) if self.roots.contains_key(directory_of(path)) => {
                    let labels = body.items.iter().filter_map(|item| match item {
                        Item::Block(block) if &*block.kind == "variable" => block.labels.first(),
                        _ => None,
                    });
                    found.exact.extend(labels.map(|label| Arc::clone(&label.text)));
                }
                Tree::Data(nodes) if self.file_roots.contains_key(path) => {
                    let is_arm = nodes.iter().any(arm::is_template);
                    let out = if is_arm { &mut found.any_case } else { &mut found.exact };
                    out.extend(declared(&file.document));
                }
                _ => {}
            }
        }
        found
    }

    /// A note on every file given by `--var-file` whose names nothing here declares.
    pub(super) fn idle_variable_files(&self) -> Vec<Problem> {
        if self.options.variable_files.is_empty() {
            return Vec::new();
        }
        let known = self.declared_variables();
        let mut problems = Vec::new();
        for path in &self.options.variable_files {
            let Some(file) = self.files.get(path) else { continue };
            let names: Vec<Arc<str>> = match &file.document.tree {
                Tree::Hcl(body) => body
                    .items
                    .iter()
                    .filter_map(|item| match item {
                        Item::Attribute(attribute) => Some(Arc::clone(&attribute.name)),
                        Item::Block(_) => None,
                    })
                    .collect(),
                _ => self.named_values(path).into_iter().map(|(name, _)| name).collect(),
            };
            let idle: Vec<String> =
                names.iter().filter(|name| !known.contains(name)).map(|name| format!("`{name}`")).collect();
            let message = match (names.len(), idle.as_slice()) {
                (0, _) => "the file sets nothing".to_owned(),
                (_, []) => continue,
                (all, idle) if idle.len() == all => {
                    format!("the file has no effect: nothing here declares {}", few(idle))
                }
                (_, idle) => format!("nothing here declares {}, which the file sets", few(idle)),
            };
            let help = Some("name the file that belongs to the code that is judged".to_owned());
            problems.push(Problem {
                gravity: Gravity::Note,
                path: path.as_str().into(),
                span: None,
                message,
                help,
            });
        }
        problems
    }

    /// Whether a file that is no file of Terraform's variables sets a variable of a root module all the same.
    pub(super) fn sets_terraform(&self, root: &str, path: &str) -> bool {
        let values = self.named_values(path);
        self.files_of(root).any(|(_, document)| {
            let Tree::Hcl(body) = &document.tree else { return false };
            body.items.iter().any(|item| match item {
                Item::Block(block) if &*block.kind == "variable" => block
                    .labels
                    .first()
                    .is_some_and(|label| values.iter().any(|(name, _)| *name == label.text)),
                _ => false,
            })
        })
    }
}

/// The names of variables and parameters that are declared.
#[derive(Debug, Default)]
pub struct DeclaredVariables {
    exact: BTreeSet<Arc<str>>,
    any_case: BTreeSet<Arc<str>>,
}

impl DeclaredVariables {
    pub fn contains(&self, name: &str) -> bool {
        self.exact.contains(name) || self.any_case.iter().any(|one| one.eq_ignore_ascii_case(name))
    }

    /// All of them, as they are written.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.exact.iter().chain(&self.any_case).map(|name| &**name)
    }
}

fn few(names: &[String]) -> String {
    match names.get(..3) {
        Some(first) if names.len() > 3 => format!("{} and {} more", first.join(", "), names.len() - 3),
        _ => names.join(", "),
    }
}

/// Whether it is Terraform's to read, by its name.
pub(super) fn is_of_terraform(path: &str) -> bool {
    path.ends_with(".tfvars") || path.ends_with(".tfvars.json")
}

/// Whether a file is a template of Azure with parameters: files of values lie beside those.
fn is_with_parameters(file: &File) -> bool {
    let Tree::Data(nodes) = &file.document.tree else { return false };
    nodes.iter().any(|node| arm::is_template(node) && !arm::parameters(node).is_empty())
}

/// Whether a file may hold values for a template beside it, by its name.
pub(super) fn is_of_values(path: &str) -> bool {
    file_name(path).to_ascii_lowercase().contains(".parameters")
}

/// Whether a file of values belongs to the template beside it by its name: `azuredeploy.parameters.json`, and
/// `azuredeploy.parameters.prod.json`, to `azuredeploy.json`.
fn is_beside(template: &str, name: &str) -> bool {
    let Some((stem, _)) = template.rsplit_once('.') else { return false };
    let rest =
        name.get(..stem.len()).filter(|start| start.eq_ignore_ascii_case(stem)).and(name.get(stem.len()..));
    rest.is_some_and(|rest| {
        let rest = rest.to_ascii_lowercase();
        rest.ends_with(".json") && (rest.starts_with(".parameters.") || rest.starts_with(".parameters-"))
    })
}

/// The names of the parameters that a template declares.
fn declared(document: &Document) -> Vec<Arc<str>> {
    let Tree::Data(nodes) = &document.tree else { return Vec::new() };
    let of_one = |node: &Node| -> Vec<Arc<str>> {
        if arm::is_template(node) {
            arm::parameters(node).iter().map(|entry| entry.key.name()).collect()
        } else if cloudformation::is_template(node) {
            let entries = node.get("Parameters").map(Node::entries).unwrap_or_default();
            entries.iter().map(|entry| entry.key.name()).collect()
        } else {
            Vec::new()
        }
    };
    nodes.iter().flat_map(of_one).collect()
}

/// What several givers give one template: where they differ, one of several.
fn merged(all: &[Values], giver: &str) -> Values {
    let [first, rest @ ..] = all else { return Values::new() };
    if rest.is_empty() {
        return first.clone();
    }
    let names: BTreeSet<&Arc<str>> = all.iter().flatten().map(|(name, _)| name).collect();
    let last = |values: &Values, name: &str| {
        values.iter().rev().find(|(one, _)| **one == *name).map(|(_, value)| value.clone())
    };
    let one = |name: &Arc<str>| {
        let given: Vec<Value> = all.iter().filter_map(|values| last(values, name)).collect();
        let origin = given.first().map_or_else(Origin::default, |value| value.origin.clone());
        let value = match given.as_slice() {
            [one, others @ ..] if given.len() == all.len() => {
                if others.iter().all(|other| other.data == one.data) {
                    one.clone()
                } else {
                    Value::new(Data::Choice(given.into()), origin)
                }
            }
            _ => {
                let why = format!("parameter `{name}` is not set by every {giver}");
                Value::unknown(WhyKind::Variable, why, origin)
            }
        };
        (Arc::clone(name), value)
    };
    names.into_iter().map(one).collect()
}

/// The values in a file of parameters, in any of the forms that the providers' tools take: Azure's
/// (`{"parameters": {NAME: {"value": …}}}`), CloudFormation's list (`[{"ParameterKey": …, "ParameterValue": …}]`,
/// `["NAME=VALUE"]`) and CodePipeline's map (`{"Parameters": {NAME: …}}`), or a plain map of names. None where it is
/// none of them.
fn values_of(document: &Document) -> Option<Values> {
    let Tree::Data(nodes) = &document.tree else { return None };
    let root = nodes.first()?;
    if root.is_sequence() {
        let one = |item: &Node| match (item.text(), item.get_text("ParameterKey")) {
            (Some(text), _) => {
                let (name, value) = text.split_once('=')?;
                Some((Arc::from(name.trim()), Value::text(value, item.origin())))
            }
            (None, Some(name)) => {
                let value = match item.get("ParameterValue") {
                    Some(value) => value.to_value(None),
                    None => {
                        let why = format!("parameter `{name}` keeps the value it had before");
                        Value::unknown(WhyKind::Outside, why, item.origin())
                    }
                };
                Some((Arc::clone(name), value))
            }
            _ => None,
        };
        return Some(root.items().iter().filter_map(one).collect());
    }
    if !root.is_mapping() || arm::is_template(root) || cloudformation::is_template(root) {
        return None;
    }
    let entries = |node: &Node, of_azure: bool| -> Values {
        let entries = node.entries().iter();
        let named = entries.filter(|entry| !matches!(&*entry.key.name(), "$schema" | "contentVersion"));
        let value = |node: &Node, name: &str| match (of_azure, node.get("value"), node.get("reference")) {
            (true, Some(value), _) => value.to_value(None),
            (true, None, Some(_)) => {
                let why = format!("parameter `{name}` is read from a key vault");
                Value::unknown(WhyKind::Outside, why, node.origin())
            }
            _ => node.to_value(None),
        };
        named.map(|entry| (entry.key.name(), value(&entry.value, &entry.key.name()))).collect()
    };
    if let Some(inner) = root.get("Parameters").filter(|inner| inner.is_mapping()) {
        return Some(entries(inner, false));
    }
    if let Some(inner) = root.get("parameters").filter(|inner| inner.is_mapping()) {
        return Some(entries(inner, true));
    }
    Some(entries(root, false))
}

/// A path as written in a file of this directory; none where it leads out.
fn resolve(directory: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            _ => parts.push(part),
        }
    }
    (!path.starts_with('/')).then(|| parts.join("/"))
}
