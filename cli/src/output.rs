//! Printing: everything that leaves the program goes through here.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::RefCell;
use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::time::Duration;

use clap::ValueEnum;
use compline_iac::redact::{DigestKey, plain_text};
use compline_project::{Monitor, Warning};
use indicatif::{ProgressBar, ProgressStyle};

use compline_reporter::escape::{Escaped, Lines, json, visible};
use serde_json::Value;

use crate::exit::Stop;

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

/// Writes what is for people to standard output.
///
/// # Errors
/// It could not be written.
pub fn show(lines: Lines) -> Result<(), Stop> {
    written(lines.into_terminal().as_bytes())
}

/// Writes one line for people to standard output, whatever is in it.
///
/// # Errors
/// It could not be written.
pub fn say(line: impl AsRef<str>) -> Result<(), Stop> {
    show(Lines::of(line))
}

/// Writes what a program may read to standard output.
///
/// # Errors
/// It could not be written.
pub fn print(text: &Escaped) -> Result<(), Stop> {
    written(text.as_str().as_bytes())
}

/// Writes a value as JSON to standard output, indented.
///
/// # Errors
/// It is none, or could not be written.
pub fn print_json(value: &Value) -> Result<(), Stop> {
    print(&json::document(value).map_err(Stop::failure)?)
}

/// Writes what an output of the table was rendered to: its writer has escaped it. A reader that went away (`| head`) is no
/// failure.
///
/// # Errors
/// It could not be written.
pub fn written(bytes: &[u8]) -> Result<(), Stop> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
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

/// Writes a line to standard error, where nothing can be done if it fails. What an error quotes may be a secret.
pub fn tell(text: &str) {
    let text = plain_text(&DigestKey::default(), text);
    let _ = std::io::stderr().lock().write_all(Lines::of(text).into_terminal().as_bytes());
}

/// Tells of a fault of this program as of anything else: the text that it stumbled over may be somebody else's.
pub fn tell_of_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let payload = panic.payload();
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or(payload.downcast_ref::<&str>().copied()).unwrap_or("no reason given");
        let place = panic.location().map_or(String::new(), |place| format!(" at {place}"));
        tell(&format!("a fault of compline{place}, please report it: {text}"));
        let trace = Backtrace::capture();
        if trace.status() == BacktraceStatus::Captured {
            for line in trace.to_string().lines() {
                tell(line);
            }
        }
    }));
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

    pub fn say(&self, message: &str) {
        if let Some(bar) = &self.0 {
            bar.set_message(visible(message).into_owned());
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
