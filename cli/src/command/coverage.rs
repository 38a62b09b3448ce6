//! `compline coverage`: what was looked at, what was not, and why.

use clap::Args;
use compline_frameworks::assess;
use compline_reporter::format::{Format, Style};
use compline_reporter::result::{CoverageResult, ResultKind, RunResult};

use crate::clock::Moment;
use crate::exit::{Exit, Stop};
use crate::reading::{Reading, What};
use crate::render::Paint;
use crate::render::format::{FormatParser, present};
use crate::shelf::Shelf;

/// Say what was looked at, and what was not
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    what: What,
    #[arg(long, value_name = "FORMAT", default_value = "human", value_parser = FormatParser(ResultKind::Coverage))]
    format: &'static Format,
}

pub fn run(arguments: &Arguments, paint: Paint) -> Result<Exit, Stop> {
    let moment = Moment::now()?;
    let reading = Reading::open(&arguments.what)?;
    if reading.is_empty() {
        return Err(reading.nothing());
    }
    let shelf = Shelf::open(&[], &Default::default(), &reading.rules)?;
    let judged = reading.judge(moment.day())?;
    let assessment = assess(&reading.snapshot, judged.verdicts, &reading.rules, &shelf.library, &[]);
    let result = CoverageResult { coverage: &assessment.coverage, left_out: &reading.found.left_out };
    present(arguments.format, &RunResult::Coverage(result), &Style { paint, ..Style::plain() })?;
    Ok(if reading.is_incomplete() { Exit::Incomplete } else { Exit::Clean })
}
