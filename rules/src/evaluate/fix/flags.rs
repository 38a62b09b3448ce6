//! Flags of a command line: written, changed, taken away as words of `command` and `args`.

use compline_iac::edit::{Change, Literal};
use compline_iac::{Data, Span, Value};

use super::mend::{Mender, removal};
use crate::check::{Absent, Element, Operator, Path};
use crate::evaluate::answer::FixCandidate;
use crate::evaluate::collection::{Question, gather};
use crate::evaluate::evaluator::Scope;
use crate::evaluate::literal::{literal_words, wanted_literal};
use crate::evaluate::path::Leaf;
use crate::evaluate::test::TestInput;
use crate::evaluate::truth::Truth;

/// What becomes of a flag.
enum Wanted {
    Set(Literal),
    Gone,
}

impl Mender<'_, '_> {
    /// The change of one flag; the path is its name.
    pub(super) fn flag(
        &self,
        scope: &Scope<'_>,
        path: &Path,
        input: &TestInput<'_>,
    ) -> Option<Vec<FixCandidate>> {
        let [step] = path.steps.as_slice() else { return None };
        let value = match input.leaves.items.as_slice() {
            [Leaf::Value(value)] => Some(value),
            [Leaf::Absent(_)] | [] => None,
            _ => return None,
        };
        let wanted = self.wanted(scope, path, input, value)?;
        self.flag_change(scope, &step.name, wanted, value).map(|change| vec![change])
    }

    /// What must not hold of a flag: the page's value is written over it, or it goes.
    pub(super) fn flag_denied(
        &self,
        scope: &Scope<'_>,
        path: &Path,
        input: &TestInput<'_>,
    ) -> Option<FixCandidate> {
        let ([step], [Leaf::Value(value)]) = (path.steps.as_slice(), input.leaves.items.as_slice()) else {
            return None;
        };
        let wanted = match self.page_literal(&input.path, path) {
            Some(value) => Wanted::Set(value),
            None if self.spec.remove => Wanted::Gone,
            None => return None,
        };
        self.flag_change(scope, &step.name, wanted, Some(value))
    }

    fn flag_change(
        &self,
        scope: &Scope<'_>,
        name: &str,
        wanted: Wanted,
        value: Option<&Value>,
    ) -> Option<FixCandidate> {
        Some(match (wanted, value) {
            (Wanted::Set(value), None) => {
                let word = Literal::Behind(format!("--{name}=").into(), Box::new(value.clone()));
                let title = format!("add `--{}={}`", name, literal_words(&value));
                let change = Change::Append { to: self.words(scope)?, values: vec![word] };
                FixCandidate { title, change, drastic: false }
            }
            (Wanted::Set(value), Some(old)) => {
                let at = old.origin.span?;
                let title = format!("set `--{}` to `{}`", name, literal_words(&value));
                let value = match self.word(at)? {
                    word if word.starts_with('-') => {
                        let flag = word.split_once('=').map_or(word, |(flag, _)| flag);
                        Literal::Behind(format!("{flag}=").into(), Box::new(value))
                    }
                    word if old.as_text() == Some(word) => value,
                    _ => return None,
                };
                FixCandidate {
                    title,
                    change: Change::Replace { at, value },
                    drastic: old.origin.via.is_some(),
                }
            }
            (Wanted::Gone, Some(old)) => {
                let at = old.origin.span?;
                // A flag whose value is a word of its own is two words.
                if !self.word(at)?.starts_with('-') {
                    return None;
                }
                removal(&format!("--{name}"), Change::RemoveElement { at })
            }
            (Wanted::Gone, None) => return None,
        })
    }

    fn wanted(
        &self,
        scope: &Scope<'_>,
        path: &Path,
        input: &TestInput<'_>,
        value: Option<&Value>,
    ) -> Option<Wanted> {
        let page = self.page_literal(&input.path, path);
        let mut wanted = None;
        for operator in &input.test.operators {
            let next = match operator {
                Operator::None(element) => self.without(scope, operator, element, input, page.as_ref())?,
                Operator::Contains(lacking) => {
                    let list = gather(&input.leaves, operator, self.evaluator.context.texts).list;
                    let known = list.items.iter().map(|item| item.as_text().map(str::to_owned));
                    let mut words = known.collect::<Option<Vec<String>>>()?;
                    let new = lacking.iter().map(ToString::to_string);
                    words.extend(new.filter(|one| !words.contains(one)).collect::<Vec<_>>());
                    Some(Wanted::Set(Literal::Text(words.join(",").into())))
                }
                Operator::Count { at_most: Some(0), .. } | Operator::Present(false) => Some(Wanted::Gone),
                Operator::Present(true) if value.is_some() => None,
                Operator::NotIn(_) if page.is_none() && input.test.absent == Absent::Pass => {
                    Some(Wanted::Gone)
                }
                operator => Some(Wanted::Set(match &page {
                    Some(page) => page.clone(),
                    None => match wanted_literal(operator)? {
                        Literal::List(_) | Literal::Map(_) => return None,
                        value => value,
                    },
                })),
            };
            wanted = next.or(wanted);
        }
        wanted
    }

    /// The list without what must not be in it; none inside where nothing of it must go.
    fn without(
        &self,
        scope: &Scope<'_>,
        operator: &Operator,
        element: &Element,
        input: &TestInput<'_>,
        page: Option<&Literal>,
    ) -> Option<Option<Wanted>> {
        let gathered = gather(&input.leaves, operator, self.evaluator.context.texts);
        let question = Question { operator, list: &gathered.list, span: gathered.span, input, scope };
        let mut kept = Vec::new();
        for item in &gathered.list.items {
            let answer = self.evaluator.element(element, item, &question);
            if answer.is_none_or(|answer| answer.truth != Truth::True) {
                kept.push(item.as_text()?);
            }
        }
        if kept.len() == gathered.list.items.len() {
            return Some(None);
        }
        Some(Some(match (kept.as_slice(), page) {
            ([], None) => Wanted::Gone,
            (_, Some(page)) => Wanted::Set(page.clone()),
            (kept, None) => Wanted::Set(Literal::Text(kept.join(",").into())),
        }))
    }

    /// The word at a place without its quotes; none where it is a part of a longer line.
    fn word(&self, at: Span) -> Option<&str> {
        let text = self.evaluator.context.texts.text(at.source)?.get(at.range())?;
        let bare = |quote| text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote));
        let word = bare('"').or_else(|| bare('\'')).unwrap_or(text);
        (!word.contains(char::is_whitespace) && !word.is_empty()).then_some(word)
    }

    /// The list of words that flags of a container are written in.
    fn words(&self, scope: &Scope<'_>) -> Option<Span> {
        let Scope::Element { item, owner, .. } = scope else { return None };
        let container = container(&owner.body, item.origin.span?)?;
        let list = |key: &str| container.get(key).filter(|value| matches!(value.data, Data::List(_)));
        let lists = [list("args"), list("command")];
        let has_flags = |value: &&Value| match &value.data {
            Data::List(list) => {
                list.items.iter().any(|item| item.as_text().is_some_and(|text| text.starts_with('-')))
            }
            _ => false,
        };
        let lists = || lists.into_iter().flatten();
        let is_shell = |value: &Value| match &value.data {
            Data::List(list) => list.items.iter().any(|item| {
                item.as_text().is_some_and(|text| text.contains(char::is_whitespace) || text == "-c")
            }),
            _ => false,
        };
        if lists().any(is_shell) {
            return None;
        }
        lists().find(has_flags).or_else(|| lists().next())?.origin.span
    }
}

/// The map that is written at a place.
fn container(value: &Value, at: Span) -> Option<&Value> {
    if value.origin.span == Some(at) && value.get("name").is_some() {
        return Some(value);
    }
    match &value.data {
        Data::Map(map) => map.entries.values().find_map(|inner| container(inner, at)),
        Data::List(list) => list.items.iter().find_map(|inner| container(inner, at)),
        _ => None,
    }
}
