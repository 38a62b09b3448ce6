use super::*;
use crate::edit::apply;
use crate::source::SourceId;

fn text(text: &str) -> Literal {
    Literal::Text(Arc::from(text))
}

fn path(steps: &str) -> Vec<Arc<str>> {
    steps.split('.').map(Arc::from).collect()
}

fn refer(address: &str, attribute: &str) -> Literal {
    Literal::Refer { address: Arc::from(address), attribute: Arc::from(attribute) }
}

fn map(entries: &[(&str, Literal)]) -> Literal {
    Literal::Map(entries.iter().map(|(key, value)| (Arc::from(*key), value.clone())).collect())
}

/// The source, and the span of the node at a path of keys and indices ("" is the whole document).
fn open(input: &str, at: &str) -> (Source, Span) {
    let name = if input.trim_start().starts_with(['{', '[']) { "t.json" } else { "t.yaml" };
    let source = Source::new(SourceId(0), name, input);
    let document = Document::read(&source);
    let mut node = &document.nodes[0];
    for step in at.split('.').filter(|step| !step.is_empty()) {
        node = match step.parse::<usize>() {
            Ok(index) => &node.items()[index],
            Err(_) => node.get(step).unwrap_or_else(|| panic!("no `{step}` in {input}")),
        };
    }
    let span = node.span;
    drop(document);
    (source, span)
}

fn run(input: &str, at: &str, change: impl Fn(Span) -> Change) -> Result<String, String> {
    let (source, span) = open(input, at);
    let done = apply(input, &edits(&source, &change(span))?)?;
    let problems = if json::is_json(&source) {
        json::parse(&Source::new(SourceId(0), "t.json", done.as_str())).2
    } else {
        yaml::parse(&Source::new(SourceId(0), "t.yaml", done.as_str())).2
    };
    assert!(problems.is_empty(), "{done}\n{problems:?}");
    Ok(done)
}

fn replace(input: &str, at: &str, value: Literal, expect: &str) {
    let done = run(input, at, |at| Change::Replace { at, value: value.clone() });
    assert_eq!(done.as_deref(), Ok(expect), "{input}");
}

fn insert(input: &str, at: &str, steps: &str, value: Literal, expect: &str) {
    let done = run(input, at, |into| Change::Insert { into, path: path(steps), value: value.clone() });
    assert_eq!(done.as_deref(), Ok(expect), "{input}");
}

fn append(input: &str, at: &str, values: &[Literal], expect: &str) {
    let done = run(input, at, |to| Change::Append { to, values: values.to_vec() });
    assert_eq!(done.as_deref(), Ok(expect), "{input}");
}

fn remove(input: &str, at: &str, expect: &str) {
    let done = run(input, at, |at| Change::Remove { at });
    assert_eq!(done.as_deref(), Ok(expect), "{input}");
}

fn remove_element(input: &str, at: &str, expect: &str) {
    let done = run(input, at, |at| Change::RemoveElement { at });
    assert_eq!(done.as_deref(), Ok(expect), "{input}");
}

fn refuse(input: &str, at: &str, change: impl Fn(Span) -> Change) {
    let done = run(input, at, change);
    assert!(done.is_err(), "{input} became {done:?}");
}

#[test]
fn replace_scalars() {
    replace("a: false # c\nb: 1\n", "a", Literal::Bool(true), "a: true # c\nb: 1\n");
    replace("a: 'false'\n", "a", Literal::Bool(true), "a: 'true'\n");
    replace("a: \"x\" # c\n", "a", text("it's \"y\""), "a: \"it's \\\"y\\\"\" # c\n");
    replace("a: 'x'\n", "a", text("it's"), "a: 'it''s'\n");
    replace("a: x\r\nb: y\r\n", "a", text("yes"), "a: 'yes'\r\nb: y\r\n");
    replace("a: x", "a", text("10.0.0.0/8"), "a: 10.0.0.0/8");
    replace("a: x", "a", text("1.2"), "a: '1.2'");
    replace("é: {ü: x, b: y}", "é.ü", text("a, b"), "é: {ü: 'a, b', b: y}");
    replace("a: !Sub '${x}' # c\n", "a", text("y"), "a: 'y' # c\n");
    replace("a:\nb: 1\n", "a", Literal::Int(7), "a: 7\nb: 1\n");
    replace("a: |\n  one\n  two\n\nb: 1\n", "a", text("z"), "a: z\n\nb: 1\n");
    replace("- a: x\n  b: y\n- z\n", "0.b", text("w"), "- a: x\n  b: w\n- z\n");
    replace("{\"a\": \"é\", \"b\": [1]}", "b.0", text("x\"y"), "{\"a\": \"é\", \"b\": [\"x\\\"y\"]}");
}

#[test]
fn replace_collections() {
    replace("a: x\n", "a", Literal::List(vec![text("b"), Literal::Int(1)]), "a: [b, 1]\n");
    replace("a:\n  - x\n  - y\nb: 1\n", "a", Literal::List(vec![text("z")]), "a:\n  - z\nb: 1\n");
    replace("a:\n  k: v\nb: 1\n", "a", text("z"), "a: z\nb: 1\n");
    replace("a: # c\n  k: v\nb: 1\n", "a", text("z"), "a: # c\n  z\nb: 1\n");
    replace(
        "a:\n  k: v\n",
        "a",
        map(&[("m", map(&[("r", text("o"))])), ("p", text("q"))]),
        "a:\n  m:\n    r: o\n  p: q\n",
    );
    replace("{\n  \"a\": 1\n}\n", "a", map(&[("b", text("c"))]), "{\n  \"a\": {\n    \"b\": \"c\"\n  }\n}\n");
}

#[test]
fn insert_into_blocks() {
    insert("a:\n  b: 1 # one\nc: 2\n", "a", "d", Literal::Bool(true), "a:\n  b: 1 # one\n  d: true\nc: 2\n");
    insert("a:\r\n  b: 1\r\nc: 2\r\n", "a", "d.e", text("x"), "a:\r\n  b: 1\r\n  d:\r\n    e: x\r\nc: 2\r\n");
    insert("a:\n  b: 1", "a", "d", text("x"), "a:\n  b: 1\n  d: x");
    insert(
        "a:\n    b:\n        c: |\n            t\n\nd: 1\n",
        "a",
        "e.f",
        text("x"),
        "a:\n    b:\n        c: |\n            t\n    e:\n        f: x\n\nd: 1\n",
    );
    insert(
        "- a: 1\n  b: 2\n- c\n",
        "0",
        "d",
        Literal::List(vec![text("x")]),
        "- a: 1\n  b: 2\n  d:\n    - x\n- c\n",
    );
    insert("a:\n  b:\n    c: 1\n", "a", "b.d", text("x"), "a:\n  b:\n    c: 1\n    d: x\n");
    insert("a:\n  b: 1\n", "a", "b", text("x"), "a:\n  b: x\n");
    insert("a:\n  b:\n  c: 1\n", "a", "b.d", text("x"), "a:\n  b:\n    d: x\n  c: 1\n");
    insert("a:\n  b: ~ # c\n", "a", "b.d", text("x"), "a:\n  b: # c\n    d: x\n");
    insert("a:\n  b:\n    - c: 1\n", "a", "b.d", text("x"), "a:\n  b:\n    - c: 1\n      d: x\n");
    insert("a:\n  b: 1\n", "a", "l.0.k", text("x"), "a:\n  b: 1\n  l:\n    - k: x\n");
    insert("a:\n  b: &x {k: 1}\n  c: *x\n", "a", "d", text("x"), "a:\n  b: &x {k: 1}\n  c: *x\n  d: x\n");
    insert(
        "a: &x\n  k: 1\nb:\n  <<: *x\n  l: 2\n",
        "b",
        "m",
        text("x"),
        "a: &x\n  k: 1\nb:\n  <<: *x\n  l: 2\n  m: x\n",
    );
}

#[test]
fn insert_into_flow() {
    insert("a: {b: 1}\n", "a", "c.d", text("x"), "a: {b: 1, c: {d: x}}\n");
    insert("a: {}\n", "a", "c", text("x"), "a: {c: x}\n");
    insert("a: {b: 1, }\n", "a", "c", text("x"), "a: {b: 1, c: x }\n");
    insert("a: {\n  b: 1\n}\n", "a", "c", text("x"), "a: {\n  b: 1,\n  c: x\n}\n");
    insert("{\"a\": {\"b\": 1}}", "a", "c.d", text("x"), "{\"a\": {\"b\": 1, \"c\": {\"d\": \"x\"}}}");
    insert("{\"a\": {}}", "a", "c", text("x"), "{\"a\": {\"c\": \"x\"}}");
    insert(
        "{\n    \"a\": {\n        \"b\": 1\n    }\n}\n",
        "a",
        "c.d",
        text("x"),
        "{\n    \"a\": {\n        \"b\": 1,\n        \"c\": {\n            \"d\": \"x\"\n        }\n    }\n}\n",
    );
    insert("{\n  \"a\": {}\n}\n", "a", "c", text("x"), "{\n  \"a\": {\n    \"c\": \"x\"\n  }\n}\n");
    insert("{\n  \"a\": null\n}\n", "", "a", Literal::Bool(true), "{\n  \"a\": true\n}\n");
}

#[test]
fn append_to_lists() {
    append(
        "a:\n  - x # c\n  - y\nb: 1\n",
        "a",
        &[text("z"), text("on")],
        "a:\n  - x # c\n  - y\n  - z\n  - 'on'\nb: 1\n",
    );
    append(
        "a:\n- x: 1\n  z: 2\nb: 1\n",
        "a",
        &[map(&[("x", Literal::Int(3)), ("z", Literal::Int(4))])],
        "a:\n- x: 1\n  z: 2\n- x: 3\n  z: 4\nb: 1\n",
    );
    append("a: [x, y]\n", "a", &[text("z")], "a: [x, y, z]\n");
    append("a: []\n", "a", &[text("z"), text("w")], "a: [z, w]\n");
    append("{\"a\": [\n  1\n]}", "a", &[Literal::Int(2), Literal::Int(3)], "{\"a\": [\n  1,\n  2,\n  3\n]}");
    append("{\"a\": []}", "a", &[text("z")], "{\"a\": [\"z\"]}");
    refuse("a: x\n", "a", |to| Change::Append { to, values: vec![text("y")] });
    refuse("a: !Split [',', x]\n", "a", |to| Change::Append { to, values: vec![text("y")] });
}

#[test]
fn remove_entries() {
    remove("a: 1 # c\nb: 2\n", "a", "b: 2\n");
    remove("a: 1\nb:\n  c: 2\n  d: 3\ne: 4\n", "b", "a: 1\ne: 4\n");
    remove("a: 1\r\nb: 2", "b", "a: 1");
    remove("- a: 1\n  b: 2\n", "0.a", "- b: 2\n");
    remove("- a: 1\n  b: 2\n", "0.b", "- a: 1\n");
    remove("a:\n  b: 1\nc: 2\n", "a.b", "a: {}\nc: 2\n");
    remove("a: # x\n  b: 1\nc: 2\n", "a.b", "a: {} # x\nc: 2\n");
    remove("- a: 1\n- b\n", "0.a", "- {}\n- b\n");
    remove("a:\nb: 1\n", "a", "b: 1\n");
    remove("a: {b: 1, c: 2, d: 3}\n", "a.b", "a: {c: 2, d: 3}\n");
    remove("a: {b: 1, c: 2, d: 3}\n", "a.d", "a: {b: 1, c: 2}\n");
    remove("{\n  \"a\": 1,\n  \"b\": 2\n}\n", "b", "{\n  \"a\": 1\n}\n");
    remove("{\n  \"a\": 1,\n  \"b\": 2\n}\n", "a", "{\n  \"b\": 2\n}\n");
    remove("{\"a\": {\"b\": 1}}", "a.b", "{\"a\": {}}");
    refuse("a: &x 1\nb: *x\n", "a", |at| Change::Remove { at });
}

#[test]
fn remove_elements() {
    remove_element("a:\n  - x # c\n  - y\n", "a.0", "a:\n  - y\n");
    remove_element("a:\n- k: 1\n  l: 2\n- y\nb: 1\n", "a.0", "a:\n- y\nb: 1\n");
    remove_element("a:\n- x\n- y\nb: 1\n", "a.1", "a:\n- x\nb: 1\n");
    remove_element("a:\n- x\nb: 1\n", "a.0", "a: []\nb: 1\n");
    remove_element("- - x\n  - y\n", "0.0", "- - y\n");
    remove_element("a: [x, y, z]\n", "a.1", "a: [x, z]\n");
    remove_element("a: [x]\n", "a.0", "a: []\n");
    remove_element("{\"a\": [1, 2]}", "a.1", "{\"a\": [1]}");
}

const TEMPLATE: &str = "Parameters:\n  P: {Type: CommaDelimitedList, Default: 'a, b'}\n  Q: {Type: String, Default: x}\nResources:\n  A:\n    Type: AWS::S3::Bucket\n\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      X: !Ref Q\n";

#[test]
fn templates() {
    insert(
        TEMPLATE,
        "Resources.A",
        "V.Status",
        text("Enabled"),
        &TEMPLATE.replacen("Bucket\n", "Bucket\n    Properties:\n      V:\n        Status: Enabled\n", 1),
    );
    insert(
        TEMPLATE,
        "Resources.A",
        "DeletionPolicy",
        text("Retain"),
        &TEMPLATE.replacen("Bucket\n", "Bucket\n    DeletionPolicy: Retain\n", 1),
    );
    insert(TEMPLATE, "Resources.B.Properties", "W", refer("A", ""), &format!("{TEMPLATE}      W: !Ref A\n"));
    insert(
        TEMPLATE,
        "Resources.B.Properties",
        "W",
        refer("A", "Arn"),
        &format!("{TEMPLATE}      W: !GetAtt A.Arn\n"),
    );
    replace(TEMPLATE, "Parameters.Q.Default", text("w"), &TEMPLATE.replace("Default: x", "Default: w"));
    refuse(TEMPLATE, "Parameters.P.Default", |at| Change::Replace { at, value: text("y") });
    refuse(TEMPLATE, "Parameters.Q.Default", |at| Change::Remove { at });
    let null = "Resources:\n  A:\n    Type: A::B::C\n    Properties: # none\n  B: 1\n";
    let filled =
        "Resources:\n  A:\n    Type: A::B::C\n    Properties: # none\n      V:\n        S: x\n  B: 1\n";
    insert(null, "Resources.A.Properties", "V.S", text("x"), filled);
    insert(null, "Resources.A", "V.S", text("x"), filled);
    insert("a: 1\n", "", "b", text("x"), "a: 1\nb: x\n");
    refuse("a: 1\n", "", |into| Change::Insert { into, path: path("b"), value: refer("A", "") });
}

#[test]
fn resources() {
    let add = |input: &str, name: &str| {
        run(input, "Resources.A", |span| Change::AddResource {
            after: span,
            kind: Arc::from("AWS::S3::BucketPolicy"),
            name: Arc::from(name),
            body: vec![(Arc::from("Bucket"), refer("A", ""))],
        })
    };
    let new = "  LogsPolicy:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref A\n";
    let expect = TEMPLATE.replacen("Bucket\n\n", &format!("Bucket\n\n{new}\n"), 1);
    assert_eq!(add(TEMPLATE, "logs_policy"), Ok(expect));
    let json = "{\n  \"Resources\": {\n    \"A\": {\n      \"Type\": \"AWS::S3::Bucket\"\n    }\n  }\n}\n";
    let expect = "{\n  \"Resources\": {\n    \"A\": {\n      \"Type\": \"AWS::S3::Bucket\"\n    },\n    \"A2\": {\n      \"Type\": \"AWS::S3::BucketPolicy\",\n      \"Properties\": {\n        \"Bucket\": {\"Ref\": \"A\"}\n      }\n    }\n  }\n}\n";
    assert_eq!(add(json, "A"), Ok(expect.to_owned()));
}

#[test]
fn texts_that_stay_plain() {
    for (input, expect) in [
        ("AES256", "AES256"),
        ("aws:kms", "aws:kms"),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b/*"),
        ("", "''"),
        ("true", "'true'"),
        ("No", "'No'"),
        ("12", "'12'"),
        ("2012-10-17", "'2012-10-17'"),
        ("*", "'*'"),
        ("a: b", "'a: b'"),
        ("a #b", "'a #b'"),
        ("a\nb", "\"a\\nb\""),
        ("한글", "한글"),
    ] {
        assert_eq!(write::yaml_text(input, false), expect);
    }
}
