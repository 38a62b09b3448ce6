//! What the user set in the editor.

use compline_rules::Severity;

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Whether "cannot tell" is shown in the text.
    pub unknowns: bool,
    /// Failures below it are not shown in the text.
    pub threshold: Severity,
}

impl Default for Settings {
    fn default() -> Self {
        Self { unknowns: true, threshold: Severity::Low }
    }
}
