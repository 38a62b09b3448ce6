//! The intrinsic functions, in their short and long forms.

use std::collections::HashSet;
use std::sync::Arc;

use super::condition::Truth;
use super::template::{Template, known_text};
use super::text::{self, Pieces};
use crate::hashing::with_room;
use crate::source::Span;
use crate::syntax::node::{Node, NodeData};
use crate::value::{Data, Form, List, Map, Reference, Value, Why, WhyKind};

/// Alternatives of a mapping that are kept as a choice.
const MAX_CHOICES: usize = 16;

/// A function applied: `!Sub x`, `{Fn::Sub: x}`.
pub(super) struct Call {
    pub name: Arc<str>,
    pub argument: Node,
}

/// The function a node is, by its tag or by its single key.
fn call(node: &Node) -> Option<Call> {
    if let Some(tag) = node.tag.as_deref().filter(|tag| !tag.starts_with("!!")) {
        let short = tag.trim_start_matches('!');
        let name = if short == "Ref" || short == "Condition" || short.starts_with("Fn::") {
            Arc::from(short)
        } else {
            Arc::from(format!("Fn::{short}"))
        };
        return Some(Call { name, argument: Node { tag: None, ..node.clone() } });
    }
    let [entry] = node.entries() else { return None };
    let name = entry.key.text()?;
    (&**name == "Ref" || name.starts_with("Fn::"))
        .then(|| Call { name: Arc::clone(name), argument: entry.value.clone() })
}

/// As [`call`]; among conditions `Condition` is a function too.
pub(super) fn condition_call(node: &Node) -> Option<Call> {
    if let [entry] = node.entries()
        && entry.key.text().is_some_and(|name| &**name == "Condition")
    {
        return Some(Call { name: Arc::from("Condition"), argument: entry.value.clone() });
    }
    call(node)
}

/// The names that a node refers to, whatever they are: those of `Ref`, `Fn::GetAtt` and `Fn::Sub`.
pub(super) fn referred(node: &Node, names: &mut HashSet<Arc<str>>) {
    let base = |name: &str| Arc::from(name.split('.').next().unwrap_or(name));
    if let Some(Call { name, argument }) = call(node) {
        let text = argument.text().or_else(|| argument.items().first().and_then(Node::text));
        match (&*name, text) {
            ("Ref" | "Fn::GetAtt", Some(text)) => {
                names.insert(base(text));
            }
            ("Fn::Sub", Some(text)) => {
                let holes = text.split("${").skip(1).filter_map(|rest| rest.split('}').next());
                names.extend(holes.map(|hole| base(hole.trim())));
            }
            _ => {}
        }
        referred(&argument, names);
        return;
    }
    node.items().iter().for_each(|item| referred(item, names));
    node.entries().iter().for_each(|entry| referred(&entry.value, names));
}

impl Template<'_> {
    /// Evaluates a node; `None` when it is `AWS::NoValue`. `header` is the span of the key it stands under.
    pub fn value(&self, node: &Node, header: Option<Span>) -> Option<Value> {
        if let Some(call) = call(node) {
            return self.apply(node, &call, header);
        }
        let data = match &node.data {
            NodeData::Scalar(_) => match node.scalar().unwrap_or(Data::Null) {
                Data::Text(text) => text::literal(&text),
                data => data,
            },
            NodeData::Sequence(items) => Data::List(Arc::new(self.list(items, node.why_open()))),
            NodeData::Mapping(entries) => {
                let mut map = with_room(entries.len());
                let mut open = node.why_open();
                for entry in entries.iter() {
                    let key = entry.key.name();
                    if &*key == "Fn::Transform" || key.starts_with("Fn::ForEach::") {
                        open = open.or_else(|| {
                            Some(Why::new(WhyKind::Function, format!("`{key}` adds to it at deployment")))
                        });
                    } else if let Some(value) = self.value(&entry.value, Some(entry.key.span)) {
                        map.insert(key, value);
                    }
                }
                Data::Map(Arc::new(Map { entries: map, open, header }))
            }
        };
        let refers = node.text().and_then(|text| text::public_parameter(text));
        Some(Value { refers, ..Value::new(data, node.origin()) })
    }

    fn list(&self, nodes: &[Node], open: Option<Arc<Why>>) -> List {
        let mut items = Vec::with_capacity(nodes.len());
        for node in nodes {
            let Some(value) = self.value(node, node.first_key()) else { continue };
            items.push(value);
        }
        List { items, open }
    }

    fn apply(&self, node: &Node, call: &Call, header: Option<Span>) -> Option<Value> {
        let argument = &call.argument;
        let parts = argument.items();
        let unknown = |kind, text: String| Value::unknown(kind, text, node.origin());
        let wrong = || unknown(WhyKind::Error, format!("`{}` is not written as it should be", call.name));
        if argument.broken {
            return Some(unknown(WhyKind::Error, "a part of it could not be read".to_owned()));
        }
        let value = match (&*call.name, parts) {
            ("Ref", _) => match argument.text() {
                Some(name) => return self.reference(name, node),
                None => wrong(),
            },
            ("Fn::GetAtt", _) => self.attribute(argument, node).unwrap_or_else(wrong),
            ("Fn::Sub", _) => self.substitute(argument, node).unwrap_or_else(wrong),
            ("Fn::If", [condition, yes, no]) => match condition.text() {
                Some(name) => return self.branch(name, yes, no, node, header),
                None => wrong(),
            },
            ("Fn::Join", [delimiter, list]) => self.join(delimiter, list, node).unwrap_or_else(wrong),
            ("Fn::Select", [index, list]) => self.select(index, list, node),
            ("Fn::Split", [delimiter, text]) => self.split(delimiter, text, node).unwrap_or_else(wrong),
            ("Fn::FindInMap", [name, top, second, ..]) => self.look_up(name, top, second, parts.get(3), node),
            // What is encoded, or written as JSON, is judged by what it says.
            ("Fn::Base64" | "Fn::ToJsonString", _) => return self.value(argument, header),
            ("Fn::Length", _) => match self.value(argument, None).map(|value| value.data) {
                Some(Data::List(list)) if list.open.is_none() && list.items.iter().all(is_there) => {
                    Value::new(
                        Data::Number(crate::value::Number::Int(list.items.len() as i64)),
                        node.origin(),
                    )
                }
                _ => unknown(WhyKind::Function, "the length of an unknown list is unknown".to_owned()),
            },
            ("Fn::ImportValue", _) => {
                let name = known_text(self.value(argument, None).as_ref());
                let name = name.map(|name| format!(" `{name}`")).unwrap_or_default();
                unknown(WhyKind::Outside, format!("the export{name} is another stack's"))
            }
            ("Fn::GetAZs", _) => {
                unknown(WhyKind::Outside, "the zones of a region are known at deployment".to_owned())
            }
            ("Fn::Equals" | "Fn::And" | "Fn::Or" | "Fn::Not" | "Condition", _) => {
                match self.condition_of(node) {
                    Truth::Known(holds) => Value::new(Data::Bool(holds), node.origin()),
                    Truth::Unknown(why) => Value::new(Data::Unknown(why), node.origin()),
                }
            }
            ("Fn::If" | "Fn::Join" | "Fn::Select" | "Fn::Split" | "Fn::FindInMap", _) => wrong(),
            (name, _) => unknown(WhyKind::Function, format!("`{name}` is evaluated at deployment")),
        };
        Some(value)
    }

    /// `Ref`: a parameter's value, or a resource.
    fn reference(&self, name: &Arc<str>, node: &Node) -> Option<Value> {
        if &**name == "AWS::NoValue" {
            return None;
        }
        if name.starts_with("AWS::") {
            let form = match &**name {
                "AWS::AccountId" => Form::Account,
                "AWS::Partition" | "AWS::Region" | "AWS::StackName" | "AWS::URLSuffix" => Form::Segment,
                _ => Form::Any,
            };
            let why = Why::new(WhyKind::Outside, format!("`{name}` is known at deployment")).of_form(form);
            return Some(Value::new(Data::Unknown(why), node.origin()));
        }
        if let Some(value) = self.parameters.get(name) {
            return Some(through(value, node.span, &format!("parameter `{name}`")));
        }
        if self.resources.contains_key(name) {
            return Some(self.computed(name, "", node));
        }
        // A serverless resource's parts are named behind it: `Api.Stage`.
        match name.split_once('.').filter(|(base, _)| self.resources.contains_key(*base)) {
            Some((base, part)) => Some(self.computed(&Arc::from(base), part, node)),
            None => {
                let (base, part) = name.split_once('.').unwrap_or((name, ""));
                Some(self.why_name(base, part, node))
            }
        }
    }

    fn computed(&self, id: &Arc<str>, attribute: &str, node: &Node) -> Value {
        let nested = self.resources.get(id).is_some_and(|kind| &**kind == "AWS::CloudFormation::Stack");
        let mut value = if nested && attribute.starts_with("Outputs.") {
            Value::unknown(
                WhyKind::Module,
                format!("`{id}.{attribute}` is an output of a nested stack"),
                node.origin(),
            )
        } else {
            let what = if attribute.is_empty() { id.to_string() } else { format!("{id}.{attribute}") };
            Value::unknown(WhyKind::Computed, format!("`{what}` is known after deployment"), node.origin())
        };
        value.refers = Some(Arc::new(Reference { address: Arc::clone(id), attribute: Arc::from(attribute) }));
        value
    }

    /// `Fn::GetAtt`, dotted or as a list.
    fn attribute(&self, argument: &Node, node: &Node) -> Option<Value> {
        let (id, attribute) = match argument.text() {
            Some(text) => {
                let (id, attribute) = text.split_once('.')?;
                (id.to_owned(), attribute.to_owned())
            }
            None => {
                let (id, rest) = argument.items().split_first()?;
                let rest = rest
                    .iter()
                    .map(|part| known_text(self.value(part, None).as_ref()))
                    .collect::<Option<Vec<_>>>();
                (id.text()?.to_string(), rest.map(|rest| rest.join(".")).unwrap_or_else(|| "*".to_owned()))
            }
        };
        let id: Arc<str> = Arc::from(id);
        Some(if self.resources.contains_key(&id) {
            self.computed(&id, &attribute, node)
        } else {
            self.why_name(&id, &attribute, node)
        })
    }

    /// `Fn::If`: one branch when the condition is decided, else both.
    fn branch(
        &self,
        name: &Arc<str>,
        yes: &Node,
        no: &Node,
        node: &Node,
        header: Option<Span>,
    ) -> Option<Value> {
        match self.condition(name, node.span) {
            Truth::Known(true) => self.value(yes, header),
            Truth::Known(false) => self.value(no, header),
            Truth::Unknown(_) => {
                let branches = [yes, no].map(|branch| {
                    self.value(branch, header).unwrap_or_else(|| Value::new(Data::Null, branch.origin()))
                });
                let [first, second] = &branches;
                if first.is_null() && second.is_null() {
                    return None;
                }
                if first.is_wholly_known() && first.data == second.data {
                    return Some(first.clone());
                }
                let sensitive = first.sensitive || second.sensitive;
                let mut choices = Vec::new();
                for branch in branches {
                    match &branch.data {
                        Data::Choice(inner) => choices.extend(inner.iter().cloned()),
                        _ => choices.push(branch),
                    }
                }
                Some(Value { sensitive, ..Value::new(Data::Choice(choices.into()), node.origin()) })
            }
        }
    }

    /// `Fn::Sub`: `${Name}`, `${Resource.Attribute}`, names of its own map, and `${!Literal}`.
    fn substitute(&self, argument: &Node, node: &Node) -> Option<Value> {
        let (template, names) = match argument.items() {
            [template, names] => (template.text()?, Some(names)),
            [template] => (template.text()?, None),
            _ => (argument.text()?, None),
        };
        let mut pieces = Pieces::within(&self.room);
        let mut rest = &**template;
        let mut only = None;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, behind)) = after.split_once('}') else { break };
            pieces.push_text(before);
            if let Some(word) = name.strip_prefix('!') {
                pieces.push_text(&format!("${{{word}}}"));
            } else {
                let value = self.named(name.trim(), names, node);
                pieces.push_value(&value);
                if before.is_empty() && behind.is_empty() && rest.len() == template.len() {
                    only = Some(value);
                }
            }
            rest = behind;
        }
        pieces.push_text(rest);
        if let Some(value) = only.filter(|value| !matches!(value.data, Data::Number(_) | Data::Bool(_))) {
            return Some(value);
        }
        let (sensitive, refers) = (pieces.sensitive, pieces.refers());
        let data = match pieces.finish() {
            Data::Text(text) => text::literal(&text),
            data => data,
        };
        Some(Value { sensitive, refers, ..Value::new(data, node.origin()) })
    }

    fn named(&self, name: &str, names: Option<&Node>, node: &Node) -> Value {
        if let Some(names) = names.and_then(|names| names.get(name)) {
            return self.value(names, None).unwrap_or_else(|| Value::text("", names.origin()));
        }
        let name: Arc<str> = Arc::from(name);
        match name.split_once('.') {
            Some((id, attribute)) if self.resources.contains_key(id) => {
                self.computed(&Arc::from(id), attribute, node)
            }
            _ => self.reference(&name, node).unwrap_or_else(|| Value::text("", node.origin())),
        }
    }

    fn join(&self, delimiter: &Node, list: &Node, node: &Node) -> Option<Value> {
        let delimiter = delimiter.text()?;
        let value = self.value(list, None)?;
        let Data::List(list) = &value.data else {
            return Some(Value::new(Data::Unknown(text::why(&value)), node.origin()));
        };
        let mut pieces = Pieces::within(&self.room);
        for (index, item) in list.items.iter().enumerate() {
            if index > 0 {
                pieces.push_text(delimiter);
            }
            pieces.push_value(item);
        }
        if let Some(why) = &list.open {
            pieces.push_hole(Arc::clone(why));
        }
        // One element joined is that element, with what it refers to.
        if let ([only], None) = (list.items.as_slice(), &list.open)
            && only.refers.is_some()
        {
            return Some(only.clone());
        }
        let (sensitive, refers) = (pieces.sensitive, pieces.refers());
        Some(Value { sensitive, refers, ..Value::new(pieces.finish(), node.origin()) })
    }

    fn select(&self, index: &Node, list: &Node, node: &Node) -> Value {
        let index =
            known_text(self.value(index, None).as_ref()).and_then(|index| index.parse::<usize>().ok());
        let Some(value) = self.value(list, None) else {
            return Value::unknown(WhyKind::Error, "`Fn::Select` has no list", node.origin());
        };
        match (&value.data, index) {
            (Data::List(list), Some(index))
                if list.open.is_none() && list.items.iter().take(index + 1).all(is_there) =>
            {
                match list.items.get(index) {
                    Some(item) => through(item, node.span, "Fn::Select"),
                    None => {
                        let why = format!("the list has no element {index}");
                        Value::unknown(WhyKind::Error, why, node.origin())
                    }
                }
            }
            (Data::List(_), None) => {
                Value::unknown(WhyKind::Variable, "the index of `Fn::Select` is unknown", node.origin())
            }
            _ => Value::new(Data::Unknown(text::why(&value)), node.origin()),
        }
    }

    fn split(&self, delimiter: &Node, text: &Node, node: &Node) -> Option<Value> {
        let delimiter = delimiter.text().filter(|delimiter| !delimiter.is_empty())?;
        let value = self.value(text, None)?;
        Some(match text::scalar(&value.data) {
            Some(text) => {
                let items =
                    text.split(&**delimiter).map(|part| Value::text(part, value.origin.clone())).collect();
                Value { sensitive: value.sensitive, ..Value::list(items, node.origin()) }
            }
            None => Value::new(Data::Unknown(text::why(&value)), node.origin()),
        })
    }

    /// `Fn::FindInMap`: with an unknown key, the choice of what may be found.
    fn look_up(&self, name: &Node, top: &Node, second: &Node, other: Option<&Node>, node: &Node) -> Value {
        let [name, top, second] = [name, top, second].map(|part| self.value(part, None));
        let (Some(map), [top_key, second_key]) =
            (known_text(name.as_ref()), [known_text(top.as_ref()), known_text(second.as_ref())])
        else {
            let why = name
                .as_ref()
                .map_or_else(|| Why::new(WhyKind::Error, "a mapping's name is missing"), text::why);
            return Value::new(Data::Unknown(why), node.origin());
        };
        let found: Vec<Value> = self
            .find_in_map(&map, top_key.as_deref(), second_key.as_deref())
            .iter()
            .map(|node| node.to_value(None))
            .collect();
        let use_of = |value: &Value| through(value, node.span, &format!("mapping `{map}`"));
        let unknown_key = [(&top, &top_key), (&second, &second_key)]
            .into_iter()
            .find(|(_, key)| key.is_none())
            .and_then(|(value, _)| value.as_ref().map(text::why));
        match (found.as_slice(), unknown_key) {
            ([], why) => match other
                .and_then(|other| other.get("DefaultValue"))
                .and_then(|other| self.value(other, None))
            {
                Some(value) if why.is_none() => value,
                _ => match why {
                    Some(why) => Value::new(Data::Unknown(why), node.origin()),
                    None => Value::unknown(
                        WhyKind::Error,
                        format!("the mapping `{map}` has no such key"),
                        node.origin(),
                    ),
                },
            },
            ([only], None) => use_of(only),
            ([first, rest @ ..], _) if rest.iter().all(|value| value.data == first.data) => use_of(first),
            (many, _) if many.len() <= MAX_CHOICES => {
                let choices: Vec<Value> = many.iter().map(use_of).collect();
                Value::new(Data::Choice(choices.into()), node.origin())
            }
            (_, why) => {
                let why = why.unwrap_or_else(|| Why::new(WhyKind::Limit, "a mapping gives too many values"));
                Value::new(Data::Unknown(why), node.origin())
            }
        }
    }
}

/// Whether an element of a list is there in every branch of a condition.
fn is_there(item: &Value) -> bool {
    match &item.data {
        Data::Choice(branches) => !branches.iter().any(Value::is_null),
        _ => true,
    }
}

/// The same value, used once more; so are the parts of a list.
fn through(value: &Value, span: Span, what: &str) -> Value {
    let origin = value.origin.through(span, what);
    let data = match &value.data {
        Data::Choice(choices) => {
            Data::Choice(choices.iter().map(|choice| through(choice, span, what)).collect())
        }
        Data::List(list) => {
            let items = list.items.iter().map(|item| through(item, span, what)).collect();
            Data::List(Arc::new(List { items, open: list.open.clone() }))
        }
        data => data.clone(),
    };
    Value { data, origin, ..value.clone() }
}
