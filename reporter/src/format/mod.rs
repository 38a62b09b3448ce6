//! The table of outputs. Each output is a file of this folder with one entry, [`FORMAT`](json::FORMAT), and a line
//! in [`FORMATS`]; `--format`, its help and `docs/outputs.md` are made from the table.
//!
//! INVARIANT: what was not read, problems, gaps and waivers that do nothing are in every output of a check and of a
//! report ([`crate::run::Run::notices`]); silence about them would be a pass where nobody looked.

pub mod concise;
pub mod csv;
pub mod findings;
pub mod github;
pub mod html;
pub mod human;
pub mod json;
pub mod jsonl;
pub mod junit;
pub mod markdown;
pub mod pdf;
pub mod sarif;

use crate::escape::Output;
use crate::report::Report;
use crate::result::{
    CheckResult, CoverageResult, InventoryResult, LedgerResult, MappingResult, ResultKind, RunResult,
};
use crate::run::OutcomeKind;
use crate::terminal::paint::Paint;

/// Every output, in the order in which help lists them.
pub static FORMATS: &[&Format] = &[
    &human::FORMAT,
    &concise::FORMAT,
    &html::FORMAT,
    &pdf::FORMAT,
    &json::FORMAT,
    &jsonl::FORMAT,
    &csv::FORMAT,
    &sarif::FORMAT,
    &junit::FORMAT,
    &github::FORMAT,
    &markdown::FORMAT,
];

/// One output: what it is called, whom it is for, and what makes it.
#[derive(Debug)]
pub struct Format {
    /// As typed after `--format`.
    pub name: &'static str,
    /// What its file is called where it is written to one.
    pub file: &'static str,
    pub media_type: &'static str,
    /// One line of help.
    pub help: &'static str,
    pub audience: Audience,
    /// Whether it names what could not be read by itself; where it does not, the command does, on standard error.
    pub names_problems: bool,
    /// One for each kind of result that it can show.
    pub renderers: &'static [Renderer],
}

/// Who reads an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    People,
    Programs,
}

/// What makes an output of one kind of result.
///
/// Each gives the output, or why it cannot be made, in a clause.
#[derive(Debug, Clone, Copy)]
pub enum Renderer {
    Check(fn(&CheckResult<'_>, &Style<'_>) -> Result<Output, String>),
    Report(fn(&Report) -> Result<Output, String>),
    Mapping(fn(&MappingResult, &Style<'_>) -> Result<Output, String>),
    Coverage(fn(&CoverageResult<'_>, &Style<'_>) -> Result<Output, String>),
    Inventory(fn(&InventoryResult<'_>, &Style<'_>) -> Result<Output, String>),
    Ledger(fn(&LedgerResult<'_>, &Style<'_>) -> Result<Output, String>),
}

/// How a result is shown; programs' outputs heed `also` only.
pub struct Style<'a> {
    /// A workspace path as the reader can open it.
    pub path: &'a dyn Fn(&str) -> String,
    pub paint: Paint,
    /// Outcomes listed besides failures and unknowns.
    pub also: &'a [OutcomeKind],
}

impl Style<'_> {
    /// Workspace paths, no colour, failures and unknowns.
    pub fn plain() -> Self {
        Self { path: &|path: &str| path.to_owned(), paint: Paint { on: false }, also: &[] }
    }
}

impl Format {
    /// The output of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        FORMATS.iter().copied().find(|format| format.name == name)
    }

    /// The outputs that can show results of a kind.
    pub fn showing(kind: ResultKind) -> impl Iterator<Item = &'static Self> {
        FORMATS.iter().copied().filter(move |format| format.shows(kind))
    }

    /// The kinds of result it can show.
    pub fn kinds(&self) -> impl Iterator<Item = ResultKind> {
        self.renderers.iter().map(Renderer::kind)
    }

    pub fn shows(&self, kind: ResultKind) -> bool {
        self.kinds().any(|one| one == kind)
    }

    /// The bytes of the output.
    ///
    /// # Errors
    /// It cannot show a result of this kind, or the result cannot be written in it; a clause.
    pub fn render(&self, result: &RunResult<'_>, style: &Style<'_>) -> Result<Vec<u8>, String> {
        let rendered = self.renderers.iter().find_map(|renderer| match (renderer, result) {
            (Renderer::Check(render), RunResult::Check(one)) => Some(render(one, style)),
            (Renderer::Report(render), RunResult::Report(one)) => Some(render(one)),
            (Renderer::Mapping(render), RunResult::Mapping(one)) => Some(render(one, style)),
            (Renderer::Coverage(render), RunResult::Coverage(one)) => Some(render(one, style)),
            (Renderer::Inventory(render), RunResult::Inventory(one)) => Some(render(one, style)),
            (Renderer::Ledger(render), RunResult::Ledger(one)) => Some(render(one, style)),
            _ => None,
        });
        match rendered {
            Some(output) => output.map(Output::into_bytes),
            None => Err(self.cannot_show(result.kind())),
        }
    }

    /// That it cannot show results of a kind, and which outputs can.
    pub fn cannot_show(&self, kind: ResultKind) -> String {
        let kinds: Vec<&str> = self.kinds().map(ResultKind::title).collect();
        let others: Vec<&str> = Self::showing(kind).map(|format| format.name).collect();
        format!(
            "`{}` shows {}; {} is shown as {}",
            self.name,
            listed(&kinds, "and"),
            kind.title(),
            listed(&others, "or")
        )
    }
}

impl Renderer {
    /// The kind of result it makes an output of.
    pub fn kind(&self) -> ResultKind {
        match self {
            Renderer::Check(_) => ResultKind::Check,
            Renderer::Report(_) => ResultKind::Report,
            Renderer::Mapping(_) => ResultKind::Mapping,
            Renderer::Coverage(_) => ResultKind::Coverage,
            Renderer::Inventory(_) => ResultKind::Inventory,
            Renderer::Ledger(_) => ResultKind::Ledger,
        }
    }
}

/// `a, b and c`.
fn listed(names: &[&str], last: &str) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

/// The table as a Markdown page: `docs/outputs.md`.
pub fn page() -> String {
    let mut out =
        String::from("| `--format` | what it is | shows | file | media type |\n|---|---|---|---|---|\n");
    for format in FORMATS {
        let shows: Vec<&str> = format.kinds().map(ResultKind::command).collect();
        out.push_str(&format!(
            "| `{}` | {} | {} | `{}` | `{}` |\n",
            format.name,
            format.help,
            shows.iter().map(|command| format!("`{command}`")).collect::<Vec<_>>().join(", "),
            format.file,
            format.media_type
        ));
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_and_files_are_given_once() {
        let names: BTreeSet<&str> = FORMATS.iter().map(|format| format.name).collect();
        let files: BTreeSet<&str> = FORMATS.iter().map(|format| format.file).collect();
        assert_eq!((names.len(), files.len()), (FORMATS.len(), FORMATS.len()));
        for format in FORMATS {
            let kinds: BTreeSet<&str> = format.kinds().map(ResultKind::command).collect();
            assert!(!kinds.is_empty(), "`{}` shows nothing", format.name);
            assert_eq!(kinds.len(), format.renderers.len(), "`{}` shows a kind twice", format.name);
            assert!(!format.help.ends_with('.') && !format.help.contains('\n'), "{}", format.help);
        }
    }

    #[test]
    fn every_kind_has_an_output_for_people_and_one_for_programs() {
        for kind in ResultKind::ALL {
            let audiences: Vec<Audience> = Format::showing(kind).map(|format| format.audience).collect();
            assert!(audiences.contains(&Audience::People), "{kind:?}");
            assert!(audiences.contains(&Audience::Programs), "{kind:?}");
        }
    }

    #[test]
    fn what_cannot_be_shown_says_what_can() {
        let said = Format::named("pdf").map(|format| format.cannot_show(ResultKind::Coverage));
        assert_eq!(said.as_deref(), Some("`pdf` shows a report; coverage is shown as human or json"));
    }
}
