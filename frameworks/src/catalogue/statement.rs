//! Names of a control's statements: `ac-2_smt.a`, `AC-2a.`, `AC-02a.`, `AC-2 a`, `8.3.6.a`.

use super::types::{Control, Framework, normal};

/// One item of a control's text, as somebody named it.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement<'f> {
    pub control: &'f Control,
    /// The labels that lead to it, without their marks: `a`, `1`.
    pub path: Vec<String>,
    /// Its id where it was named by one, in lower case: `ac-2_smt.a`.
    pub id: Option<String>,
}

impl Framework {
    /// The statement of a control by its id in OSCAL or by the control's id and the labels after it. Whether the
    /// control has it, only the publisher's text can say.
    pub fn statement(&self, name: &str) -> Option<Statement<'_>> {
        if let Some((control, part)) = name.split_once('_') {
            let control = self.find(control)?;
            let path = part.split_once('.').map_or("", |(_, path)| path);
            let path = pieces(&normal(path)).map(str::to_owned).collect();
            return Some(Statement { control, path, id: Some(name.to_lowercase()) });
        }
        let name = normal(name);
        let mut labels: Vec<&str> = Vec::new();
        let mut rest = name.as_str();
        // The longest beginning that is a control: `AC-2(1)` is one, and no statement of `AC-2`.
        while let Some(last) = pieces(rest).last() {
            labels.insert(0, last);
            rest = rest.get(..rest.len() - last.len())?.trim_end_matches('.');
            if let Some(control) = self.find(rest).filter(|_| !rest.is_empty()) {
                let path: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
                return is_path(&labels).then_some(Statement { control, path, id: None });
            }
        }
        None
    }
}

/// Runs of digits and runs of letters.
pub fn pieces(id: &str) -> impl Iterator<Item = &str> {
    let mut rest = id;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches('.');
        let digits = rest.starts_with(|c: char| c.is_ascii_digit());
        let end = rest.find(|c: char| c == '.' || c.is_ascii_digit() != digits).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Items are lettered first, then numbered: a number alone after an id is another control's id, and a word is none.
fn is_path(labels: &[&str]) -> bool {
    let lettered = |label: &str| label.len() == 1 && label.bytes().all(|b| b.is_ascii_alphabetic());
    let below = |label: &str| {
        let roman = label.len() <= 4 && label.bytes().all(|b| b"ivx".contains(&b));
        lettered(label) || roman || (label.len() <= 2 && label.bytes().all(|b| b.is_ascii_digit()))
    };
    labels.split_first().is_some_and(|(first, rest)| lettered(first) && rest.iter().all(|one| below(one)))
}

#[cfg(test)]
mod tests {
    use crate::builtin;

    fn named(framework: &str, name: &str) -> Option<String> {
        let framework = builtin::framework(framework).expect("is there");
        let found = framework.statement(name)?;
        Some(format!("{} {}", found.control.id, found.path.join(".")))
    }

    #[test]
    fn statements_lead_to_their_control() {
        for name in ["ac-2_smt.a", "AC-2a.", "AC-02a.", "AC-2 a", "ac-2_SMT.A", "AC-2(a)", "AC-2.a"] {
            assert_eq!(named("nist-800-53-r5", name).as_deref(), Some("AC-2 a"), "{name}");
        }
        for name in ["ac-1_smt.a.1.a", "AC-1a.1.(a)", "AC-01a.01(a)", "AC-1 a 1 a"] {
            assert_eq!(named("nist-800-53-r5", name).as_deref(), Some("AC-1 a.1.a"), "{name}");
        }
        assert_eq!(named("nist-800-53-r5", "ac-2.3_smt.a").as_deref(), Some("AC-2(3) a"));
        assert_eq!(named("nist-800-53-r5", "AC-2(3)(a)").as_deref(), Some("AC-2(3) a"));
        assert_eq!(named("nist-800-53-r5", "ac-2_smt").as_deref(), Some("AC-2 "));
        assert_eq!(named("pci-dss-4.0.1", "8.3.6.b").as_deref(), Some("8.3.6 b"));
        for none in ["AC-2(99)", "AC-2 soon", "ZZ-2a", "aws_s3_bucket", "", "a", "AC-2(3)(77)"] {
            assert_eq!(named("nist-800-53-r5", none), None, "{none}");
        }
    }
}
