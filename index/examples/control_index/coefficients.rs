//! Fits what votes are worth, on the development part.

use compline_index::fusion::{NAMES, Regression};

use crate::{Measured, bears, fit};

/// The precision aimed at on the development part, so that it holds on services never seen.
const PRECISION: f64 = 0.93;

/// Writes the coefficients and thresholds to a file below this crate's folder.
pub fn write(measured: &[Measured<'_>], path: &str) {
    let mut out = String::from(
        "# Made by `cargo run -p compline-index --example control_index -- --fit` from the development part of\n\
         # labelled/pairs.yaml, every service asked as if it had never been seen.\n",
    );
    for (name, unjudged) in [("judged", false), ("unjudged", true)] {
        let scored = |one: &Measured<'_>| if unjudged { one.unjudged.clone() } else { one.judged.clone() };
        let mut rows = Vec::new();
        for one in measured {
            rows.extend(scored(one).into_iter().map(|s| (s.features, bears(one.of, &s.framework, &s.id))));
        }
        let mut regression = fit::fit(&rows);
        let mut ranked: Vec<(f32, bool)> =
            rows.iter().map(|(features, bears)| (regression.probability(features), *bears)).collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        let gold: usize = measured.iter().map(|one| one.of.gold.len()).sum();
        let (mut hits, mut best) = (0.0, 0.0);
        for (at, (probability, bears)) in ranked.iter().enumerate() {
            hits += f64::from(u8::from(*bears));
            let kept = (at + 1) as f64;
            if hits / kept >= PRECISION && at > 50 {
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
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::write(path, out).expect("the coefficients can be written");
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
