//! The beginning of a page: everything that can be written without its author, and holes for the rest.

use compline_iac::Dialect;

use crate::kinds::dialect;
use crate::page_test::HOLE;

/// A page for an id that judges these resource kinds. Its examples come out as they claim; what an author has to say
/// is marked by [`HOLE`].
pub fn skeleton(id: &str, kinds: &[String]) -> String {
    let kinds: Vec<Kind<'_>> = kinds.iter().map(|kind| Kind::of(kind)).collect();
    let mut page = format!(
        "---\nid: {id}\ntitle: {HOLE} what is wrong, true only of a failure\nseverity: medium\n\
         objectives: [{HOLE}]\naliases: {{}}\nsources:\n  - {HOLE} the provider's documentation\ncheck:\n"
    );
    for kind in &kinds {
        page.push_str(&format!("  {}: {{ {}: {{ is: true, absent: fail }} }}\n", kind.name, kind.path()));
    }
    page.push_str(&format!(
        "fix: {{ safety: unsafe }}\n---\n{HOLE} why it matters, and what to do instead, in two to six sentences.\n"
    ));
    for kind in &kinds {
        for (expect, value) in [("fail", "false"), ("pass", "true")] {
            page.push_str(&format!("\n```{} {expect}\n{}```\n", kind.language(), kind.example(value)));
        }
    }
    page
}

/// A resource kind, and what its examples are written in.
struct Kind<'k> {
    name: &'k str,
    dialect: Dialect,
}

impl<'k> Kind<'k> {
    fn of(name: &'k str) -> Self {
        Self { name, dialect: dialect(name) }
    }

    fn path(&self) -> String {
        match self.dialect {
            Dialect::Terraform => format!("{HOLE}_attribute"),
            Dialect::CloudFormation => format!("{HOLE}Property"),
            Dialect::Arm => format!("properties.{HOLE}Property"),
            Dialect::Kubernetes => format!("spec.{HOLE}Field"),
        }
    }

    fn language(&self) -> &'static str {
        match self.dialect {
            Dialect::Terraform => "hcl",
            Dialect::CloudFormation => "yaml cloudformation",
            Dialect::Arm => "json arm",
            Dialect::Kubernetes => "yaml kubernetes",
        }
    }

    fn example(&self, value: &str) -> String {
        let name = self.name;
        match self.dialect {
            Dialect::Terraform => {
                format!("resource \"{name}\" \"example\" {{\n  {HOLE}_attribute = {value}\n}}\n")
            }
            Dialect::CloudFormation => format!(
                "Resources:\n  Example:\n    Type: {name}\n    Properties:\n      {HOLE}Property: {value}\n"
            ),
            Dialect::Arm => format!(
                "{{\n  \"$schema\": \"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#\",\n  \
                 \"contentVersion\": \"1.0.0.0\",\n  \"resources\": [\n    {{\n      \"type\": \"{name}\",\n      \
                 \"apiVersion\": \"{HOLE}\",\n      \"name\": \"example\",\n      \"properties\": {{ \
                 \"{HOLE}Property\": {value} }}\n    }}\n  ]\n}}\n"
            ),
            Dialect::Kubernetes => format!(
                "apiVersion: {HOLE}/v1\nkind: {name}\nmetadata:\n  name: example\nspec:\n  {HOLE}Field: {value}\n"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::skeleton;
    use crate::page_test::{FailureKind, test_page};

    #[test]
    fn a_skeleton_keeps_its_word_up_to_its_holes() {
        for kinds in [
            &["aws_s3_bucket"][..],
            &["aws_s3_bucket", "AWS::S3::Bucket"],
            &["azurerm_storage_account", "Microsoft.Storage/storageAccounts"],
            &["google_storage_bucket"],
            &["NetworkPolicy"],
        ] {
            let kinds: Vec<String> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
            let page = skeleton("aws-s3-something-wrong", &kinds);
            let report = test_page(&page, &Arc::default());
            assert_eq!(report.examples, 2 * kinds.len(), "{page}");
            assert!(!report.failures.is_empty());
            let other = report.failures.iter().find(|failure| failure.kind != FailureKind::Hole);
            assert!(other.is_none(), "{other:?}\n{page}");
        }
    }
}
