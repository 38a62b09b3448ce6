//! How a text is cut into words, for the model and for full text alike. Shared with the build script.

use std::collections::HashSet;

use frostem::{Algorithm, Stemmer};

/// Words that say nothing here: the usual ones, and those every check is named with.
const STOP: [&str; 66] = [
    "a", "all", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "do", "does",
    "ensure", "ensures", "for", "from", "has", "have", "if", "in", "into", "is", "it", "its", "least",
    "less", "may", "more", "must", "no", "not", "of", "off", "on", "one", "only", "or", "over", "set",
    "should", "so", "some", "such", "than", "that", "the", "their", "them", "there", "these", "they", "this",
    "to", "under", "use", "used", "uses", "was", "were", "when", "which", "with", "without",
];

/// The names the model knows as one word: `kmskeyid` for `kms_key_id`, `KmsKeyId` and `kmsKeyId`.
#[derive(Debug, Default)]
pub struct FieldWords(HashSet<String>);

impl FieldWords {
    /// One name a line, its parts apart.
    pub fn read(text: &str) -> Self {
        Self(text.lines().filter(|line| !line.starts_with('#')).map(|line| line.replace(' ', "")).collect())
    }

    /// The text as the model is given it: names of several words are one where the model has them, and are
    /// taken apart where it has not; what is not a word is a space.
    pub fn model_input(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + 8);
        for run in runs(text) {
            let parts = parts(run);
            let joined = parts.concat();
            if !out.is_empty() {
                out.push(' ');
            }
            match parts.len() > 1 && !self.0.contains(&joined) {
                true => out.push_str(&parts.join(" ")),
                false => out.push_str(&joined),
            }
        }
        out
    }
}

/// Makes the terms of full text.
pub struct Terms(Stemmer);

impl std::fmt::Debug for Terms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Terms")
    }
}

impl Default for Terms {
    fn default() -> Self {
        Self(Stemmer::new(Algorithm::English))
    }
}

impl Terms {
    /// The words that count, each as written (in lower case) and as its stem; names of several words give their
    /// parts and themselves.
    pub fn of(&self, text: &str) -> Vec<(String, String)> {
        let mut out = Vec::new();
        let mut push = |word: String| {
            if word.len() < 40 && !STOP.contains(&word.as_str()) {
                let stem = self.0.stem(&word).into_owned();
                out.push((word, stem));
            }
        };
        for run in runs(text) {
            let parts = parts(run);
            if parts.len() > 1 {
                push(parts.concat());
            }
            parts.into_iter().for_each(&mut push);
        }
        out
    }
}

/// Runs of letters, digits and underscores.
fn runs(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|run| run.chars().any(char::is_alphanumeric))
}

/// The words of a name, in lower case: `kms_key_id`, `KMSKeyId` and `kmsKeyId` are `kms`, `key` and `id`. Two
/// letters must follow a capital for it to begin a word after another, so that `IPv6` and `VPCs` stay whole.
fn parts(run: &str) -> Vec<String> {
    let mut out = Vec::new();
    for piece in run.split('_').filter(|piece| !piece.is_empty()) {
        let letters: Vec<char> = piece.chars().collect();
        let lower = |at: usize| letters.get(at).is_some_and(|c| c.is_lowercase());
        let mut word = String::new();
        for (at, c) in letters.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|at| letters.get(at));
            let begins = c.is_uppercase()
                && before.is_some_and(|before| {
                    before.is_lowercase()
                        || before.is_numeric()
                        || (before.is_uppercase() && lower(at + 1) && lower(at + 2))
                });
            if begins && !word.is_empty() {
                out.push(std::mem::take(&mut word));
            }
            word.extend(c.to_lowercase());
        }
        out.push(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_word_in_every_spelling() {
        let words = FieldWords::read("# names\nkms key id\n");
        for name in ["kms_key_id", "KmsKeyId", "kmsKeyId", "KMSKeyId"] {
            assert_eq!(words.model_input(name), "kmskeyid");
        }
        assert_eq!(
            words.model_input("AWS::S3::Bucket kms_key_arn: IPv6, VPCs"),
            "aws s3 bucket kms key arn ipv6 vpcs"
        );
        assert_eq!(words.model_input(" -- "), "");
    }

    #[test]
    fn terms_are_stems_of_words_that_count() {
        let stems: Vec<String> = Terms::default()
            .of("Ensure the buckets are encrypted: kmsKeyId")
            .into_iter()
            .map(|term| term.1)
            .collect();
        assert_eq!(stems, ["bucket", "encrypt", "kmskeyid", "kms", "key", "id"]);
    }
}
