//! Documents → inventories: one module per format.

pub mod terraform;
