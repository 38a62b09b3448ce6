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

use super::builtin::PACKED_INDEX;
use super::document::{Document, DocumentInfo, documents};
#[cfg(feature = "fastembed")]
use super::embedding_texts::{document_key, embedding_texts};
use super::packed_index::{self, Fields, PLACE, PackedIndex, analyzer};
use super::rule_documents::rule_documents;
use super::semantic::{Ranked, Semantic};
use super::{ControlIndex, Hit, HitKind};

/// An exact id outweighs any text.
const EXACT: f32 = 1000.0;
/// Words of a query that are looked at; one bit each.
const MOST_WORDS: usize = 128;

/// Keeps indexes for the next run. What it gives back may be anything.
pub trait IndexCache {
    fn get(&self, key: &str) -> Option<Vec<u8>>;
    fn put(&self, key: &str, bytes: &[u8]);
}

/// Keeps nothing.
impl IndexCache for () {
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
    documents: Vec<DocumentInfo>,
    /// Normal spelling of an id or alias → places in `documents`.
    by_id: HashMap<String, Vec<usize>>,
    /// Framework ids and short names in lower case → framework ids.
    frameworks: HashMap<String, Vec<Arc<str>>>,
    semantic: Option<Semantic>,
}

impl Fields {
    /// Each field with how much a word in it weighs.
    pub(super) fn weighted(self) -> [(Field, f32); 3] {
        [(self.title, 3.0), (self.body, 1.5), (self.related, 0.7)]
    }
}

impl std::fmt::Debug for TextIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TextIndex").field("documents", &self.documents.len()).finish_non_exhaustive()
    }
}

impl TextIndex {
    /// Opens what was indexed when the program was built, and adds the rules in force. With a user's own
    /// frameworks everything is indexed anew.
    ///
    /// # Errors
    /// What the index could not do, which is memory it could not have.
    pub fn build(library: &Library, rules: &RuleSet) -> Result<Self, String> {
        Self::build_with_cache(library, rules, &())
    }

    /// As [`TextIndex::build`]; the index of a user's own frameworks is asked of a cache first, and given to it.
    ///
    /// # Errors
    /// As [`TextIndex::build`].
    pub fn build_with_cache(
        library: &Library,
        rules: &RuleSet,
        cache: &dyn IndexCache,
    ) -> Result<Self, String> {
        let mut frameworks: HashMap<String, Vec<Arc<str>>> = HashMap::new();
        for info in library.infos() {
            let id: Arc<str> = Arc::from(info.id.as_str());
            for name in [&info.id, &info.short] {
                let ids = frameworks.entry(name.to_lowercase()).or_default();
                if !ids.contains(&id) {
                    ids.push(Arc::clone(&id));
                }
            }
        }
        let (reader, fields, documents) =
            open(library, rules, cache).map_err(|error| format!("the index could not be built: {error}"))?;
        let mut by_id: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, document) in documents.iter().enumerate() {
            by_id.entry(normal(&document.id)).or_default().push(place);
        }
        for (place, document) in documents.iter().enumerate() {
            for alias in &document.aliases {
                by_id.entry(normal(alias)).or_default().push(place);
            }
        }
        Ok(Self { reader, analyzer: analyzer(), fields, documents, by_id, frameworks, semantic: None })
    }

    /// The same, ranking by meaning beside words, with a model and what it made of texts.
    ///
    /// # Errors
    /// That the model is another one than those were made with.
    #[cfg(feature = "fastembed")]
    pub fn with_embeddings(
        mut self,
        library: &Library,
        rules: &RuleSet,
        embedder: Arc<dyn super::embed::Embedder>,
        embeddings: &super::embeddings::Embeddings,
    ) -> Result<Self, String> {
        let texts = embedding_texts(library, rules);
        let text = |info: &DocumentInfo| texts.get(&document_key(info)).map_or("", String::as_str);
        let vectors = embeddings.vectors_of(self.documents.iter().map(text), &*embedder)?;
        self.semantic = Some(Semantic { embedder, vectors, calibration: embeddings.calibration()? });
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
            let Some(document) = self.documents.get(place).filter(|one| kinds.contains(&one.kind)) else {
                continue;
            };
            if seen.insert(place) {
                hits.push(document.hit(EXACT - rank as f32, vec![word]));
            }
        }
        let words = self.words(&rest);
        if !words.is_empty() {
            // Reordering by the share of matched words needs more candidates than are asked for.
            let mut found = self.by_words(&words, kinds, (limit * 4).max(64)).unwrap_or_default();
            if let Some(semantic) = &self.semantic {
                let admitted = |place: usize| {
                    self.documents
                        .get(place)
                        .is_some_and(|document| !document.withdrawn && kinds.contains(&document.kind))
                };
                found = semantic.fuse(found, &rest, &admitted);
            }
            hits.extend(
                found.into_iter().filter(|(place, ..)| !seen.contains(place)).filter_map(
                    |(place, score, matched)| Some(self.documents.get(place)?.hit(score, matched)),
                ),
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
            let is_in_named = |place: &&usize| {
                self.documents
                    .get(**place)
                    .is_some_and(|document| named.iter().any(|name| ***name == *document.framework))
            };
            let narrowed: Vec<usize> = all.iter().filter(is_in_named).copied().collect();
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
                let Some(owner) = self.documents.get(owner).filter(|one| one.kind == HitKind::Control) else {
                    continue;
                };
                let children = self.documents.iter().enumerate().filter(|(_, document)| {
                    document.framework == owner.framework
                        && document.parent.as_deref() == Some(&*owner.id)
                        && !document.withdrawn
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
    fn by_words(
        &self,
        words: &[(String, String)],
        kinds: &[HitKind],
        limit: usize,
    ) -> tantivy::Result<Vec<Ranked>> {
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        for (_, stem) in words {
            for (field, weight) in self.fields.weighted() {
                let term = TermQuery::new(Term::from_field_text(field, stem), IndexRecordOption::WithFreqs);
                clauses.push((Occur::Should, Box::new(BoostQuery::new(Box::new(term), weight))));
            }
        }
        let searcher = self.reader.searcher();
        let limit = if kinds.len() == super::ALL_KINDS.len() { limit } else { self.documents.len().max(1) };
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
            let Some(document) = self.documents.get(place).filter(|one| kinds.contains(&one.kind)) else {
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
            found.push((place, score * share * document.weight, matched));
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
            for (field, _) in self.fields.weighted() {
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
fn open(
    library: &Library,
    rules: &RuleSet,
    cache: &dyn IndexCache,
) -> tantivy::Result<(IndexReader, Fields, Vec<DocumentInfo>)> {
    let of_rules = rule_documents(rules, library.objectives());
    let packed = match builtin_index(library) {
        Some(packed) => packed,
        None => cached_or_built(documents_with_official_texts(library), cache)?,
    };
    let (index, fields) = packed.open()?;
    if !of_rules.is_empty() {
        packed_index::add(&index, fields, &of_rules, packed.documents.len())?;
    }
    let mut infos = packed.documents;
    infos.extend(of_rules.into_iter().map(|document| document.info));
    let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
    Ok((reader, fields, infos))
}

/// The index made with the program, unless the library holds other frameworks or texts.
fn builtin_index(library: &Library) -> Option<PackedIndex> {
    let is_as_built = library.is_builtin() && library.official_texts().is_empty();
    if is_as_built { postcard::from_bytes(PACKED_INDEX).ok() } else { None }
}

/// The controls and objectives, with the publishers' words where they were imported.
fn documents_with_official_texts(library: &Library) -> Vec<Document> {
    let mut all = documents(library.frameworks().map(|framework| &**framework), library.objectives());
    for document in &mut all {
        let text = library.official_texts().control(&document.info.framework, &document.info.id);
        if let Some((file, control)) = text {
            document.body.push(' ');
            document.body.push_str(&file.words(control));
        }
    }
    all
}

/// An index of these documents: the one that is cached for exactly them, or a new one.
fn cached_or_built(documents: Vec<Document>, cache: &dyn IndexCache) -> tantivy::Result<PackedIndex> {
    let key = cache_key(&documents);
    let cached = cache.get(&key).and_then(|bytes| postcard::from_bytes::<PackedIndex>(&bytes).ok());
    let is_usable = |packed: &PackedIndex| packed.documents.len() == documents.len() && packed.open().is_ok();
    if let Some(packed) = cached.filter(is_usable) {
        return Ok(packed);
    }
    let packed = PackedIndex::of(documents)?;
    if let Ok(bytes) = postcard::to_stdvec(&packed) {
        cache.put(&key, &bytes);
    }
    Ok(packed)
}

/// What tells an index apart: everything that was written into it, and the program that wrote it.
fn cache_key(documents: &[Document]) -> String {
    use sha2::Digest as _;
    let mut hash = sha2::Sha256::new();
    let mut text = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    };
    text(env!("CARGO_PKG_VERSION"));
    // Its analyzer and its form are those of the index that was made with the program.
    text(&super::embed::sha256(PACKED_INDEX));
    for Document { info, body, related } in documents {
        let rest = format!("{} {} {}", info.kind as u8, info.withdrawn, info.weight);
        for part in [&rest, &*info.framework, &info.id, &info.title, body, related] {
            text(part);
        }
        info.parent.iter().chain(&info.aliases).for_each(|name| text(name));
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl DocumentInfo {
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
