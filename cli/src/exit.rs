//! How a run ends.

use std::process::ExitCode;

/// The exit status, worst last; two runs in one take the worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Nothing at or above the threshold.
    Clean,
    /// Something.
    Found,
    /// A file could not be read or judged: what was not found may be there.
    Incomplete,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(match exit {
            Exit::Clean => 0,
            Exit::Found => 1,
            Exit::Incomplete => 3,
        })
    }
}

/// Why a run did not happen: exit status 2 when the user can put it right by other words, 3 when the machine
/// failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// Lower case, no full stop, user text in backticks.
    pub message: String,
    pub help: Option<String>,
    status: u8,
}

impl Stop {
    /// The user's mistake.
    pub fn mistake(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, status: 2 }
    }

    /// What was asked for could not be done.
    pub fn failure(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, status: 3 }
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same, with its place before it.
    #[must_use]
    pub fn at(mut self, place: &str) -> Self {
        self.message = format!("{place}: {}", self.message);
        self
    }

    pub fn code(&self) -> ExitCode {
        ExitCode::from(self.status)
    }
}
