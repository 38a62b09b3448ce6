//! What the repository says of the code that was read.

use std::path::Path;
use std::process::{Command, Stdio};

/// The commit in force, and whether every file that was read is as it says; none outside of a repository, or
/// where git is not installed.
pub fn commit(root: &Path, was_read: &dyn Fn(&str) -> bool) -> Option<(String, bool)> {
    let id = git(root, &["rev-parse", "--verify", "HEAD"])?;
    let id = String::from_utf8(id).ok()?.trim().to_owned();
    let prefix = String::from_utf8(git(root, &["rev-parse", "--show-prefix"])?).ok()?;
    let prefix = prefix.trim();
    let status = git(
        root,
        &["status", "--porcelain=v1", "-z", "--untracked-files=all", "--ignored=matching", "--", "."],
    )?;
    let touched =
        status.split(|byte| *byte == 0).filter_map(|entry| std::str::from_utf8(entry.get(3..)?).ok());
    let mut touched = touched.map(|path| path.strip_prefix(prefix).unwrap_or(path));
    Some((id, !touched.any(was_read)))
}

/// Who git says works here.
pub fn user(root: &Path) -> Option<String> {
    let name = String::from_utf8(git(root, &["config", "user.name"])?).ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// Runs git without locks, and without the programs a repository's own settings could name.
fn git(root: &Path, arguments: &[&str]) -> Option<Vec<u8>> {
    let mut command = Command::new("git");
    command.arg("--no-optional-locks").args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"]);
    command.arg("-C").arg(root).args(arguments);
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then_some(output.stdout)
}
