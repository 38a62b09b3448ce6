//! Places of every dialect at which a secret can stand.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::kinds::{Chance, formed, named, plain, private_key};

/// A tree with secrets in it.
#[derive(Default)]
pub struct Tree {
    pub files: Vec<(String, String)>,
    /// The secret, and where it was planted.
    pub secrets: Vec<(String, String)>,
}

impl Tree {
    fn plant(&mut self, path: &str, place: &str, secret: &str) {
        self.secrets.push((secret.to_owned(), format!("{path}: {place}")));
    }
}

/// Names that promise a secret, as people write them.
const NAMES: &[&str] = &[
    "password",
    "db_password",
    "DB_PASSWORD",
    "MYSQL_PWD",
    "apiKey",
    "API_TOKEN",
    "clientSecret",
    "auth_token",
    "SECRET_KEY",
    "private_key",
    "passphrase",
    "ADMIN_PASS",
    "access_token",
    "connection_string",
    "credentials",
    "masterPassword",
    "SmtpPassword",
    "jwt_secret",
    "signing_key",
    "x-api-key",
    "KENNWORT",
    "hasło",
    "webhook_secret",
];

type Place = fn(&mut Chance, usize) -> (String, &'static str, Vec<String>);

fn one(text: String, place: &'static str, secret: String) -> (String, &'static str, Vec<String>) {
    (text, place, vec![secret])
}

/// A name that is one word of the language.
fn name(chance: &mut Chance) -> &'static str {
    loop {
        let name = *chance.of(NAMES);
        if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return name;
        }
    }
}

fn database(n: usize, lines: &str) -> String {
    format!(
        "resource \"aws_db_instance\" \"d{n}\" {{\n  storage_encrypted   = false\n{lines}\n  publicly_accessible = true\n}}\n"
    )
}

/// Terraform's places.
const TERRAFORM: &[Place] = &[
    |c, n| {
        let s = named(c);
        one(database(n, &format!("  password = \"{s}\"")), "attribute", s)
    },
    |c, n| {
        let s = named(c);
        one(database(n, &format!("  # the password is {s}1")), "comment", format!("{s}1"))
    },
    |c, n| {
        let s = formed(c);
        one(database(n, &format!("  # {s}")), "comment by form", s)
    },
    |c, n| {
        let s = formed(c);
        one(database(n, &format!("  tags = {{ note = \"{s}\" }}")), "tag", s)
    },
    |c, n| {
        let s = formed(c);
        one(database(n, &format!("  tags = {{ \"{s}\" = \"x\" }}")), "tag's key", s)
    },
    |c, n| {
        let (s, k) = (named(c), *c.of(NAMES));
        one(database(n, &format!("  tags = {{ \"{k}\" = \"{s}\" }}")), "tag by name", s)
    },
    |c, n| {
        let s = named(c);
        one(
            format!(
                "variable \"v{n}\" {{\n  sensitive = true\n  default   = \"{s}\"\n}}\n{}",
                database(n, &format!("  identifier = var.v{n}"))
            ),
            "sensitive variable",
            s,
        )
    },
    |c, n| {
        let (a, b) = (named(c), named(c));
        let text = format!(
            "variable \"v{n}\" {{\n  sensitive = true\n  default   = {{ a = \"{a}\", b = [\"{b}\"] }}\n}}\n{}",
            database(n, &format!("  tags = var.v{n}"))
        );
        (text, "sensitive map", vec![a, b])
    },
    |c, n| {
        let (s, k) = (named(c), name(c));
        one(
            format!(
                "variable \"{k}_{n}\" {{ default = \"{s}\" }}\n{}",
                database(n, &format!("  identifier = var.{k}_{n}"))
            ),
            "variable by name",
            s,
        )
    },
    |c, n| {
        let (s, k) = (named(c), name(c));
        one(format!("output \"{k}_o{n}\" {{\n  value = \"{s}\"\n}}\n"), "output", s)
    },
    |c, n| {
        let s = named(c);
        one(
            format!(
                "locals {{\n  passwords_{n} = {{ db = \"{s}\" }}\n}}\n{}",
                database(n, &format!("  tags = {{ a = local.passwords_{n}.db }}"))
            ),
            "map of locals",
            s,
        )
    },
    |c, n| {
        let (s, k) = (named(c), *c.of(NAMES));
        one(
            format!(
                "resource \"aws_lambda_function\" \"l{n}\" {{\n  function_name = \"f{n}\"\n  environment {{\n    variables = {{ \"{k}\" = \"{s}\" }}\n  }}\n}}\n"
            ),
            "environment",
            s,
        )
    },
    |c, n| {
        let (s, k) = (named(c), *c.of(NAMES));
        one(
            format!(
                "resource \"aws_ecs_task_definition\" \"t{n}\" {{\n  family = \"f\"\n  container_definitions = jsonencode([{{ name = \"a\", privileged = true, environment = [{{ name = \"{k}\", value = \"{s}\" }}] }}])\n}}\n"
            ),
            "environment of a container",
            s,
        )
    },
    |c, n| {
        let s = plain(c);
        one(
            format!(
                "resource \"aws_instance\" \"i{n}\" {{\n  ami = \"ami-0abcdef1234567890\"\n  user_data = <<EOT\n#!/bin/sh\nexport DB_PASSWORD={s}\nrun --token {s}\nEOT\n}}\n"
            ),
            "user data",
            s,
        )
    },
    |c, n| {
        let s = named(c);
        let b = STANDARD.encode(format!("#!/bin/sh\nDB_PASSWORD='{s}' run\n"));
        one(
            format!(
                "resource \"aws_instance\" \"i{n}\" {{\n  user_data_base64 = \"{b}\"\n  ebs_optimized = false\n}}\n"
            ),
            "user data in Base64",
            s,
        )
    },
    |c, n| {
        let s = plain(c);
        one(
            format!(
                "module \"m{n}\" {{\n  source = \"git::https://bob:{s}@git.example.com/x.git?ref=v1\"\n}}\n"
            ),
            "module source",
            s,
        )
    },
    |c, n| {
        let s = plain(c);
        one(
            database(n, &format!("  identifier = \"postgres://app:{s}@db.example.com:5432/app\"")),
            "address",
            s,
        )
    },
    |c, n| {
        let s = plain(c);
        one(
            database(n, &format!("  identifier = \"Server=db;User Id=sa;Password={s};Encrypt=true\"")),
            "connection string",
            s,
        )
    },
    |c, n| {
        let (s, k) = (named(c), *c.of(NAMES));
        one(database(n, &format!("  identifier = \"{{\\\"{k}\\\":\\\"{s}\\\"}}\"")), "JSON in a string", s)
    },
    |c, n| {
        let s = formed(c);
        one(
            format!(
                "resource \"aws_db_instance\" \"e{n}\" {{\n  for_each = toset([\"{s}\"])\n  storage_encrypted = false\n}}\n"
            ),
            "key of for_each",
            s,
        )
    },
    |c, n| {
        let s = formed(c).replace(['.', '+', '/', '='], "x");
        one(
            format!(
                "resource \"aws_db_instance\" \"{s}\" {{\n  storage_encrypted = false\n  port = {n}\n}}\n"
            ),
            "name of a resource",
            s,
        )
    },
    |c, n| {
        let s = formed(c);
        one(
            format!(
                "# compline: waive no-such-rule reason=\"{s}\" until=2099-12-31 by=ops\nlocals {{\n  w{n} = 1\n}}\n"
            ),
            "waiver",
            s,
        )
    },
    |c, n| {
        let s = formed(c);
        one(format!("resource \"aws_security_group\" \"g{n}\" {{ description = \"{s}\" }}\n"), "one line", s)
    },
    |c, n| {
        let lines = private_key(c);
        let body = lines.join("\n");
        let text = format!(
            "resource \"aws_instance\" \"k{n}\" {{\n  ebs_optimized = false\n  user_data = <<EOT\n-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----\nEOT\n}}\n"
        );
        (text, "private key", lines)
    },
];

/// Kubernetes' places.
const KUBERNETES: &[Place] = &[
    |c, n| {
        let s = named(c);
        one(
            format!(
                "apiVersion: v1\nkind: Secret\nmetadata: {{ name: s{n} }}\ndata:\n  a: {}\n",
                STANDARD.encode(&s)
            ),
            "data of a Secret",
            s,
        )
    },
    |c, n| {
        let s = named(c);
        one(
            format!("apiVersion: v1\nkind: Secret\nmetadata: {{ name: s{n} }}\nstringData: {{ a: '{s}' }}\n"),
            "string data of a Secret",
            s,
        )
    },
    |c, n| {
        let (s, k) = (named(c), *c.of(NAMES));
        one(pod(n, &format!("env:\n    - name: {k}\n      value: '{s}'")), "environment", s)
    },
    |c, n| {
        let (s, k) = (named(c), *c.of(NAMES));
        one(pod(n, &format!("env: [{{ value: '{s}', name: {k} }}]")), "environment in flow form", s)
    },
    |c, n| {
        let s = plain(c);
        one(pod(n, &format!("args: ['--password={s}', '--user=x']")), "argument", s)
    },
    |c, n| {
        let s = plain(c);
        one(pod(n, &format!("args:\n    - --token\n    - --password {s}")), "arguments", s)
    },
    |c, n| {
        let s = formed(c);
        one(
            format!(
                "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p{n}\n  annotations:\n    note: {s}\nspec:\n  containers:\n  - name: a\n    image: nginx\n"
            ),
            "annotation",
            s,
        )
    },
    |c, n| {
        let s = named(c);
        one(
            format!(
                "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p{n}\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: '{{\"kind\":\"Secret\",\"data\":{{\"a\":\"{s}\"}}}}'\nspec:\n  containers: [{{ name: a, image: nginx }}]\n"
            ),
            "manifest in an annotation",
            s,
        )
    },
    |c, n| {
        let s = plain(c);
        one(
            format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {{ name: c{n} }}\ndata:\n  app.properties: |\n    db.user=x\n    db.password={s}\n"
            ),
            "properties",
            s,
        )
    },
    |c, n| {
        let s = formed(c);
        one(pod(n, &format!("# {s}\n    securityContext: {{ privileged: true }}")), "comment", s)
    },
];

fn pod(n: usize, lines: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{ name: p{n} }}\nspec:\n  hostNetwork: true\n  containers:\n  - name: a\n    image: nginx\n    {lines}\n"
    )
}

/// CloudFormation's places: resources in YAML.
const CLOUDFORMATION: &[Place] = &[
    |c, n| {
        let s = named(c);
        one(instance(n, &format!("MasterUserPassword: '{s}'")), "property", s)
    },
    |c, n| {
        let s = formed(c);
        one(instance(n, &format!("Tags: [{{ Key: note, Value: {s} }}]")), "tag", s)
    },
    |c, n| {
        let (s, k) = (named(c), *c.of(NAMES));
        one(instance(n, &format!("Tags: [{{ Key: {k}, Value: '{s}' }}]")), "tag by name", s)
    },
    |c, n| {
        let s = formed(c);
        one(instance(n, &format!("# {s}\n      DBName: x")), "comment", s)
    },
    |c, n| {
        let (s, k) = (named(c), name(c));
        one(
            format!(
                "  L{n}:\n    Type: AWS::Lambda::Function\n    Properties:\n      Environment: {{ Variables: {{ {k}: '{s}' }} }}\n"
            ),
            "environment",
            s,
        )
    },
    |c, n| {
        let s = plain(c);
        one(
            format!(
                "  I{n}:\n    Type: AWS::EC2::Instance\n    Properties:\n      EbsOptimized: false\n      UserData:\n        Fn::Base64: |\n          #!/bin/sh\n          export PGPASSWORD={s}\n"
            ),
            "user data",
            s,
        )
    },
];

fn instance(n: usize, line: &str) -> String {
    format!(
        "  D{n}:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      StorageEncrypted: false\n      {line}\n      PubliclyAccessible: true\n"
    )
}

/// A tree with about so many secrets.
pub fn tree(chance: &mut Chance, count: usize) -> Tree {
    let mut tree = Tree::default();
    let share = count / 8 + 1;
    let mut text = String::new();
    for n in 0..3 * share {
        let (part, place, secrets) = chance.of(TERRAFORM)(chance, n);
        text.push_str(&part);
        secrets.iter().for_each(|secret| tree.plant("tf/main.tf", place, secret));
    }
    tree.files.push(("tf/main.tf".to_owned(), text));
    let mut text = String::new();
    for n in 0..share {
        let (part, place, secrets) = chance.of(KUBERNETES)(chance, n);
        text.push_str(&format!("---\n{part}"));
        secrets.iter().for_each(|secret| tree.plant("k8s/all.yaml", place, secret));
    }
    tree.files.push(("k8s/all.yaml".to_owned(), text));
    let (default, mut text) = (named(chance), String::new());
    for n in 0..share {
        let (part, place, secrets) = chance.of(CLOUDFORMATION)(chance, n);
        text.push_str(&part);
        secrets.iter().for_each(|secret| tree.plant("cfn/t.yaml", place, secret));
    }
    tree.plant("cfn/t.yaml", "NoEcho", &default);
    text = format!(
        "AWSTemplateFormatVersion: '2010-09-09'\nParameters:\n  P: {{ Type: String, NoEcho: true, Default: '{default}' }}\nResources:\n  X:\n    Type: AWS::RDS::DBInstance\n    Properties: {{ StorageEncrypted: false, DBName: !Ref P }}\n{text}"
    );
    tree.files.push(("cfn/t.yaml".to_owned(), text));
    values(chance, &mut tree);
    arm(chance, &mut tree);
    plan(chance, &mut tree, share / 3 + 1);
    state(chance, &mut tree, share / 3 + 1);
    broken(chance, &mut tree);
    tree
}

fn values(chance: &mut Chance, tree: &mut Tree) {
    let (a, b, c) = (named(chance), named(chance), named(chance));
    let main = format!(
        "variable \"innocent\" {{\n  sensitive = true\n}}\nvariable \"db_password\" {{}}\n{}",
        database(
            0,
            "  identifier = var.innocent\n  username = \"${var.innocent}-x\"\n  password = var.db_password"
        )
    );
    tree.files.push(("vars/main.tf".to_owned(), main));
    tree.files.push((
        "vars/terraform.tfvars".to_owned(),
        format!("innocent = \"{a}\"\ndb_password = \"{b}\" # {c}7\n"),
    ));
    for (secret, place) in [(a, "sensitive"), (b, "by name")] {
        tree.plant("vars/terraform.tfvars", place, &secret);
    }
}

fn arm(chance: &mut Chance, tree: &mut Tree) {
    let (a, b, c, d) = (named(chance), named(chance), named(chance), formed(chance));
    let text = format!(
        r#"{{ "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
  "parameters": {{ "p": {{ "type": "securestring", "defaultValue": "{a}" }} }},
  "resources": [ {{ "type": "Microsoft.Sql/servers", "apiVersion": "2021-11-01", "name": "s", "location": "westeurope",
    "tags": {{ "note": "{d}" }},
    "properties": {{ "administratorLoginPassword": "{b}", "publicNetworkAccess": "Enabled", "version": "[parameters('p')]" }} }},
   {{ "type": "Microsoft.Web/sites", "apiVersion": "2022-03-01", "name": "w", "location": "westeurope",
    "properties": {{ "httpsOnly": false, "siteConfig": {{ "appSettings": [ {{ "name": "DB_PASSWORD", "value": "{c}" }} ] }} }} }} ] }}
"#
    );
    tree.files.push(("arm/t.json".to_owned(), text));
    for (secret, place) in [(a, "securestring"), (b, "property"), (c, "setting"), (d, "tag")] {
        tree.plant("arm/t.json", place, &secret);
    }
}

fn plan(chance: &mut Chance, tree: &mut Tree, count: usize) {
    let (mut resources, mut changes) = (Vec::new(), Vec::new());
    for n in 0..count {
        let (a, b, c) = (named(chance), named(chance), formed(chance));
        let values = format!(
            r#"{{ "storage_encrypted": false, "identifier": "{a}", "password": "{b}", "tags": {{ "n": "{c}" }} }}"#
        );
        resources.push(format!(
            r#"{{ "address": "aws_db_instance.p{n}", "mode": "managed", "type": "aws_db_instance", "name": "p{n}", "provider_name": "registry.terraform.io/hashicorp/aws", "schema_version": 1, "values": {values}, "sensitive_values": {{ "identifier": true }} }}"#
        ));
        changes.push(format!(
            r#"{{ "address": "aws_db_instance.p{n}", "mode": "managed", "type": "aws_db_instance", "name": "p{n}", "provider_name": "registry.terraform.io/hashicorp/aws", "change": {{ "actions": ["create"], "before": null, "after": {values}, "after_unknown": {{}}, "before_sensitive": false, "after_sensitive": {{ "identifier": true }} }} }}"#
        ));
        for (secret, place) in [(a, "sensitive"), (b, "by name"), (c, "by form")] {
            tree.plant("plan/p.tfplan.json", place, &secret);
        }
    }
    let value = named(chance);
    tree.plant("plan/p.tfplan.json", "variable", &value);
    let text = format!(
        "{{ \"format_version\": \"1.2\", \"terraform_version\": \"1.9.0\", \"variables\": {{ \"db_password\": {{ \"value\": \"{value}\" }} }},\n\
         \"planned_values\": {{ \"root_module\": {{ \"resources\": [\n{}\n] }} }},\n\"resource_changes\": [\n{}\n], \"configuration\": {{ \"root_module\": {{}} }} }}\n",
        resources.join(",\n"),
        changes.join(",\n")
    );
    tree.files.push(("plan/p.tfplan.json".to_owned(), text));
}

fn state(chance: &mut Chance, tree: &mut Tree, count: usize) {
    let mut resources = Vec::new();
    for n in 0..count {
        let (a, b, c) = (named(chance), named(chance), formed(chance));
        resources.push(format!(
            r#"{{ "mode": "managed", "type": "aws_db_instance", "name": "s{n}", "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
  "instances": [ {{ "schema_version": 1, "attributes": {{ "storage_encrypted": false, "identifier": "{a}", "password": "{b}", "tags": {{ "n": "{c}" }} }},
  "sensitive_attributes": [ [ {{ "type": "get_attr", "value": "identifier" }} ] ] }} ] }}"#
        ));
        for (secret, place) in [(a, "sensitive"), (b, "by name"), (c, "by form")] {
            tree.plant("state/terraform.tfstate", place, &secret);
        }
    }
    let value = named(chance);
    tree.plant("state/terraform.tfstate", "output", &value);
    let text = format!(
        "{{ \"version\": 4, \"terraform_version\": \"1.9.0\", \"serial\": 1, \"lineage\": \"x\",\n\"outputs\": {{ \"o\": {{ \"value\": \"{value}\", \"type\": \"string\", \"sensitive\": true }} }},\n\"resources\": [\n{}\n] }}\n",
        resources.join(",\n")
    );
    tree.files.push(("state/terraform.tfstate".to_owned(), text));
}

/// Lines that cannot be read.
fn broken(chance: &mut Chance, tree: &mut Tree) {
    let (a, b, c) = (named(chance), named(chance), formed(chance));
    let text = format!(
        "resource \"aws_db_instance\" \"a\" {{\n  storage_encrypted = false\n  password = \"{a}\n}}\nresource \"aws_db_instance\" \"b\" {{\n  storage_encrypted = false\n  password \"{b}9\"\n  tags = {{ x = {c} \"\n}}\n"
    );
    tree.files.push(("broken/main.tf".to_owned(), text));
    let d = named(chance);
    let text = format!(
        "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  D:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      StorageEncrypted: false\n      MasterUserPassword: '{d}\n"
    );
    tree.files.push(("broken/t.yaml".to_owned(), text));
    for (secret, place) in [(a, "quote not closed"), (format!("{b}9"), "no sign"), (c, "no quote")] {
        tree.plant("broken/main.tf", place, &secret);
    }
    tree.plant("broken/t.yaml", "quote not closed", &d);
}
