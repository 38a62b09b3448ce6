//! Digests of content, for the custody of a report: SHA-256, lower-case hexadecimal, over the canonical JSON of the form a
//! thing is written in (keys sorted, nothing between them), after the name and the version of that form. How a file is
//! laid out does not count; everything that it says does.

use std::sync::Arc;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::catalogue::Framework;
use crate::crosswalk::Crosswalk;
use crate::feedback::{Mapping, Mappings};
use crate::official::Official;

/// One digest of everything that decides which control a verdict bears on and what is shown of it: frameworks in their
/// order, what people said of mappings, imports in theirs.
pub fn content_digest(
    frameworks: &[Arc<Framework>],
    mappings: &Mappings,
    imports: &[Arc<Official>],
) -> String {
    let frameworks = frameworks.iter().map(|one| ("framework", one.content_digest()));
    let imports = imports.iter().map(|one| ("import", one.content_digest()));
    let parts: Vec<(&str, String)> =
        frameworks.chain([("mappings", mappings.content_digest())]).chain(imports).collect();
    digest("compline content 1", &parts)
}

impl Framework {
    /// Of the framework with all its controls.
    pub fn content_digest(&self) -> String {
        digest("compline framework 1", self)
    }
}

impl Crosswalk {
    /// Of the crosswalk with all its edges.
    pub fn content_digest(&self) -> String {
        digest("compline crosswalk 1", self)
    }
}

impl Official {
    /// Of the import with all its texts and claims.
    pub fn content_digest(&self) -> String {
        digest("compline import 1", self)
    }
}

impl Mappings {
    /// Of what stands in the file, in its order, as the last word on an edge counts; without what follows from it.
    pub fn content_digest(&self) -> String {
        let records: Vec<MappingRecord<'_>> =
            self.written().map(|(_, mapping)| MappingRecord::of(mapping)).collect();
        digest("compline mappings 1", &records)
    }
}

/// A mapping as its digest is made of.
#[derive(Serialize)]
struct MappingRecord<'m> {
    subject: &'m str,
    framework: &'m str,
    control: &'m str,
    confirmed: bool,
    by: &'m str,
    date: &'m str,
    why: &'m str,
}

impl<'m> MappingRecord<'m> {
    fn of(mapping: &'m Mapping) -> Self {
        let Mapping { subject, framework, control, confirmed, by, date, why } = mapping;
        Self { subject, framework, control, confirmed: *confirmed, by, date, why }
    }
}

/// SHA-256 of a form's name and of the canonical JSON of what is written in it.
fn digest(form: &str, content: &impl Serialize) -> String {
    // Keys are texts and numbers finite in all of these forms, and that is all that JSON asks for.
    #[allow(clippy::expect_used)]
    let mut json = serde_json::to_value(content).expect("it can be written as JSON");
    json.sort_all_objects();
    hex(&Sha256::new().chain_update(form).chain_update("\n").chain_update(json.to_string()).finalize())
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::{Value, json};

    use super::*;
    use crate::builtin;
    use crate::catalogue::{Shown, Wanted};
    use crate::testing::framework;

    /// Every digest is unlike the first and unlike any other.
    fn assert_distinct(digests: Vec<String>) {
        let count = digests.len();
        assert!(count > 1);
        assert_eq!(digests.into_iter().collect::<HashSet<String>>().len(), count);
    }

    #[test]
    fn everything_that_a_framework_says_is_in_its_digest() {
        let plain = framework(&[("1.1", &["one"], &["two"]), ("1.2", &["one"], &[])]);
        assert_eq!(plain.content_digest(), plain.clone().content_digest());
        let changes: [fn(&mut Framework); 19] = [
            |_| {},
            |one| one.id.push('x'),
            |one| one.title.push('x'),
            |one| one.short.push('x'),
            |one| one.version.push('x'),
            |one| one.publisher.push('x'),
            |one| one.published.push('x'),
            |one| one.licence.push('x'),
            |one| one.source.push('x'),
            |one| one.groups[0].title.push('x'),
            |one| one.groups[0].controls.swap(0, 1),
            |one| one.groups[0].controls[0].summary.push('x'),
            |one| one.groups[0].controls[0].shown = Shown::Partial,
            |one| one.groups[0].controls[0].withdrawn = Some(Vec::new()),
            |one| one.groups[0].controls[0].baselines.push("low".to_owned()),
            |one| one.groups[0].controls[0].wants.fully.push("two".to_owned()),
            // The same objective, wanted otherwise.
            |one| {
                one.groups[0].controls[0].wants =
                    Wanted { fully: Vec::new(), partly: vec!["one".to_owned(), "two".to_owned()] };
            },
            |one| one.groups[0].controls[0].pins.push("aws-a-b".to_owned()),
            |one| one.groups[0].controls[0].excludes.push("aws-a-b".to_owned()),
        ];
        let changed = changes.iter().map(|change| {
            let mut one = plain.clone();
            change(&mut one);
            one.content_digest()
        });
        assert_distinct(changed.collect());
    }

    #[test]
    fn how_a_framework_is_laid_out_does_not_count() {
        let yaml = "id: own-1\ntitle: Our own\nshort: OWN\nversion: '1'\npublisher: Us\npublished: '2026-01-01'\n\
            licence: public-domain\nsource: https://example.com\ngroups:\n  - id: A\n    title: First\n    controls:\n      \
            - { id: A-1, title: One, summary: Text., shown: organisational }\n";
        let reordered = "# the same\nsource: https://example.com\ngroups: [{ title: First, id: A, controls: [{ summary: Text., \
            title: One, id: A-1, shown: organisational, aliases: [] }] }]\nid: own-1\nlicence: public-domain\n\
            published: 2026-01-01\npublisher: Us\nshort: OWN\ntitle: Our own\nversion: \"1\"\n";
        let read = |text: &str| crate::catalogue::read(text, builtin::objectives()).expect("reads");
        assert_eq!(read(yaml).content_digest(), read(reordered).content_digest());
    }

    fn mappings(changes: &[(&str, &str)]) -> Mappings {
        let one = "- { subject: a, framework: f, control: c, confirmed: true, by: ann, date: '2026-11-21', why: so }\n";
        let two =
            "- { subject: b, framework: f, control: c, confirmed: false, by: bo, date: '2026-11-22' }\n";
        let mut text = format!("mappings:\n{one}{two}");
        for (from, to) in changes {
            assert!(text.contains(from), "{from}");
            text = text.replacen(from, to, 1);
        }
        Mappings::read(&text).expect("reads")
    }

    #[test]
    fn everything_that_people_said_is_in_the_digest_of_mappings() {
        let changes: [&[(&str, &str)]; 10] = [
            &[],
            &[("subject: a", "subject: x")],
            &[("framework: f", "framework: g")],
            &[("control: c", "control: d")],
            &[("confirmed: true", "confirmed: false")],
            &[("by: ann", "by: eve")],
            &[("2026-11-21", "2026-11-20")],
            &[("why: so", "why: no")],
            // Only the first one; and in another order, as the last word counts.
            &[(
                "- { subject: b, framework: f, control: c, confirmed: false, by: bo, date: '2026-11-22' }\n",
                "",
            )],
            &[("subject: a", "subject: z"), ("subject: b", "subject: a"), ("subject: z", "subject: b")],
        ];
        assert_distinct(changes.iter().map(|one| mappings(one).content_digest()).collect());
        let plain = mappings(&[]);
        let laid_out = mappings(&[("mappings:", "# ours\nmappings:"), ("subject: a", "subject: \"a\"")]);
        assert_eq!(laid_out.content_digest(), plain.content_digest());
        assert_ne!(Mappings::default().content_digest(), plain.content_digest());
    }

    fn import() -> Value {
        json!({
            "official": 1, "id": "house", "title": "House", "short": "H", "version": "1", "publisher": "Us",
            "published": "2026-01-01", "licence": "own", "source": "here", "role": "framework",
            "origin": {
                "model": "catalog", "uuid": "u",
                "metadata": { "title": "House", "last-modified": "m", "version": "1", "oscal-version": "1.1.2",
                    "parties": [{ "uuid": "p", "type": "organization" }] },
                "files": [{ "name": "catalog.json", "sha256": "ab" }],
            },
            "groups": [{ "id": "G", "title": "G", "controls": [
                { "id": "G-1", "oscal": "g-1", "title": "One", "parts": [{ "name": "statement", "prose": "Do it." }] },
            ] }],
        })
    }

    fn read(import: &Value) -> Official {
        serde_json::from_value(import.clone()).expect("is an import")
    }

    #[test]
    fn everything_that_an_import_says_is_in_its_digest() {
        let changes: [(&str, Value); 11] = [
            ("/title", json!("House rules")),
            ("/licence", json!("none")),
            ("/role", json!("text")),
            ("/base", json!("nist-800-53-r5")),
            ("/origin/metadata/parties/0/uuid", json!("q")),
            ("/origin/files/0/sha256", json!("cd")),
            ("/groups/0/controls/0/parts/0/prose", json!("Do it now.")),
            ("/groups/0/controls/0/wants", json!({ "fully": ["storage-not-public"] })),
            ("/groups/0/controls/0/shown", json!("partial")),
            ("/params", json!([{ "id": "a" }])),
            ("/definitions", json!([{ "uuid": "d", "metadata": import()["origin"]["metadata"] }])),
        ];
        let mut digests = vec![read(&import()).content_digest()];
        for (place, value) in changes {
            let mut changed = import();
            let (parent, key) = place.rsplit_once('/').expect("a place");
            let parent = changed.pointer_mut(parent).and_then(Value::as_object_mut).expect(place);
            parent.insert(key.to_owned(), value);
            digests.push(read(&changed).content_digest());
        }
        assert_distinct(digests);
    }

    #[test]
    fn how_an_import_is_laid_out_does_not_count() {
        let official = read(&import());
        let again = |text: &str| crate::official::read(text).expect("reads").content_digest();
        let yaml = crate::official::write_yaml(&official).expect("writes");
        assert_eq!(again(&yaml), official.content_digest());
        let mut reordered = import();
        reordered.sort_all_objects();
        assert_ne!(reordered.to_string(), import().to_string());
        assert_eq!(again(&reordered.to_string()), official.content_digest());
    }

    #[test]
    fn one_digest_covers_frameworks_mappings_and_imports() {
        let plain = Arc::new(framework(&[("1.1", &["one"], &[])]));
        let other = Arc::new(framework(&[("1.1", &["two"], &[])]));
        let official = Arc::new(read(&import()));
        let (said, nothing) = (mappings(&[]), Mappings::default());
        assert_distinct(vec![
            content_digest(&[Arc::clone(&plain)], &nothing, &[]),
            content_digest(&[Arc::clone(&other)], &nothing, &[]),
            content_digest(&[Arc::clone(&plain), Arc::clone(&other)], &nothing, &[]),
            content_digest(&[Arc::clone(&other), Arc::clone(&plain)], &nothing, &[]),
            content_digest(&[Arc::clone(&plain)], &said, &[]),
            content_digest(&[Arc::clone(&plain)], &nothing, &[Arc::clone(&official)]),
        ]);
        let once = content_digest(&[Arc::clone(&plain)], &said, &[Arc::clone(&official)]);
        assert_eq!(once, content_digest(&[plain], &said, &[official]));
        let crosswalks = crate::crosswalk::builtin();
        assert_distinct(crosswalks.iter().map(Crosswalk::content_digest).collect());
    }
}
