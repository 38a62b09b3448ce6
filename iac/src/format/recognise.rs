//! What the table of formats says about a file, a language, a directory.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{FORMATS, FilePattern, Format, Reader, Role, signs};
use crate::problem::Gravity;
use crate::source::{Damage, Source};
use crate::syntax::{self, Document, FileKind, Tree};

/// What a text turned out to be.
pub enum Recognised {
    /// Parsed for a reader.
    Document {
        document: Document,
        /// The format without a reader that it is as well, where no reader takes it.
        unread: Option<&'static Format>,
        /// Whether no reader takes it, though it shows signs of one: a part of it could not be read.
        suspect: bool,
    },
    /// A format without a reader.
    Unread(&'static Format),
    /// No infrastructure as code.
    Nothing,
}

impl Recognised {
    /// The format without a reader that the text is of.
    pub fn unread(&self) -> Option<&'static Format> {
        match self {
            Self::Document { unread, .. } => *unread,
            Self::Unread(format) => Some(format),
            Self::Nothing => None,
        }
    }
}

/// The name of a path's file.
pub fn file_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

fn with_reader() -> impl Iterator<Item = &'static Format> {
    FORMATS.iter().copied().filter(|format| format.has_reader())
}

fn without_reader() -> impl Iterator<Item = &'static Format> {
    FORMATS.iter().copied().filter(|format| !format.has_reader())
}

fn patterns(name: &str) -> impl Iterator<Item = &'static FilePattern> {
    FORMATS.iter().filter_map(move |format| format.pattern(name))
}

/// How a file of this name is parsed; `None` when it is not parsed at all.
pub fn file_kind(path: &str) -> Option<FileKind> {
    patterns(file_name(path)).find_map(|pattern| pattern.kind)
}

/// The format without a reader that a file's name alone tells, where the file is not parsed.
pub fn unparsed(path: &str) -> Option<&'static Format> {
    let name = file_name(path);
    let tells = |pattern: &FilePattern| pattern.kind.is_none() && pattern.role == Role::Source;
    without_reader().find(|format| format.pattern(name).is_some_and(tells))
}

/// The format that a file would be of if its name were written in the case that the format's tool looks for.
pub fn other_case(path: &str) -> Option<&'static Format> {
    let name = file_name(path);
    let lower = name.to_ascii_lowercase();
    let source = |pattern: &FilePattern| pattern.role == Role::Source;
    let modules = FORMATS.iter().copied().filter(|format| matches!(format.reader, Reader::Modules));
    let fits =
        |format: &&Format| format.pattern(name).is_none() && format.pattern(&lower).is_some_and(source);
    modules.filter(|_| lower != name).find(fits)
}

/// Reads a text by what its path and the words in it promise.
pub fn read(source: Arc<Source>) -> Recognised {
    read_damaged(source, None)
}

/// The same for a text that is not what its file holds: what was damaged is not read, and told where the text is
/// infrastructure as code.
pub fn read_damaged(source: Arc<Source>, damage: Option<&Damage>) -> Recognised {
    let path = Arc::clone(&source.path);
    let (name, text) = (file_name(&path), Arc::clone(&source.text));
    let Some(kind) = file_kind(name) else {
        return unparsed(name).map_or(Recognised::Nothing, Recognised::Unread);
    };
    let promises = |format: &Format| format.may_be_in(name, &text);
    let by_words = with_reader().any(promises);
    if !(by_words
        || without_reader().any(promises)
        || signs::hides_letters(&text)
        || signs::shows(&path, &text))
    {
        return Recognised::Nothing;
    }
    let document = syntax::parse_damaged(source, kind, damage);
    let shows = || signs::shows(&path, &text) || syntax::holds_too_much(&document.source);
    let unread = match &document.tree {
        Tree::Data(nodes) => without_reader().find(|format| format.is_in(name, nodes)),
        Tree::Hcl(_) | Tree::Other => None,
    };
    if of(&document).is_some() {
        return Recognised::Document { document, unread, suspect: false };
    }
    let lost = document.problems.iter().any(|problem| problem.gravity == Gravity::Loss);
    let unread = unread.or_else(|| (document.is_template && shows()).then_some(&super::unread::TEMPLATE));
    let suspect = lost && unread.is_none() && shows();
    match unread {
        Some(format) if !by_words => Recognised::Unread(format),
        // Words of a format, in a file that is of none: a list of checks, a report of ours.
        None if !suspect && !is_more_than_source(name) => Recognised::Nothing,
        unread => Recognised::Document { document, unread, suspect },
    }
}

/// Whether a reader looks at a file of this name for more than its resources: values, notes on other files.
fn is_more_than_source(name: &str) -> bool {
    with_reader().filter_map(|format| format.pattern(name)).any(|pattern| pattern.role != Role::Source)
}

/// The format with a reader that a parsed text is of; the first of the table where several fit.
pub fn of(document: &Document) -> Option<&'static Format> {
    let name = file_name(&document.source.path);
    match &document.tree {
        Tree::Hcl(_) => with_reader().find(|format| format.pattern(name).is_some()),
        Tree::Data(nodes) => with_reader().find(|format| format.is_in(name, nodes)),
        Tree::Other => None,
    }
}

/// Whether a file of this name is read, or listed as not looked at, where its directory was named.
pub fn is_walked(path: &str) -> bool {
    patterns(file_name(path)).any(|pattern| pattern.walked) || other_case(path).is_some()
}

/// Whether a file of this name is read where its directory was named: it cannot be missing unnoticed.
pub fn is_read(path: &str) -> bool {
    let name = file_name(path);
    with_reader().filter_map(|format| format.pattern(name)).any(|pattern| pattern.walked)
}

fn has_role(path: &str, wanted: impl Fn(Role) -> bool) -> bool {
    let name = file_name(path);
    let of_directories = FORMATS.iter().filter(|format| matches!(format.reader, Reader::Modules));
    of_directories.filter_map(|format| format.pattern(name)).any(|pattern| wanted(pattern.role))
}

/// Whether a file of this name is a part of the module that its directory is.
pub fn is_module_source(path: &str) -> bool {
    has_role(path, |role| role == Role::Source)
}

/// Whether a file of this name gives the module of its directory its values, without being asked for.
pub fn is_automatic_values(path: &str) -> bool {
    has_role(path, |role| role == Role::Values)
}

/// Whether a file of this name belongs to the module of its directory: sources, and values of any kind.
pub fn belongs_to_module(path: &str) -> bool {
    has_role(path, |role| role != Role::Notes)
}

/// What a buffer is called that lies nowhere, by what the editor calls its language. A language nobody here
/// speaks is read as YAML, which most texts are.
pub fn untitled(language: &str) -> &'static str {
    let mut languages = FORMATS.iter().flat_map(|format| format.languages);
    languages.find(|one| one.id == language).map_or("untitled.yaml", |one| one.untitled)
}

/// The languages whose buffers editors should send, each once, in the order of the table.
pub fn languages() -> Vec<&'static str> {
    let mut seen = BTreeSet::new();
    let all = FORMATS.iter().flat_map(|format| format.languages).map(|language| language.id);
    all.filter(|id| seen.insert(*id)).collect()
}

/// The names of the files whose change may change what is read, as patterns; those that others cover are left out.
pub fn watched() -> Vec<&'static str> {
    let all: BTreeSet<&str> =
        FORMATS.iter().flat_map(|format| format.files).map(|pattern| pattern.name).collect();
    let covers = |wide: &str, name: &str| {
        wide != name && wide.strip_prefix('*').is_some_and(|end| !end.contains('*') && name.ends_with(end))
    };
    all.iter().filter(|name| !all.iter().any(|wide| covers(wide, name))).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceId;

    fn recognised(path: &str, text: &str) -> String {
        match read(Arc::new(Source::new(SourceId(0), path, text))) {
            Recognised::Document { suspect: true, .. } => "suspect".to_owned(),
            Recognised::Document { unread: None, .. } => "read".to_owned(),
            Recognised::Document { unread: Some(format), .. } => format!("read, {}", format.name),
            Recognised::Unread(format) => format.name.to_owned(),
            Recognised::Nothing => "nothing".to_owned(),
        }
    }

    #[test]
    fn names_and_words_tell_what_is_read() {
        for (path, text, expected) in [
            ("a/main.tf", "", "read"),
            ("a/main.tofu", "", "read"),
            ("a/main.tofu.json", "{}", "read"),
            ("a/x.tfvars", "", "read"),
            ("a/x.tofuvars", "", "nothing"),
            ("t.yaml", "Resources:\n  A:\n    Type: AWS::S3::Bucket\n", "read"),
            ("t.YAML", "Resources:\n  A:\n    Type: AWS::S3::Bucket\n", "read"),
            ("t.Json", "{\"apiVersion\": \"v1\", \"kind\": \"Pod\"}", "read"),
            ("t.json", "{\"\\u0052esources\": {\"A\": {\"\\u0054ype\": \"AWS::S3::Bucket\"}}}", "read"),
            ("t.json", "{\"\\u0052esource\": 1}", "nothing"),
            ("t.json", "{\"Resources\": {\"A: {\"Type\": \"AWS::S3::Bucket\"}}}", "suspect"),
            ("t.json", "{\"words\": \"open}", "nothing"),
            ("t.yaml", "apiVersion: v1\nkind: [Pod\n", "suspect"),
            ("t.yaml", "apiVersion: v1\nkind: Pod\n{% if x %}\n", "read, text templates"),
            ("t.yaml", "just: words\n", "nothing"),
            ("t.txt", "Resources:\n  A:\n    Type: AWS::S3::Bucket\n", "nothing"),
            ("a/kustomization.yaml", "namePrefix: x-\n", "read, Kustomize"),
            ("a/main.bicep", "", "Bicep"),
            ("terragrunt.hcl", "", "Terragrunt"),
            ("x.pkr.hcl", "", "Packer"),
            ("x.tftest.hcl", "", "nothing"),
            ("x.hcl", "", "nothing"),
            ("docker/Dockerfile", "", "Docker"),
            ("Dockerfile.prod", "", "Docker"),
            ("Dockerfile.dockerignore", "", "nothing"),
            ("cdk.json", "{ \"app\": \"npx ts-node bin/x.ts\" }", "AWS CDK"),
            ("cdk.json", "{}", "nothing"),
            ("Pulumi.yaml", "name: x\nruntime: nodejs\n", "Pulumi"),
            ("Pulumi.dev.yaml", "config: {}\n", "nothing"),
            ("c/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n", "Helm"),
            ("compose.yaml", "services:\n  web:\n    image: nginx\n", "Docker Compose"),
            ("compose.yaml", "words: true\n", "nothing"),
            ("services.yaml", "services:\n  web:\n    image: nginx\n", "nothing"),
            ("site.yml", "- hosts: all\n  tasks:\n    - ping:\n", "Ansible"),
            ("site.yml", "- import_playbook: web.yml\n", "Ansible"),
            ("site.yml", "- hosts: all\n", "nothing"),
            ("hosts.yml", "hosts: [a]\ntasks: [b]\n", "nothing"),
            ("serverless.yml", "service: x\nprovider:\n  name: aws\n", "Serverless Framework"),
        ] {
            assert_eq!(recognised(path, text), expected, "{path}: {text}");
        }
    }

    #[test]
    fn a_name_in_another_case_is_told_where_its_tool_does_not_look_for_it() {
        for (path, expected) in [
            ("main.TF", true),
            ("a/main.Tf.json", true),
            ("main.tf", false),
            ("MAIN.tf", false),
            ("a.JSON", false),
            ("a.YAML", false),
        ] {
            assert_eq!(other_case(path).is_some(), expected, "{path}");
        }
    }

    #[test]
    fn a_language_has_one_untitled_name() {
        for format in FORMATS {
            for language in format.languages {
                assert_eq!(untitled(language.id), language.untitled, "{}: {}", format.name, language.id);
                assert!(
                    file_kind(language.untitled).is_some() && format.pattern(language.untitled).is_some(),
                    "{}",
                    language.id
                );
            }
        }
        assert_eq!((untitled("opentofu"), untitled("cobol")), ("untitled.tofu", "untitled.yaml"));
    }

    #[test]
    fn the_roles_of_files_beside_a_module() {
        assert!(is_module_source("a/main.tofu.json") && !is_module_source("terraform.tfvars"));
        assert!(is_automatic_values("a.auto.tfvars.json") && is_automatic_values("terraform.tfvars"));
        assert!(!is_automatic_values("a.tfvars") && belongs_to_module("a.tfvars"));
        assert!(!belongs_to_module(".terraform.lock.hcl") && !belongs_to_module("a.yaml"));
        assert!(is_walked("a.tfvars.json") && !is_walked("a.tfvars") && !is_walked("a.tfstate"));
        assert!(is_walked("Dockerfile") && !is_read("Dockerfile"));
        assert!(is_walked("main.TF") && !is_module_source("main.TF") && !is_walked("main.TFVARS"));
    }

    #[test]
    fn a_watcher_covers_each_file_once() {
        let watched = watched();
        for name in
            ["*.tf", "*.tofu", "*.tfvars", "*.json", "*.yaml", "*.bicep", ".terraform.lock.hcl", "Dockerfile"]
        {
            assert!(watched.contains(&name), "{name}: {watched:?}");
        }
        assert!(!watched.contains(&"*.tf.json") && !watched.contains(&"Chart.yaml"), "{watched:?}");
    }

    /// A name that two formats parse, each in its own way, would be read by chance.
    #[test]
    fn a_name_is_parsed_in_one_way() {
        for format in FORMATS {
            for pattern in format.files.iter().filter(|pattern| pattern.kind.is_some()) {
                let name = pattern.name.replace('*', "x");
                assert_eq!(file_kind(&name), pattern.kind, "{}: {name}", format.name);
            }
        }
    }
}
