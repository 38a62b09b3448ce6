//! What a model's cosines are worth. Models spread them differently: texts that have nothing in common have a cosine
//! of 0.0 by one and of 0.7 by another, so thresholds that were set with one model mean nothing by another's cosines.

use super::vectors::Vectors;

/// Texts a model is measured by.
const SAMPLE: usize = 32;
/// The neighbour whose cosine stands for "near"; the first few may be the same words twice.
const NEAR: usize = 8;

/// How one model's cosines are read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    /// Whether they are those that thresholds and coefficients were fitted with.
    pub is_fitted: bool,
    scale: f32,
    shift: f32,
}

impl Calibration {
    /// As they are.
    pub const FITTED: Self = Self { is_fitted: true, scale: 1.0, shift: 0.0 };

    /// Of a model nothing was fitted with, by the same texts in its vectors and in those of the model that was: what is
    /// usual between any two texts and what is near are brought to where they are for that one. It makes thresholds
    /// mean about the same, and no probability of a score.
    pub fn matching(model: &Vectors, fitted: &Vectors) -> Self {
        let unscaled = Self { is_fitted: false, ..Self::FITTED };
        let (Some((usual, near)), Some((fitted_usual, fitted_near))) = (spread(model), spread(fitted)) else {
            return unscaled;
        };
        if near - usual < 1e-3 {
            return unscaled;
        }
        let scale = (fitted_near - fitted_usual) / (near - usual);
        Self { scale, shift: fitted_usual - scale * usual, ..unscaled }
    }

    pub fn apply(self, cosines: &mut [f32]) {
        if self != Self::FITTED {
            cosines
                .iter_mut()
                .for_each(|cosine| *cosine = (*cosine * self.scale + self.shift).clamp(-1.0, 1.0));
        }
    }
}

/// The mean cosine of some rows with all others, and with their neighbours.
fn spread(vectors: &Vectors) -> Option<(f32, f32)> {
    let rows = vectors.rows();
    let (mut usual, mut near, mut count) = (0.0, 0.0, 0.0);
    for row in (0..rows).step_by((rows / SAMPLE).max(1)) {
        let mut cosines = vectors.cosines(&vectors.vector(row)?);
        usual += cosines.iter().sum::<f32>() / rows as f32;
        cosines.sort_by(|a, b| b.total_cmp(a));
        near += *cosines.get(NEAR)?;
        count += 1.0;
    }
    (count > 0.0).then(|| (usual / count, near / count))
}
