//! Full text over the frameworks, the objectives and the rules, in memory. Built when it is first searched.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use compline_rules::{Rule, RuleSet};
use tantivy::collector::TopDocs;
use tantivy::directory::RamDirectory;
use tantivy::indexer::SingleSegmentIndexWriter;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption, STORED, Schema, TextFieldIndexing, TextOptions, Value as _};
use tantivy::tokenizer::{
    Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer, StopWordFilter, TextAnalyzer,
    TokenizerManager,
};
use tantivy::{Index, IndexReader, ReloadPolicy, TantivyDocument, Term};

use super::{ControlIndex, Hit, HitKind};
use crate::catalogue::{Control, Framework, Objective, normal};
use crate::library::Library;

const ANALYZER: &str = "compline";
/// Tantivy asks for at least 15 MB; the built-in content needs a part of it.
const BUDGET: usize = 15_000_000;
/// An exact id outweighs any text.
const EXACT: f32 = 1000.0;

/// The index behind `compline search`.
pub struct TextIndex {
    reader: IndexReader,
    analyzer: TextAnalyzer,
    fields: Fields,
    entries: Vec<Entry>,
    /// Normal spelling of an id or alias → places in `entries`.
    by_id: HashMap<String, Vec<usize>>,
    /// Framework ids and short names in lower case → framework ids.
    frameworks: HashMap<String, Vec<Arc<str>>>,
}

#[derive(Clone, Copy)]
struct Fields {
    place: Field,
    title: Field,
    body: Field,
    near: Field,
}

impl Fields {
    /// Each field with how much a word in it weighs.
    fn weighed(self) -> [(Field, f32); 3] {
        [(self.title, 3.0), (self.body, 1.5), (self.near, 0.7)]
    }
}

/// One document.
struct Entry {
    kind: HitKind,
    framework: Arc<str>,
    id: Arc<str>,
    title: Arc<str>,
    parent: Option<String>,
    /// Its own words.
    body: String,
    /// Words of what it is joined to: a control's objectives, a rule's kinds. Controls are written for
    /// organisations, so this is where "bucket" is.
    near: String,
    withdrawn: bool,
}

impl std::fmt::Debug for TextIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TextIndex").field("entries", &self.entries.len()).finish_non_exhaustive()
    }
}

impl TextIndex {
    /// Reads everything there is to find; decodes all frameworks.
    ///
    /// # Errors
    /// What the index could not do, which is memory it could not have.
    pub fn build(library: &Library, rules: &RuleSet) -> Result<Self, String> {
        let mut entries = Vec::new();
        let mut frameworks: HashMap<String, Vec<Arc<str>>> = HashMap::new();
        for framework in library.frameworks() {
            let id: Arc<str> = Arc::from(framework.id.as_str());
            for name in [&framework.id, &framework.short] {
                let known = frameworks.entry(name.to_lowercase()).or_default();
                if !known.contains(&id) {
                    known.push(Arc::clone(&id));
                }
            }
            add_framework(framework, &id, library, &mut entries);
        }
        entries.extend(library.objectives().iter().map(objective_entry));
        entries.extend(rules.rules().map(|rule| rule_entry(rule, library)));

        let mut by_id: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, entry) in entries.iter().enumerate() {
            by_id.entry(normal(&entry.id)).or_default().push(place);
        }
        let aliases = library.frameworks().flat_map(|framework| {
            let all = framework.groups.iter().flat_map(|group| &group.controls);
            all.flat_map(move |control| {
                control.aliases.iter().map(move |alias| (&framework.id, &control.id, alias))
            })
        });
        for (framework, id, alias) in aliases {
            let owner = by_id.get(&normal(id)).into_iter().flatten().copied();
            let owner: Vec<usize> = owner
                .filter(|place| entries.get(*place).is_some_and(|e| *e.framework == **framework))
                .collect();
            let known = by_id.entry(normal(alias)).or_default();
            known.extend(owner);
        }
        let (reader, fields) =
            write(&entries).map_err(|error| format!("the index could not be built: {error}"))?;
        Ok(Self { reader, analyzer: analyzer(), fields, entries, by_id, frameworks })
    }

    /// As [`ControlIndex::search`], among documents of these kinds only.
    pub fn search_among(&self, query: &str, kinds: &[HitKind], limit: usize) -> Vec<Hit> {
        if limit == 0 {
            return Vec::new();
        }
        let (exact, rest) = self.exact(query);
        let mut seen = HashSet::new();
        let mut hits: Vec<Hit> = Vec::new();
        for (rank, (place, word)) in exact.into_iter().enumerate() {
            let Some(entry) = self.entries.get(place).filter(|entry| kinds.contains(&entry.kind)) else {
                continue;
            };
            if seen.insert(place) {
                hits.push(entry.hit(EXACT - rank as f32, vec![word]));
            }
        }
        let words = self.words(&rest);
        if !words.is_empty() {
            // Reordering by the share of matched words needs more candidates than are asked for.
            let found = self.text(&words, kinds, (limit * 4).max(64)).unwrap_or_default();
            hits.extend(
                found
                    .into_iter()
                    .filter(|(place, ..)| !seen.contains(place))
                    .filter_map(|(place, score, matched)| Some(self.entries.get(place)?.hit(score, matched))),
            );
        }
        hits.truncate(limit);
        hits
    }

    /// Documents the query names, each with the word that did, and the query without those words. A control
    /// that is all the query names is followed by its enhancements.
    fn exact(&self, query: &str) -> (Vec<(usize, String)>, String) {
        let words: Vec<&str> =
            query.split_whitespace().map(|word| word.trim_matches([',', ';', '?', '"'])).collect();
        // A framework's name limits the ids to that framework, where it has them.
        let named: Vec<&Arc<str>> =
            words.iter().filter_map(|word| self.frameworks.get(&word.to_lowercase())).flatten().collect();
        let others: Vec<&str> = words
            .iter()
            .filter(|word| !self.frameworks.contains_key(&word.to_lowercase()))
            .copied()
            .collect();
        let find = |id: &str| -> Vec<usize> {
            let all = self.by_id.get(&normal(id)).map(Vec::as_slice).unwrap_or_default();
            let mine = |place: &&usize| {
                self.entries
                    .get(**place)
                    .is_some_and(|entry| named.iter().any(|name| ***name == *entry.framework))
            };
            let narrowed: Vec<usize> = all.iter().filter(mine).copied().collect();
            if narrowed.is_empty() { all.to_vec() } else { narrowed }
        };
        let whole = others.join(" ");
        let mut found: Vec<(usize, String)> =
            find(&whole).into_iter().map(|place| (place, whole.clone())).collect();
        let mut rest = Vec::new();
        if found.is_empty() {
            for word in &others {
                // Without a digit it is a word like any other, even if some framework has a section of that name.
                let places =
                    if word.contains(|c: char| c.is_ascii_digit()) { find(word) } else { Vec::new() };
                if places.is_empty() {
                    rest.push(*word);
                }
                found.extend(places.into_iter().map(|place| (place, (*word).to_owned())));
            }
        }
        if found.is_empty() {
            return (found, query.to_owned());
        }
        if rest.is_empty() {
            let owners: Vec<(usize, String)> = found.clone();
            for (owner, word) in owners {
                let Some(owner) = self.entries.get(owner).filter(|entry| entry.kind == HitKind::Control)
                else {
                    continue;
                };
                let children = self.entries.iter().enumerate().filter(|(_, entry)| {
                    entry.framework == owner.framework
                        && entry.parent.as_deref() == Some(&*owner.id)
                        && !entry.withdrawn
                });
                found.extend(children.map(|(place, _)| (place, word.clone())));
            }
        }
        (found, rest.join(" "))
    }

    /// The words of a text that can match, each with its stem, each stem once.
    fn words(&self, text: &str) -> Vec<(String, String)> {
        let mut seen = HashSet::new();
        let mut words = Vec::new();
        for (word, stem) in stems(&mut self.analyzer.clone(), text) {
            if seen.insert(stem.clone()) {
                words.push((word, stem));
            }
        }
        words
    }

    fn text(
        &self,
        words: &[(String, String)],
        kinds: &[HitKind],
        limit: usize,
    ) -> tantivy::Result<Vec<(usize, f32, Vec<String>)>> {
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        for (_, stem) in words {
            for (field, weight) in self.fields.weighed() {
                let term = TermQuery::new(Term::from_field_text(field, stem), IndexRecordOption::WithFreqs);
                clauses.push((Occur::Should, Box::new(BoostQuery::new(Box::new(term), weight))));
            }
        }
        let searcher = self.reader.searcher();
        let limit = if kinds.len() == super::ALL_KINDS.len() { limit } else { self.entries.len().max(1) };
        let top =
            searcher.search(&BooleanQuery::new(clauses), &TopDocs::with_limit(limit).order_by_score())?;
        let mut found = Vec::with_capacity(top.len());
        let mut analyzer = self.analyzer.clone();
        for (score, address) in top {
            let document: TantivyDocument = searcher.doc(address)?;
            let Some(place) = document.get_first(self.fields.place).and_then(|value| value.as_u64()) else {
                continue;
            };
            let place = place as usize;
            let Some(entry) = self.entries.get(place).filter(|entry| kinds.contains(&entry.kind)) else {
                continue;
            };
            let own: HashSet<String> = [&*entry.title, &entry.body, &entry.near]
                .into_iter()
                .flat_map(|text| stems(&mut analyzer, text))
                .map(|(_, stem)| stem)
                .collect();
            let matched: Vec<String> =
                words.iter().filter(|(_, stem)| own.contains(stem)).map(|(word, _)| word.clone()).collect();
            let share = matched.len() as f32 / words.len() as f32;
            found.push((place, score * share, matched));
        }
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        Ok(found)
    }
}

impl ControlIndex for TextIndex {
    fn search(&self, query: &str, limit: usize) -> Vec<Hit> {
        self.search_among(query, &super::ALL_KINDS, limit)
    }
}

impl Entry {
    fn hit(&self, score: f32, matched: Vec<String>) -> Hit {
        Hit {
            kind: self.kind,
            framework: Arc::clone(&self.framework),
            id: Arc::clone(&self.id),
            title: Arc::clone(&self.title),
            score,
            matched,
        }
    }
}

fn add_framework(framework: &Framework, id: &Arc<str>, library: &Library, entries: &mut Vec<Entry>) {
    for group in &framework.groups {
        for control in &group.controls {
            entries.push(control_entry(control, &group.title, id, library));
        }
    }
}

fn control_entry(control: &Control, group: &str, framework: &Arc<str>, library: &Library) -> Entry {
    let mut near = group.to_owned();
    for id in control.wants.fully.iter().chain(&control.wants.partly) {
        if let Some(objective) = library.objective(id) {
            near.push(' ');
            near.push_str(&objective.title);
            near.push(' ');
            near.push_str(&objective.evidence);
        }
    }
    let withdrawn = control.withdrawn.is_some();
    let title = if withdrawn { format!("{} (withdrawn)", control.title) } else { control.title.clone() };
    Entry {
        kind: HitKind::Control,
        framework: Arc::clone(framework),
        id: Arc::from(control.id.as_str()),
        title: Arc::from(title),
        parent: control.parent.clone(),
        body: control.summary.clone(),
        near,
        withdrawn,
    }
}

fn objective_entry(objective: &Objective) -> Entry {
    Entry {
        kind: HitKind::Objective,
        framework: Arc::from(""),
        id: Arc::from(objective.id.as_str()),
        title: Arc::from(objective.title.as_str()),
        parent: None,
        body: objective.evidence.clone(),
        near: format!("{} {}", objective.id, objective.families.join(" ")),
        withdrawn: false,
    }
}

fn rule_entry(rule: &Rule, library: &Library) -> Entry {
    let mut near = rule.id.clone();
    for kind in rule.kinds() {
        near.push(' ');
        near.push_str(&spaced(kind));
    }
    for objective in rule.objectives.iter().filter_map(|id| library.objective(id)) {
        near.push(' ');
        near.push_str(&objective.title);
    }
    Entry {
        kind: HitKind::Rule,
        framework: Arc::from(""),
        id: Arc::from(rule.id.as_str()),
        title: Arc::from(rule.title.as_str()),
        parent: None,
        body: rule.prose.clone(),
        near,
        withdrawn: false,
    }
}

/// `storageAccounts` becomes `storage Accounts`, so that its words are found.
fn spaced(kind: &str) -> String {
    let mut out = String::with_capacity(kind.len() + 4);
    let mut before_lower = false;
    for c in kind.chars() {
        if c.is_uppercase() && before_lower {
            out.push(' ');
        }
        before_lower = c.is_lowercase();
        out.push(c);
    }
    out
}

fn analyzer() -> TextAnalyzer {
    let plain = TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(60))
        .filter(LowerCaser);
    let stemmer = Stemmer::new(Language::English);
    match StopWordFilter::new(Language::English) {
        Some(stop_words) => plain.filter(stop_words).filter(stemmer).build(),
        None => plain.filter(stemmer).build(),
    }
}

/// The words of a text as written (in lower case) and their stems, stop words left out.
fn stems(analyzer: &mut TextAnalyzer, text: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut stream = analyzer.token_stream(text);
    while stream.advance() {
        let token = stream.token();
        let word = text.get(token.offset_from..token.offset_to).unwrap_or(&token.text).to_lowercase();
        out.push((word, token.text.clone()));
    }
    out
}

fn write(entries: &[Entry]) -> tantivy::Result<(IndexReader, Fields)> {
    let mut schema = Schema::builder();
    let indexing =
        TextFieldIndexing::default().set_tokenizer(ANALYZER).set_index_option(IndexRecordOption::WithFreqs);
    let text = TextOptions::default().set_indexing_options(indexing);
    let fields = Fields {
        place: schema.add_u64_field("place", STORED),
        title: schema.add_text_field("title", text.clone()),
        body: schema.add_text_field("body", text.clone()),
        near: schema.add_text_field("near", text),
    };
    let tokenizers = TokenizerManager::default();
    tokenizers.register(ANALYZER, analyzer());
    // This writer works on the caller's thread: the room stays without threads of its own.
    let mut writer: SingleSegmentIndexWriter = Index::builder()
        .schema(schema.build())
        .tokenizers(tokenizers)
        .single_segment_index_writer(RamDirectory::create(), BUDGET)?;
    for (place, entry) in entries.iter().enumerate().filter(|(_, entry)| !entry.withdrawn) {
        let mut document = TantivyDocument::default();
        document.add_u64(fields.place, place as u64);
        document.add_text(fields.title, &entry.title);
        document.add_text(fields.body, &entry.body);
        document.add_text(fields.near, &entry.near);
        writer.add_document(document)?;
    }
    let index = writer.finalize()?;
    let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
    Ok((reader, fields))
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;

    use super::*;
    use crate::testing::page;

    fn index() -> &'static TextIndex {
        static BUILT: OnceLock<TextIndex> = OnceLock::new();
        BUILT.get_or_init(|| {
            let mut rule = page("aws-s3-no-encryption", &["storage-encrypted-at-rest"], "aws_s3_bucket");
            rule.title = "bucket is not encrypted at rest".to_owned();
            let rules = RuleSet::of(vec![rule], compline_rules::table::Tables::default());
            TextIndex::build(&Library::builtin(&rules), &rules).expect("builds")
        })
    }

    fn ids(query: &str) -> Vec<String> {
        index().search(query, 10).into_iter().map(|hit| hit.id.to_string()).collect()
    }

    fn first(query: &str) -> (String, String) {
        let hit = index().search(query, 1).into_iter().next().expect("a hit");
        (hit.framework.to_string(), hit.id.to_string())
    }

    #[test]
    fn words_find_the_objective_the_rule_and_the_controls() {
        let hits = index().search("bucket encryption at rest", 12);
        let found: Vec<&str> = hits.iter().map(|hit| &*hit.id).collect();
        assert!(found.contains(&"storage-encrypted-at-rest"), "{found:?}");
        assert!(found.contains(&"aws-s3-no-encryption"), "{found:?}");
        assert!(found.contains(&"164.312(a)(2)(iv)"), "{found:?}");
        if index().frameworks.contains_key("nist-800-53-r5") {
            assert!(found.contains(&"SC-28") || found.contains(&"SC-28(1)"), "{found:?}");
        }
        let rule = hits.iter().find(|hit| hit.kind == HitKind::Rule).expect("a rule");
        assert_eq!(rule.matched, ["bucket", "encryption", "rest"]);
        assert!(hits.windows(2).all(|pair| pair[0].score >= pair[1].score));
    }

    #[test]
    fn ids_come_first_in_any_spelling() {
        assert_eq!(first("pci 8.3.6"), ("pci-dss-4.0.1".to_owned(), "8.3.6".to_owned()));
        assert_eq!(first("164.312(a)(1)").1, "164.312(a)(1)");
        assert_eq!(first("what does 164.312.a.1 want?").1, "164.312(a)(1)");
        assert_eq!(first("storage-encrypted-at-rest").1, "storage-encrypted-at-rest");
        assert_eq!(first("164.308(a)(1)").1, "164.308(a)(1)(i)", "an alias");
        if index().frameworks.contains_key("nist-800-53-r5") {
            for spelling in ["SC-8(1)", "sc-8.1", "NIST SC-08(01)", "sc 8 1"] {
                assert_eq!(first(spelling), ("nist-800-53-r5".to_owned(), "SC-8(1)".to_owned()));
            }
            let family = ids("SC-8");
            assert_eq!(family.first().map(String::as_str), Some("SC-8"));
            assert!(family.contains(&"SC-8(1)".to_owned()), "{family:?}");
        }
    }

    #[test]
    fn an_id_among_words_still_comes_first() {
        let found = ids("8.3.6 password length");
        assert_eq!(found.first().map(String::as_str), Some("8.3.6"));
        assert!(found.contains(&"password-length-enforced".to_owned()), "{found:?}");
    }

    #[test]
    fn nothing_is_found_for_nothing() {
        assert!(index().search("", 10).is_empty());
        assert!(index().search("of the and", 10).is_empty());
        assert!(index().search("zzyzx", 10).is_empty());
        assert!(index().search("password", 0).is_empty());
    }

    #[test]
    fn kinds_can_be_chosen() {
        let hits = index().search_among("encrypted at rest", &[HitKind::Objective], 5);
        assert_eq!(hits.len(), 5);
        assert!(hits.iter().all(|hit| hit.kind == HitKind::Objective));
    }

    #[test]
    fn words_are_found_in_other_forms() {
        let hits = index().search("encrypting buckets", 5);
        assert!(hits.iter().any(|hit| &*hit.id == "storage-encrypted-at-rest"), "{hits:?}");
    }
}
