//! A repository in which every text that can be somebody else's is hostile.

use serde_json::{Value, json};

/// The policy, beside the repository.
pub const POLICY: &str = "../policy.yaml";

/// Gives the next field's payload.
pub struct Fields<'a> {
    pub count: usize,
    pub payload: &'a dyn Fn(usize) -> String,
}

impl Fields<'_> {
    /// As it is.
    pub fn raw(&mut self) -> String {
        self.count += 1;
        (self.payload)(self.count)
    }

    fn json(&mut self) -> String {
        quoted(&self.raw())
    }

    /// In one line, for a comment of YAML, which has no controls.
    fn note(&mut self) -> String {
        self.raw()
            .chars()
            .filter(|c| !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}'))
            .collect()
    }

    /// As a string of Terraform's language.
    fn hcl(&mut self) -> String {
        self.json().replace("${", "$${").replace("%{", "%%{")
    }

    /// A text with payloads for its `<hcl>`, `<json>`, `<line>` and `<raw>`.
    fn fill(&mut self, template: &str) -> String {
        let mut out = String::new();
        let mut rest = template;
        while let Some(at) = rest.find('<') {
            let (before, tail) = rest.split_at(at);
            out.push_str(before);
            let kinds = ["<hcl>", "<json>", "<line>", "<note>", "<raw>"];
            let kind = kinds.into_iter().find(|kind| tail.starts_with(kind)).unwrap_or("<");
            out.push_str(&match kind {
                "<hcl>" => self.hcl(),
                "<json>" => self.json(),
                "<line>" => self.line(),
                "<note>" => self.note(),
                "<raw>" => self.raw(),
                other => other.to_owned(),
            });
            rest = &tail[kind.len()..];
        }
        out + rest
    }

    /// In one line, for a comment.
    fn line(&mut self) -> String {
        self.raw().replace(['\n', '\r'], " ")
    }

    /// For the name of a file.
    fn name(&mut self) -> String {
        let name: String = self.raw().replace(['/', '\0'], "_").chars().take(60).collect();
        format!("n{}{name}", self.count)
    }
}

/// As a string of JSON, which is one of YAML: there some characters must not stand as they are.
fn quoted(text: &str) -> String {
    let plain = |c: char| matches!(c, ' '..='~') || u32::from(c) > 0xffff;
    let escape = |c: char| if plain(c) { c.to_string() } else { format!("\\u{:04x}", u32::from(c)) };
    Value::String(text.to_owned()).to_string().chars().map(escape).collect()
}

/// The files, by name.
pub fn files(fields: &mut Fields<'_>) -> Vec<(String, String)> {
    let mut out = Vec::new();
    terraform(fields, &mut out);
    cloudformation(fields, &mut out);
    kubernetes(fields, &mut out);
    arm(fields, &mut out);
    plans(fields, &mut out);
    ours(fields, &mut out);
    results(fields, &mut out);
    for folder in ["policies", "sub/policies"] {
        let (name, head, text) = (fields.name(), fields.line(), fields.raw());
        out.push((format!("{folder}/{name}.md"), format!("# {head}\n\nBuckets keep versions. {text}\n")));
    }
    out
}

fn terraform(f: &mut Fields<'_>, out: &mut Vec<(String, String)>) {
    let mut text = String::new();
    // Each kind of place in which a language lets anybody write.
    for _ in 0..2 {
        text.push_str(&f.fill("# <line>\nresource \"aws_s3_bucket\" <hcl> {\n  for_each = { <hcl> = <hcl> }\n  bucket = <hcl> # <line>\n  acl = \"public-read\"\n  \
             tags = { <hcl> = <hcl>, Name = <hcl> }\n  odd_key = 1\n}\n"));
        text.push_str(&f.fill("resource \"aws_db_instance\" <hcl> {\n  publicly_accessible = <hcl>\n  engine = <hcl>\n  identifier = var.none\n  \
             storage_encrypted = <hcl>\n}\n"));
        text.push_str(
            &f.fill("resource <hcl> <hcl> {\n  x = <hcl>\n}\ndata <hcl> <hcl> {\n  y = <hcl>\n}\n"),
        );
        text.push_str(&f.fill("module <hcl> {\n  source = <hcl>\n  version = <hcl>\n  a = <hcl>\n}\nmodule <hcl> {\n  source = \"./absent\"\n}\n"));
        text.push_str(&f.fill("variable <hcl> {\n  default = <hcl>\n  description = <hcl>\n  validation {\n    condition = false\n    error_message = <hcl>\n  }\n}\n\
             locals {\n  la = <hcl>\n}\noutput <hcl> {\n  value = <hcl>\n}\nprovider <hcl> {\n  alias = <hcl>\n}\n"));
        text.push_str(&f.fill("resource \"aws_iam_policy\" <hcl> {\n  policy = jsonencode({ Statement = [{ Effect = \"Allow\", Action = \"*\", Resource = <hcl>, Sid = <hcl> }] })\n  \
             description = <<-EOT\n    <line>\n  EOT\n}\n"));
        text.push_str(&f.fill("resource \"aws_security_group\" <hcl> {\n  ingress {\n    description = <hcl>\n    cidr_blocks = [\"0.0.0.0/0\", <hcl>]\n    \
             from_port = 22\n    to_port = 22\n    protocol = \"tcp\"\n  }\n}\n"));
    }
    text.push_str(&f.fill("resource \"aws_ebs_volume\" \"plain\" {\n  # compline: waive aws-ebs-volume-unencrypted reason=<hcl> until=2099-01-01 by=<hcl>\n  \
         # checkov:skip=CKV_AWS_3:<line>\n  encrypted = false\n  snapshot_id = aws_ebs_snapshot.none.id\n}\n\
         # compline: waive <line> reason=<hcl> until=<line> by=<line>\n"));
    out.push(("main.tf".to_owned(), text));
    // A fix beside hostile lines: the context of a difference.
    let fixable = f.fill("resource \"aws_instance\" \"i\" {\n  user_data = <<EOT\n<line>\n<line>\n<line>\nEOT\n  monitoring = true\n}\n# <line>\nresource \"aws_s3_bucket\" \"b\" {\n  # <line>\n  acl = \"public-read\" # <line>\n}\n# <line>\n");
    out.push((format!("fix/{}.tf", f.name()), fixable.clone()));
    out.push(("fix/plain/main.tf".to_owned(), fixable));
    for (folder, broken) in [(f.name(), f.line()), (f.name(), f.line()), (f.name(), f.line())] {
        out.push((format!("{folder}/main.tf"), format!("a = = {broken}\n")));
        out.push((format!("{}.tf", folder), format!("resource \"aws_s3_bucket\" \"b\" {{ {broken} \n")));
    }
    out.push((
        "json/main.tf.json".to_owned(),
        f.fill("{ \"//\": <json>, \"resource\": { \"aws_db_instance\": { <json>: { \"publicly_accessible\": true, <json>: <json> } }, <json>: { <json>: {} } } }"),
    ));
    out.push(("terraform.tfvars".to_owned(), f.fill("a = <hcl>\n# <line>\n")));
    out.push((format!("{}.bicep", f.name()), "param x string\n".to_owned()));
    out.push((format!("live/{}/terragrunt.hcl", f.name()), "inputs = {}\n".to_owned()));
}

fn cloudformation(f: &mut Fields<'_>, out: &mut Vec<(String, String)>) {
    let mut text = f.fill("Description: <json>\nParameters:\n  <json>:\n    Type: String\n    Default: <json>\n    Description: <json>\nMappings:\n  <json>:\n    a: { b: <json> }\nConditions:\n  <json>: !Equals [<json>, b]\nResources:\n");
    for _ in 0..3 {
        text.push_str(&f.fill("  <json>: # <note>\n    Type: AWS::RDS::DBInstance\n    Properties:\n      PubliclyAccessible: <json>\n      DBInstanceIdentifier: <json>\n      Tags: [{ Key: <json>, Value: <json> }]\n      <json>: <json>\n"));
    }
    text.push_str(&f.fill("  <json>:\n    Type: <json>\n    Properties: { A: !Ref <json>, B: !GetAtt <json>, C: !Sub <json> }\n  <json>:\n    Type: AWS::CloudFormation::Stack\n    Properties: { TemplateURL: <json> }\n"));
    out.push((format!("cfn/{}.yaml", f.name()), text));
    let template = json!({ "AWSTemplateFormatVersion": "2010-09-09", "Resources": {
        f.raw(): { "Type": "AWS::S3::Bucket", "Properties": { "AccessControl": "PublicRead", "BucketName": f.raw() } },
        f.raw(): { "Type": f.raw() } } });
    out.push(("cfn/template.json".to_owned(), format!("{template:#}")));
    out.push((
        "cfn/broken.yaml".to_owned(),
        f.fill("Resources:\n  A:\n    Type: AWS::S3::Bucket\n  <json>: [\n"),
    ));
}

fn kubernetes(f: &mut Fields<'_>, out: &mut Vec<(String, String)>) {
    let mut text = String::new();
    for _ in 0..2 {
        text.push_str(&f.fill("# <note>\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: <json>\n  namespace: <json>\n  labels: { <json>: <json> }\n  annotations: { <json>: <json> }\n\
             spec:\n  template:\n    spec:\n      hostNetwork: true\n      containers:\n      - name: <json>\n        image: <json>\n        env: [{ name: <json>, value: <json> }]\n        \
             command: [<json>]\n        securityContext: { privileged: true }\n---\n"));
    }
    text.push_str(&f.fill("apiVersion: <json>\nkind: <json>\nmetadata: { name: <json> }\n"));
    out.push((format!("k8s/{}.yaml", f.name()), text));
    out.push((
        format!("charts/{}/Chart.yaml", f.name()),
        f.fill("apiVersion: v2\nname: <json>\nversion: 1.0.0\n"),
    ));
}

fn arm(f: &mut Fields<'_>, out: &mut Vec<(String, String)>) {
    let template = json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": f.raw(),
        "parameters": { f.raw(): { "type": "string", "defaultValue": f.raw() } },
        "variables": { f.raw(): f.raw() },
        "resources": [
            { "type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": f.raw(), "location": f.raw(),
              "comments": f.raw(), "tags": { f.raw(): f.raw() },
              "properties": { "supportsHttpsTrafficOnly": false, "minimumTlsVersion": f.raw(), "allowBlobPublicAccess": true } },
            { "type": f.raw(), "apiVersion": f.raw(), "name": f.fill("[parameters('<raw>')]") },
            { "type": "Microsoft.Resources/deployments", "apiVersion": "2021-04-01", "name": f.raw(), "properties": { "templateLink": { "uri": f.raw() } } }
        ]
    });
    out.push(("arm/template.json".to_owned(), format!("{template:#}")));
}

fn plans(f: &mut Fields<'_>, out: &mut Vec<(String, String)>) {
    let name = f.raw();
    let plan = json!({
        "format_version": "1.2", "terraform_version": f.raw(), "timestamp": f.raw(),
        "planned_values": { "root_module": { "resources": [{ "address": format!("aws_db_instance.{name}"), "mode": "managed",
            "type": "aws_db_instance", "name": name, "provider_name": f.raw(), "schema_version": 2,
            "values": { "publicly_accessible": true, "identifier": f.raw(), "tags": { f.raw(): f.raw() } }, "sensitive_values": {} }] } },
        "resource_changes": [], "configuration": { "root_module": {} }
    });
    out.push((format!("plan/{}.json", f.name()), format!("{plan:#}")));
    out.push((
        "plan/broken.json".to_owned(),
        f.fill("{ \"format_version\": \"1.2\", \"planned_values\": { <json>: }"),
    ));
}

/// Files of our own kinds: configuration, waivers, mappings, pages of rules, frameworks, official texts.
fn ours(f: &mut Fields<'_>, out: &mut Vec<(String, String)>) {
    let exclude = f.name();
    out.push((format!("{exclude}x/main.tf"), "resource \"aws_s3_bucket\" \"b\" {}\n".to_owned()));
    out.push((
        "compline.yaml".to_owned(),
        format!(
            "# {}\nexclude: [{}, {}]\nrules: rules\nframeworks: [hostile-1]\n",
            f.note(),
            quoted(&format!("{exclude}x")),
            f.json()
        ),
    ));
    let mut waivers = "waivers:\n".to_owned();
    for rule in ["aws-s3-public-read-acl", "aws-rds-storage-unencrypted", "aws-s3-versioning-disabled"] {
        waivers.push_str(&format!("  - rule: {rule}\n    address: \"*\"\n    until: \"2099-01-01\"\n"));
        waivers.push_str(&f.fill("    reason: <json>\n    by: <json>\n"));
    }
    waivers.push_str(&f.fill("  - rule: <json>\n    address: <json>\n    file: <json>\n    reason: <json>\n    until: \"2099-01-01\"\n    by: <json>\n"));
    out.push(("compline.waivers.yaml".to_owned(), waivers));
    out.push((
        "compline.mappings.yaml".to_owned(),
        f.fill("mappings:\n- { subject: aws-rds-publicly-accessible, framework: hostile-1, control: \"1.1\", confirmed: true, by: <json>, date: \"2026-01-01\", why: <json> }\n\
             - { subject: <json>, framework: hostile-1, control: \"1.2\", confirmed: false, by: <json>, date: \"2026-01-01\", why: <json> }\n"),
    ));
    for id in ["aws-hostile-one", "aws-hostile-two"] {
        out.push((
            format!("rules/{id}.md"),
            f.fill("---\nid: ID\ntitle: <json>\nseverity: high\nobjectives: [database-not-public]\naliases: { checkov: [<json>] }\nsources: [<json>]\ncheck:\n  \
                 aws_db_instance: { engine: { in: [<json>, <json>], absent: pass } }\n---\n<raw>\n\n<raw>\n").replace("ID", id),
        ));
    }
    out.push((format!("badrules/{}.md", f.name()), f.fill("---\nid: <json>\ntitle: <json>\n---\n<raw>\n")));
    let control = |id: &str, f: &mut Fields<'_>| {
        let wants = "{ fully: [database-not-public, storage-not-public] }";
        let text = f.fill("        title: <json>\n        summary: <json>\n        shown: auto-iac\n");
        format!("      - id: \"{id}\"\n{text}        wants: {wants}\n")
    };
    let mut framework = f.fill("id: hostile-1\ntitle: <json>\nshort: <json>\nversion: <json>\npublisher: <json>\npublished: \"2026-01-01\"\nlicence: <json>\nsource: <json>\ngroups:\n  - id: <json>\n    title: <json>\n    controls:\n");
    framework.push_str(&control("1.1", f));
    framework.push_str(&control("1.2", f));
    out.push((".compline/frameworks/hostile-1.yaml".to_owned(), framework.clone()));
    let odd = f.fill("      - id: <json>\n        title: <json>\n        shown: <json>\n");
    out.push((
        format!("bad/{}.yaml", f.name()),
        format!("{}{odd}", framework.replace("hostile-1", "hostile-2")),
    ));
    out.push((format!("bad/config{}.yaml", f.name()), f.fill("<json>: 1\nseverity: <json>\n")));
    let official = json!({
        "official": 1, "id": "hostile-1", "title": f.raw(), "short": f.raw(), "version": f.raw(), "publisher": f.raw(),
        "published": "2026-01-01", "licence": f.raw(), "source": f.raw(), "role": "text",
        "origin": { "model": "catalog", "uuid": "u", "files": [],
            "metadata": { "title": f.raw(), "last-modified": "2026-01-01T00:00:00Z", "version": f.raw(), "oscal-version": "1.1.2" } },
        "groups": [{ "id": "g", "title": f.raw(), "controls": [{ "id": "1.1", "oscal": "a-1", "title": f.raw(),
            "parts": [{ "name": "statement", "prose": f.raw() }] }] }]
    });
    out.push(("official/hostile-1.json".to_owned(), format!("{official:#}")));
    let policy = f.fill("severity: low\nwaivers:\n  longest_days: 1\nexclusions: forbidden\n# <note>\n");
    out.push((POLICY.to_owned(), policy));
}

/// Results of other scanners.
fn results(f: &mut Fields<'_>, out: &mut Vec<(String, String)>) {
    let checkov: Vec<Value> = (0..2)
        .map(|_| {
            json!({ "check_id": f.raw(), "check_name": f.raw(), "resource": f.raw(), "file_path": f.raw(), "file_line_range": [1, 2],
                "severity": "HIGH", "guideline": f.raw(), "check_result": { "result": "FAILED" } })
        })
        .collect();
    let known = json!({ "check_id": "CKV_AWS_17", "check_name": f.raw(), "resource": f.raw(), "file_path": f.raw(),
        "file_line_range": [1, 2], "check_result": { "result": "FAILED" } });
    let failed: Vec<Value> = checkov.into_iter().chain([known]).collect();
    let report = json!({ "check_type": "terraform", "results": { "passed_checks": [], "failed_checks": failed, "skipped_checks": [
        { "check_id": "CKV_AWS_16", "check_name": f.raw(), "resource": f.raw(), "file_path": f.raw(), "file_line_range": [1, 2],
          "check_result": { "result": "SKIPPED", "suppress_comment": f.raw() } }] }, "summary": { "checkov_version": f.raw() } });
    out.push(("results/checkov.json".to_owned(), report.to_string()));
    let sarif = json!({ "version": "2.1.0", "runs": [{ "tool": { "driver": { "name": f.raw(), "version": f.raw(), "rules": [
            { "id": f.raw(), "shortDescription": { "text": f.raw() }, "helpUri": f.raw() } ] } },
        "results": [{ "ruleId": f.raw(), "message": { "text": f.raw() }, "locations": [{ "physicalLocation":
            { "artifactLocation": { "uri": f.raw() }, "region": { "startLine": 3 } } }] }] }] });
    out.push(("results/other.sarif".to_owned(), sarif.to_string()));
    let trivy = json!({ "SchemaVersion": 2, "ArtifactName": f.raw(), "Results": [{ "Target": f.raw(), "Class": "config", "Type": "terraform",
        "Misconfigurations": [{ "Type": f.raw(), "ID": f.raw(), "AVDID": f.raw(), "Title": f.raw(), "Description": f.raw(), "Message": f.raw(),
            "Resolution": f.raw(), "Severity": "HIGH", "Status": "FAIL", "CauseMetadata": { "Resource": f.raw(), "Provider": f.raw(), "StartLine": 1, "EndLine": 2 } }] }] });
    out.push(("results/trivy.json".to_owned(), trivy.to_string()));
}
