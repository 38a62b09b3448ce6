//! Plans beside the code: which root each was made of, and the inventories they resolve.

use std::collections::HashSet;
use std::sync::Arc;

use super::{File, Workspace, directory_of};
use crate::format::plan::{self, Plan};
use crate::inventory::Inventory;
use crate::syntax::Tree;

/// An inventory resolved by a plan, and what it was made from.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    pub code: Option<Arc<Inventory>>,
    plan: Arc<Plan>,
    pub inventory: Arc<Inventory>,
}

impl Workspace {
    pub(super) fn read_plans(&mut self) {
        self.plans.retain(|path, _| self.files.contains_key(path) && !self.changed.contains_key(path));
        let read = |(path, file): (&String, &File)| match &file.document.tree {
            Tree::Data(nodes) if self.changed.contains_key(path) => {
                Some((path.clone(), Arc::new(plan::read(&file.document.source, nodes)?)))
            }
            _ => None,
        };
        let found: Vec<(String, Arc<Plan>)> = self.files.iter().filter_map(read).collect();
        self.plans.extend(found);
    }

    /// Lays every plan over the root it was made of; one that no root here fits is an inventory by itself.
    pub(super) fn lay_plans(&mut self) {
        let before = std::mem::take(&mut self.planned);
        for (path, plan) in &self.plans {
            let root = self.root_of_plan(path, plan);
            let code = root.and_then(|root| self.roots.get(root)).map(|root| root.inventory.clone());
            let key = root.unwrap_or(path);
            let unchanged = before.get(key).filter(|old| {
                let same_code = match (&old.code, &code) {
                    (Some(old), Some(new)) => Arc::ptr_eq(old, new),
                    (None, None) => true,
                    _ => false,
                };
                same_code && Arc::ptr_eq(&old.plan, plan)
            });
            let planned = match (unchanged, code) {
                (Some(old), _) => old.clone(),
                (None, Some(code)) => {
                    let inventory = Arc::new(plan::lay_over(&code, plan));
                    Planned { code: Some(code), plan: plan.clone(), inventory }
                }
                (None, None) => {
                    Planned { code: None, plan: plan.clone(), inventory: Arc::new(plan.inventory()) }
                }
            };
            // Of several plans of one root the youngest counts.
            let youngest =
                self.planned.get(key).is_none_or(|other| other.plan.info.timestamp <= plan.info.timestamp);
            if youngest {
                self.planned.insert(key.clone(), planned);
            }
        }
    }

    /// The root a plan was made of: the one in whose directory it lies, else the one whose resources it has.
    fn root_of_plan(&self, path: &str, plan: &Plan) -> Option<&String> {
        let shared = |inventory: &Inventory| {
            let mut found: HashSet<String> = HashSet::new();
            for resource in &inventory.resources {
                found.insert(plan::values::without_keys(&resource.address));
            }
            (found.iter().filter(|address| plan.declared.contains(*address)).count(), found.len())
        };
        if let Some((path, root)) = self.roots.get_key_value(directory_of(path))
            && (shared(&root.inventory).0 > 0 || root.inventory.resources.is_empty())
        {
            return Some(path);
        }
        let scored = self.roots.iter().map(|(path, root)| (path, shared(&root.inventory)));
        let best = scored.max_by_key(|(_, (shared, _))| *shared);
        best.filter(|(_, (shared, all))| *shared > 0 && shared * 2 > *all).map(|(path, _)| path)
    }
}
