//! What looks like infrastructure as code and cannot be read is told with its place, and hides nothing beside it.

use serde_json::Value;

use crate::run::{Folder, Ran};

const CFN_YAML: &str = "AWSTemplateFormatVersion: \"2010-09-09\"\nResources:\n  Before:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      PubliclyAccessible: true\n  Odd:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: odd\n  After:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      PubliclyAccessible: true\n";
const CFN_JSON: &str = "{\n  \"Resources\": {\n    \"Before\": {\n      \"Type\": \"AWS::RDS::DBInstance\",\n      \"Properties\": {\n        \"PubliclyAccessible\": true\n      }\n    },\n    \"Odd\": {\n      \"Type\": \"AWS::S3::Bucket\",\n      \"Properties\": {\n        \"BucketName\": \"odd\"\n      }\n    },\n    \"After\": {\n      \"Type\": \"AWS::RDS::DBInstance\",\n      \"Properties\": {\n        \"PubliclyAccessible\": true\n      }\n    }\n  }\n}";
const ARM: &str = "{\n  \"$schema\": \"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#\",\n  \"contentVersion\": \"1.0.0.0\",\n  \"resources\": [\n    {\n      \"type\": \"Microsoft.Storage/storageAccounts\",\n      \"apiVersion\": \"2023-01-01\",\n      \"name\": \"before\",\n      \"properties\": {\n        \"minimumTlsVersion\": \"TLS1_0\"\n      }\n    },\n    {\n      \"type\": \"Microsoft.Storage/storageAccounts\",\n      \"apiVersion\": \"2023-01-01\",\n      \"name\": \"odd\",\n      \"properties\": {\n        \"minimumTlsVersion\": \"TLS1_0\"\n      }\n    },\n    {\n      \"type\": \"Microsoft.Storage/storageAccounts\",\n      \"apiVersion\": \"2023-01-01\",\n      \"name\": \"after\",\n      \"properties\": {\n        \"minimumTlsVersion\": \"TLS1_0\"\n      }\n    }\n  ]\n}";
const PODS: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: one}\nspec:\n  hostPID: true\n  containers:\n  - {name: c, image: nginx}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: two}\nspec:\n  hostPID: true\n  containers:\n  - {name: c, image: nginx}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: three}\nspec:\n  hostPID: true\n  containers:\n  - {name: c, image: nginx}\n";
const TF: &str = "resource \"aws_db_instance\" \"before\" {\n  publicly_accessible = true\n}\nlocals {\n  odd = \"odd\"\n}\nresource \"aws_db_instance\" \"after\" {\n  publicly_accessible = true\n}\n";
const TF_JSON: &str = "{\n  \"resource\": {\n    \"aws_db_instance\": {\n      \"before\": {\n        \"publicly_accessible\": true\n      },\n      \"odd\": {\n        \"name\": \"odd\"\n      },\n      \"after\": {\n        \"publicly_accessible\": true\n      }\n    }\n  }\n}";
const PLAN: &str = "{\n  \"format_version\": \"1.2\",\n  \"terraform_version\": \"1.11.4\",\n  \"planned_values\": {\n    \"root_module\": {\n      \"resources\": [\n        {\n          \"address\": \"aws_db_instance.before\",\n          \"mode\": \"managed\",\n          \"type\": \"aws_db_instance\",\n          \"name\": \"before\",\n          \"values\": {\n            \"publicly_accessible\": true\n          }\n        },\n        {\n          \"address\": \"aws_db_instance.odd\",\n          \"mode\": \"managed\",\n          \"type\": \"aws_db_instance\",\n          \"name\": \"odd\",\n          \"values\": {\n            \"publicly_accessible\": true\n          }\n        },\n        {\n          \"address\": \"aws_db_instance.after\",\n          \"mode\": \"managed\",\n          \"type\": \"aws_db_instance\",\n          \"name\": \"after\",\n          \"values\": {\n            \"publicly_accessible\": true\n          }\n        }\n      ]\n    }\n  }\n}";
/// The head of the object in the middle of [`PODS`].
const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: two}";

/// A text, its file's ending, what in it (in the middle one of its documents) is written how instead; the names of the
/// resources that fail, and the line of the first loss, 0 where nothing is lost.
type Mutation = (&'static str, &'static str, &'static str, &'static str, &'static [&'static str], u64);

#[rustfmt::skip]
const MUTATIONS: &[Mutation] = &[
    (CFN_YAML, ".yaml", "odd", "odd", &["After", "Before"], 0),
    (CFN_YAML, ".yaml", "  Odd:", "  \"Odd:", &["After", "Before"], 7),
    (CFN_YAML, ".yaml", "BucketName: odd", "BucketName: \"odd", &["After", "Before"], 10),
    (CFN_YAML, ".yaml", "BucketName: odd", "BucketName: 'odd", &["After", "Before"], 10),
    (CFN_YAML, ".yaml", "BucketName: odd", "BucketName: [odd", &["After", "Before"], 11),
    (CFN_YAML, ".yaml", "BucketName: odd", "BucketName: {odd", &["After", "Before"], 11),
    (CFN_YAML, ".yaml", "BucketName: odd", "BucketName: ]odd", &["After", "Before"], 10),
    (CFN_YAML, ".yaml", "  Odd:", "  [Odd:", &["After", "Before"], 8),
    (CFN_YAML, ".yaml", "  Odd:", "[  Odd:", &["Before"], 8),
    (CFN_YAML, ".yaml", "      BucketName", "\tBucketName", &["After", "Before"], 10),
    (CFN_YAML, ".yaml", "AWST", "\u{feff}AWST", &["After", "Before"], 0),
    (CFN_YAML, ".yaml", "odd", "o\0dd", &["After", "Before"], 10),
    (CFN_YAML, ".yaml", "Resources:", "\0Resources:", &[], 2),
    (CFN_YAML, ".yaml", "      PubliclyAccessible: true\n  Odd", "      PubliclyAccessible: true\n\0  Odd", &["After"], 7),
    (CFN_YAML, ".yaml", "  Odd:\n", "<<<<<<< HEAD\n  Odd:\n=======\n  Odder:\n>>>>>>> x\n", &["After", "Before"], 7),
    (CFN_YAML, ".yaml", "      BucketName: odd\n", "<<<<<<< HEAD\n      BucketName: odd\n=======\n      BucketName: even\n>>>>>>> x\n", &["After", "Before"], 10),
    (CFN_YAML, ".yaml", "BucketName: odd", "BucketName: odd\n      BucketName: odd", &["After", "Before"], 0),
    (CFN_YAML, ".yaml", "BucketName: odd", "BucketName: *nope", &["After", "Before"], 10),
    (CFN_YAML, ".yaml", "BucketName: odd", "<<: *nope", &["After", "Before"], 10),
    (CFN_YAML, ".yaml", "  Odd:", "  Odd", &["After", "Before"], 8),
    (CFN_YAML, ".yaml", "Type: AWS::S3", "Type:AWS::S3", &["After", "Before"], 8),
    (CFN_YAML, ".yaml", "Resources:", "%x\nResources:", &["After", "Before"], 3),
    (CFN_YAML, ".yaml", "BucketName: odd", "BucketName: @odd", &["After", "Before"], 10),
    (CFN_YAML, ".yaml", "BucketName: odd", "BucketName: `odd`", &["After", "Before"], 10),
    (CFN_YAML, ".yaml", "BucketName: odd", "BucketName: \"\\q\"", &["After", "Before"], 10),
    (CFN_YAML, ".yaml", "  Odd:\n    Type", "  Odd:\n Type", &["After", "Before"], 9),
    (CFN_YAML, ".yaml", "AWSTemplateFormatVersion: \"2010-09-09\"", "AWSTemplateFormatVersion: \"2010-09-09", &["After", "Before"], 1),
    (CFN_YAML, ".yaml", "Resources:", "Resources: [", &[], 4),
    (CFN_YAML, ".yaml", "Resources:", "\"Resources:", &[], 2),
    (CFN_YAML, ".yaml", "Resources", "resources", &[], 2),
    (CFN_YAML, ".yaml", "Resources:", "Resources:\n  - x\nOther:", &[], 3),
    (CFN_YAML, ".YAML", "odd", "odd", &["After", "Before"], 0),
    (CFN_YAML, ".Yml", "odd", "odd", &["After", "Before"], 0),
    (CFN_YAML, ".TEMPLATE", "odd", "odd", &["After", "Before"], 0),
    (CFN_YAML, ".yaml", "Resources:", "\"\\x52esources\":", &["After", "Before"], 0),
    (CFN_YAML, ".yaml", "Resources:", "? \"Resou\\\n  rces\"\n:", &["After", "Before"], 0),
    (CFN_JSON, ".json", "odd", "odd", &["After", "Before"], 0),
    (CFN_JSON, ".json", "\"Odd\"", "\"Odd", &["After", "Before"], 9),
    (CFN_JSON, ".json", "\"odd\"", "\"odd", &["After", "Before"], 12),
    (CFN_JSON, ".json", "\"odd\"", "odd", &["After", "Before"], 12),
    (CFN_JSON, ".json", "\"BucketName\":", "\"BucketName\"", &["After", "Before"], 12),
    (CFN_JSON, ".json", "},", "}", &["After", "Before"], 9),
    (CFN_JSON, ".json", "\"odd\"", "\"odd\",", &["After", "Before"], 0),
    (CFN_JSON, ".json", "\"odd\"", "\"o\\qdd\"", &["After", "Before"], 12),
    (CFN_JSON, ".json", "\"odd\"", "[\"odd\"", &["After", "Before"], 12),
    (CFN_JSON, ".json", "\"odd\"", "{\"odd\"", &["After", "Before"], 13),
    (CFN_JSON, ".json", "\"odd\"", "\"odd\"]", &["After", "Before"], 12),
    (CFN_JSON, ".json", "\"odd\"", "\"o\0dd\"", &["After", "Before"], 12),
    (CFN_JSON, ".json", "\"odd\"\n      }", "\"odd\"\n      }}", &["After", "Before"], 13),
    (CFN_JSON, ".json", "\"odd\"\n      }", "\"odd\"\n      }\n      }", &["After", "Before"], 14),
    (CFN_JSON, ".json", "\"odd\"\n      }", "\"odd\"\n", &["After", "Before"], 11),
    (CFN_JSON, ".json", "    }\n  }\n}", "    }\n  }", &["After", "Before"], 1),
    (CFN_JSON, ".json", "    }\n  }\n}", "    }\n  }\n}}", &["After", "Before"], 22),
    (CFN_JSON, ".json", "\"PubliclyAccessible\": true\n", "\"X\": {}}, \"PubliclyAccessible\": true\n", &["After", "Before"], 7),
    (CFN_JSON, ".json", "\"Resources\"", "\"\\u0052esources\"", &["After", "Before"], 0),
    (CFN_JSON, ".json", "\"Resources\"", "\"RESOURCES\"", &[], 2),
    (CFN_JSON, ".json", "\"Resources\"", "\"Resources", &[], 2),
    (CFN_JSON, ".json", "        \"BucketName\": \"odd\"", "<<<<<<< HEAD\n        \"BucketName\": \"odd\"\n=======\n        \"BucketName\": \"even\"\n>>>>>>> x", &["After", "Before"], 12),
    (CFN_JSON, ".Json", "odd", "odd", &["After", "Before"], 0),
    (ARM, ".json", "\"odd\"", "\"odd", &["after", "before", "{odd}"], 16),
    (ARM, ".json", "\"odd\"", "[\"odd\"", &["after", "before", "{}"], 16),
    (ARM, ".json", "\"odd\",", "\"odd\"},", &["after", "before", "odd"], 16),
    (ARM, ".json", "\"resources\"", "\"Resources\"", &["after", "before", "odd"], 0),
    (ARM, ".json", "\"$schema\"", "\"$SCHEMA\"", &["after", "before", "odd"], 0),
    (ARM, ".json", "deploymentTemplate", "deployment\\u0054emplate", &["after", "before", "odd"], 0),
    (ARM, ".json", "\"contentVersion\"", "\"Resources\": [], \"contentVersion\"", &["after", "before", "odd"], 4),
    (ARM, ".json", "\"$schema\"", "\"$schema", &["after", "before", "odd"], 2),
    (TF, ".tf", "\"odd\"\n}", "\"odd\n}", &["after", "before"], 5),
    (TF, ".tf", "locals {", "locals {{", &["after", "before"], 4),
    (TF, ".tf", "\"odd\"\n}", "\"odd\"\n}}", &["after", "before"], 6),
    (TF, ".tf", "\"odd\"\n}", "\"o\0dd\"\n}", &["after", "before"], 5),
    (TF, ".tf", "locals", "\0\nlocals", &["after", "before"], 4),
    (TF, ".tf", "locals", "\u{feff}locals", &["after", "before"], 4),
    (TF, ".tf", "  odd = \"odd\"\n", "<<<<<<< HEAD\n  odd = \"odd\"\n=======\n  odd = \"even\"\n>>>>>>> x\n", &["after", "before"], 5),
    (TF_JSON, ".tf.json", "\"odd\"\n", "\"odd\n", &["after", "before"], 8),
    (TF_JSON, ".tf.json", "\"odd\"\n      }", "\"odd\"\n      }}", &["after", "before"], 9),
    (TF_JSON, ".tf.json", "\"odd\"\n      }", "\"odd\"\n", &["after", "before"], 7),
    (TF_JSON, ".tf.json", "\"name\"", "\"publicly_accessible\": 1, \"publicly_accessible\"", &["after", "before", "odd"], 8),
    (TF_JSON, ".tf.json", "\"odd\":", "\"after\":", &["before"], 10),
    (PLAN, ".json", "\"aws_db_instance.odd\"", "\"aws_db_instance.odd", &["after", "before", "odd"], 17),
    (PLAN, ".json", "\"name\": \"odd\",", "\"name\": \"odd\"},", &["after", "before", "odd"], 20),
    (PLAN, ".json", "\"address\": \"aws_db_instance.odd\",", "", &["after", "before"], 16),
    (PLAN, ".json", "format_version", "\\u0066ormat_version", &["after", "before", "odd"], 0),
    (PLAN, ".json", "\"planned_values\"", "\"planned_values", &[], 4),
    (PODS, ".yaml", POD, "\"open", &["one", "three"], 9),
    (PODS, ".yaml", "kind:", "\"kind:", &["one", "three"], 10),
    (PODS, ".yaml", "kind:", "kind:[", &["one", "three"], 10),
    (PODS, ".yaml", "apiVersion:", "apiVersion:\"", &["one", "three"], 9),
    (PODS, ".yaml", "  hostPID", "\thostPID", &["one", "three"], 14),
    (PODS, ".yaml", "two", "t\0wo", &["(unnamed)", "one", "three"], 11),
    (PODS, ".yaml", POD, "\0", &["one", "three"], 9),
    (PODS, ".yaml", POD, "}}}]]]", &["one", "three"], 9),
    (PODS, ".yaml", "kind: Pod", "kind: [Pod]", &["one", "three"], 9),
    (PODS, ".yaml", "two", "*nope", &["(unnamed)", "one", "three"], 11),
    (PODS, ".yaml", "apiVersion", "\"open\n---\napiVersion", &["one", "three", "two"], 9),
    // What is filled in is not known; the object around it is judged.
    (PODS, ".yaml", "two", "{{ .Values.name }}", &["name }}", "one", "three"], 0),
    (PODS, ".yaml", "metadata:", "metadata{{ .Values.x }}: [", &["one", "three"], 0),
    (PODS, ".yaml", "apiVersion", "{% if x %}\napiVersion", &["one", "three"], 0),
    (PODS, ".YML", "two", "two", &["one", "three", "two"], 0),
    (CFN_YAML, ".yaml", "BucketName: odd", "BucketName odd", &["After", "Before"], 10),
    (PODS, ".yaml", "spec:\n  hostPID: true\n  containers:\n  - {", "spec: hostPID true\nx:\n  - {", &["one", "three"], 12),
    (PODS, ".yaml", "kind:", "kind}:", &["one", "three"], 9),
    (PODS, ".yaml", "kind: Pod", "kind: P{od", &["one", "three"], 9),
    (PODS, ".yaml", "spec:", "spec[:", &["one", "three"], 12),
    (CFN_YAML, ".yaml", "Type: AWS::S3::Bucket", "Type: AWS:S3::Bucket", &["After", "Before"], 8),
    (CFN_JSON, ".json", "\"Resources\"", "\"Re]sources\"", &[], 2),
    (ARM, ".json", "deploymentTemplate", "deployment]Template", &["after", "before", "odd"], 2),
    (ARM, ".json", "\"resources\"", "\"resource's\"", &[], 2),
    (TF_JSON, ".tf.json", "\"resource\"", "\"resour#ce\"", &[], 2),
];

const RULES: [&str; 3] = ["aws-rds-publicly-accessible", "azure-storage-tls-old", "kubernetes-pod-host-pid"];

/// The names of the resources that fail one of the rules in a file, sorted.
fn failing(json: &Value, path: &str) -> Vec<String> {
    let verdicts = json["verdicts"].as_array().unwrap().iter();
    let failing = verdicts.filter(|one| {
        one["outcome"] == "fail"
            && one["locus"]["file"] == path
            && RULES.iter().any(|rule| one["rule"] == *rule)
    });
    let name =
        |address: &str| address.split('@').next().unwrap().rsplit(['/', '.']).next().unwrap().to_owned();
    let mut names: Vec<String> = failing.map(|one| name(one["address"].as_str().unwrap())).collect();
    names.sort();
    names
}

fn losses<'j>(json: &'j Value, path: &str) -> Vec<&'j Value> {
    let problems = json["problems"].as_array().unwrap().iter();
    problems.filter(|one| one["gravity"] == "loss" && one["file"] == path).collect()
}

/// The line of the first loss in a file, 0 where there is none.
#[track_caller]
fn line_of_loss(json: &Value, path: &str) -> u64 {
    let losses = losses(json, path);
    for loss in &losses {
        assert!(loss["locus"]["start"]["line"].is_u64(), "a loss without a place: {loss}");
    }
    losses.first().map_or(0, |loss| loss["locus"]["start"]["line"].as_u64().unwrap())
}

#[test]
fn a_fault_is_told_at_its_place_and_hides_nothing_beside_it() {
    let folder = Folder::new(&[]);
    let (mut together, mut alone) = (Vec::new(), Vec::new());
    for (number, (text, ending, from, to, found, line)) in MUTATIONS.iter().enumerate() {
        let start = text.find("---\n").unwrap_or(0);
        let (before, rest) = text.split_at(start);
        assert!(rest.contains(from), "{from}");
        let is_plan = *text == PLAN;
        let (path, text) = (format!("{number}/x{ending}"), format!("{before}{}", rest.replacen(from, to, 1)));
        let case = (path, *found, *line, (from, to));
        // A plan is laid over code that it may have been made of.
        if is_plan {
            alone.push((checked(&[(&case.0, text.as_bytes())]).json(), case));
        } else {
            folder.write(&case.0, text.as_bytes());
            together.push(case);
        }
    }
    let ran = folder.run(&["check", "--format", "json", "."]);
    assert_eq!(ran.status, 3, "{}", ran.err);
    let json = ran.json();
    let mut wrong = Vec::new();
    let together = together.into_iter().map(|case| (&json, case));
    for (json, (path, found, line, mutation)) in
        alone.iter().map(|(json, case)| (json, case.clone())).chain(together)
    {
        let seen = (failing(json, &path), line_of_loss(json, &path));
        if seen != (found.iter().map(|name| (*name).to_owned()).collect(), line) {
            wrong.push(format!(
                "{path}: {mutation:?}: {seen:?}, not {found:?} and line {line}: {:?}",
                losses(json, &path)
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), MUTATIONS.len(), wrong.join("\n"));
}

fn checked(files: &[(&str, &[u8])]) -> Ran {
    let folder = Folder::new(&[]);
    for (path, bytes) in files {
        folder.write(path, bytes);
    }
    folder.run(&["check", "--format", "json", "."])
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The text with a letter that Latin-1 writes as one byte.
fn latin1(text: &str) -> Vec<u8> {
    let bytes = text.replace("odd", "\u{e9}");
    bytes.chars().map(|char| u8::try_from(u32::from(char)).unwrap()).collect()
}

#[test]
fn texts_in_other_encodings_are_lost_and_read_as_far_as_they_go() {
    for (path, text, found) in [
        ("t.yaml", CFN_YAML, &["After", "Before"][..]),
        ("t.json", CFN_JSON, &["After", "Before"]),
        ("arm.json", ARM, &["after", "before"]),
        ("plan.json", PLAN, &["after", "before"]),
        ("main.tf", TF, &["after", "before"]),
        ("main.tf.json", TF_JSON, &["after", "before"]),
    ] {
        let marked = utf16(&format!("\u{feff}{text}"));
        for (what, bytes) in [("UTF-16", utf16(text)), ("UTF-16", marked), ("UTF-8", latin1(text))] {
            let ran = checked(&[(path, &bytes)]);
            let json = ran.json();
            let failing = failing(&json, path);
            assert!(
                found.iter().all(|name| failing.iter().any(|one| one == name)),
                "{path} {what}: {failing:?}"
            );
            assert_eq!(ran.status, 3, "{path} {what}");
            assert!(line_of_loss(&json, path) > 0 && json["problems"].to_string().contains(what), "{json}");
        }
    }
    // A byte order mark is no fault.
    let ran = checked(&[("main.tf", format!("\u{feff}{TF}").as_bytes())]);
    assert_eq!((ran.status, failing(&ran.json(), "main.tf").len()), (1, 2));
}

/// A value in the part that could not be read is unknown, and not absent.
#[test]
fn what_could_not_be_read_is_unknown_and_not_absent() {
    let bucket = "resource \"aws_ebs_volume\" \"v\" {\n  size = 8\n  encrypted = \"tr\u{e9}\"\n}\n";
    let ran = checked(&[("main.tf", &latin1(bucket))]);
    let volume = |outcome: &str| vec![("aws_ebs_volume.v".to_owned(), outcome.to_owned())];
    assert_eq!(ran.outcomes("aws-ebs-volume-unencrypted"), volume("unknown"));
    for (inside, outcome) in [
        // The bracket closes the properties too early.
        ("\"Size\": 8 }, \"Encrypted\": true", "unknown"),
        ("\"Size\": 8", "fail"),
    ] {
        let text = format!(
            "{{\"Resources\": {{\"v\": {{\"Type\": \"AWS::EC2::Volume\", \"Properties\": {{{inside} }} }} }} }}"
        );
        let ran = checked(&[("t.json", text.as_bytes())]);
        let outcomes = ran.outcomes("aws-ebs-volume-unencrypted");
        assert_eq!(outcomes, [("v".to_owned(), outcome.to_owned())], "{text}\n{}", ran.out);
    }
}

#[test]
fn formats_in_one_file_do_not_hide_one_another() {
    let both = format!("AWSTemplateFormatVersion: \"2010-09-09\"\nResources: {{}}\n---\n{PODS}");
    let ran = checked(&[("t.yaml", both.as_bytes())]);
    assert_eq!((ran.status, failing(&ran.json(), "t.yaml").len()), (1, 3));
    let two = format!("{CFN_YAML}---\n{CFN_YAML}");
    let ran = checked(&[("t.yaml", two.as_bytes())]);
    assert_eq!((ran.status, line_of_loss(&ran.json(), "t.yaml")), (3, 16));
    let mixed =
        ARM.replacen("\"contentVersion\"", "\"AWSTemplateFormatVersion\": \"x\", \"contentVersion\"", 1);
    let ran = checked(&[("t.json", mixed.as_bytes())]);
    assert_eq!((ran.status, line_of_loss(&ran.json(), "t.json") > 0), (3, true));
}

/// Equal keys in Terraform's JSON are blocks that all count, or a fault.
#[test]
fn repeated_keys_of_terraforms_json_hide_nothing() {
    let one =
        |name: &str| format!("{{\"aws_db_instance\": {{\"{name}\": {{\"publicly_accessible\": true}}}}}}");
    let text = format!("{{\"resource\": {}, \"resource\": {}}}", one("a"), one("b"));
    let ran = checked(&[("a.tf.json", text.as_bytes())]);
    assert_eq!((ran.status, failing(&ran.json(), "a.tf.json")), (1, vec!["a".to_owned(), "b".to_owned()]));
    let text = "{\"resource\": {\"aws_security_group\": {\"g\": {\n\"ingress\": {},\n\"ingress\": {}}}}}";
    let ran = checked(&[("a.tf.json", text.as_bytes())]);
    assert_eq!((ran.status, line_of_loss(&ran.json(), "a.tf.json")), (3, 3));
    let text = "{\"//\": 1, \"//\": 2, \"resource\": {\"aws_ebs_volume\": {\"v\": {\"//\": 1, \"//\": 2}}}}";
    assert_eq!(losses(&checked(&[("a.tf.json", text.as_bytes())]).json(), "a.tf.json").len(), 0);
}

#[test]
fn what_only_looks_like_data_stays_quiet() {
    let files: &[(&str, &[u8])] = &[
        ("main.tf", b"locals {}\n"),
        ("package.json", b"{\"name\": \"x\", \"dependencies\": {}}"),
        ("tsconfig.json", b"{ // why\n \"compilerOptions\": {\"types\": [\"node\",],},}"),
        ("ci.yml", b"on: push\njobs:\n  a:\n    runs-on: x\n    if: ${{ github.x }}\n"),
        ("openapi.yaml", b"openapi: 3.0.0\ncomponents: {schemas: {A: {properties: {kind: {}, metadata: {}}}}}\n"),
        ("openapi-broken.yaml", b"openapi: 3.0.0\ninfo: [\n"),
        ("schema.json", b"{\"$schema\": \"http://json-schema.org/draft-07/schema#\", \"properties\": {\"apiVersion\": {}, \"kind\": {}}}"),
        ("i18n/de.json", b"{\"hello\": \"Gr\\u00fc\\u00dfe\", \"Type\": \"Typ\"}"),
        ("i18n/latin.json", b"{\"hello\": \"Gr\xfc\xdfe\"}"),
        ("i18n/wide.json", b"{\0\"\0a\0\"\0:\0 \x001\0}\0"),
        ("broken.json", b"{\"a\": "),
        ("broken.yaml", b"a: \"b\n"),
        ("jinja.yaml", b"{% for x in y %}\n- {{ x }}\n{% endfor %}\n"),
        ("values.yaml", b"kind: Deployment\nimage: {tag: x}\napiVersion: \"\"\n"),
        ("nginx.conf.template", b"server { listen 80; }"),
        ("empty.json", b""),
        ("lines.json", b"{\"a\": 1}\n{\"a\": 2}\n"),
        ("binary.json", b"\x00\x01\x02\xfe\xff{"),
        ("Resources.yaml", b"Resources: many\nName: x\n"),
    ];
    let ran = checked(files);
    let json = ran.json();
    assert_eq!((ran.status, json["problems"].to_string().as_str()), (0, "[]"));
    assert_eq!(json["coverage"]["gaps"].to_string(), "[]");
}

#[test]
fn a_template_that_does_not_parse_is_a_gap_by_name() {
    let chart: &[u8] = b"{{- if .Values.x }}\napiVersion: v1\nkind: Pod\n{{- end }}\n";
    let ran = checked(&[("main.tf", b"locals {}\n"), ("chart/templates/p.yaml", chart)]);
    let json = ran.json();
    assert_eq!((ran.status, json["complete"].as_bool()), (0, Some(true)));
    assert_eq!(json["coverage"]["gaps"][0]["what"], "chart/templates/p.yaml", "{json}");
}

#[test]
fn a_name_that_terraform_does_not_look_for_is_told() {
    let ran = checked(&[("main.tf", b"locals {}\n"), ("other.TF", TF.as_bytes())]);
    let json = ran.json();
    assert_eq!((ran.status, json["verdicts"].as_array().unwrap().len()), (0, 0));
    let note = json["problems"].to_string();
    assert!(note.contains("other.TF") && note.contains("another case"), "{note}");
}

/// A run over code of which a part cannot be read says so in each output, with the place and what to do.
#[test]
fn a_loss_is_in_every_output_of_every_command() {
    let folder = Folder::new(&[("t.yaml", CFN_YAML), ("main.tf", TF)]);
    folder.write("broken.json", b"{\n  \"Resources\": {\n    \"A: {\"Type\": \"AWS::S3::Bucket\"}\n  }\n}\n");
    let runs: Vec<Vec<&str>> = ["human", "concise", "json", "sarif", "csv", "junit", "github", "markdown"]
        .iter()
        .map(|format| vec!["check", "--format", format, "."])
        .chain(["human", "json"].iter().flat_map(|format| {
            [
                vec!["coverage", "--format", format, "."],
                vec!["inventory", "--format", format, "."],
                vec!["map", "aws_db_instance.after", ".", "--format", format],
            ]
        }))
        .collect();
    for arguments in runs {
        let ran = folder.run(&arguments);
        assert_eq!(ran.status, 3, "{arguments:?}\n{}{}", ran.out, ran.err);
        for word in ["broken.json", "a colon was expected", "put it right"] {
            let shown = format!("{}{}", ran.out, ran.err);
            assert!(shown.contains(word), "{arguments:?}: {word}\n{shown}");
        }
        let place =
            ["broken.json:3:11", "\"line\": 3", "\"startLine\": 3", "json,3,11", "line=\"3\"", "line=3"];
        let shown = format!("{}{}", ran.out, ran.err);
        assert!(place.iter().any(|place| shown.contains(place)), "{arguments:?}: no place\n{shown}");
    }
}

#[cfg(unix)]
#[test]
fn files_that_cannot_be_opened_are_told_in_every_output() {
    let folder = Folder::new(&[("main.tf", TF), ("outside.tf", "locals {}\n")]);
    std::os::unix::fs::symlink("/dev/null", folder.path().join("device.tf")).unwrap();
    std::os::unix::fs::symlink("gone.yaml", folder.path().join("dangling.yaml")).unwrap();
    let large = std::fs::File::create(folder.path().join("large.tf")).unwrap();
    large.set_len(65 << 20).unwrap();
    for format in ["human", "concise", "json", "sarif", "csv", "junit", "github", "markdown"] {
        let ran = folder.run(&["check", "--format", format, "."]);
        assert_eq!(ran.status, 3, "{format}");
        for name in ["device.tf", "dangling.yaml", "large.tf"] {
            let shown = format!("{}{}", ran.out, ran.err);
            assert!(shown.contains(name), "{format}: {name}\n{shown}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_waiver_file_that_is_none_is_an_error() {
    let folder = Folder::new(&[("main.tf", TF)]);
    let path = folder.path().join("compline.waivers.yaml");
    std::os::unix::fs::symlink("/dev/null", &path).unwrap();
    let ran = folder.run(&["check", "."]);
    assert!(ran.status == 2 && ran.err.contains("compline.waivers.yaml"), "{}: {}", ran.status, ran.err);
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    let ran = folder.run(&["check", "."]);
    assert!(ran.status == 2 && ran.err.contains("no regular file"), "{}: {}", ran.status, ran.err);
}

/// The cases of the issue.
#[test]
fn the_files_of_the_issue_are_not_silent() {
    let cases = compline_tests::root().join("tests/cases/hardness");
    let broken = cases.join("06-broken-silent");
    for entry in std::fs::read_dir(&broken).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let folder = Folder::new(&[]);
        folder.write(&name, &std::fs::read(&path).unwrap());
        let ran = folder.run(&["check", "--format", "json", "."]);
        assert_eq!(ran.status, 3, "{name}: {}", ran.err);
        assert!(line_of_loss(&ran.json(), &name) > 0, "{name}");
        if name.starts_with("k8s") && name.contains('2') || name.contains("second") {
            assert_eq!(failing(&ran.json(), &name), ["sentinel"], "{name}");
        }
    }
    let escapes = cases.join("09-json-escapes");
    for entry in std::fs::read_dir(&escapes).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let folder = Folder::new(&[]);
        folder.write(&name, &std::fs::read(&path).unwrap());
        let ran = folder.run(&["check", "--format", "json", "."]);
        assert_eq!(ran.status, 1, "{name}: {}", ran.err);
        assert!(!ran.json()["verdicts"].as_array().unwrap().is_empty(), "{name}");
    }
}
