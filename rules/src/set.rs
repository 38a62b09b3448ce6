//! The rules in force: the built-in pages, and a user's own.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use regex::Regex;

use crate::check::Check;
use crate::error::ContentError;
use crate::parameter::{self, ParameterValue};
use crate::rule::{Rule, RuleInfo};
use crate::table::Tables;

static EMBEDDED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/rules.bin"));

/// Rules with the tables they rest on, indexed by resource kind; and what there is to know of rules that judge
/// elsewhere.
#[derive(Debug, Clone)]
pub struct RuleSet {
    /// All that are known, in the order they were added.
    infos: Vec<Arc<RuleInfo>>,
    /// Those that judge here.
    rules: Vec<Arc<Rule>>,
    tables: Arc<Tables>,
    by_id: HashMap<Arc<str>, Position>,
    /// Kind (or view) → the parts of rules that judge it.
    by_kind: HashMap<String, Vec<(usize, Part)>>,
    /// Ids of the rules that look at nothing but the resource itself.
    local: HashSet<String>,
    /// Rule → the other values that somebody asks for.
    variants: HashMap<String, Variants>,
    /// Patterns that were needed, compiled once for all judgements.
    regexes: Arc<RwLock<HashMap<String, Option<Regex>>>>,
}

/// A rule under other values of its parameters.
#[derive(Debug, Clone, Default)]
struct Variants {
    values: Vec<Arc<[ParameterValue]>>,
    /// Made when the rule first judges something.
    made: OnceLock<Vec<Rule>>,
}

/// Where a rule stands in its set.
#[derive(Debug, Clone, Copy)]
struct Position {
    info: usize,
    /// None for a rule that does not judge here.
    rule: Option<usize>,
}

/// The part of a rule that judges a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// All of it: the rule is code.
    Native,
    /// The entry of its check at this place.
    Entry(usize),
}

impl RuleSet {
    /// The pages compiled into the program.
    ///
    /// # Panics
    /// Never in a built program: the table is made and checked by the build script, and a test decodes it.
    pub fn builtin() -> Self {
        #[allow(clippy::expect_used)] // The build script wrote these bytes with the same types.
        let (rules, tables): (Vec<Rule>, Tables) =
            postcard::from_bytes(EMBEDDED).expect("the embedded table decodes");
        Self::of(rules, tables)
    }

    pub fn of(rules: Vec<Rule>, tables: Tables) -> Self {
        Self::with_tables(rules, Arc::new(tables))
    }

    /// Rules that are known and judge elsewhere, such as another scanner's.
    pub fn of_infos(infos: Vec<RuleInfo>) -> Self {
        let mut set = Self::of(Vec::new(), Tables::default());
        for info in infos {
            set.add_info(info);
        }
        set
    }

    /// The same with tables that several sets share.
    pub fn with_tables(rules: Vec<Rule>, tables: Arc<Tables>) -> Self {
        let mut set = Self {
            infos: Vec::new(),
            rules: Vec::new(),
            tables,
            by_id: HashMap::new(),
            by_kind: HashMap::new(),
            local: HashSet::new(),
            variants: HashMap::new(),
            regexes: Arc::default(),
        };
        for rule in rules {
            set.add(rule);
        }
        set
    }

    /// Adds a user's rule; one whose id is there takes its place.
    pub fn add(&mut self, rule: Rule) {
        let position = self.place_info(Arc::clone(&rule.info));
        let index = match position.rule {
            Some(index) => {
                for list in self.by_kind.values_mut() {
                    list.retain(|(rule, _)| *rule != index);
                }
                index
            }
            None => self.rules.len(),
        };
        self.by_id.insert(Arc::from(rule.info.id.as_str()), Position { rule: Some(index), ..position });
        self.index(index, &rule);
        match self.rules.get_mut(index) {
            Some(place) => *place = Arc::new(rule),
            None => self.rules.push(Arc::new(rule)),
        }
    }

    /// Adds what there is to know of a rule that judges elsewhere; one whose id is there keeps its check.
    pub fn add_info(&mut self, info: RuleInfo) {
        if self.find(&info.id).is_none() {
            self.place_info(Arc::new(info));
        }
    }

    fn place_info(&mut self, info: Arc<RuleInfo>) -> Position {
        if let Some(position) = self.by_id.get(info.id.as_str()).copied() {
            if let Some(place) = self.infos.get_mut(position.info) {
                *place = info;
            }
            return position;
        }
        let position = Position { info: self.infos.len(), rule: None };
        self.by_id.insert(Arc::from(info.id.as_str()), position);
        self.infos.push(info);
        position
    }

    fn index(&mut self, index: usize, rule: &Rule) {
        match rule.check.is_local() {
            true => self.local.insert(rule.info.id.clone()),
            false => self.local.remove(&rule.info.id),
        };
        match &rule.check {
            Check::Native { kinds, .. } => {
                for kind in kinds {
                    self.by_kind.entry(kind.clone()).or_default().push((index, Part::Native));
                }
            }
            Check::Kinds(entries) => {
                for (at, entry) in entries.iter().enumerate() {
                    for kind in &entry.kinds {
                        self.by_kind.entry(kind.clone()).or_default().push((index, Part::Entry(at)));
                    }
                }
            }
        }
    }

    /// Judges by other values of a rule's parameters, one for each.
    ///
    /// # Errors
    /// The check cannot be made of one of them.
    pub fn set_values(&mut self, rule: &str, values: &[ParameterValue]) -> Result<(), ContentError> {
        let Some(found) = self.find(rule) else { return Ok(()) };
        if *found.values != *values {
            let bound = found.with_values(values)?;
            self.add(bound);
        }
        Ok(())
    }

    /// Lets a rule say too what it would say under each of these values. Those it judges by anyway are left out.
    pub fn ask_otherwise(&mut self, rule: &str, values: Vec<Arc<[ParameterValue]>>) {
        let Some(found) = self.find(rule) else { return };
        let mut kept: Vec<Arc<[ParameterValue]>> = Vec::new();
        for one in values {
            let is_known = |other: &[ParameterValue]| parameter::same(other, &one);
            if !is_known(&found.values) && !kept.iter().any(|other| is_known(other)) {
                kept.push(one);
            }
        }
        if kept.is_empty() {
            self.variants.remove(rule);
        } else {
            self.variants.insert(rule.to_owned(), Variants { values: kept, made: OnceLock::new() });
        }
    }

    /// Rules with the other values that somebody asks for.
    pub(crate) fn other_values(&self) -> impl Iterator<Item = (&str, &[Arc<[ParameterValue]>])> {
        self.variants.iter().map(|(rule, variants)| (rule.as_str(), variants.values.as_slice()))
    }

    /// A rule under the other values that somebody asks for.
    pub(crate) fn variants(&self, rule: &str) -> &[Rule] {
        if self.variants.is_empty() {
            return &[];
        }
        let Some(variants) = self.variants.get(rule) else { return &[] };
        variants.made.get_or_init(|| {
            let found = self.find(rule);
            let bound = |values: &Arc<[ParameterValue]>| found?.with_values(values).ok();
            variants.values.iter().filter_map(bound).collect()
        })
    }

    /// Keeps only the rules a predicate names.
    #[must_use]
    pub fn only(&self, mut keep: impl FnMut(&RuleInfo) -> bool) -> Self {
        let rules = self.rules.iter().filter(|rule| keep(&rule.info)).map(|rule| (**rule).clone()).collect();
        Self::with_tables(rules, Arc::clone(&self.tables))
    }

    /// The rules that judge here.
    pub fn rules(&self) -> impl Iterator<Item = &Arc<Rule>> {
        self.rules.iter()
    }

    /// A rule that judges here, by its id.
    pub fn find(&self, id: &str) -> Option<&Arc<Rule>> {
        self.by_id.get(id).and_then(|position| self.rules.get(position.rule?))
    }

    /// What there is to know of every rule, whether it judges here or not.
    pub fn infos(&self) -> impl Iterator<Item = &Arc<RuleInfo>> {
        self.infos.iter()
    }

    /// What there is to know of a rule, by its id.
    pub fn info(&self, id: &str) -> Option<&Arc<RuleInfo>> {
        self.by_id.get(id).and_then(|position| self.infos.get(position.info))
    }

    /// The rules that carry another scanner's id (any scanner, in any case; `AVD-AWS-0092` and `AWS-0092` are one), or
    /// had this id before.
    pub fn by_alias<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a Arc<RuleInfo>> {
        let plain = |id: &'a str| {
            id.get(..4).filter(|head| head.eq_ignore_ascii_case("AVD-")).map_or(id, |_| &id[4..])
        };
        let wanted = plain(id);
        let is = move |id: &str| id.trim_start_matches("AVD-").eq_ignore_ascii_case(wanted);
        self.infos.iter().filter(move |info| info.other_ids().any(is))
    }

    pub(crate) fn is_local(&self, rule: &str) -> bool {
        self.local.contains(rule)
    }

    /// A pattern, compiled; none when it is no regular expression.
    pub(crate) fn regex(&self, pattern: &str) -> Option<Regex> {
        let compiled = self.regexes.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(regex) = compiled.get(pattern) {
            return regex.clone();
        }
        drop(compiled);
        let regex = Regex::new(pattern).ok();
        let mut compiled = self.regexes.write().unwrap_or_else(PoisonError::into_inner);
        compiled.insert(pattern.to_owned(), regex.clone());
        regex
    }

    pub fn tables(&self) -> &Arc<Tables> {
        &self.tables
    }

    /// Adds a user's table, by the name of its file; an entry that is there is replaced.
    ///
    /// # Errors
    /// What is wrong in it and at which key.
    pub fn add_table(&mut self, name: &str, text: &str) -> Result<(), ContentError> {
        Arc::make_mut(&mut self.tables).add(name, text)
    }

    /// A type of Azure in the case that rules write it in: Azure takes it in any. None for one that no rule knows.
    pub fn azure_kind(&self, kind: &str) -> Option<&str> {
        if let Some((known, _)) = self.by_kind.get_key_value(kind) {
            return Some(known);
        }
        let companions = self.tables.relations.values().flat_map(|all| all.values());
        let companions = companions.flat_map(|relation| relation.kind.iter().map(String::as_str));
        let mut known = self.by_kind.keys().map(String::as_str).chain(companions);
        known.find(|known| known.eq_ignore_ascii_case(kind))
    }

    /// Whether any rule looks at this kind (through a view or by name).
    pub fn covers_kind(&self, kind: &str) -> bool {
        let is_azure = kind.get(..10).is_some_and(|start| start.eq_ignore_ascii_case("microsoft."));
        let kind = self.azure_kind(kind).filter(|_| is_azure).unwrap_or(kind);
        let viewed = |view: &str| self.by_kind.contains_key(view) && compline_iac::view::reads(view, kind);
        self.by_kind.contains_key(kind) || compline_iac::view::VIEWS.iter().any(|view| viewed(view))
    }

    /// The rules that look at resources of this kind, by name or through a view.
    pub fn looking_at(&self, kind: &str) -> Vec<&Arc<Rule>> {
        let views = compline_iac::view::VIEWS.iter().filter(|view| self.by_kind.contains_key(**view));
        let views = views.filter(|view| compline_iac::view::reads(view, kind));
        let through = views.flat_map(|view| {
            let asking = self.judging(view).map(|(rule, _)| rule);
            asking.filter(|rule| rule.is_own(kind) && rule.speaks_of(view, kind))
        });
        let mut found: Vec<&Arc<Rule>> = self.judging(kind).map(|(rule, _)| rule).chain(through).collect();
        found.sort_by(|a, b| a.info.id.cmp(&b.info.id));
        found.dedup_by(|a, b| a.info.id == b.info.id);
        found
    }

    pub(crate) fn judging(&self, kind: &str) -> impl Iterator<Item = (&Arc<Rule>, Part)> {
        let list = self.by_kind.get(kind).map(Vec::as_slice).unwrap_or_default();
        list.iter().filter_map(|(rule, part)| Some((self.rules.get(*rule)?, *part)))
    }
}
