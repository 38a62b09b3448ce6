//! Signs of infrastructure as code in a text that does not parse: what shows one and cannot be read is lost, and that
//! is told. A text that parses is told by its keys instead.

use super::file_name;

/// Words each of which stands for a format wherever it is met.
const SURE: [&str; 4] = ["AWSTemplateFormatVersion", "AWS::", "planned_values", "resource_changes"];
/// Words that are signs where all of a list are met.
const TOGETHER: [&[&str]; 10] = [
    &["Resources", "Type"],
    &["Resources", "Properties"],
    &["apiVersion", "kind"],
    &["apiVersion", "metadata"],
    &["kind", "metadata"],
    &["kind", "spec"],
    &["apiVersion", "resources", "Microsoft"],
    &["terraform_version", "resources"],
    &["terraform_version", "format_version"],
    &["terraform_version", "lineage"],
];
/// The same as they are written as keys.
const KEYS: [&str; 2] = ["\"Resources\"", "\nResources:\n"];
/// Words of the schemas of Azure's templates, whose letters have any case.
const SCHEMAS: [&str; 2] = ["deploymenttemplate.json", "schema.management.azure.com"];
/// Directories that by custom hold nothing else.
const FOLDERS: [&str; 7] =
    ["cloudformation", "cfn", "k8s", "kubernetes", "manifests", "arm-templates", "kubernetes-manifests"];
/// Names that by custom nothing else has, in small letters.
const NAMES: [&str; 4] = ["azuredeploy", "maintemplate", "cloudformation", "tfplan"];
/// The same for what stands before a file's ending.
const ENDINGS: [&str; 6] = [".template", ".tfplan", ".cfn", ".cloudformation", "-cfn", "-cloudformation"];

/// Whether a file is to be taken for infrastructure as code by its place, its name or a word in its text.
pub(super) fn shows(path: &str, text: &str) -> bool {
    by_word(text) || hides_letters(text) && by_word(&unescaped(text)) || by_name(path) && !is_blank(text)
}

fn by_word(text: &str) -> bool {
    SURE.iter().chain(&KEYS).any(|word| text.contains(word))
        || TOGETHER.iter().any(|words| words.iter().all(|word| has_word(text, word)))
        || SCHEMAS.iter().any(|schema| has_schema(text, schema))
}

fn by_name(path: &str) -> bool {
    let name = file_name(path).to_ascii_lowercase();
    let stem = name.rsplit_once('.').map_or("", |(stem, _)| stem);
    let mut folders = path.split('/').rev().skip(1);
    // A template of another tool (`nginx.conf.template`) has no ending of its own behind it.
    NAMES.iter().any(|start| name.starts_with(start))
        || ENDINGS.iter().any(|end| stem.ends_with(end))
        || folders.any(|folder| FOLDERS.iter().any(|known| folder.eq_ignore_ascii_case(known)))
}

fn is_blank(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim().is_empty()
}

/// Whether a word stands in a text by itself.
fn has_word(text: &str, word: &str) -> bool {
    let inside = |char: Option<char>| char.is_some_and(|char| char.is_alphanumeric() || char == '_');
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (text.get(..at).unwrap_or(""), text.get(at + word.len()..).unwrap_or(""));
        !inside(before.chars().next_back()) && !inside(after.chars().next())
    })
}

/// Whether a word (in small letters) with a full stop in it stands in a text, whatever its case.
pub(super) fn has_schema(text: &str, word: &str) -> bool {
    let Some(stop) = word.find('.') else { return false };
    text.match_indices('.').any(|(at, _)| {
        let start = at.checked_sub(stop);
        let found = start.and_then(|start| text.get(start..start + word.len()));
        found.is_some_and(|found| found.eq_ignore_ascii_case(word))
    })
}

/// Whether letters of a text may be written as escapes, so that words cannot be looked for in it as it stands.
pub(super) fn hides_letters(text: &str) -> bool {
    let hides = |next: u8| matches!(next, b'u' | b'U' | b'x' | b'\n' | b'\r');
    text.match_indices('\\').any(|(at, _)| text.as_bytes().get(at + 1).is_some_and(|next| hides(*next)))
}

/// A text with the escapes of letters resolved; other escapes stay.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let digits = match escape.as_bytes().get(1) {
            Some(b'x') => 2,
            Some(b'u') => 4,
            Some(b'U') => 8,
            _ => 0,
        };
        let code = escape.get(2..2 + digits).filter(|_| digits > 0);
        let char = code.and_then(|code| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32);
        let length = match (char, escape.as_bytes().get(1)) {
            (Some(char), _) => {
                out.push(char);
                2 + digits
            }
            // A line that goes on in the next one.
            (None, Some(b'\n' | b'\r')) => escape.len() - escape[1..].trim_start().len(),
            (None, _) => {
                out.push('\\');
                1
            }
        };
        rest = escape.get(length..).unwrap_or("");
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_names_and_places_are_signs() {
        for (path, text) in [
            ("a.yaml", "Resources:\n  A: [\n    Type: x"),
            ("a.json", "{\"AWSTemplateFormatVersion"),
            ("a.json", "{\"\\u0052esources\": \"Type"),
            ("a.yaml", "\"AWSTemplate\\\n  FormatVersion\": 1"),
            ("a.json", "{\"$schema\": \"https://SCHEMA.management.azure.com/x"),
            ("a.json", "{\"$schema\": \"x/subscriptionDeploymentTemplate.json"),
            ("a.yaml", "kind:[ Pod\napiVersion: v1"),
            ("k8s/a.yaml", "x: ["),
            ("x/CloudFormation/y/a.json", "{"),
            ("azuredeploy.parameters.json", "{"),
            ("stack.template.json", "{"),
        ] {
            assert!(shows(path, text), "{path}: {text}");
        }
        for (path, text) in [
            ("a.json", "{\"mankind\": 1, \"metadatas\": 2"),
            ("k8s.yaml", "x: ["),
            ("k8s/a.yaml", " \n"),
            ("nginx.conf.template", "server {"),
            ("a.json", "\\u00e4\\q é"),
        ] {
            assert!(!shows(path, text), "{path}: {text}");
        }
    }
}
