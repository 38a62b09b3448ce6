//! Two linear classifiers: which objective a text asks for, and which judgement it stands under. Neighbours find what is
//! written alike; these know which words decide (`backup`, `alarm`) and which only name a service. A class is only what
//! they were trained on: an objective that is newer has no class, and its exemplars vote as neighbours. Shared with the
//! build script.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::corpus::{Entry, Source};
use super::embed::sha256;

/// The features of a text that are not zero: the place of each and its value.
pub type SparseVector = Vec<(u32, f32)>;

/// What both look at, and both. Made by `--fit` of the example `control_index`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Classifiers {
    /// The words, then the dimensions of the built-in model's vector.
    pub vocabulary: Vocabulary,
    /// Learnt from exemplars.
    pub objectives: Classifier,
    /// Learnt from judged texts; a class is the judgements of a text, joined by `+`.
    pub judgements: Classifier,
    /// What they were trained on, see [`training_digest`].
    pub trained_on: String,
}

/// The words that are looked at.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Vocabulary {
    /// Stem → its place, and how rare it is.
    words: BTreeMap<String, (u32, f32)>,
}

/// Multinomial logistic regression with weights of eight bits.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Classifier {
    pub classes: Vec<String>,
    bias: Vec<f32>,
    /// Of each class: what its weights are multiplied by.
    scales: Vec<f32>,
    /// A row for each feature, a column for each class.
    weights: Vec<i8>,
}

/// Whether they are trained on a text.
pub fn is_training_text(entry: &Entry) -> bool {
    matches!(entry.source, Source::Exemplar | Source::Judged)
}

/// SHA-256 of the texts they are trained on and what each stands for: lower-case hexadecimal.
pub fn training_digest(entries: &[Entry]) -> String {
    let texts = entries.iter().filter(|entry| is_training_text(entry));
    let lines: String = texts.map(|entry| format!("{}\n{}\n", entry.of, entry.text)).collect();
    sha256(lines.as_bytes())
}

impl Vocabulary {
    /// The stems that at least two of the texts have.
    pub fn of(texts: &[Vec<String>]) -> Self {
        let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
        for text in texts {
            let stems: std::collections::BTreeSet<&str> = text.iter().map(String::as_str).collect();
            stems.into_iter().for_each(|stem| *counts.entry(stem).or_default() += 1);
        }
        let all = texts.len() as f32;
        let frequent = counts.into_iter().filter(|(_, count)| *count > 1).enumerate();
        let words = frequent.map(|(place, (stem, count))| {
            let rarity = ((1.0 + all) / (1.0 + count as f32)).ln() + 1.0;
            (stem.to_owned(), (place as u32, rarity))
        });
        Self { words: words.collect() }
    }

    /// How many features a text has whose vector has so many dimensions.
    pub fn feature_count(&self, dimensions: usize) -> usize {
        self.words.len() + dimensions
    }

    /// The words of a text that are in the vocabulary, each by how rare it is, as a vector of length 1; and its vector by the built-in model,
    /// of length 1 too.
    pub fn features(&self, stems: &[String], vector: &[f32]) -> SparseVector {
        let mut counts: BTreeMap<u32, (f32, f32)> = BTreeMap::new();
        for (place, rarity) in stems.iter().filter_map(|stem| self.words.get(stem)) {
            counts.entry(*place).or_insert((0.0, *rarity)).0 += 1.0;
        }
        let mut out: SparseVector =
            counts.into_iter().map(|(place, (count, rarity))| (place, (1.0 + count.ln()) * rarity)).collect();
        let length = out.iter().map(|(_, x)| x * x).sum::<f32>().sqrt().max(1e-6);
        out.iter_mut().for_each(|(_, x)| *x /= length);
        let first = self.words.len() as u32;
        out.extend(vector.iter().enumerate().map(|(at, x)| (first + at as u32, *x)));
        out
    }
}

impl Classifier {
    /// One of full weights: `weights` has a row for each feature and a column for each class.
    pub fn of(classes: Vec<String>, bias: Vec<f32>, weights: &[f32]) -> Self {
        let mut scales = vec![1e-12_f32; classes.len()];
        for row in weights.chunks(classes.len().max(1)) {
            row.iter().zip(&mut scales).for_each(|(weight, scale)| *scale = scale.max(weight.abs() / 127.0));
        }
        let each = weights.chunks(classes.len().max(1)).flat_map(|row| row.iter().zip(&scales));
        let weights = each.map(|(weight, scale)| (weight / scale).round() as i8).collect();
        Self { classes, bias, scales, weights }
    }

    /// The probability of each class, in their order.
    pub fn probabilities(&self, features: &SparseVector) -> Vec<f32> {
        let count = self.classes.len();
        let mut sums = vec![0.0_f32; count];
        for (feature, x) in features {
            let from = *feature as usize * count;
            let row = self.weights.get(from..from + count).unwrap_or_default();
            row.iter().zip(&mut sums).for_each(|(weight, sum)| *sum += f32::from(*weight) * x);
        }
        let each = sums.iter_mut().zip(&self.scales).zip(&self.bias);
        each.for_each(|((sum, scale), bias)| *sum = *sum * scale + bias);
        let largest = sums.iter().copied().fold(f32::MIN, f32::max);
        sums.iter_mut().for_each(|sum| *sum = (*sum - largest).exp());
        let all: f32 = sums.iter().sum();
        sums.iter_mut().for_each(|sum| *sum /= all);
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stems(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_text_is_its_frequent_words_and_its_vector() {
        let vocabulary =
            Vocabulary::of(&[stems("bucket encrypt"), stems("bucket public"), stems("encrypt disk")]);
        assert_eq!(vocabulary.feature_count(2), 4, "`public` and `disk` are in one text only");
        let features = vocabulary.features(&stems("bucket encrypt disk"), &[0.6, 0.8]);
        let half = 0.5_f32.sqrt();
        let expected = [(0, half), (1, half), (2, 0.6), (3, 0.8)];
        assert_eq!(features.len(), expected.len());
        let same = |(a, b): (&(u32, f32), (u32, f32))| a.0 == b.0 && (a.1 - b.1).abs() < 1e-6;
        assert!(features.iter().zip(expected).all(same), "{features:?}");
        assert_eq!(vocabulary.features(&stems("else"), &[]), []);
    }

    #[test]
    fn eight_bits_keep_what_was_learnt() {
        let classes = vec!["a".to_owned(), "b".to_owned()];
        let classifier = Classifier::of(classes, vec![0.0, 0.5], &[2.0, -1.0, -3.0, 0.25]);
        let found = classifier.probabilities(&vec![(0, 1.0)]);
        let expected = 2.0_f32.exp() / (2.0_f32.exp() + (-0.5_f32).exp());
        assert!((found[0] - expected).abs() < 5e-3 && (found[0] + found[1] - 1.0).abs() < 1e-6, "{found:?}");
        // A feature it does not know says nothing.
        let nothing = classifier.probabilities(&vec![(9, 1.0)]);
        assert!(nothing[1] > nothing[0]);
    }
}
