//! `compline lsp`: the language server on standard input and output.

use std::path::Path;
use std::sync::Arc;

use clap::Args;
use compline_frameworks::official::Official;
use compline_frameworks::{Library, USUAL, feedback};
use compline_iac::{MemorySources, Options, Sources};
use compline_lsp::{Host, Opened, Standing};
use compline_rules::RuleSet;

use crate::clock::Moment;
use crate::config::{self, Config};
use crate::disk::Disk;
use crate::exit::{Exit, Stop};
use crate::imports;
use crate::output::tell;
use crate::reading::{companions, rules};
use crate::shelf::Shelf;
use crate::walk::{self, Filter};

/// Serve an editor on standard input and output
#[derive(Debug, Args)]
pub struct Arguments {
    /// Taken because editors give it; there is no other way to talk
    #[arg(long, hide = true)]
    stdio: bool,
}

/// The machine, as the server sees it.
struct Machine;

pub fn run(_: &Arguments) -> Result<Exit, Stop> {
    compline_lsp::run(Arc::new(Machine), env!("CARGO_PKG_VERSION")).map_err(Stop::failure)?;
    Ok(Exit::Clean)
}

impl Host for Machine {
    fn open(&self, root: &Path) -> Opened {
        let sources: Arc<dyn Sources> = match Disk::open(root) {
            Ok(disk) => Arc::new(disk),
            Err(error) => {
                tell(&error);
                Arc::new(MemorySources::default())
            }
        };
        let (standing, complaint) = standing(root);
        Opened { sources, options: Options::default(), standing, complaint }
    }

    fn walk(&self, root: &Path) -> Vec<String> {
        let Ok(disk) = Disk::open(root) else { return Vec::new() };
        // A half-written configuration must not take the editor's verdicts away.
        let config = Config::find(disk.root(), disk.root()).unwrap_or_default();
        let filter = Filter { include: config.include, exclude: config.exclude };
        let filter = filter.compile(disk.root()).unwrap_or_else(|error| {
            tell(&error);
            ignore::overrides::Override::empty()
        });
        let mut files = walk::walk(&disk, &[String::new()], &filter).files;
        let beside = companions(&disk, &files, false);
        files.extend(beside);
        files.into_iter().collect()
    }

    fn imports(&self, root: &Path) -> Vec<Official> {
        let config = Config::find(root, root).unwrap_or_else(|_| Config::default().below(root));
        imports::whole(&config)
    }

    fn today(&self) -> String {
        Moment::now().map(|moment| moment.day().to_owned()).unwrap_or_default()
    }
}

/// What the configuration of a folder says, and what is wrong with it: each part that is right holds.
fn standing(root: &Path) -> (Standing, Option<String>) {
    let mut made_from =
        vec![config::FILE.to_owned(), feedback::FILE.to_owned(), format!("{}/", imports::FOLDER)];
    let mut complaints: Vec<String> = Vec::new();
    let mut tell = |stop: Stop| {
        complaints.push(stop.help.map_or(stop.message.clone(), |help| format!("{}: {help}", stop.message)));
    };
    let config = Config::find(root, root).unwrap_or_else(|stop| {
        tell(stop);
        Config::default().below(root)
    });
    made_from.extend(config.rules.iter().map(|directory| format!("{}/", directory.display())));
    let rules = rules(&[], &config).unwrap_or_else(|stop| {
        tell(stop);
        RuleSet::builtin()
    });
    let shelf = Shelf::open(&[], &config, &rules).and_then(|shelf| shelf.amended(root, &rules));
    let (library, frameworks) = match shelf {
        Ok(shelf) => {
            let ids = shelf.ids().into_iter().map(str::to_owned).collect();
            (shelf.library, ids)
        }
        Err(stop) => {
            tell(stop);
            (Library::builtin(&rules), USUAL.map(str::to_owned).to_vec())
        }
    };
    let complaint = (!complaints.is_empty()).then(|| complaints.join("\n"));
    (Standing { rules, library, frameworks, honor: config.honor, made_from }, complaint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Folder;

    #[test]
    fn the_editor_judges_by_the_configuration_as_check_does() {
        let folder = Folder::new("lsp-standing");
        folder.write("compline.yaml", "honor: [checkov]\nframeworks: [soc2-tsc-2017]\nrules: pages\n");
        folder.write("pages/README.md", "# Ours\n");
        let (standing, complaint) = standing(&folder.path(""));
        assert_eq!((complaint, standing.honor.len()), (None, 1));
        assert_eq!(standing.frameworks, ["soc2-tsc-2017"]);
        assert!(standing.made_from.contains(&"pages/".to_owned()));
    }

    #[test]
    fn what_is_wrong_is_told_and_the_rest_holds() {
        let folder = Folder::new("lsp-wrong");
        folder.write("compline.yaml", "honor: [checkov]\nframeworks: [socks]\n");
        let (standing, complaint) = standing(&folder.path(""));
        let complaint = complaint.unwrap();
        assert!(complaint.contains("compline.yaml:2") && complaint.contains("socks"), "{complaint}");
        assert_eq!((standing.honor.len(), standing.frameworks.len()), (1, 3));
    }
}
