//! Policies that a data source renders, whose JSON text keeps its structure: `aws_iam_policy_document`,
//! `google_iam_policy`.

use std::sync::Arc;

use crate::hashing::QuickIndexMap;
use crate::value::{Data, List, Map, Number, Origin, Value, Why, WhyKind};

/// Adds the attributes that hold the rendered policy to the body of a data source that renders one.
pub(super) fn rendered(kind: &str, body: Value) -> Value {
    let Data::Map(map) = &body.data else {
        return body;
    };
    let (structure, names): (Value, &[&str]) = match kind {
        "aws_iam_policy_document" => (structure(map, &body.origin), &["json", "minified_json"]),
        "google_iam_policy" => (google(map, &body.origin), &["policy_data"]),
        _ => return body,
    };
    // The provider writes it with its own indentation and order: the text is not promised, the structure is.
    let mut json =
        Value::unknown(WhyKind::Data, "the provider renders the text of this policy", body.origin.clone());
    json.json = Some(Arc::new(structure));
    let mut entries = map.entries.clone();
    for name in names {
        entries.insert((*name).into(), json.clone());
    }
    let map = Map { entries, open: map.open.clone(), header: map.header };
    Value { data: Data::Map(Arc::new(map)), ..body }
}

/// `bindings` and `auditConfigs`, with the origins of the blocks.
fn google(policy: &Map, origin: &Origin) -> Value {
    let mut entries = QuickIndexMap::default();
    let conditions: &[(&str, &str)] =
        &[("title", "title"), ("expression", "expression"), ("description", "description")];
    let binding = |block: &Value| {
        let mut binding = renamed(block, &[("role", "role"), ("members", "members")]);
        if let Some(condition) = block.get("condition").and_then(|list| list.as_list()?.items.first()) {
            let condition =
                Value::new(Data::Map(Arc::new(renamed(condition, conditions))), condition.origin.clone());
            binding.entries.insert("condition".into(), condition);
        }
        binding
    };
    entries.insert(Arc::from("bindings"), each_block(policy.entries.get("binding"), origin, &binding));
    if policy.entries.contains_key("audit_config") {
        let log = |block: &Value| {
            renamed(block, &[("log_type", "logType"), ("exempted_members", "exemptedMembers")])
        };
        let config = |block: &Value| {
            let mut config = renamed(block, &[("service", "service")]);
            let logs = each_block(block.get("audit_log_configs"), &block.origin, &log);
            config.entries.insert("auditLogConfigs".into(), logs);
            config
        };
        entries
            .insert("auditConfigs".into(), each_block(policy.entries.get("audit_config"), origin, &config));
    }
    let mut map = Map { entries, ..Map::default() };
    map.open.clone_from(&policy.open);
    Value::new(Data::Map(Arc::new(map)), origin.clone())
}

/// A list made of blocks; it is open where more of them may come.
fn each_block(blocks: Option<&Value>, origin: &Origin, make: &dyn Fn(&Value) -> Map) -> Value {
    let Some(blocks) = blocks else { return Value::list(Vec::new(), origin.clone()) };
    let Data::List(list) = &blocks.data else { return blocks.clone() };
    let items =
        list.items.iter().map(|block| Value::new(Data::Map(Arc::new(make(block))), block.origin.clone()));
    let list = List { items: items.collect(), open: list.open.clone() };
    Value::new(Data::List(Arc::new(list)), blocks.origin.clone())
}

/// The attributes of a block that are set, under the names the policy has for them.
fn renamed(block: &Value, names: &[(&str, &str)]) -> Map {
    let Some(map) = block.as_map() else { return Map::default() };
    let given = |(from, to): &(&str, &str)| {
        Some((Arc::from(*to), map.entries.get(*from).filter(|value| !value.is_null())?.clone()))
    };
    Map { entries: names.iter().filter_map(given).collect(), open: map.open.clone(), header: map.header }
}

/// `Version`, `Id`, `Statement` …, with the origins of the document's blocks.
fn structure(document: &Map, origin: &Origin) -> Value {
    let mut bases = Vec::new();
    let mut open = None;
    // In the order in which the provider lays them over one another.
    let sources = [
        ("source_json", false),
        ("source_policy_documents", false),
        ("override_policy_documents", true),
        ("override_json", true),
    ];
    for (name, overriding) in sources {
        let Some(value) = document.entries.get(name) else { continue };
        let one = std::slice::from_ref(value);
        let policies = match &value.data {
            Data::Null => continue,
            Data::List(list) => {
                open = list.open.clone().or(open);
                list.items.as_slice()
            }
            _ => one,
        };
        for policy in policies {
            match parsed(policy) {
                Ok(policy) => bases.push((overriding, policy)),
                Err(why) => open = Some(why),
            }
        }
    }
    let mut statements: Vec<Value> = Vec::new();
    for (_, policy) in bases.iter().filter(|(overriding, _)| !overriding) {
        add_statements(policy, &mut statements, &mut open);
    }
    if let Some(list) = document.entries.get("statement") {
        match &list.data {
            Data::List(list) => {
                open = list.open.clone().or(open);
                for block in list.items.iter().filter_map(|item| Some((item.as_map()?, &item.origin))) {
                    add(&mut statements, statement(block.0, block.1));
                }
            }
            data => open = Some(super::expression::why_of(data, "the statements are not known")),
        }
    }
    for (_, policy) in bases.iter().filter(|(overriding, _)| *overriding) {
        add_statements(policy, &mut statements, &mut open);
    }
    let mut entries = QuickIndexMap::default();
    let version = document.entries.get("version").filter(|version| !version.is_null()).cloned();
    entries.insert("Version".into(), version.unwrap_or_else(|| Value::text("2012-10-17", origin.clone())));
    // The strongest that has one: overriding documents from the last, the document itself, what it is built on.
    let policy_id = document.entries.get("policy_id").filter(|id| !id.is_null());
    let ids = |wanted: bool| {
        let strongest_first = bases.iter().rev().filter(move |(overriding, _)| *overriding == wanted);
        strongest_first.filter_map(|(_, policy)| policy.get("Id").filter(|id| id.as_text() != Some("")))
    };
    if let Some(id) = ids(true).next().or(policy_id).or_else(|| ids(false).next()) {
        entries.insert("Id".into(), id.clone());
    }
    let list = Data::List(Arc::new(List { items: statements, open }));
    entries.insert("Statement".into(), Value::new(list, origin.clone()));
    Value::map(entries, origin.clone())
}

fn add_statements(policy: &Value, statements: &mut Vec<Value>, open: &mut Option<Arc<Why>>) {
    match policy.get("Statement").map(|value| &value.data) {
        Some(Data::List(list)) => {
            *open = list.open.clone().or(open.take());
            list.items.iter().for_each(|item| add(statements, item.clone()));
        }
        Some(Data::Map(_)) => {
            if let Some(one) = policy.get("Statement") {
                add(statements, one.clone());
            }
        }
        Some(data) => *open = Some(super::expression::why_of(data, "the statements are not known")),
        None => {}
    }
}

/// A statement replaces one of the same `Sid`.
fn add(statements: &mut Vec<Value>, statement: Value) {
    let sid = statement.get("Sid").and_then(Value::as_text).filter(|sid| !sid.is_empty()).map(str::to_owned);
    if let Some(sid) = sid
        && let Some(old) =
            statements.iter_mut().find(|old| old.get("Sid").and_then(Value::as_text) == Some(&*sid))
    {
        *old = statement;
        return;
    }
    statements.push(statement);
}

fn parsed(value: &Value) -> Result<Value, Arc<Why>> {
    if let Some(json) = &value.json {
        return Ok((**json).clone());
    }
    match &value.data {
        Data::Text(text) => serde_json::from_str::<serde_json::Value>(text)
            .map(|json| from_json(&json, &value.origin))
            .map_err(|_| Why::new(WhyKind::Error, "the policy is no JSON")),
        data => Err(super::expression::why_of(data, "the policy is not known")),
    }
}

/// A parsed JSON text; all of it comes from where the text does.
pub(crate) fn from_json(json: &serde_json::Value, origin: &Origin) -> Value {
    let data = match json {
        serde_json::Value::Null => Data::Null,
        serde_json::Value::Bool(bool) => Data::Bool(*bool),
        serde_json::Value::Number(number) => Data::Number(match number.as_i64() {
            Some(int) => Number::Int(int),
            None => Number::from(number.as_f64().unwrap_or(f64::NAN)),
        }),
        serde_json::Value::String(text) => Data::Text(text.as_str().into()),
        serde_json::Value::Array(items) => Data::List(Arc::new(List {
            items: items.iter().map(|item| from_json(item, origin)).collect(),
            open: None,
        })),
        serde_json::Value::Object(entries) => Data::Map(Arc::new(Map {
            entries: entries
                .iter()
                .map(|(key, item)| (key.as_str().into(), from_json(item, origin)))
                .collect(),
            open: None,
            header: None,
        })),
    };
    Value::new(data, origin.clone())
}

fn statement(block: &Map, origin: &Origin) -> Value {
    let mut entries: QuickIndexMap<Arc<str>, Value> = QuickIndexMap::default();
    let given = |name: &str| block.entries.get(name).filter(|value| !value.is_null());
    if let Some(sid) = given("sid") {
        entries.insert("Sid".into(), sid.clone());
    }
    entries.insert(
        "Effect".into(),
        given("effect").cloned().unwrap_or_else(|| Value::text("Allow", origin.clone())),
    );
    for (name, key) in [
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
    ] {
        // An empty list is left out by the provider.
        if let Some(value) = given(name).filter(|value| !is_empty(value)) {
            // In actions the provider leaves `&{…}` as it is.
            let actions = key.ends_with("Action");
            entries.insert(key.into(), if actions { value.clone() } else { variables(value) });
        }
    }
    for (name, key) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
        if let Some(value) = given(name) {
            entries.insert(key.into(), principals(value));
        }
    }
    if let Some(value) = given("condition") {
        entries.insert("Condition".into(), conditions(value));
    }
    let map = Map { entries, open: block.open.clone(), header: block.header };
    Value::new(Data::Map(Arc::new(map)), origin.clone())
}

fn is_empty(value: &Value) -> bool {
    value.as_list().is_some_and(|list| list.items.is_empty() && list.open.is_none())
}

/// `&{aws:username}` stands for `${aws:username}`.
fn variables(value: &Value) -> Value {
    let data = match &value.data {
        Data::Text(text) if text.contains("&{") => Data::Text(text.replace("&{", "${").into()),
        Data::List(list) => Data::List(Arc::new(List {
            items: list.items.iter().map(variables).collect(),
            open: list.open.clone(),
        })),
        _ => return value.clone(),
    };
    Value { data, ..value.clone() }
}

/// The values of a condition are texts, whatever they are written as.
fn texts(value: &Value) -> Value {
    let text = match &value.data {
        Data::Bool(bool) => bool.to_string(),
        Data::Number(number) => number.to_string(),
        Data::List(list) => {
            let list = List { items: list.items.iter().map(texts).collect(), open: list.open.clone() };
            return Value { data: Data::List(Arc::new(list)), ..value.clone() };
        }
        _ => return value.clone(),
    };
    Value { data: Data::Text(text.into()), ..value.clone() }
}

/// Blocks of `type` and `identifiers` → `{ AWS: […] }`; everyone is `"*"`.
fn principals(value: &Value) -> Value {
    let Data::List(list) = &value.data else {
        return value.clone();
    };
    let mut entries: QuickIndexMap<Arc<str>, Value> = QuickIndexMap::default();
    let mut open = list.open.clone();
    for block in &list.items {
        let identifiers = block.get("identifiers");
        match (block.get("type").map(|of| &of.data), identifiers) {
            (Some(Data::Text(of)), Some(identifiers)) => {
                let star = identifiers.as_list().is_some_and(|list| {
                    list.open.is_none()
                        && matches!(list.items.as_slice(), [one] if one.as_text() == Some("*"))
                });
                if &**of == "*" && star && list.items.len() == 1 && list.open.is_none() {
                    return Value { origin: block.origin.clone(), ..Value::text("*", Origin::default()) };
                }
                let identifiers = variables(identifiers);
                match entries.get_mut(of) {
                    Some(before) => *before = joined(before, &identifiers),
                    None => {
                        entries.insert(of.clone(), identifiers);
                    }
                }
            }
            (Some(data), _) => {
                open = Some(super::expression::why_of(data, "a type of principals is not known"))
            }
            (None, _) => {}
        }
    }
    let map = Map { entries, open, header: None };
    Value::new(Data::Map(Arc::new(map)), value.origin.clone())
}

fn joined(a: &Value, b: &Value) -> Value {
    match (&a.data, &b.data) {
        (Data::List(one), Data::List(other)) => {
            let items = one.items.iter().chain(&other.items).cloned().collect();
            let open = one.open.clone().or_else(|| other.open.clone());
            Value::new(Data::List(Arc::new(List { items, open })), a.origin.clone())
        }
        (Data::List(_), data) | (data, _) => Value::new(
            Data::Unknown(super::expression::why_of(data, "some of these are not known")),
            a.origin.clone(),
        ),
    }
}

/// Blocks of `test`, `variable` and `values` → `{ test: { variable: values } }`.
fn conditions(value: &Value) -> Value {
    let Data::List(list) = &value.data else {
        return value.clone();
    };
    let mut tests: QuickIndexMap<Arc<str>, Map> = QuickIndexMap::default();
    let mut open = list.open.clone();
    for block in &list.items {
        let (test, variable) = (block.get("test"), block.get("variable"));
        match (test.map(|value| &value.data), variable.map(|value| &value.data), block.get("values")) {
            (Some(Data::Text(test)), Some(Data::Text(variable)), Some(values)) => {
                let values = texts(&variables(values));
                let variables = &mut tests.entry(test.clone()).or_default().entries;
                match variables.get_mut(variable) {
                    Some(before) => *before = joined(before, &values),
                    None => {
                        variables.insert(variable.clone(), values);
                    }
                }
            }
            (Some(Data::Text(_)), Some(data), _) | (Some(data), _, _) => {
                open = Some(super::expression::why_of(data, "a condition is not known"));
            }
            (None, ..) => {}
        }
    }
    let entries = tests
        .into_iter()
        .map(|(test, map)| (test, Value::new(Data::Map(Arc::new(map)), value.origin.clone())))
        .collect();
    Value::new(Data::Map(Arc::new(Map { entries, open, header: None })), value.origin.clone())
}
