//! What a run looks like where it is printed.

pub mod concise;
pub mod github;
pub mod human;
pub mod junit;
pub mod markdown;
pub mod paint;
pub mod plain;
pub mod prose;
pub mod summary;

use std::collections::BTreeMap;
use std::sync::Arc;

use compline_frameworks::{Library, Strength};
use compline_reporter::run::{Answer, ControlNote, Judgement};

/// Columns that every terminal has: what is printed in lines of words is broken there.
pub const WIDTH: usize = 80;

/// Judgements that say the same about the same place: the instances of one block.
pub struct Told<'a> {
    pub first: &'a Judgement,
    /// All addresses, the first one's included.
    pub addresses: Vec<&'a str>,
}

/// Which outcomes are printed one by one.
pub fn is_told(answer: Answer, also: &[Answer]) -> bool {
    matches!(answer, Answer::Fail | Answer::Unknown) || also.contains(&answer)
}

/// The judgements of these outcomes by file, the worst of each file first.
pub fn tell_by_file<'a>(judgements: &'a [Judgement], also: &[Answer]) -> Vec<Told<'a>> {
    let mut told: Vec<Told<'a>> = Vec::new();
    let mut known: BTreeMap<(&str, Answer, &str, u32, u32, &str), usize> = BTreeMap::new();
    for judgement in judgements.iter().filter(|judgement| is_told(judgement.outcome, also)) {
        let (file, line, column) = place(judgement);
        let key = (&*judgement.rule, judgement.outcome, file, line, column, judgement.message.as_str());
        match known.get(&key).and_then(|at| told.get_mut(*at)) {
            Some(one) => one.addresses.push(&judgement.address),
            None => {
                known.insert(key, told.len());
                told.push(Told { first: judgement, addresses: vec![&judgement.address] });
            }
        }
    }
    told.sort_by_key(|one| {
        let (file, line, column) = place(one.first);
        (file, rank(one.first.outcome), std::cmp::Reverse(one.first.severity), line, column, &*one.first.rule)
    });
    told
}

/// File, line and column; an empty file when the text is gone.
pub fn place(judgement: &Judgement) -> (&str, u32, u32) {
    judgement.place.as_ref().map_or(("", 0, 0), |at| (&*at.file, at.start.line, at.start.column))
}

fn rank(answer: Answer) -> u8 {
    match answer {
        Answer::Fail => 0,
        Answer::Unknown => 1,
        Answer::Waived => 2,
        Answer::Pass => 3,
    }
}

/// `NIST SC-7, PCI 1.3.1, HIPAA 164.312(a)(1) and 6 more`: one of each framework first, then the next.
pub fn controls(notes: &[ControlNote], library: &Library, most: usize) -> String {
    let mut shelves: Vec<(&Arc<str>, Vec<&ControlNote>)> = Vec::new();
    for note in notes {
        match shelves.iter_mut().find(|(id, _)| **id == note.framework) {
            Some((_, list)) => list.push(note),
            None => shelves.push((&note.framework, vec![note])),
        }
    }
    for (_, list) in &mut shelves {
        // What an objective shows alone says more than what it shows in part.
        list.sort_by_key(|note| note.strength != Strength::Fully);
    }
    let mut taken = vec![0; shelves.len()];
    let mut left = most.min(notes.len());
    while left > 0 {
        for ((_, list), count) in shelves.iter().zip(&mut taken) {
            if left > 0 && *count < list.len() {
                *count += 1;
                left -= 1;
            }
        }
    }
    let mut parts = Vec::new();
    for ((id, list), count) in shelves.iter().zip(&taken) {
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

/// `1 file`, `2 files`.
pub fn some(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use compline_frameworks::Provenance;
    use compline_rules::RuleSet;

    use super::*;

    fn note(framework: &str, id: &str, strength: Strength) -> ControlNote {
        let provenance = Provenance::Curated(Arc::from("x"));
        ControlNote { framework: Arc::from(framework), id: Arc::from(id), strength, provenance }
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
