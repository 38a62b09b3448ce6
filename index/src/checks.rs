//! Checks of other scanners that no rule stands for, and the objectives each asks for. Shared with the build script.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The checks of `checks/*.yaml`, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalChecks {
    /// What any of them asks for; a check names it by its place, as thousands of ids share few objectives.
    objectives: Vec<String>,
    /// A check's id → the objectives it asks for; none where it asks for what bears on no control.
    by_id: BTreeMap<String, Vec<u16>>,
}

/// Stands in the files for no objective.
pub const NOTHING: &str = "nothing";

impl ExternalChecks {
    /// The objectives an id asks for, none where it bears on no control; nothing when nobody knows it.
    pub fn objectives_of(&self, id: &str) -> Option<Vec<&str>> {
        let places = self.by_id.get(id)?;
        let objective = |place: &u16| Some(self.objectives.get(usize::from(*place))?.as_str());
        Some(places.iter().filter_map(objective).collect())
    }

    /// Takes in one more check; [`NOTHING`] stands for no objective.
    ///
    /// # Errors
    /// That the id is known already, or asks for nothing and for something, or twice for the same.
    #[allow(dead_code)] // The build script takes them in.
    pub fn add(&mut self, id: &str, objectives: &[&str]) -> Result<(), String> {
        if objectives.contains(&NOTHING) && objectives.len() > 1 {
            return Err("asks for nothing and for something: leave one of them".to_owned());
        }
        let mut places = Vec::with_capacity(objectives.len());
        for objective in objectives.iter().filter(|objective| **objective != NOTHING) {
            let found = self.objectives.iter().position(|other| other == objective);
            let place = found.unwrap_or(self.objectives.len());
            if found.is_none() {
                self.objectives.push((*objective).to_owned());
            }
            let place =
                u16::try_from(place).map_err(|_| "asks for one objective too many to count".to_owned())?;
            if places.contains(&place) {
                return Err(format!("stands twice under `{objective}`: leave it there once"));
            }
            places.push(place);
        }
        match self.by_id.insert(id.to_owned(), places) {
            Some(_) => Err("stands in another file too: leave it in one".to_owned()),
            None => Ok(()),
        }
    }

    /// Every id.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.by_id.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_stands_once_and_asks_for_something_or_for_nothing() {
        let mut checks = ExternalChecks::default();
        checks.add("X_1", &["storage-tls", "api-tls"]).expect("new");
        checks.add("X_2", &["nothing"]).expect("new");
        assert_eq!(checks.objectives_of("X_1"), Some(vec!["storage-tls", "api-tls"]));
        assert_eq!(checks.objectives_of("X_2"), Some(Vec::new()));
        assert_eq!(checks.objectives_of("X_3"), None);
        for (id, objectives) in [
            ("X_1", ["api-tls", "cdn-tls"]),
            ("X_4", ["api-tls", "api-tls"]),
            ("X_5", ["api-tls", "nothing"]),
        ] {
            assert!(checks.add(id, &objectives).is_err(), "{id}");
        }
        assert_eq!(checks.ids().collect::<Vec<_>>(), ["X_1", "X_2"], "what is wrong is not taken in");
    }
}
