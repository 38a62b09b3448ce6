//! What the index is asked for a finding whose check nobody here knows.

use super::Finding;
use crate::mapper::{Mapped, Mapper, Tier};

impl Mapper {
    /// The controls another scanner's finding bears on: those of the rule that has its id, else what its title and
    /// its resource are like.
    pub fn map_finding(&self, finding: &Finding) -> Vec<Mapped> {
        for id in std::iter::once(&finding.id).chain(&finding.other_ids) {
            if let Some(known) = self.map_id(id).filter(|known| !known.is_empty() || self.is_nothing(id)) {
                return known;
            }
        }
        let mut found = Vec::new();
        for query in finding.queries() {
            let asked = self.map_known(&finding.id, &query);
            if asked.iter().any(|one| one.tier == Tier::Mapped) {
                return asked;
            }
            if found.is_empty() {
                found = asked;
            }
        }
        // A finding is about something that matters, which a text need not be: where nothing is suggested, the bar
        // is lowered once.
        if found.is_empty() { self.map_above(&finding.id, &finding.title, 0.5) } else { found }
    }
}

impl Finding {
    /// What the index is asked when no rule has its id, one after the other until something is mapped. The title
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

    /// Its resource's kind: told, or read from a Terraform or CloudFormation address.
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
