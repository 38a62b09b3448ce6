//! The full-text index itself: how it is written, packed into bytes and opened again. Shared with the build script,
//! which packs the controls and objectives that come with the program.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tantivy::directory::{Directory as _, RamDirectory};
use tantivy::indexer::{NoMergePolicy, SingleSegmentIndexWriter};
use tantivy::schema::{FAST, Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{
    Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer, StopWordFilter, TextAnalyzer,
};
use tantivy::{Index, IndexWriter, TantivyDocument};

use super::document::{Document, DocumentInfo};

/// The name the analyzer is registered under.
pub const ANALYZER: &str = "compline";
/// Tantivy asks for at least 15 MB; the built-in content needs a part of it.
const BUDGET: usize = 15_000_000;
/// A segment's name is drawn at random; the packed one is renamed, so that two builds agree.
#[allow(dead_code)] // The build script packs, the program opens.
const NAME: &str = "00000000000000000000000000000000";
/// Words of questions, beside the usual stop words.
const QUESTIONS: [&str; 22] = [
    "can", "could", "do", "does", "every", "has", "have", "how", "i", "my", "need", "our", "should", "we",
    "what", "when", "where", "which", "who", "why", "you", "your",
];

/// An index as bytes, with what is known of its documents, in their order.
#[derive(Debug, Serialize, Deserialize)]
pub struct PackedIndex {
    pub documents: Vec<DocumentInfo>,
    files: Vec<(String, Vec<u8>)>,
}

#[derive(Debug, Clone, Copy)]
pub struct Fields {
    pub title: Field,
    pub body: Field,
    pub related: Field,
    /// The place of the document in the list of documents.
    pub place: Field,
}

/// The name of the column of places.
pub const PLACE: &str = "place";

fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let indexing =
        TextFieldIndexing::default().set_tokenizer(ANALYZER).set_index_option(IndexRecordOption::WithFreqs);
    let text = TextOptions::default().set_indexing_options(indexing);
    let fields = Fields {
        title: schema.add_text_field("title", text.clone()),
        body: schema.add_text_field("body", text.clone()),
        related: schema.add_text_field("related", text),
        place: schema.add_u64_field(PLACE, FAST),
    };
    (schema.build(), fields)
}

pub fn analyzer() -> TextAnalyzer {
    let questions = StopWordFilter::remove(QUESTIONS.map(str::to_owned));
    let plain = TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(60))
        .filter(LowerCaser);
    let stemmer = Stemmer::new(Language::English);
    match StopWordFilter::new(Language::English) {
        Some(usual) => plain.filter(questions).filter(usual).filter(stemmer).build(),
        None => plain.filter(questions).filter(stemmer).build(),
    }
}

/// Writes an index of one segment, on the caller's thread.
pub fn write(documents: &[Document]) -> tantivy::Result<(Index, Fields)> {
    let (schema, fields) = schema();
    let tokenizers = tantivy::tokenizer::TokenizerManager::default();
    tokenizers.register(ANALYZER, analyzer());
    let mut writer: SingleSegmentIndexWriter = Index::builder()
        .schema(schema)
        .tokenizers(tokenizers)
        .single_segment_index_writer(RamDirectory::create(), BUDGET)?;
    for (place, document) in documents.iter().enumerate().filter(|(_, one)| !one.info.withdrawn) {
        writer.add_document(tantivy_document(document, place, fields))?;
    }
    Ok((writer.finalize()?, fields))
}

/// Adds documents to an index as a segment of their own, their places counted from `first`.
pub fn add(index: &Index, fields: Fields, documents: &[Document], first: usize) -> tantivy::Result<()> {
    let mut writer: IndexWriter = index.writer_with_num_threads(1, BUDGET)?;
    writer.set_merge_policy(Box::new(NoMergePolicy));
    for (place, document) in (first..).zip(documents) {
        writer.add_document(tantivy_document(document, place, fields))?;
    }
    writer.commit()?;
    Ok(())
}

fn tantivy_document(document: &Document, place: usize, fields: Fields) -> TantivyDocument {
    let mut out = TantivyDocument::default();
    out.add_text(fields.title, &document.info.title);
    out.add_text(fields.body, &document.body);
    out.add_text(fields.related, &document.related);
    out.add_u64(fields.place, place as u64);
    out
}

#[allow(dead_code)] // The build script packs, the program opens.
impl PackedIndex {
    /// An index of these documents as bytes, the same at every build.
    pub fn of(documents: Vec<Document>) -> tantivy::Result<Self> {
        let (index, _) = write(&documents)?;
        let name = index.searchable_segment_ids()?.first().map(|id| id.uuid_string()).unwrap_or_default();
        // `meta.json` writes the name with hyphens, the files' names without.
        let hyphened =
            [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| name.get(part).unwrap_or_default()).join("-");
        let plain =
            [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| NAME.get(part).unwrap_or_default()).join("-");
        let mut paths: Vec<PathBuf> = index.directory().list_managed_files().into_iter().collect();
        paths.sort();
        let mut files = Vec::with_capacity(paths.len());
        for path in paths {
            let mut bytes = index.directory().atomic_read(&path)?;
            if path.extension().is_some_and(|extension| extension == "json") {
                let text = String::from_utf8_lossy(&bytes).replace(&hyphened, &plain).replace(&name, NAME);
                bytes = text.into_bytes();
            }
            files.push((path.to_string_lossy().replace(&name, NAME), bytes));
        }
        files.sort();
        Ok(Self { documents: documents.into_iter().map(|document| document.info).collect(), files })
    }

    /// Opens it in memory.
    pub fn open(&self) -> tantivy::Result<(Index, Fields)> {
        let directory = RamDirectory::create();
        for (name, bytes) in &self.files {
            directory.atomic_write(Path::new(name), bytes)?;
        }
        let index = Index::open(directory)?;
        index.tokenizers().register(ANALYZER, analyzer());
        Ok((index, schema().1))
    }
}
