//! Crosswalks as the mapping model has them, and what they carry.

use super::*;
use crate::crosswalk;

#[test]
fn crosswalks_go_out_as_the_mapping_model_has_them() {
    let frameworks: Vec<Framework> =
        library::Library::builtin(&compline_rules::RuleSet::of(Vec::new(), Default::default()))
            .frameworks()
            .map(|one| (**one).clone())
            .collect();
    let find = |id: &str| frameworks.iter().find(|one| one.id == id);
    let all = crosswalk::builtin();
    assert_eq!(all.len(), 5);
    let text = mapping_collection(all, &find).expect("writes");
    assert_eq!(text, mapping_collection(all, &find).expect("writes"), "the same again");
    let whole: Value = serde_json::from_str(&text).expect("is JSON");
    let collection = &whole["mapping-collection"];
    // Fields, and which of them must be there, after the control mapping model of OSCAL 1.2.1.
    fn keeps(value: &Value, must: &[&str], may: &[&str]) {
        let fields = value.as_object().expect("an object");
        for key in must {
            assert!(fields.contains_key(*key), "`{key}` is missing from {value}");
        }
        for key in fields.keys() {
            assert!(
                must.contains(&key.as_str()) || may.contains(&key.as_str()),
                "`{key}` does not belong in {value}"
            );
        }
    }
    let uuid = |value: &Value| uuid::Uuid::parse_str(value.as_str().expect("text")).expect("is one");
    keeps(collection, &["uuid", "metadata", "provenance", "mappings"], &["back-matter"]);
    keeps(&collection["metadata"], &["title", "last-modified", "version", "oscal-version"], &[]);
    keeps(&collection["provenance"], &["method", "matching-rationale", "status", "mapping-description"], &[]);
    let mut seen = BTreeSet::from([uuid(&collection["uuid"])]);
    let mappings = collection["mappings"].as_array().expect("a list");
    assert_eq!(mappings.len(), 5);
    for (mapping, crosswalk) in mappings.iter().zip(all) {
        keeps(
            mapping,
            &["uuid", "source-resource", "target-resource", "maps"],
            &["method", "matching-rationale", "status", "mapping-description", "props", "links", "remarks"],
        );
        assert!(seen.insert(uuid(&mapping["uuid"])));
        for side in ["source-resource", "target-resource"] {
            keeps(&mapping[side], &["type", "href"], &["ns", "props", "links", "remarks"]);
        }
        let maps = mapping["maps"].as_array().expect("a list");
        assert_eq!(maps.len(), crosswalk.edges.len());
        for (map, edge) in maps.iter().zip(&crosswalk.edges) {
            keeps(
                map,
                &["uuid", "relationship", "sources", "targets"],
                &["ns", "matching-rationale", "props", "links", "remarks"],
            );
            assert!(seen.insert(uuid(&map["uuid"])), "{edge:?}");
            let words = [
                "equal-to",
                "equivalent-to",
                "subset-of",
                "superset-of",
                "intersects-with",
                "no-relationship",
            ];
            assert!(words.contains(&map["relationship"].as_str().expect("text")));
            assert!(
                ["syntactic", "semantic", "functional"]
                    .contains(&map["matching-rationale"].as_str().expect("text"))
            );
            for (side, id) in [("sources", &edge.from), ("targets", &edge.to)] {
                keeps(&map[side][0], &["type", "id-ref"], &["props", "links", "remarks"]);
                assert_eq!(
                    (map[side][0]["type"].as_str(), map[side][0]["id-ref"].as_str()),
                    (Some("control"), Some(id.as_str()))
                );
            }
        }
    }
}

#[test]
fn a_crosswalk_carries_one_step_and_never_back() {
    let all = crosswalk::builtin();
    let start = crate::ControlRef {
        framework: Arc::from("pci-dss-4.0.1"),
        id: Arc::from("1.2.5"),
        strength: Strength::Fully,
        objective: None,
        provenance: crate::Provenance::Curated(Arc::from("us")),
    };
    let carried = crosswalk::carried(all, std::slice::from_ref(&start));
    let found: Vec<_> = carried.iter().map(|one| (&*one.framework, &*one.id, one.strength)).collect();
    assert_eq!(found, [("nist-csf-2.0", "PR.IR-01", Strength::Partly)]);
    assert!(crosswalk::carried(all, &carried).is_empty(), "what was carried carries nothing on");
    let related = crosswalk::related(all, "nist-csf-2.0", "PR.IR-01");
    let back = related.iter().find(|one| one.id == "1.2.5").expect("is related");
    assert_eq!(back.relation, crosswalk::Relation::Superset);
}
