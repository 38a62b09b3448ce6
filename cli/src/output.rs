//! Printing: everything that leaves the program goes through here.

use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::path::Path;
use std::time::Duration;

use clap::ValueEnum;
use indicatif::ProgressBar;
#[cfg(feature = "fastembed")]
use indicatif::ProgressStyle;

use crate::exit::Stop;
use compline_reporter::terminal::escape::{shown, styled};

/// When to colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    Always,
    Never,
}

impl Color {
    /// Whether what goes to standard output is coloured.
    pub fn on(self) -> bool {
        match self {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
                std::io::stdout().is_terminal()
                    && set("NO_COLOR").is_none()
                    && set("TERM").is_none_or(|terminal| terminal != "dumb")
            }
        }
    }
}

/// Writes what is for people to standard output: nothing in it can steer their terminal.
///
/// # Errors
/// It could not be written.
pub fn show(text: &str) -> Result<(), Stop> {
    written(&shown(text))
}

/// Writes what a program may read to standard output, as it is; on a terminal, as [`show`] does.
///
/// # Errors
/// It could not be written.
pub fn print(text: &str) -> Result<(), Stop> {
    if std::io::stdout().is_terminal() { show(text) } else { written(&styled(text)) }
}

/// A reader that went away (`| head`) is no failure.
fn written(text: &str) -> Result<(), Stop> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Stop::failure(format!("standard output cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// Columns that lines may take: the terminal's, or 80 where there is none.
pub fn width() -> usize {
    let terminal = terminal_size::terminal_size_of(std::io::stdout());
    terminal.map_or(80, |(terminal_size::Width(columns), _)| usize::from(columns)).max(40)
}

/// Writes a line to standard error, where nothing can be done if it fails.
pub fn tell(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", shown(text));
}

/// Writes a file whole or not at all.
///
/// # Errors
/// It could not be written; what was there before still is.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Stop> {
    let failed =
        |error: std::io::Error| Stop::failure(format!("`{}` cannot be written: {error}", path.display()));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}.part", std::process::id()));
    let permissions = std::fs::metadata(path).map(|found| found.permissions()).ok();
    let write = || {
        let mut file = std::fs::File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        if let Some(permissions) = permissions {
            file.set_permissions(permissions)?;
        }
        std::fs::rename(&beside, path)
    };
    write().map_err(|error| {
        let _ = std::fs::remove_file(&beside);
        failed(error)
    })
}

/// What is being done, on a terminal's standard error and nowhere else.
pub struct Progress(Option<ProgressBar>);

impl Progress {
    pub fn start(message: &'static str) -> Self {
        if !std::io::stderr().is_terminal() || !std::io::stdout().is_terminal() {
            return Self(None);
        }
        let bar = ProgressBar::new_spinner().with_message(message);
        bar.enable_steady_tick(Duration::from_millis(120));
        Self(Some(bar))
    }

    pub fn say(&self, message: String) {
        if let Some(bar) = &self.0 {
            bar.set_message(message);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

/// How much of something long is done, on a terminal's standard error and nowhere else.
#[cfg(feature = "fastembed")]
pub struct Count(Option<ProgressBar>);

#[cfg(feature = "fastembed")]
impl Count {
    pub fn start(message: &'static str, all: usize) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}, {eta} left");
            let bar = ProgressBar::new(all as u64).with_message(message);
            match style {
                Ok(style) => bar.with_style(style),
                Err(_) => bar,
            }
        });
        Self(bar)
    }

    pub fn at(&self, done: usize) {
        if let Some(bar) = &self.0 {
            bar.set_position(done as u64);
        }
    }
}

#[cfg(feature = "fastembed")]
impl Drop for Count {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
