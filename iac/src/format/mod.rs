//! Documents → inventories: one module per format.
