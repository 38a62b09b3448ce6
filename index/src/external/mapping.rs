//! The controls a finding bears on: by the id of its check, else by what the index finds for its words.

use super::Finding;
use crate::mapper::{ControlMatch, Mapper, Tier};

impl Mapper {
    /// The controls another scanner's finding bears on: those of the rule that has its id, else what its title and
    /// its resource are like.
    pub fn map_finding(&self, finding: &Finding) -> Vec<ControlMatch> {
        for id in std::iter::once(&finding.id).chain(&finding.other_ids) {
            let found = self.map_id(id);
            if let Some(found) = found.filter(|found| !found.is_empty() || self.bears_on_nothing(id)) {
                return found;
            }
        }
        let mut found = Vec::new();
        for query in finding.queries() {
            let mapped = self.map_for_subject(&finding.id, &query);
            if mapped.iter().any(|one| one.tier == Tier::Mapped) {
                return mapped;
            }
            if found.is_empty() {
                found = mapped;
            }
        }
        // A finding is about something that matters, which a text need not be: where nothing is suggested, the
        // threshold is lowered once.
        if found.is_empty() { self.map_with_threshold(&finding.id, &finding.title, 0.5) } else { found }
    }
}

impl Finding {
    /// The queries for a finding whose check nobody here knows, one after the other until something is mapped. The title
    /// alone finds most: on the results of four scanners, the kind and the cloud beside it cost a tenth of what is
    /// found and made nothing surer.
    pub fn queries(&self) -> Vec<String> {
        let mut out = vec![self.title.clone()];
        let sentence = self.description.as_deref().map(first_sentence);
        if let Some(more) = sentence.filter(|more| !more.is_empty()).or_else(|| self.kind_of()) {
            out.push(format!("{} {more}", self.title));
        }
        out
    }

    /// Its resource's kind: as the scanner names it, or read from a Terraform or CloudFormation address.
    pub(crate) fn kind_of(&self) -> Option<&str> {
        self.kind.as_deref().or_else(|| {
            let address = self.resource.as_deref()?;
            let kind =
                |part: &&str| part.contains("::") || (part.contains('_') && !part.contains(['"', '[', ' ']));
            // `module.a["x.y"].aws_s3_bucket.this[0]`: the kind comes directly before the last name.
            let mut depth = 0_usize;
            let mut parts: Vec<&str> = address
                .split(|sign: char| {
                    depth = match sign {
                        '[' => depth + 1,
                        ']' => depth.saturating_sub(1),
                        _ => depth,
                    };
                    sign == '.' && depth == 0
                })
                .collect();
            parts.pop()?;
            parts.pop().filter(kind)
        })
    }
}

fn first_sentence(text: &str) -> &str {
    let end = text.match_indices(['.', '\n']).find(|(at, _)| {
        text.get(at + 1..).is_none_or(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
    });
    end.and_then(|(at, _)| text.get(..at)).unwrap_or(text).trim()
}
