//! Makes the index that is compiled in: exemplars, rules, judged texts and controls, with words and vectors.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::catalogue::Framework;
use super::embed::{ModelFiles, StaticEmbedder};
use super::fusion::{Fusion, NAMES, Regression};
use super::stock::{Checks, Entry, Source, Stock};
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
    judged: Named,
    unjudged: Named,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    bias: f32,
    mapped: f32,
    suggested: f32,
    weights: BTreeMap<String, f32>,
}

/// The coefficients for votes by the full model.
pub fn full_fusion(root: &Path) -> Result<Fusion, String> {
    let name = "model/full/fusion.yaml";
    let text = std::fs::read_to_string(root.join(name)).map_err(|error| format!("{name}: {error}"))?;
    fusion(name, &text)
}

pub fn make(root: &Path, objectives: &[String], frameworks: &[Framework]) -> Result<(Stock, Fusion), String> {
    let read = |name: &str| std::fs::read(root.join(name)).map_err(|error| format!("{name}: {error}"));
    let text =
        |name: &str| std::fs::read_to_string(root.join(name)).map_err(|error| format!("{name}: {error}"));
    let (weights, tokenizer) = (read("model/model.safetensors")?, read("model/tokenizer.json")?);
    let (field_words, provenance) = (text("model/field-words.txt")?, text("model/provenance.json")?);
    let files = ModelFiles {
        weights: &weights,
        tokenizer: &tokenizer,
        field_words: &field_words,
        provenance: &provenance,
    };
    files.verify()?;
    let embedder = StaticEmbedder::load(files)?;
    let terms = Terms::default();
    let mut stock = Stock::new(files.declared()?);
    let mut add = |source: Source, of: &str, about: &str, text: &str| {
        let entry = Entry { source, of: of.to_owned(), about: about.to_owned(), text: text.to_owned() };
        stock.add(entry, &embedder, &terms)
    };

    let exemplars: BTreeMap<String, Vec<String>> = serde_saphyr::from_str(&text("exemplars.yaml")?)
        .map_err(|error| format!("exemplars.yaml: {error}"))?;
    for objective in objectives {
        let names = exemplars.get(objective).map(Vec::as_slice).unwrap_or_default();
        if names.len() < 10 {
            return Err(format!("exemplars.yaml: `{objective}` has {} exemplars: it needs ten", names.len()));
        }
        for name in names {
            add(Source::Exemplar, objective, "", name)?;
        }
    }
    if let Some(unknown) = exemplars.keys().find(|name| !objectives.contains(name)) {
        return Err(format!("exemplars.yaml: `{unknown}` is no objective"));
    }
    for (id, title) in rules(root)? {
        add(Source::Rule, &id, "", &format!("{title} {}", id.replace('-', " ")))?;
    }
    for framework in frameworks {
        for control in framework.controls().filter(|control| control.shown.is_automatable()) {
            add(
                Source::Control,
                &control.id,
                &framework.id,
                &format!("{} {}", control.title, control.summary),
            )?;
        }
    }
    let labelled: Labelled = serde_saphyr::from_str(&text("labelled/pairs.yaml")?)
        .map_err(|error| format!("labelled/pairs.yaml: {error}"))?;
    for (service, parts) in &labelled.services {
        if parts.get("part").and_then(|part| part.as_str()) != Some("dev") {
            continue;
        }
        for (of, texts) in parts.iter().filter(|(name, _)| *name != "part") {
            for text in texts.as_array().into_iter().flatten().filter_map(|text| text.as_str()) {
                add(Source::Judged, of, service, text)?;
            }
        }
    }
    stock.judgements =
        labelled.judgements.into_iter().map(|(name, says)| (name, controls(&says, frameworks))).collect();
    stock.checks = checks(root, objectives)?;
    Ok((stock, fusion("model/fusion.yaml", &text("model/fusion.yaml")?)?))
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
fn checks(root: &Path, objectives: &[String]) -> Result<Checks, String> {
    let mut out = Checks::default();
    let folder = root.join("checks");
    let files = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths: Vec<_> = files.flatten().map(|file| file.path()).collect();
    // The order of a directory is not the same everywhere, and the index must be.
    paths.sort();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "yaml")) {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let read: BTreeMap<String, Ids> =
            serde_saphyr::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut here: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (objective, ids) in &read {
            if objective != "nothing" && !objectives.contains(objective) {
                return Err(format!("{}: `{objective}` is no objective", path.display()));
            }
            for id in ids.written_out() {
                here.entry(id).or_default().push(objective);
            }
        }
        for (id, asked) in here {
            out.add(&id, &asked).map_err(|why| format!("{}: `{id}` {why}", path.display()))?;
        }
    }
    Ok(out)
}

/// What is judged of a control holds wherever another framework has the same one: where id and title are the same.
fn controls(says: &BTreeMap<String, serde_json::Value>, frameworks: &[Framework]) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for (framework, ids) in says {
        // `why` is a sentence, not a list.
        for id in ids.as_array().into_iter().flatten().filter_map(|id| id.as_str()) {
            out.push((framework.clone(), id.to_owned()));
            let title = |of: &Framework| {
                of.controls().find(|control| control.id == id).map(|control| control.title.clone())
            };
            let of = frameworks.iter().find(|known| known.id == *framework);
            let Some(wanted) = of.and_then(title) else { continue };
            let same = frameworks.iter().filter(|other| other.id != *framework);
            let same = same.filter(|other| title(other).as_ref() == Some(&wanted));
            out.extend(same.map(|other| (other.id.clone(), id.to_owned())));
        }
    }
    out
}

/// Id and title of every page. A page this cannot read is embedded when the program runs.
fn rules(root: &Path) -> Result<Vec<(String, String)>, String> {
    let pages = root.join("../rules");
    let mut out = Vec::new();
    for folder in
        std::fs::read_dir(&pages).map_err(|error| format!("{}: {error}", pages.display()))?.flatten()
    {
        for page in std::fs::read_dir(folder.path()).into_iter().flatten().flatten() {
            let path = page.path();
            if path.extension().is_none_or(|extension| extension != "md") {
                continue;
            }
            let text =
                std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            let line = |name: &str| {
                let found = text.lines().take(20).find_map(|line| line.strip_prefix(name))?;
                Some(found.trim().trim_matches(['"', '\'']).to_owned())
            };
            if let (Some(id), Some(title)) = (line("id:"), line("title:")) {
                out.push((id, title));
            }
        }
    }
    out.sort();
    Ok(out)
}

fn fusion(name: &str, text: &str) -> Result<Fusion, String> {
    let read: Coefficients = serde_saphyr::from_str(text).map_err(|error| format!("{name}: {error}"))?;
    let regression = |named: Named| -> Result<Regression, String> {
        if let Some(unknown) = named.weights.keys().find(|name| !NAMES.contains(&name.as_str())) {
            return Err(format!("{name}: `{unknown}` is no feature"));
        }
        let weights = NAMES.iter().map(|name| named.weights.get(*name).copied().unwrap_or(0.0)).collect();
        Ok(Regression { bias: named.bias, weights, mapped: named.mapped, suggested: named.suggested })
    };
    Ok(Fusion { judged: regression(read.judged)?, unjudged: regression(read.unjudged)? })
}
