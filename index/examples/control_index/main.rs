//! Measures the control index on the labelled set, and learns from texts what it ships. Steps of a release, run by
//! `.ci/measure`; adding a rule, an exemplar or a judged text needs none of them.
//!
//!     cargo run -p compline-index --example control_index            # the figures, on the test part
//!     cargo run -p compline-index --example control_index -- --page  # the same as docs/mapping.md
//!     cargo run -p compline-index --example control_index -- --compare FILE # whether that page still holds
//!     cargo run -p compline-index --example control_index -- --stale # what a release has to bring up to date
//!     cargo run -p compline-index --example control_index -- --fit   # model/classifiers.bin and model/fusion.yaml; wants `cargo run --release`
//!     cargo run -p compline-index --example control_index -- --wrong # the answers that were wrong
//!     cargo run -p compline-index --example control_index -- --from FILE # what becomes of another scanner's results
//!     cargo run -p compline-index --example control_index -- --time  # how long opening and asking take
//!
//! With the reference model (its directory holds model.onnx, tokenizer.json and ONNX Runtime's shared library; see
//! model/full/assemble.sh) each of these takes `--embedder DIR`, and model/full is made and fitted by
//!
//!     cargo run -p compline-index --example control_index -- --embed DIR # what is new; with `--anew` all
//!     cargo run -p compline-index --example control_index -- --embedder DIR --fit
#![expect(clippy::disallowed_methods, reason = "a tool for developers, over files of their own")]
#![allow(clippy::print_stdout, clippy::expect_used, clippy::indexing_slicing, clippy::exit)] // A program that prints figures.

mod coefficients;
mod figures;
mod fit;
mod labelled;
mod page;
#[cfg(feature = "fastembed")]
mod reference_model;
mod score;
mod stale;
mod train;

use std::collections::{BTreeMap, BTreeSet};

use compline_frameworks::Library;
use compline_frameworks::feedback::Mappings;
use compline_index::classifier::Classifier;
use compline_index::corpus::Entry;
use compline_index::mapper::Scored;
use compline_index::{Mapper, Source, Tier};
use compline_rules::RuleSet;

use labelled::Labelled;

const FRAMEWORKS: [&str; 3] = ["nist-800-53-r5", "pci-dss-4.0.1", "hipaa-security-rule"];

fn main() {
    let flags: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| flags.iter().any(|given| given == flag);
    let rules = RuleSet::builtin();
    let library = Library::builtin(&rules);
    let begun = std::time::Instant::now();
    let named = |flag: &str| flags.iter().skip_while(|given| *given != flag).nth(1);
    #[cfg(feature = "fastembed")]
    if let Some(folder) = named("--embed") {
        return reference_model::embed(folder, has("--anew"));
    }
    let mapper = match named("--embedder") {
        #[cfg(feature = "fastembed")]
        Some(folder) => reference_model::mapper(folder, &library, &rules),
        _ => Mapper::open(&library, &rules, Mappings::default()).expect("opens"),
    };
    let opened = begun.elapsed();
    let texts = labelled::read();
    if has("--time") {
        return time(&mapper, &texts, opened);
    }
    if let Some(file) = named("--from") {
        return external_results(&mapper, file);
    }
    if has("--fit") {
        let trained = train::train(&mapper);
        let mapper = match named("--embedder") {
            Some(_) => mapper,
            None => {
                train::write(&trained.all);
                mapper.with_classifiers(trained.all.clone())
            }
        };
        let measure = |text| Measured::of(&mapper, text, trained.without.get(&text.service));
        let measured: Vec<Measured> = texts.iter().filter(|text| text.dev).map(measure).collect();
        let path = if named("--embedder").is_some() { "model/full/fusion.yaml" } else { "model/fusion.yaml" };
        return coefficients::write(&measured, path);
    }
    if has("--stale") {
        return or_exit(&stale::stale(&mapper, &library, &rules));
    }
    let judgements = &mapper.classifiers().judgements;
    let measure = |text| Measured::of(&mapper, text, Some(judgements));
    let measured: Vec<Measured> = texts.iter().map(measure).collect();
    if has("--wrong") {
        return wrong(&mapper, &measured);
    }
    let mut figures = String::new();
    for base in [false, true] {
        figures::report(&mapper, &measured, base, &mut figures);
    }
    let content = page::content(&mapper, &library, &rules, &texts);
    let page = page::page(&figures, &texts, &content);
    match named("--compare") {
        Some(file) => {
            let before = std::fs::read_to_string(file).expect("the page can be read");
            or_exit(&page::compare(&before, &page, &content).err().unwrap_or_default());
        }
        None if has("--page") => print!("{page}"),
        None => println!("{figures}"),
    }
}

/// Prints what is not as it should be, and fails where there is any.
fn or_exit(lines: &[String]) {
    lines.iter().for_each(|line| println!("{line}"));
    if !lines.is_empty() {
        std::process::exit(1);
    }
}

/// A text with everything the methods say of it.
struct Measured<'a> {
    of: &'a Labelled,
    /// What neighbours say, without those of the text's own service.
    judged: Vec<Scored>,
    /// The same without any judged text, as for a framework nobody judged texts for.
    unjudged: Vec<Scored>,
    by_text: Vec<(String, String, f32, f32)>,
}

impl<'a> Measured<'a> {
    /// `judgements`: what the text is classified with.
    fn of(mapper: &Mapper, text: &'a Labelled, judgements: Option<&Classifier>) -> Self {
        let keep = |scored: Vec<Scored>| {
            scored.into_iter().filter(|one| FRAMEWORKS.contains(&&*one.framework)).collect()
        };
        let other = |entry: &Entry| entry.source != Source::Judged || entry.about != text.service;
        let none = |entry: &Entry| entry.source != Source::Judged;
        let by_text = mapper.by_text(&text.text).into_iter();
        Self {
            of: text,
            judged: keep(mapper.scored(&text.text, &other, judgements)),
            unjudged: keep(mapper.scored(&text.text, &none, None)),
            by_text: by_text
                .map(|(framework, id, words, cosine)| (framework.to_string(), id.to_string(), words, cosine))
                .collect(),
        }
    }
}

fn bears(text: &Labelled, framework: &str, id: &str) -> bool {
    text.gold.contains(&(framework.to_owned(), id.to_owned()))
}

fn wrong(mapper: &Mapper, measured: &[Measured<'_>]) {
    for one in measured.iter().filter(|one| !one.of.dev) {
        let mapped = mapper.map_text(&one.of.text);
        let sure: BTreeSet<String> = mapped
            .iter()
            .filter(|m| m.tier == Tier::Mapped && FRAMEWORKS.contains(&&*m.framework))
            .filter(|m| !bears(one.of, &m.framework, &m.id))
            .map(|m| m.id.to_string())
            .collect();
        if !sure.is_empty() || mapped.is_empty() {
            let near = mapped.first().and_then(|m| m.neighbours.first()).map_or("", |n| &n.text);
            let wanted: Vec<&str> = one.of.gold.iter().map(|(_, id)| id.as_str()).collect();
            println!("{}: wrongly mapped {sure:?}; judged {wanted:?}; nearest `{near}`", one.of.text);
        }
    }
}

fn time(mapper: &Mapper, texts: &[Labelled], opened: std::time::Duration) {
    let begun = std::time::Instant::now();
    let first = mapper.map_text("a bucket nobody encrypted").len();
    println!("opened in {opened:?}; first answer in {:?} ({first} controls)", begun.elapsed());
    let mut each: Vec<std::time::Duration> = texts
        .iter()
        .map(|text| {
            let begun = std::time::Instant::now();
            let _ = mapper.map_text(&text.text);
            begun.elapsed()
        })
        .collect();
    each.sort();
    println!("median {:?}, p99 {:?} of {}", each[each.len() / 2], each[each.len() * 99 / 100], each.len());
}

fn external_results(mapper: &Mapper, file: &str) {
    let bytes = std::fs::read(file).expect("the file can be read");
    let results = compline_index::external::read(&bytes).expect("the results are in a known format");
    let findings = results.findings;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in &findings {
        let mapped = mapper.map_finding(finding);
        let how = match mapped.first() {
            None => "nothing",
            Some(first) if matches!(first.provenance, compline_frameworks::Provenance::Curated(_)) => {
                "by its id"
            }
            Some(first) if first.tier == Tier::Mapped => "mapped",
            Some(_) => "suggested",
        };
        *counts.entry(how).or_default() += 1;
        if how == "nothing" {
            println!("nothing: {} {}", finding.id, finding.queries().join(" / "));
        }
    }
    println!("{} findings: {counts:?}", findings.len());
}
