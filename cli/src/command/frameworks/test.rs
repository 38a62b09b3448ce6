//! `compline frameworks test`: is a file of the user's own right?

use std::path::PathBuf;

use clap::Args;
use compline_frameworks::{Framework, FrameworkInfo, Library, builtin};
use compline_project::imports::{self, Import};
use compline_reporter::escape::Lines;
use compline_rules::RuleSet;

use crate::exit::{Exit, Stop};
use crate::output::{say, show, tell};
use crate::render::Paint;
use crate::render::pluralize;

/// Check a framework file
#[derive(Debug, Args)]
pub struct Arguments {
    file: PathBuf,
}

pub fn run(arguments: &Arguments, paint: Paint) -> Result<Exit, Stop> {
    let shown = arguments.file.display().to_string();
    let text = imports::text(&arguments.file)?;
    let import = match imports::checked(&text) {
        Ok(import) => import,
        Err(problems) => {
            for problem in imports::placed(&shown, &text, &problems) {
                tell(&problem);
            }
            say(format!("{shown}: {}", pluralize(problems.len(), "problem", "problems")))?;
            return Ok(Exit::Found);
        }
    };
    let mut out = Lines::of(format!("{shown}: nothing is wrong with it"));
    out.blank();
    let framework = match import {
        Import::Own(framework) => {
            for note in shadows(&framework) {
                tell(&format!("note: {shown}: {note}"));
            }
            Some(*framework)
        }
        Import::Official(official) => {
            let base = official.base.as_deref().and_then(builtin::framework);
            official.framework(base.as_ref()).or_else(|| builtin::framework(&official.id)).or(base)
        }
    };
    if let Some(framework) = framework {
        out.append(&super::list(&[&FrameworkInfo::of(&framework)], paint));
    }
    show(out)?;
    Ok(Exit::Clean)
}

/// What of a framework is called as one that comes with the program.
fn shadows(framework: &Framework) -> Vec<String> {
    let library = Library::builtin(&RuleSet::builtin());
    let mut notes = Vec::new();
    if library.info(&framework.id).is_some() {
        notes.push(format!(
            "takes the place of `{}`, which comes with the program; give it another id if it is not meant to",
            framework.id
        ));
    }
    let same = library.infos().find(|info| info.short.eq_ignore_ascii_case(&framework.short));
    if let Some(other) = same.filter(|other| other.id != framework.id) {
        let short = &framework.short;
        notes.push(format!("its controls are printed as `{short} …`, and so are those of `{}`", other.id));
    }
    notes
}
