//! What a secret is, for those that keep what was found of one.

use std::ops::Range;
use std::sync::Arc;

/// What the digests of hidden values are keyed with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DigestKey(Arc<str>);

impl DigestKey {
    /// A key of a text; two runs with the same text give the same digests.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

/// Why something is hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecretKind {
    /// The code, the plan, the state or the format says so.
    Declared,
    /// Its name says so.
    Named,
    /// It has the form of a token of some provider.
    Token,
    PrivateKey,
    /// The password of an address or a connection string.
    Address,
    /// It is encoded, and what it encodes holds a secret.
    Encoded,
    /// Chance made it, by its look.
    Random,
}

impl SecretKind {
    pub const ALL: [Self; 7] = [
        Self::Declared,
        Self::Named,
        Self::Token,
        Self::PrivateKey,
        Self::Address,
        Self::Encoded,
        Self::Random,
    ];

    /// As machines read it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Named => "named",
            Self::Token => "token",
            Self::PrivateKey => "private-key",
            Self::Address => "address",
            Self::Encoded => "encoded",
            Self::Random => "random",
        }
    }

    /// As a sentence names it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Declared => "declared sensitive",
            Self::Named => "secret by name",
            Self::Token => "token",
            Self::PrivateKey => "private key",
            Self::Address => "password in an address",
            Self::Encoded => "encoded secret",
            Self::Random => "random text",
        }
    }
}

/// A range of a text that must not be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// In bytes.
    pub range: Range<usize>,
    pub kind: SecretKind,
}

/// What a document or a value was found to hold: ranges of its text, and texts that are secrets wherever they stand.
#[derive(Debug, Default)]
pub struct Found {
    pub secrets: Arc<Vec<Secret>>,
    pub texts: Vec<(Arc<str>, SecretKind)>,
}
