//! What the providers' own schemas know: the settings of each resource kind, which must be set, what they hold and
//! which values they take.
//!
//! The tables in `rules/schema` are extracted from published schemas by `extract.py`, which gives their form; what
//! other releases have stands in `other.txt`. A table is read where it is asked for: nothing is parsed when the
//! program starts.

mod page;
mod place;
mod resource;

use std::collections::HashMap;
use std::sync::OnceLock;

use compline_iac::Dialect;

pub use self::page::{InPage, line_of, unknown_in_rule, unknown_in_table};
pub use self::resource::unknown_in_resource;

/// The tables; of what two of them say of one kind, both count.
const TABLES: [&str; 9] = [
    include_str!("../schema/terraform-aws.txt"),
    include_str!("../schema/terraform-azurerm.txt"),
    include_str!("../schema/terraform-azuread.txt"),
    include_str!("../schema/terraform-google.txt"),
    include_str!("../schema/terraform-kubernetes.txt"),
    include_str!("../schema/cloudformation.txt"),
    include_str!("../schema/arm.txt"),
    include_str!("../schema/kubernetes.txt"),
    include_str!("../schema/other.txt"),
];

/// What is known of a resource kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Known {
    /// It is there; its settings were not extracted.
    Name,
    Settings(Vec<Member>),
}

/// A setting of a resource or of a structure in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    pub name: &'static str,
    /// It must be set.
    pub required: bool,
    /// Only the provider sets it.
    pub computed: bool,
    pub holds: Holds,
    /// All values it takes; empty where they are not listed.
    pub values: Vec<&'static str>,
}

/// What a setting holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Holds {
    /// A text, a number or a boolean.
    Value,
    /// A list of values.
    Values,
    /// Values by keys of the user's.
    Map,
    /// One structure: a block that stands once, an object.
    One(Structure),
    /// A list of structures: a block that may stand often.
    Many(Structure),
    /// Structures by keys of the user's.
    MapOf(Structure),
    /// Anything: the schema says no more.
    Anything,
}

/// The settings of a structure, as they stand in a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Structure {
    text: &'static str,
}

impl Structure {
    /// Its settings; none where the schema says no more.
    pub fn members(self) -> Vec<Member> {
        match self.text.strip_prefix('&') {
            Some(name) => index().shared.get(name).map(|text| members(text)).unwrap_or_default(),
            None => members(self.text),
        }
    }
}

/// A setting with its place in a resource: `versioning.enabled`.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    pub path: String,
    pub member: Member,
}

#[derive(Debug, Default)]
struct Index {
    /// The settings of each kind, one text per table that knows it; none where only its name is known.
    kinds: HashMap<&'static str, Vec<&'static str>>,
    /// Azure's kinds by their names in lower case.
    folded: HashMap<String, &'static str>,
    shared: HashMap<&'static str, &'static str>,
}

fn index() -> &'static Index {
    static INDEX: OnceLock<Index> = OnceLock::new();
    INDEX.get_or_init(|| {
        let mut index = Index::default();
        for line in TABLES.iter().flat_map(|table| table.lines()).filter(|line| !line.starts_with('#')) {
            let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
            match name.strip_prefix('&') {
                Some(name) => {
                    index.shared.insert(name, rest);
                }
                None if name == "." => {
                    for name in rest.split(' ') {
                        index.kinds.entry(name).or_default();
                    }
                }
                None => index.kinds.entry(name).or_default().push(rest),
            }
        }
        let azure = index.kinds.keys().filter(|kind| kind.starts_with("Microsoft."));
        index.folded = azure.map(|kind| (kind.to_lowercase(), *kind)).collect();
        index
    })
}

/// What is known of a kind; none where no schema has it.
pub fn kind(name: &str) -> Option<Known> {
    let index = index();
    let texts = index.kinds.get(name).or_else(|| {
        let folded = name.starts_with("Microsoft.").then(|| name.to_lowercase())?;
        index.kinds.get(index.folded.get(&folded)?)
    })?;
    let (first, others) = match texts.split_first() {
        Some(found) => found,
        None => return Some(Known::Name),
    };
    let mut all = members(first);
    for other in others {
        all.extend(members(other));
    }
    Some(Known::Settings(all))
}

/// The names of all kinds of a dialect, in order.
pub fn kinds(dialect: Dialect) -> Vec<&'static str> {
    let all = index().kinds.keys().copied();
    let mut names: Vec<&str> = all.filter(|kind| crate::kinds::dialect(kind) == dialect).collect();
    names.sort_unstable();
    names
}

/// Every setting of a kind that a user can set and that holds values, with its path; structures are gone through,
/// keys of the user's are not. None where the settings are not known.
pub fn settings(name: &str) -> Option<Vec<Setting>> {
    let Known::Settings(members) = kind(name)? else { return None };
    let mut out = Vec::new();
    list("", members, 0, &mut out);
    Some(out)
}

/// Levels of structures that are gone through: structures may hold themselves.
const DEEPEST: usize = 12;

fn list(above: &str, members: Vec<Member>, depth: usize, out: &mut Vec<Setting>) {
    for member in members.into_iter().filter(|member| !member.computed) {
        let path = if above.is_empty() { member.name.to_owned() } else { format!("{above}.{}", member.name) };
        match &member.holds {
            Holds::One(inner) | Holds::Many(inner) if depth < DEEPEST => {
                list(&path, inner.members(), depth + 1, out);
            }
            _ => out.push(Setting { path, member }),
        }
    }
}

/// Reads `name!(…)=A|B,name,…`.
fn members(text: &'static str) -> Vec<Member> {
    let mut out: Vec<Member> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(MARKS).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let required = after.starts_with('!');
        let computed = after.starts_with('^');
        let after = after.strip_prefix(['!', '^']).unwrap_or(after);
        let (holds, after) = holding(after);
        let (values, after) = match after.strip_prefix('=') {
            Some(listed) => {
                let end = listed.find(',').unwrap_or(listed.len());
                let (values, after) = listed.split_at(end);
                (values.split('|').collect(), after)
            }
            None => (Vec::new(), after),
        };
        // A structure of which no more is known is `(~)`.
        if !name.is_empty() {
            out.push(Member { name, required, computed, holds, values });
        }
        rest = after.strip_prefix(',').unwrap_or("");
    }
    out
}

/// What ends the name of a member.
const MARKS: [char; 10] = ['!', '^', '~', '*', '{', '(', '[', '<', '=', ','];

fn holding(text: &'static str) -> (Holds, &'static str) {
    let Some(first) = text.chars().next() else { return (Holds::Value, text) };
    let structure = |length: usize| Structure { text: text.get(1..length - 1).unwrap_or_default() };
    let length = if matches!(first, '(' | '[' | '<') { closed(text) } else { 1 };
    let after = text.get(length..).unwrap_or_default();
    match first {
        '~' => (Holds::Anything, after),
        '*' => (Holds::Values, after),
        '{' => (Holds::Map, text.get(2..).unwrap_or_default()),
        '(' | '[' | '<' if length <= 2 || text.get(1..2) == Some("~") => (Holds::Anything, after),
        '(' => (Holds::One(structure(length)), after),
        '[' => (Holds::Many(structure(length)), after),
        '<' => (Holds::MapOf(structure(length)), after),
        _ => (Holds::Value, text),
    }
}

/// The length of a text up to and with the bracket that closes its first.
fn closed(text: &str) -> usize {
    let mut depth = 0;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'<' => depth += 1,
            b')' | b']' | b'>' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    text.len()
}

/// Something a schema does not know, with the name that comes near it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unknown {
    Kind { kind: String, near: Option<&'static str> },
    Setting { kind: String, path: String, near: Option<&'static str> },
    Value { kind: String, path: String, value: String, values: Vec<&'static str> },
}

impl std::fmt::Display for Unknown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let near = match self {
            Unknown::Kind { kind, near } => {
                write!(f, "no provider has a `{kind}`")?;
                near
            }
            Unknown::Setting { kind, path, near } => {
                write!(f, "`{kind}` has no `{path}`")?;
                near
            }
            Unknown::Value { kind, path, value, values } => {
                write!(f, "`{path}` of `{kind}` is never `{value}`; it is one of {}", values.join(", "))?;
                &None
            }
        };
        match near {
            Some(near) => write!(f, "; did you mean `{near}`?"),
            None => Ok(()),
        }
    }
}

/// The one of these names that comes nearest to a word: two letters apart at most, and fewer where it is short.
fn nearest(word: &str, names: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let most = (word.len() / 4).clamp(1, 2);
    let folded = word.to_lowercase();
    let far = |name: &str| distance(folded.as_bytes(), name.to_lowercase().as_bytes(), most);
    names.filter_map(|name| Some((far(name)?, name))).min().map(|(_, name)| name)
}

/// The number of letters to change, add or leave out; none over `most`.
fn distance(a: &[u8], b: &[u8], most: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, (y, above)) in b.iter().zip(row.windows(2)).enumerate() {
            let (diagonal, up) = (above.first().copied()?, above.last().copied()?);
            let left = next.get(j).copied()?;
            next.push((diagonal + usize::from(x != y)).min(up + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().filter(|distance| *distance <= most)
}

#[cfg(test)]
mod tests;
