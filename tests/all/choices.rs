//! What a fix leaves to be chosen is never guessed: it is given, left to a variable, or not written at all.

use crate::run::Folder;

const RULE: &str = "aws-cloudtrail-no-kms-key";

const KEY: &str = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000000";

const TRAILS: &str = "resource \"aws_cloudtrail\" \"one\" {\n  name = \"one\"\n}\n\nresource \"aws_cloudtrail\" \"two\" {\n  name = \"two\"\n}\n";

const TEMPLATE: &str = "Resources:\n  Trail:\n    Type: AWS::CloudTrail::Trail\n    Properties:\n      IsLogging: true\n      S3BucketName: logs\n";

fn text(folder: &Folder, path: &str) -> String {
    String::from_utf8_lossy(&folder.read(path)).into_owned()
}

#[test]
fn nothing_is_written_before_it_is_chosen() {
    let folder = Folder::new(&[("main.tf", TRAILS)]);
    let ran = folder.run(&["fix", "--unsafe", "--rule", RULE, "."]);
    assert_eq!(text(&folder, "main.tf"), TRAILS, "{}", ran.err);
    assert!(ran.err.contains("--with kms_key_arn=…"), "{}", ran.err);
    let json = folder.run(&["check", "--format", "json", "."]).json();
    let verdicts = json["verdicts"].as_array().unwrap();
    assert!(verdicts.iter().any(|one| one["rule"] == RULE && one["fix"]["safety"] == "unsafe"));
    // What is no choice of any fix is a slip of the pen.
    let ran = folder.run(&["fix", "--unsafe", "--with", "kms_key=x", "."]);
    assert_eq!(ran.status, 2, "{}", ran.err);
    assert!(ran.err.contains("`kms_key_arn`"), "{}", ran.err);
    assert_eq!(folder.run(&["fix", "--unsafe", "--with", "kms_key_arn", "."]).status, 2);
}

#[test]
fn what_is_chosen_is_written() {
    let folder = Folder::new(&[("main.tf", TRAILS), ("template.yaml", TEMPLATE)]);
    let with = format!("kms_key_arn={KEY}");
    let ran = folder.run(&["fix", "--unsafe", "--rule", RULE, "--with", &with, "."]);
    assert!(ran.err.contains("3 fixes changed 2 files"), "{}", ran.err);
    assert_eq!(text(&folder, "main.tf").matches(&format!("kms_key_id = \"{KEY}\"")).count(), 2);
    assert!(text(&folder, "template.yaml").ends_with(&format!("      KMSKeyId: {KEY}\n")));
}

#[test]
fn what_is_not_chosen_becomes_a_variable_that_is_declared_once() {
    let folder = Folder::new(&[
        ("main.tf", TRAILS),
        ("other/main.tf", TRAILS),
        ("other/variables.tf", "variable \"kms_key_arn\" {\n  type = string\n}\n"),
        ("template.yaml", TEMPLATE),
    ]);
    let ran = folder.run(&["fix", "--unsafe", "--rule", RULE, "--variables", "."]);
    assert!(ran.err.contains("5 fixes changed 3 files"), "{}", ran.err);
    let main = text(&folder, "main.tf");
    assert_eq!(main.matches("kms_key_id = var.kms_key_arn").count(), 2, "{main}");
    let declared =
        "variable \"kms_key_arn\" {\n  description = \"ARN of the KMS key\"\n  type        = string\n}";
    assert_eq!(main.matches(declared).count(), 1, "{main}");
    let other = text(&folder, "other/main.tf");
    assert!(other.contains("var.kms_key_arn") && !other.contains("variable"), "{other}");
    let template = text(&folder, "template.yaml");
    assert!(template.contains("      KMSKeyId: !Ref KmsKeyArn\n"), "{template}");
    assert!(
        template.contains("  KmsKeyArn:\n    Type: String\n    Description: ARN of the KMS key\n"),
        "{template}"
    );
    let after = folder.run(&["check", "--format", "json", "."]);
    assert!(
        after.outcomes(RULE).iter().all(|(_, outcome)| outcome == "unknown"),
        "{:?}",
        after.outcomes(RULE)
    );
}

#[test]
fn a_manifest_has_no_variables() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n    - name: web\n      image: nginx:latest\n";
    let folder = Folder::new(&[("pod.yaml", pod)]);
    let rule = "kubernetes-container-image-latest";
    let ran = folder.run(&["fix", "--unsafe", "--rule", rule, "--variables", "."]);
    assert_eq!(text(&folder, "pod.yaml"), pod);
    assert!(ran.err.contains("this format has no variables; say what `image` is"), "{}", ran.err);
}
