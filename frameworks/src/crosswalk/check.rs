//! What must hold of a crosswalk file. Shared with the build script, which reads and checks the built-in ones.

use std::collections::HashSet;
use std::sync::Arc;

use super::types::Crosswalk;
use crate::catalogue::{Framework, normal};

/// Reads a crosswalk file and checks it against the two frameworks it joins.
///
/// # Errors
/// Everything that is wrong with it, each naming the edge (or line) it concerns.
pub fn read(text: &str, find: &dyn Fn(&str) -> Option<Arc<Framework>>) -> Result<Crosswalk, Vec<String>> {
    let mut crosswalk: Crosswalk =
        serde_saphyr::from_str_with_options(text, crate::catalogue::check::plain())
            .map_err(|error| vec![crate::catalogue::reader_message(&error)])?;
    let mut found = Vec::new();
    let mut framework = |key: &str, id: &str| {
        let framework = find(id);
        if framework.is_none() {
            found.push(format!("{key}: `{id}` is no framework"));
        }
        framework
    };
    let (from, to) = (framework("from", &crosswalk.from), framework("to", &crosswalk.to));
    if crosswalk.from == crosswalk.to {
        found.push(format!("from, to: both are `{}`", crosswalk.from));
    }
    let (Some(from), Some(to)) = (from, to) else { return Err(found) };
    let mut seen = HashSet::new();
    for edge in &mut crosswalk.edges {
        let name = format!("edge `{}` to `{}`", edge.from, edge.to);
        for (framework, id) in [(&from, &mut edge.from), (&to, &mut edge.to)] {
            match framework.find(id) {
                Some(control) if control.withdrawn.is_some() => {
                    found.push(format!("{name}: `{id}` is withdrawn from {}", framework.id));
                }
                // Edges are joined by id, so every spelling becomes the published one.
                Some(control) => *id = control.id.clone(),
                None => found.push(format!("{name}: `{id}` is no control of {}", framework.id)),
            }
        }
        if edge.strength.is_some_and(|strength| !(1..=10).contains(&strength)) {
            found.push(format!("{name}: `strength` is a number from 1 to 10"));
        }
        if !seen.insert((normal(&edge.from), normal(&edge.to))) {
            found.push(format!("{name}: is given twice"));
        }
    }
    if found.is_empty() { Ok(crosswalk) } else { Err(found) }
}
