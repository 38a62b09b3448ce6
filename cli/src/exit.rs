//! How a run ends.

use std::process::ExitCode;

use compline_project::error::{Detail, ErrorKind};

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

    pub fn code(&self) -> ExitCode {
        ExitCode::from(self.status)
    }

    fn of(error: &dyn Detail) -> Self {
        let message = error.to_string();
        let stop = match error.kind() {
            ErrorKind::Mistake => Self::mistake(message),
            ErrorKind::Failure => Self::failure(message),
        };
        Self { help: error.help(), ..stop }
    }
}

/// Errors of a project end a run.
macro_rules! end_a_run {
    ($($error:ty),* $(,)?) => {
        $(impl From<$error> for Stop {
            fn from(error: $error) -> Self {
                Self::of(&error)
            }
        })*
    };
}

end_a_run!(
    compline_project::Error,
    compline_project::clock::ClockError,
    compline_project::config::ConfigError,
    compline_project::disk::WriteError,
    compline_project::documents::DocumentsError,
    compline_project::frameworks::FrameworkError,
    compline_project::imports::ImportError,
    compline_project::mappings::MappingsError,
    compline_project::model::ModelError,
    compline_project::open::OpenError,
    compline_project::results::ResultsError,
    compline_project::root::RootError,
    compline_project::rule_pages::RulePagesError,
);
