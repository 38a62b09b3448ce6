//! Printing: everything that leaves the program goes through here.

use std::cell::RefCell;
use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::time::Duration;

use clap::ValueEnum;
use compline_project::{Monitor, Warning};
use indicatif::{ProgressBar, ProgressStyle};

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

/// Tells of what a project's configuration says and does not count.
pub fn warn(warnings: &[Warning]) {
    for warning in warnings {
        tell(&format!("{}: {warning}", warning.level().word()));
    }
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

/// Tells of what a model does: warnings on standard error, and on a terminal how many texts are embedded.
#[derive(Default)]
pub struct ModelMonitor(RefCell<Option<ProgressBar>>);

impl Monitor for ModelMonitor {
    fn warn(&self, warning: Warning) {
        warn(&[warning]);
    }

    fn embedded(&self, done: usize, all: usize) {
        if !std::io::stderr().is_terminal() {
            return;
        }
        let mut shown = self.0.borrow_mut();
        let bar = shown.get_or_insert_with(|| {
            let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}, {eta} left");
            let bar = ProgressBar::new(all as u64).with_message("embedding");
            match style {
                Ok(style) => bar.with_style(style),
                Err(_) => bar,
            }
        });
        bar.set_position(done as u64);
        if done >= all {
            bar.finish_and_clear();
            *shown = None;
        }
    }
}
