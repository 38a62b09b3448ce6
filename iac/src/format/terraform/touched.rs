//! What an edit touches: the declarations whose values it can have changed, by what they refer to.
//!
//! INVARIANT: a resource that is not touched evaluates to what it was, places included; a property test holds
//! the workspace to it. Where that is hard to tell, everything counts as touched.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, LazyLock};

use crate::hashing::{QuickMap, QuickSet};
use crate::inventory::{Existence, Inventory, Mode, Resource};
use crate::syntax::hcl::{Attribute, Block, Body, Expression, Item, Kind, Part, Step};
use crate::value::WhyKind;

/// What the files of a module declare and what that refers to; made once per reading of a file.
#[derive(Debug)]
pub struct Outline(Vec<Declaration>);

#[derive(Debug)]
struct Declaration {
    name: Name,
    kind: DeclarationKind,
    refers: Box<[Name]>,
    /// It depends on more than names: files, or names that are themselves computed.
    loose: bool,
}

/// A name in its module, hashed: two that collide cost time and nothing else.
type Name = u64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DeclarationKind {
    /// A variable, a local value, a resource, a data source.
    Value,
    Output,
    Call,
    /// A provider, or what Terraform itself is told: everything may depend on it.
    Setting,
}

/// One file before and after.
pub struct Edit<'a> {
    pub directory: &'a str,
    pub before: Option<&'a Body>,
    pub after: Option<&'a Body>,
}

/// A module call: the caller's directory, the call's name, the directory it leads to.
pub type ModuleCall = (String, String, String);

/// What an edit touches, by directory.
#[derive(Debug, Default)]
pub struct Touched(BTreeMap<String, Extent>);

#[derive(Debug)]
enum Extent {
    All,
    Some(QuickSet<Name>),
}

/// An earlier evaluation of a root, and what has been touched since.
pub struct Earlier<'a> {
    inventory: &'a Inventory,
    touched: &'a Touched,
    /// Where the instances of a declaration stand: the first, and their number.
    places: QuickMap<Name, (usize, usize)>,
}

impl Outline {
    pub fn of(body: &Body) -> Self {
        let outlined = declarations(body).into_iter().map(|(name, kind, node)| {
            let mut refers = Refers::default();
            match node {
                Node::Block(block) => refers.body(&block.body),
                Node::Attribute(attribute) => refers.expression(&attribute.value),
            }
            refers.names.sort_unstable();
            refers.names.dedup();
            Declaration { name, kind, refers: refers.names.into(), loose: refers.loose }
        });
        Self(outlined.collect())
    }
}

/// What these edits touch; `None` when that may be everything. `outlines` are those of all files as they are now.
pub fn touched(
    edits: &[Edit<'_>],
    outlines: &[(&str, Arc<Outline>)],
    calls: &[ModuleCall],
) -> Option<Touched> {
    let mut touched = Touched::default();
    for edit in edits {
        for (name, kind) in differing(edit) {
            touched.add(edit.directory, name);
            match kind {
                DeclarationKind::Setting => return None,
                DeclarationKind::Value => {}
                DeclarationKind::Output => touched.tell_callers(edit.directory, calls),
                DeclarationKind::Call => touched.call(edit.directory, name, calls),
            }
        }
    }
    // Longer chains than these are rare, and evaluating everything is never wrong.
    for _ in 0..32 {
        if !touched.spread(outlines, calls)? {
            return Some(touched);
        }
    }
    None
}

impl Touched {
    /// One step along the references: whether anything was added. `None` when a setting was touched.
    fn spread(&mut self, outlines: &[(&str, Arc<Outline>)], calls: &[ModuleCall]) -> Option<bool> {
        let mut grew = false;
        for (directory, outline) in outlines {
            let nothing = QuickSet::default();
            let names = match self.0.get(*directory) {
                Some(Extent::All) => continue,
                Some(Extent::Some(names)) => names,
                None => &nothing,
            };
            let reached = |one: &&Declaration| {
                !names.contains(&one.name)
                    && (one.loose || one.refers.iter().any(|name| names.contains(name)))
            };
            let reached: Vec<&Declaration> = outline.0.iter().filter(reached).collect();
            for one in reached {
                grew = true;
                self.add(directory, one.name);
                match one.kind {
                    DeclarationKind::Setting => return None,
                    DeclarationKind::Value => {}
                    DeclarationKind::Output => self.tell_callers(directory, calls),
                    DeclarationKind::Call => self.call(directory, one.name, calls),
                }
            }
        }
        Some(grew)
    }

    fn has(&self, directory: &str, name: Name) -> bool {
        match self.0.get(directory) {
            Some(Extent::All) => true,
            Some(Extent::Some(names)) => names.contains(&name),
            None => false,
        }
    }

    fn add(&mut self, directory: &str, name: Name) {
        if let Some(extent) = self.0.get_mut(directory) {
            if let Extent::Some(names) = extent {
                names.insert(name);
            }
            return;
        }
        self.0.insert(directory.to_owned(), Extent::Some(QuickSet::from_iter([name])));
    }

    /// An output of this directory was touched: so is what its callers see of it.
    fn tell_callers(&mut self, directory: &str, calls: &[ModuleCall]) {
        for (caller, call, _) in calls.iter().filter(|(_, _, target)| target == directory) {
            self.add(caller, name_of(&["module", call]));
        }
    }

    /// A call was touched: so is everything in the module it calls, and what is seen of that.
    fn call(&mut self, directory: &str, name: Name, calls: &[ModuleCall]) {
        let mut queue: Vec<&ModuleCall> = calls
            .iter()
            .filter(|(caller, call, _)| caller == directory && name_of(&["call", call]) == name)
            .collect();
        while let Some((caller, call, target)) = queue.pop() {
            self.add(caller, name_of(&["module", call]));
            if matches!(self.0.insert(target.clone(), Extent::All), Some(Extent::All)) {
                continue;
            }
            self.tell_callers(target, calls);
            queue.extend(calls.iter().filter(|(caller, _, _)| caller == target));
        }
    }
}

impl<'a> Earlier<'a> {
    pub fn new(inventory: &'a Inventory, touched: &'a Touched) -> Self {
        let mut places: QuickMap<Name, (usize, usize)> = QuickMap::default();
        for (index, resource) in inventory.resources.iter().enumerate() {
            let data = resource.mode == Mode::Data;
            let name = place_of(&resource.scope, data, &resource.kind, &resource.name);
            places.entry(name).or_insert((index, 0)).1 += 1;
        }
        Self { inventory, touched, places }
    }

    /// The instances of a declared resource in a module instance, where they are what they were.
    pub fn kept(
        &self,
        directory: &str,
        scope: &str,
        (data, kind, name): (bool, &str, &str),
    ) -> Option<&'a [Arc<Resource>]> {
        let prefix = if data { "data" } else { "resource" };
        if self.touched.has(directory, name_of(&[prefix, kind, name])) {
            return None;
        }
        let (first, count) = *self.places.get(&place_of(scope, data, kind, name))?;
        let kept = self.inventory.resources.get(first..first + count)?;
        let mode = if data { Mode::Data } else { Mode::Managed };
        let is_it = |one: &Arc<Resource>| {
            (&*one.scope, one.mode, &*one.kind, &*one.name) == (scope, mode, kind, name)
                // What a limit has cut is told anew.
                && !matches!(&one.existence, Existence::Possible(why) if why.kind == WhyKind::Limit)
        };
        kept.iter().all(is_it).then_some(kept)
    }
}

/// The names that some expressions refer to.
pub(super) struct Referred(QuickSet<Name>);

impl Referred {
    pub fn of<'e>(expressions: impl Iterator<Item = &'e Expression>) -> Self {
        let mut refers = Refers::default();
        expressions.for_each(|expression| refers.expression(expression));
        Self(refers.names.into_iter().collect())
    }

    /// Whether a resource of the same module is one of them.
    pub fn names(&self, resource: &Resource) -> bool {
        let mode = if resource.mode == Mode::Data { "data" } else { "resource" };
        self.0.contains(&name_of(&[mode, &resource.kind, &resource.name]))
    }
}

fn place_of(scope: &str, data: bool, kind: &str, name: &str) -> Name {
    name_of(&[scope, if data { "data" } else { "resource" }, kind, name])
}

fn name_of(parts: &[&str]) -> Name {
    // Keyed: two names of a hostile file must not be taken for one.
    static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    KEY.hash_one(parts)
}

#[derive(Clone, Copy, PartialEq)]
enum Node<'a> {
    Block(&'a Block),
    Attribute(&'a Attribute),
}

/// What a file declares, by name. What has no name has no value either.
fn declarations(body: &Body) -> Vec<(Name, DeclarationKind, Node<'_>)> {
    let mut out = Vec::new();
    for block in body.blocks() {
        let labels: Vec<&str> = block.labels.iter().map(|label| &*label.text).collect();
        let (name, kind) = match (&*block.kind, labels.as_slice()) {
            ("variable", [name]) => (name_of(&["var", name]), DeclarationKind::Value),
            ("output", [name]) => (name_of(&["output", name]), DeclarationKind::Output),
            ("module", [name]) => (name_of(&["call", name]), DeclarationKind::Call),
            (mode @ ("resource" | "data"), [kind, name]) => {
                (name_of(&[mode, kind, name]), DeclarationKind::Value)
            }
            ("provider" | "terraform", _) => (name_of(&[&block.kind]), DeclarationKind::Setting),
            ("locals", []) => {
                out.extend(block.body.attributes().map(|attribute| {
                    (name_of(&["local", &attribute.name]), DeclarationKind::Value, Node::Attribute(attribute))
                }));
                continue;
            }
            _ => continue,
        };
        out.push((name, kind, Node::Block(block)));
    }
    out
}

/// The names whose declarations are not what and where they were.
fn differing(edit: &Edit<'_>) -> Vec<(Name, DeclarationKind)> {
    let (was, is) = (by_name(edit.before), by_name(edit.after));
    let mut out = Vec::new();
    for (name, nodes) in &is {
        if was.get(name) != Some(nodes) {
            out.extend(nodes.first().map(|(kind, _)| (*name, *kind)));
        }
    }
    for (name, nodes) in was.iter().filter(|(name, _)| !is.contains_key(*name)) {
        out.extend(nodes.first().map(|(kind, _)| (*name, *kind)));
    }
    out
}

fn by_name(body: Option<&Body>) -> QuickMap<Name, Vec<(DeclarationKind, Node<'_>)>> {
    let mut out: QuickMap<Name, Vec<(DeclarationKind, Node<'_>)>> = QuickMap::default();
    for (name, kind, node) in body.map(declarations).unwrap_or_default() {
        out.entry(name).or_default().push((kind, node));
    }
    out
}

/// The names an expression refers to.
#[derive(Default)]
struct Refers {
    names: Vec<Name>,
    loose: bool,
}

impl Refers {
    fn body(&mut self, body: &Body) {
        for item in &body.items {
            match item {
                Item::Attribute(attribute) => self.expression(&attribute.value),
                Item::Block(block) => self.body(&block.body),
            }
        }
    }

    fn expression(&mut self, expression: &Expression) {
        match &expression.kind {
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::Missing(_) => {}
            Kind::Name(name) => self.loose |= matches!(&**name, "var" | "local" | "module" | "data"),
            Kind::Template(parts) => self.parts(parts),
            Kind::List(items) => items.iter().for_each(|item| self.expression(item)),
            Kind::Object(pairs) => pairs.iter().for_each(|pair| {
                self.expression(&pair.key);
                self.expression(&pair.value);
            }),
            Kind::Traversal(traversal) => {
                match &traversal.base.kind {
                    Kind::Name(root) => self.name(root, &traversal.steps),
                    _ => self.expression(&traversal.base),
                }
                for step in &traversal.steps {
                    if let Step::Index(index) = step {
                        self.expression(index);
                    }
                }
            }
            Kind::Call(call) => {
                // What files hold is not told by names.
                self.loose |= call.name.starts_with("file") || &*call.name == "templatefile";
                call.arguments.iter().for_each(|argument| self.expression(argument));
            }
            Kind::Conditional(parts) => parts.iter().for_each(|part| self.expression(part)),
            Kind::Unary(_, inner) | Kind::Wrapped(inner) => self.expression(inner),
            Kind::Binary(row) => {
                self.expression(&row.0);
                row.1.iter().for_each(|(_, operand)| self.expression(operand));
            }
            Kind::For(parts) => {
                self.expression(&parts.collection);
                self.expression(&parts.value);
                parts.key.iter().chain(&parts.condition).for_each(|inner| self.expression(inner));
            }
        }
    }

    fn parts(&mut self, parts: &[Part]) {
        for part in parts {
            match part {
                Part::Text(_) => {}
                Part::Value(expression) => self.expression(expression),
                Part::If { condition, then, otherwise } => {
                    self.expression(condition);
                    self.parts(then);
                    self.parts(otherwise);
                }
                Part::For { collection, body, .. } => {
                    self.expression(collection);
                    self.parts(body);
                }
            }
        }
    }

    fn name(&mut self, root: &str, steps: &[Step]) {
        let step = |at: usize| match steps.get(at) {
            Some(Step::Attribute(name)) => Some(&**name),
            _ => None,
        };
        let name = match (root, step(0), step(1)) {
            ("var" | "local" | "module", Some(name), _) => name_of(&[root, name]),
            ("data", Some(kind), Some(name)) => name_of(&["data", kind, name]),
            ("var" | "local" | "module" | "data", ..) => {
                self.loose = true;
                return;
            }
            (kind, Some(name), _) => name_of(&["resource", kind, name]),
            _ => return,
        };
        self.names.push(name);
    }
}
