//! Makes the index that is compiled in: exemplars, rules, judged texts and controls, with words and vectors.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::catalogue::Framework;
use super::checks::{ExternalChecks, NOTHING};
use super::corpus::{Corpus, Entry, Source, rule_text};
use super::embed::{ModelFiles, StaticEmbedder};
use super::fusion::{Fusion, NAMES, Regression};
use super::words::Terms;

/// `labelled/pairs.yaml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Labelled {
    judgements: BTreeMap<String, BTreeMap<String, serde_json::Value>>,
    services: BTreeMap<String, BTreeMap<String, serde_json::Value>>,
}

/// `model/fusion.yaml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Coefficients {
    judged: NamedWeights,
    unjudged: NamedWeights,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedWeights {
    bias: f32,
    mapped: f32,
    suggested: f32,
    weights: BTreeMap<String, f32>,
}

/// What votes by the reference model are worth.
pub fn reference_fusion(root: &Path) -> Result<Fusion, String> {
    fusion(root, "model/full/fusion.yaml")
}

/// The texts, embedded with the built-in model, and what votes by them are worth.
pub fn corpus(
    root: &Path,
    objectives: &[String],
    frameworks: &[Framework],
) -> Result<(Corpus, Fusion), String> {
    let (weights, tokenizer) = (read(root, "model/model.safetensors")?, read(root, "model/tokenizer.json")?);
    let (field_words, provenance) =
        (text(root, "model/field-words.txt")?, text(root, "model/provenance.json")?);
    let files = ModelFiles {
        weights: &weights,
        tokenizer: &tokenizer,
        field_words: &field_words,
        provenance: &provenance,
    };
    files.verify()?;
    let embedder = StaticEmbedder::load(files)?;
    let terms = Terms::default();
    let mut corpus = Corpus::new(files.declared()?);
    let mut entries = exemplars(root, objectives)?;
    entries.extend(rules(root)?);
    entries.extend(controls(frameworks));
    let labelled: Labelled = yaml(root, "labelled/pairs.yaml")?;
    entries.extend(judged(&labelled));
    for entry in entries {
        corpus.add(entry, &embedder, &terms)?;
    }
    let judgements = labelled.judgements.into_iter();
    corpus.judgements =
        judgements.map(|(name, by_framework)| (name, judged_controls(&by_framework, frameworks))).collect();
    corpus.checks = checks(root, objectives)?;
    Ok((corpus, fusion(root, "model/fusion.yaml")?))
}

fn entry(source: Source, of: &str, about: &str, text: String) -> Entry {
    Entry { source, of: of.to_owned(), about: about.to_owned(), text }
}

/// The exemplars of each objective, in the order of the objectives. One without any is only found by other texts.
fn exemplars(root: &Path, objectives: &[String]) -> Result<Vec<Entry>, String> {
    let exemplars: BTreeMap<String, Vec<String>> = yaml(root, "exemplars.yaml")?;
    if let Some(unknown) = exemplars.keys().find(|id| !objectives.contains(id)) {
        return Err(format!("exemplars.yaml: `{unknown}` is no objective"));
    }
    let of_objective = |id: &String| {
        let texts = exemplars.get(id).into_iter().flatten();
        texts.map(|text| entry(Source::Exemplar, id, "", text.clone())).collect::<Vec<Entry>>()
    };
    Ok(objectives.iter().flat_map(of_objective).collect())
}

fn controls(frameworks: &[Framework]) -> impl Iterator<Item = Entry> {
    frameworks.iter().flat_map(|framework| {
        framework.controls().filter(|control| control.shown.is_automatable()).map(|control| {
            let text = format!("{} {}", control.title, control.summary);
            entry(Source::Control, &control.id, &framework.id, text)
        })
    })
}

/// The judged texts of the development part.
fn judged(labelled: &Labelled) -> Vec<Entry> {
    let mut out = Vec::new();
    for (service, parts) in &labelled.services {
        if parts.get("part").and_then(|part| part.as_str()) != Some("dev") {
            continue;
        }
        for (of, texts) in parts.iter().filter(|(name, _)| *name != "part") {
            let texts = texts.as_array().into_iter().flatten().filter_map(|text| text.as_str());
            out.extend(texts.map(|text| entry(Source::Judged, of, service, text.to_owned())));
        }
    }
    out
}

/// The ids under one objective in `checks/<scanner>.yaml`: written out, or a family with its numbers.
#[derive(Deserialize)]
#[serde(untagged)]
enum Ids {
    Whole(Vec<String>),
    Numbered(BTreeMap<String, Vec<u32>>),
}

impl Ids {
    fn written_out(&self) -> Vec<String> {
        match self {
            Self::Whole(ids) => ids.clone(),
            Self::Numbered(families) => families
                .iter()
                .flat_map(|(family, numbers)| numbers.iter().map(move |number| format!("{family}_{number}")))
                .collect(),
        }
    }
}

/// Every `checks/<scanner>.yaml`: objective → ids.
fn checks(root: &Path, objectives: &[String]) -> Result<ExternalChecks, String> {
    let mut out = ExternalChecks::default();
    let folder = root.join("checks");
    let files = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut names: Vec<String> =
        files.flatten().map(|file| format!("checks/{}", file.file_name().to_string_lossy())).collect();
    // The order of a directory is not the same everywhere, and the index must be.
    names.sort();
    for name in names.iter().filter(|name| name.ends_with(".yaml")) {
        let by_objective: BTreeMap<String, Ids> = yaml(root, name)?;
        let mut by_id: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (objective, ids) in &by_objective {
            if objective != NOTHING && !objectives.contains(objective) {
                return Err(format!("{name}: `{objective}` is no objective"));
            }
            for id in ids.written_out() {
                by_id.entry(id).or_default().push(objective);
            }
        }
        for (id, objectives) in by_id {
            out.add(&id, &objectives).map_err(|why| format!("{name}: `{id}` {why}"))?;
        }
    }
    Ok(out)
}

/// The controls of one judgement. What is judged of a control holds wherever another framework has the same one: where id
/// and title are the same.
fn judged_controls(
    by_framework: &BTreeMap<String, serde_json::Value>,
    frameworks: &[Framework],
) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for (framework, ids) in by_framework {
        // `why` is a sentence, not a list.
        for id in ids.as_array().into_iter().flatten().filter_map(|id| id.as_str()) {
            out.push((framework.clone(), id.to_owned()));
            let title = |of: &Framework| {
                of.controls().find(|control| control.id == id).map(|control| control.title.clone())
            };
            let judged_title = frameworks.iter().find(|other| other.id == *framework).and_then(title);
            let Some(judged_title) = judged_title else { continue };
            let others = frameworks.iter().filter(|other| other.id != *framework);
            let same = others.filter(|other| title(other).as_ref() == Some(&judged_title));
            out.extend(same.map(|other| (other.id.clone(), id.to_owned())));
        }
    }
    out
}

/// What a parameter of rules counts.
#[derive(serde::Deserialize)]
struct Unit {
    #[serde(default)]
    unit: String,
}

/// A title with the page's own values in the place of its parameters, as the program shows it.
fn with_defaults(title: &str, page: &str, units: &BTreeMap<String, Unit>) -> String {
    #[derive(serde::Deserialize)]
    struct Front {
        #[serde(default)]
        parameters: BTreeMap<String, serde_json::Value>,
    }
    let front = page.trim_start_matches("---\n").split("\n---\n").next().unwrap_or_default();
    let Ok(front) = serde_saphyr::from_str::<Front>(front) else { return title.to_owned() };
    let mut title = title.to_owned();
    for (name, value) in &front.parameters {
        let value = value.get("default").unwrap_or(value);
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let shown = match units.get(name).map(|one| one.unit.as_str()) {
            None | Some("" | "version") => value,
            Some(unit) if value == "1" => format!("1 {}", unit.trim_end_matches('s')),
            Some(unit) => format!("{value} {unit}"),
        };
        title = title.replace(&format!("${name}"), &shown);
    }
    title
}

/// Every page of `rules`, by its id and title. A page this cannot read is embedded when the program runs.
fn rules(root: &Path) -> Result<Vec<Entry>, String> {
    let pages = root.join("../rules");
    let folders = std::fs::read_dir(&pages).map_err(|error| format!("{}: {error}", pages.display()))?;
    let units: BTreeMap<String, Unit> = yaml(&pages, "parameters.yaml")?;
    println!("cargo::rerun-if-changed={}", pages.join("parameters.yaml").display());
    let mut out = Vec::new();
    for folder in folders.flatten().map(|folder| folder.path()) {
        let files = std::fs::read_dir(&folder).into_iter().flatten().flatten().map(|file| file.path());
        let pages: Vec<_> = files.filter(|path| path.extension().is_some_and(|one| one == "md")).collect();
        if !pages.is_empty() {
            println!("cargo::rerun-if-changed={}", folder.display());
        }
        for path in pages {
            let text =
                std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            let field = |name: &str| {
                let value = text.lines().take(20).find_map(|line| line.strip_prefix(name))?;
                Some(value.trim().trim_matches(['"', '\'']).to_owned())
            };
            if let (Some(id), Some(title)) = (field("id:"), field("title:")) {
                let title = with_defaults(&title, &text, &units);
                out.push(entry(Source::Rule, &id, "", rule_text(&id, &title)));
            }
        }
    }
    out.sort_by(|a, b| a.of.cmp(&b.of).then_with(|| a.text.cmp(&b.text)));
    Ok(out)
}

fn fusion(root: &Path, name: &str) -> Result<Fusion, String> {
    let Coefficients { judged, unjudged } = yaml(root, name)?;
    let regression = |read: NamedWeights| -> Result<Regression, String> {
        if let Some(unknown) = read.weights.keys().find(|feature| !NAMES.contains(&feature.as_str())) {
            return Err(format!("{name}: `{unknown}` is no feature"));
        }
        let weights =
            NAMES.iter().map(|feature| read.weights.get(*feature).copied().unwrap_or(0.0)).collect();
        Ok(Regression { bias: read.bias, weights, mapped: read.mapped, suggested: read.suggested })
    };
    Ok(Fusion { judged: regression(judged)?, unjudged: regression(unjudged)? })
}

fn read(root: &Path, name: &str) -> Result<Vec<u8>, String> {
    std::fs::read(root.join(name)).map_err(|error| format!("{name}: {error}"))
}

fn text(root: &Path, name: &str) -> Result<String, String> {
    std::fs::read_to_string(root.join(name)).map_err(|error| format!("{name}: {error}"))
}

fn yaml<T: serde::de::DeserializeOwned>(root: &Path, name: &str) -> Result<T, String> {
    serde_saphyr::from_str(&text(root, name)?).map_err(|error| format!("{name}: {error}"))
}
