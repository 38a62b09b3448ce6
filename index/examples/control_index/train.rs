//! Teaches the classifiers: multinomial logistic regression, by Nesterov's accelerated gradient.

use std::collections::{BTreeMap, BTreeSet};

use compline_index::builtin;
use compline_index::classifier::{
    Classifier, Classifiers, SparseVector, Vocabulary, is_training_text, training_digest,
};
use compline_index::corpus::Entry;
use compline_index::embed::{Embedder as _, StaticEmbedder};
use compline_index::words::Terms;
use compline_index::{Mapper, Source};

/// How much a misread text counts against large weights.
const COST: f64 = 10.0;
const STEPS: usize = 200;

/// What was learned.
pub struct Trained {
    pub all: Classifiers,
    /// Service → judgements, learnt without the texts of that service.
    pub without: BTreeMap<String, Classifier>,
}

struct Example {
    service: String,
    features: SparseVector,
    class: usize,
}

/// Learns from exemplars which objective is asked for, and from judged texts which judgement.
pub fn train(mapper: &Mapper) -> Trained {
    let model = StaticEmbedder::load(builtin::model()).expect("the built-in model");
    let terms = Terms::default();
    let dimensions = model.identity().dimensions;
    let stems = |text: &str| terms.of(text).into_iter().map(|(_, stem)| stem).collect::<Vec<String>>();
    let training: Vec<&Entry> = mapper.entries().iter().filter(|entry| is_training_text(entry)).collect();
    let all: Vec<Vec<String>> = training.iter().map(|entry| stems(&entry.text)).collect();
    let vocabulary = Vocabulary::of(&all);
    let feature_count = vocabulary.feature_count(dimensions);
    let classes = |source: Source| {
        let of = training.iter().filter(|entry| entry.source == source).map(|entry| entry.of.as_str());
        of.collect::<BTreeSet<&str>>().into_iter().collect::<Vec<&str>>()
    };
    let (objectives, judgements) = (classes(Source::Exemplar), classes(Source::Judged));
    let (mut of_objectives, mut of_judgements) = (Vec::new(), Vec::new());
    for (entry, stems) in training.iter().zip(&all) {
        let (classes, examples) = match entry.source {
            Source::Judged => (&judgements, &mut of_judgements),
            _ => (&objectives, &mut of_objectives),
        };
        examples.push(Example {
            service: entry.about.clone(),
            features: vocabulary.features(stems, &model.embed(&entry.text)),
            class: classes.binary_search(&entry.of.as_str()).expect("a class that was just listed"),
        });
    }

    let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
    let fitted = |examples: &[&Example], classes: &[&str]| {
        let weights = learn(examples, feature_count, classes.len());
        let (rows, bias) = weights.split_at(feature_count * classes.len());
        let short = |list: &[f64]| list.iter().map(|x| *x as f32).collect::<Vec<f32>>();
        Classifier::of(named(classes), short(bias), &short(rows))
    };
    let each: Vec<&Example> = of_objectives.iter().collect();
    let of_objective = fitted(&each, &objectives);
    let each: Vec<&Example> = of_judgements.iter().collect();
    let of_judgement = fitted(&each, &judgements);
    let services: BTreeSet<&str> = of_judgements.iter().map(|example| example.service.as_str()).collect();
    let without = services.into_iter().map(|service| {
        let others: Vec<&Example> =
            of_judgements.iter().filter(|example| example.service != service).collect();
        // From nothing: what knew the service's texts does not forget them.
        (service.to_owned(), fitted(&others, &judgements))
    });
    let without = without.collect();
    println!("{feature_count} features, {} objectives, {} judgements", objectives.len(), judgements.len());
    let all = Classifiers {
        vocabulary,
        objectives: of_objective,
        judgements: of_judgement,
        trained_on: training_digest(mapper.entries()),
    };
    Trained { all, without }
}

/// Writes `model/classifiers.bin`.
pub fn write(classifiers: &Classifiers) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("model/classifiers.bin");
    let bytes = postcard::to_allocvec(classifiers).expect("they can be written");
    println!("{} bytes", bytes.len());
    std::fs::write(path, bytes).expect("model/classifiers.bin can be written");
}

/// A row for each feature, a column for each class; a last row for what each class begins with.
fn learn(examples: &[&Example], features: usize, classes: usize) -> Vec<f64> {
    let size = (features + 1) * classes;
    let mut weights = vec![0.0; size];
    let mut ahead = weights.clone();
    // No step may be longer than how sharply the loss can bend allows: by half the square of the matrix's norm.
    let step = 1.0 / (0.5 * COST * norm(examples, features) + 1.0);
    let mut gradient = vec![0.0; size];
    let mut speed = 1.0_f64;
    for _ in 0..STEPS {
        gradient_of(examples, classes, &ahead, &mut gradient);
        let next: Vec<f64> = ahead.iter().zip(&gradient).map(|(x, g)| x - step * g).collect();
        // Where the way on leads back, it begins anew.
        let back: f64 =
            gradient.iter().zip(next.iter().zip(&weights)).map(|(g, (next, last))| g * (next - last)).sum();
        let faster = if back > 0.0 { 1.0 } else { (1.0 + (1.0 + 4.0 * speed * speed).sqrt()) / 2.0 };
        let carry = if back > 0.0 { 0.0 } else { (speed - 1.0) / faster };
        ahead.iter_mut().zip(next.iter().zip(&weights)).for_each(|(a, (n, w))| *a = n + carry * (n - w));
        weights = next;
        speed = faster;
    }
    weights
}

/// The gradient of the loss.
fn gradient_of(examples: &[&Example], classes: usize, weights: &[f64], out: &mut [f64]) {
    let bias = weights.len() - classes;
    out.copy_from_slice(weights);
    out[bias..].fill(0.0);
    let mut scores = vec![0.0_f64; classes];
    for example in examples {
        scores.copy_from_slice(&weights[bias..]);
        for (feature, x) in &example.features {
            let row = &weights[*feature as usize * classes..][..classes];
            scores.iter_mut().zip(row).for_each(|(sum, weight)| *sum += weight * f64::from(*x));
        }
        let largest = scores.iter().copied().fold(f64::MIN, f64::max);
        scores.iter_mut().for_each(|sum| *sum = (*sum - largest).exp());
        let all: f64 = scores.iter().sum();
        scores.iter_mut().for_each(|sum| *sum = COST * *sum / all);
        scores[example.class] -= COST;
        for (feature, x) in &example.features {
            let row = &mut out[*feature as usize * classes..][..classes];
            row.iter_mut().zip(&scores).for_each(|(sum, off)| *sum += off * f64::from(*x));
        }
        out[bias..].iter_mut().zip(&scores).for_each(|(sum, off)| *sum += off);
    }
}

/// The square of the largest singular value of the examples, by power iteration.
fn norm(examples: &[&Example], features: usize) -> f64 {
    let mut vector = vec![1.0 / ((features + 1) as f64).sqrt(); features + 1];
    let mut size = 1.0;
    for _ in 0..30 {
        let mut next = vec![0.0; features + 1];
        for example in examples {
            let along: f64 =
                example.features.iter().map(|(at, x)| vector[*at as usize] * f64::from(*x)).sum();
            let along = along + vector[features];
            example.features.iter().for_each(|(at, x)| next[*at as usize] += along * f64::from(*x));
            next[features] += along;
        }
        size = next.iter().map(|x| x * x).sum::<f64>().sqrt();
        vector = next.into_iter().map(|x| x / size.max(1e-12)).collect();
    }
    size
}
