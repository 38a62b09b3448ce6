//! Provider configurations: which one a resource uses, and the tags or labels it adds to all of its resources.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, OnceLock};

use super::expression::{Scope, evaluate, why_of};
use super::instance::{Instance, Repetition, Run};
use super::module::Declared;
use super::resource::blocks_of;
use crate::syntax::hcl::{Block, Expression, Kind, Step};
use crate::value::{Data, Map, Origin, Value, Why, WhyKind};

/// A provider's local name and, where one is named, its alias.
type Name<'e> = (&'e str, Option<&'e str>);

/// Where a provider keeps what it adds, and where its resources show it.
struct Defaults {
    provider: &'static str,
    /// A block with `tags` in it, or an attribute.
    block: bool,
    from: &'static str,
    attribute: &'static str,
    all: &'static str,
}

const DEFAULTS: [Defaults; 3] = [
    Defaults { provider: "aws", block: true, from: "default_tags", attribute: "tags", all: "tags_all" },
    Defaults {
        provider: "google",
        block: false,
        from: "default_labels",
        attribute: "labels",
        all: "terraform_labels",
    },
    Defaults {
        provider: "google-beta",
        block: false,
        from: "default_labels",
        attribute: "labels",
        all: "terraform_labels",
    },
];

/// The body with the provider's default tags: in `tags_all`, as the provider has it, and in `tags`, where rules
/// look. References between resources do not see them, as in Terraform.
pub(super) fn with_defaults<'a>(
    run: &Run<'a>,
    instance: &Rc<Instance<'a>>,
    declared: &Declared<'a>,
    repetition: &Repetition,
    kind: &str,
    body: &Value,
) -> Value {
    if !run.has_providers.get() {
        return body.clone();
    }
    let prefix = kind.split('_').next().unwrap_or(kind);
    let wanted = match declared.attribute("provider") {
        Some(attribute) => named(&attribute.value),
        None => Some((prefix, None)),
    };
    let by_name = |name: &str| DEFAULTS.iter().find(|one| one.provider == name);
    // A provider may go by a local name of its own: what its resources are called tells which it is.
    let Some(defaults) = wanted.and_then(|(name, _)| by_name(name)).or_else(|| by_name(prefix)) else {
        return body.clone();
    };
    let Data::Map(map) = &body.data else { return body.clone() };
    let takes = takes_tags(kind, map, defaults);
    if takes == Takes::No {
        return body.clone();
    }
    let added = match wanted {
        Some((name, alias)) => match default_tags(run, instance, (name, alias), defaults, repetition) {
            Some(added) => added,
            None => return body.clone(),
        },
        None => Value::unknown(WhyKind::Error, "its provider cannot be told", body.origin.clone()),
    };
    let added = match takes {
        Takes::Maybe => Value::unknown(
            WhyKind::Outside,
            format!("whether `{kind}` takes the provider's default tags depends on its version"),
            added.origin,
        ),
        _ => added,
    };
    let merged = merged(&added, map.entries.get(defaults.attribute));
    let mut map = Map::clone(map);
    map.entries.insert(defaults.attribute.into(), merged.clone());
    map.entries.entry(defaults.all.into()).or_insert(merged);
    Value { data: Data::Map(Arc::new(map)), ..body.clone() }
}

/// `aws`, `aws.west`, `"aws.west"`.
fn named(expression: &Expression) -> Option<Name<'_>> {
    match &expression.kind {
        Kind::Name(name) => Some((name, None)),
        Kind::Text(text) => {
            Some(text.split_once('.').map_or((&**text, None), |(name, alias)| (name, Some(alias))))
        }
        Kind::Wrapped(inner) => named(inner),
        Kind::Traversal(traversal) => match (&traversal.base.kind, traversal.steps.as_slice()) {
            (Kind::Name(name), [Step::Attribute(alias)]) => Some((name, Some(alias))),
            _ => None,
        },
        _ => None,
    }
}

/// The tags that a provider adds, as this module instance sees it; `None` when it adds none.
fn default_tags<'a>(
    run: &Run<'a>,
    instance: &Rc<Instance<'a>>,
    name: Name<'_>,
    defaults: &Defaults,
    repetition: &Repetition,
) -> Option<Value> {
    let key = (Arc::from(name.0), name.1.map(Arc::from));
    if let Some(kept) = instance.defaults.borrow().get(&key) {
        return kept.clone();
    }
    let found = find(run, instance, name, defaults, repetition);
    instance.defaults.borrow_mut().insert(key, found.clone());
    found
}

fn find<'a>(
    run: &Run<'a>,
    instance: &Rc<Instance<'a>>,
    name: Name<'_>,
    defaults: &Defaults,
    repetition: &Repetition,
) -> Option<Value> {
    let inside: Vec<&'a Block> =
        instance.module.providers.iter().copied().filter(|block| is_configuration(block, name)).collect();
    if !inside.is_empty() {
        // An override file's block comes last and counts first.
        return inside.iter().rev().find_map(|block| written(&Scope::new(run, instance), block, defaults));
    }
    let call = instance.call.as_ref()?;
    let parent = run.instance(call.parent)?;
    let passed = call.declared.attribute("providers").and_then(|attribute| match &attribute.value.kind {
        Kind::Object(pairs) => pairs.iter().find(|pair| named(&pair.key) == Some(name)),
        _ => None,
    });
    match (passed, name.1) {
        (Some(pair), _) => default_tags(run, &parent, named(&pair.value)?, defaults, repetition),
        (None, None) => default_tags(run, &parent, name, defaults, repetition),
        (None, Some(_)) => None,
    }
}

fn is_configuration(block: &Block, (name, alias): Name<'_>) -> bool {
    let written = block.body.attribute("alias").and_then(|attribute| attribute.value.as_text());
    block.label(0).is_some_and(|label| **label == *name) && written.map(|written| &**written) == alias
}

fn written(scope: &Scope<'_, '_>, block: &Block, defaults: &Defaults) -> Option<Value> {
    let mut value = if defaults.block {
        let (blocks, open) = blocks_of(scope, &block.body, defaults.from)?;
        match (blocks.into_iter().next(), open) {
            (_, Some(why)) => Value::new(Data::Unknown(why), Origin::at(block.header)),
            (Some(one), None) => one.get("tags").filter(|tags| !tags.is_null())?.clone(),
            (None, None) => return None,
        }
    } else {
        let attribute = block.body.attribute(defaults.from)?;
        Some(evaluate(scope, &attribute.value)).filter(|labels| !labels.is_null())?
    };
    let what: Arc<str> = format!("`{}` of provider `{}`", defaults.from, defaults.provider).into();
    if let Data::Map(map) = &value.data {
        let mut map = Map::clone(map);
        for item in map.entries.values_mut() {
            item.origin = item.origin.through(block.header, what.clone());
        }
        value.data = Data::Map(Arc::new(map));
    }
    Some(value)
}

/// The provider's tags with the resource's own laid over them.
fn merged(added: &Value, written: Option<&Value>) -> Value {
    let written = written.filter(|tags| !tags.is_null());
    let Data::Map(base) = &added.data else {
        let why = why_of(&added.data, "the provider's tags are not known");
        return match written.and_then(Value::as_map) {
            Some(map) => {
                let map = Map { open: Some(why), ..map.clone() };
                Value { data: Data::Map(Arc::new(map)), ..written.unwrap_or(added).clone() }
            }
            None => Value::new(Data::Unknown(why), added.origin.clone()),
        };
    };
    let Some(written) = written else { return added.clone() };
    let mut map = Map::clone(base);
    map.header = written.as_map().and_then(|map| map.header);
    match &written.data {
        Data::Map(over) => {
            if let Some(why) = &over.open {
                hide(&mut map, why);
            }
            map.open = over.open.clone().or(map.open);
            map.entries.extend(over.entries.iter().map(|(key, item)| (key.clone(), item.clone())));
        }
        data => {
            let why = why_of(data, "its own tags are not known");
            hide(&mut map, &why);
            map.open = Some(why);
        }
    }
    Value { data: Data::Map(Arc::new(map)), json: None, ..written.clone() }
}

/// A tag of the provider is there, but another value may be laid over it.
fn hide(map: &mut Map, why: &Arc<Why>) {
    for item in map.entries.values_mut() {
        *item = Value::new(Data::Unknown(why.clone()), item.origin.clone());
    }
}

/// Endings of kinds that AWS gives no tags: they decide where the kind is newer than the table.
const UNTAGGED_ENDINGS: [&str; 22] = [
    "_attachment",
    "_association",
    "_policy",
    "_permission",
    "_membership",
    "_rule",
    "_route",
    "_record",
    "_version",
    "_configuration",
    "_access_block",
    "_acl",
    "_versioning",
    "_logging",
    "_notification",
    "_ownership_controls",
    "_alias",
    "_account",
    "_propagation",
    "_accepter",
    "_settings",
    "_encryption_by_default",
];

const AWS_TAGS: &str = include_str!("aws_tags.txt");

/// What the table says of a kind of AWS, without its `aws_`.
fn tabled(kind: &str) -> Option<Takes> {
    static TABLE: OnceLock<HashMap<&str, Takes>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let mut takes = Takes::No;
        let mut table = HashMap::new();
        for line in AWS_TAGS.lines() {
            match line.strip_prefix("# ") {
                Some("takes") => takes = Takes::Yes,
                Some("takes none") => takes = Takes::No,
                Some("takes since") => takes = Takes::Maybe,
                Some(_) => {}
                None => table.extend(line.split(' ').map(|kind| (kind, takes))),
            }
        }
        table
    });
    table.get(kind).copied()
}

/// Kinds of Google that have labels, of those that are judged most.
const LABELLED: [&str; 16] = [
    "google_storage_bucket",
    "google_compute_instance",
    "google_compute_instance_template",
    "google_compute_disk",
    "google_compute_image",
    "google_compute_snapshot",
    "google_compute_address",
    "google_bigquery_dataset",
    "google_bigquery_table",
    "google_pubsub_topic",
    "google_pubsub_subscription",
    "google_kms_crypto_key",
    "google_secret_manager_secret",
    "google_project",
    "google_dns_managed_zone",
    "google_redis_instance",
];

/// Whether resources of a kind take the tags of their provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    Yes,
    No,
    /// The kind is newer than what we know, or got tags in some version.
    Maybe,
}

fn takes_tags(kind: &str, body: &Map, defaults: &Defaults) -> Takes {
    if body.entries.get(defaults.attribute).is_some_and(|tags| !matches!(tags.data, Data::List(_))) {
        return Takes::Yes;
    }
    if !defaults.block {
        return if LABELLED.contains(&kind) { Takes::Yes } else { Takes::No };
    }
    let Some(name) = kind.strip_prefix("aws_") else { return Takes::No };
    tabled(name).unwrap_or_else(|| {
        let untagged = UNTAGGED_ENDINGS.iter().any(|ending| kind.ends_with(ending));
        if untagged && !kind.starts_with("aws_vpc_security_group_") { Takes::No } else { Takes::Maybe }
    })
}
