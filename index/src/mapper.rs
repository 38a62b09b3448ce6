//! Which controls a text, a resource or another scanner's check bears on, how surely, and why.

mod graph;
mod measure;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use compline_frameworks::feedback::{Mappings, normal_subject};
use compline_frameworks::{ControlRef, Library, Provenance};
use compline_iac::Resource;
use compline_rules::RuleSet;

use super::builtin;
use super::calibration::Calibration;
use super::checks::ExternalChecks;
use super::classifier::{Classifier, Classifiers};
use super::corpus::{Corpus, Entry, Source, rule_text};
use super::embed::{Embedder, StaticEmbedder};
#[cfg(feature = "fastembed")]
use super::embeddings::Embeddings;
use super::fusion::{Fusion, Regression};
use super::neighbours::{Candidate, Classes, Edge, Scores, Voter, candidates};
use super::words::Terms;
use graph::ControlGraph;

pub use measure::Scored;

/// Neighbours named as the reason.
const REASONS: usize = 4;

/// How surely a control is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// For a person to confirm.
    Suggested,
    /// As sure as careful people agree.
    Mapped,
}

/// One control a query bears on.
#[derive(Debug, Clone, PartialEq)]
pub struct ControlMatch {
    pub framework: Arc<str>,
    /// As published.
    pub id: Arc<str>,
    pub tier: Tier,
    /// The probability that it bears; 1 for what is curated or confirmed.
    pub score: f32,
    pub provenance: Provenance,
    /// What spoke for it, best first; empty for what a person confirmed.
    pub neighbours: Vec<Neighbour>,
}

/// A text of the corpus that is like the query.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbour {
    pub source: Source,
    /// The rule's id, the objective's id, or the judgement.
    pub of: Arc<str>,
    pub text: Arc<str>,
    /// 0 to 1.
    pub similarity: f32,
    /// The query's words it shares; empty when only its meaning is like.
    pub matched: Arc<[Arc<str>]>,
}

/// The index behind `compline map`.
pub struct Mapper {
    corpus: Corpus,
    fusion: Fusion,
    calibration: Calibration,
    classifiers: Classifiers,
    terms: Terms,
    /// Of each entry of the corpus: whose vote it has. A rule that is not in force has none, as a control has none.
    sources: Vec<Source>,
    /// Of each entry of the corpus: what it stands for and its text.
    names: Vec<(Arc<str>, Arc<str>)>,
    graph: ControlGraph,
    curated: Curated,
    mappings: Mappings,
    /// The model texts are compared by, where it is not the built-in one.
    embedder: Option<Arc<dyn Embedder>>,
    builtin_embedder: OnceLock<Arc<StaticEmbedder>>,
}

/// What is written down and never inferred.
#[derive(Default)]
struct Curated {
    /// Rule titles, ids and aliases in normal spelling → the rule.
    rule_names: HashMap<String, Arc<str>>,
    of_rule: HashMap<Arc<str>, Vec<ControlRef>>,
    of_objective: BTreeMap<Arc<str>, Vec<ControlRef>>,
}

impl std::fmt::Debug for Mapper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mapper").field("entries", &self.corpus.entries.len()).finish_non_exhaustive()
    }
}

impl Mapper {
    /// Opens the built-in index for these frameworks and rules.
    ///
    /// # Errors
    /// That a user's rules could not be taken in.
    pub fn open(library: &Library, rules: &RuleSet, mappings: Mappings) -> Result<Self, String> {
        let (corpus, fusion) = builtin::corpus()?;
        Self::of(
            Model { corpus, fusion, calibration: Calibration::FITTED, embedder: None },
            library,
            rules,
            mappings,
        )
    }

    /// As [`Mapper::open`], with another model and what it made of texts. Texts that are not among them are embedded
    /// here, which takes it milliseconds each. Nothing is called mapped on the word of a model that the fusion was not
    /// fitted with.
    ///
    /// # Errors
    /// As [`Mapper::open`], and that the model is another one than the vectors were made with.
    #[cfg(feature = "fastembed")]
    pub fn open_with(
        library: &Library,
        rules: &RuleSet,
        mappings: Mappings,
        embedder: Arc<dyn Embedder>,
        embeddings: &Embeddings,
    ) -> Result<Self, String> {
        let (mut corpus, _) = builtin::corpus()?;
        let texts = corpus.entries.iter().map(|entry| entry.text.as_str());
        corpus.vectors = embeddings.vectors_of(texts, &*embedder)?;
        let (calibration, fusion) = (embeddings.calibration()?, builtin::reference_fusion()?);
        Self::of(Model { corpus, fusion, calibration, embedder: Some(embedder) }, library, rules, mappings)
    }

    fn of(model: Model, library: &Library, rules: &RuleSet, mappings: Mappings) -> Result<Self, String> {
        let Model { corpus, fusion, calibration, embedder } = model;
        let mut mapper = Self {
            corpus,
            fusion,
            calibration,
            classifiers: builtin::classifiers()?,
            terms: Terms::default(),
            sources: Vec::new(),
            names: Vec::new(),
            graph: ControlGraph::default(),
            curated: Curated::of(library, rules),
            mappings: if mappings.is_empty() { mappings } else { mappings.resolved(library.frameworks()) },
            embedder,
            builtin_embedder: OnceLock::new(),
        };
        mapper.add_new_texts(rules)?;
        mapper.graph =
            ControlGraph::of(&mapper.corpus, &mapper.classifiers, library, &mapper.curated.of_objective);
        Ok(mapper)
    }

    /// Whether scores and tiers mean what they say: not where they were fitted with another model's similarities.
    pub fn is_calibrated(&self) -> bool {
        self.calibration.is_fitted
    }

    /// The controls a text bears on, surest first; nothing when it is like nothing in the corpus.
    pub fn map_text(&self, query: &str) -> Vec<ControlMatch> {
        self.map_for_subject(query, query)
    }

    /// The controls another scanner's or a rule's id stands for; none when nobody here knows it.
    pub fn map_id(&self, id: &str) -> Option<Vec<ControlMatch>> {
        let id = id.trim();
        if let Some(rule) = id_spellings(id).find_map(|id| self.curated.rule_names.get(&normal_subject(id))) {
            return Some(self.apply_mappings(id, self.curated.controls_of_rule(rule)));
        }
        let objectives = self.objectives_of_check(id)?;
        Some(self.apply_mappings(id, self.curated.controls_of_objectives(&objectives)))
    }

    /// Whether an id is known for a check that bears on no control.
    pub fn bears_on_nothing(&self, id: &str) -> bool {
        self.objectives_of_check(id.trim()).is_some_and(|objectives| objectives.is_empty())
    }

    /// The objectives a check that no rule stands for asks for; nothing when nobody here knows it.
    fn objectives_of_check(&self, id: &str) -> Option<Vec<&str>> {
        id_spellings(id).find_map(|id| self.corpus.checks.objectives_of(id))
    }

    /// The checks of other scanners that no rule stands for.
    pub fn checks(&self) -> &ExternalChecks {
        &self.corpus.checks
    }

    /// The controls a resource bears on, by what it is and says.
    pub fn map_resource(&self, resource: &Resource) -> Vec<ControlMatch> {
        let found = self.map_for_subject(&resource.kind, &super::query::resource_query(resource));
        self.apply_mappings(&resource.address, found)
    }

    /// As [`Mapper::map_text`], with what people confirmed and rejected taken from `subject`.
    pub fn map_for_subject(&self, subject: &str, query: &str) -> Vec<ControlMatch> {
        self.map_with_threshold(subject, query, 1.0)
    }

    /// As [`Mapper::map_for_subject`], with the threshold of a suggestion at a part of its height.
    pub(crate) fn map_with_threshold(&self, subject: &str, query: &str, part: f32) -> Vec<ControlMatch> {
        if let Some(found) = self.map_id(query) {
            return self.apply_mappings(subject, found);
        }
        let terms = self.terms.of(query);
        if terms.is_empty() {
            return self.apply_mappings(subject, Vec::new());
        }
        let terms: Vec<(Arc<str>, String)> =
            terms.into_iter().map(|(word, stem)| (Arc::from(word), stem)).collect();
        // One word says nothing of what is wrong with what: every text that has it is near.
        let may_be_mapped = self.calibration.is_fitted && terms.len() > 1;
        // The same few texts speak for most controls: the words they share with the query are looked up once.
        let mut shared_words = HashMap::new();
        let mut out: Vec<(u32, ControlMatch)> = self
            .candidates(query, &|_| true, Some(&self.classifiers.judgements))
            .into_iter()
            .filter_map(|candidate| {
                let (framework, id) = self.graph.control(candidate.control)?;
                let regression = self.regression(framework);
                let score = regression.probability(&candidate.features);
                let tier = match score {
                    score if score >= regression.mapped && may_be_mapped => Tier::Mapped,
                    score if score >= regression.suggested * part => Tier::Suggested,
                    _ => return None,
                };
                let neighbours = self.reasons(&candidate.voters, &terms, &mut shared_words);
                let why = neighbours.first().map_or_else(|| Arc::from(""), |first| Arc::clone(&first.text));
                let mapped = ControlMatch {
                    framework: Arc::clone(framework),
                    id: Arc::clone(id),
                    tier,
                    score,
                    provenance: Provenance::Inferred { score, why },
                    neighbours,
                };
                Some((candidate.control, mapped))
            })
            .collect();
        out.sort_by(|(place, a), (other, b)| {
            b.tier.cmp(&a.tier).then(b.score.total_cmp(&a.score)).then(place.cmp(other))
        });
        self.apply_mappings(subject, out.into_iter().map(|(_, mapped)| mapped).collect())
    }

    fn regression(&self, framework: &str) -> &Regression {
        if self.graph.is_judged(framework) { &self.fusion.judged } else { &self.fusion.unjudged }
    }

    fn compare(&self, query: &str) -> Comparison {
        let builtin_vector = self.builtin_embedder().map(|model| model.embed(query)).unwrap_or_default();
        let mut cosines = match &self.embedder {
            Some(embedder) => self.corpus.vectors.cosines(&embedder.embed(query)),
            None if builtin_vector.is_empty() => vec![0.0; self.corpus.entries.len()],
            None => self.corpus.vectors.cosines(&builtin_vector),
        };
        self.calibration.apply(&mut cosines);
        let stems: Vec<String> = self.terms.of(query).into_iter().map(|(_, stem)| stem).collect();
        let (mut shares, best_possible) = self.corpus.matches(&stems);
        shares.iter_mut().for_each(|share| *share = (*share / best_possible).min(1.0));
        Comparison { cosines, shares, stems, builtin_vector }
    }

    fn candidates(
        &self,
        query: &str,
        admitted: &dyn Fn(u32) -> bool,
        judgements: Option<&Classifier>,
    ) -> Vec<Candidate> {
        let Comparison { cosines, shares, stems, builtin_vector } = self.compare(query);
        let features = self.classifiers.vocabulary.features(&stems, &builtin_vector);
        let [objective_edges, judgement_edges] = &self.graph.class_edges;
        let classes = |classifier: &Classifier, edges: &[Arc<[Edge]>]| {
            Classes::of(&classifier.probabilities(&features), edges, self.graph.len())
        };
        let scores = Scores {
            sources: &self.sources,
            cosines: &cosines,
            shares: &shares,
            edges: &self.graph.edges,
            control_texts: &self.graph.texts,
            popularity: &self.graph.popularity,
            classes: [
                classes(&self.classifiers.objectives, objective_edges),
                judgements.map(|classifier| classes(classifier, judgement_edges)).unwrap_or_default(),
            ],
        };
        candidates(&scores, admitted)
    }

    /// The first few texts that voted, each once.
    fn reasons(
        &self,
        voters: &[Voter],
        terms: &[(Arc<str>, String)],
        shared_words: &mut HashMap<u32, Arc<[Arc<str>]>>,
    ) -> Vec<Neighbour> {
        let mut out: Vec<Neighbour> = Vec::with_capacity(REASONS);
        let mut seen = [u32::MAX; REASONS];
        for voter in voters {
            if out.len() == REASONS {
                break;
            }
            let Some((of, text)) = self.names.get(voter.entry as usize) else { continue };
            if seen.contains(&voter.entry) {
                continue;
            }
            if let Some(place) = seen.get_mut(out.len()) {
                *place = voter.entry;
            }
            let matched = shared_words.entry(voter.entry).or_insert_with(|| {
                let mut matched: Vec<Arc<str>> = Vec::new();
                for (word, stem) in terms {
                    if self.corpus.has_stem(voter.entry, stem) && !matched.contains(word) {
                        matched.push(Arc::clone(word));
                    }
                }
                Arc::from(matched)
            });
            out.push(Neighbour {
                source: self.sources.get(voter.entry as usize).copied().unwrap_or(Source::Control),
                of: Arc::clone(of),
                text: Arc::clone(text),
                similarity: voter.similarity,
                matched: Arc::clone(matched),
            });
        }
        out
    }

    /// What people confirmed comes first; what they rejected never comes back.
    fn apply_mappings(&self, subject: &str, mut found: Vec<ControlMatch>) -> Vec<ControlMatch> {
        for mapping in self.mappings.latest_for(subject) {
            found.retain(|one| *one.framework != *mapping.framework || *one.id != *mapping.control);
            if mapping.confirmed {
                let one = ControlMatch {
                    framework: Arc::from(mapping.framework.as_str()),
                    id: Arc::from(mapping.control.as_str()),
                    tier: Tier::Mapped,
                    score: 1.0,
                    provenance: Provenance::Confirmed {
                        by: Arc::from(mapping.by.as_str()),
                        date: Arc::from(mapping.date.as_str()),
                    },
                    neighbours: Vec::new(),
                };
                found.insert(0, one);
            }
        }
        found
    }

    /// Takes in what the build did not know: a user's rules, and what a user confirmed.
    fn add_new_texts(&mut self, rules: &RuleSet) -> Result<(), String> {
        let embedded: HashSet<(&str, &str)> = self
            .corpus
            .entries
            .iter()
            .filter(|entry| entry.source == Source::Rule)
            .map(|entry| (entry.of.as_str(), entry.text.as_str()))
            .collect();
        let mut new = Vec::new();
        for rule in rules.infos() {
            let text = rule_text(&rule.id, &rule.title);
            if !embedded.contains(&(rule.id.as_str(), text.as_str())) {
                new.push(Entry { source: Source::Rule, of: rule.id.clone(), about: String::new(), text });
            }
        }
        let new_rules: HashMap<String, String> =
            new.iter().map(|entry| (entry.of.clone(), entry.text.clone())).collect();
        for mapping in self.mappings.confirmed() {
            new.push(Entry {
                source: Source::Confirmed,
                of: mapping.control,
                about: mapping.framework,
                text: mapping.subject,
            });
        }
        if !new.is_empty() {
            let embedder: Arc<dyn Embedder> = match &self.embedder {
                Some(embedder) => Arc::clone(embedder),
                None => Arc::clone(self.builtin_embedder().ok_or("the built-in model cannot be read")?) as _,
            };
            for entry in new {
                self.corpus.add(entry, &*embedder, &self.terms)?;
            }
        }
        let entries = self.corpus.entries.iter();
        self.names =
            entries.map(|entry| (Arc::from(entry.of.as_str()), Arc::from(entry.text.as_str()))).collect();
        // A built-in rule that is not in force, or that a user's own replaced, has no vote.
        let in_force: HashSet<&str> = rules.infos().map(|rule| rule.id.as_str()).collect();
        let has_no_vote = |entry: &Entry| {
            let is_replaced = new_rules.get(&entry.of).is_some_and(|text| *text != entry.text);
            entry.source == Source::Rule && (is_replaced || !in_force.contains(entry.of.as_str()))
        };
        let source = |entry: &Entry| if has_no_vote(entry) { Source::Control } else { entry.source };
        self.sources = self.corpus.entries.iter().map(source).collect();
        Ok(())
    }

    /// The built-in model, loaded when it is first needed; none if it cannot be, which a test rules out.
    fn builtin_embedder(&self) -> Option<&Arc<StaticEmbedder>> {
        if self.builtin_embedder.get().is_none() {
            let loaded = StaticEmbedder::load(builtin::model()).ok()?;
            let _ = self.builtin_embedder.set(Arc::new(loaded));
        }
        self.builtin_embedder.get()
    }
}

/// What a mapper compares texts by.
struct Model {
    corpus: Corpus,
    fusion: Fusion,
    calibration: Calibration,
    /// None: the built-in one.
    embedder: Option<Arc<dyn Embedder>>,
}

/// A query beside everything in the corpus.
struct Comparison {
    cosines: Vec<f32>,
    /// The share of the query's words found.
    shares: Vec<f32>,
    stems: Vec<String>,
    /// The query's vector by the built-in model.
    builtin_vector: Vec<f32>,
}

impl Curated {
    fn of(library: &Library, rules: &RuleSet) -> Self {
        let mut out = Self { of_objective: library.controls_by_objective(), ..Self::default() };
        for rule in rules.infos() {
            let id: Arc<str> = Arc::from(rule.id.as_str());
            let names = [rule.id.as_str(), rule.title.as_str()].into_iter();
            for name in names.chain(rule.aliases.values().flatten().map(String::as_str)) {
                out.rule_names.entry(normal_subject(name)).or_insert_with(|| Arc::clone(&id));
            }
            out.of_rule.insert(id, library.controls_of(&rule.id).to_vec());
        }
        out
    }

    fn controls_of_rule(&self, rule: &str) -> Vec<ControlMatch> {
        let edges = self.of_rule.get(rule).map(Vec::as_slice).unwrap_or_default();
        let objective = |edge: &ControlRef| edge.objective.as_deref().unwrap_or_default().to_owned();
        edges.iter().map(|edge| curated(edge, Source::Rule, rule, &objective(edge))).collect()
    }

    fn controls_of_objectives(&self, objectives: &[&str]) -> Vec<ControlMatch> {
        let mut out: Vec<ControlMatch> = Vec::new();
        for objective in objectives {
            for edge in self.of_objective.get(*objective).into_iter().flatten() {
                if !out.iter().any(|one| one.framework == edge.framework && one.id == edge.id) {
                    out.push(curated(edge, Source::Exemplar, objective, objective));
                }
            }
        }
        out
    }
}

fn curated(edge: &ControlRef, source: Source, of: &str, text: &str) -> ControlMatch {
    let (of, text) = (Arc::from(of), Arc::from(text));
    ControlMatch {
        framework: Arc::clone(&edge.framework),
        id: Arc::clone(&edge.id),
        tier: Tier::Mapped,
        score: 1.0,
        provenance: edge.provenance.clone(),
        neighbours: vec![Neighbour { source, of, text, similarity: 1.0, matched: Arc::from([]) }],
    }
}

/// An id as it is given, and without the prefix that Trivy's ids come with and without.
fn id_spellings(id: &str) -> impl Iterator<Item = &str> {
    [Some(id), id.strip_prefix("AVD-")].into_iter().flatten()
}
