//! What one run may take: hostile inputs end with a place and exit status 3, and what stands beside them is judged.

use std::fmt::Write as _;

use crate::run::Folder;

const RULE: &str = "aws-rds-publicly-accessible";

const OPEN: &str = "resource \"aws_db_instance\" \"good\" {\n  publicly_accessible = true\n}\n";

/// The outputs of a check.
const FORMATS: [&str; 8] = ["human", "concise", "json", "sarif", "csv", "junit", "github", "markdown"];

#[test]
fn a_spent_budget_is_told_in_every_output_and_its_neighbours_are_judged() {
    let folder = Folder::new(&[
        ("a/main.tf", "module \"m\" {\n  source = \"../m\"\n  count  = 400\n}\n"),
        ("m/main.tf", "resource \"aws_db_instance\" \"d\" {\n  count = 400\n}\n"),
        ("z/main.tf", OPEN),
    ]);
    for format in FORMATS {
        let ran = folder.run(&["check", "--budget", "instances=2000", "--format", format, "."]);
        assert_eq!(ran.status, 3, "{format}: {}", ran.err);
        // What is for people names problems on standard error.
        let said = format!("{}{}", ran.out, ran.err).to_lowercase();
        assert!(said.contains("stopped at ") && said.contains("instances"), "{format}: {said}");
        assert!(ran.out.contains("aws_db_instance.good"), "{format}");
    }
    let ran = folder.run(&["check", "--budget", "instances=2000", "--format", "json", "."]);
    let again = folder.run(&["check", "--budget", "instances=2000", "--format", "json", "."]);
    assert_eq!(ran.out, again.out);
    let problem = ran.json()["problems"][0].clone();
    assert!(problem.to_string().contains("main.tf"), "{problem}");
    assert!(problem.to_string().contains("--budget instances=NUMBER"), "{problem}");
    assert_eq!(folder.run(&["check", "--budget", "steps", "."]).status, 2);
    assert_eq!(folder.run(&["check", "--budget", "time=3", "."]).status, 2);
    assert_eq!(folder.run(&["check", "--budget", "steps=0", "."]).status, 2);
}

#[test]
fn a_repository_raises_no_budget() {
    let folder = Folder::new(&[("compline.yaml", "budget:\n  instances: 1000000\n"), ("main.tf", OPEN)]);
    let ran = folder.run(&["check", "."]);
    assert_eq!(ran.status, 2, "{}", ran.err);
}

#[test]
fn more_threads_than_are_of_use_are_not_started() {
    let folder = Folder::new(&[("main.tf", OPEN)]);
    for count in ["100000", "1", "0", "-1", "x"] {
        let ran = folder.run_with(&["check", "--format", "json", "."], &[("RAYON_NUM_THREADS", count)]);
        assert_eq!(ran.status, 1, "{count}: {}", ran.err);
    }
}

#[test]
fn honest_and_large_is_judged_whole() {
    let mut text = String::new();
    for index in 0..300 {
        writeln!(text, "resource \"aws_db_instance\" \"d{index}\" {{\n  count = 10\n}}").unwrap();
    }
    let called =
        "variable \"n\" {}\nresource \"aws_db_instance\" \"d\" {\n  identifier = \"db-${var.n}\"\n}\n";
    let folder = Folder::new(&[
        ("main.tf", &text),
        (
            "c/main.tf",
            "module \"m\" {\n  source = \"../called\"\n  count  = 1000\n  n      = count.index\n}\n",
        ),
        ("called/main.tf", called),
    ]);
    let ran = folder.run(&["check", "--format", "json", "."]);
    assert_eq!(ran.status, 1, "{}", ran.err);
    assert_eq!(ran.json()["complete"], true);
    assert!(ran.outcomes("aws-rds-backups-disabled").len() == 4000);
}

#[test]
fn a_template_that_multiplies_its_text_is_cut() {
    let mut variables = String::from("\"v0\": \"aaaaaaaaaa\"");
    for index in 0..13 {
        write!(variables, ", \"v{}\": \"[concat(variables('v{index}'), variables('v{index}'))]\"", index + 1)
            .unwrap();
    }
    let long = ["variables('v13')"; 8].join(",");
    let resources: Vec<String> = (0..100)
        .map(|index| {
            format!("{{\"type\": \"Microsoft.Storage/storageAccounts\", \"name\": \"s{index}\", \"location\": \"[concat({long})]\"}}")
        })
        .collect();
    let arm = format!(
        "{{\"$schema\": \"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#\", \"variables\": {{{variables}}}, \"resources\": [{}]}}",
        resources.join(",")
    );
    let folder = Folder::new(&[("arm.json", &arm), ("main.tf", OPEN)]);
    let ran = folder.run(&["check", "--format", "concise", "."]);
    assert_eq!(ran.status, 3, "{}", ran.err);
    assert!(ran.out.contains("grow beyond reason"), "{}", ran.out);
    assert!(ran.out.contains("aws_db_instance.good"));
}

#[test]
fn manifests_beyond_the_budget_are_left_out_and_named() {
    let pod = |name: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\nspec:\n  containers:\n    - name: a\n      image: b\n"
        )
    };
    let many: String = (0..60).map(|index| pod(&format!("p{index}"))).collect();
    let folder = Folder::new(&[("a.yaml", &many), ("main.tf", OPEN)]);
    let ran = folder.run(&["check", "--budget", "instances=50", "--format", "json", "."]);
    assert_eq!(ran.status, 3, "{}", ran.err);
    assert!(ran.out.contains("stopped at 50 objects"), "{}", ran.json()["problems"]);
    assert!(ran.out.contains("Pod/default/p49") && !ran.out.contains("Pod/default/p50"));
    assert!(ran.out.contains("aws_db_instance.good"));
}

#[test]
fn a_hundred_resources_are_fixed_in_one_go() {
    let mut text = String::new();
    for index in 0..100 {
        writeln!(text, "resource \"aws_db_instance\" \"d{index}\" {{\n  publicly_accessible = true\n}}")
            .unwrap();
    }
    let folder = Folder::new(&[("main.tf", &text)]);
    let ran = folder.run(&["fix", "--unsafe", "--rule", RULE, "."]);
    assert_eq!(ran.status, 1, "other rules fail on: {}", ran.err);
    assert!(ran.err.contains("100 fixes changed 1 file"), "{}", ran.err);
    assert!(!String::from_utf8_lossy(&folder.read("main.tf")).contains("publicly_accessible = true"));
}

#[test]
fn one_fix_that_cannot_be_made_keeps_no_other_from_being_made() {
    let mut text = String::from("variable \"open\" {\n  default = true\n}\n");
    for index in 0..20 {
        writeln!(text, "resource \"aws_db_instance\" \"d{index}\" {{\n  publicly_accessible = true\n}}")
            .unwrap();
    }
    text.push_str("resource \"aws_db_instance\" \"odd\" {\n  publicly_accessible = !(!var.open)\n}\n");
    let folder = Folder::new(&[("main.tf", &text)]);
    folder.run(&["fix", "--unsafe", "--rule", RULE, "."]);
    let ran = folder.run(&["check", "--format", "json", "."]);
    for index in 0..20 {
        let address = format!("aws_db_instance.d{index}");
        assert!(ran.outcomes(RULE).contains(&(address.clone(), "pass".to_owned())), "{address}");
    }
}

#[test]
fn a_file_of_more_values_than_are_read_is_told() {
    let many = "{},".repeat(2_100_000);
    let folder = Folder::new(&[
        ("a.yaml", &format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: [{many}{{}}]\n")),
        (
            "b.json",
            &format!(
                "{{\"\\u0052esources\": {{\"A\": {{\"Type\": \"AWS::S3::Bucket\", \"x\": [{many}{{}}]}}}}}}"
            ),
        ),
        ("main.tf", OPEN),
    ]);
    let ran = folder.run(&["check", "--format", "json", "."]);
    assert_eq!(ran.status, 3, "{}", ran.err);
    let problems = ran.json()["problems"].to_string();
    assert!(problems.contains("a.yaml") && problems.contains("b.json"), "{problems}");
    assert!(problems.contains("more than 4000000 values"), "{problems}");
    assert!(ran.out.contains("aws_db_instance.good"));
}

/// `terraform show -json` writes one line.
#[test]
fn a_plan_in_one_line_is_judged() {
    let resource = |index: usize| {
        format!(
            "{{\"address\": \"aws_db_instance.d{index}\", \"mode\": \"managed\", \"type\": \"aws_db_instance\", \"name\": \"d{index}\", \"values\": {{\"publicly_accessible\": true, \"tags\": {{\"é\": \"{}\"}}}}}}",
            "é".repeat(1000)
        )
    };
    let resources: Vec<String> = (0..2000).map(resource).collect();
    let plan = format!(
        "{{\"format_version\": \"1.2\", \"terraform_version\": \"1.9.0\", \"planned_values\": {{\"root_module\": {{\"resources\": [{}]}}}}}}",
        resources.join(", ")
    );
    let folder = Folder::new(&[("plan.json", &plan)]);
    // Where each place is counted from the start of the line, this does not come to an end.
    let ran = folder.run(&["check", "--format", "json", "."]);
    assert_eq!(ran.status, 1, "{}", ran.err);
    assert_eq!(ran.outcomes("aws-rds-publicly-accessible").len(), 2000);
}
