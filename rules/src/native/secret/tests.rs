use compline_iac::{MemorySources, Options, Workspace};

use super::judge;
use crate::evaluate::truth::Truth;

/// What the search says of the resource `f`.
fn says(file: &str, text: &str, at: &[&str]) -> Option<Truth> {
    let sources = MemorySources::of([(file, text)]);
    let mut workspace = Workspace::new(Options::default());
    workspace.read(&sources, &[file.to_owned()]);
    let snapshot = workspace.snapshot(&sources);
    let resources = snapshot.inventories.iter().flat_map(|inventory| &inventory.resources);
    let found: Vec<_> = resources.filter(|resource| &*resource.name == "f").collect();
    assert_eq!(found.len(), 1, "{text}");
    let at: Vec<String> = at.iter().map(|&path| path.to_owned()).collect();
    judge(found[0], &at, &snapshot).map(|answer| answer.truth)
}

fn hcl(values: &str) -> Option<Truth> {
    let more = r#"
        variable "given" { default = "vR7kQz2mXw9p" }
        variable "db" { sensitive = true }
        variable "other" {}
        data "aws_secretsmanager_secret_version" "db" { secret_id = "db" }
        data "aws_ssm_parameter" "db" { name = "/db/password" }
        resource "random_password" "db" { length = 20 }
        resource "aws_db_instance" "main" {}
    "#;
    says(
        "main.tf",
        &format!("{more}\nresource \"aws_x\" \"f\" {{\n{values}\n}}"),
        &["env", "password", "box.env"],
    )
}

#[test]
fn what_is_not_in_the_code_is_no_secret_in_it() {
    for value in [
        "var.db",
        "var.other",
        "\"${var.db}\"",
        "\"prefix-${var.db}\"",
        "data.aws_secretsmanager_secret_version.db.secret_string",
        "jsondecode(data.aws_secretsmanager_secret_version.db.secret_string)[\"password\"]",
        "data.aws_ssm_parameter.db.value",
        "random_password.db.result",
        "base64encode(var.db)",
        "ephemeral.random_password.db.result",
        "aws_db_instance.elsewhere.password",
        "aws_db_instance.main.endpoint",
        "\"arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf\"",
        "\"projects/p/secrets/db/versions/latest\"",
        "\"@Microsoft.KeyVault(SecretUri=https://kv-main.vault.azure.net/secrets/db/)\"",
        "\"{{resolve:secretsmanager:db:SecretString:password}}\"",
        "\"vault:secret/data/db#password\"",
        "\"/run/secrets/db-password\"",
        "\"\"",
        "null",
    ] {
        assert_eq!(
            hcl(&format!("env = {{ DB_PASSWORD = {value}, STAGE = \"live\" }}")),
            Some(Truth::True),
            "{value}"
        );
        let listed = format!(
            "env {{\n name = \"STAGE\"\n value = \"live\"\n}}\nenv {{\n name = \"DB_PASSWORD\"\n value = {value}\n}}"
        );
        assert_eq!(hcl(&listed), Some(Truth::True), "{value} in a list");
    }
    for value in ["file(\"lost.sh\")", "templatefile(\"lost.sh\", {})"] {
        assert_eq!(hcl(&format!("env = {{ SCRIPT = {value} }}")), Some(Truth::Unknown), "{value}");
    }
}

#[test]
fn literals_are() {
    for values in [
        "env = { DB_PASSWORD = \"vR7kQz2mXw9p\" }",
        "env = { DB_PASSWORD = var.given }",
        "env = { DB_PASSWORD = var.other == \"\" ? \"vR7kQz2mXw9p\" : var.db }",
        "env = { STAGE = \"live\", clientSecret = \"vR7kQz2mXw9p\" }",
        "env = { DB_PASSWORD = 73519284 }",
        "env = { URL = \"postgres://shop:vR7kQz2mXw9p@10.0.0.5/shop\" }",
        "env = { STORE = \"DefaultEndpointsProtocol=https;AccountName=a;AccountKey=aGVsbG8gd29ybGQsIHRoaXMgaXMgYSBsb25nIGtleSBmb3IgYSB0ZXN0IG9ubHk=;\" }",
        "password = \"vR7kQz2mXw9p\"",
        "env {\n name = \"STAGE\"\n value = \"live\"\n}\nenv {\n name = \"DB_PASSWORD\"\n value = \"vR7kQz2mXw9p\"\n}",
        "box {\n env = { STAGE = \"live\" }\n}\nbox {\n env = { DB_PASSWORD = \"vR7kQz2mXw9p\" }\n}",
        "env = [\"STAGE=live\", \"DB_PASSWORD=vR7kQz2mXw9p\"]",
        "env = jsonencode([{ name = \"STAGE\", value = \"live\" }, { name = \"DB_PASSWORD\", value = \"vR7kQz2mXw9p\" }])",
        "env = <<-EOT\n  [{ \"name\": \"DB_PASSWORD\", \"value\": \"vR7kQz2mXw9p\" }]\nEOT\n",
        "env = base64encode(\"export DB_PASSWORD=vR7kQz2mXw9p\")",
    ] {
        assert_eq!(hcl(values), Some(Truth::False), "{values}");
    }
    for values in [
        "env = { PASSWORD_MIN_LENGTH = \"14 characters\" }",
        "env {\n name = \"DB_PASSWORD\"\n value_source {\n secret_key_ref {\n secret = \"db-password\"\n version = \"latest\"\n}\n}\n}",
        "env = { SECRET_NAME = \"prod/database\", TOKEN_URL = \"https://example.com/token\" }",
        "password = \"\"",
        "env {\n name = \"DB_PASSWORD\"\n type = \"SECRETS_MANAGER\"\n value = \"prod/database\"\n}",
    ] {
        assert_ne!(hcl(values), Some(Truth::False), "{values}");
    }
    assert_eq!(hcl("size = 1"), None);
}

#[test]
fn cloudformation() {
    let says = |value: &str| {
        let text = format!(
            "Parameters:\n  Db: {{ Type: String, NoEcho: true }}\n  Given: {{ Type: String, Default: vR7kQz2mXw9p }}\n\
             \x20 Stored: {{ Type: 'AWS::SSM::Parameter::Value<String>' }}\n\
             Resources:\n  Other: {{ Type: AWS::RDS::DBInstance }}\n  f:\n    Type: AWS::Lambda::Function\n    Properties:\n\
             \x20     Environment: {{ Variables: {{ STAGE: live, DB_PASSWORD: {value} }} }}\n"
        );
        says("t.yaml", &text, &["Environment.Variables"])
    };
    for value in [
        "!Ref Db",
        "!Sub '${Db}'",
        "!Ref Stored",
        "!Ref AWS::StackName",
        "!GetAtt Other.Endpoint.Address",
        "!ImportValue db-password",
        "'{{resolve:secretsmanager:db:SecretString:password:AWSCURRENT}}'",
        "'{{resolve:ssm-secure:/db/password:1}}'",
        "!Sub '{{resolve:secretsmanager:${Other}:SecretString:password}}'",
    ] {
        assert_eq!(says(value), Some(Truth::True), "{value}");
    }
    for value in ["vR7kQz2mXw9p", "!Ref Given", "!Sub 'vR7kQz2mXw9p'"] {
        assert_eq!(says(value), Some(Truth::False), "{value}");
    }
}

#[test]
fn arm() {
    let says = |value: &str| {
        let text = format!(
            r#"{{ "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
            "contentVersion": "1.0.0.0", "parameters": {{ "db": {{ "type": "securestring" }} }},
            "resources": [{{ "type": "Microsoft.Web/sites", "apiVersion": "2023-12-01", "name": "f", "properties": {{
              "siteConfig": {{ "appSettings": [{{ "name": "STAGE", "value": "live" }},
                {{ "name": "DB_PASSWORD", "value": "{value}" }}] }} }} }}] }}"#
        );
        says("azuredeploy.json", &text, &["properties.siteConfig.appSettings"])
    };
    for value in [
        "[parameters('db')]",
        "[concat('Password=', parameters('db'))]",
        "[listKeys('a', '2023-01-01').keys[0].value]",
        "[reference('kv').secret]",
        "[newGuid()]",
        "[uniqueString(resourceGroup().id)]",
        "@Microsoft.KeyVault(SecretUri=https://kv-main.vault.azure.net/secrets/db/)",
    ] {
        assert_eq!(says(value), Some(Truth::True), "{value}");
    }
    assert_eq!(says("vR7kQz2mXw9p"), Some(Truth::False));
}

#[test]
fn kubernetes() {
    let says = |entry: &str| {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{ name: f }}\nspec:\n  containers:\n  - name: a\n    image: a:1\n    env:\n\
             \x20   - {{ name: STAGE, value: live }}\n    - {{ name: DB_PASSWORD, {entry} }}\n"
        );
        says("pod.yaml", &text, &["spec.containers.env"])
    };
    assert_eq!(says("valueFrom: { secretKeyRef: { name: db, key: password } }"), Some(Truth::True));
    assert_eq!(says("value: $(DB_SECRET)"), Some(Truth::True));
    assert_eq!(says("value: vR7kQz2mXw9p"), Some(Truth::False));
}
