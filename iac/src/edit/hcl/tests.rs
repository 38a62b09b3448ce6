use std::sync::Arc;

use crate::edit::{Change, Literal, apply, edits};
use crate::source::{MemorySources, Span};
use crate::{Dialect, Options, Snapshot, Workspace};

fn read(text: &str) -> Snapshot {
    let sources = MemorySources::of([("main.tf", text)]);
    let mut workspace = Workspace::new(Options::default());
    workspace.read(&sources, &["main.tf".to_owned()]);
    workspace.snapshot(&sources)
}

/// Applies the change that `make` describes, given the span of the text between `«` and `»`.
fn check(marked: &str, make: impl Fn(Span) -> Change, expect: &str) {
    let start = marked.find('«').unwrap();
    let end = marked.find('»').unwrap() - '«'.len_utf8();
    let text = marked.replace(['«', '»'], "");
    let snapshot = read(&text);
    let source = snapshot.find("main.tf").unwrap().source.clone();
    let change = make(Span::new(source.id, start, end));
    let edits = edits(&snapshot, Dialect::Terraform, std::slice::from_ref(&change))
        .unwrap_or_else(|why| panic!("{why}\n{text}"));
    let after = apply(&text, &edits).unwrap();
    assert_eq!(after, expect);
    assert_eq!(read(&after).find("main.tf").unwrap().problems, [], "{after}");
}

fn insert(path: &str, value: Literal) -> impl Fn(Span) -> Change {
    let path: Vec<Arc<str>> = path.split('.').map(Arc::from).collect();
    move |into| Change::Insert { into, path: path.clone(), value: value.clone() }
}

fn text(text: &str) -> Literal {
    Literal::Text(text.into())
}

#[test]
fn replaces() {
    let replace = |value: Literal| move |at| Change::Replace { at, value: value.clone() };
    check("a = «\"x\"» # c\n", replace(text("y\"${z}")), "a = \"y\\\"$${z}\" # c\n");
    check("a = [1, «2», 3]\n", replace(Literal::Bool(true)), "a = [1, true, 3]\n");
    check(
        "a {\n  b = {\n    c = «1»\n  }\n}\n",
        replace(Literal::List(vec![text("x")])),
        "a {\n  b = {\n    c = [\"x\"]\n  }\n}\n",
    );
    check("a = «<<EOT\nx\nEOT»\nb = 1\n", replace(Literal::Int(3)), "a = 3\nb = 1\n");
    let refer = Literal::Refer { address: "module.m[\"a.b\"].aws_x.y[0]".into(), attribute: "arn".into() };
    check("a = «null»\n", replace(refer), "a = aws_x.y[0].arn\n");
}

#[test]
fn inserts_into_blocks() {
    let yes = || Literal::Bool(true);
    check("«a \"b\" {\n  c   = 1\n}»\n", insert("d", yes()), "a \"b\" {\n  c   = 1\n  d = true\n}\n");
    check(
        "«a \"b\" {\r\n\tc = 1 # x\r\n}»\r\n",
        insert("d", yes()),
        "a \"b\" {\r\n\tc = 1 # x\r\n\td = true\r\n}\r\n",
    );
    // Neighbours share the column of their `=`; what stands apart, or is not aligned, is left alone.
    check("«a {\n  c = 1\n}»\n", insert("long", yes()), "a {\n  c    = 1\n  long = true\n}\n");
    check(
        "«a {\n  c = 1\n\n  dd = 2\n}»\n",
        insert("e", yes()),
        "a {\n  c = 1\n\n  dd = 2\n  e  = true\n}\n",
    );
    check("«a {\n  c = 1\n  dd = 2\n}»\n", insert("eee", yes()), "a {\n  c = 1\n  dd = 2\n  eee = true\n}\n");
    check(
        "«a {\n  tags = {\n    b = 1\n  }\n}»\n",
        insert("e", yes()),
        "a {\n  tags = {\n    b = 1\n  }\n  e = true\n}\n",
    );
    check("«a {}»\n", insert("d", yes()), "a {\n  d = true\n}\n");
    check("«a {\n}»\n", insert("d", yes()), "a {\n  d = true\n}\n");
    check("«a { c = 1 }»\n", insert("d", yes()), "a {\n  c = 1\n  d = true\n}\n");
    check(
        "«a {\n  c = 1\n}»\n",
        insert("v.w.x", text("on")),
        "a {\n  c = 1\n\n  v {\n    w {\n      x = \"on\"\n    }\n  }\n}\n",
    );
    check(
        "«a {\n  v {\n    y = 2\n  }\n}»\n",
        insert("v.x", yes()),
        "a {\n  v {\n    y = 2\n    x = true\n  }\n}\n",
    );
    check("«a {\n  x = null\n}»\n", insert("x", yes()), "a {\n  x = true\n}\n");
    check(
        "«a {\n  tags = { b = 1 }\n}»\n",
        insert("tags.Name", text("n")),
        "a {\n  tags = { b = 1, Name = \"n\" }\n}\n",
    );
    let tags = Literal::Map(vec![("Name".into(), text("n")), ("a b".into(), text("m"))]);
    check(
        "«a {\n  c = 1\n}»\n",
        insert("tags", tags),
        "a {\n  c = 1\n  tags = {\n    Name  = \"n\"\n    \"a b\" = \"m\"\n  }\n}\n",
    );
    let blocks = Literal::List(vec![
        Literal::Map(vec![("id".into(), text("a"))]),
        Literal::Map(vec![("id".into(), text("b"))]),
    ]);
    check(
        "«a {\n}»\n",
        insert("rule", blocks),
        "a {\n  rule {\n    id = \"a\"\n  }\n\n  rule {\n    id = \"b\"\n  }\n}\n",
    );
}

#[test]
fn inserts_into_objects() {
    let yes = || Literal::Bool(true);
    check("a = «{}»\n", insert("d", yes()), "a = { d = true }\n");
    check("a = «{ b = 1 }»\n", insert("d", yes()), "a = { b = 1, d = true }\n");
    check("a = «{ b = 1, }»\n", insert("d", yes()), "a = { b = 1, d = true }\n");
    check("a = «{\n  b = 1\n}»\n", insert("d.e", yes()), "a = {\n  b = 1\n  d = {\n    e = true\n  }\n}\n");
    check("a = «{\n  b = 1, # x\n}»\n", insert("d", yes()), "a = {\n  b = 1, # x\n  d = true\n}\n");
}

#[test]
fn appends() {
    let append = |values: &[&str]| {
        let values: Vec<Literal> = values.iter().map(|value| text(value)).collect();
        move |to| Change::Append { to, values: values.clone() }
    };
    check("a = «[]»\n", append(&["x", "y"]), "a = [\"x\", \"y\"]\n");
    check("a = «[\"w\"]»\n", append(&["x"]), "a = [\"w\", \"x\"]\n");
    check("a = «[\n  \"w\"\n]»\n", append(&["x"]), "a = [\n  \"w\",\n  \"x\"\n]\n");
    check("a = «[\n  \"w\", # c\n]»\n", append(&["x", "y"]), "a = [\n  \"w\", # c\n  \"x\",\n  \"y\",\n]\n");
    check("a = «[\n  \"w\" # c\n]»\n", append(&["x"]), "a = [\n  \"w\", # c\n  \"x\"\n]\n");
}

#[test]
fn removes() {
    let remove = |at| Change::Remove { at };
    check("a {\n  b = 1\n  c = «2» # gone\n  d = 3\n}\n", remove, "a {\n  b = 1\n  d = 3\n}\n");
    check("a { c = «2» }\n", remove, "a { }\n");
    check("a {\n  b = 1\n\n  «c {\n    d = 1\n  }»\n}\n", remove, "a {\n  b = 1\n}\n");
    check("a {\n  b = {\n    c = «1»,\n    d = 2\n  }\n}\n", remove, "a {\n  b = {\n    d = 2\n  }\n}\n");
    check("a = { b = «1», c = 2 }\n", remove, "a = { c = 2 }\n");
    check("a = { b = 1, c = «2» }\n", remove, "a = { b = 1 }\n");
}

#[test]
fn removes_elements() {
    let remove = |at| Change::RemoveElement { at };
    check("a = [«1», 2, 3]\n", remove, "a = [2, 3]\n");
    check("a = [1, 2, «3»]\n", remove, "a = [1, 2]\n");
    check("a = [«3»]\n", remove, "a = []\n");
    check("a = [\n  1,\n  «2», # two\n  3,\n]\n", remove, "a = [\n  1,\n  3,\n]\n");
    check(
        "a {\n  «b {\n    c = 1\n  }»\n  b {\n    c = 2\n  }\n}\n",
        remove,
        "a {\n  b {\n    c = 2\n  }\n}\n",
    );
}

#[test]
fn adds_resources() {
    let add = |after| Change::AddResource {
        after,
        kind: "aws_x".into(),
        name: "y".into(),
        body: vec![
            ("bucket".into(), Literal::Refer { address: "aws_s3_bucket.b".into(), attribute: "id".into() }),
            ("on".into(), Literal::Bool(true)),
            ("rule".into(), Literal::Map(vec![("status".into(), text("Enabled"))])),
        ],
    };
    check(
        "«resource \"a\" \"b\" {\n}» # here\n\noutput \"c\" {\n}\n",
        add,
        "resource \"a\" \"b\" {\n} # here\n\nresource \"aws_x\" \"y\" {\n  bucket = aws_s3_bucket.b.id\n  on     = true\n\n  rule {\n    status = \"Enabled\"\n  }\n}\n\noutput \"c\" {\n}\n",
    );
}
