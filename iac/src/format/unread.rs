//! Formats that are recognised and have no reader yet: each is listed as not looked at, with what to do instead.

use super::descriptor::{Content, Editor, FilePattern, Format, Reader};
use crate::syntax::FileKind;
use crate::syntax::node::Node;

const fn without_reader(
    name: &'static str,
    files: &'static [FilePattern],
    content: Option<Content>,
    instead: &'static str,
) -> Format {
    let reader = Reader::None { instead };
    Format { name, files, content, languages: &[], dialect: None, reader, editor: Editor::None }
}

pub static BICEP: Format = without_reader(
    "Bicep",
    &[FilePattern::unparsed("*.bicep"), FilePattern::unparsed("*.bicepparam")],
    None,
    "build it with `bicep build FILE` and check the JSON that comes out",
);

pub static TERRAGRUNT: Format = without_reader(
    "Terragrunt",
    &[
        FilePattern::unparsed("terragrunt.hcl"),
        FilePattern::unparsed("terragrunt.hcl.json"),
        FilePattern::unparsed("terragrunt.stack.hcl"),
    ],
    None,
    "plan it with `terragrunt plan -out=FILE` and check what `terragrunt show -json FILE` prints",
);

pub static TERRAFORM_STACKS: Format = without_reader(
    "Terraform Stacks",
    &[
        FilePattern::unparsed("*.tfcomponent.hcl"),
        FilePattern::unparsed("*.tfstack.hcl"),
        FilePattern::unparsed("*.tfdeploy.hcl"),
    ],
    None,
    "check the modules that its components name; what the stack passes to them is not known",
);

pub static PACKER: Format = without_reader(
    "Packer",
    &[FilePattern::unparsed("*.pkr.hcl"), FilePattern::unparsed("*.pkr.json")],
    None,
    "look at the image's settings by hand",
);

pub static HELM: Format = without_reader(
    "Helm",
    &[FilePattern::data("Chart.yaml")],
    Some(Content {
        words: &[&["apiVersion", "name", "version"]],
        is_it: |nodes| has_keys(nodes, &["apiVersion", "name", "version"]),
        mark: "`apiVersion`, `name` and `version` in `Chart.yaml`",
    }),
    "render it with `helm template` and check the manifests that come out",
);

pub static KUSTOMIZE: Format = without_reader(
    "Kustomize",
    &[
        FilePattern::named("kustomization.yaml", FileKind::Data),
        FilePattern::named("kustomization.yml", FileKind::Data),
        FilePattern::named("kustomization.json", FileKind::Data),
        FilePattern::unparsed("Kustomization"),
    ],
    None,
    "render it with `kubectl kustomize` and check the manifests that come out",
);

pub static CDK: Format = without_reader(
    "AWS CDK",
    &[FilePattern::data("cdk.json")],
    Some(Content {
        words: &[&["\"app\""]],
        is_it: |nodes| has_keys(nodes, &["app"]),
        mark: "`app` in `cdk.json`",
    }),
    "synthesise it with `cdk synth` and check the templates in `cdk.out`",
);

pub static CDK_FOR_TERRAFORM: Format = without_reader(
    "CDK for Terraform",
    &[FilePattern::data("cdktf.json")],
    Some(Content {
        words: &[&["\"app\""]],
        is_it: |nodes| has_keys(nodes, &["app"]),
        mark: "`app` in `cdktf.json`",
    }),
    "synthesise it with `cdktf synth` and check the `cdk.tf.json` files in `cdktf.out`",
);

pub static PULUMI: Format = without_reader(
    "Pulumi",
    &[FilePattern::data("Pulumi.yaml"), FilePattern::data("Pulumi.yml")],
    Some(Content {
        words: &[&["runtime"]],
        is_it: |nodes| has_keys(nodes, &["name", "runtime"]),
        mark: "`name` and `runtime` in `Pulumi.yaml`",
    }),
    "look at its resources by hand",
);

pub static SERVERLESS: Format = without_reader(
    "Serverless Framework",
    &[
        FilePattern::data("serverless.yml"),
        FilePattern::data("serverless.yaml"),
        FilePattern::data("serverless.json"),
    ],
    Some(Content {
        words: &[&["service", "provider"]],
        is_it: |nodes| has_keys(nodes, &["service", "provider"]),
        mark: "`service` and `provider` in `serverless.yml`",
    }),
    "package it with `serverless package` and check the templates in `.serverless`",
);

pub static ANSIBLE: Format = without_reader(
    "Ansible",
    &[FilePattern::data("*.yml"), FilePattern::data("*.yaml")],
    Some(Content {
        words: &[&["hosts:", "tasks:"], &["hosts:", "roles:"], &["import_playbook:"]],
        is_it: is_playbook,
        mark: "a list of plays: `hosts` with `tasks` or `roles`, or `import_playbook`",
    }),
    "look at the playbook by hand",
);

pub static DOCKER: Format = without_reader(
    "Docker",
    &[
        FilePattern::notes("*.dockerignore"),
        FilePattern::unparsed("Dockerfile"),
        FilePattern::unparsed("Dockerfile.*"),
        FilePattern::unparsed("*.Dockerfile"),
        FilePattern::unparsed("*.dockerfile"),
        FilePattern::unparsed("Containerfile"),
        FilePattern::unparsed("Containerfile.*"),
    ],
    None,
    "look at the image's instructions by hand",
);

pub static COMPOSE: Format = without_reader(
    "Docker Compose",
    &[
        FilePattern::data("compose*.yaml"),
        FilePattern::data("compose*.yml"),
        FilePattern::data("docker-compose*.yaml"),
        FilePattern::data("docker-compose*.yml"),
    ],
    Some(Content {
        words: &[&["services:"]],
        is_it: |nodes| nodes.iter().any(|node| node.get("services").is_some_and(Node::is_mapping)),
        mark: "`services` in `compose.yaml` or `docker-compose.yml`",
    }),
    "look at its services by hand",
);

/// Manifests and templates that another tool fills in first, and that are no YAML before.
pub static TEMPLATE: Format = without_reader(
    "text templates",
    &[FilePattern::data("*.yaml"), FilePattern::data("*.yml"), FilePattern::data("*.template")],
    Some(Content {
        words: &[],
        // Nodes do not show it: the text is told where it does not parse.
        is_it: |_| false,
        mark: "`{{` or `{%` where YAML breaks, and the words of a manifest or a template",
    }),
    "render it (`helm template`, or the tool that fills it in) and check what comes out",
);

fn has_keys(nodes: &[Node], keys: &[&str]) -> bool {
    nodes.iter().any(|node| keys.iter().all(|key| node.get(key).is_some()))
}

/// A list of plays, and nothing but plays: lists of mappings are common, those with `hosts` are few.
fn is_playbook(nodes: &[Node]) -> bool {
    let imports =
        |play: &Node| play.get("import_playbook").or(play.get("ansible.builtin.import_playbook")).is_some();
    let works = |play: &Node| {
        play.get("hosts").is_some()
            && ["tasks", "roles", "pre_tasks", "post_tasks"].iter().any(|key| play.get(key).is_some())
    };
    let plays = |node: &Node| {
        !node.items().is_empty() && node.items().iter().all(|play| imports(play) || works(play))
    };
    nodes.iter().any(plays)
}
