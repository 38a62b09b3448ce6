//! Code that a walk passes over for where it lies: told, for whoever wrote the code decides where it lies.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use compline_iac::format::{self, Recognised};
use compline_iac::{Source, SourceId};
use ignore::WalkBuilder;
use ignore::overrides::Override;

use crate::disk::{is_folder, open_parts};
use crate::git;
use crate::walk::relative;

/// Entries of directories that are looked at.
const MOST_ENTRIES: usize = 100_000;
/// Files whose text is looked at to tell code from other data.
const MOST_TEXTS: usize = 2_000;
const LARGEST_TEXT: u64 = 1 << 20;
/// What belongs to this program or to git.
const OURS: [&str; 2] = [".git", ".compline"];

/// What was passed over.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct PassedOver {
    /// Code: path below the root → why it was passed over.
    pub files: BTreeMap<String, &'static str>,
    /// There was more than is looked through.
    pub stopped: bool,
}

/// The code at and below these places that a walk did not find.
pub(crate) fn find(
    root: &Path,
    starts: &[String],
    filter: &Override,
    found: &BTreeSet<String>,
) -> PassedOver {
    let mut out = PassedOver::default();
    let (mut entries, mut texts) = (0, 0);
    let mut ignored: Vec<(String, &'static str)> = Vec::new();
    for start in starts {
        let start = root.join(start);
        if !is_folder(&start) {
            continue;
        }
        let mut builder = WalkBuilder::new(&start);
        builder.standard_filters(false).follow_links(false).sort_by_file_name(Ord::cmp);
        builder
            .filter_entry(|entry| entry.depth() == 0 || !OURS.iter().any(|name| entry.file_name() == *name));
        for entry in builder.build().flatten() {
            entries += 1;
            if entries > MOST_ENTRIES {
                out.stopped = true;
                break;
            }
            let Some(path) = relative(root, entry.path()) else { continue };
            if !entry.file_type().is_some_and(|sort| sort.is_file())
                || found.contains(&path)
                || !format::is_read(&path)
            {
                continue;
            }
            let why = reason(&path, root, filter);
            if !format::is_module_source(&path) {
                texts += 1;
                if texts > MOST_TEXTS {
                    out.stopped = true;
                    continue;
                }
                if !is_code(root, &path) {
                    continue;
                }
            }
            match why {
                IGNORED | TOOLS => ignored.push((path, why)),
                _ => {
                    out.files.insert(path, why);
                }
            }
        }
    }
    if !ignored.is_empty() {
        // What nobody committed is what a tool made; what was committed is the repository's.
        let tracked = git::tracked(root);
        let counts = |path: &String, why: &str| match &tracked {
            Some(tracked) => tracked.contains(path),
            None => why == IGNORED,
        };
        ignored.retain(|(path, why)| counts(path, why));
        out.files.extend(ignored);
    }
    out
}

const EXCLUDED: &str = "`include` or `exclude` of the configuration leaves it out";
const HIDDEN: &str = "it lies in a hidden directory, or is a hidden file";
const PACKAGES: &str = "it lies in `node_modules`";
const IGNORED: &str = "`.gitignore` names it";
const TOOLS: &str = "it lies in `.terraform`";

fn reason(path: &str, root: &Path, filter: &Override) -> &'static str {
    let mut parts = path.split('/');
    if parts.clone().any(|part| part == ".terraform") {
        return TOOLS;
    }
    if parts.clone().any(|part| part == "node_modules") {
        return PACKAGES;
    }
    if parts.any(|part| part.starts_with('.')) {
        return HIDDEN;
    }
    let ends = path.match_indices('/').map(|(at, _)| at);
    let mut above = ends.filter_map(|at| path.get(..at)).map(|directory| (directory, true));
    let excluded =
        |(path, is_directory): (&str, bool)| filter.matched(root.join(path), is_directory).is_ignore();
    if above.any(excluded) || excluded((path, false)) {
        return EXCLUDED;
    }
    IGNORED
}

/// Whether a text is code that would be judged.
fn is_code(root: &Path, path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    let Ok(bytes) = open_parts(root, &parts).and_then(|mut file| file.whole(LARGEST_TEXT)) else {
        return false;
    };
    let Ok(text) = String::from_utf8(bytes) else { return false };
    match format::read(Arc::new(Source::new(SourceId(0), path, text.as_str()))) {
        Recognised::Document { document, unread: None, suspect } => {
            suspect || format::of(&document).is_some()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Folder;
    use crate::walk::Filter;

    #[test]
    fn code_that_a_walk_passes_over_is_named_with_the_reason() {
        let folder = Folder::new("passed-over");
        for path in
            ["main.tf", ".infra/main.tf", "node_modules/n/main.tf", "gen/a.tf", "test/a.tf", ".git/a.tf"]
        {
            folder.write(path, "");
        }
        folder.write(".hidden/t.yaml", "Resources:\n  A:\n    Type: AWS::S3::Bucket\n");
        folder.write(".github/workflows/ci.yaml", "on: push\n");
        folder.write("node_modules/n/package.json", "{\"name\": \"n\"}\n");
        folder.write(".gitignore", "gen/\n");
        let root = crate::disk::real_path(&folder.path("")).unwrap();
        let filter = Filter { include: Vec::new(), exclude: vec!["test".to_owned()] };
        let filter = filter.compile(&root, Path::new("compline.yaml")).unwrap();
        let walked = BTreeSet::from(["main.tf".to_owned()]);
        let found = find(&root, &[String::new()], &filter, &walked);
        let told: Vec<(&str, &str)> = found.files.iter().map(|(path, why)| (path.as_str(), *why)).collect();
        let expected = [
            (".hidden/t.yaml", HIDDEN),
            (".infra/main.tf", HIDDEN),
            ("gen/a.tf", IGNORED),
            ("node_modules/n/main.tf", PACKAGES),
            ("test/a.tf", EXCLUDED),
        ];
        assert_eq!(told, expected);
        assert!(!found.stopped);
    }
}
