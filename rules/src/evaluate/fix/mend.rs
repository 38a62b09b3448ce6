//! A second way through a check: a change for every setting that fails, all or none.

use std::sync::Arc;

use compline_iac::edit::{Change, Literal};
use compline_iac::view::Viewed;
use compline_iac::{Data, Dialect, Value};

use super::companion::companion;
use super::literal;
use crate::check::{Absent, Body, Clause, Entry, Operator, Path, Root, Step, Test};
use crate::evaluate::answer::{FixCandidate, weight};
use crate::evaluate::evaluator::{Evaluator, Scope};
use crate::evaluate::leaves::container_of;
use crate::evaluate::literal::{literal_words, wanted_literal};
use crate::evaluate::path::{Container, Leaf, PathName, follow};
use crate::evaluate::test::{TestInput, is_collection};
use crate::evaluate::truth::Truth;
use crate::rule::FixSpec;

/// The changes for something that fails; none where one of its faults has no change.
pub(super) type Mended = Option<Vec<FixCandidate>>;

/// Looks for changes in one resource, as its page allows them.
pub(super) struct Mender<'m, 'a> {
    pub evaluator: &'m Evaluator<'a>,
    pub spec: &'m FixSpec,
    /// The index of the entry in the check.
    pub entry: usize,
    pub view: Option<&'static str>,
}

/// A value of the page for a path, or for one that leads to it.
pub(super) struct PageValue {
    pub value: Literal,
    /// How many steps above the path's end it is written.
    pub above: usize,
}

impl Mender<'_, '_> {
    pub fn resource(&self, entry: &Entry) -> Mended {
        self.body(&Scope::Resource(self.evaluator.resource), &entry.body, entry)
    }

    /// Every element that fails.
    pub fn view(&self, entry: &Entry, viewed: &Viewed) -> Mended {
        let (top, path) = (container_of(self.evaluator.resource), PathName::default());
        let mut out = Vec::new();
        let items = viewed.elements.items.iter().flat_map(|item| match &item.data {
            Data::List(list) => list.items.iter().collect(),
            _ => vec![item],
        });
        for item in items {
            // Which branch of a choice is taken is not known, and with it what there is to mend.
            if matches!(item.data, Data::Choice(_)) {
                return None;
            }
            let scope = Scope::Element { item, owner: self.evaluator.resource, path: &path, top: &top };
            if self.fails(&scope, &entry.body) {
                out.extend(self.body(&scope, &entry.body, entry)?);
            }
        }
        Some(out)
    }

    fn fails(&self, scope: &Scope<'_>, body: &Body) -> bool {
        self.evaluator.body(scope, body).is_some_and(|answer| answer.truth == Truth::False)
    }

    pub(super) fn body(&self, scope: &Scope<'_>, body: &Body, entry: &Entry) -> Mended {
        let mut out = self.around(scope, body)?;
        if !out.is_empty() {
            return Some(out);
        }
        for clause in &body.clauses {
            if self.evaluator.clause(scope, clause).is_none_or(|answer| answer.truth != Truth::False) {
                continue;
            }
            out.extend(match clause {
                Clause::Test { path, test } => self.test(scope, path, test, entry),
                Clause::AnyOf(bodies) => self.one_of(scope, bodies, entry),
                Clause::Not(body) => self.denied(scope, body),
            }?);
        }
        Some(out)
    }

    /// What the page has for other paths of an element than those that are tested, and the paths it takes away.
    pub(super) fn around(&self, scope: &Scope<'_>, body: &Body) -> Mended {
        let mut out = Vec::new();
        let Scope::Element { item, path: element, top, .. } = scope else { return Some(out) };
        let below = |key: &str| {
            let rest = match &*element.text {
                "" => Some(key),
                text => key.strip_prefix(text).and_then(|rest| rest.strip_prefix('.')),
            };
            rest.map(str::to_owned)
        };
        for rest in self.spec.removed.iter().filter_map(|key| below(key)) {
            let steps = crate::evaluate::leaves::steps(&rest);
            for leaf in follow(item, &steps, self.evaluator.path_context(), top).items {
                if let Leaf::Value(value) = leaf {
                    out.push(removal(&rest, Change::Remove { at: value.origin.span? }));
                }
            }
        }
        if element.text.is_empty() {
            return Some(out);
        }
        for (key, value) in &self.spec.set {
            let Some(rest) = below(key).filter(|rest| !concerns(body, rest)) else { continue };
            let steps = crate::evaluate::leaves::steps(&rest);
            let top = Container { span: item.origin.span, ..(*top).clone() };
            let value = literal(self.evaluator, value)?;
            let title = set_title(key, &value);
            let change = match follow(item, &steps, self.evaluator.path_context(), &top).items.first()? {
                Leaf::Value(old) => Change::Replace { at: old.origin.span?, value },
                Leaf::Absent(container) => {
                    Change::Insert { into: container.span?, path: container.missing.clone(), value }
                }
            };
            out.push(FixCandidate { title, change, drastic: false });
        }
        Some(out)
    }

    /// The alternative that the page names, else the one begun, else the first that can be had.
    fn one_of(&self, scope: &Scope<'_>, bodies: &[Body], entry: &Entry) -> Mended {
        let mut ranked: Vec<_> = bodies
            .iter()
            .filter_map(|body| Some((self.is_meant(scope, body), self.evaluator.body(scope, body)?, body)))
            .filter(|(_, answer, _)| answer.truth == Truth::False)
            .map(|(meant, answer, body)| {
                // How today's providers say it is a resource of its own.
                let adds = body.relations().len() == body.clauses.len();
                ((meant, weight(&answer), adds), body)
            })
            .collect();
        ranked.sort_by(|(one, _), (other, _)| other.cmp(one));
        ranked.into_iter().find_map(|(_, body)| self.body(scope, body, entry).filter(|out| !out.is_empty()))
    }

    /// Whether the page gives a value for a path of this body whose test fails.
    pub(super) fn is_meant(&self, scope: &Scope<'_>, body: &Body) -> bool {
        body.clauses.iter().any(|clause| match clause {
            Clause::Test { path, test } => {
                let input = self.evaluator.test_input(path, test, scope);
                let mut keys = self.spec.set.keys();
                let fails = || self.evaluator.test(&input, scope).truth == Truth::False;
                keys.any(|key| {
                    leads_to(key, &input.path.text)
                        || leads_to(key, &path.text)
                        || key.strip_prefix(&*input.path.text).is_some_and(|rest| rest.starts_with('.'))
                }) && fails()
            }
            Clause::AnyOf(bodies) => bodies.iter().any(|body| self.is_meant(scope, body)),
            Clause::Not(body) => self.is_meant(scope, body),
        })
    }

    fn test(&self, scope: &Scope<'_>, path: &Path, test: &Test, entry: &Entry) -> Mended {
        let input = self.evaluator.test_input(path, test, scope);
        if self.view == Some("flags") {
            return self.flag(scope, path, &input);
        }
        if let Root::Relation(name) = &path.root
            && let Some(added) = companion(self.evaluator, self.spec, entry, name)
        {
            return Some(vec![added]);
        }
        let page = self.page_value(&input.path, path);
        if let Some(page) = page.as_ref().filter(|page| page.above > 0) {
            return self.write_above(scope, path, page);
        }
        let page = page.map(|page| page.value);
        let mut out: Vec<FixCandidate> = Vec::new();
        for operator in &test.operators {
            let mended = if is_collection(operator) {
                self.collection(operator, &input, path, scope, page.as_ref(), entry)?
            } else {
                self.each(operator, &input, path, scope, page.as_ref())?
            };
            for one in mended {
                if out.iter().all(|earlier| earlier.change != one.change) {
                    out.push(one);
                }
            }
        }
        if !out.is_empty() {
            out.extend(self.beside(scope, path, &input.path)?);
        }
        Some(out)
    }

    /// What a value operator wants of each end.
    fn each(
        &self,
        operator: &Operator,
        input: &TestInput<'_>,
        path: &Path,
        scope: &Scope<'_>,
        page: Option<&Literal>,
    ) -> Mended {
        let wanted = page.cloned().or_else(|| wanted_literal(operator));
        let mut out = Vec::new();
        let only = [Leaf::Absent(input.top.clone())];
        let leaves =
            if input.leaves.items.is_empty() { only.as_slice() } else { input.leaves.items.as_slice() };
        for leaf in leaves {
            match leaf {
                Leaf::Absent(container) => {
                    let answer = self.evaluator.missing(operator, container, input, scope);
                    if answer.truth == Truth::False {
                        out.push(self.insert(container, input, path, wanted.clone()?)?);
                    }
                }
                Leaf::Value(value) => {
                    if self.evaluator.one(operator, value, input, scope).truth == Truth::False {
                        out.extend(self.change(operator, value, input, wanted.clone())?);
                    }
                }
            }
        }
        Some(out)
    }

    pub(super) fn change(
        &self,
        operator: &Operator,
        value: &Value,
        input: &TestInput<'_>,
        wanted: Option<Literal>,
    ) -> Mended {
        let path = &input.path.text;
        if let Data::List(list) = &value.data
            && !matches!(operator, Operator::Present(_))
            && !matches!(wanted, Some(Literal::List(_)))
        {
            let failing =
                list.items.iter().filter(|item| self.evaluator.holds(operator, item) == Truth::False);
            let each = failing.map(|item| self.change(operator, item, input, wanted.clone()));
            return Some(each.collect::<Option<Vec<_>>>()?.into_iter().flatten().collect());
        }
        let at = value.origin.span?;
        let may_go = matches!(operator, Operator::Present(false))
            || matches!(operator, Operator::NotIn(_)) && input.test.absent == Absent::Pass;
        Some(vec![match wanted {
            // What a list element should be is written over it; what it should not be is taken out by the caller.
            Some(value) => FixCandidate {
                title: set_title(path, &value),
                change: Change::Replace { at, value },
                drastic: value_is_shared(&input.leaves.items),
            },
            None if may_go => removal(path, Change::Remove { at }),
            None => return None,
        }])
    }

    /// Writes what is not there.
    pub(super) fn insert(
        &self,
        container: &Container,
        input: &TestInput<'_>,
        path: &Path,
        value: Literal,
    ) -> Option<FixCandidate> {
        let title = set_title(&input.path.text, &value);
        let change = match container.empty {
            Some(at) => Change::Replace { at, value },
            None => {
                // What is written and empty has its name already.
                let missing = container.missing.len().max(1);
                let steps = path.steps.get(path.steps.len().checked_sub(missing)?..)?;
                self.insertion(container, steps, value, input)?
            }
        };
        Some(FixCandidate { title, change, drastic: false })
    }

    fn insertion(
        &self,
        container: &Container,
        steps: &[Step],
        value: Literal,
        input: &TestInput<'_>,
    ) -> Option<Change> {
        let into = container.span?;
        let mut names: Vec<Arc<str>> = Vec::new();
        let mut steps = steps.iter();
        while let Some(step) = steps.next() {
            names.push(step.name.as_str().into());
            let Some(key) = &step.key else { continue };
            if is_map_name(&step.name) {
                names.push(key.as_str().into());
                continue;
            }
            let rest: Vec<Arc<str>> = steps.map(|step| step.name.as_str().into()).collect();
            let value = rest.into_iter().rev().fold(value, |value, name| Literal::Map(vec![(name, value)]));
            let (name, of_value) = self.pair_names(input, path_without_key(&input.path.text));
            let pair = vec![(name, Literal::Text(key.as_str().into())), (of_value, value)];
            return Some(Change::Add { into, path: names, values: vec![Literal::Map(pair)] });
        }
        (!names.is_empty()).then_some(Change::Insert { into, path: names, value })
    }

    /// How the pairs of a list of names and values are called: as its other elements have it.
    fn pair_names(&self, input: &TestInput<'_>, path: &str) -> (Arc<str>, Arc<str>) {
        let resource = self.evaluator.resource;
        let of_body = !input.path.text.starts_with("$.");
        let leaves = of_body.then(|| {
            let steps = crate::evaluate::leaves::steps(path);
            follow(&resource.body, &steps, self.evaluator.path_context(), &container_of(resource))
        });
        let other = leaves.iter().flat_map(|leaves| &leaves.items).find_map(|leaf| match leaf {
            Leaf::Value(value) => match &value.data {
                Data::List(list) => list.items.first().cloned(),
                _ => Some(value.clone()),
            },
            Leaf::Absent(_) => None,
        });
        let has = |name: &str| other.as_ref().is_some_and(|value| value.get(name).is_some());
        let (name, value) = match resource.dialect {
            Dialect::CloudFormation if has("Name") || path.ends_with("Settings") => ("Name", "Value"),
            Dialect::CloudFormation => ("Key", "Value"),
            _ if has("key") => ("key", "value"),
            _ => ("name", "value"),
        };
        (name.into(), value.into())
    }

    /// Writes the page's value at a path that leads to the one that was tested: into what stands there already, only
    /// what it lacks and what was tested.
    fn write_above(&self, scope: &Scope<'_>, path: &Path, page: &PageValue) -> Mended {
        let kept = path.steps.len().checked_sub(page.above)?;
        let upper = Path::new(path.root.clone(), path.steps.get(..kept)?.to_vec());
        let input = self.evaluator.test_input(&upper, &EMPTY, scope);
        let title = set_title(&input.path.text, &page.value);
        let one = |change| FixCandidate { title: title.clone(), change, drastic: false };
        let value = match input.leaves.items.first()? {
            Leaf::Absent(container) => {
                let missing = container.missing.len().max(1);
                let steps = upper.steps.get(upper.steps.len().checked_sub(missing)?..)?;
                return Some(vec![one(self.insertion(container, steps, page.value.clone(), &input)?)]);
            }
            Leaf::Value(value) => value,
        };
        let tested = path.steps.get(kept).map(|step| step.name.as_str());
        match (&page.value, only_map(value)) {
            (Literal::Map(entries), Some(there)) => {
                let into = there.origin.span?;
                let lacking = entries
                    .iter()
                    .filter(|(key, _)| there.get(key).is_none_or(Value::is_null) || tested == Some(&**key));
                let changes = lacking.map(|(key, value)| {
                    one(Change::Insert { into, path: vec![Arc::clone(key)], value: value.clone() })
                });
                Some(changes.collect())
            }
            _ => Some(vec![one(Change::Replace { at: value.origin.span?, value: page.value.clone() })]),
        }
    }

    /// What the page writes beside a path, where it is not there yet.
    fn beside(&self, scope: &Scope<'_>, path: &Path, name: &PathName) -> Mended {
        let mut out = Vec::new();
        let entries = [&*name.text, &*path.text].into_iter().find_map(|text| self.spec.beside.get(text));
        let above = path.steps.get(..path.steps.len().saturating_sub(1)).unwrap_or_default();
        for (key, value) in entries.into_iter().flatten() {
            let step = Step { name: key.clone(), key: None };
            let sibling = Path::new(path.root.clone(), above.iter().cloned().chain([step]).collect());
            let input = self.evaluator.test_input(&sibling, &EMPTY, scope);
            if let Some(Leaf::Absent(container)) = input.leaves.items.first() {
                out.push(self.insert(container, &input, &sibling, literal(self.evaluator, value)?)?);
            }
        }
        Some(out)
    }

    /// The page's value for a path: by its name from the resource on or from its element on, for one that leads to it,
    /// or the page's one value.
    pub(super) fn page_value(&self, name: &PathName, path: &Path) -> Option<PageValue> {
        let written = |value, above| Some(PageValue { value: literal(self.evaluator, value)?, above });
        for text in [&*name.text, &*path.text] {
            if let Some(value) = self.spec.set.get(text) {
                return written(value, 0);
            }
        }
        let upper = self.spec.set.iter().find_map(|(key, value)| {
            let rest = [&*name.text, &*path.text]
                .iter()
                .find_map(|text| text.strip_prefix(key.as_str())?.strip_prefix('.').map(str::to_owned))?;
            Some((value, rest.split('.').count()))
        });
        if let Some((value, above)) = upper {
            return written(value, above);
        }
        match self.spec.value.as_slice() {
            [] => None,
            [one] => written(one, 0),
            many => written(many.get(self.entry)?, 0),
        }
    }

    pub(super) fn page_literal(&self, name: &PathName, path: &Path) -> Option<Literal> {
        self.page_value(name, path).filter(|page| page.above == 0).map(|page| page.value)
    }
}

/// A test that asks nothing, for the ends of a path alone.
pub(super) static EMPTY: std::sync::LazyLock<Test> = std::sync::LazyLock::new(|| Test {
    operators: Vec::new(),
    absent: Absent::Itself,
    expected: crate::check::Expected::default(),
});

/// A map, or the only one of a list.
pub(super) fn only_map(value: &Value) -> Option<&Value> {
    match &value.data {
        Data::Map(_) => Some(value),
        Data::List(list) => match list.items.as_slice() {
            [only] => only_map(only),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a key of the page's is a path or leads to it.
fn leads_to(key: &str, path: &str) -> bool {
    path.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn path_without_key(path: &str) -> &str {
    path.split('[').next().unwrap_or(path)
}

/// Whether pairs below this name are a map's entries and not a list of names and values.
fn is_map_name(name: &str) -> bool {
    ["annotations", "labels", "tags", "metadata", "app_settings", "matchLabels", "match_labels"]
        .contains(&name)
}

/// A value that came through a variable, a local or a module call is other resources' as well.
pub(super) fn value_is_shared(leaves: &[Leaf]) -> bool {
    leaves.iter().any(|leaf| matches!(leaf, Leaf::Value(value) if value.origin.via.is_some()))
}

pub(super) fn set_title(path: &str, value: &Literal) -> String {
    format!("set `{path}` to `{}`", literal_words(value))
}

pub(super) fn removal(path: &str, change: Change) -> FixCandidate {
    let title = match change {
        Change::RemoveElement { .. } => format!("remove it from `{path}`"),
        _ => format!("remove `{path}`"),
    };
    FixCandidate { title, change, drastic: true }
}

/// Whether a body tests a path, or one below or above it.
fn concerns(body: &Body, wanted: &str) -> bool {
    body.clauses.iter().any(|clause| match clause {
        Clause::Test { path, test } => {
            leads_to(wanted, &path.text)
                || leads_to(&path.text, wanted)
                    && test.operators.iter().any(|operator| {
                        matches!(operator, Operator::Any(_) | Operator::All(_) | Operator::None(_))
                    })
        }
        Clause::AnyOf(bodies) => bodies.iter().any(|one| concerns(one, wanted)),
        Clause::Not(body) => concerns(body, wanted),
    })
}

/// Whether a body names a path.
pub(super) fn names(body: &Body, wanted: &str) -> bool {
    body.clauses.iter().any(|clause| match clause {
        Clause::Test { path, .. } => *path.text == *wanted,
        Clause::AnyOf(bodies) => bodies.iter().any(|one| names(one, wanted)),
        Clause::Not(body) => names(body, wanted),
    })
}
