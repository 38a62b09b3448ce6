//! `compline search`: controls, objectives and rules for words.

use clap::{Args, ValueEnum};
use compline_frameworks::{ControlIndex as _, HitKind, TextIndex};
use serde_json::json;

use crate::exit::{Exit, Stop};
use crate::face::paint::Paint;
use crate::imports;
use crate::output::print;
use crate::reading::standing_rules;

/// Find controls, objectives and rules by words or ids
#[derive(Debug, Args)]
pub struct Arguments {
    /// Words: `public buckets`, `SC-8(1)`, `CKV_AWS_20`
    #[arg(required = true, value_name = "QUERY")]
    words: Vec<String>,
    /// How many to print
    #[arg(long, default_value_t = 10)]
    limit: usize,
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Human,
    Json,
}

pub fn run(arguments: &Arguments, paint: Paint) -> Result<Exit, Stop> {
    let (rules, config) = standing_rules(&[])?;
    let library = imports::library(&rules, &config)?;
    let index = TextIndex::build(&library, &rules).map_err(Stop::failure)?;
    let query = arguments.words.join(" ");
    let hits = index.search(&query, arguments.limit);
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
        print(&format!("{:#}\n", json!({ "version": 1, "query": query, "hits": hits })))?;
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
    if hits.is_empty() {
        out = format!("nothing is known of `{query}`\n");
    }
    print(&out)?;
    Ok(if hits.is_empty() { Exit::Found } else { Exit::Clean })
}
