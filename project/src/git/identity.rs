//! Who works here, by the user's own settings of git. Those of a repository may be somebody else's.

use std::path::PathBuf;

use crate::disk::{Bounded, read_at_most};

/// Settings are a few pages.
const LONGEST: u64 = 1 << 20;

/// The user's name as the environment or the user's own configuration of git has it.
pub fn user() -> Option<String> {
    let named = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    named("GIT_AUTHOR_NAME").or_else(|| named("GIT_COMMITTER_NAME")).or_else(|| {
        let files = match std::env::var_os("GIT_CONFIG_GLOBAL") {
            Some(file) => vec![PathBuf::from(file)],
            None => {
                let home = std::env::home_dir();
                let config = std::env::var_os("XDG_CONFIG_HOME").filter(|value| !value.is_empty());
                let config =
                    config.map(PathBuf::from).or_else(|| home.as_ref().map(|home| home.join(".config")));
                let usual = home.map(|home| home.join(".gitconfig"));
                [usual, config.map(|config| config.join("git/config"))].into_iter().flatten().collect()
            }
        };
        files.iter().find_map(|file| match read_at_most(file, LONGEST).ok()? {
            Bounded::Whole(bytes) => name(&String::from_utf8_lossy(&bytes)),
            _ => None,
        })
    })
}

/// `user.name` of a text of settings; what it includes is not read.
fn name(text: &str) -> Option<String> {
    let mut section = String::new();
    let mut found = None;
    for line in text.lines().map(str::trim) {
        if let Some(head) = line.strip_prefix('[') {
            section = head.split(']').next().unwrap_or_default().trim().to_ascii_lowercase();
        } else if let Some((key, value)) = line.split_once('=').filter(|_| section == "user")
            && key.trim().eq_ignore_ascii_case("name")
        {
            let value = match value.trim().strip_prefix('"') {
                Some(quoted) => quoted.split('"').next().unwrap_or_default(),
                None => value.split([';', '#']).next().unwrap_or_default(),
            };
            found = Some(value.trim().to_owned()).filter(|value| !value.is_empty());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn the_name_is_read_as_git_writes_it() {
        let text = "[core]\n\tname = no\n[user]\n\temail = a@b\n\tname = Jo Doe\n[include]\n\tpath = x\n";
        assert_eq!(name(text).as_deref(), Some("Jo Doe"));
        assert_eq!(name("[User]\nName = \"Jo # Doe\" ; x\n").as_deref(), Some("Jo # Doe"));
        assert_eq!(name("[user]\n\temail = a@b\n"), None);
    }
}
