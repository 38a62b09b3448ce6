//! Resources, whatever format they were written in.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use crate::hashing::QuickMap;
use crate::secret::SecretKind;
use crate::source::Span;
use crate::value::{Reference, Value, Why};

/// The language family a resource speaks: it decides names, case and what "absent" means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dialect {
    Terraform,
    CloudFormation,
    Arm,
    Kubernetes,
}

/// Whether a resource is there at all.
#[derive(Debug, Clone, PartialEq)]
pub enum Existence {
    Certain,
    /// Its `count`, `for_each` or `Condition` is unknown.
    Possible(Arc<Why>),
}

/// Declared by this code, or looked up by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    Managed,
    Data,
}

/// One resource instance.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Terraform: `module.db["eu"].aws_db_instance.this[0]`; CloudFormation: the logical id;
    /// Kubernetes: `Kind/namespace/name`. Unique within an inventory.
    pub address: Arc<str>,
    /// `aws_s3_bucket`, `AWS::S3::Bucket`, `Microsoft.Storage/storageAccounts`, `Deployment`.
    pub kind: Arc<str>,
    /// The label or logical id alone.
    pub name: Arc<str>,
    pub dialect: Dialect,
    pub mode: Mode,
    /// A map. Nested blocks are lists of maps, attributes their values (CloudFormation: `Properties`).
    pub body: Value,
    /// What stands around the body and can be asked by `$.`: CloudFormation's whole entry.
    pub outer: Option<Value>,
    /// The words that open it: `resource "aws_s3_bucket" "logs"`, or the logical id.
    pub header: Span,
    /// All of it, header included.
    pub span: Span,
    pub existence: Existence,
    /// The module (or stack) it lives in: "" for the root. Names are compared within one scope only.
    pub scope: Arc<str>,
    /// The module calls that lead here, whole blocks, outermost first.
    pub calls: Vec<Span>,
}

/// Something that belongs to the inventory and was not read.
#[derive(Debug, Clone, PartialEq)]
pub struct Gap {
    /// `module.network`, a nested stack.
    pub what: Arc<str>,
    pub why: Arc<Why>,
    pub span: Option<Span>,
    /// The resources it was told of (its arguments refer to them): it may hold companions of these.
    pub refers: Vec<Arc<Reference>>,
}

/// A call of a module that is not here and of which a table says what its arguments set: the resources of its scope were
/// made from that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownCall {
    /// As [`Resource::scope`]: `module.bucket`.
    pub scope: Arc<str>,
    /// `terraform-aws-modules/s3-bucket/aws`.
    pub module: Arc<str>,
    /// The words that open the call.
    pub header: Span,
    /// Why the module is not here.
    pub why: Arc<Why>,
}

/// The plan that resolved what code leaves open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanInfo {
    /// The plan's file.
    pub path: Arc<str>,
    pub terraform_version: Option<Arc<str>>,
    /// When it was made, as Terraform wrote it.
    pub timestamp: Option<Arc<str>>,
    /// SHA-256 of the file's text, in lower-case hexadecimal digits.
    pub sha256: Arc<str>,
    /// What it plans and the code beside it does not declare: addresses without keys, in order.
    pub not_in_code: Vec<Arc<str>>,
    /// What the code beside it declares and it knows nothing of: addresses without keys, in order.
    pub not_in_plan: Vec<Arc<str>>,
}

impl PlanInfo {
    /// ``plan `p.json` (made 2026-11-20T09:14:07Z, terraform 1.11.4, sha256 0123456789ab…)``.
    pub fn label(&self) -> String {
        let mut text = format!("plan `{}` (made ", self.path);
        text.push_str(self.timestamp.as_deref().unwrap_or("at a time it does not say"));
        if let Some(version) = &self.terraform_version {
            text.push_str(&format!(", terraform {version}"));
        }
        text.push_str(&format!(", sha256 {}…)", self.sha256.get(..12).unwrap_or(&self.sha256)));
        text
    }

    /// How it does not fit the code beside it, in a sentence; `None` when it fits.
    pub fn mismatch(&self) -> Option<String> {
        let named = |addresses: &[Arc<str>]| {
            let first: Vec<String> = addresses.iter().take(3).map(|address| format!("`{address}`")).collect();
            match addresses.len().saturating_sub(3) {
                0 => first.join(", "),
                more => format!("{} and {more} more", first.join(", ")),
            }
        };
        let mut parts = Vec::new();
        if !self.not_in_code.is_empty() {
            parts.push(format!("it plans {}, which the code does not declare", named(&self.not_in_code)));
        }
        if !self.not_in_plan.is_empty() {
            parts.push(format!("it knows nothing of {}", named(&self.not_in_plan)));
        }
        (!parts.is_empty()).then(|| format!("the plan does not fit the code beside it: {}", parts.join("; ")))
    }
}

/// What one root declares: a Terraform root module with the modules it calls, a template, a set of manifests.
/// Inventories share nothing, so they are read and judged independently.
#[derive(Debug, Default)]
pub struct Inventory {
    /// The root's path: a directory for Terraform, a file for a template.
    pub root: Arc<str>,
    /// Shared with the reading before, where an edit has not touched them.
    pub resources: Vec<Arc<Resource>>,
    pub gaps: Vec<Gap>,
    /// Scopes (as [`Resource::scope`]) whose files could not be read whole, and why: any resource there may have a
    /// companion that was not seen.
    pub partially_parsed: Vec<(Arc<str>, Arc<Why>)>,
    /// Calls of modules that are judged by their arguments alone, by scope.
    pub known_calls: Vec<KnownCall>,
    /// Provider name → the version constraint or locked version that was found.
    pub providers: HashMap<Arc<str>, Arc<str>>,
    /// The plan its values were resolved with.
    pub plan: Option<PlanInfo>,
    /// It says what is there (a state), not what is wanted: judged only when its file was named.
    pub actual: bool,
    by_address: QuickMap<Arc<str>, usize>,
    by_kind: QuickMap<Arc<str>, Vec<usize>>,
    /// Texts of it that must not be shown, made when they are first asked for.
    pub(crate) secrets: OnceLock<Vec<(Arc<str>, SecretKind)>>,
}

impl Inventory {
    pub fn new<R: Into<Arc<Resource>>>(
        root: impl Into<Arc<str>>,
        resources: impl IntoIterator<Item = R>,
    ) -> Self {
        let resources: Vec<Arc<Resource>> = resources.into_iter().map(Into::into).collect();
        let mut by_address: QuickMap<Arc<str>, usize> = QuickMap::default();
        by_address.reserve(resources.len());
        let mut by_kind: QuickMap<Arc<str>, Vec<usize>> = QuickMap::default();
        for (index, resource) in resources.iter().enumerate() {
            by_address.insert(resource.address.clone(), index);
            by_kind.entry(resource.kind.clone()).or_default().push(index);
        }
        Self { root: root.into(), resources, by_address, by_kind, ..Self::default() }
    }

    /// The same with other resources in the places of these.
    #[must_use]
    pub fn with_resources(&self, resources: Vec<Arc<Resource>>) -> Self {
        Self {
            gaps: self.gaps.clone(),
            partially_parsed: self.partially_parsed.clone(),
            providers: self.providers.clone(),
            plan: self.plan.clone(),
            actual: self.actual,
            ..Self::new(Arc::clone(&self.root), resources)
        }
    }

    /// Whether everything the root refers to was read: only then is "no companion" a fact.
    pub fn is_whole(&self) -> bool {
        self.gaps.is_empty() && self.partially_parsed.is_empty()
    }

    /// The call that a resource was made from, where its module is not here.
    pub fn known_call(&self, resource: &Resource) -> Option<&KnownCall> {
        self.known_calls.iter().find(|call| call.scope == resource.scope)
    }

    /// The place of a resource in [`Inventory::resources`].
    pub fn index_of(&self, address: &str) -> Option<usize> {
        self.by_address.get(address).copied()
    }

    pub fn find(&self, address: &str) -> Option<&Resource> {
        self.by_address.get(address).and_then(|index| self.resources.get(*index)).map(|resource| &**resource)
    }

    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Resource> {
        self.by_kind
            .get(kind)
            .into_iter()
            .flatten()
            .filter_map(|index| self.resources.get(*index))
            .map(|resource| &**resource)
    }

    pub fn kinds(&self) -> impl Iterator<Item = (&Arc<str>, usize)> {
        self.by_kind.iter().map(|(kind, indices)| (kind, indices.len()))
    }
}
