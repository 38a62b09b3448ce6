use super::*;
use crate::source::MemorySources;
use crate::{Options, Workspace};

#[test]
fn every_entry_reads_and_names_what_is_there() {
    for name in table::entries().keys() {
        let directory = format!("{PREFIX}{name}");
        let known = module(&directory).expect("it is an entry");
        let module = super::super::Module::of_known(&directory, known);
        assert!(!known.body.broken, "{name}");
        assert!(module.invalid_blocks.is_empty(), "{name}: {:?}", module.invalid_blocks);
        assert!(!module.resources.is_empty() || !module.calls.is_empty(), "{name} makes nothing");
        for (_, source) in super::super::local_calls(&known.body) {
            let inside = source.starts_with('.');
            assert!(!inside || directory_of(&directory, source).is_some(), "{name} calls `{source}`");
        }
    }
}

#[test]
fn a_module_is_known_by_each_way_to_name_it() {
    for (source, wanted) in [
        ("terraform-aws-modules/vpc/aws", Some("terraform-aws-modules/vpc/aws")),
        ("registry.terraform.io/terraform-aws-modules/vpc/aws", Some("terraform-aws-modules/vpc/aws")),
        (
            "git::https://github.com/terraform-aws-modules/terraform-aws-vpc.git?ref=v5.1.0",
            Some("terraform-aws-modules/vpc/aws"),
        ),
        ("github.com/terraform-aws-modules/terraform-aws-vpc", Some("terraform-aws-modules/vpc/aws")),
        (
            "git@github.com:terraform-aws-modules/terraform-aws-iam.git//modules/iam-user?ref=v5.1",
            Some("terraform-aws-modules/iam/aws//modules/iam-user"),
        ),
        (
            "terraform-aws-modules/iam/aws//modules/iam-user",
            Some("terraform-aws-modules/iam/aws//modules/iam-user"),
        ),
        (
            "terraform-aws-modules/security-group/aws//modules/ssh",
            Some("terraform-aws-modules/security-group/aws//modules/ssh"),
        ),
        ("someone/vpc/aws", None),
        ("./modules/vpc", None),
        ("app.example.com/terraform-aws-modules/vpc/aws", None),
        ("git::https://example.com/terraform-aws-modules/terraform-aws-vpc.git", None),
    ] {
        let found = directory_of("", source);
        assert_eq!(found.as_deref().map(|one| one.trim_start_matches(PREFIX)), wanted, "{source}");
    }
    let group = format!("{PREFIX}terraform-aws-modules/security-group/aws//modules/ssh");
    let root = directory_of(&group, "../../").map(|one| one.replace(PREFIX, ""));
    assert_eq!(root.as_deref(), Some("terraform-aws-modules/security-group/aws"));
    assert_eq!(version_in("git::https://x/y.git?depth=1&ref=v5.1.0"), Some("5.1.0"));
    assert_eq!(version_in("git::https://x/y.git?ref=main"), None);
}

fn inventory(text: &str) -> Arc<crate::Inventory> {
    let sources = MemorySources::of([("main.tf", text)]);
    let mut workspace = Workspace::new(Options::default());
    workspace.read(&sources, &["main.tf".to_owned()]);
    let snapshot = workspace.snapshot(&sources);
    assert!(snapshot.problems.is_empty(), "{:?}", snapshot.problems);
    snapshot.inventories[0].clone()
}

#[test]
fn a_call_makes_the_resources_its_arguments_say() {
    let text = "locals { open = true }\n\
        module \"db\" {\n  source = \"terraform-aws-modules/rds/aws\"\n  version = \"5.0.0\"\n  identifier = \"orders\"\n  publicly_accessible = local.open\n}\n";
    let found = inventory(text);
    let db = found.find("module.db.module.db_instance.aws_db_instance.this[0]").expect("the call makes it");
    let open = db.body.get("publicly_accessible").expect("an argument says it");
    assert_eq!(open.data, Data::Bool(true));
    let at = open.origin.span.expect("it is written in the call");
    assert_eq!(&text[at.range()], "true");
    assert_eq!(&text[db.header.range()], "module \"db\"");
    assert!(text[db.span.range()].ends_with('}'));
    let engine = db.body.get("engine_version");
    assert!(engine.is_none_or(|value| value.is_null() || matches!(value.data, Data::Unknown(_))));
    assert_eq!(found.known_calls.len(), 2, "the module and its part");
    assert_eq!(found.gaps.len(), 1);
    assert!(found.gaps[0].why.text.ends_with("judged by the arguments of the call"));
    fn places(value: &Value) -> Vec<Span> {
        let mut out: Vec<Span> = value.origin.span.into_iter().collect();
        out.extend(value.origin.steps().map(|via| via.span));
        match &value.data {
            Data::List(list) => out.extend(list.items.iter().flat_map(places)),
            Data::Map(map) => out.extend(map.entries.values().flat_map(places).chain(map.header)),
            _ => {}
        }
        out
    }
    for resource in &found.resources {
        assert!(
            places(&resource.body).iter().all(|span| span.source != SourceId(u32::MAX)),
            "{}",
            resource.address
        );
    }
}

#[test]
fn the_version_decides_the_default() {
    let of = |version: &str| {
        let text = format!(
            "module \"b\" {{\n  source = \"terraform-aws-modules/s3-bucket/aws\"\n{version}  bucket = \"a\"\n}}\n"
        );
        let found = inventory(&text);
        let block = found.find("module.b.aws_s3_bucket_public_access_block.this[0]").expect("it is made");
        block.body.get("block_public_acls").expect("it has a default").data.clone()
    };
    assert_eq!(of(""), Data::Bool(true));
    assert_eq!(of("  version = \"3.7.0\"\n"), Data::Bool(false));
    assert_eq!(of("  version = \"~> 4.0\"\n"), Data::Bool(true));
    assert!(matches!(of("  acls_blocked = true\n"), Data::Unknown(_)), "an argument the table does not know");
}

#[test]
fn what_the_call_does_not_say_is_open_and_outputs_join() {
    let text = "module \"b\" {\n  source = \"terraform-aws-modules/s3-bucket/aws\"\n  bucket = \"a\"\n}\n\
        resource \"aws_s3_bucket_versioning\" \"v\" {\n  bucket = module.b.s3_bucket_id\n}\n\
        resource \"aws_sns_topic\" \"t\" { name = module.b.of_tomorrow }\n";
    let found = inventory(text);
    let versioning = found.find("aws_s3_bucket_versioning.v").expect("it is there");
    let joined = versioning.body.get("bucket").and_then(|value| value.refers.clone()).expect("it refers");
    assert_eq!(&*joined.address, "module.b.aws_s3_bucket.this[0]");
    let name = found.find("aws_sns_topic.t").and_then(|topic| topic.body.get("name")).expect("it is set");
    assert!(matches!(&name.data, Data::Unknown(why) if why.kind == WhyKind::Module));
}

#[test]
fn a_module_that_is_here_counts_and_a_table_does_not() {
    let files = [
        ("main.tf", "module \"t\" {\n  source = \"terraform-aws-modules/sns/aws\"\n}\n"),
        ("here/main.tf", "resource \"aws_sns_topic\" \"own\" {}\n"),
    ];
    let sources = MemorySources::of(files);
    let module_directories = vec![("t".to_owned(), "here".to_owned())];
    let mut workspace = Workspace::new(Options { module_directories, ..Options::default() });
    workspace.read(&sources, &["main.tf".to_owned()]);
    let snapshot = workspace.snapshot(&sources);
    let found = &snapshot.inventories[0];
    assert!(found.find("module.t.aws_sns_topic.own").is_some() && found.known_calls.is_empty());
}
