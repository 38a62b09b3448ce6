//! What a resource sets that its kind's schema does not know.

use compline_iac::{Data, Dialect, Resource, Span, Value};

use super::Unknown;
use super::place::{Content, Place};

/// The ends of the groups whose kinds Kubernetes has by itself; others' kinds may have the same names.
const OWN_GROUPS: [&str; 6] = ["apps", "batch", "autoscaling", "policy", "extensions", ".k8s.io"];

/// The settings of a resource that its kind does not have, and the values they never take, with the places where they
/// stand. Nothing where the kind's settings are not known.
pub fn unknown_in_resource(resource: &Resource) -> Vec<(Option<Span>, Unknown)> {
    let mut out = Vec::new();
    if let Some(place) = Place::of(&resource.kind).filter(|_| is_own(resource)) {
        walk(&[place], &resource.body, &mut out);
    }
    out
}

/// Whether the kind is the one of that name that the schemas know.
fn is_own(resource: &Resource) -> bool {
    let version = resource.body.get("apiVersion").and_then(Value::as_text);
    let group = version.and_then(|version| version.split_once('/')).map(|(group, _)| group);
    resource.dialect != Dialect::Kubernetes
        || group.is_none_or(|group| OWN_GROUPS.iter().any(|end| group.ends_with(end)))
}

fn walk(places: &[Place<'_>], value: &Value, out: &mut Vec<(Option<Span>, Unknown)>) {
    if places.iter().any(|place| matches!(place.content, Content::Anything)) {
        return;
    }
    match &value.data {
        Data::Map(map) => {
            if !places.iter().any(|place| matches!(place.content, Content::Structure(_) | Content::MapOf(_)))
            {
                return;
            }
            for (name, inner) in &map.entries {
                let next: Vec<Place<'_>> = places.iter().flat_map(|place| place.enter(name)).collect();
                match places.first() {
                    Some(place) if next.is_empty() => {
                        out.push((inner.origin.span.or(value.origin.span), place.without(name)));
                    }
                    _ => walk(&next, inner, out),
                }
            }
        }
        Data::List(list) => list.items.iter().for_each(|item| walk(places, item, out)),
        Data::Choice(alternatives) => alternatives.iter().for_each(|one| walk(places, one, out)),
        Data::Text(text) => {
            let refused: Vec<Unknown> = places.iter().filter_map(|place| place.refuses(text)).collect();
            if refused.len() == places.len() {
                out.extend(refused.into_iter().next().map(|unknown| (value.origin.span, unknown)));
            }
        }
        _ => {}
    }
}
