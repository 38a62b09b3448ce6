//! `compline search`: controls, objectives and rules for words.

mod check;

use std::path::PathBuf;

use clap::Args;
use compline_index::Hit;
use compline_index::passage_index::PassageHit;
use compline_index::{ControlIndex as _, HitKind};
use compline_project::{DocumentIndex, LibraryScope, OpenOptions, ResolvedConfig};
use compline_reporter::escape::{Lines, visible, visible_prose};
use serde_json::json;

use crate::arguments::EmbedderArgument;
use crate::exit::{Exit, Stop};
use crate::output::{ModelMonitor, print_json, show, warn, width};
use crate::render::Paint;
use crate::render::format::ListFormat;
use crate::render::prose::{hanging, wrap};

/// Find controls, objectives and rules by words or ids
#[derive(Debug, Args)]
pub struct Arguments {
    /// Words: `public buckets`, `SC-8(1)`, `CKV_AWS_20`
    #[arg(required_unless_present = "batch", value_name = "QUERY")]
    words: Vec<String>,
    /// Show the controls that each line of a file bears on (`-`: standard input), as `compline map --batch` does; one
    /// JSON line out for each
    #[arg(long, value_name = "FILE", conflicts_with_all = ["words", "limit", "format"])]
    batch: Option<PathBuf>,
    /// The number of results to print
    #[arg(long, default_value_t = 10)]
    limit: usize,
    #[command(flatten)]
    embedder: EmbedderArgument,
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: ListFormat,
}

/// Passages of the user's own documents that are cited.
const CITED: usize = 5;

pub fn run(arguments: &Arguments, paint: Paint) -> Result<Exit, Stop> {
    if arguments.limit == 0 {
        return Err(Stop::mistake("`--limit 0` asks for nothing").help("give at least 1"));
    }
    let library = if arguments.batch.is_some() { LibraryScope::Chosen } else { LibraryScope::All };
    let embedder = arguments.embedder.embedder.clone();
    let config = ResolvedConfig::open(&OpenOptions { library, embedder, ..OpenOptions::default() })?;
    warn(&config.warnings);
    if let Some(file) = &arguments.batch {
        return super::map::lines(file, &config);
    }
    let library = &config.frameworks().library;
    let query = arguments.words.join(" ");
    if query.trim().is_empty() {
        return Err(Stop::mistake("the query is empty").help("give words, or an id"));
    }
    let index = config.model.text_index(library, &config.rules, &ModelMonitor::default())?;
    let mut hits = index.search(&query, arguments.limit);
    let nothing = check::lead(&mut hits, &query, arguments.limit, &config)?;
    let mut cited = match DocumentIndex::find(config.root(), &config.model)? {
        Some(index) => index.search(&query, arguments.limit.min(CITED))?,
        None => Vec::new(),
    };
    let places = ranked(&hits, &cited, arguments.limit);
    hits.truncate(places.iter().filter(|place| matches!(place, Found::Hit(_))).count());
    cited.truncate(places.len() - hits.len());
    let sort = |kind: HitKind| match kind {
        HitKind::Control => "control",
        HitKind::Objective => "objective",
        HitKind::Rule => "rule",
    };
    if matches!(arguments.format, ListFormat::Json) {
        let hits: Vec<_> = hits
            .iter()
            .map(|hit| {
                json!({
                    "kind": sort(hit.kind), "framework": *hit.framework, "id": *hit.id, "title": *hit.title,
                    "score": hit.score, "matched": hit.matched,
                })
            })
            .collect();
        let (mut hits, mut documents) = (hits, documents(&cited));
        for (rank, place) in places.iter().enumerate() {
            let entry = match place {
                Found::Hit(at) => hits.get_mut(*at),
                Found::Document(at) => documents.get_mut(*at),
            };
            if let Some(fields) = entry.and_then(serde_json::Value::as_object_mut) {
                fields.insert("rank".to_owned(), (rank + 1).into());
            }
        }
        print_json(&json!({ "version": 1, "query": query, "hits": hits, "documents": documents }))?;
        return Ok(Exit::Clean);
    }
    let mut out = Lines::new();
    if nothing {
        out.line(format!("`{query}` is known to bear on no control"));
    } else if hits.is_empty() && cited.is_empty() {
        out.line(format!("nothing is known of `{query}`"));
    }
    for place in &places {
        let hit = match place {
            Found::Hit(at) => hits.get(*at),
            Found::Document(at) => {
                out.append(&lines(cited.get(*at..=*at).unwrap_or_default(), paint));
                None
            }
        };
        let Some(hit) = hit else { continue };
        let short = library.info(&hit.framework).map(|info| format!("{} ", info.short)).unwrap_or_default();
        let id = paint.bold(&format!("{short}{}", hit.id));
        out.line(format!("{:<9}  {id}", sort(hit.kind)));
        out.line(format!("           {}", visible_prose(&hit.title)));
        if !hit.matched.is_empty() {
            out.line(format!("           {}", paint.dim(&format!("matched: {}", hit.matched.join(", ")))));
        }
    }
    show(out)?;
    Ok(if hits.is_empty() && cited.is_empty() { Exit::Found } else { Exit::Clean })
}

/// A place in the answer: of a hit, or of a passage of the user's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Hit(usize),
    Document(usize),
}

/// Ranks passages in among the hits by how many of the query's words each holds; where these are as many, a passage
/// comes after every second hit. The scores of the two indexes cannot be compared. The best passage, which holds a
/// word of the query or is near in meaning, has the last place at the least: who added documents asks for them.
fn ranked(hits: &[Hit], cited: &[PassageHit], limit: usize) -> Vec<Found> {
    let mut out: Vec<Found> = Vec::with_capacity(limit);
    let (mut hit, mut document) = (0, 0);
    while out.len() < limit {
        let next = match (hits.get(hit), cited.get(document)) {
            (None, None) => break,
            (Some(_), None) => Found::Hit(hit),
            (None, Some(_)) => Found::Document(document),
            (Some(one), Some(other)) => match one.matched.len().cmp(&other.matched.len()) {
                std::cmp::Ordering::Less => Found::Document(document),
                std::cmp::Ordering::Equal if hit > 2 * document + 1 => Found::Document(document),
                _ => Found::Hit(hit),
            },
        };
        match next {
            Found::Hit(_) => hit += 1,
            Found::Document(_) => document += 1,
        }
        out.push(next);
    }
    let cut = !cited.is_empty() && document == 0;
    if let Some(last) = out.last_mut().filter(|_| cut && limit > 1) {
        *last = Found::Document(0);
    }
    out
}

/// Passages of the user's own documents, as JSON.
pub fn documents(cited: &[PassageHit]) -> Vec<serde_json::Value> {
    let passages = cited.iter().map(|one| {
        json!({
            "file": one.path, "line": one.line, "title": one.title, "text": one.text, "score": one.score,
            "matched": one.matched,
        })
    });
    passages.collect()
}

/// The same for people: where it stands, and its first words.
pub fn lines(cited: &[PassageHit], paint: Paint) -> Lines {
    let mut out = Lines::new();
    for one in cited {
        let place = visible(&format!("{}:{}", one.path, one.line)).into_owned();
        let lead = "document   ";
        let head = hanging(&format!("{lead}{place}  "), &one.title, lead.len(), width()).join("\n");
        out.laid_out(&head.replacen(&place, &paint.bold(&place), 1));
        let first: String = one.text.chars().take(100).collect();
        let more = if first.len() < one.text.len() { " …" } else { "" };
        for line in wrap(&format!("{first}{more}"), width().saturating_sub(lead.len()), 0) {
            out.line(format!("{}{}", " ".repeat(lead.len()), paint.dim(&line)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn words(count: usize) -> Vec<String> {
        (0..count).map(|at| format!("word{at}")).collect()
    }

    fn hit(matched: usize) -> Hit {
        let empty = || Arc::from("");
        let (framework, id, title) = (empty(), empty(), empty());
        Hit { kind: HitKind::Control, framework, id, title, score: 0.0, matched: words(matched) }
    }

    fn cited(matched: usize) -> PassageHit {
        let (path, title, text) = (String::new(), String::new(), String::new());
        PassageHit { path, line: 1, title, text, score: 0.0, matched: words(matched) }
    }

    #[test]
    fn passages_are_ranked_in_by_the_words_they_hold() {
        use Found::{Document as D, Hit as H};
        let hits = [hit(2), hit(2), hit(1)];
        assert_eq!(ranked(&hits, &[cited(3), cited(1)], 10), [D(0), H(0), H(1), H(2), D(1)]);
        assert_eq!(ranked(&hits, &[cited(3)], 2), [D(0), H(0)], "the limit is that of both");
        let same: Vec<Hit> = (0..5).map(|_| hit(1)).collect();
        let passages = [cited(1), cited(1), cited(1)];
        assert_eq!(ranked(&same, &passages, 10), [H(0), H(1), D(0), H(2), H(3), D(1), H(4), D(2)]);
        assert_eq!(ranked(&[], &passages, 2), [D(0), D(1)]);
        assert_eq!(ranked(&hits, &[cited(1)], 2), [H(0), D(0)], "the best is not left out");
        assert_eq!(ranked(&hits, &[cited(0)], 2), [H(0), D(0)], "nor where it is near in meaning alone");
    }
}
