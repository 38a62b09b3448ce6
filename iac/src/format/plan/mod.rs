//! Plans as `terraform show -json` prints them: an inventory by itself, or what code leaves open, resolved.

mod overlay;
mod reference;
pub mod values;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use sha2::Digest as _;

use self::values::{Masks, pruned, value, without_keys};
use super::{Content, Editor, FilePattern, Format, Language, Reader};
use crate::inventory::{Dialect, Existence, Inventory, Mode, PlanInfo, Resource};
use crate::problem::{Gravity, Problem};
use crate::source::{Source, Span};
use crate::syntax::node::Node;
use crate::value::{Origin, Value};

pub use overlay::lay_over;

pub static FORMAT: Format = Format {
    name: "Terraform plan",
    files: &[FilePattern::data("*.json")],
    content: Some(Content {
        words: &[&["format_version", "planned_values"], &["format_version", "resource_changes"]],
        is_it: |nodes| nodes.iter().any(is_plan),
        mark: "`format_version` with `planned_values` or `resource_changes`, as `terraform show -json` prints",
    }),
    languages: &[Language { id: "json", untitled: "untitled.json" }],
    dialect: Some(Dialect::Terraform),
    reader: Reader::Plan,
    // What a tool wrote down stays as it is: the code is what is put right.
    editor: Editor::None,
};

/// Resources that could not be read and are told one by one.
const MOST_TOLD: usize = 20;

/// A plan, read.
#[derive(Debug)]
pub struct Plan {
    pub info: PlanInfo,
    /// What there will be, with every value the plan tells; nulls and empty blocks included.
    pub resources: Vec<Resource>,
    /// The addresses, without keys, of everything the planned code declares.
    pub declared: HashSet<String>,
    /// The module calls, without keys, whose code the plan had before it.
    pub modules: HashSet<String>,
    pub problems: Vec<Problem>,
}

/// Whether a document is a plan.
pub fn is_plan(node: &Node) -> bool {
    node.get("format_version").is_some()
        && (node.get("planned_values").is_some() || node.get("resource_changes").is_some())
}

/// Reads a file as a plan; `None` when it is none.
pub fn read(source: &Arc<Source>, nodes: &[Node]) -> Option<Plan> {
    let root = nodes.iter().find(|node| is_plan(node))?;
    let version = root.get_text("format_version").cloned().unwrap_or_default();
    let mut problems = Vec::new();
    let mut loss = |gravity, message: String, help: &str| {
        problems.push(Problem {
            gravity,
            path: source.path.clone(),
            span: root.entry("format_version").map(|entry| entry.value.span),
            message,
            help: Some(help.to_owned()),
        });
    };
    if !version.starts_with("1.") && !version.starts_with("0.") {
        loss(
            Gravity::Loss,
            format!("the plan format `{version}` is not known here"),
            "formats 0 and 1 are read",
        );
    }
    if root.get("errored").is_some_and(|node| node.text().is_some_and(|text| &**text == "true")) {
        loss(Gravity::Note, "planning ended with an error: the plan is not whole".to_owned(), "plan again");
    }
    let mut masks: HashMap<&str, Masks<'_>> = HashMap::new();
    for change in root.get("resource_changes").map(Node::items).unwrap_or_default() {
        if let (Some(address), Some(change)) = (change.get_text("address"), change.get("change")) {
            let found =
                Masks { unknown: change.get("after_unknown"), sensitive: change.get("after_sensitive") };
            masks.insert(address, found);
        }
    }
    let (mut resources, mut lost) = (Vec::new(), Vec::new());
    if let Some(module) = root.get("planned_values").and_then(|values| values.get("root_module")) {
        module_resources(module, &masks, &mut resources, &mut lost, &|_| true);
    }
    // Data sources that were read while planning are no part of what is planned.
    let prior = root
        .get("prior_state")
        .and_then(|state| state.get("values"))
        .and_then(|values| values.get("root_module"));
    if let Some(module) = prior {
        let planned: HashSet<Arc<str>> = resources.iter().map(|resource| resource.address.clone()).collect();
        module_resources(module, &HashMap::new(), &mut resources, &mut lost, &|resource| {
            resource.mode == Mode::Data && !planned.contains(&resource.address)
        });
    }
    let configuration = root.get("configuration").and_then(|configuration| configuration.get("root_module"));
    let (mut declared, mut modules) = (HashSet::new(), HashSet::new());
    if let Some(module) = configuration {
        declarations(module, "", &mut declared, &mut modules);
        reference::tell(module, &mut resources);
    }
    problems.extend(left_out(source, lost));
    declared.extend(resources.iter().map(|resource| without_keys(&resource.address)));
    let info = PlanInfo {
        path: source.path.clone(),
        terraform_version: root.get_text("terraform_version").cloned(),
        timestamp: root.get_text("timestamp").cloned(),
        sha256: digest(&source.text).into(),
        not_in_code: Vec::new(),
        not_in_plan: Vec::new(),
    };
    Some(Plan { info, resources, declared, modules, problems })
}

fn digest(text: &str) -> String {
    sha2::Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Plan {
    /// The plan as an inventory of its own: its places are the plan's text.
    pub fn inventory(&self) -> Inventory {
        let prune =
            |resource: &Resource| Resource { body: pruned(&resource.body, false), ..resource.clone() };
        let mut inventory = Inventory::new(self.info.path.clone(), self.resources.iter().map(prune));
        inventory.plan = Some(self.info.clone());
        inventory
    }
}

/// The resources of a module of `planned_values` or of a state, and of those below it.
pub(super) fn module_resources(
    module: &Node,
    masks: &HashMap<&str, Masks<'_>>,
    out: &mut Vec<Resource>,
    lost: &mut Vec<Span>,
    wanted: &dyn Fn(&Resource) -> bool,
) {
    let scope = module.get_text("address").cloned().unwrap_or_default();
    // What is no list holds nothing that can be read.
    for key in ["resources", "child_modules"] {
        let odd = module.get(key).filter(|node| !(node.is_sequence() || node.is_null()));
        lost.extend(odd.map(|node| node.span));
    }
    for node in module.get("resources").map(Node::items).unwrap_or_default() {
        let mask = node.get_text("address").and_then(|address| masks.get(&**address)).copied();
        let mask = mask.unwrap_or(Masks { unknown: None, sensitive: node.get("sensitive_values") });
        match resource(node, &scope, mask) {
            Some(resource) if wanted(&resource) => out.push(resource),
            Some(_) => {}
            None => lost.push(node.span),
        }
    }
    for child in module.get("child_modules").map(Node::items).unwrap_or_default() {
        module_resources(child, masks, out, lost, wanted);
    }
}

/// What is told of resources that a plan or a state lists and does not describe.
pub(super) fn left_out(source: &Source, lost: Vec<Span>) -> impl Iterator<Item = Problem> {
    let path = source.path.clone();
    let short = |span: Span| Span { end: span.end.min(span.start + 1), ..span };
    lost.into_iter().take(MOST_TOLD).map(move |span| Problem {
        gravity: Gravity::Loss,
        path: path.clone(),
        span: Some(short(span)),
        message: "a resource is left out: its address, type or name could not be read".to_owned(),
        help: Some("write the file anew with `terraform show -json`".to_owned()),
    })
}

fn resource(node: &Node, scope: &Arc<str>, masks: Masks<'_>) -> Option<Resource> {
    let address = node.entry("address")?;
    let header = Span { end: address.value.span.end, ..address.key.span };
    let body = match node.entry("values") {
        Some(values) => value(&values.value, masks, Some(header)),
        None => Value::map(Default::default(), Origin::at(node.span)),
    };
    Some(Resource {
        address: address.value.text()?.clone(),
        kind: node.get_text("type")?.clone(),
        name: node.get_text("name")?.clone(),
        dialect: Dialect::Terraform,
        mode: if node.get_text("mode").is_some_and(|mode| &**mode == "data") {
            Mode::Data
        } else {
            Mode::Managed
        },
        body,
        outer: None,
        header,
        span: node.span,
        existence: Existence::Certain,
        scope: scope.clone(),
        calls: Vec::new(),
    })
}

/// What the planned code declares, by addresses without keys.
fn declarations(module: &Node, at: &str, declared: &mut HashSet<String>, modules: &mut HashSet<String>) {
    for resource in module.get("resources").map(Node::items).unwrap_or_default() {
        if let Some(address) = resource.get_text("address") {
            declared.insert(reference::below(at, address));
        }
    }
    for call in module.get("module_calls").map(Node::entries).unwrap_or_default() {
        let path = reference::below(at, &format!("module.{}", call.key.name()));
        if let Some(module) = call.value.get("module") {
            declarations(module, &path, declared, modules);
        }
        modules.insert(path);
    }
}
