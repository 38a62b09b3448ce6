//! The figures of every method, on the test part.

use std::collections::{BTreeMap, BTreeSet};

use compline_index::Mapper;
use compline_index::fusion::Regression;

use crate::score::{Answer, Sums, intervals};
use crate::{FRAMEWORKS, Measured, bears};

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

fn line(out: &mut String, text: &str) {
    out.push_str(text.trim_end());
    out.push('\n');
}

/// Adds the figures at one level: exact identifiers, or `base` controls.
pub fn report(mapper: &Mapper, measured: &[Measured<'_>], base: bool, out: &mut String) {
    let level = if base { "base controls (AC-2, 8.3)" } else { "exact identifiers" };
    line(out, &format!("\n== {level}\n"));
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
    line(
        out,
        &format!(
            "{:<20} {:<20} {:>9}  {:>9}  {:>9}  {:>9}  {:>9}  {:>9}",
            "", "", "R@5", "R@10", "P", "R", "F1", "silent"
        ),
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
            let cells: Vec<String> = figures.iter().map(|figure| format!("{figure:>9.3}")).collect();
            line(out, &format!("{title:<20} {name:<20} {}", cells.join("  ")));
            let cells: Vec<String> = spans.iter().map(|(low, high)| format!("{low:.2}-{high:.2}")).collect();
            line(out, &format!("{:<20} {:<20} {}", "", "  95 %", cells.join("  ")));
            let is_other = !["mapped", "mapped or suggested"].contains(name) && !name.starts_with("unjudged");
            if let Some((low, high)) = lead.filter(|_| is_other) {
                line(
                    out,
                    &format!("{:<20} {:<20} the shipped method's F1 is {low:.2} to {high:.2} more", "", ""),
                );
            }
        }
        line(out, "");
    }
    if !base {
        calibration(mapper, measured, out);
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
fn calibration(mapper: &Mapper, measured: &[Measured<'_>], out: &mut String) {
    line(out, "calibration on the test part (probability said: share that bears, count)");
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
        let filled = bins.iter().filter(|bin| bin.2 > 0.0);
        let cells: Vec<String> =
            filled.map(|(p, y, n)| format!("{:.2}: {:.2} ({n})", p / n, y / n)).collect();
        line(
            out,
            &format!(
                "{framework}: error {error:.4}, Brier {:.4}; {}",
                brier / all.max(1.0),
                cells.join(", ")
            ),
        );
    }
}
