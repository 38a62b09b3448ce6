//! Which controls a text, a resource or another scanner's finding bears on, how surely, and why.

mod join;
mod measure;

pub use measure::Scored;

#[cfg(feature = "fastembed")]
pub(super) use join::rule_text;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use compline_frameworks::feedback::{Mappings, normal_subject};
use compline_frameworks::{ControlRef, Library, Provenance};
use compline_iac::Resource;
use compline_rules::RuleSet;

use super::classifier::{Classifier, Classifiers};
use super::embed::{Embedder, ModelFiles, StaticEmbedder};
use super::fusion::Fusion;
#[cfg(feature = "fastembed")]
use super::known::Known;
use super::likeness::Likeness;
use super::neighbours::{Candidate, Classes, Edge, Scores, Voter, candidates};
use super::stock::{Source, Stock};
use super::words::Terms;

static STOCK: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/stock.bin"));
/// Likenesses of the full model lie otherwise, so votes by them are worth something else.
#[cfg(feature = "fastembed")]
static FULL_FUSION: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/full-fusion.bin"));
/// What `--fit` of the example `control_index` makes.
static CLASSIFIERS: &[u8] = include_bytes!("../model/classifiers.bin");

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
pub struct Mapped {
    pub framework: Arc<str>,
    /// As published.
    pub id: Arc<str>,
    pub tier: Tier,
    /// The probability that it bears; 1 for what is curated or confirmed.
    pub score: f32,
    pub provenance: Provenance,
    /// The known texts that spoke for it, best first; empty for what is curated or confirmed.
    pub via: Vec<Neighbour>,
}

/// A known text like the query.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbour {
    pub source: Source,
    /// The rule's id, the objective's id, or the judgement.
    pub of: Arc<str>,
    pub text: Arc<str>,
    /// Its likeness, 0 to 1.
    pub near: f32,
    /// The query's words it shares; empty when only its meaning is like.
    pub matched: Arc<[Arc<str>]>,
}

/// The index behind `compline map`.
pub struct Mapper {
    stock: Stock,
    fusion: Fusion,
    sources: Vec<Source>,
    /// Of each entry, what it stands for and its text.
    names: Vec<(Arc<str>, Arc<str>)>,
    edges: Vec<Arc<[Edge]>>,
    controls: Vec<(Arc<str>, Arc<str>)>,
    places: HashMap<(Arc<str>, Arc<str>), u32>,
    texts: Vec<Option<u32>>,
    popularity: Vec<f32>,
    /// Frameworks judged texts vote in.
    judged: Vec<Arc<str>>,
    /// Rule titles, ids and aliases in normal spelling → what is curated.
    known: HashMap<String, Arc<str>>,
    curated: HashMap<Arc<str>, Vec<ControlRef>>,
    /// Objective → the controls that want it.
    wanting: HashMap<Arc<str>, Vec<ControlRef>>,
    mappings: Mappings,
    terms: Terms,
    likeness: Likeness,
    classifiers: Classifiers,
    /// Of each class of the two: what it leads to.
    class_edges: [Vec<Arc<[Edge]>>; 2],
    /// The model texts are compared by, where it is not the built-in one.
    named: Option<Arc<dyn Embedder>>,
    builtin: OnceLock<Arc<StaticEmbedder>>,
}

impl std::fmt::Debug for Mapper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mapper").field("entries", &self.stock.entries.len()).finish_non_exhaustive()
    }
}

impl Mapper {
    /// Opens the built-in index for these frameworks and rules.
    ///
    /// # Errors
    /// That a user's rules could not be taken in.
    pub fn open(library: &Library, rules: &RuleSet, mappings: Mappings) -> Result<Self, String> {
        Self::open_stock(read(STOCK)?, library, rules, mappings, None)
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
        known: &Known,
    ) -> Result<Self, String> {
        let (mut stock, _): (Stock, Fusion) = read(STOCK)?;
        let texts = stock.entries.iter().map(|entry| entry.text.as_str());
        stock.vectors = known.vectors_of(texts, &*embedder)?;
        let likeness = known.likeness()?;
        let fusion = read(FULL_FUSION)?;
        Self::open_stock((stock, fusion), library, rules, mappings, Some((embedder, likeness)))
    }

    fn open_stock(
        (stock, fusion): (Stock, Fusion),
        library: &Library,
        rules: &RuleSet,
        mappings: Mappings,
        named: Option<(Arc<dyn Embedder>, Likeness)>,
    ) -> Result<Self, String> {
        let (named, likeness) = named.unzip();
        let likeness = likeness.unwrap_or(Likeness::FITTED);
        let mut mapper = Self {
            stock,
            fusion,
            sources: Vec::new(),
            names: Vec::new(),
            edges: Vec::new(),
            controls: Vec::new(),
            places: HashMap::new(),
            texts: Vec::new(),
            popularity: Vec::new(),
            judged: Vec::new(),
            known: HashMap::new(),
            curated: HashMap::new(),
            wanting: HashMap::new(),
            mappings: if mappings.is_empty() { mappings } else { mappings.resolved(library.frameworks()) },
            terms: Terms::default(),
            likeness,
            classifiers: read(CLASSIFIERS)?,
            class_edges: [Vec::new(), Vec::new()],
            named,
            builtin: OnceLock::new(),
        };
        mapper.add_new_texts(rules)?;
        mapper.join(library, rules);
        Ok(mapper)
    }

    /// Whether scores and tiers mean what they say: not where they were fitted with another model's likenesses.
    pub fn is_calibrated(&self) -> bool {
        self.likeness.calibrated
    }

    /// The controls a text bears on, surest first; nothing when it is like nothing known.
    pub fn map_text(&self, query: &str) -> Vec<Mapped> {
        self.map_known(query, query)
    }

    /// The controls another scanner's or a rule's id stands for; none when nobody here knows it.
    pub fn map_id(&self, id: &str) -> Option<Vec<Mapped>> {
        let id = id.trim();
        if let Some(rule) = spellings(id).find_map(|id| self.known.get(&normal_subject(id))) {
            return Some(self.correct(id, self.curated_of(rule)));
        }
        Some(self.correct(id, self.wanting(&self.asked(id)?)))
    }

    /// Whether an id is known for a check that bears on no control.
    pub fn is_nothing(&self, id: &str) -> bool {
        self.asked(id.trim()).is_some_and(|asked| asked.is_empty())
    }

    /// The objectives a check that no rule stands for asks for; nothing when nobody here knows it.
    fn asked(&self, id: &str) -> Option<Vec<&str>> {
        spellings(id).find_map(|id| self.stock.checks.asked(id))
    }

    /// The checks of other scanners that no rule stands for.
    #[cfg(test)]
    pub(crate) fn checks(&self) -> &super::stock::Checks {
        &self.stock.checks
    }

    /// The controls a resource bears on, by what it is and says.
    pub fn map_resource(&self, resource: &Resource) -> Vec<Mapped> {
        let found = self.map_known(&resource.kind, &super::query::resource_query(resource));
        self.correct(&resource.address, found)
    }

    /// As [`Mapper::map_text`], with what people confirmed and rejected taken from `subject`.
    pub fn map_known(&self, subject: &str, query: &str) -> Vec<Mapped> {
        self.map_above(subject, query, 1.0)
    }

    /// As [`Mapper::map_known`], with the bar for a suggestion at a part of its height.
    pub(crate) fn map_above(&self, subject: &str, query: &str, bar: f32) -> Vec<Mapped> {
        if let Some(found) = self.map_id(query) {
            return self.correct(subject, found);
        }
        let terms = self.terms.of(query);
        if terms.is_empty() {
            return self.correct(subject, Vec::new());
        }
        // The same few texts speak for most controls: their words are cut once.
        let terms: Vec<(Arc<str>, String)> =
            terms.into_iter().map(|(word, stem)| (Arc::from(word), stem)).collect();
        // One word says nothing of what is wrong with what: every text that has it is near.
        let may_be_sure = self.likeness.calibrated && terms.len() > 1;
        let mut known = HashMap::new();
        let mut out: Vec<(u32, Mapped)> = self
            .candidates(query, &|_| true, Some(&self.classifiers.judgements))
            .into_iter()
            .filter_map(|candidate| {
                let (framework, id) = self.controls.get(candidate.control as usize)?;
                let regression = self.regression(framework);
                let score = regression.probability(&candidate.features);
                let tier = match score {
                    score if score >= regression.mapped && may_be_sure => Tier::Mapped,
                    score if score >= regression.suggested * bar => Tier::Suggested,
                    _ => return None,
                };
                let via = self.reasons(&candidate.voters, &terms, &mut known);
                let why: Arc<str> =
                    via.first().map_or_else(|| Arc::from(""), |first| Arc::clone(&first.text));
                let provenance = Provenance::Inferred { score, why };
                let mapped = Mapped {
                    framework: Arc::clone(framework),
                    id: Arc::clone(id),
                    tier,
                    score,
                    provenance,
                    via,
                };
                Some((candidate.control, mapped))
            })
            .collect();
        out.sort_by(|(place, a), (other, b)| {
            b.tier.cmp(&a.tier).then(b.score.total_cmp(&a.score)).then(place.cmp(other))
        });
        self.correct(subject, out.into_iter().map(|(_, mapped)| mapped).collect())
    }

    fn regression(&self, framework: &str) -> &super::fusion::Regression {
        match self.judged.iter().any(|judged| **judged == *framework) {
            true => &self.fusion.judged,
            false => &self.fusion.unjudged,
        }
    }

    fn compare(&self, query: &str) -> Compared {
        let builtin = self.builtin().map(|model| model.embed(query)).unwrap_or_default();
        let mut cosines = match &self.named {
            Some(embedder) => self.stock.vectors.cosines(&embedder.embed(query)),
            None if builtin.is_empty() => vec![0.0; self.stock.entries.len()],
            None => self.stock.vectors.cosines(&builtin),
        };
        self.likeness.read(&mut cosines);
        let stems: Vec<String> = self.terms.of(query).into_iter().map(|(_, stem)| stem).collect();
        let (mut shares, whole) = self.stock.matches(&stems);
        shares.iter_mut().for_each(|share| *share = (*share / whole).min(1.0));
        Compared { cosines, shares, stems, builtin }
    }

    fn candidates(
        &self,
        query: &str,
        admitted: &dyn Fn(u32) -> bool,
        judgements: Option<&Classifier>,
    ) -> Vec<Candidate> {
        let Compared { cosines, shares, stems, builtin } = self.compare(query);
        let parts = self.classifiers.vocabulary.read(&stems, &builtin);
        let [objective_edges, judgement_edges] = &self.class_edges;
        let told = |classifier: &Classifier, edges: &[Arc<[Edge]>]| {
            Classes::of(&classifier.probabilities(&parts), edges, self.controls.len())
        };
        let scores = Scores {
            sources: &self.sources,
            cosines: &cosines,
            shares: &shares,
            edges: &self.edges,
            texts: &self.texts,
            popularity: &self.popularity,
            classes: [
                told(&self.classifiers.objectives, objective_edges),
                judgements.map(|classifier| told(classifier, judgement_edges)).unwrap_or_default(),
            ],
        };
        candidates(&scores, admitted)
    }

    fn reasons(
        &self,
        voters: &[Voter],
        terms: &[(Arc<str>, String)],
        known: &mut HashMap<u32, Arc<[Arc<str>]>>,
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
            let matched = known.entry(voter.entry).or_insert_with(|| {
                let mut matched: Vec<Arc<str>> = Vec::new();
                for (word, stem) in terms {
                    if self.stock.holds(voter.entry, stem) && !matched.contains(word) {
                        matched.push(Arc::clone(word));
                    }
                }
                Arc::from(matched)
            });
            out.push(Neighbour {
                source: self.sources.get(voter.entry as usize).copied().unwrap_or(Source::Control),
                of: Arc::clone(of),
                text: Arc::clone(text),
                near: voter.near,
                matched: Arc::clone(matched),
            });
        }
        out
    }

    fn curated_of(&self, rule: &str) -> Vec<Mapped> {
        let edges = self.curated.get(rule).map(Vec::as_slice).unwrap_or_default();
        let told = edges.iter().map(|edge| Mapped {
            framework: Arc::clone(&edge.framework),
            id: Arc::clone(&edge.id),
            tier: Tier::Mapped,
            score: 1.0,
            provenance: edge.provenance.clone(),
            via: vec![Neighbour {
                source: Source::Rule,
                of: Arc::from(rule),
                text: Arc::from(edge.objective.as_deref().unwrap_or_default()),
                near: 1.0,
                matched: Arc::from([]),
            }],
        });
        told.collect()
    }

    fn wanting(&self, objectives: &[&str]) -> Vec<Mapped> {
        let mut out: Vec<Mapped> = Vec::new();
        for objective in objectives {
            for edge in self.wanting.get(*objective).into_iter().flatten() {
                if out.iter().any(|one| one.framework == edge.framework && one.id == edge.id) {
                    continue;
                }
                out.push(Mapped {
                    framework: Arc::clone(&edge.framework),
                    id: Arc::clone(&edge.id),
                    tier: Tier::Mapped,
                    score: 1.0,
                    provenance: edge.provenance.clone(),
                    via: vec![Neighbour {
                        source: Source::Exemplar,
                        of: Arc::from(*objective),
                        text: Arc::from(*objective),
                        near: 1.0,
                        matched: Arc::from([]),
                    }],
                });
            }
        }
        out
    }

    /// What people confirmed comes first; what they rejected never comes back.
    fn correct(&self, subject: &str, mut found: Vec<Mapped>) -> Vec<Mapped> {
        for mapping in self.mappings.latest_for(subject) {
            let is = |one: &Mapped| *one.framework == *mapping.framework && *one.id == *mapping.control;
            found.retain(|one| !is(one));
            if mapping.confirmed {
                let one = Mapped {
                    framework: Arc::from(mapping.framework.as_str()),
                    id: Arc::from(mapping.control.as_str()),
                    tier: Tier::Mapped,
                    score: 1.0,
                    provenance: Provenance::Confirmed {
                        by: Arc::from(mapping.by.as_str()),
                        date: Arc::from(mapping.date.as_str()),
                    },
                    via: Vec::new(),
                };
                found.insert(0, one);
            }
        }
        found
    }

    /// The built-in model, loaded when it is first needed; none if it cannot be, which a test rules out.
    fn builtin(&self) -> Option<&Arc<StaticEmbedder>> {
        if self.builtin.get().is_none() {
            let loaded = StaticEmbedder::load(builtin_model()).ok()?;
            let _ = self.builtin.set(Arc::new(loaded));
        }
        self.builtin.get()
    }
}

/// An id as it is given, and without the prefix that Trivy's ids come with and without.
fn spellings(id: &str) -> impl Iterator<Item = &str> {
    [Some(id), id.strip_prefix("AVD-")].into_iter().flatten()
}

/// A query beside everything in the index.
struct Compared {
    cosines: Vec<f32>,
    /// The share of the query's words found.
    shares: Vec<f32>,
    stems: Vec<String>,
    /// The query's vector by the built-in model.
    builtin: Vec<f32>,
}

/// Everything that may vote and every control's own text, as it is embedded.
#[cfg(feature = "fastembed")]
pub(super) fn stock_texts() -> Result<Vec<String>, String> {
    let (stock, _): (Stock, Fusion) = read(STOCK)?;
    Ok(stock.entries.into_iter().map(|entry| entry.text).collect())
}

fn read<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    postcard::from_bytes(bytes)
        .map_err(|error| format!("the built-in index cannot be read: {error}; build the program again"))
}

/// The files of the model that is compiled in.
pub fn builtin_model() -> ModelFiles<'static> {
    ModelFiles {
        weights: include_bytes!("../model/model.safetensors"),
        tokenizer: include_bytes!("../model/tokenizer.json"),
        field_words: include_str!("../model/field-words.txt"),
        provenance: include_str!("../model/provenance.json"),
    }
}
