//! What must not be shown: one decision for every value and every text that leaves the program.
//!
//! A value is a secret because of its type (declared sensitive, in the code, a plan, a state or by its format), its
//! name (`db_password`, the entry of an environment that is called so), its form (a provider's token, a private key,
//! an address with a password) or because chance made it. What is decided for a value holds for its text wherever it
//! stands: [`Redaction::text`] hides it in messages, [`Redaction::spans`] in the source.
//!
//! What is hidden keeps a class of length and a keyed digest, so that two reports compare:
//! `(hidden: 16-31 characters, hmac 1f3a…)`. The digest is cut to sixteen bits: it tells whether a secret has changed,
//! and is too short to find one by trying.

mod known;
mod name;
mod random;
mod shape;
mod text;
mod tree;
mod value;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use self::known::Known;
pub use self::value::Context;
use crate::hashing::QuickMap;
use crate::problem::Problem;
use crate::secret::Found;
pub use crate::secret::{DigestKey, Secret, SecretKind};
use crate::source::{Source, SourceId};
use crate::syntax::Document;

/// What stands in a secret's place: the class of its length, and a keyed digest of it.
pub fn marker(key: &DigestKey, secret: &str) -> String {
    let digest = digest(key, secret);
    let [first, second, ..] = digest;
    format!("(hidden: {} characters, hmac {first:02x}{second:02x}…)", length_class(secret.chars().count()))
}

/// `1-7`, `8-15`, `16-31`, …: a secret's length tells how to guess it.
fn length_class(length: usize) -> String {
    let mut least = 8;
    if length < least {
        return "1-7".to_owned();
    }
    while length >= 2 * least {
        least *= 2;
    }
    format!("{least}-{}", 2 * least - 1)
}

fn digest(key: &DigestKey, secret: &str) -> [u8; 32] {
    let salted = format!("compline redaction\n{}", key.text());
    match Hmac::<Sha256>::new_from_slice(salted.as_bytes()) {
        Ok(mut mac) => {
            mac.update(secret.as_bytes());
            mac.finalize().into_bytes().into()
        }
        // Keys of any length are taken.
        Err(_) => [0; 32],
    }
}

/// Whether a value that stands under a secret's name is none: nothing, a word, a mask, a reference, the place of a
/// secret in a store.
pub fn is_no_secret(value: &str) -> bool {
    text::is_exempt(value)
}

/// A text with what is a secret by its form or its look hidden; what stands under a name in it counts too.
pub fn plain_text<'t>(key: &DigestKey, text: &'t str) -> Cow<'t, str> {
    replaced(key, text, &merged(text::secrets(text, text::Reading::Prose)))
}

/// A text that is about a secret, such as the message of another scanner that found one: every word and every quoted
/// part of it that looks like a secret is hidden.
pub fn strict_text(key: &DigestKey, text: &str) -> String {
    let mut secrets = text::secrets(text, text::Reading::Prose);
    secrets.extend(text::mixed_words(text));
    replaced(key, text, &merged(secrets)).into_owned()
}

/// A text that is a value, with what of it is a secret by form or look hidden. What is a secret as a whole,
/// [`Context::whole`] tells.
pub fn value_text<'t>(key: &DigestKey, text: &'t str, context: Context) -> Cow<'t, str> {
    if random::is_tame(text) {
        return Cow::Borrowed(text);
    }
    replaced(key, text, &merged(text::secrets(text, context.reading())))
}

fn replaced<'t>(key: &DigestKey, text: &'t str, secrets: &[Secret]) -> Cow<'t, str> {
    if secrets.is_empty() {
        return Cow::Borrowed(text);
    }
    let (mut out, mut at) = (String::with_capacity(text.len() + 40), 0);
    for secret in secrets {
        let (Some(before), Some(hidden)) = (text.get(at..secret.range.start), text.get(secret.range.clone()))
        else {
            continue;
        };
        out.push_str(before);
        out.push_str(&marker(key, hidden));
        at = secret.range.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    Cow::Owned(out)
}

/// In order, each byte in one range only; the kind of the first counts.
fn merged(mut secrets: Vec<Secret>) -> Vec<Secret> {
    secrets.sort_by_key(|secret| (secret.range.start, std::cmp::Reverse(secret.range.end)));
    let mut out: Vec<Secret> = Vec::with_capacity(secrets.len());
    for secret in secrets {
        match out.last_mut() {
            Some(last) if secret.range.start < last.range.end => {
                last.range.end = last.range.end.max(secret.range.end);
                last.kind = last.kind.min(secret.kind);
            }
            _ => out.push(secret),
        }
    }
    out
}

/// The secrets of one reading: what they are, and how they are told.
#[derive(Debug, Default)]
pub struct Redaction {
    key: DigestKey,
    known: Known,
    /// By source: what its tree says must not be shown.
    trees: HashMap<SourceId, Arc<Vec<Secret>>>,
    /// By source: all of its text that must not be shown, made when it is first shown.
    spans: Mutex<HashMap<SourceId, Arc<[Secret]>>>,
    /// Texts that were asked for, and how they are shown.
    met: Mutex<QuickMap<Arc<str>, Arc<str>>>,
    /// The values that were hidden, by kind: the first bytes of their digests.
    told: Mutex<BTreeMap<SecretKind, BTreeSet<[u8; 8]>>>,
}

impl Redaction {
    /// A reading of no code: only forms and looks count.
    pub fn without_code(key: DigestKey) -> Self {
        Self { key, ..Self::default() }
    }

    /// The secrets of texts that nobody evaluated.
    pub fn of_sources<'s>(key: DigestKey, sources: impl Iterator<Item = &'s Source>) -> Self {
        let documents: Vec<Document> = sources
            .map(|source| {
                let again = Source::new(source.id, Arc::clone(&source.path), Arc::clone(&source.text));
                parsed(Arc::new(again))
            })
            .collect();
        Self::of(key, documents.iter(), std::iter::empty())
    }

    /// The secrets of these documents and of the values read from them.
    pub(crate) fn of<'s>(
        key: DigestKey,
        documents: impl Iterator<Item = &'s Document>,
        inventories: impl Iterator<Item = &'s crate::Inventory>,
    ) -> Self {
        let documents: Vec<&Document> = documents.collect();
        let declared = tree::declared_names(&documents);
        let mut known = Known::default();
        let mut trees = HashMap::new();
        for document in &documents {
            let found = of_document(document);
            let mut secrets = Arc::clone(&found.secrets);
            known.learn(found.texts.iter());
            let assigned = tree::assigned(document, &declared);
            if !assigned.secrets.is_empty() {
                secrets = Arc::new(merged(
                    secrets.iter().cloned().chain(assigned.secrets.iter().cloned()).collect(),
                ));
                known.learn(assigned.texts.iter());
            }
            trees.insert(document.source.id, secrets);
        }
        for inventory in inventories {
            known.learn(of_inventory(inventory).iter());
        }
        Self { key, known, trees, ..Self::default() }
    }

    pub fn key(&self) -> &DigestKey {
        &self.key
    }

    /// A text of any origin (a message, a name, an address) with its secrets hidden.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if text.len() < 4 {
            return Cow::Borrowed(text);
        }
        let mut secrets = text::secrets(text, text::Reading::Prose);
        self.known.find(text, &mut secrets);
        self.hidden(text, merged(secrets))
    }

    /// As [`Self::text`], of a text that is kept and met again and again, such as an address.
    pub fn shared(&self, text: &Arc<str>) -> Arc<str> {
        let met = self.met.lock().unwrap_or_else(PoisonError::into_inner).get(text).cloned();
        met.unwrap_or_else(|| {
            let shown = match self.text(text) {
                Cow::Borrowed(_) => Arc::clone(text),
                Cow::Owned(hidden) => Arc::from(hidden),
            };
            let mut met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
            met.insert(Arc::clone(text), Arc::clone(&shown));
            shown
        })
    }

    /// What a rule says of a resource. The values in it were hidden when it was made, as far as they are secrets by
    /// themselves; here those are that other values tell, and the resource's address.
    pub fn sentence<'t>(&self, text: &'t str, address: &Arc<str>) -> Cow<'t, str> {
        let mut secrets = Vec::new();
        self.known.find(text, &mut secrets);
        let hidden = self.hidden(text, merged(secrets));
        match self.shared(address) {
            shown if shown != *address && hidden.contains(&**address) => {
                Cow::Owned(hidden.replace(&**address, &shown))
            }
            _ => hidden,
        }
    }

    /// Hides the secrets of a text in place.
    pub fn hide(&self, text: &mut String) {
        if let Cow::Owned(hidden) = self.text(text) {
            *text = hidden;
        }
    }

    /// A text that is a value, or a part of one.
    pub fn value<'t>(&self, context: Context, text: &'t str) -> Cow<'t, str> {
        if text.starts_with(MARK) {
            return Cow::Borrowed(text);
        }
        match context.whole(text) {
            Some(kind) => self.hidden(text, vec![Secret { range: 0..text.len(), kind }]),
            None => {
                let mut secrets = text::secrets(text, context.reading());
                self.known.find(text, &mut secrets);
                self.hidden(text, merged(secrets))
            }
        }
    }

    /// What of a file's text must not be shown, in order.
    pub fn spans(&self, source: &Source) -> Arc<[Secret]> {
        let mut made = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        let spans = made.entry(source.id).or_insert_with(|| {
            let of_tree = self.trees.get(&source.id);
            self.all_of(source, of_tree.map(|secrets| secrets.as_slice()).unwrap_or_default()).into()
        });
        Arc::clone(spans)
    }

    /// A range of a text with those of its secrets hidden that reach into it.
    pub fn range(&self, text: &str, secrets: &[Secret], range: Range<usize>) -> String {
        let first = secrets.partition_point(|secret| secret.range.end <= range.start);
        let (mut out, mut at) = (String::new(), range.start);
        for secret in secrets.iter().skip(first).take_while(|secret| secret.range.start < range.end) {
            out.push_str(text.get(at..secret.range.start.max(at)).unwrap_or_default());
            out.push_str(&self.told(secret.kind, text.get(secret.range.clone()).unwrap_or_default()));
            at = secret.range.end.min(range.end);
        }
        out.push_str(text.get(at..range.end).unwrap_or_default());
        out
    }

    /// What must not be shown of a text that was read by no workspace: a file as it will be.
    pub fn spans_of(&self, path: &str, text: &Arc<str>) -> Vec<Secret> {
        let source = Arc::new(Source::new(SourceId(u32::MAX), path, Arc::clone(text)));
        let document = parsed(Arc::clone(&source));
        let found = of_document(&document);
        self.all_of(&source, &found.secrets)
    }

    fn all_of(&self, source: &Source, of_tree: &[Secret]) -> Vec<Secret> {
        let mut secrets = text::secrets(&source.text, text::Reading::Source);
        secrets.extend(of_tree.iter().cloned());
        self.known.find(&source.text, &mut secrets);
        merged(secrets)
    }

    /// What is wrong with a file, without the secrets of the lines that it is about: a parser names what it found there.
    pub fn problem(&self, problem: &Problem, source: Option<&Source>) -> String {
        let mut message = self.text(&problem.message).into_owned();
        let (Some(span), Some(source)) = (problem.span, source) else { return message };
        let (first, last) = (source.place(span.start).line, source.place(span.end).line);
        let start = source.line_start(first.saturating_sub(2) as usize).unwrap_or(0) as usize;
        let end = source.line_start(last as usize).map_or(source.text.len(), |end| end as usize);
        let spans = self.spans(source);
        for secret in spans.iter().filter(|one| one.range.start < end && start < one.range.end) {
            let hidden = source.text.get(secret.range.clone()).unwrap_or_default();
            for part in hidden.split_whitespace().chain([hidden]).filter(|part| part.len() >= 4) {
                if message.contains(part) {
                    message = message.replace(part, &self.told(secret.kind, part));
                }
            }
        }
        message
    }

    /// What stands in a secret's place, which is counted.
    pub fn told(&self, kind: SecretKind, secret: &str) -> String {
        let digest = digest(&self.key, secret);
        let mut short = [0; 8];
        short.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        self.told.lock().unwrap_or_else(PoisonError::into_inner).entry(kind).or_default().insert(short);
        marker(&self.key, secret)
    }

    /// How many values were hidden so far, by kind.
    pub fn counts(&self) -> BTreeMap<SecretKind, usize> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.iter().map(|(kind, values)| (*kind, values.len())).collect()
    }

    fn hidden<'t>(&self, text: &'t str, secrets: Vec<Secret>) -> Cow<'t, str> {
        if secrets.is_empty() {
            return Cow::Borrowed(text);
        }
        for secret in &secrets {
            if let Some(hidden) = text.get(secret.range.clone()) {
                drop(self.told(secret.kind, hidden));
            }
        }
        replaced(&self.key, text, &secrets)
    }
}

/// What a document says by itself, found once.
fn of_document(document: &Document) -> &Found {
    document.secrets.get_or_init(|| tree::of_document(document))
}

/// What an inventory's values say, found once.
fn of_inventory(inventory: &crate::Inventory) -> &[(Arc<str>, SecretKind)] {
    inventory.secrets.get_or_init(|| value::of_inventory(inventory))
}

fn parsed(source: Arc<Source>) -> Document {
    match crate::format::file_kind(&source.path) {
        Some(kind) => crate::syntax::parse(source, kind),
        None => Document::other(source),
    }
}

/// How every marker begins.
pub(crate) const MARK: &str = "(hidden: ";
