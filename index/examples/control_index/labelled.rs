//! The labelled set, read again here because the program keeps its development part only.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// One text with the controls it bears on.
pub struct Labelled {
    pub text: String,
    pub service: String,
    pub dev: bool,
    /// Framework and id.
    pub gold: BTreeSet<(String, String)>,
}

#[derive(Deserialize)]
struct File {
    judgements: BTreeMap<String, BTreeMap<String, serde_json::Value>>,
    services: BTreeMap<String, BTreeMap<String, serde_json::Value>>,
}

pub fn read() -> Vec<Labelled> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/labelled/pairs.yaml");
    let text = std::fs::read_to_string(path).expect("labelled/pairs.yaml is there");
    let file: File = serde_saphyr::from_str(&text).expect("labelled/pairs.yaml is well-formed");
    let mut out = Vec::new();
    for (service, parts) in &file.services {
        let dev = parts.get("part").and_then(|part| part.as_str()) == Some("dev");
        for (names, texts) in parts.iter().filter(|(name, _)| *name != "part") {
            let mut gold = BTreeSet::new();
            for says in names.split('+').filter_map(|name| file.judgements.get(name)) {
                for (framework, ids) in says {
                    let ids = ids.as_array().into_iter().flatten().filter_map(|id| id.as_str());
                    gold.extend(ids.map(|id| (framework.clone(), id.to_owned())));
                }
            }
            let texts = texts.as_array().into_iter().flatten().filter_map(|text| text.as_str());
            out.extend(texts.map(|text| Labelled {
                text: text.to_owned(),
                service: service.clone(),
                dev,
                gold: gold.clone(),
            }));
        }
    }
    out
}
