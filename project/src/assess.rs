//! A project with all that is to be said of it: the one value that commands print.

use compline_frameworks::{Assessment, Unjudged, assess};
use compline_iac::Snapshot;
use compline_rules::RuleSet;
use compline_rules::waiver::Unused;

use crate::clock::Moment;
use crate::error::Error;
use crate::facts::{Read, RunFacts, SourceDigest, gather};
use crate::frameworks::SelectedFrameworks;
use crate::open::Project;
use crate::waivers;

/// A project, judged and assessed.
pub struct Assessed {
    pub project: Project,
    /// The verdicts, the controls they bear on, and what was not looked at.
    pub assessment: Assessment,
    /// Waivers that waived nothing.
    pub unused: Vec<Unused>,
}

impl Project {
    /// Judges on a day (`YYYY-MM-DD`) and joins the verdicts to the controls of the frameworks that were chosen.
    ///
    /// # Errors
    /// The waiver file says something it cannot.
    pub fn assess(self, today: &str) -> Result<Assessed, Error> {
        let judged = self.judge(today, None).checked()?;
        let unused = judged.unused.clone();
        let verdicts = judged.into_verdicts();
        let frameworks = self.config.frameworks();
        let mut assessment =
            assess(&self.snapshot, verdicts, &self.config.rules, &frameworks.library, &frameworks.chosen);
        if let Some(focus) = self.focus() {
            let is_asked =
                |span| self.snapshot.source(span).is_some_and(|source| focus.contains(&*source.path));
            let others = assessment.coverage.unjudged.iter_mut().filter(|one| !is_asked(one.span));
            others.for_each(|one| one.why = Unjudged::NotAsked);
        }
        Ok(Assessed { project: self, assessment, unused })
    }
}

impl Assessed {
    pub fn snapshot(&self) -> &Snapshot {
        &self.project.snapshot
    }

    pub fn rules(&self) -> &RuleSet {
        &self.project.config.rules
    }

    pub fn frameworks(&self) -> &SelectedFrameworks {
        self.project.config.frameworks()
    }

    /// What the run rests on.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn facts(&self, moment: &Moment) -> Result<RunFacts, Error> {
        let documents = self.snapshot().documents();
        let sources = documents.map(|document| {
            let source = &document.source;
            SourceDigest::of(&*source.path, source.text.as_bytes())
        });
        let files = self.snapshot().documents();
        let files = files.map(|document| (&*document.source.path, document.source.text.as_bytes()));
        let left_out = self.project.found.left_out.iter().map(|(path, why)| (path.clone(), why.clone()));
        let read = Read {
            scope: self.project.scope().to_vec(),
            sources: sources.collect(),
            files: files.collect(),
            left_out: left_out.collect(),
            scanners: Vec::new(),
            waivers: waivers::in_force(self.snapshot(), self.project.sources(), &self.project.config.honor).0,
        };
        gather(&self.project.config, moment, read)
    }
}
