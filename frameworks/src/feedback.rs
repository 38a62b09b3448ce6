//! What people said of mappings: `compline.mappings.yaml`, read and added to. A rejected edge never comes back.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::catalogue::{Control, Framework};

/// The file's name, beside the configuration it speaks of.
pub const FILE: &str = "compline.mappings.yaml";

/// One thing a person said: this control bears on this subject, or it does not.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// A kind of resource, another scanner's id, or the text that was asked.
    pub subject: String,
    pub framework: String,
    pub control: String,
    /// False: rejected.
    pub confirmed: bool,
    pub by: String,
    /// `2026-11-21`
    pub date: String,
    /// Why, in their words.
    #[serde(default)]
    pub why: String,
}

/// All of them, in the order in which they were said: the last word on an edge counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mappings {
    mappings: Vec<Mapping>,
    /// The line of the file each stands on, from 1; 0 for what follows from another.
    lines: Vec<u64>,
    /// Subject in normal spelling → places in `mappings`.
    by_subject: HashMap<String, Vec<usize>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    mappings: Vec<Spanned<Mapping>>,
}

/// A subject without what does not tell it apart: case, spaces and marks at its ends.
pub fn normal_subject(subject: &str) -> String {
    let words: Vec<String> = subject.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ").trim_matches(['.', '`', '"', '\'', ':']).to_owned()
}

/// The spelling subjects are told apart by. Trivy's ids come with and without their prefix.
fn key(subject: &str) -> String {
    let normal = normal_subject(subject);
    normal.strip_prefix("avd-").map_or_else(|| normal.clone(), str::to_owned)
}

impl Mappings {
    /// Reads the text of a mappings file.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn read(text: &str) -> Result<Self, String> {
        if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
            return Ok(Self::default());
        }
        let options = serde_saphyr::options! { with_snippet: false };
        let file: File = serde_saphyr::from_str_with_options(text, options).map_err(|error| {
            format!("the mappings cannot be read: {}", crate::catalogue::reader_message(&error))
        })?;
        let mut mappings = Self::default();
        for mapping in file.mappings {
            mapping.value.check()?;
            mappings.push(mapping.value, mapping.referenced.line());
        }
        Ok(mappings)
    }

    fn push(&mut self, mapping: Mapping, line: u64) {
        self.by_subject.entry(key(&mapping.subject)).or_default().push(self.mappings.len());
        self.mappings.push(mapping);
        self.lines.push(line);
    }

    /// The same with controls spelt as they are published, and with what follows for the same control elsewhere: a
    /// baseline has its controls from the catalogue it selects from, so that what is said of one holds for the other.
    /// A control is the same where id and title are; what was said of the other itself counts before that.
    #[must_use]
    pub fn resolved<'f>(self, frameworks: impl Iterator<Item = &'f Arc<Framework>>) -> Self {
        let frameworks: Vec<&Framework> = frameworks.map(|framework| &**framework).collect();
        let by_id: Vec<HashMap<&str, &Control>> = frameworks
            .iter()
            .map(|framework| framework.controls().map(|control| (control.id.as_str(), control)).collect())
            .collect();
        let mut out = Self::default();
        for (mapping, line) in self.mappings.iter().zip(&self.lines) {
            let place = frameworks.iter().position(|framework| framework.id == mapping.framework);
            let control = place.and_then(|place| {
                let as_published = by_id.get(place)?.get(mapping.control.as_str()).copied();
                as_published.or_else(|| frameworks.get(place)?.find(&mapping.control))
            });
            let Some(control) = control else {
                out.push(mapping.clone(), *line);
                continue;
            };
            out.push(Mapping { control: control.id.clone(), ..mapping.clone() }, *line);
            for (framework, controls) in frameworks.iter().zip(&by_id) {
                let same = controls.get(control.id.as_str()).filter(|same| same.title == control.title);
                if framework.id == mapping.framework || same.is_none() {
                    continue;
                }
                let has_its_own = self.latest_for(&mapping.subject).into_iter().any(|other| {
                    other.framework == framework.id
                        && framework.find(&other.control).is_some_and(|found| found.id == control.id)
                });
                if !has_its_own {
                    let (framework, control) = (framework.id.clone(), control.id.clone());
                    out.push(Mapping { framework, control, ..mapping.clone() }, 0);
                }
            }
        }
        out
    }

    /// What stands in the file, with its line, from 1; without what follows from it.
    pub fn written(&self) -> impl Iterator<Item = (u64, &Mapping)> {
        self.lines.iter().copied().zip(&self.mappings).filter(|(line, _)| *line > 0)
    }

    /// Whether nobody said anything.
    pub fn is_empty(&self) -> bool {
        self.mappings.is_empty()
    }

    /// What was last said of each control of a subject.
    pub fn latest_for(&self, subject: &str) -> Vec<&Mapping> {
        self.latest_for_any(&[subject])
    }

    /// What was last said of each control of something that has several names.
    pub fn latest_for_any(&self, names: &[&str]) -> Vec<&Mapping> {
        if self.mappings.is_empty() {
            return Vec::new();
        }
        let mut places: Vec<usize> = Vec::new();
        for name in names {
            places.extend(self.by_subject.get(&key(name)).into_iter().flatten());
        }
        places.sort_unstable();
        places.dedup();
        let mut out: Vec<&Mapping> = Vec::new();
        for mapping in places.into_iter().filter_map(|place| self.mappings.get(place)) {
            out.retain(|before| before.framework != mapping.framework || before.control != mapping.control);
            out.push(mapping);
        }
        out
    }

    /// The mappings that are confirmed in the last word on them.
    pub fn confirmed(&self) -> Vec<Mapping> {
        let is_latest = |mapping: &&Mapping| {
            mapping.confirmed
                && self.latest_for(&mapping.subject).iter().any(|latest| std::ptr::eq(*latest, *mapping))
        };
        self.mappings.iter().filter(is_latest).cloned().collect()
    }
}

impl Mapping {
    /// The mappings file with one more mapping at its end; what stood there stays as it is.
    ///
    /// # Errors
    /// What the mapping lacks, or what is wrong with the file.
    pub fn added_to(&self, file: &str) -> Result<String, String> {
        self.check()?;
        let before = Mappings::read(file)?;
        let mut out = file.to_owned();
        if !out.is_empty() && !out.ends_with('\n') {
            out.push('\n');
        }
        if before.is_empty() && !out.lines().any(|line| line.starts_with("mappings:")) {
            out.push_str("mappings:\n");
        } else if out.lines().any(|line| line.starts_with("mappings: []")) {
            out = out.replacen("mappings: []", "mappings:", 1);
        }
        // A JSON string is a YAML string, whatever is in it.
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        out.push_str(&format!(
            "- subject: {}\n  framework: {}\n  control: {}\n  confirmed: {}\n  by: {}\n  date: {}\n",
            quoted(&self.subject),
            quoted(&self.framework),
            quoted(&self.control),
            self.confirmed,
            quoted(&self.by),
            quoted(&self.date),
        ));
        if !self.why.is_empty() {
            out.push_str(&format!("  why: {}\n", quoted(&self.why)));
        }
        // The file is the user's: what cannot be read back is not written.
        let after = Mappings::read(&out)?;
        let is_last = after.mappings.last() == Some(self);
        match is_last && after.mappings.len() == before.mappings.len() + 1 {
            true => Ok(out),
            false => Err("the mapping cannot be added: the list `mappings` is not the last part of the file; move it to the end".to_owned()),
        }
    }

    fn check(&self) -> Result<(), String> {
        let parts = [
            ("subject", &self.subject),
            ("framework", &self.framework),
            ("control", &self.control),
            ("by", &self.by),
            ("date", &self.date),
        ];
        match parts.into_iter().find(|(_, text)| text.trim().is_empty()) {
            Some((name, _)) => Err(format!("a mapping of `{}` has no `{name}`: say it", self.subject)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use compline_rules::RuleSet;

    use super::*;
    use crate::library::Library;

    fn mapping(subject: &str, control: &str, confirmed: bool) -> Mapping {
        Mapping {
            subject: subject.to_owned(),
            framework: "nist-800-53-r5".to_owned(),
            control: control.to_owned(),
            confirmed,
            by: "ann".to_owned(),
            date: "2026-11-21".to_owned(),
            why: "because: \"so\" # indeed".to_owned(),
        }
    }

    #[test]
    fn what_is_written_is_read_back_and_nothing_else_changes() {
        let empty = "# our own\n";
        let one = mapping("bucket is: open", "AC-3", true).added_to(empty).expect("writes");
        assert!(one.starts_with("# our own\nmappings:\n- subject: \"bucket is: open\"\n"), "{one}");
        let two = mapping("Bucket is: open", "AC-3", false).added_to(&one).expect("writes");
        assert!(two.starts_with(&one));
        let read = Mappings::read(&two).expect("reads");
        assert_eq!(read.latest_for("bucket is: open"), [&mapping("Bucket is: open", "AC-3", false)]);
        assert!(read.confirmed().is_empty(), "the last word counts");
        assert!(Mappings::read(&one).expect("reads").latest_for("another").is_empty());
        assert_eq!(Mappings::read("").expect("reads"), Mappings::default());
    }

    #[test]
    fn a_broken_file_is_one_clear_error() {
        for text in ["mappings: 3", "- a", "mappings:\n- subject: x\n"] {
            let error = Mappings::read(text).expect_err("an error");
            assert!(error.starts_with("the mappings cannot be read: "), "{error}");
        }
        let mut nameless = mapping("x", "AC-3", true);
        nameless.by = String::new();
        assert_eq!(nameless.added_to("").expect_err("an error"), "a mapping of `x` has no `by`: say it");
    }

    #[test]
    fn the_last_word_counts_whatever_name_it_used() {
        let one = mapping("CKV_AWS_17", "AC-4", true).added_to("").expect("writes");
        let two = mapping("aws-rds", "AC-4", false).added_to(&one).expect("writes");
        let read = Mappings::read(&two).expect("reads");
        for names in [["aws-rds", "CKV_AWS_17"], ["CKV_AWS_17", "aws-rds"]] {
            assert!(!read.latest_for_any(&names)[0].confirmed);
        }
        let lines: Vec<u64> = read.written().map(|(line, _)| line).collect();
        assert_eq!(lines, [2, 9]);
        let trivy = Mappings::read(&mapping("AVD-AWS-0107", "AC-4", false).added_to("").expect("writes"));
        assert_eq!(trivy.expect("reads").latest_for("aws-0107").len(), 1);
    }

    #[test]
    fn what_is_said_of_a_control_holds_for_the_baselines_that_have_it() {
        let library = Library::builtin(&RuleSet::builtin());
        let one = mapping("a bucket", "ac-3", false).added_to("").expect("writes");
        let resolved = |text: &str| -> Vec<(String, String, bool)> {
            let read = Mappings::read(text).expect("reads");
            let read = read.resolved(library.frameworks()).resolved(library.frameworks());
            let about = read.latest_for("a bucket").into_iter();
            about.map(|one| (one.framework.clone(), one.control.clone(), one.confirmed)).collect()
        };
        let of = |framework: &str, confirmed: bool| (framework.to_owned(), "AC-3".to_owned(), confirmed);
        assert_eq!(resolved(&one), [of("nist-800-53-r5", false), of("fedramp-rev5", false)]);
        let other = Mapping { framework: "fedramp-rev5".to_owned(), ..mapping("a bucket", "AC-3", true) };
        let two = other.added_to(&one).expect("writes");
        assert_eq!(
            resolved(&two),
            [of("nist-800-53-r5", false), of("fedramp-rev5", true)],
            "its own word counts"
        );
    }
}
