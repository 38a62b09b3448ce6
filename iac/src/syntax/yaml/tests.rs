use super::*;
use crate::source::SourceId;
use crate::syntax::node::NodeData;

fn source(text: &str) -> Source {
    Source::new(SourceId(0), "t.yaml", text)
}

/// The tree with the source text under each span.
fn show(source: &Source, node: &Node) -> String {
    let tag = node.tag.as_deref().map(|tag| format!("{tag}·")).unwrap_or_default();
    let inner = match &node.data {
        NodeData::Scalar(_) if node.broken => "?".to_owned(),
        NodeData::Scalar(_) => source.slice(node.span).replace('\n', "⏎"),
        NodeData::Sequence(items) => {
            format!("[{}]", items.iter().map(|node| show(source, node)).collect::<Vec<_>>().join(" "))
        }
        NodeData::Mapping(entries) => {
            let shown =
                entries.iter().map(|entry| format!("{}={}", entry.key.name(), show(source, &entry.value)));
            format!("{{{}}}", shown.collect::<Vec<_>>().join(" "))
        }
    };
    let more = if node.broken && !matches!(node.data, NodeData::Scalar(_)) { "…" } else { "" };
    format!("{tag}{inner}{more}")
}

fn check(text: &str, expect: &[&str]) {
    let source = source(text);
    let (nodes, _, _) = parse(&source);
    let shown: Vec<String> = nodes.iter().map(|node| show(&source, node)).collect();
    assert_eq!(shown, expect, "{text}");
}

fn problems(text: &str) -> Vec<String> {
    let source = source(text);
    let (_, _, problems) = parse(&source);
    problems
        .iter()
        .map(|problem| {
            let place = problem.span.map(|span| source.place(span.start));
            format!("{}: {}", place.map(|place| place.line).unwrap_or(0), problem.message)
        })
        .collect()
}

fn comments(text: &str, expect: &[(&str, bool)]) {
    let (_, comments, _) = parse(&source(text));
    let found: Vec<(&str, bool)> =
        comments.iter().map(|comment| (comment.text.as_str(), comment.alone)).collect();
    assert_eq!(found, expect, "{text}");
}

/// The text of a whole collection under a path of keys.
fn span_of(text: &str, path: &[&str], expect: &str) {
    let source = source(text);
    let (nodes, _, _) = parse(&source);
    let node = path.iter().fold(nodes.first(), |node, key| node.and_then(|node| node.get(key)));
    assert_eq!(node.map(|node| source.slice(node.span)), Some(expect), "{text}");
}

#[test]
fn scalars_and_their_bytes() {
    check("", &[]);
    check("# only\n", &[]);
    check("---\n", &[""]);
    check("a: 1\n---\nb\n...\n", &["{a=1}", "b"]);
    check("a: 'x' # c\nb: \"y\" \nc: z # d\n", &["{a='x' b=\"y\" c=z}"]);
    check("a: &x !Sub 'é' # hi\nb: *x\n", &["{a=!Sub·!Sub 'é' b=!Sub·!Sub 'é'}"]);
    check("\u{feff}é: ü\r\nb: c\r\n", &["{é=ü b=c}"]);
    check("a: |\n  one\n\n  two\n\n# c\nb: >- # x\n  y\n", &["{a=|⏎  one⏎⏎  two b=>- # x⏎  y}"]);
    check("a: !Sub |\n  ${x}\nb: !Ref c", &["{a=!Sub·!Sub |⏎  ${x} b=!Ref·!Ref c}"]);
    check("a:\nb : \n- c: \n  d: ~\n", &["{a= b=[{c= d=~}]}"]);
    check("a: 'it''s'\nb: \"q\\\"\" # x", &["{a='it''s' b=\"q\\\"\"}"]);
}

#[test]
fn collections_and_their_bytes() {
    span_of("a:\n  b: 1\n  c: 2 # x\n\nd: 3\n", &["a"], "b: 1\n  c: 2");
    span_of("a: {b: 1, c: [2, 3] } # x\n", &["a"], "{b: 1, c: [2, 3] }");
    span_of("a: {b: 1, c, d: , }\n", &["a"], "{b: 1, c, d: , }");
    span_of("a:\n- 1\n-  2\nb: 3", &["a"], "- 1\n-  2");
    span_of("a: !If\n  - x\n  - y\n\nb: 3", &["a"], "!If\n  - x\n  - y");
    span_of("a: !If [x, !Ref y, []]\nb: 3", &["a"], "!If [x, !Ref y, []]");
    span_of("a: {}\nb: 3", &["a"], "{}");
    span_of("a:\r\n  b:\r\n    c: |\r\n      t\r\nz: 1\r\n", &["a", "b"], "c: |\r\n      t");
    span_of("ключ:\n  é: 'ü'\n  b: [ö, {ä: 1}]\n", &["ключ", "b"], "[ö, {ä: 1}]");
}

#[test]
fn aliases_and_merge_keys() {
    check("a: &x {k: 1, l: 2}\nb:\n  <<: *x\n  k: 3\n", &["{a={k=1 l=2} b={k=3 l=2}}"]);
    check("a: &x [1]\nb: [*x, *x]\n", &["{a=[1] b=[[1] [1]]}"]);
    let source = source("a: &x 1\nb: *x\n");
    let (nodes, _, _) = parse(&source);
    let origin = nodes[0].get("b").unwrap().origin();
    assert_eq!(source.slice(origin.span.unwrap()), "1");
    let step = origin.steps().next().unwrap();
    assert_eq!((source.slice(step.span), &*step.what), ("*x", "anchor `x`"));
}

#[test]
fn aliases_that_multiply() {
    let mut text = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n".to_owned();
    for level in 1..12 {
        let before = level - 1;
        let uses = vec![format!("*a{before}"); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{uses}]\n"));
    }
    let messages = problems(&text);
    assert!(messages[0].contains("multiply beyond reason"), "{messages:?}");
}

#[test]
fn duplicate_keys() {
    check("a: 1\nb: 2\na: 3\n", &["{a=3 b=2}"]);
    assert_eq!(problems("a: 1\na: 3\n"), ["2: the key `a` is there twice; the last one counts"]);
}

#[test]
fn where_comments_stand() {
    comments(
        "# one\na: b # two\nc: 'd # no' #three\ne: f#no\n",
        &[("one", true), ("two", false), ("three", false)],
    );
    comments("a: | # head\n  # no\n  x\n# yes\nb: 1\n", &[("head", false), ("yes", true)]);
    comments("a:\n  # compline: waive x\n  - b\n", &[("compline: waive x", true)]);
    comments("a: !Sub # tag\n  x y # end\n", &[("tag", false), ("end", false)]);
    comments("a: 1\r\n# crlf\r\nb: é # ü\r\n", &[("crlf", true), ("ü", false)]);
    comments("#first\n", &[("first", true)]);
}

#[test]
fn broken_texts_keep_the_rest() {
    check("a: 1\nb: \"open\nc: 3\n", &["{a=1 b=? c=3}"]);
    check("a: 1\nhalf\nc: 3\n", &["{a=1 c=3}…"]);
    check(
        "R:\n  A:\n    T: x\n  B:\n    T: y\n    P: [1\n  C:\n    T: z\nO:\n  k: v\n",
        &["{R={A={T=x} B={T=y P=?} C={T=z}} O={k=v}}"],
    );
    check("a: b: c\nd: e\n", &["{a=? d=e}"]);
    check("a:\n  b: 1\n\tc: 2\nd: 3\n", &["{a={b=?}… d=3}"]);
    check("a: 1\n---\nb: [\n---\nc: 3\n", &["{a=1}", "{b=?}", "{c=3}"]);
    check("l:\n- a\n- b: c: d\n- e\nx: 1\n", &["{l=[a e]… x=1}"]);
    check("a: *nope\nb: 1\n", &["{a=? b=1}"]);
    check("{\"a\": 1, \"b\" 2}", &["{a=1 b=?}…"]);
    assert_eq!(
        problems("a: 1\nhalf\nc: 3\n"),
        ["2: this cannot be read as YAML: a key with a colon was expected"]
    );
    assert_eq!(problems("a: 1\n---\nb: [\n---\nc: 3\n").len(), 1);
    assert_eq!(problems("a: {{ .Values.x }}: 1\n"), ["1: a template is not a manifest; render it first"]);
    check("a: 1\n---\nb{{ .x }}: [\n---\nc: 3\n", &["{a=1}", "?", "{c=3}"]);
    check("a: 1\n---\n{% if x %}\nb: 1\n", &["{a=1}", "?"]);
}

#[test]
fn deep_and_long_texts() {
    assert!(problems(&"- ".repeat(1000)).iter().any(|problem| problem.contains("levels of nesting")));
    assert!(!problems(&"[".repeat(100_000)).is_empty());
    assert!(!problems(&"{a: ".repeat(10_000)).is_empty());
    let long = format!("a: \"{}\"\nb: 1\n", "é".repeat(1_000_000));
    assert!(problems(&long).is_empty());
    let list = format!("a: [{}]\n", "é, ".repeat(200_000));
    assert!(problems(&list).is_empty());
}
