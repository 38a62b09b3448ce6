//! What a verdict says where several things could be said of it: which requirement speaks and where, what stands beside
//! it, and what holds whichever branch of a choice is taken.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use compline_iac::{MemorySources, Options, Snapshot, Workspace};
use compline_rules::table::Tables;
use compline_rules::{Outcome, RuleSet, Verdict, judge, page};

fn read(name: &str, text: &str) -> Snapshot {
    let sources = MemorySources::of([(name, text)]);
    let mut workspace = Workspace::new(Options::default());
    workspace.read(&sources, &[name.to_owned()]);
    workspace.snapshot(&sources)
}

/// The verdict of a rule with this check on the resource `a`.
fn verdict(check: &str, name: &str, text: &str) -> Option<Arc<Verdict>> {
    let page = format!(
        "---\nid: aws-x-wrong\ntitle: it is wrong\nseverity: low\nobjectives: [o]\ncheck:\n  {check}\n---\nWhy.\n"
    );
    let mut tables = Tables::default();
    tables
        .add(
            "shapes",
            "aws_p: { arn: 'arn:*:iam::#:policy/**' }\nAWS::X::P: { Ref: 'arn:*:iam::#:policy/**' }\n",
        )
        .unwrap();
    let rules = RuleSet::of(vec![page::parse(&page).unwrap().rule], tables);
    let snapshot = read(name, text);
    let verdicts = judge(&snapshot.inventories[0], &rules, &snapshot);
    verdicts.iter().find(|one| &*one.address == "aws_x.a" || &*one.address == "A").cloned()
}

fn hcl(check: &str, body: &str) -> Arc<Verdict> {
    let text = format!("variable \"v\" {{}}\nresource \"aws_x\" \"a\" {{\n{body}\n}}\n");
    verdict(&format!("aws_x: {check}"), "main.tf", &text).unwrap()
}

fn outcome(verdict: &Verdict) -> &'static str {
    match verdict.outcome {
        Outcome::Pass => "pass",
        Outcome::Fail => "fail",
        Outcome::Unknown(_) => "unknown",
        Outcome::Waived(_) => "waived",
    }
}

fn in_hcl(check: &str, body: &str) -> &'static str {
    outcome(&hcl(check, body))
}

fn in_template(check: &str, properties: &str) -> &'static str {
    let indented: String = properties.lines().map(|line| format!("      {line}\n")).collect();
    let text = format!(
        "AWSTemplateFormatVersion: '2010-09-09'\nParameters:\n  P: {{ Type: String }}\nConditions:\n  C: !Equals [!Ref P, x]\n\
         Resources:\n  A:\n    Type: AWS::X::Y\n    Properties:\n{indented}"
    );
    outcome(&verdict(&format!("AWS::X::Y: {check}"), "t.yaml", &text).unwrap())
}

/// What is said, and what beside it.
fn said(verdict: &Verdict) -> Vec<String> {
    let related = &verdict.locus.as_ref().unwrap().related;
    std::iter::once(verdict.message.clone()).chain(related.iter().map(|one| one.text.clone())).collect()
}

#[test]
fn what_is_written_and_wrong_speaks_before_what_is_missing() {
    let check = "{ a: { is: 1, absent: fail }, b: { is: 1, absent: fail }, c: { is: 1, absent: fail } }";
    let verdict = hcl(check, "b = 2\nc = 1");
    assert_eq!(said(&verdict), ["`b` is `2`; expected 1", "`a` is not set; expected 1"]);
    // Missing ones keep their order.
    let verdict = hcl(check, "c = 1");
    assert_eq!(said(&verdict), ["`a` is not set; expected 1", "`b` is not set; expected 1"]);
    // One that fails has nothing beside it.
    assert_eq!(said(&hcl(check, "a = 1\nb = 2\nc = 1")), ["`b` is `2`; expected 1"]);
    // So with the elements of a list, and with the ends of a path across one.
    let verdict = hcl("{ l: { none: { is: x } } }", "l = [\"x\", \"y\", \"x\"]");
    assert_eq!(said(&verdict), ["`l` is `x`; expected none with x", "`l` is `x`; expected none with x"]);
    let verdict = hcl("{ b.v: { is: 1, absent: fail } }", "b { v = 1 }\nb {}\nb { v = 2 }");
    assert_eq!(said(&verdict), ["`b.v` is `2`; expected 1", "`b.v` is not set; expected 1"]);
    // A condition names nothing.
    let verdict = hcl(
        "{ when: { c: { is: 1, absent: fail }, d: { is: 1, absent: fail } }, a: { is: 1, absent: fail } }",
        "c = 1\nd = 1",
    );
    assert_eq!(said(&verdict), ["`a` is not set; expected 1"]);
}

#[test]
fn the_alternative_nearest_to_what_is_written_is_named() {
    let check = "{ any_of: [{ old.deep.er: { is: 1, absent: fail } }, { new: { is: 1, absent: fail } }] }";
    assert_eq!(hcl(check, "new = 2").message, "`new` is `2`; expected 1");
    assert_eq!(hcl(check, "old {\n  deep {}\n}").message, "`old.deep.er` is not set; expected 1");
    assert_eq!(hcl(check, "old {\n  deep {}\n}\nnew = 2").message, "`new` is `2`; expected 1");
    assert_eq!(hcl(check, "new = \"\"").message, "`new` is empty; expected 1");
}

#[test]
fn what_is_written_and_empty_is_named_where_it_is_written() {
    for (check, body, message) in [
        ("{ v: { present: true } }", "v = \"\"", "`v` is empty; expected a value"),
        ("{ v: { contains: [a], absent: fail } }", "v = []", "`v` is empty; expected a list with a"),
        ("{ v: { any: { is: a } } }", "v = []", "`v` is empty; expected at least one with a"),
        ("{ v: { count: { at_least: 1 } } }", "v = []", "`v` is empty; expected at least 1"),
        ("{ v: { is: a, absent: fail } }", "v = {}", "`v` is empty; expected a"),
        ("{ b.v: { is: a, absent: fail } }", "b {\n  v = \"\"\n}", "`b.v` is empty; expected a"),
    ] {
        let verdict = hcl(check, body);
        assert_eq!((outcome(&verdict), &*verdict.message), ("fail", message), "{check}");
        let locus = verdict.locus.as_ref().unwrap();
        assert_ne!(locus.span.start, locus.resource.start, "{check} points at the resource");
    }
    // What is not there, and what is null, is not set.
    assert_eq!(hcl("{ v: { present: true } }", "").message, "`v` is not set; expected a value");
    assert_eq!(hcl("{ v: { present: true } }", "v = null").message, "`v` is not set; expected a value");
    assert_eq!(in_hcl("{ v: { is: a, absent: pass } }", "v = \"\""), "pass");
}

#[test]
fn a_choice_is_judged_branch_by_branch() {
    let c = "var.v ? ";
    for (check, body, expected) in [
        // Scalars, and branches without a value.
        ("{ v: { is: 1, absent: fail } }", format!("v = {c}1 : 2"), "unknown"),
        ("{ v: { in: [1, 2], absent: fail } }", format!("v = {c}1 : 2"), "pass"),
        ("{ v: { in: [1], absent: pass } }", format!("v = {c}1 : null"), "pass"),
        ("{ v: { in: [1], absent: fail } }", format!("v = {c}2 : null"), "fail"),
        // Elements of a list.
        ("{ v: { none: { is: x } } }", format!("v = [\"a\", {c}\"b\" : \"c\"]"), "pass"),
        ("{ v: { none: { is: x } } }", format!("v = [\"a\", {c}\"b\" : \"x\"]"), "unknown"),
        ("{ v: { contains: [x], absent: fail } }", format!("v = [{c}\"b\" : \"x\"]"), "unknown"),
        ("{ v: { contains: [x], absent: fail } }", format!("v = [{c}\"b\" : \"c\"]"), "fail"),
        ("{ v: { contains: [x], absent: fail } }", format!("v = [\"x\", {c}\"b\" : \"c\"]"), "pass"),
        // Whole lists and maps.
        ("{ v: { contains: [x], absent: fail } }", format!("v = {c}[\"x\"] : [\"x\", \"y\"]"), "pass"),
        ("{ v: { contains: [x], absent: pass } }", format!("v = {c}[\"x\"] : null"), "pass"),
        ("{ v: { contains: [x], absent: fail } }", format!("v = {c}[\"y\"] : null"), "fail"),
        ("{ v.k: { is: 1, absent: fail } }", format!("v = {c}{{ k = 1 }} : {{ k = 1, l = 2 }}"), "pass"),
        ("{ v.k: { is: 1, absent: fail } }", format!("v = {c}{{ k = 1 }} : {{ l = 2 }}"), "unknown"),
        // An element that is one of two maps is never the mixture of both.
        (
            "{ v: { none: { p: { is: 22, absent: fail }, open: { is: true, absent: fail } } } }",
            format!("v = [{c}{{ p = 22, open = false }} : {{ p = 443, open = true }}]"),
            "pass",
        ),
    ] {
        assert_eq!(in_hcl(check, &body), expected, "{check} {body}");
    }
}

#[test]
fn a_condition_of_a_template_is_judged_branch_by_branch() {
    let none = "!Ref AWS::NoValue";
    for (check, properties, expected) in [
        ("{ V: { none: { is: x } } }", format!("V: [a, !If [C, b, {none}]]"), "pass"),
        ("{ V: { none: { is: x } } }", format!("V: [a, !If [C, x, {none}]]"), "unknown"),
        ("{ V: { none: { is: x } } }", format!("V: [x, !If [C, b, {none}]]"), "fail"),
        ("{ V: { any: { is: x } } }", "V: [!If [C, x, x]]".to_owned(), "pass"),
        ("{ V: { any: { is: x } } }", format!("V: [!If [C, b, {none}]]"), "fail"),
        ("{ V: { count: { at_least: 1 } } }", format!("V: [a, !If [C, b, {none}]]"), "pass"),
        ("{ V: { count: { at_least: 2 } } }", format!("V: [a, !If [C, b, {none}]]"), "unknown"),
        ("{ V: { count: { at_least: 3 } } }", format!("V: [a, !If [C, b, {none}]]"), "fail"),
        ("{ V: { count: { at_most: 1 } } }", format!("V: [a, !If [C, b, {none}]]"), "unknown"),
        ("{ V: { is: 1, absent: pass } }", format!("V: !If [C, 1, {none}]"), "pass"),
        ("{ V: { is: 1, absent: fail } }", format!("V: !If [C, 1, {none}]"), "unknown"),
        ("{ K: { is: 1, absent: fail } }", "Fn::If:\n  - C\n  - K: 1\n  - K: 1\n    L: 2".to_owned(), "pass"),
        ("{ K: { is: 1, absent: fail } }", "Fn::If:\n  - C\n  - K: 1\n  - L: 2".to_owned(), "unknown"),
        ("{ K: { is: 1, absent: fail } }", format!("Fn::If:\n  - C\n  - L: 1\n  - {none}"), "fail"),
        (
            "{ V: { none: { P: { is: 22, absent: fail }, Open: { is: true, absent: fail } } } }",
            "V: [!If [C, { P: 22, Open: false }, { P: 443, Open: true }]]".to_owned(),
            "pass",
        ),
    ] {
        assert_eq!(in_template(check, &properties), expected, "{check} {properties}");
    }
}

#[test]
fn each_part_of_a_list_has_its_own_condition() {
    let check = "[{ when: { k: { is: a, absent: fail } }, v: { is: 1, absent: fail } }, { when: { k: { is: b, absent: fail } }, v: { is: 2, absent: fail } }]";
    assert_eq!(in_hcl(check, "k = \"a\"\nv = 1"), "pass");
    assert_eq!(in_hcl(check, "k = \"a\"\nv = 2"), "fail");
    assert_eq!(in_hcl(check, "k = \"b\"\nv = 2"), "pass");
    assert_eq!(in_hcl(check, "k = \"b\"\nv = 1"), "fail");
    let text = "resource \"aws_x\" \"a\" {\n  k = \"c\"\n}\n";
    assert!(verdict(&format!("aws_x: {check}"), "main.tf", text).is_none());
}

#[test]
fn a_shape_decides_where_its_holes_cannot_hold_the_text() {
    let managed = "':iam::aws:policy/Admin$'";
    let of = |check: &str, value: &str| {
        let text = format!(
            "resource \"aws_p\" \"own\" {{}}\ndata \"aws_p\" \"found\" {{}}\ndata \"aws_caller_identity\" \"me\" {{}}\n\
             resource \"aws_x\" \"a\" {{\n  v = {value}\n}}\n"
        );
        outcome(&verdict(&format!("aws_x: {check}"), "main.tf", &text).unwrap())
    };
    let matches = format!("{{ not: {{ v: {{ matches: {managed}, absent: fail }} }} }}");
    assert_eq!(of(&matches, "aws_p.own.arn"), "pass");
    assert_eq!(of(&matches, "\"${aws_p.own.arn}\""), "pass");
    // What is declared elsewhere is of the kind that its address names.
    assert_eq!(of(&matches, "aws_p.elsewhere.arn"), "pass");
    assert_eq!(of(&matches, "aws_p.elsewhere[0].arn"), "pass");
    // What is looked up may be anything.
    assert_eq!(of(&matches, "data.aws_p.found.arn"), "unknown");
    assert_eq!(of(&matches, "data.aws_p.elsewhere.arn"), "unknown");
    assert_eq!(
        of(&matches, "\"arn:aws:iam::${data.aws_caller_identity.me.account_id}:policy/Admin\""),
        "pass"
    );
    assert_eq!(of(&matches, "\"arn:aws:iam::${data.aws_p.found.x}:policy/Admin\""), "unknown");
    for (check, expected) in [
        ("{ v: { not_in: ['arn:aws:iam::aws:policy/Admin'], absent: fail } }", "pass"),
        ("{ v: { in: ['arn:aws:iam::aws:policy/Admin'], absent: fail } }", "fail"),
        ("{ v: { is: 'arn:aws:iam::111122223333:policy/Admin', absent: fail } }", "unknown"),
        ("{ v: { contains: ['arn:aws:iam::aws:policy/Admin'], absent: fail } }", "fail"),
        ("{ v: { contains: ['arn:aws:iam::111122223333:policy/Admin'], absent: fail } }", "unknown"),
        ("{ v: { matches: ':policy/Admin$', absent: fail } }", "unknown"),
        ("{ v: { covers: '*', absent: fail } }", "fail"),
        ("{ v: { covers: 'arn:aws:iam::111122223333:policy/Admin', absent: fail } }", "unknown"),
        ("{ v: { matches: ':iam::[0-9]{12}:', absent: fail } }", "pass"),
        ("{ v: { matches: ':iam::111122223333:', absent: fail } }", "unknown"),
    ] {
        let value = if check.contains("contains") { "[aws_p.own.arn]" } else { "aws_p.own.arn" };
        assert_eq!(of(check, value), expected, "{check}");
    }
    for (value, expected) in [
        ("!Ref Own", "pass"),
        ("!Sub '${Own}'", "pass"),
        ("!Sub 'arn:aws:iam::${AWS::AccountId}:policy/Admin'", "pass"),
        ("!Sub 'arn:${AWS::Partition}:iam::aws:policy/Admin'", "fail"),
        ("!Sub 'arn:aws:iam::${P}:policy/Admin'", "unknown"),
        ("!Join [':', [arn, aws, iam, '', !Ref AWS::AccountId, policy/Admin]]", "pass"),
    ] {
        let text = format!(
            "AWSTemplateFormatVersion: '2010-09-09'\nParameters:\n  P: {{ Type: String }}\nResources:\n  Own: {{ Type: AWS::X::P }}\n\
             \x20 A:\n    Type: AWS::X::Y\n    Properties:\n      V: [{value}]\n"
        );
        let check = format!("AWS::X::Y: {{ V: {{ none: {{ matches: {managed} }} }} }}");
        assert_eq!(outcome(&verdict(&check, "t.yaml", &text).unwrap()), expected, "{value}");
    }
}

#[test]
fn what_is_not_known_hides_its_own_value_in_a_text_that_holds_json() {
    let check = "aws_x: { p.s: { none: { who: { is: '*', absent: fail } } } }";
    let policy = |value: &str| format!("{{\"s\": [{{\"who\": \"*\", \"what\": \"{value}\"}}]}}");
    for value in [
        "${aws_q.elsewhere.arn}",
        "${data.aws_q.elsewhere.arn}",
        "${var.nowhere}",
        "${local.nowhere}/x",
        "${module.nowhere.id}",
        "${local.known.missing}",
        "${null}",
        "${var.given}",
    ] {
        for text in [
            format!("<<JSON\n{}\nJSON", policy(value)),
            format!("\"{}\"", policy(value).replace('"', "\\\"")),
            format!("jsonencode({})", policy(value)),
        ] {
            let text = format!(
                "variable \"given\" {{}}\nlocals {{\n  known = {{}}\n}}\nresource \"aws_x\" \"a\" {{\n  p = {text}\n}}\n"
            );
            assert_eq!(outcome(&verdict(check, "main.tf", &text).unwrap()), "fail", "{text}");
            let text = text.replace('*', "me");
            assert_eq!(outcome(&verdict(check, "main.tf", &text).unwrap()), "pass", "{text}");
        }
        // What is hidden is not known, but for what stands beside it.
        let expected = if value.ends_with('}') { "unknown" } else { "pass" };
        let hidden = format!(
            "variable \"given\" {{}}\nlocals {{\n  known = {{}}\n}}\nresource \"aws_x\" \"a\" {{\n  p = <<JSON\n\
             {{\"s\": [{{\"who\": \"{value}\"}}]}}\nJSON\n}}\n"
        );
        assert_eq!(outcome(&verdict(check, "main.tf", &hidden).unwrap()), expected, "{hidden}");
    }
    let check = "AWS::X::Y: { P.s: { none: { who: { is: '*', absent: fail } } } }";
    for value in ["${Elsewhere.Arn}", "${Nowhere}", "${AWS::AccountId}", "${P}"] {
        let text = format!(
            "AWSTemplateFormatVersion: '2010-09-09'\nParameters:\n  P: {{ Type: String }}\nResources:\n  A:\n    Type: AWS::X::Y\n\
             \x20   Properties:\n      P: !Sub '{}'\n",
            policy(value)
        );
        assert_eq!(outcome(&verdict(check, "t.yaml", &text).unwrap()), "fail", "{text}");
    }
}

/// What a built-in rule says of the resource `a` or `A`.
fn builtin(rule: &str, name: &str, text: &str) -> &'static str {
    let snapshot = read(name, text);
    let verdicts = judge(&snapshot.inventories[0], &RuleSet::builtin(), &snapshot);
    let is_it =
        |one: &&Arc<Verdict>| &*one.rule == rule && (one.address.ends_with(".a") || &*one.address == "A");
    verdicts.iter().find(is_it).map_or("none", |one| outcome(one))
}

#[test]
fn rules_of_a_group_and_statements_of_a_policy_are_judged_branch_by_branch() {
    let template = |kind: &str, properties: &str| {
        format!(
            "AWSTemplateFormatVersion: '2010-09-09'\nParameters:\n  P: {{ Type: String }}\nConditions:\n  C: !Equals [!Ref P, x]\n\
             Resources:\n  A:\n    Type: {kind}\n    Properties:\n{properties}\n"
        )
    };
    let ssh = |from: &str| format!("{{ IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: {from} }}");
    let (open, closed, none) = (ssh("0.0.0.0/0"), ssh("10.0.0.0/8"), "!Ref AWS::NoValue");
    for (rules, expected) in [
        (format!("[!If [C, {closed}, {none}]]"), "pass"),
        (format!("[!If [C, {open}, {none}]]"), "unknown"),
        (format!("[!If [C, {open}, {open}]]"), "fail"),
        (format!("[{open}, !If [C, {closed}, {none}]]"), "fail"),
        (format!("!If [C, [{closed}], [{closed}, {closed}]]"), "pass"),
        (format!("!If [C, [{closed}, {open}], [{open}]]"), "fail"),
        (format!("!If [C, [{open}], {none}]"), "unknown"),
    ] {
        let text = template("AWS::EC2::SecurityGroup", &format!("      SecurityGroupIngress: {rules}"));
        assert_eq!(builtin("aws-security-group-open-ssh", "t.yaml", &text), expected, "{rules}");
    }
    let allow = |action: &str| format!("{{ Effect: Allow, Action: '{action}', Resource: '*' }}");
    let (all, one) = (allow("*"), allow("s3:GetObject"));
    for (policy, expected) in [
        (format!("{{ Statement: [!If [C, {one}, {none}]] }}"), "pass"),
        (format!("{{ Statement: [{one}, !If [C, {all}, {none}]] }}"), "unknown"),
        (format!("{{ Statement: [{one}, !If [C, {all}, {all}]] }}"), "fail"),
        (format!("!If [C, {{ Statement: [{one}] }}, {{ Statement: [{one}, {one}] }}]"), "pass"),
        (format!("!If [C, {{ Statement: [{all}] }}, {{ Statement: [{one}, {all}] }}]"), "fail"),
        (format!("!If [C, {{ Statement: [{all}] }}, {{ Statement: [{one}] }}]"), "unknown"),
    ] {
        let text = template("AWS::IAM::ManagedPolicy", &format!("      PolicyDocument: {policy}"));
        assert_eq!(builtin("aws-iam-policy-allows-everything", "t.yaml", &text), expected, "{policy}");
    }
    let statement =
        |action: &str| format!("{{ Effect = \"Allow\", Action = \"{action}\", Resource = \"*\" }}");
    for (policy, expected) in [
        (format!("jsonencode({{ Statement = [var.v ? {0} : {0}] }})", statement("*")), "fail"),
        (
            format!("jsonencode({{ Statement = [var.v ? {} : {}] }})", statement("a:b"), statement("c:d")),
            "pass",
        ),
        (
            format!(
                "var.v ? jsonencode({{ Statement = [{}] }}) : jsonencode({{ Statement = [{}, {}] }})",
                statement("*"),
                statement("a:b"),
                statement("*")
            ),
            "fail",
        ),
        (
            format!(
                "var.v ? jsonencode({{ Statement = [{}] }}) : jsonencode({{ Statement = [{}] }})",
                statement("*"),
                statement("a:b")
            ),
            "unknown",
        ),
    ] {
        let text =
            format!("variable \"v\" {{}}\nresource \"aws_iam_policy\" \"a\" {{\n  policy = {policy}\n}}\n");
        assert_eq!(builtin("aws-iam-policy-allows-everything", "main.tf", &text), expected, "{policy}");
    }
}
