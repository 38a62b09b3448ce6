use super::*;
use crate::source::SourceId;
use crate::syntax::{json, yaml};
use crate::value::Piece;

fn load(path: &str, text: &str) -> (Arc<Source>, Option<(Inventory, Vec<Problem>)>) {
    load_with(path, text, &Options::default())
}

fn load_with(path: &str, text: &str, options: &Options) -> (Arc<Source>, Option<(Inventory, Vec<Problem>)>) {
    let source = Arc::new(Source::new(SourceId(0), path, text));
    let nodes = if json::is_json(&source) {
        json::parse(&source).0.into_iter().collect()
    } else {
        yaml::parse(&source).0
    };
    let read = read(&source, &nodes, options);
    (source, read)
}

fn show(value: &Value) -> String {
    let shown = match &value.data {
        Data::Null => "null".to_owned(),
        Data::Bool(bool) => bool.to_string(),
        Data::Number(number) => number.to_string(),
        Data::Text(text) => format!("{:?}", &**text),
        Data::Holed(pieces) => pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.to_string(),
                Piece::Hole(why) => format!("<{:?}>", why.kind),
            })
            .collect(),
        Data::List(list) => {
            let more = if list.open.is_some() { "…" } else { "" };
            format!("[{}]{more}", list.items.iter().map(show).collect::<Vec<_>>().join(", "))
        }
        Data::Map(map) => {
            let more = if map.open.is_some() { "…" } else { "" };
            let shown = map.entries.iter().map(|(key, value)| format!("{key}: {}", show(value)));
            format!("{{{}}}{more}", shown.collect::<Vec<_>>().join(", "))
        }
        Data::Unknown(why) => format!("?{:?}", why.kind),
        Data::Choice(choices) => format!("({})", choices.iter().map(show).collect::<Vec<_>>().join(" | ")),
    };
    let refers =
        value.refers.as_ref().map(|to| format!("→{}.{}", to.address, to.attribute)).unwrap_or_default();
    let hidden = if value.sensitive { "*" } else { "" };
    format!("{shown}{refers}{hidden}")
}

const HEAD: &str = "
Parameters:
  Cidr: {Type: String, Default: 10.0.0.0/8}
  Open: {Type: String}
  One: {Type: String, AllowedValues: [only]}
  Two: {Type: String, AllowedValues: [a, b]}
  Password: {Type: String, NoEcho: true, Default: hunter2}
  Nets: {Type: CommaDelimitedList, Default: 'a, b'}
  Ami: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /x}
  Env: {Type: String, Default: prod}
Mappings:
  Sizes:
    prod: {size: big, same: 1}
    dev: {size: small, same: 1}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  IsDev: !Not [!Condition IsProd]
  IsOpen: !Equals [!Ref Open, x]
  Both: !And [!Condition IsDev, !Condition IsOpen]
  Any: !Or [!Condition IsOpen, !Condition IsProd]
  Never: !Equals [!Ref Two, c]
  Circle: !Not [!Condition Circle]
Resources:
  B: {Type: 'AWS::S3::Bucket'}
  N: {Type: 'AWS::CloudFormation::Stack'}
  X:
    Type: AWS::Test::Thing
    Properties:
";

/// The properties of `X`, written at the end of a template with parameters, mappings and conditions.
fn check(properties: &str, expect: &str) {
    let indented: String = properties.lines().map(|line| format!("      {line}\n")).collect();
    let (_, read) = load("t.yaml", &format!("{HEAD}{indented}"));
    let (inventory, _) = read.expect("a template");
    let found = inventory.find("X").expect("X");
    assert_eq!(show(&found.body), expect, "{properties}");
}

#[test]
fn literals() {
    check("A: true\nB: 'true'\nC: 12\nD: [1, yes]", r#"{A: true, B: "true", C: 12, D: [1, "yes"]}"#);
    check("A: '{{resolve:secretsmanager:x:SecretString:p}}'", "{A: ?Outside}");
    check("A: 'x {{resolve:ssm:y}}'", "{A: x <Outside>}");
}

#[test]
fn references() {
    check("A: !Ref Cidr", r#"{A: "10.0.0.0/8"}"#);
    check("A: {Ref: Cidr}", r#"{A: "10.0.0.0/8"}"#);
    check("A: !Ref Open\nB: !Ref One\nC: !Ref Two", r#"{A: ?Variable, B: "only", C: ("a" | "b")}"#);
    check("A: !Ref Password\nB: !Sub 'x${Password}'", r#"{A: "hunter2"*, B: "xhunter2"*}"#);
    check("A: !Ref Nets\nB: !Ref Ami", r#"{A: ["a", "b"], B: ?Outside}"#);
    check(
        "A: !Ref B\nC: !GetAtt B.Arn\nD: {Fn::GetAtt: [B, Arn]}",
        "{A: ?Computed→B., C: ?Computed→B.Arn, D: ?Computed→B.Arn}",
    );
    check("A: !GetAtt N.Outputs.X", "{A: ?Module→N.Outputs.X}");
    check("A: !Ref AWS::NoValue\nB: !Ref AWS::Region\nC: [!Ref 'AWS::NoValue', 1]", "{B: ?Outside, C: [1]}");
    check("A: !Ref Nope", "{A: ?Undeclared→Nope.}");
}

#[test]
fn texts() {
    check("A: !Sub '${Cidr}-${!x}-${AWS::Region}-${B.Arn}/*'", "{A: 10.0.0.0/8-${x}-<Outside>-<Computed>/*}");
    check("A: !Sub '${B}'\nC: !Sub ['${q}', {q: !Ref B}]", "{A: ?Computed→B., C: ?Computed→B.}");
    check("A: !Sub ['${q}/${Cidr}', {q: z}]", r#"{A: "z/10.0.0.0/8"}"#);
    check(
        "A: !Join ['-', [a, !Ref Cidr, 3]]\nB: !Join ['', ['x', !Ref Open]]",
        r#"{A: "a-10.0.0.0/8-3", B: x<Variable>}"#,
    );
    check(
        "A: !Select [1, !Split ['/', !Ref Cidr]]\nB: !Select ['0', !GetAZs '']",
        r#"{A: "8", B: ?Outside}"#,
    );
    check(
        "A: {Fn::Base64: !Sub 'x ${Cidr}'}\nB: !ImportValue v\nC: !Cidr [a, 1, 2]",
        r#"{A: "x 10.0.0.0/8", B: ?Outside, C: ?Function}"#,
    );
    check("A: !Sub 'a ${ b'\nB: !Sub [1]\nC: !Sub {}", r#"{A: "a ${ b", B: "1", C: ?Error}"#);
}

#[test]
fn mappings() {
    check("A: !FindInMap [Sizes, !Ref Env, size]", r#"{A: "big"}"#);
    check(
        "A: !FindInMap [Sizes, !Ref Open, size]\nB: !FindInMap [Sizes, !Ref Open, same]",
        r#"{A: ("big" | "small"), B: 1}"#,
    );
    check("A: !FindInMap [Sizes, nope, size]\nB: !FindInMap [Sizes]", "{A: ?Error, B: ?Error}");
}

#[test]
fn conditions() {
    check("A: !If [IsProd, 1, 2]\nB: !If [IsDev, 1, 2]\nC: !If [IsOpen, 1, 2]", "{A: 1, B: 2, C: (1 | 2)}");
    check(
        "A: !If [Both, 1, 2]\nB: !If [Any, 1, 2]\nC: !If [Never, 1, 2]\nD: !If [IsOpen, 1, 1]",
        "{A: 2, B: 1, C: 2, D: 1}",
    );
    check(
        "A: !If [IsOpen, 1, !Ref 'AWS::NoValue']\nB: !If [IsDev, 1, !Ref 'AWS::NoValue']",
        "{A: (1 | null)}",
    );
    check("A: [1, !If [IsOpen, 2, !Ref 'AWS::NoValue']]", "{A: [1, (2 | null)]}");
    let list = "!If [IsOpen, 2, !Ref 'AWS::NoValue'], 3";
    check(&format!("A: !Select [1, [{list}]]\nB: !Select [0, [1, {list}]]"), "{A: ?Variable, B: 1}");
    check(&format!("A: {{'Fn::Length': [{list}]}}"), "{A: ?Function}");
    check("A: !If [Circle, 1, 2]\nB: !If [Nope, 1, 2]", "{A: (1 | 2), B: (1 | 2)}");
    check("A: {Condition: {x: y}}", r#"{A: {Condition: {x: "y"}}}"#);
    check("A: {Fn::Transform: {Name: AWS::Include}, k: v}", r#"{A: {k: "v"}…}"#);
    check("Fn::If: [IsDev, {A: 1}, {A: 2}]", "{A: 2}");
}

#[test]
fn resources_under_conditions() {
    let text = format!(
        "{HEAD}      A: 1\n  P: {{Type: 'A::B::C', Condition: IsOpen}}\n  G: {{Type: 'A::B::C', Condition: IsDev}}\n  Q: {{Type: 'A::B::C', Condition: IsProd}}\n"
    );
    let (inventory, problems) = load("t.yaml", &text).1.unwrap();
    assert!(
        matches!(&inventory.find("P").unwrap().existence, Existence::Possible(why) if why.text.contains("`IsOpen`"))
    );
    assert!(inventory.find("G").is_none());
    assert_eq!(inventory.find("Q").unwrap().existence, Existence::Certain);
    assert_eq!(inventory.gaps.len(), 1, "{:?}", inventory.gaps);
    assert!(problems.is_empty(), "{problems:?}");
}

#[test]
fn where_things_are_written() {
    let text = "Parameters:\n  Cidr:\n    Type: String\n    Default: 0.0.0.0/0\nResources:\n  Group:\n    Type: AWS::EC2::SecurityGroup\n    Properties:\n      SecurityGroupIngress:\n        - CidrIp: !Ref Cidr\n          FromPort: 22\n";
    let (source, read) = load("t.yaml", text);
    let (inventory, _) = read.unwrap();
    let group = inventory.find("Group").unwrap();
    assert_eq!(source.slice(group.header), "Group");
    assert!(
        source.slice(group.span).starts_with("Group:\n")
            && source.slice(group.span).ends_with("FromPort: 22")
    );
    assert_eq!(source.slice(group.body.as_map().unwrap().header.unwrap()), "Properties");
    let rules = group.body.get("SecurityGroupIngress").unwrap();
    let rule = &rules.as_list().unwrap().items[0];
    let cidr = rule.get("CidrIp").unwrap();
    assert_eq!(source.slice(cidr.origin.span.unwrap()), "0.0.0.0/0");
    let step = cidr.origin.steps().next().unwrap();
    assert_eq!((source.slice(step.span), &*step.what), ("!Ref Cidr", "parameter `Cidr`"));
    assert_eq!(source.slice(rule.origin.span.unwrap()), "CidrIp: !Ref Cidr\n          FromPort: 22");
    assert_eq!(show(group.outer.as_ref().unwrap().get("Type").unwrap()), r#""AWS::EC2::SecurityGroup""#);
}

#[test]
fn json_says_the_same() {
    let text = r#"{"Parameters": {"Env": {"Type": "String", "Default": "prod"}},
      "Conditions": {"IsProd": {"Fn::Equals": [{"Ref": "Env"}, "prod"]}},
      "Resources": {"B": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "Properties": {
        "BucketName": {"Fn::Sub": "logs-${Env}"}, "X": {"Fn::If": ["IsProd", {"Ref": "B"}, 2]}}}}}"#;
    for path in ["t.json", "t.template"] {
        let (source, read) = load(path, text);
        let (inventory, _) = read.unwrap();
        let bucket = inventory.find("B").unwrap();
        assert_eq!(show(&bucket.body), r#"{BucketName: "logs-prod", X: ?Computed→B.}"#);
        assert_eq!(source.slice(bucket.header), "\"B\"");
        assert_eq!(show(bucket.outer.as_ref().unwrap().get("DeletionPolicy").unwrap()), r#""Retain""#);
    }
}

#[test]
fn chains_beyond_reason() {
    let mut text = "Conditions:\n".to_owned();
    for n in 0..3000 {
        text.push_str(&format!("  C{n}: !Not [!Condition C{}]\n", n + 1));
    }
    text.push_str("  C3000: !Equals [a, a]\nResources:\n  X: {Type: 'A::B::C', Condition: C0}\n");
    let (inventory, _) = load("t.yaml", &text).1.unwrap();
    assert!(
        matches!(&inventory.find("X").unwrap().existence, Existence::Possible(why) if why.kind == WhyKind::Limit)
    );
}

#[test]
fn what_is_no_template() {
    for text in [
        "",
        "a: 1",
        "Resources: {}",
        "Resources: [1]",
        "apiVersion: v1\nkind: Pod\nResources: {A: {Type: 'A::B::C'}}",
        "- 1",
    ] {
        assert!(load("t.yaml", text).1.is_none(), "{text}");
    }
    assert!(load("t.yaml", "AWSTemplateFormatVersion: '2010-09-09'\n").1.is_some());
}

#[test]
fn variables_given_by_the_user() {
    let options = Options { variables: vec![("Env".into(), "dev".into())], ..Options::default() };
    let (_, read) = load_with("t.yaml", &format!("{HEAD}      A: !If [IsProd, 1, 2]\n"), &options);
    assert_eq!(show(&read.unwrap().0.find("X").unwrap().body), "{A: 2}");
}

#[test]
fn what_is_not_read_is_told() {
    let gaps = |text: &str| {
        let (inventory, _) = load("t.yaml", text).1.unwrap();
        inventory.gaps.iter().map(|gap| gap.what.to_string()).collect::<Vec<_>>()
    };
    let none: Vec<String> = Vec::new();
    assert_eq!(gaps("Resources:\n  A: {Type: 'A::B::C'}\n"), none);
    assert_eq!(
        gaps("Resources:\n  A: {Type: 'A::B::C'}\n  B:\n    Type: [\n  C: {Type: 'A::B::C'}\n"),
        ["B"]
    );
    assert_eq!(gaps("Resources:\n  A: {Type: 'A::B::C'}\n  half\n  C: {Type: 'A::B::C'}\n"), ["resources"]);
    assert_eq!(gaps("Resources:\n  A: {Type: 'A::B::C'}\n  B: {Properties: {}}\n"), ["B"]);
    assert_eq!(gaps("Transform: [Mine]\nResources:\n  A: {Type: 'A::B::C'}\n"), ["Mine"]);
    assert_eq!(
        gaps("Transform: AWS::Serverless-2016-10-31\nResources:\n  A: {Type: 'AWS::Serverless::Function'}\n"),
        ["AWS::Serverless-2016-10-31"]
    );
    assert_eq!(
        gaps("Resources:\n  A: {Type: 'A::B::C'}\n  Fn::ForEach::All: [x, [a], {}]\n"),
        ["Fn::ForEach::All"]
    );
}

#[test]
fn serverless_globals() {
    let text = "Transform: AWS::Serverless-2016-10-31\nGlobals:\n  Function:\n    Tracing: Active\n    Environment: {Variables: {A: 1}}\nResources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      Environment: {Variables: {B: 2}}\n      Role: !GetAtt FRole.Arn\n";
    let (inventory, problems) = load("t.yaml", text).1.unwrap();
    let body = show(&inventory.find("F").unwrap().body);
    assert_eq!(body, r#"{Environment: {Variables: {B: 2, A: 1}}, Role: ?Function, Tracing: "Active"}"#);
    assert!(problems.is_empty());
}

#[test]
fn broken_properties_stay_open() {
    let text = "Resources:\n  A:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: x\n      Encry\n      Tags: []\n  B:\n    Type: AWS::S3::Bucket\n";
    let (inventory, _) = load("t.yaml", text).1.unwrap();
    assert_eq!(show(&inventory.find("A").unwrap().body), r#"{BucketName: "x", Tags: []}…"#);
    assert_eq!(show(&inventory.find("B").unwrap().body), "{}");
}
