//! The names and figures others rely on: an id never vanishes silently, and README tells what is there.

use std::path::{Path, PathBuf};

use compline_rules::RuleSet;
use compline_tests::root;

/// Every rule that documentation, an example or a case names is there, under this id or as what it was called before.
/// `.ci/generate` refuses to drop an id from `docs/rules.md` that neither a rule nor the changelog knows.
#[test]
fn rules_that_are_named_are_there() {
    let rules = RuleSet::builtin();
    let is_there = |id: &str| {
        rules.info(id).is_some()
            || rules.infos().any(|info| info.was.iter().any(|was| was == id))
            // Objectives have ids of the same form.
            || compline_frameworks::builtin::objectives().iter().any(|one| one.id == id)
    };
    let mut seen = 0;
    for path in files(&[
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "docs",
        "editors",
        "examples",
        "tests/cases",
    ]) {
        // What a misspelt id comes to is what this case is about.
        if path.components().any(|part| part.as_os_str() == "42-empty-and-misspelt") {
            continue;
        }
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        for id in named(&text) {
            seen += 1;
            assert!(is_there(id), "{}: there is no rule `{id}`", path.display());
        }
    }
    assert!(seen > rules.infos().count(), "only {seen} rules are named");
}

/// No id is that of two rules, and none that a rule had before is another's now.
#[test]
fn an_id_is_that_of_one_rule() {
    let rules = RuleSet::builtin();
    for info in rules.infos() {
        for was in &info.was {
            assert!(rules.info(was).is_none(), "`{was}`, which `{}` was called, is a rule", info.id);
            let others = rules.infos().filter(|other| other.id != info.id && other.was.contains(was));
            assert_eq!(others.count(), 0, "`{was}`");
        }
    }
}

/// CONTRIBUTING says what each operator of the check language means.
#[test]
fn every_operator_is_documented() {
    let text = std::fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    let (_, table) = text.split_once("| operator | holds when |").unwrap();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let mut documented: Vec<&str> = rows
        .filter_map(|row| row.split('|').nth(1))
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect();
    documented.sort_unstable();
    let mut operators = compline_rules::check::OPERATORS.to_vec();
    operators.sort_unstable();
    assert_eq!(documented, operators);
}

/// Texts in backticks, and what waivers name.
fn named(text: &str) -> Vec<&str> {
    let quoted = text.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    let waived = text.lines().filter_map(|line| {
        let (_, rest) = line.split_once("compline: waive ").or_else(|| line.split_once("rule: "))?;
        rest.split_whitespace().next()
    });
    let ids = quoted.chain(waived.flat_map(|ids| ids.split(',')));
    ids.map(|id| id.trim_matches(['"', '\''])).filter(|id| is_rule(id)).collect()
}

/// Whether a word has the form of a built-in rule's id.
fn is_rule(word: &str) -> bool {
    let parts: Vec<&str> = word.split('-').collect();
    let plain =
        |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    parts.len() >= 3 && ["aws", "azure", "gcp", "kubernetes"].contains(&parts[0]) && parts.iter().all(plain)
}

fn files(names: &[&str]) -> Vec<PathBuf> {
    fn add(path: &Path, out: &mut Vec<PathBuf>) {
        if path.is_dir() {
            for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
                let name = entry.file_name();
                if name != "node_modules" && name != "out" {
                    add(&entry.path(), out);
                }
            }
        } else if path.is_file() {
            out.push(path.to_owned());
        }
    }
    let mut out = Vec::new();
    names.iter().for_each(|name| add(&root().join(name), &mut out));
    out
}

/// What README says of the two models is what was measured: of the built-in one in `docs/mapping.md`, of the reference
/// model in its card.
#[test]
fn readme_mapping_figures() {
    let read = |name: &str| std::fs::read_to_string(root().join(name)).unwrap();
    // Precision and recall in percent of the tier `mapped`; before them stand R@5 and R@10.
    let figures = |text: &str, is_row: &dyn Fn(&str) -> bool| -> (String, String) {
        let row = text.lines().find(|line| is_row(line)).unwrap();
        let figures: Vec<f64> = row.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        (format!("{:.2}", figures[2]), format!("{:.0} %", figures[3] * 100.0))
    };
    let (page, card) = (read("docs/mapping.md"), read("index/model/full/MODEL_CARD.md"));
    let builtin = figures(&page, &|line| line.starts_with("all  ") && line.contains("  mapped  "));
    let reference = figures(&card, &|line| line.starts_with("| mapped, full |"));
    let claim = format!(
        "it maps {} of what bears instead of {}, at a precision of {} instead of {} ",
        reference.1, builtin.1, reference.0, builtin.0
    );
    assert!(read("README.md").contains(&claim), "README.md should say `{claim}`");
}

/// The figures in README's tables are those of the content it comes with. Rules are counted in `docs/rules.md` only,
/// which is generated.
#[test]
fn readme_counts() {
    let library = compline_frameworks::Library::builtin(&RuleSet::builtin());
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    for claim in [
        format!("| frameworks | {}: ", library.infos().count()),
        format!("| objectives | {}: ", library.objectives().len()),
    ] {
        assert!(readme.contains(&claim), "README.md should say `{claim}`");
    }
}

/// Editors send what the table of formats reads, and nothing starts them that it does not.
#[test]
fn editors_announce_the_languages_of_the_table() {
    let read = |name: &str| std::fs::read_to_string(compline_tests::root().join(name)).unwrap();
    let languages = compline_iac::format::languages();
    let vscode: serde_json::Value = serde_json::from_str(&read("editors/vscode/package.json")).unwrap();
    let events: Vec<&str> =
        vscode["activationEvents"].as_array().unwrap().iter().filter_map(|event| event.as_str()).collect();
    let expected: Vec<String> = languages.iter().map(|id| format!("onLanguage:{id}")).collect();
    assert_eq!(events, expected, "editors/vscode/package.json");
    let neovim = read("editors/neovim/lsp/compline.lua");
    let filetypes = neovim.split_once("filetypes = {").unwrap().1.split_once('}').unwrap().0;
    let filetypes: Vec<&str> = filetypes.split('"').skip(1).step_by(2).collect();
    assert_eq!(filetypes, languages, "editors/neovim/lsp/compline.lua");
    // An extension that VS Code is told of must be one that is read.
    for language in vscode["contributes"]["languages"].as_array().unwrap() {
        assert!(languages.contains(&language["id"].as_str().unwrap()), "{language}");
        for ending in language["extensions"].as_array().unwrap() {
            let name = format!("x{}", ending.as_str().unwrap());
            assert!(compline_iac::format::file_kind(&name).is_some(), "{name} is announced and not read");
        }
    }
}
