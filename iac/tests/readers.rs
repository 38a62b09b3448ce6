//! The example of docs/readers.md: a small format, from its text to its inventory. The page shows this code, and
//! the last test holds it to it.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use compline_iac::format::{Content, Editor, FilePattern, Format, Language, Reader};
use compline_iac::syntax::node::{Entry, Node};
use compline_iac::syntax::{self, FileKind};
use compline_iac::{
    Data, Dialect, Existence, Inventory, List, Map, Mode, Options, Origin, Problem, Resource, Source,
    SourceId, Tree, Value, Why, WhyKind,
};

pub static FORMAT: Format = Format {
    name: "Storefile",
    files: &[FilePattern::data("*.yaml")],
    content: Some(Content {
        words: &[&["stores:"]],
        is_it: |nodes| nodes.iter().any(|node| node.get("stores").is_some()),
        mark: "`stores`",
    }),
    languages: &[Language { id: "yaml", untitled: "untitled.yaml" }],
    dialect: Some(Dialect::Terraform),
    reader: Reader::EachFile(read),
    editor: Editor::Data,
};

/// Reads a file as a root; `None` when it is no storefile after all.
fn read(source: &Arc<Source>, nodes: &[Node], options: &Options) -> Option<(Inventory, Vec<Problem>)> {
    let stores = nodes.iter().find_map(|node| node.get("stores"))?;
    let resources = stores.entries().iter().map(|entry| store(entry, options));
    Some((Inventory::new(source.path.clone(), resources), Vec::new()))
}

/// One entry below `stores` is one resource.
fn store(entry: &Entry, options: &Options) -> Resource {
    let name = entry.key.name();
    Resource {
        address: format!("store/{name}").into(),
        kind: "store".into(),
        name,
        dialect: Dialect::Terraform,
        mode: Mode::Managed,
        body: value(&entry.value, options),
        outer: None,
        header: entry.key.span,
        span: entry.value.span,
        existence: Existence::Certain,
        scope: "".into(),
        calls: Vec::new(),
    }
}

/// What the language makes of a node.
fn value(node: &Node, options: &Options) -> Value {
    // A scalar: what it says, or the variable it names.
    if let Some(text) = node.text() {
        return match text.strip_prefix('$') {
            Some(name) => variable(name, node, options),
            None => node.to_value(None),
        };
    }
    // `one_of: [a, b]`: the language decides when it is deployed.
    if let Some(branches) = node.get("one_of") {
        let branches = branches.items().iter().map(|branch| value(branch, options)).collect();
        return Value::new(Data::Choice(branches), node.origin());
    }
    if node.is_sequence() {
        return Value::new(Data::List(Arc::new(list(node, options))), node.origin());
    }
    let entries = node.entries().iter().map(|entry| (entry.key.name(), value(&entry.value, options)));
    let map = Map { entries: entries.collect(), open: node.why_open(), header: node.first_key() };
    Value::new(Data::Map(Arc::new(map)), node.origin())
}

/// A variable has the value it was given on the command line, and else a reason why nobody knows it.
fn variable(name: &str, node: &Node, options: &Options) -> Value {
    let given = options.variables.iter().rev().find(|(variable, _)| variable == name);
    match given {
        Some((_, text)) => Value::text(text.as_str(), Origin::at(node.span)),
        None => {
            let why = format!("variable `{name}` has no value");
            Value::unknown(WhyKind::Variable, why, Origin::at(node.span))
        }
    }
}

/// `...` in a list stands for elements that are added when it is deployed.
fn list(node: &Node, options: &Options) -> List {
    let is_rest = |item: &&Node| item.text().is_some_and(|text| &**text == "...");
    let rest = node.items().iter().find(is_rest);
    let rest = rest.map(|_| Why::new(WhyKind::Outside, "`...` adds elements at deployment"));
    let items = node.items().iter().filter(|item| !is_rest(item));
    List { items: items.map(|item| value(item, options)).collect(), open: node.why_open().or(rest) }
}

const TEXT: &str = "\
stores:
  logs:
    encrypted: true
    days: $DAYS
    tier: { one_of: [hot, cold] }
    readers: [alice, ...]
";

fn inventory(text: &str, options: &Options) -> Inventory {
    let source = Arc::new(Source::new(SourceId(0), "x.store.yaml", text));
    let document = syntax::parse(source.clone(), FileKind::Data);
    let Tree::Data(nodes) = &document.tree else { panic!("YAML is data") };
    assert!(FORMAT.may_be_in("x.store.yaml", text) && FORMAT.is_in("x.store.yaml", nodes));
    let Reader::EachFile(read) = FORMAT.reader else { panic!("each file is a root") };
    read(&source, nodes, options).unwrap().0
}

#[test]
fn the_example_reads_what_the_page_says() {
    let found = inventory(TEXT, &Options::default());
    let store = found.find("store/logs").unwrap();
    assert_eq!(store.body.get("encrypted").unwrap().data, Data::Bool(true));
    let Data::Unknown(why) = &store.body.get("days").unwrap().data else { panic!("{store:?}") };
    assert_eq!((why.kind, &*why.text), (WhyKind::Variable, "variable `DAYS` has no value"));
    let Data::Choice(tiers) = &store.body.get("tier").unwrap().data else { panic!("{store:?}") };
    assert_eq!(tiers.iter().filter_map(Value::as_text).collect::<Vec<_>>(), ["hot", "cold"]);
    let readers = store.body.get("readers").unwrap().as_list().unwrap();
    assert_eq!((readers.items.len(), readers.open.is_some()), (1, true));
    let span = store.body.get("encrypted").unwrap().origin.span.unwrap();
    assert_eq!(&TEXT[span.range()], "true");
    let options = Options { variables: vec![("DAYS".to_owned(), "30".to_owned())], ..Options::default() };
    assert_eq!(
        inventory(TEXT, &options).find("store/logs").unwrap().body.get("days").unwrap().as_text(),
        Some("30")
    );
}

#[test]
fn what_could_not_be_read_leaves_a_map_open() {
    let found = inventory("stores:\n  logs:\n    encrypted: true\n    days: [1, 2\n", &Options::default());
    let open = |resource: &Resource| resource.body.as_map().is_some_and(|map| map.open.is_some());
    let whole = found.resources.iter().all(|resource| !open(resource) && resource.body.is_wholly_known());
    assert!(!whole, "{:?}", found.resources);
}

#[test]
fn the_page_shows_this_code() {
    let here = include_str!("readers.rs");
    let page = include_str!("../../docs/readers.md");
    let blocks: Vec<&str> =
        page.split("```rust\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(blocks.len() >= 4, "the page has lost its example");
    for block in blocks {
        assert!(here.contains(block.trim_end()), "docs/readers.md shows what is not here:\n{block}");
    }
    assert!(page.contains(TEXT), "docs/readers.md shows another text");
}
