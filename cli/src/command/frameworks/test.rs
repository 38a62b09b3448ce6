//! `compline frameworks test`: is a file of the user's own right?

use std::path::PathBuf;

use clap::Args;
use compline_frameworks::{FrameworkInfo, library};

use crate::exit::{Exit, Stop};
use crate::face::paint::Paint;
use crate::face::some;
use crate::imports::{self, Import};
use crate::output::{print, tell};

/// Check a framework file
#[derive(Debug, Args)]
pub struct Arguments {
    file: PathBuf,
}

pub fn run(arguments: &Arguments, paint: Paint) -> Result<Exit, Stop> {
    let shown = arguments.file.display().to_string();
    let text = imports::text(&arguments.file)?;
    let held = match imports::checked(&text) {
        Ok(held) => held,
        Err(problems) => {
            for problem in imports::placed(&shown, &text, &problems) {
                tell(&problem);
            }
            print(&format!("{shown}: {}\n", some(problems.len(), "problem", "problems")))?;
            return Ok(Exit::Found);
        }
    };
    let right = format!("{shown}: nothing is wrong with it\n\n");
    let framework = match held {
        Import::Own(framework) => Some(*framework),
        Import::Official(official) => {
            let base = official.base.as_deref().and_then(library::shipped);
            official.framework(base.as_ref()).or_else(|| library::shipped(&official.id)).or(base)
        }
    };
    let list = framework.map(|framework| super::list(&[&FrameworkInfo::of(&framework)], paint));
    print(&format!("{right}{}", list.unwrap_or_default()))?;
    Ok(Exit::Clean)
}
