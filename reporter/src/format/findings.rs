//! What the outputs that list findings share: findings of one place as one, in the order of their files, and the
//! words for them.

use std::collections::BTreeMap;
use std::sync::Arc;

use compline_frameworks::{Library, Strength};

use crate::run::{ControlNote, Judgement, OutcomeKind, WaiverNote};

/// Judgements that say the same about the same place: the instances of one block.
pub struct FindingGroup<'a> {
    pub first: &'a Judgement,
    /// All addresses, the first one's included.
    pub addresses: Vec<&'a str>,
}

/// Which outcomes are printed one by one.
pub fn is_listed(outcome: OutcomeKind, also: &[OutcomeKind]) -> bool {
    matches!(outcome, OutcomeKind::Fail | OutcomeKind::Unknown) || also.contains(&outcome)
}

/// The judgements of these outcomes by file, the worst of each file first.
pub fn group_by_file<'a>(judgements: &'a [Judgement], also: &[OutcomeKind]) -> Vec<FindingGroup<'a>> {
    let mut groups: Vec<FindingGroup<'a>> = Vec::new();
    let mut seen: BTreeMap<(&str, OutcomeKind, &str, u32, u32, &str), usize> = BTreeMap::new();
    // What is folded is told with what states it too.
    let stated = judgements.iter().filter(|judgement| judgement.folded_under.is_none());
    for judgement in stated.filter(|judgement| is_listed(judgement.outcome, also)) {
        let (file, line, column) = place(judgement);
        let key = (&*judgement.rule, judgement.outcome, file, line, column, judgement.message.as_str());
        match seen.get(&key).and_then(|at| groups.get_mut(*at)) {
            Some(group) => group.addresses.push(&judgement.address),
            None => {
                seen.insert(key, groups.len());
                groups.push(FindingGroup { first: judgement, addresses: vec![&judgement.address] });
            }
        }
    }
    groups.sort_by_key(|group| {
        let first = group.first;
        let (file, line, column) = place(first);
        (file, rank(first.outcome), std::cmp::Reverse(first.severity), line, column, &*first.rule)
    });
    groups
}

/// File, line and column; an empty file when the text is gone.
pub fn place(judgement: &Judgement) -> (&str, u32, u32) {
    judgement.place.as_ref().map_or(("", 0, 0), |at| (&*at.file, at.start.line, at.start.column))
}

fn rank(outcome: OutcomeKind) -> u8 {
    match outcome {
        OutcomeKind::Fail => 0,
        OutcomeKind::Unknown => 1,
        OutcomeKind::Waived => 2,
        OutcomeKind::Pass => 3,
    }
}

/// `NIST SC-7, PCI 1.3.1, HIPAA 164.312(a)(1) and 6 more`: one of each framework first, then the next.
pub fn controls(notes: &[ControlNote], library: &Library, most: usize) -> String {
    // For which it comes out otherwise is told apart from these.
    let notes: Vec<&ControlNote> = notes.iter().filter(|note| note.apart.is_none()).collect();
    let mut by_framework: Vec<(&Arc<str>, Vec<&ControlNote>)> = Vec::new();
    for note in &notes {
        match by_framework.iter_mut().find(|(id, _)| **id == note.framework) {
            Some((_, list)) => list.push(*note),
            None => by_framework.push((&note.framework, vec![*note])),
        }
    }
    for (_, list) in &mut by_framework {
        // What an objective shows alone says more than what it shows in part.
        list.sort_by_key(|note| note.strength != Strength::Fully);
    }
    let mut taken = vec![0; by_framework.len()];
    let mut left = most.min(notes.len());
    while left > 0 {
        for ((_, list), count) in by_framework.iter().zip(&mut taken) {
            if left > 0 && *count < list.len() {
                *count += 1;
                left -= 1;
            }
        }
    }
    let mut parts = Vec::new();
    for ((id, list), count) in by_framework.iter().zip(&taken) {
        let short = library.info(id).map_or(&***id, |info| info.short.as_str());
        for (index, note) in list.iter().take(*count).enumerate() {
            parts.push(if index == 0 { format!("{short} {}", note.id) } else { note.id.to_string() });
        }
    }
    match notes.len().saturating_sub(most) {
        0 => parts.join(", "),
        more => format!("{} and {more} more", parts.join(", ")),
    }
}

/// The values that a judgement was made by, and for which controls it comes out otherwise by theirs.
pub fn parameters(judgement: &Judgement) -> Vec<String> {
    let mut out: Vec<String> = judgement.parameters.iter().map(|one| one.text.clone()).collect();
    let mut apart: Vec<(String, Vec<String>)> = Vec::new();
    for note in &judgement.controls {
        let Some(one) = &note.apart else { continue };
        let values: Vec<&str> = one.parameters.iter().map(|one| one.text.as_str()).collect();
        let says = format!("{}: {}", one.outcome.word(), values.join("; "));
        let name = format!("{} of {}", note.id, note.framework);
        match apart.iter_mut().find(|(other, _)| *other == says) {
            Some((_, names)) => names.push(name),
            None => apart.push((says, vec![name])),
        }
    }
    out.extend(apart.into_iter().map(|(says, names)| format!("for {} it is a {says}", names.join(", "))));
    out
}

/// The severity of a failure, else the outcome.
pub fn severity_or_outcome(judgement: &Judgement) -> String {
    match judgement.outcome {
        OutcomeKind::Fail => judgement.severity.to_string(),
        other => other.word().to_owned(),
    }
}

/// One sentence on what was found.
pub fn message(judgement: &Judgement) -> String {
    match &judgement.why {
        Some((_, why)) => format!("cannot tell: {why}{}", folded(judgement)),
        None => format!("{}{}", judgement.message, folded(judgement)),
    }
}

/// `` (this is `a`, `b` too) ``: the rules whose failures a failure states; nothing where there are none.
fn folded(judgement: &Judgement) -> String {
    let rules: Vec<String> = judgement.folds.iter().map(|fold| format!("`{}`", fold.rule)).collect();
    match judgement.outcome {
        _ if rules.is_empty() => String::new(),
        OutcomeKind::Unknown => format!(" (left open too: {})", rules.join(", ")),
        _ => format!(" (this is {} too)", rules.join(", ")),
    }
}

/// Who accepted a failure, until when and why, and where that is written.
pub fn acceptance(waiver: &WaiverNote) -> String {
    let mut text = "the failure stands, accepted".to_owned();
    if let Some(by) = &waiver.by {
        text.push_str(&format!(" by {by}"));
    }
    if let Some(until) = &waiver.until {
        text.push_str(&format!(" until {until}"));
    }
    if let Some(reason) = &waiver.reason {
        text.push_str(&format!(": {reason}"));
    }
    format!("{text} ({})", waiver.place)
}

#[cfg(test)]
mod tests {
    use compline_frameworks::Provenance;
    use compline_rules::RuleSet;

    use super::*;

    fn note(framework: &str, id: &str, strength: Strength) -> ControlNote {
        let provenance = Provenance::Curated(Arc::from("x"));
        let (framework, id) = (Arc::from(framework), Arc::from(id));
        ControlNote { framework, id, strength, provenance, apart: None }
    }

    #[test]
    fn controls_are_told_across_frameworks() {
        let library = Library::builtin(&RuleSet::builtin());
        let mut notes = vec![
            note("nist-800-53-r5", "AC-4", Strength::Partly),
            note("nist-800-53-r5", "SC-7", Strength::Fully),
            note("pci-dss-4.0.1", "1.3.1", Strength::Fully),
        ];
        assert_eq!(controls(&notes, &library, 3), "NIST SC-7, AC-4, PCI 1.3.1");
        notes.push(note("hipaa-security-rule", "164.312(a)(1)", Strength::Partly));
        assert_eq!(controls(&notes, &library, 3), "NIST SC-7, PCI 1.3.1, HIPAA 164.312(a)(1) and 1 more");
        assert_eq!(controls(&[], &library, 3), "");
    }
}
