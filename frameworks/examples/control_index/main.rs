//! Measures the control index on the labelled set, and fits what it ships.
//!
//!     cargo run -p compline-frameworks --example control_index            # the figures, on the test part
//!     cargo run -p compline-frameworks --example control_index -- --fit   # model/fusion.yaml from the development part
//!     cargo run -p compline-frameworks --example control_index -- --wrong # the answers that were wrong
//!     cargo run -p compline-frameworks --example control_index -- --from FILE # what becomes of another scanner's results
//!     cargo run -p compline-frameworks --example control_index -- --time  # how long opening and asking take
#![allow(clippy::print_stdout, clippy::expect_used, clippy::indexing_slicing)] // A program that prints figures.

mod fit;
mod labelled;
mod score;

use std::collections::{BTreeMap, BTreeSet};

use compline_frameworks::Library;
use compline_frameworks::feedback::Mappings;
use compline_frameworks::index::fusion::{NAMES, Regression};
use compline_frameworks::index::stock::Entry;
use compline_frameworks::index::{Mapper, Source};
use compline_rules::RuleSet;

use labelled::Labelled;
use score::{Answer, Sums, intervals};

const FRAMEWORKS: [&str; 3] = ["nist-800-53-r5", "pci-dss-4.0.1", "hipaa-security-rule"];
/// The precision aimed at on the development part, so that it holds on services never seen.
const SURE: f64 = 0.93;

fn main() {
    let flags: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| flags.iter().any(|given| given == flag);
    let rules = RuleSet::builtin();
    let library = Library::builtin(&rules);
    let begun = std::time::Instant::now();
    let mapper = Mapper::open(&library, &rules, Mappings::default()).expect("opens");
    let opened = begun.elapsed();
    let texts = labelled::read();
    if has("--time") {
        return time(&mapper, &texts, opened);
    }
    if let Some(file) = flags.iter().skip_while(|flag| *flag != "--from").nth(1) {
        return foreign(&mapper, file);
    }
    let measured: Vec<Measured> = texts.iter().map(|text| Measured::of(&mapper, text)).collect();
    if has("--fit") {
        return fit_all(&measured);
    }
    if has("--wrong") {
        return wrong(&mapper, &measured);
    }
    for base in [false, true] {
        report(&mapper, &measured, base);
    }
}

/// A text with everything the methods say of it.
struct Measured<'a> {
    of: &'a Labelled,
    /// What neighbours say, without those of the text's own service.
    judged: Vec<compline_frameworks::index::mapper::Scored>,
    /// The same without any judged text, as for a framework nobody judged texts for.
    unjudged: Vec<compline_frameworks::index::mapper::Scored>,
    by_text: Vec<(String, String, f32, f32)>,
}

impl<'a> Measured<'a> {
    fn of(mapper: &Mapper, text: &'a Labelled) -> Self {
        let keep = |scored: Vec<compline_frameworks::index::mapper::Scored>| {
            scored.into_iter().filter(|one| FRAMEWORKS.contains(&&*one.framework)).collect()
        };
        let other = |entry: &Entry| entry.source != Source::Judged || entry.about != text.service;
        let none = |entry: &Entry| entry.source != Source::Judged;
        let by_text = mapper.by_text(&text.text).into_iter();
        Self {
            of: text,
            judged: keep(mapper.scored(&text.text, &other)),
            unjudged: keep(mapper.scored(&text.text, &none)),
            by_text: by_text
                .map(|(framework, id, words, cosine)| (framework.to_string(), id.to_string(), words, cosine))
                .collect(),
        }
    }
}

fn bears(text: &Labelled, framework: &str, id: &str) -> bool {
    text.gold.contains(&(framework.to_owned(), id.to_owned()))
}

// ---- Fitting -------------------------------------------------------------------------------------------------------

fn fit_all(measured: &[Measured<'_>]) {
    let dev: Vec<&Measured<'_>> = measured.iter().filter(|one| one.of.dev).collect();
    let mut out = String::from(
        "# Made by `cargo run -p compline-frameworks --example control_index -- --fit` from the development part of\n\
         # labelled/pairs.yaml, every service asked as if it had never been seen.\n",
    );
    for (name, unjudged) in [("judged", false), ("unjudged", true)] {
        let scored = |one: &Measured<'_>| if unjudged { one.unjudged.clone() } else { one.judged.clone() };
        let mut rows = Vec::new();
        for one in &dev {
            rows.extend(scored(one).into_iter().map(|s| (s.features, bears(one.of, &s.framework, &s.id))));
        }
        let mut regression = fit::fit(&rows);
        let mut told: Vec<(f32, bool)> =
            rows.iter().map(|(features, bears)| (regression.probability(features), *bears)).collect();
        told.sort_by(|a, b| b.0.total_cmp(&a.0));
        let gold: usize = dev.iter().map(|one| one.of.gold.len()).sum();
        let (mut hits, mut best) = (0.0, 0.0);
        for (at, (probability, bears)) in told.iter().enumerate() {
            hits += f64::from(u8::from(*bears));
            let kept = (at + 1) as f64;
            if hits / kept >= SURE && at > 50 {
                regression.mapped = *probability;
            }
            let f1 = 2.0 * hits / (kept + gold as f64);
            if f1 > best {
                best = f1;
                regression.suggested = *probability;
            }
        }
        regression.suggested = regression.suggested.min(regression.mapped);
        println!("{name}: {} rows, best F1 on the development part {best:.3}", rows.len());
        out.push_str(&yaml(name, &regression));
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/model/fusion.yaml");
    std::fs::write(path, out).expect("model/fusion.yaml can be written");
}

fn yaml(name: &str, regression: &Regression) -> String {
    let mut out = format!(
        "{name}:\n  bias: {}\n  mapped: {:.4}\n  suggested: {:.4}\n  weights:\n",
        regression.bias, regression.mapped, regression.suggested
    );
    for (name, weight) in NAMES.iter().zip(&regression.weights) {
        out.push_str(&format!("    {name}: {weight}\n"));
    }
    out
}

// ---- Figures -------------------------------------------------------------------------------------------------------

/// An id as it is compared: NIST's control without its enhancement, PCI's requirement to the second level.
fn reduced(framework: &str, id: &str, base: bool) -> String {
    match (base, framework) {
        (true, "nist-800-53-r5") => id.split('(').next().unwrap_or(id).to_owned(),
        (true, "pci-dss-4.0.1") => id.split('.').take(2).collect::<Vec<_>>().join("."),
        _ => id.to_owned(),
    }
}

/// Ids of one framework with their scores, best first, each once.
type Ranked = Vec<(String, f32)>;

fn ranked(list: impl Iterator<Item = (String, f32)>) -> Ranked {
    let mut all: Ranked = list.collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let mut seen = BTreeSet::new();
    all.retain(|(id, _)| seen.insert(id.clone()));
    all
}

fn report(mapper: &Mapper, measured: &[Measured<'_>], base: bool) {
    let level = if base { "base controls (AC-2, 8.3)" } else { "exact identifiers" };
    println!("\n== {level}\n");
    let fusion = mapper.fusion();
    let common = commonest(measured, base);
    type Method<'m> = (&'m str, Box<dyn Fn(&Measured<'_>, &str) -> Ranked + 'm>, Keep);
    let by_text = |one: &Measured<'_>, framework: &str, weigh: &dyn Fn(f32, f32) -> f32| {
        let of = one.by_text.iter().filter(|(other, ..)| other == framework);
        ranked(of.map(|(_, id, words, cosine)| (reduced(framework, id, base), weigh(*words, *cosine))))
    };
    let votes = |one: &Measured<'_>, framework: &str| {
        let of = one.judged.iter().filter(|scored| *scored.framework == *framework);
        ranked(of.map(|scored| (reduced(framework, &scored.id, base), scored.features[19])))
    };
    let by = |regression: Regression, unjudged: bool| {
        move |one: &Measured<'_>, framework: &str| {
            let list = if unjudged { &one.unjudged } else { &one.judged };
            let of = list.iter().filter(|scored| *scored.framework == *framework);
            ranked(of.map(|scored| {
                (reduced(framework, &scored.id, base), regression.probability(&scored.features))
            }))
        }
    };
    let methods: Vec<Method<'_>> = vec![
        (
            "ten commonest",
            Box::new(|_, framework| common.get(framework).cloned().unwrap_or_default()),
            Keep::First,
        ),
        ("words of controls", Box::new(move |one, f| by_text(one, f, &|words, _| words)), Keep::First),
        ("vectors of controls", Box::new(move |one, f| by_text(one, f, &|_, cosine| cosine)), Keep::First),
        (
            "their fusion",
            Box::new(move |one, f| by_text(one, f, &|words, cosine| words + cosine)),
            Keep::First,
        ),
        ("neighbours alone", Box::new(votes), Keep::Above),
        (
            "mapped or suggested",
            Box::new(by(fusion.judged.clone(), false)),
            Keep::At(fusion.judged.suggested),
        ),
        ("mapped", Box::new(by(fusion.judged.clone(), false)), Keep::At(fusion.judged.mapped)),
        ("unjudged: all", Box::new(by(fusion.unjudged.clone(), true)), Keep::At(fusion.unjudged.suggested)),
        ("unjudged: mapped", Box::new(by(fusion.unjudged.clone(), true)), Keep::At(fusion.unjudged.mapped)),
    ];
    println!(
        "{:<20} {:<20} {:>6} {:>6} {:>6} {:>6} {:>6} {:>7}",
        "", "", "R@5", "R@10", "P", "R", "F1", "silent"
    );
    let mut scopes: Vec<&[&str]> = vec![&FRAMEWORKS];
    scopes.extend(FRAMEWORKS.iter().map(std::slice::from_ref));
    for scope in scopes {
        let mut shipped: Vec<Sums> = Vec::new();
        for (name, rank, keep) in methods.iter().rev() {
            let title = if scope.len() > 1 { "all" } else { scope[0] };
            let answers = |dev: bool| -> Vec<(&str, &str, Ranked, BTreeSet<String>)> {
                let mut out = Vec::new();
                for one in measured.iter().filter(|one| one.of.dev == dev) {
                    for framework in scope {
                        let of = one.of.gold.iter().filter(|(other, _)| other == framework);
                        let gold = of.map(|(_, id)| reduced(framework, id, base)).collect();
                        out.push((one.of.service.as_str(), *framework, rank(one, framework), gold));
                    }
                }
                out
            };
            let kept = keep.choose(&answers(true));
            let mut by_service: BTreeMap<&str, Sums> = BTreeMap::new();
            for (service, _, list, gold) in answers(false) {
                let answer = kept.apply(list, gold);
                let sums = by_service.entry(service).or_default();
                *sums = *sums + answer.sums();
            }
            let services: Vec<Sums> = by_service.into_values().collect();
            let figures = services.iter().fold(Sums::default(), |all, sums| all + *sums).figures();
            let (spans, lead) = intervals(&services, &shipped);
            if *name == "mapped or suggested" {
                shipped.clone_from(&services);
            }
            let told: Vec<String> = figures.iter().map(|figure| format!("{figure:>6.3}")).collect();
            println!("{title:<20} {name:<20} {}", told.join(" "));
            if scope.len() > 1 {
                let told: Vec<String> =
                    spans.iter().map(|(low, high)| format!("{low:.2}-{high:.2}")).collect();
                println!("{:<20} {:<20} {}", "", "  95 %", told.join("  "));
            }
            if let Some((low, high)) = lead {
                println!("{:<20} {:<20} the shipped method's F1 is {low:.2}-{high:.2} more (95 %)", "", "");
            }
        }
        println!();
    }
    if !base {
        calibration(mapper, measured);
    }
}

/// What a method stands by.
enum Keep {
    /// The first k; k is chosen on the development part.
    First,
    /// What has at least a score that is chosen on the development part.
    Above,
    At(f32),
}

enum Kept {
    Count(usize),
    Score(f32),
}

impl Keep {
    fn choose(&self, dev: &[(&str, &str, Ranked, BTreeSet<String>)]) -> Kept {
        let f1 = |kept: &Kept| {
            let answers = dev.iter().map(|(_, _, list, gold)| kept.apply(list.clone(), gold.clone()).sums());
            answers.fold(Sums::default(), |all, sums| all + sums).figures()[4]
        };
        let options: Vec<Kept> = match self {
            Keep::At(score) => return Kept::Score(*score),
            Keep::First => (1..=10).map(Kept::Count).collect(),
            Keep::Above => (1..=30).map(|step| Kept::Score(step as f32 / 50.0)).collect(),
        };
        options.into_iter().max_by(|a, b| f1(a).total_cmp(&f1(b))).unwrap_or(Kept::Count(0))
    }
}

impl Kept {
    fn apply(&self, list: Ranked, gold: BTreeSet<String>) -> Answer {
        let kept = match self {
            Kept::Count(count) => *count,
            Kept::Score(score) => list.iter().filter(|(_, other)| other >= score).count(),
        };
        Answer { ranked: list.into_iter().map(|(id, _)| id).collect(), kept, gold }
    }
}

fn commonest(measured: &[Measured<'_>], base: bool) -> BTreeMap<&'static str, Ranked> {
    let mut out = BTreeMap::new();
    for framework in FRAMEWORKS {
        let mut counts: BTreeMap<String, f32> = BTreeMap::new();
        for one in measured.iter().filter(|one| one.of.dev) {
            let of = one.of.gold.iter().filter(|(other, _)| other == framework);
            let ids: BTreeSet<String> = of.map(|(_, id)| reduced(framework, id, base)).collect();
            ids.into_iter().for_each(|id| *counts.entry(id).or_default() += 1.0);
        }
        let mut list = ranked(counts.into_iter());
        list.truncate(10);
        out.insert(framework, list);
    }
    out
}

/// How often what is said with a probability is so.
fn calibration(mapper: &Mapper, measured: &[Measured<'_>]) {
    println!("calibration on the test part (probability said: share that bears, count)");
    for framework in FRAMEWORKS {
        let mut bins = [(0.0_f64, 0.0_f64, 0.0_f64); 10];
        let mut brier = 0.0;
        for one in measured.iter().filter(|one| !one.of.dev) {
            for scored in one.judged.iter().filter(|scored| *scored.framework == *framework) {
                let p = f64::from(mapper.fusion().judged.probability(&scored.features));
                let y = f64::from(u8::from(bears(one.of, framework, &scored.id)));
                brier += (p - y).powi(2);
                let bin = &mut bins[((p * 10.0) as usize).min(9)];
                *bin = (bin.0 + p, bin.1 + y, bin.2 + 1.0);
            }
        }
        let all: f64 = bins.iter().map(|bin| bin.2).sum();
        let error: f64 = bins.iter().map(|bin| (bin.0 - bin.1).abs()).sum::<f64>() / all.max(1.0);
        let told = bins.iter().filter(|bin| bin.2 > 0.0);
        let told: Vec<String> = told.map(|(p, y, n)| format!("{:.2}: {:.2} ({n})", p / n, y / n)).collect();
        println!("{framework}: error {error:.4}, Brier {:.4}; {}", brier / all.max(1.0), told.join(", "));
    }
}

fn wrong(mapper: &Mapper, measured: &[Measured<'_>]) {
    for one in measured.iter().filter(|one| !one.of.dev) {
        let mapped = mapper.map_text(&one.of.text);
        let sure: BTreeSet<String> = mapped
            .iter()
            .filter(|m| m.tier == compline_frameworks::Tier::Mapped && FRAMEWORKS.contains(&&*m.framework))
            .filter(|m| !bears(one.of, &m.framework, &m.id))
            .map(|m| m.id.to_string())
            .collect();
        if !sure.is_empty() || mapped.is_empty() {
            let near = mapped.first().and_then(|m| m.via.first()).map_or("", |n| &n.text);
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

fn foreign(mapper: &Mapper, file: &str) {
    let text = std::fs::read_to_string(file).expect("the file can be read");
    let findings = compline_frameworks::foreign::read(&text).expect("the results are in a known format");
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in &findings {
        let mapped = mapper.map_finding(finding);
        let how = match mapped.first() {
            None => "nothing",
            Some(first) if matches!(first.provenance, compline_frameworks::Provenance::Curated(_)) => {
                "by its id"
            }
            Some(first) if first.tier == compline_frameworks::Tier::Mapped => "mapped",
            Some(_) => "suggested",
        };
        *counts.entry(how).or_default() += 1;
        if how == "nothing" {
            println!("nothing: {} {}", finding.id, finding.query());
        }
    }
    println!("{} findings: {counts:?}", findings.len());
}
