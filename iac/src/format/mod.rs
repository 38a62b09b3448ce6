//! Documents → inventories: one module per format.

pub mod arm;
pub mod cloudformation;
pub mod kubernetes;
pub mod terraform;
