//! Where a path leads in a schema.

use compline_iac::Dialect;

use super::{Holds, Known, Member, Unknown, kind, nearest};

/// What stands at a place of a kind. Of several, as of a setting that changed between releases, each may be meant.
#[derive(Debug, Clone)]
pub(super) struct Place<'k> {
    pub kind: &'k str,
    pub path: String,
    pub content: Content,
}

#[derive(Debug, Clone)]
pub(super) enum Content {
    Structure(Vec<Member>),
    /// Values by the user's keys.
    Map,
    MapOf(Vec<Member>),
    /// A value, or a list of them; the values it takes where they are listed.
    Value(Vec<&'static str>),
    Anything,
}

/// What each dialect lets stand in a resource beside what its kind has.
const TERRAFORM: [&str; 8] =
    ["count", "for_each", "provider", "depends_on", "lifecycle", "connection", "provisioner", "timeouts"];
const ARM: [&str; 15] = [
    "type",
    "apiVersion",
    "name",
    "id",
    "location",
    "tags",
    "dependsOn",
    "condition",
    "copy",
    "comments",
    "resources",
    "scope",
    "existing",
    "metadata",
    "properties",
];

impl<'k> Place<'k> {
    /// The body of a kind; none where its settings are not known.
    pub fn of(name: &'k str) -> Option<Self> {
        match kind(name)? {
            Known::Name => None,
            Known::Settings(members) => {
                Some(Self { kind: name, path: String::new(), content: Content::Structure(members) })
            }
        }
    }

    fn anything(kind: &'k str, path: String) -> Self {
        Self { kind, path, content: Content::Anything }
    }

    /// Where a name leads from here; nowhere where the schema does not have it.
    pub fn enter(&self, name: &str) -> Vec<Place<'k>> {
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        let at = |content| Place { kind: self.kind, path: path.clone(), content };
        match &self.content {
            // A path into a text reads it as JSON.
            Content::Anything | Content::Value(_) => vec![Self::anything(self.kind, path)],
            Content::Map => vec![at(Content::Value(Vec::new()))],
            Content::MapOf(members) => vec![at(Content::Structure(members.clone()))],
            Content::Structure(members) => {
                let same = |member: &&Member| {
                    member.name == name || folds(self.kind) && member.name.eq_ignore_ascii_case(name)
                };
                let found: Vec<Place<'k>> =
                    members.iter().filter(same).map(|member| at(Content::of(member))).collect();
                if found.is_empty() && self.path.is_empty() && is_general(self.kind, name) {
                    return vec![Self::anything(self.kind, path)];
                }
                found
            }
        }
    }

    /// Where a key in brackets leads: an entry of a map, or the value of a name/value pair.
    pub fn keyed(&self) -> Place<'k> {
        let content = match &self.content {
            Content::MapOf(members) => Content::Structure(members.clone()),
            _ => Content::Anything,
        };
        Place { kind: self.kind, path: self.path.clone(), content }
    }

    /// What an element of it is.
    pub fn element(&self) -> Place<'k> {
        let content = match &self.content {
            Content::Structure(members) => Content::Structure(members.clone()),
            Content::Value(values) => Content::Value(values.clone()),
            // The elements of a map are pairs of `key` and `value`.
            Content::Map | Content::MapOf(_) | Content::Anything => Content::Anything,
        };
        Place { kind: self.kind, path: self.path.clone(), content }
    }

    /// What to say of a name that leads nowhere from here.
    pub fn without(&self, name: &str) -> Unknown {
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        let near = match &self.content {
            Content::Structure(members) => nearest(name, members.iter().map(|member| member.name)),
            _ => None,
        };
        Unknown::Setting { kind: self.kind.to_owned(), path, near }
    }

    /// What to say of a value that is none of those listed here.
    pub fn refuses(&self, value: &str) -> Option<Unknown> {
        let Content::Value(values) = &self.content else { return None };
        let azure = folds(self.kind) || self.kind.starts_with("azurerm_");
        let same = |one: &&str| *one == value || azure && one.eq_ignore_ascii_case(value);
        if values.is_empty() || value.is_empty() || values.iter().any(same) {
            return None;
        }
        Some(Unknown::Value {
            kind: self.kind.to_owned(),
            path: self.path.clone(),
            value: value.to_owned(),
            values: values.clone(),
        })
    }
}

impl Content {
    fn of(member: &Member) -> Self {
        let inside = |members: Vec<Member>, of: fn(Vec<Member>) -> Content| match members.is_empty() {
            true => Content::Anything,
            false => of(members),
        };
        match &member.holds {
            Holds::Value | Holds::Values => Content::Value(member.values.clone()),
            Holds::Map => Content::Map,
            Holds::One(inner) | Holds::Many(inner) => inside(inner.members(), Content::Structure),
            Holds::MapOf(inner) => inside(inner.members(), Content::MapOf),
            Holds::Anything => Content::Anything,
        }
    }
}

/// Whether a kind's names are read in any case.
fn folds(kind: &str) -> bool {
    crate::kinds::dialect(kind) == Dialect::Arm
}

fn is_general(kind: &str, name: &str) -> bool {
    match crate::kinds::dialect(kind) {
        Dialect::Terraform => TERRAFORM.contains(&name),
        Dialect::Arm => ARM.iter().any(|one| one.eq_ignore_ascii_case(name)),
        Dialect::CloudFormation => name == "Ref" || name.starts_with("Fn::"),
        Dialect::Kubernetes => false,
    }
}
