//! The texts that another scanner's findings speak of, as a report quotes them.

use compline_iac::edit::{Change, TextEdit};
use compline_iac::{Dialect, Problem, Redaction, Source, SourceId};
use compline_project::results::ResultTexts;
use compline_reporter::SourceTexts;

pub(super) struct FoundTexts<'a> {
    pub texts: &'a ResultTexts,
    /// What of the workspace's own content was refused.
    pub problems: &'a [Problem],
    /// What of the texts and the findings must not be shown.
    pub redaction: &'a Redaction,
}

impl SourceTexts for FoundTexts<'_> {
    fn source(&self, id: SourceId) -> Option<&Source> {
        self.texts.source(id)
    }

    fn edits(&self, _: Dialect, _: &[Change]) -> Vec<TextEdit> {
        Vec::new()
    }

    fn problems(&self) -> &[Problem] {
        self.problems
    }

    fn redaction(&self) -> &Redaction {
        self.redaction
    }
}
