//! Which resource kinds a rule judges.

use compline_iac::{Dialect, view};

use crate::check::{Body, Check, Clause, Operator, Root, Scalar};
use crate::rule::Rule;

/// The language a resource kind is called so in, by the form of its name.
pub fn dialect(kind: &str) -> Dialect {
    match kind {
        _ if kind.contains("::") => Dialect::CloudFormation,
        _ if kind.starts_with("Microsoft.") => Dialect::Arm,
        _ if kind.contains('_') => Dialect::Terraform,
        _ => Dialect::Kubernetes,
    }
}

impl Rule {
    /// The resource kinds it judges: those its check names, and for a view those of its own provider that the view
    /// reads and that the page's conditions do not leave out.
    pub fn judged_kinds(&self) -> Vec<&str> {
        let mut kinds: Vec<&str> = Vec::new();
        for kind in self.kinds() {
            match view::VIEWS.contains(&kind) {
                true => {
                    let read = view::kinds(kind).into_iter();
                    kinds.extend(read.filter(|one| self.is_own(one) && self.speaks_of(kind, one)));
                }
                false => kinds.push(kind),
            }
        }
        kinds
    }

    /// Whether it judges resources of this kind.
    pub fn judges(&self, kind: &str) -> bool {
        let viewed = |view: &str| view::reads(view, kind) && self.is_own(kind) && self.speaks_of(view, kind);
        self.kinds().into_iter().any(|one| one == kind || viewed(one))
    }

    pub(crate) fn is_own(&self, kind: &str) -> bool {
        match self.info.id.split('-').next() {
            Some("aws") => kind.starts_with("aws_") || kind.starts_with("AWS::"),
            Some("azure") => kind.starts_with("azurerm_") || kind.starts_with("Microsoft."),
            Some("gcp") => kind.starts_with("google_"),
            Some("kubernetes") => kind.starts_with("kubernetes_") || !kind.contains(['_', ':', '.']),
            _ => true,
        }
    }

    /// Whether what a view makes of a kind can meet the conditions of the page: a page about the policies of queues
    /// says nothing of a bucket's.
    pub(crate) fn speaks_of(&self, view: &str, kind: &str) -> bool {
        let Check::Kinds(entries) = &self.check else { return true };
        let mut entries = entries.iter().filter(|entry| entry.kinds.iter().any(|one| one == view));
        entries.any(|entry| can_meet(&entry.body.when, view, kind))
    }

    /// The kinds (and views) its check names.
    pub fn kinds(&self) -> Vec<&str> {
        match &self.check {
            Check::Native { kinds, .. } => kinds.iter().map(String::as_str).collect(),
            Check::Kinds(entries) => {
                entries.iter().flat_map(|entry| &entry.kinds).map(String::as_str).collect()
            }
        }
    }
}

fn can_meet(conditions: &[Body], view: &str, kind: &str) -> bool {
    conditions.iter().flat_map(|body| &body.clauses).all(|clause| {
        let Clause::Test { path, test } = clause else { return true };
        let (Root::Body, [step]) = (&path.root, path.steps.as_slice()) else { return true };
        let Some(possible) = view::fixed_field(view, kind, &step.name) else { return true };
        let can_be = |one: &Scalar| matches!(one, Scalar::Text(text) if possible.contains(&text.as_str()));
        test.operators.iter().all(|operator| match operator {
            Operator::Is(one) => can_be(one),
            Operator::In(list) => list.iter().any(can_be),
            _ => true,
        })
    })
}

#[cfg(test)]
mod tests {
    use crate::RuleSet;

    #[test]
    fn a_page_about_one_sort_of_policy_judges_no_other_kind() {
        let rules = RuleSet::builtin();
        let judges = |rule: &str, kind: &str| rules.find(rule).expect("it is there").judges(kind);
        for kind in ["aws_s3_bucket", "aws_s3_bucket_policy", "AWS::S3::BucketPolicy"] {
            assert!(judges("aws-s3-bucket-policy-public", kind), "{kind}");
            assert!(!judges("aws-sqs-policy-public", kind), "{kind}");
            assert!(!judges("aws-iam-policy-allows-everything", kind), "{kind}");
        }
        assert!(judges("aws-sqs-policy-public", "aws_sqs_queue"));
        assert!(judges("aws-iam-policy-allows-everything", "aws_iam_role"));
        assert!(!judges("aws-security-group-open-ssh", "aws_network_acl"));
        assert!(judges("gcp-iam-project-service-account-user", "google_project_iam_member"));
        assert!(!judges("gcp-iam-project-service-account-user", "google_storage_bucket_iam_member"));
        assert!(judges("kubernetes-pod-host-pid", "Deployment"));
        assert!(!judges("kubernetes-pod-host-pid", "aws_s3_bucket"));
    }

    #[test]
    fn a_page_judges_the_kinds_it_lists() {
        for rule in RuleSet::builtin().rules() {
            let kinds = rule.judged_kinds();
            assert!(!kinds.is_empty(), "{}", rule.info.id);
            let wrong: Vec<&&str> =
                kinds.iter().filter(|kind| !kind.contains('*') && !rule.judges(kind)).collect();
            assert!(wrong.is_empty(), "{}: {wrong:?}", rule.info.id);
        }
    }
}
