//! Full text over the frameworks, the objectives and the rules, in memory. Opened when it is first searched: what
//! comes with the program was indexed when it was built.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use compline_frameworks::Library;
use compline_frameworks::catalogue::normal;
use compline_rules::RuleSet;
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::tokenizer::TextAnalyzer;
use tantivy::{DocId, DocSet as _, IndexReader, ReloadPolicy, Searcher, SegmentOrdinal, TERMINATED, Term};

use super::draft::{Draft, Entry, drafts};
use super::meaning::{Found, Meaning};
use super::segment::{Fields, PLACE, Packed, analyzer};
use super::{ControlIndex, Hit, HitKind, rules, segment};

static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/text.bin"));

/// An exact id outweighs any text.
const EXACT: f32 = 1000.0;
/// Words of a query that are looked at; one bit each.
const MOST_WORDS: usize = 128;
/// Keeps what was made for the next run. What it gives back may be anything.
pub trait Store {
    fn get(&self, key: &str) -> Option<Vec<u8>>;
    fn put(&self, key: &str, bytes: &[u8]);
}

/// Keeps nothing.
impl Store for () {
    fn get(&self, _: &str) -> Option<Vec<u8>> {
        None
    }

    fn put(&self, _: &str, _: &[u8]) {}
}

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
    meaning: Option<Meaning>,
}

impl Fields {
    /// Each field with how much a word in it weighs.
    pub(super) fn weighed(self) -> [(Field, f32); 3] {
        [(self.title, 3.0), (self.body, 1.5), (self.near, 0.7)]
    }
}

impl std::fmt::Debug for TextIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TextIndex").field("entries", &self.entries.len()).finish_non_exhaustive()
    }
}

impl TextIndex {
    /// Opens what was indexed when the program was built, and adds the rules in force. With a user's own
    /// frameworks everything is indexed anew.
    ///
    /// # Errors
    /// What the index could not do, which is memory it could not have.
    pub fn build(library: &Library, rules: &RuleSet) -> Result<Self, String> {
        Self::build_from(library, rules, &())
    }

    /// As [`TextIndex::build`]; what a user's own frameworks came to is asked of a store first, and given to it.
    ///
    /// # Errors
    /// As [`TextIndex::build`].
    pub fn build_from(library: &Library, rules: &RuleSet, store: &dyn Store) -> Result<Self, String> {
        let mut frameworks: HashMap<String, Vec<Arc<str>>> = HashMap::new();
        for info in library.infos() {
            let id: Arc<str> = Arc::from(info.id.as_str());
            for name in [&info.id, &info.short] {
                let known = frameworks.entry(name.to_lowercase()).or_default();
                if !known.contains(&id) {
                    known.push(Arc::clone(&id));
                }
            }
        }
        let (reader, fields, entries) =
            read(library, rules, store).map_err(|error| format!("the index could not be built: {error}"))?;
        let mut by_id: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, entry) in entries.iter().enumerate() {
            by_id.entry(normal(&entry.id)).or_default().push(place);
        }
        for (place, entry) in entries.iter().enumerate() {
            for alias in &entry.aliases {
                by_id.entry(normal(alias)).or_default().push(place);
            }
        }
        Ok(Self { reader, analyzer: analyzer(), fields, entries, by_id, frameworks, meaning: None })
    }

    /// The same, ranking by meaning beside words, with a model and what it made of texts.
    ///
    /// # Errors
    /// That the model is another one than those were made with.
    #[cfg(feature = "fastembed")]
    pub fn with_meaning(
        mut self,
        library: &Library,
        rules: &RuleSet,
        embedder: Arc<dyn super::embed::Embedder>,
        known: &super::known::Known,
    ) -> Result<Self, String> {
        let texts = meant(library, rules);
        let text = |entry: &Entry| texts.get(&named(entry)).map_or("", String::as_str);
        let vectors = known.vectors_of(self.entries.iter().map(text), &*embedder)?;
        self.meaning = Some(Meaning { embedder, vectors, likeness: known.likeness()? });
        Ok(self)
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
            let mut found = self.text(&words, kinds, (limit * 4).max(64)).unwrap_or_default();
            if let Some(meaning) = &self.meaning {
                let admitted = |place: usize| {
                    self.entries
                        .get(place)
                        .is_some_and(|entry| !entry.withdrawn && kinds.contains(&entry.kind))
                };
                found = meaning.fuse(found, &rest, &admitted);
            }
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
            if words.len() < MOST_WORDS && seen.insert(stem.clone()) {
                words.push((word, stem));
            }
        }
        words
    }

    /// Places, scores and matched words of the best documents.
    fn text(
        &self,
        words: &[(String, String)],
        kinds: &[HitKind],
        limit: usize,
    ) -> tantivy::Result<Vec<Found>> {
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
        let matches = self.matches(&searcher, words)?;
        let mut found = Vec::with_capacity(top.len());
        for (score, address) in top {
            let places = searcher.segment_reader(address.segment_ord).fast_fields().u64(PLACE)?;
            let Some(place) = places.first(address.doc_id).and_then(|place| usize::try_from(place).ok())
            else {
                continue;
            };
            let Some(entry) = self.entries.get(place).filter(|entry| kinds.contains(&entry.kind)) else {
                continue;
            };
            let bits = matches.get(&(address.segment_ord, address.doc_id)).copied().unwrap_or_default();
            let matched: Vec<String> = words
                .iter()
                .enumerate()
                .filter(|(at, _)| bits & (1 << at) != 0)
                .map(|(_, (word, _))| word.clone())
                .collect();
            let share = matched.len() as f32 / words.len() as f32;
            found.push((place, score * share * entry.weight, matched));
        }
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        Ok(found)
    }

    /// For each document a bit for each word it holds.
    fn matches(
        &self,
        searcher: &Searcher,
        words: &[(String, String)],
    ) -> tantivy::Result<HashMap<(SegmentOrdinal, DocId), u128>> {
        let mut matches: HashMap<(SegmentOrdinal, DocId), u128> = HashMap::new();
        for (number, segment) in (0..).zip(searcher.segment_readers()) {
            for (field, _) in self.fields.weighed() {
                let inverted = segment.inverted_index(field)?;
                for (at, (_, stem)) in words.iter().enumerate() {
                    let term = Term::from_field_text(field, stem);
                    let Some(mut postings) = inverted.read_postings(&term, IndexRecordOption::Basic)? else {
                        continue;
                    };
                    let mut document = postings.doc();
                    while document != TERMINATED {
                        *matches.entry((number, document)).or_default() |= 1 << at;
                        document = postings.advance();
                    }
                }
            }
        }
        Ok(matches)
    }
}

impl ControlIndex for TextIndex {
    fn search(&self, query: &str, limit: usize) -> Vec<Hit> {
        self.search_among(query, &super::ALL_KINDS, limit)
    }
}

/// The words of a text as written (in lower case) and their stems, stop words left out.
pub(super) fn stems(analyzer: &mut TextAnalyzer, text: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut stream = analyzer.token_stream(text);
    while stream.advance() {
        let token = stream.token();
        let word = text.get(token.offset_from..token.offset_to).unwrap_or(&token.text).to_lowercase();
        out.push((word, token.text.clone()));
    }
    out
}

/// A reader of everything there is to find, and its documents by place: controls, objectives, rules.
fn read(
    library: &Library,
    rules: &RuleSet,
    store: &dyn Store,
) -> tantivy::Result<(IndexReader, Fields, Vec<Entry>)> {
    let own = rules::drafts(rules, library.objectives());
    let packed = match built_in(library) {
        Some(packed) => packed,
        None => {
            let mut all = drafts(library.frameworks().map(|framework| &**framework), library.objectives());
            for draft in &mut all {
                if let Some((file, control)) =
                    library.official_texts().control(&draft.entry.framework, &draft.entry.id)
                {
                    draft.body.push(' ');
                    draft.body.push_str(&file.words(control));
                }
            }
            kept(all, store)?
        }
    };
    let (index, fields) = packed.open()?;
    if !own.is_empty() {
        segment::add(&index, fields, &own, packed.entries.len())?;
    }
    let mut entries = packed.entries;
    entries.extend(own.into_iter().map(|draft: Draft| draft.entry));
    let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
    Ok((reader, fields, entries))
}

/// An index of these documents: the one that is kept for exactly them, or a new one.
fn kept(drafts: Vec<Draft>, store: &dyn Store) -> tantivy::Result<Packed> {
    let key = key(&drafts);
    let known = store.get(&key).and_then(|bytes| postcard::from_bytes::<Packed>(&bytes).ok());
    if let Some(packed) = known.filter(|packed| packed.entries.len() == drafts.len() && packed.open().is_ok())
    {
        return Ok(packed);
    }
    let packed = Packed::of(drafts)?;
    if let Ok(bytes) = postcard::to_stdvec(&packed) {
        store.put(&key, &bytes);
    }
    Ok(packed)
}

/// What tells an index apart: everything that was written into it, and the program that wrote it.
fn key(drafts: &[Draft]) -> String {
    use sha2::Digest as _;
    let mut hash = sha2::Sha256::new();
    let mut text = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    };
    text(env!("CARGO_PKG_VERSION"));
    // Its analyzer and its form are those of the index that was made with the program.
    text(&super::embed::sha256(PACKED));
    for Draft { entry, body, near } in drafts {
        let kind = format!("{:?} {} {}", entry.kind, entry.withdrawn, entry.weight);
        for part in [&kind, &*entry.framework, &entry.id, &entry.title, body, near] {
            text(part);
        }
        entry.parent.iter().chain(&entry.aliases).for_each(|name| text(name));
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What documents are compared by their meaning with. A withdrawn control has none.
#[cfg(feature = "fastembed")]
pub(super) fn meant(library: &Library, rules: &RuleSet) -> HashMap<(HitKind, Arc<str>, Arc<str>), String> {
    let mut all = drafts(library.frameworks().map(|framework| &**framework), library.objectives());
    all.extend(rules::drafts(rules, library.objectives()));
    all.retain(|draft| !draft.entry.withdrawn);
    let text = |draft: &Draft| match draft.entry.kind {
        HitKind::Rule => super::mapper::rule_text(&draft.entry.id, &draft.entry.title),
        HitKind::Control | HitKind::Objective => format!("{} {}", draft.entry.title, draft.body),
    };
    all.iter().map(|draft| (named(&draft.entry), text(draft))).collect()
}

#[cfg(feature = "fastembed")]
fn named(entry: &Entry) -> (HitKind, Arc<str>, Arc<str>) {
    (entry.kind, Arc::clone(&entry.framework), Arc::clone(&entry.id))
}

/// The index made with the program, unless the library holds other frameworks or texts.
fn built_in(library: &Library) -> Option<Packed> {
    let plain = library.is_builtin() && library.official_texts().is_empty();
    if plain { postcard::from_bytes(PACKED).ok() } else { None }
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
