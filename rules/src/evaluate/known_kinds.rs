//! Resources under the kinds by which rules know them: the object that a resource of Terraform holds, and a type of Azure
//! in the case that rules write it in.

use std::sync::Arc;

use compline_iac::edit::Change;
use compline_iac::view::held_object;
use compline_iac::{Dialect, Inventory, Resource};

use crate::set::RuleSet;
use crate::verdict::{Fix, Verdict};

/// The inventory with such resources in their places; none where all kinds are known as they are written.
pub(super) fn inventory(inventory: &Inventory, rules: &RuleSet) -> Option<Inventory> {
    let known = |resource: &Resource| match resource.dialect {
        Dialect::Terraform => held_object(resource),
        Dialect::Arm => {
            let kind = rules.azure_kind(&resource.kind).filter(|kind| *kind != &*resource.kind)?;
            Some(Resource { kind: Arc::from(kind), ..resource.clone() })
        }
        _ => None,
    };
    let mut found = false;
    let resources: Vec<Option<Resource>> =
        inventory.resources.iter().map(|resource| known(resource).inspect(|_| found = true)).collect();
    if !found {
        return None;
    }
    let pairs = inventory.resources.iter().zip(resources);
    let resources = pairs.map(|(written, known)| known.map_or_else(|| Arc::clone(written), Arc::new));
    Some(inventory.with_resources(resources.collect()))
}

/// A verdict on such a resource, as one on what is written: so it is called, so its fix is written.
pub(super) fn name_as_written(verdict: &mut Verdict, written: &Resource) {
    verdict.kind = Arc::clone(&written.kind);
    // A companion of an object would be an object, and what is written is Terraform's.
    let adds = |fix: &Fix| fix.changes.iter().any(|change| matches!(change, Change::AddResource { .. }));
    if verdict.dialect != Some(written.dialect) {
        verdict.dialect = Some(written.dialect);
        verdict.fix = verdict.fix.take().filter(|fix| !adds(fix));
    }
}
