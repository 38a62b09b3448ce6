//! What files of the scanned tree say that changes what is judged, or what a judgement counts for.

use crate::notice::{Notice, NoticeKind};
use crate::words::pluralize;

/// What a file of the tree does. In the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AdjustmentKind {
    Override,
    Rejection,
    Confirmation,
    Waiver,
    Exclusion,
    PassedOver,
    Rule,
    Import,
    Setting,
}

impl AdjustmentKind {
    pub const ALL: [Self; 9] = [
        Self::Override,
        Self::Rejection,
        Self::Confirmation,
        Self::Waiver,
        Self::Exclusion,
        Self::PassedOver,
        Self::Rule,
        Self::Import,
        Self::Setting,
    ];

    /// As machines read it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Override => "override",
            Self::Rejection => "rejection",
            Self::Confirmation => "confirmation",
            Self::Waiver => "waiver",
            Self::Exclusion => "exclusion",
            Self::PassedOver => "passed-over",
            Self::Rule => "rule",
            Self::Import => "import",
            Self::Setting => "setting",
        }
    }

    /// One of them, and several.
    fn nouns(self) -> (&'static str, &'static str) {
        match self {
            Self::Override => ("built-in replaced", "built-ins replaced"),
            Self::Rejection => ("mapping rejected", "mappings rejected"),
            Self::Confirmation => ("mapping confirmed", "mappings confirmed"),
            Self::Waiver => ("waiver", "waivers"),
            Self::Exclusion => ("exclusion", "exclusions"),
            Self::PassedOver => ("file of code passed over", "files of code passed over"),
            Self::Rule => ("own rule", "own rules"),
            Self::Import => ("import", "imports"),
            Self::Setting => ("setting", "settings"),
        }
    }
}

/// One thing that a file of the tree says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjustment {
    pub kind: AdjustmentKind,
    /// A clause.
    pub what: String,
    /// The file that says it, or the code that was passed over; below the root.
    pub file: String,
    /// From 1.
    pub line: Option<u32>,
    /// SHA-256 of the file, lower-case hexadecimal; empty where it could not be read.
    pub sha256: String,
}

impl Adjustment {
    /// `compline.yaml:3`.
    pub fn position(&self) -> String {
        self.line.map_or_else(|| self.file.clone(), |line| format!("{}:{line}", self.file))
    }
}

/// The policy that a run was held to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyNote {
    /// As the user named it.
    pub file: String,
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// What breaks it, by place.
    pub breaches: Vec<Breach>,
}

/// What breaks a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// A clause.
    pub what: String,
    pub file: String,
    /// From 1.
    pub line: Option<u32>,
}

impl Breach {
    /// `main.tf:3`.
    pub fn position(&self) -> String {
        self.line.map_or_else(|| self.file.clone(), |line| format!("{}:{line}", self.file))
    }

    pub(crate) fn notice(&self) -> Notice<'_> {
        Notice {
            kind: NoticeKind::Policy,
            file: Some(&self.file),
            line: self.line,
            range: None,
            subject: "",
            message: format!("the policy is broken: {}", self.what),
            help: None,
        }
    }
}

/// How many there are of each kind: `2 mappings rejected, 1 waiver`; empty where there is none.
pub fn counts(adjustments: &[Adjustment]) -> String {
    let of = |kind: AdjustmentKind| {
        let count = adjustments.iter().filter(|one| one.kind == kind).count();
        let (one, several) = kind.nouns();
        (count > 0).then(|| pluralize(count, one, several))
    };
    AdjustmentKind::ALL.into_iter().filter_map(of).collect::<Vec<_>>().join(", ")
}
