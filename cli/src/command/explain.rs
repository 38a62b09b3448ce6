//! `compline explain`: what a rule, a control or an objective is about.

use std::path::PathBuf;

use clap::Args;
use compline_frameworks::{Control, Framework, Library, Objective, Statement, crosswalk};
use compline_project::frameworks::{control_named, statement_named};
use compline_project::suggest::nearest;
use compline_project::{LibraryScope, OpenOptions, ResolvedConfig};
use compline_reporter::escape::{Lines, visible, visible_prose};
use compline_reporter::run::ControlNote;
use compline_rules::{ParameterValue, Rule, RuleInfo, RuleSet, SetBy};

use crate::exit::{Exit, Stop};
use crate::output::{show, warn};
use crate::render::Paint;
use crate::render::prose;
use crate::render::prose::indent_continuation;
use compline_reporter::format::findings::controls;

/// Explain a rule, a control or an objective
#[derive(Debug, Args)]
pub struct Arguments {
    /// A rule's id or alias, a control's id (`SC-8(1)`, `PCI 1.3.1`, `pci-dss-4.0.1/1.3.1`), or an objective's
    #[arg(required = true, value_name = "ID")]
    id: Vec<String>,
    /// Add the rule pages of a directory
    #[arg(long = "rules", value_name = "DIR")]
    rules: Vec<PathBuf>,
}

/// Rules named before "and 6 more".
const RULES: usize = 12;

pub fn run(arguments: &Arguments, paint: Paint) -> Result<Exit, Stop> {
    let config = ResolvedConfig::open(&OpenOptions {
        rules: arguments.rules.clone(),
        library: LibraryScope::AllAmended,
        ..OpenOptions::default()
    })?;
    warn(&config.warnings);
    let (rules, library) = (&config.rules, &config.frameworks().library);
    let words: Vec<&str> = arguments.id.iter().flat_map(|word| word.split_whitespace()).collect();
    let id = words.join(" ");
    let id = id.as_str();
    let mut parts: Vec<Lines> = Vec::new();
    let one = |info: &RuleInfo| rule(info, rules.find(&info.id).map(|rule| &**rule), library, paint);
    match rules.info(id) {
        Some(info) => parts.push(one(info)),
        None => parts.extend(rules.by_alias(id).map(|info| one(info))),
    }
    if let Some(found) = library.objective(id) {
        parts.push(objective(found, rules, library, paint));
    }
    if parts.is_empty() {
        let mut found: Vec<(&Control, &Framework)> = Vec::new();
        for framework in library.frameworks() {
            if let Some(control) = control_named(framework, id) {
                found.push((control, &**framework));
            }
        }
        // The one that is spelled so comes before those that can be spelled so.
        found.sort_by_key(|(control, _)| !id.split(['/', ' ']).any(|word| word == control.id));
        parts.extend(
            found.iter().map(|(one, framework)| control(one, None, framework, rules, library, paint)),
        );
    }
    if parts.is_empty() {
        for framework in library.frameworks() {
            if let Some(found) = statement_named(framework, id) {
                parts.push(control(found.control, Some(&found), framework, rules, library, paint));
            }
        }
    }
    if parts.is_empty() {
        return Err(nothing(id, rules, library));
    }
    let mut out = Lines::new();
    for part in &parts {
        if !out.is_empty() {
            out.blank();
        }
        out.append(part);
    }
    show(out)?;
    Ok(Exit::Clean)
}

fn nothing(id: &str, rules: &RuleSet, library: &Library) -> Stop {
    let names = rules.infos().map(|rule| rule.id.as_str());
    let names = names.chain(library.objectives().iter().map(|objective| objective.id.as_str()));
    let help = nearest(id, names).map_or_else(
        || format!("`compline search {id}` looks for words"),
        |near| format!("did you mean `{near}`?"),
    );
    Stop::mistake(format!("no rule, control or objective is called `{id}`")).help(help)
}

fn line(out: &mut Lines, paint: Paint, key: &str, value: &str) {
    if !value.is_empty() {
        let key = format!("{:<10}", visible(key));
        let value = indent_continuation(&format!("{key} "), value);
        out.laid_out(&format!("{} {value}", paint.dim(&key)));
    }
}

fn rule(rule: &RuleInfo, judging: Option<&Rule>, library: &Library, paint: Paint) -> Lines {
    let mut out = Lines::of(format!("{}: {}", paint.bold(&rule.id), visible_prose(&rule.title)));
    out.blank();
    line(&mut out, paint, "severity", &rule.severity.to_string());
    let mut kinds = judging.map(Rule::judged_kinds).unwrap_or_default();
    kinds.sort_unstable();
    kinds.dedup();
    line(&mut out, paint, "judges", &kinds.join(", "));
    line(&mut out, paint, "objectives", &rule.objectives.join(", "));
    let notes: Vec<ControlNote> = library.controls_of(&rule.id).iter().map(ControlNote::from).collect();
    line(&mut out, paint, "controls", &controls(&notes, library, usize::MAX));
    for value in judging.iter().flat_map(|rule| rule.values.iter()) {
        parameter(&mut out, rule, value, library, paint);
    }
    if let Some(fix) = judging.and_then(|rule| rule.fix.as_ref()) {
        line(&mut out, paint, "fix", &fix.safety.to_string());
    }
    for (scanner, ids) in &rule.aliases {
        line(&mut out, paint, scanner, &ids.join(", "));
    }
    out.blank();
    out.append(&prose::render(&rule.prose, paint));
    if let Some(example) = &rule.example {
        out.blank();
        out.line("This fails:");
        out.blank();
        for line in example.lines() {
            out.line(format!("    {line}").trim_end());
        }
    }
    if !rule.sources.is_empty() {
        out.blank();
        for source in &rule.sources {
            line(&mut out, paint, "source", source);
        }
    }
    out
}

/// What a rule asks for, and what the controls ask for that set another value.
fn parameter(out: &mut Lines, rule: &RuleInfo, value: &ParameterValue, library: &Library, paint: Paint) {
    let title = &value.parameter.parameter.title;
    line(out, paint, "parameter", &format!("{value} ({title})"));
    let mut others: Vec<String> = Vec::new();
    for edge in library.controls_of(&rule.id) {
        let values = library.values_for(std::slice::from_ref(value), edge);
        let set = values.iter().flat_map(|values| values.iter()).filter(|other| match &other.set_by {
            // What a framework asks for anywhere is told at the control that asks for it.
            SetBy::Control { control, .. } | SetBy::Import { control, .. } => **control == *edge.id,
            _ => false,
        });
        for other in set {
            let text = format!("{}, {}", other.shown(), other.set_by);
            if !others.contains(&text) {
                others.push(text);
            }
        }
    }
    for other in others {
        line(out, paint, "otherwise", &other);
    }
}

fn objective(objective: &Objective, rules: &RuleSet, library: &Library, paint: Paint) -> Lines {
    let mut out = Lines::of(format!("{}: {}", paint.bold(&objective.id), visible_prose(&objective.title)));
    out.blank();
    line(&mut out, paint, "evidence", &objective.evidence);
    line(&mut out, paint, "families", &objective.families.join(", "));
    let shown_by = rules.infos().filter(|rule| rule.objectives.contains(&objective.id));
    list(&mut out, "rules that show it", shown_by.map(|rule| rule.id.clone()).collect());
    for framework in library.frameworks() {
        let wanting = framework.controls().filter_map(|control| {
            let fully = control.wants.fully.contains(&objective.id);
            let partly = control.wants.partly.contains(&objective.id);
            (fully || partly)
                .then(|| if fully { control.id.clone() } else { format!("{} (in part)", control.id) })
        });
        list(&mut out, &framework.id, wanting.collect());
    }
    out
}

/// A control; where one of its statements was asked for, with that statement.
fn control(
    control: &Control,
    asked: Option<&Statement<'_>>,
    framework: &Framework,
    rules: &RuleSet,
    library: &Library,
    paint: Paint,
) -> Lines {
    let name = format!("{} {}", framework.short, control.id);
    let mut out = Lines::of(format!("{}: {}", paint.bold(&name), visible_prose(&control.title)));
    out.blank();
    line(&mut out, paint, "framework", &format!("{}, {}", framework.title, framework.version));
    if let Some(into) = &control.withdrawn {
        let into = if into.is_empty() {
            "withdrawn".to_owned()
        } else {
            format!("withdrawn into {}", into.join(", "))
        };
        line(&mut out, paint, "status", &into);
        return out;
    }
    if let Some(asked) = asked {
        statement(&mut out, asked, framework, library, paint);
    }
    line(&mut out, paint, "shown by", control.shown.word());
    line(&mut out, paint, "status", control.status.as_deref().unwrap_or_default());
    line(&mut out, paint, "baselines", &control.baselines.join(", "));
    out.blank();
    out.append(&prose::render(&control.summary, paint));
    official(&mut out, control, framework, library, paint);
    for (name, parameter) in &control.parameters {
        let known = compline_rules::parameter::shared().get(name);
        let title = known.map_or(String::new(), |one| format!(" ({})", one.title));
        let text = match &parameter.value {
            Some(value) => {
                let read = known.and_then(|one| Some(one.shown(&one.read(&value.0)?)));
                format!("{name} is {}{title}", read.unwrap_or_else(|| value.0.clone()))
            }
            None => format!("{name} is left to an import: {}{title}", parameter.from.join(", ")),
        };
        line(&mut out, paint, "asks for", &text);
    }
    list(&mut out, "objectives it wants", control.wants.fully.clone());
    list(&mut out, "objectives that show a part of it", control.wants.partly.clone());
    let bearing = rules.infos().filter(|rule| {
        let mut edges = library.controls_of(&rule.id).iter();
        edges.any(|edge| *edge.framework == *framework.id && *edge.id == *control.id)
    });
    let bearing: Vec<String> = bearing.map(|rule| rule.id.clone()).collect();
    if bearing.is_empty() {
        out.blank();
        out.line("no rule in force bears on it");
    }
    list(&mut out, "rules that bear on it", bearing);
    related(&mut out, control, framework, library, paint);
    out
}

/// The statement that was asked for, in the publisher's words where they were imported.
fn statement(out: &mut Lines, asked: &Statement<'_>, framework: &Framework, library: &Library, paint: Paint) {
    let name = asked.id.clone().unwrap_or_else(|| asked.path.join("."));
    let text = match library.official_texts().control(&framework.id, &asked.control.id) {
        None => format!("`{name}` (import the official text to read it here)"),
        Some((file, found)) => match file.item(found, asked) {
            None => format!("`{name}` is not in the official text, {}", file.version),
            Some(lines) => {
                let lines: Vec<String> = lines.iter().map(|one| one.indented().trim().to_owned()).collect();
                lines.join(" ")
            }
        },
    };
    line(out, paint, "statement", &text);
}

/// The publisher's text and what components claim, where somebody imported them.
fn official(out: &mut Lines, control: &Control, framework: &Framework, library: &Library, paint: Paint) {
    let official = library.official_texts();
    if let Some((file, found)) = official.control(&framework.id, &control.id) {
        let head = format!("official text, {}:", file.version);
        out.blank();
        out.line(paint.dim(&head));
        for passage in file.passages(found) {
            out.blank();
            out.line(format!("  {}", paint.bold(&passage.heading)));
            for line in &passage.lines {
                let label = visible(&line.label);
                let label = if label.is_empty() { String::new() } else { format!("{label} ") };
                let lead = format!("{}{label}", " ".repeat(4 + 2 * line.depth));
                out.laid_out(&format!("{lead}{}", indent_continuation(&lead, &line.text)));
            }
        }
    }
    let claims = official.claims(&framework.id, &control.id);
    if !claims.is_empty() {
        out.blank();
        out.line("claimed by:");
    }
    for claim in claims {
        out.line(format!("  {} ({})", paint.bold(claim.by), claim.within));
        let statements = claim.statements.iter().map(|(id, text)| format!("{id}: {text}"));
        let texts: Vec<String> = std::iter::once(claim.text.to_owned()).chain(statements).collect();
        for text in texts {
            let text = official.filled(&framework.id, &control.id, &claim, &text);
            out.laid_out(&format!("    {}", indent_continuation("    ", &text)));
        }
    }
}

/// What crosswalks relate to it, one step and no further.
fn related(out: &mut Lines, control: &Control, framework: &Framework, library: &Library, paint: Paint) {
    let related = crosswalk::related(crosswalk::builtin(), &framework.id, &control.id);
    if related.is_empty() {
        return;
    }
    out.blank();
    out.line("by crosswalk it is");
    for one in related.iter().take(RULES) {
        let info = library.info(one.framework);
        let short = info.map_or(one.framework, |info| info.short.as_str());
        let says = match one.relation {
            crosswalk::Relation::Equal => "equal to",
            crosswalk::Relation::Subset => "a part of",
            crosswalk::Relation::Superset => "more than",
            crosswalk::Relation::Intersects => "in part the same as",
            crosswalk::Relation::None => "nothing like",
        };
        let name = paint.bold(&format!("{short} {}", one.id));
        let source =
            indent_continuation("    ", &format!("{}, {}", one.relation.word(), one.crosswalk.source));
        out.line(format!("  {says} {name}"));
        out.laid_out(&format!("    {}", paint.dim(&source)));
    }
    if let Some(more) = related.len().checked_sub(RULES + 1) {
        out.line(format!("  and {} more", more + 1));
    }
}

fn list(out: &mut Lines, head: &str, items: Vec<String>) {
    if items.is_empty() {
        return;
    }
    out.blank();
    out.line(format!("{head}:"));
    for item in items.iter().take(RULES) {
        out.line(format!("  {item}"));
    }
    if let Some(more) = items.len().checked_sub(RULES + 1) {
        out.line(format!("  and {} more", more + 1));
    }
}
