//! Joins the texts of the index to the controls of the frameworks at hand.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use compline_frameworks::feedback::normal_subject;
use compline_frameworks::{ControlRef, Library, Strength};
use compline_rules::RuleSet;

use super::super::embed::Embedder;
use super::super::neighbours::Edge;
use super::super::stock::{Entry, Source};
use super::Mapper;

/// What an edge that shows a part of a control weighs against one that shows the whole.
const PART: f32 = 0.6;

impl Mapper {
    /// Takes in what the build did not know: a user's rules, and what a user confirmed.
    pub(super) fn add_new_texts(&mut self, rules: &RuleSet) -> Result<(), String> {
        let known: HashSet<String> = self
            .stock
            .entries
            .iter()
            .filter(|entry| entry.source == Source::Rule)
            .map(|entry| format!("{}\n{}", entry.of, entry.text))
            .collect();
        let in_force: HashSet<&str> = rules.infos().map(|rule| rule.id.as_str()).collect();
        let mut new = Vec::new();
        for rule in rules.infos() {
            let text = rule_text(&rule.id, &rule.title);
            if !known.contains(&format!("{}\n{text}", rule.id)) {
                new.push(Entry { source: Source::Rule, of: rule.id.clone(), about: String::new(), text });
            }
        }
        let texts: HashMap<String, String> =
            new.iter().map(|entry| (entry.of.clone(), entry.text.clone())).collect();
        for mapping in self.mappings.confirmed() {
            new.push(Entry {
                source: Source::Confirmed,
                of: mapping.control.clone(),
                about: mapping.framework.clone(),
                text: mapping.subject.clone(),
            });
        }
        if !new.is_empty() {
            let embedder: Arc<dyn Embedder> = match &self.named {
                Some(embedder) => Arc::clone(embedder),
                None => Arc::clone(self.builtin().ok_or("the built-in model cannot be read")?) as _,
            };
            for entry in new {
                self.stock.add(entry, &*embedder, &self.terms)?;
            }
        }
        self.names = self
            .stock
            .entries
            .iter()
            .map(|entry| (Arc::from(entry.of.as_str()), Arc::from(entry.text.as_str())))
            .collect();
        // A built-in rule that is not in force, or that a user's own replaced, has no vote.
        self.sources = self.stock.entries.iter().map(|entry| entry.source).collect();
        for (entry, source) in self.stock.entries.iter().zip(&mut self.sources) {
            let replaced = texts.get(&entry.of).is_some_and(|text| *text != entry.text);
            if *source == Source::Rule && (replaced || !in_force.contains(entry.of.as_str())) {
                *source = Source::Control;
            }
        }
        Ok(())
    }

    /// Joins the texts to the controls of these frameworks.
    pub(super) fn join(&mut self, library: &Library, rules: &RuleSet) {
        let wanted = library.controls_by_objective();
        for control in wanted.values().flatten() {
            self.place_of(&control.framework, &control.id);
        }
        let judgements = std::mem::take(&mut self.stock.judgements);
        for (framework, id) in judgements.values().flatten() {
            if library.info(framework).is_some() {
                let framework: Arc<str> = Arc::from(framework.as_str());
                self.place_of(&framework, &Arc::from(id.as_str()));
                if !self.judged.contains(&framework) {
                    self.judged.push(framework);
                }
            }
        }
        // Sums of popularity follow its order, so it must be the same at each start.
        let objective_edges: BTreeMap<&str, Arc<[Edge]>> =
            wanted.iter().map(|(objective, list)| (&**objective, self.edges_of(list))).collect();
        let none: Arc<[Edge]> = Arc::from([]);
        let mut by_key: BTreeMap<(Source, &str), Arc<[Edge]>> = BTreeMap::new();
        let mut edges = Vec::with_capacity(self.stock.entries.len());
        let mut texts = vec![None; self.controls.len()];
        for (at, entry) in self.stock.entries.iter().enumerate() {
            if let Some(known) = by_key.get(&(entry.source, &*entry.of)).filter(|_| entry.about.is_empty()) {
                edges.push(Arc::clone(known));
                continue;
            }
            let found: Arc<[Edge]> = match entry.source {
                Source::Exemplar => {
                    objective_edges.get(&*entry.of).map_or_else(|| Arc::clone(&none), Arc::clone)
                }
                Source::Rule => self.edges_of(library.controls_of(&entry.of)),
                Source::Judged => self.judged_edges(&entry.of, &judgements),
                Source::Confirmed | Source::Control => {
                    let key = (Arc::from(entry.about.as_str()), Arc::from(entry.of.as_str()));
                    match (entry.source, self.places.get(&key)) {
                        (Source::Confirmed, Some(place)) => Arc::from([(*place, 1.0)]),
                        (Source::Control, Some(place)) => {
                            if let Some(text) = texts.get_mut(*place as usize) {
                                *text = Some(at as u32);
                            }
                            Arc::clone(&none)
                        }
                        _ => Arc::clone(&none),
                    }
                }
            };
            by_key.insert((entry.source, &*entry.of), Arc::clone(&found));
            edges.push(found);
        }
        let mut counts = vec![0.0_f32; self.controls.len()];
        for (at, strength) in objective_edges.values().flat_map(|edges| edges.iter()) {
            if let Some(count) = counts.get_mut(*at as usize) {
                *count += strength;
            }
        }
        self.popularity = counts.into_iter().map(|count| (count + 0.5).ln()).collect();
        self.edges = edges;
        self.texts = texts;
        self.stock.judgements = judgements;
        self.join_classes(library);
        self.wanting = wanted.into_iter().collect();
        for rule in rules.infos() {
            let id: Arc<str> = Arc::from(rule.id.as_str());
            let names = [rule.id.as_str(), rule.title.as_str()].into_iter();
            for name in names.chain(rule.aliases.values().flatten().map(String::as_str)) {
                self.known.entry(normal_subject(name)).or_insert_with(|| Arc::clone(&id));
            }
            self.curated.insert(id, library.controls_of(&rule.id).to_vec());
        }
    }

    /// Joins what the classifiers tell apart to the controls.
    pub(super) fn join_classes(&mut self, library: &Library) {
        let wanted = library.controls_by_objective();
        let objectives = self.classifiers.objectives.classes.iter();
        let objectives = objectives
            .map(|name| wanted.get(name.as_str()).map_or_else(|| Arc::from([]), |list| self.edges_of(list)));
        let judgements = self.classifiers.judgements.classes.iter();
        let judgements = judgements.map(|names| self.judged_edges(names, &self.stock.judgements));
        self.class_edges = [objectives.collect(), judgements.collect()];
    }

    /// The controls of judgements that are joined by `+`.
    fn judged_edges(&self, names: &str, judgements: &BTreeMap<String, Vec<(String, String)>>) -> Arc<[Edge]> {
        let mut list: Vec<Edge> = Vec::new();
        for (framework, id) in names.split('+').filter_map(|name| judgements.get(name)).flatten() {
            let key = (Arc::from(framework.as_str()), Arc::from(id.as_str()));
            let Some(place) = self.places.get(&key) else { continue };
            if !list.iter().any(|(known, _)| known == place) {
                list.push((*place, 1.0));
            }
        }
        Arc::from(list)
    }

    fn place_of(&mut self, framework: &Arc<str>, id: &Arc<str>) -> u32 {
        let next = self.controls.len() as u32;
        let place = *self.places.entry((Arc::clone(framework), Arc::clone(id))).or_insert(next);
        if place == next {
            self.controls.push((Arc::clone(framework), Arc::clone(id)));
        }
        place
    }

    fn edges_of(&self, edges: &[ControlRef]) -> Arc<[Edge]> {
        edges
            .iter()
            .filter_map(|edge| {
                let place = self.places.get(&(Arc::clone(&edge.framework), Arc::clone(&edge.id)))?;
                Some((*place, weight(edge.strength)))
            })
            .collect()
    }
}

fn weight(strength: Strength) -> f32 {
    match strength {
        Strength::Fully => 1.0,
        Strength::Partly => PART,
    }
}

/// The words a rule is found by; the build script writes the same.
pub(in super::super) fn rule_text(id: &str, title: &str) -> String {
    format!("{title} {}", id.replace('-', " "))
}
