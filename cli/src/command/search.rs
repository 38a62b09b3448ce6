//! `compline search`: controls, objectives and rules for words.

mod check;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use compline_frameworks::index::own::Cited;
use compline_frameworks::{ControlIndex as _, HitKind};
use serde_json::json;

use crate::embedder::{Choice, Named};
use crate::exit::{Exit, Stop};
use crate::face::paint::Paint;
use crate::imports;
use crate::output::print;
use crate::own::Own;
use crate::place::Place;
use crate::reading::standing_rules;
use crate::shelf::Shelf;

/// Find controls, objectives and rules by words or ids
#[derive(Debug, Args)]
pub struct Arguments {
    /// Words: `public buckets`, `SC-8(1)`, `CKV_AWS_20`
    #[arg(required_unless_present = "batch", value_name = "QUERY")]
    words: Vec<String>,
    /// Say which controls each line of a file bears on (`-`: standard input), as `compline map --batch` does; one
    /// JSON line out for each
    #[arg(long, value_name = "FILE", conflicts_with_all = ["words", "limit", "format"])]
    batch: Option<PathBuf>,
    /// How many to print
    #[arg(long, default_value_t = 10)]
    limit: usize,
    #[command(flatten)]
    embedder: Named,
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Human,
    Json,
}

/// Passages of the user's own documents that are cited.
const CITED: usize = 5;

pub fn run(arguments: &Arguments, paint: Paint) -> Result<Exit, Stop> {
    if arguments.limit == 0 {
        return Err(Stop::mistake("`--limit 0` asks for nothing").help("give at least 1"));
    }
    let (rules, config) = standing_rules(&[])?;
    let root = Place::find(&[], None)?.root;
    let model = Choice::of(&arguments.embedder, &config);
    if let Some(file) = &arguments.batch {
        let shelf = Shelf::open(&[], &config, &rules)?.amended(&root, &rules)?;
        return super::map::lines(file, &Shelf { model, ..shelf }, &rules);
    }
    let library = imports::library(&rules, &config)?;
    let query = arguments.words.join(" ");
    if query.trim().is_empty() {
        return Err(Stop::mistake("the query is empty").help("give words, or an id"));
    }
    let index = model.text_index(&library, &rules)?;
    let mut hits = index.search(&query, arguments.limit);
    let nothing = check::lead(&mut hits, &query, arguments.limit, &library, &rules, &root)?;
    let cited = match Own::find(&root, &model)? {
        Some(own) => own.search(&query, arguments.limit.min(CITED))?,
        None => Vec::new(),
    };
    let sort = |kind: HitKind| match kind {
        HitKind::Control => "control",
        HitKind::Objective => "objective",
        HitKind::Rule => "rule",
    };
    if matches!(arguments.format, Format::Json) {
        let hits: Vec<_> = hits
            .iter()
            .map(|hit| {
                json!({
                    "kind": sort(hit.kind), "framework": *hit.framework, "id": *hit.id, "title": *hit.title,
                    "score": hit.score, "matched": hit.matched,
                })
            })
            .collect();
        print(&format!(
            "{:#}\n",
            json!({ "version": 1, "query": query, "hits": hits, "documents": documents(&cited) })
        ))?;
        return Ok(Exit::Clean);
    }
    let mut out = String::new();
    for hit in &hits {
        let short = library.info(&hit.framework).map(|info| format!("{} ", info.short)).unwrap_or_default();
        let id = paint.bold(&format!("{short}{}", hit.id));
        out.push_str(&format!("{:<9}  {id}\n           {}\n", sort(hit.kind), hit.title));
        if !hit.matched.is_empty() {
            out.push_str(&format!(
                "           {}\n",
                paint.dim(&format!("matched: {}", hit.matched.join(", ")))
            ));
        }
    }
    out.push_str(&lines(&cited, paint));
    if nothing {
        out.insert_str(0, &format!("`{query}` is known to bear on no control\n"));
    } else if hits.is_empty() && cited.is_empty() {
        out = format!("nothing is known of `{query}`\n");
    }
    print(&out)?;
    Ok(if hits.is_empty() && cited.is_empty() { Exit::Found } else { Exit::Clean })
}

/// Passages of the user's own documents, as JSON.
pub fn documents(cited: &[Cited]) -> Vec<serde_json::Value> {
    let told = cited.iter().map(|one| {
        json!({
            "file": one.path, "line": one.line, "title": one.title, "text": one.text, "score": one.score,
            "matched": one.matched,
        })
    });
    told.collect()
}

/// The same for people: where it stands, and its first words.
pub fn lines(cited: &[Cited], paint: Paint) -> String {
    let mut out = String::new();
    for one in cited {
        let place = paint.bold(&format!("{}:{}", one.path, one.line));
        let first: String = one.text.chars().take(100).collect();
        let more = if first.len() < one.text.len() { " …" } else { "" };
        let title = if one.title.is_empty() { String::new() } else { format!("  {}", one.title) };
        out.push_str(&format!(
            "document   {place}{title}\n           {}\n",
            paint.dim(&format!("{first}{more}"))
        ));
    }
    out
}
