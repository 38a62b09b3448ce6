//! The controls of the frameworks at hand, and which of them each text of the corpus and each class of the classifiers
//! leads to.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use compline_frameworks::{ControlRef, Library, Strength};

use super::super::classifier::Classifiers;
use super::super::corpus::{Corpus, Source};
use super::super::neighbours::Edge;

/// Objective → the controls that want it.
type ByObjective = BTreeMap<Arc<str>, Vec<ControlRef>>;
/// Objective → the controls that want it, in the order of their ids: sums depend on the order they are made in.
type ObjectiveEdges<'a> = BTreeMap<&'a str, Arc<[Edge]>>;

/// What an edge that shows a part of a control weighs against one that shows the whole.
const PART: f32 = 0.6;

#[derive(Default)]
pub(super) struct ControlGraph {
    /// Framework and id of each control.
    controls: Vec<(Arc<str>, Arc<str>)>,
    places: HashMap<(Arc<str>, Arc<str>), u32>,
    /// Of each entry of the corpus: the controls it votes for.
    pub(super) edges: Vec<Arc<[Edge]>>,
    /// Of each control: the entry of the corpus that is its own text.
    pub(super) texts: Vec<Option<u32>>,
    /// Of each control: the logarithm of how much all objectives together want it.
    pub(super) popularity: Vec<f32>,
    /// Of each class of the classifiers of objectives and of judgements: the controls it leads to. A class that no
    /// framework has a control for leads to none.
    pub(super) class_edges: [Vec<Arc<[Edge]>>; 2],
    /// Frameworks that judged texts vote in.
    judged_frameworks: Vec<Arc<str>>,
}

impl ControlGraph {
    pub(super) fn of(
        corpus: &Corpus,
        classifiers: &Classifiers,
        library: &Library,
        by_objective: &ByObjective,
    ) -> Self {
        let mut graph = Self::default();
        for edge in by_objective.values().flatten() {
            graph.place_of(&edge.framework, &edge.id);
        }
        for (framework, id) in corpus.judgements.values().flatten() {
            if library.info(framework).is_some() {
                let framework: Arc<str> = Arc::from(framework.as_str());
                graph.place_of(&framework, &Arc::from(id.as_str()));
                if !graph.judged_frameworks.contains(&framework) {
                    graph.judged_frameworks.push(framework);
                }
            }
        }
        let objective_edges = graph.objective_edges(by_objective);
        graph.popularity = popularity(graph.len(), &objective_edges);
        graph.add_entries(corpus, library, &objective_edges);
        graph.add_classes(classifiers, corpus, &objective_edges);
        graph
    }

    /// The same with other classifiers.
    pub(super) fn set_classifiers(
        &mut self,
        classifiers: &Classifiers,
        corpus: &Corpus,
        by_objective: &ByObjective,
    ) {
        let objective_edges = self.objective_edges(by_objective);
        self.add_classes(classifiers, corpus, &objective_edges);
    }

    /// How many controls there are.
    pub(super) fn len(&self) -> usize {
        self.controls.len()
    }

    /// Framework and id of a control.
    pub(super) fn control(&self, place: u32) -> Option<&(Arc<str>, Arc<str>)> {
        self.controls.get(place as usize)
    }

    /// Each control with the entry of its own text.
    pub(super) fn controls_with_texts(&self) -> impl Iterator<Item = (&(Arc<str>, Arc<str>), usize)> {
        let controls = self.controls.iter().zip(&self.texts);
        controls.filter_map(|(control, text)| Some((control, (*text)? as usize)))
    }

    pub(super) fn is_judged(&self, framework: &str) -> bool {
        self.judged_frameworks.iter().any(|judged| **judged == *framework)
    }

    fn place_of(&mut self, framework: &Arc<str>, id: &Arc<str>) -> u32 {
        let next = self.controls.len() as u32;
        let place = *self.places.entry((Arc::clone(framework), Arc::clone(id))).or_insert(next);
        if place == next {
            self.controls.push((Arc::clone(framework), Arc::clone(id)));
        }
        place
    }

    fn add_entries(&mut self, corpus: &Corpus, library: &Library, objective_edges: &ObjectiveEdges<'_>) {
        let none: Arc<[Edge]> = Arc::from([]);
        let mut by_key: BTreeMap<(Source, &str), Arc<[Edge]>> = BTreeMap::new();
        let mut all = Vec::with_capacity(corpus.entries.len());
        self.texts = vec![None; self.controls.len()];
        for (at, entry) in corpus.entries.iter().enumerate() {
            if let Some(edges) = by_key.get(&(entry.source, &*entry.of)).filter(|_| entry.about.is_empty()) {
                all.push(Arc::clone(edges));
                continue;
            }
            let of_control = || {
                let key = (Arc::from(entry.about.as_str()), Arc::from(entry.of.as_str()));
                self.places.get(&key).copied()
            };
            let edges: Arc<[Edge]> = match entry.source {
                Source::Exemplar => {
                    objective_edges.get(&*entry.of).map_or_else(|| Arc::clone(&none), Arc::clone)
                }
                Source::Rule => self.weighted(library.controls_of(&entry.of)),
                Source::Judged => self.judged_edges(&entry.of, corpus),
                Source::Confirmed => of_control().map(|place| (place, 1.0)).into_iter().collect(),
                Source::Control => {
                    let text = of_control().and_then(|place| self.texts.get_mut(place as usize));
                    if let Some(text) = text {
                        *text = Some(at as u32);
                    }
                    Arc::clone(&none)
                }
            };
            by_key.insert((entry.source, &*entry.of), Arc::clone(&edges));
            all.push(edges);
        }
        self.edges = all;
    }

    fn add_classes(
        &mut self,
        classifiers: &Classifiers,
        corpus: &Corpus,
        objective_edges: &ObjectiveEdges<'_>,
    ) {
        let objectives = classifiers.objectives.classes.iter();
        let objectives = objectives
            .map(|id| objective_edges.get(id.as_str()).map_or_else(|| Arc::from([]), Arc::clone))
            .collect();
        let judgements = classifiers.judgements.classes.iter();
        let judgements = judgements.map(|names| self.judged_edges(names, corpus)).collect();
        self.class_edges = [objectives, judgements];
    }

    /// The controls of judgements that are joined by `+`.
    fn judged_edges(&self, names: &str, corpus: &Corpus) -> Arc<[Edge]> {
        let mut edges: Vec<Edge> = Vec::new();
        for (framework, id) in names.split('+').filter_map(|name| corpus.judgements.get(name)).flatten() {
            let key = (Arc::from(framework.as_str()), Arc::from(id.as_str()));
            let Some(place) = self.places.get(&key) else { continue };
            if !edges.iter().any(|(other, _)| other == place) {
                edges.push((*place, 1.0));
            }
        }
        Arc::from(edges)
    }

    fn objective_edges<'a>(&self, by_objective: &'a ByObjective) -> ObjectiveEdges<'a> {
        by_objective.iter().map(|(objective, edges)| (&**objective, self.weighted(edges))).collect()
    }

    fn weighted(&self, edges: &[ControlRef]) -> Arc<[Edge]> {
        let weighted = edges.iter().filter_map(|edge| {
            let place = self.places.get(&(Arc::clone(&edge.framework), Arc::clone(&edge.id)))?;
            let weight = if edge.strength == Strength::Fully { 1.0 } else { PART };
            Some((*place, weight))
        });
        weighted.collect()
    }
}

fn popularity(controls: usize, objective_edges: &ObjectiveEdges<'_>) -> Vec<f32> {
    let mut counts = vec![0.0_f32; controls];
    for (place, weight) in objective_edges.values().flat_map(|edges| edges.iter()) {
        if let Some(count) = counts.get_mut(*place as usize) {
            *count += weight;
        }
    }
    counts.into_iter().map(|count| (count + 0.5).ln()).collect()
}
