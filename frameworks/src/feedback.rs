//! What people said of mappings: `compline.mappings.yaml`, read and added to. A rejected edge never comes back.

use std::collections::HashMap;

use serde::Deserialize;

use crate::index::mapper::normal;

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

/// All of them, in the order they were said: the last word on an edge counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mappings {
    said: Vec<Mapping>,
    /// Subject in normal spelling → places in `said`.
    by_subject: HashMap<String, Vec<usize>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    mappings: Vec<Mapping>,
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
            format!("the mappings cannot be read: {}", crate::catalogue::check::told(&error))
        })?;
        for mapping in &file.mappings {
            mapping.check()?;
        }
        let mut by_subject: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, mapping) in file.mappings.iter().enumerate() {
            by_subject.entry(normal(&mapping.subject)).or_default().push(place);
        }
        Ok(Self { said: file.mappings, by_subject })
    }

    /// Whether nobody said anything.
    pub fn is_empty(&self) -> bool {
        self.said.is_empty()
    }

    /// What was last said of each control of a subject.
    pub fn about(&self, subject: &str) -> Vec<&Mapping> {
        let mut out: Vec<&Mapping> = Vec::new();
        let places = self.by_subject.get(&normal(subject)).into_iter().flatten();
        for mapping in places.filter_map(|place| self.said.get(*place)) {
            out.retain(|known| known.framework != mapping.framework || known.control != mapping.control);
            out.push(mapping);
        }
        out
    }

    /// The mappings that are confirmed in the last word on them.
    pub fn confirmed(&self) -> Vec<Mapping> {
        let last = |mapping: &&Mapping| {
            mapping.confirmed
                && self.about(&mapping.subject).iter().any(|known| std::ptr::eq(*known, *mapping))
        };
        self.said.iter().filter(last).cloned().collect()
    }
}

impl Mapping {
    /// The mappings file with one more mapping at its end; what stood there stays as it is.
    ///
    /// # Errors
    /// What the mapping lacks, or what is wrong with the file.
    pub fn added_to(&self, file: &str) -> Result<String, String> {
        self.check()?;
        let known = Mappings::read(file)?;
        let mut out = file.to_owned();
        if !out.is_empty() && !out.ends_with('\n') {
            out.push('\n');
        }
        if known.is_empty() && !out.lines().any(|line| line.starts_with("mappings:")) {
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
        let again = Mappings::read(&out)?;
        match again.said.last() == Some(self) && again.said.len() == known.said.len() + 1 {
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
    use super::*;

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
        assert_eq!(read.about("bucket is: open"), [&mapping("Bucket is: open", "AC-3", false)]);
        assert!(read.confirmed().is_empty(), "the last word counts");
        assert!(Mappings::read(&one).expect("reads").about("another").is_empty());
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
}
