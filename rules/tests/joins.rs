//! Joins: by symbolic identity, over a third resource, from a companion to its own companions, and to what is looked up.

#![allow(clippy::unwrap_used)]

use compline_iac::{MemorySources, Options, Workspace};
use compline_rules::table::Tables;
use compline_rules::{Outcome, RuleSet, judge, page};

const RELATIONS: &str = "
aws_a:
  parts: { kind: aws_b, on: { a_id: [id, name] } }
  ends: { kind: aws_c, through: [parts, end] }
  sources: { kind: data.aws_d, on: { a_id: [id, name] } }
  users: { kind: any, on: any }
aws_b:
  end: { kind: aws_c, to: { c_id: [id, name] } }
  marks: { kind: aws_m, on: { b_id: id } }
AWS::X::A:
  parts: { kind: AWS::X::B, on: { AId: [Ref, Name] } }
  users: { kind: any, on: any }
Microsoft.X/as:
  parts: { kind: Microsoft.X/bs, on: { properties.a: id } }
";

/// What a rule with this check says of the owner `o`.
fn outcome(check: &str, name: &str, text: &str) -> &'static str {
    let page = format!(
        "---\nid: aws-x-wrong\ntitle: it is wrong\nseverity: low\nobjectives: [o]\ncheck:\n  {check}\n---\nWhy.\n"
    );
    let mut tables = Tables::default();
    tables.add("relations", RELATIONS).unwrap();
    let rules = RuleSet::of(vec![page::parse(&page).unwrap().rule], tables);
    let sources = MemorySources::of([(name, text)]);
    let mut workspace = Workspace::new(Options::default());
    workspace.read(&sources, &[name.to_owned()]);
    let snapshot = workspace.snapshot(&sources);
    let verdicts = judge(&snapshot.inventories[0], &rules, &snapshot);
    let is_owner = |address: &str| address.ends_with(".o") || address == "O" || address.ends_with("/o");
    match verdicts.iter().find(|one| is_owner(&one.address)).unwrap().outcome {
        Outcome::Pass => "pass",
        Outcome::Fail => "fail",
        Outcome::Unknown(_) => "unknown",
        Outcome::Waived(_) => "waived",
    }
}

/// Whether `aws_a.o` has a part, with these resources beside it.
fn has_part(beside: &str) -> &'static str {
    let text = format!("resource \"aws_a\" \"o\" {{\n  name = \"o\"\n}}\n{beside}");
    outcome("aws_a: { ref.parts: { count: { at_least: 1 } } }", "main.tf", &text)
}

#[test]
fn another_address_is_another_resource_declared_or_not() {
    let part = |value: &str| has_part(&format!("resource \"aws_b\" \"b\" {{\n  a_id = {value}\n}}\n"));
    assert_eq!(part("aws_a.o.id"), "pass");
    assert_eq!(part("aws_a.elsewhere.id"), "fail");
    assert_eq!(part("aws_a.elsewhere[0].id"), "fail");
    assert_eq!(part("aws_a.elsewhere[\"k\"].id"), "fail");
    assert_eq!(part("data.aws_a.elsewhere.id"), "fail");
    assert_eq!(part("[aws_a.elsewhere.id, aws_a.o.id]"), "pass");
    assert_eq!(part("var.nowhere"), "unknown");
    // By text only where both are texts.
    assert_eq!(part("\"o\""), "pass");
    assert_eq!(part("\"p\""), "fail");
    let template = |value: &str| {
        let text = format!(
            "AWSTemplateFormatVersion: '2010-09-09'\nParameters:\n  P: {{ Type: String }}\n  Q: {{ Type: String }}\nResources:\n\
             \x20 O: {{ Type: AWS::X::A, Properties: {{ Name: !Sub '${{P}}-o' }} }}\n\
             \x20 B: {{ Type: AWS::X::B, Properties: {{ AId: {value} }} }}\n"
        );
        outcome("AWS::X::A: { ref.parts: { count: { at_least: 1 } } }", "t.yaml", &text)
    };
    assert_eq!(template("!Ref O"), "pass");
    assert_eq!(template("!Sub '${O}'"), "pass");
    assert_eq!(template("!Sub 'arn:aws:x::${AWS::AccountId}:a/${O}'"), "pass");
    assert_eq!(template("!Join ['', ['arn:aws:x:::', !Ref O]]"), "pass");
    assert_eq!(template("!Sub 'arn:aws:x::${AWS::AccountId}:a/${O}/*'"), "unknown");
    assert_eq!(template("!Ref Elsewhere"), "fail");
    assert_eq!(template("!GetAtt Elsewhere.Id"), "fail");
    assert_eq!(template("!Sub '${Elsewhere.Id}'"), "fail");
    // The same parameters in the same way are the same name.
    assert_eq!(template("!Sub '${P}-o'"), "pass");
    assert_eq!(template("!Sub '${Q}-o'"), "unknown");
    let arm = |value: &str| {
        let text = format!(
            r#"{{ "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
              "resources": [ {{ "type": "Microsoft.X/as", "apiVersion": "2023-01-01", "name": "o" }},
                {{ "type": "Microsoft.X/bs", "apiVersion": "2023-01-01", "name": "b", "properties": {{ "a": "{value}" }} }} ] }}"#
        );
        outcome("Microsoft.X/as: { ref.parts: { count: { at_least: 1 } } }", "t.json", &text)
    };
    assert_eq!(arm("[resourceId('Microsoft.X/as', 'o')]"), "pass");
    assert_eq!(arm("[resourceId('Microsoft.X/as', 'elsewhere')]"), "fail");
}

#[test]
fn an_arn_that_ends_with_a_resource_is_its() {
    let part = |value: &str| has_part(&format!("resource \"aws_b\" \"b\" {{\n  a_id = \"{value}\"\n}}\n"));
    assert_eq!(part("arn:aws:x:::${aws_a.o.id}"), "pass");
    assert_eq!(part("arn:${var.p}:x::${var.q}:a/${aws_a.o.id}"), "pass");
    assert_eq!(part("arn:aws:x:::${aws_a.elsewhere.id}"), "fail");
    // What goes on is something else, and so is a name made of a name.
    assert_eq!(part("arn:aws:x:::${aws_a.o.id}/*"), "unknown");
    assert_eq!(part("${aws_a.o.id}-logs"), "unknown");
}

#[test]
fn the_output_of_a_module_that_is_not_here_is_its_own_unless_it_was_told() {
    let text = |argument: &str| {
        format!(
            "module \"m\" {{\n  source  = \"example/m/aws\"\n  version = \"1.0.0\"\n  x = {argument}\n}}\n\
             resource \"aws_b\" \"b\" {{\n  a_id = module.m.id\n}}\n"
        )
    };
    assert_eq!(has_part(&text("1")), "fail");
    assert_eq!(has_part(&text("aws_a.other.id")), "fail");
    assert_eq!(has_part(&text("aws_a.o.id")), "unknown");
}

#[test]
fn what_is_looked_up_is_joined() {
    let part = "resource \"aws_b\" \"b\" {\n  a_id = data.aws_a.found.id\n}\n";
    let found = |name: &str| format!("data \"aws_a\" \"found\" {{\n  name = {name}\n}}\n{part}");
    assert_eq!(has_part(&found("aws_a.o.name")), "pass");
    assert_eq!(has_part(&found("\"o\"")), "pass");
    assert_eq!(has_part(&found("\"p\"")), "fail");
    let source = |mode: &str| {
        let text =
            format!("resource \"aws_a\" \"o\" {{}}\n{mode} \"aws_d\" \"d\" {{\n  a_id = aws_a.o.id\n}}\n");
        outcome("aws_a: { ref.sources: { count: { at_least: 1 } } }", "main.tf", &text)
    };
    assert_eq!(source("data"), "pass");
    assert_eq!(source("resource"), "fail");
}

#[test]
fn joins_lead_over_a_third_resource() {
    let of = |check: &str, part: &str, end: &str| {
        let text = format!(
            "resource \"aws_a\" \"o\" {{}}\nresource \"aws_a\" \"other\" {{}}\n\
             resource \"aws_b\" \"b\" {{\n{part}\n}}\nresource \"aws_c\" \"c\" {{\n{end}\n}}\n\
             resource \"aws_m\" \"m\" {{\n  b_id = aws_b.b.id\n  v = 1\n}}\n"
        );
        outcome(&format!("aws_a: {check}"), "main.tf", &text)
    };
    let ours = "a_id = aws_a.o.id\nc_id = aws_c.c.id";
    for check in [
        "{ ref.ends.v: { is: 1, absent: fail } }",
        "{ ref.ends: { any: { v: { is: 1, absent: fail } } } }",
        "{ ref.parts.ref.end.v: { is: 1, absent: fail } }",
        "{ ref.parts: { any: { ref.end.v: { is: 1, absent: fail } } } }",
        "{ ref.parts: { any: { ref.end: { any: { v: { is: 1, absent: fail } } } } } }",
    ] {
        assert_eq!(of(check, ours, "v = 1"), "pass", "{check}");
        assert_eq!(of(check, ours, "v = 2"), "fail", "{check}");
        assert_eq!(of(check, &ours.replace("aws_a.o", "aws_a.other"), "v = 1"), "fail", "{check}");
        // What is named and not declared may be as it should.
        assert_eq!(of(check, &ours.replace("aws_c.c", "aws_c.elsewhere"), "v = 1"), "unknown", "{check}");
        assert_eq!(of(check, "a_id = aws_a.o.id\nc_id = \"n\"", "name = \"n\"\nv = 1"), "pass", "{check}");
        assert_eq!(of(check, "a_id = aws_a.o.id\nc_id = \"n\"", "name = \"m\"\nv = 1"), "unknown", "{check}");
    }
    let marks = "{ ref.parts: { none: { ref.marks: { any: { v: { is: 1, absent: fail } } } } } }";
    assert_eq!(of(marks, ours, ""), "fail");
    assert_eq!(of("{ ref.parts.ref.marks.v: { is: 1, absent: fail } }", ours, ""), "pass");
}

#[test]
fn what_an_output_hands_out_may_be_used_by_anything() {
    let of = |beside: &str| {
        let text = format!("resource \"aws_a\" \"o\" {{}}\nresource \"aws_a\" \"p\" {{}}\n{beside}\n");
        outcome("aws_a: { ref.users: { count: { at_least: 1 } } }", "main.tf", &text)
    };
    assert_eq!(of(""), "fail");
    assert_eq!(of("output \"a\" {\n  value = aws_a.p.id\n}"), "fail");
    assert_eq!(of("output \"a\" {\n  value = { id = \"x/${aws_a.o.id}\" }\n}"), "unknown");
    assert_eq!(of("resource \"aws_b\" \"b\" {\n  x = aws_a.o.id\n}"), "pass");
    let of = |value: &str| {
        let text = format!(
            "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  O: {{ Type: AWS::X::A }}\n  P: {{ Type: AWS::X::A }}\n\
             Outputs:\n  A: {{ Value: {value} }}\n"
        );
        outcome("AWS::X::A: { ref.users: { count: { at_least: 1 } } }", "t.yaml", &text)
    };
    assert_eq!(of("x"), "fail");
    for value in ["!Ref O", "!GetAtt O.Arn", "!Sub 'a-${O.Arn}'", "!Join ['', [a, !Ref O]]"] {
        assert_eq!(of(value), "unknown", "{value}");
        assert_eq!(of(&value.replace('O', "P")), "fail", "{value}");
    }
}
