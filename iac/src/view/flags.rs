use super::Viewed;
use crate::inventory::Inventory;

pub fn owners(_inventory: &Inventory) -> Vec<Viewed> {
    Vec::new()
}
