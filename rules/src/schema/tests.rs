use super::*;

#[test]
fn a_setting_is_found_with_what_it_holds() {
    let Some(Known::Settings(members)) = kind("aws_s3_bucket") else { panic!("it is there") };
    let of = |name: &str| members.iter().find(|member| member.name == name);
    assert_eq!(
        of("acl").map(|acl| (acl.required, acl.computed, &acl.holds)),
        Some((false, false, &Holds::Value))
    );
    assert!(of("arn").is_some_and(|arn| arn.computed));
    assert_eq!(of("tags").map(|tags| &tags.holds), Some(&Holds::Map));
    let Some(Holds::One(inner)) = of("versioning").map(|one| &one.holds) else {
        panic!("a block that stands once")
    };
    assert_eq!(inner.members().iter().map(|one| one.name).collect::<Vec<_>>(), ["enabled", "mfa_delete"]);
    let Some(Holds::Many(rules)) = of("cors_rule").map(|one| &one.holds) else {
        panic!("a block that stands often")
    };
    assert!(rules.members().iter().any(|one| one.name == "allowed_methods" && one.required));
}

#[test]
fn every_dialect_has_its_kinds() {
    assert!(kind("Microsoft.storage/StorageAccounts").is_some(), "Azure's names are read in any case");
    assert!(kind("AWS::S3::Bucket").is_some_and(|known| known != Known::Name));
    assert!(kind("aws_s3_buckets").is_none());
    for (dialect, least) in [
        (Dialect::Terraform, 3000),
        (Dialect::CloudFormation, 1500),
        (Dialect::Arm, 1000),
        (Dialect::Kubernetes, 60),
    ] {
        let found = kinds(dialect).len();
        assert!(found > least, "{dialect:?}: {found}");
    }
    let pod = settings("Deployment").expect("its settings are known");
    let path = "spec.template.spec.containers.securityContext.privileged";
    assert!(pod.iter().any(|setting| setting.path == path));
    let volume = settings("AWS::EC2::Volume").expect("its settings are known");
    assert!(volume.iter().any(|setting| setting.path == "Encrypted"));
    let class = settings("AWS::S3::Bucket").expect("its settings are known");
    let values =
        class.iter().find(|setting| setting.path == "AccessControl").map(|one| one.member.values.clone());
    assert!(values.is_some_and(|values| values.contains(&"PublicRead")));
}

#[test]
fn every_line_of_a_table_is_read_to_its_end() {
    for line in TABLES.iter().flat_map(|table| table.lines()) {
        if line.starts_with('#') || line.starts_with(". ") {
            continue;
        }
        let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
        for member in members(rest) {
            let plain =
                member.name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-$:/@ ".contains(&byte));
            assert!(plain && !member.name.is_empty(), "{name}: `{}`", member.name);
        }
    }
}

#[test]
fn a_near_name_is_proposed_and_a_far_one_is_not() {
    let names = || ["http_tokens", "http_endpoint", "id"].into_iter();
    assert_eq!(nearest("http_token", names()), Some("http_tokens"));
    assert_eq!(nearest("hop_limit", names()), None);
    assert_eq!(nearest("xy", names()), None);
}

/// Providers of Terraform whose schemas are in no table.
const WITHOUT: &[&str] = &["github_", "gitlab_", "helm_", "local_", "random_", "tfe_", "tls_"];

#[test]
fn every_kind_that_a_page_judges_is_a_providers() {
    let mut unknown: Vec<String> = Vec::new();
    for rule in crate::RuleSet::builtin().rules() {
        let kinds = rule.kinds().into_iter().filter(|one| !one.contains('*'));
        let kinds = kinds.filter(|one| !compline_iac::view::VIEWS.contains(one));
        let kinds = kinds.filter(|one| !WITHOUT.iter().any(|provider| one.starts_with(provider)));
        unknown.extend(kinds.filter(|one| kind(one).is_none()).map(|one| format!("{}: {one}", rule.info.id)));
    }
    assert!(unknown.is_empty(), "kinds of no schema (`other.txt` names removed ones): {unknown:#?}");
}
