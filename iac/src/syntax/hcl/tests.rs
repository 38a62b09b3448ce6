use std::sync::Arc;

use super::*;
use crate::source::SourceId;

fn read(text: &str) -> (Arc<Source>, Parsed) {
    let source = Arc::new(Source::new(SourceId(0), "main.tf", text));
    let parsed = on_deep_stack(source.clone());
    (source, parsed)
}

/// As the workspace does it.
fn on_deep_stack(source: Arc<Source>) -> Parsed {
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(move || parse(&source)).unwrap();
    thread.join().unwrap()
}

/// Blocks and attributes by their paths, in order.
fn outline(body: &Body) -> Vec<String> {
    let mut lines = Vec::new();
    for item in &body.items {
        match item {
            Item::Attribute(attribute) => {
                let missing = if matches!(attribute.value.kind, Kind::Missing(_)) { "?" } else { "" };
                lines.push(format!("{}{missing}", attribute.name));
            }
            Item::Block(block) => {
                let labels: String = block.labels.iter().map(|label| format!(" {}", label.text)).collect();
                lines.push(format!("{}{labels}", block.kind));
                lines.extend(outline(&block.body).into_iter().map(|line| format!(".{line}")));
            }
        }
    }
    lines
}

fn check(text: &str, expect: &[&str], problems: &[(&str, u32)]) {
    let (source, parsed) = read(text);
    assert_eq!(outline(&parsed.body), expect, "{text}\n{:?}", parsed.problems);
    let found: Vec<(&str, u32)> = parsed
        .problems
        .iter()
        .map(|problem| (&*problem.message, source.place(problem.span.unwrap().start).line))
        .collect();
    assert_eq!(found, problems, "{text}");
}

#[test]
fn a_broken_attribute_hides_nothing() {
    check(
        "resource \"a\" \"b\" {\n  x = \n  y = 1\n}\nlocals {\n  z = 2\n}\n",
        &["resource a b", ".x?", ".y", "locals", ".z"],
        &[("a value was expected here", 2)],
    );
    check(
        "a {\n  x = foo(\n  y = 1\n}\nb {\n  z = 2\n}\n",
        &["a", ".x?", ".y", "b", ".z"],
        &[("`,` or `)` was expected here", 3)],
    );
    check(
        "a {\n  x = \"abc\n  y = 1\n}\nb {}\n",
        &["a", ".x?", ".y", "b"],
        &[("a string must end on its line", 2)],
    );
    check("a {\n  x\n  y = 1\n}\n", &["a", ".y"], &[("`=` or `{` was expected after this name", 2)]);
    check("a {\n  x.\n  y = 1\n}\n", &["a", ".y"], &[("`=` or `{` was expected after this name", 2)]);
    check(
        "a {\n  x = y.\n  z = 1\n}\n",
        &["a", ".x?", ".z"],
        &[("an attribute name was expected after this `.`", 2)],
    );
    check("a {\n  x = 1 +\n  z = 1\n}\n", &["a", ".x?", ".z"], &[("a value was expected here", 2)]);
    check("a {\n  x = 1 2\n  z = 1\n}\n", &["a", ".x", ".z"], &[("a new line was expected here", 2)]);
    check("a {\n  x = 1\n  x = 2\n}\n", &["a", ".x"], &[("this attribute is set twice", 3)]);
    check("a {\n  @ = 1\n  z = 1\n}\n", &["a", ".z"], &[("an attribute or block was expected here", 2)]);
    check("a {\n  x = \"${y\n  z = 1\n}\n", &["a", ".x?", ".z"], &[("`}` was expected here", 3)]);
}

#[test]
fn a_broken_collection_keeps_its_rest() {
    let (_, parsed) = read("a = {\n  b = \n  c = 1\n}\nd = 1\n");
    assert_eq!(outline(&parsed.body), ["a", "d"]);
    let Kind::Object(pairs) = &parsed.body.attribute("a").unwrap().value.kind else { panic!() };
    let keys: Vec<_> = pairs.iter().map(|pair| &**pair.key.as_text().unwrap()).collect();
    assert_eq!(keys, ["b", "c"]);
    let (_, parsed) = read("a = [1, , 2]\n");
    let Kind::List(items) = &parsed.body.attribute("a").unwrap().value.kind else { panic!() };
    assert_eq!(items.len(), 3);
    check(
        "a {\n  x = [\"1\"\n  y = 1\n}\nb {}\n",
        &["a", ".x?", ".y", "b"],
        &[("this list is never closed", 2)],
    );
    check(
        "a {\n  x = [\"1\",\n  y = 1\n}\nb {}\n",
        &["a", ".x?", ".y", "b"],
        &[("this list is never closed", 2)],
    );
}

#[test]
fn a_missing_brace_ends_at_the_next_block() {
    check(
        "resource \"a\" \"b\" {\n  x = 1\n\nresource \"c\" \"d\" {\n  y = 1\n}\n",
        &["resource a b", ".x", "resource c d", ".y"],
        &[("this block is not closed before the next one begins", 1)],
    );
    check(
        "resource \"a\" \"b\" {\n  c {\n    x = 1\n}\n\nlocals {\n  y = 1\n}\n",
        &["resource a b", ".c", "..x", "locals", ".y"],
        &[("this block is not closed before the next one begins", 1)],
    );
    check("a {\n  x = 1\n", &["a", ".x"], &[("this block is never closed", 1)]);
    check("a {\n}\n}\nb {\n}\n", &["a", "b"], &[("this `}` closes nothing", 3)]);
    check(
        "a = <<EOT\nx\n",
        &["a?"],
        &[("this heredoc never ends", 1), ("`=` or `{` was expected after this name", 2)],
    );
}

#[test]
fn spans_are_exact() {
    let text = "\u{feff}resource \"é\" b { # c\r\n  x = [ \"${ a.b[0] }-\" , {k=1} ]\r\n}\r\n";
    let (source, parsed) = read(text);
    assert_eq!(parsed.problems, []);
    let block = parsed.body.blocks().next().unwrap();
    assert_eq!(source.slice(block.header), "resource \"é\" b");
    assert!(source.slice(block.span).starts_with("resource") && source.slice(block.span).ends_with('}'));
    let x = block.body.attribute("x").unwrap();
    assert_eq!(source.slice(x.value.span), "[ \"${ a.b[0] }-\" , {k=1} ]");
    let Kind::List(items) = &x.value.kind else { panic!() };
    assert_eq!(source.slice(items[0].span), "\"${ a.b[0] }-\"");
    assert_eq!(source.slice(items[1].span), "{k=1}");
    let Kind::Template(parts) = &items[0].kind else { panic!() };
    let Part::Value(value) = &parts[0] else { panic!() };
    assert_eq!(source.slice(value.span), "a.b[0]");
    assert_eq!(parsed.comments.len(), 1);
    assert_eq!((&*parsed.comments[0].text, parsed.comments[0].alone), ("c", false));
}

#[test]
fn comments() {
    let (source, parsed) = read(
        "# one\na = 1 // two\n  /* three\n */\nb = [ # four\n 1, /* five */ 2\n]\nc = \"# no\"\nd = <<E\n# no\nE\n#\n",
    );
    let found: Vec<(&str, bool)> =
        parsed.comments.iter().map(|comment| (&*comment.text, comment.alone)).collect();
    assert_eq!(
        found,
        [("one", true), ("two", false), ("three", true), ("four", false), ("five", false), ("", true)]
    );
    assert_eq!(source.slice(parsed.comments[1].span), "// two");
}

#[test]
fn deep_and_long_texts_end() {
    for text in [
        format!("a = {}1{}\n", "[".repeat(100_000), "]".repeat(100_000)),
        format!("a = {}\n", "[".repeat(100_000)),
        format!("a = {}1\n", "-".repeat(100_000)),
        format!("a = {}1{}\n", "(".repeat(100_000), ")".repeat(100_000)),
        format!("a = {}1\n", "{ b = ".repeat(50_000)),
        "a {\n".repeat(50_000),
        format!("a = {}\n", "\"${".repeat(50_000)),
        format!("a = {}1\n", "1 + ".repeat(100_000)),
        format!("a = {}\n", "x ? y : ".repeat(50_000)),
        format!("a = x{}\n", ".b".repeat(100_000)),
        format!("a = x{}\n", "[0]".repeat(100_000)),
        format!("a = x{}\n", "[x".repeat(100_000)),
        format!("a = {}\n", "f(".repeat(100_000)),
        "<<A\n".repeat(20_000),
        "a = <<A\n".repeat(20_000),
        "}".repeat(100_000),
        "a = \"%{ if x }".repeat(10_000),
        format!("a = \"{}\"\n", "%{ if x }".repeat(10_000)),
        format!("/*{}", "/* */".repeat(100_000)),
        "\"".repeat(100_001),
        "\\".repeat(100_000),
        format!("{}\n", "é=".repeat(100_000)),
    ] {
        // A quadratic walk would show as a test that does not end.
        let (_, parsed) = read(&text);
        assert!(parsed.problems.len() <= 51);
    }
}

#[test]
fn every_beginning_of_a_text_is_read() {
    let text = "resource \"a\" \"b\" {\n  x = \"${f(a.b[\"k\"], [1, -2])} %{ if y }z%{ endif }\"\n  y = <<-EOT\n    a ${b}\n  EOT\n  z = { for k, v in w : k => v... if v != null }\n  dynamic \"q\" { # é\n    content {\n      r = a ? b : !c\n    }\n  }\n}\n";
    assert_eq!(read(text).1.problems, []);
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        parse(&Source::new(SourceId(0), "a.tf", &text[..end]));
        parse(&Source::new(SourceId(0), "a.tf", &text[end..]));
        let without: String = format!("{}{}", &text[..end], text[end..].chars().skip(1).collect::<String>());
        parse(&Source::new(SourceId(0), "a.tf", without));
    }
}

/// What the other reader takes, we take, with the same blocks, attributes and strings.
#[test]
fn agrees_with_another_reader() {
    let text = include_str!("tests/sample.tf.txt");
    let (source, parsed) = read(text);
    assert_eq!(parsed.problems, []);
    let body: hcl_edit::structure::Body = text.parse().unwrap();
    same_body(&source, &parsed.body, &body);
}

fn same_body(source: &Source, ours: &Body, theirs: &hcl_edit::structure::Body) {
    use hcl_edit::Span as _;
    use hcl_edit::structure::Structure;
    assert_eq!(ours.items.len(), theirs.len());
    for (ours, theirs) in ours.items.iter().zip(theirs) {
        match (ours, theirs) {
            (Item::Attribute(ours), Structure::Attribute(theirs)) => {
                assert_eq!(&*ours.name, theirs.key.as_str());
                let span = theirs.value.span().unwrap();
                assert_eq!(ours.value.span.range(), span, "{}", source.slice(ours.value.span));
                if let hcl_edit::expr::Expression::String(text) = &theirs.value {
                    assert_eq!(ours.value.as_text().map(|text| &**text), Some(text.as_str()));
                }
            }
            (Item::Block(ours), Structure::Block(theirs)) => {
                assert_eq!(&*ours.kind, theirs.ident.as_str());
                assert_eq!(ours.labels.len(), theirs.labels.len());
                assert_eq!(ours.span.range(), theirs.span().unwrap());
                same_body(source, &ours.body, &theirs.body);
            }
            _ => panic!("{ours:?}"),
        }
    }
}
