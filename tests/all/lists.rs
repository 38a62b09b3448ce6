//! The lists others rely on: an id never vanishes silently.

use compline_rules::RuleSet;

#[test]
fn rule_ids() {
    let rules = RuleSet::builtin();
    let mut ids: Vec<&str> = rules.rules().map(|rule| rule.info.id.as_str()).collect();
    ids.sort_unstable();
    insta::assert_snapshot!(ids.join("\n"));
}

/// What README says of the two models is what was measured: of the built-in one in `docs/mapping.md`, of the reference
/// model in its card.
#[test]
fn readme_mapping_figures() {
    let read = |name: &str| std::fs::read_to_string(compline_tests::root().join(name)).unwrap();
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

/// The figures in README's tables are those of the content it comes with.
#[test]
fn readme_counts() {
    let rules = RuleSet::builtin();
    let both = rules.rules().filter(|rule| {
        let kinds = rule.judged_kinds();
        kinds.iter().any(|kind| kind.contains("::")) && kinds.iter().any(|kind| kind.contains('_'))
    });
    let library = compline_frameworks::Library::builtin(&rules);
    let readme = std::fs::read_to_string(compline_tests::root().join("README.md")).unwrap();
    for claim in [
        format!(
            "| rules | {}, of which {} judge Terraform and CloudFormation",
            rules.rules().count(),
            both.count()
        ),
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
