//! Bytes → a document that is known to be OSCAL of a release that is read.

use std::collections::BTreeSet;
use std::rc::Rc;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::wire::{Catalog, Peek, PeekModel, Profile, Root};
use super::{Fault, SourceFile};
use crate::digest::hex;
use crate::official::Definition;

/// The most one file may hold: six times the largest catalogue published, in bytes.
pub const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// The most all files of an import may hold together, in bytes.
pub const MAX_TOTAL_BYTES: u64 = 4 * MAX_BYTES;
/// The most controls a catalogue may have: sixteen times those of the largest one published, NIST SP 800-53.
pub const MAX_CONTROLS: usize = 20_000;

/// The releases that are read, by their first two numbers.
const RELEASES: [&str; 3] = ["1.0", "1.1", "1.2"];
/// Nesting that YAML may have; JSON's reader stops at 128 by itself.
const MAX_DEPTH: usize = 128;

/// One file, read.
#[derive(Debug)]
pub struct Document {
    pub name: String,
    pub text: String,
    pub sha256: String,
    pub model: Model,
    /// Fields that OSCAL does not have, or has in other places, without the numbers of lists.
    pub unknown: BTreeSet<String>,
}

#[derive(Debug)]
pub enum Model {
    Catalog(Rc<Catalog>),
    Profile(Box<Profile>),
    Components(Box<Definition>),
}

impl Document {
    /// Where a word stands in it first, for a fault.
    pub fn place(&self, word: &str) -> String {
        let quoted = format!("\"{word}\"");
        let at = self.text.find(&quoted).map(|at| at + 1).or_else(|| whole_word(&self.text, word));
        let Some(at) = at else { return self.name.clone() };
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!("{}:{line}:{column}", self.name)
    }
}

fn whole_word(text: &str, word: &str) -> Option<usize> {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '.';
    text.match_indices(word).map(|(at, _)| at).find(|at| {
        let before = text.get(..*at).and_then(|before| before.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

/// Reads one file.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn read(file: SourceFile) -> Result<Document, Fault> {
    let SourceFile { name, bytes } = file;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Fault::new(&name, format!("holds {} bytes, and {MAX_BYTES} is the most", bytes.len()))
            .help("import a profile's resolved catalogue, or split the catalogue by its groups"));
    }
    let sha256 = hex(&Sha256::digest(&bytes));
    let text = String::from_utf8(bytes).map_err(|error| {
        if is_utf16(error.as_bytes()) {
            return Fault::new(&name, "is UTF-16, and OSCAL files are UTF-8").help("save it as UTF-8");
        }
        Fault::new(&name, format!("is no UTF-8 text from byte {} on", error.utf8_error().valid_up_to()))
            .help("OSCAL files are UTF-8; is it a compressed file?")
    })?;
    let body = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let start = body.trim_start();
    if start.is_empty() {
        return Err(Fault::new(&name, "is empty"));
    }
    if is_utf16(body.as_bytes()) {
        return Err(Fault::new(&name, "is UTF-16, and OSCAL files are UTF-8").help("save it as UTF-8"));
    }
    if start.starts_with('<') {
        return Err(Fault::new(format!("{name}:1:1"), "is XML, and OSCAL is read as JSON and YAML").help(
            "publishers offer the same content as JSON; else convert it with NIST's `oscal-cli convert --to json`",
        ));
    }
    if start.starts_with('[') {
        return Err(not_oscal(&name));
    }
    let json = start.starts_with('{');
    let (peek, _): (Peek, _) = parse(&name, body, json)?;
    check_release(&name, body, &peek)?;
    check_control_count(&name, peek.catalog.as_ref().map_or(0, PeekModel::count))?;
    drop(peek);
    let (root, unknown): (Root, _) = parse(&name, body, json)?;
    let model = match (root.catalog, root.profile, root.component_definition) {
        (Some(catalog), None, None) => Model::Catalog(Rc::new(catalog)),
        (None, Some(profile), None) => Model::Profile(Box::new(profile)),
        (None, None, Some(definition)) => Model::Components(Box::new(definition)),
        _ => return Err(Fault::new(&name, "holds more than one OSCAL model; split it")),
    };
    Ok(Document { name, text, sha256, model, unknown })
}

/// Whether these are no more controls than one import may have.
///
/// # Errors
/// They are more.
pub fn check_control_count(name: &str, controls: usize) -> Result<(), Fault> {
    if controls <= MAX_CONTROLS {
        return Ok(());
    }
    Err(Fault::new(name, format!("has {controls} controls, and {MAX_CONTROLS} is the most"))
        .help("split the catalogue by its groups, and import each part under its own `--id`"))
}

/// Whether bytes are UTF-16: by its mark, or because every other one of the first few is nothing.
fn is_utf16(bytes: &[u8]) -> bool {
    let (first, _) = bytes.as_chunks::<2>();
    let zeros = |at: usize| first.iter().take(8).filter(|pair| pair.get(at) == Some(&0)).count();
    bytes.starts_with(&[0xff, 0xfe])
        || bytes.starts_with(&[0xfe, 0xff])
        || (first.len() >= 8 && (zeros(0) >= 7 || zeros(1) >= 7))
}

/// What is read, for those who brought something else.
const READS_ONLY: &str = "import reads OSCAL catalogues, profiles and component definitions; a framework of your own in Compline's form needs no import: name it with `--framework FILE.yaml`";

fn not_oscal(name: &str) -> Fault {
    let what = "is no OSCAL file: at its top there is no `catalog`, `profile` or `component-definition`";
    Fault::new(format!("{name}:1:1"), what).help(READS_ONLY)
}

/// Whether it is a model and a release that are read.
fn check_release(name: &str, text: &str, peek: &Peek) -> Result<(), Fault> {
    let read = [&peek.catalog, &peek.profile, &peek.component_definition];
    let Some(model) = read.into_iter().flatten().next() else {
        let others = [
            ("mapping-collection", &peek.mapping_collection),
            ("system-security-plan", &peek.system_security_plan),
            ("assessment-plan", &peek.assessment_plan),
            ("assessment-results", &peek.assessment_results),
            ("plan-of-action-and-milestones", &peek.plan_of_action_and_milestones),
        ];
        let other = others.into_iter().find(|(_, model)| model.is_some());
        let fault = match other {
            Some((other, _)) => format!("is an OSCAL `{other}`, which holds no controls to import"),
            None => return Err(not_oscal(name)),
        };
        return Err(Fault::new(format!("{name}:1:1"), fault).help(READS_ONLY));
    };
    let version = model.metadata.as_ref().and_then(|metadata| metadata.oscal_version.as_deref());
    let releases = format!("releases {} are read", RELEASES.map(|one| format!("{one}.x")).join(", "));
    let Some(version) = version else {
        return Err(Fault::new(name, "does not say which release of OSCAL it is written in")
            .help(format!("give `metadata` an `oscal-version`; {releases}")));
    };
    // NIST's own catalogue of the CSF says `v1.1.2`.
    let plain = version.trim().trim_start_matches(['v', 'V']);
    let numbers: Vec<&str> = plain.split('.').collect();
    let plain_numbers = numbers.len() <= 3
        && numbers.iter().all(|one| one.bytes().all(|b| b.is_ascii_digit()) && !one.is_empty());
    let release = numbers.iter().take(2).copied().collect::<Vec<_>>().join(".");
    if plain_numbers && RELEASES.contains(&release.as_str()) {
        return Ok(());
    }
    let at =
        text.find("oscal-version").map_or(0, |at| text.get(..at).unwrap_or_default().matches('\n').count());
    Err(Fault::new(format!("{name}:{}", at + 1), format!("is written in OSCAL `{version}`, and {releases}"))
        .help("ask its publisher for a file in one of these releases, or convert it with NIST's `oscal-cli`"))
}

/// Reads a text as one of our shapes, and tells the fields it has no place for.
fn parse<'a, T: Deserialize<'a>>(
    name: &str,
    text: &'a str,
    json: bool,
) -> Result<(T, BTreeSet<String>), Fault> {
    let mut unknown = BTreeSet::new();
    let mut note = |path: serde_ignored::Path<'_>| {
        unknown.insert(general(&path.to_string()));
    };
    let read = if json {
        let mut reader = serde_json::Deserializer::from_str(text);
        let read = serde_ignored::deserialize(&mut reader, &mut note);
        read.and_then(|read| reader.end().map(|()| read)).map_err(|error| {
            let message = error.to_string();
            let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
            let what =
                if error.is_data() { message.to_owned() } else { format!("is broken JSON: {message}") };
            Fault::new(format!("{name}:{}:{}", error.line(), error.column()), plain_message(&what))
        })
    } else {
        serde_saphyr::with_deserializer_from_str_with_options(text, yaml_options(text.len()), |reader| {
            serde_ignored::deserialize(reader, &mut note)
        })
        .map_err(|error| {
            let at = error.location().map_or(String::new(), |at| format!(":{}:{}", at.line(), at.column()));
            let message = error.to_string();
            let message = message.strip_prefix("error: ").unwrap_or(&message);
            let message = message.lines().next().unwrap_or_default();
            let message = message.split(" at line ").next().unwrap_or(message);
            let message = message
                .split_once(": ")
                .filter(|(at, _)| at.starts_with("line "))
                .map_or(message, |(_, message)| message);
            if message.starts_with("budget breached") {
                return Fault::new(
                    format!("{name}{at}"),
                    format!("uses aliases to say more than a file of its length can, or nests deeper than {MAX_DEPTH} levels"),
                )
                .help("write it without aliases, or as JSON");
            }
            Fault::new(format!("{name}{at}"), plain_message(message))
        })
    };
    match read {
        Ok(read) => Ok((read, unknown)),
        Err(fault) if fault.help.is_some() => Err(fault),
        Err(fault) => {
            Err(fault.help("the file does not keep to its own format; ask where it came from, or validate it against NIST's JSON schema"))
        }
    }
}

/// What a reader says, without the names of our types.
fn plain_message(message: &str) -> String {
    let mut out = message.to_owned();
    while let Some((before, after)) = out.split_once("expected struct ") {
        let rest = after.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
        out = format!("{before}expected an object{rest}");
    }
    out.replace("sequence", "list")
        .replace("invalid type: map", "invalid type: object")
        .replace("a map", "an object")
}

/// `catalog.groups.?.3.controls.0.foo` → `catalog.groups.controls.foo`
fn general(path: &str) -> String {
    let kept = path.split('.').filter(|part| *part != "?" && part.parse::<usize>().is_err());
    kept.collect::<Vec<_>>().join(".")
}

/// A publisher's catalogue has more nodes than a configuration ever has, and never more than bytes.
pub(crate) fn yaml_options(bytes: usize) -> serde_saphyr::Options {
    let mut budget = serde_saphyr::Budget::default();
    budget.max_nodes = bytes + 16;
    budget.max_events = 2 * bytes + 64;
    budget.max_depth = MAX_DEPTH;
    // An alias can make a short text long without end, and no publisher uses any.
    budget.max_aliases = 1_000;
    serde_saphyr::options! { with_snippet: false, budget: Some(budget) }
}
