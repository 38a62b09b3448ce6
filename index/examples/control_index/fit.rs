//! One logistic regression: Newton's steps with a small penalty.
#![allow(clippy::needless_range_loop)] // Matrices are read best by their indices.

use compline_index::fusion::{FEATURES, Features, Regression};

const PENALTY: f64 = 1.0;
const STEPS: usize = 25;
const N: usize = FEATURES + 1;

/// Coefficients for rows of features and whether the control bears. Features are scaled while fitting.
pub fn fit(rows: &[(Features, bool)]) -> Regression {
    let count = rows.len() as f64;
    let mut mean = [0.0_f64; FEATURES];
    let mut spread = [0.0_f64; FEATURES];
    for (features, _) in rows {
        features.iter().zip(&mut mean).for_each(|(x, mean)| *mean += f64::from(*x) / count);
    }
    for (features, _) in rows {
        let each = features.iter().zip(&mean).zip(&mut spread);
        each.for_each(|((x, mean), spread)| *spread += (f64::from(*x) - mean).powi(2) / count);
    }
    spread.iter_mut().for_each(|spread| *spread = spread.sqrt().max(1e-6));
    let scaled: Vec<([f64; N], f64)> = rows
        .iter()
        .map(|(features, bears)| {
            let mut row = [1.0; N];
            for at in 0..FEATURES {
                row[at] = (f64::from(features[at]) - mean[at]) / spread[at];
            }
            (row, f64::from(*bears))
        })
        .collect();
    let mut weights = [0.0_f64; N];
    for _ in 0..STEPS {
        let mut gradient = [0.0_f64; N];
        let mut curve = vec![[0.0_f64; N]; N];
        for (row, bears) in &scaled {
            let sum: f64 = row.iter().zip(&weights).map(|(x, w)| x * w).sum();
            let p = 1.0 / (1.0 + (-sum).exp());
            let bend = (p * (1.0 - p)).max(1e-9);
            for i in 0..N {
                gradient[i] += (bears - p) * row[i];
                let part = bend * row[i];
                for j in 0..=i {
                    curve[i][j] += part * row[j];
                }
            }
        }
        for i in 0..N {
            for j in 0..i {
                curve[j][i] = curve[i][j];
            }
            // The last one is the bias, which is not held back.
            let penalty = if i < FEATURES { PENALTY } else { 1e-6 };
            gradient[i] -= penalty * weights[i];
            curve[i][i] += penalty;
        }
        let step = solve(curve, gradient);
        let size: f64 = step.iter().map(|x| x.abs()).sum();
        weights.iter_mut().zip(step).for_each(|(weight, step)| *weight += step);
        if size < 1e-6 {
            break;
        }
    }
    let mut bias = weights[FEATURES];
    let mut out = Vec::with_capacity(FEATURES);
    for at in 0..FEATURES {
        let weight = weights[at] / spread[at];
        bias -= weight * mean[at];
        // Four digits are more than the data can tell apart.
        out.push(((weight * 1e4).round() / 1e4) as f32);
    }
    Regression { bias: ((bias * 1e4).round() / 1e4) as f32, weights: out, mapped: 1.0, suggested: 1.0 }
}

/// Gauss with the largest pivot.
fn solve(mut a: Vec<[f64; N]>, mut b: [f64; N]) -> [f64; N] {
    for i in 0..N {
        let pivot = (i..N).max_by(|x, y| a[*x][i].abs().total_cmp(&a[*y][i].abs())).unwrap_or(i);
        a.swap(i, pivot);
        b.swap(i, pivot);
        for row in i + 1..N {
            let factor = a[row][i] / a[i][i];
            for column in i..N {
                let above = a[i][column];
                a[row][column] -= factor * above;
            }
            b[row] -= factor * b[i];
        }
    }
    for i in (0..N).rev() {
        for column in i + 1..N {
            b[i] -= a[i][column] * b[column];
        }
        b[i] /= a[i][i];
    }
    b
}
