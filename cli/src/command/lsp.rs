//! `compline lsp`: the language server on standard input and output.

use std::path::Path;
use std::sync::Arc;

use clap::Args;
use compline_frameworks::official::Official;
use compline_iac::{MemorySources, Options, Sources};
use compline_lsp::{Host, Opened};

use crate::clock::Moment;
use crate::config::Config;
use crate::disk::Disk;
use crate::exit::{Exit, Stop};
use crate::imports;
use crate::output::tell;
use crate::reading::companions;
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
        Opened { sources, options: Options::default() }
    }

    fn walk(&self, root: &Path) -> Vec<String> {
        let Ok(disk) = Disk::open(root) else { return Vec::new() };
        // A half-written configuration must not take the editor's verdicts away.
        let config = Config::find(disk.root(), disk.root()).unwrap_or_else(|stop| {
            tell(&stop.message);
            Config::default()
        });
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
