//! What the measurements and the fitting of the index read, and nothing else does.

use std::sync::Arc;

use super::super::classifier::{Classifier, Classifiers};
use super::super::corpus::Entry;
use super::super::fusion::{Features, Fusion};
use super::{Comparison, Mapper};

/// One control with all its features for a query, before a tier is chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    pub framework: Arc<str>,
    pub id: Arc<str>,
    pub features: Features,
    pub probability: f32,
}

impl Mapper {
    /// Every control any neighbour speaks for: `admitted` says which texts may vote, and `judgements` is the classifier
    /// of judgements, which may have learnt from fewer texts, or none.
    pub fn scored(
        &self,
        query: &str,
        admitted: &dyn Fn(&Entry) -> bool,
        judgements: Option<&Classifier>,
    ) -> Vec<Scored> {
        let is_admitted = |place: u32| self.corpus.entries.get(place as usize).is_some_and(admitted);
        let candidates = self.candidates(query, &is_admitted, judgements).into_iter();
        let scored = candidates.filter_map(|candidate| {
            let (framework, id) = self.graph.control(candidate.control)?;
            let probability = self.regression(framework).probability(&candidate.features);
            Some(Scored {
                framework: Arc::clone(framework),
                id: Arc::clone(id),
                features: candidate.features,
                probability,
            })
        });
        scored.collect()
    }

    /// Every control with the similarity of its own text, by words and by meaning.
    pub fn by_text(&self, query: &str) -> Vec<(Arc<str>, Arc<str>, f32, f32)> {
        let Comparison { cosines, shares, .. } = self.compare(query);
        let controls = self.graph.controls_with_texts();
        let compared = controls.filter_map(|((framework, id), entry)| {
            Some((Arc::clone(framework), Arc::clone(id), *shares.get(entry)?, *cosines.get(entry)?))
        });
        compared.collect()
    }

    /// Everything that may vote and every control's own text.
    pub fn entries(&self) -> &[Entry] {
        &self.corpus.entries
    }

    /// The classifiers in force.
    pub fn classifiers(&self) -> &Classifiers {
        &self.classifiers
    }

    /// With other classifiers.
    #[must_use]
    pub fn with_classifiers(mut self, classifiers: Classifiers) -> Self {
        self.graph.set_classifiers(&classifiers, &self.corpus, &self.curated.of_objective);
        self.classifiers = classifiers;
        self
    }

    /// The thresholds and coefficients in force.
    pub fn fusion(&self) -> &Fusion {
        &self.fusion
    }
}
