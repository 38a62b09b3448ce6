//! What another scanner's check bears on, before what is only like its name.

use std::sync::Arc;

use compline_frameworks::{Library, USUAL};
use compline_index::Hit;
use compline_index::corpus::Source;
use compline_index::{ControlMatch, HitKind, Mapper};
use compline_project::{ResolvedConfig, mappings};

use crate::exit::Stop;

/// Where the query is a check's id, leaves the rules that stand for it, with the objectives and controls it bears on;
/// says whether it is known to bear on none. A query that is no id changes nothing.
pub(super) fn lead(
    hits: &mut Vec<Hit>,
    query: &str,
    limit: usize,
    config: &ResolvedConfig,
) -> Result<bool, Stop> {
    let (rules, library) = (&config.rules, &config.frameworks().library);
    let query = query.trim();
    // Ids of scanners are one word with a number in it; the index is not opened for others.
    if query.contains(char::is_whitespace) || !query.contains(|c: char| c.is_ascii_digit()) {
        return Ok(false);
    }
    let mapper = Mapper::open(library, rules, mappings::read(config.root())?).map_err(Stop::failure)?;
    let Some(mapped) = mapper.map_id(query) else { return Ok(false) };
    // A rule by that name is named; anything else was found by pieces of the id.
    if rules.info(query).is_none() && rules.by_alias(query).next().is_none() {
        hits.clear();
    }
    let score = hits.last().map_or(1.0, |hit| hit.score);
    for hit in objectives(&mapped, library).chain(controls(&mapped, library)) {
        hits.push(Hit { score, matched: vec![query.to_owned()], ..hit });
    }
    hits.truncate(limit);
    Ok(mapper.bears_on_nothing(query))
}

/// The objectives a check without a rule asks for, each once.
fn objectives<'a>(mapped: &'a [ControlMatch], library: &'a Library) -> impl Iterator<Item = Hit> + 'a {
    let mut seen: Vec<&str> = Vec::new();
    let via = mapped.iter().flat_map(|one| &one.neighbours).filter(|near| near.source == Source::Exemplar);
    let ids = via.map(|near| &near.of).filter(move |id| {
        let new = !seen.contains(&&***id);
        if new {
            seen.push(id);
        }
        new
    });
    ids.filter_map(|id| {
        let objective = library.objective(id)?;
        Some(hit(HitKind::Objective, &Arc::from(""), id, &objective.title))
    })
}

/// The controls, of the usual frameworks first.
fn controls<'a>(mapped: &'a [ControlMatch], library: &'a Library) -> impl Iterator<Item = Hit> + 'a {
    let mut mapped: Vec<&ControlMatch> = mapped.iter().collect();
    mapped.sort_by_key(|one| !USUAL.contains(&&*one.framework));
    mapped.into_iter().map(|one| {
        let control = library.find(&one.framework).and_then(|framework| framework.find(&one.id));
        hit(HitKind::Control, &one.framework, &one.id, control.map_or("", |control| &control.title))
    })
}

fn hit(kind: HitKind, framework: &Arc<str>, id: &Arc<str>, title: &str) -> Hit {
    let (framework, id) = (Arc::clone(framework), Arc::clone(id));
    Hit { kind, framework, id, title: Arc::from(title), score: 0.0, matched: Vec::new() }
}
