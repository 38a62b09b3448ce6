//! What a resource says, as a query: its kind, the names of its attributes, the values that characterise it. Never a
//! secret.

use compline_iac::{Data, Number, Resource, Value};

/// Names that are looked at; a resource of thousands says no more than one of these.
const MAX_NAMES: usize = 60;
/// A longer value is prose or a document, and says little of the resource.
const MAX_VALUE_LENGTH: usize = 48;
/// Parts of names whose values are never taken.
const SECRET_NAMES: [&str; 18] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "private_key",
    "privatekey",
    "access_key",
    "accesskey",
    "api_key",
    "apikey",
    "credential",
    "connection_string",
    "connectionstring",
    "certificate_body",
    "sas_",
    "pin",
    "auth_key",
];
/// Names whose values are free text, or an identifier: they say nothing of the kind of thing it is.
const FREE_TEXT_NAMES: [&str; 12] = [
    "user_data",
    "userdata",
    "name",
    "id",
    "tags",
    "labels",
    "arn",
    "metadata",
    "custom_data",
    "email",
    "annotations",
    "description",
];

/// The words of a resource that may leave it: no value that is sensitive or looks like a secret is among them.
pub fn resource_query(resource: &Resource) -> String {
    let mut words = Words { out: resource.kind.to_string(), count: 0 };
    words.collect(&resource.body);
    words.out
}

struct Words {
    out: String,
    count: usize,
}

impl Words {
    fn push(&mut self, word: &str) {
        self.out.push(' ');
        self.out.push_str(word);
    }

    fn collect(&mut self, value: &Value) {
        if value.sensitive {
            return;
        }
        match &value.data {
            Data::Map(map) => {
                for (key, value) in &map.entries {
                    let lower = key.to_lowercase();
                    if self.count >= MAX_NAMES || value.is_null() {
                        continue;
                    }
                    self.count += 1;
                    let is_free_text = FREE_TEXT_NAMES.contains(&lower.as_str());
                    if !is_free_text || matches!(value.data, Data::Text(_)) {
                        self.push(key);
                    }
                    if !is_free_text && !is_secret(&lower) {
                        self.collect(value);
                    }
                }
            }
            Data::List(list) => list.items.iter().take(4).for_each(|item| self.collect(item)),
            Data::Text(text) if is_characteristic(text) => {
                let text = text.to_string();
                self.push(&text);
            }
            Data::Bool(bool) => self.push(if *bool { "true" } else { "false" }),
            Data::Number(Number::Int(int)) if (0..100_000).contains(int) => self.push(&int.to_string()),
            _ => {}
        }
    }
}

fn is_secret(name: &str) -> bool {
    SECRET_NAMES.iter().any(|part| match *part {
        // A short part must be a word of its own.
        "pin" => name == "pin",
        part => name.contains(part),
    })
}

/// Whether a value is one of a few the provider knows (`TLS1_2`, `public-read`, `0.0.0.0/0`), and no secret:
/// short, of few words, and without the disorder keys and tokens have.
fn is_characteristic(text: &str) -> bool {
    if text.is_empty()
        || text.len() > MAX_VALUE_LENGTH
        || text.contains("-----BEGIN")
        || text.split_whitespace().count() > 6
    {
        return false;
    }
    !text.split_whitespace().any(is_key)
        && !text.split(|c: char| !c.is_ascii_alphanumeric()).any(looks_random)
}

/// A whole word that is a known kind of key, base64, or a password's mixture of marks and digits.
fn is_key(word: &str) -> bool {
    let prefixes = ["AKIA", "ASIA", "ghp_", "gho_", "ghs_", "glpat-", "xox", "sk-", "eyJ", "AIza"];
    let base64 = word.len() >= 24
        && word.chars().all(|c| c.is_ascii_alphanumeric() || "+/=".contains(c))
        && word.contains(|c: char| c.is_ascii_uppercase())
        && word.contains(|c: char| c.is_ascii_lowercase())
        && word.contains(|c: char| c.is_ascii_digit());
    let marks = word.len() >= 8 && word.contains(['!', '@', '#', '$', '%', '^', '&']);
    base64
        || (marks && word.contains(|c: char| c.is_ascii_digit()))
        || prefixes.iter().any(|one| word.starts_with(one))
}

/// A run of letters and digits no name looks like. The names of the providers' policies
/// (`ELBSecurityPolicy-TLS13-1-2-2021-06`) are many short runs.
fn looks_random(run: &str) -> bool {
    let digits = run.chars().filter(char::is_ascii_digit).count();
    run.len() >= 16 && (digits >= 4 || run.chars().all(|c| c.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use compline_iac::Origin;

    use super::*;
    use crate::testing::resource;

    fn map(entries: &[(&str, Value)]) -> Value {
        let entries = entries.iter().map(|(key, value)| (Arc::from(*key), value.clone()));
        Value::map(entries.collect(), Origin::default())
    }

    fn text(text: &str) -> Value {
        Value::text(text, Origin::default())
    }

    #[test]
    fn a_resource_says_its_kind_its_attributes_and_characteristic_values() {
        let mut bucket = resource("aws_db_instance", "main");
        bucket.body = map(&[
            ("publicly_accessible", Value::bool(true, Origin::default())),
            ("engine", text("postgres")),
            ("backup", map(&[("retention_days", Value::number(7, Origin::default()))])),
        ]);
        assert_eq!(
            resource_query(&bucket),
            "aws_db_instance publicly_accessible true engine postgres backup retention_days 7"
        );
    }

    #[test]
    fn no_secret_leaves_it() {
        let mut hidden = text("visible");
        hidden.sensitive = true;
        let mut db = resource("aws_db_instance", "main");
        db.body = map(&[
            ("master_password", text("hunter2")),
            ("value", hidden),
            ("key", text("AKIAIOSFODNN7EXAMPLE")),
            ("other", text("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")),
            ("hash", text("0123456789abcdef0123456789abcdef")),
            ("odd", text("Tr0ub4dor&3")),
            ("user_data", text("export TOKEN=abc")),
            ("cidr", text("0.0.0.0/0")),
            ("policy", text("ELBSecurityPolicy-TLS13-1-2-2021-06")),
        ]);
        let query = resource_query(&db);
        assert_eq!(
            query,
            "aws_db_instance master_password value key other hash odd user_data cidr 0.0.0.0/0 policy ELBSecurityPolicy-TLS13-1-2-2021-06"
        );
    }
}
