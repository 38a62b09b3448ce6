//! An organisation's own documents: full text and vectors over their passages, in files that the caller reads and keeps.

use std::collections::{BTreeSet, HashMap};
use std::ops::{Bound, Range};
use std::path::Path;

use tantivy::collector::TopDocs;
use tantivy::directory::{Directory, RamDirectory};
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query, RangeQuery, TermQuery};
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions,
    Value as _,
};
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, Term};

use super::embed::{Embedder, ModelId};
use super::packed_index::{ANALYZER, analyzer};
use super::passages::Passage;
use super::text_index::stems;
use super::vectors::Vectors;

/// Bytes the writer may hold before it writes a segment.
const BUDGET: usize = 50_000_000;
/// Words of a query that are looked at.
const MAX_WORDS: usize = 32;
/// Passages taken from each way of finding before they are fused.
const CANDIDATES: usize = 48;
/// Below this cosine a passage without a word of the query is not cited.
const LEAST_COSINE: f32 = 0.35;

/// A passage that answers a query.
#[derive(Debug, Clone, PartialEq)]
pub struct PassageHit {
    /// As it was added.
    pub path: String,
    pub line: u32,
    pub title: String,
    pub text: String,
    /// Higher is better; comparable within one answer only.
    pub score: f32,
    /// The words of the query it holds.
    pub matched: Vec<String>,
}

/// Where tantivy keeps the names of its files, and what they make up.
const KEEPS: [&str; 2] = [".managed.json", "meta.json"];

/// The files of an index in memory, by name: opening one touches no disk, and trusts what was read into it.
#[derive(Debug, Clone, Default)]
pub struct PassageFiles(RamDirectory);

impl PassageFiles {
    /// # Errors
    /// There is no room for them.
    pub fn of<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Result<Self, String> {
        let directory = RamDirectory::create();
        for (name, bytes) in files {
            directory.atomic_write(Path::new(name), bytes).map_err(|error| error.to_string())?;
        }
        Ok(Self(directory))
    }

    /// Every file that belongs to the index as it was last committed.
    ///
    /// # Errors
    /// That the index is damaged.
    pub fn files(&self) -> Result<Vec<(String, Vec<u8>)>, String> {
        let read = |name: &str| {
            self.0.atomic_read(Path::new(name)).map_err(|error| format!("`{name}` cannot be read: {error}"))
        };
        let managed: Vec<String> =
            serde_json::from_slice(&read(".managed.json")?).map_err(|error| error.to_string())?;
        let mut names: BTreeSet<String> = managed.into_iter().collect();
        names.extend(KEEPS.map(str::to_owned));
        // What was collected as rubbish is named a while longer.
        let there = names.into_iter().filter(|name| self.0.exists(Path::new(name)).unwrap_or(false));
        there.map(|name| read(&name).map(|bytes| (name, bytes))).collect()
    }

    pub(crate) fn directory(&self) -> RamDirectory {
        self.0.clone()
    }
}

/// The documents, open.
pub struct PassageIndex {
    index: Index,
    fields: Fields,
    vectors: Vectors,
    /// Rows of the documents that were not taken out.
    live: Vec<Range<u32>>,
    reader: IndexReader,
}

#[derive(Clone, Copy)]
struct Fields {
    title: Field,
    body: Field,
    path: Field,
    line: Field,
    /// The passage's row in the vectors.
    row: Field,
}

impl std::fmt::Debug for PassageIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PassageIndex").field("rows", &self.vectors.rows()).finish_non_exhaustive()
    }
}

impl PassageIndex {
    /// Opens or begins an index. `vectors` and `live` are what [`PassageIndex::vectors`] and
    /// [`PassageIndex::add`] gave before.
    ///
    /// # Errors
    /// That the index is damaged, or was made with another model.
    pub fn open(
        files: &PassageFiles,
        vectors: Vectors,
        live: Vec<Range<u32>>,
        model: &ModelId,
    ) -> Result<Self, String> {
        vectors.model().same_as(model)?;
        let (schema, fields) = schema();
        let index = Index::open_or_create(files.directory(), schema).map_err(|error| damaged(&error))?;
        index.tokenizers().register(ANALYZER, analyzer());
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()
            .map_err(|error: tantivy::TantivyError| damaged(&error))?;
        if live.iter().any(|rows| rows.end as usize > vectors.rows()) {
            return Err("the index of your documents lacks vectors: build it again".to_owned());
        }
        Ok(Self { index, fields, vectors, live, reader })
    }

    pub fn vectors(&self) -> &Vectors {
        &self.vectors
    }

    /// Says which rows are in force after a change.
    pub fn set_live(&mut self, live: Vec<Range<u32>>) {
        self.live = live;
    }

    /// Takes documents out and adds others; gives the rows of each added one, in their order.
    ///
    /// # Errors
    /// That somebody else writes, or the disk does not take it.
    pub fn change(
        &mut self,
        removed: &[String],
        added: &[(String, Vec<Passage>)],
        embedder: &dyn Embedder,
    ) -> Result<Vec<Range<u32>>, String> {
        self.vectors.model().same_as(embedder.identity())?;
        let failed = |error: tantivy::TantivyError| match error {
            tantivy::TantivyError::LockFailure(..) => {
                "the index of your documents is being written by another program: try again".to_owned()
            }
            error => format!("the index of your documents cannot be written: {error}"),
        };
        let mut writer: IndexWriter = self.index.writer_with_num_threads(1, BUDGET).map_err(failed)?;
        // A write that was cut off before its vectors were kept left passages whose rows are about to be given anew.
        let next = Term::from_field_u64(self.fields.row, self.vectors.rows() as u64);
        let stray = RangeQuery::new(Bound::Included(next), Bound::Unbounded);
        writer.delete_query(Box::new(stray)).map_err(failed)?;
        for path in removed {
            writer.delete_term(Term::from_field_text(self.fields.path, path));
        }
        let mut out = Vec::with_capacity(added.len());
        for (path, passages) in added {
            let first = self.vectors.rows() as u32;
            for passage in passages {
                let row = self.vectors.push(&embedder.embed(&format!("{} {}", passage.title, passage.text)));
                let mut document = TantivyDocument::default();
                document.add_text(self.fields.title, &passage.title);
                document.add_text(self.fields.body, &passage.text);
                document.add_text(self.fields.path, path);
                document.add_u64(self.fields.line, u64::from(passage.line));
                document.add_u64(self.fields.row, row as u64);
                writer.add_document(document).map_err(failed)?;
            }
            out.push(first..self.vectors.rows() as u32);
        }
        writer.commit().map_err(failed)?;
        writer.wait_merging_threads().map_err(failed)?;
        self.reader.reload().map_err(failed)?;
        Ok(out)
    }

    /// The passages that answer a query best, by their words and by their meaning.
    ///
    /// # Errors
    /// That the index is damaged, or the embedder is of another model.
    pub fn search(
        &self,
        query: &str,
        limit: usize,
        embedder: &dyn Embedder,
    ) -> Result<Vec<PassageHit>, String> {
        self.vectors.model().same_as(embedder.identity())?;
        let mut words: Vec<(String, String)> = Vec::new();
        for (word, stem) in stems(&mut analyzer(), query) {
            if words.len() < MAX_WORDS && !words.iter().any(|(_, other)| *other == stem) {
                words.push((word, stem));
            }
        }
        if limit == 0 || words.is_empty() {
            return Ok(Vec::new());
        }
        self.ranked(&words, &embedder.embed(query), limit).map_err(|error| damaged(&error))
    }

    fn ranked(
        &self,
        words: &[(String, String)],
        query: &[f32],
        limit: usize,
    ) -> tantivy::Result<Vec<PassageHit>> {
        let searcher = self.reader.searcher();
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        for (_, stem) in words {
            for (field, weight) in [(self.fields.title, 2.0), (self.fields.body, 1.0)] {
                let term = TermQuery::new(Term::from_field_text(field, stem), IndexRecordOption::WithFreqs);
                clauses.push((Occur::Should, Box::new(BoostQuery::new(Box::new(term), weight))));
            }
        }
        let top = searcher
            .search(&BooleanQuery::new(clauses), &TopDocs::with_limit(CANDIDATES).order_by_score())?;
        let best = top.first().map_or(1.0, |(score, _)| score.max(1e-6));
        // Row → place, share of the best BM25 score, cosine.
        let mut scores: HashMap<u32, (Option<tantivy::DocAddress>, f32, f32)> = HashMap::new();
        for (score, address) in top {
            let rows = searcher.segment_reader(address.segment_ord).fast_fields().u64("row")?;
            let row = rows.first(address.doc_id).and_then(|row| u32::try_from(row).ok());
            if let Some(row) = row.filter(|row| self.is_live(*row)) {
                scores.insert(row, (Some(address), score / best, self.vectors.cosine(row as usize, query)));
            }
        }
        for (row, cosine) in self.vectors.nearest(query, &self.live, CANDIDATES) {
            if cosine >= LEAST_COSINE {
                scores.entry(row).or_insert((None, 0.0, cosine));
            }
        }
        let mut ranked: Vec<(u32, Option<tantivy::DocAddress>, f32)> = scores
            .into_iter()
            .map(|(row, (address, share, cosine))| (row, address, share + cosine.max(0.0)))
            .collect();
        ranked.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(&b.0)));
        let mut out = Vec::new();
        for (row, address, score) in ranked.into_iter().take(limit) {
            let address = match address {
                Some(address) => address,
                None => {
                    let term = Term::from_field_u64(self.fields.row, u64::from(row));
                    let one = TermQuery::new(term, IndexRecordOption::Basic);
                    let found = searcher.search(&one, &TopDocs::with_limit(1).order_by_score())?;
                    let Some((_, address)) = found.first() else { continue };
                    *address
                }
            };
            out.push(self.hit(&searcher.doc(address)?, score, words));
        }
        Ok(out)
    }

    fn hit(&self, document: &TantivyDocument, score: f32, words: &[(String, String)]) -> PassageHit {
        let text = |field: Field| {
            document.get_first(field).and_then(|value| value.as_str()).unwrap_or_default().to_owned()
        };
        let (title, body) = (text(self.fields.title), text(self.fields.body));
        let stems_of_text: Vec<String> =
            stems(&mut analyzer(), &format!("{title} {body}")).into_iter().map(|(_, stem)| stem).collect();
        let matched =
            words.iter().filter(|(_, stem)| stems_of_text.contains(stem)).map(|(word, _)| word.clone());
        let line = document.get_first(self.fields.line).and_then(|value| value.as_u64()).unwrap_or(1);
        PassageHit {
            path: text(self.fields.path),
            line: u32::try_from(line).unwrap_or(1),
            matched: matched.collect(),
            title,
            text: body,
            score,
        }
    }

    fn is_live(&self, row: u32) -> bool {
        self.live.iter().any(|rows| rows.contains(&row))
    }
}

fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let indexing =
        TextFieldIndexing::default().set_tokenizer(ANALYZER).set_index_option(IndexRecordOption::WithFreqs);
    let text = TextOptions::default().set_indexing_options(indexing).set_stored();
    let fields = Fields {
        title: schema.add_text_field("title", text.clone()),
        body: schema.add_text_field("body", text),
        path: schema.add_text_field("path", STRING | STORED),
        line: schema.add_u64_field("line", STORED),
        row: schema.add_u64_field("row", INDEXED | FAST),
    };
    (schema.build(), fields)
}

fn damaged(error: &tantivy::TantivyError) -> String {
    format!("the index of your documents cannot be read: {error}: build it again")
}

#[cfg(test)]
mod tests {
    use super::super::builtin;
    use super::super::embed::StaticEmbedder;
    use super::super::passages::passages;
    use super::*;

    #[test]
    fn documents_are_found_by_words_and_by_meaning_and_go_when_taken_out() {
        let embedder = StaticEmbedder::load(builtin::model()).expect("loads");
        let model = embedder.identity().clone();
        let directory = PassageFiles::default();
        let vectors = Vectors::new(model.clone());
        let mut index = PassageIndex::open(&directory, vectors, Vec::new(), &model).expect("opens");
        let added = [
            (
                "a.md".to_owned(),
                passages(
                    "# Storage\nEvery bucket is encrypted at rest.\n# Coffee\nBeans are bought weekly.\n",
                    true,
                ),
            ),
            ("b.md".to_owned(), passages("# Passwords\nA password has fourteen characters.\n", true)),
        ];
        let rows = index.change(&[], &added, &embedder).expect("writes");
        assert_eq!(rows, [0..2, 2..3]);
        let bytes = index.vectors().to_bytes();
        drop(index);
        let vectors = Vectors::from_bytes(&bytes).expect("reads");
        let mut index = PassageIndex::open(&directory, vectors, rows, &model).expect("opens");
        let find = |index: &PassageIndex, query: &str| -> Vec<(String, u32)> {
            let found = index.search(query, 3, &embedder).expect("searches");
            found.into_iter().map(|one| (one.path, one.line)).collect()
        };
        assert_eq!(find(&index, "bucket encryption").first(), Some(&("a.md".to_owned(), 1)));
        assert_eq!(find(&index, "login credential").first(), Some(&("b.md".to_owned(), 1)), "by meaning");
        let rows = index.change(&["a.md".to_owned()], &[], &embedder).expect("writes");
        assert!(rows.is_empty());
        index.set_live(std::iter::once(2..3).collect());
        assert!(!find(&index, "bucket encryption").contains(&("a.md".to_owned(), 1)));
        let files = directory.files().expect("lists");
        let kept = PassageFiles::of(files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())))
            .expect("fits");
        let mut cut_off =
            PassageIndex::open(&kept, Vectors::new(model.clone()), Vec::new(), &model).expect("opens");
        let passages = passages("# Backups\nThey are kept for a year.\n", true);
        let rows = cut_off.change(&[], &[("c.md".to_owned(), passages)], &embedder).expect("writes");
        cut_off.set_live(rows);
        assert!(find(&cut_off, "password fourteen characters").is_empty(), "what was cut off is gone");
        assert_eq!(find(&cut_off, "backups kept").first(), Some(&("c.md".to_owned(), 1)));
        let other = ModelId { id: "other".to_owned(), sha256: "00".to_owned(), dimensions: 64 };
        let error = PassageIndex::open(&PassageFiles::default(), Vectors::new(model), Vec::new(), &other)
            .expect_err("an error");
        assert!(
            error.contains("was made with model `compline-static-128`")
                && error.contains("build the index again"),
            "{error}"
        );
    }
}
