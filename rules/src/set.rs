//! The rules in force: the built-in pages, and a user's own.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use regex::Regex;

use crate::check::{Body, Check, Clause, Operator, Root, Scalar};
use crate::page::Page;
use crate::table::Tables;

static EMBEDDED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/rules.bin"));

/// A rule is its page.
pub type Rule = Page;

/// Rules with the tables they rest on, indexed by resource kind.
#[derive(Debug, Clone)]
pub struct RuleSet {
    rules: Vec<Arc<Rule>>,
    tables: Arc<Tables>,
    by_id: HashMap<Arc<str>, usize>,
    /// Kind (or view) → the rules and entries that judge it. `usize::MAX` as entry: native.
    by_kind: HashMap<String, Vec<(usize, usize)>>,
    /// Ids of the rules that look at nothing but the resource itself.
    local: HashSet<String>,
    /// Patterns that were needed, compiled once for all judgements.
    regexes: Arc<RwLock<HashMap<String, Option<Regex>>>>,
}

impl RuleSet {
    /// The pages compiled into the program.
    ///
    /// # Panics
    /// Never in a built program: the table is made and checked by the build script, and a test decodes it.
    pub fn builtin() -> Self {
        #[allow(clippy::expect_used)] // The build script wrote these bytes with the same types.
        let (pages, tables): (Vec<Page>, Tables) =
            postcard::from_bytes(EMBEDDED).expect("the embedded table decodes");
        Self::of(pages, tables)
    }

    pub fn of(pages: Vec<Page>, tables: Tables) -> Self {
        let mut set = Self {
            rules: Vec::new(),
            tables: Arc::new(tables),
            by_id: HashMap::new(),
            by_kind: HashMap::new(),
            local: HashSet::new(),
            regexes: Arc::default(),
        };
        for page in pages {
            set.add(page);
        }
        set
    }

    /// Adds a user's page; one with a known id takes its place.
    pub fn add(&mut self, page: Page) {
        if let Some(known) = self.by_id.get(page.id.as_str()).copied() {
            for list in self.by_kind.values_mut() {
                list.retain(|(rule, _)| *rule != known);
            }
            self.index(known, &page);
            self.rules[known] = Arc::new(page);
            return;
        }
        let index = self.rules.len();
        self.by_id.insert(Arc::from(page.id.as_str()), index);
        self.index(index, &page);
        self.rules.push(Arc::new(page));
    }

    fn index(&mut self, rule: usize, page: &Page) {
        match crate::evaluate::is_local(&page.check) {
            true => self.local.insert(page.id.clone()),
            false => self.local.remove(&page.id),
        };
        match &page.check {
            Check::Native { kinds, .. } => {
                for kind in kinds {
                    self.by_kind.entry(kind.clone()).or_default().push((rule, usize::MAX));
                }
            }
            Check::Kinds(entries) => {
                for (entry, one) in entries.iter().enumerate() {
                    for kind in &one.kinds {
                        self.by_kind.entry(kind.clone()).or_default().push((rule, entry));
                    }
                }
            }
        }
    }

    /// Keeps only the rules a predicate names.
    #[must_use]
    pub fn only(&self, mut keep: impl FnMut(&Rule) -> bool) -> Self {
        let pages = self.rules.iter().filter(|rule| keep(rule)).map(|rule| (**rule).clone()).collect();
        let tables = Arc::clone(&self.tables);
        let mut set = Self::of(pages, Tables::default());
        set.tables = tables;
        set
    }

    pub fn rules(&self) -> impl Iterator<Item = &Arc<Rule>> {
        self.rules.iter()
    }

    pub fn find(&self, id: &str) -> Option<&Arc<Rule>> {
        self.by_id.get(id).and_then(|index| self.rules.get(*index))
    }

    /// The rules that carry another scanner's id (any scanner, in any case; `AVD-AWS-0092` and `AWS-0092` are one).
    pub fn by_alias<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a Arc<Rule>> {
        let plain = |id: &'a str| {
            id.get(..4).filter(|head| head.eq_ignore_ascii_case("AVD-")).map_or(id, |_| &id[4..])
        };
        let wanted = plain(id);
        let is = move |alias: &String| alias.trim_start_matches("AVD-").eq_ignore_ascii_case(wanted);
        self.rules.iter().filter(move |rule| rule.aliases.values().flatten().any(is))
    }

    pub(crate) fn is_local(&self, rule: &str) -> bool {
        self.local.contains(rule)
    }

    /// A pattern, compiled; none when it is no regular expression.
    pub(crate) fn regex(&self, pattern: &str) -> Option<Regex> {
        let known = self.regexes.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(regex) = known.get(pattern) {
            return regex.clone();
        }
        drop(known);
        let regex = Regex::new(pattern).ok();
        let mut known = self.regexes.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(pattern.to_owned(), regex.clone());
        regex
    }

    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// Whether any rule looks at this kind (through a view or by name).
    pub fn covers_kind(&self, kind: &str) -> bool {
        let viewed = |view: &str| self.by_kind.contains_key(view) && compline_iac::view::reads(view, kind);
        self.by_kind.contains_key(kind) || compline_iac::view::VIEWS.iter().any(|view| viewed(view))
    }

    pub(crate) fn judging(&self, kind: &str) -> impl Iterator<Item = (&Arc<Rule>, usize)> {
        let list = self.by_kind.get(kind).map(Vec::as_slice).unwrap_or_default();
        list.iter().filter_map(|(rule, entry)| Some((self.rules.get(*rule)?, *entry)))
    }

    /// SHA-256 over the embedded table, lower-case hexadecimal: which content judged.
    pub fn content_hash() -> String {
        use sha2::Digest as _;
        sha2::Sha256::digest(EMBEDDED).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Page {
    /// The resource kinds it judges: those its check names, and for a view those of its own provider that the view
    /// reads and that the page's conditions do not leave out.
    pub fn judged_kinds(&self) -> Vec<&str> {
        let mut kinds: Vec<&str> = Vec::new();
        for kind in self.kinds() {
            match compline_iac::view::VIEWS.contains(&kind) {
                true => {
                    let read = compline_iac::view::kinds(kind).into_iter();
                    kinds.extend(read.filter(|one| self.is_own(one) && self.speaks_of(kind, one)));
                }
                false => kinds.push(kind),
            }
        }
        kinds
    }

    /// Whether it judges resources of this kind.
    pub fn judges(&self, kind: &str) -> bool {
        let viewed = |view: &str| {
            compline_iac::view::reads(view, kind) && self.is_own(kind) && self.speaks_of(view, kind)
        };
        self.kinds().into_iter().any(|one| one == kind || viewed(one))
    }

    fn is_own(&self, kind: &str) -> bool {
        match self.id.split('-').next() {
            Some("aws") => kind.starts_with("aws_") || kind.starts_with("AWS::"),
            Some("azure") => kind.starts_with("azurerm_") || kind.starts_with("Microsoft."),
            Some("gcp") => kind.starts_with("google_"),
            Some("kubernetes") => kind.starts_with("kubernetes_") || !kind.contains(['_', ':', '.']),
            _ => true,
        }
    }

    /// Whether what a view makes of a kind can meet the conditions of the page: a page about the policies of queues
    /// says nothing of a bucket's.
    fn speaks_of(&self, view: &str, kind: &str) -> bool {
        let Check::Kinds(entries) = &self.check else { return true };
        let mut entries = entries.iter().filter(|entry| entry.kinds.iter().any(|one| one == view));
        entries.any(|entry| can_meet(&entry.body.when, view, kind))
    }

    /// The kinds (and views) its check names.
    pub fn kinds(&self) -> Vec<&str> {
        match &self.check {
            Check::Native { kinds, .. } => kinds.iter().map(String::as_str).collect(),
            Check::Kinds(entries) => {
                entries.iter().flat_map(|entry| &entry.kinds).map(String::as_str).collect()
            }
        }
    }
}

fn can_meet(conditions: &[Body], view: &str, kind: &str) -> bool {
    conditions.iter().flat_map(|body| &body.clauses).all(|clause| {
        let Clause::Test { path, test } = clause else { return true };
        let (Root::Body, [step]) = (&path.root, path.steps.as_slice()) else { return true };
        let Some(told) = compline_iac::view::fixed_field(view, kind, &step.name) else { return true };
        let says = |one: &Scalar| matches!(one, Scalar::Text(text) if told.contains(&text.as_str()));
        test.operators.iter().all(|operator| match operator {
            Operator::Is(one) => says(one),
            Operator::In(list) => list.iter().any(says),
            _ => true,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::RuleSet;

    #[test]
    fn a_page_about_one_sort_of_policy_judges_no_other_kind() {
        let rules = RuleSet::builtin();
        let judges = |rule: &str, kind: &str| rules.find(rule).expect("it is there").judges(kind);
        for kind in ["aws_s3_bucket", "aws_s3_bucket_policy", "AWS::S3::BucketPolicy"] {
            assert!(judges("aws-s3-bucket-policy-public", kind), "{kind}");
            assert!(!judges("aws-sqs-policy-public", kind), "{kind}");
            assert!(!judges("aws-iam-policy-allows-everything", kind), "{kind}");
        }
        assert!(judges("aws-sqs-policy-public", "aws_sqs_queue"));
        assert!(judges("aws-iam-policy-allows-everything", "aws_iam_role"));
        assert!(!judges("aws-security-group-open-ssh", "aws_network_acl"));
        assert!(judges("gcp-iam-project-service-account-user", "google_project_iam_member"));
        assert!(!judges("gcp-iam-project-service-account-user", "google_storage_bucket_iam_member"));
        assert!(judges("kubernetes-pod-host-pid", "Deployment"));
        assert!(!judges("kubernetes-pod-host-pid", "aws_s3_bucket"));
    }

    #[test]
    fn a_page_judges_the_kinds_it_lists() {
        for rule in RuleSet::builtin().rules() {
            let kinds = rule.judged_kinds();
            assert!(!kinds.is_empty(), "{}", rule.id);
            let wrong: Vec<&&str> =
                kinds.iter().filter(|kind| !kind.contains('*') && !rule.judges(kind)).collect();
            assert!(wrong.is_empty(), "{}: {wrong:?}", rule.id);
        }
    }
}
