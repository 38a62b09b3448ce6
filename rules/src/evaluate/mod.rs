//! Judges inventories: every rule that looks at a resource gives one verdict.
//!
//! INVARIANT: `Unknown` never becomes `Pass` or `Fail`; a resource to which nothing applies has no verdict.

mod compare;
mod kept;
mod literal;
mod path;
mod relation;
mod test;
pub(crate) mod truth;
mod verdict;
mod words;

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use compline_iac::view::{SourceTexts, Viewed, view_in};
use compline_iac::{Dialect, Inventory, Mode, Resource, Span, Value};
use rayon::prelude::*;

use self::kept::Kept;
pub use self::literal::literal_words;
pub(crate) use self::path::why_of;
use self::path::{Container, Leaf, Leaves, Way, follow};
use self::relation::Relations;
use self::test::Asked;

use self::truth::{Answer, Truth, all, any};
use self::words::Phrases;
pub use self::words::observed;
use crate::check::{Body, Check, Clause, Path, Root, Scalar};
use crate::native;
use crate::set::{Rule, RuleSet};
use crate::verdict::{Related, Verdict};

/// Judges one inventory. Verdicts come in the order of resources, then of rules.
pub fn judge(inventory: &Inventory, rules: &RuleSet, texts: &dyn SourceTexts) -> Vec<Arc<Verdict>> {
    judge_again(inventory, rules, texts, None)
}

/// As [`judge`], after an edit: where a resource is as it was, what rules said that look at nothing but the
/// resource itself still holds. `before` is an earlier reading of the same root with its verdicts under the same
/// rules, before waivers.
pub fn judge_again(
    inventory: &Inventory,
    rules: &RuleSet,
    texts: &dyn SourceTexts,
    before: Option<(&Inventory, &[Arc<Verdict>])>,
) -> Vec<Arc<Verdict>> {
    let kept = Kept::of(inventory, before);
    // What is asked of resources and what is asked of views share nothing but the inventory.
    let (mut verdicts, of_views) =
        rayon::join(|| by_kind(inventory, rules, texts, &kept), || by_view(inventory, rules, texts, &kept));
    verdicts.extend(of_views);
    verdicts.sort_by(|(a, left), (b, right)| a.cmp(b).then_with(|| left.rule.cmp(&right.rule)));
    // A rule with an entry for the kind and one for a view of it still gives one verdict: the worse.
    let mut out: Vec<Arc<Verdict>> = Vec::with_capacity(verdicts.len());
    for (_, verdict) in verdicts {
        match out.last_mut() {
            Some(last) if last.rule == verdict.rule && last.address == verdict.address => {
                if rank(&verdict) > rank(last) {
                    *last = verdict;
                }
            }
            _ => out.push(verdict),
        }
    }
    out
}

/// The verdicts of rules that name a resource's kind, with the resource's place. Many resources are shared out
/// among the processor's cores.
fn by_kind(
    inventory: &Inventory,
    rules: &RuleSet,
    texts: &dyn SourceTexts,
    kept: &Kept<'_>,
) -> Vec<(usize, Arc<Verdict>)> {
    let count = inventory.resources.len();
    let share = count.div_ceil(rayon::current_num_threads()).max(SHARE);
    let shares: Vec<Range<usize>> =
        (0..count).step_by(share).map(|start| start..count.min(start + share)).collect();
    let judged = |range: Range<usize>| by_kind_among(range, inventory, rules, texts, kept);
    shares.into_par_iter().flat_map_iter(judged).collect()
}

/// Resources under which sharing out costs more than it brings.
const SHARE: usize = 200;

fn by_kind_among(
    range: Range<usize>,
    inventory: &Inventory,
    rules: &RuleSet,
    texts: &dyn SourceTexts,
    kept: &Kept<'_>,
) -> Vec<(usize, Arc<Verdict>)> {
    let mut verdicts: Vec<(usize, Arc<Verdict>)> = Vec::new();
    let relations = RefCell::new(Relations::default());
    let phrases = RefCell::default();
    let bench = Bench { inventory, rules, texts, relations: &relations, phrases: &phrases };
    for (index, resource) in inventory.resources.iter().enumerate().take(range.end).skip(range.start) {
        if resource.mode == Mode::Data {
            continue;
        }
        let kind = rules.tables().kinds.get(&*resource.kind).map_or(&*resource.kind, String::as_str);
        let same = kept.is_same(index);
        for (rule, entry) in rules.judging(kind) {
            if same && (rules.is_local(&rule.id) || kept.holds_for(rule, rules)) {
                verdicts.extend(kept.said(index, rule).map(|verdict| (index, Arc::clone(verdict))));
                continue;
            }
            let judge = bench.judge(resource, kind);
            if let Some(answer) = judge.resource(rule, entry) {
                verdicts.push((index, Arc::new(judge.verdict(rule, answer))));
            }
        }
    }
    verdicts
}

/// The verdicts of rules that speak of a view, with the owner's place.
fn by_view(
    inventory: &Inventory,
    rules: &RuleSet,
    texts: &dyn SourceTexts,
    kept: &Kept<'_>,
) -> Vec<(usize, Arc<Verdict>)> {
    let mut verdicts: Vec<(usize, Arc<Verdict>)> = Vec::new();
    let mut holding: HashSet<&str> = HashSet::new();
    let relations = RefCell::new(Relations::default());
    let phrases = RefCell::default();
    let bench = Bench { inventory, rules, texts, relations: &relations, phrases: &phrases };
    for name in compline_iac::view::VIEWS {
        let mut asking = rules.judging(name).peekable();
        if asking.peek().is_none() {
            continue;
        }
        // Policies may lie in documents that other resources only refer to: their view is always read anew.
        if *name != "statement" && *name != "grant" && kept.view_holds(name) {
            holding.extend(asking.map(|(rule, _)| rule.id.as_str()));
            continue;
        }
        let viewed: Vec<Viewed> = view_in(name, inventory, texts).unwrap_or_default();
        for (rule, entry) in asking {
            for owner in &viewed {
                let Some(resource) = inventory.resources.get(owner.resource) else { continue };
                let judge = bench.judge(resource, &resource.kind);
                if let Some(answer) = judge.viewed(rule, entry, name, owner) {
                    verdicts.push((owner.resource, Arc::new(judge.verdict(rule, answer))));
                }
            }
        }
    }
    verdicts.extend(kept.all_said(&holding));
    verdicts
}

fn rank(verdict: &Verdict) -> u8 {
    match verdict.outcome {
        crate::verdict::Outcome::Fail => 2,
        crate::verdict::Outcome::Unknown(_) => 1,
        _ => 0,
    }
}

/// What all judgements of one inventory share.
#[derive(Clone, Copy)]
pub(crate) struct Bench<'a> {
    inventory: &'a Inventory,
    rules: &'a RuleSet,
    texts: &'a dyn SourceTexts,
    relations: &'a RefCell<Relations>,
    phrases: &'a RefCell<Phrases>,
}

impl<'a> Bench<'a> {
    fn judge(self, resource: &'a Resource, kind: &'a str) -> Judge<'a> {
        let fold = resource.dialect == Dialect::Arm || kind.starts_with("azurerm_");
        Judge { bench: self, resource, kind, fold, quiet: Cell::new(false) }
    }
}

/// One resource before the bench.
pub(crate) struct Judge<'a> {
    bench: Bench<'a>,
    pub(crate) resource: &'a Resource,
    /// Today's name of its kind.
    kind: &'a str,
    /// Enum values ignore case.
    fold: bool,
    /// A condition is being asked: nobody reads what it observed, unless it is undecided.
    quiet: Cell<bool>,
}

impl<'a> std::ops::Deref for Judge<'a> {
    type Target = Bench<'a>;

    fn deref(&self) -> &Self::Target {
        &self.bench
    }
}

/// What a path starts from.
#[derive(Clone, Copy)]
pub(crate) enum Scope<'s> {
    Resource(&'s Resource),
    Element { item: &'s Value, owner: &'s Resource, path: &'s str, top: &'s Container },
}

impl<'s> Scope<'s> {
    fn owner(&self) -> &'s Resource {
        match self {
            Scope::Resource(resource) => resource,
            Scope::Element { owner, .. } => owner,
        }
    }
}

impl<'a> Judge<'a> {
    fn resource(&self, rule: &Rule, entry: usize) -> Option<Answer> {
        match &rule.check {
            Check::Native { name, at, .. } => native::judge(name, self, at),
            Check::Kinds(entries) => {
                let body = &entries.get(entry)?.body;
                if self.is_judged_through_owner(entries) {
                    return None;
                }
                self.body(&Scope::Resource(self.resource), body)
            }
        }
    }

    /// A companion that joined is judged through its owner, alone only when none joined.
    fn is_judged_through_owner(&self, entries: &[crate::check::Entry]) -> bool {
        let tables = self.rules.tables();
        entries.iter().any(|entry| {
            let names = relation_names(&entry.body);
            names.iter().any(|name| {
                entry.kinds.iter().any(|owner| {
                    let relation = tables.relations.get(owner).and_then(|relations| relations.get(*name));
                    relation.is_some_and(|relation| {
                        relation.kind.iter().any(|kind| kind == self.kind)
                            && self.relations.borrow_mut().has_owner(
                                self.inventory,
                                relation,
                                owner,
                                self.resource,
                            )
                    })
                })
            })
        })
    }

    fn viewed(&self, rule: &Rule, entry: usize, view: &str, viewed: &Viewed) -> Option<Answer> {
        let Check::Kinds(entries) = &rule.check else { return None };
        let body = &entries.get(entry)?.body;
        if !self.concerns(body, viewed.owner) {
            return None;
        }
        let top = container_of(self.resource);
        let scope = |item| Scope::Element { item, owner: self.resource, path: "", top: &top };
        let mut answers: Vec<Answer> = Vec::new();
        for item in &viewed.elements.items {
            let answer = self.body(&scope(item), body).map(|mut answer| {
                if let Some(deciding) = &mut answer.deciding {
                    deciding.offenders.extend(item.origin.span);
                }
                answer
            });
            answers.extend(answer);
        }
        let count = answers.len();
        let decided = |truth, why| {
            Answer::new(
                truth,
                truth::Deciding {
                    path: Arc::default(),
                    observed: concerned(view, count, viewed.elements.items.len()),
                    expected: self.phrases.borrow_mut().body(body),
                    span: Some(self.resource.header),
                    why,
                    related: Vec::new(),
                    seeds: Vec::new(),
                    assumption: None,
                    depth: 0,
                    shared: false,
                    offenders: Vec::new(),
                },
            )
        };
        if let Some(why) = &viewed.elements.open {
            answers.push(decided(Truth::Unknown, Some(Arc::clone(why))));
        }
        let failing = answers.iter().filter(|answer| answer.truth == Truth::False);
        let offenders: Vec<Span> =
            failing.filter_map(|answer| answer.deciding.as_ref()?.offenders.first().copied()).collect();
        match all(answers.into_iter()) {
            Some(mut answer) if answer.truth != Truth::True => {
                if let Some(deciding) = &mut answer.deciding {
                    deciding.offenders = offenders;
                }
                Some(answer)
            }
            // A group of rules none of which opens a port has been looked at; a policy or a grant that the rule
            // does not speak of is nothing it could vouch for.
            None if matches!(view, "statement" | "grant") => None,
            _ => Some(decided(Truth::True, None)),
        }
    }

    /// Whether a view's rule speaks of this sort of owner at all: its conditions on `owner`, asked alone.
    fn concerns(&self, body: &Body, owner: &str) -> bool {
        let mut entries = compline_iac::Map::default();
        entries.entries.insert("owner".into(), Value::text(owner, Default::default()));
        let item = Value::new(compline_iac::Data::Map(Arc::new(entries)), Default::default());
        let top = Container::default();
        let scope = Scope::Element { item: &item, owner: self.resource, path: "", top: &top };
        body.when.iter().flat_map(|when| &when.clauses).all(|clause| match clause {
            Clause::Test { path, test } if path.steps.first().is_some_and(|step| step.name == "owner") => {
                self.test(&self.asked(path, test, &scope), &scope).truth == Truth::True
            }
            _ => true,
        })
    }

    /// What a body says; none where a `when` is false.
    fn body(&self, scope: &Scope<'_>, body: &Body) -> Option<Answer> {
        let mut condition: Option<Answer> = None;
        for when in &body.when {
            let quiet = self.quiet.replace(true);
            let answer = self.body(scope, when);
            self.quiet.set(quiet);
            if let Some(answer) = answer {
                match answer.truth {
                    Truth::False => return None,
                    Truth::Unknown => condition = condition.or(Some(answer)),
                    Truth::True => {}
                }
            }
        }
        let answers = body.clauses.iter().filter_map(|clause| self.clause(scope, clause));
        let answer = all(answers)
            .or_else(|| body.clauses.is_empty().then_some(Answer { truth: Truth::True, deciding: None }))?;
        match condition {
            Some(condition) if answer.truth != Truth::True => Some(condition),
            _ => Some(answer),
        }
    }

    fn clause(&self, scope: &Scope<'_>, clause: &Clause) -> Option<Answer> {
        match clause {
            Clause::Test { path, test } => Some(self.test(&self.asked(path, test, scope), scope)),
            Clause::AnyOf(bodies) => any(bodies.iter().filter_map(|body| self.body(scope, body)).collect()),
            Clause::Not(body) => self.body(scope, body).map(Answer::not),
        }
    }

    fn asked<'t>(&self, path: &Path, test: &'t crate::check::Test, scope: &Scope<'_>) -> Asked<'t> {
        let (prefix, top) = match scope {
            Scope::Resource(resource) => ("", container_of(resource)),
            Scope::Element { item, path, top, .. } => {
                let header = item.as_map().and_then(|map| map.header).or(item.origin.span).or(top.header);
                (
                    *path,
                    Container {
                        header,
                        span: item.origin.span.or(top.span),
                        missing: Vec::new(),
                        depth: top.depth,
                    },
                )
            }
        };
        let name = match prefix {
            "" => self.phrases.borrow_mut().path(path),
            _ => format!("{prefix}.{path}").into(),
        };
        let leaves = self.leaves(path, scope, &top);
        let depth = top.depth + path.steps.len() + 1;
        Asked { path: name, test, leaves, top, depth }
    }

    fn leaves(&self, path: &Path, scope: &Scope<'_>, top: &Container) -> Leaves {
        let way = self.way();
        match (&path.root, scope) {
            (Root::Relation(name), _) => self.related_leaves(name, path, top),
            (Root::Outer, _) => match &scope.owner().outer {
                Some(outer) => follow(outer, &path.steps, way, top),
                None => Leaves { items: vec![Leaf::Absent(top.clone())], open: None },
            },
            (Root::Body, Scope::Element { item, .. }) => follow(item, &path.steps, way, top),
            (Root::Body, Scope::Resource(resource)) => {
                let leaves = follow(&resource.body, &path.steps, way, top);
                match self.old_path(path) {
                    Some(steps) if leaves.items.iter().all(|leaf| matches!(leaf, Leaf::Absent(_))) => {
                        let old = follow(&resource.body, &steps, way, top);
                        if old.items.iter().all(|leaf| matches!(leaf, Leaf::Absent(_))) {
                            leaves
                        } else {
                            old
                        }
                    }
                    _ => leaves,
                }
            }
        }
    }

    fn way(&self) -> Way<'a> {
        Way { dialect: self.resource.dialect, texts: self.texts }
    }

    fn related_leaves(&self, name: &str, path: &Path, top: &Container) -> Leaves {
        let relations = &self.rules.tables().relations;
        let Some(relation) = relations.get(self.kind).and_then(|relations| relations.get(name)) else {
            let text = format!("no relation `{name}` is known for `{}`", self.kind);
            return Leaves {
                items: Vec::new(),
                open: Some(compline_iac::Why::new(compline_iac::WhyKind::Error, text)),
            };
        };
        let found = self.relations.borrow_mut().companions(self.inventory, relation, self.resource);
        let mut leaves = Leaves { items: Vec::new(), open: found.open };
        for index in found.indices {
            let Some(companion) = self.inventory.resources.get(index) else { continue };
            let container = container_of(companion);
            let inner = follow(&companion.body, &path.steps, self.way(), &container);
            leaves.items.extend(inner.items.into_iter().map(|leaf| match leaf {
                // The companion's body has no place of its own in every format: its header stands in.
                Leaf::Value(mut value) if path.steps.is_empty() && value.origin.span.is_none() => {
                    value.origin.span = Some(companion.span);
                    Leaf::Value(value)
                }
                other => other,
            }));
            leaves.open = leaves.open.or(inner.open);
        }
        if leaves.items.is_empty() && leaves.open.is_none() {
            leaves.items.push(Leaf::Absent(top.clone()));
        }
        leaves
    }

    /// The path's name in older provider versions.
    fn old_path(&self, path: &Path) -> Option<Vec<crate::check::Step>> {
        let was = self.rules.tables().paths.get(self.kind)?.get(&path.to_string())?;
        Some(was.split('.').map(|name| crate::check::Step { name: name.to_owned(), key: None }).collect())
    }

    /// The provider's default for a path, by the version the inventory found.
    fn default(&self, path: &str, scope: &Scope<'_>) -> Default_ {
        let nothing = Default_ { value: None, assumption: None, undecided: false };
        let kind = scope.owner().kind.as_ref();
        let kind = self.rules.tables().kinds.get(kind).map_or(kind, String::as_str);
        let Some(list) = self.rules.tables().defaults.get(kind).and_then(|paths| paths.get(path)) else {
            return nothing;
        };
        let Some(last) = list.last() else { return nothing };
        if list.len() == 1 {
            return Default_ { value: last.is.clone(), ..nothing };
        }
        let provider = kind.split('_').next().unwrap_or(kind);
        match self.inventory.providers.get(provider) {
            None => Default_ {
                value: last.is.clone(),
                assumption: Some(format!("assuming the newest version of provider {provider}")),
                undecided: false,
            },
            Some(constraint) => {
                let holds = |boundary: &str| relation::is_before(constraint, boundary);
                for default in list {
                    match default.before.as_deref().map(holds) {
                        None | Some(Some(true)) => return Default_ { value: default.is.clone(), ..nothing },
                        Some(Some(false)) => {}
                        Some(None) => return Default_ { undecided: true, ..nothing },
                    }
                }
                nothing
            }
        }
    }

    fn with_regex(&self, pattern: &str, test: impl FnOnce(&regex::Regex) -> Truth) -> Truth {
        self.rules.regex(pattern).map_or(Truth::Unknown, |regex| test(&regex))
    }
}

/// A provider default as found in the tables.
struct Default_ {
    value: Option<Scalar>,
    assumption: Option<String>,
    /// The version range spans a change of the default.
    undecided: bool,
}

fn container_of(resource: &Resource) -> Container {
    Container {
        header: Some(resource.header),
        span: resource.body.origin.span.or(Some(resource.span)),
        missing: Vec::new(),
        depth: 0,
    }
}

/// How many elements of a view a rule spoke of.
fn concerned(view: &str, count: usize, all: usize) -> String {
    let what = view.replace('_', " ");
    match (count, all) {
        (_, 0) => format!("no {what}s"),
        (0, 1) => format!("one {what}, not concerned"),
        (0, all) => format!("none of {all} {what}s concerned"),
        (count, all) => format!("{count} of {all} {what}s concerned"),
    }
}

/// Whether a check looks at nothing but the resource itself.
pub(crate) fn is_local(check: &Check) -> bool {
    match check {
        Check::Native { .. } => true,
        Check::Kinds(entries) => entries.iter().all(|entry| !entry.view && !asks_relations(&entry.body)),
    }
}

fn asks_relations(body: &Body) -> bool {
    // Relations stand at the root of a path only; conditions may ask for them too.
    body.when.iter().any(asks_relations) || !relation_names(body).is_empty()
}

/// The relations a body asks for.
fn relation_names(body: &Body) -> Vec<&str> {
    let mut names = Vec::new();
    for clause in &body.clauses {
        match clause {
            Clause::Test { path: Path { root: Root::Relation(name), .. }, .. } => names.push(name.as_str()),
            Clause::AnyOf(bodies) => names.extend(bodies.iter().flat_map(relation_names)),
            Clause::Not(body) => names.extend(relation_names(body)),
            Clause::Test { .. } => {}
        }
    }
    names
}

/// The way a value took, as related places.
fn related(value: &Value) -> Vec<Related> {
    value
        .origin
        .steps()
        .map(|via| Related { span: via.span, text: format!("{} is used here", via.what) })
        .collect()
}
