//! `docs/mapping.md`: the figures, and of what they were measured.

use std::collections::{BTreeMap, BTreeSet};

use compline_frameworks::{ControlRef, Library, Strength};
use compline_index::Mapper;
use compline_index::embed::sha256;
use compline_rules::RuleSet;

use crate::labelled::Labelled;

/// A figure has three digits, an end of an interval two.
const ROUNDING: f64 = 0.005;

/// What the figures depend on, beside the code: counts for a reader, and a digest.
pub fn content(mapper: &Mapper, library: &Library, rules: &RuleSet, texts: &[Labelled]) -> String {
    let mut all = String::new();
    let edge =
        |edge: &ControlRef| format!(" {} {} {}", edge.framework, edge.id, edge.strength == Strength::Fully);
    for entry in mapper.entries() {
        all.push_str(&format!("{}\n{}\n{}\n{}\n", entry.source as u8, entry.of, entry.about, entry.text));
    }
    for (objective, edges) in library.controls_by_objective() {
        all.push_str(&format!("{objective}{}\n", edges.iter().map(edge).collect::<String>()));
    }
    for rule in rules.infos() {
        let edges = library.controls_of(&rule.id).iter().map(edge).collect::<String>();
        all.push_str(&format!("{}{edges}\n", rule.id));
    }
    for text in texts {
        all.push_str(&format!("{} {} {} {}\n", text.service, text.dev, text.text, json(&text.gold)));
    }
    all.push_str(&format!("{}\n{}\n", json(mapper.fusion()), mapper.classifiers().trained_on));
    let digest = sha256(all.as_bytes());
    format!(
        "{} rules, {} objectives and {} texts (`{}`)",
        rules.infos().count(),
        library.objectives().len(),
        mapper.entries().len(),
        digest.get(..16).unwrap_or(&digest),
    )
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("it can be written")
}

/// Compares the page as it stands with what is measured now. Where the content is the one it was measured of, they are
/// equal; where texts have changed since, each figure lies within the interval the page gives for it.
///
/// # Errors
/// What differs, a line each.
pub fn compare(page: &str, measured: &str, content: &str) -> Result<(), Vec<String>> {
    if page.contains(content) {
        let differing = page.lines().zip(measured.lines()).filter(|(page, measured)| page != measured);
        let differing: Vec<String> = differing
            .map(|(page, measured)| format!("measured `{measured}`, and the page says `{page}`"))
            .collect();
        return if page == measured { Ok(()) } else { Err(differing) };
    }
    let (before, now) = (rows(page), rows(measured));
    let mut out = Vec::new();
    for (name, (_, intervals)) in &before {
        let Some((figures, _)) = now.get(name) else {
            out.push(format!("`{name}` is not measured any more"));
            continue;
        };
        for (figure, (low, high)) in figures.iter().zip(intervals) {
            if *figure < low - ROUNDING || *figure > high + ROUNDING {
                out.push(format!("`{name}`: {figure} lies outside of {low} to {high}, which the page gives"));
            }
        }
    }
    if before.is_empty() {
        out.push("the page has no figures".to_owned());
    }
    if out.is_empty() { Ok(()) } else { Err(out) }
}

/// The figures of a method, and the intervals that they lie in.
type Figures = (Vec<f64>, Vec<(f64, f64)>);

/// Level and name of each method with its figures and their intervals.
fn rows(page: &str) -> BTreeMap<String, Figures> {
    let mut out = BTreeMap::new();
    let mut level = "";
    for pair in page.lines().collect::<Vec<_>>().windows(2) {
        let [line, below] = pair else { continue };
        level = line.strip_prefix("== ").unwrap_or(level);
        let words = || line.split_whitespace();
        let figures: Vec<f64> = words().filter_map(|word| word.parse().ok()).collect();
        let intervals: Vec<(f64, f64)> = below
            .split_whitespace()
            .filter_map(|word| word.split_once('-'))
            .filter_map(|(low, high)| Some((low.parse().ok()?, high.parse().ok()?)))
            .collect();
        if figures.len() == 6 && intervals.len() == 6 {
            let name: Vec<&str> = words().filter(|word| word.parse::<f64>().is_err()).collect();
            out.insert(format!("{level}: {}", name.join(" ")), (figures, intervals));
        }
    }
    out
}

/// The page.
pub fn page(figures: &str, texts: &[Labelled], content: &str) -> String {
    let services = |dev: bool| {
        let of = texts.iter().filter(|text| text.dev == dev);
        of.map(|text| text.service.as_str()).collect::<BTreeSet<_>>().len()
    };
    let count = |dev: bool| texts.iter().filter(|text| text.dev == dev).count();
    let pairs: usize = texts.iter().map(|text| text.gold.len()).sum();
    format!(
        "# How well texts are mapped to controls\n\n\
         Measured at a release by `.ci/measure`: with {content}, on `index/labelled/pairs.yaml`: {} texts and {pairs} text-to-control pairs; {} texts of {} \
         services were for development, {} texts of {} other services are the test below. What the set is and is not \
         is said in [its README](../index/labelled/README.md).\n\n\
         *R@5*, *R@10*: share of the judged controls among the first five and ten. *P*, *R*, *F1*: of what the method stands by; \
         how many it stands by was chosen on the development part. *silent*: share of texts it gives no answer for. *mapped* and \
         *mapped or suggested* are the shipped method's two tiers; *unjudged* is the same for frameworks nobody judged texts for. \
         The line under each is the interval that 95 of 100 resamplings of the services fall into.\n\n```text\n{}\n```\n",
        texts.len(),
        count(true),
        services(true),
        count(false),
        services(false),
        figures.trim(),
    )
}
