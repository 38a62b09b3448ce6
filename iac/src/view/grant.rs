//! `grant`: which members have which role at which level of Google Cloud.
//!
//! Fields: `owner level role members`. The owner tells how it was written: `member`, `binding` or `policy`.

use super::field::{Element, attribute, blocks, filled, listed, why};
use super::join::base;
use super::json::structured;
use super::{SourceTexts, Viewed};
use crate::inventory::{Inventory, Mode, Resource};
use crate::value::{Value, Why, WhyKind};

pub fn owners(inventory: &Inventory, texts: &dyn SourceTexts) -> Vec<Viewed> {
    let mut found = Vec::new();
    for (index, resource) in inventory.resources.iter().enumerate() {
        if resource.mode == Mode::Data {
            continue;
        }
        let Some((level, owner)) = level(&resource.kind) else { continue };
        let mut viewed = Viewed::new(index, owner);
        if owner == "policy" {
            policy(&mut viewed, index, level, inventory, texts);
        } else {
            viewed.push(index, grant(&resource.body, resource, owner, level));
        }
        found.push(viewed);
    }
    found
}

/// `google_storage_bucket_iam_member` → `bucket`, `member`.
pub(super) fn level(kind: &str) -> Option<(&str, &'static str)> {
    let rest = kind.strip_prefix("google_")?;
    let (level, owner) = [("_iam_member", "member"), ("_iam_binding", "binding"), ("_iam_policy", "policy")]
        .into_iter()
        .find_map(|(ending, owner)| Some((rest.strip_suffix(ending)?, owner)))?;
    let level = match level {
        "storage_bucket" => "bucket",
        "kms_crypto_key" => "crypto_key",
        "kms_key_ring" => "key_ring",
        "secret_manager_secret" => "secret",
        "bigquery_dataset" => "dataset",
        "bigquery_table" => "table",
        other => other,
    };
    Some((level, owner))
}

fn grant(block: &Value, resource: &Resource, owner: &str, level: &str) -> Value {
    let element = Element::of(block, resource);
    let written = filled(block, "members").or_else(|| filled(block, "member"));
    let members = listed(written);
    let (owner, level, role) =
        (element.implied(owner), element.implied(level), element.or(block, "role", ""));
    element
        .set("owner", owner)
        .set("level", level)
        .set("role", role)
        .list("members", members, written.map(|written| written.origin.clone()))
        .done()
}

/// A whole policy: JSON, or the data source that makes it.
fn policy(viewed: &mut Viewed, index: usize, level: &str, inventory: &Inventory, texts: &dyn SourceTexts) {
    let Some(resource) = inventory.resources.get(index) else { return };
    let Some(data) = attribute(&resource.body, "policy_data") else { return };
    let source = data.refers.as_ref().and_then(|reference| {
        inventory.resources.iter().enumerate().find(|(_, other)| {
            other.mode == Mode::Data
                && &*other.kind == "google_iam_policy"
                && (other.address == reference.address || *base(&other.address) == *reference.address)
        })
    });
    let (from, bindings, place) = match source {
        Some((from, source)) => (from, Some((source.body.clone(), "binding")), source),
        None => (index, structured(data, texts).map(|policy| (policy, "bindings")), resource),
    };
    match bindings {
        Some((body, key)) => {
            let bindings = blocks(&body, key);
            viewed.open(bindings.open);
            for block in bindings.items {
                viewed.push(from, grant(block, place, viewed.owner, level));
            }
        }
        None => viewed.open(Some(
            why(data).unwrap_or_else(|| Why::new(WhyKind::Error, "the policy is not a JSON document")),
        )),
    }
}

#[cfg(test)]
mod tests {
    use crate::view::testing::{element, resource, viewed};
    use serde_json::json;

    #[test]
    fn members_bindings_and_policies() {
        let found = viewed(
            "grant",
            vec![
                resource(
                    "google_project_iam_member",
                    "google_project_iam_member.a",
                    json!({ "role": "roles/owner", "member": "user:${name}@example.com" }),
                ),
                resource(
                    "google_storage_bucket_iam_binding",
                    "google_storage_bucket_iam_binding.b",
                    json!({ "role": "?role", "members": ["allUsers"] }),
                ),
                resource(
                    "google_folder_iam_policy",
                    "google_folder_iam_policy.c",
                    json!({ "policy_data": "&data.google_iam_policy.p.policy_data" }),
                ),
                resource(
                    "google_iam_policy",
                    "data.google_iam_policy.p",
                    json!({ "binding": [{ "role": "roles/viewer", "members": ["group:g@example.com"] }] }),
                ),
                resource(
                    "google_organization_iam_policy",
                    "google_organization_iam_policy.d",
                    json!({ "policy_data": r#"{"bindings": [{"role": "r", "members": ["allUsers"]}]}"# }),
                ),
                resource(
                    "google_project_iam_policy",
                    "google_project_iam_policy.e",
                    json!({ "policy_data": "?x" }),
                ),
            ],
        );
        assert_eq!(found.len(), 5);
        assert_eq!(element(&found[0], 0, "level"), "project");
        assert_eq!(element(&found[0], 0, "members"), json!(["user:${}@example.com"]));
        assert_eq!(element(&found[1], 0, "level"), "bucket");
        assert_eq!(element(&found[1], 0, "role"), "?");
        assert_eq!(element(&found[2], 0, "role"), "roles/viewer");
        assert_eq!(found[2].from, [3]);
        assert_eq!(element(&found[3], 0, "members"), json!(["allUsers"]));
        assert!(found[4].elements.open.is_some());
    }
}
