//! The calibrated model that decides what neighbours' votes are worth. Shared with the build script.

use serde::{Deserialize, Serialize};

/// What is known of one control for one query; the same order everywhere.
pub const FEATURES: usize = 30;
pub type Features = [f32; FEATURES];

/// The names of the features, for the file of coefficients.
pub const NAMES: [&str; FEATURES] = [
    "rule-words",
    "rule-words-near",
    "rule-vector",
    "rule-vector-near",
    "exemplar-words",
    "exemplar-words-near",
    "exemplar-vector",
    "exemplar-vector-near",
    "judged-words",
    "judged-words-near",
    "judged-vector",
    "judged-vector-near",
    "nearest-words",
    "nearest-cosine",
    "nearest-agree",
    "text-words",
    "text-cosine",
    "votes-by-text",
    "popularity",
    "votes-mean",
    "votes-log",
    "best-strength",
    "judged-share",
    "votes-squared",
    "objective",
    "objective-log",
    "objective-surest",
    "judgement",
    "judgement-log",
    "judgement-surest",
];

/// One logistic regression and its thresholds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Regression {
    pub bias: f32,
    /// In the order of [`NAMES`].
    pub weights: Vec<f32>,
    /// At or above: mapped.
    pub mapped: f32,
    /// At or above, and below `mapped`: suggested. Below: nothing.
    pub suggested: f32,
}

/// The regressions: one where judged texts vote, one for frameworks nobody judged texts for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fusion {
    pub judged: Regression,
    pub unjudged: Regression,
}

impl Regression {
    /// The probability that the control bears.
    pub fn probability(&self, features: &Features) -> f32 {
        let sum: f32 = self.weights.iter().zip(features).map(|(weight, x)| weight * x).sum();
        1.0 / (1.0 + (-(self.bias + sum)).exp())
    }
}
