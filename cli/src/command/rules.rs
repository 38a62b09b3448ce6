//! `compline rules`: the rules in force, and pages of one's own.

mod list;
mod new;
mod test;

use clap::{Args, Subcommand};
use compline_frameworks::Provenance;
use compline_project::suggest::did_you_mean;
use compline_rules::RuleSet;

use crate::exit::{Exit, Stop};
use crate::render::Paint;

/// List the rules in use, test the rule pages of a directory, or start a new page
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    list: list::Arguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    Test(test::Arguments),
    New(new::Arguments),
}

pub fn run(arguments: &Arguments, paint: Paint) -> Result<Exit, Stop> {
    match &arguments.command {
        Some(Command::Test(arguments)) => test::run(arguments),
        Some(Command::New(arguments)) => new::run(arguments),
        None => list::run(&arguments.list, paint),
    }
}

/// The mistake of naming a rule that is none.
pub fn no_rule(rules: &RuleSet, id: &str) -> Stop {
    let ids = rules.infos().map(|info| info.id.as_str());
    let help = did_you_mean(id, ids).unwrap_or_else(|| "`compline rules` lists them".to_owned());
    Stop::mistake(format!("no rule is called `{id}`")).help(help)
}

/// The word for a provenance.
pub fn provenance(provenance: &Provenance) -> &'static str {
    match provenance {
        Provenance::Curated(_) => "curated",
        Provenance::Crosswalk { .. } => "crosswalk",
        Provenance::Confirmed { .. } => "confirmed",
        Provenance::Inferred { .. } => "inferred",
    }
}
