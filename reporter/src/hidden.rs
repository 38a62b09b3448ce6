//! What reports say besides verdicts, with secrets hidden.

use std::borrow::Cow;
use std::sync::Arc;

use compline_frameworks::{Coverage, CoverageGap, UnjudgedResource};
use compline_iac::Redaction;

/// A text that is kept, with its secrets hidden.
pub(crate) fn owned(redaction: &Redaction, text: String) -> String {
    match redaction.text(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(hidden) => hidden,
    }
}

/// What a rule found, with the secrets hidden that other values tell.
pub(crate) fn sentence(redaction: &Redaction, text: String, address: &Arc<str>) -> String {
    match redaction.sentence(&text, address) {
        Cow::Borrowed(_) => text,
        Cow::Owned(hidden) => hidden,
    }
}

/// What was looked at and what was not, with the secrets of its texts hidden.
pub fn coverage(coverage: Coverage, redaction: &Redaction) -> Coverage {
    let Coverage { kinds, kinds_without_rules, unknown_reasons, gaps, unread, unjudged, .. } = coverage;
    let mut reasons = std::collections::BTreeMap::new();
    for ((kind, why), count) in unknown_reasons {
        *reasons.entry((kind, redaction.shared(&why))).or_insert(0) += count;
    }
    let mut without_rules = std::collections::BTreeMap::new();
    for (kind, count) in kinds_without_rules {
        *without_rules.entry(redaction.shared(&kind)).or_insert(0) += count;
    }
    Coverage {
        kinds: kinds.into_iter().map(|(kind, of_kind)| (redaction.shared(&kind), of_kind)).collect(),
        kinds_without_rules: without_rules,
        unjudged: unjudged
            .into_iter()
            .map(|one| UnjudgedResource {
                address: redaction.shared(&one.address),
                kind: redaction.shared(&one.kind),
                ..one
            })
            .collect(),
        unknown_reasons: reasons,
        gaps: gaps
            .into_iter()
            .map(|gap| CoverageGap {
                what: redaction.shared(&gap.what),
                why: redaction.shared(&gap.why),
                ..gap
            })
            .collect(),
        unread: unread.into_iter().map(|(path, why)| (path, owned(redaction, why))).collect(),
        ..coverage
    }
}

/// What was not read, and why.
pub fn gaps(gaps: Vec<(Arc<str>, Arc<str>)>, redaction: &Redaction) -> Vec<(Arc<str>, Arc<str>)> {
    gaps.into_iter().map(|(what, why)| (redaction.shared(&what), redaction.shared(&why))).collect()
}
