//! What the tree of a file says must not be shown: values under names that promise a secret, and those that the code
//! declares sensitive.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::name::{NAMING, VALUING, is_held, is_vault_secret};
use super::value::Context;
use super::{Found, Secret, SecretKind, merged, text};
use crate::source::Span;
use crate::syntax::hcl::{Block, Body, Expression, Item, Kind, Pair, Part, Step};
use crate::syntax::node::{Layout, Node, NodeData};
use crate::syntax::{Document, Tree};

/// All of one document, by itself.
pub(crate) fn of_document(document: &Document) -> Found {
    let mut walk = Walk { text: &document.source.text, secrets: Vec::new(), texts: Vec::new() };
    match &document.tree {
        Tree::Hcl(body) => walk.body(body, Context::default()),
        Tree::Data(nodes) => nodes.iter().for_each(|node| walk.node(node, Context::default(), None)),
        Tree::Other => {}
    }
    walk.found()
}

/// The names of variables and parameters that some document declares sensitive: other files assign them.
pub(super) fn declared_names(documents: &[&Document]) -> BTreeSet<Arc<str>> {
    let mut names = BTreeSet::new();
    for document in documents {
        match &document.tree {
            Tree::Hcl(body) => {
                let sensitive =
                    body.blocks().filter(|block| &*block.kind == "variable" && is_sensitive(block));
                names.extend(sensitive.filter_map(|block| block.label(0).cloned()));
            }
            Tree::Data(nodes) => {
                for entry in nodes.iter().filter_map(|node| node.get("parameters")).flat_map(Node::entries) {
                    if is_secure(&entry.value) {
                        names.insert(entry.key.name());
                    }
                }
            }
            Tree::Other => {}
        }
    }
    names
}

/// What a file of values assigns to names that another file declares sensitive.
pub(super) fn assigned(document: &Document, names: &BTreeSet<Arc<str>>) -> Found {
    let mut walk = Walk { text: &document.source.text, secrets: Vec::new(), texts: Vec::new() };
    if names.is_empty() {
        return walk.found();
    }
    let declared = Context::default().or_declared(true);
    match &document.tree {
        Tree::Hcl(body) if document.source.path.contains("tfvars") => {
            for attribute in body.attributes().filter(|attribute| names.contains(&attribute.name)) {
                walk.expression(&attribute.value, declared);
            }
        }
        Tree::Data(nodes) => {
            let sections =
                nodes.iter().flat_map(|node| [node.get("parameters"), node.get("variables")]).flatten();
            for entry in sections.flat_map(Node::entries).filter(|entry| names.contains(&entry.key.name())) {
                if let Some(value) = entry.value.get("value") {
                    walk.node(value, declared, None);
                }
            }
        }
        _ => {}
    }
    walk.found()
}

struct Walk<'t> {
    text: &'t str,
    secrets: Vec<Secret>,
    texts: Vec<(Arc<str>, SecretKind)>,
}

impl Walk<'_> {
    fn found(self) -> Found {
        Found { secrets: Arc::new(merged(self.secrets)), texts: self.texts }
    }

    /// A text of the file that stands under `span`, quotes and all.
    fn literal(&mut self, literal: &Arc<str>, span: Span, context: Context) {
        let range = span.range();
        let Some(raw) = self.text.get(range.clone()) else { return };
        let kind = match context.whole(literal) {
            Some(kind) => {
                self.texts.push((Arc::clone(literal), kind));
                Some(kind)
            }
            // Where the file writes it with escapes, its secrets are not seen in the file's text.
            None if raw.contains('\\') => {
                text::secrets(literal, context.reading()).first().map(|secret| secret.kind)
            }
            None => None,
        };
        if let Some(kind) = kind {
            self.secrets.push(Secret { range: inner(raw, range), kind });
        }
    }

    fn body(&mut self, body: &Body, context: Context) {
        let beside = body
            .attributes()
            .filter(|attribute| NAMING.contains(&&*attribute.name))
            .find_map(|attribute| attribute.value.as_text());
        for item in &body.items {
            match item {
                Item::Attribute(attribute) => {
                    let beside = beside.filter(|_| VALUING.contains(&&*attribute.name)).map(|text| &**text);
                    self.expression(&attribute.value, context.under(&attribute.name, beside));
                }
                Item::Block(block) => self.block(block, context),
            }
        }
    }

    /// What a resource sets that is a secret by its kind, and then all the rest.
    fn resource(&mut self, kind: &str, body: &Body, context: Context) {
        for attribute in body.attributes().filter(|attribute| is_held(kind, &attribute.name)) {
            self.expression(&attribute.value, context.or_declared(true));
        }
        self.body(body, context);
    }

    fn block(&mut self, block: &Block, context: Context) {
        match (&*block.kind, block.label(0)) {
            ("variable" | "output", Some(name)) => {
                let valued = context.under(name, None).or_declared(is_sensitive(block));
                for attribute in block.body.attributes() {
                    if matches!(&*attribute.name, "default" | "value") {
                        self.expression(&attribute.value, valued);
                    }
                }
            }
            ("resource" | "ephemeral", Some(kind)) => self.resource(kind, &block.body, context),
            _ => self.body(&block.body, context),
        }
    }

    fn expression(&mut self, expression: &Expression, context: Context) {
        match &expression.kind {
            Kind::Text(text) => self.literal(text, expression.span, context),
            Kind::Number(number) => {
                if let Some(kind) = context.whole_number(&number.to_string()) {
                    self.secrets.push(Secret { range: expression.span.range(), kind });
                }
            }
            Kind::Template(parts) => {
                let secret = parts.iter().find_map(|part| match part {
                    Part::Text(text) => context.whole(text.trim()).map(|kind| (text, kind)),
                    _ => None,
                });
                if let Some((text, kind)) = secret {
                    self.texts.push((Arc::clone(text), kind));
                    let raw = self.text.get(expression.span.range()).unwrap_or_default();
                    self.secrets.push(Secret { range: inner(raw, expression.span.range()), kind });
                }
            }
            Kind::List(items) => items.iter().for_each(|item| self.expression(item, context)),
            Kind::Object(pairs) => self.object(pairs, context),
            Kind::Call(call) => {
                // What these are told is a name or a place, not the value.
                let names =
                    ["lookup", "file", "filebase64", "templatefile", "element", "try", "format", "replace"];
                let context = if names.contains(&&*call.name) { context.plain() } else { context };
                call.arguments.iter().for_each(|argument| self.expression(argument, context));
            }
            Kind::Conditional(parts) => {
                let [condition, then, otherwise] = &**parts;
                self.expression(condition, context.plain());
                self.expression(then, context);
                self.expression(otherwise, context);
            }
            Kind::Wrapped(inner) | Kind::Unary(_, inner) => self.expression(inner, context),
            Kind::Binary(row) => {
                self.expression(&row.0, context);
                row.1.iter().for_each(|(_, operand)| self.expression(operand, context));
            }
            Kind::For(parts) => {
                self.expression(&parts.collection, context);
                self.expression(&parts.value, context);
            }
            Kind::Traversal(traversal) => {
                self.expression(&traversal.base, context);
                for step in &traversal.steps {
                    if let Step::Index(index) = step {
                        self.expression(index, context.plain());
                    }
                }
            }
            Kind::Null | Kind::Bool(_) | Kind::Name(_) | Kind::Missing(_) => {}
        }
    }

    fn object(&mut self, pairs: &[Pair], context: Context) {
        let key = |pair: &Pair| match &pair.key.kind {
            Kind::Text(text) | Kind::Name(text) => Some(Arc::clone(text)),
            Kind::Wrapped(inner) => inner.as_text().cloned(),
            _ => None,
        };
        let beside = pairs
            .iter()
            .filter(|pair| key(pair).is_some_and(|key| NAMING.contains(&&*key)))
            .find_map(|pair| pair.value.as_text());
        for pair in pairs {
            let under = match key(pair) {
                Some(key) => {
                    context.under(&key, beside.filter(|_| VALUING.contains(&&*key)).map(|text| &**text))
                }
                None => context,
            };
            self.expression(&pair.value, under);
        }
    }

    fn node(&mut self, node: &Node, context: Context, mask: Option<&Node>) {
        if node.alias.is_some() {
            return;
        }
        let context = context.or_declared(mask.is_some_and(is_true));
        match &node.data {
            // `!Ref Name`: a name, not a value.
            NodeData::Scalar(_)
                if node.tag.as_deref().is_some_and(|tag| tag.starts_with('!') && !tag.starts_with("!!")) => {}
            NodeData::Scalar(text) => {
                let number = node.layout == Layout::Plain && text.parse::<f64>().is_ok();
                if number || matches!(&**text, "true" | "false") {
                    if let Some(kind) = context.whole_number(text) {
                        self.secrets.push(Secret { range: node.span.range(), kind });
                    }
                } else if !(node.layout == Layout::Plain && matches!(&**text, "null" | "~")) {
                    self.literal(text, node.span, context);
                }
            }
            NodeData::Sequence(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.node(item, context, mask.and_then(|mask| mask.items().get(index)));
                }
            }
            NodeData::Mapping(_) => self.mapping(node, context, mask),
        }
    }

    fn mapping(&mut self, node: &Node, context: Context, mask: Option<&Node>) {
        let beside = NAMING.iter().find_map(|naming| node.get_text(naming));
        let secret = node.get_text("kind").is_some_and(|kind| &**kind == "Secret");
        let sensitive = node.get("sensitive").is_some_and(is_true)
            || node.get_text("NoEcho").is_some_and(|flag| flag.eq_ignore_ascii_case("true"))
            || is_secure(node);
        let vault = node.get_text("type").is_some_and(|kind| is_vault_secret(kind));
        for entry in node.entries().iter().filter(|entry| !entry.merged) {
            let key = entry.key.name();
            let valued = VALUING.contains(&&*key);
            let beside = beside.filter(|_| valued).map(|text| &**text);
            let declared = (secret && matches!(&*key, "data" | "stringData")) || (sensitive && valued);
            let key_of = if vault && key.eq_ignore_ascii_case("properties") { "secret" } else { &*key };
            let below = context.under(key_of, beside).or_declared(declared);
            let masks = match &*key {
                "values" => node.get("sensitive_values"),
                "before" => node.get("before_sensitive"),
                "after" => node.get("after_sensitive"),
                _ => None,
            };
            let mask = masks.or_else(|| mask.and_then(|mask| mask.get(&key)));
            self.node(&entry.value, below, mask);
            if &*key == "attributes" {
                for path in node.get("sensitive_attributes").map(Node::items).unwrap_or_default() {
                    self.at_path(&entry.value, path.items());
                }
            }
        }
    }

    /// The value of a state at a path that the state lists as sensitive.
    fn at_path(&mut self, node: &Node, path: &[Node]) {
        let Some((step, rest)) = path.split_first() else {
            return self.node(node, Context::default().or_declared(true), None);
        };
        let Some(at) = step.get("value").map(|node| node.get("value").unwrap_or(node)).and_then(Node::text)
        else {
            return;
        };
        let below = node.get(at).or_else(|| node.items().get(at.parse::<usize>().ok()?));
        if let Some(below) = below {
            self.at_path(below, rest);
        }
    }
}

fn is_true(node: &Node) -> bool {
    node.layout == Layout::Plain && node.text().is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

fn is_sensitive(block: &Block) -> bool {
    block
        .body
        .attribute("sensitive")
        .is_some_and(|attribute| matches!(attribute.value.kind, Kind::Bool(true)))
}

/// Whether it declares a secure parameter, as ARM does.
fn is_secure(node: &Node) -> bool {
    node.get_text("type").is_some_and(|kind| {
        kind.eq_ignore_ascii_case("securestring") || kind.eq_ignore_ascii_case("secureobject")
    })
}

/// A literal's range without its quotes.
fn inner(raw: &str, range: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let quoted = |quote: char| raw.len() >= 2 && raw.starts_with(quote) && raw.ends_with(quote);
    if quoted('"') || quoted('\'') { range.start + 1..range.end - 1 } else { range }
}
