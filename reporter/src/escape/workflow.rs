//! GitHub's workflow commands.

use super::{Escaped, visible};

/// Commands, one a line.
#[derive(Debug, Default)]
pub struct Commands(String);

impl Commands {
    /// Adds `::NAME KEY=VALUE,…::MESSAGE`; names and keys are ours.
    pub fn command(&mut self, name: &'static str, properties: &[(&'static str, String)], message: &str) {
        let properties: Vec<String> =
            properties.iter().map(|(key, value)| format!("{key}={}", property(value))).collect();
        self.0.push_str(&format!("::{name} {}::{}\n", properties.join(","), data(message)));
    }

    pub fn into_escaped(self) -> Escaped {
        Escaped(self.0)
    }
}

/// What stands after the last colons.
fn data(text: &str) -> String {
    visible(text).replace('%', "%25")
}

/// What stands between them.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_commands_read_is_escaped() {
        assert_eq!(data("50%\n::x"), "50%25U+000A::x");
        assert_eq!(property("a,b:c"), "a%2Cb%3Ac");
    }
}
