//! Answers → verdicts: locus, sentence, fix, fingerprint.

use std::sync::Arc;

use compline_iac::edit::{Change, Literal};
use compline_iac::{Existence, Why, WhyKind};
use sha2::{Digest as _, Sha256};

use super::Judge;
use super::literal::{wanted_literal, written};
use super::truth::{Answer, Deciding, Seed, Truth};
use crate::check::{Check, Clause, Element, Operator, Path, Root, Scalar};
use crate::rule::{FixSpec, Rule, Safety};
use crate::table::Join;
use crate::verdict::{Fix, Locus, Outcome, Verdict};

impl Judge<'_> {
    pub(super) fn verdict(&self, rule: &Rule, answer: Answer) -> Verdict {
        let resource = self.resource;
        let deciding = answer.deciding.map(|deciding| *deciding);
        let span = deciding.as_ref().and_then(|deciding| deciding.span).unwrap_or(resource.header);
        let fix = match (answer.truth, &deciding) {
            (Truth::False, Some(deciding)) => self.fix(rule, deciding),
            _ => None,
        };
        let outcome = match answer.truth {
            Truth::True => Outcome::Pass,
            Truth::False => Outcome::Fail,
            Truth::Unknown => {
                let why = deciding.as_ref().and_then(|deciding| deciding.why.clone());
                Outcome::Unknown(why.unwrap_or_else(|| Why::new(WhyKind::Outside, "the code does not say")))
            }
        };
        let message = match (&outcome, &deciding) {
            (Outcome::Unknown(why), _) => format!("cannot tell whether {}: {}", rule.info.title, why.text),
            (_, Some(deciding)) => self.sentence(deciding),
            (_, None) => rule.info.title.clone(),
        };
        let mut assumption = deciding.as_ref().and_then(|deciding| deciding.assumption.clone());
        if let Existence::Possible(why) = &resource.existence {
            let maybe = format!("the resource may not exist: {}", why.text);
            assumption = Some(assumption.map_or(maybe.clone(), |before| format!("{before}; {maybe}")));
        }
        let (path, observed, expected, mut related, offenders) = match deciding {
            Some(deciding) => {
                (deciding.path, deciding.observed, deciding.expected, deciding.related, deciding.offenders)
            }
            None => Default::default(),
        };
        if !resource.span.contains(&span) && related.is_empty() {
            related.push(crate::verdict::Related {
                span: resource.header,
                text: format!("`{}`", resource.address),
            });
        }
        let others = offenders.iter().filter(|offender| !offender.contains(&span));
        related.extend(
            others.map(|offender| crate::verdict::Related {
                span: *offender,
                text: "fails as well".to_owned(),
            }),
        );
        Verdict {
            rule: Arc::from(rule.info.id.as_str()),
            severity: rule.info.severity,
            address: Arc::clone(&resource.address),
            kind: Arc::clone(&resource.kind),
            dialect: resource.dialect,
            root: Arc::clone(&self.inventory.root),
            outcome,
            locus: Locus { span, resource: resource.span, offenders, related },
            path,
            observed,
            expected,
            message,
            assumption,
            fix,
            fingerprint: fingerprint(&rule.info.id, &self.inventory.root, &resource.address),
        }
    }

    fn sentence(&self, deciding: &Deciding) -> String {
        if let Some(name) = deciding.path.strip_prefix("ref.").filter(|_| deciding.observed == "not set") {
            let relation = self.rules.tables().relations.get(self.kind).and_then(|all| all.get(name));
            if let Some(kind) = relation.and_then(|relation| relation.kind.first()) {
                return format!("no `{kind}` belongs to `{}`", self.resource.address);
            }
        }
        match (&*deciding.path, deciding.observed.starts_with("not set")) {
            ("", _) => format!("{}; expected {}", deciding.observed, deciding.expected),
            (path, true) => format!("`{path}` is {}; expected {}", deciding.observed, deciding.expected),
            (path, false) => format!("`{path}` is `{}`; expected {}", deciding.observed, deciding.expected),
        }
    }

    /// What would make the rule pass: the deciding test's own change, with the page's values over it.
    fn fix(&self, rule: &Rule, deciding: &Deciding) -> Option<Fix> {
        let spec = rule.fix.as_ref()?;
        if spec.safety == Safety::Display {
            return None;
        }
        let mut seeds: Vec<Seed> = self.by_page(rule, spec, deciding);
        if seeds.is_empty() {
            seeds = deciding.seeds.clone();
        }
        if seeds.is_empty() {
            seeds = self.companion(rule, deciding).into_iter().collect();
        }
        let first = seeds.first()?;
        let drastic = deciding.shared || seeds.iter().any(|seed| seed.drastic);
        let safety = if drastic { Safety::Unsafe } else { spec.safety };
        let title = if seeds.len() == 1 {
            first.title.clone()
        } else {
            seeds.iter().map(|seed| seed.title.as_str()).collect::<Vec<_>>().join(", ")
        };
        Some(Fix { title, safety, changes: seeds.into_iter().map(|seed| seed.change).collect() })
    }

    /// The values the page's `fix.set` gives for the deciding path.
    fn by_page(&self, rule: &Rule, spec: &FixSpec, deciding: &Deciding) -> Vec<Seed> {
        let entry = match &rule.check {
            Check::Kinds(entries) => {
                entries.iter().position(|entry| entry.kinds.iter().any(|kind| kind == self.kind))
            }
            Check::Native { .. } => None,
        };
        let value = match (spec.set.get(&*deciding.path), spec.value.as_slice()) {
            (Some(value), _) => value.clone(),
            (None, [one]) => one.clone(),
            (None, many) => match entry.and_then(|entry| many.get(entry)) {
                Some(value) => value.clone(),
                None => return self.beside(spec),
            },
        };
        if deciding.path.contains('[') && deciding.observed.starts_with("not set") {
            return Vec::new();
        }
        let title = format!("set `{}` to `{value}`", deciding.path);
        let literal = written(&value);
        let change = match deciding.seeds.first().map(|seed| &seed.change) {
            Some(Change::Insert { into, path, .. }) => {
                Change::Insert { into: *into, path: path.clone(), value: literal }
            }
            Some(Change::Replace { at, .. } | Change::Remove { at }) => {
                Change::Replace { at: *at, value: literal }
            }
            _ if deciding.observed.starts_with("not set") => {
                return self.inserted(&deciding.path, &value).into_iter().collect();
            }
            _ => match deciding.span {
                Some(at) => Change::Replace { at, value: literal },
                None => return Vec::new(),
            },
        };
        vec![Seed { title, change, drastic: false }]
    }

    /// `fix.set` names other paths of this resource than the deciding one: all of them are written.
    fn beside(&self, spec: &FixSpec) -> Vec<Seed> {
        let speaks = |path: &str| match &self.rules.tables().paths.get(self.kind) {
            Some(_) | None => self.names_path(path),
        };
        spec.set
            .iter()
            .filter(|(path, _)| speaks(path))
            .filter_map(|(path, value)| self.inserted(path, value))
            .collect()
    }

    /// Whether some rule entry for this very kind names the path: `fix.set` lists the paths of all kinds.
    fn names_path(&self, path: &str) -> bool {
        self.rules.rules().any(|rule| match &rule.check {
            Check::Kinds(entries) => entries.iter().any(|entry| {
                entry.kinds.iter().any(|kind| kind == self.kind)
                    && entry.body.clauses.iter().any(|clause| names(clause, path))
            }),
            Check::Native { .. } => false,
        })
    }

    fn inserted(&self, path: &str, value: &Scalar) -> Option<Seed> {
        let steps: Vec<crate::check::Step> =
            path.split('.').map(|name| crate::check::Step { name: name.to_owned(), key: None }).collect();
        let top = super::container_of(self.resource);
        let leaves = super::follow(&self.resource.body, &steps, self.way(), &top);
        let change = match leaves.items.into_iter().next()? {
            super::Leaf::Value(found) => Change::Replace { at: found.origin.span?, value: written(value) },
            super::Leaf::Absent(container) => {
                Change::Insert { into: container.span?, path: container.missing, value: written(value) }
            }
        };
        Some(Seed { title: format!("set `{path}` to `{value}`"), change, drastic: false })
    }

    /// The companion resource that is missing: kind and keys from the relation, leaves from the rule's body.
    fn companion(&self, rule: &Rule, deciding: &Deciding) -> Option<Seed> {
        let name = deciding.path.strip_prefix("ref.")?.split('.').next()?;
        if deciding.observed != "not set" {
            return None;
        }
        let relation = self.rules.tables().relations.get(self.kind)?.get(name)?;
        let kind: Arc<str> = Arc::from(relation.kind.first().filter(|kind| *kind != "any")?.as_str());
        let Join::Keys(keys) = &relation.on else { return None };
        let mut body: Vec<(Arc<str>, Literal)> = Vec::new();
        for (there, here) in keys {
            let attribute: Arc<str> = Arc::from(here.first()?.as_str());
            let refer = Literal::Refer { address: Arc::clone(&self.resource.address), attribute };
            body.push((Arc::from(there.as_str()), refer));
        }
        let Check::Kinds(entries) = &rule.check else { return None };
        let entry = entries.iter().find(|entry| entry.kinds.iter().any(|kind| kind == self.kind))?;
        leaves_wanted(&entry.body, name, &mut body);
        let change = Change::AddResource {
            after: self.resource.span,
            kind: Arc::clone(&kind),
            name: Arc::clone(&self.resource.name),
            body,
        };
        let title = format!("add a `{kind}` for `{}`", self.resource.address);
        Some(Seed { title, change, drastic: true })
    }
}

fn names(clause: &Clause, wanted: &str) -> bool {
    match clause {
        Clause::Test { path, .. } => path.to_string() == wanted,
        Clause::AnyOf(bodies) => {
            bodies.iter().any(|body| body.clauses.iter().any(|clause| names(clause, wanted)))
        }
        Clause::Not(body) => body.clauses.iter().any(|clause| names(clause, wanted)),
    }
}

/// The values a rule wants of a companion, nested as its paths say.
fn leaves_wanted(body: &crate::check::Body, relation: &str, out: &mut Vec<(Arc<str>, Literal)>) {
    for clause in &body.clauses {
        match clause {
            Clause::AnyOf(bodies) => bodies.iter().for_each(|body| leaves_wanted(body, relation, out)),
            Clause::Test { path: Path { root: Root::Relation(name), .. }, test } if name == relation => {
                for operator in &test.operators {
                    if let Operator::Any(Element::Body(body)) | Operator::All(Element::Body(body)) = operator
                    {
                        for clause in &body.clauses {
                            let Clause::Test { path, test } = clause else { continue };
                            let value = test.operators.iter().find_map(wanted_literal);
                            if let Some(value) = value {
                                insert(
                                    out,
                                    &path.steps.iter().map(|step| step.name.as_str()).collect::<Vec<_>>(),
                                    value,
                                );
                            }
                        }
                    }
                }
            }
            _ => {}
        }
    }
}

fn insert(out: &mut Vec<(Arc<str>, Literal)>, path: &[&str], value: Literal) {
    let Some((first, rest)) = path.split_first() else { return };
    if rest.is_empty() {
        out.push((Arc::from(*first), value));
        return;
    }
    let at = out.iter().position(|(key, _)| **key == **first);
    match at.and_then(|at| out.get_mut(at)) {
        Some((_, Literal::Map(inner))) => insert(inner, rest, value),
        Some(_) => {}
        None => {
            let mut inner = Vec::new();
            insert(&mut inner, rest, value);
            out.push((Arc::from(*first), Literal::Map(inner)));
        }
    }
}

/// 32 hexadecimal digits of SHA-256 over rule, root and address: moved lines do not change it.
pub fn fingerprint(rule: &str, root: &str, address: &str) -> String {
    let mut hash = Sha256::new();
    for part in [rule, root, address] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    hash.finalize().iter().take(16).flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
