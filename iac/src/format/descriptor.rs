//! What there is to say about a format, once: everything that lists formats is made from these.

use std::sync::Arc;

use crate::inventory::{Dialect, Inventory};
use crate::options::Options;
use crate::problem::Problem;
use crate::source::Source;
use crate::syntax::FileKind;
use crate::syntax::node::Node;

/// One format of infrastructure as code.
#[derive(Debug)]
pub struct Format {
    /// As its users call it: `Terraform`.
    pub name: &'static str,
    /// The files that hold it, by their names. The first pattern that fits a name says how it is parsed.
    pub files: &'static [FilePattern],
    /// How it is told from other formats in files of the same name; `None` where the names say it all.
    pub content: Option<Content>,
    /// What editors call the languages of its files. A format without a reader names none: an editor that does
    /// not send a file does not show it as clean either.
    pub languages: &'static [Language],
    /// The family its resources speak; `None` without a reader.
    pub dialect: Option<Dialect>,
    pub reader: Reader,
    pub editor: Editor,
}

/// Files by their names. Endings of YAML and JSON are compared without their case, all other names with it, as the
/// formats' own tools do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilePattern {
    /// A file's name, in which one `*` stands for any characters: `*.tf`, `Dockerfile`.
    pub name: &'static str,
    /// How the text is parsed; `None` for a file that is never parsed.
    pub kind: Option<FileKind>,
    /// Whether the name says it all; else the [`Content`] decides.
    pub certain: bool,
    /// Whether the file is read where a directory was named and not the file itself.
    pub walked: bool,
    pub role: Role,
}

/// What a file is in its format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It declares resources.
    Source,
    /// Its values are read with the sources of its directory, even where version control ignores it.
    Values,
    /// Its values are read when it is asked for.
    ValuesOnDemand,
    /// A tool's notes, which readers look up when they need them.
    Notes,
}

/// How a format shows in a text.
#[derive(Debug, Clone, Copy)]
pub struct Content {
    /// Lists of words. A text that has all the words of no list is not parsed: most YAML and JSON is no
    /// infrastructure as code.
    pub words: &'static [&'static [&'static str]],
    /// Whether the parsed documents of a file hold the format.
    pub is_it: fn(&[Node]) -> bool,
    /// The same for people, as the end of "it is told by …".
    pub mark: &'static str,
}

/// A language as editors name it, and what a buffer of it is called that has no file yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Language {
    pub id: &'static str,
    pub untitled: &'static str,
}

/// Reads one file as a root; `None` when it is not of the format after all.
pub type ReadFile = fn(&Arc<Source>, &[Node], &Options) -> Option<(Inventory, Vec<Problem>)>;

/// Reads files together as one root; `None` when none of them is of the format after all.
pub type ReadTogether = fn(&[(Arc<Source>, &[Node])], &Options) -> Option<(Inventory, Vec<Problem>)>;

/// How files become inventories. It also says what a root is.
#[derive(Debug, Clone, Copy)]
pub enum Reader {
    /// The sources of a directory are a module, and a module that no other one calls is a root.
    Modules,
    /// Each file is a root.
    EachFile(ReadFile),
    /// All files of the workspace together are one root.
    Together(ReadTogether),
    /// A plan: laid over the root it was made of, else a root of its own.
    Plan,
    /// There is none: the file is listed as not looked at. What to do instead, in a sentence.
    None { instead: &'static str },
}

/// How fixes are written into files of a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Editor {
    /// `edit::hcl`, and `edit::data` for the JSON form.
    Hcl,
    /// `edit::data`.
    Data,
    /// They are not.
    None,
}

impl Format {
    pub fn has_reader(&self) -> bool {
        !matches!(self.reader, Reader::None { .. })
    }

    /// The pattern that fits a file's name.
    pub fn pattern(&self, name: &str) -> Option<&'static FilePattern> {
        self.files.iter().find(|pattern| pattern.fits(name))
    }

    /// Whether a file of this name and text is worth parsing for the format.
    pub fn may_be_in(&self, name: &str, text: &str) -> bool {
        let has_words =
            |content: Content| content.words.iter().any(|words| words.iter().all(|word| text.contains(word)));
        self.pattern(name).is_some_and(|pattern| pattern.certain || self.content.is_some_and(has_words))
    }

    /// Whether the parsed documents of a file of this name hold the format.
    pub fn is_in(&self, name: &str, nodes: &[Node]) -> bool {
        let shows = |content: Content| (content.is_it)(nodes);
        self.pattern(name).is_some_and(|pattern| pattern.certain || self.content.is_some_and(shows))
    }
}

impl FilePattern {
    /// A source that its name tells.
    pub const fn named(name: &'static str, kind: FileKind) -> Self {
        Self { name, kind: Some(kind), certain: true, walked: true, role: Role::Source }
    }

    /// YAML or JSON that may be a source: its content tells.
    pub const fn data(name: &'static str) -> Self {
        Self { name, kind: Some(FileKind::Data), certain: false, walked: true, role: Role::Source }
    }

    /// A source that its name tells and that is never parsed.
    pub const fn unparsed(name: &'static str) -> Self {
        Self { name, kind: None, certain: true, walked: true, role: Role::Source }
    }

    /// What a tool keeps for itself: no source, whatever pattern behind it fits as well.
    pub const fn notes(name: &'static str) -> Self {
        Self { name, kind: None, certain: true, walked: false, role: Role::Notes }
    }

    /// Values for the sources of a directory.
    pub const fn values(name: &'static str, kind: FileKind, role: Role, walked: bool) -> Self {
        Self { name, kind: Some(kind), certain: true, walked, role }
    }

    /// Whether a file's name, without its directory, is one of these.
    pub fn fits(&self, name: &str) -> bool {
        let same = |one: Option<&str>, other: &str| {
            one.is_some_and(
                |one| if self.any_case() { one.eq_ignore_ascii_case(other) } else { one == other },
            )
        };
        match self.name.split_once('*') {
            Some((start, end)) => {
                name.len() >= start.len() + end.len()
                    && same(name.get(..start.len()), start)
                    && same(name.get(name.len() - end.len()..), end)
            }
            None => same(Some(name), self.name),
        }
    }

    /// Whether letters of either case are the same: tools that are given a template, a manifest or a plan by its name
    /// take it whatever the case of its ending. A name that a tool looks for by itself is looked for as it is.
    pub fn any_case(&self) -> bool {
        !self.certain && self.name.starts_with('*')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_star_stands_for_any_characters() {
        let fits = |pattern, name| FilePattern::unparsed(pattern).fits(name);
        assert!(fits("*.tf", "main.tf") && fits("*.tf", ".tf") && !fits("*.tf", "main.tf.json"));
        assert!(fits("docker-compose*.yml", "docker-compose.yml"));
        assert!(fits("docker-compose*.yml", "docker-compose.override.yml"));
        assert!(!fits("aba*aba", "aba") && fits("aba*aba", "abaaba"));
        assert!(fits("Dockerfile", "Dockerfile") && !fits("Dockerfile", "dockerfile"));
        let fits = |pattern, name| FilePattern::data(pattern).fits(name);
        assert!(fits("*.yaml", "A.YAML") && fits("*.json", "é.Json") && !fits("Chart.yaml", "chart.yaml"));
        assert!(!FilePattern::unparsed("*.tf").fits("main.TF") && !fits("*.json", "né"));
    }
}
