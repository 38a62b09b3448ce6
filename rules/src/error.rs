//! What is wrong in a page or in a table beside pages. Shared with the build script; knows nothing of `iac`.

use std::fmt;

/// What is wrong, and where. As text it begins with the place: ``check.aws_x.acl: `isnt` is no operator``.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentError {
    pub at: ContentPlace,
    pub problem: ContentProblem,
}

/// A place in the text of a page or a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContentPlace {
    /// The text as a whole.
    Text,
    /// From 1.
    Line(usize),
    /// A key of the YAML: its segments from the outermost on.
    Key(KeyPath),
}

/// The way to a key of YAML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPath(pub Vec<Segment>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    Key(String),
    /// From 0.
    Item(usize),
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContentProblem {
    /// It cannot be read as YAML: the reader's words, and the line in the YAML, from 1.
    Syntax {
        message: String,
        line: Option<usize>,
    },
    /// Something has to be said there, or has to be said otherwise: a sentence.
    Wanted(&'static str),
    UnknownOperator {
        name: String,
        operators: &'static [&'static str],
    },
    /// No regular expression: why.
    BadPattern(String),
    BadId {
        id: String,
    },
    /// The words at an example's fence name no language.
    UnknownLanguage {
        words: String,
    },
    /// An entry of `covers` that cannot be: a sentence.
    BadCover {
        why: String,
    },
    UnknownTable {
        name: String,
        tables: &'static [&'static str],
    },
    /// A check names a parameter that the page does not declare.
    UnknownParameter {
        name: String,
    },
}

impl ContentError {
    pub fn at_line(line: usize, problem: ContentProblem) -> Self {
        Self { at: ContentPlace::Line(line), problem }
    }
}

impl KeyPath {
    pub fn of(key: &str) -> Self {
        Self(vec![Segment::Key(key.to_owned())])
    }

    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.with(Segment::Key(key.to_owned()))
    }

    #[must_use]
    pub fn item(&self, index: usize) -> Self {
        self.with(Segment::Item(index))
    }

    fn with(&self, segment: Segment) -> Self {
        Self(self.0.iter().cloned().chain([segment]).collect())
    }

    pub fn error(&self, problem: ContentProblem) -> ContentError {
        ContentError { at: ContentPlace::Key(self.clone()), problem }
    }

    /// The error that something else is wanted here.
    pub fn wants(&self, sentence: &'static str) -> ContentError {
        self.error(ContentProblem::Wanted(sentence))
    }
}

impl fmt::Display for ContentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.at {
            ContentPlace::Text => self.problem.fmt(f),
            ContentPlace::Line(line) => write!(f, "line {line}: {}", self.problem),
            ContentPlace::Key(path) => write!(f, "{path}: {}", self.problem),
        }
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Key(key) if at == 0 => f.write_str(key)?,
                Segment::Key(key) => write!(f, ".{key}")?,
                Segment::Item(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for ContentProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ContentProblem::Syntax { message, .. } => f.write_str(message),
            ContentProblem::Wanted(sentence) => f.write_str(sentence),
            ContentProblem::UnknownOperator { name, operators } => {
                write!(f, "`{name}` is no operator; there are {}", operators.join(", "))
            }
            ContentProblem::BadPattern(why) => f.write_str(why),
            ContentProblem::BadId { id } => {
                write!(f, "`{id}` is not of the form `<provider>-<service>-<problem>` in lower case")
            }
            ContentProblem::BadCover { why } => f.write_str(why),
            ContentProblem::UnknownLanguage { words } => write!(f, "`{words}` is no language of examples"),
            ContentProblem::UnknownTable { name, tables } => {
                write!(f, "`{name}.yaml` is no table; there are {}", tables.join(", "))
            }
            ContentProblem::UnknownParameter { name } => {
                write!(f, "`${name}` is not among the page's `parameters`")
            }
        }
    }
}
