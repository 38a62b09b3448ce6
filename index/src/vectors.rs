//! Rows of 8-bit vectors with the model that made them.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::embed::ModelId;

/// The first bytes of a file of vectors, with the version of its form.
const MAGIC: &[u8; 8] = b"cmplvec1";

/// Vectors of one model, one row after the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Vectors {
    model: ModelId,
    /// Rows of `model.dimensions`.
    bytes: Vec<i8>,
    /// What a row is multiplied with.
    scales: Vec<f32>,
}

impl Vectors {
    pub fn new(model: ModelId) -> Self {
        Self { model, bytes: Vec::new(), scales: Vec::new() }
    }

    pub fn model(&self) -> &ModelId {
        &self.model
    }

    pub fn rows(&self) -> usize {
        self.scales.len()
    }

    /// Adds a vector; gives its row.
    pub fn push(&mut self, vector: &[f32]) -> usize {
        let largest = vector.iter().fold(0.0_f32, |largest, x| largest.max(x.abs())).max(1e-9);
        self.bytes.extend(vector.iter().map(|x| (x / largest * 127.0).round() as i8));
        self.scales.push(largest / 127.0);
        self.scales.len() - 1
    }

    /// Adds a row of other vectors of the same model; says whether there was such a row.
    pub fn push_row(&mut self, other: &Self, row: usize) -> bool {
        let size = self.model.dimensions;
        let bytes = other.bytes.get(row * size..(row + 1) * size);
        let Some((bytes, scale)) = bytes.zip(other.scales.get(row)).filter(|_| self.model == other.model)
        else {
            return false;
        };
        self.bytes.extend(bytes);
        self.scales.push(*scale);
        true
    }

    /// A row as it was added, as near as bytes are.
    pub fn vector(&self, row: usize) -> Option<Vec<f32>> {
        let size = self.model.dimensions;
        let bytes = self.bytes.get(row * size..(row + 1) * size)?;
        let scale = self.scales.get(row)?;
        Some(bytes.iter().map(|byte| f32::from(*byte) * scale).collect())
    }

    /// The cosine of a row with a vector of length 1; 0 for a row that is not there.
    pub fn cosine(&self, row: usize, query: &[f32]) -> f32 {
        let size = self.model.dimensions;
        let bytes = self.bytes.get(row * size..(row + 1) * size);
        let query = IntegerQuery::of(query);
        bytes.zip(self.scales.get(row)).map_or(0.0, |(bytes, scale)| query.dot(bytes) * scale)
    }

    /// The cosine of every row with a vector of length 1.
    pub fn cosines(&self, query: &[f32]) -> Vec<f32> {
        let query = IntegerQuery::of(query);
        let rows = self.bytes.chunks_exact(self.model.dimensions.max(1));
        rows.zip(&self.scales).map(|(row, scale)| query.dot(row) * scale).collect()
    }

    /// The rows nearest to a vector of length 1 among some, best first.
    pub fn nearest(&self, query: &[f32], among: &[Range<u32>], limit: usize) -> Vec<(u32, f32)> {
        let size = self.model.dimensions.max(1);
        let query = IntegerQuery::of(query);
        let mut best: Vec<(u32, f32)> = Vec::with_capacity(limit + 1);
        for range in among {
            let (start, end) = (range.start as usize, range.end as usize);
            let bytes = self.bytes.get(start * size..end * size).unwrap_or_default();
            let scales = self.scales.get(start..end).unwrap_or_default();
            for (row, (bytes, scale)) in (range.start..).zip(bytes.chunks_exact(size).zip(scales)) {
                let cosine = query.dot(bytes) * scale;
                if best.len() == limit && best.last().is_some_and(|(_, least)| cosine <= *least) {
                    continue;
                }
                let place = best.partition_point(|(_, other)| *other >= cosine);
                best.insert(place, (row, cosine));
                best.truncate(limit);
            }
        }
        best
    }

    /// As they stand on disk: the magic, the model as JSON after its length, the scales, the rows.
    pub fn to_bytes(&self) -> Vec<u8> {
        let model = serde_json::json!({
            "id": self.model.id, "sha256": self.model.sha256, "dimensions": self.model.dimensions,
        })
        .to_string();
        let mut out = Vec::with_capacity(32 + model.len() + self.scales.len() * 4 + self.bytes.len());
        out.extend(MAGIC);
        out.extend((model.len() as u32).to_le_bytes());
        out.extend((self.scales.len() as u32).to_le_bytes());
        out.extend(model.as_bytes());
        self.scales.iter().for_each(|scale| out.extend(scale.to_le_bytes()));
        out.extend(self.bytes.iter().map(|byte| *byte as u8));
        out
    }

    /// # Errors
    /// That the bytes are no vectors, or not all of them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let cut = |at: usize, size: usize| bytes.get(at..at.checked_add(size)?);
        let number = |at: usize| {
            let four: [u8; 4] = cut(at, 4)?.try_into().ok()?;
            Some(u32::from_le_bytes(four) as usize)
        };
        if cut(0, 8) != Some(MAGIC.as_slice()) {
            return Err(
                "the vectors are in another form than this program's: build the index again".to_owned()
            );
        }
        let read = || {
            let (length, rows) = (number(8)?, number(12)?);
            let model: ModelId = serde_json::from_slice(cut(16, length)?).ok()?;
            let scales = cut(16 + length, rows.checked_mul(4)?)?;
            let at = 16 + length + rows * 4;
            let values = bytes.get(at..)?;
            if rows.checked_mul(model.dimensions)? != values.len() {
                return None;
            }
            let (four, _) = scales.as_chunks::<4>();
            let scales = four.iter().map(|four| f32::from_le_bytes(*four)).collect();
            Some(Self { model, bytes: values.iter().map(|byte| *byte as i8).collect(), scales })
        };
        read().ok_or_else(|| {
            "the file of vectors is not whole, or says another dimension than it has: build the index again".to_owned()
        })
    }
}

/// A vector in whole numbers: products with rows of bytes then need no conversion, and compilers keep many side by
/// side. Sixteen bits lose less than the rows' eight.
struct IntegerQuery {
    values: Vec<i16>,
    scale: f32,
}

/// The largest whole number of a query: with rows of up to 4,096 dimensions no sum overflows.
const LARGEST: f32 = 4096.0;

impl IntegerQuery {
    fn of(query: &[f32]) -> Self {
        let largest = query.iter().fold(0.0_f32, |largest, x| largest.max(x.abs())).max(1e-9);
        let values = query.iter().map(|x| (x / largest * LARGEST).round() as i16).collect();
        Self { values, scale: largest / LARGEST }
    }

    fn dot(&self, row: &[i8]) -> f32 {
        let products = row.iter().zip(&self.values).map(|(a, b)| i32::from(*a) * i32::from(*b));
        products.sum::<i32>() as f32 * self.scale
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(dimensions: usize) -> ModelId {
        ModelId { id: "m".to_owned(), sha256: "ab".to_owned(), dimensions }
    }

    #[test]
    fn rows_come_back_and_the_nearest_is_found() {
        let mut vectors = Vectors::new(model(3));
        for vector in [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.6, 0.8, 0.0]] {
            vectors.push(&vector);
        }
        let again = Vectors::from_bytes(&vectors.to_bytes()).expect("reads");
        assert_eq!(again, vectors);
        let near = again.nearest(&[0.0, 1.0, 0.0], &[0..1, 1..3], 2);
        assert_eq!(near.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [1, 2]);
        assert!((again.cosine(2, &[0.0, 1.0, 0.0]) - 0.8).abs() < 0.01);
        assert_eq!(again.nearest(&[0.0, 1.0, 0.0], &[0..1, 0..0], 5).len(), 1, "only among those asked for");
    }

    #[test]
    fn a_file_that_is_none_or_of_a_wrong_dimension_is_one_clear_error() {
        let mut vectors = Vectors::new(model(4));
        vectors.push(&[1.0, 0.0, 0.0, 0.0]);
        let bytes = vectors.to_bytes();
        let error = Vectors::from_bytes(&bytes[..bytes.len() - 1]).expect_err("an error");
        assert!(error.contains("not whole, or says another dimension"), "{error}");
        let other = String::from_utf8_lossy(&bytes).replace("\"dimensions\":4", "\"dimensions\":5");
        assert!(Vectors::from_bytes(other.as_bytes()).is_err());
        assert!(Vectors::from_bytes(b"hello").expect_err("an error").contains("another form"));
    }
}
