//! Where the path of a test leads, from a resource or from an element; and the defaults of what is not there.

use std::sync::Arc;

use compline_iac::version::{Side, side};
use compline_iac::{Reference, Resource, Why, WhyKind};

use super::evaluator::{Evaluator, Scope};
use super::path::{Container, Leaf, Leaves, PathContext, PathName, follow};
use super::test::TestInput;
use crate::check::{Path, Root, Scalar, Step, Test};

/// What a provider takes where nothing is set.
#[derive(Debug, Default)]
pub(super) struct ResolvedDefault {
    pub value: Option<Scalar>,
    pub assumption: Option<String>,
    /// The version cannot be read, and the default has changed.
    pub undecided: bool,
}

impl<'a> Evaluator<'a> {
    /// A test with the ends of its path.
    pub(super) fn test_input<'t>(&self, path: &Path, test: &'t Test, scope: &Scope<'_>) -> TestInput<'t> {
        let (name, top) = match scope {
            Scope::Resource(resource) => (PathName::of(path), container_of(resource)),
            Scope::Element { item, path: element, top, .. } => {
                let header = item.as_map().and_then(|map| map.header).or(item.origin.span).or(top.header);
                let span = item.origin.span.or(top.span);
                (element.join(path), Container { header, span, depth: top.depth, ..Container::default() })
            }
        };
        let leaves = self.leaves(path, scope, &top);
        let depth = top.depth + path.steps.len() + 1;
        TestInput { path: name, test, leaves, top, depth }
    }

    pub(super) fn path_context(&self) -> PathContext<'a> {
        PathContext { dialect: self.resource.dialect, texts: self.context.texts }
    }

    fn leaves(&self, path: &Path, scope: &Scope<'_>, top: &Container) -> Leaves {
        let context = self.path_context();
        match (&path.root, scope) {
            (Root::Relation(name), _) => self.related_leaves(name, &path.steps, scope.owner(), top),
            (Root::Outer, _) => match &scope.owner().outer {
                Some(outer) => follow(outer, &path.steps, context, top),
                None => Leaves { items: vec![Leaf::Absent(top.clone())], open: None },
            },
            (Root::Body, Scope::Element { item, .. }) => follow(item, &path.steps, context, top),
            (Root::Body, Scope::Resource(resource)) => {
                let current = follow(&resource.body, &path.steps, context, top);
                if current.is_absent()
                    && let Some(steps) = self.former_path(path)
                {
                    let former = follow(&resource.body, &steps, context, top);
                    return if former.is_absent() { current } else { former };
                }
                current
            }
        }
    }

    /// Where a path leads from the resources that a relation joins to `from`; `ref.a.ref.b` goes on with a relation of
    /// theirs.
    fn related_leaves(&self, name: &str, steps: &[Step], from: &Resource, top: &Container) -> Leaves {
        let of = |one: &Resource| self.context.relation(self.context.current_kind(&one.kind), name);
        // An element's own relations go first, then those of the resource that is judged.
        let joined = of(from).map(|relation| (relation, from));
        let joined = joined.or_else(|| of(self.resource).map(|relation| (relation, self.resource)));
        let joined = joined.or_else(|| Some((self.context.relation(self.kind, name)?, self.resource)));
        let Some((relation, owner)) = joined else {
            let text = format!("no relation `{name}` is known for `{}`", from.kind);
            return Leaves { items: Vec::new(), open: Some(Why::new(WhyKind::Error, text)) };
        };
        let companions = self.context.companions(relation, owner);
        let mut leaves = Leaves { items: Vec::new(), open: companions.open };
        for index in companions.indices {
            let Some(companion) = self.context.inventory.resources.get(index) else { continue };
            let container = container_of(companion);
            let inner = match steps {
                [step, name, rest @ ..] if step.name == "ref" && step.key.is_none() => {
                    let further = self.related_leaves(&name.name, rest, companion, &container);
                    // Those that lead nowhere are no companions.
                    Leaves { items: further.items.into_iter().filter(is_value).collect(), ..further }
                }
                _ => follow(&companion.body, steps, self.path_context(), &container),
            };
            leaves.items.extend(inner.items.into_iter().map(|leaf| match leaf {
                // It is a companion as a whole: what is asked of it may ask for its own relations. Its body has no
                // place of its own in every format: its header stands in.
                Leaf::Value(mut value) if steps.is_empty() => {
                    value.origin.span = value.origin.span.or(Some(companion.span));
                    let (address, attribute) = (Arc::clone(&companion.address), "".into());
                    value.refers = Some(Arc::new(Reference { address, attribute }));
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
    fn former_path(&self, path: &Path) -> Option<Vec<Step>> {
        let former = self.context.rules.tables().paths.get(self.kind)?.get(&*path.text)?;
        Some(steps(former))
    }

    /// The provider's default for a path, by the version the inventory found.
    pub(super) fn default(&self, path: &str, scope: &Scope<'_>) -> ResolvedDefault {
        let kind = self.context.current_kind(&scope.owner().kind);
        let tables = self.context.rules.tables();
        let Some(list) = tables.defaults.get(kind).and_then(|paths| paths.get(path)) else {
            return ResolvedDefault::default();
        };
        let Some(last) = list.last() else { return ResolvedDefault::default() };
        let newest = ResolvedDefault { value: last.is.clone(), ..ResolvedDefault::default() };
        if list.len() == 1 {
            return newest;
        }
        let provider = kind.split('_').next().unwrap_or(kind);
        let Some(constraint) = self.context.inventory.providers.get(provider) else {
            let assumption = Some(format!("assuming the newest version of provider {provider}"));
            return ResolvedDefault { assumption, ..newest };
        };
        let mut assumption = None;
        for default in list {
            let Some(boundary) = default.before.as_deref() else {
                return ResolvedDefault {
                    value: default.is.clone(),
                    assumption,
                    ..ResolvedDefault::default()
                };
            };
            match side(constraint, boundary) {
                Some(Side::Before) => {
                    return ResolvedDefault {
                        value: default.is.clone(),
                        assumption,
                        ..ResolvedDefault::default()
                    };
                }
                Some(Side::After) => {}
                Some(Side::NewestAfter) => {
                    let text = format!(
                        "assuming the newest version of provider {provider} that `{constraint}` allows"
                    );
                    assumption = Some(text);
                }
                None => return ResolvedDefault { undecided: true, ..ResolvedDefault::default() },
            }
        }
        ResolvedDefault::default()
    }
}

fn is_value(leaf: &Leaf) -> bool {
    matches!(leaf, Leaf::Value(_))
}

/// The resource itself, as what surrounds a value.
pub(super) fn container_of(resource: &Resource) -> Container {
    Container {
        header: Some(resource.header),
        span: resource.body.origin.span.or(Some(resource.span)),
        ..Container::default()
    }
}

/// The steps of a dotted path without keys.
pub(super) fn steps(path: &str) -> Vec<Step> {
    path.split('.').map(|name| Step { name: name.to_owned(), key: None }).collect()
}
