//! Crosswalks as an OSCAL mapping collection (the control mapping model of OSCAL 1.2).

use serde_json::{Value, json};
use uuid::Uuid;

use super::export::{SPACE, pretty};
use crate::catalogue::Framework;
use crate::crosswalk::{Crosswalk, CrosswalkEdge, Rationale, Relation};

/// The release whose mapping model is written.
const RELEASE: &str = "1.2.1";

/// One mapping for each crosswalk, one map for each edge; ids are made of contents, so that the same crosswalks
/// always have the same. `find` gives the frameworks they join.
///
/// # Errors
/// What could not be written, which is nothing that can be read.
pub fn mapping_collection<'a>(
    crosswalks: &[Crosswalk],
    find: &dyn Fn(&str) -> Option<&'a Framework>,
) -> Result<String, String> {
    let resource = |id: &str| {
        let href = find(id).map_or_else(|| format!("urn:compline:framework:{id}"), |one| one.source.clone());
        let title = find(id).map_or_else(|| id.to_owned(), |one| format!("{}, {}", one.title, one.version));
        json!({ "type": "catalog", "href": href, "remarks": title })
    };
    let mappings: Vec<Value> = crosswalks
        .iter()
        .map(|crosswalk| {
            let maps: Vec<Value> = crosswalk.edges.iter().map(|edge| map(crosswalk, edge)).collect();
            json!({
                "uuid": id(&["mapping", &crosswalk.id]),
                "method": "human",
                "matching-rationale": "semantic",
                "status": "complete",
                "source-resource": resource(&crosswalk.from),
                "target-resource": resource(&crosswalk.to),
                "maps": maps,
                "mapping-description": format!("{}, after {}.", crosswalk.title, crosswalk.source),
            })
        })
        .collect();
    let day = crosswalks.iter().filter_map(|one| one.published.as_deref()).max().unwrap_or("2026-01-01");
    let titles: Vec<&str> = crosswalks.iter().map(|one| one.title.as_str()).collect();
    let content = format!("{crosswalks:?}");
    pretty(&json!({
        "mapping-collection": {
            "uuid": id(&["collection", &content]),
            "metadata": {
                "title": titles.join("; "),
                "last-modified": format!("{day}T00:00:00Z"),
                "version": env!("CARGO_PKG_VERSION"),
                "oscal-version": RELEASE,
            },
            "provenance": {
                "method": "human",
                "matching-rationale": "semantic",
                "status": "complete",
                "mapping-description": "Relations between the controls of two frameworks, in the set relations of NIST IR 8477. Nothing follows from what is not mapped, and nothing from two mappings in a row.",
            },
            "mappings": mappings,
        }
    }))
}

fn map(crosswalk: &Crosswalk, edge: &CrosswalkEdge) -> Value {
    let item = |id: &str| json!([{ "type": "control", "id-ref": id }]);
    let mut map = json!({
        "uuid": id(&["map", &crosswalk.id, &edge.from, &edge.to]),
        "matching-rationale": rationale(edge.rationale),
        "relationship": relationship(edge.relation),
        "sources": item(&edge.from),
        "targets": item(&edge.to),
    });
    let Some(fields) = map.as_object_mut() else { return map };
    if let Some(strength) = edge.strength {
        let prop = json!({ "name": "strength", "ns": "https://compline.dev/ns/oscal", "value": strength.to_string() });
        fields.insert("props".to_owned(), json!([prop]));
    }
    let remarks: Vec<String> =
        [edge.note.clone(), edge.reviewer.as_ref().map(|reviewer| format!("reviewed by {reviewer}"))]
            .into_iter()
            .flatten()
            .collect();
    if !remarks.is_empty() {
        fields.insert("remarks".to_owned(), json!(remarks.join("; ")));
    }
    map
}

/// The words of the model for a relation.
fn relationship(relation: Relation) -> &'static str {
    match relation {
        Relation::Equal => "equal-to",
        Relation::Subset => "subset-of",
        Relation::Superset => "superset-of",
        Relation::Intersects => "intersects-with",
        Relation::None => "no-relationship",
    }
}

fn rationale(rationale: Rationale) -> &'static str {
    match rationale {
        Rationale::Syntactic => "syntactic",
        Rationale::Semantic => "semantic",
        Rationale::Functional => "functional",
    }
}

fn id(parts: &[&str]) -> String {
    Uuid::new_v5(&SPACE, parts.join("\u{1f}").as_bytes()).to_string()
}
