//! What is wrong with a framework's file or with the objectives. Shared with the build script.

use std::fmt;

/// What is wrong, and where. As text it begins with the place: ``control `A-1`: a summary is needed``.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueProblem {
    pub at: ProblemPlace,
    pub message: String,
}

/// Where something is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProblemPlace {
    /// The file as a whole.
    File,
    /// Where the reader of YAML or JSON stopped, from 1, and its words without that place.
    Read {
        line: u64,
        column: u64,
        words: String,
    },
    /// A key of the framework itself.
    Key(String),
    Group {
        id: String,
    },
    /// A control; where one word of it is wrong, that.
    Control {
        id: String,
        word: Option<String>,
    },
    Objective {
        id: String,
    },
    /// An id that stands a second time.
    Repeated {
        what: &'static str,
        id: String,
    },
    /// A group or a control that has no id is found by its title.
    Nameless {
        title: String,
    },
}

impl CatalogueProblem {
    /// What a reader of YAML says.
    pub fn of_yaml(error: &serde_saphyr::Error) -> Self {
        let message = reader_message(error);
        let place = error.location().map(|location| (location.line(), location.column()));
        Self::read(message, place, |first, line, column| {
            first.strip_prefix(&format!("line {line} column {column}: "))
        })
    }

    /// What a reader says; `without_place` takes the place, line and column, out of the first line of its words.
    pub(crate) fn read(
        message: String,
        place: Option<(u64, u64)>,
        without_place: impl Fn(&str, u64, u64) -> Option<&str>,
    ) -> Self {
        let first = message.lines().next().unwrap_or_default();
        let found = place.and_then(|(line, column)| {
            let words = without_place(first, line, column)?.to_owned();
            Some(ProblemPlace::Read { line, column, words })
        });
        Self { at: found.unwrap_or(ProblemPlace::File), message }
    }

    pub fn of_key(key: &str, message: impl Into<String>) -> Self {
        Self { at: ProblemPlace::Key(key.to_owned()), message: message.into() }
    }
}

/// What a reader of YAML says, with its place.
pub fn reader_message(error: &serde_saphyr::Error) -> String {
    let text = error.to_string();
    text.strip_prefix("error: ").unwrap_or(&text).trim_end().to_owned()
}

impl fmt::Display for CatalogueProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = &self.message;
        match &self.at {
            ProblemPlace::File | ProblemPlace::Read { .. } => f.write_str(message),
            ProblemPlace::Key(key) => write!(f, "{key}: {message}"),
            ProblemPlace::Group { id } => write!(f, "group `{id}`: {message}"),
            ProblemPlace::Control { id, .. } => write!(f, "control `{id}`: {message}"),
            ProblemPlace::Objective { id } => write!(f, "objective `{id}`: {message}"),
            ProblemPlace::Repeated { what, id } => write!(f, "{what} `{id}`: {message}"),
            ProblemPlace::Nameless { .. } => write!(f, "groups: {message}"),
        }
    }
}
