//! `--format`: the outputs of the table in `reporter` that can show what a command comes to.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Command, Error, ValueEnum};
use compline_reporter::format::{Format, Style};
use compline_reporter::result::{ResultKind, RunResult};

use crate::exit::Stop;
use crate::output::written;

/// The formats of a list that is not a result of a run: rules, frameworks, documents, search hits.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ListFormat {
    /// for a terminal
    Human,
    /// for programs
    Json,
}

/// Reads the name of an output that can show results of a kind.
#[derive(Debug, Clone, Copy)]
pub struct FormatParser(pub ResultKind);

impl FormatParser {
    fn values(self) -> impl Iterator<Item = PossibleValue> {
        Format::showing(self.0).map(|format| PossibleValue::new(format.name).help(format.help))
    }
}

impl TypedValueParser for FormatParser {
    type Value = &'static Format;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<Self::Value, Error> {
        let named = value.to_str().and_then(Format::named);
        match named.filter(|format| !format.shows(self.0)) {
            Some(other) => Err(refusal(command, argument, &other.cannot_show(self.0))),
            None => {
                let known = PossibleValuesParser::new(self.values());
                let name = known.parse_ref(command, argument, value)?;
                // The parser of the names lets no other one pass.
                Format::named(&name).ok_or_else(|| refusal(command, argument, "it is in no table"))
            }
        }
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.values()))
    }
}

fn refusal(command: &Command, argument: Option<&Arg>, why: &str) -> Error {
    let argument = argument.map_or_else(|| "--format".to_owned(), ToString::to_string);
    Error::raw(ErrorKind::ValueValidation, format!("invalid value for '{argument}': {why}\n"))
        .with_cmd(command)
}

/// Renders a result and prints it.
///
/// # Errors
/// The result cannot be made into this output, or not be printed.
pub fn present(format: &Format, result: &RunResult<'_>, style: &Style<'_>) -> Result<(), Stop> {
    let bytes = format.render(result, style).map_err(Stop::failure)?;
    if std::str::from_utf8(&bytes).is_err() {
        return Err(Stop::mistake(format!("`{}` is no text, and is only written to a file", format.name)));
    }
    written(&bytes)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::command::Cli;

    fn refused(words: &[&str]) -> String {
        match Cli::try_parse_from(words) {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_a_command_cannot_show_is_refused_with_what_it_can() {
        assert_eq!(refused(&["compline", "coverage", "--format", "json"]), "");
        assert_eq!(
            refused(&["compline", "coverage", "--format", "pdf"]),
            "error: invalid value for '--format <FORMAT>': `pdf` shows a report; coverage is shown as human or json\n"
        );
        let unknown = refused(&["compline", "ledger", "list", "--format", "jso"]);
        assert!(unknown.contains("[possible values: human, jsonl]"), "{unknown}");
        assert_eq!(refused(&["compline", "report", "--format", "html,csv"]), "");
        assert!(
            refused(&["compline", "report", "--format", "html,junit"])
                .contains("html, pdf, json, csv or sarif")
        );
    }
}
