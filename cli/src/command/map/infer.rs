//! What no page covers: words, unknown kinds, other scanners' findings, through the control index.

use std::io::Read as _;
use std::path::Path;

use compline_frameworks::Provenance;
use compline_iac::Resource;
use compline_index::Source;
use compline_index::{ControlMatch, Mapper, Tier};
use compline_project::text;
use compline_project::{DocumentIndex, ResolvedConfig, SelectedFrameworks};
use compline_reporter::escape::{Lines, json, visible};
use compline_reporter::format::json::mapping;
use compline_reporter::notice::ReadProblem;
use compline_reporter::result::{MappedBy, MappedControl};
use serde_json::{Value, json as value};

use super::super::search;
use crate::exit::{Exit, Stop};
use crate::output::{ModelMonitor, print, print_json, show, tell, width};
use crate::render::Paint;
use crate::render::prose::{hanging, wrap};

/// Controls named in the terminal for one thing.
const SHOWN: usize = 10;
/// Passages of the user's own documents that are cited.
pub(super) const CITED: usize = 3;

fn open(config: &ResolvedConfig) -> Result<Mapper, Stop> {
    let selected = config.frameworks();
    let mappings = selected.mappings.clone();
    Ok(config.model.mapper(&selected.library, &config.rules, mappings, &ModelMonitor::default())?)
}

/// How an answer is given.
pub(super) struct Form {
    /// Whether programs read it.
    pub json: bool,
    pub paint: Paint,
    /// What could not be read where the subject was looked for.
    pub problems: Vec<ReadProblem>,
}

impl Form {
    /// What could not be read, as people are told it: a part of an answer's text.
    pub fn unread(&self) -> Lines {
        let mut out = Lines::new();
        for problem in self.problems.iter().filter(|problem| problem.loss) {
            let notice = problem.notice();
            let at = notice.position(&str::to_owned).unwrap_or_default();
            out.line(format!("could not be read: {at}: {}", notice.text()));
        }
        out
    }

    /// The same for programs: the entries of an answer's `problems`.
    pub fn problems(&self) -> Vec<Value> {
        let one = |problem: &ReadProblem| {
            let start = problem.place.as_ref().map(|place| place.start);
            value!({
                "gravity": if problem.loss { "loss" } else { "note" }, "file": *problem.file,
                "line": start.map(|start| start.line), "column": start.map(|start| start.column),
                "message": problem.message, "help": problem.help,
            })
        };
        self.problems.iter().map(one).collect()
    }

    /// The status of an answer: what was not read may be more of it.
    pub fn exit(&self, found: bool) -> Exit {
        match self.problems.iter().any(|problem| problem.loss) {
            true => Exit::Incomplete,
            false if found => Exit::Clean,
            false => Exit::Found,
        }
    }
}

/// Words, or a resource whose kind no rule judges.
pub(super) fn one(
    subject: &str,
    resource: Option<&Resource>,
    config: &ResolvedConfig,
    form: &Form,
) -> Result<Exit, Stop> {
    let (paint, selected) = (form.paint, config.frameworks());
    let mapper = open(config)?;
    let mapped =
        kept(resource.map_or_else(|| mapper.map_text(subject), |one| mapper.map_resource(one)), selected);
    let asked = resource.map_or_else(|| subject.to_owned(), compline_index::resource_query);
    let cited = match DocumentIndex::find(config.root(), &config.model)? {
        Some(index) => index.search(&asked, CITED)?,
        None => Vec::new(),
    };
    let found = !mapped.is_empty();
    match form.json {
        true => {
            let sort = if resource.is_some() { "address" } else { "text" };
            let controls: Vec<Value> = mapped.iter().map(|one| control(one, selected)).collect();
            let answer = value!({ "version": 1, "what": subject, "kind": sort, "controls": controls, "documents": search::documents(&cited), "problems": form.problems() });
            print_json(&marked(answer, &mapper))?
        }
        false if !found => {
            let why = match resource {
                Some(one) => format!("no rule judges `{}`, and nothing known is near enough", one.kind),
                None if !subject.contains(|c: char| c.is_ascii_alphanumeric()) => {
                    "the index knows English only".to_owned()
                }
                None => "nothing known is near enough".to_owned(),
            };
            let mut out = Lines::new();
            out.laid_out(&hanging("", &format!("`{subject}`: no mapping: {why}"), 2, width()).join("\n"));
            out.append(&search::lines(&cited, paint));
            out.append(&form.unread());
            show(out)?
        }
        false => {
            let mut out = Lines::of(paint.bold(subject));
            out.append(&lines_of(&mapped.iter().collect::<Vec<_>>(), selected, paint));
            out.append(&search::lines(&cited, paint));
            out.append(&form.unread());
            show(out)?
        }
    }
    Ok(form.exit(found))
}

/// One text a line in, one JSON line out. A line that is no text is told of and does not spoil the others.
///
/// # Errors
/// The file cannot be read, or the index not be opened.
pub fn lines(file: &Path, config: &ResolvedConfig) -> Result<Exit, Stop> {
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        std::io::stdin().read_to_end(&mut bytes).map(|_| ())
    } else {
        compline_project::disk::read_bytes(file).map(|read| bytes = read)
    };
    let shown = file.display();
    read.map_err(|error| Stop::mistake(format!("`{shown}` cannot be read: {error}")))?;
    if let Some(encoding) = text::other_encoding(&bytes) {
        return Err(Stop::mistake(format!("`{shown}` is {encoding}, and lines are read as UTF-8"))
            .help("save it as UTF-8"));
    }
    let bytes = bytes.strip_prefix(text::MARK).unwrap_or(&bytes);
    let (mapper, selected) = (open(config)?, config.frameworks());
    let mut exit = Exit::Clean;
    for (at, line) in bytes.strip_suffix(b"\n").unwrap_or(bytes).split(|byte| *byte == b'\n').enumerate() {
        if bytes.is_empty() {
            break;
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let answer = match std::str::from_utf8(line) {
            Ok(line) => {
                let mapped = mapper.map_id(line.trim()).unwrap_or_else(|| mapper.map_text(line));
                let controls: Vec<Value> =
                    kept(mapped, selected).iter().map(|one| control(one, selected)).collect();
                value!({ "text": line, "controls": controls })
            }
            Err(error) => {
                let why = format!("no UTF-8 text, from its byte {}", error.valid_up_to() + 1);
                tell(&format!("error: {shown}:{}: the line is {why}", at + 1));
                exit = Exit::Incomplete;
                value!({ "text": String::from_utf8_lossy(line), "controls": [], "error": why })
            }
        };
        print(&json::line(&marked(answer, &mapper)).map_err(Stop::failure)?)?;
    }
    Ok(exit)
}

/// An answer that says of itself where its scores and tiers were not measured.
fn marked(mut answer: Value, mapper: &Mapper) -> Value {
    if let Some(fields) = answer.as_object_mut().filter(|_| !mapper.is_calibrated()) {
        fields.insert("calibrated".to_owned(), Value::Bool(false));
    }
    answer
}

fn kept(mapped: Vec<ControlMatch>, selected: &SelectedFrameworks) -> Vec<ControlMatch> {
    let ids = selected.ids();
    mapped.into_iter().filter(|one| ids.contains(&&*one.framework)).collect()
}

fn tier(tier: Tier) -> &'static str {
    match tier {
        Tier::Mapped => "mapped",
        Tier::Suggested => "suggested",
    }
}

fn title<'s>(one: &ControlMatch, selected: &'s SelectedFrameworks) -> &'s str {
    let control = selected.library.find(&one.framework).and_then(|framework| framework.find(&one.id));
    control.map_or("", |control| control.title.as_str())
}

/// A control that something bears on, as plain data.
pub(super) fn mapped_control(one: &ControlMatch, selected: &SelectedFrameworks) -> MappedControl {
    let via = one.neighbours.iter().map(|near| MappedBy {
        of: near.of.clone(),
        text: near.text.clone(),
        near: near.similarity,
        matched: near.matched.clone(),
    });
    MappedControl {
        framework: one.framework.clone(),
        id: one.id.clone(),
        title: title(one, selected).to_owned(),
        suggested: one.tier == Tier::Suggested,
        score: one.score,
        provenance: one.provenance.clone(),
        via: via.collect(),
    }
}

fn control(one: &ControlMatch, selected: &SelectedFrameworks) -> Value {
    value!(mapping::control(&mapped_control(one, selected)))
}

pub(super) fn lines_of(mapped: &[&ControlMatch], selected: &SelectedFrameworks, paint: Paint) -> Lines {
    let mut out = Lines::new();
    for one in mapped.iter().take(SHOWN) {
        let short = selected.library.info(&one.framework).map_or(&*one.framework, |info| info.short.as_str());
        named(&format!("{short} {}", one.id), title(one, selected), paint, &mut out);
        let near: Vec<&str> = one.neighbours.iter().take(2).map(|near| &*near.text).collect();
        let near = if near.is_empty() { String::new() } else { format!(", like: {}", near.join("; ")) };
        let how = match &one.provenance {
            Provenance::Inferred { score, .. } => format!("{}, inferred, {score:.2}{near}", tier(one.tier)),
            Provenance::Confirmed { by, date } => format!("confirmed by {by} on {date}"),
            other => {
                let word = super::super::rules::provenance(other);
                match one.neighbours.first() {
                    Some(via) if via.source == Source::Rule => format!("{word}, by {}", via.of),
                    Some(via) => format!("{word}: its published title asks for {}", via.of),
                    None => word.to_owned(),
                }
            }
        };
        below(&how, paint, &mut out);
    }
    if mapped.len() > SHOWN {
        out.line(format!("  and {} more", mapped.len() - SHOWN));
    }
    out
}

/// A control's line.
pub(super) fn named(name: &str, title: &str, paint: Paint, out: &mut Lines) {
    let name = &*visible(name);
    let lead = format!("  {name}  ");
    let painted = format!("  {}  ", paint.bold(name));
    let lines = hanging(&lead, title, 6, width());
    out.laid_out(&lines.join("\n").replacen(&lead, &painted, 1));
}

/// What stands below it: why it is named.
pub(super) fn below(how: &str, paint: Paint, out: &mut Lines) {
    for line in wrap(how, width().saturating_sub(6), 0) {
        out.line(format!("      {}", paint.dim(&line)));
    }
}
