//! Which content judged: one digest over every rule in force and every table they rest on.

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::set::RuleSet;

/// The engine and the rules that are code change with the program only.
const ENGINE: &str = concat!("compline-rules ", env!("CARGO_PKG_VERSION"));

impl RuleSet {
    /// SHA-256 in lower-case hexadecimal over all that judges: each rule, built-in or a user's, with its check, its
    /// fix and its words; each table; and the version of the code. The order in which rules, keys and table entries
    /// were read does not change it.
    pub fn digest(&self) -> String {
        let mut parts: Vec<String> = self.infos().map(canonical).collect();
        parts.extend(self.rules().map(canonical));
        parts.extend(self.other_values().map(|(rule, values)| canonical(&(rule, values))));
        parts.sort_unstable();
        parts.push(canonical(&**self.tables()));
        let mut hash = Sha256::new();
        hash.update(ENGINE);
        for part in parts {
            // JSON of one line: a line break parts what could otherwise run together.
            hash.update("\n");
            hash.update(part);
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// JSON on one line with its keys in order.
fn canonical(content: &impl Serialize) -> String {
    // These types have text keys only, so that they always have a form in JSON.
    let mut value = serde_json::to_value(content).unwrap_or(Value::Null);
    value.sort_all_objects();
    value.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page;
    use crate::table::Tables;

    const PAGE: &str = "---\nid: aws-a-b\ntitle: it is open\nseverity: low\nobjectives: [o]\naliases: { checkov: [CKV_1] }\n\
        check:\n  aws_a: { open: { is: false, absent: pass } }\nfix: { safety: safe, set: false }\n---\nWhy.\n\n\
        ```hcl fail\nresource \"aws_a\" \"x\" { open = true }\n```\n";
    const OTHER: &str = "---\nid: aws-c-d\ntitle: it is shut\nseverity: low\nobjectives: [o]\n\
        check:\n  aws_c: { shut: { is: false, absent: pass } }\n---\nWhy.\n";
    const TABLES: [(&str, &str); 5] = [
        ("relations", "aws_a:\n  b: { kind: aws_b, on: { a: id } }\n  c: { kind: aws_c, on: any }\n"),
        ("names", "aws_old: aws_a\naws_a: { open: { was: opened } }\n"),
        ("defaults", "aws_a: { open: [{ before: \"2.0\", is: true }, { is: false }] }\n"),
        ("shapes", "aws_a: { arn: \"arn:*\" }\n"),
        ("choices", "key: { title: a key, example: k }\n"),
    ];

    fn set(pages: &[&str], tables: &[(&str, &str)]) -> RuleSet {
        let mut all = Tables::default();
        tables.iter().for_each(|(name, text)| all.add(name, text).unwrap());
        RuleSet::of(pages.iter().map(|text| page::parse(text).unwrap().rule).collect(), all)
    }

    #[test]
    fn every_part_of_what_judges_changes_the_digest() {
        let digest = set(&[PAGE], &TABLES).digest();
        for (what, now) in [
            ("is open", "is wide open"),
            ("severity: low", "severity: high"),
            ("objectives: [o]", "objectives: [p]"),
            ("CKV_1", "CKV_2"),
            ("absent: pass", "absent: fail"),
            ("open: { is: false", "open: { is: true"),
            ("aws_a:", "aws_a2:"),
            ("safety: safe", "safety: unsafe"),
            ("set: false", "set: true"),
            ("Why.", "Why not."),
            ("objectives: [o]\n", "objectives: [o]\nwas: [aws-a-former]\n"),
        ] {
            let changed = PAGE.replacen(what, now, 1);
            assert_ne!(changed, PAGE, "{what}");
            assert_ne!(set(&[&changed], &TABLES).digest(), digest, "{what}");
        }
        for (at, (name, what, now)) in [
            ("relations", "kind: aws_b", "kind: aws_b2"),
            ("names", "opened", "unlocked"),
            ("defaults", "2.0", "3.0"),
            ("shapes", "arn:*", "arn:aws:*"),
            ("choices", "a key", "some key"),
        ]
        .into_iter()
        .enumerate()
        {
            let mut tables = TABLES;
            let changed = tables[at].1.replacen(what, now, 1);
            assert!(tables[at].0 == name && changed != tables[at].1, "{name}");
            tables[at].1 = &changed;
            assert_ne!(set(&[PAGE], &tables).digest(), digest, "{name}");
        }
        assert_ne!(set(&[PAGE, OTHER], &TABLES).digest(), digest, "a page more");
        assert_ne!(set(&[], &TABLES).digest(), digest, "a page less");
    }

    #[test]
    fn a_users_page_changes_the_digest_of_the_built_in_rules() {
        let mut rules = RuleSet::builtin();
        let before = rules.digest();
        assert_eq!(before, RuleSet::builtin().digest());
        rules.add(page::parse(PAGE).unwrap().rule);
        assert_ne!(rules.digest(), before);
        assert_ne!(RuleSet::builtin().only(|rule| rule.id != "aws-s3-versioning-disabled").digest(), before);
    }

    #[test]
    fn the_same_content_has_the_same_digest_in_whatever_order_it_was_read() {
        let digest = set(&[PAGE, OTHER], &TABLES).digest();
        let mut turned = TABLES;
        turned.reverse();
        let relations = "aws_a:\n  c: { kind: aws_c, on: any }\n  b: { kind: aws_b, on: { a: id } }\n";
        turned.iter_mut().find(|(name, _)| *name == "relations").unwrap().1 = relations;
        assert_eq!(set(&[OTHER, PAGE], &turned).digest(), digest);
        let keys =
            PAGE.replacen("title: it is open\nseverity: low\n", "severity: low\ntitle: it is open\n", 1);
        assert_ne!(keys, PAGE);
        assert_eq!(set(&[&keys, OTHER], &TABLES).digest(), digest);
    }
}
