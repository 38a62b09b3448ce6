//! What the measurements and the fitting of the index read, and nothing else does.

use std::sync::Arc;

use super::super::classifier::{Classifier, Classifiers};
use super::super::fusion::{Features, Fusion};
use super::super::stock::Entry;
use super::{Compared, Mapper};
use compline_frameworks::Library;

/// One control with everything known of it for a query, before a tier is chosen: what the measurements read.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    pub framework: Arc<str>,
    pub id: Arc<str>,
    pub features: Features,
    pub probability: f32,
}

impl Mapper {
    /// Every control any neighbour speaks for, for measurements: `admitted` says which texts may vote, and
    /// `judgements` is the classifier of judgements, which may have learnt from fewer texts, or none.
    pub fn scored(
        &self,
        query: &str,
        admitted: &dyn Fn(&Entry) -> bool,
        judgements: Option<&Classifier>,
    ) -> Vec<Scored> {
        let allowed = |at: u32| self.stock.entries.get(at as usize).is_some_and(admitted);
        let candidates = self.candidates(query, &allowed, judgements);
        let told = candidates.into_iter().filter_map(|candidate| {
            let (framework, id) = self.controls.get(candidate.control as usize)?;
            let probability = self.regression(framework).probability(&candidate.features);
            Some(Scored {
                framework: Arc::clone(framework),
                id: Arc::clone(id),
                features: candidate.features,
                probability,
            })
        });
        told.collect()
    }

    /// Every control with the likeness of its own text, by words and by meaning, for measurements.
    pub fn by_text(&self, query: &str) -> Vec<(Arc<str>, Arc<str>, f32, f32)> {
        let Compared { cosines, shares, .. } = self.compare(query);
        let told = self.controls.iter().zip(&self.texts).filter_map(|((framework, id), entry)| {
            let at = (*entry)? as usize;
            Some((Arc::clone(framework), Arc::clone(id), *shares.get(at)?, *cosines.get(at)?))
        });
        told.collect()
    }

    /// Everything that may vote and every control's own text.
    pub fn entries(&self) -> &[Entry] {
        &self.stock.entries
    }

    /// The classifiers in force.
    pub fn classifiers(&self) -> &Classifiers {
        &self.classifiers
    }

    /// With other classifiers, for measurements.
    #[must_use]
    pub fn classifying(mut self, classifiers: Classifiers, library: &Library) -> Self {
        self.classifiers = classifiers;
        self.join_classes(library);
        self
    }

    /// The thresholds and coefficients in force.
    pub fn fusion(&self) -> &Fusion {
        &self.fusion
    }
}
